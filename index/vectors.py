"""The seam to the vector index, and an exact index in memory.

A store holds ids and vectors; what is live, and every word of text, is the catalog's to say.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from typing import NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from index.catalog import Collection


class Nearest(NamedTuple):
    """An id and its cosine to the query, -1 to 1."""

    item: str
    cosine: float


class VectorStore(Protocol):
    """Vectors by id, in one collection for articles and one for passages."""

    def upsert(self, collection: Collection, items: Sequence[str], vectors: NDArray[np.float32]) -> None:
        """Add vectors, or replace those of the same ids. Shapes (n,) and (n, dim)."""
        ...

    def delete(self, collection: Collection, items: Sequence[str]) -> None:
        """Remove ids; those that are not there are ignored."""
        ...

    def query(self, collection: Collection, vector: NDArray[np.float32], k: int) -> list[Nearest]:
        """Return at most k nearest, nearest first. An empty collection gives an empty list."""
        ...

    def items(self, collection: Collection) -> Iterator[str]:
        """Yield every id."""
        ...

    def count(self, collection: Collection) -> int:
        """Return how many ids there are."""
        ...

    def drop_other_models(self) -> None:
        """Delete what embedders that are no longer used have left."""
        ...

    def stamp(self) -> str:
        """Return what is another after every write, without opening the store; "" where that cannot be told."""
        ...

    def seal(self) -> None:
        """Remember which files there are, once all is written, so that their loss is told by ``fault``."""
        ...

    def fault(self) -> str:
        """Say what is lost of the files there were at the last ``seal``, without opening any; "" for nothing."""
        ...

    def replacing(self) -> AbstractContextManager[None]:
        """Let what is written inside take the place of everything, once it is left without an error."""
        ...

    def refresh(self) -> None:
        """See what another process has written since."""
        ...

    def close(self) -> None:
        """Release files and memory."""
        ...


class MemoryStore:
    """Exact cosine search over arrays in memory; what Chroma is measured against."""

    def __init__(self) -> None:
        self._rows: dict[Collection, dict[str, NDArray[np.float32]]] = {"articles": {}, "passages": {}}

    def upsert(self, collection: Collection, items: Sequence[str], vectors: NDArray[np.float32]) -> None:
        """See VectorStore."""
        for item, vector in zip(items, vectors, strict=True):
            self._rows[collection][item] = vector

    def delete(self, collection: Collection, items: Sequence[str]) -> None:
        """See VectorStore."""
        for item in items:
            self._rows[collection].pop(item, None)

    def query(self, collection: Collection, vector: NDArray[np.float32], k: int) -> list[Nearest]:
        """See VectorStore."""
        rows = self._rows[collection]
        if not rows:
            return []
        items = list(rows)
        matrix = np.stack([rows[item] for item in items])
        cosines = matrix @ vector / np.linalg.norm(matrix, axis=1)
        order = sorted(range(len(items)), key=lambda index: (-cosines[index], items[index]))[:k]
        return [Nearest(items[index], float(cosines[index])) for index in order]

    def items(self, collection: Collection) -> Iterator[str]:
        """See VectorStore."""
        yield from tuple(self._rows[collection])

    def count(self, collection: Collection) -> int:
        """See VectorStore."""
        return len(self._rows[collection])

    def drop_other_models(self) -> None:
        """See VectorStore. There is only one."""

    def stamp(self) -> str:
        """See VectorStore. Memory is gone with the process, so nothing can be told."""
        return ""

    def seal(self) -> None:
        """See VectorStore. There are no files."""

    def fault(self) -> str:
        """See VectorStore. There are no files."""
        return ""

    @contextmanager
    def replacing(self) -> Iterator[None]:
        """See VectorStore."""
        for rows in self._rows.values():
            rows.clear()
        yield

    def refresh(self) -> None:
        """See VectorStore. There is nothing to see: no other process has this memory."""

    def close(self) -> None:
        """See VectorStore."""

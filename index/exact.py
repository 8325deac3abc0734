"""The nearest by comparing with every one: what the vector index is measured against, and its stand-in."""

from __future__ import annotations

import threading
from collections.abc import Collection as Ids
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from index.codes import from_halves
from index.database import Collection, Database
from index.errors import StoreError
from index.lookup import CatalogReader
from index.snapshot import Snapshot
from index.vectors import Nearest

# Copies of a passage have the same vector, so which of them are among the nearest is a matter of rounding.
_TIE = 1e-5


class ExactSearch:
    """All live vectors of an index in memory, of length 1: 1.5 kB a passage with the bundled model."""

    def __init__(self, view: Snapshot, collection: Collection = "passages") -> None:
        stored = list(view.all_vectors(collection))
        self.items = items = [item for item, _ in stored]
        self._places = {item: place for place, item in enumerate(items)}
        self._matrix = from_halves([vector for _, vector in stored])

    def count_nearest(self, vector: NDArray[np.float32], found: Ids[str], k: int) -> tuple[int, int]:
        """Count how many of the k nearest passages are among those found.

        Args:
            vector: of the query, shape (dim,).
            found: ids of passages, from the index that is measured; at most k of them count.

        Returns:
            How many, and how many could be: k, or all passages where there are fewer.
        """
        if not self._places:
            return 0, 0
        cosines = self._matrix @ vector
        k = min(k, len(cosines))
        bar = np.partition(cosines, -k)[-k] - _TIE
        near = sum(cosines[self._places[item]] >= bar for item in found if item in self._places)
        return min(int(near), k), k

    def find_nearest(self, vector: NDArray[np.float32], k: int) -> list[Nearest]:
        """Return at most k nearest, nearest first; ties by id."""
        if not self._places:
            return []
        cosines = self._matrix @ vector
        few = np.argpartition(-cosines, k)[:k] if k < len(cosines) else range(len(cosines))
        nearest = [Nearest(self.items[place], float(cosines[place])) for place in few]
        return sorted(nearest, key=lambda near: (-near.cosine, near.item))


class CatalogVectors:
    """The catalog's own vectors, compared one by one, where Chroma's folder may not be written.

    Chroma opens no folder that it cannot write into. This needs the memory of all vectors and, with a
    hundred thousand passages, some milliseconds more for a question.
    """

    def __init__(self, place: Path | Database) -> None:
        # Its own connection: it loads while whoever searches is in the middle of a transaction.
        self._reader = CatalogReader(place)
        self._lock = threading.Lock()
        self._loaded: dict[Collection, ExactSearch] = {}

    def query(self, collection: Collection, vector: NDArray[np.float32], k: int) -> list[Nearest]:
        """See VectorStore."""
        return self._load(collection).find_nearest(vector, k)

    def items(self, collection: Collection) -> Iterator[str]:
        """See VectorStore."""
        yield from self._load(collection).items

    def count(self, collection: Collection) -> int:
        """See VectorStore."""
        return len(self._load(collection).items)

    def upsert(self, collection: Collection, items: Sequence[str], vectors: NDArray[np.float32]) -> None:
        """See VectorStore. Refused: so are all that write."""
        raise _refuse()

    def delete(self, collection: Collection, items: Sequence[str]) -> None:
        """See VectorStore."""
        raise _refuse()

    def drop_other_models(self) -> None:
        """See VectorStore."""
        raise _refuse()

    def seal(self) -> None:
        """See VectorStore."""
        raise _refuse()

    @contextmanager
    def replacing(self) -> Iterator[None]:
        """See VectorStore."""
        raise _refuse()
        yield  # makes this a context manager

    def fault(self) -> str:
        """See VectorStore. What is lost of Chroma's files is not needed here."""
        return ""

    def stamp(self) -> str:
        """See VectorStore."""
        return ""

    def refresh(self) -> None:
        """See VectorStore."""
        with self._lock:
            self._loaded.clear()

    def close(self) -> None:
        """See VectorStore."""
        with self._lock:
            self._loaded.clear()
            self._reader.close()

    def _load(self, collection: Collection) -> ExactSearch:
        with self._lock:
            if collection not in self._loaded:
                with self._reader.snapshot() as view:
                    self._loaded[collection] = ExactSearch(view, collection)
            return self._loaded[collection]


class SharedVectors(CatalogVectors):
    """The vectors of a catalog on a server, compared one by one.

    A folder of Chroma on one machine would tell the others nothing. Here nothing is derived: what the catalog
    holds is found, and there is nothing to be written, lost or made anew.
    """

    def upsert(self, collection: Collection, items: Sequence[str], vectors: NDArray[np.float32]) -> None:
        """See VectorStore. The catalog has them already."""

    def delete(self, collection: Collection, items: Sequence[str]) -> None:
        """See VectorStore. What is not live is not found."""

    def count(self, collection: Collection) -> int:
        """See VectorStore."""
        with self._lock, self._reader.snapshot() as view:
            return view.count_vectors(collection)

    def drop_other_models(self) -> None:
        """See VectorStore. The catalog forgets them itself."""

    def seal(self) -> None:
        """See VectorStore."""

    @contextmanager
    def replacing(self) -> Iterator[None]:
        """See VectorStore."""
        yield

    def stamp(self) -> str:
        """See VectorStore. Nothing can differ from the catalog."""
        return "catalog"


def _refuse() -> StoreError:
    return StoreError("the vector index may not be written: allow it, or set DATELINE_INDEX")

"""What is asked of a Chroma collection, wherever Chroma runs: in a folder or on a server."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from index.catalog import Collection
from index.vectors import Nearest

# Chroma refuses batches above 5,461 and advises 50 to 250; Chroma's cloud takes 300.
BATCH = 250
# With ef 10, Chroma's default page shows the nearest vector missed; 200 finds it and costs 1 ms.
CONFIGURATION: Any = {"hnsw": {"space": "cosine", "ef_search": 200, "ef_construction": 200}}
# Ids a page, where all are read.
_PAGE = 5000


class ChromaCalls(ABC):
    """The calls that read and write vectors; where they go is for a subclass to say."""

    # Ids a page; a hosted Chroma gives fewer at once.
    page = _PAGE

    def upsert(self, collection: Collection, items: Sequence[str], vectors: NDArray[np.float32]) -> None:
        """See VectorStore."""
        if items:
            self._before_writing()
        size = self._batch_size() if items else 1
        for start in range(0, len(items), size):
            part = slice(start, start + size)
            self._upsert_batch(collection, items[part], vectors[part])

    def _upsert_batch(
        self, collection: Collection, items: Sequence[str], vectors: NDArray[np.float32]
    ) -> None:
        self._call(collection, "upsert", {"ids": list(items), "embeddings": vectors})

    def delete(self, collection: Collection, items: Sequence[str]) -> None:
        """See VectorStore."""
        if items:
            self._before_writing()
        size = self._batch_size() if items else 1
        for start in range(0, len(items), size):
            self._call(collection, "delete", {"ids": list(items[start : start + size])})

    def query(self, collection: Collection, vector: NDArray[np.float32], k: int) -> list[Nearest]:
        """See VectorStore."""
        # A reader never makes a collection: the writer may be making it at this moment.
        result = self._call(
            collection,
            "query",
            {"query_embeddings": vector[np.newaxis], "n_results": k, "include": ["distances"]},
            create=False,
        )
        if result is None:
            return []
        ids, distances = result["ids"][0], result["distances"][0]
        return [Nearest(item, 1.0 - float(distance)) for item, distance in zip(ids, distances, strict=True)]

    def items(self, collection: Collection) -> Iterator[str]:
        """See VectorStore."""
        offset = 0
        while page := self._call(collection, "get", {"limit": self.page, "offset": offset, "include": []}):
            if not page["ids"]:
                return
            yield from page["ids"]
            offset += len(page["ids"])

    def count(self, collection: Collection) -> int:
        """See VectorStore."""
        return int(self._call(collection, "count", {}) or 0)

    def _batch_size(self) -> int:
        return BATCH

    @abstractmethod
    def _before_writing(self) -> None:
        """Whatever is to be done before the first of some writes."""

    @abstractmethod
    def _call(
        self, collection: Collection, method: str, arguments: dict[str, Any], *, create: bool = True
    ) -> Any:
        """Call a method of a Chroma collection; None where there is no such collection yet."""

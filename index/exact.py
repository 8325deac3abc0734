"""Nearest passages by comparing with every one of them: what the vector index is measured against."""

from __future__ import annotations

from collections.abc import Collection

import numpy as np
from numpy.typing import NDArray

from index.lookup import Snapshot

# Compared at a time: 8 MB of single precision.
_AT_ONCE = 5_000
# Copies of a passage have the same vector, so which of them are among the nearest is a matter of rounding.
_TIE = 1e-5


class ExactSearch:
    """All live vectors of an index in memory: 768 bytes a passage with the bundled model."""

    def __init__(self, view: Snapshot) -> None:
        items, rows = [], []
        for item, vector in view.all_vectors():
            items.append(item)
            rows.append(vector)
        self._places = {item: place for place, item in enumerate(items)}
        self._matrix = np.stack(rows) if rows else np.zeros((0, 0), dtype=np.float16)

    def count_nearest(self, vector: NDArray[np.float32], found: Collection[str], k: int) -> tuple[int, int]:
        """Count how many of the k nearest passages are among those found.

        Args:
            vector: of the query, shape (dim,).
            found: ids of passages, from the index that is measured; at most k of them count.

        Returns:
            How many, and how many could be: k, or all passages where there are fewer.
        """
        if not self._places:
            return 0, 0
        cosines = self._compare(vector)
        k = min(k, len(cosines))
        bar = np.partition(cosines, -k)[-k] - _TIE
        near = sum(cosines[self._places[item]] >= bar for item in found if item in self._places)
        return min(int(near), k), k

    def _compare(self, vector: NDArray[np.float32]) -> NDArray[np.float32]:
        parts = []
        for start in range(0, len(self._matrix), _AT_ONCE):
            rows = self._matrix[start : start + _AT_ONCE].astype(np.float32)
            parts.append(rows @ vector / np.maximum(np.linalg.norm(rows, axis=1), 1e-12))
        return np.concatenate(parts)

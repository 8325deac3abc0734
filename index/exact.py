"""Nearest passages by comparing with every one of them: what the vector index is measured against."""

from __future__ import annotations

from collections.abc import Collection

import numpy as np
from numpy.typing import NDArray

from index.snapshot import Snapshot

# Copies of a passage have the same vector, so which of them are among the nearest is a matter of rounding.
_TIE = 1e-5


class ExactSearch:
    """All live vectors of an index in memory, of length 1: 1.5 kB a passage with the bundled model."""

    def __init__(self, view: Snapshot) -> None:
        items, rows = [], []
        for item, vector in view.all_vectors():
            items.append(item)
            rows.append(vector)
        self._places = {item: place for place, item in enumerate(items)}
        self._matrix = np.stack(rows).astype(np.float32) if rows else np.zeros((0, 0), dtype=np.float32)
        self._matrix /= np.maximum(np.linalg.norm(self._matrix, axis=1, keepdims=True), 1e-12)

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
        cosines = self._matrix @ vector
        k = min(k, len(cosines))
        bar = np.partition(cosines, -k)[-k] - _TIE
        near = sum(cosines[self._places[item]] >= bar for item in found if item in self._places)
        return min(int(near), k), k

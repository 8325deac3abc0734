"""The nearest of all vectors, compared one by one, and how many of them an index finds."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import islice

import numpy as np
from numpy.typing import NDArray

from index.codes import from_halves
from index.embed import Matrix
from index.snapshot import Snapshot
from index.vectors import Nearest

# Vectors compared at a time: 80 MB of them, and as much for the cosines of a few hundred queries.
_CHUNK = 50_000
# Copies have the same vector, so which of them are among the nearest is a matter of rounding.
_TIE = 1e-5
# Kept beyond the k nearest, for such ties.
_SPARE = 20


def find_exact(view: Snapshot, queries: Matrix, k: int) -> list[list[Nearest]]:
    """Find the k nearest passages by comparing each query with every vector, in float32.

    Args:
        view: of the catalog; the vectors are those that the vector index was given.
        queries: unit rows, shape (n, dim).

    Returns:
        For each query the k nearest, nearest first, and behind them up to 20 more, for ties; fewer where
        there are fewer.
    """
    cosines = np.zeros((len(queries), 0), dtype=np.float32)
    items = np.zeros((len(queries), 0), dtype=object)
    for names, vectors in _chunks(view):
        cosines = np.concatenate([cosines, queries @ vectors.T], axis=1)
        items = np.concatenate([items, np.broadcast_to(names, (len(queries), len(names)))], axis=1)
        if cosines.shape[1] > k + _SPARE:
            best = np.argpartition(-cosines, k + _SPARE - 1, axis=1)[:, : k + _SPARE]
            cosines = np.take_along_axis(cosines, best, axis=1)
            items = np.take_along_axis(items, best, axis=1)
    return [
        sorted(map(Nearest, row, near.tolist()), key=lambda each: (-each.cosine, each.item))
        for row, near in zip(items.tolist(), cosines, strict=True)
    ]


def recall(found: Sequence[str], exact: Sequence[Nearest], k: int) -> float:
    """Return the share of the k nearest that are among the first k found; ties may stand for one another."""
    k = min(k, len(exact))
    if not k:
        raise ValueError("nothing is near to measure against")
    bar = exact[k - 1].cosine - _TIE
    near = {each.item for each in exact if each.cosine >= bar}
    return min(len(near.intersection(found[:k])), k) / k


def _chunks(view: Snapshot) -> Iterator[tuple[NDArray[np.object_], Matrix]]:
    stored = view.all_vectors()
    while part := list(islice(stored, _CHUNK)):
        yield np.array([item for item, _ in part], dtype=object), from_halves([raw for _, raw in part])

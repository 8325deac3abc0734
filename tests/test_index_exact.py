"""Exact search: what the vector index finds of it, copies and empty indexes included."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from index.exact import ExactSearch


class View:
    def __init__(self, vectors: dict[str, list[float]]) -> None:
        self.vectors = vectors

    def all_vectors(self, _collection: str) -> Iterator[tuple[str, Any]]:
        yield from ((item, np.array(vector, dtype=np.float16)) for item, vector in self.vectors.items())


def search(vectors: dict[str, list[float]]) -> ExactSearch:
    view: Any = View(vectors)
    return ExactSearch(view)


QUERY = np.array([1.0, 0.0], dtype=np.float32)


def test_what_is_missed_is_counted() -> None:
    exact = search({"near": [2, 0.1], "nearer": [1, 0], "far": [0, 1], "behind": [-1, 0]})
    assert exact.count_nearest(QUERY, ["nearer", "near"], 2) == (2, 2)
    assert exact.count_nearest(QUERY, ["nearer", "far"], 2) == (1, 2)
    assert exact.count_nearest(QUERY, [], 2) == (0, 2)
    assert exact.count_nearest(QUERY, ["near", "nearer", "far", "behind"], 10) == (4, 4)


def test_one_copy_is_as_near_as_the_other() -> None:
    exact = search({"a": [1, 0.5], "copy": [1, 0.5], "far": [0, 1]})
    assert exact.count_nearest(QUERY, ["copy"], 1) == exact.count_nearest(QUERY, ["a"], 1) == (1, 1)
    # Two for one place are still one.
    assert exact.count_nearest(QUERY, ["a", "copy"], 1) == (1, 1)


def test_what_is_not_live_and_what_is_empty_count_for_nothing() -> None:
    assert search({"a": [1, 0]}).count_nearest(QUERY, ["ghost"], 1) == (0, 1)
    assert search({}).count_nearest(QUERY, ["ghost"], 1) == (0, 0)

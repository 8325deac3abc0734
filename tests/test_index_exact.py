"""Exact search: what the vector index finds of it, and the catalog's own vectors in its place."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from index_state import COLLECTIONS, Desk, story

from index.codes import from_halves, to_halves
from index.exact import CatalogVectors, ExactSearch
from index.lookup import CatalogReader
from index.sweep import SweptVectors


class View:
    def __init__(self, vectors: dict[str, list[float]]) -> None:
        self.vectors = vectors

    def all_vectors(self, _collection: str) -> Iterator[tuple[str, bytes]]:
        yield from ((item, to_halves(np.array([vector]))[0]) for item, vector in self.vectors.items())


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


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    desk = Desk(tmp_path)
    desk.corpus.mkdir()
    yield desk
    desk.close()


def every_cosine(desk: Desk, collection: Any, vector: Any) -> dict[str, float]:
    reader = CatalogReader(desk.catalog)
    with reader.snapshot() as view:
        rows = {item: from_halves([row])[0] for item, row in view.all_vectors(collection)}
    reader.close()
    return {item: float(row @ vector / np.linalg.norm(row)) for item, row in rows.items()}


@pytest.fixture(params=[CatalogVectors, SweptVectors])
def vectors(request: pytest.FixtureRequest, desk: Desk) -> Iterator[CatalogVectors]:
    vectors: CatalogVectors = request.param(desk.catalog)
    yield vectors
    vectors.close()


def test_the_vectors_of_the_catalog_give_the_nearest_that_are_live(
    desk: Desk, vectors: CatalogVectors
) -> None:
    places = ("Mosul", "Tikrit", "Kirkuk", "Erbil", "Baiji")
    for place in places:
        desk.write(f"{place}.txt", story(place, paragraphs=9))
    # The same text twice has one vector; one that was edited or deleted leaves its own behind.
    desk.write("copy.txt", story("Mosul", paragraphs=9))
    desk.sync()
    desk.write("Erbil.txt", story("Duhok", paragraphs=9))
    (desk.corpus / "Tikrit.txt").unlink()
    desk.sync()
    for query in (*places, "officer number 4 of the district"):
        vector = desk.embedder.embed_query(query)
        for collection in COLLECTIONS:
            expected = every_cosine(desk, collection, vector)
            assert len(expected) == vectors.count(collection) == len(set(vectors.items(collection)))
            for k in (1, 3, len(expected), 1000):
                found = vectors.query(collection, vector, k)
                assert len({near.item for near in found}) == min(k, len(expected))
                # Which of several equally near ones is a matter of rounding.
                best = sorted(expected.values(), reverse=True)[:k]
                np.testing.assert_allclose([near.cosine for near in found], best, atol=1e-6)
                np.testing.assert_allclose([expected[near.item] for near in found], best, atol=1e-6)


def test_the_vectors_of_an_empty_catalog_find_nothing(desk: Desk, vectors: CatalogVectors) -> None:
    desk.sync()
    for collection in COLLECTIONS:
        assert vectors.query(collection, desk.embedder.embed_query("Mosul"), 5) == []


def test_what_is_added_is_found_after_a_refresh(desk: Desk, vectors: CatalogVectors) -> None:
    desk.write("a.txt", story("Mosul"))
    desk.sync()
    before = vectors.query("passages", desk.embedder.embed_query("Kirkuk"), 50)
    desk.write("b.txt", story("Kirkuk"))
    desk.sync()
    vectors.refresh()
    after = vectors.query("passages", desk.embedder.embed_query("Kirkuk"), 50)
    assert len(after) > len(before) and after[0].item not in {near.item for near in before}

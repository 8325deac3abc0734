"""The nearest to one question by reading every vector once, which is sooner done than opening Chroma."""

from __future__ import annotations

from itertools import islice

import numpy as np
from numpy.typing import NDArray

from index.codes import from_halves
from index.database import Collection
from index.exact import CatalogVectors
from index.snapshot import Snapshot
from index.vectors import Nearest

# Rows of the catalog that are held twice while they are read.
_CHUNK = 4096
# How many times more are looked at than wanted, and again while too few of them are live.
_MORE = 4


class SweptVectors(CatalogVectors):
    """The catalog's own vectors where one question is asked and no more.

    Of 50,000 passages the first question takes a quarter of the processor time that it takes to import Chroma and
    load its graphs. Vectors are read as they lie in the catalog and only the nearest joined with what is live.
    """

    _swept: _Swept | None = None

    def query(self, collection: Collection, vector: NDArray[np.float32], k: int) -> list[Nearest]:
        """See VectorStore. Ties by id."""
        with self._lock, self._reader.snapshot() as view:
            if self._swept is None:
                self._swept = _Swept(view)
            found = self._swept.find_nearest(view, collection, vector, k)
        return sorted(found, key=lambda near: (-near.cosine, near.item))[:k]

    def refresh(self) -> None:
        """See VectorStore."""
        super().refresh()
        self._swept = None


class _Swept:
    """The vectors of all passages, those included that are no longer live; an article's is its opening's."""

    def __init__(self, view: Snapshot) -> None:
        self._keys: list[bytes] = []
        parts = [np.zeros((0, 0), dtype=np.float32)]
        rows = view.sweep_vectors()
        while found := list(islice(rows, _CHUNK)):
            self._keys += [key for key, _ in found]
            parts.append(from_halves([raw for _, raw in found]))
        self._matrix = np.concatenate(parts[1:] or parts)

    def find_nearest(
        self, view: Snapshot, collection: Collection, vector: NDArray[np.float32], k: int
    ) -> list[Nearest]:
        """Return at least the k nearest that are live, in no order, where there are so many."""
        if not self._keys:
            return []
        cosines = self._matrix @ vector
        if collection == "articles":
            places = {key: place for place, key in enumerate(self._keys)}
            return _name(view.articles_with_keys(), places, cosines)
        few = k
        while True:
            few *= _MORE
            best = np.argpartition(-cosines, few)[:few] if few < len(cosines) else np.arange(len(cosines))
            places = {self._keys[place]: int(place) for place in best}
            found = _name(view.passages_of_keys(list(places)), places, cosines)
            if len(found) >= k or few >= len(cosines):
                return found


def _name(
    items: list[tuple[str, bytes]], places: dict[bytes, int], cosines: NDArray[np.float32]
) -> list[Nearest]:
    return [Nearest(item, float(cosines[places[key]])) for item, key in items if key in places]

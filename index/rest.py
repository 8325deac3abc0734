"""What an article holds besides the passages that were found in it."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from index.fusion import cosine, find_copies
from index.model import Hit
from index.snapshot import Row, Snapshot

# Passages that are added from one article, of those that were not found.
_REST = 4


def find_rest(
    view: Snapshot, vector: NDArray[np.float32], hits: Sequence[Hit], articles: int
) -> tuple[Hit, ...]:
    """Return what the first articles hold besides the passages found in them.

    What answers often stands a paragraph below what the search has found, in words that the question
    does not have.

    Args:
        vector: the question's, length 1.
        hits: as ``Searcher.search`` returns them.
        articles: how many of the articles, in the order of the hits.

    Returns:
        Further hits, ranked behind the others, each article's in order; of a long article those passages
        that stand next to one that was found. No copy of another hit is among them.
    """
    found = {hit.passage.id: hit for hit in hits}
    rows = view.rows_of_items(list(found))
    ranked = [rows[item] for item in found if item in rows]
    first = list(dict.fromkeys(row.article for row in ranked))[:articles]
    wanted: list[Row] = []
    for own in view.rows_of_articles(first).values():
        places = [place for place, row in enumerate(own) if row.item in found]
        near = sorted(
            (place for place, row in enumerate(own) if row.item not in found),
            key=lambda place: min(abs(place - other) for other in places),
        )
        wanted += [own[place] for place in sorted(near[:_REST])]
    passages = view.passages([row.row for row in wanted])
    stored = view.vectors([row.key for row in (*ranked, *wanted)])
    # What was folded into a passage found must not come back as a source of its own.
    texts = [hit.passage.text for hit in hits] + [passages[row.row].text for row in wanted]
    keys = [rows[hit.passage.id].key if hit.passage.id in rows else b"" for hit in hits]
    copied = find_copies(texts, [stored.get(key) for key in (*keys, *(row.key for row in wanted))])
    wanted = [row for row, copy in zip(wanted, copied[len(hits) :], strict=True) if copy is None]
    least = min((hit.score for hit in hits), default=0.0)
    return tuple(
        Hit(
            rank=len(hits) + place,
            passage=passages[row.row],
            score=least,
            cosine=cosine(stored.get(row.key), vector),
        )
        for place, row in enumerate(wanted, start=1)
    )

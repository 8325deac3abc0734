"""Several rankings into one."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from index.changes import find_changes
from index.model import Hit, Passage

# Reciprocal rank fusion, Cormack, Clarke and Büttcher 2009. Their constant is 60; 20 gives the first
# ranks more say and had the best MRR among the weights tried on RealTimeQA's public half.
RRF_K = 20

# A passage shares this much of its five-word runs with a copy; light editing keeps above it.
_COPY_SHARE = 0.6
_RUN = 5
_WORD = re.compile(r"[^\W_]+")
# Copies have nearly the same vector, so only such pairs are compared word by word.
_COPY_COSINE = 0.9


@dataclass(slots=True)
class Candidate:
    """A passage on its way up: where each list ranked it, and the sum so far."""

    row: int
    item: str
    article: int
    published: date | None
    score: float = 0.0
    factor: float = 1.0
    cosine: float | None = None
    ranks: dict[str, int] = field(default_factory=dict)

    def add(self, source: str, rank: int, weight: float) -> None:
        """Credit a rank, from 1, in one list; a list counts once."""
        if source not in self.ranks:
            self.ranks[source] = rank
            self.score += self.factor * weight / (RRF_K + rank)

    def prefer(self, factor: float) -> None:
        """Multiply what was credited, and what is yet to be."""
        self.factor *= factor
        self.score *= factor


def order(candidates: Mapping[int, Candidate]) -> list[Candidate]:
    """Sort by score, ties by id, so that the same question gives the same order."""
    return sorted(candidates.values(), key=lambda candidate: (-candidate.score, candidate.item))


def spread(ranked: Sequence[Candidate], again: float) -> list[Candidate]:
    """Weaken each further passage of an article, so that the first ranks show several articles.

    The n-th passage of an article keeps ``again ** (n - 1)`` of its score.
    """
    seen: dict[int, int] = {}
    for candidate in ranked:
        count = seen.get(candidate.article, 0)
        candidate.score *= again**count
        seen[candidate.article] = count + 1
    return sorted(ranked, key=lambda candidate: (-candidate.score, candidate.item))


def collapse(
    ranked: Sequence[Candidate],
    passages: dict[int, Passage],
    vectors: Sequence[NDArray[np.float32] | None],
    again: float,
) -> list[Hit]:
    """Fold copies into the passage ranked before them, and spread what is left over articles.

    Args:
        ranked: best first.
        passages: by row.
        vectors: of the candidates; None where there is none yet.
        again: see ``spread``.
    """
    texts = [passages[candidate.row].text for candidate in ranked]
    copied = find_copies(texts, vectors)
    copies: dict[int, list[Passage]] = {}
    for index, original in enumerate(copied):
        if original is not None:
            copies.setdefault(ranked[original].row, []).append(passages[ranked[index].row])
    originals = [candidate for candidate, copy in zip(ranked, copied, strict=True) if copy is None]
    hits = []
    for rank, candidate in enumerate(spread(originals, again), start=1):
        passage = passages[candidate.row]
        others = {copy.article.id: copy.article for copy in copies.get(candidate.row, ())}
        others.pop(passage.article.id, None)
        hits.append(
            Hit(
                rank=rank,
                passage=passage,
                score=candidate.score,
                cosine=candidate.cosine,
                copies=tuple(others.values()),
                found_by=tuple(sorted(candidate.ranks.items())),
            )
        )
    return hits


def find_copies(texts: Sequence[str], vectors: Sequence[NDArray[np.float32] | None]) -> list[int | None]:
    """Find passages that are nearly the words of one ranked before them, as wire copy is.

    A passage in which a number, a day or a name is another one contradicts the first and is no copy of it.

    Args:
        texts: best first.
        vectors: of the texts, unit length; None where there is none yet.

    Returns:
        For each text the index of the earlier one it copies, None for originals.
    """
    near = _are_near(vectors)
    copied: list[int | None] = [None] * len(texts)
    for index in range(1, len(texts)):
        for earlier in np.flatnonzero(near[index, :index]).tolist():
            if copied[earlier] is not None:
                continue
            mine, theirs = _runs(texts[index]), _runs(texts[earlier])
            smaller = min(len(mine), len(theirs))
            shares = smaller and len(mine & theirs) >= _COPY_SHARE * smaller
            if shares and not find_changes(texts[index], texts[earlier]):
                copied[index] = earlier
                break
    return copied


def cosine(own: NDArray[np.float32] | None, vector: NDArray[np.float32]) -> float | None:
    """Return the cosine of a stored vector and a query's; None where there is none yet."""
    return None if own is None else float(own @ vector / np.linalg.norm(own))


def _are_near(vectors: Sequence[NDArray[np.float32] | None]) -> NDArray[np.bool_]:
    """Tell which pairs are near enough to be copies; those without a vector may be anybody's."""
    near = np.ones((len(vectors), len(vectors)), dtype=np.bool_)
    known = [index for index, vector in enumerate(vectors) if vector is not None]
    if known:
        rows = np.stack([vector for vector in vectors if vector is not None])
        near[np.ix_(known, known)] = rows @ rows.T >= _COPY_COSINE
    return near


@lru_cache(maxsize=1024)
def _runs(text: str) -> frozenset[tuple[str, ...]]:
    words = _WORD.findall(text.lower())
    if len(words) < _RUN:
        return frozenset([tuple(words)] if words else [])
    return frozenset(tuple(words[i : i + _RUN]) for i in range(len(words) - _RUN + 1))

"""The arithmetic of the benchmarks. Pure."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

# Draws of the bootstrap, and their seed: the same figures give the same interval.
DRAWS = 10_000
SEED = 20140610

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Figure:
    """A figure, its 95 % interval, and how many values it was worked out from."""

    value: float
    low: float
    high: float
    count: int

    def __str__(self) -> str:
        return f"{self.value:.3f} [{self.low:.3f}, {self.high:.3f}]"


def rank_of(ranked: Sequence[str], wanted: Collection[str]) -> int | None:
    """Return the rank, from 1, of the first that is wanted; None where none is there."""
    return next((rank for rank, item in enumerate(ranked, start=1) if item in wanted), None)


def hit_at(rank: int | None, k: int) -> float:
    """Return 1 for a rank up to k, else 0."""
    return float(rank is not None and rank <= k)


def reciprocal_rank(rank: int | None, k: int) -> float:
    """Return 1 / rank for a rank up to k, else 0; the mean of it is MRR@k."""
    return 1.0 / rank if rank is not None and rank <= k else 0.0


def mean_with_interval(values: Sequence[float]) -> Figure:
    """Return the mean and its percentile bootstrap interval. No values give zeros."""
    if not values:
        return Figure(0.0, 0.0, 0.0, 0)
    drawn = np.asarray(values, dtype=np.float64)
    low, high = _interval(len(values), lambda rows: float(drawn[rows].mean()))
    return Figure(float(drawn.mean()), low, high, len(values))


def auroc_with_interval(scores: Sequence[float], labels: Sequence[bool]) -> Figure:
    """Return the probability that a positive scores above a negative, ties counting half.

    Args:
        scores: one a case.
        labels: one a case; both kinds must occur.

    Raises:
        ValueError: one kind is missing, or the lengths differ.
    """
    if len(scores) != len(labels):
        raise ValueError(f"{len(scores)} scores for {len(labels)} labels")
    values, truth = np.asarray(scores, dtype=np.float64), np.asarray(labels, dtype=np.bool_)
    if truth.all() or not truth.any():
        raise ValueError("both positives and negatives are needed")

    def measure(rows: NDArray[np.int64]) -> float:
        positive, negative = values[rows][truth[rows]], values[rows][~truth[rows]]
        if not len(positive) or not len(negative):
            return 0.5
        return _above(positive, negative)

    low, high = _interval(len(values), measure, draws=DRAWS // 10)
    return Figure(_above(values[truth], values[~truth]), low, high, len(values))


def auroc_by_group(scores: Sequence[float], labels: Sequence[bool], groups: Sequence[str]) -> Figure:
    """Return the AUROC with an interval that draws whole groups, since cases of one group are not independent.

    Raises:
        ValueError: one kind of case is missing.
    """
    values, truth = np.asarray(scores, dtype=np.float64), np.asarray(labels, dtype=np.bool_)
    if truth.all() or not truth.any():
        raise ValueError("both positives and negatives are needed")
    members: dict[str, list[int]] = {}
    for row, group in enumerate(groups):
        members.setdefault(group, []).append(row)
    parts = [np.asarray(rows) for rows in members.values()]

    def measure(drawn: NDArray[np.int64]) -> float:
        rows = np.concatenate([parts[part] for part in drawn])
        positive, negative = values[rows][truth[rows]], values[rows][~truth[rows]]
        return _above(positive, negative) if len(positive) and len(negative) else 0.5

    low, high = _interval(len(parts), measure, draws=DRAWS // 10)
    return Figure(_above(values[truth], values[~truth]), low, high, len(values))


def percentile(values: Sequence[float], share: float) -> float:
    """Return the value below which ``share`` per cent lie, between neighbours in proportion.

    Raises:
        ValueError: there are no values.
    """
    if not values:
        raise ValueError("no values")
    return float(np.percentile(np.asarray(values, dtype=np.float64), share))


def median(values: Sequence[float]) -> float:
    """Return the middle value. Raises ValueError when there is none."""
    return percentile(values, 50)


def table(head: Sequence[str], rows: Sequence[Sequence[object]]) -> str:
    """Lay out a Markdown table; the first column is text, all others numbers."""
    lines = [list(head), ["---", *["---:"] * (len(head) - 1)], *[[str(cell) for cell in row] for row in rows]]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def _above(positive: Floats, negative: Floats) -> float:
    ordered = np.sort(negative)
    below = np.searchsorted(ordered, positive, side="left")
    not_above = np.searchsorted(ordered, positive, side="right")
    return float((below + not_above).mean() / 2 / len(negative))


def _interval(
    count: int, measure: Callable[[NDArray[np.int64]], float], *, draws: int = DRAWS
) -> tuple[float, float]:
    random = np.random.default_rng(SEED)
    drawn = [measure(random.integers(0, count, count)) for _ in range(draws)]
    low, high = np.percentile(drawn, [2.5, 97.5])
    return float(low), float(high)

"""The arithmetic of evaluations: rates with intervals, areas, percentiles. Pure and seeded."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
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


def auroc(scores: Sequence[float], labels: Sequence[bool]) -> float:
    """Return the probability that a positive scores above a negative, ties counting half.

    Raises:
        ValueError: one kind of case is missing.
    """
    values, truth = np.asarray(scores, dtype=np.float64), np.asarray(labels, dtype=np.bool_)
    if truth.all() or not truth.any():
        raise ValueError("both positives and negatives are needed")
    return _above(values[truth], values[~truth])


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


def refused_where_answered(
    scores: Sequence[float], labels: Sequence[bool], share: float
) -> tuple[Figure, float]:
    """Return the share of negatives below the threshold that leaves so large a share of the positives at or above it.

    Each draw of the interval has a threshold of its own.

    Args:
        scores: one a case; ``labels`` likewise, and both kinds must occur.
        share: of the positives, above 0 and at most 1.

    Returns:
        The share, counted over the negatives, and the threshold.
    """
    values, truth = np.asarray(scores, dtype=np.float64), np.asarray(labels, dtype=np.bool_)
    positive, negative = values[truth], values[~truth]

    def threshold_of(drawn: Floats) -> float:
        # So many of the highest are kept; binary fractions must not make .9 of 10 cases ten.
        return float(np.sort(drawn)[::-1][math.ceil(share * len(drawn) - 1e-9) - 1])

    random = np.random.default_rng(SEED)
    draws = []
    for _ in range(DRAWS // 10):
        least = threshold_of(random.choice(positive, len(positive)))
        draws.append(float((random.choice(negative, len(negative)) < least).mean()))
    low, high = np.percentile(draws, [2.5, 97.5])
    threshold = threshold_of(positive)
    return Figure(float((negative < threshold).mean()), float(low), float(high), len(negative)), threshold


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


# Two thousand draws place the ends of an interval to about .005; a report has some two hundred of them.
_RATIO_DRAWS = 2_000
# Drawn at a time, so that a thousand cases take a few megabytes and not hundreds.
_AT_ONCE = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Estimate:
    """A share of things, and how sure it is.

    Attributes:
        value: ``right / asked``; None where nothing was asked, never NaN.
        low: lower end of the 95 % percentile bootstrap interval over cases; ``high`` is the upper one.
        right: how many things were as they should be; a fraction where a case earns a part.
        asked: out of how many.
        cases: in how many cases they stand.
    """

    value: float | None
    low: float | None
    high: float | None
    right: float
    asked: float
    cases: int


def ratio_with_interval(parts: Sequence[tuple[float, float]]) -> Estimate:
    """Return the sum of the first over the sum of the second, with its interval.

    Whole cases are drawn, since the claims of one answer are not independent (a cluster bootstrap).

    Args:
        parts: one a case: what was right in it, and out of how much; cases of which nothing was asked
            (second is 0) do not count.
    """
    rows = np.asarray([part for part in parts if part[1] > 0], dtype=np.float64).reshape(-1, 2)
    right, asked = (float(total) for total in rows.sum(axis=0))
    if not len(rows):
        return Estimate(value=None, low=None, high=None, right=0.0, asked=0.0, cases=0)
    sums = _draw_sums(rows)
    low, high = np.percentile(sums[:, 0] / sums[:, 1], [2.5, 97.5])
    return Estimate(
        value=right / asked, low=float(low), high=float(high), right=right, asked=asked, cases=len(rows)
    )


def difference_with_interval(
    before: Sequence[tuple[float, float]], after: Sequence[tuple[float, float]]
) -> tuple[float, float, float] | None:
    """Return how far a ratio has moved, with the interval over the same draws of cases for both.

    Args:
        before: as for ``ratio_with_interval``, one a case; ``after`` likewise, in the same order.

    Returns:
        Difference, low, high; None where one of the two asks nothing.
    """
    rows = np.asarray(
        [(*old, *new) for old, new in zip(before, after, strict=True) if old[1] > 0 or new[1] > 0],
        dtype=np.float64,
    ).reshape(-1, 4)
    totals = rows.sum(axis=0)
    if totals[1] == 0 or totals[3] == 0:
        return None
    sums = _draw_sums(rows)
    usable = sums[(sums[:, 1] > 0) & (sums[:, 3] > 0)]
    low, high = np.percentile(usable[:, 2] / usable[:, 3] - usable[:, 0] / usable[:, 1], [2.5, 97.5])
    return float(totals[2] / totals[3] - totals[0] / totals[1]), float(low), float(high)


def _draw_sums(rows: Floats) -> Floats:
    """Draw as many rows as there are, again and again; column sums, shape (draws, columns)."""
    random = np.random.default_rng(SEED)
    sums = []
    for _ in range(_RATIO_DRAWS // _AT_ONCE):
        drawn = random.integers(0, len(rows), (_AT_ONCE, len(rows)))
        sums.append(rows[drawn].sum(axis=1))
    return np.concatenate(sums)


@dataclass(frozen=True, slots=True, kw_only=True)
class Bin:
    """Scores of one tenth of the scale: how high they are on the mean, and the share that was true."""

    low: float
    high: float
    count: int
    mean_score: float
    share_true: float


def reliability(scores: Sequence[float], labels: Sequence[bool], bins: int = 10) -> tuple[Bin, ...]:
    """Sort scores into equal bins, for a reliability plot; empty bins are left out.

    Args:
        scores: probabilities, 0 to 1.
    """
    values, truth = np.asarray(scores, dtype=np.float64), np.asarray(labels, dtype=np.float64)
    which = np.minimum((values * bins).astype(int), bins - 1)
    return tuple(
        Bin(
            low=number / bins,
            high=(number + 1) / bins,
            count=int((which == number).sum()),
            mean_score=float(values[which == number].mean()),
            share_true=float(truth[which == number].mean()),
        )
        for number in range(bins)
        if (which == number).any()
    )


def calibration_error(scores: Sequence[float], labels: Sequence[bool], bins: int = 10) -> float:
    """Return the expected calibration error: mean distance of score and share of positives over equal bins.

    Naeini, Cooper and Hauskrecht 2015. No scores give 0.
    """
    return sum(
        each.count / len(scores) * abs(each.mean_score - each.share_true)
        for each in reliability(scores, labels, bins)
    )


def percentile_with_interval(values: Sequence[float], share: float) -> tuple[float, float]:
    """Return the 95 % bootstrap interval of a percentile.

    Raises:
        ValueError: there are no values.
    """
    if not values:
        raise ValueError("no values")
    rows = np.asarray(values, dtype=np.float64)
    random = np.random.default_rng(SEED)
    drawn = [
        np.percentile(rows[random.integers(0, len(rows), (_AT_ONCE, len(rows)))], share, axis=1)
        for _ in range(_RATIO_DRAWS // _AT_ONCE)
    ]
    low, high = np.percentile(np.concatenate(drawn), [2.5, 97.5])
    return float(low), float(high)


def balanced_accuracy_by_group(
    scores: Sequence[float], labels: Sequence[bool], groups: Sequence[str], threshold: float
) -> Figure:
    """Return the mean of the shares of positives at or above a threshold and of negatives below it.

    The interval draws whole groups; draws that hold one kind of case alone are left out of it.

    Raises:
        ValueError: one kind of case is missing.
    """
    values, truth = np.asarray(scores, dtype=np.float64), np.asarray(labels, dtype=np.bool_)
    if truth.all() or not truth.any():
        raise ValueError("both positives and negatives are needed")
    kept = values >= threshold
    columns = np.stack([truth & kept, truth, ~truth & ~kept, ~truth], axis=1).astype(np.float64)
    names = {group: number for number, group in enumerate(dict.fromkeys(groups))}
    rows = np.zeros((len(names), 4))
    np.add.at(rows, [names[group] for group in groups], columns)
    sums = _draw_sums(rows)
    sums = sums[(sums[:, 1] > 0) & (sums[:, 3] > 0)]
    low, high = np.percentile((sums[:, 0] / sums[:, 1] + sums[:, 2] / sums[:, 3]) / 2, [2.5, 97.5])
    total = rows.sum(axis=0)
    return Figure(
        float((total[0] / total[1] + total[2] / total[3]) / 2), float(low), float(high), len(values)
    )

"""A logistic model with signs fixed in advance, fitted to claims that are as good as their weakest statement."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

# A little pull towards zero: the sets hold some hundred claims each.
_RIDGE = 0.0005
# The weakest statement of a claim depends on the weights, so they are found in turns; it settles in a few.
_ROUNDS = 15
_STEPS = 400
_RATE = 2.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """A labelled claim: one row of signs for each statement.

    Attributes:
        group: the passage it is held against; claims of one passage are not independent.
    """

    rows: Floats
    label: bool
    group: str


def fit(sets: Sequence[Sequence[Sample]], signs: Sequence[int]) -> tuple[float, Floats]:
    """Fit bias and weights; each set counts the same, however many claims it has.

    Args:
        signs: +1 or -1 for each figure; a weight that would take the other sign stays at zero.
    """
    direction = np.asarray(signs, dtype=np.float64)
    bias, weights = 0.0, 0.5 * direction
    samples = [sample for samples in sets for sample in samples]
    truth = np.array([sample.label for sample in samples], dtype=np.float64)
    share = np.concatenate([np.full(len(s), 1 / len(s) / len(sets)) for s in sets])
    for _ in range(_ROUNDS):
        weakest = np.array([sample.rows[np.argmin(sample.rows @ weights)] for sample in samples])
        for _ in range(_STEPS):
            error = share * (_sigmoid(weakest @ weights + bias) - truth)
            bias -= _RATE * float(error.sum())
            weights = weights - _RATE * (weakest.T @ error + _RIDGE * weights)
            weights[weights * direction < 0] = 0.0
    return bias, weights


def _sigmoid(values: Floats) -> Floats:
    result: Floats = 1.0 / (1.0 + np.exp(-values))
    return result


def folds(samples: Sequence[Sample], count: int) -> list[list[int]]:
    """Part samples into folds so that no passage is in two, by size, the same every time."""
    groups: dict[str, list[int]] = {}
    for index, sample in enumerate(samples):
        groups.setdefault(sample.group, []).append(index)
    parts: list[list[int]] = [[] for _ in range(min(count, len(groups)))]
    for members in sorted(groups.values(), key=lambda rows: (-len(rows), rows[0])):
        min(parts, key=len).extend(members)
    return parts

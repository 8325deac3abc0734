"""From the signs of a statement to the probability that its passages support it."""

from __future__ import annotations

import json
import math
from dataclasses import dataclass, fields
from functools import cache
from pathlib import Path

from bot.examine import Signs

WEIGHTS_FILE = Path(__file__).with_name("check_weights.json")
NAMES = tuple(field.name for field in fields(Signs))


@dataclass(frozen=True, slots=True, kw_only=True)
class Weights:
    """A logistic model: ``bias`` and one weight for each of `NAMES`."""

    bias: float
    weights: tuple[float, ...]

    def probability(self, signs: Signs) -> float:
        """Return the probability, 0 to 1, that a statement with these signs is supported."""
        total = self.bias + math.fsum(w * x for w, x in zip(self.weights, signs.values(), strict=True))
        return 1.0 / (1.0 + math.exp(-total))


@cache
def load_weights() -> Weights:
    """Load the weights that ``python -m benchmarks judge --fit`` wrote."""
    value = json.loads(WEIGHTS_FILE.read_text(encoding="utf-8"))
    return Weights(bias=value["bias"], weights=tuple(value["weights"][name] for name in NAMES))

"""From the signs of a statement to the probability that its passages support it."""

from __future__ import annotations

import json
import math
from dataclasses import dataclass, fields
from functools import cache
from pathlib import Path

from bot.examine import Signs

WEIGHTS_FILE = Path(__file__).with_name("check_weights.json")
# A statement of which something that must not differ does is not supported, whatever else stands there. Half,
# so that the order of such statements is kept, below the threshold: on the labelled sets that ranks better than
# lower ceilings do (CLIFF CNN/DM .799 against .770).
_FAILED = 0.5
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

    def score(self, signs: Signs) -> float:
        """Return the probability, brought below the threshold where something that must not differ does."""
        return self.probability(signs) * (_FAILED if signs.absent or signs.contradicted else 1.0)


@cache
def load_weights() -> Weights:
    """Load the weights that ``python -m benchmarks judge --fit`` wrote."""
    value = json.loads(WEIGHTS_FILE.read_text(encoding="utf-8"))
    return Weights(bias=value["bias"], weights=tuple(value["weights"][name] for name in NAMES))

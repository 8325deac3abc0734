"""How probably a sentence answers its question."""

from __future__ import annotations

import math

from bot.candidates import Features

# Logistic model of "this sentence answers", fitted on the best sentences of the golden cases, of 57
# questions about the Mosul articles and of CLAPNQ's public half, each set with equal weight; of nine
# features the three that bore weight were kept.
_CONFIDENCE_BIAS = -5.68
_CONFIDENCE = {"cosine": 4.66, "told": 4.60, "names": 1.18}
# Answers below are withheld: the trade-off between answering all that can be answered and refusing
# all that cannot.
MIN_CONFIDENCE = 0.35


def confidence(features: Features) -> float:
    """Return the probability, 0 to 1, that a sentence answers its question."""
    total = _CONFIDENCE_BIAS + sum(w * float(getattr(features, name)) for name, w in _CONFIDENCE.items())
    return 1.0 / (1.0 + math.exp(-total))

"""What a run must reach: least values of measures, and how far it may fall behind an earlier run. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from bot.evals.score import BY_NAME
from index.errors import QueryError

# What decimal fractions lose in binary must not fail a build.
_ROUNDING = 1e-9
# A case that failed to run is no score, so a run may not pass by failing; unless a gate says how many may.
_ALWAYS = {"completed": 1.0}


def parse_gates(text: str) -> dict[str, float]:
    """Read ``faithfulness=0.95,quote_exactness=1``.

    Raises:
        QueryError: a name is no measure, or a value is no number from 0 to 1.
    """
    gates: dict[str, float] = {}
    for part in filter(None, (part.strip() for part in text.split(","))):
        name, sign, value = (piece.strip() for piece in part.partition("="))
        if name not in BY_NAME:
            raise QueryError(f"there is no measure {name!r}: choose from {', '.join(BY_NAME)}")
        try:
            least = float(value) if sign else -1.0
        except ValueError:
            least = -1.0
        if not 0 <= least <= 1:  # NaN is not, either
            raise QueryError(f"{part!r} needs a number from 0 to 1, as in {name}=0.95")
        gates[name] = least
    if not gates:
        raise QueryError("name a measure and its least value, as in faithfulness=0.95")
    return gates


def check_gates(measures: Mapping[str, Mapping[str, Any]], gates: Mapping[str, float]) -> list[str]:
    """Hold measures against gates.

    Args:
        measures: as a report has them.

    Returns:
        A line for each that is missed; one that has no value is, since nothing was shown to be right.
    """
    reasons = []
    for name, least in {**_ALWAYS, **gates}.items():
        found = measures[name]
        if found["value"] is None:
            reasons.append(f"{name} has no value, and {least:g} is asked: no case asks for it")
        elif found["value"] < least - _ROUNDING:
            reasons.append(
                f"{name} is {found['value']:.3f} ({found['right']:g} of {found['asked']:g}), and {least:g} is asked"
            )
    return reasons


def check_drops(differences: Mapping[str, Mapping[str, Any]], max_drop: float) -> list[str]:
    """Name the measures that fell behind a baseline by more than is allowed.

    Args:
        differences: as ``compare_runs`` gives them.
    """
    reasons = []
    for name, found in differences.items():
        if found["before"] is None:
            continue
        if found["after"] is None:
            reasons.append(f"{name} has no value any more; in the baseline it was {found['before']:.3f}")
        elif found["before"] - found["after"] > max_drop + _ROUNDING:
            reasons.append(
                f"{name} fell by {found['before'] - found['after']:.3f}, from {found['before']:.3f} to {found['after']:.3f}; "
                f"{max_drop:g} is allowed"
            )
    return reasons

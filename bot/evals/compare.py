"""A run against an earlier one, case by case: what moved, by how much, and whether chance can have done it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, ValidationError

from bot.evals.figures import difference_with_interval
from bot.evals.score import MEASURES, Scored
from index.errors import QueryError


class _Earned(BaseModel):
    model_config = ConfigDict(frozen=True, allow_inf_nan=False)

    right: float
    asked: float


class _Case(BaseModel):
    model_config = ConfigDict(frozen=True)

    id: str
    question: str
    earned: dict[str, _Earned]
    answer: dict[str, Any] | None = None


class Baseline(BaseModel):
    """What is read of an earlier run's report."""

    model_config = ConfigDict(frozen=True)

    dateline_report: int
    origin: dict[str, Any]
    cases: tuple[_Case, ...]


def read_baseline(file: Path) -> Baseline:
    """Read the JSON report of an earlier run.

    Raises:
        QueryError: it is none; the message names the field.
        OSError: the file cannot be read.
    """
    try:
        return Baseline.model_validate_json(file.read_bytes())
    except ValidationError as exc:
        error = exc.errors(include_url=False)[0]
        place = ".".join(map(str, error["loc"])) or "the file"
        raise QueryError(
            f"{file} is no report of `dateline eval` ({place}: {str(error['msg']).lower()}): name a report.json"
        ) from exc


def compare_runs(before: Baseline, after: Sequence[Scored], origin: Mapping[str, Any]) -> dict[str, Any]:
    """Compare over the cases that both runs have, with the same question.

    Args:
        origin: what the later run was made from.

    Returns:
        ``measures``: for each the values over these cases, the difference, its 95 % interval over cases drawn
        together, and whether it is ``better``, ``worse`` or ``no difference``, which is whatever chance may have
        done. ``cases``: those that a measure values otherwise than before, or whose answer is another.
        ``origin``: what the runs were made from, where that differs.
    """
    old = {case.id: case for case in before.cases}
    shared = [
        each for each in after if each.case.id in old and old[each.case.id].question == each.case.question
    ]
    ids = {each.case.id for each in shared}
    return {
        "shared": len(shared),
        "only_before": [case.id for case in before.cases if case.id not in ids],
        "only_after": [each.case.id for each in after if each.case.id not in ids],
        "origin": _find_changes(before.origin, origin),
        "measures": {
            measure.name: _compare_measure(
                [_part(old[each.case.id], measure.name) for each in shared],
                [each.parts.get(measure.name, (0.0, 0.0)) for each in shared],
            )
            for measure in MEASURES
        },
        "cases": [
            change for each in shared if (change := _compare_case(old[each.case.id], each)) is not None
        ],
    }


def _find_changes(before: Mapping[str, Any], after: Mapping[str, Any], at: str = "") -> list[dict[str, Any]]:
    """Name the leaves in which two objects differ, as ``settings.llm``."""
    changes: list[dict[str, Any]] = []
    for key in sorted({*before, *after}):
        old, new = before.get(key), after.get(key)
        if isinstance(old, Mapping) and isinstance(new, Mapping):
            changes += _find_changes(old, new, f"{at}{key}.")
        elif old != new:
            changes.append({"what": f"{at}{key}", "before": old, "after": new})
    return changes


def _part(case: _Case, name: str) -> tuple[float, float]:
    earned = case.earned.get(name)
    return (earned.right, earned.asked) if earned else (0.0, 0.0)


def _value(parts: Sequence[tuple[float, float]]) -> float | None:
    asked = sum(part[1] for part in parts)
    return sum(part[0] for part in parts) / asked if asked else None


def _compare_measure(
    before: Sequence[tuple[float, float]], after: Sequence[tuple[float, float]]
) -> dict[str, Any]:
    found = difference_with_interval(before, after)
    verdict = "not comparable"
    if found is not None:
        verdict = "better" if found[1] > 0 else "worse" if found[2] < 0 else "no difference"
    difference, low, high = found or (None, None, None)
    return {
        "before": _rounded(_value(before)),
        "after": _rounded(_value(after)),
        "difference": _rounded(difference),
        "low": _rounded(low),
        "high": _rounded(high),
        "verdict": verdict,
    }


def _rounded(value: float | None) -> float | None:
    # A difference of -0.0000001 is 0, not -0.
    return None if value is None else round(value, 6) + 0.0


def _compare_case(before: _Case, after: Scored) -> dict[str, Any] | None:
    moved = {}
    for name in [measure.name for measure in MEASURES]:
        old, new = _value([_part(before, name)]), _value([after.parts.get(name, (0.0, 0.0))])
        if (old is None) is not (new is None) or (
            old is not None and new is not None and abs(old - new) > 1e-6
        ):
            moved[name] = {"before": _rounded(old), "after": _rounded(new)}
    said = [None if answer is None else answer.get("text") for answer in (before.answer, after.result.answer)]
    if not moved and said[0] == said[1]:
        return None
    return {"id": after.case.id, "moved": moved, "before": said[0], "after": said[1]}

"""How well the engine's own confidence tells questions that can be answered from those that cannot. Pure.

Abstention precision and recall are of one threshold; this is of the figure behind it, whatever the threshold.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from bot.evals.counts import say_count
from bot.evals.figures import Figure, auroc_with_interval, refused_where_answered
from bot.evals.score import Scored

# Beside the AUROC: what would be refused rightly if so many of the answerable questions were answered.
_ANSWERED = 0.9


def measure_confidence(scored: Sequence[Scored]) -> dict[str, Any]:
    """Work out AUROC, and the share of unanswerable cases refused where 90 % of the answerable ones are answered.

    Returns:
        ``answerable`` and ``unanswerable`` count the cases that say which they are and of whose answer the confidence is
        told. ``auroc`` and ``refused`` are null where there is none of one kind.
    """
    told = [
        (float(each.result.answer["confidence"]), each.case.answerable)
        for each in scored
        if each.case.answerable is not None
        and each.result.answer is not None
        and each.result.answer.get("confidence") is not None
    ]
    scores, labels = [score for score, _ in told], [label for _, label in told]
    area = refused = threshold = None
    if len(set(labels)) == 2:
        area = auroc_with_interval(scores, labels)
        refused, threshold = refused_where_answered(scores, labels, _ANSWERED)
    return {
        "answerable": sum(labels),
        "unanswerable": len(labels) - sum(labels),
        "auroc": _to_json(area),
        "answered_share": _ANSWERED,
        "refused": _to_json(refused),
        "threshold": None if threshold is None else round(threshold, 6),
    }


def describe_confidence(found: Mapping[str, Any]) -> str:
    """Say in a line what was measured, or of what there was none."""
    cases = f"{found['answerable']} answerable and {say_count(found['unanswerable'], 'unanswerable case')}"
    if found["auroc"] is None:
        return f"confidence: no AUROC, which takes cases of both kinds ({cases} tell one)"
    area, refused = found["auroc"], found["refused"]
    return (
        f"confidence tells {cases} apart with AUROC {area['value']:.3f} ({area['low']:.3f} – {area['high']:.3f}); where "
        f"{found['answered_share']:.0%} of the answerable are answered, {refused['value']:.3f} ({refused['low']:.3f} – "
        f"{refused['high']:.3f}) of the others are refused"
    )


def _to_json(found: Figure | None) -> dict[str, float] | None:
    if found is None:
        return None
    return {"value": round(found.value, 6), "low": round(found.low, 6), "high": round(found.high, 6)}

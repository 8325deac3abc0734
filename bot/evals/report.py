"""The report of a run: every figure with its count and interval, what it was made from, and each case. Pure.

The report is one JSON object. Times, and memory with them, stand under keys called ``times`` and nowhere else, so
that two runs of the same are equal but for these.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from bot.evals.confidence import measure_confidence
from bot.evals.figures import Estimate, percentile, percentile_with_interval
from bot.evals.judging import FAILED
from bot.evals.score import MEASURES, Scored, estimate_all
from bot.evals.troubles import find_troubles
from bot.model import Label

STAGES = ("retrieve", "answer", "check", "total", "judge")
# Support is a probability; ten columns of it can be read off.
_COLUMNS = 10


def build_report(
    scored: Sequence[Scored], origin: Mapping[str, Any], *, memory: Mapping[str, float], seconds: float
) -> dict[str, Any]:
    """Put the report together.

    Args:
        memory: resident memory in MiB, by moment.
        seconds: that this run took, the cases that an earlier one left aside.
    """
    kinds = sorted({each.case.kind for each in scored})
    return {
        "dateline_report": 1,
        "origin": dict(origin),
        "measures": measures_to_json(estimate_all(scored)),
        "kinds": {
            kind: {
                "cases": sum(each.case.kind == kind for each in scored),
                "measures": measures_to_json(
                    estimate_all([each for each in scored if each.case.kind == kind])
                ),
            }
            for kind in kinds
        },
        "confidence": measure_confidence(scored),
        "counts": count_all(scored),
        "support": support_histogram(scored),
        "notes": remarks(scored),
        "cases": [case_to_json(each) for each in scored],
        "times": {
            "latency_ms": latency(scored),
            "memory_mib": dict(memory),
            "seconds": round(seconds, 1),
        },
    }


def measures_to_json(estimates: Mapping[str, Estimate]) -> dict[str, dict[str, Any]]:
    """Lay estimates out, rounded to what they can be trusted for; ``value`` is null where nothing was asked."""
    goals = {measure.name: measure.goal for measure in MEASURES}
    return {
        name: {
            "value": _rounded(estimate.value),
            "low": _rounded(estimate.low),
            "high": _rounded(estimate.high),
            "right": _rounded(estimate.right),
            "asked": _rounded(estimate.asked),
            "cases": estimate.cases,
            "goal": goals[name],
        }
        for name, estimate in estimates.items()
    }


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 6)


def count_all(scored: Sequence[Scored]) -> dict[str, Any]:
    """Count what stands beside the scores."""
    results = [each.result for each in scored]
    labels = Counter(claim.read.label for result in results for claim in result.claims)
    answers = [result.answer for result in results if result.answer is not None]
    usage = [answer["usage"] for answer in answers if answer["usage"]]
    costs = [used["cost"] for used in usage if used["cost"] is not None]
    return {
        "cases": len(results),
        "answered": sum(result.answered for result in results),
        "refused": sum(result.refused for result in results),
        "failed": sum(result.error is not None for result in results),
        "failures": dict(
            sorted(Counter(result.error.type for result in results if result.error is not None).items())
        ),
        "claims": {
            "all": sum(labels.values()),
            **{label.value: labels[label.value] for label in Label},
            # What the judge said nothing on, since it failed.
            "undetermined": labels[FAILED],
        },
        "uncited_claims": sum(not claim.citations for result in results for claim in result.claims),
        "citations": sum(len(answer["citations"]) for answer in answers),
        "dropped": sum(len(answer["dropped"]) for answer in answers),
        "answers_with_faults": sum(bool(result.faults) for result in results),
        "answered_by": dict(sorted(Counter(answer["engine"]["answerer"] for answer in answers).items())),
        # Remarks of the engine: that the LLM failed and quotes stand instead, that the index is filling.
        "remarks": dict(sorted(Counter(note for answer in answers for note in answer["notes"]).items())),
        "tokens": {
            "prompt": sum(used["prompt_tokens"] for used in usage),
            "completion": sum(used["completion_tokens"] for used in usage),
            "answers": len(usage),
        },
        "cost_usd": round(sum(costs), 6) if costs else None,
        "cost_answers": len(costs),
    }


def support_histogram(scored: Sequence[Scored]) -> list[dict[str, Any]]:
    """Count claims by the support that the judge gives them, in tenths; undetermined ones are not in it."""
    columns = [{"from": n / _COLUMNS, "supported": 0, "other": 0} for n in range(_COLUMNS)]
    for each in scored:
        for claim in each.result.claims:
            if claim.read.score is not None:
                column = columns[min(int(claim.read.score * _COLUMNS), _COLUMNS - 1)]
                column["supported" if claim.read.supported else "other"] += 1
    return columns


def remarks(scored: Sequence[Scored]) -> list[str]:
    """Say what a reader of the figures should know."""
    said = []
    gates = {
        each.result.answer["engine"]["judge"]
        for each in scored
        if each.result.answer and each.result.answer["engine"]["answerer"].startswith("llm")
    }
    if gates:
        said.append(
            f"What an LLM wrote had to pass a judge ({', '.join(sorted(gates))}) before it was shown. Where the same judge "
            "measures here, it flatters: see `dateline eval --judges` for how far it can be trusted."
        )
    return said


def latency(scored: Sequence[Scored]) -> dict[str, dict[str, Any]]:
    """Return p50 and p95 in milliseconds of each stage, with intervals, over the cases that ran."""
    stages: dict[str, dict[str, Any]] = {}
    for stage in STAGES:
        values = [each.result.times[stage] for each in scored if stage in each.result.times]
        if not values:
            continue
        found: dict[str, Any] = {"count": len(values)}
        for share in (50, 95):
            low, high = percentile_with_interval(values, share)
            found[f"p{share}"] = round(percentile(values, share), 1)
            found[f"p{share}_interval"] = [round(low, 1), round(high, 1)]
        stages[stage] = found
    return stages


def case_to_json(scored: Scored) -> dict[str, Any]:
    """Lay one case out: what was asked, what became of it, and what it earned."""
    case, result = scored.case, scored.result
    laid_out = result.to_json()
    return {
        "id": case.id,
        "kind": case.kind,
        "question": case.question,
        "expected": {
            "answerable": case.answerable,
            "files": list(case.files),
            "facts": list(case.facts),
            "positions": list(case.positions),
            "asked_at": None if case.asked_at is None else case.asked_at.isoformat(),
            "history": [{"question": turn.question, "answer": turn.answer} for turn in case.history],
        },
        "earned": {
            # To the last digit: a later run is compared with these.
            name: {"right": right, "asked": asked}
            for name, (right, asked) in scored.parts.items()
        },
        "troubles": [
            {"what": trouble.what, "weight": trouble.weight} for trouble in find_troubles(case, result)
        ],
        **{key: laid_out[key] for key in laid_out if key != "id"},
    }

"""What each case earns under each measure: the definitions, as tables."""

from __future__ import annotations

import json
import math
from typing import Any

import pytest
from evals_world import (
    AGAINST,
    FAILED,
    NO,
    UNREADABLE,
    YES,
    answer_json,
    claim,
    differing,
    refusal_json,
    result,
)  # fmt: skip

from bot.evals.cases import Case
from bot.evals.confidence import describe_confidence, measure_confidence
from bot.evals.report import build_report
from bot.evals.results import Failure, Result
from bot.evals.score import BY_NAME, MEASURES, estimate_all, score_cases

FACT = Case(id="a", question="?", answerable=True, files=("a.md",), facts=("sank",))
NONE = Case(id="a", question="?", answerable=False)
SIDES = Case(id="a", question="?", answerable=True, positions=("eleven", "fourteen"))


def parts(case: Case, found: Result) -> dict[str, Any]:
    (scored,) = score_cases([case], [found])
    return dict(scored.parts)


@pytest.mark.parametrize(
    ("claims", "faithfulness", "coverage", "recall", "precision"),
    [
        # Supported by what was read and by what is cited.
        ((claim(),), (1, 1), (1, 1), (1, 1), (1, 1)),
        # In the passages, but not in what is cited: faithful, wrongly cited.
        ((claim(YES, NO),), (1, 1), (1, 1), (0, 1), (0, 1)),
        ((claim(AGAINST, AGAINST),), (0, 1), (1, 1), (0, 1), (0, 1)),
        # Without a citation: no recall, and no citation that could be precise.
        ((claim(YES, None),), (1, 1), (1, 1), (0, 1), None),
        # The second of three citations is not needed.
        ((claim(citations=(1, 2, 3), irrelevant=(2,)),), (1, 1), (1, 1), (1, 1), (2, 3)),
        # Neither a yes nor a no is made of what the judge could not tell.
        ((claim(UNREADABLE, UNREADABLE),), None, (0, 1), None, None),
        ((claim(FAILED, FAILED),), None, (0, 1), None, None),
        ((claim(), claim(UNREADABLE, UNREADABLE)), (1, 1), (1, 2), (1, 1), (1, 1)),
        ((claim(citations=(1, 2), irrelevant=None),), (1, 1), (1, 1), (1, 1), None),
    ],
)  # fmt: skip
def test_claims_and_citations(
    claims: tuple[Any, ...], faithfulness: Any, coverage: Any, recall: Any, precision: Any
) -> None:
    found = parts(FACT, result(claims=claims))
    names = ("faithfulness", "coverage", "citation_recall", "citation_precision")
    assert tuple(found.get(name) for name in names) == (faithfulness, coverage, recall, precision)


def test_a_refusal_is_neither_faithful_nor_unfaithful() -> None:
    found = parts(NONE, result(answer=refusal_json(), claims=()))
    assert found == {"abstention_precision": (1, 1), "abstention_recall": (1, 1), "completed": (1, 1)}


@pytest.mark.parametrize(
    ("case", "answer", "wanted"),
    [
        (
            FACT,
            answer_json("It SANK."),
            {"answer_accuracy": (1, 1), "answer_rate": (1, 1), "source_accuracy": (1, 1)},
        ),
        (FACT, answer_json("It floats."), {"answer_accuracy": (0, 1), "answer_rate": (1, 1)}),
        (
            FACT,
            refusal_json(),
            {"answer_accuracy": (0, 1), "answer_rate": (0, 1), "abstention_precision": (0, 1)},
        ),
        (FACT, answer_json(files=("a.md", "b.md", "c.md")), {"source_accuracy": (1, 3)}),
        (
            NONE,
            answer_json(),
            {"abstention_recall": (0, 1), "abstention_precision": None, "answer_accuracy": None},
        ),
        (
            SIDES,
            answer_json(
                "One says eleven; another fourteen.",
                files=("a.md", "b.md"),
                disagreements=differing("eleven", "fourteen"),
            ),
            {"answer_accuracy": (1, 1), "disagreement_recall": (1, 1), "disagreement_precision": (1, 1)},
        ),
        # Both positions from one source are no two positions.
        (
            SIDES,
            answer_json("eleven fourteen", files=("a.md",)),
            {"answer_accuracy": (0, 1), "disagreement_recall": (0, 1), "disagreement_precision": None},
        ),
        (
            FACT,
            answer_json(disagreements=differing("a", "b")),
            {"disagreement_precision": (0, 1), "disagreement_recall": None},
        ),
    ],
)
def test_answers_refusals_and_disagreements(
    case: Case, answer: dict[str, Any], wanted: dict[str, Any]
) -> None:
    found = parts(case, result(answer=answer))
    assert {name: found.get(name) for name in wanted} == wanted


def test_follow_ups_are_counted_apart_as_well() -> None:
    from bot.model import Turn

    case = Case(
        id="a", question="?", answerable=True, facts=("sank",), history=(Turn(question="?", answer=""),)
    )
    found = parts(case, result())
    assert found["follow_up_accuracy"] == found["answer_accuracy"] == (1, 1)
    assert "follow_up_accuracy" not in parts(FACT, result())


def test_a_quote_that_does_not_stand_there_counts_against_exactness_alone() -> None:
    before, after = parts(FACT, result()), parts(FACT, result(inexact=(1,)))
    assert after.pop("quote_exactness") == (0, 1)
    assert before.pop("quote_exactness") == (1, 1)
    assert before == after


def test_retrieval_is_as_ir_measures_has_it() -> None:
    read = tuple({"file": file, "start": 0, "end": 1} for file in ("x.md", "x.md", "a.md", "y.md", "b.md"))
    found = parts(FACT, result(read=read, relevant=("a.md", "b.md")))
    # Files rank x, a, y, b: the first right one second, both among four.
    ideal = 1 + 1 / math.log2(3)
    assert found["hit_at_1"] == (0, 1)
    assert found["hit_at_4"] == (1, 1)
    assert found["mrr_at_10"] == (0.5, 1)
    assert found["ndcg_at_10"][0] == pytest.approx((1 / math.log2(3) + 1 / math.log2(5)) / ideal)
    assert parts(FACT, result(read=(), relevant=("a.md",)))["mrr_at_10"] == (0, 1)
    assert "hit_at_1" not in parts(FACT, result(read=read, relevant=()))


def test_a_case_that_failed_is_no_score() -> None:
    failed = Result(id="a", answer=None, error=Failure(type="LLMError", message="gone"), times={})
    for case in (FACT, NONE, SIDES):
        assert parts(case, failed) == {"completed": (0, 1)}


def test_every_measure_has_a_row_even_where_nothing_was_asked() -> None:
    failed = Result(id="a", answer=None, error=Failure(type="LLMError", message="gone"), times={})
    scored = score_cases([FACT], [failed])
    estimates = estimate_all(scored)
    assert list(estimates) == [measure.name for measure in MEASURES] == list(BY_NAME)
    assert {name for name, found in estimates.items() if found.value is not None} == {"completed"}
    report = build_report(scored, {}, memory={}, seconds=0.0)
    assert "NaN" not in json.dumps(report, allow_nan=False)
    assert report["counts"]["failures"] == {"LLMError": 1}
    assert report["times"]["latency_ms"] == {}


def test_what_stands_beside_the_scores_is_counted() -> None:
    cases = [Case(id=id, question="?", answerable=True, files=("gone.md",)) for id in "abcd"]
    usage = {"prompt_tokens": 100, "completion_tokens": 10, "cost": 0.25}
    results = [
        result("a", claims=(claim(), claim(UNREADABLE, UNREADABLE), claim(FAILED, None))),
        result("b", answer_json(usage=usage, notes=["the LLM broke off; quoted instead"])),
        result("c", answer_json(usage=usage | {"cost": None}, notes=["the LLM broke off; quoted instead"])),
        result("d", refusal_json(), claims=()),
    ]
    report = build_report(score_cases(cases, results), {}, memory={}, seconds=1.0)
    counts = report["counts"]
    assert (counts["cases"], counts["answered"], counts["refused"], counts["failed"]) == (4, 3, 1, 0)
    assert counts["claims"] == {
        "all": 5, "supported": 3, "contradicted": 0, "not_mentioned": 0, "unreadable": 1, "undetermined": 1,
    }  # fmt: skip
    assert counts["uncited_claims"] == 1
    assert counts["tokens"] == {"prompt": 200, "completion": 20, "answers": 2}
    assert (counts["cost_usd"], counts["cost_answers"]) == (0.25, 1)
    assert counts["remarks"] == {"the LLM broke off; quoted instead": 2}
    assert sum(column["supported"] + column["other"] for column in report["support"]) == 3


def test_confidence_is_measured_over_cases_that_say_what_they_are() -> None:
    cases = [
        Case(id="a", question="?", answerable=True),
        Case(id="b", question="?", answerable=True),
        Case(id="c", question="?", answerable=False),
        Case(id="d", question="?"),
        Case(id="e", question="?", answerable=False),
        Case(id="f", question="?", answerable=False),
    ]
    results = [
        result("a", answer_json(confidence=0.9)),
        result("b", refusal_json() | {"confidence": 0.2}, claims=()),
        result("c", answer_json(confidence=0.4)),
        result("d", answer_json(confidence=0.1)),
        Result(id="e", answer=None, error=Failure(type="LLMError", message="gone"), times={}),
        result("f", answer_json(confidence=None)),
    ]
    found = measure_confidence(score_cases(cases, results))
    assert (found["answerable"], found["unanswerable"], found["auroc"]["value"]) == (2, 1, 0.5)
    assert (found["threshold"], found["refused"]["value"]) == (0.2, 0.0)
    assert describe_confidence(found).startswith(
        "confidence tells 2 answerable and 1 unanswerable case apart with AUROC 0.500 ("
    )
    alone = measure_confidence(score_cases(cases[:2], results[:2]))
    assert alone["auroc"] is None and alone["refused"] is None
    assert "no AUROC, which takes cases of both kinds (2 answerable and 0" in describe_confidence(alone)

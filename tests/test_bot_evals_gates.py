"""Gates and baselines: what fails a build, and the reasons that are told."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from evals_world import NO, YES, answer_json, claim, refusal_json, result

from bot.evals.cases import Case
from bot.evals.compare import compare_runs, read_baseline
from bot.evals.gates import check_drops, check_gates, parse_gates
from bot.evals.report import build_report
from bot.evals.results import Failure, Result
from bot.evals.score import Scored, score_cases
from index.errors import QueryError

CASES = [Case(id=str(n), question=f"Question {n}?", answerable=True, facts=("sank",)) for n in range(10)]


def run(right: int, *, failed: int = 0) -> tuple[Scored, ...]:
    results = [
        result(case.id, answer_json("It sank." if n < right else "It floats."))
        for n, case in enumerate(CASES)
    ]
    for n in range(failed):
        results[n] = Result(
            id=CASES[n].id, answer=None, error=Failure(type="LLMError", message="gone"), times={}
        )
    return score_cases(CASES, results)


def report_of(scored: tuple[Scored, ...], **origin: Any) -> dict[str, Any]:
    return build_report(scored, origin, memory={}, seconds=0)


def test_gates_are_read() -> None:
    assert parse_gates("faithfulness=0.95, quote_exactness=1,") == {
        "faithfulness": 0.95,
        "quote_exactness": 1.0,
    }


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("faithful=1", "there is no measure 'faithful': choose from faithfulness"),
        ("faithfulness", "needs a number from 0 to 1, as in faithfulness=0.95"),
        ("faithfulness=nan", "needs a number"),
        ("faithfulness=95", "needs a number"),
        ("faithfulness=high", "needs a number"),
        (" , ", "name a measure"),
    ],
)
def test_a_gate_that_is_none_is_refused(text: str, reason: str) -> None:
    with pytest.raises(QueryError, match=reason):
        parse_gates(text)


def test_a_gate_is_missed_with_its_reason() -> None:
    measures = report_of(run(7))["measures"]
    assert check_gates(measures, {"answer_accuracy": 0.7}) == []
    assert check_gates(measures, {"answer_accuracy": 0.75}) == [
        "answer_accuracy is 0.700 (7 of 10), and 0.75 is asked"
    ]


def test_a_measure_without_a_value_passes_no_gate() -> None:
    (reason,) = check_gates(report_of(run(7))["measures"], {"disagreement_recall": 0.0})
    assert "no value" in reason


def test_a_run_cannot_pass_by_failing() -> None:
    measures = report_of(run(10, failed=2))["measures"]
    assert measures["answer_accuracy"]["value"] == 1.0
    assert check_gates(measures, {"answer_accuracy": 1.0}) == ["completed is 0.800 (8 of 10), and 1 is asked"]
    assert check_gates(measures, {"answer_accuracy": 1.0, "completed": 0.8}) == []


def baseline(tmp_path: Path, scored: tuple[Scored, ...], **origin: Any) -> Any:
    file = tmp_path / "report.json"
    file.write_text(json.dumps(report_of(scored, **origin)))
    return read_baseline(file)


def test_a_drop_is_told_and_paired(tmp_path: Path) -> None:
    before = baseline(tmp_path, run(9), code="old", settings={"llm": ""})
    found = compare_runs(before, run(4), {"code": "new", "settings": {"llm": "openai"}})
    accuracy = found["measures"]["answer_accuracy"]
    assert (accuracy["before"], accuracy["after"], accuracy["verdict"]) == (0.9, 0.4, "worse")
    assert accuracy["low"] < accuracy["difference"] == -0.5 < accuracy["high"] < 0
    assert found["measures"]["faithfulness"]["verdict"] == "no difference"
    assert found["measures"]["disagreement_recall"]["verdict"] == "not comparable"
    assert [case["id"] for case in found["cases"]] == ["4", "5", "6", "7", "8"]
    assert found["cases"][0]["moved"] == {"answer_accuracy": {"before": 1.0, "after": 0.0}}
    assert [change["what"] for change in found["origin"]] == ["code", "settings.llm"]
    assert check_drops(found["measures"], 0.5) == []
    assert check_drops(found["measures"], 0.02) == [
        "answer_accuracy fell by 0.500, from 0.900 to 0.400; 0.02 is allowed"
    ]


def test_one_case_of_ten_is_no_difference_yet(tmp_path: Path) -> None:
    found = compare_runs(baseline(tmp_path, run(9)), run(8), {})
    assert found["measures"]["answer_accuracy"]["verdict"] == "no difference"


def test_a_measure_that_is_gone_has_dropped(tmp_path: Path) -> None:
    after = score_cases(CASES, [result(case.id, refusal_json(), claims=()) for case in CASES])
    found = compare_runs(baseline(tmp_path, run(10)), after, {})
    assert any(
        "faithfulness has no value any more" in reason for reason in check_drops(found["measures"], 1.0)
    )


def test_cases_are_paired_by_id_and_question(tmp_path: Path) -> None:
    before = baseline(tmp_path, run(10))
    others = [
        *CASES[1:9],
        Case(id="9", question="Another?", answerable=True),
        Case(id="new", question="New?"),
    ]
    found = compare_runs(before, score_cases(others, [result(case.id) for case in others]), {})
    assert found["shared"] == 8
    assert (found["only_before"], found["only_after"]) == (["0", "9"], ["9", "new"])


def test_other_words_alone_are_a_change(tmp_path: Path) -> None:
    after = run(10)
    changed = result("3", answer_json("It sank at noon."))
    found = compare_runs(
        baseline(tmp_path, run(10)),
        score_cases(CASES, [changed if s.case.id == "3" else s.result for s in after]),
        {},
    )
    assert [(case["id"], case["moved"]) for case in found["cases"]] == [("3", {})]


@pytest.mark.parametrize(
    "text", ["", "[]", "{", '{"dateline_report": 1, "origin": {}, "cases": [{"id": "a"}]}', '{"cases": NaN}']
)
def test_a_baseline_that_is_none_is_refused_in_one_line(tmp_path: Path, text: str) -> None:
    file = tmp_path / "report.json"
    file.write_text(text)
    with pytest.raises(QueryError, match=r"is no report of `dateline eval`") as caught:
        read_baseline(file)
    assert "\n" not in str(caught.value)


def test_claims_of_one_answer_are_drawn_together() -> None:
    # Ten claims in one answer are one case: its interval is as wide as the case says, not a tenth of it.
    cases = CASES[:2]
    results = [result("0", claims=(claim(YES),) * 10), result("1", claims=(claim(NO, NO),) * 10)]
    found = build_report(score_cases(cases, results), {}, memory={}, seconds=0)["measures"]["faithfulness"]
    assert (found["value"], found["low"], found["high"], found["asked"], found["cases"]) == (
        0.5,
        0.0,
        1.0,
        20,
        2,
    )

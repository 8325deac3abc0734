"""Running cases: nothing is lost, whatever fails, and a run that was stopped goes on."""

from __future__ import annotations

import json
import tracemalloc
from pathlib import Path
from typing import Any

import pytest
from evals_world import BrokenDesk, ScriptedJudge, verdict

from bot.check import LexicalJudge
from bot.evals.cases import Case
from bot.evals.judging import claims_of, judge_answer
from bot.evals.report import build_report
from bot.evals.run import Bench, RunFile, run_cases
from bot.evals.score import score_cases
from bot.model import Judge, Label, Part, Sentence
from index.errors import ConfigError, EmbeddingError, LLMError

CASES = tuple(
    Case(id=f"c{n}", question=f"Where was the ferry towed, {n}?", answerable=True, files=("wire/ferry.txt",), facts=("ferry",))
    for n in range(7)
)  # fmt: skip
HEAD = {"cases": {"sha256": "0" * 64}}


def bench(desk: BrokenDesk, tmp_path: Path, judge: Judge | None = None) -> Bench:
    return Bench(
        desk=desk,
        judge=judge or LexicalJudge(),
        corpus=tmp_path,
        report_bug=lambda exc: f"a fault: {type(exc).__name__}",
    )


def test_an_error_is_one_cases_result(tmp_path: Path) -> None:
    troubles: dict[int, Exception] = {2: LLMError("no server answers"), 5: ZeroDivisionError("secret")}
    desk = BrokenDesk(trouble=troubles.get)
    run_file = RunFile(tmp_path / "run.jsonl", HEAD)
    run_cases(bench(desk, tmp_path), CASES, run_file)
    results = list(run_file.results())
    assert [found.id for found in results] == [case.id for case in CASES]
    errors = [(found.error.type, found.error.message) for found in results if found.error]
    assert errors == [("LLMError", "no server answers"), ("InternalError", "a fault: ZeroDivisionError")]
    assert all(
        found.answered and found.claims and found.found == ("wire/ferry.txt",)
        for found in results
        if not found.error
    )
    assert [found.relevant for found in results if not found.error] == [("wire/ferry.txt",)] * 5
    assert not any(found.inexact or found.faults for found in results)


def test_a_run_that_was_stopped_goes_on_behind_its_last_whole_line(tmp_path: Path) -> None:
    file = tmp_path / "run.jsonl"
    stopping = BrokenDesk(trouble=lambda number: KeyboardInterrupt() if number == 4 else None)
    with pytest.raises(KeyboardInterrupt):
        run_cases(bench(stopping, tmp_path), CASES, RunFile(file, HEAD))
    # The power fails in the middle of a line.
    with file.open("ab") as opened:
        opened.write(b'{"id": "c3", "answ')
    desk = BrokenDesk()
    done: list[int] = []
    run_cases(bench(desk, tmp_path), CASES, RunFile(file, HEAD), on_done=done.append)
    assert done == [3, 4, 5, 6, 7]
    assert [question for question, _ in desk.asked] == [case.question for case in CASES[3:]]
    assert [found.id for found in RunFile(file, HEAD).results()] == [case.id for case in CASES]
    assert not file.with_suffix(".previous.jsonl").exists()


@pytest.mark.parametrize("change", ["origin", "cases", "fresh", "finished"])
def test_a_run_made_from_something_else_is_put_aside(tmp_path: Path, change: str) -> None:
    file = tmp_path / "run.jsonl"
    first = CASES if change == "finished" else CASES[:3]
    run_cases(bench(BrokenDesk(), tmp_path), first, RunFile(file, HEAD))
    before = file.read_bytes()
    desk = BrokenDesk()
    head = {"cases": {"sha256": "1" * 64}} if change == "origin" else HEAD
    cases = CASES[::-1] if change == "cases" else CASES
    run_cases(bench(desk, tmp_path), cases, RunFile(file, head), fresh=change == "fresh")
    assert len(desk.asked) == len(CASES)
    assert file.with_suffix(".previous.jsonl").read_bytes() == before


def test_a_folder_that_cannot_be_written_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "taken").write_text("a file")
    with pytest.raises(ConfigError, match="name a folder with --out"):
        run_cases(bench(BrokenDesk(), tmp_path), CASES, RunFile(tmp_path / "taken" / "run.jsonl", HEAD))


def test_a_judge_that_throws_leaves_answers_and_counts(tmp_path: Path) -> None:
    def says(claim: str, passages: Any) -> Any:
        troubles = (
            EmbeddingError("the model cannot be run"),
            ValueError("secret"),
            verdict(Label.UNREADABLE, 0.0),
            verdict(),
            verdict(),
        )
        return troubles[len(judge.asked) % 5]

    judge = ScriptedJudge(says)
    run_file = RunFile(tmp_path / "run.jsonl", HEAD)
    run_cases(bench(BrokenDesk(), tmp_path, judge), CASES, run_file)
    report = build_report(score_cases(CASES, list(run_file.results())), {}, memory={}, seconds=0)
    claims = report["counts"]["claims"]
    assert report["counts"]["failed"] == 0
    assert claims["undetermined"] and claims["unreadable"] and claims["supported"]
    assert report["measures"]["coverage"]["value"] == pytest.approx(
        (claims["all"] - claims["undetermined"] - claims["unreadable"]) / claims["all"], abs=1e-6
    )
    assert report["measures"]["faithfulness"]["value"] == 1.0
    assert report["measures"]["answer_accuracy"]["value"] == 1.0
    reasons = {claim.read.reason for found in run_file.results() for claim in found.claims}
    assert "EmbeddingError: the model cannot be run" in reasons
    assert "secret" not in json.dumps(report)


def without_times(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: without_times(each) for key, each in value.items() if key != "times"}
    return [without_times(each) for each in value] if isinstance(value, list) else value


def test_the_same_run_twice_is_the_same_to_the_byte_but_for_times(tmp_path: Path) -> None:
    reports = []
    for folder in ("one", "two"):
        run_file = RunFile(tmp_path / folder / "run.jsonl", HEAD)
        desk = BrokenDesk()
        # Another question first, so that the times differ.
        for _ in range(len(reports)):
            desk.ask("Where was the ferry towed?")
        run_cases(bench(desk, tmp_path), CASES, run_file)
        reports.append(
            build_report(
                score_cases(CASES, list(run_file.results())), HEAD, memory={"peak": len(reports)}, seconds=1
            )
        )
    one, two = reports
    assert one != two
    assert json.dumps(without_times(one)) == json.dumps(without_times(two))


def test_memory_does_not_grow_with_the_cases(tmp_path: Path) -> None:
    judge = ScriptedJudge(lambda claim, passages: verdict())
    cases = [
        Case(
            id=str(n), question=f"Where was the ferry towed, {n}?", answerable=True, files=("wire/ferry.txt",)
        )
        for n in range(600)
    ]
    held = {}

    def note(done: int) -> None:
        # What the fakes remember is not the run's.
        desk.asked.clear()
        desk.histories.clear()
        judge.asked.clear()
        held[done] = tracemalloc.get_traced_memory()[0]

    desk = BrokenDesk()
    tracemalloc.start()
    try:
        run_cases(bench(desk, tmp_path, judge), cases, RunFile(tmp_path / "run.jsonl", HEAD), on_done=note)
    finally:
        tracemalloc.stop()
    assert held[600] - held[100] < 500_000, "five hundred results are two megabytes"


def test_claims_of_a_composed_sentence_are_its_parts() -> None:
    text = "One report says 14 people [1]; another 11 people."
    sentence = Sentence(
        text=text, citations=(1, 2), verdict=Label.SUPPORTED, score=1.0,
        parts=(Part(start=16, end=25, citations=(1,)), Part(start=38, end=47, citations=(2,))),
    )  # fmt: skip
    assert [(claimed, numbers) for claimed, numbers in claims_of(sentence, {})] == [
        (text[16:25], (1,)),
        (text[38:47], (2,)),
    ]


def test_irrelevant_citations_are_found_as_alce_has_them() -> None:
    answer = BrokenDesk().ask("Where was the ferry towed?")
    (first, *_) = answer.sentences
    from dataclasses import replace

    quotes = [replace(answer.citations[0], number=n, quote=f"quote {n}") for n in (1, 2, 3)]
    answer = replace(answer, sentences=(replace(first, citations=(1, 2, 3)),), citations=tuple(quotes))
    # The first proves it alone, the second does nothing, the third does nothing either.
    judge = ScriptedJudge(
        lambda claim, passages: (
            verdict()
            if "quote 1" in " ".join(passages) or len(passages) > 3
            else verdict(Label.NOT_MENTIONED, 0.1)
        )
    )
    (found,) = judge_answer(answer, judge, str)
    assert found.citations == (1, 2, 3)
    assert found.irrelevant == (2, 3)
    # Two that prove it only together are both needed.
    judge = ScriptedJudge(
        lambda claim, passages: (
            verdict() if {"quote 1", "quote 2"} <= set(passages) else verdict(Label.NOT_MENTIONED, 0.1)
        )
    )
    (found,) = judge_answer(answer, judge, str)
    assert found.irrelevant == (3,)


def test_a_name_put_before_a_quote_is_a_claim_of_its_own() -> None:
    from dataclasses import replace

    answer = BrokenDesk().ask("Where was the ferry towed?")
    told = replace(answer.citations[0], number=1, quote="“No one was hurt,” she said.")
    named = replace(told, number=2, quote="It carried 212 passengers, said Ingrid Solheim.")
    agreeing = replace(told, number=3, quote="Nobody was hurt.", article=replace(told.article, id="9"))
    sentence = Sentence(
        text=f"[Ingrid Solheim] {told.quote}", citations=(1, 2, 3), verdict=Label.SUPPORTED, score=1.0, lead="Ingrid Solheim"
    )  # fmt: skip
    cited = {1: told, 2: named, 3: agreeing}
    assert claims_of(sentence, cited) == [("Ingrid Solheim", (2,)), (told.quote, (1, 3))]
    # Where no citation gives the name, nothing is known of it.
    assert claims_of(sentence, {1: told, 3: agreeing}) == [(told.quote, (1, 2, 3))]

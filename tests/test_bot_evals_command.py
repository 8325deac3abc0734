"""`dateline eval` from outside: exit codes, reports, gates, Ctrl-C, and one run of the real engine over corpus/."""

from __future__ import annotations

import io
import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from evals_world import BrokenDesk
from llm_world import FAIR, JAIL, World, opened
from model_server import Asked, ModelServer, Say, Status

import bot.commands
from bot.cli import main
from bot.discord.feedback import Feedback
from bot.discord.model import Door, Inquiry, State, Vote
from bot.discord.store import Store
from bot.evals.report import build_report
from bot.evals.run import Bench, RunFile, run_cases
from bot.evals.score import score_cases
from bot.evals.table import case_progress
from index.errors import EmbeddingError, LLMError, StoreMissingError
from index.lock import folder_lock

ROOT = Path(__file__).parent.parent
LINES = [
    {
        "id": "towed",
        "question": "Where was the ferry towed?",
        "answerable": True,
        "files": ["wire/ferry.txt"],
        "facts": ["ferry"],
    },
    {
        "id": "levy",
        "question": "What was the levy to raise?",
        "answerable": True,
        "files": ["levy.md"],
        "facts": ["nowhere"],
    },
    {"id": "xyz", "question": "Zzz?", "answerable": False},
]
Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def desk(monkeypatch: pytest.MonkeyPatch) -> BrokenDesk:
    fake = BrokenDesk()
    monkeypatch.setattr(bot.commands, "build_desk", lambda settings, **_: fake)
    return fake


@pytest.fixture
def run(
    desk: BrokenDesk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> Run:
    for name in [name for name in os.environ if name.upper().startswith("DATELINE_")]:
        monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)
    (tmp_path / "corpus").mkdir()
    (tmp_path / "cases.jsonl").write_text("\n".join(map(json.dumps, LINES)))

    def call(*arguments: str) -> tuple[int, str, str]:
        code = main(["eval", *arguments])
        caught = capfd.readouterr()
        return code, caught.out, caught.err

    return call


def test_a_run_writes_a_table_a_report_and_a_page(run: Run, tmp_path: Path) -> None:
    code, out, err = run("cases.jsonl")
    assert (code, err) == (0, "")
    assert re.search(r"Answer accuracy +0\.500 +0\.000 – 1\.000 +1 of 2 +2 +0\.9 ✗", out)
    assert "3 cases: 2 answered, 1 refused, 0 failed" in out
    folder = tmp_path / ".dateline" / "evals" / "cases"
    report = json.loads((folder / "report.json").read_text())
    assert report["measures"]["abstention_recall"]["value"] == 1.0
    assert "How good are the answers?" in (folder / "report.html").read_text()
    assert str(folder / "report.html") in out.replace("\n", "") or ".dateline/evals/cases/report.html" in out


def test_json_is_all_that_stands_on_standard_output(run: Run) -> None:
    code, out, _ = run("cases.jsonl", "--json", "--out", "here")
    assert code == 0
    report = json.loads(out)
    assert out.count("\n") == 1
    assert json.loads(Path("here/report.json").read_text()) == report
    origin = report["origin"]
    assert origin["cases"]["count"] == 3 and len(origin["cases"]["sha256"]) == 64
    assert origin["judge"]["name"] == "lexical-2" and origin["index"]["digest"] == "3f2a"
    assert {"answer", "judge_claim"} <= origin["prompts"].keys()
    assert "llm_key" not in origin["settings"] and origin["versions"]["numpy"]


def test_a_missed_gate_is_exit_code_3_with_reasons(run: Run) -> None:
    code, out, _ = run("cases.jsonl", "--fail-under", "answer_accuracy=0.9,quote_exactness=1")
    assert code == 3
    assert "Missed: answer_accuracy is 0.500 (1 of 2), and 0.9 is asked" in out
    assert run("cases.jsonl", "--fail-under", "answer_accuracy=0.5")[0] == 0
    code, _, err = run("cases.jsonl", "--json", "--fail-under", "answer_accuracy=0.9")
    assert code == 3 and err == "dateline: missed: answer_accuracy is 0.500 (1 of 2), and 0.9 is asked\n"


def test_a_drop_behind_a_baseline_is_exit_code_3(run: Run, desk: BrokenDesk) -> None:
    assert run("cases.jsonl", "--out", "before")[0] == 0
    same = ("cases.jsonl", "--out", "after", "--baseline", "before/report.json", "--max-drop", "0.02")
    code, out, _ = run(*same)
    assert code == 0 and "no difference" in out
    desk.trouble = lambda number: LLMError("gone") if number % 3 == 1 else None
    desk.asked.clear()
    code, out, _ = run(*same)
    assert code == 3
    assert "Missed: completed fell by 0.333" in out
    assert "1 failed LLMError 1" in out


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        ((), "give one file of CASES, or one of --judges, --make-cases, --from-feedback"),
        (("a", "b"), "give one file of CASES"),
        (("cases.jsonl", "--max-drop", "0.1"), "--max-drop needs a --baseline"),
        (("cases.jsonl", "--fail-under", "faith=1"), "there is no measure 'faith'"),
        (("--judges", "--make-cases", "3"), "give one of --judges and --make-cases"),
        (("cases.jsonl", "--max-drop", "7"), "7.0 is not in the range"),
    ],
)
def test_wrong_usage_is_exit_code_2_and_one_line(run: Run, arguments: tuple[str, ...], reason: str) -> None:
    code, out, err = run(*arguments)
    assert (code, out, err.count("\n")) == (2, "", 1)
    assert reason in err


def test_a_broken_case_file_is_one_line(run: Run) -> None:
    Path("cases.jsonl").write_text('{"id": "a", "question": "?"}\n{"id": "b", "question": "?", "fact": []}\n')
    code, out, err = run("cases.jsonl")
    assert (code, out) == (1, "")
    assert err == 'dateline: cases.jsonl: line 2, field "fact": is not known; did you mean "facts"?\n'
    code, _, err = run("none.jsonl")
    assert (code, err) == (1, "dateline: No such file or directory: none.jsonl\n")


def test_a_file_that_is_not_indexed_is_told_before_the_first_case(run: Run, desk: BrokenDesk) -> None:
    Path("cases.jsonl").write_text('\n{"id": "a", "question": "Who?", "files": ["wire/fery.txt"]}\n')
    code, out, err = run("cases.jsonl")
    # One search is for the sake of the index.
    assert (code, out, len(desk.asked)) == (1, "", 1)
    assert err == (
        'dateline: cases.jsonl: line 2, field "files", item 1: no indexed file is or begins with "wire/fery.txt"; '
        'did you mean "wire/ferry.txt"?\n'
    )
    Path("cases.jsonl").write_text('{"id": "a", "question": "Ferry?", "files": ["wire/fer", "gone.md"]}\n')
    code, out, err = run("cases.jsonl")
    assert code == 0 and "1 case: 1 answered" in out
    assert err.startswith('dateline: warning: line 1, field "files", item 2: no indexed file')


def test_a_second_run_into_the_same_folder_is_told_and_writes_nothing(run: Run, desk: BrokenDesk) -> None:
    with folder_lock(Path("here"), "writer.lock", busy="", mend=""):
        code, out, err = run("cases.jsonl", "--out", "here")
    assert (code, out, desk.asked) == (1, "", [])
    assert err == (
        "dateline: another evaluation is writing to here: wait until it is done, or name another folder with --out\n"
    )
    assert [path.name for path in Path("here").iterdir()] == ["writer.lock"]
    assert run("cases.jsonl", "--out", "here")[0] == 0


@pytest.mark.parametrize(
    "trouble",
    [EmbeddingError("the model all-nowhere is not there"), StoreMissingError("nothing is indexed yet")],
)
def test_what_no_case_could_be_run_with_is_told_before_the_first(
    run: Run, desk: BrokenDesk, trouble: Exception
) -> None:
    desk.raises = trouble
    # The status names it as well; an error is one line all the same.
    desk.state = replace(desk.state, mends=(str(trouble),))
    code, out, err = run("cases.jsonl")
    assert (code, out, err) == (1, "", f"dateline: {trouble}\n")


def test_what_the_status_finds_amiss_is_told_on_the_side(run: Run, desk: BrokenDesk) -> None:
    desk.state = replace(desk.state, mends=("no server answers at http://localhost:1: start it",))
    code, out, err = run("cases.jsonl")
    assert code == 0 and "3 cases" in out
    assert err == "dateline: warning: no server answers at http://localhost:1: start it\n"


def test_a_missing_judge_is_told_before_the_first_case(
    run: Run, desk: BrokenDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATELINE_JUDGE", "/nowhere/at/all")
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    code, _, err = run("cases.jsonl")
    assert code == 1 and err.count("\n") == 1 and "/nowhere/at/all" in err
    assert desk.asked == []


def test_ctrl_c_keeps_what_there_is_and_the_same_command_goes_on(run: Run, desk: BrokenDesk) -> None:
    desk.trouble = lambda number: KeyboardInterrupt() if number == 3 else None
    code, out, err = run("cases.jsonl")
    assert (code, out) == (130, "")
    assert err == "dateline: stopped in case 2 of 3; the same command goes on from there\n"
    desk.trouble = lambda number: None
    desk.asked.clear()
    code, out, err = run("cases.jsonl")
    assert code == 0 and "3 cases: 2 answered" in out
    assert err == "dateline: going on behind case 1 of 3 (--fresh runs all of them again)\n"
    assert [question for question, _ in desk.asked] == ["news", LINES[1]["question"], LINES[2]["question"]]


def test_other_frameworks_get_their_files(run: Run) -> None:
    assert run("cases.jsonl", "--ragas", "r/ragas.jsonl", "--deepeval", "deepeval.json")[0] == 0
    rows = [json.loads(line) for line in Path("r/ragas.jsonl").read_text().splitlines()]
    assert [row["user_input"] for row in rows] == [line["question"] for line in LINES[:2]]
    assert rows[0]["response"] and rows[0]["retrieved_contexts"]
    assert len(json.loads(Path("deepeval.json").read_text())) == 2


def test_cases_are_drafted_from_the_corpus(
    run: Run, desk: BrokenDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copytree(ROOT / "corpus", "corpus", dirs_exist_ok=True)
    files = tuple(path.relative_to("corpus").as_posix() for path in Path("corpus").rglob("*.md"))
    monkeypatch.setattr(desk, "files", lambda: files)
    code, out, err = run("--make-cases", "5")
    assert (code, err) == (0, "")
    Path("drafts.jsonl").write_text(out)
    assert len(out.splitlines()) == 5
    assert run("drafts.jsonl")[0] == 0
    _, out, err = run("--make-cases", "5000")
    assert re.fullmatch(r"dateline: \d+ cases could be made of 16 articles; 5000 were asked for\n", err)


def test_judges_are_measured_on_files_of_pairs(run: Run) -> None:
    rows = [
        {"id": n, "claim": claim, "passages": ["The mayor left on Monday."], "label": label}
        for n, (claim, label) in enumerate([("The mayor left.", 1), ("The mayor left on Friday.", 0)])
    ]
    Path("pairs.jsonl").write_text("\n".join(map(json.dumps, rows)))
    code, out, _ = run("--judges", "pairs.jsonl", "--out", "judged")
    assert code == 0 and "Judge lexical-2" in out and "pairs.jsonl" in out
    assert "reliability" in Path("judged/judges.json").read_text()
    assert "How good is the judge?" in Path("judged/judges.html").read_text()
    code, out, err = run("--judges")
    assert code == 1 and "there is nothing to judge" in err


def test_an_llm_that_is_set_is_judged_as_well_and_its_failures_are_counted(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = [
        {"id": n, "claim": claim, "passages": ["The mayor left on Monday."], "label": label}
        for n, (claim, label) in enumerate([("The mayor left.", 1), ("The mayor left on Friday.", 0), ("The mayor left early.", 0)])
    ]  # fmt: skip
    Path("pairs.jsonl").write_text("\n".join(map(json.dumps, rows)))

    def step(asked: Asked) -> Say | Status:
        claim = asked.user.rpartition("<claim>")[2]
        if "early" in claim:
            return Status(404)
        label = "contradicted" if "Friday" in claim else "supported"
        quote = {"passage": 1, "text": "left on Monday"}
        return Say(json.dumps({"label": label, "confidence": 0.9, "quotes": [quote], "reason": "it says so"}))

    with ModelServer([step]) as server:
        monkeypatch.setenv("DATELINE_LLM", "openai")
        monkeypatch.setenv("DATELINE_LLM_MODEL", "scripted")
        monkeypatch.setenv("DATELINE_LLM_URL", server.url("openai"))
        code, out, err = run("--judges", "pairs.jsonl", "--json")
    assert (code, err.count("\n")) == (0, 1) and "may cost" in err
    own, llm = json.loads(out)["judges"]
    assert (own["judge"], llm["judge"]) == ("lexical-2", "llm:openai/scripted")
    assert (own["sets"][0]["failed"], llm["sets"][0]["failed"]) == (0, 1)
    assert llm["sets"][0]["auroc"]["value"] == 1.0


def test_an_llm_that_is_set_words_the_drafts(
    run: Run, desk: BrokenDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copytree(ROOT / "corpus" / "region", "corpus", dirs_exist_ok=True)
    monkeypatch.setattr(desk, "files", lambda: ("ferry-hits-pier.md", "corrie-ridge-fire.md"))
    said = iter(["What was counted?", "no question"])
    with ModelServer([lambda asked: Say(next(said))]) as server:
        monkeypatch.setenv("DATELINE_LLM", "openai")
        monkeypatch.setenv("DATELINE_LLM_MODEL", "scripted")
        monkeypatch.setenv("DATELINE_LLM_URL", server.url("openai"))
        code, out, err = run("--make-cases", "2")
    assert code == 0
    assert [json.loads(line)["by"] for line in out.splitlines()] == ["llm", "rule"]
    assert err == "dateline: 1 of 2 questions are by rule: the LLM gave none that can be used\n"


def test_what_readers_voted_on_becomes_cases(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    database = tmp_path / "bot.sqlite"
    monkeypatch.setenv("DATELINE_DISCORD_DATABASE", str(database))
    code, out, err = run("--from-feedback")
    assert (code, out) == (1, "") and f"there is no {database}" in err and err.count("\n") == 1
    store = Store(database)
    inquiry = Inquiry(
        trigger=5,
        message=5,
        door=Door.MENTION,
        guild=7,
        channel=70,
        asker=1,
        question="How many guards were there?",
    )
    assert store.claim(inquiry, now=1.0)
    store.settle(inquiry.id, State.NOT_FOUND, said="The articles do not say.", sources=())
    store.finish(inquiry.id)
    Feedback(store).vote(inquiry.id, 2, Vote.DOWN, now=2.0)
    store.close()
    code, out, _ = run("--from-feedback")
    assert code == 0
    (case,) = map(json.loads, out.splitlines())
    assert case["question"] == "How many guards were there?" and case["answerable"] is True
    assert case["kind"] == "feedback"


# ------------------------------------------------------------------------------------------------- an LLM that fails


@pytest.fixture(scope="module")
def norwick(tmp_path_factory: pytest.TempPathFactory) -> Any:
    with opened(tmp_path_factory.mktemp("norwick"), {"jail.md": JAIL, "fair.md": FAIR}) as world:
        yield world


def test_an_llm_that_fails_every_third_call_loses_nothing(norwick: World, tmp_path: Path) -> None:
    calls = 0

    def step(asked: Asked) -> Say | Status:
        nonlocal calls
        calls += 1
        if calls % 3 == 0:
            return Status(404)
        number, text = next((n, t) for n, t in asked.sentences.items() if "300 prisoners" in t)
        return Say(f"{text[:-1]} [{number}].")

    from bot.check import LexicalJudge
    from bot.evals.cases import Case

    cases = [
        Case(id=str(n), question="How many prisoners were freed in Norwick?", answerable=True, facts=("300",))
        for n in range(9)
    ]
    with norwick.served([step], timeout_s=5.0) as (ask, _):

        class Served(BrokenDesk):
            def ask(self, question: str, **given: Any) -> Any:
                return ask(question)

            def text_of(self, file: str) -> str:
                with norwick.reader.snapshot() as view:
                    return view.text_of(file) or ""

        run_file = RunFile(tmp_path / "run.jsonl", {})
        bench = Bench(desk=Served(), judge=LexicalJudge(), corpus=norwick.desk.corpus, report_bug=repr)
        run_cases(bench, cases, run_file)
    report = build_report(score_cases(cases, list(run_file.results())), {}, memory={}, seconds=0)
    counts = report["counts"]
    assert (counts["cases"], counts["answered"], counts["failed"]) == (9, 9, 0)
    assert counts["answered_by"] == {"llm": 6, "quote": 3}
    ((remark, times),) = counts["remarks"].items()
    assert times == 3 and "scripted" in remark and "quoted instead" in remark
    assert counts["tokens"]["answers"] == 6
    for name in ("answer_accuracy", "faithfulness", "quote_exactness", "citation_recall"):
        assert report["measures"][name]["value"] == 1.0, name


# ----------------------------------------------------------------------------------------------------- the real thing


@pytest.fixture(scope="module")
def real(
    indexed_corpus: Path, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Path, dict[str, Any], dict[str, Any]]:
    """Run golden cases twice through the program as it is installed."""
    folder = tmp_path_factory.mktemp("real")
    shutil.copytree(indexed_corpus, folder / "index")
    golden = (ROOT / "tests" / "golden" / "corpus.jsonl").read_text(encoding="utf-8").splitlines()
    # Every eighth: of several kinds, and quick.
    (folder / "cases.jsonl").write_text("\n".join(golden[::8]), encoding="utf-8")
    clean = {key: value for key, value in os.environ.items() if not key.startswith(("DATELINE_", "OPENAI"))}
    env = {
        **clean,
        "PYTHONPATH": str(ROOT),
        "DATELINE_CORPUS": str(ROOT / "corpus"),
        "DATELINE_INDEX": str(folder / "index"),
    }
    script = (
        "import sys; from bot.cli import main; cases = sys.argv[1]\n"
        "codes = [main(['eval', cases, '--out', 'one']), main(['eval', cases, '--out', 'two', '--baseline', 'one/report.json', '--max-drop', '0'])]\n"
        "sys.exit(max(codes))"
    )
    done = subprocess.run(
        [sys.executable, "-c", script, str(folder / "cases.jsonl")],
        cwd=folder, env=env, capture_output=True, text=True, encoding="utf-8", timeout=300, check=False,
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (0, ""), done.stderr
    return (
        folder,
        json.loads((folder / "one/report.json").read_text()),
        json.loads((folder / "two/report.json").read_text()),
    )


def test_the_golden_cases_run_through_the_real_engine(
    real: tuple[Path, dict[str, Any], dict[str, Any]],
) -> None:
    folder, report, _ = real
    assert report["counts"]["failed"] == 0 and report["counts"]["cases"] >= 12
    for name in ("faithfulness", "quote_exactness", "citation_recall", "completed"):
        assert report["measures"][name]["value"] >= 0.95, name
    assert {name for name, found in report["measures"].items() if found["value"] is None} <= {
        "disagreement_precision"
    }
    assert report["times"]["latency_ms"]["total"]["p95"] > 0
    assert report["times"]["memory_mib"]["peak"] > 100
    assert (folder / "one/report.html").stat().st_size < 2_000_000


def test_two_runs_are_equal_but_for_times(real: tuple[Path, dict[str, Any], dict[str, Any]]) -> None:
    def without_times(value: Any) -> Any:
        if isinstance(value, dict):
            return {
                key: without_times(each)
                for key, each in value.items()
                if key not in ("times", "baseline", "gates")
            }
        return [without_times(each) for each in value] if isinstance(value, list) else value

    _, one, two = real
    assert json.dumps(without_times(one)) == json.dumps(without_times(two))
    assert two["baseline"]["cases"] == [] and two["gates"]["missed"] == []


def test_progress_is_shown_on_a_terminal_alone() -> None:
    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    for stream, shown in ((Terminal(), True), (io.StringIO(), False)):
        with case_progress(stream, 3) as show:
            show(1)
            show(2)
        assert ("2/3" in stream.getvalue()) is shown

"""The command line from outside: exit codes, one line for an error, pure standard output, a quick start."""

from __future__ import annotations

import io
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import desk_fake
import pytest
from desk_fake import DOS, FERRY, FERRY_TITLE, NO_DRIFT, STATUS, FakeDesk, FakeReport, FakeVerify

import bot.commands
from bot.cli import main
from bot.notices import sync_line
from index.drift import Drift
from index.errors import EmbeddingError, StoreBusyError
from index.model import Skipped

FAKE = str(Path(desk_fake.__file__))
HEAVY = (
    "torch",
    "llama_index",
    "chromadb",
    "rich",
    "pydantic",
    "prompt_toolkit",
    "numpy",
    "rapidfuzz",
    "sqlite3",
)


@pytest.fixture(autouse=True)
def _alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in os.environ if name.upper().startswith("DATELINE_")]:
        monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)
    (tmp_path / "corpus").mkdir()


@pytest.fixture
def desk(monkeypatch: pytest.MonkeyPatch) -> FakeDesk:
    fake = FakeDesk(report=replace(FakeReport(), skipped=()))
    monkeypatch.setattr(bot.commands, "build_desk", lambda settings, **_: fake)
    return fake


Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def run(desk: FakeDesk, capfd: pytest.CaptureFixture[str]) -> Run:
    def call(*argv: str) -> tuple[int, str, str]:
        code = main(argv)
        out, err = capfd.readouterr()
        return code, out, err

    return call


@pytest.fixture
def stdin(monkeypatch: pytest.MonkeyPatch) -> Callable[[bytes], None]:
    def give(content: bytes) -> None:
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(content), encoding="utf-8"))

    return give


@pytest.mark.parametrize("argv", [["--help"], ["ask", "--help"], ["index", "--help"], ["--version"]])
def test_help_imports_nothing_heavy(argv: list[str]) -> None:
    script = (
        "import sys; from bot.cli import main; code = main(sys.argv[1:]); "
        f"print(sorted({{m.partition('.')[0] for m in sys.modules}} & set({HEAVY!r})), file=sys.stderr); "
        "sys.exit(code)"
    )
    done = subprocess.run([sys.executable, "-c", script, *argv], capture_output=True, text=True, check=False)
    assert done.returncode == 0
    assert "dateline" in done.stdout
    assert done.stderr == "[]\n"


@pytest.mark.parametrize("command", ["index", "ask", "search", "show", "status", "chat"])
def test_every_command_takes_the_folders(command: str, run: Run) -> None:
    code, out, err = run(command, "--help")
    assert (code, err) == (0, "")
    assert "--corpus DIR" in out
    assert "--index DIR" in out


@pytest.mark.parametrize(
    "argv",
    [
        [],
        ["frobnicate"],
        ["ask"],
        ["ask", "a", "b"],
        ["ask", "--frob", "x"],
        ["ask", "-x"],
        ["ask", "x", "--batch", "f"],
        ["ask", "x", "--asked-at", "June"],
        ["search"],
        ["search", "x", "-k", "0"],
        ["search", "x", "-k", "1001"],
        ["search", "x", "-k", "many"],
        ["show"],
        ["index", "--corpus"],
        ["index", "--rebuild", "--verify"],
        ["index", "--verify", "sub"],
        ["index", "--watch", "sub"],
        ["index", "--watch", "--rebuild"],
    ],
)
def test_wrong_usage_is_one_line_and_2(argv: list[str], run: Run) -> None:
    code, out, err = run(*argv)
    assert (code, out) == (2, "")
    assert err.startswith("dateline: ")
    assert err.count("\n") == 1
    assert "--help" in err


@pytest.mark.parametrize(
    ("argv", "told"),
    [
        (["--index", "x", "ask", "y"], "--index follows the command: `dateline ask --index …`"),
        (["--corpus=x", "search", "y"], "--corpus follows the command: `dateline search --corpus …`"),
        (["--json", "status"], "--json follows the command: `dateline status --json …`"),
        (["-k", "3", "search", "y"], "-k follows the command: `dateline search -k …`"),
        (["--corpus", "x"], "--corpus follows the command: `dateline index --corpus …`"),
    ],
)
def test_an_option_before_the_command_is_told_where_it_belongs(argv: list[str], told: str, run: Run) -> None:
    assert run(*argv) == (2, "", f"dateline: {told}; see `dateline --help`\n")


def test_an_option_of_no_command_is_told_as_such(run: Run) -> None:
    _, _, err = run("--frob", "ask")
    assert "follows" not in err
    assert "--frob" in err


def test_two_dashes_end_the_options(run: Run, desk: FakeDesk) -> None:
    assert run("ask", "--", "--json")[0] == 0
    assert desk.asked == [("--json", None)]


@pytest.mark.parametrize("error", [EmbeddingError("no model\nat all"), StoreBusyError("busy: wait")])
def test_an_error_is_one_line_and_1(error: Exception, run: Run, desk: FakeDesk) -> None:
    desk.raises = error
    code, out, err = run("ask", "--json", "x")
    assert (code, out, err) == (1, "", f"dateline: {' '.join(str(error).split())}\n")
    assert desk.closed


def test_a_fault_is_an_apology_with_a_reference_and_its_traceback_in_a_log(run: Run, desk: FakeDesk) -> None:
    Path(".dateline").mkdir()
    desk.raises = ZeroDivisionError("secret")
    code, out, err = run("ask", "x")
    assert (code, out) == (1, "")
    assert err.count("\n") == 1
    assert "secret" not in err
    reference = err.partition("reference ")[2][:8]
    log = Path(".dateline/errors.log").read_text(encoding="utf-8")
    assert reference in log
    assert "ZeroDivisionError: secret" in log


def test_what_libraries_print_never_reaches_json(
    run: Run, desk: FakeDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(desk, "status", lambda: sys.stdout.write("loading…\n") and STATUS)
    code, out, err = run("status", "--json")
    assert (code, err) == (0, "loading…\n")
    assert json.loads(out)["files"] == 3


def test_ask_answers_with_sources_or_json(run: Run) -> None:
    code, out, err = run("ask", "How many passengers?")
    assert (code, err) == (0, "")
    assert out.splitlines() == [
        "The ferry carried 212 passengers and 31 cars, said Ingrid Solheim, the harbour master [1].",
        "",
        f"[1] {FERRY_TITLE} · Coastal Wire · 11 June 2014 · wire/ferry.txt:3 · the same in 1 more",
    ]
    code, out, err = run("ask", "--json", "How many passengers?")
    assert (code, err) == (0, "")
    assert json.loads(out)["citations"][0]["file"] == "wire/ferry.txt"


def test_not_found_is_done_not_an_error(run: Run) -> None:
    assert run("ask", "zzz") == (0, "The articles do not say: nothing on this topic.\n", "")


@pytest.mark.parametrize("command", ["ask", "search"])
@pytest.mark.parametrize("text", ["", " \t"])
def test_an_empty_question_is_told(command: str, text: str, run: Run) -> None:
    code, out, err = run(command, text)
    assert (code, out) == (1, "")
    assert "is empty" in err


def test_asked_at_is_handed_on_and_a_line_of_its_own_beats_it(
    run: Run, desk: FakeDesk, stdin: Callable[[bytes], None]
) -> None:
    run("ask", "x", "--asked-at", "2014-06-11")
    stdin(b'{"id":1,"question":"y"}\n{"id":2,"question":"z","asked_at":"2014-06-13"}')
    code, out, _ = run("ask", "--batch", "-", "--asked-at", "2014-06-12")
    assert desk.asked == [("x", date(2014, 6, 11)), ("y", date(2014, 6, 12)), ("z", date(2014, 6, 13))]
    assert [json.loads(line)["id"] for line in out.splitlines()] == [1, 2]
    assert code == 0


def test_a_batch_of_searches_writes_json_lines(run: Run, stdin: Callable[[bytes], None]) -> None:
    stdin(b'{"id":"a","query":"ferry"}\nnonsense\n{"id":"b","query":"levy"}\n')
    code, out, err = run("search", "--batch", "-", "-k", "1")
    first, wrong, last = map(json.loads, out.splitlines())
    assert (code, err) == (0, "dateline: warning: 1 of 3 lines gave an error\n")
    assert [first["id"], len(first["hits"])] == ["a", 1]
    assert wrong["error"]["type"] == "QueryError"
    assert last["hits"][0]["file"] == "levy.md"


def test_a_batch_that_is_not_there_is_an_error(run: Run) -> None:
    assert run("ask", "--batch", "none.jsonl") == (1, "", "dateline: No such file or directory: none.jsonl\n")


def test_index_tells_what_it_did(run: Run, desk: FakeDesk) -> None:
    assert run("index") == (
        0,
        "2 added, 1 edited, 1 renamed, 0 removed, 3 unchanged; 1,140 passages in 3.2 s\n",
        "",
    )
    code, out, err = run("index", "--json", "sub")
    got = json.loads(out)
    assert (code, err) == (0, "")
    promised = ["added", "updated", "removed", "unchanged", "skipped", "passages", "seconds"]
    assert list(got)[:7] == promised
    assert (got["added"], got["updated"], got["renamed"], got["seconds"]) == (3, 1, 1, 3.21)


def test_a_folder_without_articles_ends_with_a_hint(run: Run, desk: FakeDesk) -> None:
    hint = "no articles in corpus: put .txt, .md, .html, .pdf, .docx or .jsonl files there"
    nothing = dict.fromkeys(("added", "updated", "removed", "renamed", "unchanged", "passages"), 0)
    desk.report = replace(FakeReport(), skipped=(), **nothing)
    code, out, err = run("index")
    assert (code, err) == (0, "")
    assert out.splitlines()[-1] == hint
    code, out, err = run("index", "--json")
    assert (code, err) == (0, f"dateline: {hint}\n")
    assert json.loads(out)["passages"] == 0
    desk.report = replace(FakeReport(), **nothing)
    code, out, _ = run("index", "sub")
    assert code == 3
    assert out.splitlines()[1:] == [
        "  broken.pdf: not a PDF: no %PDF at its beginning",
        hint.replace("in corpus", "in sub"),
    ]


def test_an_index_built_anew_says_so_and_why(run: Run, desk: FakeDesk) -> None:
    desk.report = FakeReport(added=1, updated=16, removed=0, renamed=0, unchanged=0, skipped=(), rebuilt=True)
    assert run("index")[1] == (
        "built anew, since embedder or splitter are no longer the same: "
        "1 added, 16 read again, 0 renamed, 0 removed; 1,140 passages in 3.2 s\n"
    )
    assert json.loads(run("index", "--json")[1])["rebuilt"] is True


def test_skipped_files_are_listed_and_the_code_is_3(run: Run, desk: FakeDesk) -> None:
    desk.report = FakeReport()
    code, out, err = run("index")
    assert (code, err) == (3, "")
    assert out.splitlines()[0].endswith("; 1 file skipped:")
    assert out.splitlines()[1:] == ["  broken.pdf: not a PDF: no %PDF at its beginning"]
    code, out, _ = run("index", "--json")
    assert code == 3
    assert json.loads(out)["skipped"] == [
        {"file": "broken.pdf", "reason": "not a PDF: no %PDF at its beginning"}
    ]


def test_show_writes_the_text_to_the_letter(run: Run) -> None:
    assert run("show", "wire/ferry.txt") == (0, FERRY, "")
    process = fake("show", "dos.txt", stdout=subprocess.PIPE, env={"LC_ALL": "C"})
    out, _ = process.communicate(timeout=20)
    assert out == DOS.encode()


def test_show_marks_a_line(run: Run) -> None:
    code, out, err = run("show", "wire/ferry.txt:3")
    assert (code, err) == (0, "")
    assert [line[:4] for line in out.splitlines()] == ["  1 ", "  2", "> 3 ", "  4 ", "  5", "  6 "]


def test_show_marks_the_lines_that_search_names(run: Run) -> None:
    code, out, err = run("show", "wire/ferry.txt:3-4")
    assert (code, err) == (0, "")
    assert [line[:4] for line in out.splitlines()] == ["  1 ", "  2", "> 3 ", "> 4 ", "  5", "  6 "]


def test_lines_that_run_backwards_are_one_line_and_1(run: Run) -> None:
    told = "dateline: the lines 4-3 run backwards: write wire/ferry.txt:3-4\n"
    assert run("show", "wire/ferry.txt:4-3") == (1, "", told)


@pytest.mark.parametrize("line", ["9999", "0", "999999999", "7-9"])
def test_a_line_that_is_not_there_is_one_line_and_1(line: str, run: Run) -> None:
    first = line.partition("-")[0]
    told = f"dateline: wire/ferry.txt has no line {first}: its lines are 1 to 6\n"
    assert run("show", f"wire/ferry.txt:{line}") == (1, "", told)


def test_show_names_what_may_be_meant(run: Run) -> None:
    assert run("show", "levi.md") == (1, "", "dateline: levi.md is not indexed: did you mean levy.md?\n")


@pytest.mark.parametrize(
    ("drift", "told"),
    [
        (replace(NO_DRIFT, changed=("levy.md",)), "levy.md has changed since it was indexed"),
        (replace(NO_DRIFT, gone=("levy.md",)), "levy.md was deleted or cannot be read since it was indexed"),
    ],
)
def test_show_warns_of_a_file_that_is_no_longer_what_was_indexed(
    drift: Drift, told: str, run: Run, desk: FakeDesk
) -> None:
    desk.drifted = drift
    code, out, err = run("show", "levy.md")
    assert (code, out) == (0, desk.text_of("levy.md"))
    assert err.startswith(f"dateline: warning: {told}")
    assert "run `dateline index`" in err
    assert run("show", "wire/ferry.txt")[2] == ""


def test_status_tells_what_has_changed_in_the_folder(run: Run, desk: FakeDesk) -> None:
    assert "folder      no file has changed since it was indexed" in run("status")[1]
    desk.drifted = Drift(
        changed=("levy.md",), new=("a", "b", "c", "d"), gone=("dos.txt",), looked_at=2, total=3
    )
    code, out, err = run("status")
    assert (code, err) == (0, "")
    told = (
        "1 edited (levy.md); 4 new (a, b, c, …); 1 deleted or unreadable (dos.txt); only 2 of 3 indexed files "
        "were looked at"
    )
    assert f"folder      {told}" in out
    assert "! the folder has changed since it was indexed: run `dateline index`" in out
    got = json.loads(run("status", "--json")[1])
    assert got["drift"] == {
        "changed": ["levy.md"],
        "new": ["a", "b", "c", "d"],
        "gone": ["dos.txt"],
        "complete": False,
    }


def test_status_with_a_trouble_tells_all_the_same_and_ends_with_1(run: Run, desk: FakeDesk) -> None:
    trouble = "there is no corpus folder corpus: make it, or set DATELINE_CORPUS"
    desk.state = replace(STATUS, trouble=trouble, mends=(trouble,))
    code, out, err = run("status")
    assert (code, err) == (1, f"dateline: {trouble}\n")
    assert f"! {trouble}" in out
    code, out, err = run("status", "--json")
    assert (code, err) == (1, f"dateline: {trouble}\n")
    assert json.loads(out)["trouble"] == trouble
    assert json.loads(out)["drift"] is None


def test_status_of_a_catalog_that_cannot_be_read_is_told_in_json_too(run: Run, desk: FakeDesk) -> None:
    damaged = "the index cannot be read"
    desk.broken = True
    assert run("status") == (1, "", f"dateline: {damaged}\n")
    code, out, err = run("status", "--json")
    assert (code, err) == (1, f"dateline: {damaged}\n")
    assert json.loads(out) == {"trouble": damaged, "mends": [damaged]}


def test_status_tells_of_an_index_that_may_not_be_written(run: Run, desk: FakeDesk) -> None:
    assert (
        "health      no damage seen; `dateline index --verify` looks everything through" in run("status")[1]
    )
    desk.state = replace(STATUS, read_only=True)
    assert "read-only: questions are answered" in run("status")[1]


def test_files_used_in_part_are_told_apart_from_those_skipped(run: Run, desk: FakeDesk) -> None:
    remarks = [("a.jsonl", "line 2"), ("a.jsonl", "line 3"), ("b.pdf", "not a PDF"), ("c.pdf", "not a PDF")]
    skipped = tuple(Skipped(file=file, reason=reason) for file, reason in remarks)
    desk.report = replace(FakeReport(), skipped=skipped, in_part=1)
    desk.state = replace(STATUS, skipped=skipped, in_part=1)
    assert run("index")[1].splitlines()[0].endswith("; 2 files skipped, 1 file used in part:")
    assert "left out    2 files skipped, 1 file used in part:" in run("status")[1]
    desk.report = replace(desk.report, skipped=skipped[:2], notes=(skipped[0], skipped[1]))
    code, out, _ = run("index")
    assert code == 3
    assert out.splitlines()[0].endswith("; 1 file used in part:")
    assert "1 file with a remark:" in out


def test_what_a_stopped_run_had_left_is_told(run: Run, desk: FakeDesk) -> None:
    desk.report = FakeReport(added=0, updated=0, removed=0, renamed=0, skipped=(), embedded=37)
    assert ", and 37 passages embedded that a stopped run had left; 1,140 passages" in run("index")[1]
    assert sync_line(desk.report).startswith(
        "nothing has changed, and 37 passages embedded that a stopped run had left; "
    )
    desk.report = replace(desk.report, added=1)
    assert "stopped" not in run("index")[1]


def test_a_rebuild_and_a_verification_are_told(run: Run, desk: FakeDesk) -> None:
    assert run("index", "--rebuild") == (
        0,
        "the vector index was made anew from the catalog: 9 passages and 3 articles in 1.5 s; "
        "nothing was embedded\n",
        "",
    )
    assert json.loads(run("index", "--rebuild", "--json")[1])["passages"] == 9
    code, out, err = run("index", "--verify")
    assert (code, err) == (0, "")
    assert out.splitlines() == [
        "catalog     3 files, 3 articles, 9 passages, 9 vectors; 390.6 kB",
        "chroma      12 vectors; 4.8 MB",
        "verified    in 0.2 s: sound",
    ]
    assert json.loads(run("index", "--verify", "--json")[1])["sound"] is True
    desk.verified = FakeVerify(in_chroma=None, vector_bytes=None)
    assert "chroma      none: the catalog's own vectors are compared" in run("index", "--verify")[1]


def test_what_a_verification_finds_is_one_line_and_1(run: Run, desk: FakeDesk) -> None:
    faults = tuple(SimpleNamespace(what=what, mend="mend it") for what in ("first", "second"))
    desk.verified = FakeVerify(faults=faults, pending=1, in_chroma=None)
    code, out, err = run("index", "--verify")
    assert (code, err) == (1, "dateline: first (and 1 more): mend it\n")
    assert out.splitlines()[1:] == [
        "chroma      not looked at; 4.8 MB",
        "to come     1 vector: run `dateline index`",
        "verified    in 0.2 s: 2 faults",
        "! first: mend it",
        "! second: mend it",
    ]
    code, out, err = run("index", "--verify", "--json")
    assert (code, err.count("\n")) == (1, 1)
    assert json.loads(out)["faults"] == [
        {"what": "first", "mend": "mend it"},
        {"what": "second", "mend": "mend it"},
    ]


def test_status_names_the_mend_for_each_trouble(run: Run, desk: FakeDesk) -> None:
    desk.state = replace(STATUS, mends=("the index is still filling: ask again soon",), vectors_pending=4)
    code, out, err = run("status")
    assert (code, err) == (0, "")
    assert "! the index is still filling: ask again soon" in out
    assert "4 vectors" in out
    assert "  broken.pdf: not a PDF" in out
    got = json.loads(run("status", "--json")[1])
    assert got["mends"] == ["the index is still filling: ask again soon"]
    assert got["corpus"] == "corpus"
    assert got["bytes"] == 5_400_000
    assert "on disk     5.1 MB" in out


def test_a_setting_that_cannot_be_used_is_one_line_a_typo_a_warning(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATELINE_CORPSE", "x")
    code, out, err = run("status", "--json")
    assert code == 0
    assert json.loads(out)
    assert err == (
        "dateline: warning: DATELINE_CORPSE is no setting of Dateline; did you mean DATELINE_CORPUS?\n"
    )
    monkeypatch.setenv("DATELINE_MAX_FILE_MB", "x")
    code, out, err = run("status")
    assert (code, out) == (1, "")
    assert err.count("\n") == 1


def fake(*argv: str, **options: Any) -> subprocess.Popen[bytes]:
    environment = {**os.environ, **options.pop("env", {})}
    return subprocess.Popen([sys.executable, FAKE, *argv], env=environment, **options)


def test_a_reader_that_goes_away_is_no_complaint() -> None:
    process = fake("show", "levy.md", stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    assert process.stdout is not None
    process.stdout.close()
    _, err = process.communicate(timeout=20)
    assert err == b""
    assert process.returncode == 141


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no full device here")
def test_a_full_disk_is_one_line() -> None:
    with Path("/dev/full").open("wb") as full:
        process = fake("status", stdout=full, stderr=subprocess.PIPE)
        _, err = process.communicate(timeout=20)
    assert process.returncode == 1
    assert err == b"dateline: No space left on device\n"


def test_standard_output_is_utf8_whatever_the_locale() -> None:
    process = fake(
        "ask",
        "was no one hurt",
        stdout=subprocess.PIPE,
        env={"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0", "PYTHONIOENCODING": "ascii"},
    )
    out, _ = process.communicate(timeout=20)
    assert "“No one was hurt,”" in out.decode("utf-8")


def test_batch_results_are_flushed_line_by_line() -> None:
    process = fake("ask", "--batch", "-", stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert process.stdin is not None
    assert process.stdout is not None
    for number in range(3):
        process.stdin.write(b'{"id": %d, "question": "ferry"}\n' % number)
        process.stdin.flush()
        assert json.loads(process.stdout.readline())["id"] == number
    process.communicate(timeout=20)
    assert process.returncode == 0


def test_ctrl_c_ends_an_index_run_with_130_and_says_how_it_goes_on() -> None:
    slow = {"FAKE_SYNC_STEPS": "200", "FAKE_STARTED": "started"}
    process = fake("index", stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=slow)
    deadline = time.monotonic() + 20
    while not Path("started").exists() and time.monotonic() < deadline:
        time.sleep(0.05)
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=20)
    assert (process.returncode, out) == (130, b"")
    assert err == b"dateline: stopped; the next `dateline index` goes on from there\n"


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 0)])
def test_a_watch_ends_with_a_signal(number: int, code: int) -> None:
    # An empty folder is taken for a drive that is not mounted.
    Path("corpus/levy.md").write_text("The levy was raised.\n")
    process = fake("index", "--watch", stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    assert process.stdout is not None
    assert process.stderr is not None
    first, skipped = process.stdout.readline(), process.stderr.readline()
    process.send_signal(number)
    assert process.communicate(timeout=20) == (b"", b"")
    assert process.returncode == code
    assert first.decode()[8:].startswith("  2 added, 1 edited, 1 renamed; 1,140 passages in 3.2 s")
    assert skipped == b"dateline: skipped broken.pdf: not a PDF: no %PDF at its beginning\n"

"""The comparison with other libraries: its rule, its arithmetic, and how it speaks with their processes.

None of them is installed here.
"""

from __future__ import annotations

import ast
import os
import re
import signal
import sys
from collections.abc import Sequence
from datetime import date
from pathlib import Path

import pytest

from benchmarks import __main__ as program
from benchmarks import subset
from benchmarks.coverage import count_read_words
from benchmarks.environments import NotInstalledError, digest_of, make_environment, reason_in, torch_pin
from benchmarks.material import ROOT, NewsQuestion, front_matter_end
from benchmarks.retrieval import best_rank
from benchmarks.rivals.worker import Job, Piece, perform, read_given
from benchmarks.standings import RESYNCS, Lap, Record, lay_out, lead, list_failures
from benchmarks.turns import CONTESTANTS, Contest, count_ghosts
from benchmarks.workers import Reply, Worker, WorkerError, tree_mib

RIVALS = ROOT / "benchmarks" / "rivals"


def test_a_subset_holds_what_questions_need_and_others_by_a_fixed_rule() -> None:
    files = [f"{number}.md" for number in range(50)]
    chosen = subset.choose(files, {"7.md", "8.md"}, 10)
    assert len(chosen) == 10
    assert {"7.md", "8.md"} < set(chosen)
    assert chosen == subset.choose(files[::-1], {"8.md", "7.md"}, 10)
    assert set(chosen) < set(subset.choose(files, {"7.md", "8.md"}, 20))
    assert set(subset.choose(files, {"7.md", "8.md"}, 1)) == {"7.md", "8.md"}
    assert len(subset.choose(files, set(), 99)) == 50


def test_portions_are_even_and_none_is_empty() -> None:
    assert subset.portions(["a", "b", "c", "d", "e"], 2) == [["a", "c", "e"], ["b", "d"]]
    assert subset.portions(["a"], 4) == [["a"]]


def test_the_folder_changes_as_told(tmp_path: Path) -> None:
    source, corpus = tmp_path / "source", tmp_path / "corpus"
    (source / "in").mkdir(parents=True)
    (source / "in" / "a.md").write_text("One.\n")
    (source / "b.md").write_text("Two.\n")
    subset.copy_in(["in/a.md", "b.md"], source, corpus)
    subset.edit(corpus, "b.md")
    assert (corpus / "b.md").read_text().startswith("Two.\n\nThe editors")
    assert subset.rename(corpus, "in/a.md") == "in/renamed-a.md"
    subset.delete(corpus, ["b.md"])
    assert [path.name for path in corpus.rglob("*.md")] == ["renamed-a.md"]


ARTICLE = "---\ntitle: A\n---\n\none two three four five six\n"


@pytest.mark.parametrize(
    ("pieces", "read"),
    [
        ([("", "one two three"), ("", "four five six")], 6),
        ([("", "one two three four"), ("", "three four five six")], 6),  # overlap counts once
        ([("", "one two three four five six")], 5),  # the model reads five words
        ([("A title: ", "one two three four five six")], 3),  # of which two are the title's
        ([("", "--- title: A --- one two")], 1),  # what a file says about itself is no article
        ([("", "one  two\nthree")], 3),
        ([("", "ne two three fou")], 4),  # cut within words
        ([("", "seven eight nine")], 0),
        ([], 0),
    ],
)
def test_words_that_no_vector_has_read_are_not_counted(pieces: list[tuple[str, str]], read: int) -> None:
    def first_five(text: str) -> str:
        found = re.match(r"(\S+\s+){4}\S+", text)
        return found[0] if found else text

    cut = [Piece(file="a.md", head=head, text=text) for head, text in pieces]
    assert count_read_words(ARTICLE, front_matter_end(ARTICLE), cut, first_five) == read


def test_front_matter_ends_where_the_text_begins() -> None:
    assert ARTICLE[front_matter_end(ARTICLE) :].strip().startswith("one")
    assert front_matter_end("One.\n---\nTwo.\n---\n") == 0


def _laps(*seconds: float, passages: int = 10, read: int = 100) -> list[Lap]:
    return [Lap(seconds=spent, cpu_s=2.0, passages=passages, words=100, read=read) for spent in seconds]


def test_a_lead_is_the_median_over_portions() -> None:
    ours, theirs = _laps(1.0, 2.0, 4.0), _laps(2.0, 8.0, 4.0, passages=5)
    assert lead(ours, theirs, lambda lap: lap.words) == 2.0
    assert lead(ours, theirs, lambda lap: lap.passages) == 4.0
    assert lead(ours, theirs, lambda lap: lap.words, lambda lap: lap.cpu_s) == 1.0
    assert lead(ours, [], lambda lap: lap.words) is None
    assert lead(ours, _laps(1.0, read=0), lambda lap: lap.read) is None


def test_the_table_says_what_was_measured_and_what_not() -> None:
    ours = Record(
        title="Dateline",
        keeps_step="alone",
        imports_s=1.0,
        open_s=2.0,
        laps=_laps(1.0, 1.0),
        disk_bytes=4000,
        cold=[3.0, 5.0, 4.0],
        warm=[0.01, 0.02, 0.03],
        ranks=[1, 5],
        resyncs={"one edit": [0.5, 0.3, 0.4]},
        ghosts=0,
    )
    told = Record(
        title="Other", keeps_step="told", laps=_laps(2.0, 2.0, read=25), resyncs={"one edit": [1.0]}
    )
    absent = Record(title="Absent", failure="cannot be installed: no network")
    text = lay_out([ours, told, absent])
    rows = {line.split(" | ")[0].strip("| "): line.strip("| ").split(" | ")[1:] for line in text.split("\n")}
    assert "Absent" not in text
    assert list_failures([ours, told, absent]) == "- Absent: cannot be installed: no network"
    assert rows["passages, words in each"] == ["20, 10", "20, 10"]
    assert rows["words of the articles that any vector has read"] == ["100%", "25%"]
    assert rows["words a second; read by the model"] == ["100; 100", "50; 12"]
    assert rows["Dateline is faster by, passages"] == ["1.00 times", "2.00 times"]
    assert rows["likewise, words read by the model"] == ["1.00 times", "8.00 times"]
    assert rows["disk, bytes a passage; a word"] == ["200; 20", "–"]
    assert rows["**re-sync**, one edit, seconds"] == ["0.40", "1.00, told which"]
    assert rows["**re-sync**, nothing changed, seconds"] == ["–", "4, built anew"]
    assert rows["**start**: imports; model loaded, seconds"] == ["1.0; 2.0", "–"]
    assert rows["**search**, cold process, seconds"] == ["4.0 (at most 5.0)", "–"]
    assert rows["search, warm, ms, p50 / p95 / p99"] == ["20 / 29 / 30", "–"]
    assert rows["**quality**, hit@4"][0].startswith("0.500 ")
    assert rows["MRR@10"][0].startswith("0.600 ")


def test_all_are_judged_by_the_rank_of_a_file_by_its_best_passage() -> None:
    assert best_rank(["b.md", "a.md", "b.md", "gold.md"], {"gold.md"}) == 3
    assert best_rank(["b.md"], {"gold.md"}) is None


def test_hits_on_deleted_files_are_counted() -> None:
    assert count_ghosts([["a.md", "gone.md"], ["gone.md"]], {"a.md"}) == 2


class _Echo:
    """A system that finds what it was asked."""

    def open(self) -> None:
        return None

    def add(self, new: Sequence[str]) -> int:
        return len(new)

    def resync(self, changed: Sequence[str], removed: Sequence[str]) -> None:
        raise NotImplementedError

    def search(self, question: str, k: int) -> list[str]:
        return [question] * k

    def answer(self, question: str) -> str:
        return question

    def pieces(self, files: Sequence[str]) -> list[Piece]:
        return [Piece(file=file, head="", text="x") for file in files]

    def close(self) -> None:
        return None


def test_a_system_does_what_a_line_asks() -> None:
    system = _Echo()
    assert perform(system, {"do": "add", "new": ["a", "b"]})["value"] == 2
    assert perform(system, {"do": "search", "question": "q", "k": 2})["value"] == ["q", "q"]
    assert perform(system, {"do": "pieces", "files": ["a"]})["value"] == [
        {"file": "a", "head": "", "text": "x"}
    ]
    assert perform(system, {"do": "open"})["seconds"] >= 0
    with pytest.raises(ValueError, match="fly"):
        perform(system, {"do": "fly"})


_WORKER = """
import sys
from benchmarks.rivals.worker import serve

class System:
    def __init__(self, job):
        print("noise")  # a library that writes where replies are written
        self.job = job
    def add(self, new):
        return len(new)
    def search(self, question, k):
        raise OSError("the shelf is empty\\nsecond line")
    def answer(self, question):
        sys.exit("gave up")
    def close(self):
        (self.job.index / "closed").touch()

serve(System)
"""


def test_a_worker_answers_and_its_faults_are_told_in_one_line(tmp_path: Path) -> None:
    script = tmp_path / "worker.py"
    script.write_text(_WORKER)
    job = Job(index=tmp_path / "index", corpus=tmp_path, model=tmp_path, pieces=tmp_path / "pieces.jsonl")
    with Worker([sys.executable, str(script)], job) as worker:
        assert worker.import_s > 0
        assert worker.ask("add", new=["a"]).value == 1
        with pytest.raises(WorkerError, match=r"^OSError: the shelf is empty$"):
            worker.ask("search", question="q", k=1)
        assert worker.ask("add", new=["a", "b"]).value == 2
    assert (tmp_path / "index" / "closed").exists()
    with Worker([sys.executable, str(script)], job) as worker, pytest.raises(WorkerError, match="gave up"):
        worker.ask("answer", question="q")
    with Worker([sys.executable, str(script)], job) as worker:
        os.kill(worker.pid, signal.SIGKILL)
        with pytest.raises(WorkerError, match=r"ended with -9"):
            worker.ask("add", new=["a"])
    with pytest.raises(WorkerError, match="No module named"):
        Worker([sys.executable, "-c", "import absent_library"], job)


def test_memory_of_a_process_is_known(tmp_path: Path) -> None:
    if not Path("/proc/self/statm").is_file():
        pytest.skip("this system does not tell the memory of a process")
    assert tree_mib(os.getpid()) > 1
    assert tree_mib(2**30) == 0


def test_given_passages_are_those_of_the_files(tmp_path: Path) -> None:
    pieces = tmp_path / "pieces.jsonl"
    pieces.write_text('{"file": "a", "head": "T. ", "text": "x"}\n{"file": "b", "head": "", "text": "y"}\n')
    job = Job(index=tmp_path, corpus=tmp_path, model=tmp_path, pieces=pieces)
    assert read_given(job, ["b"]) == [Piece(file="b", head="", text="y")]


@pytest.mark.parametrize("worker", sorted(RIVALS.glob("*.py")), ids=lambda path: str(path.stem))
def test_only_datelines_worker_imports_dateline(worker: Path) -> None:
    tree = ast.parse(worker.read_text(encoding="utf-8"))
    used = {node.module or "" for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    used |= {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}
    ours = {name for name in used if name.split(".")[0] in {"bot", "index", "prompts", "benchmarks"}}
    if worker.stem != "with_dateline":
        assert ours <= {"benchmarks.rivals.worker"}


def test_every_system_has_a_worker_and_exact_pins() -> None:
    for each in CONTESTANTS:
        assert (RIVALS / f"with_{each.name}.py").is_file()
    pins = sorted(RIVALS.glob("*.txt"))
    assert {path.stem for path in pins} == {each.pins for each in CONTESTANTS if each.pins}
    for path in pins:
        lines = [line for line in path.read_text().splitlines() if not line.startswith("#")]
        assert lines[0] == "-c ../../constraints.txt"
        assert all(re.fullmatch(r"[a-z0-9-]+==[0-9.]+", line) for line in lines[1:])


def test_an_environment_of_the_same_pins_is_not_made_again(tmp_path: Path) -> None:
    pins = RIVALS / "txtai.txt"
    (tmp_path / "txtai").mkdir()
    (tmp_path / "txtai" / ".ready").write_text(digest_of(pins, ROOT / "constraints.txt"))
    assert make_environment(pins, tmp_path).is_relative_to(tmp_path / "txtai")
    with pytest.raises(NotInstalledError, match=r"absent\.txt cannot be read"):
        make_environment(tmp_path / "absent.txt", tmp_path)


def test_an_installers_reason_is_found_among_its_words() -> None:
    assert reason_in("WARNING: old\nERROR: No matching distribution found for x==1\n").endswith("x==1")
    assert reason_in("  × No solution found\n  ╰─▶ because\n") == "No solution found"
    assert reason_in("") == "no message"
    assert re.fullmatch(r"torch==[\d.]+", torch_pin(ROOT / "constraints.txt"))


def test_a_count_below_one_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    assert program.main(["rivals", "--articles", "0"]) == 1
    assert "at least 1" in capsys.readouterr().err


class _Remembering(_Echo):
    """A system that finds every file it was told of; with ``deaf`` it never hears of deletions."""

    def __init__(self, corpus: Path, *, deaf: bool = False) -> None:
        self._corpus, self._deaf = corpus, deaf
        self._files: list[str] = []

    def add(self, new: Sequence[str]) -> int:
        self._files += new
        return len(self._files)

    def resync(self, changed: Sequence[str], removed: Sequence[str]) -> None:
        gone = () if self._deaf else removed
        self._files = [file for file in self._files if file not in gone and file not in changed] + list(
            changed
        )

    def search(self, question: str, k: int) -> list[str]:
        return sorted(self._files)

    def pieces(self, files: Sequence[str]) -> list[Piece]:
        return [Piece(file=file, head="", text=(self._corpus / file).read_text()) for file in files]


class _Worker:
    """A worker in this process."""

    import_s, peak_mib = 1.0, 50.0

    def __init__(self, system: _Echo) -> None:
        self._system = system

    def __enter__(self) -> _Worker:
        return self

    def __exit__(self, *_: object) -> None:
        return None

    def ask(self, do: str, **arguments: object) -> Reply:
        return Reply(**perform(self._system, {"do": do, **arguments}))

    def age_s(self) -> float:
        return 2.0

    def close(self) -> None:
        return None


def test_a_comparison_goes_through_all_stages_and_leaves_out_what_fails(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = tmp_path / "source"
    source.mkdir()
    files = [f"{number:02}.md" for number in range(10)]
    for file in files:
        (source / file).write_text("one two three\n")
    question = NewsQuestion(id="q", text="?", asked_at=date(2022, 6, 1), gold_files=frozenset({"01.md"}))
    contest = Contest(
        source=source,
        files=files,
        questions=[question] * 5,
        work=tmp_path / "work",
        model=tmp_path,
        pythons=dict.fromkeys(("dateline", "haystack", "txtai"), Path(sys.executable)),
        shorten=str,
    )
    systems: dict[str, _Remembering] = {}

    def spawn(name: str) -> _Worker:
        (tmp_path / "work" / name).mkdir(exist_ok=True)
        (tmp_path / "work" / name / "kept").write_text("1234")
        if name == "txtai":
            raise WorkerError("no such luck")
        corpus = tmp_path / "work" / "corpus"
        return _Worker(systems.setdefault(name, _Remembering(corpus, deaf=name == "haystack")))

    monkeypatch.setattr(contest, "_spawn", spawn)
    monkeypatch.setattr(contest, "_answer_first", lambda: None)
    contest.run(portions=2, rounds=1)
    ours, told = contest.records["dateline"], contest.records["haystack"]
    assert contest.records["txtai"].failure == "no such luck"
    assert [(lap.passages, lap.words, lap.read) for lap in ours.laps] == [(5, 15, 15)] * 2
    assert (ours.disk_bytes, ours.peak_mib, ours.cold) == (4, 50.0, [2.0])
    assert ours.ranks == [2] * 5
    assert (len(ours.warm), len(ours.answers), len(told.answers)) == (2, 2, 0)
    assert list(ours.resyncs) == list(RESYNCS)
    assert list(told.resyncs) == list(RESYNCS[1:])
    assert (ours.ghosts, told.ghosts) == (0, 10)

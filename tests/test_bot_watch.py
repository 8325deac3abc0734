"""`dateline index --watch` in a process of its own, with a real folder, real events and a real index."""

from __future__ import annotations

import contextlib
import json
import os
import queue
import shutil
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import IO, Any, cast

import pytest
from desk_fake import FakeReport
from index_state import CountingEmbedder, Desk, assert_consistent, story

import bot.app
from bot.app import App
from bot.settings import Settings
from bot.watch import Watcher
from index.errors import ConfigError, EmbeddingError, StoreBusyError
from index.model import Skipped
from index.sync import writer_lock
from index.watch import Changes, FolderWatch

ROOT = Path(__file__).parent.parent
# A busy machine may take its time; nothing waits this long where all goes well.
PATIENCE_S = 120.0

pytestmark = pytest.mark.skipif(os.name == "nt", reason="needs signals")


class Watching:
    """A process that watches a corpus folder, and all that it says."""

    def __init__(self, root: Path, *arguments: str) -> None:
        self.corpus = root / "corpus"
        self.index = root / "index"
        self.lines: list[dict[str, Any]] = []
        self.troubles: list[str] = []
        paths = [str(ROOT), str(ROOT / "tests"), os.environ.get("PYTHONPATH", "")]
        self.process = subprocess.Popen(
            [sys.executable, str(ROOT / "tests/watch_child.py"), "index", "--watch", "--json", *arguments],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env={
                **{name: value for name, value in os.environ.items() if not name.startswith("DATELINE_")},
                "DATELINE_CORPUS": str(self.corpus),
                "DATELINE_INDEX": str(self.index),
                "PYTHONPATH": os.pathsep.join(filter(None, paths)),
            },
        )
        self._said: queue.Queue[tuple[bool, str]] = queue.Queue()
        streams = ((True, self.process.stdout), (False, self.process.stderr))
        self._readers = [threading.Thread(target=self._read, args=each) for each in streams]
        for reader in self._readers:
            reader.start()

    def _read(self, is_out: bool, stream: IO[str]) -> None:
        with stream:
            for line in stream:
                self._said.put((is_out, line.rstrip("\n")))

    def until(self, reached: Callable[[], bool]) -> None:
        """Wait until what has been said is enough."""
        while not reached():
            self._take(*self._said.get(timeout=PATIENCE_S))

    def _take(self, is_out: bool, line: str) -> None:
        if is_out:
            self.lines.append(json.loads(line))
        else:
            self.troubles.append(line)

    def clear(self) -> None:
        self.lines.clear()
        self.troubles.clear()

    def sum(self, key: str) -> int:
        return sum(line[key] for line in self.lines)

    def end(self, number: int) -> int:
        """Send a signal, and return the exit code once all that was said is read."""
        self.process.send_signal(number)
        code = self.process.wait(PATIENCE_S)
        for reader in self._readers:
            reader.join(PATIENCE_S)
        while not self._said.empty():
            self._take(*self._said.get())
        return code

    def write(self, file: str, text: str) -> None:
        """Save a file as careful editors do: whole, under another name, and then renamed."""
        path = self.corpus / file
        path.parent.mkdir(parents=True, exist_ok=True)
        part = path.with_name(f".{path.name}.part")
        part.write_text(text)
        part.replace(path)


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("watched")


@pytest.fixture(scope="module")
def started(root: Path) -> Iterator[Watching]:
    watching = Watching(root)
    watching.write("mosul.txt", story("Mosul"))
    watching.write("desk/tikrit.txt", story("Tikrit"))
    watching.until(lambda: watching.sum("added") == 2)
    yield watching
    if watching.process.poll() is None:
        watching.end(signal.SIGKILL)


@pytest.fixture
def watching(started: Watching) -> Watching:
    started.clear()
    return started


@pytest.fixture(scope="module")
def reader(root: Path, started: Watching) -> Iterator[App]:
    """An application that runs beside the watching process, as a bot does."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(bot.app, "SentenceTransformerEmbedder", lambda *_, **__: CountingEmbedder())
        app = App(Settings(corpus=started.corpus, index=started.index))
    yield app
    app.close()


def test_an_edit_is_answered_from_by_an_application_that_is_running(watching: Watching, reader: App) -> None:
    assert "Samarra" not in reader.search("Samarra", 1)[0].passage.text
    watching.write("mosul.txt", story("Samarra"))
    watching.until(lambda: watching.sum("updated") == 1)
    found = reader.search("Samarra", 1)[0]
    assert (found.passage.article.file, "vectors" in dict(found.found_by)) == ("mosul.txt", True)
    assert "Samarra" in found.passage.text
    assert watching.troubles == []


def test_what_editors_leave_is_no_change(watching: Watching, reader: App) -> None:
    path, text = watching.corpus / "mosul.txt", story("Mosul", paragraphs=4)
    before = reader.files()
    for name in ("4913", ".mosul.txt.swp", "#mosul.txt#", ".#mosul.txt", "mosul.txt~"):
        (watching.corpus / name).write_text("Not an article, though it has words.")
        (watching.corpus / name).unlink()
    # As vim saves with a backup.
    path.rename(watching.corpus / "mosul.txt~")
    path.write_text(text)
    (watching.corpus / "mosul.txt~").unlink()
    watching.until(
        lambda: bool(watching.lines) and reader.files() == before and reader.text_of("mosul.txt") == text
    )
    assert watching.troubles == []


def test_a_mass_rename_is_one_sync_and_embeds_nothing(watching: Watching) -> None:
    for number in range(150):
        watching.write(f"wire/{number:03}.txt", story(f"Wire {number}", paragraphs=1))
    watching.until(lambda: watching.sum("added") == 150)
    watching.clear()
    (watching.corpus / "wire").rename(watching.corpus / "agency")
    watching.until(lambda: watching.sum("renamed") == 150)
    assert (len(watching.lines), watching.sum("embedded")) == (1, 0)
    shutil.rmtree(watching.corpus / "agency")
    watching.until(lambda: watching.sum("removed") == 300)


def test_a_new_folder_is_read_with_all_below_it(watching: Watching, root: Path) -> None:
    (root / "new/deep/down").mkdir(parents=True)
    (root / "new/deep/down/erbil.txt").write_text(story("Erbil"))
    (root / "new").rename(watching.corpus / "new")
    watching.until(lambda: watching.sum("added") == 1)
    watching.write("new/deep/down/erbil.txt", story("Kirkuk"))
    watching.until(lambda: watching.sum("updated") == 1)


def test_what_is_said_of_files_elsewhere_is_seen(watching: Watching, reader: App) -> None:
    watching.write("metadata.jsonl", '{"file": "mosul.txt", "title": "The fall of a city"}\n')
    watching.until(lambda: watching.sum("updated") == 1)
    assert "The fall of a city" in reader.titles()
    (watching.corpus / "metadata.jsonl").unlink()
    watching.until(lambda: watching.sum("updated") == 2)


def test_a_file_that_cannot_be_read_is_told_once_and_ends_nothing(watching: Watching) -> None:
    watching.write("broken.pdf", "nonsense")
    watching.until(lambda: bool(watching.troubles))
    assert watching.troubles[0].startswith("dateline: skipped broken.pdf: ")
    (watching.corpus / "broken.pdf").unlink()
    watching.write("desk/tikrit.txt", story("Tikrit", paragraphs=2))
    watching.until(lambda: watching.sum("updated") == 1)
    assert len(watching.troubles) == 1


@pytest.mark.parametrize("left", [False, True], ids=["gone", "empty"])
def test_a_folder_that_goes_away_and_comes_back_loses_nothing(
    watching: Watching, reader: App, root: Path, left: bool
) -> None:
    files = reader.files()
    away = root / "away"
    watching.corpus.rename(away)
    if left:  # as where a drive is mounted no longer
        watching.corpus.mkdir()
    watching.until(lambda: bool(watching.troubles))
    assert ("nothing is removed" if left else "there is no corpus folder") in watching.troubles[0]
    assert (reader.files(), watching.lines) == (files, [])
    if left:
        watching.corpus.rmdir()
    (away / "mosul.txt").write_text(story("Baiji" if left else "Balad"))
    away.rename(watching.corpus)
    watching.until(lambda: watching.sum("updated") == 1)
    assert reader.files() == files
    assert len(watching.troubles) <= 2  # for a moment there was none to be seen, and then an empty one
    watching.write("mosul.txt", story("Fallujah" if left else "Ramadi"))
    watching.until(lambda: watching.sum("updated") == 2)


def test_another_writer_is_waited_for(watching: Watching) -> None:
    with writer_lock(watching.index):
        watching.write("mosul.txt", story("Hit"))
        watching.until(lambda: bool(watching.troubles))
    watching.until(lambda: watching.sum("updated") == 1)
    assert len(watching.troubles) == 1
    assert "it is waited for" in watching.troubles[0]


def test_sigterm_ends_it_with_0_and_the_index_is_whole(watching: Watching, root: Path, reader: App) -> None:
    assert watching.end(signal.SIGTERM) == 0
    assert (watching.lines, watching.troubles) == ([], [])
    reader.close()
    desk = Desk(root)
    assert desk.sync().updated == 0
    assert_consistent(desk)
    desk.close()


# -- the loop, with a scripted folder and desk


NOTHING_DONE = FakeReport(added=0, updated=0, removed=0, renamed=0, skipped=(), embedded=0)


class Script:
    """A desk and the events of a folder, both as scripted; the end of the script is Ctrl-C."""

    def __init__(
        self, corpus: Path, *syncs: Exception | dict[str, Any], changes: Sequence[Changes] = ()
    ) -> None:
        self.corpus = corpus
        self.syncs = list(syncs)
        self.changes = list(changes) or [Changes()] * len(syncs)
        self.asked: list[tuple[str, ...]] = []
        self.said: list[str] = []
        self.complaints: list[str] = []
        self.trouble = ""

    def files(self) -> tuple[str, ...]:
        return ("desk/a.txt", "desk/b.txt", "gone.txt")

    def sync(self, paths: Sequence[str], _: object) -> FakeReport:
        self.asked.append(tuple(Path(path).relative_to(self.corpus).as_posix() for path in paths))
        outcome = self.syncs.pop(0)
        if isinstance(outcome, Exception):
            raise outcome
        return replace(NOTHING_DONE, **outcome)

    def wait(self) -> Changes:
        if not self.changes:
            raise KeyboardInterrupt
        return self.changes.pop(0)

    def close(self) -> None:
        pass

    def run(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("bot.watch._AGAIN_S", 0.0)
        monkeypatch.setattr("bot.watch.FolderWatch", lambda *_, **__: self)
        watcher = Watcher(
            cast("Any", self),
            corpus=self.corpus,
            index=self.corpus.parent / "index",
            as_json=False,
            say=self.said.append,
            complain=self.complaints.append,
            record_fault=lambda exc: f"a fault, reference {id(exc)}",
            progress=contextlib.nullcontext,
        )
        with pytest.raises(KeyboardInterrupt):
            watcher.run()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "corpus/desk").mkdir(parents=True)
    (tmp_path / "corpus/desk/a.txt").write_text(story("Anbar"))
    return tmp_path / "corpus"


@pytest.mark.parametrize(
    "trouble",
    [
        StoreBusyError("another process is at work"),
        EmbeddingError("no such model"),
        OSError(5, "Input/output error"),
        ZeroDivisionError(),
    ],
    ids=lambda trouble: type(trouble).__name__,
)
def test_a_trouble_is_told_once_and_the_sync_tried_again(
    folder: Path, trouble: Exception, monkeypatch: pytest.MonkeyPatch
) -> None:
    script = Script(folder, trouble, trouble, trouble, {})
    script.run(monkeypatch)
    assert len(script.asked) == 4
    assert len(script.complaints) == 1
    assert len(script.said) == 1


def test_a_watch_whose_reader_has_gone_ends(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    script = Script(folder, BrokenPipeError(), {})
    with pytest.raises(BrokenPipeError):
        script.run(monkeypatch)


def test_nothing_is_said_where_nothing_has_changed(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    left_out = {"skipped": (Skipped(file="a.pdf", reason="not a PDF"),)}
    script = Script(folder, {}, {}, left_out, left_out, {"updated": 2})
    monkeypatch.setattr("bot.watch._WHOLE_EVERY_S", 0.0)
    monkeypatch.setattr("bot.watch._WHOLE_SHARE", 0.0)
    script.run(monkeypatch)
    assert script.asked == [()] * 5, "the whole folder, when it is time"
    assert [line.partition("  ")[2].partition(";")[0] for line in script.said] == [
        "nothing has changed",
        "nothing has changed",
        "2 edited",
    ]
    assert script.complaints == ["skipped a.pdf: not a PDF"]


@pytest.mark.parametrize(
    ("paths", "asked"),
    [
        (["desk/a.txt"], [("desk/a.txt",)]),
        (["gone.txt", "4913"], [("gone.txt",)]),
        (["4913", "des", "desk/c.txt"], []),
        (["desk"], [("desk",)]),
        ([f"{number}.txt" for number in range(101)], [()]),
        (["left-out.pdf"], [()]),
    ],
    ids=["edited", "deleted", "came and went", "a folder", "many", "was skipped"],
)
def test_what_has_changed_is_synced_and_no_more(
    folder: Path, paths: list[str], asked: list[tuple[str, ...]], monkeypatch: pytest.MonkeyPatch
) -> None:
    first = {"skipped": (Skipped(file="left-out.pdf", reason="not a PDF"),)}
    script = Script(folder, first, {}, changes=[Changes(), Changes(paths=frozenset(paths))])
    script.run(monkeypatch)
    assert script.asked == [(), *asked]


def test_a_path_that_goes_at_the_last_moment_lets_the_whole_be_synced(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    changed = Changes(paths=frozenset(["desk/a.txt"]))
    script = Script(folder, {}, ConfigError("there is no desk/a.txt"), {}, changes=[Changes(), changed])
    script.run(monkeypatch)
    assert script.asked == [(), ("desk/a.txt",), ()]
    assert script.complaints == []


def test_a_folder_that_cannot_be_watched_is_polled(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    polled: list[bool | None] = []

    def watch(*_: object, force_polling: bool | None, **__: object) -> Iterator[set[tuple[int, str]]]:
        polled.append(force_polling)
        if force_polling is None:
            raise OSError("OS file watch limit reached.")
        yield {(1, str(folder / "a.txt"))}
        raise RuntimeError("polling fails as well")

    monkeypatch.setattr("watchfiles.watch", watch)
    events = FolderWatch(folder, index=folder.parent / "index")
    assert not events.wait()
    assert "watch limit reached" in events.trouble
    assert events.wait() == Changes(paths=frozenset(["a.txt"]), everything=True)
    assert not events.wait()
    assert "within minutes" in events.trouble
    assert not events.wait()
    assert polled == [None, True]

"""A folder of articles that changes while it is asked, and what each of its files said when.

Citations are judged by it: a quote must stand in what was indexed at some moment while its question was answered.
"""

from __future__ import annotations

import json
import random
import subprocess
import sys
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Literal

from benchmarks.material import settings_for
from bot.app import build
from bot.model import Citation
from bot.process import stand_back
from index.errors import DatelineError

# Of the files to be changed, so many are such as were cited just now: there an answer is overtaken by an edit.
_CITED_SHARE = 0.7
_CITED_KEPT = 40
_NEVER = float("inf")

Fault = Literal["wrong", "ghost", "unmarked"]


@dataclass(slots=True)
class Version:
    """What a file said for a while, by the clock of this process.

    Attributes:
        written, replaced: when it came to disk and left it.
        live, dead: between these it may have been what was indexed; it surely was not before or after.
    """

    text: str
    written: float
    live: float
    replaced: float = _NEVER
    dead: float = _NEVER


@dataclass(slots=True)
class Ledger:
    """Every version of every file."""

    versions: dict[str, list[Version]] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def write(self, file: str, text: str | None, began: float, ended: float) -> None:
        """Note that a file has come to say something else between two moments; None for nothing at all."""
        with self._lock:
            known = self.versions.setdefault(file, [])
            if known:
                known[-1].replaced = min(known[-1].replaced, ended)
            if text is not None:
                known.append(Version(text=text, written=began, live=_NEVER))

    def begin_sync(self, now: float) -> None:
        """Note that a sync begins: from now on what is on disk may be what is indexed."""
        with self._lock:
            for known in self.versions.values():
                if known and known[-1].replaced == _NEVER:
                    known[-1].live = min(known[-1].live, now)

    def end_sync(self, began: float, now: float) -> None:
        """Note that the sync is over: what was gone from disk when it began is gone from the index."""
        with self._lock:
            for known in self.versions.values():
                for version in known:
                    if version.replaced <= began:
                        version.dead = min(version.dead, now)

    def judge(self, citation: Citation, began: float, ended: float) -> Fault | None:
        """Say what is wrong with a citation in an answer to a question; None where it is right.

        ``wrong``: no version of the file holds the quote at its place. ``ghost``: one does, which was gone
        from the index before the question was asked. ``unmarked``: it is said to be what the file says, and
        was not at any moment meanwhile.
        """
        with self._lock:
            versions = list(self.versions.get(citation.article.file, ()))
        place = slice(citation.start, citation.end)
        holding = [version for version in versions if version.text[place] == citation.quote]
        if not citation.quote or not holding:
            return "wrong"
        live = [version for version in holding if version.live <= ended and version.dead >= began]
        if not live:
            return "ghost"
        on_disk = any(version.written <= ended and version.replaced >= began for version in live)
        return None if citation.changed or on_disk else "unmarked"


@dataclass(slots=True, kw_only=True)
class Counts:
    """What was done to the folder."""

    edits: int = 0
    deletions: int = 0
    returns: int = 0
    renames: int = 0
    syncs: int = 0


class Editor:
    """Changes files and has another process bring the index in step, over and over."""

    def __init__(self, corpus: Path, index: Path, *, pause_s: float, seed: int) -> None:
        self.ledger = Ledger()
        self.counts = Counts()
        self.faults: list[str] = []
        self._corpus = corpus
        self._index = index
        self._pause_s = pause_s
        self._random = random.Random(seed)
        self._cited: deque[str] = deque(maxlen=_CITED_KEPT)
        self._gone: dict[str, str] = {}
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="editor", daemon=True)
        for file in sorted(path for path in corpus.iterdir() if path.is_file()):
            self.ledger.versions[file.name] = [Version(text=_read(file), written=0.0, live=0.0)]

    def start(self) -> None:
        """Begin to change things."""
        self._thread.start()

    def stop(self) -> None:
        """Change nothing more, and wait for the sync that is going on."""
        self._stop.set()
        self._thread.join()

    def note_cited(self, files: Iterable[str]) -> None:
        """Remember what was cited, to change it next."""
        self._cited.extend(files)

    def _run(self) -> None:
        command = [sys.executable, "-m", "benchmarks.edits", str(self._corpus), str(self._index)]
        with subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, encoding="utf-8"
        ) as writer:
            assert writer.stdin is not None
            assert writer.stdout is not None
            while not self._stop.is_set():
                self._change()
                began = time.monotonic()
                self.ledger.begin_sync(began)
                writer.stdin.write("\n")
                writer.stdin.flush()
                told = writer.stdout.readline()
                if not told:
                    self.faults.append("the writer is gone")
                    return
                if fault := json.loads(told):
                    self.faults.append(f"sync: {fault}")
                else:
                    self.ledger.end_sync(began, time.monotonic())
                    self.counts.syncs += 1
                self._stop.wait(self._pause_s)
            writer.stdin.close()

    def _change(self) -> None:
        """Edit one file, and delete, rename or bring back another."""
        if file := self._pick():
            text = _read(self._corpus / file)
            head, rule, body = text.rpartition("---\n")
            self.counts.edits += 1
            # In front, so that whatever follows stands somewhere else.
            note = f"Correction {self.counts.edits}: an earlier version of this was shorter."
            self._put(file, f"{head}{rule}\n{note}\n{body}")
        match self._random.choice(("delete", "rename", "return")):
            case "delete" if file := self._pick():
                self._gone[file] = _read(self._corpus / file)
                self._take(file, (self._corpus / file).unlink)
                self.counts.deletions += 1
            case "rename" if file := self._pick():
                self.counts.renames += 1
                new = f"{self.counts.renames}-{file}"[-120:]
                self.ledger.write(new, _read(self._corpus / file), time.monotonic(), time.monotonic())
                self._take(file, partial((self._corpus / file).rename, self._corpus / new))
            case "return" if self._gone:
                file = self._random.choice(sorted(self._gone))
                self._put(file, self._gone.pop(file))
                self.counts.returns += 1

    def _pick(self) -> str | None:
        there = {path.name for path in self._corpus.iterdir()}
        cited = [file for file in self._cited if file in there]
        from_cited = cited and self._random.random() < _CITED_SHARE
        return self._random.choice(cited if from_cited else sorted(there)) if there else None

    def _put(self, file: str, text: str) -> None:
        began = time.monotonic()
        (self._corpus / file).write_bytes(text.encode())
        self.ledger.write(file, text, began, time.monotonic())

    def _take(self, file: str, act: Callable[[], object]) -> None:
        began = time.monotonic()
        act()
        self.ledger.write(file, None, began, time.monotonic())


def _read(file: Path) -> str:
    return file.read_bytes().decode()


def _serve(corpus: Path, index: Path) -> None:
    """Bring the index in step at each line of standard input; answer with null, or with what went wrong.

    As `dateline index --watch` does, it lets answers go first.
    """
    stand_back()
    app = build(settings_for(corpus, index))
    for _ in sys.stdin:
        fault = None
        try:
            app.sync()
        except DatelineError as exc:
            fault = str(exc)
        print(json.dumps(fault), flush=True)
    app.close()


if __name__ == "__main__":
    _serve(Path(sys.argv[1]), Path(sys.argv[2]))

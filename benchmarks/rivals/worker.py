"""The worker's side of the comparison: a system does what lines of JSON ask, and tells how long it took.

Workers run in environments of their own, so this imports nothing but the standard library.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Protocol


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """What the model is given for one passage.

    Attributes:
        file: relative to the corpus folder.
        head: what stands before the passage's own text, such as a title or the file's path.
    """

    file: str
    head: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """Where a worker works.

    Attributes:
        index: its own folder; what it keeps from one process to the next lies there.
        corpus: the folder of articles.
        model: the folder of the embedding model.
        pieces: JSON Lines of passages that are given, for those that cut none themselves.
    """

    index: Path
    corpus: Path
    model: Path
    pieces: Path


class System(Protocol):
    """One way to index and search a folder of articles."""

    def open(self) -> None:
        """Load the model and what else the first file or question would wait for."""
        ...

    def add(self, new: Sequence[str]) -> int:
        """Bring the index in step with a folder to which files came; return how many passages it holds."""
        ...

    def resync(self, changed: Sequence[str], removed: Sequence[str]) -> None:
        """Bring the index in step with a folder.

        Args:
            changed: files that are new or edited, for systems that cannot tell by themselves.
            removed: files that are gone, likewise.
        """
        ...

    def search(self, question: str, k: int) -> list[str]:
        """Return the files of the nearest ``k`` passages, the nearest first."""
        ...

    def answer(self, question: str) -> str:
        """Return what the system says to a question."""
        ...

    def pieces(self, files: Sequence[str]) -> list[Piece]:
        """Cut files as for indexing, and return what the model is given for each passage."""
        ...

    def close(self) -> None:
        """Write what is still held back."""
        ...


def read_given(job: Job, files: Sequence[str]) -> list[Piece]:
    """Return the passages that are given of some files."""
    wanted = set(files)
    with job.pieces.open(encoding="utf-8") as lines:
        pieces = [Piece(**json.loads(line)) for line in lines]
    return [piece for piece in pieces if piece.file in wanted]


def serve(make: Callable[[Job], System]) -> None:
    """Do what standard input asks, a line of JSON each, and answer each with a line of JSON.

    A line is ``{"do": NAME, …arguments}``; the reply ``{"seconds": …, "cpu_s": …, "value": …}``
    or ``{"error": …}``.
    The first reply comes unasked: the libraries are imported.
    """
    parser = argparse.ArgumentParser()
    for name in ("index", "corpus", "model", "pieces"):
        parser.add_argument(name, type=Path)
    job = Job(**vars(parser.parse_args()))
    # Libraries write to standard output as they like; what they write goes with the errors.
    replies = os.fdopen(os.dup(1), "w", encoding="utf-8", buffering=1)
    os.dup2(2, 1)
    job.index.mkdir(parents=True, exist_ok=True)
    replies.write(json.dumps(_timed(lambda: None)) + "\n")
    system: System | None = None
    for line in sys.stdin:
        asked = json.loads(line)
        try:
            if system is None:
                system = make(job)
            reply = perform(system, asked)
        except Exception as exc:  # whatever it is, the others go on, and the table tells
            reply = {"error": f"{type(exc).__name__}: {exc}".split("\n")[0]}
        replies.write(json.dumps(reply) + "\n")
    if system is not None:
        system.close()


def perform(system: System, asked: Mapping[str, Any]) -> dict[str, Any]:
    """Do one thing; return the seconds that it took, those of the processor, and what came of it."""
    arguments = {key: value for key, value in asked.items() if key != "do"}
    match asked["do"]:
        case "open":
            return _timed(system.open)
        case "add":
            return _timed(lambda: system.add(**arguments))
        case "resync":
            return _timed(lambda: system.resync(**arguments))
        case "search":
            return _timed(lambda: system.search(**arguments))
        case "answer":
            return _timed(lambda: system.answer(**arguments))
        case "pieces":
            return _timed(lambda: [asdict(piece) for piece in system.pieces(**arguments)])
        case other:
            raise ValueError(f"nothing is called {other}")


def _timed(do: Callable[[], Any]) -> dict[str, Any]:
    started, worked = time.perf_counter(), time.process_time()
    value = do()
    seconds, cpu_s = time.perf_counter() - started, time.process_time() - worked
    return {"seconds": seconds, "cpu_s": cpu_s, "value": value}

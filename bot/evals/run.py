"""Runs cases through a desk, one after the other, and keeps each result before the next is begun.

The run file is JSON Lines: first what the run is made from, then one result a line. A run that was stopped goes on
behind its last whole line, as long as it is made from the same.
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol, runtime_checkable

from bot.desk import Desk
from bot.evals.cases import Case
from bot.evals.contract import find_faults, find_inexact
from bot.evals.judging import judge_answer
from bot.evals.results import Failure, Result
from bot.evals.retrieval import relevant_files
from bot.model import Answer, Judge
from bot.render import answer_to_json, dump_json
from index.errors import ConfigError, DatelineError

# Neighbours compared for the recall of the vector index; as many as ranks count for MRR and nDCG.
_NEIGHBOURS = 10


@runtime_checkable
class ComparesVectors(Protocol):
    """A desk that can tell how much its vector index misses."""

    def vector_recall(self, query: str, k: int) -> tuple[int, int]:
        """Count how many of the k nearest passages are found, and how many there are."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Bench:
    """What cases are run with.

    Attributes:
        corpus: the folder of articles, to read quotes from as anyone would.
        report_bug: keeps a record of an exception that is no ``DatelineError``, and says so in one line.
    """

    desk: Desk
    judge: Judge
    corpus: Path
    report_bug: Callable[[Exception], str]

    def run(self, case: Case, files: Sequence[str]) -> Result:
        """Run one case; whatever goes wrong is its result.

        Args:
            files: the indexed ones.
        """
        try:
            answer = self.desk.ask(case.question, asked_at=case.asked_at, history=case.history)
            return self._examine(case, answer, files)
        except DatelineError as exc:
            failure = Failure(type=type(exc).__name__, message=str(exc))
        except Exception as exc:  # one case's fault is one case's result
            failure = Failure(type="InternalError", message=self.report_bug(exc))
        return Result(id=case.id, answer=None, error=failure, times={})

    def _examine(self, case: Case, answer: Answer, files: Sequence[str]) -> Result:
        laid_out = answer_to_json(answer)
        times = laid_out.pop("timings_ms")
        inexact = find_inexact(laid_out, self.corpus, self.desk.text_of)
        started = time.perf_counter()
        claims = judge_answer(answer, self.judge, self.report_bug, inexact=inexact)
        times["judge"] = round((time.perf_counter() - started) * 1000, 1)
        vectors = (0.0, 0.0)
        if isinstance(self.desk, ComparesVectors):
            found, there_are = self.desk.vector_recall(answer.asked or case.question, _NEIGHBOURS)
            vectors = (float(found), float(there_are))
        return Result(
            id=case.id,
            answer=laid_out,
            claims=claims,
            inexact=inexact,
            faults=tuple(find_faults({**laid_out, "timings_ms": times}, self.corpus, self.desk.text_of)),
            read=tuple(
                {"file": hit.passage.article.file, "start": hit.passage.start, "end": hit.passage.end}
                for hit in answer.hits
            ),
            relevant=relevant_files(case, files),
            vectors=vectors,
            times=times,
        )


class RunFile:
    """Results on disk, one a line, behind a head that says what they are made from.

    Args:
        made_from: all that could change a result; results made from something else are not gone on from.
    """

    def __init__(self, path: Path, made_from: Mapping[str, Any]) -> None:
        self._path = path
        self._head = json.loads(dump_json({"dateline_run": 1, "made_from": dict(made_from)}))

    def results(self) -> Iterator[Result]:
        """Yield what the file holds; nothing where it was made from something else."""
        for value, _ in self._lines():
            yield Result.from_json(value)

    def begin(self, cases: Sequence[Case], *, fresh: bool) -> int:
        """Make the file ready to be written to.

        What a stopped run has left is kept, if it began with these cases. Anything else is put aside as
        ``*.previous.jsonl`` first.

        Args:
            fresh: put aside what a stopped run has left, too.

        Returns:
            How many results are there.

        Raises:
            ConfigError: the file cannot be written.
        """
        lines = [] if fresh else [(value["id"], end) for value, end in self._lines()]
        ids = [id for id, _ in lines]
        goes_on = 0 < len(ids) < len(cases) and ids == [case.id for case in cases[: len(ids)]]
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            if goes_on:
                # Behind the last whole line may stand the half of one.
                os.truncate(self._path, lines[-1][1])
                return len(ids)
            if self._path.exists():
                self._path.replace(self._path.with_suffix(".previous.jsonl"))
            self._path.write_text(dump_json(self._head) + "\n", encoding="utf-8", newline="")
        except OSError as exc:
            raise ConfigError(
                f"{self._path} cannot be written ({exc.strerror}): name a folder with --out"
            ) from exc
        return 0

    def append(self, result: Result) -> None:
        """Write one result down; it is there when this returns, whatever becomes of the process.

        Raises:
            ConfigError: it cannot be written.
        """
        try:
            with self._path.open("ab") as file:
                file.write(f"{dump_json(result.to_json())}\n".encode())
        except OSError as exc:
            raise ConfigError(
                f"{self._path} cannot be written ({exc.strerror}): make room, and run this again"
            ) from exc

    def _lines(self) -> Iterator[tuple[dict[str, Any], int]]:
        """Yield each whole line behind a fitting head, with the byte that it ends before."""
        if not self._path.is_file():
            return
        with self._path.open("rb") as file:
            end = 0
            for number, raw in enumerate(file):
                value = _read_whole(raw)
                if value is None or (number == 0 and value != self._head):
                    return
                end += len(raw)
                if number:
                    yield value, end


def _read_whole(raw: bytes) -> dict[str, Any] | None:
    """Read a line; None for one that was cut off."""
    try:
        value = json.loads(raw) if raw.endswith(b"\n") else None
    except ValueError:
        return None
    return value if isinstance(value, dict) else None


def run_cases(
    bench: Bench,
    cases: Sequence[Case],
    run_file: RunFile,
    *,
    fresh: bool = False,
    on_done: Callable[[int], None] = lambda done: None,
) -> None:
    """Run the cases that a run file does not hold yet, and write each result down before the next is begun.

    Args:
        fresh: run all of them.
        on_done: called with how many are done, at the beginning as well.

    Raises:
        ConfigError: the run file cannot be written.
    """
    done = run_file.begin(cases, fresh=fresh)
    on_done(done)
    files = bench.desk.files()
    for number, case in enumerate(cases[done:], start=done + 1):
        run_file.append(bench.run(case, files))
        on_done(number)

"""Many people at once: 1, 8 and 32 askers while files are edited, deleted and renamed, each citation checked."""

from __future__ import annotations

import argparse
import itertools
import logging
import multiprocessing
import os
import random
import shutil
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import numpy as np

from benchmarks.edits import Editor
from benchmarks.figures import table
from benchmarks.material import (
    DATA,
    OUT,
    ROOT,
    find_realtimeqa,
    open_app,
    read_questions,
    settings_for,
    unpack_articles,
)
from benchmarks.workers import resident_mib
from bot.app import build
from bot.crew import Crew
from bot.evals.figures import median, percentile
from bot.frontdesk import FrontDesk
from bot.model import Answer
from index.errors import ConfigError

Rows = Iterator[tuple[str, str, str]]

_QUESTION = "How many people were killed?"
# Before this share of a run caches are still being filled.
_WARMING = 0.2
_BETWEEN_S = 60.0
_STARTING_S = 60.0
# Different faults that are shown; a thousand of one kind say no more.
_SHOWN = 5


@dataclass(slots=True, kw_only=True)
class _Tally:
    """What came of one run."""

    askers: int
    seconds: float = 0.0
    spent_ms: list[float] = field(default_factory=list)
    by_asker: Counter[int] = field(default_factory=Counter)
    memory: list[tuple[float, float]] = field(default_factory=list)
    citations: int = 0
    changed: int = 0
    notes: Counter[str] = field(default_factory=Counter)
    faults: Counter[str] = field(default_factory=Counter)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of this part."""
    parser.add_argument("--data", type=Path, default=DATA, help="folder that holds realtimeqa/ (%(default)s)")
    parser.add_argument("--corpus", type=Path, help="folder of articles; else RealTimeQA's are unpacked")
    parser.add_argument("--index", type=Path, help="an index over it; else one is built, of the copy alone")
    parser.add_argument("--articles", type=int, default=500, help="articles copied (%(default)s)")
    parser.add_argument("--askers", type=int, nargs="+", default=[1, 8, 32], help="(1 8 32)")
    parser.add_argument(
        "--seconds", type=float, nargs="+", default=[120], help="for each number of askers, or for all (120)"
    )
    parser.add_argument("--soak", type=int, default=0, help="then so many questions by the most askers")
    parser.add_argument("--at-once", type=int, default=2, help="questions answered at a time (%(default)s)")
    parser.add_argument("--processes", type=int, default=2, help="processes that answer (%(default)s)")
    parser.add_argument("--pause", type=float, default=2, help="seconds between two changes (%(default)s)")
    parser.add_argument("--still", action="store_true", help="change nothing in the folder")


def run(given: argparse.Namespace) -> int:
    """Measure and print. Returns 1 where an answer failed or a citation was wrong."""
    if min(given.articles, given.at_once, given.processes, *given.askers) < 1 or min(given.seconds) <= 0:
        raise ConfigError("--articles, --askers, --at-once, --processes and --seconds must be above 0")
    if len(given.seconds) not in (1, len(given.askers)):
        raise ConfigError("--seconds takes one number, or one for each of --askers")
    folder = find_realtimeqa(given.data)
    questions = [question.text for question in read_questions(folder)] if folder else [_QUESTION]
    if given.corpus is not None:
        source = given.corpus
    else:
        source = unpack_articles(folder, OUT / "realtimeqa") if folder else ROOT / "corpus"
    # What went wrong with the vectors is told there alone.
    logging.basicConfig(level=logging.WARNING)
    with tempfile.TemporaryDirectory(prefix="dateline-many-") as place:
        corpus, index = _copy(source, given.index, Path(place), given.articles)
        app = open_app(corpus, index, given=False)
        crew = Crew(app, partial(build, settings_for(corpus, index)), processes=given.processes)
        desk = FrontDesk(given.at_once)
        editor = None if given.still else Editor(corpus, index, pause_s=given.pause, seed=1)
        try:
            app.warm_up()
            runs = _measure(given, crew, desk, editor, questions)
        finally:
            desk.close()
            crew.close()
            if editor is not None:
                editor.stop()
            app.close()
    _print(given, source, runs, editor)
    faults = sum((tally.faults for tally in runs), Counter(editor.faults if editor else ()))
    for fault, count in faults.most_common(_SHOWN):
        print(f"{count} times: {fault}")
    return 1 if faults else 0


def _copy(source: Path, index: Path | None, place: Path, articles: int) -> tuple[Path, Path]:
    """Copy some of the articles, spread over all, and the index: both are changed."""
    files = sorted(path for path in source.rglob("*") if path.is_file() and path.suffix in (".md", ".txt"))
    corpus = place / "corpus"
    corpus.mkdir()
    for file in files[:: max(len(files) // articles, 1)][:articles]:
        shutil.copy(file, corpus / file.name)
    if index is not None:
        shutil.copytree(index, place / "index")
    return corpus, place / "index"


def _measure(
    given: argparse.Namespace, crew: Crew, desk: FrontDesk, editor: Editor | None, questions: list[str]
) -> list[_Tally]:
    runs = []
    _warm_up(crew, desk, given, questions)
    if editor is not None:
        editor.start()
    for askers, seconds in zip(given.askers, itertools.cycle(given.seconds), strict=False):
        print(f"{askers} askers for {seconds:g} s", file=sys.stderr)
        runs.append(_ask(crew, desk, editor, questions, askers, seconds=seconds))
    if given.soak:
        print(f"{given.soak} questions", file=sys.stderr)
        runs.append(_ask(crew, desk, editor, questions, max(given.askers), most=given.soak))
    return runs


def _warm_up(crew: Crew, desk: FrontDesk, given: argparse.Namespace, questions: list[str]) -> None:
    """Ask until every process has answered: those after the first start when it is busy."""
    until = time.monotonic() + _STARTING_S
    while True:
        tickets = [
            desk.submit("warm", partial(crew.ask, question)) for question in questions[: 4 * given.at_once]
        ]
        for ticket in tickets:
            ticket.answer.result()
        if crew.is_complete or time.monotonic() > until:
            return


def _ask(
    crew: Crew,
    desk: FrontDesk,
    editor: Editor | None,
    questions: list[str],
    askers: int,
    *,
    seconds: float = float("inf"),
    most: int = sys.maxsize,
) -> _Tally:
    """Have so many people ask, each again as soon as the last question is answered."""
    tally = _Tally(askers=askers)
    lock = threading.Lock()
    numbers = iter(range(most))
    began = time.monotonic()

    def ask(person: int) -> None:
        choose = random.Random(person)
        while time.monotonic() - began < seconds and next(numbers, None) is not None:
            question = choose.choice(questions)
            asked = time.monotonic()
            try:
                answer = desk.submit(person, partial(crew.ask, question)).answer.result()
            except Exception as exc:  # whatever it is, it is what is looked for here
                with lock:
                    tally.faults[f"{type(exc).__name__}: {exc}"] += 1
                continue
            answered = time.monotonic()
            with lock:
                tally.spent_ms.append((answered - asked) * 1000)
                tally.by_asker[person] += 1
                _check(tally, answer, editor, asked, answered)

    threads = [threading.Thread(target=ask, args=(person,), daemon=True) for person in range(askers)]
    for thread in threads:
        thread.start()
    for tick in itertools.count():
        tally.memory.append(((time.monotonic() - began) / 60, _memory_mib()))
        if not any(thread.is_alive() for thread in threads):
            break
        if tick:
            print(f"  {len(tally.spent_ms)} answers, {tally.memory[-1][1]:,.0f} MiB", file=sys.stderr)
        until = began + (tick + 1) * _BETWEEN_S
        for thread in threads:
            thread.join(max(until - time.monotonic(), 0))
    tally.seconds = time.monotonic() - began
    return tally


def _memory_mib() -> float:
    """Return the memory of the processes that answer."""
    # Those that edit are none of multiprocessing's.
    return sum(
        resident_mib(each.pid)
        for each in (multiprocessing.current_process(), *multiprocessing.active_children())
    )


def _check(tally: _Tally, answer: Answer, editor: Editor | None, asked: float, answered: float) -> None:
    for note in answer.notes:
        tally.notes[note] += 1
    tally.citations += len(answer.citations)
    tally.changed += sum(citation.changed for citation in answer.citations)
    if editor is None:
        return
    editor.note_cited(citation.article.file for citation in answer.citations)
    for citation in answer.citations:
        if fault := editor.ledger.judge(citation, asked, answered):
            tally.faults[f"a {fault} citation, as of {citation.article.file}"] += 1


def _print(given: argparse.Namespace, source: Path, runs: list[_Tally], editor: Editor | None) -> None:
    print(f"## Many at once, {given.articles} articles of {source.name}, {os.cpu_count()} cores\n")
    alone = [spent for tally in runs if tally.askers == 1 for spent in tally.spent_ms]
    rows = [row for tally in runs if tally.spent_ms for row in _rows(tally, median(alone) if alone else None)]
    print(table(("", "figure", "measured on"), rows))
    if editor is not None:
        done = editor.counts
        print(
            f"\nMeanwhile {done.syncs} syncs by another process took in {done.edits} edits, {done.deletions} "
            f"deletions, {done.returns} returns and {done.renames} renames."
        )


def _rows(tally: _Tally, alone: float | None) -> Rows:
    who = f"{tally.askers} asker{'s' * (tally.askers != 1)}"
    count = len(tally.spent_ms)
    on = f"{count:,} answers in {tally.seconds:,.0f} s"
    p50, p95 = median(tally.spent_ms), percentile(tally.spent_ms, 95)
    yield f"{who}: p50, p95, most", f"{p50:,.0f}, {p95:,.0f}, {max(tally.spent_ms):,.0f} ms", on
    if alone is not None and tally.askers > 1:
        yield f"{who}: p95 in medians of one asker", f"{p95 / alone:.1f}", f"median {alone:,.0f} ms"
    yield f"{who}: answers a second", f"{count / tally.seconds:.2f}", on
    if tally.askers > 1:
        each = [tally.by_asker[person] for person in range(tally.askers)]
        yield f"{who}: answers for one person", f"{min(each)} to {max(each)}", f"{tally.askers} people"
    yield (
        f"{who}: errors, wrong citations",
        str(tally.faults.total()),
        f"{tally.citations:,} citations, {tally.changed} marked as changed since",
    )
    for note, times in tally.notes.items():
        yield f"{who}: answers that say “{note}”", str(times), on
    if len(tally.memory) > 1 and tally.memory[0][1]:
        first, last = tally.memory[0][1], tally.memory[-1][1]
        most = max(mib for _, mib in tally.memory)
        figure = f"{first:,.0f} to {last:,.0f} MiB, at most {most:,.0f}"
        yield f"{who}: resident memory", figure, _slope(tally.memory)


def _slope(memory: list[tuple[float, float]]) -> str:
    """Say by how much memory grew a minute once caches were full."""
    late = memory[int(len(memory) * _WARMING) :]
    if len(late) < 3:
        return "too short for a slope"
    minutes, mib = np.array(late).T
    return f"{np.polyfit(minutes, mib, 1)[0]:+.1f} MiB a minute over the last {minutes[-1] - minutes[0]:.0f}"

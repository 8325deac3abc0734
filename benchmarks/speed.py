"""Speed: start, answer, sync, embedding and size, as one table.

Whatever is a ratio is measured in one run, turn by turn, so that a busy machine slows both sides.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from benchmarks.figures import table
from benchmarks.material import DATA, OUT, ROOT, find_realtimeqa, open_app, read_questions, unpack_articles
from benchmarks.processes import (
    dateline,
    folders,
    memory_mib,
    start,
    stop,
    time_against,
    time_command,
    time_prompt,
    try_json,
)
from bot.commands import SKIPPED
from bot.evals.figures import median, percentile
from index.errors import ConfigError
from index.sync import CATALOG_FILE

Rows = Iterator[tuple[str, str, str]]

# What each command cannot do without, for comparison: interpreter, libraries, nothing of ours.
_BARE = {
    "help": "import click",
    "chat": "import click, prompt_toolkit, prompt_toolkit.patch_stdout",
    "ask": "import click, pydantic_settings, numpy, safetensors, tokenizers, rich",
}
_COLD_QUESTION = "How many people were killed?"
# Between two polls, so that they do not take the machine from what they wait for.
_POLL_S = 3.0
# Of the files in a folder, at least so many must be live: the others may be of no use as articles.
_NEARLY_ALL = 0.95
_WARM_UP = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class _Bench:
    """What the parts are run on."""

    corpus: Path
    index: Path
    questions: tuple[str, ...]
    passages: int
    rounds: int
    full: bool


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of this part."""
    parser.add_argument(
        "parts", nargs="*", metavar="PART", help=f"any of {', '.join(_PARTS)}; none for all of them"
    )
    parser.add_argument("--data", type=Path, default=DATA, help="folder that holds realtimeqa/ (%(default)s)")
    parser.add_argument("--corpus", type=Path, help="folder of articles; else RealTimeQA's are unpacked")
    parser.add_argument("--index", type=Path, help="an index over the corpus; else one is built where needed")
    parser.add_argument("--passages", type=int, default=1000, help="passages embedded a round (%(default)s)")
    parser.add_argument("--rounds", type=int, default=5, help="rounds of each comparison (%(default)s)")
    parser.add_argument("--full", action="store_true", help="part first: wait until the whole index is built")


def run(given: argparse.Namespace) -> int:
    """Measure and print. Returns the exit code."""
    unknown = [name for name in given.parts if name not in _PARTS]
    if unknown:
        raise ConfigError(f"there is no part {unknown[0]}: name any of {', '.join(_PARTS)}")
    if given.passages < 1 or given.rounds < 1:
        raise ConfigError("--passages and --rounds must be at least 1")
    bench = _prepare(given)
    parts = [name for name in _PARTS if not given.parts or name in given.parts]
    if bench.index != given.index and {"cold", "answer", "unchanged", "disk"} & set(parts):
        open_app(bench.corpus, bench.index, given=False).close()
    print(f"## Speed, {bench.corpus.name}, {os.cpu_count()} cores, Python {sys.version.split()[0]}\n")
    rows: list[tuple[str, str, str]] = []
    for name in parts:
        print(f"measuring: {name}", file=sys.stderr)
        rows += _PARTS[name](bench)
    print(table(("", "figure", "measured on"), rows))
    return 0


def _prepare(given: argparse.Namespace) -> _Bench:
    folder = find_realtimeqa(given.data)
    questions = tuple(question.text for question in read_questions(folder)) if folder else (_COLD_QUESTION,)
    if given.corpus is not None:
        corpus = given.corpus
    elif folder is not None:
        corpus = unpack_articles(folder, OUT / "realtimeqa")
    else:
        print("Measured on the project's own corpus, which is small.\n")
        corpus = ROOT / "corpus"
    return _Bench(
        corpus=corpus,
        index=given.index or OUT / f"{corpus.resolve().name}.index",
        questions=questions,
        passages=given.passages,
        rounds=given.rounds,
        full=given.full,
    )


def _cold(bench: _Bench) -> Rows:
    """Time from the shell to the first word, against the bare imports."""
    on = f"median of {bench.rounds}"
    where = folders(bench.corpus, bench.index)

    def bare(name: str) -> list[str]:
        return [sys.executable, "-c", _BARE[name]]

    ours, theirs = time_against(dateline("--help"), bare("help"), bench.rounds)
    yield "`dateline --help`", _against(ours, theirs), on
    prompts, imports = [], []
    for _ in range(bench.rounds):
        imports.append(time_command(bare("chat"))[0])
        prompts.append(time_prompt(dateline("chat", *where), b"dateline> "))
    yield "prompt of `dateline chat`", _against(median(prompts), median(imports)), on
    ask = dateline("ask", *where, "--", bench.questions[0])
    ours, theirs = time_against(ask, bare("ask"), bench.rounds)
    yield "`dateline ask`, cold", _against(ours, theirs), on


def _answer(bench: _Bench) -> Rows:
    """Time questions in a warm process."""
    app = open_app(bench.corpus, bench.index, given=True)
    try:
        app.warm_up()
        for question in bench.questions[:_WARM_UP]:
            app.ask(question)
        spent = []
        for question in bench.questions:
            started = time.perf_counter()
            app.ask(question)
            spent.append((time.perf_counter() - started) * 1000)
        on = f"{len(spent)} questions, {app.status().passages:,} passages"
        yield "question to answer, p50", f"{percentile(spent, 50):.0f} ms", on
        yield "question to answer, p95", f"{percentile(spent, 95):.0f} ms", on
        if memory := memory_mib():
            yield "resident memory", f"{memory[0]:,.0f} MiB, at most {memory[1]:,.0f} MiB", "the same process"
    finally:
        app.close()


def _unchanged(bench: _Bench) -> Rows:
    """Time a sync that finds nothing to do, in a process of its own."""
    whole, inside, report = [], [], {"embedded": 0, "unchanged": 0}
    for _ in range(bench.rounds):
        seconds, written = time_command(dateline("index", "--json", *folders(bench.corpus, bench.index)))
        report = json.loads(written)
        whole.append(seconds)
        inside.append(float(report["seconds"]))
    on = f"median of {bench.rounds}; {report['unchanged']:,} files, {report['embedded']} passages embedded"
    yield "sync of unchanged files", f"{median(inside):.2f} s, whole process {median(whole):.2f} s", on


def _first(bench: _Bench) -> Rows:
    """Time from the start of `dateline index` on new articles to answers, asked from other processes."""
    with tempfile.TemporaryDirectory(prefix="dateline-first-") as folder:
        where = folders(bench.corpus, Path(folder) / "index")
        began = time.perf_counter()
        process = start(dateline("index", *where))
        ended: list[float] = []

        def note_end() -> None:
            process.wait()
            ended.append(time.perf_counter())

        watch = threading.Thread(target=note_end, daemon=True)
        watch.start()
        try:
            live = _count_when_answered(bench, where, process, lambda files: files > 0)
            yield "first answer while `dateline index` runs", f"{time.perf_counter() - began:.0f} s", live
            wanted = _most_files(bench.corpus)
            live = _count_when_answered(bench, where, process, wanted)
            yield "first answer on all articles", f"{time.perf_counter() - began:.0f} s", live
            if bench.full:
                watch.join()
                yield "whole index", f"{ended[0] - began:.0f} s", f"exit code {process.returncode}"
        finally:
            stop(process)
            watch.join()


def _count_when_answered(
    bench: _Bench, where: list[str], process: subprocess.Popen[bytes], enough: Callable[[int], bool]
) -> str:
    """Ask again and again until enough files are live and a question is answered; tell how many are."""
    turn = 0
    while process.poll() in (None, 0, SKIPPED):
        state = try_json(dateline("status", "--json", *where))
        if state is not None and enough(int(state["files"])):
            question = bench.questions[turn % len(bench.questions)]
            answer = try_json(dateline("ask", "--json", *where, "--", question))
            if answer is not None and answer["status"] == "answered":
                return f"{state['files']:,} files live"
            turn += 1
        time.sleep(_POLL_S)
    raise ConfigError(f"`dateline index` ended with {process.returncode} before a question was answered")


def _most_files(corpus: Path) -> Callable[[int], bool]:
    """Tell when all files are live: the count stands still, and what is missing may have been skipped."""
    whole = sum(1 for path in corpus.rglob("*") if path.is_file() and not path.name.startswith("."))
    before = -1

    def enough(files: int) -> bool:
        nonlocal before
        before, still = files, files == before
        return files >= whole or (still and files >= _NEARLY_ALL * whole)

    return enough


def _embedding(bench: _Bench) -> Rows:
    """Passages a second against the model's own `encode`."""
    from benchmarks.embedding import measure_embedding

    yield from measure_embedding(bench.corpus, passages=bench.passages, rounds=bench.rounds)


def _disk(bench: _Bench) -> Rows:
    """Bytes on disk, by part of the index."""
    app = open_app(bench.corpus, bench.index, given=True)
    passages = app.status().passages
    app.close()
    catalog = sum(path.stat().st_size for path in bench.index.glob(f"{CATALOG_FILE}*"))
    whole = sum(path.stat().st_size for path in bench.index.rglob("*") if path.is_file())
    figure = f"{whole / passages:,.0f} bytes ({catalog / passages:,.0f} of them the catalog)"
    yield "index on disk, a passage", figure, f"{passages:,} passages, {whole / 2**20:,.0f} MiB"


def _against(ours: float, theirs: float) -> str:
    return f"{ours:.2f} s, bare imports {theirs:.2f} s ({ours / theirs:.2f} times)"


# In this order: whatever loads a second model would count as memory of the answers.
_PARTS: dict[str, Callable[[_Bench], Rows]] = {
    "cold": _cold,
    "answer": _answer,
    "unchanged": _unchanged,
    "disk": _disk,
    "first": _first,
    "embedding": _embedding,
}

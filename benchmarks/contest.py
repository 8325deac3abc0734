"""Dateline beside llama-index, Haystack and txtai, on the same articles with the same model, in turns.

Each works in an environment of its own, made here from pins. Articles come in portions, and every system
indexes a portion before the next comes, so that a busy machine slows all of them alike.
"""

from __future__ import annotations

import argparse
import os
import platform
import sys
from datetime import date
from pathlib import Path

from benchmarks import subset
from benchmarks.environments import NotInstalledError, make_environment
from benchmarks.material import (
    DATA,
    OUT,
    ROOT,
    NewsQuestion,
    find_realtimeqa,
    front_matter_end,
    read_questions,
    unpack_articles,
)
from benchmarks.standings import lay_out, list_failures, size_of_folders
from benchmarks.turns import CONTESTANTS, Contest
from bot.evals.cases import read_cases
from bot.evals.expect import is_right_file
from index.embed import SentenceTransformerEmbedder
from index.errors import ConfigError
from index.model_folder import find_model

_PINS = ROOT / "benchmarks" / "rivals"
# What a model sets around what it reads.
_MARKS = 2
# What all sides read as it stands.
_PLAIN = {".md", ".txt"}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of this part."""
    parser.add_argument("--data", type=Path, default=DATA, help="folder that holds realtimeqa/ (%(default)s)")
    parser.add_argument(
        "--articles",
        type=int,
        default=400,
        help="articles indexed: those that questions need, and others (%(default)s)",
    )
    parser.add_argument("--questions", type=int, default=1000, help="questions asked, at most (%(default)s)")
    parser.add_argument("--portions", type=int, default=4, help="in which they come (%(default)s)")
    parser.add_argument("--rounds", type=int, default=3, help="cold starts and changes (%(default)s)")
    parser.add_argument(
        "--environments",
        type=Path,
        default=OUT / "environments",
        help="where environments are made (%(default)s)",
    )
    parser.add_argument("--only", nargs="*", metavar="NAME", help="leave all others out, but for dateline")


def run(given: argparse.Namespace) -> int:
    """Measure and print. Returns the exit code."""
    if min(given.articles, given.questions, given.portions, given.rounds) < 1:
        raise ConfigError("--articles, --questions, --portions and --rounds must be at least 1")
    source, questions = _read_material(given.data)
    asked = set(subset.choose([question.id for question in questions], (), given.questions))
    questions = [question for question in questions if question.id in asked]
    plain = [path.relative_to(source).as_posix() for path in source.rglob("*") if path.suffix in _PLAIN]
    needed = {file for question in questions for file in question.gold_files}
    files = subset.choose(plain, needed, given.articles)
    pythons, missing = _make_environments(given.environments, given.only)
    model = find_model("")
    embedder = SentenceTransformerEmbedder(str(model))
    contest = Contest(
        source=source,
        files=files,
        questions=questions,
        work=OUT / "rivals",
        model=model,
        pythons=pythons,
        shorten=lambda text: embedder.shorten(text, embedder.max_tokens - _MARKS),
    )
    for name, reason in missing.items():
        contest.records[name].failure = reason
    texts = [(source / file).read_text(encoding="utf-8") for file in files]
    words = sum(len(text[front_matter_end(text) :].split()) for text in texts)
    print(
        f"## Rivals, {source.name}, {date.today()}, {os.cpu_count()} cores, {platform.machine()}, "
        f"Python {sys.version.split()[0]}\n\n"
        f"{len(files):,} of {len(plain):,} articles, {words:,} words: {len(needed & set(files))} that the questions "
        f"need, and others by the hash of their names. {len(questions)} questions with a file that answers. "
        f"{given.portions} portions in turns, {given.rounds} rounds of starts and changes. "
        f"{', '.join(sorted(_read_pins()))}.\n",
        flush=True,
    )
    try:
        contest.run(portions=given.portions, rounds=given.rounds)
    finally:
        # What was measured is told, even if the rest was not waited for.
        _report(contest)
    return 0


def _read_pins() -> set[str]:
    lines = [line for file in _PINS.glob("*.txt") for line in file.read_text(encoding="utf-8").splitlines()]
    return {line.replace("==", " ") for line in lines if "==" in line}


def _report(contest: Contest) -> None:
    records = list(contest.records.values())
    if any(record.laps for record in records):
        print(lay_out(records))
    disks = [
        f"{contest.records[name].title}: {size_of_folders(sizes)}" for name, sizes in contest.disks.items()
    ]
    if disks:
        print(f"\nOn disk: {'; '.join(disks)}.")
    if failures := list_failures(records):
        print(f"\nNot measured, or not to the end:\n\n{failures}")


def _read_material(data: Path) -> tuple[Path, list[NewsQuestion]]:
    folder = find_realtimeqa(data)
    if folder is not None:
        questions = [question for question in read_questions(folder) if question.gold_files]
        return unpack_articles(folder, OUT / "realtimeqa"), questions
    print("Measured on the project's own corpus, which is small.\n")
    source = ROOT / "corpus"
    files = [path.relative_to(source).as_posix() for path in source.rglob("*") if path.is_file()]
    cases = read_cases(ROOT / "tests" / "golden" / "corpus.jsonl").cases
    return source, [
        NewsQuestion(
            id=case.id,
            text=case.question,
            asked_at=case.asked_at or date.today(),
            gold_files=frozenset(file for file in files if is_right_file(file, case)),
        )
        for case in cases
        if case.files and not case.history
    ]


def _make_environments(folder: Path, only: list[str] | None) -> tuple[dict[str, Path], dict[str, str]]:
    """Return the interpreter of each system, and of others the reason why there is none."""
    pythons: dict[str, Path] = {}
    missing: dict[str, str] = {}
    for each in CONTESTANTS:
        if only and each.name not in (*only, "dateline"):
            continue
        try:
            pins = _PINS / f"{each.pins}.txt"
            pythons[each.name] = make_environment(pins, folder) if each.pins else Path(sys.executable)
        except NotInstalledError as exc:
            missing[each.name] = f"cannot be installed: {exc}"
    return pythons, missing

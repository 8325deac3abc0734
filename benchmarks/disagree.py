"""Disagreement: every documented answer shown with its own file, and nothing claimed where articles agree.

RAMDocs gives each question documents of which some give one answer and some another; false news twins are
made here from RealTimeQA's articles. Questions are split in half by a hash, so that one half can be looked at
while rules are written and the other be measured once.
"""

from __future__ import annotations

import argparse
import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.figures import table
from benchmarks.material import DATA, OUT, describe_index, open_app, read_json_lines
from benchmarks.planted import Twin, make_twins
from bot.app import App
from bot.evals.figures import mean_with_interval
from bot.render import answer_to_json
from bot.steps import PASSAGES_READ
from index.lookup import CatalogReader
from index.model import Hit, Passage
from index.retriever import NewsQuery, to_node
from index.sync import CATALOG_FILE

# Deep enough that the documents of a question are among the passages found in the whole folder.
_DEEP = 120


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """A question, the documents' answers by file, and what was said.

    Attributes:
        answers: each documented answer with the files that give it.
    """

    question: str
    answers: dict[str, frozenset[str]]
    said: dict[str, Any]

    @property
    def shown(self) -> tuple[bool, ...]:
        """For each documented answer, whether a sentence shows it and cites a file that gives it."""
        return tuple(shows(self.said, answer, files) for answer, files in self.answers.items())

    @property
    def flagged(self) -> bool:
        """Whether a disagreement is named."""
        return bool(self.said["disagreements"])


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of this part."""
    parser.add_argument("--data", type=Path, default=DATA, help="folder that holds conflict/ (%(default)s)")
    parser.add_argument("--half", choices=("first", "second"), default="second", help="(%(default)s)")
    parser.add_argument("--only", choices=("ramdocs", "planted"), help="one of the two")
    parser.add_argument("--out", type=Path, default=OUT, help="where folders are written (%(default)s)")
    parser.add_argument("--verbose", action="store_true", help="list what failed")


def run(given: argparse.Namespace) -> int:
    """Measure and print."""
    if given.only != "planted":
        _run_ramdocs(given)
    if given.only != "ramdocs":
        _run_planted(given)
    return 0


def is_in_half(key: str, half: str) -> bool:
    """Tell whether a question belongs to a half, by a hash of its id."""
    first = hashlib.sha256(key.encode()).digest()[0] % 2 == 0
    return first is (half == "first")


def shows(said: dict[str, Any], answer: str, files: frozenset[str]) -> bool:
    """Tell whether a sentence holds an answer and cites one of its files."""
    if said["status"] != "answered":
        return False
    places = {citation["number"]: citation["file"] for citation in said["citations"]}
    wanted = plain(answer).rstrip()
    return any(
        wanted in plain(sentence["text"]) and any(places[number] in files for number in sentence["citations"])
        for sentence in said["sentences"]
    )


def plain(text: str) -> str:
    """Fold a text to words and figures, for finding one in another."""
    return " " + " ".join(re.findall(r"[^\W_]+", text.lower().replace(",", ""))) + " "


def _run_ramdocs(given: argparse.Namespace) -> None:
    source = given.data / "conflict" / "ramdocs.jsonl"
    if not source.is_file():
        print(f"RAMDocs is not at {source}: skipped. Name the folder that holds conflict/ with --data.")
        return
    rows = read_json_lines(source)
    corpus = given.out / "ramdocs"
    for row in rows:
        _write_documents(row, corpus)
    app = open_app(corpus, given.out / "ramdocs.index", given=False)
    try:
        about = describe_index(app)
        passages = all_passages(given.out / "ramdocs.index")
        outcomes = [_ask_own(app, row, passages) for row in rows if is_in_half(str(row["id"]), given.half)]
    finally:
        app.close()
    print(f"## Disagreement, RAMDocs, {given.half} half, {len(outcomes)} questions\n\n{about}\n")
    print(report(outcomes))
    if given.verbose:
        print(_list_failures(outcomes))


def _write_documents(row: dict[str, Any], corpus: Path) -> None:
    folder = corpus / str(row["id"])
    folder.mkdir(parents=True, exist_ok=True)
    for number, document in enumerate(row["documents"]):
        file = folder / f"{number:02}.txt"
        text = document["text"].strip() + "\n"
        if not file.is_file() or file.read_text(encoding="utf-8") != text:
            file.write_text(text, encoding="utf-8", newline="")


def _ask_own(app: App, row: dict[str, Any], passages: Sequence[Passage]) -> Outcome:
    """Answer from the question's own documents alone, as if they were the folder."""
    own = f"{row['id']}/"
    answers: dict[str, set[str]] = {}
    for number, document in enumerate(row["documents"]):
        if document["type"] != "noise":
            answers.setdefault(document["answer"], set()).add(f"{own}{number:02}.txt")
    query = NewsQuery(query_str=row["question"], asked_at=None)
    nodes = [to_node(hit) for hit in own_hits(app, row["question"], own, passages)]
    response = app.engine.synthesize(query, nodes)
    return Outcome(
        question=row["question"],
        answers={answer: frozenset(files) for answer, files in answers.items()},
        said=dict(response.metadata or {}),
    )


def all_passages(index: Path) -> tuple[Passage, ...]:
    """Read every passage of an index that was filled once and never changed, so that its rows run on."""
    reader = CatalogReader(index / CATALOG_FILE)
    try:
        with reader.snapshot() as view:
            return tuple(view.passages(range(1, view.count_passages() + 1)).values())
    finally:
        reader.close()


def own_hits(app: App, question: str, own: str, passages: Sequence[Passage]) -> list[Hit]:
    """Rank the passages of one folder below the corpus; those too far down among all come last.

    Copies are found among what the search ranks, as they would be in a folder of their own.
    """
    found = [hit for hit in app.search(question, _DEEP) if hit.passage.article.file.startswith(own)]
    seen = {hit.passage.article.file for hit in found}
    seen |= {copy.file for hit in found for copy in hit.copies}
    least = min((hit.score for hit in found), default=1.0)
    for passage in passages:
        if passage.article.file.startswith(own) and passage.article.file not in seen:
            found.append(Hit(rank=len(found) + 1, passage=passage, score=least / 2, cosine=None))
    return found[:PASSAGES_READ]


def report(outcomes: Sequence[Outcome]) -> str:
    """Lay the rates out as a Markdown table."""
    several = [outcome for outcome in outcomes if len(outcome.answers) > 1]
    single = [outcome for outcome in outcomes if len(outcome.answers) == 1]
    shown = [float(one) for outcome in outcomes for one in outcome.shown]
    rows = [
        ("every documented answer shown with its own file", [float(all(o.shown)) for o in outcomes]),
        ("one documented answer shown with its own file", shown),
        ("several answers: disagreement flagged", [float(o.flagged) for o in several]),
        ("one answer: none flagged", [float(not o.flagged) for o in single]),
    ]
    return table(
        ("", "figure", "of"), [(name, mean_with_interval(values), len(values)) for name, values in rows]
    )


def _list_failures(outcomes: Sequence[Outcome]) -> str:
    lines = ["\n### What failed\n"]
    for outcome in outcomes:
        lacking = [a for a, ok in zip(outcome.answers, outcome.shown, strict=True) if not ok]
        wrong_flag = outcome.flagged is not (len(outcome.answers) > 1)
        if lacking or wrong_flag:
            lines.append(f"- {outcome.question}{' FLAG' if wrong_flag else ''}")
            lines.append(f"  - not shown: {lacking} of {list(outcome.answers)}")
            lines.append(f"  - said: {outcome.said['text']}")
    return "\n".join(lines)


def _run_planted(given: argparse.Namespace) -> None:
    """Measure the planted twins."""
    twins = make_twins(given.data, given.out / "planted", given.half)
    if not twins:
        return
    app = open_app(given.out / "planted", given.out / f"planted.{given.half}.index", given=False)
    try:
        print(f"## Disagreement, planted twins, {given.half} half, {len(twins)} questions\n")
        for kind in sorted({twin.kind for twin in twins}):
            outcomes = [_ask_twin(app, twin) for twin in twins if twin.kind == kind]
            print(f"{kind}\n\n{report(outcomes)}\n")
            if given.verbose:
                print(_list_failures(outcomes))
    finally:
        app.close()


def _ask_twin(app: App, twin: Twin) -> Outcome:
    return Outcome(question=twin.question, answers=twin.answers, said=answer_to_json(app.ask(twin.question)))

"""Cases of questions and what their answers must hold, one JSON object a line."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from benchmarks.material import read_json_lines
from bot.batch import read_history
from bot.model import Turn
from index.errors import QueryError

# Questions without an answer are grouped by what their id begins with.
_GROUPS = {"no": "near", "near": "near", "far": "far", "talk": "talk"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """A question and what is expected of its answer.

    Attributes:
        answerable: None where the case does not say.
        files: any of these may be cited; a path or the start of a file name.
        facts: regular expressions, each to be matched by a sentence that cites one of ``files``.
        positions: regular expressions, each to be shown, from different files.
        history: the turns before, where the question is a follow-up.
    """

    id: str
    question: str
    answerable: bool | None = None
    files: tuple[str, ...] = ()
    facts: tuple[str, ...] = ()
    positions: tuple[str, ...] = ()
    asked_at: date | None = None
    history: tuple[Turn, ...] = ()

    @property
    def group(self) -> str:
        """Of a question without an answer: ``near`` the topic, ``far`` from it, ``talk``, or ``other``."""
        return _GROUPS.get(self.id.split("-")[0], "other")


def read_cases(file: Path) -> tuple[Case, ...]:
    """Read a file of cases.

    Raises:
        ValueError: a line is no case; the message names it.
    """
    cases = []
    for number, row in enumerate(read_json_lines(file), start=1):
        try:
            cases.append(_read_case(row))
        except (KeyError, QueryError, TypeError, ValueError, re.error) as exc:
            raise ValueError(f"{file}, case {number}: {exc!r}") from exc
    return tuple(cases)


def _read_case(row: dict[str, Any]) -> Case:
    for pattern in (*row.get("facts", ()), *row.get("positions", ())):
        re.compile(pattern)
    return Case(
        id=str(row["id"]),
        question=str(row["question"]),
        answerable=row.get("answerable"),
        files=tuple(row.get("files", ())),
        facts=tuple(row.get("facts", ())),
        positions=tuple(row.get("positions", ())),
        asked_at=date.fromisoformat(row["asked_at"]) if row.get("asked_at") else None,
        history=read_history(row.get("history")),
    )


def is_right_file(file: str, case: Case) -> bool:
    """Tell whether a cited file is one of the case's; where it names none, every file is right."""
    name = file.rsplit("/", 1)[-1]
    return not case.files or any(file == wanted or name.startswith(wanted) for wanted in case.files)


def shows_facts(answer: dict[str, Any], case: Case, *, most_sentences: int = 3) -> bool:
    """Tell whether each fact stands in a sentence that cites a right file, in few sentences overall."""
    if answer["status"] != "answered" or len(answer["sentences"]) > most_sentences:
        return False
    files = {citation["number"]: citation["file"] for citation in answer["citations"]}
    return all(
        any(
            _matches(fact, sentence["text"])
            and any(is_right_file(files[number], case) for number in sentence["citations"])
            for sentence in answer["sentences"]
        )
        for fact in case.facts
    )


def right_files(answer: dict[str, Any], case: Case) -> set[str]:
    """Return the case's files that the answer cites."""
    return {cited["file"] for cited in answer["citations"] if is_right_file(cited["file"], case)}


def shows_positions(answer: dict[str, Any], case: Case) -> bool:
    """Tell whether every position is shown, each from a file of its own.

    A position is shown by a sentence that matches it, or by a value among the disagreements; what stands
    only in the quote of a further citation is not shown.
    """
    quotes = {citation["number"]: citation for citation in answer["citations"]}
    sources = []
    for position in case.positions:
        files = {
            quotes[number]["file"]
            for sentence in answer["sentences"]
            if _matches(position, sentence["text"])
            for number in sentence["citations"]
            if _matches(position, quotes[number]["quote"])
        }
        for disagreement in answer["disagreements"]:
            for side in disagreement["positions"]:
                if _matches(position, side["value"]):
                    files |= {quotes[number]["file"] for number in side["citations"]}
        sources.append(files)
    return _differ(sources)


def _differ(sources: Sequence[set[str]], taken: frozenset[str] = frozenset()) -> bool:
    """Tell whether each set can give an element that no other gives."""
    if not sources:
        return True
    return any(_differ(sources[1:], taken | {file}) for file in sources[0] - taken)


def _matches(pattern: str, text: str) -> bool:
    return re.search(pattern, text, re.IGNORECASE) is not None

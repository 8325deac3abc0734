"""Whether an answer, as ``ask --json`` writes it, holds what its case expects. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from bot.evals.cases import Case


def is_right_file(file: str, case: Case) -> bool:
    """Tell whether a cited file is one of the case's; where it names none, every file is right."""
    name = file.rsplit("/", 1)[-1]
    return not case.files or any(file == wanted or name.startswith(wanted) for wanted in case.files)


def right_files(answer: dict[str, Any], case: Case) -> set[str]:
    """Return the case's files that the answer cites."""
    return {cited["file"] for cited in answer["citations"] if is_right_file(cited["file"], case)}


def holds_facts(answer: dict[str, Any], case: Case) -> bool:
    """Tell whether the sentences of an answer, taken together, match each fact."""
    return not missing_facts(answer, case)


def missing_facts(answer: dict[str, Any], case: Case) -> list[str]:
    """Return the facts that the sentences of an answer, taken together, do not match."""
    said = " ".join(sentence["text"] for sentence in answer["sentences"])
    return [fact for fact in case.facts if not _matches(fact, said)]


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
            if number in quotes and _matches(position, quotes[number]["quote"])
        }
        for disagreement in answer["disagreements"]:
            for side in disagreement["positions"]:
                if _matches(position, side["value"]):
                    files |= {quotes[number]["file"] for number in side["citations"] if number in quotes}
        sources.append(files)
    return _differ(sources)


def _differ(sources: Sequence[set[str]], taken: frozenset[str] = frozenset()) -> bool:
    """Tell whether each set can give an element that no other gives."""
    if not sources:
        return True
    return any(_differ(sources[1:], taken | {file}) for file in sources[0] - taken)


def _matches(pattern: str, text: str) -> bool:
    return re.search(pattern, text, re.IGNORECASE) is not None

"""Whether an answer, as ``ask --json`` writes it, holds what its case expects. Pure."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Sequence
from typing import Any

from rapidfuzz.distance import Levenshtein

from bot.evals.cases import Case, CaseFile
from bot.evals.counts import say_count
from index.errors import QueryError

# A path that differs from an indexed one by so few letters is a slip of the pen.
_SLIP = 3


def is_right_file(file: str, case: Case) -> bool:
    """Tell whether a cited file is one of the case's; where it names none, every file is right."""
    return not case.files or any(_is_named(file, wanted) for wanted in case.files)


def _is_named(file: str, wanted: str) -> bool:
    """Tell whether a path, or the start of a file name, means a file.

    With folders in front the start is that of a name in this folder: "mosul/baiji" means ``mosul/baiji-note.md`` and
    no file of another folder; without, of a name in any.
    """
    folder, name = file.rpartition("/")[::2]
    wanted_folder, slash, start = wanted.rpartition("/")
    return file == wanted or (name.startswith(start) and (not slash or folder == wanted_folder))


def check_files(case_file: CaseFile, indexed: Collection[str]) -> list[str]:
    """Hold the files that cases name against those that are indexed.

    Returns:
        A line for each item that means no indexed file, where another item of its case does.

    Raises:
        QueryError: of a case no item does: it could never be right. The message names the line, the field, and how
            many more such cases there are.
    """
    known = frozenset(indexed)
    remarks, troubles = [], []
    for case in case_file.cases:
        unknown = [
            number
            for number, wanted in enumerate(case.files, start=1)
            if wanted not in known and not any(_is_named(file, wanted) for file in known)
        ]
        named = [
            f'line {case.line}, field "files", item {number}: no indexed file is or begins with "{case.files[number - 1]}"'
            for number in unknown
        ]
        if named and len(named) == len(case.files):
            troubles.append(named[0] + _suggest(case.files[0], known))
        else:
            remarks += named
    if troubles:
        more = f" (and {say_count(len(troubles) - 1, 'more such case')})" if len(troubles) > 1 else ""
        raise QueryError(f"{case_file.name}: {troubles[0]}{more}")
    return remarks


def _suggest(wanted: str, known: Iterable[str]) -> str:
    """Name a file that may be meant: one of the same name elsewhere, or of nearly the same path."""
    name = wanted.rsplit("/", 1)[-1]
    files = sorted(known)
    same = next((file for file in files if name and file.rsplit("/", 1)[-1].startswith(name)), None)
    near = min(files, key=lambda file: Levenshtein.distance(file, wanted), default=None)
    meant = same or (near if near and Levenshtein.distance(near, wanted) <= _SLIP else None)
    return f'; did you mean "{meant}"?' if meant else ": is this their folder?"


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

"""Checks an answer against what the command line promises, from the outside.

Nothing of Dateline's own arithmetic is used: the file is opened as anyone would open it, and every offset,
line and number is worked out anew.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from contextlib import suppress
from datetime import date
from pathlib import Path
from typing import Any

from index.errors import StoreError

# The formats whose offsets count in the file itself, not in text extracted from it.
_TEXT_SUFFIXES = (".txt", ".text", ".md", ".markdown")
_MARK = re.compile(r"\[(\d{1,3})\]")


def find_faults(answer: dict[str, Any], corpus: Path, shown: Callable[[str], str]) -> list[str]:
    """Name every fault of an answer.

    Args:
        answer: the object that ``ask --json`` writes.
        corpus: the folder of articles.
        shown: gives a file's text as ``dateline show`` writes it.

    Returns:
        One line a fault; none for an answer that keeps every promise.
    """
    if answer["status"] == "not_found":
        return list(_faults_of_not_found(answer))
    if answer["status"] != "answered":
        return [f"status is {answer['status']!r}"]
    faults = list(_faults_of_sentences(answer))
    for citation in answer["citations"]:
        faults += [
            f"[{citation['number']}] {fault}" for fault in _faults_of_citation(citation, corpus, shown)
        ]
    return faults


def _faults_of_not_found(answer: dict[str, Any]) -> Iterable[str]:
    if not (answer["reason"] or "").strip():
        yield "not found, without a reason"
    for field in ("citations", "sentences", "disagreements"):
        if answer[field]:
            yield f"not found, but with {field}"
    if _MARK.search(answer["text"]):
        yield "not found, but the text has citation marks"


def _faults_of_sentences(answer: dict[str, Any]) -> Iterable[str]:
    numbers = [citation["number"] for citation in answer["citations"]]
    quotes = {citation["number"]: citation["quote"] for citation in answer["citations"]}
    if answer["reason"] is not None:
        yield "answered, but with a reason why not"
    if not answer["sentences"]:
        yield "answered, without a sentence"
    if numbers != list(range(1, len(numbers) + 1)):
        yield f"citations are numbered {numbers}"
    used = {number for sentence in answer["sentences"] for number in sentence["citations"]}
    for number in numbers:
        if number not in used:
            yield f"citation {number} is not used"
    for sentence in answer["sentences"]:
        start = sentence["text"][:40]
        if not sentence["citations"]:
            yield f"no citation for {start!r}"
        if unknown := [number for number in sentence["citations"] if number not in quotes]:
            yield f"no such citation as {unknown} of {start!r}"
        if answer["engine"]["answerer"] == "quote" and not _is_verbatim(sentence, quotes):
            yield f"not word for word in any of its citations: {start!r}"
    marks = {int(mark) for mark in _MARK.findall(answer["text"])}
    if missing := used - marks:
        yield f"the text lacks the marks {sorted(missing)}"
    said = {int(mark) for quote in quotes.values() for mark in _MARK.findall(quote)}
    if stray := marks - set(numbers) - said:
        yield f"the text has the marks {sorted(stray)}"


def _is_verbatim(sentence: dict[str, Any], quotes: dict[int, str]) -> bool:
    """Tell whether a sentence is a quote, or its parts each stand in a quote, capitals apart."""
    if parts := sentence.get("parts"):
        return all(
            any(
                sentence["text"][part["start"] : part["end"]].lower()
                in " ".join(quotes.get(number, "").split()).lower()
                for number in part["citations"]
            )
            for part in parts
        )
    said = " ".join(sentence["text"].split())
    if sentence.get("lead"):
        said = said.removeprefix(f"[{sentence['lead']}] ")
    # Numbers ascend, so the quote that is said need not be the first.
    return any(said == " ".join(quotes.get(number, "").split()) for number in sentence["citations"])


def _faults_of_citation(citation: dict[str, Any], corpus: Path, shown: Callable[[str], str]) -> Iterable[str]:
    file, start, end = citation["file"], citation["start"], citation["end"]
    text = _text_of(file, corpus, shown, changed=citation["changed"])
    if not 0 <= start < end <= len(text):
        yield f"{start} to {end} lies outside {file} ({len(text)} characters)"
        return
    if text[start:end] != citation["quote"]:
        yield f"the quote is not what stands at {start} to {end} of {file}"
    lines = (1 + text.count("\n", 0, start), 1 + text.count("\n", 0, end))
    if lines != (citation["line_start"], citation["line_end"]):
        yield f"lines {citation['line_start']} to {citation['line_end']} of {file} should be {lines}"
    if not citation["title"]:
        yield f"no title for {file}"
    try:
        if citation["published"] is not None:
            date.fromisoformat(citation["published"])
    except ValueError:
        yield f"published is {citation['published']!r}"


def find_inexact(answer: dict[str, Any], corpus: Path, shown: Callable[[str], str]) -> tuple[int, ...]:
    """Name the citations whose quote does not stand at its place, to the letter. Arguments as for ``find_faults``."""
    return tuple(
        citation["number"]
        for citation in answer["citations"]
        if not citation["quote"]
        or _text_of(citation["file"], corpus, shown, changed=citation["changed"])[
            citation["start"] : citation["end"]
        ]
        != citation["quote"]
    )


def _text_of(file: str, corpus: Path, shown: Callable[[str], str], *, changed: bool) -> str:
    """Read a text file from disk; extracted and other-coded ones, and those since changed, as shown.

    Returns:
        An empty text where there is no such file: whatever is cited from it does not stand there.
    """
    if not changed and file.lower().endswith(_TEXT_SUFFIXES):
        with (
            suppress(UnicodeDecodeError, OSError),
            open(corpus / file, encoding="utf-8", newline="") as opened,
        ):
            return opened.read()
    try:
        return shown(file)
    except StoreError:
        return ""

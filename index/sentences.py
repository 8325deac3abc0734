"""Sentences with their exact places.

Punkt decides where a sentence ends; everything around it keeps count of characters. Offsets are
carried along while splitting and never searched for afterwards, so a paragraph that occurs twice
has two places.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from index.model import Span
from index.punkt import find_ends

# Names the rules below. Part of every revision, so that new rules split every article again.
SPLITTER = "punkt-line-2"

_LINE = re.compile(r"[^\n]+")
_ENDS_SENTENCE = re.compile(r"[.?!…:;]['\"”’)\]*_`]*\s*$")
_FIRST_LETTER = re.compile(r"[^\W\d_]")
# "at 5 p.m. ET." is one sentence, though Punkt takes a capital after "p.m." for the next one.
_ZONE = re.compile(r"(?:A?[ECMP][SD]?T|GMT|BST|UTC|CES?T|IST|local time)\b")
_HOUR = re.compile(r"\b[ap]\.m\.$", re.IGNORECASE)

# Lines of a hard-wrapped paragraph end within this many characters of each other.
_WRAP_RAGGED = 24
_WRAP_WIDTHS = range(45, 101)


def split_sentences(text: str, start: int = 0, end: int | None = None) -> tuple[Span, ...]:
    """Find the sentences of ``text[start:end]``.

    Returns:
        Spans of ``text``, in order, not overlapping, with no white space at either end and nothing
        but white space between them. A headline or a list item is a sentence of its own. Blank
        input gives no spans.
    """
    stop = len(text) if end is None else end
    return tuple(sentence for block in _blocks(text, start, stop) for sentence in _split_block(text, block))


def _blocks(text: str, start: int, end: int) -> Iterator[Span]:
    """Yield stretches that are split on their own: lines, or the lines of a wrapped paragraph."""
    paragraph: list[Span] = []
    for match in _LINE.finditer(text, start, end):
        line = _trim(text, Span(*match.span()))
        if line is None:
            yield from _join_lines(text, paragraph)
            paragraph = []
            continue
        if paragraph and text.count("\n", paragraph[-1].end, line.start) > 1:
            yield from _join_lines(text, paragraph)
            paragraph = []
        paragraph.append(line)
    yield from _join_lines(text, paragraph)


def _join_lines(text: str, lines: list[Span]) -> Iterator[Span]:
    """Yield the lines of a paragraph, joined where one sentence runs over a line's end."""
    if not lines:
        return
    wrapped = _is_hard_wrapped(lines)
    current = lines[0]
    for line in lines[1:]:
        goes_on = not _ENDS_SENTENCE.search(text, current.start, current.end) and text[line.start].islower()
        if wrapped or goes_on:
            current = Span(current.start, line.end)
        else:
            yield current
            current = line
    yield current


def _is_hard_wrapped(lines: list[Span]) -> bool:
    """Tell whether line ends are the typewriter's and not the writer's."""
    widths = [line.end - line.start for line in lines[:-1]]
    if len(widths) < 2:
        return False
    return max(widths) in _WRAP_WIDTHS and min(widths) >= max(widths) - _WRAP_RAGGED


def _split_block(text: str, block: Span) -> Iterator[Span]:
    pending: Span | None = None
    position = block.start
    for end in (*find_ends(text, *block), block.end):
        span = _trim(text, Span(position, end))
        position = end
        if span is None:
            continue
        if pending is None:
            pending = span
        elif _continues(text, pending, span):
            pending = Span(pending.start, span.end)
        else:
            yield pending
            pending = span
    if pending is not None:
        yield pending


def _continues(text: str, before: Span, after: Span) -> bool:
    """Tell whether Punkt cut too early: '"Why?" he asked', or a stray bracket or dash."""
    if _ZONE.match(text, after.start, after.end) and _HOUR.search(text, before.start, before.end):
        return True
    letter = _FIRST_LETTER.search(text, after.start, after.end)
    if letter is None:
        return not any(character.isdigit() for character in text[after.start : after.end])
    return letter.start() == after.start and letter.group().islower()


def _trim(text: str, span: Span) -> Span | None:
    """Shrink a span to what is not white space; None when nothing is left."""
    start, end = span
    while start < end and _is_blank(text[start]):
        start += 1
    while end > start and _is_blank(text[end - 1]):
        end -= 1
    return Span(start, end) if start < end else None


def _is_blank(character: str) -> bool:
    # A byte order mark belongs to the file, not to its first sentence.
    return character.isspace() or character == "\ufeff"

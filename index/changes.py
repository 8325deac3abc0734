"""Where two texts that are nearly the same differ in a fact: another number, day or name.

A wire report runs in many papers with light editing; a report in which a figure was changed looks just like
one more of them, and must not be counted as one.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from difflib import SequenceMatcher
from functools import lru_cache

from rapidfuzz.distance import Indel

from index.date_words import MONTHS, SMALL, WEEKDAYS
from index.model import Span
from index.spelling import fold, same_name, skeleton

# Full stops inside a word and points inside a number belong to it; a possessive does not.
_WORD = re.compile(r"[^\W_]+(?:[.,:/][^\W_]+)*(?:%|(?=\b))")
_DIGIT = re.compile(r"\d")
# Longer stretches are rewritten, not altered.
_MOST_WORDS = 6
_FIGURES = frozenset(
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen"
    " eighteen nineteen twenty thirty forty fifty sixty seventy eighty ninety hundred thousand million billion dozen"
    " dozens hundreds thousands millions half double".split()
) | frozenset(SMALL) - {"a", "an"}
_OPENS = re.compile(r"(?:^|[.!?:\n]|[\"“‘(])\s*[\"“‘(]?$")


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """A stretch of one text, and what stands in its place in the other."""

    mine: Span
    theirs: Span


@dataclass(frozen=True, slots=True, kw_only=True)
class _Word:
    plain: str
    start: int
    end: int
    telling: bool


def find_changes(mine: str, theirs: str) -> tuple[Change, ...]:
    """Find the stretches in which two nearly equal texts tell different facts.

    Only stretches that stand in each other's place count: a sentence that says more is no change. Both
    sides must hold a figure, a day or a name that the other has not; other spellings of a name are none.

    Example:
        >>> find_changes("It freed 300 men.", "It freed 400 men.")
        (Change(mine=Span(start=9, end=12), theirs=Span(start=9, end=12)),)
    """
    ours, others = _words(mine), _words(theirs)
    matcher = SequenceMatcher(
        None, [word.plain for word in ours], [word.plain for word in others], autojunk=False
    )
    found = []
    for tag, a, b, c, d in matcher.get_opcodes():
        if tag != "replace" or max(b - a, d - c) > _MOST_WORDS:
            continue
        if _differ(ours[a:b], others[c:d]):
            found.append(
                Change(
                    mine=Span(ours[a].start, ours[b - 1].end),
                    theirs=Span(others[c].start, others[d - 1].end),
                )
            )
    return tuple(found)


def alike(mine: str, theirs: str, least: float = 0.0) -> float:
    """Return the share of words, 0 to 1, that two texts have in common in the same order.

    Args:
        least: 0 is returned where the share is below this, which is told faster than the share itself.
    """
    ours, others = _plain(mine), _plain(theirs)
    if not ours or not others:
        return 0.0
    return float(Indel.normalized_similarity(ours, others, score_cutoff=least))


def _differ(ours: tuple[_Word, ...], others: tuple[_Word, ...]) -> bool:
    """Tell whether each side holds a fact for which the other has none that is equal."""
    told = [word for word in ours if word.telling]
    answered = [word for word in others if word.telling]
    mine = [word for word in told if not any(_same(word, other) for other in answered)]
    theirs = [word for word in answered if not any(_same(word, other) for other in told)]
    return bool(mine) and bool(theirs)


def _same(one: _Word, other: _Word) -> bool:
    if one.plain == other.plain:
        return True
    if _DIGIT.search(one.plain) or _DIGIT.search(other.plain):
        return one.plain.replace(",", "") == other.plain.replace(",", "")
    return skeleton(one.plain) == skeleton(other.plain) and bool(same_name(one.plain, [other.plain]))


@lru_cache(maxsize=4096)
def _plain(text: str) -> tuple[str, ...]:
    return tuple([fold(word) for word in _WORD.findall(text)])


@lru_cache(maxsize=2048)
def _words(text: str) -> tuple[_Word, ...]:
    found = []
    for match in _WORD.finditer(text):
        plain = fold(match[0])
        is_name = match[0][0].isupper() and not _OPENS.search(text[max(0, match.start() - 4) : match.start()])
        telling = (
            is_name
            or _DIGIT.search(plain) is not None
            or plain in _FIGURES
            or plain in WEEKDAYS
            or (plain[:3] in MONTHS and match[0][0].isupper())
        )
        found.append(_Word(plain=plain, start=match.start(), end=match.end(), telling=telling))
    return tuple(found)

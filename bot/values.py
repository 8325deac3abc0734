"""What a sentence gives for what is asked, as it stands there, and when two such values agree."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum
from functools import cache

from bot.gazetteer import gazetteer
from bot.namesakes import same_name
from bot.quantities import Hedge, Quantity, same_quantity
from index.dates import DateKind, DateMention, DateRange, resolve
from index.wording import content_stems, stem


class Stance(StrEnum):
    """What a sentence says of a thing that is asked about with yes or no, or of how much of it."""

    SAID = "said to be so"
    DENIED = "said not to be so"
    WANTED = "asked for, planned or still to be decided"
    PARTLY = "begun, or so in part"
    UNSURE = "not confirmed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Value:
    """A stretch of a sentence that answers: ``sentence[start:end] == text``.

    At most one of quantity, day, name and stance is set; without any the words themselves are compared.

    Attributes:
        sure: how firmly the stretch is tied to what is asked, 0 to 1.
        published: the day of the article, by which "Tuesday" is read; None where it is not known.
        known: stems of the question, which tell no two descriptions apart.
        titled: of a description, what its article's title tells its subject from others of the name by.
    """

    start: int
    end: int
    text: str
    sure: float = 1.0
    published: date | None = None
    quantity: Quantity | None = None
    day: DateMention | None = None
    name: str | None = None
    stance: Stance | None = None
    known: frozenset[str] = frozenset()
    titled: str | None = None


# A rounder figure may stand for one this near to it: "about 500,000" for 493,000.
_ROUNDING = 0.05
# "More than 8,000" may be 8,868, but for 12,000 a desk would write another number.
_FLOORED = 1.25
_FLOORS = frozenset({Hedge.MORE_THAN, Hedge.AT_LEAST})
# Adjectives that describe without telling apart: one report's "British actor" is another's "actor".
_PALE = frozenset(
    stem(word)
    for word in (
        "former professional famous well-known noted american british english new first second last old major small large"
        " member one two three public retired late best known primarily mainly also type kind name"
    ).split()
)


def same_value(one: Value, other: Value) -> bool:
    """Tell whether two values can both be true of the same thing, as far as can be told.

    A rounder figure covers a precise one, a month its days, a surname the full name, "Ohio" the town in Ohio.
    What cannot be compared ("Tuesday" and "yesterday" in articles without a date) counts as the same, so
    that no disagreement is claimed which may be none.
    """
    if one.quantity is not None and other.quantity is not None:
        mine, theirs = _at_one_rate(one.quantity, other.quantity)
        return same_quantity(mine, theirs) or _covers(mine, theirs)
    if one.day is not None and other.day is not None:
        return _same_day(one.day, other.day, one.published, other.published)
    if one.stance is not None and other.stance is not None:
        return one.stance is other.stance
    if one.name is not None and other.name is not None:
        return _same_name(one.name, other.name)
    return _same_words(one, other)


def _at_one_rate(one: Quantity, other: Quantity) -> tuple[Quantity, Quantity]:
    """Give "$8" the rate of "$8 a month": a report that has said so once leaves it out."""
    for bare, rated in ((one, other), (other, one)):
        if bare.unit and rated.unit and rated.unit.startswith(f"{bare.unit} per "):
            return replace(one, unit=rated.unit), replace(other, unit=rated.unit)
    return one, other


def _covers(one: Quantity, other: Quantity) -> bool:
    """Tell whether the rounder of two quantities stands for the other."""
    if one.kind is not other.kind or one.unit != other.unit:
        return False
    if one.vague or other.vague:
        loose, firm = (one, other) if one.vague else (other, one)
        return loose.value / 2 <= firm.value < 5 * loose.value
    for span, point in ((one, other), (other, one)):
        if span.upper is not None:
            low, high = span.value, span.upper
            return low * (1 - _ROUNDING) <= point.value and (point.upper or point.value) <= high * (
                1 + _ROUNDING
            )
    figures = _figures(one.value), _figures(other.value)
    if figures[0] == figures[1]:
        return False
    rough, exact = (one, other) if figures[0] < figures[1] else (other, one)
    if not rough.value or min(figures) > 2:
        return False
    # "More than 8,000" leaves open what a reader would round down to it.
    if rough.hedge in _FLOORS:
        ceiling = min(rough.value + _unit_of(rough.value), _FLOORED * rough.value)
        return exact.hedge not in _FLOORS and rough.value <= exact.value < ceiling
    # A bare small number is a count, not a rounding: 20 killed are not 21; but 22 pounds may be 22.6.
    if rough.hedge is Hedge.EXACT and rough.value < 1000 and exact.value.is_integer():
        return False
    return abs(rough.value - exact.value) <= _ROUNDING * rough.value


def _figures(value: float) -> int:
    """Return how many figures a number is given to: 1 for 500,000, 3 for 493,000."""
    written = f"{value:.9g}"
    if "e" in written:
        written = written.split("e")[0]
    return len(written.replace(".", "").replace("-", "").strip("0")) or 1


def _unit_of(value: float) -> float:
    """Return what the last figure of a rounded number stands for: 100,000 of 500,000."""
    return float(10 ** (math.floor(math.log10(value)) - _figures(value) + 1))


def _same_day(one: DateMention, other: DateMention, my_today: date | None, their_today: date | None) -> bool:
    mine, theirs = resolve(one, my_today), resolve(other, their_today)
    if mine is not None and theirs is not None:
        return _within(mine, theirs) or _within(theirs, mine) or _nearly(one, other, mine, theirs)
    for part in ("year", "month", "day", "weekday"):
        a, b = getattr(one, part), getattr(other, part)
        if a is not None and b is not None and a != b:
            return False
    return True


def _within(inner: DateRange, outer: DateRange) -> bool:
    return outer.first <= inner.first and inner.last <= outer.last


def _nearly(one: DateMention, other: DateMention, mine: DateRange, theirs: DateRange) -> bool:
    """Spans that count back from now are rough: they agree where they meet."""
    if DateKind.RELATIVE not in (one.kind, other.kind):
        return False
    return mine.first <= theirs.last and theirs.first <= mine.last


def _same_name(one: str, other: str) -> bool:
    if same_name(one, other):
        return True
    mine, theirs = set(content_stems(one)), set(content_stems(other))
    return bool(mine and theirs) and (mine <= theirs or theirs <= mine)


def _same_words(one: Value, other: Value) -> bool:
    if one.titled and other.titled and one.titled != other.titled:
        return False
    known = one.known | other.known
    mine, theirs = _telling(one.text) - known, _telling(other.text) - known
    return not mine or not theirs or bool(mine & theirs)


def _telling(text: str) -> frozenset[str]:
    """Return the stems of the words that tell one description from another."""
    return frozenset(s for s in content_stems(text) if not s[0].isdigit()) - _PALE - _nationalities()


@cache
def _nationalities() -> frozenset[str]:
    return frozenset(stem(word) for word in gazetteer().people)

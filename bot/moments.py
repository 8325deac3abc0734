"""Dates and times of a statement held against those of its passages."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import date

from bot.ground import Finding, Ground, Place, Slot
from bot.reading import Token
from index.date_words import WEEKDAYS
from index.dates import DateKind, DateMention, find_dates, resolve
from index.model import Span

_CLOCK = re.compile(r"(\d{1,2})(?:[:.](\d\d))?\s?(?:([ap])\.?m)?|(noon|midnight)|(\w+)\so", re.IGNORECASE)
_WEEKDAY = re.compile("|".join(WEEKDAYS), re.IGNORECASE)
_YEAR = re.compile(r"(?:19|20)\d\d")
# Of another time than the one that is told; "this year" may be the one without a word.
_APART = frozenset({"next", "last"})
_GAPS = re.compile(r"[\s,.]+")
# Kinds that answer the same "when": another day is a contradiction of a day, not of a year.
_DAYS = frozenset({DateKind.DAY, DateKind.WEEKDAY, DateKind.RELATIVE})


def check_dates(ground: Ground) -> list[Finding]:
    """Find every date and time of day of the statement in the passages.

    "Yesterday" and "on Tuesday" are read by the day the passage's article was published, where it is known.
    """
    said_of = find_dates(ground.claim.text)
    if not said_of:
        return []
    held = list(_mentions(ground))
    findings = [_settle(ground, said, held) for said in said_of]
    # "This year" without a date to read it by is neither there nor absent. "Next year" is absent where the
    # passages tell no time at all.
    return [
        finding
        for said, finding in zip(said_of, findings, strict=True)
        if finding.holds
        or finding.contradicts
        or not _is_open(ground, said)
        or (not held and said.word in _APART and said.unit == "year" and not _tells_year(ground))
    ]


def _tells_year(ground: Ground) -> bool:
    return any(
        word == "year" or _YEAR.fullmatch(word) for reading in ground.passages for word in reading.words
    )


def _is_open(ground: Ground, said: DateMention) -> bool:
    # "Ten years ago" is as good as its number.
    return said.kind is DateKind.RELATIVE and said.word != "ago" and not any(ground.published)


def _mentions(ground: Ground) -> Iterator[tuple[Place, DateMention]]:
    for passage, reading, _, (start, end) in ground.stretches():
        for mention in find_dates(reading.text[start:end]):
            yield ground.place(passage, start + mention.start, start + mention.end), mention


def _settle(ground: Ground, said: DateMention, held: list[tuple[Place, DateMention]]) -> Finding:
    mine = ground.claim.span_of(said.start, said.end)
    same = [place for place, mention in held if _covers(ground, said, place, mention)]
    if not same:
        same = _elsewhere(ground, said)
    if not same and said.kind is DateKind.MONTH and said.year is None:
        same = _as_word(ground, said)
    others = [place for place, mention in held if place not in same and _same_sort(said, mention)]
    return ground.settle(Slot.DATE, said.text, mine, same, others)


def _elsewhere(ground: Ground, said: DateMention) -> list[Place]:
    """Look for a date outside the windows: a timeline's heading, an opening line."""
    places = []
    for index, reading in enumerate(ground.passages):
        for mention in find_dates(reading.text):
            place = ground.place(index, mention.start, mention.end)
            if _covers(ground, said, place, mention):
                places.append(place)
    return places


def _as_word(ground: Ground, said: DateMention) -> list[Place]:
    """Look for a month beside a noun, where it may be no date: "the March auction"."""
    word = said.text.lower()
    return [
        Place(index, Span(at, at + 1), said.text)
        for index, reading in enumerate(ground.passages)
        for at in reading.places.get(word, ())
        if _is_beside_noun(reading.tokens, at)
    ]


def _is_beside_noun(tokens: Sequence[Token], at: int) -> bool:
    """Whether a month stands in front of what it is the month of; Theresa May and May Street do not."""
    behind = tokens[at + 1] if at + 1 < len(tokens) else None
    return (
        tokens[at].capital
        and not tokens[at].opens
        and not tokens[at - 1].capital
        and behind is not None
        and behind.content
        and not (behind.capital or behind.breaks or behind.opens)
    )


def _same_sort(said: DateMention, found: DateMention) -> bool:
    return said.kind is found.kind or (said.kind in _DAYS and found.kind in _DAYS)


def _covers(ground: Ground, said: DateMention, place: Place, found: DateMention) -> bool:
    return covers(said, found, ground.published[place.passage], ground.passages[place.passage].words)


def covers(
    said: DateMention, found: DateMention, today: date | None, words: frozenset[str] = frozenset()
) -> bool:
    """Tell whether a passage's date makes a statement's true: the same days, or days within those said.

    Args:
        today: when the passage's article was published, if known.
        words: of the passage; where "10 June" has no year, the year said must stand among them.
    """
    if (said.kind is DateKind.TIME) is not (found.kind is DateKind.TIME):
        return False
    if said.kind is DateKind.TIME:
        return _clock(said.text) == _clock(found.text)
    one, other = _WEEKDAY.search(said.text), _WEEKDAY.search(found.text)
    if one and other and one[0].lower() != other[0].lower():
        return False
    if _plain(said.text) == _plain(found.text):
        return True
    if said.unit and found.unit:
        # "The past 96 hours" hold the past 48, and are not the same.
        return (said.word, said.unit, said.least, said.most) == (
            found.word,
            found.unit,
            found.least,
            found.most,
        )
    mine, theirs = resolve(said, today), resolve(found, today)
    if mine and theirs:
        return mine.first <= theirs.first and theirs.last <= mine.last and _is_weekday(said, theirs.first)
    if said.weekday is not None:
        if theirs is not None:
            return theirs.first == theirs.last and theirs.first.weekday() == said.weekday
        return found.weekday == said.weekday and said.word in {"", found.word}
    if not said.month and not said.year:
        return False
    fields = ((said.month, found.month), (said.day, found.day), (said.last_day, found.last_day))
    if any(wanted is not None and wanted != given for wanted, given in fields):
        return False
    if said.year is not None and found.year is None:
        return str(said.year) in words
    return said.year in {None, found.year} and said.kind is not DateKind.RELATIVE


def _is_weekday(said: DateMention, day: date) -> bool:
    """Whether a weekday that is written with a date ("Tuesday, 10 June") is the day's."""
    match = _WEEKDAY.search(said.text)
    return match is None or said.kind is DateKind.WEEKDAY or WEEKDAYS[match[0].lower()] == day.weekday()


def _plain(text: str) -> str:
    return _GAPS.sub(" ", text.lower()).removeprefix("the ").strip()


def _clock(text: str) -> str:
    """A time of day written one way; "3 p.m.", "3pm" and "15:00" are one."""
    plain = text.lower().replace(".", ":", 1) if re.match(r"\d{1,2}\.\d\d", text) else text.lower()
    match = _CLOCK.match(plain)
    if match is None or match[1] is None:
        return _plain(plain)
    hour, minute = int(match[1]), int(match[2] or 0)
    if match[3]:
        hour = hour % 12 + (12 if match[3] == "p" else 0)
    return f"{hour}:{minute:02}"

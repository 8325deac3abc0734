"""Dates in news text and in questions, and the days they stand for.

Own patterns, since general date finders take "may act" for May and cut "Tuesday, Sept. 3, 2024" in three.
Whatever counts from a "now" needs to be told when that is: nothing is guessed from the clock.
"""

from __future__ import annotations

import re
from functools import lru_cache

from index.date_words import LEAD, MONTHS, PATTERN, SMALL, WEEKDAYS, DateKind, DateMention, DateRange
from index.days import resolve

__all__ = ["DateKind", "DateMention", "DateRange", "find_dates", "resolve"]


_LED_BY = re.compile(rf"\b{LEAD}[\s-]$", re.IGNORECASE)
_HEDGED = re.compile(
    r"\b(?:about|some|nearly|almost|than|roughly|least|as|over|approximately)\s$", re.IGNORECASE
)
_COUNTED = re.compile(r"\s(?:people|men|women|children|[a-z]{2,}[^\Wsu]s)\b")
# Days and papers that only look like a day of this week.
_FEAST = re.compile(r"(?:Black|Good|Ash|Super|Bloody|Cyber|Easter|Palm|Freaky)\s$")
_PAPER = re.compile(r"\s(?:Times|Telegraph|Mirror|Express|Mail|Post|Herald|Mercury)\b")
_NAME_BEHIND = re.compile(r"\s[A-Z][a-z]")
_AMBIGUOUS = frozenset({"may", "march", "april", "june", "august"})
# Characters around a hit that are looked at.
_WINDOW = 24


@lru_cache(maxsize=2048)  # a question has the same sentences read several times over
def find_dates(text: str) -> tuple[DateMention, ...]:
    """Find dates and times of day, in order, none overlapping.

    Example:
        >>> [m.text for m in find_dates("On June 10, 2014, a Tuesday, at 3 p.m., five months ago")]
        ['June 10, 2014', 'Tuesday', '3 p.m.', 'five months ago']
    """
    found: list[DateMention] = []
    for match in PATTERN.finditer(text):
        mention = _read(text, match)
        if mention is not None:
            found.append(mention)
    return tuple(found)


def _read(text: str, match: re.Match[str]) -> DateMention | None:
    """Make a mention of a match; None where the words around show that it is no date."""
    start, end = match.span()
    before = text[max(0, start - _WINDOW) : start]
    parts = match.groupdict()
    if match["iso"]:
        year, month, day = (int(part) for part in match["iso"].split("-"))
        return _mention(match, DateKind.DAY, year=year, month=month, day=day)
    if match["slashed"]:
        return _read_slashed(match)
    if match["time"]:
        return _mention(match, DateKind.TIME)
    for number in ("1", "2"):
        if parts[f"m{number}"]:
            last = parts[f"d{number}b"]
            return _mention(
                match,
                DateKind.DAY,
                year=_int(parts[f"y{number}"]),
                month=_month(parts[f"m{number}"]),
                day=_day(parts[f"d{number}"]),
                last_day=_day(last) if last else None,
            )
    if match["m3"]:
        return _mention(
            match, DateKind.MONTH, year=int(match["y3"]), month=_month(match["m3"]), word=_lower(match["p3"])
        )
    if match["m4"]:
        is_name = match["m4"].lower() in _AMBIGUOUS and not (
            match["p4"] or match["o4"] or _LED_BY.search(before)
        )
        if is_name or (not match["p4"] and _NAME_BEHIND.match(text, end) and not _LED_BY.search(before)):
            return None
        word = _lower(match["p4"]) or (f"{match['o4']} year" if match["o4"] else "")
        return _mention(match, DateKind.MONTH, month=_month(match["m4"]), word=word)
    if match["season"]:
        if not match["y5"] and _lower(match["p5"]) not in {"last", "this", "next"}:
            return None  # "the fall of the city"
        return _mention(
            match,
            DateKind.SEASON,
            year=_int(match["y5"]),
            word=f"{_lower(match['p5'])} {match['season'].lower()}",
        )
    if match["decade"]:
        return _mention(match, DateKind.DECADE, year=int(match["decade"]))
    if match["y6"]:
        return _mention(match, DateKind.YEAR, year=int(match["y6"]), word=_lower(match["p6"]))
    if match["y7"]:
        counts = _HEDGED.search(before) or (
            _COUNTED.match(text, end)
            and not _LED_BY.search(before[-12:])
            and not before.endswith(("the ", "s "))
        )
        is_late = match["y7"] >= "1900" or _LED_BY.search(before)
        return _mention(match, DateKind.YEAR, year=int(match["y7"])) if is_late and not counts else None
    if match["weekday"]:
        if _FEAST.search(before) or _PAPER.match(text, end):
            return None
        return _mention(
            match, DateKind.WEEKDAY, weekday=WEEKDAYS[match["weekday"].lower()], word=_lower(match["p8"])
        )
    return _read_relative(match)


def _read_relative(match: re.Match[str]) -> DateMention:
    if match["near"]:
        return _mention(match, DateKind.RELATIVE, word=_lower(match["near"]))
    if match["ago"]:
        least, most = _count(match["n9"])
        if match["n9b"]:
            most = _count(match["n9b"])[1]
        return _mention(
            match,
            DateKind.RELATIVE,
            word=_lower(match["w9"]),
            unit=_lower(match["u9"]),
            least=least,
            most=most,
        )
    if match["span"]:
        most = _count(match["n10"])[1]
        return _mention(match, DateKind.RELATIVE, word="past", unit=_lower(match["u10"]), most=most)
    return _mention(
        match, DateKind.RELATIVE, word=_lower(match["w11"]), unit=_lower(match["u11"]), least=1, most=1
    )


def _read_slashed(match: re.Match[str]) -> DateMention | None:
    """Read "13/6/2014" or "6/13/2014"; which of two small numbers is the month cannot be told."""
    one, other, year = (int(part) for part in match["slashed"].split("/"))
    if one == other or (one > 12) is not (other > 12):
        day, month = (one, other) if one > 12 or one == other else (other, one)
        return _mention(match, DateKind.DAY, year=year, month=month, day=day)
    return _mention(match, DateKind.YEAR, year=year)


def _mention(
    match: re.Match[str],
    kind: DateKind,
    *,
    year: int | None = None,
    month: int | None = None,
    day: int | None = None,
    last_day: int | None = None,
    weekday: int | None = None,
    word: str = "",
    unit: str = "",
    least: int = 0,
    most: int = 0,
) -> DateMention:
    return DateMention(
        start=match.start(), end=match.end(), text=match[0], kind=kind, year=year, month=month, day=day,
        last_day=last_day, weekday=weekday, word=word, unit=unit, least=least, most=most,
    )  # fmt: skip


def _int(digits: str | None) -> int | None:
    return int(digits) if digits else None


def _lower(word: str | None) -> str:
    return " ".join(word.lower().split()) if word else ""


def _month(name: str) -> int:
    return MONTHS[name[:3].lower()]


def _day(written: str) -> int:
    return int(written.rstrip("stndrh"))


def _count(written: str) -> tuple[int, int]:
    """The least and the most a number word stands for ("a few": two to six)."""
    word = written.lower().removesuffix(" of")
    if word.isdigit():
        return int(word), int(word)
    return SMALL[word] if word in SMALL else SMALL[word.split()[-1]]

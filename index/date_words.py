"""What a date mention is, the pattern of dates in English news text, and the words it is made of."""

from __future__ import annotations

import calendar
import re
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from types import MappingProxyType
from typing import NamedTuple


class DateRange(NamedTuple):
    """Days from the first to the last, both included."""

    first: date
    last: date


class DateKind(StrEnum):
    """How a date is given."""

    DAY = "day"
    MONTH = "month"
    SEASON = "season"
    YEAR = "year"
    DECADE = "decade"
    WEEKDAY = "weekday"
    RELATIVE = "relative"
    TIME = "time"


@dataclass(frozen=True, slots=True, kw_only=True)
class DateMention:
    """A date, or a time of day, as it stands in a text; ``source[start:end] == text``.

    Attributes:
        year, month, day: as far as written; ``day`` may be a day of the month with or without a year.
        last_day: the end of "June 10-12".
        weekday: 0 for Monday; None where no weekday is all there is.
        word: what else bears on the meaning, in small letters: "early", "last", "ago", "yesterday", "summer".
        unit: "day", "week", "month", "year", "hour" and the like, for dates that count from now.
        least, most: how many units back (or ahead, with "next"); "four or five days ago" has 4 and 5.
    """

    start: int
    end: int
    text: str
    kind: DateKind
    year: int | None = None
    month: int | None = None
    day: int | None = None
    last_day: int | None = None
    weekday: int | None = None
    word: str = ""
    unit: str = ""
    least: int = 0
    most: int = 0


MONTHS = MappingProxyType(
    {name[:3].lower(): number for number, name in enumerate(calendar.month_name) if number}
)
WEEKDAYS = MappingProxyType({name.lower(): number for number, name in enumerate(calendar.day_name)})
# Northern seasons by their first month, as the desks of the north mean them.
SEASONS = MappingProxyType({"spring": 3, "summer": 6, "autumn": 9, "fall": 9, "winter": 12})
SMALL = MappingProxyType(
    {
        "a": (1, 1), "an": (1, 1), "one": (1, 1), "two": (2, 2), "three": (3, 3), "four": (4, 4), "five": (5, 5),
        "six": (6, 6), "seven": (7, 7), "eight": (8, 8), "nine": (9, 9), "ten": (10, 10), "eleven": (11, 11),
        "twelve": (12, 12), "couple": (2, 2), "few": (2, 6), "several": (2, 8),
    }
)  # fmt: skip

_LONG = r"January|February|March|April|May|June|July|August|September|October|November|December"
# Short forms count with a stop, or with a day or year behind: "Jan" alone is a person, "Mar" a verb.
_SHORT = r"(?:Jan|Feb|Mar|Apr|Jun|Jul|Aug|Sept?|Oct|Nov|Dec)(?:\.|(?=\s\d))"
_MONTH = rf"(?:(?:{_LONG})\b|{_SHORT})"
_DAY = r"(?:3[01]|[12]\d|0?[1-9])(?:st|nd|rd|th)?(?![\d.,:]*\d|\w|%)"
_YEAR = r"(?:1[6-9]|20)\d\d(?![\d,.]*\d|\w|%|-\w)"
_WEEKDAY = r"(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day"
_NUMBER = r"(?:a\s(?:few|couple(?:\sof)?)|an?|one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|several|few|\d{1,3})"
_UNIT = r"(?:hour|day|night|week|fortnight|month|year|decade)"
_PART = r"(?:early|mid|late)"
# Words that make "May", "March", "April", "June" or "August" a month rather than a verb or a person.
LEAD = r"(?:in|since|by|until|till|from|to|of|during|before|after|last|next|this|early|mid|late|between|through|for|and|or)"
PATTERN = re.compile(
    rf"""(?<![\w$£€])(?<!\d[.,:/-])(?:
    (?P<iso>\d{{4}}-\d\d-\d\d)(?!\d)
  | (?P<slashed>\d{{1,2}}/\d{{1,2}}/(?:19|20)\d\d)(?!\d)
  | (?P<time>\d{{1,2}}(?:[:.]\d\d)?(?:\s?(?i:[ap]\.m\.|[ap]m\b))|(?:[01]?\d|2[0-3]):[0-5]\d(?!\d)|(?:\d{{1,2}}|(?i:{_NUMBER}))\so['’]clock
        |\d{{4}}\s(?:GMT|UTC)|(?i:midnight|noon)\b)
  | (?:{_WEEKDAY},?\s)?(?:(?i:the)\s)?(?P<d1>{_DAY})(?:\s?(?:-|–|to|and)\s?(?P<d1b>{_DAY}))?\s(?:of\s)?(?P<m1>{_MONTH})(?:,?\s(?P<y1>{_YEAR}))?
  | (?:{_WEEKDAY},?\s)?(?P<m2>{_MONTH})\s(?P<d2>{_DAY})(?:\s?(?:-|–|to|and)\s?(?P<d2b>{_DAY}))?(?:,?\s(?P<y2>{_YEAR}))?
  | (?:(?P<p3>(?i:{_PART}))[\s-])?(?P<m3>{_MONTH})(?:\s(?:of\s)?|,\s)(?P<y3>{_YEAR})
  | (?:(?P<p4>(?i:{_PART}|last|next|this))[\s-])?(?P<m4>{_MONTH})(?:\s(?P<o4>last|this|next)\syear)?
  | (?:(?P<p5>(?i:{_PART}|last|this|next|the))\s)?(?P<season>(?i:spring|summer|autumn|fall|winter))(?:\s(?:of\s)?(?P<y5>{_YEAR}))?\b
  | (?P<decade>(?:1[6-9]|20)\d0)['’]?s\b
  | (?P<p6>(?i:{_PART}))[\s-](?P<y6>{_YEAR})
  | (?P<y7>{_YEAR})
  | (?:(?P<p8>(?i:last|next|this))\s)?(?P<weekday>{_WEEKDAY})(?!s)(?:\s(?:morning|afternoon|evening|night))?\b
  | (?P<near>(?i:the\sday\sbefore\syesterday|the\sday\safter\stomorrow|yesterday|today|tonight|tomorrow|overnight
        |last\snight|this\s(?:morning|afternoon|evening)|(?:over|at|during)\sthe\sweekend|(?:last|this|next|past)\sweekend))\b
  | (?P<ago>(?i:(?:(?P<n9>{_NUMBER})(?:\s(?:or|to)\s(?P<n9b>{_NUMBER}))?\s(?P<u9>{_UNIT})s?\s(?P<w9>ago|earlier|later|before))))\b
  | (?P<span>(?i:the\s(?:last|past)\s(?P<n10>{_NUMBER})\s(?P<u10>{_UNIT})s?))\b
  | (?:(?i:(?:earlier|later)\s(?:in\s)?))?(?P<whole>(?i:(?:the\s)?(?P<w11>last|past|this|next|previous|following|coming)
        \s(?P<u11>day|week|fortnight|month|year|decade)))\b
    )""",
    re.VERBOSE,
)

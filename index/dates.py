"""Temporary stand-in."""
from __future__ import annotations
import re
from dataclasses import dataclass
from datetime import date
from typing import NamedTuple
class DateRange(NamedTuple):
    first: date
    last: date
@dataclass(frozen=True)
class DateMention:
    start: int
    end: int
    text: str
_RE=re.compile(r"\b(?:(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day|yesterday|today|tomorrow|tonight|overnight|(?:January|February|March|April|June|July|August|September|October|November|December)(?: \d{1,2})?|(?:19|20)\d\d|\w+ (?:days?|weeks?|months?|years?|hours?) (?:ago|earlier|later)|last (?:week|month|year|night)|next (?:week|month|year)|\d{1,2}(?::\d\d)? [ap]\.?m)\b")
def find_dates(text: str) -> tuple[DateMention, ...]:
    return tuple(DateMention(m.start(), m.end(), m.group()) for m in _RE.finditer(text))
def resolve(mention: DateMention, today: date | None) -> DateRange | None:
    return None

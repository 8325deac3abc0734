"""Which days "Tuesday", "yesterday" and "last week" in a quote are, told from its article's date."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date

from index.dates import DateKind, DateMention, DateRange, find_dates, resolve

# "A week ago" and "the past few days" are as vague in figures as they are in words.
_VAGUE_UNITS = frozenset({"hour", "decade", "night"})
# Before a weekday these speak of a day to come, or of each such day: which one cannot be told.
_COMING = re.compile(
    r"\b(?:will|would|shall|'ll|may|might|could|set|due|expected?|expects|plan(?:s|ned)?|scheduled|going|vow(?:s|ed)"
    r"|promised?|hopes?|until|till|by|before|from|next|every|each|any|most|deadline|if|when|whenever|usually|often"
    r"|always|once)\b",
    re.IGNORECASE,
)
_CLAUSE = re.compile(r"[.;:!?\n“”\"]")


@dataclass(frozen=True, slots=True, kw_only=True)
class ToldDay:
    """What a quote's words for a day mean; ``quote[start:end] == text``.

    Attributes:
        first, last: the days meant, both included; the same for a single day.
    """

    text: str
    start: int
    end: int
    first: date
    last: date


def tell_days(quote: str, published: date | None) -> tuple[ToldDay, ...]:
    """Resolve what a quote says of days by its article's date of publication.

    Only what counts from the day of writing is told: weekdays, "yesterday", "last month". A day or month
    without a year is left alone, since "Sept. 11" is seldom the nearest one; so are weekdays to come.

    Returns:
        In order; nothing where the article has no date.
    """
    if published is None:
        return ()
    found = ((mention, _resolve(quote, mention, published)) for mention in find_dates(quote))
    return tuple(
        ToldDay(text=mention.text, start=mention.start, end=mention.end, first=days.first, last=days.last)
        for mention, days in found
        if days is not None
    )


def _resolve(quote: str, mention: DateMention, published: date) -> DateRange | None:
    if mention.kind is DateKind.WEEKDAY:
        clause = _CLAUSE.split(quote[: mention.start])[-1]
        return None if not mention.word and _COMING.search(clause) else resolve(mention, published)
    if mention.kind is not DateKind.RELATIVE or mention.unit in _VAGUE_UNITS:
        return None
    exact = mention.least == mention.most or not mention.unit
    if mention.word == "past" or not exact or (mention.word == "ago" and mention.unit != "day"):
        return None
    return resolve(mention, published)

"""Publication dates as articles write them: ISO 8601 and the common newspaper forms, never a guess."""

from __future__ import annotations

import re
from datetime import date

MONTHS = {
    name: number
    for number, names in enumerate(
        (
            ("january", "jan"),
            ("february", "feb"),
            ("march", "mar"),
            ("april", "apr"),
            ("may",),
            ("june", "jun"),
            ("july", "jul"),
            ("august", "aug"),
            ("september", "sept", "sep"),
            ("october", "oct"),
            ("november", "nov"),
            ("december", "dec"),
        ),
        start=1,
    )
    for name in names
}
_MONTH = r"(?P<month>[A-Za-z]{3,9})\.?"
_DAY = r"(?P<day>\d{1,2})(?:st|nd|rd|th)?"
_YEAR = r"(?P<year>\d{4})"
_WEEKDAY = r"(?:(?:mon|tue|tues|wed|wednes|thu|thur|thurs|fri|sat|satur|sun)(?:day)?\.?,?\s+)?"
# A time of day and its zone may follow; the day stays the one that is written, in whatever zone.
_TIME = r"(?:[\s,]*(?:at\s+|T)?\s*\d{1,2}[:.]?\d{2}.{0,40})?"

_FORMS = tuple(
    re.compile(rf"{_WEEKDAY}{form}{_TIME}", re.IGNORECASE | re.DOTALL)
    for form in (
        r"(?P<year>\d{4})(?P<sep>[-/.])(?P<month>\d{1,2})(?P=sep)(?P<day>\d{1,2})",
        r"(?P<year>\d{4})(?P<month>\d{2})(?P<day>\d{2})",
        rf"{_MONTH}\s+{_DAY},?\s+{_YEAR}",
        rf"{_DAY}(?:\s+of)?[\s-]+{_MONTH},?[\s-]+{_YEAR}",
    )
)
_NUMERIC = re.compile(rf"(?P<first>\d{{1,2}})(?P<sep>[-/.])(?P<second>\d{{1,2}})(?P=sep){_YEAR}{_TIME}")
# The oldest printed newspapers; a smaller year is a slip or another calendar.
_FIRST_YEAR = 1600


def parse_published(written: str) -> tuple[date | None, str | None]:
    """Read a publication date.

    A date with a time zone keeps the day that is written. Where day and month can be mistaken for
    each other (03/04/2014) nothing is guessed.

    Args:
        written: the date as it stands in the file.

    Returns:
        The date and None, or None and what is wrong with it.

    Example:
        >>> parse_published("June 11, 2014")
        (datetime.date(2014, 6, 11), None)
    """
    written = written.strip()
    for form in _FORMS:
        if match := form.fullmatch(written):
            return _make_date(match["year"], match["month"], match["day"], written)
    if match := _NUMERIC.fullmatch(written):
        first, second = int(match["first"]), int(match["second"])
        if first > 12 or first == second:
            return _make_date(match["year"], match["second"], match["first"], written)
        if second > 12:
            return _make_date(match["year"], match["first"], match["second"], written)
        return None, f"{_shown(written)} may be read day first or month first: write it as YYYY-MM-DD"
    return None, f"{_shown(written)} is not a date: write it as YYYY-MM-DD"


def _make_date(year: str, month: str, day: str, written: str) -> tuple[date | None, str | None]:
    number = int(month) if month.isdecimal() else MONTHS.get(month.lower(), 0)
    try:
        found = date(int(year), number, int(day))
    except ValueError:
        return None, f"{_shown(written)} is no day of the calendar: write it as YYYY-MM-DD"
    if found.year < _FIRST_YEAR:
        return None, f"{_shown(written)} is before {_FIRST_YEAR}: write it as YYYY-MM-DD"
    return found, None


def _shown(written: str) -> str:
    return repr(written if len(written) <= 60 else written[:59] + "…")

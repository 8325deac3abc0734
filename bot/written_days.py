"""Days as newspapers write them."""

from __future__ import annotations

from datetime import date, timedelta


def long_date(day: date) -> str:
    """Write a date as newspapers do: ``11 June 2014``."""
    return f"{day.day} {day:%B} {day.year}"


def long_range(first: date, last: date) -> str:
    """Write days as newspapers do: ``9 to 15 June 2014``, ``June 2014``, ``2013``; a single day as a date."""
    if first == last:
        return long_date(first)
    if (first, last) == (date(first.year, 1, 1), date(first.year, 12, 31)):
        return str(first.year)
    if first.day == 1 and (first.year, first.month) == (last.year, last.month) and _ends_month(last):
        return f"{first:%B} {first.year}"
    if (first.year, first.month) == (last.year, last.month):
        return f"{first.day} to {long_date(last)}"
    start = f"{first.day} {first:%B}" if first.year == last.year else long_date(first)
    return f"{start} to {long_date(last)}"


def _ends_month(day: date) -> bool:
    return (day + timedelta(days=1)).day == 1

"""Which days a date mention stands for, given what "now" is."""

from __future__ import annotations

import calendar
from datetime import date, timedelta

from index.date_words import SEASONS, DateKind, DateMention, DateRange


def resolve(mention: DateMention, today: date | None) -> DateRange | None:
    """Tell which days a mention stands for.

    Args:
        mention: what `index.dates.find_dates` found.
        today: what "now" is for the text: the article's date, or when the question was asked.

    Returns:
        The days; None where they cannot be told, as for times of day, for "two days later", and without
        ``today`` for all that counts from it. A weekday is the nearest on or before ``today`` ("last Tuesday":
        before it; "next": after it). A day or month without a year is the one nearest to ``today``. Weeks run
        from Monday; "two weeks ago" is a span of seven days around that day; northern seasons are meant.
    """
    try:
        return _resolve(mention, today)
    except (ValueError, OverflowError):
        return None  # "February 30", or a day before the first year


def _resolve(mention: DateMention, today: date | None) -> DateRange | None:
    kind = mention.kind
    if kind is DateKind.DECADE and mention.year:
        return DateRange(date(mention.year, 1, 1), date(mention.year + 9, 12, 31))
    if kind is DateKind.YEAR and mention.year:
        return _part_of(DateRange(date(mention.year, 1, 1), date(mention.year, 12, 31)), mention.word)
    if kind is DateKind.SEASON:
        return _season(mention, today)
    if mention.month and mention.year:
        return _days(mention, mention.year)
    if today is None or kind is DateKind.TIME:
        return None
    if mention.month:
        return _nearest(mention, today)
    if mention.weekday is not None:
        return _weekday(mention.weekday, mention.word, today)
    return _relative(mention, today)


def _days(mention: DateMention, year: int) -> DateRange:
    """The day, days or month of a mention in a given year."""
    month = mention.month or 1
    if mention.day:
        first = date(year, month, mention.day)
        return DateRange(first, date(year, month, mention.last_day) if mention.last_day else first)
    whole = DateRange(date(year, month, 1), date(year, month, calendar.monthrange(year, month)[1]))
    return _part_of(whole, mention.word)


def _part_of(whole: DateRange, word: str) -> DateRange:
    """A third of a month or year for "early", "mid" and "late"; the whole for anything else."""
    third = ((whole.last - whole.first).days + 1) // 3
    if word == "early":
        return DateRange(whole.first, whole.first + timedelta(days=third - 1))
    if word == "mid":
        return DateRange(whole.first + timedelta(days=third), whole.last - timedelta(days=third))
    if word == "late":
        return DateRange(whole.last - timedelta(days=third - 1), whole.last)
    return whole


def _nearest(mention: DateMention, today: date) -> DateRange | None:
    """A day or month without a year: the one nearest to today, or the one "last", "next" or "last year" asks for."""
    if mention.word.endswith(" year"):
        shift = {"last year": -1, "this year": 0, "next year": 1}[mention.word]
        return _days(mention, today.year + shift)
    near: list[DateRange] = []
    for year in (today.year - 1, today.year, today.year + 1):
        try:
            near.append(_days(mention, year))
        except ValueError:
            continue  # 29 February
    if mention.word == "last":
        near = [days for days in near if days.last < today]
        return near[-1] if near else None
    if mention.word == "next":
        return next((days for days in near if days.first > today), None)
    return min(near, key=lambda days: abs((days.first - today).days + (days.last - today).days), default=None)


def _season(mention: DateMention, today: date | None) -> DateRange | None:
    lead, _, name = mention.word.rpartition(" ")
    year = mention.year
    if year is None:
        if today is None or lead not in {"last", "this", "next"}:
            return None
        seasons = [_season_of(name, today.year + shift) for shift in (-2, -1, 0, 1)]
        past = [days for days in seasons if days.last < today]
        if lead == "last":
            return past[-1]
        coming = [days for days in seasons if days.last >= today]
        return coming[0] if lead == "this" or coming[0].first > today else coming[1]
    return _part_of(_season_of(name, year), lead)


def _season_of(name: str, year: int) -> DateRange:
    """Three months from the season's first; a winter begins in the December of its year."""
    month = SEASONS[name]
    last_year, last_month = (year + 1, 2) if month == 12 else (year, month + 2)
    return DateRange(
        date(year, month, 1), date(last_year, last_month, calendar.monthrange(last_year, last_month)[1])
    )


def _weekday(weekday: int, word: str, today: date) -> DateRange:
    """The nearest such day: back to today's week before, or ahead for "next" and "this"."""
    back = (today.weekday() - weekday) % 7
    if word == "last" and back == 0:
        back = 7
    day = today - timedelta(days=back)
    if word == "next" or (word == "this" and back):
        day += timedelta(days=7)
    return DateRange(day, day)


def _relative(mention: DateMention, today: date) -> DateRange | None:
    word, unit = mention.word, mention.unit
    if not unit:
        return _named_day(word, today)
    is_story_time = mention.text[:4].lower() == "the " and word == "next"
    if word in {"earlier", "later", "before", "previous", "following"} or is_story_time:
        return None  # counts from another day of the story
    if word == "ago":
        return _ago(unit, mention.least, mention.most, today)
    if unit in {"hour", "night"}:
        return DateRange(today - timedelta(days=-(-mention.most // 24)), today) if word == "past" else None
    if word == "past" or (word == "last" and mention.text[:4].lower() == "the "):
        return DateRange(_shift(today, unit, -mention.most), today)
    whole = _unit_around(_shift(today, unit, {"last": -1, "this": 0}.get(word, 1)), unit)
    if whole is None or unit == "day":
        return None
    if mention.text[:7].lower() == "earlier":
        return DateRange(whole.first, min(today, whole.last))
    return DateRange(max(today, whole.first), whole.last) if mention.text[:5].lower() == "later" else whole


def _named_day(word: str, today: date) -> DateRange:
    """Resolve days that go by a name: "yesterday", "overnight", "last weekend"."""
    if word.endswith("weekend"):
        saturday = today - timedelta(days=(today.weekday() - 5) % 7)
        if word.startswith("next") or (word.startswith("this") and today.weekday() < 5):
            saturday += timedelta(days=7)
        return DateRange(saturday, saturday + timedelta(days=1))
    shifts = {
        "yesterday": -1,
        "last night": -1,
        "tomorrow": 1,
        "the day before yesterday": -2,
        "the day after tomorrow": 2,
    }
    day = today + timedelta(days=shifts.get(word, 0))
    return DateRange(today - timedelta(days=1), today) if word == "overnight" else DateRange(day, day)


def _ago(unit: str, least: int, most: int, today: date) -> DateRange | None:
    """Days are exact; weeks, months, years and decades as coarse as they are said."""
    if unit == "hour":
        return DateRange(today - timedelta(days=-(-most // 24)), today)
    if unit in {"day", "night"}:
        return DateRange(today - timedelta(days=most), today - timedelta(days=least))
    if unit in {"week", "fortnight"}:
        days = 7 if unit == "week" else 14
        return DateRange(today - timedelta(days=days * most + 3), today - timedelta(days=days * least - 3))
    first, last = (
        _unit_around(_shift(today, unit, -most), unit),
        _unit_around(_shift(today, unit, -least), unit),
    )
    return DateRange(first.first, last.last) if first and last else None


def _shift(day: date, unit: str, count: int) -> date:
    """A day moved by whole units; the end of a shorter month where it has no such day."""
    if unit in {"month", "year", "decade"}:
        months = day.year * 12 + day.month - 1 + count * {"month": 1, "year": 12, "decade": 120}[unit]
        year, month = divmod(months, 12)
        return date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))
    return day + timedelta(days=count * {"week": 7, "fortnight": 14}.get(unit, 1))


def _unit_around(day: date, unit: str) -> DateRange | None:
    """The week (from Monday), month, year or ten years around a day."""
    if unit == "day":
        return DateRange(day, day)
    if unit in {"week", "fortnight"}:
        monday = day - timedelta(days=day.weekday())
        return DateRange(monday, monday + timedelta(days=6 if unit == "week" else 13))
    if unit == "month":
        return DateRange(day.replace(day=1), day.replace(day=calendar.monthrange(day.year, day.month)[1]))
    if unit == "year":
        return DateRange(date(day.year, 1, 1), date(day.year, 12, 31))
    return DateRange(date(day.year - 5, 1, 1), date(day.year + 4, 12, 31)) if unit == "decade" else None

"""Which publication dates suit a question."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date, timedelta

from index.dates import DateRange, find_dates, resolve

# Set on the public half of RealTimeQA (see benchmarks/): what an article of the right days gains.
_NEAR = 3.5
# What one of a named month, day or season gains; a year alone tells little ("the 2022 World Cup").
_NAMED = 2.0
_NAMED_YEAR = 0.25
_SHORT = timedelta(days=93)
# News is asked about while it is fresh: full gain for four days, none from the sixteenth on, and little
# for what was published only after the question.
_FRESH_DAYS = 4
_STALE_DAYS = 16
_LATER_DAYS = 3
# Reports of a day's events are published on it or in the days after.
_REPORTED_WITHIN = timedelta(days=10)


def is_of_days(published: date | None, days: Sequence[DateRange]) -> bool:
    """Tell whether an article may report on some days: published on them or shortly after."""
    return published is not None and any(
        span.first <= published <= span.last + _REPORTED_WITHIN for span in days
    )


def date_preference(query: str, asked_at: date | None) -> Callable[[date | None], float]:
    """Return a factor, from 1 up, by which an article's score is raised for its publication date.

    Days named in the query ("in June 2014") count where they can be told. Otherwise nearness to
    ``asked_at``: "this week" and "on Monday" of a question are of the last days, and so is what is asked
    about with a year alone. Articles without a date, and queries without either, get 1.
    """
    ranges = [found for mention in find_dates(query) if (found := resolve(mention, asked_at)) is not None]
    short = [span for span in ranges if span.last - span.first <= _SHORT]
    if asked_at is None:
        return lambda published: (
            1.0 + _NAMED * is_of_days(published, short)
            if short
            else 1.0 + _NAMED_YEAR * is_of_days(published, ranges)
        )
    now = asked_at
    past = [span for span in short if (now - span.last).days >= _STALE_DAYS]
    if past:
        return lambda published: 1.0 + _NAMED * is_of_days(published, past)
    return lambda published: 1.0 if published is None else 1.0 + _NEAR * _freshness(now, published)


def _freshness(now: date, published: date) -> float:
    """Return 1 for articles of the last days, falling to 0 for old ones and for later ones."""
    age = (now - published).days
    if age < 0:
        return max(0.0, 1.0 + age / _LATER_DAYS)
    if age <= _FRESH_DAYS:
        return 1.0
    return max(0.0, (_STALE_DAYS - age) / (_STALE_DAYS - _FRESH_DAYS))

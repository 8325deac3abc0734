"""Which publication dates suit a question."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta

from index.dates import DateRange, find_dates, resolve

# Set on the public half of RealTimeQA (see benchmarks/): what an article of the right days gains.
_NEAR = 3.5
_NAMED = 0.5
# News is asked about while it is fresh: full gain for four days, none from the sixteenth on, and little
# for what was published only after the question.
_FRESH_DAYS = 4
_STALE_DAYS = 16
_LATER_DAYS = 3
# Reports of a day's events are published on it or in the days after.
_REPORTED_WITHIN = timedelta(days=10)


def date_preference(query: str, asked_at: date | None) -> Callable[[date | None], float]:
    """Return a factor, from 1 up, by which an article's score is raised for its publication date.

    Days named in the query ("in June 2014", "last week") count where they can be told; otherwise
    nearness to ``asked_at``. Articles without a date, and queries without either, get 1.
    """
    ranges = [found for mention in find_dates(query) if (found := resolve(mention, asked_at)) is not None]
    if ranges:
        return lambda published: 1.0 if published is None else 1.0 + _NAMED * _within(published, ranges)
    if asked_at is not None:
        now = asked_at
        return lambda published: 1.0 if published is None else 1.0 + _NEAR * _freshness(now, published)
    return lambda published: 1.0


def _within(published: date, ranges: list[DateRange]) -> float:
    return float(any(span.first <= published <= span.last + _REPORTED_WITHIN for span in ranges))


def _freshness(now: date, published: date) -> float:
    """Return 1 for articles of the last days, falling to 0 for old ones and for later ones."""
    age = (now - published).days
    if age < 0:
        return max(0.0, 1.0 + age / _LATER_DAYS)
    if age <= _FRESH_DAYS:
        return 1.0
    return max(0.0, (_STALE_DAYS - age) / (_STALE_DAYS - _FRESH_DAYS))

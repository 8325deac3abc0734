"""Facts about dates: what is one, what is none, and which days it stands for."""

from __future__ import annotations

import time
from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from index.dates import DateKind, DateRange, find_dates, resolve

# A Thursday.
TODAY = date(2014, 6, 12)
WORDS = (
    "June May March 10 31 2014 1999 , Sept. Tuesday yesterday last next week ago five months or days the early mid of summer"
    " 10:30 p.m. 2014-06-31 13/13/2014 0000-00-00 earlier this weekend 1990s - – \n \x00 é 999 years a few overnight"
)
PIECES = st.lists(
    st.sampled_from(WORDS.split(" ")) | st.text(max_size=6),
    max_size=12,
).map(" ".join)


def days(text: str, today: date | None = TODAY) -> DateRange | None:
    """What the single mention of a text stands for."""
    (mention,) = find_dates(text)
    return resolve(mention, today)


def span(first: str, last: str | None = None) -> DateRange:
    return DateRange(date.fromisoformat(first), date.fromisoformat(last or first))


@pytest.mark.parametrize(
    ("text", "mentions"),
    [
        ("On June 10, 2014, the town fell", ["June 10, 2014"]),
        ("On Tuesday, Sept. 3, 2024 the Fed met", ["Tuesday, Sept. 3, 2024"]),
        ("the April 30 elections", ["April 30"]),
        ("It began four or five days ago, on Monday night", ["four or five days ago", "Monday night"]),
        ("at 3 p.m. yesterday", ["3 p.m.", "yesterday"]),
        ("in May and since March", ["May", "March"]),
        ("the 10th of June", ["the 10th of June"]),
        ("What happened in June 2014?", ["June 2014"]),
        ("Who won last week?", ["last week"]),
    ],
)
def test_a_date_is_found_as_written(text: str, mentions: list[str]) -> None:
    assert [mention.text for mention in find_dates(text)] == mentions


@pytest.mark.parametrize(
    "text",
    [
        "she may act", "May she act?", "March on the capital", "the second car", "before the elections", "June Brown said", "Jan said",
        "Black Friday sales", "the Sunday Times wrote", "open on Tuesdays", "2000 people came", "about 2000 came", "$2014", "2014%",
        "the fall of the city", "room 2014B", "they fell in spring", "1,2014", "the Sun said", "in a week", "",
    ],
)  # fmt: skip
def test_what_only_looks_like_a_date_is_none(text: str) -> None:
    assert find_dates(text) == ()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("June 10, 2014", span("2014-06-10")),
        ("10 June 2014", span("2014-06-10")),
        ("2014-06-10", span("2014-06-10")),
        ("13/6/2014", span("2014-06-13")),
        ("3/4/2014", span("2014-01-01", "2014-12-31")),
        ("June 10-12, 2014", span("2014-06-10", "2014-06-12")),
        ("June 2014", span("2014-06-01", "2014-06-30")),
        ("early June 2014", span("2014-06-01", "2014-06-10")),
        ("in 2014", span("2014-01-01", "2014-12-31")),
        ("late 2014", span("2014-09-02", "2014-12-31")),
        ("the summer of 2013", span("2013-06-01", "2013-08-31")),
        ("winter 2013", span("2013-12-01", "2014-02-28")),
        ("the 1990s", span("1990-01-01", "1999-12-31")),
    ],
)
def test_a_full_date_needs_no_today(text: str, expected: DateRange) -> None:
    assert days(text, None) == expected
    assert days(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("10 June", span("2014-06-10")),
        ("Dec. 30", span("2013-12-30")),
        ("in May", span("2014-05-01", "2014-05-31")),
        ("last June", span("2013-06-01", "2013-06-30")),
        ("in April last year", span("2013-04-01", "2013-04-30")),
        ("Thursday", span("2014-06-12")),
        ("Tuesday", span("2014-06-10")),
        ("Friday", span("2014-06-06")),
        ("last Thursday", span("2014-06-05")),
        ("next Friday", span("2014-06-13")),
        ("yesterday", span("2014-06-11")),
        ("today", span("2014-06-12")),
        ("tomorrow", span("2014-06-13")),
        ("the day before yesterday", span("2014-06-10")),
        ("overnight", span("2014-06-11", "2014-06-12")),
        ("last week", span("2014-06-02", "2014-06-08")),
        ("this week", span("2014-06-09", "2014-06-15")),
        ("earlier this week", span("2014-06-09", "2014-06-12")),
        ("the past week", span("2014-06-05", "2014-06-12")),
        ("last weekend", span("2014-06-07", "2014-06-08")),
        ("last month", span("2014-05-01", "2014-05-31")),
        ("last year", span("2013-01-01", "2013-12-31")),
        ("last summer", span("2013-06-01", "2013-08-31")),
        ("the last 48 hours", span("2014-06-10", "2014-06-12")),
        ("five days ago", span("2014-06-07")),
        ("four or five days ago", span("2014-06-07", "2014-06-08")),
        ("two weeks ago", span("2014-05-26", "2014-06-01")),
        ("five months ago", span("2014-01-01", "2014-01-31")),
        ("a year ago", span("2013-01-01", "2013-12-31")),
    ],
)
def test_what_counts_from_now_is_told_by_today_alone(text: str, expected: DateRange) -> None:
    assert days(text) == expected
    assert days(text, None) is None


@pytest.mark.parametrize(
    "text",
    ["two days later", "the next day", "a year earlier", "the previous week", "3 p.m.", "Feb. 30, 2014"],
)
def test_what_cannot_be_told_is_none(text: str) -> None:
    assert days(text) is None


def test_a_weekday_is_never_in_the_future() -> None:
    for shift in range(14):
        today = TODAY + timedelta(days=shift)
        found = days("on Tuesday", today)
        assert found is not None
        assert 0 <= (today - found.first).days < 7


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("noon", DateKind.TIME),
        ("Tuesday", DateKind.WEEKDAY),
        ("June 2014", DateKind.MONTH),
        ("2014", DateKind.YEAR),
        ("June 1", DateKind.DAY),
    ],
)
def test_the_kind_tells_how_a_date_is_given(text: str, kind: DateKind) -> None:
    assert [mention.kind for mention in find_dates(text)] == [kind]


@settings(max_examples=300, deadline=None)
@given(PIECES, st.dates())
def test_any_text_is_read_with_exact_places_and_resolved_in_order(text: str, today: date) -> None:
    found = find_dates(text)
    assert found == find_dates(text)
    last = 0
    for mention in found:
        assert text[mention.start : mention.end] == mention.text
        assert last <= mention.start < mention.end
        resolved = resolve(mention, today)
        assert resolved is None or resolved.first <= resolved.last
        last = mention.end


@pytest.mark.parametrize(
    "piece", ["9", "2014-", "May ", "10 May ", "last week ", "Monday, ", "a few ", "10:", "the last ", "\n"]
)
def test_a_hostile_line_takes_linear_time(piece: str) -> None:
    short, long = (piece * (size // len(piece)) for size in (25_000, 100_000))
    assert _seconds(long) < 12 * _seconds(short) + 0.5


def _seconds(text: str) -> float:
    started = time.perf_counter()
    find_dates(text)
    return time.perf_counter() - started

from __future__ import annotations

from datetime import date

import pytest

from bot.told_days import tell_days
from bot.written_days import long_range

WEDNESDAY = date(2014, 6, 11)


@pytest.mark.parametrize(
    ("quote", "text", "first", "last"),
    [
        ("The city fell on Tuesday.", "Tuesday", date(2014, 6, 10), date(2014, 6, 10)),
        ("They left yesterday evening.", "yesterday", date(2014, 6, 10), date(2014, 6, 10)),
        ("The bank was robbed three days ago.", "three days ago", date(2014, 6, 8), date(2014, 6, 8)),
        ("Prices doubled last week.", "last week", date(2014, 6, 2), date(2014, 6, 8)),
        ("Turnout fell last month.", "last month", date(2014, 5, 1), date(2014, 5, 31)),
        ("Exports rose last year.", "last year", date(2013, 1, 1), date(2013, 12, 31)),
        ("He will not resign. He was seen on Monday.", "Monday", date(2014, 6, 9), date(2014, 6, 9)),
    ],
)
def test_words_for_days_are_told_from_the_date_of_the_article(
    quote: str, text: str, first: date, last: date
) -> None:
    (day,) = tell_days(quote, WEDNESDAY)
    assert (day.text, day.first, day.last) == (text, first, last)
    assert quote[day.start : day.end] == text


@pytest.mark.parametrize(
    "quote",
    [
        "The Sept. 11 attacks changed that.",
        "On 10 June 2014 the city fell.",
        "Parliament will vote on Thursday.",
        "The talks are due to begin on Friday.",
        "Until Sunday the bridge stays shut.",
        "Every Tuesday they met.",
        "They had fled about a week ago.",
        "In the past few days many left.",
        "Two days later they came back.",
        "A decade ago nobody lived there.",
        "They came at 3 p.m.",
    ],
)
def test_what_cannot_be_told_for_certain_is_left_alone(quote: str) -> None:
    assert tell_days(quote, WEDNESDAY) == ()


def test_without_a_date_of_publication_nothing_is_told() -> None:
    assert tell_days("The city fell on Tuesday.", None) == ()


@pytest.mark.parametrize(
    ("first", "last", "written"),
    [
        (date(2014, 6, 10), date(2014, 6, 10), "10 June 2014"),
        (date(2014, 6, 2), date(2014, 6, 8), "2 to 8 June 2014"),
        (date(2014, 5, 26), date(2014, 6, 1), "26 May to 1 June 2014"),
        (date(2013, 12, 30), date(2014, 1, 5), "30 December 2013 to 5 January 2014"),
        (date(2014, 2, 1), date(2014, 2, 28), "February 2014"),
        (date(2013, 1, 1), date(2013, 12, 31), "2013"),
    ],
)
def test_days_are_written_as_newspapers_do(first: date, last: date, written: str) -> None:
    assert long_range(first, last) == written

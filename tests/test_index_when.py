from __future__ import annotations

from datetime import date

import pytest

from index.when import date_preference, is_of_days

NOW = date(2022, 6, 17)


@pytest.mark.parametrize(
    ("query", "asked_at", "better", "worse"),
    [
        # What a question calls "this week" began before this Monday.
        ("Who resigned this week?", NOW, date(2022, 6, 11), date(2022, 3, 1)),
        ("Who resigned on Monday?", NOW, date(2022, 6, 13), date(2021, 6, 13)),
        ("Who won the 2022 World Cup?", NOW, date(2022, 6, 15), date(2022, 1, 5)),
        ("Who won the 2022 World Cup?", None, date(2022, 6, 15), date(2021, 1, 5)),
        ("Who resigned in March 2021?", None, date(2021, 4, 2), date(2022, 6, 15)),
        ("Who resigned in March 2021?", NOW, date(2021, 3, 9), date(2022, 6, 15)),
        ("Who resigned?", NOW, date(2022, 6, 15), date(2022, 7, 30)),
    ],
)
def test_reports_of_the_right_days_are_preferred(
    query: str, asked_at: date | None, better: date, worse: date
) -> None:
    prefer = date_preference(query, asked_at)
    assert prefer(better) > prefer(worse) >= 1.0
    assert prefer(None) == 1.0


def test_without_any_date_nothing_is_preferred() -> None:
    prefer = date_preference("Who resigned this week?", None)
    assert prefer(date(2022, 6, 11)) == prefer(date(1999, 1, 1)) == prefer(None) == 1.0


def test_a_report_may_come_some_days_later() -> None:
    from index.dates import DateRange

    days = [DateRange(date(2021, 3, 1), date(2021, 3, 31))]
    assert is_of_days(date(2021, 4, 9), days) and not is_of_days(date(2021, 5, 1), days)
    assert not is_of_days(None, days) and not is_of_days(date(2021, 3, 3), [])

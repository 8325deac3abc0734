"""Facts about quantities: what is one, what it measures, and when two are the same."""

from __future__ import annotations

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.quantities import Hedge, Kind, Quantity, find_quantities, same_quantity

WORDS = (
    "1,000 500K 1.8 million half a dozen dozens of two and thirty-one third 4.2 % percent $5bn £ € to - – , . ( ) 2014"
    " June 10 10:30 COVID-19 F-16 8-1 about nearly more than people miles 31-year-old aged years ½ 1/2 \n \x00 é 9999"
)
PIECES = st.lists(
    st.sampled_from(WORDS.split(" ")) | st.text(max_size=6),
    max_size=14,
).map(" ".join)


def only(text: str) -> Quantity:
    """The single quantity of a text."""
    (found,) = find_quantities(text)
    return found


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1,000 letters", 1_000),
        ("500K readers", 500_000),
        ("1.8 million people", 1_800_000),
        ("half a million people", 500_000),
        ("Half a Million Walk Out", 500_000),
        ("a quarter of a million voters", 250_000),
        ("two and a half million voters", 2_500_000),
        ("a dozen boats", 12),
        ("two dozen boats", 24),
        ("half a dozen boats", 6),
        ("one thousand two hundred seats", 1_200),
        ("thirty-one seats", 31),
        ("a hundred and five seats", 105),
        ("a million candles", 1_000_000),
        ("10m people", 10_000_000),
        ("5,00,000 families", 500_000),
        ("1½ cups", 1.5),
        ("over 8000 people", 8_000),
        ("2000 people marched", 2_000),
        ("one sailor drowned", 1),
        ("In Harburg 24 people were rescued", 24),
    ],
)
def test_a_count_is_read_in_figures_and_in_words(text: str, value: float) -> None:
    found = only(text)
    assert (found.kind, found.value, found.unit) == (Kind.COUNT, value, None)


@pytest.mark.parametrize(
    ("text", "kind", "value", "unit"),
    [
        ("$5.4bn", Kind.MONEY, 5.4e9, "USD"),
        ("£3.4m deal", Kind.MONEY, 3.4e6, "GBP"),
        ("€20", Kind.MONEY, 20, "EUR"),
        ("Rs 500 crore", Kind.MONEY, 5e9, "INR"),
        ("US$50 million", Kind.MONEY, 5e7, "USD"),
        ("5 million Canadian dollars", Kind.MONEY, 5e6, "CAD"),
        ("half a million pounds", Kind.MONEY, 5e5, "GBP"),
        ("$15 an hour", Kind.MONEY, 15, "USD per hour"),
        ("10 pounds of flour", Kind.MEASURE, 10, "pound"),
        ("4.2 percent", Kind.PERCENT, 4.2, "%"),
        ("4.2 per cent", Kind.PERCENT, 4.2, "%"),
        ("4.2%", Kind.PERCENT, 4.2, "%"),
        ("4.2 p.c.", Kind.PERCENT, 4.2, "%"),
        ("3 percentage points", Kind.PERCENT, 3, "percentage point"),
        ("half of the hall", Kind.PERCENT, 50, "%"),
        ("one in five pupils", Kind.PERCENT, 20, "%"),
        ("225 miles north", Kind.DISTANCE, 225, "mile"),
        ("100km away", Kind.DISTANCE, 100, "kilometre"),
        ("a 5m wall", Kind.DISTANCE, 5, "metre"),
        ("a 10-foot fence", Kind.DISTANCE, 10, "foot"),
        ("500 square kilometres", Kind.MEASURE, 500, "square kilometre"),
        ("40C", Kind.MEASURE, 40, "degree Celsius"),
        ("minus 5 degrees", Kind.MEASURE, -5, "degree"),
        ("3 million barrels of oil a day", Kind.MEASURE, 3e6, "barrel per day"),
        ("a magnitude 6.1 earthquake", Kind.MEASURE, 6.1, "magnitude"),
        ("24 hours", Kind.DURATION, 24, "hour"),
        ("a three-year sentence", Kind.DURATION, 3, "year"),
        ("half an hour", Kind.DURATION, 0.5, "hour"),
        ("aged 31", Kind.AGE, 31, "year"),
        ("a 31-year-old baker", Kind.AGE, 31, "year"),
        ("Anna Weber, 31, said", Kind.AGE, 31, "year"),
        ("a six-month-old calf", Kind.AGE, 6, "month"),
        ("the second-largest port", Kind.ORDINAL, 2, None),
        ("the 21st edition", Kind.ORDINAL, 21, None),
    ],
)
def test_units_make_the_kind(text: str, kind: Kind, value: float, unit: str | None) -> None:
    found = only(text)
    assert (found.kind, found.value, found.unit) == (kind, value, unit)


@pytest.mark.parametrize(
    "text",
    [
        "in 2014", "the 2014 elections", "on June 10, 2014", "10 June", "2014-06-10", "the 1990s", "in his mid-30s", "at 10:30 a.m.",
        "3 p.m.", "nine o'clock", "24/7", "9/11", "COVID-19 cases", "an F-16 jet", "a Boeing 737 crashed", "G7 leaders", "IE 11 stopped",
        "call 555-1234", "+44 20 7946 0958", "Route 66", "Title 42", "phase two", "No. 1", "number one", "no one came", "one of the men",
        "one another", "3D glasses", "4-4-2", "the 2022-23 season", "nineteen eighty-four", "https://example.org/12/345", "", "oneself",
        "1234567890123456789", "3. Close the door.", "a ratio of 7:1", "910 N. Mill Road", "at 6 in the morning",
    ],
)  # fmt: skip
def test_figures_that_count_nothing_are_left_out(text: str) -> None:
    assert find_quantities(text) == ()


@pytest.mark.parametrize(
    ("text", "value", "upper", "unit"),
    [
        ("20 to 30 boats", 20, 30, None),
        ("20-30 boats", 20, 30, None),
        ("between 20 and 30 boats", 20, 30, None),
        ("between 20 to 30 boats", 20, 30, None),
        ("20 to 30 million boats", 20e6, 30e6, None),
        ("$10-20 million", 10e6, 20e6, "USD"),
        ("four or five days", 4, 5, "day"),
        ("20,000 to 30,000 tonnes", 20_000, 30_000, "tonne"),
    ],
)
def test_a_range_has_two_ends(text: str, value: float, upper: float, unit: str | None) -> None:
    found = only(text)
    assert (found.value, found.upper, found.unit) == (value, upper, unit)


def test_a_change_is_two_values_not_a_range() -> None:
    assert [(q.value, q.upper) for q in find_quantities("sales rose from 20 to 30 cars")] == [
        (20, None),
        (30, None),
    ]


@pytest.mark.parametrize("text", ["won 8-1", "a 217-213 vote", "lost 2-3 to the visitors"])
def test_a_score_is_a_score(text: str) -> None:
    assert only(text).kind is Kind.SCORE


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("dozens of boats", 24),
        ("scores of boats", 40),
        ("hundreds of thousands of boats", 200_000),
        ("several hundred boats", 200),
    ],
)
def test_an_open_number_is_vague_and_has_a_lower_bound(text: str, value: float) -> None:
    found = only(text)
    assert found.vague
    assert (found.value, found.noun) == (value, "boats")


@pytest.mark.parametrize(
    ("text", "noun"),
    [
        ("2,400 prisoners escaped", "prisoners"),
        ("24 staff members were held", "staff members"),
        ("30 other countries", "countries"),
        ("10,000 U.S. troops", "U.S. troops"),
        ("12 armed men", "armed men"),
        ("500 of the city's bakers", "bakers"),
        ("a 12-member council", "member"),
        ("two countries talks stalled", "countries"),
        ("two sports clubs closed", "sports clubs"),
        ("3 percent of voters", "voters"),
        ("one police officer died", "police officer"),
        ("killing 31 and wounding 46", None),
        ("17 were found", None),
    ],
)
def test_the_noun_is_what_is_counted(text: str, noun: str | None) -> None:
    assert find_quantities(text)[0].noun == noun


@pytest.mark.parametrize(
    ("text", "hedge"),
    [
        ("50 boats", Hedge.EXACT),
        ("about 50 boats", Hedge.ABOUT),
        ("some 50 boats", Hedge.ABOUT),
        ("an estimated 50 boats", Hedge.ABOUT),
        ("nearly 50 boats", Hedge.NEARLY),
        ("almost 50 boats", Hedge.NEARLY),
        ("more than 50 boats", Hedge.MORE_THAN),
        ("over 50 boats", Hedge.MORE_THAN),
        ("at least 50 boats", Hedge.AT_LEAST),
        ("at least another 50 boats", Hedge.AT_LEAST),
        ("50 or more boats", Hedge.AT_LEAST),
        ("50-plus boats", Hedge.AT_LEAST),
        ("up to 50 boats", Hedge.UP_TO),
        ("as many as 50 boats", Hedge.UP_TO),
        ("fewer than 50 boats", Hedge.FEWER_THAN),
    ],
)
def test_the_hedge_is_kept_apart_from_the_number(text: str, hedge: Hedge) -> None:
    found = only(text)
    assert (found.hedge, found.value, found.text) == (hedge, 50, "50")


def test_the_place_of_the_hedge_is_told() -> None:
    text = "They saw more than 1,000 birds."
    found = only(text)
    assert text[found.hedge_start : found.end] == "more than 1,000"


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("500,000 people", "half a million people"),
        ("500,000 people", "500K Iraqis"),
        ("nearly 500,000 people", "as many as 500,000 residents"),
        ("more than 500,000", "half a million"),
        ("one thousand letters", "1,000 letters"),
        ("$5.4bn", "5.4 billion dollars"),
        ("24 hours", "one day"),
        ("36 months", "three years"),
        ("250 miles", "400 km"),
        ("3 miles", "5 km"),
        ("104F", "40C"),
        ("two-thirds of voters", "66.7 percent of voters"),
        ("half of voters", "50% of voters"),
        ("dozens of boats", "dozens of ships"),
        ("20-30 boats", "between 20 and 30 ships"),
    ],
)
def test_the_same_quantity_in_other_words(one: str, other: str) -> None:
    assert same_quantity(only(one), only(other))
    assert same_quantity(only(other), only(one))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("1.8 million people", "2 million people"),
        ("1.8 million people", "nearly 2 million people"),
        ("30 boats", "30 percent"),
        ("30 boats", "30 miles"),
        ("$30", "£30"),
        ("$15", "$15 an hour"),
        ("3 percent", "3 percentage points"),
        ("dozens of boats", "24 boats"),
        ("20 to 30 boats", "20 boats"),
        ("more than 500 boats", "fewer than 500 boats"),
        ("90 minutes", "two hours"),
        ("350 miles", "600 km"),
        ("30 days", "one month"),
        ("the third boat", "three boats"),
        ("33 percent", "34 percent"),
    ],
)
def test_another_quantity_is_not_the_same(one: str, other: str) -> None:
    assert not same_quantity(only(one), only(other))
    assert not same_quantity(only(other), only(one))


@settings(max_examples=300, deadline=None)
@given(PIECES)
def test_any_text_is_read_with_exact_places_and_always_alike(text: str) -> None:
    found = find_quantities(text)
    assert found == find_quantities(text)
    last = 0
    for quantity in found:
        assert text[quantity.start : quantity.end] == quantity.text
        assert last <= quantity.start < quantity.end
        assert quantity.hedge_start <= quantity.start
        assert quantity.noun is None or quantity.noun in text
        assert same_quantity(quantity, quantity)
        last = quantity.end


@pytest.mark.parametrize(
    "piece",
    ["9", "9,999,", "one hundred and ", "1-", "1" + " " * 40, "about ", "$", "a ", "\n", "May ", "half a "],
)
def test_a_hostile_line_takes_linear_time(piece: str) -> None:
    short, long = (piece * (size // len(piece)) for size in (25_000, 100_000))
    assert _seconds(long) < 12 * _seconds(short) + 0.5


def _seconds(text: str) -> float:
    started = time.perf_counter()
    find_quantities(text)
    return time.perf_counter() - started


def test_a_unit_may_hold_a_no_break_space() -> None:
    (found,) = find_quantities("a flat of 900 sq\u00a0ft in the city")
    assert (found.value, found.unit) == (900, "square foot")

"""The parts of the judge: statements, figures, dates, opposites, word vectors, weights."""

from __future__ import annotations

import json
from datetime import date

import pytest

from bot.amounts import covers
from bot.claims import split_claim
from bot.contrast import differ
from bot.moments import covers as covers_date
from bot.naming import is_same_people
from bot.quantities import find_quantities
from bot.quoted import find_quotations
from bot.reading import read
from bot.weigh import NAMES, WEIGHTS_FILE, load_weights
from index.dates import find_dates
from index.lexicon import load_lexicon


@pytest.mark.parametrize(
    ("claim", "statements"),
    [
        ("The army fled [1]. Mosul fell 【2】.", ("The army fled.", "Mosul fell.")),
        ("Sure! The army left the city (source 3).", ("The army left the city.",)),
        ("- The army left the city", ("The army left the city",)),
        ("Click here for all the latest news.", ()),
        ("The army left the city, but the governor stayed in it.", ("The army left the city", "the governor stayed in it.")),
        ("The army left the city; the governor stayed in it.", ("The army left the city", "the governor stayed in it.")),
        ("Iraq and the Levant are at war, and so is Syria.", ("Iraq and the Levant are at war, and so is Syria.",)),
        ('He said, "The army left the city, but he stayed in it."', ('He said, "The army left the city, but he stayed in it."',)),
        ("The 18 - year - old did n't win £ 50 m .", ("The 18-year-old didn't win £50m.",)),
        ("U.S. forces left Iraq. It was over.", ("U.S. forces left Iraq.", "It was over.")),
        ("...", ()),
    ],
)  # fmt: skip
def test_a_claim_is_split_where_that_is_safe(claim: str, statements: tuple[str, ...]) -> None:
    assert split_claim(claim) == statements


@pytest.mark.parametrize(
    ("said", "found", "holds"),
    [
        ("500,000 people", "half a million people", True),
        ("500K people", "half a million people", True),
        ("2 million people", "1.8 million people", False),
        ("nearly 2 million people", "1.8 million people", True),
        ("about 500 people", "487 people", True),
        ("about 486 people", "487 people", False),
        ("more than 400 people", "412 people", True),
        ("more than 400 people", "1,412 people", False),
        ("more than 400 people", "390 people", False),
        ("400 people", "more than 400 people", False),
        ("400 people", "nearly 400 people", False),
        ("more than 400 people", "nearly 400 people", False),
        ("more than 400 people", "at least 400 people", True),
        ("400 people", "about 400 people", True),
        ("at least 400 people", "400 people", True),
        ("dozens of people", "46 people", True),
        ("dozens of people", "460 people", False),
        ("30 percent", "30 per cent", True),
        ("30 percent", "30 people", False),
        ("$5 million", "5 million dollars", True),
        ("$5 million", "£5 million", False),
        ("200 km", "124 miles", True),
        ("200 km", "200 miles", False),
        ("20 to 30 people", "24 people", True),
        ("31 to 240 people", "31 people", False),
    ],
)
def test_which_figures_make_which_true(said: str, found: str, holds: bool) -> None:
    (one,), (other,) = find_quantities(said), find_quantities(found)
    assert covers(one, other) is holds


@pytest.mark.parametrize(
    ("said", "found", "published", "holds"),
    [
        ("on June 10, 2014", "on 10 June 2014", None, True),
        ("in June 2014", "on 10 June 2014", None, True),
        ("on 10 June 2014", "in June 2014", None, False),
        ("on Tuesday", "on June 10, 2014", None, True),
        ("on Monday", "on June 10, 2014", None, False),
        ("on Monday", "on Tuesday", None, False),
        ("on Tuesday", "yesterday", date(2014, 6, 11), True),
        ("on 10 June 2014", "on Tuesday", date(2014, 6, 11), True),
        ("on 10 June 2014", "on June 10", date(2014, 6, 11), True),
        ("on 10 June 2013", "on June 10", date(2014, 6, 11), False),
        ("on Monday, 10 June 2014", "on 10 June 2014", None, False),
        ("at 3 p.m.", "at 15:00", None, True),
        ("at 3 p.m.", "at 3 a.m.", None, False),
        ("in 2014", "on 10 June 2014", None, True),
        ("in 2013", "in 2014", None, False),
        ("in the past 96 hours", "in the past 48 hours", date(2014, 6, 11), False),
    ],
)
def test_which_dates_make_which_true(said: str, found: str, published: date | None, holds: bool) -> None:
    (one,), (other,) = find_dates(said), find_dates(found)
    assert covers_date(one, other, published) is holds


@pytest.mark.parametrize(
    ("one", "other", "holds"),
    [
        ("rose", "fell", True), ("north", "south", True), ("legal", "illegal", True), ("won", "lost", True),
        ("before", "after", True), ("monday", "friday", True), ("father", "brother", True), ("grey", "gray", False),
        ("rose", "climbed", False), ("large", "big", False), ("army", "city", False), ("interest", "rest", False),
    ],
)  # fmt: skip
def test_which_words_exclude_each_other(one: str, other: str, holds: bool) -> None:
    assert differ(one, other) is holds
    assert differ(other, one) is holds


@pytest.mark.parametrize(
    ("one", "other", "holds"),
    [
        ("iraq", "iraqi", True), ("iraqis", "iraq", True), ("french", "france", True), ("us", "american", True),
        ("iraq", "iran", False), ("austria", "australia", False), ("french", "german", False), ("mosul", "baghdad", False),
    ],
)  # fmt: skip
def test_countries_and_their_people(one: str, other: str, holds: bool) -> None:
    assert is_same_people(one, other) is holds


def test_quotations_are_found_in_any_marks_and_parted_at_gaps() -> None:
    text = "“We will … not leave,” he said. \"It's [the city] lost.\" It was 'a bad day' for Jones's men."
    assert [parts for _, parts in find_quotations(text)] == [
        ("We will", "not leave,"),
        ("It's", "lost."),
        ("a bad day",),
    ]


def test_a_text_is_read_in_words_with_their_places() -> None:
    text = "The U.N. didn't pay $1,000.50, Ms Ölçer said.\nIt can't."
    reading = read(text)
    words = [token.word for token in reading.tokens]
    assert words == ["the", "un", "did", "not", "pay", "1000.50", "ms", "olcer", "said", "it", "can", "not"]
    assert [text[token.start : token.end] for token in reading.tokens][1:4] == ["U.N.", "did", "n't"]
    assert [token.word for token in reading.tokens if token.opens] == ["the", "it"]
    assert reading.find(["can", "not"]) == [10]


def test_rare_words_weigh_more_and_near_words_are_found() -> None:
    lexicon = load_lexicon()
    rarities = [lexicon.rarity(word) for word in ("the", "city", "refinery", "kestwick")]
    assert rarities == sorted(rarities)
    assert rarities[0] == 0.1
    assert rarities[-1] == 1.0
    (near, none) = lexicon.near(["killed", "kestwick"], ["murdered", "bridge", "qqqq"], floor=0.48)
    assert list(near) == ["murdered"]
    assert none == {}
    assert lexicon.near([], ["city"], floor=0.5) == []


def test_the_weights_keep_the_signs_that_were_fixed_and_name_the_script_that_made_them() -> None:
    content = json.loads(WEIGHTS_FILE.read_text(encoding="utf-8"))
    assert content["made by"] == "python -m benchmarks judge --fit"
    weights = dict(zip(NAMES, load_weights().weights, strict=True))
    assert weights["words"] >= 0 <= weights["pairs"]
    assert all(weights[name] <= 0 for name in ("missing", "gap", "absent", "contradicted"))

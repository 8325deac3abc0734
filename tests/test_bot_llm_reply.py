"""A reply that comes in pieces: its sentences and marks; words that a quote has not, or has elsewhere."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.added import find_added, find_other_doer, find_swapped
from bot.credit import strip_credit
from bot.marks import hold_marks, release_marks
from bot.orders import show_plainly
from bot.reply import MAX_REPLY_CHARS, Claim, Reply
from index.errors import LLMTroubleError
from index.model import ArticleRef

REPLY = """<think>They fled. Or did they? [9]</think>**Answer:** Mosul fell on Tuesday. [1] Half a million people
fled【2】. Gov. Atheel al-Nujaifi left at 5 p.m. on Tuesday [3][4].

- They took “everything.” [5]
- It cost $5.5m (6).

Sources:
[1] Mosul falls
"""
CLAIMS = [
    Claim(text="Mosul fell on Tuesday.", marks=(1,)),
    Claim(text="Half a million people fled.", marks=(2,)),
    Claim(text="Gov. Atheel al-Nujaifi left at 5 p.m. on Tuesday.", marks=(3, 4)),
    Claim(text="They took “everything.”", marks=(5,)),
    Claim(text="It cost $5.5m.", marks=(6,)),
]


def read(text: str, sizes: list[int], *, ended: bool = True) -> list[Claim]:
    reply = Reply()
    claims: list[Claim] = []
    position = 0
    for size in sizes:
        claims += reply.feed(text[position : position + size])
        position += size
    return [*claims, *reply.feed(text[position:]), *reply.finish(ended=ended)]


@given(st.lists(st.integers(1, 60), max_size=40))
def test_sentences_are_the_same_however_they_come(sizes: list[int]) -> None:
    assert read(REPLY, sizes) == CLAIMS


def test_a_sentence_is_given_out_before_the_next_is_done() -> None:
    reply = Reply()
    assert reply.feed("Mosul fell on Tuesday [1]. Half a million people") == [CLAIMS[0]]


def test_a_sentence_that_breaks_off_is_no_claim() -> None:
    assert read("They fled. He went to the", [], ended=False) == [Claim(text="They fled.", marks=())]
    assert read("They fled. He went to the", []) == [
        Claim(text="They fled.", marks=()),
        Claim(text="He went to the", marks=()),
    ]


def test_what_goes_on_without_end_is_over() -> None:
    reply = Reply()
    for _ in range(MAX_REPLY_CHARS):
        reply.feed("It is so. ")
        if reply.over:
            break
    assert reply.over
    assert reply.finish(ended=True) == []


def test_what_is_no_text_is_refused() -> None:
    with pytest.raises(LLMTroubleError, match="no text"):
        Reply().feed("\x00\x01\x02\ufffd\ufffd\x03" * 9)


@pytest.mark.parametrize(
    ("text", "plain", "numbers"),
    [
        ("They fled [1, 2].", "They fled.", (1, 2)),
        ("They fled [1-3].", "They fled.", (1, 2, 3)),
        ("They fled [1–900].", "They fled.", (1, 900)),
        ("They fled. [7]", "They fled.", (7,)),
        ("They fled.¹", "They fled.", (1,)),
        ("The land has 5 km² of forest.", "The land has 5 km² of forest.", ()),
        ("He (34) won by 5 (of 7).", "He (34) won by 5 (of 7).", ()),
        ("“We left” [sic], he said.", "“We left” [sic], he said.", ()),
        ("A private \ue000mark\ue001 [2].", "A private mark.", (2,)),
    ],
)
def test_marks_are_taken_out(text: str, plain: str, numbers: tuple[int, ...]) -> None:
    assert release_marks(hold_marks(text)) == (plain, numbers)


@given(st.text(max_size=200))
def test_marks_never_fail(text: str) -> None:
    _, numbers = release_marks(hold_marks(text))
    assert all(number >= 0 for number in numbers)


@given(st.text(max_size=200))
def test_what_a_model_reads_is_one_line_of_seen_characters(text: str) -> None:
    plain = show_plainly(text)
    assert plain == " ".join(plain.split())
    assert plain.isprintable()
    assert show_plainly(plain) == plain


QUOTE = "A bomber struck in Sadr City, killing 31 and wounding 46, the police said."


@pytest.mark.parametrize(
    ("claim", "added"),
    [
        ("A bomber killed 31 in Sadr City.", ""),
        ("Later, a bomber killed 31 in Sadr City, the police said.", ""),
        ("A bomber killed 31 in Sadr City after a football match.", "footbal match"),
    ],
)
def test_words_that_no_quote_holds_are_found(claim: str, added: str) -> None:
    assert find_added(claim, QUOTE) == added


@pytest.mark.parametrize(
    ("claim", "other"),
    [
        ("Soldiers killed 31 in Sadr City.", "soldier"),
        ("Later, soldiers killed 31 in Sadr City.", "soldier"),
        ("Bombers killed 31 in Sadr City.", ""),
        ("Omar Saleh killed 31 in Sadr City.", ""),
        ("It is so.", ""),
    ],
)
def test_another_who_did_it_is_found(claim: str, other: str) -> None:
    assert find_other_doer(claim, QUOTE) == other


def test_short_and_long_names_are_the_same() -> None:
    long = "The International Organization for Migration warned of hunger."
    assert find_added(long, "IOM warned of hunger in the city.") == ""
    assert find_added("The IOM warned of hunger.", long) == ""


@pytest.mark.parametrize(
    ("claim", "swapped"),
    [
        ("A bomber killed 31 and wounded 46 in Sadr City.", ""),
        ("46 were wounded and 31 killed in Sadr City.", ""),
        ("A bomber killed 46 and wounded 31 in Sadr City.", "46"),
        (QUOTE, ""),
    ],
)
def test_numbers_that_have_changed_places_are_found(claim: str, swapped: str) -> None:
    assert find_swapped(claim, QUOTE) == swapped


def test_a_newspaper_is_taken_off() -> None:
    post = ArticleRef(id="p", file="p.md", title="Bridge closed", publisher="The Post")
    wire = ArticleRef(id="w", file="w.md", title="Bridge sold", publisher="Harbour Wire")

    def strip(claim: str) -> tuple[str, frozenset[str] | None]:
        return strip_credit(claim, [post, wire])

    assert strip("According to The Post, the bridge is closed.") == (
        "The bridge is closed.",
        frozenset("p"),
    )
    assert strip("One report reports that the bridge is closed.")[1] == {"p", "w"}
    assert strip("According to the mayor, the bridge is closed.")[1] is None
    assert strip("The bridge is closed.") == ("The bridge is closed.", None)

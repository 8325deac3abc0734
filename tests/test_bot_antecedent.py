"""Facts about who "He" or "The group" is: named where the article is clear, left open where it is not."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.antecedent import find_antecedent
from index.model import Span


def named(*sentences: str) -> str | None:
    """Who opens the last of some sentences, checked against the text it stands in."""
    text, spans = "", []
    for sentence in sentences:
        spans.append(Span(len(text), len(text) + len(sentence)))
        text += sentence + " "
    found = find_antecedent(text, spans, len(spans) - 1)
    if found is None:
        return None
    assert text[found.start : found.end] == found.text
    assert found.end <= spans[-1].start
    return found.text


@pytest.mark.parametrize(
    ("sentences", "who"),
    [
        (("Anna Weber left the ministry on Monday.", "She had served for six years."), "Anna Weber"),
        (("The minister, Karl Brandt, resigned.", "He gave no reason."), "Karl Brandt"),
        (("Mayor Karl Brandt met Anna Weber.", "He promised help."), "Karl Brandt"),
        (("Mayor Karl Brandt met Anna Weber.", "She promised help."), "Anna Weber"),
        (("Karl Brandt resigned.", "He gave no reason.", "He will stay in town."), "Karl Brandt"),
        (
            ("Karl Brandt spoke first.", "“The harbour is safe,” Brandt said.", "He left at noon."),
            "Karl Brandt",
        ),
        (
            ("“The harbour is safe,” said Karl Brandt.", "“We have checked it.", "It holds.”", "He left."),
            "Karl Brandt",
        ),
        (("Mayor Karl Brandt met Otto Frank while he was ill.", "He promised help."), None),
        (("Iron Dawn seized the depot.", "The group has fought in Syria."), None),
        (("The Northern Front seized the depot.", "The group has fought before."), "Northern Front"),
        (("Fighters of the Northern Front (NF) seized the depot.", "The group fled."), "Northern Front"),
        (("Harbour Holdings raised its prices.", "The company gave no reason."), "Harbour Holdings"),
        (("The fire began near Lisbon.", "The city was spared."), "Lisbon"),
        (("The fire began in Portugal.", "The country sent for help."), "Portugal"),
        (("The Northern Front seized the depot.", "It also holds the road."), "Northern Front"),
    ],
)
def test_the_opening_is_named_where_one_reading_is_open(sentences: tuple[str, ...], who: str | None) -> None:
    assert named(*sentences) == who


@pytest.mark.parametrize(
    "sentences",
    [
        ("He left.",),
        ("Rain fell.", "He left."),
        ("Karl Brandt watched Otto Frank as he swam.", "He sank."),
        ("A police colonel spoke to reporters about Karl Brandt.", "He gave no names."),
        ("Karl Brandt's lawyer spoke.", "He gave no names."),
        ("Karl Brandt spoke.", "A sailor answered.", "He was angry."),
        ("Karl Brandt spoke.", "“He is a liar,” said Otto Frank. “He knows it.”"),
        ("“Otto Frank came.", "He was late,” said Karl Brandt."),
        ("Anna Weber spoke.", "He was angry."),
        ("Karl Brandt spoke.", "He and Karl Brandt are one."),
        ("Karl Brandt spoke.", "They left."),
        ("The Northern Front spoke.", "It is raining."),
        ("The Northern Front fought the Southern Front near the Eastern Union.", "It also lost a tank."),
        ("It was told to Reuters.", "The group denied it."),
        ("The fire spread between Lisbon and Porto in Madrid.", "The city was spared."),
        ("Karl Brandt spoke.", "The harbour closed."),
    ],
)
def test_the_opening_is_left_alone_where_it_is_not_clear(sentences: tuple[str, ...]) -> None:
    assert named(*sentences) is None


def test_the_bare_surname_is_given_where_two_bear_it() -> None:
    sentences = (
        "Karl Brandt and his wife Anna Brandt came.",
        "Later Brandt said it was late.",
        "They stayed.",
        "Brandt slept.",
        "He snored.",
    )
    assert named(*sentences) in {None, "Brandt"}


def test_another_article_in_front_is_never_asked() -> None:
    text = "Karl Brandt spoke. He left."
    assert find_antecedent(text, [Span(19, 27)], 0) is None


@settings(max_examples=200, deadline=None)
@given(
    st.lists(
        st.sampled_from(
            ["He", "She", "It", "The group", "Karl Brandt said", "“", "”", "\n", "Anna", ".", "The city", "é"]
        ),
        max_size=20,
    )
)
def test_any_sentences_give_an_earlier_name_or_none(words: list[str]) -> None:
    spans, text = [], ""
    for word in [*words, "He"]:
        spans.append(Span(len(text), len(text) + len(word)))
        text += word + " "
    for i, span in enumerate(spans):
        found = find_antecedent(text, spans, i)
        assert found == find_antecedent(text, spans, i)
        assert found is None or (text[found.start : found.end] == found.text and found.end <= span.start)

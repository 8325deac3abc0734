"""Whose words a quotation is that goes on over several sentences."""

from __future__ import annotations

import pytest

from bot.speaker import find_speaker
from index.model import Span


def speaker(*sentences: str, at: int = -1) -> str | None:
    """Who speaks in one of some sentences, checked against the text it stands in."""
    text, spans = "", []
    for sentence in sentences:
        spans.append(Span(len(text), len(text) + len(sentence)))
        text += sentence + " "
    index = at % len(spans)
    found = find_speaker(text, spans, index)
    if found is None:
        return None
    assert text[found.start : found.end] == found.text
    assert found.end <= spans[index].start
    return found.text


@pytest.mark.parametrize(
    ("sentences", "who"),
    [
        (("“The harbour is safe,” Karl Brandt said.", "“We have checked it twice.”"), "Karl Brandt"),
        (('"The harbour is safe," said Karl Brandt.', '"We have checked it twice."'), "Karl Brandt"),
        (("“It is safe,” said Anna Weber, the mayor.", "“We checked.", "“Twice.”"), "Anna Weber"),
        (
            ("“Berlin and Otto Frank agree,” said Karl Brandt.", "“So does everybody here.”"),
            "Karl Brandt",
        ),
        # The name may stand inside the quotation as well as outside.
        (("“I am Karl Brandt,” Karl Brandt said.", "“That is all I say.”"), "Karl Brandt"),
        (("“It is safe,” Karl Brandt told reporters in Athens.", "“Go and look.”"), "Karl Brandt"),
    ],
)
def test_the_one_who_is_named_beside_a_word_of_speech(sentences: tuple[str, ...], who: str) -> None:
    assert speaker(*sentences) == who


@pytest.mark.parametrize(
    "sentences",
    [
        ("“We have checked it twice.”",),
        # The sentence names its speaker.
        ("“It is safe,” Karl Brandt said.", "“We checked it,” said Anna Weber."),
        ("“It is safe,” Karl Brandt said.", "“We checked it,” she added."),
        # It is no quotation.
        ("“It is safe,” Karl Brandt said.", "The harbour was checked twice."),
        # Another sentence stands between.
        ("“It is safe,” Karl Brandt said.", "The crowd was silent.", "“We have checked it twice.”"),
        # Two could have said it.
        ("“It is safe,” Karl Brandt and Anna Weber said.", "“We have checked it twice.”"),
        ("“It is safe,” Karl Brandt told Anna Weber.", "“We have checked it twice.”"),
        # Nobody is named outside the quotation.
        ("“Karl Brandt was there,” she said.", "“We have checked it twice.”"),
        ("“It is safe,” the mayor said.", "“We have checked it twice.”"),
        # Named, but by no word of speech.
        ("“Safe” was the word on Karl Brandt's hat.", "“We have checked it twice.”"),
        # An organisation speaks, but is nobody.
        ("“It is safe,” the Ministry of Transport said.", "“We have checked it twice.”"),
        # Too far back.
        ("“Safe,” Karl Brandt said.", "“One.", "“Two.", "“Three.", "“Four.”"),
    ],
)
def test_nobody_where_it_is_not_sure(sentences: tuple[str, ...]) -> None:
    assert speaker(*sentences) is None


def test_the_first_sentence_has_nobody_before_it() -> None:
    assert speaker("“Safe,” Karl Brandt said.", "“Quite safe.”", at=0) is None

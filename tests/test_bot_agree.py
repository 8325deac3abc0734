"""Whether two sentences say the same thing."""

from __future__ import annotations

import math
from datetime import date

import numpy as np
import pytest

from bot.agree import counts_it, gives_another_number, says_the_same
from bot.candidates import Candidate, Features
from bot.question import understand
from bot.slots import slot_fit
from index.model import ArticleRef, Hit, Passage, Span
from index.wording import content_stems


def candidate(text: str, question: str, *, cosine: float = 1.0, article: str = "a") -> Candidate:
    """A sentence whose vector has this cosine with that of a candidate made without one."""
    ref = ArticleRef(id=article, file=f"{article}.txt", title="Title", published=date(2014, 6, 11))
    place = Span(0, len(text))
    passage = Passage(
        id=f"{article}-1",
        article=ref,
        text=text,
        start=0,
        end=len(text),
        line_start=1,
        line_end=1,
        sentences=(place,),
    )
    slot = slot_fit(text, understand(question))
    features = Features(
        cosine=0.5, covered=0.5, told=0.5, near=0.5, topic=0.5, slot=slot, names=1.0, rank=1.0, whole=1.0
    )
    return Candidate(
        hit=Hit(rank=1, passage=passage, score=1.0, cosine=0.5),
        place=place,
        text=text,
        stems=frozenset(content_stems(text)),
        near=frozenset(content_stems(text)),
        around=frozenset(content_stems(text)),
        features=features,
        score=1.0,
        vector=np.array([cosine, math.sqrt(1 - cosine * cosine)], dtype=np.float32),
    )


FREED = "How many prisoners were freed?"
COST = "How much did the bridge cost?"
FAR = "How far is Mosul from Baghdad?"
FLED = "How many people fled Mosul?"


@pytest.mark.parametrize(
    ("question", "one", "other", "same"),
    [
        (FREED, "They freed 2,400 prisoners.", "The gunmen let 2,400 inmates go.", True),
        (FREED, "They freed 2,400 prisoners.", "The gunmen let 1,000 inmates go.", False),
        (FREED, "They freed 2,400 prisoners.", "They freed the prisoners.", False),
        (FREED, "They freed twelve prisoners.", "They freed 12 prisoners.", True),
        (FREED, "They freed 12 prisoners.", "They freed a dozen prisoners.", True),
        # The number that answers is compared, not another one beside it.
        (FREED, "In 3 hours they freed 50 prisoners.", "In 3 hours they freed 70 prisoners.", False),
        (FREED, "In 3 hours they freed 50 prisoners.", "In 5 hours they freed 50 prisoners.", True),
        (FLED, "Half a million people fled.", "Some 500,000 people fled.", True),
        # Of a town's people and those that fled, the latter answer.
        (
            FLED,
            "Norwick, a city of 2 million people, saw 500,000 people flee.",
            "Half a million people fled.",
            True,
        ),
        (FLED, "Half a million people fled.", "Some 50,000 people fled.", False),
        (COST, "The bridge cost €84 million.", "They paid €84m for the bridge.", True),
        (COST, "The bridge cost €84 million.", "They paid $84m for the bridge.", False),
        (COST, "The bridge cost €84 million.", "The bridge is 84 metres long.", False),
        (FAR, "It lies 225 miles away.", "It lies 360 kilometres away.", True),
        (FAR, "It lies 225 miles away.", "It lies 225 kilometres away.", False),
    ],
)
def test_numbers_decide_where_a_number_is_asked_for(question: str, one: str, other: str, same: bool) -> None:
    asked = understand(question)
    first, second = candidate(one, question), candidate(other, question, cosine=0.6)
    assert says_the_same(first, second, asked) is same


def test_the_same_number_of_something_unlike_is_no_agreement() -> None:
    one = candidate("They freed 50 prisoners.", FREED)
    other = candidate("The jail employs 50 prisoners in its kitchen.", FREED, cosine=0.3)
    assert not says_the_same(one, other, understand(FREED))


@pytest.mark.parametrize(
    ("question", "one", "other", "cosine", "same"),
    [
        (
            "Who is he?",
            "The mayor of the town resigned.",
            "The town's mayor resigned on Monday.",
            0.9,
            True,
        ),
        (
            "Who is he?",
            "The mayor of the town resigned.",
            "The town's mayor resigned on Monday.",
            0.6,
            False,
        ),
        ("Who is he?", "The mayor resigned.", "Officials of the council stepped down.", 0.9, False),
        # A date is asked for, but is compared as words are.
        (
            "When did he resign?",
            "The mayor resigned on Monday.",
            "The mayor resigned Monday.",
            0.9,
            True,
        ),
        ("When did he resign?", "The mayor resigned on Monday.", "It was June 10.", 0.9, False),
    ],
)
def test_words_and_meaning_decide_otherwise(
    question: str, one: str, other: str, cosine: float, same: bool
) -> None:
    first, second = candidate(one, question), candidate(other, question, cosine=cosine)
    assert says_the_same(first, second, understand(question)) is same


def test_a_sentence_without_content_words_agrees_with_none() -> None:
    one = candidate("It was as it was.", "Why?")
    assert not one.stems
    assert not says_the_same(one, candidate("It was as it was.", "Why?"), understand("Why?"))


@pytest.mark.parametrize(
    ("question", "text", "article", "gives"),
    [
        (FREED, "They freed 1,000 prisoners.", "b", True),
        (FREED, "They freed 1,000 inmates.", "b", True),
        (FREED, "They freed hundreds of prisoners.", "b", True),
        # Of an article that is quoted already.
        (FREED, "They freed 1,000 prisoners.", "a", False),
        # It counts something else, or nothing.
        (FREED, "They burned 1,000 cars.", "b", False),
        (FREED, "They freed the prisoners.", "b", False),
        # Nothing is counted, or the day of it is asked.
        ("Who was freed?", "They freed 1,000 prisoners.", "b", False),
        ("When were the prisoners freed?", "They were freed on June 10.", "b", False),
    ],
)
def test_another_figure_for_what_is_counted(question: str, text: str, article: str, gives: bool) -> None:
    said = [candidate("They freed 2,400 prisoners on Monday.", question, article="a")]
    item = candidate(text, question, article=article)
    assert gives_another_number(said, item, understand(question)) is gives


def test_the_same_figure_of_another_event_is_no_further_citation() -> None:
    asked = "How many people were killed in the hotel fire in Arvel?"
    one = candidate("At least 12 people were killed in a fire in a hotel in Arvel.", asked)
    other = candidate("At least 12 people were killed in a fire in a hotel in Bork.", asked, cosine=0.99)
    again = candidate("A hotel fire in Arvel killed at least 12 people.", asked, cosine=0.99)
    assert not says_the_same(one, other, understand(asked))
    assert says_the_same(one, again, understand(asked))


def test_another_name_as_the_answer_is_no_further_citation() -> None:
    asked = "Who was elected mayor?"
    one = candidate("Hanne Brask was elected mayor on Sunday.", asked)
    other = candidate("Petra Hovik was elected mayor on Sunday.", asked, cosine=0.99)
    assert not says_the_same(one, other, understand(asked))


def test_a_source_that_is_asked_for_need_not_be_named_by_those_who_agree() -> None:
    question = "How many people fled Mosul, according to the IOM?"
    first = candidate("Half a million people fled Mosul, the IOM said.", question)
    second = candidate("Some 500,000 people fled Mosul.", question, cosine=0.8)
    assert says_the_same(first, second, understand(question))


@pytest.mark.parametrize(
    ("sentence", "tied"),
    [
        ("Half a million people fled the town.", True),
        ("More than 8,000 people were killed last year.", False),
        ("Nobody knows who fled.", False),
    ],
)
def test_a_further_figure_must_be_tied_to_what_was_asked(sentence: str, tied: bool) -> None:
    question = "How many people fled?"
    assert counts_it(candidate(sentence, question), understand(question)) is tied


def test_other_kinds_of_figures_need_no_tie() -> None:
    question = "How many minutes did the eclipse last?"
    assert counts_it(candidate("Totality lasts a generous 77 minutes.", question), understand(question))

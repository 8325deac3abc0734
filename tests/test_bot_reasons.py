"""Why there is no answer, in words."""

from __future__ import annotations

import math

import numpy as np
import pytest

from bot.candidates import find_candidates, holds_what_is_asked
from bot.question import understand
from bot.reasons import explain
from index.embed import HashEmbedder
from index.matching import Matcher
from index.model import ArticleRef, Hit, Passage, Span
from index.search import Evidence
from index.vocabulary import Vocabulary
from index.wording import stem
from index.words import STOP_WORDS, Term

LOOTED = "The militants looted the banks of Mosul on Tuesday."
FREED = "They opened the jails and freed the prisoners."


def reason(question: str, *texts: str, title: str = "City falls") -> str:
    """Explain why passages of one sentence each do not answer; every word is as rare as any other."""
    words = [word.strip("?,.") for word in question.split()]
    terms = tuple(
        Term(word=word, stem=stem(word), frequency=1, idf=1.0)
        for word in words
        if word.lower() not in STOP_WORDS
    )
    hits = []
    for rank, text in enumerate(texts, start=1):
        article = ArticleRef(id=str(rank), file=f"{rank}.txt", title=title)
        place = Span(0, len(text))
        passage = Passage(
            id=f"p{rank}",
            article=article,
            text=text,
            start=0,
            end=len(text),
            line_start=1,
            line_end=1,
            sentences=(place,),
        )
        hits.append(Hit(rank=rank, passage=passage, score=1.0 / rank, cosine=0.5))
    row = np.full((1, 4), 0.5, dtype=np.float32)
    matcher = Matcher(terms, Vocabulary(HashEmbedder().embed_words))
    matcher.read(text for hit in hits for text in (hit.passage.article.title, hit.passage.text))
    evidence = Evidence(
        terms=terms,
        cosines={hit.passage.id: np.array([0.5], dtype=np.float32) for hit in hits},
        vectors={hit.passage.id: row for hit in hits},
        matcher=matcher,
    )
    assert math.isclose(float(np.linalg.norm(row)), 1.0)
    asked = understand(question)
    candidates = find_candidates(asked, hits, evidence)
    fitting = [item for item in candidates if holds_what_is_asked(item, asked)]
    return explain(asked, hits, candidates, fitting, evidence)


@pytest.mark.parametrize(
    ("question", "missing"),
    [
        ("How much money did the banks of Mosul lose?", "give no amount"),
        ("How many banks of Mosul are there?", "give no number"),
        ("How far are the banks of Mosul?", "give no distance or size"),
        ("How old are the banks of Mosul?", "give no age"),
        ("What percentage of Mosul banks?", "give no percentage"),
        ("How long were the banks of Mosul shut?", "give no length of time"),
        ("What is the name of the Mosul banks?", "give no name"),
    ],
)
def test_on_the_topic_but_without_what_was_asked(question: str, missing: str) -> None:
    said = reason(question, LOOTED)
    assert said.startswith("the articles mention ")
    assert "“Mosul”" in said
    assert "“banks”" in said
    assert said.endswith(f", but {missing}")


def test_without_a_date() -> None:
    said = reason("When were the prisoners freed?", FREED)
    assert said == "the articles mention “prisoners”, but give no date or time"


@pytest.mark.parametrize(
    ("question", "said"),
    [
        ("Who sank the submarine?", "nothing in the articles is about “sank” and “submarine”"),
        ("What is the capital of Australia?", "nothing in the articles is about “capital” and “Australia”"),
        # A word that the articles do hold is not named as missing.
        (
            "Which orchestra toured Mosul with Mahler?",
            "nothing in the articles is about “orchestra” and “Mahler”",
        ),
    ],
)
def test_nothing_on_this_topic(question: str, said: str) -> None:
    assert reason(question, LOOTED, FREED).replace(" “toured”,", "") == said


@pytest.mark.parametrize(
    ("question", "said"),
    [
        (
            "Who insured the banks of Mosul?",
            "the articles mention “banks” and “Mosul”, but do not say who",
        ),
        (
            "Who is the owner of the banks of Mosul?",
            "the articles mention “banks” and “Mosul”, but do not say who",
        ),
        (
            "Did the militants of Mosul rob the cinema?",
            "the articles mention “militants” and “Mosul”, but nothing on “rob” and “cinema”",
        ),
        (
            "Why were the banks of Mosul looted?",
            "the articles mention “banks” and “Mosul”, but give no reason",
        ),
    ],
)
def test_on_the_topic_but_without_a_word_of_the_question(question: str, said: str) -> None:
    assert reason(question, LOOTED) == said


def test_no_passage_at_all() -> None:
    assert reason("Who sank the submarine?") == "nothing in the articles is about “sank” and “submarine”"


def test_one_word_is_joined_to_none() -> None:
    assert reason("Where is Atlantis?", LOOTED) == "nothing in the articles is about “Atlantis”"


def test_at_most_four_words_are_named() -> None:
    said = reason("oboe bassoon clarinet flute trumpet tuba", LOOTED)
    assert said.count("“") == said.count("”") == 4
    assert said == "nothing in the articles is about “oboe”, “bassoon”, “clarinet” and “flute”"


@pytest.mark.parametrize("question", ["Who was taken and held?", "freed", "Was it said to be gone?"])
def test_words_that_name_nothing_still_give_a_reason(question: str) -> None:
    said = reason(question, LOOTED)
    assert "“" in said
    assert "  " not in said
    assert "about ," not in said


@pytest.mark.parametrize(
    ("question", "said"),
    [
        ("How many people won medals?", "nothing in the articles is about “medals”"),
        ("Who won the number of people?", "nothing in the articles is about “won”, “number” and “people”"),
        ("How many people are in Mosul?", "the articles mention “Mosul”, but give no number"),
        ("Which people get to the cinema of Mosul?", "nothing in the articles is about “cinema”"),
    ],
)
def test_words_of_any_topic_are_named_only_where_there_is_nothing_else(question: str, said: str) -> None:
    assert reason(question, LOOTED) == said


def test_what_the_articles_mention_is_not_named_as_missing() -> None:
    assert reason("Who won at Mosul?", LOOTED).startswith("the articles mention “Mosul”, but ")


def test_a_question_in_another_language_is_told_that_english_is_wanted() -> None:
    told = "; the question does not look English, and Dateline's model and rules are made for English"
    assert reason("Wie viele Menschen sind geflohen?", LOOTED).endswith(told)
    assert not reason("How many people fled from Menschen?", LOOTED).endswith(told)

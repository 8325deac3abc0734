"""Drafts of cases: from articles by rule or with an LLM, and from what people voted down."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from bot.evals.cases import read_case
from bot.evals.drafts import cases_from_feedback, draft_cases, dump_case
from bot.evals.stories import read_stories
from index.errors import LLMError, QueryError

CORPUS = Path(__file__).parent.parent / "corpus"


def test_drafts_are_cases_whose_fact_stands_in_their_sentence() -> None:
    stories = read_stories(CORPUS)
    drafts = list(draft_cases(stories, 20))
    assert len(drafts) == 20
    assert len({draft["id"] for draft in drafts}) == 20
    texts = {story.file: story.text for story in stories}
    for number, draft in enumerate(drafts, start=1):
        case = read_case(dump_case(draft).encode(), number)
        assert case.answerable and case.files == tuple(draft["files"])
        assert draft["sentence"] in texts[draft["files"][0]]
        assert re.search(case.facts[0], draft["sentence"])
        assert not re.search(case.facts[0], case.question)
        assert draft["question"].endswith("?") and draft["by"] == "rule"
    assert drafts == list(draft_cases(stories[::-1], 20))


def test_each_article_gives_one_before_any_gives_two() -> None:
    stories = read_stories(CORPUS)
    files = [draft["files"][0] for draft in draft_cases(stories, 8)]
    assert len(set(files)) == 8


def test_more_than_there_is_gives_what_there_is() -> None:
    drafts = list(draft_cases(read_stories(CORPUS)[-2:], 1_000))
    assert 0 < len(drafts) < 100


@pytest.mark.parametrize(
    ("reply", "by"),
    [
        ("What is the figure that was told?", "llm"),
        ("Sure! Here is a question about it.", "rule"),
        ("x" * 400 + "?", "rule"),
        (None, "rule"),
    ],
)
def test_an_llm_may_word_the_question_and_need_not(reply: str | None, by: str) -> None:
    asked: list[str] = []

    def reword(prompt: str) -> str:
        asked.append(prompt)
        if reply is None:
            raise LLMError("no server answers")
        return reply

    (draft,) = draft_cases(read_stories(CORPUS)[-2:], 1, reword=reword)
    assert draft["sentence"] in asked[0]
    assert draft["by"] == by
    assert (draft["question"] == reply) is (by == "llm")


def test_a_question_that_gives_the_answer_away_is_not_taken() -> None:
    (rule,) = draft_cases(read_stories(CORPUS)[-2:], 1)
    value = re.sub(r"\\b|\\", "", rule["facts"][0])
    (draft,) = draft_cases(read_stories(CORPUS)[-2:], 1, reword=lambda prompt: f"Is it {value}?")
    assert draft["by"] == "rule"


def test_feedback_becomes_cases() -> None:
    rows = [
        {"question": "How many died?", "note": "wrong"},
        {"id": "f", "question": "And now?", "history": [{"question": "Who?"}]},
    ]
    cases = list(cases_from_feedback(rows))
    assert [(case["id"], case["kind"]) for case in cases] == [("feedback-1", "feedback"), ("f", "feedback")]
    assert json.loads(dump_case(cases[0]))["note"] == "wrong"
    with pytest.raises(QueryError, match='line 1, field "question"'):
        list(cases_from_feedback([{"question": ""}]))

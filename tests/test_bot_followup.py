"""Follow-ups: what points back is filled, what stands alone stays to the letter, nothing leaks."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.followup import TURNS_READ, FollowUp, resolve_follow_up
from bot.model import Turn
from bot.rewriter import ModelFollowUps, check_reply, lay_out
from index.errors import EmbeddingError

GOLDEN = Path(__file__).parent / "golden"
# Of the cases that were not looked at while the rules were written.
BLIND_RIGHT = 0.8


def read(name: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (GOLDEN / name).read_text(encoding="utf-8").splitlines()]


FOLLOW_UPS = read("follow-ups.jsonl")
BLIND = read("follow-ups-blind.jsonl")
STANDALONE = (GOLDEN / "standalone.txt").read_text(encoding="utf-8").splitlines()


def turns(case: dict[str, Any]) -> list[Turn]:
    return [Turn(**turn) for turn in case["history"]]


CONVERSATIONS = [turns(case) for case in FOLLOW_UPS[::4]]


def is_right(case: dict[str, Any]) -> bool:
    found = resolve_follow_up(case["question"], turns(case))
    return (
        found.changed
        and all(re.search(pattern, found.rewritten) for pattern in case["has"])
        and not any(re.search(pattern, found.rewritten) for pattern in case["lacks"])
    )


@pytest.mark.parametrize(
    "case", FOLLOW_UPS, ids=[f"{case['history'][-1]['question']} {case['question']}" for case in FOLLOW_UPS]
)
def test_a_follow_up_is_made_self_contained(case: dict[str, Any]) -> None:
    assert is_right(case), resolve_follow_up(case["question"], turns(case)).rewritten


def test_most_follow_ups_that_the_rules_were_not_written_for_are_made_self_contained() -> None:
    wrong = [
        f"{case['question']} => {resolve_follow_up(case['question'], turns(case)).rewritten}"
        for case in BLIND
        if not is_right(case)
    ]
    assert 1 - len(wrong) / len(BLIND) >= BLIND_RIGHT, wrong


@pytest.mark.parametrize("question", STANDALONE)
def test_a_question_that_stands_alone_stays_to_the_letter(question: str) -> None:
    for history in CONVERSATIONS:
        found = resolve_follow_up(question, history)
        assert found == FollowUp(original=question, rewritten=question), history[-1].question


@pytest.mark.parametrize("case", FOLLOW_UPS[::6])
def test_what_was_made_self_contained_is_not_rewritten_again(case: dict[str, Any]) -> None:
    once = resolve_follow_up(case["question"], turns(case)).rewritten
    assert not resolve_follow_up(once, turns(case)).changed


@pytest.mark.parametrize("case", [*FOLLOW_UPS[::7], *BLIND[::5]])
def test_without_a_history_nothing_changes(case: dict[str, Any]) -> None:
    assert resolve_follow_up(case["question"], ()).rewritten == case["question"]


def test_one_conversation_does_not_leak_into_another() -> None:
    ours = [Turn(question="Who is Hoshyar Zebari?", answer="Hoshyar Zebari is the foreign minister.")]
    theirs = [Turn(question="Who is Anders Poll?", answer="Anders Poll is the captain.")]
    first = resolve_follow_up("How old is he?", ours)
    assert resolve_follow_up("How old is he?", theirs).rewritten == "How old is Anders Poll?"
    assert resolve_follow_up("How old is he?", ours) == first
    assert first.rewritten == "How old is Hoshyar Zebari?"
    assert not resolve_follow_up("How old is he?", ()).changed


def test_further_turns_back_are_read_where_the_last_has_nothing_that_fits() -> None:
    history = [
        Turn(question="Who is Casper Lund?", answer="One man, Casper Lund, had gone back for his cat."),
        Turn(question="How many houses burned?", answer="It destroyed 26 houses."),
        Turn(question="Thanks!", answer=""),
    ]
    found = resolve_follow_up("How old was he?", history)
    assert (found.rewritten, found.turns_back, found.changed) == ("How old was Casper Lund?", 2, True)


def test_earlier_follow_ups_are_resolved_before_the_last() -> None:
    history = [
        Turn(question="How many people left Mosul?", answer="About 500,000."),
        Turn(question="And Tikrit?", answer=""),
    ]
    found = resolve_follow_up("How far is it from Baghdad?", history)
    assert found.rewritten == "How far is Tikrit from Baghdad?"


def test_marks_and_leads_of_an_answer_are_no_words_of_it() -> None:
    history = [
        Turn(question="Who found it dramatic?", answer="[Hoshyar Zebari] He found it dramatic [1][2].")
    ]
    assert resolve_follow_up("Where was he?", history).rewritten == "Where was Hoshyar Zebari?"


def test_only_the_last_turns_are_read() -> None:
    old = Turn(question="Who is Casper Lund?", answer="Casper Lund lived in Little Ash.")
    new = Turn(question="How many houses burned?", answer="26 houses.")
    assert resolve_follow_up("Who is he?", [old, *[new] * (TURNS_READ - 1)]).changed
    assert not resolve_follow_up("Who is he?", [old, *[new] * TURNS_READ]).changed


_WORDS = st.sampled_from(
    "who what when where why how many is was did it that there he they his the a and in about Mosul Zebari group"
    " city refinery people left said happened next then of not so ? . , ' ’ [1] “ ” - 2014 million".split()
)
_LINES = st.lists(_WORDS, max_size=12).map(" ".join) | st.text(max_size=40)


@given(_LINES, st.lists(st.tuples(_LINES, _LINES), max_size=3))
@settings(max_examples=150, deadline=None)
def test_any_words_give_a_question(question: str, history: list[tuple[str, str]]) -> None:
    read_by = [Turn(question=asked, answer=said) for asked, said in history]
    found = resolve_follow_up(question, read_by)
    assert found == resolve_follow_up(question, read_by)
    assert found.original == question
    assert found.changed or found.rewritten == question


class ScriptedModel:
    """Gives its replies one after the other and remembers what it was asked."""

    def __init__(self, *replies: str | Exception) -> None:
        self._replies = list(replies)
        self.prompts: list[str] = []

    def complete(self, prompt: str) -> str:
        self.prompts.append(prompt)
        reply = self._replies.pop(0)
        if isinstance(reply, Exception):
            raise reply
        return reply


LEFT: Sequence[Turn] = (Turn(question="How many people left Mosul?", answer="About 500,000 in June."),)


def by_model(question: str, reply: str | Exception) -> str:
    return ModelFollowUps(model=ScriptedModel(reply)).resolve(question, LEFT).rewritten


@pytest.mark.parametrize(
    ("reply", "written"),
    [
        ("How far is the city of Mosul from Baghdad?", "How far is the city of Mosul from Baghdad?"),
        (
            'Question: "How far is the city of Mosul from Baghdad?"\n',
            "How far is the city of Mosul from Baghdad?",
        ),
        ("How far is it from Baghdad?", "How far is it from Baghdad?"),
    ],
)
def test_what_a_model_writes_is_taken_where_it_is_the_question(reply: str, written: str) -> None:
    assert by_model("How far is it from Baghdad?", reply) == written


@pytest.mark.parametrize(
    "reply",
    [
        "",
        "Mosul is 225 miles from Baghdad.",
        "How far is Mosul from Baghdad? And who lives there?",
        "How far is Mosul from Baghdad and from Tikrit?",
        "How far is Mosul, home of 2 million, from Baghdad?",
        "How many people left Mosul?",
        "How far is Mosul from Baghdad" + " and on" * 60 + "?",
        "I cannot help with that. How far?",
        EmbeddingError("the server does not answer"),
    ],
)
def test_the_rules_stand_in_where_a_model_writes_anything_else(reply: str | Exception) -> None:
    assert by_model("How far is it from Baghdad?", reply) == "How far is Mosul from Baghdad?"


def test_a_model_is_not_asked_without_a_conversation_nor_about_thanks() -> None:
    model = ScriptedModel()
    assert not ModelFollowUps(model=model).resolve("How far is it?", ()).changed
    assert not ModelFollowUps(model=model).resolve("Thanks, that helped.", LEFT).changed
    assert model.prompts == []


def test_the_prompt_holds_the_turns_and_the_question() -> None:
    model = ScriptedModel("Why did people leave Mosul?")
    found = ModelFollowUps(model=model).resolve("Why $so?", LEFT)
    assert "Reader: How many people left Mosul?\nAnswer: About 500,000 in June.\n" in model.prompts[0]
    assert model.prompts[0].endswith("Why $so?\n")
    assert found.changed
    assert lay_out([Turn(question="x\ny", answer="")]) == "Reader: x y\nAnswer: The articles do not say."


def test_a_name_of_the_question_may_not_get_lost() -> None:
    assert check_reply("How many people left Mosul?", "And in Tikrit?", LEFT) is None
    assert check_reply("How many people left Tikrit?", "And in Tikrit?", LEFT) is not None

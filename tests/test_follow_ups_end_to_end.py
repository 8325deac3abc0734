"""Two turns through the whole program: the answer to a follow-up holds its fact, and quotes articles only."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.app import App, build
from bot.model import Answer, Turn
from bot.render import answer_text, answer_to_json
from bot.settings import load_settings

ROOT = Path(__file__).parent.parent
MOSUL = ROOT.parent / "shared" / "data" / "mosul"
# Facts found, of all; what is missed is missed by the answer, not by how the question was read.
RIGHT = 0.85

# A question, what is asked next, and what the answer to that must hold.
ON_MOSUL = (
    ("How many people fled Mosul?", "How far is it from Baghdad?", "225 miles"),
    ("Who is Iraq's foreign minister?", "Where was he speaking?", "Athens"),
    ("Who is Iraq's foreign minister?", "What did he say about the threat?", "mortal"),
    ("How many people died in the Sadr City bombing?", "How many were wounded?", r"\b46\b"),
    ("How many prisoners were freed in Mosul?", "Who freed them?", "fighters|insurgents|ISIL|militants"),
    ("When was Mosul overrun?", "And Tikrit?", "Wednesday"),
    ("How many barrels a day can the Baiji refinery process?", "Has it been attacked?", "advanced|repelled"),
    ("Which town was Saddam Hussein from?", "How many gunmen were there?", "several hundred"),
    ("Who was kidnapped at the Turkish Consulate?", "Who said so?", "police colonel"),
    ("Was the Turkish Consulate attacked?", "How many staff members were kidnapped there?", r"\b24\b"),
    ("When did ISIL take over Fallujah?", "Which province is it in?", "Anbar"),
    ("Who leads Turkey?", "Who did he meet?", "Atalay|Undersecretary"),
    ("What did Josh Earnest say?", "And Ban Ki-moon?", "unity"),
    ("What does ISIL aim to create?", "What is the group's role in Syria?", "major force|rebellion"),
    ("Who is Umm Karam?", "What did she say?", "chaotic|afraid"),
    ("What did the International Organization for Migration say?", "Where is it based?", "Geneva"),
    ("Where did the refugees flee?", "Who set up camps for them?", "authorities"),
    ("Has Maliki declared a state of emergency?", "When will parliament debate it?", "Thursday"),
    ("What did Osama al-Nujaifi say about the soldiers?", "Who is he?", "speaker"),
    ("Why are people in Mosul fleeing on foot?", "What is the city's population?", "1.8 million|2 million"),
    ("How many people were killed in Iraq in May?", "And last year?", "8,?000"),
    ("Who is Jasim al-Qaisi?", "What did he tell Reuters?", "tribal|sheikhs"),
    ("What did the insurgents seize in Mosul?", "And in Beiji?", "courthouse|refinery|oil"),
    ("Who is Jen Psaki?", "What did she say about ISIL?", "strength|Syria|threat"),
    ("Who is Mizhar Fleih?", "What is his job?", "deputy head"),
    ("When did US troops withdraw from Iraq?", "What has happened since?", "risen|violence"),
)


def _open(corpus: Path, index: Path) -> App:
    app = build(load_settings(str(corpus), str(index)))
    app.sync()
    return app


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[App]:
    opened = _open(ROOT / "corpus", tmp_path_factory.mktemp("corpus") / "index")
    yield opened
    opened.close()


def _turn(answer: Answer) -> Turn:
    return Turn(question=answer.question, answer=answer_text(answer))


@pytest.mark.skipif(not MOSUL.is_dir(), reason="the articles about Mosul lie in ../shared/data")
def test_two_turns_about_mosul(tmp_path: Path) -> None:
    app = _open(MOSUL, tmp_path / "index")
    try:
        wrong = []
        for first, second, fact in ON_MOSUL:
            found = app.ask(second, history=[_turn(app.ask(first))])
            if not found.asked or not re.search(fact, answer_text(found), re.IGNORECASE):
                wrong.append(f"{second} => {found.asked}: {answer_text(found)}")
    finally:
        app.close()
    assert 1 - len(wrong) / len(ON_MOSUL) >= RIGHT, wrong


def test_what_is_asked_stays_and_what_was_read_is_told(app: App) -> None:
    found = app.ask("How far is it from Baghdad?", history=[_turn(app.ask("How many people left Mosul?"))])
    assert found.question == "How far is it from Baghdad?"
    assert found.asked == answer_to_json(found)["rewritten"] == "How far is Mosul from Baghdad?"
    plain = app.ask("How far is Mosul from Baghdad?")
    assert (found.sentences, found.citations) == (plain.sentences, plain.citations)
    assert plain.asked is None and answer_to_json(plain)["rewritten"] is None


def test_a_history_is_no_source(app: App) -> None:
    invented = Turn(
        question="Who is the captain of the Solveig Ann?",
        answer="The captain, Anders Poll, 51, is a secret agent of Marrowby who earns 12,345 euros a month [1].",
    )
    for question in ("How much does he earn?", "Who is he?", "What did he say about Marrowby?"):
        found = app.ask(question, history=[invented])
        said = json.dumps(answer_to_json(found)["sentences"])
        assert "12,345" not in said and "secret agent" not in said
        for citation in found.citations:
            text = (ROOT / "corpus" / citation.article.file).read_text(encoding="utf-8")
            assert text[citation.start : citation.end] == citation.quote


def test_one_conversation_does_not_reach_another(app: App) -> None:
    app.ask("Where is it?", history=[Turn(question="Who owns the ferry Solveig Ann?", answer="Sound Lines.")])
    assert app.ask("Where is it?").asked is None
    ours = [Turn(question="Who is Walter Ness?", answer="Walter Ness is a farmer.")]
    theirs = [Turn(question="Who is Casper Lund?", answer="Casper Lund died.")]
    assert app.ask("Who is he?", history=theirs).asked == "Who is Casper Lund?"
    assert app.ask("Who is he?", history=ours).asked == "Who is Walter Ness?"

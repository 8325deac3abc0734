"""Whether a question is plainly not English: no false alarm on names, headlines and search words."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from bot.language import is_foreign

GOLDEN = Path(__file__).parent / "golden"


@pytest.mark.parametrize(
    "question",
    [
        "Wie viele Menschen flohen aus Mosul?",
        "Wer hat die Stadt eingenommen und wann?",
        "Wo ist die Brücke?",
        "Wer hat Mosul eingenommen?",
        "Qui a pris Mossoul ?",
        "¿Quién tomó la ciudad?",
        "Chi ha preso la città?",
        "Quem tomou a cidade?",
        "Combien de personnes ont fui Mossoul ?",
        "Quand est-ce que le pont a été fermé ?",
        "¿Cuántas personas huyeron de Mosul por la guerra?",
        "Por que fue cerrado el puente?",
        "Quante persone sono fuggite da Mosul?",
        "Quantas pessoas fugiram para Bagdá?",
        "Hoeveel mensen zijn er gevlucht?",
        "كم عدد الأشخاص الذين فروا من الموصل؟",
        "Сколько людей бежало из Мосула?",
        "多少人逃离了摩苏尔？",
        "Πόσοι άνθρωποι έφυγαν;",
    ],
)
def test_plainly_another_language(question: str) -> None:
    assert is_foreign(question)


@pytest.mark.parametrize(
    "question",
    [
        "",
        "2014?",
        "Mosul",
        "Osama al-Nujaifi",
        "Luis de la Cruz",
        "Ursula von der Leyen",
        "Rio de Janeiro",
        "El Salvador president",
        "Die Zeit",
        "Frankfurter Allgemeine Zeitung",
        "Paris Saint-Germain",
        "Michelle Wie",
        "Que Sera Sera",
        "Who is Ursula von der Leyen?",
        "What does „Wir schaffen das“ mean?",
        'What was the motto "Wie viele sind wir"?',
        "Who said “¿Por qué no te callas?”",
        "When did محمد صلاح sign?",
        "Bundesliga results",
        "ISIS Mosul prison break",
    ],
)
def test_english_or_in_doubt(question: str) -> None:
    assert not is_foreign(question)


def test_no_golden_question_is_taken_for_foreign() -> None:
    questions = [
        json.loads(line)["question"]
        for file in GOLDEN.glob("*.jsonl")
        for line in file.read_text(encoding="utf-8").splitlines()
        if line.strip() and "question" in json.loads(line)
    ]
    assert len(questions) > 20
    assert [question for question in questions if is_foreign(question)] == []

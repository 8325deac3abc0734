"""What a statement's signs take from the small model, and where it is not asked."""

from __future__ import annotations

import pytest

from bot.check import LexicalJudge
from bot.evidence import find_terms, find_windows, join_best
from bot.examine import Signs, examine
from bot.model import Label
from bot.reading import read
from index.lexicon import load_lexicon


def signs(claim: str, *passages: str) -> Signs:
    return examine(claim, [read(text) for text in passages], [None] * len(passages), load_lexicon()).signs


def test_the_small_model_tells_a_paraphrase_from_its_contrary() -> None:
    passage = "The mayor turned down the offer of the brewery on Monday."
    true = signs("The brewery's offer was rejected by the mayor.", passage)
    wrong = signs("The brewery's offer was accepted by the mayor.", passage)
    assert 0 <= wrong.follows < true.follows <= 1


def test_without_windows_nothing_follows() -> None:
    assert signs("Penguins swim in the sea.", "Rebels rescued a pilot.").follows == 0.0


@pytest.mark.parametrize(
    ("claim", "passage"),
    [
        ("Der Minister lehnte das Gesetz ab.", "Der Minister nahm das Gesetz am Dienstag an."),
        ("El alcalde rechazó la ley.", "El alcalde aprobó la ley el martes."),
        ("Der Trainer verließ den Verein.", "Der Trainer blieb im Verein."),
    ],
)
def test_what_is_not_english_is_not_read_by_it(claim: str, passage: str) -> None:
    assert signs(claim, passage).follows == 0.125
    assert LexicalJudge().judge(claim, [passage]).label is not Label.SUPPORTED


def test_a_lone_surrogate_is_judged_like_any_letter() -> None:
    judge = LexicalJudge()
    assert judge.judge("The mayor \ud83d resigned.", ["The mayor of the town resigned \ud83d."]).score >= 0


def test_what_is_read_holds_the_best_window_whole() -> None:
    long = "The trawler lay in the harbour, " + "and the men waited, " * 60 + "while Olga slept."
    passages = [read(long), read("Olga Petrova sank the trawler in the harbour of Kestwick.")]
    terms = find_terms(read("Olga Petrova sank the trawler in Kestwick.").tokens, passages, load_lexicon())
    windows = find_windows(terms, passages)
    assert windows[0].passage == 1 and join_best(windows, passages) == passages[1].text
    assert join_best((), passages) == ""

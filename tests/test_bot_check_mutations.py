"""True sentences of corpus/ made false by rule must be caught, and true ones kept, written otherwise or not."""

from __future__ import annotations

from collections import defaultdict
from functools import cache
from pathlib import Path

import pytest

from bot.check import LexicalJudge
from bot.evals.mutations import Case, cut_passages, falsified, make_cases
from bot.evals.stories import Story, read_stories
from bot.model import Label, Verdict

CORPUS = Path(__file__).parent.parent / "corpus"
# Sentences of each article: enough to tell shares apart, and quick.
PER_STORY = 8


@cache
def results() -> dict[str, list[tuple[Case, Verdict]]]:
    judge = LexicalJudge()
    found: dict[str, list[tuple[Case, Verdict]]] = defaultdict(list)
    for case in make_cases(read_stories(CORPUS), per_story=PER_STORY):
        verdict = judge.judge(case.claim, case.passages, published=[case.published] * len(case.passages))
        found[case.kind].append((case, verdict))
    return found


@pytest.mark.parametrize(
    ("kinds", "least", "count"),
    [
        (("number", "number of the article", "unit"), 0.98, 80),
        (("date",), 0.98, 20),
        (("name", "name of the article"), 0.95, 180),
        (("negation", "negation taken away"), 0.95, 80),
        (("opposite",), 0.95, 30),
        (("quotation",), 0.95, 2),
        (("invented",), 0.90, 100),
    ],
)
def test_swaps_are_caught(kinds: tuple[str, ...], least: float, count: int) -> None:
    cases = [item for kind in kinds for item in results()[kind]]
    passed = [case.claim for case, verdict in cases if verdict.label is Label.SUPPORTED]
    assert len(cases) >= count
    assert len(passed) <= (1 - least) * len(cases), passed


def test_sentences_as_they_are_stay_supported() -> None:
    for case, verdict in results()["as it is"]:
        assert verdict.score >= 0.97, case.claim


def test_light_rewriting_stays_supported() -> None:
    cases = [
        item
        for items in results().values()
        for item in items
        if item[0].supported and item[0].kind != "as it is"
    ]
    lost = [case.claim for case, verdict in cases if verdict.label is not Label.SUPPORTED]
    assert len(cases) >= 15
    assert len(lost) <= 0.1 * len(cases), lost


def test_the_suite_is_the_same_on_every_run() -> None:
    stories = read_stories(CORPUS)[:2]
    assert list(make_cases(stories, per_story=2)) == list(make_cases(stories, per_story=2))


def test_mutations_change_the_sentence_and_say_how() -> None:
    import random

    article = "Rebels took Mosul on Tuesday, and 500 people were killed. The army left Tikrit on Monday."
    made = list(
        falsified("Rebels took Mosul on Tuesday, and 500 people were killed.", article, random.Random(1))
    )
    assert {"number", "date", "name", "name of the article", "negation", "invented"} <= {
        kind for kind, _ in made
    }
    assert all(claim != article[: len(claim)] for _, claim in made)


def test_passages_are_cut_at_sentences() -> None:
    story = Story(file="a", text="The army left. " * 120, published=None)
    passages = cut_passages(story.text)
    assert all(passage.endswith("left.") for passage in passages)
    assert 2 <= len(passages) <= 4

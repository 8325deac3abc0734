"""The judge judged: on labelled pairs, and on what is made of true sentences."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from evals_world import ScriptedJudge, verdict

from bot.check import LexicalJudge
from bot.evals.judges import LabelledFile, LabelledPair, measure_judge, pick_stories, read_labelled
from bot.evals.mutations import falsified
from bot.evals.page import write_judges_page
from bot.evals.stories import Story, read_stories
from bot.model import Label
from index.errors import EmbeddingError, QueryError

CORPUS = Path(__file__).parent.parent / "corpus"
PAIRS = LabelledFile(
    name="pairs.jsonl",
    pairs=(
        LabelledPair(
            claim="Half a million people fled.", passages=("Some 500,000 people fled.",), label=True
        ),
        LabelledPair(claim="The mayor left.", passages=("The mayor left on Monday.",), label=True),
        LabelledPair(claim="Two people fled.", passages=("Some 500,000 people fled.",), label=False),
        LabelledPair(claim="The mayor left on Friday.", passages=("The mayor left on Monday.",), label=False),
    ),
)


def measure(judge: Any, files: list[LabelledFile], stories: list[Story]) -> dict[str, Any]:
    return measure_judge(judge, files, stories, report_bug=lambda exc: "a fault")


def test_labelled_pairs_are_measured() -> None:
    found = measure(LexicalJudge(), [PAIRS], [])
    (one,) = found["sets"]
    assert (one["claims"], one["supported"], one["passages"]) == (4, 2, 2)
    assert one["auroc"]["value"] == one["balanced_accuracy"]["value"] == 1.0
    assert one["confusion"]["supported"]["supported"] == 2
    assert 0 <= one["ece"] < 0.5
    assert found["mutations"] is None
    assert found == measure(LexicalJudge(), [PAIRS], [])


def test_a_judge_that_fails_is_counted_and_no_figure_is_made_up() -> None:
    def says(claim: str, passages: Any) -> Any:
        return EmbeddingError("gone") if "mayor" in claim else verdict(Label.UNREADABLE, 0.0)

    (one,) = measure(ScriptedJudge(says), [PAIRS], [])["sets"]
    assert (one["failed"], one["unreadable"]) == (2, 2)
    assert one["auroc"] is one["balanced_accuracy"] is one["ece"] is None
    json.dumps(one, allow_nan=False)
    # What is left is of one label alone.
    half = ScriptedJudge(lambda claim, passages: verdict() if len(half.asked) < 3 else EmbeddingError("gone"))
    (one,) = measure(half, [PAIRS], [])["sets"]
    assert one["auroc"] is None and one["failed"] == 2


def test_a_judge_that_always_says_yes_is_seen_through() -> None:
    found = measure(ScriptedJudge(lambda claim, passages: verdict()), [PAIRS], read_stories(CORPUS)[:2])
    assert found["sets"][0]["auroc"]["value"] == found["sets"][0]["balanced_accuracy"]["value"] == 0.5
    for kind in found["mutations"]["kinds"]:
        assert kind["right"] == (kind["asked"] if kind["supported"] else 0)


def test_mutations_of_every_kind_are_made_and_mostly_caught() -> None:
    found = measure(LexicalJudge(), [], read_stories(CORPUS)[-7:])["mutations"]
    kinds = {kind["kind"]: kind for kind in found["kinds"] if not kind["supported"]}
    assert kinds.keys() >= {
        "number",
        "unit",
        "date",
        "name",
        "negation",
        "hedge",
        "opposite",
        "quotation",
        "invented",
    }
    for name in ("number", "date", "name", "negation"):
        assert kinds[name]["share"]["value"] >= 0.9, name
    (as_it_is,) = [kind for kind in found["kinds"] if kind["kind"] == "as it is"]
    assert as_it_is["share"]["value"] == 1.0


@pytest.mark.parametrize(
    ("sentence", "false"),
    [
        ("More than 1,000 of them may have left.", "More than 1,000 of them will have left."),
        ("Police held more than 30 suspected looters.", "Police held fewer than 30 suspected looters."),
        ("The ferry could carry up to 90 cars a day.", "The ferry could carry at least 90 cars a day."),
    ],
)
def test_hedges_are_swapped(sentence: str, false: str) -> None:
    import random

    assert false in [
        text for kind, text in falsified(sentence, sentence, random.Random(1)) if kind == "hedge"
    ]


def test_stories_are_of_any_format_and_drawn_the_same_each_time(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("A story\n\nThe ferry Maud Lindqvist sank at noon on Tuesday.\n")
    (tmp_path / "b.jsonl").write_text(
        '{"title": "B", "text": "Two words."}\n{"title": "C", "text": "More words."}\n'
    )
    stories = read_stories(tmp_path, ["a.txt", "b.jsonl", "gone.md"])
    assert [story.file for story in stories] == ["a.txt", "b.jsonl", "b.jsonl"]
    assert pick_stories(stories) == pick_stories(stories[::-1]) or len({story.file for story in stories}) < 3


def test_files_of_pairs_are_read_as_they_lie_in_the_wild(tmp_path: Path) -> None:
    file = tmp_path / "pairs.jsonl"
    rows = [{"id": n, "claim": "c", "passages": ["p"], "label": n, "sub": "x"} for n in (0, 1)]
    file.write_text("\n".join(map(json.dumps, rows)))
    assert [pair.label for pair in read_labelled(file).pairs] == [False, True]


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (
            '{"id": 1, "claim": "c", "passages": ["p"], "label": 2}',
            'line 2, field "label": must be 1 or 0, got 2',
        ),
        ('{"id": 1, "claim": "c", "passages": "p", "label": 1}', 'line 2, field "passages": must be'),
        ('{"id": 1, "claim": "c", "label": 1}', 'line 2, field "passages": field required'),
        ("{", "line 2 is not JSON"),
        ("", "needs claims of both labels"),
    ],
)
def test_a_broken_line_of_pairs_is_named(tmp_path: Path, line: str, reason: str) -> None:
    file = tmp_path / "pairs.jsonl"
    file.write_text('{"id": 0, "claim": "c", "passages": ["p"], "label": 1}\n' + line)
    with pytest.raises(QueryError) as caught:
        read_labelled(file)
    assert reason in str(caught.value)


def test_the_page_of_judges_holds_every_set_and_kind() -> None:
    results = [measure(LexicalJudge(), [PAIRS], read_stories(CORPUS)[:1])]
    page = write_judges_page(results)
    assert "pairs.jsonl" in page and "lexical-2" in page and "negation" in page
    assert page.count("<circle") == len(results[0]["sets"][0]["reliability"])

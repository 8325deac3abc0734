"""The arithmetic of the benchmarks, and their checks of an answer."""

from __future__ import annotations

import copy
import gzip
import json
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from benchmarks import __main__ as program
from benchmarks.edits import Editor, Ledger, Version
from benchmarks.figures import hit_at, rank_of, reciprocal_rank, table
from benchmarks.logistic import Sample, fit, folds
from benchmarks.material import find_realtimeqa, read_questions, unpack_articles
from benchmarks.retrieval import find_ranks, summarize
from bot.evals.cases import Case
from bot.evals.contract import find_faults
from bot.evals.expect import is_right_file, shows_facts, shows_positions
from bot.evals.figures import (
    auroc_by_group,
    auroc_with_interval,
    calibration_error,
    mean_with_interval,
    median,
    percentile,
)
from bot.model import Citation
from index.model import ArticleRef, Hit, Passage

TEXT = "\ufeffOne.\r\nMore than 1,000 left.\r\nTwo thousand left.\r\n"


@pytest.mark.parametrize(
    ("rank", "at_1", "at_4", "reciprocal"),
    [
        (1, 1.0, 1.0, 1.0),
        (4, 0.0, 1.0, 0.25),
        (10, 0.0, 0.0, 0.1),
        (11, 0.0, 0.0, 0.0),
        (None, 0.0, 0.0, 0.0),
    ],
)
def test_ranks_become_hits_and_reciprocals(
    rank: int | None, at_1: float, at_4: float, reciprocal: float
) -> None:
    assert (hit_at(rank, 1), hit_at(rank, 4), reciprocal_rank(rank, 10)) == (at_1, at_4, reciprocal)


def test_the_first_wanted_item_gives_the_rank() -> None:
    assert rank_of(["a", "b", "c"], {"b", "c"}) == 2
    assert rank_of(["a"], {"x"}) is None


def test_an_interval_holds_its_mean_and_is_the_same_each_time() -> None:
    values = [0.0, 1.0] * 40
    figure = mean_with_interval(values)
    assert figure.low < figure.value == 0.5 < figure.high
    assert figure == mean_with_interval(values)
    assert mean_with_interval([1.0] * 5) == mean_with_interval([1.0] * 5)
    assert str(mean_with_interval([1.0, 1.0])) == "1.000 [1.000, 1.000]"
    assert mean_with_interval([]).count == 0


def test_auroc_counts_ties_half() -> None:
    assert auroc_with_interval([0.9, 0.5, 0.5, 0.1], [True, True, False, False]).value == 0.875
    with pytest.raises(ValueError, match="both"):
        auroc_with_interval([0.1], [True])
    with pytest.raises(ValueError, match="labels"):
        auroc_with_interval([0.1], [True, False])


def test_percentiles_lie_between_neighbours() -> None:
    assert percentile([4.0, 1.0, 3.0, 2.0], 50) == median([1.0, 2.0, 3.0, 4.0]) == 2.5
    assert percentile(list(map(float, range(101))), 95) == 95.0
    with pytest.raises(ValueError, match="no values"):
        median([])


def test_tables_are_markdown() -> None:
    assert table(("", "n"), [("a", 1)]) == "|  | n |\n| --- | ---: |\n| a | 1 |"


def test_files_are_ranked_by_their_best_passage() -> None:
    folder_order = ["b.md", "a.md", "b.md", "gold.md"]
    hits = tuple(_hit(rank, file) for rank, file in enumerate(folder_order, start=1))

    class Question:
        text, asked_at, gold_files = "?", date(2022, 6, 1), frozenset({"gold.md"})

    asked: list[date | None] = []

    def search(text: str, k: int, *, asked_at: date | None) -> tuple[Hit, ...]:
        asked.append(asked_at)
        return hits

    assert find_ranks(search, [Question()], dated=True) == [3]  # type: ignore[list-item]
    assert find_ranks(search, [Question()], dated=False) == [3]  # type: ignore[list-item]
    assert asked == [date(2022, 6, 1), None]
    assert [figure.value for figure in summarize([3, None])] == pytest.approx([0, 0.5, 0.5, 1 / 6])


def _hit(rank: int, file: str) -> Hit:
    ref = ArticleRef(id=file, file=file, title=file)
    passage = Passage(
        id=f"{file}{rank}", article=ref, text="x", start=0, end=1, line_start=1, line_end=1, sentences=()
    )
    return Hit(rank=rank, passage=passage, score=1.0 / rank, cosine=None)


@pytest.fixture
def corpus(tmp_path: Path) -> Path:
    (tmp_path / "a.txt").write_text(TEXT, encoding="utf-8", newline="")
    return tmp_path


def _answer() -> dict[str, Any]:
    citations = []
    for number, quote in enumerate(("More than 1,000 left.", "Two thousand left."), start=1):
        start = TEXT.index(quote)
        line = 1 + TEXT[:start].count("\n")
        citations.append(
            {
                "number": number,
                "file": "a.txt",
                "title": "A",
                "published": "2014-06-11",
                "quote": quote,
                "start": start,
                "end": start + len(quote),
                "line_start": line,
                "line_end": line,
                "changed": False,
            }
        )
    return {
        "status": "answered",
        "reason": None,
        "text": "More than 1,000 left [1]. [The town] Two thousand left [2].",
        "sentences": [
            {"text": "More than 1,000 left.", "citations": [1], "lead": None},
            {"text": "[The town] Two thousand left.", "citations": [2], "lead": "The town"},
        ],
        "citations": citations,
        "disagreements": [],
        "engine": {"answerer": "quote"},
    }


def test_an_answer_that_keeps_every_promise_has_no_fault(corpus: Path) -> None:
    assert find_faults(_answer(), corpus, _never_shown) == []


@pytest.mark.parametrize(
    ("path", "value", "fault"),
    [
        (("citations", 0, "quote"), "More than 1,000 left", "not what stands"),
        (("citations", 0, "start"), 3, "not what stands"),
        (("citations", 1, "end"), 999, "lies outside"),
        (("citations", 0, "line_start"), 1, "should be (2, 2)"),
        (("citations", 0, "published"), "June", "published is"),
        (("citations", 0, "title"), "", "no title"),
        (("citations", 1, "number"), 3, "are numbered"),
        (("sentences", 1, "citations"), [1], "citation 2 is not used"),
        (("sentences", 1, "citations"), [], "no citation for"),
        (("sentences", 1, "citations"), [2, 7], "no such citation"),
        (("sentences", 0, "text"), "More than 1,001 left.", "not word for word"),
        (("text",), "More than 1,000 left [1]. Two thousand left [9].", "has the marks [9]"),
        (("text",), "More than 1,000 left [1].", "lacks the marks [2]"),
        (("reason",), "no", "with a reason"),
        (("sentences",), [], "without a sentence"),
        (("status",), "maybe", "status is"),
        (("status",), "not_found", "without a reason"),
    ],
)
def test_each_broken_promise_is_named(corpus: Path, path: tuple[Any, ...], value: object, fault: str) -> None:
    answer = copy.deepcopy(_answer())
    place = answer
    for key in path[:-1]:
        place = place[key]
    place[path[-1]] = value
    assert any(fault in found for found in find_faults(answer, corpus, _never_shown))


def test_extracted_and_changed_texts_are_taken_as_shown(tmp_path: Path) -> None:
    answer = _answer()
    for citation in answer["citations"]:
        citation["changed"] = True
    assert find_faults(answer, tmp_path, lambda _: TEXT) == []
    for citation in answer["citations"]:
        citation.update(changed=False, file="a.pdf")
    assert find_faults(answer, tmp_path, lambda _: TEXT) == []


def _never_shown(file: str) -> str:
    raise AssertionError(f"{file} is read from disk")


def test_facts_must_stand_in_a_sentence_that_cites_a_right_file() -> None:
    answer = _answer()
    answer["citations"][1]["file"] = "other/b.txt"
    assert shows_facts(answer, Case(id="x", question="?", files=("a.txt",), facts=("1,000",)))
    assert shows_facts(answer, Case(id="x", question="?", files=("b.t",), facts=("two THOUSAND",)))
    assert not shows_facts(answer, Case(id="x", question="?", files=("a.txt",), facts=("two thousand",)))
    assert not shows_facts(answer, Case(id="x", question="?", facts=("1,000",)), most_sentences=1)


def test_positions_need_a_file_each() -> None:
    answer = _answer()
    case = Case(id="x", question="?", positions=("1,000", "two thousand"))
    assert not shows_positions(answer, case)
    answer["citations"][1]["file"] = "b.txt"
    assert shows_positions(answer, case)
    side = {"value": "three thousand", "citations": [1]}
    answer["disagreements"] = [{"about": "people", "positions": [side]}]
    three = Case(id="x", question="?", positions=("two thousand", "three thousand"))
    assert shows_positions(answer, three)


def test_files_are_right_by_path_or_by_the_start_of_their_name() -> None:
    case = Case(id="x", question="?", files=("mosul/a.md", "000_"))
    assert is_right_file("mosul/a.md", case)
    assert is_right_file("deep/000_d18.txt", case)
    assert not is_right_file("a.md", case)


def test_absent_material_is_said_and_skipped(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert find_realtimeqa(tmp_path) is None
    assert program.main(["retrieval", "--data", str(tmp_path)]) == 0
    assert "skipped" in capsys.readouterr().out


def test_a_wrong_argument_is_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert program.main(["answers", "--cases", str(tmp_path / "none.jsonl")]) == 1
    assert program.main(["speed", "warp"]) == 1
    lines = capsys.readouterr().err.strip().split("\n")
    assert len(lines) == 2
    assert all(line.startswith("benchmarks: ") for line in lines)


def test_articles_are_unpacked_as_markdown_with_front_matter(tmp_path: Path) -> None:
    row = {
        "file": "a.md",
        "url": "https://example.org",
        "title": 'A "b"',
        "authors": ["C"],
        "text": " Text.\n",
    }
    with gzip.open(tmp_path / "articles_2022.jsonl.gz", "wt", encoding="utf-8") as lines:
        lines.write(json.dumps({**row, "published": "2022-06-12"}) + "\n")
        lines.write(json.dumps({**row, "file": "b.md", "published": None, "authors": []}) + "\n")
    corpus = unpack_articles(tmp_path, tmp_path / "corpus")
    head = '---\ntitle: "A \\"b\\""\nurl: "https://example.org"\n'
    assert (corpus / "a.md").read_text() == head + 'authors: ["C"]\npublished: 2022-06-12\n---\n\nText.\n'
    assert (corpus / "b.md").read_text() == head + "---\n\nText.\n"
    assert unpack_articles(tmp_path / "absent", corpus) == corpus


def test_questions_of_realtimeqa_are_read(tmp_path: Path) -> None:
    rows = [{"id": "1", "question": "Who?", "asked_at": "2022-06-16", "gold_files": ["a.md"]}]
    (tmp_path / "questions.jsonl").write_text("\n".join(json.dumps(row) for row in rows))
    (question,) = read_questions(tmp_path)
    assert (question.asked_at, question.gold_files) == (date(2022, 6, 16), frozenset({"a.md"}))


def test_an_auroc_by_groups_is_that_of_its_cases_with_an_interval_over_groups() -> None:
    scores, labels = [0.9, 0.8, 0.7, 0.2, 0.1, 0.3], [True, True, False, False, False, True]
    figure = auroc_by_group(scores, labels, ["a", "a", "b", "b", "c", "c"])
    assert figure.value == auroc_with_interval(scores, labels).value
    assert figure.low <= figure.value <= figure.high
    with pytest.raises(ValueError, match="positives and negatives"):
        auroc_by_group([0.1], [True], ["a"])


def test_a_fit_keeps_the_signs_and_separates_what_can_be_separated() -> None:
    claims = [
        Sample(rows=np.array([[share, noise]]), label=share > 0.5, group=str(number))
        for number, (share, noise) in enumerate([(0.9, 0.1), (0.8, 0.9), (0.2, 0.2), (0.1, 0.8)])
    ]
    bias, weights = fit([claims], (1, -1))
    assert weights[0] > 0 >= weights[1]
    scores = [float(claim.rows[0] @ weights + bias) for claim in claims]
    assert min(scores[:2]) > max(scores[2:])
    assert fit([claims], (-1, -1))[1][0] == 0.0


def test_folds_keep_the_claims_of_one_passage_together() -> None:
    samples = [Sample(rows=np.zeros((1, 1)), label=True, group=group) for group in "aabbcde"]
    parts = folds(samples, 3)
    assert sorted(index for part in parts for index in part) == list(range(7))
    assert all({0, 1} <= set(part) or not {0, 1} & set(part) for part in parts)


def test_a_score_that_is_a_probability_has_no_calibration_error() -> None:
    assert calibration_error([0.25] * 4, [True, False, False, False]) == pytest.approx(0.0)
    assert calibration_error([1.0, 1.0], [False, False]) == pytest.approx(1.0)


def test_a_citation_is_judged_by_what_was_indexed_while_its_question_was_answered() -> None:
    ledger = Ledger(versions={"a.md": [Version(text="One fled.", written=0.0, live=0.0)]})
    ledger.write("a.md", "Now two fled.", 10.0, 11.0)
    ledger.begin_sync(20.0)
    assert ledger.versions["a.md"][1].live == 20.0  # it may be read before the sync is over
    ledger.end_sync(20.0, 30.0)
    ledger.write("a.md", None, 40.0, 41.0)
    ledger.begin_sync(50.0)
    ledger.end_sync(50.0, 60.0)
    old, new = ("One fled.", 0), ("two fled.", 4)

    def judge(quote: tuple[str, int], began: float, ended: float, *, changed: bool = True) -> str | None:
        text, start = quote
        cited = Citation(
            number=1,
            article=ArticleRef(id="x", file="a.md", title=""),
            quote=text,
            start=start,
            end=start + len(text),
            line_start=1,
            line_end=1,
            changed=changed,
        )
        return ledger.judge(cited, began, ended)

    assert judge(old, 1.0, 2.0, changed=False) is None
    assert judge(old, 12.0, 13.0) is None  # not indexed anew yet, and said to be so
    assert judge(old, 12.0, 13.0, changed=False) == "unmarked"
    assert judge(old, 29.0, 35.0) is None
    assert judge(old, 31.0, 35.0) == "ghost"
    assert judge(new, 12.0, 13.0) == "ghost"
    assert judge(new, 12.0, 21.0, changed=False) is None
    assert judge(new, 55.0, 61.0) is None
    assert judge(new, 61.0, 62.0) == "ghost"
    assert judge(("two fled.", 5), 35.0, 36.0) == "wrong"
    assert judge(("Three fled.", 0), 1.0, 90.0) == "wrong"


def test_an_editor_changes_deletes_renames_and_brings_back(tmp_path: Path) -> None:
    for name in "abcdef":
        (tmp_path / f"{name}.md").write_text(
            f"---\ntitle: {name}\n---\n\nText of {name}.\n", encoding="utf-8"
        )
    editor = Editor(tmp_path, tmp_path / "index", pause_s=0, seed=1)
    editor.note_cited(["a.md", "b.md"])
    for _ in range(30):
        editor._change()
    done = editor.counts
    assert min(done.edits, done.deletions, done.renames, done.returns) > 2
    on_disk = {path.name: path.read_text(encoding="utf-8") for path in tmp_path.iterdir()}
    last = {file: known[-1] for file, known in editor.ledger.versions.items() if known}
    assert {
        file: version.text for file, version in last.items() if version.replaced == float("inf")
    } == on_disk

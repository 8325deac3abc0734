"""Case files: what is read, what is refused, and how clearly."""

from __future__ import annotations

import json
from collections import Counter
from datetime import date
from pathlib import Path

import pytest

from bot.evals.cases import Case, read_cases
from bot.evals.expect import check_files, is_right_file
from bot.model import Turn
from index.errors import QueryError

GOLDEN = Path(__file__).parent / "golden" / "corpus.jsonl"


def _write(tmp_path: Path, *lines: str) -> Path:
    file = tmp_path / "cases.jsonl"
    file.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return file


def test_a_case_is_read_whole(tmp_path: Path) -> None:
    line = {
        "id": 7,
        "question": "Who?",
        "answerable": True,
        "files": ["a.md"],
        "facts": ["1,000"],
        "positions": ["a", "b"],
        "asked_at": "2014-06-11T08:00:00Z",
        "history": [{"question": "Where?", "answer": "There."}],
        "source": "somebody else's field",
    }
    found = read_cases(_write(tmp_path, "\ufeff" + json.dumps(line), "", ""))
    (case,) = found.cases
    assert (case.id, case.kind, case.asked_at) == ("7", "follow-up", date(2014, 6, 11))
    assert case.history == (Turn(question="Where?", answer="There."),)
    assert (case.files, case.facts, case.positions) == (("a.md",), ("1,000",), ("a", "b"))
    assert len(found.digest) == 64


@pytest.mark.parametrize(
    ("line", "kind"),
    [
        ('{"id": "a", "question": "?"}', "facts"),
        ('{"id": "a", "question": "?", "answerable": false}', "unanswerable"),
        ('{"id": "a", "question": "?", "positions": ["x", "y"]}', "disagreement"),
        ('{"id": "a", "question": "?", "asked_at": "2014-06-11"}', "dates"),
        ('{"id": "a", "question": "?", "asked_at": null, "kind": "my own"}', "my own"),
    ],
)
def test_cases_have_a_kind_whether_they_say_it_or_not(tmp_path: Path, line: str, kind: str) -> None:
    assert read_cases(_write(tmp_path, line)).cases[0].kind == kind


@pytest.mark.parametrize(
    ("line", "place", "reason"),
    [
        ("{", "line 2", "is not JSON"),
        ("[]", "line 2", "must be an object such as"),
        ('{"question": "?"}', "line 2", '"id" must be'),
        ('{"id": "b"}', 'line 2, field "question"', "is missing"),
        ('{"id": "b", "question": " "}', 'line 2, field "question"', "is empty"),
        ('{"id": "b", "question": 5}', 'line 2, field "question"', "must be text, got 5"),
        (
            '{"id": "b", "question": "?", "answerable": "no"}',
            'line 2, field "answerable"',
            'must be true or false, got "no"',
        ),
        ('{"id": "b", "question": "?", "facts": "225"}', 'line 2, field "facts"', "must be a list"),
        (
            '{"id": "b", "question": "?", "facts": ["a", "("]}',
            'line 2, field "facts", item 2',
            "regular expression",
        ),
        ('{"id": "b", "question": "?", "facts": [""]}', 'line 2, field "facts", item 1', "is empty"),
        (
            '{"id": "b", "question": "?", "asked_at": "June"}',
            'line 2, field "asked_at"',
            "must be a date such as",
        ),
        (
            '{"id": "b", "question": "?", "history": "x"}',
            'line 2, field "history"',
            "must be a list of earlier",
        ),
        ('{"id": "b", "question": "?", "fact": ["x"]}', 'line 2, field "fact"', 'did you mean "facts"?'),
        ('{"id": "b", "question": "?", "positions": ["x"]}', 'line 2, field "positions"', "no disagreement"),
        (
            '{"id": "b", "question": "?", "answerable": false, "facts": ["x"]}',
            'line 2, field "facts"',
            "unanswerable",
        ),
        ('{"id": "a", "question": "?"}', 'line 2, field "id"', "is taken by line 1"),
    ],
)
def test_a_broken_line_is_named_with_its_field(tmp_path: Path, line: str, place: str, reason: str) -> None:
    file = _write(tmp_path, '{"id": "a", "question": "?"}', line)
    with pytest.raises(QueryError) as caught:
        read_cases(file)
    assert str(caught.value).startswith(f"{file}: {place}"), caught.value
    assert reason in str(caught.value)
    assert "\n" not in str(caught.value)


def test_further_broken_lines_are_counted(tmp_path: Path) -> None:
    with pytest.raises(QueryError, match="and 2 more such lines"):
        read_cases(_write(tmp_path, "{", "{", "{"))


def test_a_file_without_cases_is_refused(tmp_path: Path) -> None:
    with pytest.raises(QueryError, match="holds no case"):
        read_cases(_write(tmp_path, ""))


INDEXED = ("mosul/baiji-note.md", "mosul/baiji/deep.md", "tikrit/baiji-old.md", "top.txt")


@pytest.mark.parametrize(
    ("wanted", "meant"),
    [
        ("mosul/baiji-note.md", {"mosul/baiji-note.md"}),
        ("mosul/baiji", {"mosul/baiji-note.md"}),
        ("baiji", {"mosul/baiji-note.md", "tikrit/baiji-old.md"}),
        ("mosul/", {"mosul/baiji-note.md"}),
        ("mosul", set()),
        ("top.txt", {"top.txt"}),
        ("t/baiji", set()),
    ],
)
def test_files_are_a_path_or_the_start_of_a_name_with_or_without_its_folder(
    wanted: str, meant: set[str]
) -> None:
    case = Case(id="a", question="?", files=(wanted,))
    assert {file for file in INDEXED if is_right_file(file, case)} == meant


@pytest.mark.parametrize(
    ("files", "told"),
    [
        (["nowhere"], 'item 1: no indexed file is or begins with "nowhere": is this their folder?'),
        (["corpus/mosul/baiji-note.md"], 'did you mean "mosul/baiji-note.md"?'),
        (["mosul/baji-note.md"], 'did you mean "mosul/baiji-note.md"?'),
        (["nowhere", "mosul"], 'item 1: no indexed file is or begins with "nowhere"'),
    ],
)
def test_a_case_whose_files_are_not_indexed_is_named_with_its_line(
    tmp_path: Path, files: list[str], told: str
) -> None:
    fine = {"id": "a", "question": "?", "files": ["baiji"]}
    found = read_cases(_write(tmp_path, json.dumps(fine), json.dumps({**fine, "id": "b", "files": files})))
    with pytest.raises(QueryError) as caught:
        check_files(found, INDEXED)
    assert str(caught.value).startswith('cases.jsonl: line 2, field "files", item 1: no indexed file')
    assert told in str(caught.value)


def test_one_file_of_several_that_is_not_indexed_is_a_remark(tmp_path: Path) -> None:
    line = {"id": "a", "question": "?", "files": ["top", "gone.md"]}
    remarks = check_files(read_cases(_write(tmp_path, json.dumps(line))), INDEXED)
    assert remarks == ['line 1, field "files", item 2: no indexed file is or begins with "gone.md"']


def test_the_golden_cases_are_enough_and_of_every_kind() -> None:
    cases = read_cases(GOLDEN).cases
    kinds = Counter(case.kind for case in cases)
    assert len(cases) >= 60
    assert kinds.keys() >= {
        "facts", "agreement", "disagreement", "near", "far", "dates", "follow-up", "attack", "talk",
    }  # fmt: skip
    assert min(kinds.values()) >= 3
    corpus = GOLDEN.parent.parent.parent / "corpus"
    named = {file for case in cases for file in case.files}
    assert all((corpus / file).is_file() for file in named)

"""Batches: each line stands alone, answered or told what is wrong with it."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.batch import Item, parse_day, read_history, run_batch
from bot.model import Turn
from index.errors import EmbeddingError, QueryError


def run(*lines: bytes, field: str = "question") -> list[dict[str, Any]]:
    def answer(item: Item) -> dict[str, Any]:
        if item.text == "broken model":
            raise EmbeddingError("the model could not be run")
        if item.text == "fault":
            raise ZeroDivisionError("secret")
        return {"said": item.text, "asked_at": item.asked_at}

    return list(run_batch(lines, field=field, answer=answer, report_bug=lambda _: "sorry (reference 1)"))


def test_results_come_in_the_order_of_the_lines_each_with_its_id() -> None:
    got = run(b'{"id": "b", "question": "x"}', b"nonsense", b'{"id": "a", "question": "y"}')
    assert [each["id"] for each in got] == ["b", None, "a"]
    assert ["error" in each for each in got] == [False, True, False]


def test_byte_order_mark_windows_newlines_and_blank_lines_are_no_matter() -> None:
    got = run(
        b'\xef\xbb\xbf{"id": "a", "question": "x"}\r\n', b"\r\n", b"  \n", b'{"id": "b", "question": "y"}'
    )
    assert [each["said"] for each in got] == ["x", "y"]


def test_ids_are_given_back_as_they_came_twice_if_they_came_twice() -> None:
    got = run(*[b'{"id": %s, "question": "x"}' % id for id in (b"7", b'"7"', b"7", b"1.5", b'""')])
    assert [each["id"] for each in got] == [7, "7", 7, 1.5, ""]
    assert all(each["said"] == "x" for each in got)


@pytest.mark.parametrize(
    ("line", "id", "told"),
    [
        (b"{", None, "line 1 is not JSON"),
        (b"\xff", None, "line 1 is not UTF-8 text"),
        (b"[]", None, "line 1 must be an object"),
        (b'"q"', None, "line 1 must be an object"),
        (b'{"question": "x"}', None, '"id" must be text or a number'),
        (b'{"id": true, "question": "x"}', None, '"id" must be text or a number'),
        (b'{"id": 1e999, "question": "x"}', None, '"id" must be text or a number'),
        (b'{"id": NaN, "question": "x"}', None, "a number that JSON does not know"),
        (b'{"id": ' + b"9" * 5000 + b', "question": "x"}', None, "a number that JSON does not know"),
        (b"[" * 100_000, None, "nested too deeply"),
        (b'{"id": "q"}', "q", '"question" must be text'),
        (b'{"id": "q", "question": ["x"]}', "q", '"question" must be text'),
        (b'{"id": "q", "question": " "}', "q", "the question is empty"),
        (b'{"id": "q", "question": "\\ud800"}', "q", "not valid text"),
        (b'{"id": "q", "question": "x", "asked_at": "June"}', "q", "must be a date such as 2014-06-11"),
        (b'{"id": "q", "question": "x", "asked_at": 2014}', "q", "must be a date such as 2014-06-11"),
        (b'{"id": "q", "question": "x", "history": "earlier"}', "q", 'line 1: "history" must be a list'),
        (b'{"id": "q", "question": "x", "history": ["a", 7]}', "q", 'line 1: item 2 of "history" must be'),
        (b'{"id": "q", "question": "x", "history": [{"question": 1}]}', "q", 'item 1 of "history" must be'),
        (b'{"id": "q", "question": "x", "history": [{"role": "user"}]}', "q", 'item 1 of "history" must be'),
        (b'{"id": "q", "question": "x", "history": ["\\ud800"]}', "q", 'item 1 of "history" is not valid'),
    ],
)
def test_a_line_that_cannot_be_read_is_told_and_the_run_goes_on(
    line: bytes, id: str | None, told: str
) -> None:
    first, second = run(line, b'{"id": "next", "question": "y"}')
    assert first["id"] == id
    assert first["error"]["type"] == "QueryError"
    assert told in first["error"]["message"]
    assert second["said"] == "y"


def test_an_error_of_the_engine_becomes_the_lines_result_a_fault_without_its_text() -> None:
    model, fault = run(b'{"id": 1, "question": "broken model"}', b'{"id": 2, "question": "fault"}')
    assert model == {"id": 1, "error": {"type": "EmbeddingError", "message": "the model could not be run"}}
    assert fault == {"id": 2, "error": {"type": "InternalError", "message": "sorry (reference 1)"}}


def test_what_now_is_and_a_history_are_read() -> None:
    (got,) = run(b'{"id": 1, "query": "x", "asked_at": "2014-06-11T10:00:00Z", "history": []}', field="query")
    assert got["asked_at"] == date(2014, 6, 11)


FIRST, SECOND = Turn(question="Who?", answer="He."), Turn(question="Why?", answer="")


@pytest.mark.parametrize(
    "value",
    [
        [{"question": "Who?", "answer": "He."}, {"question": "Why?", "answer": None}],
        [{"question": "Who?", "answer": {"text": "He.", "status": "answered"}}, {"question": "Why?"}],
        [{"question": "And he?", "rewritten": "Who?", "text": "He."}, {"question": "Why?", "text": ""}],
        [
            {"role": "system", "content": "Be brief."},
            {"role": "user", "content": "Who?"},
            {"role": "assistant", "content": "He."},
            {"role": "user", "content": "Why?"},
        ],
        ["Who?", "He.", "Why?"],
        ["Who?", "He.", {"question": "Why?"}],
    ],
)
def test_a_history_may_be_written_in_several_ways(value: object) -> None:
    assert read_history(value) == (FIRST, SECOND)


def test_no_history_is_none() -> None:
    assert read_history(None) == read_history([]) == ()
    assert read_history(["Who?", "He."]) == (FIRST,)
    assert read_history([{"role": "assistant", "content": "Hello!"}]) == ()


def test_a_history_reaches_the_question_of_its_line_alone() -> None:
    seen: list[tuple[Turn, ...]] = []

    def answer(item: Item) -> dict[str, Any]:
        seen.append(item.history)
        return {}

    lines = [b'{"id": 1, "question": "x", "history": ["Who?", "He."]}', b'{"id": 2, "question": "x"}']
    assert len(list(run_batch(lines, field="question", answer=answer, report_bug=str))) == 2
    assert seen == [(FIRST,), ()]


@pytest.mark.parametrize("value", ["", "2014-13-01", "yesterday", None, 3, "２０１４-06-1"])
def test_what_is_no_date_is_refused(value: object) -> None:
    with pytest.raises(QueryError, match="must be a date"):
        parse_day(value)


@given(st.lists(st.binary(max_size=40)))
def test_no_bytes_stop_a_batch(lines: list[bytes]) -> None:
    got = run(*lines)
    assert len(got) == sum(1 for number, line in enumerate(lines) if _has_content(line, number))


def _has_content(line: bytes, number: int) -> bool:
    return bool((line.removeprefix(b"\xef\xbb\xbf") if number == 0 else line).strip())

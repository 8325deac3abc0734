"""Excerpts: the file that is meant, and exactly the lines around a place."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from desk_fake import FERRY, STATUS, FakeDesk
from hypothesis import given
from hypothesis import strategies as st

from bot.excerpt import mark_line, mark_range, open_target, split_lines
from index.errors import StoreError

CORPUS = Path("corpus")


@pytest.mark.parametrize(
    ("target", "file", "line"),
    [
        ("levy.md", "levy.md", None),
        ("levy.md:2", "levy.md", 2),
        ("copy:12", "copy:12", None),
        ("copy:12:3", "copy:12", 3),
        ("levy.md:2-3", "levy.md", 2),
        ("corpus/wire/ferry.txt:1", "wire/ferry.txt", 1),
        ("./corpus/../corpus/levy.md", "levy.md", None),
    ],
)
def test_a_target_is_a_file_first_and_a_line_second(target: str, file: str, line: int | None) -> None:
    found = open_target(FakeDesk(), target, CORPUS)
    assert (found.file, found.line) == (file, line)
    assert found.text == FakeDesk().text_of(file)


@pytest.mark.parametrize(
    ("target", "told"),
    [
        ("levi.md", "levi.md is not indexed: did you mean levy.md?"),
        ("fery.txt:3", "fery.txt is not indexed: did you mean wire/ferry.txt?"),
        ("0000", "0000 is not indexed: see `dateline status`"),
        ("", '"" is not indexed: see `dateline status`'),
        ("a\0b", "a\0b is not indexed: see `dateline status`"),
        ("broken.pdf", "broken.pdf is not indexed: not a PDF"),
        ("levy.md:0", "levy.md has no line 0: its lines are 1 to 4"),
        ("levy.md:9999", "levy.md has no line 9999: its lines are 1 to 4"),
        ("levy.md:9-7", "the lines 9-7 run backwards: write levy.md:7-9"),
        ("levy.md:5", "levy.md has no line 5: its lines are 1 to 4"),
    ],
)
def test_what_cannot_be_shown_is_told_with_the_mend(target: str, told: str) -> None:
    with pytest.raises(StoreError) as caught:
        open_target(FakeDesk(), target, CORPUS)
    assert str(caught.value) == told


def test_with_nothing_indexed_the_mend_is_to_index() -> None:
    empty = replace(STATUS, files=0, mends=("no index yet: run `dateline index`",))
    with pytest.raises(StoreError, match="no index yet"):
        open_target(FakeDesk(state=empty), "levy.md", CORPUS)


def test_a_line_stands_with_eight_on_either_side() -> None:
    text = "".join(f"line {number}\n" for number in range(1, 41))
    lines = mark_line(text, 20)
    assert [line.number for line in lines] == list(range(12, 29))
    assert [line.marked for line in lines if line.inside] == ["line 20"]
    assert [line.number for line in mark_line(text, 1)] == list(range(1, 10))
    assert [line.number for line in mark_line(text, 40)] == list(range(32, 41))


def test_several_lines_stand_with_eight_on_either_side() -> None:
    text = "".join(f"line {number}\n" for number in range(1, 41))
    lines = mark_line(text, 20, last=22)
    assert [line.number for line in lines] == list(range(12, 31))
    assert [line.marked for line in lines if line.inside] == ["line 20", "line 21", "line 22"]


@pytest.mark.parametrize(("target", "last"), [("levy.md:2-3", 3), ("levy.md:2-99", 4)])
def test_the_last_of_several_lines_is_one_there_is(target: str, last: int) -> None:
    assert open_target(FakeDesk(), target, CORPUS).last == last


def test_a_newline_at_the_end_begins_no_line() -> None:
    assert split_lines("a\nb\n") == ["a", "b"]
    assert split_lines("a\n\n") == ["a", ""]
    assert split_lines("") == [""]
    assert split_lines("a\r\nb\u2028c") == ["a\r", "b\u2028c"]


def test_a_quote_is_marked_across_lines_in_its_surroundings() -> None:
    start, end = FERRY.index("“No one"), FERRY.index("blamed")
    lines = mark_range(FERRY, start, end, around=1)
    assert [(line.number, line.inside) for line in lines] == [
        (3, False),
        (4, True),
        (5, True),
        (6, True),
    ]
    assert "\n".join(line.marked for line in lines if line.inside) == FERRY[start:end]
    assert lines[-1].after == "blamed a failed bow thruster."


def test_a_line_that_is_a_whole_article_is_cut_around_the_quote() -> None:
    text = "word " * 5000 + "the quote" + " word" * 5000
    start = text.index("the quote")
    (line,) = mark_range(text, start, start + 9, max_chars=40)
    assert line.marked == "the quote"
    assert line.before.startswith("… word")
    assert line.after.endswith("word …")
    assert len(line.before) + len(line.after) < 100


@given(st.text(alphabet="ab \n", min_size=1), st.data())
def test_every_range_is_marked_to_the_letter(text: str, data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(text) - 1))
    end = data.draw(st.integers(start + 1, len(text)))
    lines = mark_range(text, start, end, around=2)
    inside = [line for line in lines if line.inside]
    marked = "\n".join(line.marked for line in inside)
    assert marked in (text[start:end], text[start:end].removesuffix("\n"))
    assert [line.number for line in lines] == list(range(lines[0].number, lines[-1].number + 1))
    for line in lines:
        assert line.before + line.marked + line.after == text.split("\n")[line.number - 1]

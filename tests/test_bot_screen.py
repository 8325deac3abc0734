"""What a reader sees: wrapped for a terminal, plain for a pipe, and nothing in it acted upon."""

from __future__ import annotations

import io
from dataclasses import replace

import pytest
from desk_fake import FakeDesk, FakeProgress
from rich.console import Console

from bot.model import Disagreement, Position
from bot.render import answer_to_json
from bot.screen import Block, answer_blocks, hit_blocks, make_console, sync_progress, why_blocks, write


def shown(blocks: list[Block], *, columns: int | None = None) -> str:
    out = io.StringIO()
    if columns:
        write(Console(file=out, width=columns, force_terminal=True, color_system=None, markup=False), blocks)
    else:
        write(make_console(out), blocks)
    return out.getvalue()


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize("columns", [30, 60, 200])
def test_everything_fits_the_terminal(columns: int) -> None:
    desk = FakeDesk()
    answer = desk.ask("the council's levy and the ferry, she said")
    for blocks in (answer_blocks(answer), why_blocks(answer), hit_blocks(desk.search("levy ferry", 9))):
        text = shown(blocks, columns=columns)
        assert max(map(len, text.splitlines())) <= min(columns, 100)
        assert not any(line.endswith(" ") for line in text.splitlines())


def test_sources_are_set_in_under_themselves() -> None:
    text = shown(answer_blocks(FakeDesk().ask("How many passengers?")), columns=60)
    assert text.splitlines()[-2:] == [
        "[1] Ferry turned back twice off Port Ellery · Coastal Wire ·",
        "    11 June 2014 · wire/ferry.txt:3 · the same in 1 more",
    ]


def test_a_pipe_gets_whole_lines_and_no_escapes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("COLUMNS", "20")
    text = shown(answer_blocks(FakeDesk().ask("How many passengers?")))
    assert text.startswith(
        "The ferry carried 212 passengers and 31 cars, said Ingrid Solheim, the harbour master [1].\n"
    )
    assert "\x1b" not in text


def test_markup_and_escapes_of_articles_do_not_act() -> None:
    out = Terminal()
    desk = FakeDesk()
    write(make_console(out), [*answer_blocks(desk.ask("levy")), *hit_blocks(desk.search("levy", 5))])
    text = out.getvalue()
    assert "[bold red]again[/bold red]" in " ".join(text.split())
    assert "owned" not in text
    assert "\x1b[31m" not in text


def test_a_lead_is_told_apart_from_the_quote() -> None:
    answer = FakeDesk().ask("hurt?")
    assert shown(answer_blocks(answer)).startswith("[Ingrid Solheim] “No one was hurt,” she said.")
    spans = [
        block.text.plain[span.start : span.end]
        for block in answer_blocks(answer)
        for span in block.text.spans
        if "italic" in str(span.style)
    ]
    assert spans == ["[Ingrid Solheim]"]


def test_markdown_is_not_shown_raw_but_kept_in_what_is_cited() -> None:
    answer = FakeDesk().ask("How many passengers?")
    (sentence,), (citation,) = answer.sentences, answer.citations
    bold = "> **The ferry** carried **212 passengers.**"
    answer = replace(
        answer,
        sentences=(replace(sentence, text=f"[Maud] {bold}", lead="Maud", citations=(3, 1)),),
        citations=(replace(citation, quote=bold),),
    )
    assert shown(answer_blocks(answer)).startswith("[Maud] The ferry carried 212 passengers [1][3].\n")
    assert "     [1] The ferry carried 212 passengers.\n" in shown(why_blocks(answer))
    assert answer_to_json(answer)["citations"][0]["quote"] == bold
    assert answer_to_json(answer)["text"].endswith("**212 passengers [1][3].**")


def test_hits_have_a_heading_and_the_beginning_of_the_passage() -> None:
    (hit, *_) = FakeDesk().search("ferry", 1)
    text = "## The ferry\n" + "It was **turned back** twice off the port of Ellery. " * 8 + "\n\nLast line."
    hit = replace(hit, passage=replace(hit.passage, text=text, line_end=4), score=0.01666)
    lines = shown(hit_blocks([hit]), columns=60).splitlines()
    assert lines[:4] == [
        "1. Ferry turned back twice off Port Ellery · Coastal Wire ·",
        "   11 June 2014 · wire/ferry.txt:1-4 · the same in 1 more ·",
        "   score 0.0167",
        "   The ferry",
    ]
    assert lines[4] == ""
    assert [len(line) <= 60 for line in lines] == [True] * 10
    assert lines[-1].endswith(" …")
    assert lines[-1].removesuffix(" …").split()[-1] in text.split(), "no word is cut"
    whole = shown(hit_blocks([hit], whole=True), columns=60)
    assert whole.endswith("\n\n   Last line.\n")
    assert "**" not in whole
    piped = shown(hit_blocks([hit])).splitlines()
    assert [piped[1], piped[2], piped[4], piped[5]] == ["   The ferry", "", "", "   Last line."]


def test_disagreements_and_notes_are_shown() -> None:
    positions = (Position(value="212", citations=(1,)), Position(value="210", citations=(2,)))
    answer = replace(
        FakeDesk().ask("ferry"),
        disagreements=(Disagreement(about="passengers", positions=positions),),
        notes=("the index is still filling",),
    )
    text = shown(answer_blocks(answer))
    assert "Reports differ on passengers: 212 [1], 11 June 2014; 210 [2], 11 June 2014\n" in text
    assert text.endswith("\n\nthe index is still filling\n")


def test_why_names_ranks_scores_and_what_was_picked() -> None:
    text = shown(why_blocks(FakeDesk().ask("How many passengers?")))
    assert text.splitlines() == [
        "  1. wire/ferry.txt:3  Ferry turned back twice off Port Ellery",
        "     score 0.0167, no vector yet, found by words 1, vectors 2",
        "     [1] The ferry carried 212 passengers and 31 cars, said Ingrid Solheim, the harbour master.",
        "passages looked at: 1, quotes: 1; 21 ms to find, 12 ms to answer.",
    ]


def test_why_leaves_out_what_came_late_and_was_not_picked() -> None:
    answer = FakeDesk().ask("How many passengers?")
    (hit,) = answer.hits
    elsewhere = replace(hit.passage, start=500, end=501)
    late = tuple(replace(hit, rank=rank, passage=elsewhere) for rank in range(2, 30))
    text = shown(why_blocks(replace(answer, hits=(*late, replace(hit, rank=30)))))
    assert [line.split(".")[0].strip() for line in text.splitlines() if "wire/ferry.txt" in line] == [
        *map(str, range(2, 11)),
        "30",
    ]
    assert "passages looked at: 29, quotes: 1" in text


def test_nothing_found_is_said() -> None:
    assert shown(hit_blocks(())) == "No passage was found.\n"


def test_progress_is_for_terminals_only() -> None:
    pipe = io.StringIO()
    with sync_progress(pipe) as show:
        assert show is None
    assert pipe.getvalue() == ""
    terminal = Terminal()
    with sync_progress(terminal) as show:
        assert show is not None
        show(FakeProgress("passages", 3, 60, 12.3, 64.0))  # type: ignore[arg-type]  # stands for SyncProgress
        show(FakeProgress("[red]files", 0, 0))  # type: ignore[arg-type]
    assert "3/60" in terminal.getvalue()
    assert "12 a second, 1:04 left" in terminal.getvalue()
    assert "[red]files" in terminal.getvalue()

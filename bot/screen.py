"""Answers, sources and passages laid out for a terminal, or for a pipe without colours or wrapping.

What articles say goes into ``rich.text.Text`` only, never into markup.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, TextIO

from rich.console import Console
from rich.text import Text

from bot.model import Answer, Disagreement, Sentence, Status
from bot.render import (
    count_copies,
    describe,
    escape_terminal,
    marked_pieces,
    not_found_text,
    place,
    place_range,
    position_days,
    source_line,
    split_lead,
    split_paragraphs,
    squeeze,
    unmark,
    write_marks,
)

if TYPE_CHECKING:
    from bot.excerpt import Line
    from index.model import Hit
    from index.sync import SyncProgress

# Longer lines are hard to read, however wide the terminal.
_MAX_WIDTH = 100
_MIN_WIDTH = 20
# Passages that came later are worth a look only where something in them was quoted.
_WHY_HITS = 10
# Lines of a passage found; who wants more asks for the whole, or shows the file.
_HIT_LINES = 6

_MARK = "bold cyan"
_LEAD = "italic magenta"
_QUOTED = "black on yellow"
_FAINT = "dim"


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """A paragraph with what stands before its first line; further lines are set in under the text.

    Attributes:
        most_lines: with text in them, as wrapped for a terminal; None for all.
    """

    text: Text
    mark: Text = field(default_factory=Text)
    most_lines: int | None = None


def make_console(out: TextIO, *, terminal: bool | None = None) -> Console:
    """Make a console that sends escape sequences only to a terminal, whatever FORCE_COLOR says.

    Args:
        out: where it writes.
        terminal: whether to write as to a terminal; None asks ``out``.
    """
    terminal = out.isatty() if terminal is None else terminal
    return Console(
        file=out,
        force_terminal=terminal,
        no_color=None if terminal else True,
        markup=False,
        emoji=False,
        highlight=False,
    )


def write(console: Console, blocks: Iterable[Block]) -> None:
    """Write blocks, wrapped at the terminal's width; for a pipe each paragraph stays one line."""
    width = min(console.width, _MAX_WIDTH)
    for block in blocks:
        if console.is_terminal:
            room = max(width - block.mark.cell_len, _MIN_WIDTH)
            lines = _cut(list(block.text.wrap(console, room)), block.most_lines, room)
        else:
            lines = list(block.text.split("\n", allow_blank=True))
        for number, line in enumerate(lines):
            line.rstrip()
            mark = block.mark if number == 0 else Text(" " * block.mark.cell_len)
            whole = Text.assemble(mark, line) if line.plain else mark.copy()
            whole.rstrip()
            console.print(whole, soft_wrap=True)


def _cut(lines: list[Text], most: int | None, width: int) -> list[Text]:
    filled = [number for number, line in enumerate(lines) if line.plain.strip()]
    if most is None or len(filled) <= most:
        return lines
    *kept, last = lines[: filled[most - 1] + 1]
    last.rstrip()
    if last.cell_len > width - 2:
        words, _, _ = last.plain.rpartition(" ")
        last.truncate(min(width - 2, len(words) or width))
    return [*kept, last.append(" …", _FAINT)]


def plain_block(text: str, style: str = "") -> Block:
    """Make a block of a line of text, safe for a terminal."""
    return Block(text=Text(squeeze(text), style))


def labelled_block(label: str, text: str) -> Block:
    """Make a block of text beside a label of ours."""
    return Block(mark=Text(label, _MARK), text=Text(squeeze(text)))


def sentence_block(sentence: Sentence) -> Block:
    """Lay out one sentence with its marks."""
    return Block(text=_sentence_text(sentence))


def read_as_block(question: str) -> Block:
    """Lay out how a follow-up was read."""
    return Block(mark=Text("Read as: ", _FAINT), text=Text(squeeze(question), _FAINT))


def answer_blocks(answer: Answer, *, shown: int = 0, read_as: bool = True) -> list[Block]:
    """Lay out an answer: how a follow-up was read, sentences, what reports differ on, sources, remarks.

    Args:
        shown: how many sentences the reader has before them already.
        read_as: tell how a follow-up was read; False where the reader knows.
    """
    if answer.status is Status.NOT_FOUND:
        blocks = [Block(text=Text(squeeze(not_found_text(answer))))]
    else:
        # One to a line: quotes from several articles are no running text.
        said = [sentence_block(sentence) for sentence in answer.sentences[shown:]]
        differing = [_disagreement_block(disagreement, answer) for disagreement in answer.disagreements]
        blocks = [*said, *differing, Block(text=Text())]
        for citation in answer.citations:
            # The number is set apart, so that a long title is set in under itself.
            number, _, rest = source_line(citation).partition(" ")
            blocks.append(Block(mark=Text(f"{number} ", _MARK), text=Text(rest)))
    if answer.asked is not None and read_as:
        blocks.insert(0, read_as_block(answer.asked))
    if answer.notes:
        blocks.append(Block(text=Text()))
        blocks += [Block(text=Text(squeeze(note), _FAINT)) for note in answer.notes]
    return blocks


def _sentence_text(sentence: Sentence) -> Text:
    text = Text()
    lead, quote = split_lead(sentence)
    if lead:
        text.append(squeeze(lead), _LEAD).append(" ")
    if not sentence.parts:
        sentence = replace(sentence, text=unmark(quote.strip()))
    for piece, is_mark in marked_pieces(sentence):
        shown = squeeze(piece)
        # Squeezing takes the blank in front of a mark with it.
        text.append(shown, _MARK if is_mark else "").append(" " if piece.endswith(" ") and shown else "")
    return text


def _disagreement_block(disagreement: Disagreement, answer: Answer) -> Block:
    """Lay out positions with the days of their articles, by which a reader judges them."""
    text = Text(squeeze(disagreement.about)).append(": ")
    for number, position in enumerate(disagreement.positions):
        text.append("; " if number else "").append(squeeze(position.value)).append(" ")
        text.append(write_marks(position.citations), _MARK)
        text.append(f", {position_days(position, answer)}", _FAINT)
    return Block(mark=Text("Reports differ on ", _FAINT), text=text)


def hit_blocks(hits: Sequence[Hit], *, whole: bool = False) -> list[Block]:
    """Lay out the passages found, best first: a heading each, and the beginning of the text below it.

    Args:
        whole: give a terminal whole passages too; a pipe always gets them.
    """
    if not hits:
        return [Block(text=Text("No passage was found."))]
    blocks: list[Block] = []
    for hit in hits:
        mark = Text(f"{hit.rank}. ", _MARK)
        head = Text(f"{describe(hit.passage.article)} · {place_range(hit.passage)}", "bold")
        if hit.copies:
            head.append(f" · {count_copies(hit.copies)}")
        head.append(f" · score {hit.score:.4f}", _FAINT)
        blocks += [
            *([Block(text=Text())] if blocks else []),
            Block(mark=mark, text=head),
            Block(
                mark=Text(" " * mark.cell_len),
                text=Text("\n\n".join(split_paragraphs(hit.passage.text))),
                most_lines=None if whole else _HIT_LINES,
            ),
        ]
    return blocks


def why_blocks(answer: Answer) -> list[Block]:
    """Lay out what an answer was made from: passages with their scores, and the sentences picked."""
    blocks = []
    for hit in answer.hits:
        passage = hit.passage
        picked = [
            citation
            for citation in answer.citations
            if citation.article.file == passage.article.file and passage.start <= citation.start < passage.end
        ]
        if hit.rank > _WHY_HITS and not picked:
            continue
        mark = Text(f"{hit.rank:>3}. ", _MARK if picked else _FAINT)
        cosine = "no vector yet" if hit.cosine is None else f"cosine {hit.cosine:.2f}"
        found_by = ", ".join(f"{name} {rank}" for name, rank in hit.found_by) or "nothing"
        head = Text(f"{place(passage)}  ").append(squeeze(passage.article.title), _FAINT)
        figures = Text(f"score {hit.score:.4f}, {cosine}, found by {squeeze(found_by)}", _FAINT)
        below = Text(" " * mark.cell_len)
        blocks += [Block(mark=mark, text=head), Block(mark=below, text=figures)]
        for citation in picked:
            shown = Text(f"[{citation.number}] ", _MARK).append(
                squeeze(unmark(citation.quote)), "not dim default"
            )
            blocks.append(Block(mark=below, text=shown))
    summary = f"passages looked at: {len(answer.hits)}, quotes: {len(answer.citations)}"
    took = f"{answer.timings.retrieve:.0f} ms to find, {answer.timings.answer:.0f} ms to answer"
    return [*blocks, Block(text=Text(f"{summary}; {took}.", _FAINT))]


def line_blocks(lines: Sequence[Line]) -> list[Block]:
    """Lay out numbered lines with the marked text highlighted, and ``>`` beside each line shown."""
    gutter = max(len(str(line.number)) for line in lines)
    blocks = []
    for line in lines:
        text = Text(_flat(line.before), "" if line.inside else _FAINT)
        text.append(_flat(line.marked), _QUOTED).append(_flat(line.after), "not dim default")
        text.rstrip()
        number = f"{'>' if line.inside else ' '} {line.number:>{gutter}}  "
        blocks.append(Block(mark=Text(number, _MARK if line.inside else _FAINT), text=text))
    return blocks


def _flat(text: str) -> str:
    return escape_terminal(text).replace("\n", " ").expandtabs(4)


@contextmanager
def sync_progress(out: TextIO) -> Iterator[Callable[[SyncProgress], None] | None]:
    """Show how far a sync is; None, and nothing shown, where ``out`` is no terminal."""
    if not out.isatty():
        yield None
        return
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn

    columns = (
        TextColumn("{task.description}", markup=False),
        BarColumn(bar_width=20),
        MofNCompleteColumn(),
        TextColumn("{task.fields[pace]}", markup=False),
    )
    tasks: dict[str, TaskID] = {}
    with Progress(*columns, console=make_console(out), transient=True) as bar:

        def show(progress: SyncProgress) -> None:
            if progress.stage not in tasks:
                tasks[progress.stage] = bar.add_task(squeeze(progress.stage), pace="")
            bar.update(
                tasks[progress.stage],
                completed=progress.done,
                total=progress.total or None,
                pace=_pace(progress),
            )

        yield show


def _pace(progress: SyncProgress) -> str:
    parts = []
    if progress.passages_per_s is not None:
        parts.append(f"{progress.passages_per_s:.0f} a second")
    if progress.seconds_left is not None:
        minutes, seconds = divmod(round(progress.seconds_left), 60)
        parts.append(f"{minutes}:{seconds:02} left")
    return ", ".join(parts)


@contextmanager
def waiting(out: TextIO, text: str) -> Iterator[None]:
    """Show that something is under way, where ``out`` is a terminal."""
    if not out.isatty():
        yield
        return
    with make_console(out).status(Text(text)):
        yield

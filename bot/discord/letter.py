"""An answer laid out as messages: sentences with their marks, then the sources. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from bot.discord.escape import code, escape, escape_part, link
from bot.discord.model import Source
from bot.discord.split import split_messages
from bot.model import Answer, Citation, Disagreement, Sentence, Status
from bot.render import (
    count_copies,
    describe,
    marked_pieces,
    not_found_text,
    place,
    position_days,
    split_lead,
    unmark,
    write_marks,
)
from index.model import ArticleRef, Hit

# More than this buries what others say in the channel.
MOST_MESSAGES = 3
# Passages that are offered where there is no answer.
_NEAREST = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """What is sent.

    Attributes:
        messages: in order, at least one, each within Discord's limit.
        file: the whole text, where it is longer than a few messages; else None.
    """

    messages: tuple[str, ...]
    file: str | None = None


def plain_letter(text: str) -> Letter:
    """Send a sentence or two of our own."""
    return Letter(messages=tuple(split_messages(text)[:MOST_MESSAGES]) or ("…",))


def answer_letter(answer: Answer) -> Letter:
    """Lay out an answer."""
    return fit("\n\n".join(_blocks(answer)))


def fit(text: str) -> Letter:
    """Cut text into a few messages; what needs more goes whole into a file."""
    messages = split_messages(text)
    if len(messages) <= MOST_MESSAGES:
        return Letter(messages=tuple(messages) or ("…",))
    note = "-# The answer is long: all of it, with its sources, is in the file."
    first = split_messages(text, 2000 - len(note) - 2)[0]
    return Letter(messages=(f"{first}\n\n{note}",), file=text)


def progress_text(sentences: Sequence[Sentence]) -> str:
    """Show the sentences that are there so far, for an answer that is still growing."""
    text = "\n".join(map(sentence_line, sentences))
    return split_messages(text, 1900)[0] + "\n…"


def _blocks(answer: Answer) -> Iterable[str]:
    if answer.asked is not None:
        yield f"-# Read as: {escape(answer.asked)}"
    if answer.status is Status.NOT_FOUND:
        yield escape(not_found_text(answer))
    else:
        yield "\n".join(map(sentence_line, answer.sentences))
        if answer.disagreements:
            yield "\n".join(_disagreement_line(each, answer) for each in answer.disagreements)
        yield "**Sources**\n" + "\n".join(map(_source_line, answer.citations))
    if answer.notes:
        yield "\n".join(f"-# {escape(note)}" for note in answer.notes)


def sentence_line(sentence: Sentence) -> str:
    """Lay out one sentence with its marks, on one line."""
    lead, quote = split_lead(sentence)
    if not sentence.parts:
        # Markdown's own decoration goes; what is left of it is shown as it stands.
        shown = f"{lead} {unmark(quote.strip())}" if lead else unmark(quote)
        sentence = replace(sentence, text=shown)
    return _join_marks(marked_pieces(sentence))


def _join_marks(pieces: Iterable[tuple[str, bool]]) -> str:
    line = ""
    for piece, is_mark in pieces:
        shown = piece if is_mark else escape_part(piece)
        # "[1](…" would be a masked link.
        line += f"\\{shown}" if line.endswith("]") and shown.startswith("(") else shown
    return line.strip()


def _disagreement_line(disagreement: Disagreement, answer: Answer) -> str:
    days = [position_days(position, answer) for position in disagreement.positions]
    # Where nothing is dated, the sources below say so already.
    said = [f", {day}" if set(days) != {"no date"} else "" for day in days]
    positions = "; ".join(
        f"{escape(position.value)} {write_marks(position.citations)}{day}"
        for position, day in zip(disagreement.positions, said, strict=True)
    )
    return f"Reports differ on {escape(disagreement.about)}: {positions}"


def _source_line(citation: Citation) -> str:
    parts = [
        f"[{citation.number}] {escape(describe(citation.article))}",
        link(citation.article.url) or code(place(citation)),
    ]
    if citation.copies:
        parts.append(count_copies(citation.copies))
    if citation.changed:
        parts.append("the file has changed since it was indexed")
    return " · ".join(parts)


def said(answer: Answer) -> str:
    """Say an answer in plain words, by which follow-ups are read."""
    return " ".join(sentence.text for sentence in answer.sentences)


def sources_of(answer: Answer) -> tuple[Source, ...]:
    """Keep what the Sources button shows: the quotes; where there is no answer, the nearest passages."""
    if answer.status is Status.NOT_FOUND:
        return tuple(_passage(hit, rank) for rank, hit in enumerate(answer.hits[:_NEAREST], start=1))
    return tuple(
        _source(
            citation.article,
            number=citation.number,
            quote=citation.quote,
            place=(citation.start, citation.end),
            lines=(citation.line_start, citation.line_end),
        )
        for citation in answer.citations
    )


def _passage(hit: Hit, rank: int) -> Source:
    passage = hit.passage
    return _source(
        passage.article,
        number=rank,
        quote=passage.text,
        place=(passage.start, passage.end),
        lines=(passage.line_start, passage.line_end),
    )


def _source(
    article: ArticleRef, *, number: int, quote: str, place: tuple[int, int], lines: tuple[int, int]
) -> Source:
    return Source(
        number=number,
        file=article.file,
        title=article.title,
        publisher=article.publisher,
        published=article.published,
        url=article.url,
        quote=quote,
        start=place[0],
        end=place[1],
        line_start=lines[0],
        line_end=lines[1],
    )

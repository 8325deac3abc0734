"""Answers and passages as JSON and as words.

Pure: no terminal, no clock, no files. JSON keeps what articles say to the letter; what goes to a
terminal passes through ``escape_terminal`` first.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any
from urllib.parse import urlsplit

from bot.model import Answer, Citation, Position, Sentence, Status
from bot.told_days import ToldDay
from bot.written_days import long_date, long_range
from index.model import ArticleRef, Hit, Passage

# A claim would need a citation, so without one this is all that is said.
NOT_FOUND_TEXT = "The articles do not say."
# How reasons begin, and what stands for it where the articles have been named just before.
_SAID_ALREADY = (("the articles ", "they "), ("nothing in the articles ", "nothing in them "))

# Final punctuation with the quotation marks and brackets that close after it.
# "**They left.**" is a sentence in Markdown's emphasis, which closes after it as well.
_FINAL = re.compile(r"""(?<=[^\s.!?…,;:。！？؟])[.!?…,;:。！？؟]+[\s"'”’»›)\]*_]*$""")
# "in the U.S." ends in a full stop that is part of the word: the mark goes behind it.
_DOTTED_WORD = re.compile(r"(?<![^\W_])(?:[^\W_]\.){2,}[*_]*$")

# Markdown's decoration. Marks inside a word are none: newspapers write f**k and file_name.
# "- 5 °C" and "> 40 dead" may be meant as they stand.
_BLOCK_MARK = re.compile(
    r"^[ \t]{0,3}(?:#{1,6}[ \t]++|(?:>[ \t]?+)++(?!\d)|[-*+][ \t]++(?!\d))+", re.MULTILINE
)
_EMPHASIS = tuple(
    re.compile(
        rf"(?<![\w{own}])[{own}]{{{count}}}(?=[^\s{own}])(.+?)(?<=[^\s{own}])[{own}]{{{count}}}(?![\w{own}])",
        re.DOTALL,
    )
    for count in (3, 2, 1)
    for own in "*_"
)
_HEADING = re.compile(r"[ \t]{0,3}#{1,6}[ \t]")
_BULLET = re.compile(r"[ \t]{0,3}[-*+][ \t]")

# CSI sequences (colours, cursor), OSC and other strings (titles, links, clipboard), two-letter escapes.
# Their eight-bit forms only lose their first character: in text decoded wrongly they are quotation marks.
_ANSI = re.compile(r"\x1b\[[0-?]*[ -/]*[@-~]|\x1b[\]PX^_][^\x07\x1b\n]*(?:\x07|\x1b\\)|\x1b[ -/]*[0-~]")
_CONTROLS = (*range(0x20), *range(0x7F, 0xA0))
# What turns the direction of writing, so that a name reads other than it is; and the byte order mark.
_BIDI = (0x061C, 0x200E, 0x200F, *range(0x202A, 0x202F), *range(0x2066, 0x206A), 0xFEFF)
_UNSAFE: dict[int, str] = {
    **dict.fromkeys((*_CONTROLS, *_BIDI), ""),
    **dict.fromkeys(map(ord, "\r\v\f\x85\u2028\u2029"), " "),
    **dict.fromkeys(range(0xD800, 0xE000), "\N{REPLACEMENT CHARACTER}"),  # halves of characters
    ord("\n"): "\n",
    ord("\t"): "\t",
}

# JSON allows these raw, but many readers take them for the end of a line.
_LINE_ENDS = str.maketrans({"\x85": "\\u0085", "\u2028": "\\u2028", "\u2029": "\\u2029"})


def dump_json(value: object) -> str:
    """Write a value as JSON on one line."""
    return json.dumps(value, ensure_ascii=False, allow_nan=False).translate(_LINE_ENDS)


def answer_to_json(answer: Answer) -> dict[str, Any]:
    """Lay an answer out as ``ask --json`` promises."""
    return {
        "question": answer.question,
        "status": answer.status.value,
        "reason": answer.reason,
        "text": answer_text(answer),
        "sentences": [
            {
                "text": sentence.text,
                "citations": sorted(sentence.citations),
                "verdict": sentence.verdict.value,
                "score": float(sentence.score),
                "lead": sentence.lead,
                "parts": [
                    {"start": part.start, "end": part.end, "citations": sorted(part.citations)}
                    for part in sentence.parts
                ],
            }
            for sentence in answer.sentences
        ],
        "citations": [_citation_to_json(citation) for citation in answer.citations],
        "disagreements": [
            {
                "about": disagreement.about,
                "positions": [
                    {"value": position.value, "citations": sorted(position.citations)}
                    for position in disagreement.positions
                ],
            }
            for disagreement in answer.disagreements
        ],
        "dropped": [
            {"text": dropped.text, "reason": dropped.reason, "score": float(dropped.score)}
            for dropped in answer.dropped
        ],
        "engine": {
            "answerer": answer.engine.answerer,
            "embedder": answer.engine.embedder,
            "judge": answer.engine.judge,
            "prompts": dict(answer.engine.prompts),
            "index": answer.engine.index,
            "llm": answer.engine.llm,
        },
        "timings_ms": {
            "retrieve": round(float(answer.timings.retrieve), 1),
            "answer": round(float(answer.timings.answer), 1),
            "check": round(float(answer.timings.check), 1),
            "total": round(float(answer.timings.total), 1),
        },
        "asked_at": _iso(answer.asked_at),
        "rewritten": answer.asked,
        "notes": list(answer.notes),
        "confidence": None if answer.confidence is None else round(float(answer.confidence), 6),
        "usage": None
        if answer.usage is None
        else {
            "prompt_tokens": answer.usage.prompt_tokens,
            "completion_tokens": answer.usage.completion_tokens,
            "cost": answer.usage.cost,
        },
    }


def _citation_to_json(citation: Citation) -> dict[str, Any]:
    article = citation.article
    return {
        "number": citation.number,
        "file": article.file,
        "title": article.title,
        "publisher": article.publisher,
        "published": _iso(article.published),
        "quote": citation.quote,
        "start": citation.start,
        "end": citation.end,
        "line_start": citation.line_start,
        "line_end": citation.line_end,
        "changed": citation.changed,
        "days": [
            {
                "text": day.text,
                "start": day.start,
                "end": day.end,
                "first": day.first.isoformat(),
                "last": day.last.isoformat(),
            }
            for day in citation.days
        ],
        "copies": _copies_to_json(citation.copies),
    }


def search_to_json(query: str, hits: Iterable[Hit]) -> dict[str, Any]:
    """Lay the passages found out as ``search --json`` promises."""
    return {"query": query, "hits": [hit_to_json(hit) for hit in hits]}


def hit_to_json(hit: Hit) -> dict[str, Any]:
    """Lay one passage out as an element of ``hits``."""
    passage = hit.passage
    return {
        "rank": hit.rank,
        "file": passage.article.file,
        "title": passage.article.title,
        "published": _iso(passage.article.published),
        "start": passage.start,
        "end": passage.end,
        "line_start": passage.line_start,
        "line_end": passage.line_end,
        "text": passage.text,
        "score": float(hit.score),
        "cosine": None if hit.cosine is None else float(hit.cosine),
        "publisher": passage.article.publisher,
        "copies": _copies_to_json(hit.copies),
    }


def _copies_to_json(copies: Sequence[ArticleRef]) -> list[dict[str, Any]]:
    return [
        {
            "file": copy.file,
            "title": copy.title,
            "publisher": copy.publisher,
            "published": _iso(copy.published),
        }
        for copy in copies
    ]


def _iso(day: date | None) -> str | None:
    return None if day is None else day.isoformat()


def answer_text(answer: Answer) -> str:
    """Say an answer in one run of text, each sentence with its marks.

    Not found gives ``NOT_FOUND_TEXT``: no claim, no marks.
    """
    if answer.status is Status.NOT_FOUND:
        return NOT_FOUND_TEXT
    return " ".join("".join(text for text, _ in marked_pieces(sentence)) for sentence in answer.sentences)


def marked_pieces(sentence: Sentence) -> tuple[tuple[str, bool], ...]:
    """Split a sentence into text and citation marks, in order; True goes with marks.

    Example:
        "One says 3; another 4." with 1 behind the 3 and 2 behind the 4 gives "One says 3 ", "[1]",
        "; another 4 ", "[2]", ".".
    """
    if not sentence.parts:
        before, marks, after = split_marks(sentence)
        return (before, False), (marks, True), (after, False)
    pieces: list[tuple[str, bool]] = []
    start = 0
    for part in sentence.parts:
        end = part.end + sentence.text.startswith("”", part.end)
        pieces += [(f"{sentence.text[start:end]} ", False), (write_marks(part.citations), True)]
        start = end
    return *pieces, (sentence.text[start:], False)


def split_lead(sentence: Sentence) -> tuple[str, str]:
    """Split a sentence into the name put before it, as written, and the quote; "" where none was put."""
    text, lead = sentence.text.strip(), sentence.lead
    for written in (f"[{lead}]", lead) if lead else ():
        if text.startswith(written):
            return written, text[len(written) :]
    return "", text


def split_marks(sentence: Sentence) -> tuple[str, str, str]:
    """Split a sentence where its citation marks belong: before its final punctuation.

    Returns:
        What stands before the marks (with the blank between), the marks in ascending order, what stands
        after them.

    Example:
        ``He said: "They fled."`` with citations 1 and 2 gives
        ``('He said: "They fled ', '[1][2]', '."')``.
    """
    text = sentence.text.strip()
    marks = write_marks(sentence.citations)
    final = None if _DOTTED_WORD.search(text) else _FINAL.search(text)
    cut = final.start() if final else len(text)
    return (f"{text[:cut]} " if text[:cut] else ""), marks, text[cut:]


def write_marks(numbers: Iterable[int]) -> str:
    """Write citation marks, the lowest number first: ``[1][3]``."""
    return "".join(f"[{number}]" for number in sorted(numbers))


def not_found_text(answer: Answer) -> str:
    """Say for a reader why there is no answer.

    A reason that is a sentence stands alone (the reply to a greeting); a clause is joined on.
    """
    reason = (answer.reason or "").strip()
    if not reason:
        return NOT_FOUND_TEXT
    if reason[0].isupper() and reason[-1] in ".!?":
        return reason
    # "The articles do not say: the articles mention …" would say it twice.
    for own, instead in _SAID_ALREADY:
        if reason.startswith(own):
            reason = instead + reason.removeprefix(own)
            break
    return f"{NOT_FOUND_TEXT.removesuffix('.')}: {reason.removesuffix('.')}."


def source_line(citation: Citation) -> str:
    """Name a source: ``[1] Title · Publisher · 11 June 2014 · file.md:9 · “yesterday”: 10 June 2014``."""
    parts = [f"[{citation.number}] {describe(citation.article)}", place(citation)]
    parts += [
        f"“{squeeze(day.text)}”: {long_range(day.first, day.last)}" for day in _each_once(citation.days)
    ]
    if citation.copies:
        parts.append(count_copies(citation.copies))
    if citation.changed:
        parts.append("the file has changed since it was indexed")
    return " · ".join(parts)


def describe(article: ArticleRef) -> str:
    """Name an article by title, publisher (else the host of its address) and date."""
    parts = [squeeze(article.title) or article.file]
    publisher = squeeze(article.publisher or "") or _host(article.url)
    if publisher:
        parts.append(publisher)
    parts.append(long_date(article.published) if article.published else "no date")
    return " · ".join(parts)


def place(found: Citation | Passage) -> str:
    """Name where a quote or passage stands, as ``dateline show`` takes it."""
    file = escape_terminal(found.article.file).replace("\n", " ")
    return f"{file}:{found.line_start}"


def place_range(passage: Passage) -> str:
    """Name all lines of a passage: ``file.md:3-5``, as ``dateline show`` takes it, too."""
    first = place(passage)
    return first if passage.line_end == passage.line_start else f"{first}-{passage.line_end}"


def count_copies(copies: Sequence[ArticleRef]) -> str:
    """Say that other articles carry the same passage."""
    return f"the same in {len(copies)} more" if len(copies) > 1 else "the same in 1 more"


def position_days(position: Position, answer: Answer) -> str:
    """Say of which days the articles of a position are: ``11 June 2014 and 12 June 2014``, or ``no date``."""
    days = {
        citation.article.published
        for citation in answer.citations
        if citation.number in position.citations and citation.article.published
    }
    return " and ".join(map(long_date, sorted(days))) or "no date"


def _each_once(days: Sequence[ToldDay]) -> list[ToldDay]:
    return list({(squeeze(day.text).lower(), day.first, day.last): day for day in days}.values())


def _host(url: str | None) -> str:
    try:
        return (urlsplit(url or "").hostname or "").removeprefix("www.")
    except ValueError:  # an address with half a pair of brackets
        return ""


def unmark(text: str) -> str:
    """Take Markdown's decoration off what is shown to people; never off what is cited or counted.

    Marks of headings, lists and quotations at the beginning of lines go, and emphasis in pairs; a mark
    that stands alone stays. Comes before ``escape_terminal``: nothing may be taken out after it.

    Example:
        ``**Diyala.** He left.`` gives ``Diyala. He left.``
    """
    text = _BLOCK_MARK.sub("", text)
    for emphasis in _EMPHASIS:
        text = emphasis.sub(r"\1", text)
    return text


def split_paragraphs(text: str) -> list[str]:
    """Split a passage into its paragraphs, headings and items of lists, each on one line, undecorated.

    Lines that follow each other are one paragraph, as in Markdown and in text wrapped by hand.
    """
    paragraphs: list[list[str]] = [[]]
    for line in text.split("\n"):
        if not line.strip() or _HEADING.match(line) or _BULLET.match(line):
            paragraphs.append([])
        paragraphs[-1].append(line)
        if _HEADING.match(line):
            paragraphs.append([])
    shown = (squeeze(unmark("\n".join(lines))) for lines in paragraphs)
    return [paragraph for paragraph in shown if paragraph]


def escape_terminal(text: str) -> str:
    """Take out what a terminal would act on instead of showing it.

    Escape sequences, control characters and marks that turn the direction of writing are removed;
    line feeds and tabs stay, other line ends become blanks.
    """
    # What is left over when a sequence inside another is taken out loses its ESC to the table.
    return _ANSI.sub("", text.replace("\r\n", "\n")).translate(_UNSAFE)


def squeeze(text: str) -> str:
    """Make text safe for a terminal and bring it onto one line."""
    return " ".join(escape_terminal(text).split())

"""Sentences with their exact places.

Punkt decides where a sentence ends; everything around it keeps count of characters. Offsets are
carried along while splitting and never searched for afterwards, so a paragraph that occurs twice
has two places.
"""

from __future__ import annotations

import importlib.util
import re
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from index.model import Span

if TYPE_CHECKING:
    from nltk.tokenize.punkt import PunktSentenceTokenizer

# Names the rules below. Part of every revision, so that new rules split every article again.
SPLITTER = "punkt-line-1"

# Punkt was trained on a newspaper, but not on these; without them "Gov. Lee" ends a sentence.
NEWS_ABBREVIATIONS = frozenset(
    """
    mr mrs ms dr prof rev hon gov sen sens rep reps pres atty gen lt col sgt capt maj cmdr adm cpl pvt
    brig supt det insp st ste mt ft jr sr inc corp co ltd plc bros dept univ assn ave blvd rd no nos vs
    est approx min max fig vol jan feb mar apr jun jul aug sept sep oct nov dec mon tue tues wed thu
    thurs fri sat sun u.s u.n u.k e.u u.a.e d.c l.a n.y a.m p.m i.e e.g ph.d m.p al-q ca cf jnr snr
    ala ariz ark calif colo conn del fla ga ill ind kan ky la md mass mich minn miss mo mont neb nev
    okla ore pa tenn tex va vt wash wis wyo
    """.split()
)

# A line can only hold a second sentence if one of these stands before more text.
_MAYBE_END = re.compile(r"[.?!…][\"'”’)\]]*\s+\S")
_LINE = re.compile(r"[^\n]+")
_ENDS_SENTENCE = re.compile(r"[.?!…:;]['\"”’)\]*_`]*\s*$")
_FIRST_LETTER = re.compile(r"[^\W\d_]")
# "at 5 p.m. ET." is one sentence, though Punkt takes a capital after "p.m." for the next one.
_ZONE = re.compile(r"(?:A?[ECMP][SD]?T|GMT|BST|UTC|CES?T|IST|local time)\b")
_HOUR = re.compile(r"\b[ap]\.m\.$", re.IGNORECASE)

# Lines of a hard-wrapped paragraph end within this many characters of each other.
_WRAP_RAGGED = 24
_WRAP_WIDTHS = range(45, 101)


@lru_cache(maxsize=1)
def _punkt() -> PunktSentenceTokenizer:
    """Load the trained English model that is bundled with llama-index-core.

    NLTK's own search is not used: it looks at NLTK_DATA first, and opens no file outside it.
    """
    from nltk.tabdata import PunktDecoder
    from nltk.tokenize.punkt import PunktParameters, PunktSentenceTokenizer

    spec = importlib.util.find_spec("llama_index.core")
    if spec is None or not spec.submodule_search_locations:
        raise ModuleNotFoundError("llama-index-core is not installed")
    root = Path(spec.submodule_search_locations[0])
    folder = root / "_static" / "nltk_cache" / "tokenizers" / "punkt_tab" / "english"
    decode = PunktDecoder()
    params = PunktParameters()
    with (folder / "collocations.tab").open(encoding="utf-8") as file:
        params.collocations = set(decode.tab2tups(file))
    with (folder / "sent_starters.txt").open(encoding="utf-8") as file:
        params.sent_starters = decode.txt2set(file)
    with (folder / "abbrev_types.txt").open(encoding="utf-8") as file:
        params.abbrev_types = decode.txt2set(file) | NEWS_ABBREVIATIONS
    with (folder / "ortho_context.tab").open(encoding="utf-8") as file:
        params.ortho_context = decode.tab2intdict(file)
    return PunktSentenceTokenizer(params)


def split_sentences(text: str, start: int = 0, end: int | None = None) -> tuple[Span, ...]:
    """Find the sentences of ``text[start:end]``.

    Returns:
        Spans of ``text``, in order, not overlapping, with no white space at either end and nothing
        but white space between them. A headline or a list item is a sentence of its own. Blank
        input gives no spans.
    """
    stop = len(text) if end is None else end
    return tuple(
        sentence for block in _blocks(text, start, stop) for sentence in _split_block(text, block)
    )


def _blocks(text: str, start: int, end: int) -> Iterator[Span]:
    """Yield stretches that are split on their own: lines, or the lines of a wrapped paragraph."""
    paragraph: list[Span] = []
    for match in _LINE.finditer(text, start, end):
        line = _trim(text, Span(*match.span()))
        if line is None:
            yield from _join_lines(text, paragraph)
            paragraph = []
            continue
        if paragraph and text.count("\n", paragraph[-1].end, line.start) > 1:
            yield from _join_lines(text, paragraph)
            paragraph = []
        paragraph.append(line)
    yield from _join_lines(text, paragraph)


def _join_lines(text: str, lines: list[Span]) -> Iterator[Span]:
    """Yield the lines of a paragraph, joined where one sentence runs over a line's end."""
    if not lines:
        return
    wrapped = _is_hard_wrapped(lines)
    current = lines[0]
    for line in lines[1:]:
        goes_on = not _ENDS_SENTENCE.search(text, current.start, current.end) and text[line.start].islower()
        if wrapped or goes_on:
            current = Span(current.start, line.end)
        else:
            yield current
            current = line
    yield current


def _is_hard_wrapped(lines: list[Span]) -> bool:
    """Tell whether line ends are the typewriter's and not the writer's."""
    widths = [line.end - line.start for line in lines[:-1]]
    if len(widths) < 2:
        return False
    return max(widths) in _WRAP_WIDTHS and min(widths) >= max(widths) - _WRAP_RAGGED


def _split_block(text: str, block: Span) -> Iterator[Span]:
    if not _MAYBE_END.search(text, block.start, block.end):
        yield block
        return
    piece = text[block.start : block.end]
    pending: Span | None = None
    for first, last in _punkt().span_tokenize(piece):
        span = _trim(text, Span(block.start + first, block.start + last))
        if span is None:
            continue
        if pending is None:
            pending = span
        elif _continues(text, pending, span):
            pending = Span(pending.start, span.end)
        else:
            yield pending
            pending = span
    if pending is not None:
        yield pending


def _continues(text: str, before: Span, after: Span) -> bool:
    """Tell whether Punkt cut too early: '"Why?" he asked', or a stray bracket or dash."""
    if _ZONE.match(text, after.start, after.end) and _HOUR.search(text, before.start, before.end):
        return True
    letter = _FIRST_LETTER.search(text, after.start, after.end)
    if letter is None:
        return not any(character.isdigit() for character in text[after.start : after.end])
    return letter.start() == after.start and letter.group().islower()


def _trim(text: str, span: Span) -> Span | None:
    """Shrink a span to what is not white space; None when nothing is left."""
    start, end = span
    while start < end and _is_blank(text[start]):
        start += 1
    while end > start and _is_blank(text[end - 1]):
        end -= 1
    return Span(start, end) if start < end else None


def _is_blank(character: str) -> bool:
    # A byte order mark belongs to the file, not to its first sentence.
    return character.isspace() or character == "\ufeff"

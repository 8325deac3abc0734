"""Quoted words of a statement, which must stand in a passage to the letter."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from bot.ground import Finding, Ground, Place, Slot
from bot.reading import Reading, Token, read
from index.model import Span

# Desks mix the two kinds of marks.
_QUOTED = re.compile(
    r"“([^“”]+)”|“([^“”\"]+)\"|\"([^\"”]+)”|\"([^\"]+)\"|(?<!\w)[‘'](?!s\b)([^‘’'\"]+(?:['’]\w[^‘’'\"]*)*)[’'](?!\w)|«([^»]+)»"
)
# What a quotation may leave out or put in: "the army … fled", "he [Maliki] said".
_GAP = re.compile(r"\.\.\.|…|\[[^\]]*\]|\. \. \.")
# Words from which a quotation is one to the letter; a single quoted word may stand in another form.
_LEAST_WORDS = 2
# Share of a quotation's words near each other in a passage from which it is that place's, changed.
_CHANGED = 0.6


def find_quotations(text: str) -> Iterator[tuple[Span, tuple[str, ...]]]:
    """Find what stands in quotation marks, with its parts between gaps."""
    for match in _QUOTED.finditer(text):
        group = next(index for index, words in enumerate(match.groups(), 1) if words is not None)
        parts = tuple(part.strip() for part in _GAP.split(match[group]) if part.strip())
        if parts:
            yield Span(*match.span(group)), parts


def check_quotations(ground: Ground) -> list[Finding]:
    """Look up every quotation of the statement, letter case and punctuation aside."""
    findings = []
    for span, parts in find_quotations(ground.claim.text):
        mine = ground.claim.span_of(*span)
        for part in parts:
            tokens = read(part).tokens
            words = [token.word for token in tokens]
            if len(words) < _LEAST_WORDS and _stands_somewhere(ground, tokens):
                continue
            findings.append(_settle(ground, part, words, mine))
    return findings


def _stands_somewhere(ground: Ground, tokens: Sequence[Token]) -> bool:
    stems = {token.stem for token in tokens}
    return any(token.stem in stems for reading in ground.passages for token in reading.tokens) or not stems


def _settle(ground: Ground, part: str, words: Sequence[str], mine: Span) -> Finding:
    for index, reading in enumerate(ground.passages):
        for at in reading.find(words):
            place = Place(index, Span(at, at + len(words)), part)
            return Finding(slot=Slot.QUOTATION, said=part, at=mine, holds=True, found=place)
    changed = _changed_place(ground, words)
    if changed is not None:
        reason = f"quotation: the passages have “{changed.text}”, not “{part}”"
        return Finding(
            slot=Slot.QUOTATION,
            said=part,
            at=mine,
            holds=False,
            contradicts=True,
            found=changed,
            reason=reason,
        )
    return Finding(
        slot=Slot.QUOTATION,
        said=part,
        at=mine,
        holds=False,
        reason=f"quotation: “{part}” stands in no passage",
    )


def _changed_place(ground: Ground, words: Sequence[str]) -> Place | None:
    """Find where a passage has most of a quotation's words within its length."""
    wanted = set(words)
    for passage, reading, (first, last), _ in ground.stretches():
        for at in range(first, last):
            end = min(at + len(words), last)
            if reading.tokens[at].word in wanted and _shared(reading, at, end, wanted) >= _CHANGED * len(
                wanted
            ):
                text = reading.text[reading.tokens[at].start : reading.tokens[end - 1].end]
                return Place(passage, Span(at, end), text)
    return None


def _shared(reading: Reading, first: int, last: int, wanted: set[str]) -> int:
    return len(wanted & {token.word for token in reading.tokens[first:last]})

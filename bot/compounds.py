"""Compounds and their open forms: a "Norwick-based firm" is one based in Norwick."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from bot.ground import Ground
from bot.reading import Reading, Token
from bot.roles import BE
from index.model import Span

# Participles that do not end in "-ed".
_PARTICIPLES = frozenset("led born run made built held owned grown".split())
_JOINING = frozenset("to in by from on with at for".split())
_ARTICLES = frozenset({"the", "a", "an"})
# Words of a thing in front of its participle or behind the compound, and of a name behind "in".
_REACH = 2


class _Compound(NamedTuple):
    """What is made how of whom: stems of "illnesses", of "related", of "smoking", and all the words they stand in."""

    things: frozenset[str]
    deed: str
    others: frozenset[str]
    at: range


def find_compounds(ground: Ground) -> frozenset[int]:
    """Return the statement's words that say by a compound what a passage says in full, or the other way round."""
    whole = Span(0, len(ground.claim.tokens))
    return frozenset(
        at
        for form, other in ((_closed, _open), (_open, _closed))
        for said in form(ground.claim, whole)
        for _, reading, span, _ in ground.stretches()
        for found in other(reading, span)
        if said.deed == found.deed and said.others & found.others and said.things & found.things
        for at in said.at
        if not ground.claim.tokens[at].content
        or ground.claim.tokens[at].stem in found.things | found.others | {found.deed}
    )


def _closed(reading: Reading, span: Span) -> Iterator[_Compound]:
    """Yield "smoking-related illnesses"."""
    tokens = reading.tokens
    for at in range(span.start + 1, span.end - 1):
        token = tokens[at]
        joined = reading.text[tokens[at - 1].end : token.start] == "-"
        if not joined or not (token.word.endswith("ed") or token.word in _PARTICIPLES):
            continue
        end = _end_of(tokens, at + 1, span.end)
        things = frozenset(tokens[i].stem for i in range(at + 1, end))
        if things:
            yield _Compound(things, token.stem, frozenset({tokens[at - 1].stem}), range(at - 1, end))


def _open(reading: Reading, span: Span) -> Iterator[_Compound]:
    """Yield "illnesses related to smoking" and "Collins, based in Norwick"."""
    tokens = reading.tokens
    for at in range(span.start + 1, span.end - 2):
        token = tokens[at]
        if tokens[at + 1].word not in _JOINING or not (
            token.word.endswith("ed") or token.word in _PARTICIPLES
        ):
            continue
        first = at - 1
        while first > span.start and tokens[first].word in BE:
            first -= 1
        start = at + 2 + (tokens[at + 2].word in _ARTICLES)
        end = _end_of(tokens, start, span.end)
        begin = max(span.start, first + 1 - _REACH)
        things = frozenset(tokens[i].stem for i in range(begin, first + 1) if tokens[i].content)
        others = frozenset(tokens[i].stem for i in range(start, end))
        if things and others:
            yield _Compound(things, token.stem, others, range(begin, end))


def _end_of(tokens: Sequence[Token], start: int, last: int) -> int:
    """Return where the content words end that begin at a token."""
    end = start
    while end < min(start + _REACH, last) and tokens[end].content and not tokens[end].breaks:
        end += 1
    return end

"""What the passages say with reserve ("hopes to", "allegations that", "whether") and the statement says outright."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import chain

from bot.ground import Finding, Ground, Place, Slot
from bot.reading import Reading, Token
from bot.verbs import is_irregular
from index.model import Span

# What may be, is wished, feared or asked: whatever follows in the clause is not said to be so.
_ALONE = frozenset(
    "may might could possibly perhaps potentially reportedly allegedly supposedly purportedly hope hopes hoped hoping"
    " alleges alleging allegations allegation accuses accusing accusations rumours rumors speculation whether if unclear"
    " fears consider considers considering proposes threatens".split()
)
# Who "is investigating" has not found yet; "detectives investigating the murder" tell of one.
_LOOKS_INTO = frozenset({"investigating", "probing"})
# "A bottle that, he claims, she threw".
_CLAIMS = frozenset({"claims", "claimed"})
# What puts a deed into the future by the word behind: a "will" says no more.
_AHEAD = frozenset(
    "expected expects expect planned plans plan planning aims aim intends intend set due scheduled".split()
)
# What makes it likely or wished for, or blames somebody for it, likewise.
_LEADING = _AHEAD | frozenset(
    "likely unlikely possible wants want seeks seek feared threatened accused suspected".split()
)
_LED = frozenset({"to", "that", "of"})
_DUE, _BE = "due", frozenset("is are was were be been".split())
# A deed that is over is none that will be.
_FUTURE = frozenset({"will", "ll", "shall", "must"})
_OVER = frozenset({"has", "have", "had"})
# "As possible", "than expected".
_IDLE_BEFORE = frozenset("as than".split())
# Reserve enough in a statement, besides.
_GUARDS = frozenset(
    "would should must expect expects forecast forecasts predict predicts predicted project projects projected alleged claim claims claimed strive strives try tries trying attempt attempts testified testifies argued argues".split()
)
# What ends the clause.
_ENDS = frozenset("and but as while although though because since after before when until who which".split())
# Content words of a clause that are compared; the share of them that the statement must have, and how many.
_READ, _COVERED, _FEWEST = 8, 0.6, 2
# Share of those words in another sentence, or in the rest of the same, that says so outright.
_ELSEWHERE, _BESIDE = 0.8, 0.6


def check_reserve(ground: Ground) -> list[Finding]:
    """Find a clause that the passages say with reserve and the statement, which has most of its words, without."""
    claim = ground.claim.tokens
    words = {token.word for token in claim}
    if words & _GUARDS or any(_is_reserve(claim, at) for at in range(len(claim))):
        return []
    is_over = any(_is_over(claim, at) for at in range(len(claim))) and not words & (_FUTURE | {"to"})
    mine = {token.stem for token in claim if token.content}
    for passage, reading, (first, last), _ in ground.stretches():
        for index in range(first, last):
            if not _is_reserve(reading.tokens, index) and not (is_over and _is_future(reading.tokens[index])):
                continue
            if words & _FUTURE and reading.tokens[index].word in _AHEAD:
                continue
            clause = list(_clause(reading, index + 1))
            told = [at for at in clause if reading.tokens[at].stem in mine]
            if len(told) < max(_FEWEST, _COVERED * len(clause)):
                continue
            if _stands_outright(ground, passage, Span(index, clause[-1] + 1), told):
                continue
            there = Span(index, told[-1] + 1)
            text = reading.text[reading.tokens[index].start : reading.tokens[told[-1]].end]
            return [_overstated(ground, Place(passage, there, text))]
    return []


def _is_over(tokens: Sequence[Token], at: int) -> bool:
    """Whether a "has" has a participle behind it, an adverb or two aside."""
    return tokens[at].word in _OVER and any(
        token.word.endswith(("ed", "en")) or is_irregular(token.word) for token in tokens[at + 1 : at + 4]
    )


def _is_reserve(tokens: Sequence[Token], at: int) -> bool:
    token, behind = tokens[at], tokens[at + 1] if at + 1 < len(tokens) else None
    before = tokens[at - 1].word if at else ""
    # The month, and Hope Hicks.
    is_name = token.capital and (not token.opens or token.word == "may" or (behind and behind.capital))
    if is_name or before in _IDLE_BEFORE or (before, token.word) == ("even", "if"):
        return False
    if token.word in _LOOKS_INTO and before in _BE:
        return True
    if token.word in _ALONE or (token.word in _CLAIMS and behind is not None and behind.breaks and before):
        return True
    leads = token.word in _LEADING and behind is not None and behind.word in _LED
    return leads and (token.word != _DUE or before in _BE)


def _is_future(token: Token) -> bool:
    return token.word in _FUTURE and not token.capital


def _clause(reading: Reading, at: int) -> Iterator[int]:
    """Yield the content words of the clause that begins at a token, a few at most."""
    end = reading.bounds[reading.sentence_at(at - 1)].end
    found = 0
    for index in range(at, end):
        token = reading.tokens[index]
        if found == _READ or (index > at and (token.breaks or token.word in _ENDS)):
            return
        if token.content:
            yield index
            found += 1


def _stands_outright(ground: Ground, passage: int, clause: Span, told: Sequence[int]) -> bool:
    """Whether the rest of the sentence, or another sentence of the passages, says the same without reserve."""
    own = ground.passages[passage]
    stems = {own.tokens[at].stem for at in told}
    start, end = own.bounds[own.sentence_at(clause.start)]
    rest = {own.tokens[at].stem for at in chain(range(start, clause.start), range(clause.end, end))}
    if len(stems & rest) >= _BESIDE * len(stems):
        return True
    for where, reading in enumerate(ground.passages):
        for sentence in {sentence for stem in stems for sentence in reading.sentences_of.get(stem, ())}:
            bound = reading.bounds[sentence]
            if where == passage and bound.start == start:
                continue
            held = stems & {token.stem for token in reading.tokens[slice(*bound)]}
            if len(held) >= _ELSEWHERE * len(stems) and not any(
                _is_reserve(reading.tokens, at) for at in range(*bound)
            ):
                return True
    return False


def _overstated(ground: Ground, place: Place) -> Finding:
    # What is said outright is the whole statement, and no single word of it.
    return Finding(
        slot=Slot.MODALITY, said=ground.claim.text, at=Span(0, len(ground.claim.tokens)), holds=False, found=place,
        reason=f"modality: the passages say “{place.text}”, the claim says so outright",
    )  # fmt: skip

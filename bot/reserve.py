"""What the passages say with reserve ("hopes to", "allegations that", "whether") and the statement says outright."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from bot.ground import Finding, Ground, Place, Slot
from bot.reading import Reading, Token
from index.model import Span

# What may be, is wished, feared or asked: whatever follows in the clause is not said to be so.
_ALONE = frozenset(
    "may might could possibly perhaps potentially reportedly allegedly supposedly purportedly hope hopes hoped hoping"
    " alleges alleging allegations allegation accuses accused accusing accusations rumours rumors speculation suspected whether"
    " if unclear fears feared threatens threatened consider considers considering proposed proposes".split()
)
# What puts a deed into the future, or makes it likely, in front of "to" or "that".
_LEADING = frozenset(
    "expected expects expect likely possible planned plans plan planning aims aim intends intend wants want seeks seek"
    " set due scheduled hopes unlikely".split()
)
_LED = frozenset({"to", "that"})
# A deed that is over is none that will be.
_FUTURE = frozenset({"will", "ll", "shall"})
_OVER = frozenset({"has", "have", "had"})
# "As if", "even if", "than expected".
_IDLE_BEFORE = frozenset("as even than only".split())
# Any of these in a statement is reserve enough.
_GUARDS = (
    _ALONE
    | _LEADING
    | _FUTURE
    | frozenset(
        "would should must alleged claim claims claimed to strive strives try tries trying attempt attempts".split()
    )
)
# What ends the clause.
_ENDS = frozenset("and but as while although though because since after before when until who which".split())
# Content words of a clause that are compared; the share of them that the statement must have, and how many.
_READ, _COVERED, _FEWEST = 8, 0.6, 2
# Share of those words in another sentence that says the same outright.
_ELSEWHERE = 0.8


def check_reserve(ground: Ground) -> list[Finding]:
    """Find a clause that the passages say with reserve and the statement, which has most of its words, without."""
    claim = ground.claim.tokens
    words = {token.word for token in claim}
    guarded = words & _GUARDS - _FUTURE - {"to"}
    mine = {token.stem for token in claim if token.content}
    for passage, reading, (first, last), _ in ground.stretches():
        for index in range(first, last):
            if guarded or not _is_reserve(reading.tokens, index, words):
                continue
            clause = list(_clause(reading, index + 1))
            told = [at for at in clause if reading.tokens[at].stem in mine]
            if len(told) < max(_FEWEST, _COVERED * len(clause)) or _stands_outright(
                ground, passage, index, {reading.tokens[at].stem for at in told}
            ):
                continue
            there = Span(index, told[-1] + 1)
            text = reading.text[reading.tokens[index].start : reading.tokens[told[-1]].end]
            return [_overstated(ground, Place(passage, there, text))]
    return []


def _is_reserve(tokens: Sequence[Token], at: int, claimed: set[str]) -> bool:
    word, before = tokens[at].word, tokens[at - 1].word if at else ""
    if before in _IDLE_BEFORE or (tokens[at].capital and word in {"may", "will"}):
        return False
    if word in _FUTURE:
        return bool(claimed & _OVER) and not claimed & (_FUTURE | {"to"})
    return word in _ALONE or (word in _LEADING and at + 1 < len(tokens) and tokens[at + 1].word in _LED)


def _clause(reading: Reading, at: int) -> Iterator[int]:
    """Yield the content words of the clause that begins at a token, a few at most."""
    end = reading.bounds[reading.sentence_at(at - 1)].end
    found = 0
    for index in range(at, end):
        token = reading.tokens[index]
        if found >= _FEWEST and (token.breaks or token.word in _ENDS):
            return
        if token.content:
            yield index
            found += 1
        if found == _READ:
            return


def _stands_outright(ground: Ground, passage: int, index: int, told: set[str]) -> bool:
    """Whether another sentence of the passages says the same without reserve."""
    own = ground.passages[passage].sentence_at(index)
    for where, reading in enumerate(ground.passages):
        for sentence in {sentence for stem in told for sentence in reading.sentences_of.get(stem, ())}:
            if where == passage and sentence == own:
                continue
            tokens = reading.tokens[slice(*reading.bounds[sentence])]
            if len(told & {token.stem for token in tokens}) < _ELSEWHERE * len(told):
                continue
            if not any(token.word in _ALONE | _LEADING for token in tokens):
                return True
    return False


def _overstated(ground: Ground, place: Place) -> Finding:
    # What is said outright is the whole statement, and no single word of it.
    said = ground.claim.text
    return Finding(
        slot=Slot.MODALITY, said=said, at=Span(0, len(ground.claim.tokens)), holds=False, found=place,
        reason=f"modality: the passages say “{place.text}”, the claim says so outright",
    )  # fmt: skip

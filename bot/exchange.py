"""Words exchanged in an otherwise equal sentence, opposites, and who did what to whom."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from bot.beside import compare_places, is_possessive
from bot.contrast import differ, excludes
from bot.gazetteer import OPENERS
from bot.ground import Finding, Ground, Place, Slot
from bot.naming import is_same_people
from bot.reading import Reading, Token
from index.model import Span

# Function words whose exchange changes what is said.
_TELLING = frozenset(
    "before after above below over under up down in out on off to from for against with without more less"
    " most least all none few many he she his her him and or inside outside into until since".split()
)
# So much likeness of the surroundings makes an opposite one of the same thing.
_SAME_THING = 2.0
# From so many neighbours in common on, two names or figures in one place exclude each other.
_HELD_FAST = 3.0
_MORE = frozenset({"more", "most"})
_BY = re.compile(r"\bby\b")


def check_exchanges(ground: Ground, settled: set[int]) -> list[Finding]:
    """Find words that stand between the same neighbours as another word of the windows, and exclude it.

    Args:
        settled: tokens of the statement that other checks have spoken of.
    """
    claim = ground.claim
    between = _between(ground)
    findings = []
    for at, token in enumerate(claim.tokens):
        # A "first" that stands somewhere may still be another's "last".
        is_settled = at in settled and not excludes(token.word)
        if is_settled or not (token.content or token.word in _TELLING):
            continue
        rival = _best_rival(ground, at, token, between)
        if rival is None or rival[0] <= _best_same(ground, at, token):
            continue
        tightness, place = rival
        other = ground.passages[place.passage].tokens[place.at.start]
        if _exclude(token, other, tightness):
            findings.append(_contradiction(ground, at, place))
    return findings


def _contradiction(ground: Ground, at: int, place: Place) -> Finding:
    token = ground.claim.tokens[at]
    said = ground.claim.text[token.start : token.end]
    return Finding(
        slot=Slot.WORD, said=said, at=Span(at, at + 1), holds=False, contradicts=True, found=place,
        reason=f"word: the passages say “{place.text}”, not “{said}”",
    )  # fmt: skip


def _exclude(token: Token, other: Token, tightness: float) -> bool:
    """Whether two words in the same place cannot both be true: opposites, two names, two figures."""
    both_names = (
        token.capital and other.capital and not (token.opens and other.opens and token.word in OPENERS)
    )
    if tightness >= _HELD_FAST and (both_names or (token.is_number and other.is_number)):
        return not is_same_people(token.word, other.word)
    return differ(token.word, other.word)


def _between(ground: Ground) -> dict[tuple[str, str], list[Place]]:
    """For each pair of neighbours with one word between them, that word's places."""
    places: dict[tuple[str, str], list[Place]] = {}
    for passage, reading, (first, last), _ in ground.stretches():
        for at in range(first, last):
            key = (_stem_at(reading.tokens, at, -1), _stem_at(reading.tokens, at, 1))
            token = reading.tokens[at]
            text = reading.text[token.start : token.end]
            places.setdefault(key, []).append(Place(passage, Span(at, at + 1), text))
    return places


def _stem_at(tokens: Sequence[Token], at: int, step: int) -> str:
    other = at + step
    if step > 0 and is_possessive(tokens, other):
        other += 1
    if not 0 <= other < len(tokens) or tokens[other if step > 0 else at].opens:
        return ""
    return tokens[other].stem


def _best_same(ground: Ground, at: int, token: Token) -> float:
    scores = [
        compare_places(ground.claim.tokens, Span(at, at + 1), reading.tokens, Span(i, i + 1)).score
        for _, reading, (first, last), _ in ground.stretches()
        for i in range(first, last)
        if reading.tokens[i].stem == token.stem
    ]
    return max(scores, default=-1.0)


def _best_rival(
    ground: Ground, at: int, token: Token, between: dict[tuple[str, str], list[Place]]
) -> tuple[float, Place] | None:
    key = (_stem_at(ground.claim.tokens, at, -1), _stem_at(ground.claim.tokens, at, 1))
    if key == ("", ""):
        return None
    rivals = [
        (ground.surroundings(Span(at, at + 1), place).score, place)
        for place in between.get(key, ())
        if _may_replace(token, ground.passages[place.passage].tokens[place.at.start])
        and not _is_from_doing(ground.passages[place.passage].tokens, place.at.start)
    ]
    return max(rivals, key=lambda item: item[0], default=None)


def _is_from_doing(tokens: Sequence[Token], at: int) -> bool:
    """Whether a "from" leads from no place: "barred from misleading" is "not allowed to mislead"."""
    return tokens[at].word == "from" and at + 1 < len(tokens) and tokens[at + 1].word.endswith("ing")


def _may_replace(token: Token, other: Token) -> bool:
    if token.stem == other.stem:
        return False
    return (token.content and other.content) or (other.word in _TELLING and differ(token.word, other.word))


def check_opposites(ground: Ground, settled: set[int]) -> list[Finding]:
    """Find words of the statement whose opposite stands in the windows while they do not."""
    findings = []
    stems = {token.stem for token in ground.claim.tokens}
    for at, token in enumerate(ground.claim.tokens):
        others = excludes(token.word)
        if at in settled or not others or _stands(ground, token.stem):
            continue
        best = max(_opposites(ground, at, others, stems), key=lambda item: item[0], default=None)
        if best is not None and best[0] >= _SAME_THING:
            findings.append(_contradiction(ground, at, best[1]))
    return findings


def _stands(ground: Ground, stem: str) -> bool:
    return any(
        reading.tokens[i].stem == stem
        for _, reading, (first, last), _ in ground.stretches()
        for i in range(first, last)
    )


def _opposites(
    ground: Ground, at: int, others: frozenset[str], stems: set[str]
) -> Iterator[tuple[float, Place]]:
    # "More slowly" stands where "faster" does.
    start = at - 1 if at and ground.claim.tokens[at - 1].word in _MORE else at
    for passage, reading, (first, last), _ in ground.stretches():
        for i in range(first, last):
            token = reading.tokens[i]
            if _is_from_doing(reading.tokens, i):
                continue
            if (token.word in others or token.stem in others) and token.stem not in stems:
                place = Place(passage, Span(i, i + 1), reading.text[token.start : token.end])
                around = ground.surroundings(Span(start, at + 1), place)
                yield around.score if around.near else 0.0, place


def check_order(ground: Ground) -> list[Finding]:
    """Find three content words in a row that a passage has the other way round: "A beat B", "B beat A".

    A passive ("was beaten by") turns the order and keeps the meaning, so both must be of one voice.
    """
    claim = ground.claim
    mine = [at for at, token in enumerate(claim.tokens) if token.content]
    findings = []
    for one, verb, other in zip(mine, mine[1:], mine[2:], strict=False):
        triple = tuple(claim.tokens[i].stem for i in (one, verb, other))
        if len(set(triple)) < 3 or other - one > 6:
            continue
        turned = _turned_place(ground, triple, _is_passive(claim, one, other))
        if turned is not None:
            said = claim.text[claim.tokens[one].start : claim.tokens[other].end]
            reason = f"order: the passages say “{turned.text}”, not “{said}”"
            findings.append(
                Finding(slot=Slot.ORDER, said=said, at=Span(one, other + 1), holds=False, contradicts=True,
                        found=turned, reason=reason)
            )  # fmt: skip
    return findings


def _turned_place(ground: Ground, triple: tuple[str, ...], is_passive: bool) -> Place | None:
    turned: Place | None = None
    for passage, reading, (first, last), _ in ground.stretches():
        content = [i for i in range(first, last) if reading.tokens[i].content]
        for one, verb, other in zip(content, content[1:], content[2:], strict=False):
            there = tuple(reading.tokens[i].stem for i in (one, verb, other))
            if there == triple:
                return None
            if there == triple[::-1] and other - one <= 6 and _is_passive(reading, one, other) is is_passive:
                text = reading.text[reading.tokens[one].start : reading.tokens[other].end]
                turned = Place(passage, Span(one, other + 1), text)
    return turned


def _is_passive(reading: Reading, first: int, last: int) -> bool:
    return _BY.search(reading.text, reading.tokens[first].start, reading.tokens[last].end) is not None

"""What a statement asserts and the passages only deny: "struck a new contract" beside "failed to agree on a new contract"."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from bot.ground import Finding, Ground, Place, Slot
from bot.polarity import LACK, find_denials
from bot.reading import Reading
from index.model import Span

# Words behind a denying word that it may reach to, unless one of these begins another clause.
_REACH = 10
_OPENERS = frozenset(
    "who which that but where and because after before when while as since why how what whether if until till".split()
)
# "No bigger stadium" and "no one" deny something of whatever there is, not what is said of it.
_OF_NOTHING = frozenset("no none nobody nothing nowhere neither".split())
# "Had gone unanswered", "unhurt".
_DENYING = re.compile(r"\bun(?:\w{3,}(?:ed|able)|hurt)\b", re.IGNORECASE)
# So many content words in common make a statement rest on what is denied, if they, or a name among them, stand nowhere else.
_RESTS_ON = 2


class _Denied(NamedTuple):
    """A denying word and what it may reach to in its clause."""

    passage: int
    reading: Reading
    head: int
    span: Span


def check_only_denied(ground: Ground) -> list[Finding]:
    """Find that a statement without any denial has names or things of which the passages only deny something.

    It contradicts them where it asserts the very word that they deny. Else it may be what they say in other words,
    or take for granted ("did not discuss the crash"), and is only not borne out.
    """
    claim = ground.claim
    if next(find_denials(claim, 0, len(claim.tokens)), None) is not None or _DENYING.search(claim.text):
        return []
    said = {token.stem: at for at, token in enumerate(claim.tokens) if token.content and not token.is_number}
    denials = list(_denials(ground))
    covered = {(denied.passage, at) for denied in denials for at in range(*denied.span)}
    elsewhere = {
        token.stem
        for passage, reading in enumerate(ground.passages)
        for at, token in enumerate(reading.tokens)
        if (passage, at) not in covered
    }
    for passage, reading, head, span in denials:
        tokens = reading.tokens
        shared = {token.stem for token in tokens[slice(*span)]} & said.keys()
        alone = [said[stem] for stem in shared - elsewhere]
        names = [at for at in alone if claim.tokens[at].capital and not claim.tokens[at].opens]
        if len(alone) >= _RESTS_ON or (names and len(shared) >= _RESTS_ON):
            at = min(names or alone)
            text = reading.text[tokens[span.start].start : tokens[span.end - 1].end]
            word = claim.text[claim.tokens[at].start : claim.tokens[at].end]
            return [
                Finding(
                    slot=Slot.NEGATION, said=word, at=Span(at, at + 1), holds=False,
                    contradicts=tokens[head].stem in said, found=Place(passage, span, text),
                    reason=f"negation: the passages say “{text}”, the claim denies nothing",
                )
            ]  # fmt: skip
    return []


def _denials(ground: Ground) -> Iterator[_Denied]:
    for passage, reading, (first, last), _ in ground.stretches():
        for head, span in find_denials(reading, first, last):
            within = reading.tokens[slice(*span)]
            if within[0].word in _OF_NOTHING or any(token.stem == LACK for token in within[1:]):
                continue  # "does not lack money"
            end = span.end
            while end < min(span.start + _REACH, last) and not _ends_clause(reading, end):
                end += 1
            yield _Denied(passage, reading, head, Span(span.start, end))


def _ends_clause(reading: Reading, at: int) -> bool:
    return reading.tokens[at].breaks or reading.tokens[at].word in _OPENERS

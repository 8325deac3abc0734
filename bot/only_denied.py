"""What a statement asserts and the passages only deny: "struck a new contract" beside "failed to agree on a new contract"."""

from __future__ import annotations

import re
from collections.abc import Iterator

from bot.ground import Finding, Ground, Place, Slot
from bot.polarity import LACK, find_denials
from bot.reading import Reading
from index.model import Span

# Words of a clause behind a denying word that it may reach to.
_REACH = 10
_RELATIVE = frozenset("who which that but where".split())
# "Had gone unanswered".
_DENYING = re.compile(r"\bun\w{3,}(?:ed|able)\b", re.IGNORECASE)
# So many content words in common make a statement rest on what is denied, if they, or a name among them, stand nowhere else.
_RESTS_ON = 2


def check_only_denied(ground: Ground) -> list[Finding]:
    """Find that a statement without any denial has names or things of which the passages only deny something."""
    claim = ground.claim
    if next(find_denials(claim, 0, len(claim.tokens)), None) is not None or _DENYING.search(claim.text):
        return []
    said = {token.stem: at for at, token in enumerate(claim.tokens) if token.content and not token.is_number}
    denied = [(passage, reading, span) for passage, reading, span in _denied(ground)]
    covered = {(passage, at) for passage, _, span in denied for at in range(*span)}
    asserted = {
        token.stem
        for passage, reading in enumerate(ground.passages)
        for at, token in enumerate(reading.tokens)
        if (passage, at) not in covered
    }
    for passage, reading, span in denied:
        shared = {token.stem for token in reading.tokens[slice(*span)]} & said.keys()
        alone = [said[stem] for stem in shared - asserted]
        names = [at for at in alone if claim.tokens[at].capital and not claim.tokens[at].opens]
        if len(alone) >= _RESTS_ON or (names and len(shared) >= _RESTS_ON):
            at = min(names or alone)
            tokens = reading.tokens
            text = reading.text[tokens[span.start].start : tokens[span.end - 1].end]
            word = claim.text[claim.tokens[at].start : claim.tokens[at].end]
            return [
                Finding(
                    slot=Slot.NEGATION, said=word, at=Span(at, at + 1), holds=False, contradicts=True,
                    found=Place(passage, span, text),
                    reason=f"negation: the passages say “{text}”, the claim denies nothing",
                )
            ]  # fmt: skip
    return []


def _denied(ground: Ground) -> Iterator[tuple[int, Reading, Span]]:
    """Yield from each denying word on what it may reach to, within its clause."""
    for passage, reading, (first, last), _ in ground.stretches():
        for _, span in find_denials(reading, first, last):
            end = span.end
            if any(reading.tokens[at].stem == LACK for at in range(span.start + 1, end)):
                continue  # "does not lack money"
            while end < min(span.start + _REACH, last) and not _ends_clause(reading, end):
                end += 1
            yield passage, reading, Span(span.start, end)


def _ends_clause(reading: Reading, at: int) -> bool:
    return reading.tokens[at].breaks or reading.tokens[at].word in _RELATIVE

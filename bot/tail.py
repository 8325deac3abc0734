"""What is added to a sentence that otherwise stands in the passages: ", and resigned", "after a long delay"."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from itertools import pairwise, takewhile

from bot.ground import Finding, Ground, Slot
from bot.reading import Reading
from index.dates import find_dates
from index.model import Span

# Where a part of a sentence begins that could as well be left out: behind a comma or a dash, or without one.
_SEAM = re.compile(
    r"(?:,\s|;\s|\s[–—-]\s)(?=(?:or|whom|since|as|with|once|so|by|most|some|many|none|all|both|each|an?|the|his|her|its|their|[a-z]+(?:ing|ed))\b)"
    r"|(?:,\s|;\s|\s[–—-]\s|\s)(?=(?:and|but|which|who|whose|where|when|while|although|though|despite|after|before|because"
    r"|without|amid|until|prompting|causing|(?:along|together)\swith|by\s[a-z]+ing)\b)"
)
# Shares of the weight of words: where the rest of a sentence holds so much, it is told nearly as it is written, and
# a part that holds less than the other is not told in other words, but put in. Chosen on 91 sentences, of
# which 20 had something put in.
_AS_WRITTEN, _PUT_IN = 0.85, 0.62
# Of a part that is put in, so much weight is missing; a rare word has 1.
_LEAST_MISSING = 0.35
# An end without a seam counts if it has so many content words, none of which stands there by more than this; a
# single one may be the same in another word.
_LEAST_WORDS, _HARDLY = 2, 0.2


def check_tails(ground: Ground, held: Mapping[int, float]) -> list[Finding]:
    """Find parts of a statement of which too little stands in the windows, where the rest stands there.

    Args:
        held: for each content word of the statement, how far it stands in the windows, 0 to 1.
    """
    weights = {term.at: term.weight for term in ground.terms}
    all_there = sum(weight * held[at] for at, weight in weights.items())
    total = sum(weights.values())
    findings = []
    for part in (*_parts(ground), *_missing_end(ground, held)):
        own = {at: weights[at] for at in range(*part) if at in weights}
        weight = sum(own.values())
        there = sum(each * held[at] for at, each in own.items())
        rest = total - weight
        is_put_in = weight - there >= _LEAST_MISSING and there <= _PUT_IN * weight
        if is_put_in and rest and all_there - there >= _AS_WRITTEN * rest:
            tokens = ground.claim.tokens
            said = ground.claim.text[tokens[part.start].start : tokens[part.end - 1].end]
            findings.append(
                Finding(
                    slot=Slot.CLAUSE, said=said, at=part, holds=False,
                    reason=f"clause: no passage says “{said}”",
                )
            )  # fmt: skip
    return findings


def _missing_end(ground: Ground, held: Mapping[int, float]) -> Iterator[Span]:
    """Yield the end of a statement of which next to nothing stands in the windows: "free of charge"."""
    missing = list(takewhile(lambda at: held[at] < _HARDLY, (term.at for term in reversed(ground.terms))))
    if not _LEAST_WORDS <= len(missing) <= len(ground.terms) / 2:
        return
    claim = ground.claim
    end = Span(missing[-1], len(claim.tokens))
    # Dates are held against dates; and an end in place of another may be that one in other words.
    if any(mention.end > claim.tokens[end.start].start for mention in find_dates(claim.text)):
        return
    last = claim.tokens[ground.terms[-len(missing) - 1].at].stem
    if any(
        reading.tokens[at].stem == last and _ends_clause(reading, at)
        for _, reading, span, _ in ground.stretches()
        for at in range(*span)
    ):
        yield end


def _ends_clause(reading: Reading, at: int) -> bool:
    behind = reading.tokens[at + 1] if at + 1 < len(reading.tokens) else None
    return behind is None or behind.opens or behind.breaks


def _parts(ground: Ground) -> Iterator[Span]:
    """Cut a statement where parts begin; its first part is what the others are put to."""
    text = ground.claim.text
    for start, end in pairwise([*(match.end() for match in _SEAM.finditer(text)), len(text)]):
        part = ground.claim.span_of(start, end)
        if part.start < part.end:
            yield part

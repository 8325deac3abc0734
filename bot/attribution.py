"""Whose words a quotation is: a statement must give them to whom the passages give them."""

from __future__ import annotations

import re
from collections.abc import Sequence

from bot.gazetteer import SPEECH
from bot.ground import Finding, Ground, Place, Slot
from bot.names import Name, NameKind, find_names
from bot.namesakes import same_name
from bot.quoted import find_quotations
from bot.reading import Reading, read
from index.model import Span

_SAYS = re.compile(
    rf"{SPEECH.pattern}|\s(?:called|calls|described|describes|dubbed|labell?ed|according\sto|in\sthe\swords\sof|asked|concluded"
    r"|predicted|suggested|complained|promised|urged|joked|stated|put\sit)\b"
)
_QUOTED = re.compile(r"[\"“][^\"”]*(?:[\"”]|$)")
# A sentence that is a quotation and nothing else goes on from one of so many before it.
_GOES_ON = 2


def check_attribution(ground: Ground) -> list[Finding]:
    """Find quotations that the statement gives to one, and the passages to another."""
    claim = ground.claim
    said = _speakers(claim.text, Span(0, len(claim.text)))
    findings = []
    for span, parts in find_quotations(claim.text) if said else ():
        places = [
            (index, reading, at)
            for index, reading in enumerate(ground.passages)
            for part in parts
            for at in reading.find([token.word for token in read(part).tokens])
        ]
        given = [(index, at, _given_to(reading, at)) for index, reading, at in places]
        if not given or not all(names and _is_another(said, names) for *_, names in given):
            continue
        index, at, names = given[0]
        mine = claim.span_of(*span)
        findings.append(
            Finding(
                slot=Slot.QUOTATION, said=said[0].text, at=mine, holds=False, contradicts=True,
                found=Place(index, Span(at, at + 1), names[0].text),
                reason=f"quotation: the passages give these words to “{names[0].text}”, not to “{said[0].text}”",
            )
        )  # fmt: skip
    return findings


def _is_another(said: Sequence[Name], given: Sequence[Name]) -> bool:
    """Whether none of these is one of those, and both are persons or both are none."""
    persons = {name.kind is NameKind.PERSON for name in (*said, *given)}
    return len(persons) == 1 and not any(same_name(one.text, other.text) for one in said for other in given)


def _given_to(reading: Reading, at: int) -> list[Name]:
    """Return who may have spoken the words at a token."""
    number = next(n for n, bound in enumerate(reading.bounds) if bound.start <= at < bound.end)
    for back in range(number, max(-1, number - 1 - _GOES_ON), -1):
        names = _speakers(reading.text, reading.sentences[back])
        spoken = reading.text[slice(*reading.sentences[back])]
        if names or not spoken.lstrip().startswith(("“", '"')):
            return names
    return []


def _speakers(text: str, sentence: Span) -> list[Name]:
    """Return the persons named outside quotation marks where something is said; else whoever else is named."""
    own = text[sentence.start : sentence.end]
    outside = _QUOTED.sub(lambda match: " " * len(match.group()), own)
    if not _SAYS.search(outside):
        return []
    names = [name for name in find_names(own) if outside[name.start : name.end] == name.text]
    persons = [name for name in names if name.kind is NameKind.PERSON]
    return persons or [name for name in names if name.kind is not NameKind.PLACE]

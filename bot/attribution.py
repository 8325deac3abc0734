"""Whose words they are: a statement must give them to whom the passages give them."""

from __future__ import annotations

import re
from collections.abc import Iterator

from bot.ground import Finding, Ground, Place, Slot
from bot.names import Name, find_names
from bot.namesakes import same_name
from bot.quoted import find_quotations
from bot.reading import Reading, read
from index.model import Span
from index.spelling import fold

_VERBS = (
    r"(?:said|says|told|tells|added|adds|tweeted|wrote|writes|argued|argues|insisted|admitted|warned|warns|explained|explains"
    r"|recalled|noted|notes|stressed|claimed|announced|replied|testified|declared|acknowledged|joked|called|calls|described"
    r"|asked|concluded|predicted|suggested|suggests|complained|stated|estimates|estimated|believes|thinks)"
)
_ADVERB = r"(?:\s(?:also|later|then|has|had|have|reportedly|[a-z]+ly))?"
# Who is named in front of a word of speech, perhaps "of the Bank" or with a description between commas, or behind one.
_BEFORE = re.compile(
    rf"(?:\sof(?:\sthe)?(?:\s[A-Z][\w.'’&-]*)+)?(?:,[^\"“”]{{3,160}},)?{_ADVERB}\s{_VERBS}\b"
)
_BEHIND = re.compile(
    rf"(?:\b{_VERBS}|\b[Aa]ccording\sto)\s(?:the\s)?(?:[a-z][\w-]*\s){{0,4}}(?:[A-Z][\w.]*\s){{0,4}}$"
)
_QUOTED = re.compile(r"[\"“][^\"”]*(?:[\"”]|$)")
# Sentences before words whose speaker is "he", or who goes on speaking, and behind them, that may name him.
_BACK, _AHEAD = 4, 2
# Share of a statement's weight that a sentence holds that says the same.
_SAYS_IT = 0.5


def check_attribution(ground: Ground) -> list[Finding]:
    """Find words that the statement gives to somebody, and the passages to somebody else."""
    claim = ground.claim
    said = _speaker(claim.text)
    if said is None:
        return []
    mine = claim.span_of(said.start, said.end)
    quoted = [_places(ground, parts) for _, parts in find_quotations(claim.text)]
    if quoted:
        verdicts = [
            [_given(ground, said, *place, quoted=True) for place in places] for places in quoted if places
        ]
    else:
        verdicts = [[_given(ground, said, *place, quoted=False)] for place in _best_sentence(ground, mine)]
    for places in verdicts:
        # A word that stands in several places is his if one of them is.
        if all(reason is not None for reason, _ in places):
            reason, found = places[0]
            return [
                Finding(slot=Slot.NAME, said=said.text, at=mine, holds=False, contradicts=True, found=found, reason=reason or "")
            ]  # fmt: skip
    return []


def _places(ground: Ground, parts: tuple[str, ...]) -> list[tuple[int, int]]:
    """Return where a quotation stands: passages and their sentences."""
    found = []
    for index, reading in enumerate(ground.passages):
        for part in parts:
            for at in reading.find([token.word for token in read(part).tokens]):
                found.append((index, _sentence_of(reading, at)))
    return found


def _sentence_of(reading: Reading, at: int) -> int:
    return next(number for number, bound in enumerate(reading.bounds) if bound.start <= at < bound.end)


def _best_sentence(ground: Ground, mine: Span) -> Iterator[tuple[int, int]]:
    """Yield the sentence that says what the statement says, but for who says it, if there is one."""
    terms = [term for term in ground.terms if term.at not in range(*mine)]
    total = sum(term.weight for term in terms)
    best: tuple[float, int, int] | None = None
    for passage, reading, (first, last), _ in ground.stretches():
        for number, bound in enumerate(reading.bounds):
            if bound.start < first or bound.end > last:
                continue
            stems = {token.stem for token in reading.tokens[bound.start : bound.end]}
            held = sum(term.weight for term in terms if term.stem in stems or stems & term.near.keys())
            if held >= _SAYS_IT * total and (best is None or held > best[0]):
                best = held, passage, number
    if best is not None and total:
        yield best[1], best[2]


def _given(
    ground: Ground, said: Name, passage: int, number: int, *, quoted: bool
) -> tuple[str | None, Place | None]:
    """Tell why words of a sentence are not a speaker's; None where they are, or may be."""
    reading = ground.passages[passage]
    sentence = reading.sentences[number]
    surname = fold(said.text.split()[-1])
    speaker = _speaker(reading.text[sentence.start : sentence.end])
    near = range(max(0, number - _BACK), min(len(reading.bounds), number + _AHEAD + 1))
    beside = (
        near
        if quoted and speaker is None
        else range(max(0, number - 1), min(len(reading.bounds), number + 2))
    )
    if any(token.word == surname for n in beside for token in reading.tokens[slice(*reading.bounds[n])]):
        return None, None
    place = Place(passage, reading.bounds[number], reading.text[sentence.start : sentence.end])
    if speaker is not None:
        if same_name(said.text, speaker.text):
            return None, None
        return f"name: the passages give these words to “{speaker.text}”, not to “{said.text}”", place
    # What stands before the passage may name the speaker, unless somebody else is named since.
    others = (n for n in near if n < number and _full_names(reading, n))
    if quoted and (number >= _BACK or any(others)):
        return f"name: no passage gives these words to “{said.text}”", place
    return None, None


def _full_names(reading: Reading, number: int) -> list[Name]:
    sentence = reading.sentences[number]
    return [name for name in find_names(reading.text[sentence.start : sentence.end]) if " " in name.text]


def _speaker(text: str) -> Name | None:
    """Return who is named as saying something, outside quotation marks; None where no name stands there."""
    outside = _QUOTED.sub(lambda match: " " * len(match.group()), text)
    for name in find_names(text):
        if outside[name.start : name.end] != name.text or " " not in name.text:
            continue
        if _BEFORE.match(outside, name.end) or _BEHIND.search(outside, 0, name.start):
            return name
    return None

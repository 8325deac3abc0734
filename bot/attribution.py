"""Whose words they are: a statement must give them to whom the passages give them."""

from __future__ import annotations

import re
from collections.abc import Iterator

from bot.ground import Finding, Ground, Place, Slot
from bot.names import Name, NameKind
from bot.namesakes import same_name
from bot.naming import names_of
from bot.quoted import find_quotations
from bot.reading import Reading, read
from bot.speaker import outside_quotations
from index.model import Span
from index.spelling import fold

_VERBS = (
    r"(?:said|says|told|tells|added|adds|tweeted|wrote|writes|argued|argues|insisted|admitted|warned|warns|explained|explains"
    r"|recalled|noted|notes|stressed|claimed|announced|replied|testified|declared|acknowledged|joked|called|calls|described"
    r"|asked|concluded|predicted|suggested|suggests|complained|stated|estimates|estimated|believes|thinks|blamed|blasted|slammed"
    r"|dismissed|criticized|criticised|condemned|denounced|labeled|labelled|dubbed|praised)"
)
_ADVERB = r"(?:\s(?:also|later|then|has|had|have|reportedly|[a-z]+ly))?"
# Who is named in front of a word of speech, perhaps "of the Bank" or with a description between commas, or behind one.
_BEFORE = re.compile(
    rf"(?:\sof(?:\sthe)?(?:\s[A-Z][\w.'’&-]*)+)?(?:,[^\"“”]{{3,160}},)?{_ADVERB}\s{_VERBS}\b"
)
_BEHIND = re.compile(
    rf"(?:\b{_VERBS}|\b[Aa]ccording\sto)\s(?:the\s)?(?:[a-z][\w-]*\s){{0,4}}(?:[A-Z][\w.]*\s){{0,4}}$"
)
# Sentences before words whose speaker is "he", or who goes on speaking, and behind a bare quotation, that may name him.
_BACK, _AHEAD = 4, 2
_PRONOUN = re.compile(rf"\b(?:[Hh]e|[Ss]he|[Tt]hey){_ADVERB}\s{_VERBS}\b|\b{_VERBS}\s(?:he|she|they)\b")
# Share of a statement's weight that a sentence holds that says the same.
_SAYS_IT = 0.5


def check_attribution(ground: Ground) -> list[Finding]:
    """Find words that the statement gives to somebody, and the passages to somebody else."""
    claim = ground.claim
    said = _speaker(claim, Span(0, len(claim.text)))
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
    for given in verdicts:
        others = [verdict for verdict in given if verdict is not None]
        # Words that stand in several places are his if one of them is.
        if others and len(others) == len(given):
            reason, found = others[0]
            return [
                Finding(slot=Slot.NAME, said=said.text, at=mine, holds=False, contradicts=True, found=found, reason=reason)
            ]  # fmt: skip
    return []


def _places(ground: Ground, parts: tuple[str, ...]) -> list[tuple[int, int]]:
    """Return where a quotation stands: passages and their sentences."""
    found = []
    for index, reading in enumerate(ground.passages):
        for part in parts:
            for at in reading.find([token.word for token in read(part).tokens]):
                found.append((index, reading.sentence_at(at)))
    return found


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
) -> tuple[str, Place] | None:
    """Tell why words of a sentence are not a speaker's; None where they are, or may be."""
    reading = ground.passages[passage]
    sentence = reading.sentences[number]
    words = reading.text[sentence.start : sentence.end]
    surname = fold(said.text.split()[-1])
    speaker = _speaker(reading, sentence, single=True)
    if quoted and speaker is not None:
        first, last = number, number
    elif quoted:
        # "He" has been named before.
        first, last = (
            number - _BACK,
            number if _PRONOUN.search(outside_quotations(words)) else number + _AHEAD,
        )
    else:
        first, last = number - 1, number + 1
    beside = range(max(0, first), min(len(reading.bounds), last + 1))
    if any(token.word == surname for n in beside for token in reading.tokens[slice(*reading.bounds[n])]):
        return None
    place = Place(passage, reading.bounds[number], words)
    if speaker is not None:
        if same_name(said.text, speaker.text):
            return None
        return f"name: the passages give these words to “{speaker.text}”, not to “{said.text}”", place
    # What stands before the passage may name the speaker, unless somebody else is named since.
    if quoted and (number >= _BACK or any(_names_anybody(reading, n) for n in beside if n < number)):
        return f"name: no passage gives these words to “{said.text}”", place
    return None


def _names_anybody(reading: Reading, number: int) -> bool:
    """Whether a sentence names somebody whom a "he" behind it may mean."""
    sentence = reading.sentences[number]
    return _speaker(reading, sentence, single=True) is not None or any(
        " " in name.text and name.kind is not NameKind.PLACE for name in _names_in(reading, sentence)
    )


def _names_in(reading: Reading, sentence: Span) -> list[Name]:
    # Of the whole text: a name that opens a sentence is known by standing elsewhere.
    return [name for name in names_of(reading.text) if sentence.start <= name.start < sentence.end]


def _speaker(reading: Reading, sentence: Span, *, single: bool = False) -> Name | None:
    """Return who is named as saying something, outside quotation marks; None where no name stands there.

    Args:
        single: whether a name of one word will do, as articles use for whom they have named before.
    """
    outside = " " * sentence.start + outside_quotations(reading.text[sentence.start : sentence.end])
    for name in _names_in(reading, sentence):
        if outside[name.start : name.end] != name.text or not (single or " " in name.text):
            continue
        if _BEFORE.match(outside, name.end) or _BEHIND.search(outside, sentence.start, name.start):
            return name
    return None

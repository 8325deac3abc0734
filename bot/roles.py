"""Who did what to whom, what came before what, and which of two things is said of whom."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

from bot.ground import Finding, Ground, Place, Slot
from bot.reading import Reading, Token
from bot.verbs import is_irregular
from index.model import Span
from index.wording import stem

_BE = frozenset("am is are was were be been being get gets got gotten".split())
_AUXILIARIES = frozenset(
    "has have had having do does did will would can could may might shall should must been".split()
)
_ADVERBS = frozenset("also not n't never then later just already once twice ever still again first".split())
# Verbs whose past is no form of its own.
_UNCHANGED = frozenset("beat hit cut put set upset hurt shut cast spread bid".split())
# Who meets somebody is met by him.
_MUTUAL = frozenset(
    stem(word)
    for word in "meet marry fight face join play tie draw compete divorce resemble match accompany follow".split()
)
# Whom somebody takes from gives: he stands behind a "from", as who is sued or accused stands behind an "against".
_TAKES = frozenset(
    stem(word) for word in "buy purchase acquire receive take borrow inherit rent lease".split()
)
_BEHIND_WITHIN = 6
_ARTICLES = frozenset("the a an his her its their".split())
_NOBODY = frozenset[int]()
# Words of somebody or something named beside a verb.
_MOST_WORDS = 4
# How far behind a verb its "by" may stand.
_BY_WITHIN = 4

# A part before or behind one of these, and which of the two comes first in time or is the cause.
_SECOND_FIRST = frozenset("after because".split())
_FIRST_FIRST = frozenset({"before"})
# Shares of the words of both parts that stand in the other one's place, from which the parts are turned, and how
# many more that must be than stand as they should.
_TURNED, _AGAINST = 0.5, 2
# Content words in front of "after" that only tell how long: "About two weeks after …, they left".
_HOW_LONG = 3
# Content words of a part that count, from the word between them outwards.
_REACH = 10
_PARALLEL = re.compile(r",?\s(?:while|whereas|but)\s|;\s")
_OPENING = re.compile(r"\W*(?:While|Whereas)\s[^,]{10,200},\s")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Deed:
    """A verb with the stems of who does it and to whom it is done, as far as they stand beside it.

    Attributes:
        other: who stands behind its "from" or "against", if anybody does.
        told_by: the tokens of doer and sufferer.
        passive: whether the verb is.
    """

    at: int
    agent: frozenset[str]
    patient: frozenset[str]
    other: frozenset[str]
    told_by: frozenset[int]
    passive: bool

    @property
    def opposite(self) -> frozenset[str]:
        """Who must not be taken for the doer."""
        return self.other or self.patient


def check_roles(ground: Ground) -> list[Finding]:
    """Find what the statement has somebody do that the passages have done to him, by whatever voice of the verb."""
    claim = ground.claim
    findings = []
    for mine in _deeds(claim, Span(0, len(claim.tokens))):
        verb = claim.tokens[mine.at].stem
        theirs = [
            (passage, reading, deed)
            for passage, reading, span, _ in ground.stretches()
            for deed in _deeds(reading, span, verb)
        ]
        if any(mine.agent & deed.agent or mine.opposite & deed.opposite for *_, deed in theirs):
            continue
        turned = next((found for found in theirs if _is_turned(mine, found[2])), None)
        if turned is not None:
            passage, reading, deed = turned
            findings.append(_contradiction(ground, Span(mine.at, mine.at + 1), passage, reading, deed.at))
    return findings


def find_agreeing(ground: Ground) -> frozenset[int]:
    """Return the statement's words that tell of a deed in the other voice than a passage, with its doer and sufferer.

    "A was questioned by B" is "B questioned A": what stands in whose place tells nothing there.
    """
    claim = ground.claim
    return frozenset(
        at
        for mine in _deeds(claim, Span(0, len(claim.tokens)))
        for _, reading, span, _ in ground.stretches()
        for deed in _deeds(reading, span, claim.tokens[mine.at].stem)
        if mine.passive is not deed.passive
        and mine.agent & deed.agent
        and (mine.patient & deed.patient or not mine.patient)
        for at in mine.told_by
        if claim.tokens[at].stem in deed.agent | deed.patient
    )


def _is_turned(mine: _Deed, theirs: _Deed) -> bool:
    return bool(mine.agent & theirs.opposite or mine.opposite & theirs.agent)


def _contradiction(ground: Ground, mine: Span, passage: int, reading: Reading, at: int) -> Finding:
    sentence = reading.sentences[reading.sentence_at(at)]
    words = reading.text[sentence.start : sentence.end]
    said = ground.claim.text[ground.claim.tokens[mine.start].start : ground.claim.tokens[mine.end - 1].end]
    return Finding(
        slot=Slot.ORDER, said=said, at=mine, holds=False, contradicts=True, found=Place(passage, Span(at, at + 1), words),
        reason=f"order: the claim turns round what the passages say at “{said}”",
    )  # fmt: skip


def _deeds(reading: Reading, span: Span, verb: str | None = None) -> Iterator[_Deed]:
    tokens = reading.tokens
    for at in range(*span):
        token = tokens[at]
        if (verb is not None and token.stem != verb) or not _may_be_verb(token) or token.stem in _MUTUAL:
            continue
        before = _skip_back(tokens, at - 1, _ADVERBS)
        by = next(
            (i for i in range(at + 1, min(at + _BY_WITHIN, span.end)) if tokens[i].word == "by" and not tokens[i].breaks),
            None,
        )  # fmt: skip
        word = tokens[before].word if before >= span.start else ""
        is_going_on = token.word.endswith("ing")
        if is_going_on and word not in _BE:
            continue  # a noun, or no verb of its own: "the rising sea"
        passive = not is_going_on and (word in _BE or (by == at + 1 and word != "to"))
        beside = _NOBODY if passive else _other_side(tokens, at, span.end)
        if passive:
            subject = _skip_back(tokens, before if word in _BE else at - 1, _BE | _AUXILIARIES | _ADVERBS)
            patient = _left(tokens, subject, span.start)
            agent = _right(tokens, by + 1, span.end) if by is not None else _NOBODY
        else:
            subject = _skip_back(
                tokens, before, _AUXILIARIES | _ADVERBS | (_BE if is_going_on else frozenset())
            )
            patient = _right(tokens, at + 1, span.end)
            # Without an object it may be a participle: "the men arrested on Monday".
            agent = _left(tokens, subject, span.start) if word != "to" and (patient or beside) else _NOBODY
        if not tokens[at].breaks and (agent or patient):
            doing = frozenset(tokens[i].stem for i in agent)
            done_to = frozenset(tokens[i].stem for i in patient)
            # "Kurdish forces" and "Iraqi forces" are told apart by what they do not share.
            yield _Deed(
                at=at,
                agent=doing - done_to,
                patient=done_to - doing,
                other=frozenset(tokens[i].stem for i in beside) - doing,
                told_by=agent | patient,
                passive=passive,
            )


def _other_side(tokens: tuple[Token, ...], at: int, last: int) -> frozenset[int]:
    """Return the words of who stands behind an "against", or behind the "from" of a verb of taking."""
    for other in range(at + 1, min(at + _BEHIND_WITHIN, last)):
        if tokens[other].breaks:
            break
        if tokens[other].word == "against" or (tokens[other].word == "from" and tokens[at].stem in _TAKES):
            return _right(tokens, other + 1, last)
    return _NOBODY


def _may_be_verb(token: Token) -> bool:
    return (
        token.content
        and not token.capital
        and (token.word.endswith(("ed", "ing")) or token.word in _UNCHANGED or is_irregular(token.word))
    )


def _skip_back(tokens: tuple[Token, ...], at: int, words: frozenset[str]) -> int:
    """Step back over adverbs and some other words."""
    while at >= 0 and not tokens[at].opens and (tokens[at].word in words or tokens[at].word.endswith("ly")):
        at -= 1
    return at


def _left(tokens: tuple[Token, ...], at: int, first: int) -> frozenset[int]:
    """Return the words of who or what ends at a word; none behind a mark of punctuation."""
    found: set[int] = set()
    if at + 1 < len(tokens) and not _is_joined(tokens, at + 1):
        return _NOBODY
    while at >= first and tokens[at].content and len(found) < _MOST_WORDS:
        found.add(at)
        if tokens[at].opens or not _is_joined(tokens, at):
            break
        at -= 1
    return frozenset(found)


def _right(tokens: tuple[Token, ...], at: int, last: int) -> frozenset[int]:
    """Return the words of who or what begins at a word, or behind the article there."""
    found: set[int] = set()
    if at < last and _is_joined(tokens, at) and tokens[at].word in _ARTICLES:
        at += 1
    while at < last and tokens[at].content and _is_joined(tokens, at) and len(found) < _MOST_WORDS:
        found.add(at)
        at += 1
    return frozenset(found)


def _is_joined(tokens: tuple[Token, ...], at: int) -> bool:
    """Whether nothing but a blank stands between a word and the one in front."""
    return at > 0 and tokens[at].start - tokens[at - 1].end == 1


def check_sequence(ground: Ground) -> list[Finding]:
    """Find "A after B" where the passages have B after A, or A before B."""
    findings = []
    for at, one, other in _sequences(ground.claim, Span(0, len(ground.claim.tokens))):
        theirs = [
            (passage, reading, *sequence)
            for passage, reading, span, _ in ground.stretches()
            for sequence in _sequences(reading, span)
        ]
        straight = max((len(one & first) + len(other & second) for *_, first, second in theirs), default=0)
        for passage, reading, there, first, second in theirs:
            across, back = len(one & second), len(other & first)
            if (
                across >= _TURNED * len(one)
                and back >= _TURNED * len(other)
                and across + back >= straight + _AGAINST
            ):
                findings.append(_contradiction(ground, Span(at, at + 1), passage, reading, there))
                break
    return findings


def _sequences(reading: Reading, span: Span) -> Iterator[tuple[int, frozenset[str], frozenset[str]]]:
    """Yield each word that tells a sequence, with the stems of what came first and of what came then."""
    tokens = reading.tokens
    for bound in reading.bounds:
        if bound.end <= span.start or bound.start >= span.end:
            continue
        for at in range(*bound):
            word = tokens[at].word
            if word not in _SECOND_FIRST | _FIRST_FIRST:
                continue
            # "B after A", "After A, B", and "Two weeks after A, B".
            end = next((i for i in range(at + 1, bound.end) if tokens[i].breaks), bound.end)
            before = range(at - 1, bound.start - 1, -1)
            if end < bound.end and len(_stems(reading, before)) <= _HOW_LONG:
                before = range(end, bound.end)
            own, rest = _stems(reading, range(at + 1, end)), _stems(reading, before)
            if own and rest:
                yield (at, own, rest) if word in _SECOND_FIRST else (at, rest, own)


def _stems(reading: Reading, places: range) -> frozenset[str]:
    found = [reading.tokens[i].stem for i in places if reading.tokens[i].content]
    return frozenset(found[:_REACH])


def check_parallels(ground: Ground) -> list[Finding]:
    """Find "A did this, while B did that" where the passages have it of B and of A."""
    claim = ground.claim
    findings = []
    for one, other in pairwise(_clauses(claim, Span(0, len(claim.tokens)))):
        mine = _subject_and_rest(claim, one, other), _subject_and_rest(claim, other, one)
        if not all(subject and rest for subject, rest in mine):
            continue
        (a, said_of_a), (b, said_of_b) = mine
        for passage, reading, span, _ in ground.stretches():
            clauses = [(part, _stems(reading, range(*part))) for part in _clauses(reading, span)]
            of_a = [(part, stems) for part, stems in clauses if a in stems and b not in stems]
            of_b = [(part, stems) for part, stems in clauses if b in stems and a not in stems]
            if not of_a or not of_b:
                continue
            straight = max(len(said_of_a & s) for _, s in of_a) + max(len(said_of_b & s) for _, s in of_b)
            turned = max(len(said_of_b & s) for _, s in of_a) + max(len(said_of_a & s) for _, s in of_b)
            if turned >= max(_AGAINST, straight + _AGAINST):
                findings.append(_contradiction(ground, one, passage, reading, of_a[0][0].start))
                break
    return findings


def _clauses(reading: Reading, span: Span) -> Iterator[Span]:
    for bound in reading.bounds:
        if bound.end <= span.start or bound.start >= span.end:
            continue
        start, end = reading.tokens[bound.start].start, reading.tokens[bound.end - 1].end
        opening = _OPENING.match(reading.text, start, end)
        cuts = [opening.end()] if opening else [m.end() for m in _PARALLEL.finditer(reading.text, start, end)]
        for left, right in pairwise([start, *cuts, end]):
            part = reading.span_of(left, right)
            if part.start < part.end:
                yield part


def _subject_and_rest(reading: Reading, part: Span, beside: Span) -> tuple[str, frozenset[str]]:
    """Return the first content word of a clause, and what it says that the clause beside it does not."""
    stems = [reading.tokens[i].stem for i in range(*part) if reading.tokens[i].content]
    others = {reading.tokens[i].stem for i in range(*beside)}
    if not stems or stems[0] in others:
        return "", frozenset()
    return stems[0], frozenset(stems[1:]) - others

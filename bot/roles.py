"""Who did what to whom."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from bot.ground import Finding, Ground, Place, Slot
from bot.reading import Reading, Token
from bot.verbs import is_irregular
from index.model import Span
from index.wording import stem

# The verb that makes a participle one of suffering.
BE = frozenset("am is are was were be been being get gets got gotten".split())
# What goes up or down of itself, "by" so much.
_CHANGES = frozenset(
    "rose risen fell fallen grew grown dropped declined increased decreased climbed jumped slumped surged plunged "
    "gained shrank dipped soared tumbled slipped".split()
)
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
# Words of an aside between a name and its verb.
_ASIDE = 25
# How far behind a verb its "by" may stand.
_BY_WITHIN = 4


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
            findings.append(contradict_order(ground, Span(mine.at, mine.at + 1), passage, reading, deed.at))
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


def contradict_order(ground: Ground, mine: Span, passage: int, reading: Reading, at: int) -> Finding:
    """Say that the statement turns round what stands at a token of a passage."""
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
        if is_going_on and word not in BE:
            continue  # a noun, or no verb of its own: "the rising sea"
        # "Fell by 23%" is done by nobody.
        by_whom = by == at + 1 and word != "to" and token.word not in _CHANGES
        passive = not is_going_on and (word in BE or by_whom)
        beside = _NOBODY if passive else _other_side(tokens, at, span.end)
        if passive:
            subject = _skip_back(tokens, before if word in BE else at - 1, BE | _AUXILIARIES | _ADVERBS)
            patient = _left(tokens, subject, span.start)
            agent = _right(tokens, by + 1, span.end) if by is not None else _NOBODY
        else:
            subject = _skip_back(
                tokens, before, _AUXILIARIES | _ADVERBS | (BE if is_going_on else frozenset())
            )
            # Somebody is called on as he is asked.
            behind = (
                at + 2 if (token.stem, tokens[min(at + 1, span.end - 1)].word) == ("call", "on") else at + 1
            )
            patient = _right(tokens, behind, span.end)
            # Without an object it may be a participle: "the men arrested on Monday".
            agent = _left(tokens, subject, span.start) if word != "to" and (patient or beside) else _NOBODY
        if agent or (patient and not tokens[at].breaks):
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
    """Return the words of who or what ends at a word; behind a mark of punctuation only a name with an aside."""
    found: set[int] = set()
    if at + 1 < len(tokens) and not _is_joined(tokens, at + 1):
        at = _before_aside(tokens, at, first)
    while at >= first and tokens[at].content and len(found) < _MOST_WORDS:
        found.add(at)
        if tokens[at].opens or not _is_joined(tokens, at):
            break
        at -= 1
    return frozenset(found)


def _before_aside(tokens: tuple[Token, ...], at: int, first: int) -> int:
    """Step back over an aside that ends at a word: "Ann Frey, a nurse, called". To the name before it, or nowhere."""
    for start in range(at, max(at - _ASIDE, first), -1):
        if tokens[start].opens:
            break
        if tokens[start].breaks and not tokens[start].is_number:  # "No. 23"
            return start - 1 if tokens[start - 1].capital else -1
    return -1


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

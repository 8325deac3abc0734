"""How sure: what a statement says will be, or was, where its passages say that it may be, or is alleged."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from bot.beside import Surroundings, compare_places
from bot.ground import Finding, Ground, Place, Slot
from bot.reading import Token
from bot.verbs import is_irregular
from index.model import Span

_SURE = frozenset({"will", "ll", "shall"})
_UNSURE = frozenset({"may", "might", "could"})
# What puts a deed into the future: "expected to exceed", "plans to close".
_AHEAD = frozenset(
    "expect expects expected plan plans planned planning intend intends intended aim aims hope hopes hoped want wants wanted"
    " set due scheduled likely propose proposes proposed seek seeks vow vows vowed promise promises promised threaten"
    " threatens threatened preparing trying".split()
)
# Words between an auxiliary and its verb.
_PASSED = frozenset(
    "be been being have has had not n't also soon now still even ever well then just only finally probably possibly"
    " likely eventually ultimately".split()
)
_REACH = 4
_OWNERS = frozenset("the a his her their its our political good free military of".split())
# Words that take the whole of it back, and what is less than that.
_WHOLE = {
    "all": frozenset({"some", "several", "many", "most"}),
    "every": frozenset({"some", "several", "many", "most"}),
    "proven": frozenset({"alleged", "suspected", "reported", "purported"}),
    "confirmed": frozenset({"alleged", "suspected", "reported", "purported"}),
    "convicted": frozenset({"suspected", "alleged", "accused"}),
}
_CERTAIN = frozenset("certainly definitely undoubtedly".split())
_ALLEGED = frozenset("alleged suspected purported allegedly supposedly".split())
_PLAIN = frozenset("is are was were has have had been be being did does do".split())
_GUARDS = frozenset(
    "may might could can would should must will shall ll to if whether likely possibly".split()
)
_HELD_FAST = 3
# So much likeness of the surroundings makes it the same thing.
_SAME_THING = 2.0


@dataclass(frozen=True, slots=True, kw_only=True)
class _Unsure:
    """A place of the passages that says something with reserve: ``at`` the reserve, ``head`` what it is put on."""

    place: Place
    head: int


def check_modality(ground: Ground) -> list[Finding]:
    """Hold how sure the statement is against how sure the passages are of the same."""
    claim = ground.claim.tokens
    findings = []
    for at, token in enumerate(claim):
        if token.word in _SURE and not _is_noun(claim, at):
            finding = _check_auxiliary(ground, at)
        elif token.word in _WHOLE:
            finding = _check_word(ground, at, _WHOLE[token.word])
        elif token.word in _CERTAIN and not any(token.word in reading.words for reading in ground.passages):
            finding = Finding(
                slot=Slot.MODALITY, said=token.word, at=Span(at, at + 1), holds=False,
                reason=f"modality: no passage is as sure as “{token.word}”",
            )  # fmt: skip
        else:
            continue
        if finding is not None:
            findings.append(finding)
    return [*findings, *_check_plain(ground), *_check_done(ground), *_check_alleged(ground)]


def _is_noun(tokens: Sequence[Token], at: int) -> bool:
    """Whether a "will" or "may" is no auxiliary: "the will of the people", "Will Smith", "in May"."""
    token = tokens[at]
    return token.capital or (at > 0 and tokens[at - 1].word in _OWNERS)


def _head_of(tokens: Sequence[Token], at: int) -> int | None:
    """The verb that an auxiliary belongs to, a few words on in its clause; "do" if no other word is."""
    first = None
    for other in range(at + 1, min(at + 1 + _REACH, len(tokens))):
        if tokens[other].breaks or tokens[other].opens:
            break
        if tokens[other].word not in _PASSED:
            if tokens[other].content:
                return other
            first = other if first is None else first
    return first


def _check_auxiliary(ground: Ground, at: int) -> Finding | None:
    """Hold a "will" against the "may" that stands before the same verb."""
    claim = ground.claim.tokens
    head = _head_of(claim, at)
    if head is None:
        return None
    unsure: tuple[float, Place] | None = None
    sure = 0.0
    for passage, reading, (first, last), _ in ground.stretches():
        for index in range(first, last):
            word = reading.tokens[index].word
            if (word not in _UNSURE and word not in _SURE) or _is_noun(reading.tokens, index):
                continue
            other = _head_of(reading.tokens, index)
            if other is None or reading.tokens[other].stem != claim[head].stem:
                continue
            score = compare_places(claim, Span(at, at + 1), reading.tokens, Span(index, index + 1)).score
            if word in _SURE:
                sure = max(sure, score)
            elif unsure is None or score > unsure[0]:
                unsure = (score, Place(passage, Span(index, other + 1), word))
    if unsure is None or unsure[0] < _SAME_THING or sure >= unsure[0]:
        return None
    return _overstated(ground, Span(at, head + 1), unsure[1])


def _check_plain(ground: Ground) -> Iterator[Finding]:
    """Hold what the statement says is or was against the "may" before the same verb: "it may have sunk", "it sank"."""
    claim = ground.claim.tokens
    unsure = list(_find_unsure(ground))
    for one in unsure:
        reading = ground.passages[one.place.passage]
        stem = reading.tokens[one.head].stem
        for mine, token in enumerate(claim):
            if token.stem != stem or _is_guarded(claim, mine) or _stands_otherwise(ground, mine, unsure):
                continue
            start = mine
            while start and claim[start - 1].word in _PLAIN and not claim[start].breaks:
                start -= 1
            around = compare_places(
                claim, Span(start, mine), reading.tokens, Span(one.place.at.start, one.head)
            )
            if around.near >= _HELD_FAST:
                yield _overstated(ground, Span(start, mine + 1), one.place)


def _check_done(ground: Ground) -> Iterator[Finding]:
    """Hold what the statement says was done against the "will" or "plans to" before the same verb."""
    claim = ground.claim.tokens
    if any(token.word in _SURE | _AHEAD for token in claim):
        return  # "will speak at a meeting held in May"
    ahead = list(_find_ahead(ground))
    for one in ahead:
        reading = ground.passages[one.place.passage]
        stem = reading.tokens[one.head].stem
        for mine, token in enumerate(claim):
            if token.stem != stem or not _is_past(claim, mine) or _stands_otherwise(ground, mine, ahead):
                continue
            theirs = Span(one.place.at.start, one.head + 1)
            around = compare_places(claim, Span(mine, mine + 1), reading.tokens, theirs)
            if around.near >= _HELD_FAST:
                yield _overstated(ground, Span(mine, mine + 1), one.place)


def _is_past(tokens: Sequence[Token], at: int) -> bool:
    """Whether a word is a verb that says that something was done, and not one that says what shall be."""
    word = tokens[at].word
    is_form = word != tokens[at].stem and word.endswith("ed")
    return (is_form or is_irregular(word)) and not _is_guarded(tokens, at)


def _find_ahead(ground: Ground) -> Iterator[_Unsure]:
    for passage, reading, (first, last), _ in ground.stretches():
        tokens = reading.tokens
        for index in range(first, last - 1):
            leads = tokens[index].word in _AHEAD and tokens[index + 1].word == "to"
            if not leads and (tokens[index].word not in _SURE or _is_noun(tokens, index)):
                continue
            if (head := _head_of(tokens, index + leads)) is not None:
                yield _Unsure(place=Place(passage, Span(index, head + 1), ""), head=head)


def _find_unsure(ground: Ground) -> Iterator[_Unsure]:
    for passage, reading, (first, last), _ in ground.stretches():
        for index in range(first, last):
            if reading.tokens[index].word not in _UNSURE or _is_noun(reading.tokens, index):
                continue
            if (head := _head_of(reading.tokens, index)) is not None:
                yield _Unsure(place=Place(passage, Span(index, head + 1), ""), head=head)


def _is_guarded(tokens: Sequence[Token], at: int) -> bool:
    """Whether a verb is said with some reserve, or is none of the statement's own: "could sink", "to sink"."""
    for other in range(at - 1, max(at - 1 - _REACH, -1), -1):
        if tokens[other].word in _GUARDS:
            return True
        if tokens[other].word not in _PASSED and tokens[other].word not in _PLAIN:
            return False
    return False


def _check_word(ground: Ground, at: int, weaker: frozenset[str]) -> Finding | None:
    """Hold an "all" against the "some" that stands in the same place."""
    claim, word = ground.claim.tokens, ground.claim.tokens[at].word
    best: tuple[float, Place] | None = None
    same = 0.0
    for passage, reading, (first, last), _ in ground.stretches():
        for index in range(first, last):
            other = reading.tokens[index].word
            if other != word and other not in weaker:
                continue
            around = compare_places(claim, Span(at, at + 1), reading.tokens, Span(index, index + 1))
            if other == word:
                same = max(same, around.score)
            elif around.right and (best is None or around.score > best[0]):
                best = (around.score, Place(passage, Span(index, index + 1), other))
    if best is None or best[0] < _SAME_THING or same >= best[0]:
        return None
    return _overstated(ground, Span(at, at + 1), best[1])


def _check_alleged(ground: Ground) -> Iterator[Finding]:
    """Find what the passages call alleged wherever they name it, and the statement does not."""
    claim = ground.claim.tokens
    if any(token.word in _ALLEGED for token in claim):
        return
    alleged = list(_find_alleged(ground))
    for one in alleged:
        reading = ground.passages[one.place.passage]
        stem = reading.tokens[one.head].stem
        mine = next((at for at, token in enumerate(claim) if token.stem == stem), None)
        if mine is None or _stands_otherwise(ground, mine, alleged):
            continue
        theirs = Span(one.place.at.start, one.head + 1)
        around = compare_places(claim, Span(mine, mine + 1), reading.tokens, theirs)
        if _is_tight(around):
            yield _overstated(ground, Span(mine, mine + 1), one.place)


def _find_alleged(ground: Ground) -> Iterator[_Unsure]:
    for passage, reading, (first, last), _ in ground.stretches():
        for index in range(first, last - 1):
            token, behind = reading.tokens[index], reading.tokens[index + 1]
            if token.word in _ALLEGED and behind.content and not behind.breaks and not behind.opens:
                place = Place(passage, Span(index, index + 1), token.word)
                yield _Unsure(place=place, head=index + 1)


def _stands_otherwise(ground: Ground, mine: int, unsure: Sequence[_Unsure]) -> bool:
    """Whether the passages say a word without reserve: in the windows anywhere, elsewhere of the same thing."""
    claim, stem = ground.claim.tokens, ground.claim.tokens[mine].stem
    known = {(one.place.passage, one.head) for one in unsure}
    windows = [(passage, span) for passage, _, span, _ in ground.stretches()]
    for passage, reading in enumerate(ground.passages):
        for sentence in reading.sentences_of.get(stem, ()):
            for index in range(*reading.bounds[sentence]):
                if reading.tokens[index].stem != stem or (passage, index) in known:
                    continue
                if any(where == passage and first <= index < last for where, (first, last) in windows):
                    return True
                there = Span(index, index + 1)
                if compare_places(claim, Span(mine, mine + 1), reading.tokens, there).score >= _SAME_THING:
                    return True
    return False


def _is_tight(around: Surroundings) -> bool:
    return around.left >= 1 and around.right >= 1


def _overstated(ground: Ground, mine: Span, place: Place) -> Finding:
    tokens = ground.claim.tokens
    said = ground.claim.text[tokens[mine.start].start : tokens[mine.end - 1].end]
    theirs = ground.passages[place.passage]
    text = theirs.text[theirs.tokens[place.at.start].start : theirs.tokens[place.at.end - 1].end]
    return Finding(
        slot=Slot.MODALITY, said=said, at=mine, holds=False, found=place._replace(text=text),
        reason=f"modality: the passages say “{text}”, which is less sure than “{said}”",
    )  # fmt: skip

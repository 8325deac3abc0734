"""What the articles differ on: the values they give for what is asked, side by side, each with its sources.

Pure functions over a question and its candidates, so that every answerer can ask. What is no disagreement:
the same quantity in other words, a rounder figure for a precise one, a copy of a report, another thing
counted, another event, and a report that a later one has overtaken; of the last, the later one is said to be so.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import product

import numpy as np

from bot.candidates import Candidate
from bot.confidence import MIN_CONFIDENCE, confidence
from bot.extract import find_value, is_survey
from bot.model import Disagreement, Label, Part, Position, Sentence
from bot.question import HARD_KINDS, Asked, Question
from bot.story import is_elsewhere, is_same_story
from bot.subjects import asks_for_long_form, asks_for_office
from bot.twins import twin_values
from bot.values import Value, same_value
from index.spelling import same_name, skeleton
from index.words import is_content

# Positions of one answer; where articles give more values than these, they tell of different things.
MAX_SIDES = 5
# Citations of one position.
MAX_SOURCES = 4

# Sentences read for values; an answer is rarely found lower.
_READ = 80
# A value counts when its sentence speaks this loudly against the best one's.
_LOUD = 0.37
# Share of the question's names, by weight, that must stand in the passage.
_NAMED = 0.55
# Cosine of sentences that are compared word by word: twins share most of their words.
_TWINS = 0.5
# Values less firmly tied to what is asked count something else.
_SURE = 0.6
# Further sentences of an article count when they speak nearly as loudly as its best.
_CLOSE = 0.3
# Share of the question's words in a sentence, against the sentence that has most of them: one that leaves out
# half of what was asked tells of something else.
_ON_THE_POINT = 0.45
# Nobody calls half a million people "thousands"; "hundreds" is said of 2,400.
_FAR_BELOW = 50.0
# Names stand everywhere: only in a sentence that could be an answer by itself is one another answer.
_NAME_KINDS = frozenset({Asked.WHO, Asked.NAME, Asked.WHERE})
# What a firm tie is worth against the score of the sentence, which runs to about 2.
_TIED = 0.5

# Days after which a later report stands for what is known by then, where such figures move on.
_OVERTAKEN_DAYS = 2
_MOVES_ON = re.compile(
    r"\b(?:died?|dead|deaths?|kill\w*|toll|injur\w*|wounded|missing|displaced|homeless|fled|flee|cases|infect\w*|arrest\w*"
    r"|detain\w*|hectares|acres|homes|houses|cost|costs|price|budget|open|opens|finish\w*|complet\w*|start|begin|hospital\w*|rescued?"
    r"|evacuat\w*|found|left|burn\w*|destroy\w*|damage\w*|cause\w*|expected|will|contained)\b",
    re.IGNORECASE,
)
_NOW_ASKED = re.compile(
    r"\b(?:latest|current|currently|now|so far|to date|as of|newest|most recent|still)\b", re.IGNORECASE
)
_NO_LONGER = re.compile(
    r"\b(?:risen|rose|revised|updated|now|no longer|so far|as of|up from|down from|instead of|later than|than planned|raised to"
    r"|climbed|corrected)\b",
    re.IGNORECASE,
)
_CORRECTION = re.compile(
    r"\b(?:correct(?:ion|ed|s)\b|earlier (?:report|version|article|story)\b.*\b(?:said|stated|gave|put|misstated)\b)",
    re.IGNORECASE,
)


class Turn(StrEnum):
    """How values stand to each other."""

    DIFFER = "differ"
    OVERTAKEN = "overtaken"
    CORRECTED = "corrected"


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """A sentence and the value it gives."""

    candidate: Candidate
    value: Value

    @property
    def article(self) -> str:
        """The id of its article."""
        return self.candidate.hit.passage.article.id

    @property
    def weight(self) -> float:
        """How loudly the sentence speaks for its value."""
        return self.candidate.score + _TIED * self.value.sure


@dataclass(frozen=True, slots=True, kw_only=True)
class Side:
    """One position: what is said, and by whom, the best sentence first, each of another article."""

    sources: tuple[Source, ...]

    @property
    def value(self) -> str:
        """The words of its best sentence, white space made single."""
        return " ".join(self.sources[0].value.text.split())


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """Values that differ.

    Attributes:
        about: what is asked for, in the question's words.
        sides: two or more, the best supported first; where one overtakes the others, that one.
    """

    about: str
    turn: Turn
    sides: tuple[Side, ...]


def find_disagreement(question: Question, candidates: Sequence[Candidate]) -> Finding | None:
    """Find what articles differ on.

    Args:
        candidates: best first, as ``find_candidates`` gives them; those that do not hold what is asked
            for are passed over.

    Returns:
        None where all agree, or where fewer than two articles give a value.
    """
    pool = _readable(question, candidates)
    readings = _read_values(question, pool)
    taken_back = _taken_back(question, candidates)
    sides = _group(readings)
    sides = [side for side in sides if is_same_story(_best(sides[0]), _best(side), question)]
    if question.asked in _NAME_KINDS:
        sides = [side for side in sides if confidence(_best(side).features) >= MIN_CONFIDENCE]
    if not 2 <= len(sides) <= MAX_SIDES:
        return None
    turn, ordered = _order(question, sides, taken_back)
    return Finding(about=_about(question), turn=turn, sides=tuple(ordered))


def say(finding: Finding, cite: Callable[[Candidate], int]) -> tuple[Sentence, Disagreement | None]:
    """Put a finding into words.

    Args:
        cite: gives the number of the citation of a candidate's sentence.

    Returns:
        The sentence, its marks inside it behind each value, and the disagreement; None for one that was
        overtaken or corrected, which is none.
    """
    text, parts, positions = "", [], []
    for place, side in enumerate(finding.sides):
        numbers = tuple(dict.fromkeys(cite(source.candidate) for source in side.sources[:MAX_SOURCES]))
        text += _lead(finding, place)
        start = len(text) + (1 if _is_quoted(side) else 0)
        parts.append(Part(start=start, end=start + len(side.value), citations=numbers))
        text += _shown(side)
        positions.append(Position(value=side.value, citations=numbers))
    sentence = Sentence(
        text=f"{text}.",
        citations=tuple(dict.fromkeys(number for part in parts for number in part.citations)),
        verdict=Label.SUPPORTED,
        score=1.0,
        parts=tuple(parts),
    )
    if finding.turn is not Turn.DIFFER:
        return sentence, None
    return sentence, Disagreement(about=finding.about, positions=tuple(positions))


def _readable(question: Question, candidates: Sequence[Candidate]) -> list[Candidate]:
    """Keep the sentences that may take a side."""
    passages = {item.hit.passage.id: item for item in candidates}
    about = {item.hit.passage.article.id for item in passages.values() if _is_about(question, item)}
    taking = [
        item
        for item in candidates[:_READ]
        if item.features.whole > 0.0
        # A passage further down an article need not name again what the article is about.
        and item.hit.passage.article.id in about
        # An office is held or it is not; who stands near its name is no answer.
        and (not asks_for_office(question) or item.features.slot == 1.0)
        and not _CORRECTION.search(item.text)
        and not is_survey(item.text, question)
        and not is_elsewhere(item, question)
    ]
    told = max((item.features.told for item in taking), default=0.0)
    return [
        item
        for item in taking
        if item.score >= _LOUD * taking[0].score and item.features.told >= _ON_THE_POINT * told
    ]


def _is_about(question: Question, item: Candidate) -> bool:
    """Tell whether the passage is about what the question names, perhaps in another spelling."""
    if asks_for_long_form(question):
        return True  # what tells another acronym of the same is the long form
    return item.features.names >= _NAMED or all(
        name in item.around
        or any(skeleton(name) == skeleton(other) and same_name(name, [other]) for other in item.around)
        for name in question.names
    )


def _read_values(question: Question, pool: Sequence[Candidate]) -> list[list[Source]]:
    """Read the values that each article gives, the one of the best sentence first."""
    found: dict[str, Source] = {}
    for one, other in _near_pairs(pool):
        twins = twin_values(one, other, question)
        for item, side in zip((one, other), twins or (), strict=False):
            source = Source(candidate=item, value=side)
            found.setdefault(source.article, source)
    readings = {article: [source] for article, source in found.items()}
    for item in pool:
        value = find_value(item, question)
        if value is not None and value.sure >= _SURE and item.hit.passage.article.id not in found:
            source = Source(candidate=item, value=value)
            readings.setdefault(source.article, []).append(source)
    for own in readings.values():
        own.sort(key=lambda source: -source.weight)
    return sorted(readings.values(), key=lambda own: -own[0].weight)


def _near_pairs(pool: Sequence[Candidate]) -> Iterator[tuple[Candidate, Candidate]]:
    """Yield the pairs that may be twins; most are of sentences that have nothing in common."""
    if not pool:
        return
    vectors = np.stack([item.vector for item in pool])
    articles = np.unique([item.hit.passage.article.id for item in pool], return_inverse=True)[1]
    near = (vectors @ vectors.T >= _TWINS) & (articles[:, np.newaxis] != articles)
    for one, other in zip(*np.nonzero(np.triu(near)), strict=True):
        yield pool[one], pool[other]


def _group(readings: Sequence[Sequence[Source]]) -> list[Side]:
    """Put together what agrees; the order of the first source of each is kept.

    An article that gives a side's value in another of its sentences takes no side against it.
    """
    groups: list[list[Source]] = []
    for own in readings:
        close = [source for source in own if source.weight >= own[0].weight - _CLOSE]
        for source, group in product(close, groups):
            if _agrees(source, group):
                # The same sentence in another article is a copy: one source.
                if all(source.candidate.text != other.candidate.text for other in group):
                    group.append(source)
                break
        else:
            groups.append([own[0]])
    sides = [Side(sources=tuple(group)) for group in groups]
    return [side for side in sides if not any(_counts_less(side, other) for other in sides)]


def _counts_less(side: Side, other: Side) -> bool:
    """Tell whether a vague figure is so far below a firm one that it must count something else."""
    mine, theirs = side.sources[0].value.quantity, other.sources[0].value.quantity
    return (
        mine is not None
        and theirs is not None
        and mine.vague
        and not theirs.vague
        and theirs.value > _FAR_BELOW * mine.value
    )


def _agrees(source: Source, group: Sequence[Source]) -> bool:
    """Tell whether a value fits a side; "overnight" fits Monday and Tuesday both, but makes them no one day."""
    agreeing = [same_value(source.value, other.value) for other in group]
    return all(agreeing) if source.value.day is not None else any(agreeing)


def _best(side: Side) -> Candidate:
    return side.sources[0].candidate


def _taken_back(question: Question, candidates: Sequence[Candidate]) -> list[Value]:
    """Read the values that a correction names as those that no longer hold."""
    found = []
    for item in candidates[:_READ]:
        if _CORRECTION.search(item.text) and (value := find_value(item, question)) is not None:
            found.append(value)
    return found


def _order(question: Question, sides: list[Side], taken_back: list[Value]) -> tuple[Turn, list[Side]]:
    """Decide whether one side overtakes the others, and put it first."""
    if taken_back:
        stale = [side for side in sides if any(same_value(side.sources[0].value, old) for old in taken_back)]
        held = [side for side in sides if side not in stale]
        if stale and len(held) == 1:
            return Turn.CORRECTED, [*held, *stale]
    if question.asked in HARD_KINDS or _NOW_ASKED.search(question.text):
        dated = [(side, _last_day(side)) for side in sides]
        if all(day is not None for _, day in dated):
            dated.sort(key=lambda pair: -(pair[1] or 0))
            newest = dated[0][0]
            least = 1 if _NOW_ASKED.search(question.text) else _OVERTAKEN_DAYS
            gap = (dated[0][1] or 0) - max(day or 0 for _, day in dated[1:])
            moves = _MOVES_ON.search(question.text) or _NO_LONGER.search(newest.sources[0].candidate.text)
            if gap >= least and (moves or _NOW_ASKED.search(question.text)):
                return Turn.OVERTAKEN, [side for side, _ in dated]
    return Turn.DIFFER, sides


def _last_day(side: Side) -> int | None:
    """Return the day of the newest article of a side as a number; None where any has no date."""
    days = [source.candidate.hit.passage.article.published for source in side.sources]
    if any(day is None for day in days):
        return None
    return max(day.toordinal() for day in days if day is not None)


def _lead(finding: Finding, place: int) -> str:
    """Return the words in front of a value. No number words: each would want a quote that holds it."""
    several = len(finding.sides[place].sources) > 1
    first = finding.sides[0].sources[0].value
    verb = "say" if first.name is None and first.day is None else "give"
    if finding.turn is Turn.DIFFER:
        if place == 0:
            return f"Reports {verb} " if several else f"One report {verb}s "
        return "; others " if several else "; another "
    if place == 0:
        if finding.turn is Turn.CORRECTED:
            return "As corrected: "
        return f"The newest reports {verb} " if several else f"The newest report {verb}s "
    was = "said" if verb == "say" else "gave"
    if place == 1:
        return f"; earlier reports {was} " if several else f"; an earlier report {was} "
    return "; others " if several else "; another "


def _is_quoted(side: Side) -> bool:
    """Tell whether a value is a description or a clause, which stands in quotation marks."""
    value = side.sources[0].value
    return value.quantity is None and value.day is None and value.name is None


def _shown(side: Side) -> str:
    """Return a value as it reads inside a sentence."""
    text = side.value
    if _is_quoted(side):
        return f"“{text}”"
    # "More than 1,000" opens its own sentence with a capital; names keep theirs.
    if side.sources[0].value.quantity is not None and text[1:2].islower():
        return text[0].lower() + text[1:]
    return text


def _about(question: Question) -> str:
    """Name what is asked for by the question's own words."""
    words = re.findall(r"[^\W_]+(?:['’.,-][^\W_]+)*", question.text)
    return " ".join(word for word in words if is_content(word)) or question.text

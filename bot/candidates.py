"""Sentences as candidates for an answer: what speaks for each, in numbers."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from bot.question import HARD_KINDS, Asked, Question
from bot.slots import SLOT_NEEDED, slot_fit
from index.matching import shares
from index.model import Hit, Passage, Span
from index.search import Evidence
from index.when import is_of_days
from index.wording import content_stems, forms_of

# Fewer words are a by-line, a caption or a headline's tail.
_MIN_WORDS = 4
# Sentences looked at, of some two hundred in what was found; of 312 sentences shown, for 114 questions of
# RealTimeQA, none stood below the 74th place, and no further source below the 119th.
_LOOKED_AT = 120
# A line that is bold from end to end heads the paragraph below it.
_LABEL = re.compile(r"(\*\*|__).*\1\W*$|#{1,6} ")
_CAPTION = re.compile(r"(?:image|photo|picture|video|watch|read more|related|credit)\s?:", re.IGNORECASE)
# What a correction quotes is what no longer holds.
_TAKEN_BACK = re.compile(
    r"\bearlier (?:report|version|article|story)\b.*\b(?:said|stated|gave|put|misstated)\b", re.IGNORECASE
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Features:
    """What speaks for a sentence, each from 0 to 1 but for the cosine.

    Attributes:
        cosine: of question and sentence, read in its passage.
        covered: share of the question's words, weighted by rarity, that stand in the sentence.
        told: the same, but a name that stands elsewhere in the passage or in its title counts half.
        near: the same for the sentence and its neighbours.
        topic: the same for the passage and its title.
        slot: how well its form suits the kind of answer.
        names: share of the question's names that stand in the passage or its title.
        rank: the passage's fused score against the best passage's.
        whole: 1 for a full sentence, less for a headline, a label or a question.
    """

    cosine: float
    covered: float
    told: float
    near: float
    topic: float
    slot: float
    names: float
    rank: float
    whole: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """A sentence that may answer.

    Attributes:
        place: its span in the file's text.
        near: stems of the sentence, its neighbours and its title.
        around: stems of its whole passage and title.
        score: how well it answers, higher first.
        vector: unit length, shape (dim,).
    """

    hit: Hit
    place: Span
    text: str
    stems: frozenset[str]
    near: frozenset[str]
    around: frozenset[str]
    features: Features
    score: float
    vector: NDArray[np.float32]


# Fitted listwise (softmax over a question's sentences) on the golden cases and on 57 questions about
# the Mosul articles, then rounded by hand.
_WEIGHTS = {
    "cosine": 0.60,
    "covered": 0.37,
    "near": 0.35,
    "topic": 0.25,
    "slot": 0.10,
    "names": 0.15,
    "rank": 0.15,
    "whole": 0.20,
}


# What a broad question is answered by opens an article: one of the first three sentences (a text file begins with its
# title), within the characters that front matter may take, and long enough to tell something. Worth what tells the
# best sentence from a middling one; set by reading the answers to a dozen such questions.
_OPENING = 0.35
_OPENING_SENTENCES = 3
_OPENING_CHARS = 1000
_OPENING_WORDS = 10


def weigh(features: Features) -> float:
    """Add up what speaks for a sentence."""
    return float(sum(weight * getattr(features, name) for name, weight in _WEIGHTS.items()))


def find_candidates(question: Question, hits: Sequence[Hit], evidence: Evidence) -> list[Candidate]:
    """Score the sentences of the passages found, best first; ties by place, so the order is fixed.

    Returns:
        At most ``_LOOKED_AT``: those that speak loudest before their form is read. No sentence of fewer than
        four words.
    """
    weights, names = _weights(evidence, question)
    dated = np.array(
        [bool(forms_of(term) & set(question.dates)) for term in evidence.terms], dtype=np.float32
    )
    readings = []
    for hit in hits:
        vectors = evidence.vectors.get(hit.passage.id)
        if vectors is not None and len(vectors) == len(hit.passage.sentences):
            readings.append(_Reading(question, hit, evidence, weights, names, dated))
    top = max((hit.score for hit in hits), default=1.0) or 1.0
    plain = [
        (reading.plain(index, top), reading, index)
        for reading in readings
        for index, text in enumerate(reading.texts)
        if len(text.split()) >= _MIN_WORDS
    ]
    plain.sort(key=lambda item: (-item[0], item[1].passage.article.file, item[1].passage.sentences[item[2]]))
    candidates = [reading.candidate(index, top) for _, reading, index in plain[:_LOOKED_AT]]
    candidates.sort(key=lambda item: (-item.score, item.hit.passage.article.file, item.place))
    return candidates


class _Reading:
    """A passage compared with a question, sentence by sentence."""

    def __init__(
        self,
        question: Question,
        hit: Hit,
        evidence: Evidence,
        weights: NDArray[np.float64],
        names: NDArray[np.float64],
        dated: NDArray[np.float32],
    ) -> None:
        passage, matcher = hit.passage, evidence.matcher
        self.question, self.hit, self.passage = question, hit, passage
        self.texts = [passage.text[a - passage.start : b - passage.start] for a, b in passage.sentences]
        self._vectors = evidence.vectors[passage.id]
        # Who reports on the days asked about need not write the date.
        given = dated if is_of_days(passage.article.published, question.days) else np.zeros_like(dated)
        found = np.maximum([matcher.found(text) for text in self.texts], given)
        in_title = np.maximum(matcher.found(passage.article.title), given)
        in_all = np.maximum(in_title, found.max(axis=0))
        self._cosines = evidence.cosines[passage.id].tolist()
        self._covered = shares(found, weights).tolist()
        self._near = shares(np.maximum(_with_neighbours(found), in_title), weights).tolist()
        self._told = shares(np.where(names > 0, np.maximum(found, in_all / 2), found), weights).tolist()
        self._topic, self._named = float(shares(in_all, weights)), float(shares(in_all, names))
        self._wholes = [_wholeness(text) for text in self.texts]

    def plain(self, index: int, top: float) -> float:
        """Add up what speaks for a sentence but for its form. ``top`` is the best passage's score."""
        whole = self._wholes[index]
        return float(
            _WEIGHTS["cosine"] * self._cosines[index]
            + _WEIGHTS["covered"] * self._covered[index]
            + _WEIGHTS["near"] * self._near[index]
            + _WEIGHTS["topic"] * self._topic
            + _WEIGHTS["names"] * self._named
            + _WEIGHTS["rank"] * self.hit.score / top
            + _WEIGHTS["whole"] * whole
            + (_OPENING * whole if self._opens(index) else 0.0)
        )

    def candidate(self, index: int, top: float) -> Candidate:
        """Read a sentence whole."""
        text, opens = self.texts[index], self._opens(index)
        features = Features(
            cosine=self._cosines[index],
            covered=self._covered[index],
            # An opening tells of what its passage goes on to name.
            told=self._topic if opens else self._told[index],
            near=self._near[index],
            topic=self._topic,
            slot=slot_fit(text, self.question),
            names=self._named,
            rank=self.hit.score / top,
            whole=self._wholes[index],
        )
        beside = slice(max(0, index - 1), index + 2)
        return Candidate(
            hit=self.hit,
            place=self.passage.sentences[index],
            text=text,
            stems=self._stems[index],
            near=self._title.union(*self._stems[beside]),
            around=self._around,
            features=features,
            score=weigh(features) + (_OPENING * features.whole if opens else 0.0),
            vector=self._vectors[index],
        )

    @cached_property
    def _stems(self) -> list[frozenset[str]]:
        return [frozenset(content_stems(text)) for text in self.texts]

    @cached_property
    def _title(self) -> frozenset[str]:
        return frozenset(content_stems(self.passage.article.title))

    @cached_property
    def _around(self) -> frozenset[str]:
        return self._title.union(*self._stems)

    def _opens(self, index: int) -> bool:
        return self.question.is_broad and _is_opening(self.passage, index, self.texts[index])


def _is_opening(passage: Passage, index: int, text: str) -> bool:
    return (
        index < _OPENING_SENTENCES and passage.start < _OPENING_CHARS and len(text.split()) >= _OPENING_WORDS
    )


def _with_neighbours(found: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return, for each row, the greatest of it and the rows before and behind it."""
    near = found.copy()
    near[1:] = np.maximum(near[1:], found[:-1])
    near[:-1] = np.maximum(near[:-1], found[1:])
    return near


def holds_what_is_asked(candidate: Candidate, question: Question) -> bool:
    """Tell whether a sentence has a number where a number is asked for, a date where a date is."""
    if question.office:
        return candidate.features.slot == 1.0
    if question.asked is Asked.DISTANCE and not names_stand_in(question, candidate.near):
        return False
    return question.asked not in HARD_KINDS or candidate.features.slot >= SLOT_NEEDED


def names_stand_in(question: Question, stems: frozenset[str]) -> bool:
    """Tell whether every name of a question stands there, perhaps with another ending."""
    return all(
        any(name[:4] == other[:4] and (name.startswith(other) or other.startswith(name)) for other in stems)
        for name in question.names
    )


def _weights(evidence: Evidence, question: Question) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return what each of the question's words weighs, and what its names weigh, others nothing.

    Words that only ask ("which city") weigh nothing unless there are no others.
    """
    forms = [forms_of(term) for term in evidence.terms]
    told = np.array([not own <= set(question.asking) for own in forms], dtype=bool)
    named = np.array([bool(own & set(question.names)) for own in forms], dtype=bool)
    weights = evidence.matcher.weights
    told_weights = np.where(told, weights, 0.0) if told.any() else weights
    return told_weights, np.where(named, told_weights, 0.0)


def is_taken_back(text: str) -> bool:
    """Tell whether a sentence names what an earlier report had wrong: no source for it."""
    return "earlier" in text.lower() and _TAKEN_BACK.search(text) is not None


def _wholeness(text: str) -> float:
    if text.rstrip("\"'”’)").endswith("?"):
        return 0.0
    if _CAPTION.match(text):
        return 0.2
    if _LABEL.match(text) or is_taken_back(text):
        return 0.5
    return 1.0 if text.rstrip("\"'”’)]").endswith((".", "!", "…")) else 0.5


def same_kind_asked(question: Question) -> bool:
    """Tell whether answers to the question are numbers, which can be compared exactly."""
    return question.asked in HARD_KINDS and question.asked is not Asked.WHEN

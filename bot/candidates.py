"""Sentences as candidates for an answer: what speaks for each, in numbers."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

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
# A line that is bold from end to end heads the paragraph below it.
_LABEL = re.compile(r"(\*\*|__).*\1\W*$|#{1,6} ")
_CAPTION = re.compile(r"(?:image|photo|picture|video|watch|read more|related|credit)\s?:", re.IGNORECASE)
# What a correction quotes is what no longer holds.
_TAKEN_BACK = re.compile(
    r"\bearlier (?:report|version|article|story)\b.*\b(?:said|stated|gave|put|misstated)\b", re.IGNORECASE
)
_ENDS_LIKE_SENTENCE = re.compile(r"[.!…][\"'”’)\]]*$")


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
    return sum(weight * float(getattr(features, name)) for name, weight in _WEIGHTS.items())


def find_candidates(question: Question, hits: Sequence[Hit], evidence: Evidence) -> list[Candidate]:
    """Score every sentence of the passages found, best first; ties by place, so the order is fixed.

    Returns:
        No sentence of fewer than four words, and none twice.
    """
    matcher = evidence.matcher
    weights, names = _weights(evidence, question)
    dated = np.array(
        [bool(forms_of(term) & set(question.dates)) for term in evidence.terms], dtype=np.float32
    )
    nothing = np.zeros_like(dated)
    top = max((hit.score for hit in hits), default=1.0) or 1.0
    candidates: list[Candidate] = []
    for hit in hits:
        passage = hit.passage
        vectors = evidence.vectors.get(passage.id)
        if vectors is None or len(vectors) != len(passage.sentences):
            continue
        texts = [passage.text[a - passage.start : b - passage.start] for a, b in passage.sentences]
        stems = [frozenset(content_stems(text)) for text in texts]
        title = frozenset(content_stems(passage.article.title))
        # Who reports on the days asked about need not write the date.
        given = dated if is_of_days(passage.article.published, question.days) else nothing
        around = frozenset().union(title, *stems)
        found = np.maximum([matcher.found(text) for text in texts], given)
        in_title = np.maximum(matcher.found(passage.article.title), given)
        in_all = np.maximum(in_title, found.max(axis=0))
        covered = shares(found, weights)
        told = shares(np.where(names > 0, np.maximum(found, in_all / 2), found), weights)
        near = shares(np.maximum(_with_neighbours(found), in_title), weights)
        topic, named = float(shares(in_all, weights)), float(shares(in_all, names))
        for index, text in enumerate(texts):
            if len(text.split()) < _MIN_WORDS:
                continue
            opens = question.is_broad and _is_opening(passage, index, text)
            beside = slice(max(0, index - 1), index + 2)
            features = Features(
                cosine=float(evidence.cosines[passage.id][index]),
                covered=float(covered[index]),
                # An opening tells of what its passage goes on to name.
                told=topic if opens else float(told[index]),
                near=float(near[index]),
                topic=topic,
                slot=slot_fit(text, question),
                names=named,
                rank=hit.score / top,
                whole=_wholeness(text),
            )
            candidates.append(
                Candidate(
                    hit=hit,
                    place=passage.sentences[index],
                    text=text,
                    stems=stems[index],
                    near=stems[index].union(*stems[beside], title),
                    around=around,
                    features=features,
                    score=weigh(features) + (_OPENING * features.whole if opens else 0.0),
                    vector=vectors[index],
                )
            )
    candidates.sort(key=lambda item: (-item.score, item.hit.passage.article.file, item.place))
    return candidates


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
    return _TAKEN_BACK.search(text) is not None


def _wholeness(text: str) -> float:
    if text.rstrip("\"'”’)").endswith("?"):
        return 0.0
    if _CAPTION.match(text):
        return 0.2
    if _LABEL.match(text) or is_taken_back(text):
        return 0.5
    if _ENDS_LIKE_SENTENCE.search(text):
        return 1.0
    return 0.5


def same_kind_asked(question: Question) -> bool:
    """Tell whether answers to the question are numbers, which can be compared exactly."""
    return question.asked in HARD_KINDS and question.asked is not Asked.WHEN

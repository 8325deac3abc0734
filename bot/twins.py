"""Two sentences of different articles that are nearly word for word the same, but for what is asked."""

from __future__ import annotations

from dataclasses import replace

from bot.candidates import Candidate
from bot.extract import find_value, value_at
from bot.question import Question
from bot.values import Value, same_value
from index.changes import alike, find_changes

# Two sentences that share this much of their words, in order, tell the same thing, but for what differs.
_TWINS = 0.6
# Share of the smaller sentence's stems without which two sentences are not compared word by word.
_SHARED = 0.5
# Share of the question's words that both must hold for any difference between them to be what is asked for.
_COVERED = 0.6


def twin_values(one: Candidate, other: Candidate, question: Question) -> tuple[Value, Value] | None:
    """Read the values in which two nearly equal sentences of different articles differ."""
    if one.hit.passage.article.id == other.hit.passage.article.id:
        return None
    smaller = min(len(one.stems), len(other.stems))
    if not smaller or len(one.stems & other.stems) < _SHARED * smaller:
        return None
    if alike(one.text, other.text, _TWINS) < _TWINS:
        return None
    own = find_value(one, question), find_value(other, question)
    found = []
    for change in find_changes(one.text, other.text):
        mine = value_at(one.text, *change.mine, question)
        theirs = value_at(other.text, *change.theirs, question)
        if mine is None or theirs is None or same_value(mine, theirs):
            continue
        # What answers by its own sentence comes before whatever else differs.
        if any(
            value is not None and _overlap(value, side)
            for value, side in zip(own, (mine, theirs), strict=True)
        ):
            return _dated(mine, one), _dated(theirs, other)
        found.append((mine, theirs))
    is_asked_of = min(one.features.covered, other.features.covered) >= _COVERED
    if not found or not is_asked_of or not _is_open(*own):
        return None
    return _dated(found[0][0], one), _dated(found[0][1], other)


def _is_open(mine: Value | None, theirs: Value | None) -> bool:
    """Tell whether the sentences' own values leave open in which of their differences the answer lies."""
    if mine is None or theirs is None:
        return mine is theirs
    return same_value(mine, theirs)


def _dated(value: Value, item: Candidate) -> Value:
    return replace(value, published=item.hit.passage.article.published)


def _overlap(one: Value, other: Value) -> bool:
    return one.start < other.end and other.start < one.end

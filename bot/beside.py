"""Two texts side by side: how alike the surroundings of two places are, on the left and on the right."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from bot.reading import Token
from index.model import Span

# Words on either side of a place that are compared one by one, and content words that are compared loosely.
_STEPS = 3
_AROUND = 5
_LOOSE = 0.5


@dataclass(frozen=True, slots=True)
class Surroundings:
    """How alike two places are.

    Attributes:
        left, right: words equal one by one, from the place outwards; up to three a side.
        loose: content words of either side that stand on the same side there, beyond those.
    """

    left: int
    right: int
    loose: int

    @property
    def near(self) -> int:
        """Neighbours in common, both sides together."""
        return self.left + self.right

    @property
    def score(self) -> float:
        """One number: neighbours count whole, others half."""
        return self.near + _LOOSE * self.loose

    @property
    def is_tight(self) -> bool:
        """Whether the places are held alike on both sides, or by three words on one and something on the other."""
        return (self.left >= 1 and self.right >= 1) or self.score >= 3.0


def compare_places(
    claim: Sequence[Token], mine: Span, passage: Sequence[Token], theirs: Span
) -> Surroundings:
    """Compare what stands around a place of a claim with what stands around a place of a passage.

    The beginning of a sentence equals the beginning of a sentence.
    """
    left, left_near = _side(claim, mine, passage, theirs, step=-1)
    right, right_near = _side(claim, mine, passage, theirs, step=1)
    return Surroundings(left, right, left_near + right_near)


def _side(
    claim: Sequence[Token], mine: Span, passage: Sequence[Token], theirs: Span, *, step: int
) -> tuple[int, int]:
    a, b = (mine.start - 1, theirs.start - 1) if step < 0 else (mine.end, theirs.end)
    if step > 0:
        # What stands behind "Kohl's" may stand behind "Target".
        a, b = a + is_possessive(claim, a), b + is_possessive(passage, b)
    run = 0
    while run < _STEPS:
        one, other = _word_at(claim, a, step), _word_at(passage, b, step)
        if one != other:
            if one and other and claim[a].is_number and passage[b].is_number:
                return 0, 0  # "6% for" and "19% for" are said of two
            break
        run += 1
        if one == "":
            break
        a, b = a + step, b + step
    ahead = _content(claim, a, step, _AROUND - run)
    there = _content(passage, b, step, _AROUND + 1 - run)
    return run, len(ahead & there)


def is_possessive(tokens: Sequence[Token], at: int) -> bool:
    """Tell whether a token is the "s" of the word in front of it."""
    return 0 < at < len(tokens) and tokens[at].word == "s" and tokens[at].start - tokens[at - 1].end == 1


def _word_at(tokens: Sequence[Token], at: int, step: int) -> str:
    """The stem of a word; empty beyond the beginning or the end of the sentence."""
    if not 0 <= at < len(tokens):
        return ""
    if (step > 0 and tokens[at].opens) or (step < 0 and at + 1 < len(tokens) and tokens[at + 1].opens):
        return ""
    return tokens[at].stem


def _content(tokens: Sequence[Token], at: int, step: int, count: int) -> set[str]:
    found = set()
    for _ in range(count):
        word = _word_at(tokens, at, step)
        if not word:
            break
        if tokens[at].content:
            found.add(word)
        at += step
    return found

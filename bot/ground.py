"""What a statement is held against: the passages, the windows it may rest on, and places compared in them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import NamedTuple

from bot.beside import Surroundings, compare_places
from bot.evidence import Term, Window
from bot.model import Evidence
from bot.reading import Reading
from index.model import Span

# Where a value stands in the passages too, the place with another one must have this many neighbours in common
# with the statement, and more than the place with the same value by so many.
_HELD_FAST = 3
_CLEARLY = 2
# Where it stands nowhere, so much likeness makes another value one of the same thing.
_SAME_THING = 2.0
# What tells two places or persons of one sentence apart, in whatever order they come.
_WAYS = frozenset("to from by against for with".split())


class Slot(StrEnum):
    """What kinds of things must not differ."""

    NUMBER = "number"
    DATE = "date"
    NAME = "name"
    QUOTATION = "quotation"
    NEGATION = "negation"
    MODALITY = "modality"
    WORD = "word"
    ORDER = "order"
    CLAUSE = "clause"


class Place(NamedTuple):
    """A place in a passage: tokens ``at``, and what stands there."""

    passage: int
    at: Span
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """How one slot of a statement came out.

    Attributes:
        said: as the statement has it.
        at: the statement's tokens that are thereby settled.
        holds: the passages say the same.
        contradicts: they say something else of the same thing.
        found: what they say instead, or where they say the same.
    """

    slot: Slot
    said: str
    at: Span
    holds: bool
    contradicts: bool = False
    found: Place | None = None
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ground:
    """A statement with the passages it is held against.

    Attributes:
        windows: the best first; ``passages`` and ``published`` go together.
    """

    claim: Reading
    passages: tuple[Reading, ...]
    published: tuple[date | None, ...]
    terms: tuple[Term, ...]
    windows: tuple[Window, ...]

    def stretches(self) -> Iterator[tuple[int, Reading, Span, Span]]:
        """Yield passage, reading, tokens and characters of each window."""
        for window in self.windows:
            yield (
                window.passage,
                self.passages[window.passage],
                Span(window.first, window.last),
                Span(window.start, window.end),
            )

    def surroundings(self, mine: Span, place: Place) -> Surroundings:
        """Compare a place of the statement with one of the passages."""
        return compare_places(self.claim.tokens, mine, self.passages[place.passage].tokens, place.at)

    def place(self, passage: int, start: int, end: int) -> Place:
        """Return the place of some characters of a passage."""
        reading = self.passages[passage]
        return Place(passage, reading.span_of(start, end), reading.text[start:end])

    def evidence_of(self, place: Place) -> Evidence:
        """Return the characters of a place."""
        tokens = self.passages[place.passage].tokens
        first = min(place.at.start, len(tokens) - 1)
        last = max(first, min(place.at.end, len(tokens)) - 1)
        return Evidence(passage=place.passage, start=tokens[first].start, end=tokens[last].end)

    def _is_of_this(self, best: Place, same: Sequence[Place], mine: Span) -> bool:
        """Whether a value stands in the passage that the statement rests on, or with words of it in another."""
        home = self.windows[0].passage if self.windows else best.passage
        return any(place.passage == home for place in same) or self.surroundings(mine, best).score > 0

    def _goes_elsewhere(self, mine: Span, best: Place, rival: Place | None) -> bool:
        """Whether the word in front tells them apart: "from Tolverton to Vexby" beside "to Vexby from Tolverton"."""
        lead, other = (
            self.passages[place.passage].tokens[place.at.start - 1].word if place and place.at.start else ""
            for place in (best, rival)
        )
        own = self.claim.tokens[mine.start - 1].word if mine.start else ""
        return own == lead != other and {own, other} <= _WAYS

    def settle(
        self, slot: Slot, said: str, mine: Span, same: Sequence[Place], others: Iterable[Place]
    ) -> Finding:
        """Decide whether a value holds, given where the passages have it and where they have another.

        A value that stands somewhere in the passages does not hold where they plainly say another one of the
        same thing: that is how two figures of one article are told apart.
        """
        best = max(same, key=lambda place: self.surroundings(mine, place).score, default=None)
        rival = max(others, key=lambda place: self.surroundings(mine, place).score, default=None)
        around = self.surroundings(mine, rival) if rival else Surroundings(0, 0, 0)
        if best is not None:
            near = self.surroundings(mine, best)
            is_held = around.near >= _HELD_FAST or (around.left and around.right)
            exchanged = (
                bool(is_held)
                and around.near >= near.near + _CLEARLY
                and around.score > near.score
                and not self._goes_elsewhere(mine, best, rival)
            )
        else:
            exchanged = around.near >= _HELD_FAST or (around.is_tight and around.score >= _SAME_THING)
        if exchanged and rival is not None:
            return Finding(
                slot=slot, said=said, at=mine, holds=False, contradicts=True, found=rival,
                reason=f"{slot.value}: the passages say “{rival.text}”, not “{said}”",
            )  # fmt: skip
        if best is not None and self._is_of_this(best, same, mine):
            return Finding(slot=slot, said=said, at=mine, holds=True, found=best)
        if best is not None:
            reason = f"{slot.value}: “{said}” stands in another passage, of something else"
            return Finding(slot=slot, said=said, at=mine, holds=False, found=best, reason=reason)
        return Finding(
            slot=slot, said=said, at=mine, holds=False, reason=f"{slot.value}: no passage gives “{said}”"
        )

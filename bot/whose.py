"""Whose a number is, where a sentence gives several: told by the names beside them."""

from __future__ import annotations

from collections.abc import Sequence

from bot.ground import Ground, Place
from bot.quantities import Quantity, find_quantities, same_quantity
from bot.reading import Reading, Token
from index.date_words import MONTHS, WEEKDAYS
from index.model import Span

# Words behind a number within which a "to" leads to the end of its range: "0.8 inches to over 5".
_RANGE = 2
_DIVIDING = frozenset({"and", "but", "while", "against", "versus"})
_DAY_WORDS = frozenset({*MONTHS, *WEEKDAYS})


def sort_by_owner(
    ground: Ground,
    said: Quantity,
    mine: Span,
    same: Sequence[Place],
    others: Sequence[Place],
    held: Sequence[tuple[Place, Quantity]],
) -> tuple[list[Place], Place | None]:
    """Tell by the names beside them whose numbers are: "up 11% in Tolverton, 15.7% in Norwick".

    Returns:
        Other numbers but those of somebody else; and one that is his whom the statement names beside its own, where
        that is plainly another's.
    """
    claim = ground.claim
    own = [each for each in find_quantities(claim.text) if each.kind is said.kind]
    starts = {each: claim.span_of(each.start, each.end) for each in own}
    names = _names_of(claim, mine, [at.start for each, at in starts.items() if each != said])
    if not names:
        return list(others), None

    def names_of(place: Place) -> set[str]:
        beside = [
            each.at.start
            for each, quantity in held
            if each.passage == place.passage and quantity.kind is said.kind and each.at != place.at
        ]
        return set(_names_of(ground.passages[place.passage], place.at, beside))

    kept: list[Place] = []
    here = set().union(*map(names_of, same))
    for place in others:
        theirs = names_of(place)
        # Of the names beside the statement's number, the nearest that only one of both has beside it.
        telling = next((name for name in names if (name in here) is not (name in theirs)), None)
        if (
            telling in theirs
            and here - theirs
            # A capital at the beginning may be no name's.
            and here.isdisjoint(set(names) - {claim.tokens[0].stem})
            # A "two-run drive" is no number of runs, and "from 2 to 5 inches" are one amount.
            and not claim.text.startswith("-", said.end)
            and _is_beside(ground, place, same)
            # Where the statement gives both, it must give either to the other one.
            and all(
                here.intersection(_names_of(claim, at, [b.start for b in starts.values() if b != at]))
                for each, at in starts.items()
                if any(same_quantity(each, other) for spot, other in held if spot == place)
            )
        ):
            return [], place
        if telling is None or telling in theirs:
            kept.append(place)
    return kept, None


def _is_beside(ground: Ground, place: Place, same: Sequence[Place]) -> bool:
    """Whether a number stands in one sentence with those that are the statement's, and is not the end of their range."""
    reading = ground.passages[place.passage]
    sentence = reading.sentence_at(place.at.start)
    return all(
        each.passage == place.passage
        and reading.sentence_at(each.at.start) == sentence
        and all(token.word != "to" for token in reading.tokens[each.at.end : each.at.end + _RANGE])
        for each in same
    )


def _names_of(reading: Reading, at: Span, stops: Sequence[int]) -> list[str]:
    """Return the names beside a number in its sentence, the nearest first.

    Args:
        stops: where the sentence has other numbers. The names up to the last mark of punctuation, or "and" and the
            like, before one, or from the first behind one, are this number's; without a mark they are both's.
    """
    tokens = reading.tokens
    bound = reading.bounds[reading.sentence_at(at.start)]
    first = max((stop + 1 for stop in stops if bound.start <= stop < at.start), default=bound.start)
    last = min((stop for stop in stops if at.end <= stop < bound.end), default=bound.end)
    if first > bound.start:
        first = next((i for i in range(first, at.start) if _divides(tokens[i])), first)
    if last < bound.end:
        last = next((i for i in range(last - 1, at.end, -1) if _divides(tokens[i])), last)
    places = sorted(
        (*range(first, at.start), *range(at.end, last)), key=lambda i: min(abs(i - at.start), abs(i - at.end))
    )
    return [
        tokens[i].stem
        for i in places
        if tokens[i].capital
        and tokens[i].content
        and not tokens[i].is_number
        and tokens[i].word not in _DAY_WORDS
    ]


def _divides(token: Token) -> bool:
    return token.breaks or token.word in _DIVIDING

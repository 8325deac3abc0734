"""Numbers of a statement held against those of its passages."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from dataclasses import replace

from bot.ground import Finding, Ground, Place, Slot
from bot.quantities import Hedge, Kind, Quantity, find_quantities, same_quantity
from bot.reading import Reading
from bot.units import BY_NAME, convert
from bot.whose import sort_by_owner
from index.dates import find_dates
from index.model import Span
from index.wording import content_stems

_LOWER = frozenset({Hedge.MORE_THAN, Hedge.AT_LEAST})
_UPPER = frozenset({Hedge.UP_TO, Hedge.NEARLY, Hedge.FEWER_THAN})
# How far a round figure with "about", "nearly" or "more than" may lie from the precise one that it stands for.
_ABOUT = 0.1
_NEARLY = 0.85
_BEYOND = 1.3
# Only a round figure stands for a precise one: "about 500" for 487, but "about 486" for none.
_MOST_FIGURES = 2
# What is sold by the piece or by weight; what somebody is paid "a month" is another sum than what he is paid.
_GOODS = frozenset("barrel gallon tonne ton ounce mile litre liter share person head".split())
# "dozens" (24 and up) stands for 24 to this many times as much.
_VAGUE = 8.0


def check_numbers(ground: Ground) -> list[Finding]:
    """Find every number of the statement in the passages, with its unit, its scale and its "at least"."""
    claim = ground.claim
    found: list[Finding] = []
    dated = [(mention.start, mention.end) for mention in find_dates(claim.text)]
    spoken_of: list[tuple[Place, Quantity]] | None = None
    for said in find_quantities(claim.text):
        mine = claim.span_of(said.start, said.end)
        if mine.start == mine.end or any(a < said.end and said.start < b for a, b in dated):
            continue
        if spoken_of is None:
            spoken_of = list(_quantities(ground))
        found.append(_settle(ground, said, mine, spoken_of))
    settled = {at for finding in found for at in range(*finding.at)}
    settled |= {at for a, b in dated for at in range(*claim.span_of(a, b))}
    found += _check_digits(ground, settled)
    return found


def _quantities(ground: Ground) -> Iterator[tuple[Place, Quantity]]:
    for passage, reading, _, (start, end) in ground.stretches():
        for quantity in find_quantities(reading.text[start:end]):
            yield ground.place(passage, start + quantity.start, start + quantity.end), quantity


def _settle(ground: Ground, said: Quantity, mine: Span, held: list[tuple[Place, Quantity]]) -> Finding:
    same = [place for place, quantity in held if covers(said, quantity) and not _counts_other(said, quantity)]
    if not same:
        same = [place for place, quantity in held if covers(said, quantity)]
    if not same:
        same = _elsewhere(ground, said)
    if said.kind is Kind.ORDINAL:
        same += _numbered(ground, said)
    others = [
        place
        for place, quantity in held
        if quantity.kind is said.kind and place not in same and not same_quantity(said, quantity)
    ]
    if same and others:
        others, rival = sort_by_owner(ground, said, mine, same, others, held)
        if rival is not None:
            return _contradict(said, mine, rival)
    finding = ground.settle(Slot.NUMBER, said.text, mine, same, others)
    if finding.holds or finding.contradicts:
        return finding
    if said.value == 1 and said.kind in {Kind.COUNT, Kind.ORDINAL}:
        # "One man" is "a man", and "first" may tell of time.
        return Finding(slot=Slot.NUMBER, said=said.text, at=Span(mine.start, mine.start), holds=True)
    hedged = next((place for place, quantity in held if same_quantity(said, quantity)), None)
    if hedged is not None:
        reason = f"number: “{said.text}” is stated more or less firmly than in the passages"
        return Finding(slot=Slot.NUMBER, said=said.text, at=mine, holds=False, found=hedged, reason=reason)
    if said.kind is Kind.ORDINAL:
        return finding
    counted = set(content_stems(said.noun or ""))
    for place, quantity in held:
        is_same_thing = counted & set(content_stems(quantity.noun or "")) or (
            said.unit is not None and said.unit == quantity.unit and said.kind is not Kind.PERCENT
        )
        if quantity.kind is said.kind and is_same_thing:
            return _contradict(said, mine, place)
    return finding


def _contradict(said: Quantity, mine: Span, place: Place) -> Finding:
    reason = f"number: the passages say “{place.text}”, not “{said.text}”"
    return Finding(
        slot=Slot.NUMBER, said=said.text, at=mine, holds=False, contradicts=True, found=place, reason=reason
    )


def _numbered(ground: Ground, said: Quantity) -> Iterator[Place]:
    """Yield where the passages have a place in an order as a number: "the No. 2 seed" is the second one."""
    numbered = re.compile(rf"\b(?:[Nn]o\.|[Nn]umber)\s?{said.value:.0f}(?![\d,.]*\d)")
    behind = _stem_at(ground.claim, ground.claim.span_of(said.start, said.end).end)
    for passage, reading, _, (start, end) in ground.stretches():
        for match in numbered.finditer(reading.text, start, end):
            place = ground.place(passage, *match.span())
            # Reactor No. 4 is no fourth explosion.
            if behind and behind == _stem_at(reading, place.at.end):
                yield place


def _stem_at(reading: Reading, at: int) -> str:
    return reading.tokens[at].stem if at < len(reading.tokens) else ""


def _elsewhere(ground: Ground, said: Quantity) -> list[Place]:
    """Look for a number outside the windows, since they are chosen by words and a figure may be written otherwise."""
    return [
        ground.place(index, quantity.start, quantity.end)
        for index, reading in enumerate(ground.passages)
        if len(reading.tokens) < 2_000
        for quantity in find_quantities(reading.text)
        if covers(said, quantity) and not _counts_other(said, quantity)
    ]


def _counts_other(said: Quantity, found: Quantity) -> bool:
    """Whether two equal counts plainly count different things: "12 soldiers", "12 villages"."""
    if said.noun is None or found.noun is None or said.kind is not Kind.COUNT:
        return False
    one, other = content_stems(said.noun), content_stems(found.noun)
    return bool(one and other) and not set(one) & set(other)


def covers(said: Quantity, found: Quantity) -> bool:
    """Tell whether a passage's quantity makes a statement's true, what is counted aside.

    The same quantity does if "at least", "nearly" and the like are kept. A round figure said with such a word
    also covers the precise one that it stands for: "nearly 500" covers 487.
    """
    if (
        same_quantity(said, found)
        or _is_bare_age(said, found)
        or _is_in_millions(said, found)
        or _is_without_rate(said, found)
    ):
        return _keeps_hedge(said.hedge, found.hedge)
    if said.kind is not found.kind or found.vague:
        return False
    value, upper = _in_unit(found, said.unit)
    if value is None:
        return False
    if said.vague:
        return said.value <= value <= said.value * _VAGUE
    if said.kind in {Kind.ORDINAL, Kind.SCORE}:
        return False
    if said.upper is not None:
        return said.value < value and (upper or value) < said.upper
    x = said.value
    if _figures_of(x) > min(_MOST_FIGURES, _figures_of(value)):
        return False
    if found.hedge in _LOWER:
        return said.hedge in _LOWER and x <= value <= x * _BEYOND
    if found.hedge in _UPPER:
        return said.hedge is Hedge.ABOUT and abs(value - x) <= _ABOUT * x
    match said.hedge:
        case Hedge.ABOUT:
            return abs(value - x) <= _ABOUT * x
        case Hedge.NEARLY:
            return _NEARLY * x <= value <= x
        case Hedge.MORE_THAN | Hedge.AT_LEAST:
            return x <= value <= x * _BEYOND
        case Hedge.UP_TO | Hedge.FEWER_THAN:
            return x / _BEYOND <= (upper or value) <= x
        case _:
            return False


def _is_without_rate(said: Quantity, found: Quantity) -> bool:
    """Whether a statement leaves out for what a price is: "$5" for "$5 a gallon"."""
    price, _, per = (found.unit or "").partition(" per ")
    return per in _GOODS and same_quantity(said, replace(found, unit=price))


def _is_bare_age(said: Quantity, found: Quantity) -> bool:
    """Whether one is an age and the other the same number and no more: "died at the age of 66", "She was 66"."""
    kinds = {said.kind, found.kind}
    bare = said if said.kind is Kind.COUNT else found
    return kinds == {Kind.AGE, Kind.COUNT} and bare.noun is None and said.value == found.value


def _is_in_millions(said: Quantity, found: Quantity) -> bool:
    """Whether one is a count in millions and the other may be one that reads like metres: "7.9m"."""
    kinds = {said.kind, found.kind}
    count, length = (said, found) if said.kind is Kind.COUNT else (found, said)
    return (
        kinds == {Kind.COUNT, Kind.DISTANCE}
        and length.text.endswith("m")
        and math.isclose(count.value, length.value * 1e6)
    )


def _figures_of(value: float) -> int:
    """How many figures a number has before its last noughts: 2,400 has two, 2,403 four."""
    return len(f"{value:.9g}".replace(".", "").strip("0"))


def _in_unit(found: Quantity, unit: str | None) -> tuple[float | None, float | None]:
    if found.unit == unit:
        return found.value, found.upper
    one, other = BY_NAME.get(found.unit or ""), BY_NAME.get(unit or "")
    if one is None or other is None:
        return None, None
    upper = None if found.upper is None else convert(found.upper, one, other)
    return convert(found.value, one, other), upper


def _keeps_hedge(said: Hedge, found: Hedge) -> bool:
    """Whether the firmness is kept: "nearly 500" is not "500", and "500" not "more than 500"."""
    if said is found or Hedge.ABOUT is said or (said is Hedge.EXACT and found is Hedge.ABOUT):
        return True
    if found is Hedge.EXACT:
        return said in {Hedge.AT_LEAST, Hedge.UP_TO}
    return (said in _LOWER and found in _LOWER) or (said in _UPPER and found in _UPPER)


def _check_digits(ground: Ground, settled: set[int]) -> Iterator[Finding]:
    """Look up figures that count nothing, such as "Boeing 737" or a year, as they are written."""
    for at, token in enumerate(ground.claim.tokens):
        if at in settled or not token.is_number:
            continue
        mine = Span(at, at + 1)
        same = [
            Place(index, Span(place, place + 1), token.word)
            for index, reading in enumerate(ground.passages)
            for place in reading.places.get(token.word, ())
        ]
        others = [
            Place(passage, Span(place, place + 1), reading.tokens[place].word)
            for passage, reading, (first, last), _ in ground.stretches()
            for place in _digits_in(reading, first, last)
            if reading.tokens[place].word != token.word
        ]
        yield ground.settle(Slot.NUMBER, token.word, mine, same, others)


def _digits_in(reading: Reading, first: int, last: int) -> Iterator[int]:
    return (at for at in range(first, last) if reading.tokens[at].is_number)

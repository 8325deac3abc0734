"""Quantities in news text: counts, money, shares, distances, durations, ages, ordinals, scores.

`bot.numbers` finds the numbers; here small anchored patterns around each tell what it measures, what it
counts and how firmly it is stated. Years, dates and names with numbers in them (Boeing 737, Route 66, phase 2)
are left out: they count nothing.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import lru_cache

from bot.counted import is_label, is_year, noun_after
from bot.numbers import Form, Number, either, next_number, number_at
from bot.units import BY_NAME, CURRENCY_WORDS, DOLLARS, LARGE_CURRENCY_WORDS, UNITS, Kind, convert

__all__ = ["Hedge", "Kind", "Quantity", "find_quantities", "same_quantity"]


class Hedge(StrEnum):
    """How firmly a number is stated."""

    EXACT = "exact"
    ABOUT = "about"
    NEARLY = "nearly"
    MORE_THAN = "more than"
    AT_LEAST = "at least"
    UP_TO = "up to"
    FEWER_THAN = "fewer than"


@dataclass(frozen=True, slots=True, kw_only=True)
class Quantity:
    """A number with what it measures; ``source[start:end] == text``.

    Attributes:
        text: the number with its sign and unit, without hedge and noun.
        value: the number, or the lower end of a range or of a vague word ("dozens": 24).
        upper: the upper end of a range, included; the second figure of a score; else None.
        unit: canonical name ("USD", "%", "kilometre", "USD per hour"); None for counts, ordinals and scores.
        noun: what is counted, as written, at most a few words ("staff members"); None where unclear.
        hedge_start: where the words of the hedge begin; ``start`` where none stand in front.
        vague: a word for an open number ("dozens", "several hundred").
    """

    start: int
    end: int
    text: str
    kind: Kind
    value: float
    upper: float | None
    unit: str | None
    noun: str | None
    hedge: Hedge
    hedge_start: int
    vague: bool = False


_HEDGES = {
    Hedge.ABOUT: "about|around|some|roughly|approximately|an estimated|estimated|circa|or so|a total of about",
    Hedge.NEARLY: "nearly|almost|close to|just under|approaching|just short of",
    Hedge.MORE_THAN: "more than|over|just over|well over|above|upwards of|upward of|in excess of|exceeding|greater than",
    Hedge.AT_LEAST: "at least|a minimum of|no fewer than|no less than|not less than|not fewer than",
    Hedge.UP_TO: "up to|as many as|as much as|at most|no more than|not more than|a maximum of|as high as",
    Hedge.FEWER_THAN: "fewer than|less than|under|below",
}
_HEDGE_OF = {phrase: hedge for hedge, phrases in _HEDGES.items() for phrase in phrases.split("|")}
# Read backwards from a number, in a window of this many characters.
_WINDOW = 48
# Of "handed over 300 cars" the "over" belongs to the verb.
_WITH_OVER = "".join(
    rf"(?<!\b{verb}\s)"
    for verb in "hand hands handed turn turns turned take takes took taken pull pulled run ran sign signed".split()
)
_BEFORE = re.compile(
    rf"(?<![\w-]){_WITH_OVER}(?P<hedge>{either(_HEDGE_OF)})(?:\s(?:an?|the|another|some|estimated|perhaps))?\s\(?$",
    re.IGNORECASE,
)
_BEHIND = re.compile(r"\+(?!\w)|[\s-]plus\b|\sor\s(?P<word>more|so|fewer|less)\b", re.IGNORECASE)
_BEHIND_HEDGE = {"so": Hedge.ABOUT, "fewer": Hedge.UP_TO, "less": Hedge.UP_TO}
_JOIN = re.compile(r"\s?[-–—]\s?|\s(?P<word>to|or|and)\s", re.IGNORECASE)
# "rose 5 to 30" and "from 5 to 30" tell of two values, not of a range.
_CHANGE = re.compile(
    r"\b(?:from|rose|risen|fell|fallen|climbed|dropped|jumped|gained|lost|added|slipped|slid|surged|plunged|up|down"
    r"|increased|decreased|grew|shrank)\s(?:by\s)?$",
    re.IGNORECASE,
)
_RATE = re.compile(
    r"(?:\sof\s(?:crude\soil|crude|oil))?\s(?:per|an?|each|every)\s(second|minute|hour|day|night|week|month|quarter|year|person|head|barrel|gallon"
    r"|tonne|ton|ounce|mile|litre|liter|share)\b",
    re.IGNORECASE,
)
_UNIT = re.compile(
    rf"[\s\u00a0-]?(?P<unit>{either(UNITS)})(?!\w)|(?P<glued>°?[CF])(?!\w)|[\s\u00a0]?(?P<points>points?)(?=\spercent)",
    re.IGNORECASE,
)
_MONEY = re.compile(
    rf"[\s-](?:(?P<whose>U\.?S\.?|{either(DOLLARS)}|[A-Z][a-z]{{2,12}})\s)?"
    rf"(?P<money>(?i:{either([*CURRENCY_WORDS, *LARGE_CURRENCY_WORDS])}))\b",
)
_OLD = re.compile(r"[\s-]olds?\b|\sof\sage\b", re.IGNORECASE)
_AGED = re.compile(r"\b(?:aged|ages?)\s(?:of\s)?$", re.IGNORECASE)
# "Jane Smith, 31, said"
_APPOSED = re.compile(r"[A-Z][\w'’.-]{1,20},\s$")
_MAGNITUDE_BEHIND = re.compile(r"[\s-]magnitude\b", re.IGNORECASE)
_MAGNITUDE = re.compile(r"\bmagnitude(?:\sof)?[\s-]$", re.IGNORECASE)
_PLURAL_NEXT = re.compile(r"\s(?:[a-z]{2,20}\s)?(?:people|men|women|children|[a-z]{2,20}[^\Wsu]s)\b")
_IN_YEAR = re.compile(r"\b(?:in|since|during|by)\s$", re.IGNORECASE)
_BETWEEN = re.compile(r"\bbetween\s$", re.IGNORECASE)
_MINUS = re.compile(r"(?:\bminus\s|(?<!\w)[-−])$", re.IGNORECASE)
_PRONOUN = re.compile(
    r"\b(?:no|any|every|some|the|this|that|which|each|another|by|last|next)[\s-]$", re.IGNORECASE
)
_TIED = re.compile(r"[-–](\d{1,3})(?![\d,.]*\d)")
_TRIPLE = re.compile(r"\d{1,4}[-–]\d{1,4}[-–]\d")
_GLUED = {"c": "degree Celsius", "f": "degree Fahrenheit"}
# From here on "pounds" and "won" are money.
_LARGE = 1e6
_SCORE_WORD = re.compile(
    r"[\s-](?:votes?|win|wins|victory|defeat|loss|draw|tie|lead|record|majority|ruling|decision|thrashing|rout|triumph)\b"
)
_SCORE_VERB = re.compile(
    r"\b(?:win|won|wins|lost|loses|beat|beats|drew|lead|led|leads|defeated|voted|by|score|trail|trailed)\b[^.;]{0,30}$"
)


@lru_cache(maxsize=2048)  # a question has the same sentences read several times over
def find_quantities(text: str) -> tuple[Quantity, ...]:
    """Find the quantities of a text, in order, none overlapping.

    Args:
        text: a sentence or a longer text, as it stands in the article.

    Example:
        >>> [(q.text, q.value, q.noun) for q in find_quantities("nearly half a million people fled")]
        [('half a million', 500000.0, 'people')]
    """
    found: list[Quantity] = []
    at = 0
    while step := next_number(text, at):
        number, at = step
        if number is not None and (quantity := _quantity(text, number)) is not None:
            found.append(quantity)
            at = max(at, quantity.end)
    return tuple(found)


def _quantity(text: str, number: Number) -> Quantity | None:
    """Find out what a number measures; None where it measures nothing."""
    before = text[max(0, number.start - _WINDOW) : number.start]
    if number.form is Form.ORDINAL:
        return _built(
            text, number, before, Kind.ORDINAL, end=number.end, noun=noun_after(text, number.end, single=True)
        )
    if score := _score(text, number, before):
        return score
    if _is_triple(text, number):
        return None
    number, upper, end = _range(text, number, before)
    kind, unit, end = _unit(text, number, end, before)
    if unit == "metre" and number.magnitude == "m":
        number = replace(number, value=round(number.value / number.scale, 9))
    if unit is not None and unit.startswith("degree") and (minus := _MINUS.search(before)):
        number = replace(number, start=number.start - len(before) + minus.start(), value=-number.value)
    noun: str | None = None
    if end < len(text) and text[end].isalnum():
        return None  # "3D", "4x4": part of a name
    if kind is Kind.COUNT:
        if (
            number.form is Form.DIGITS
            and number.scale == 1
            and upper is None
            and is_year(text, number.start, end)
        ):
            return None
        if number.form in {Form.DIGITS, Form.WORDS} and is_label(text, number.start, end):
            return None
        behind = _BEHIND.match(text, end)
        noun = noun_after(text, behind.end() if behind else end, single=number.value == 1 and upper is None)
        is_one = number.value == 1 and number.form is Form.WORDS
        if is_one and (noun is None or _PRONOUN.search(before) or text.startswith(" of ", end)):
            return None  # "no one", "one of the men", "the one who"
    elif kind is Kind.PERCENT or unit in {"barrel", "tonne", "ton", "barrel per day"}:
        noun = noun_after(text, end) if text.startswith(" of ", end) else None
    return _built(text, number, before, kind, end=end, upper=upper, unit=unit, noun=noun)


def _built(
    text: str,
    number: Number,
    before: str,
    kind: Kind,
    *,
    end: int,
    upper: float | None = None,
    unit: str | None = None,
    noun: str | None = None,
) -> Quantity:
    start, hedge, hedge_start = number.start, Hedge.EXACT, number.start
    if kind is not Kind.ORDINAL:
        if match := _BEFORE.search(before):
            hedge = _HEDGE_OF[match["hedge"].lower()]
            hedge_start = start - len(before) + match.start()
        elif match := _BEHIND.match(text, end):
            hedge = _BEHIND_HEDGE.get((match["word"] or "").lower(), Hedge.AT_LEAST)
    return Quantity(
        start=start, end=end, text=text[start:end], kind=kind, value=number.value, upper=upper, unit=unit, noun=noun,
        hedge=hedge, hedge_start=hedge_start, vague=number.form is Form.VAGUE,
    )  # fmt: skip


def _is_plain(text: str, number: Number) -> bool:
    """Whether a number is nothing but one to three digits, as in a score."""
    return (
        number.form is Form.DIGITS
        and number.end - number.start <= 3
        and text[number.start : number.end].isdigit()
    )


def _is_triple(text: str, number: Number) -> bool:
    """Whether a third figure is tied on: "4-4-2", "1-800-555": formations and numbers to dial."""
    return number.form is Form.DIGITS and _TRIPLE.match(text, number.start) is not None


def _score(text: str, number: Number, before: str) -> Quantity | None:
    """Read "8-1", "beat them 2-3", "a 217-213 vote"; None for a range such as "20-30 people"."""
    if not _is_plain(text, number) or not (match := _TIED.match(text, number.end)):
        return None
    second = float(match[1])
    end = match.end()
    is_score = number.value > second or _SCORE_WORD.match(text, end) or _SCORE_VERB.search(before)
    if not is_score or (end < len(text) and (text[end].isalnum() or text[end] in "%-–")):
        return None
    return _built(text, number, "", Kind.SCORE, end=end, upper=second)


def _range(text: str, number: Number, before: str) -> tuple[Number, float | None, int]:
    """Join "20 to 30 million" into one range; the number alone where no second one follows."""
    join = _JOIN.match(text, number.end)
    if join is None or number.form not in {Form.DIGITS, Form.WORDS}:
        # "$20 million-$30 million", "5 percent to 10 percent" come in two quantities, told apart by their units.
        return number, None, number.end
    word = (join["word"] or "").lower()
    is_between = _BETWEEN.search(before) is not None
    if (
        (word == "and" and not is_between)
        or (is_between and word not in {"and", "to"})
        or (word == "to" and _CHANGE.search(before))
    ):
        return number, None, number.end
    second = number_at(text, join.end())
    if second is None or second.form is not number.form or second.currency not in {None, number.currency}:
        return number, None, number.end
    # "20 to 30 million" leaves out the first magnitude.
    shared = (
        second.scale
        if number.scale == 1 and second.scale > 1 and number.value < second.value / second.scale
        else 1
    )
    value = round(number.value * shared, 9)
    opens_with_year = is_year(text, number.start, number.end)
    if (
        value >= second.value
        or (word == "" and opens_with_year)
        # "In 2020 to 16,384".
        or (
            word == "to"
            and opens_with_year
            and _IN_YEAR.search(before)
            and not is_year(text, second.start, second.end)
        )
    ):
        return number, None, number.end
    joined = replace(number, value=value, scale=second.scale, magnitude=second.magnitude)
    return joined, second.value, second.end


def _unit(text: str, number: Number, end: int, before: str) -> tuple[Kind, str | None, int]:
    """Read the unit behind a number, if any: its kind, its name, and where it ends."""
    if number.form is Form.SHARE:
        return Kind.PERCENT, "%", end
    at = end + 3 if number.form is Form.VAGUE and text.startswith(" of ", end) else end
    if money := _MONEY.match(text, at):
        named = _currency(money, number)
        if named is not None:
            return _with_rate(text, Kind.MONEY, number.currency or named, money.end())
    if number.currency is not None:
        return _with_rate(text, Kind.MONEY, number.currency, end)
    match = _UNIT.match(text, at)
    if match is None:
        if number.magnitude == "m" and not _is_millions(text, end):
            return Kind.DISTANCE, "metre", end
        if _MAGNITUDE_BEHIND.match(text, end) or _MAGNITUDE.search(before):
            return Kind.MEASURE, "magnitude", end
        if _AGED.search(before) or (
            number.form is Form.DIGITS and _APPOSED.search(before) and text.startswith(",", end)
        ):
            return Kind.AGE, "year", end
        return Kind.COUNT, None, end
    spelled = _plain(match["unit"] or "")
    unit = UNITS[spelled] if spelled else BY_NAME[_GLUED[match["glued"][-1].lower()]]
    if unit.kind is Kind.DURATION and (old := _OLD.match(text, match.end())):
        return Kind.AGE, unit.name, old.end()
    return _with_rate(text, unit.kind, unit.name, match.end())


def _currency(money: re.Match[str], number: Number) -> str | None:
    """The currency a word behind the number names; None where it names none at this magnitude."""
    word = _plain(money["money"])
    if word in LARGE_CURRENCY_WORDS:
        return LARGE_CURRENCY_WORDS[word] if number.scale >= _LARGE or number.currency else None
    if word.startswith("dollar"):
        return DOLLARS.get((money["whose"] or "").lower(), "USD")
    return CURRENCY_WORDS[word]


def _plain(spelling: str) -> str:
    """A unit as the tables have it: small letters, one blank where any white space or a hyphen stands."""
    return " ".join(spelling.lower().replace("-", " ").split())


def _with_rate(text: str, kind: Kind, unit: str, end: int) -> tuple[Kind, str, int]:
    """Add "a day", "per hour" to money and measures, since $15 an hour is not $15."""
    if kind in {Kind.MONEY, Kind.MEASURE} and (rate := _RATE.match(text, end)):
        return kind, f"{unit} per {rate[1].lower()}", rate.end()
    return kind, unit, end


def _is_millions(text: str, end: int) -> bool:
    """Whether the "m" of "5m" is million: then something countable follows ("5m people", not "5m high")."""
    return _PLURAL_NEXT.match(text, end) is not None


def same_quantity(a: Quantity, b: Quantity) -> bool:
    """Tell whether two quantities are the same one, perhaps in other words.

    They are when all of this holds; what is counted (``noun``) is the caller's to compare:

    * The kinds are equal: a percentage, an age or a rank is never a count.
    * Both are vague or neither is: "dozens" is the same as "dozens", not as 24.
    * The values are equal once words and magnitudes are read: 500,000 = half a million = 500K. 1.8 million
      is not 2 million, "nearly" or not. Both ends of a range must be equal.
    * The units are equal, or one converts into the other: hours, days and weeks exactly; lengths, areas,
      weights, volumes, speeds and temperatures up to the rounding of the rounder one (250 miles = 400 km).
      Currencies never convert. Shares in words may be rounded in percent (two-thirds = 66.7 %).
    * The hedges do not exclude each other: "more than 500" is not "fewer than 500". Any other pair of
      hedges agrees, so "nearly 500,000" = "as many as 500,000" = 500,000.
    """
    if a.kind is not b.kind or a.vague is not b.vague or (a.upper is None) is not (b.upper is None):
        return False
    if _excluded(a.hedge, b.hedge) or _excluded(b.hedge, a.hedge):
        return False
    ends = [(a.value, b.value)]
    if a.upper is not None and b.upper is not None:
        ends.append((a.upper, b.upper))
    if a.unit == b.unit:
        share = a.unit == "%"
        return all(math.isclose(x, y, rel_tol=1e-9) or (share and _rounds_to(x, y)) for x, y in ends)
    return all(_converts(x, a.unit, y, b.unit) for x, y in ends)


def _excluded(over: Hedge, under: Hedge) -> bool:
    return over in {Hedge.MORE_THAN, Hedge.AT_LEAST} and under is Hedge.FEWER_THAN


def _rounds_to(x: float, y: float) -> bool:
    """Whether one is a fraction in percent (66.66…) and the other its rounding (66, 67 or 66.7)."""
    endless = any(abs(10 * v - round(10 * v)) > 1e-6 and abs(v - round(v, 3)) > 1e-9 for v in (x, y))
    return endless and abs(x - y) < 0.7


def _converts(x: float, x_unit: str | None, y: float, y_unit: str | None) -> bool:
    one, other = BY_NAME.get(x_unit or ""), BY_NAME.get(y_unit or "")
    if one is None or other is None:
        return False
    there, back = convert(x, one, other), convert(y, other, one)
    if there is None or back is None:
        return False
    if one.kind is Kind.DURATION:
        return math.isclose(there, y, rel_tol=1e-9)
    return _rounded_as(there, y) or _rounded_as(back, x)


def _rounded_as(precise: float, stated: float) -> bool:
    """Whether a value becomes the stated one when rounded to as many figures, at least two from ten on."""
    if not stated or not precise or stated < 0 or precise < 0:
        return math.isclose(precise, stated, abs_tol=0.5)
    figures = len(f"{stated:.9g}".replace(".", "").strip("0")) if "e" not in f"{stated:.9g}" else 2
    figures = max(figures, 2 if stated >= 10 else 1)
    digits = figures - 1 - math.floor(math.log10(precise))
    return math.isclose(round(precise, digits), stated, rel_tol=1e-9)

"""Numbers as English news writes them: "1.8m", "half a million", "thirty-one", "dozens", "21st".

`bot.quantities` asks for the next number and finds out what it measures. Dates, years in spans, clock
times, telephone numbers and web addresses are stepped over here, so that their figures never count.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from text_to_num import text2num

from bot.units import CURRENCY_SIGNS, FRACTIONS, MAGNITUDES, ORDINALS, SMALL_NUMBERS


class Form(StrEnum):
    """How a number is written."""

    DIGITS = "digits"
    WORDS = "words"
    VAGUE = "vague"
    SHARE = "share"
    ORDINAL = "ordinal"


@dataclass(frozen=True, slots=True, kw_only=True)
class Number:
    """A number in a text.

    Attributes:
        value: with its magnitude; a share in percent; the lower end of a vague word.
        scale: the magnitude that a range may share ("20 to 30 million": 1e6), else 1.
        magnitude: that word, in small letters; "m" may be metres.
        currency: from the sign in front.
    """

    start: int
    end: int
    value: float
    form: Form
    scale: float = 1.0
    magnitude: str = ""
    currency: str | None = None


def either(words: Iterable[str]) -> str:
    """An alternation of literal words, longest first, so that "miles per hour" wins over "miles"."""
    return "|".join(re.escape(word).replace(r"\ ", r"[\s-]") for word in sorted(words, key=len, reverse=True))


_MONTH = (
    r"(?-i:Jan(?:uary)?|Feb(?:ruary)?|Mar(?:ch)?|Apr(?:il)?|May|June?|July?|Aug(?:ust)?|Sept?(?:ember)?"
    r"|Oct(?:ober)?|Nov(?:ember)?|Dec(?:ember)?)\b\.?"
)
_SMALL = either(SMALL_NUMBERS)
_BIG = "hundred|thousand|million|billion|trillion"
_NTH = either([*FRACTIONS, "halves", *(f"{word}s" for word in FRACTIONS)])
# Every repetition is bounded or possessive, and a match may only begin at the beginning of a word or number:
# that keeps the search linear on any line.
_PATTERN = rf"""(?:
    (?P<skip> https?://[^\s]{{1,500}}
      | \d{{4}}-\d\d-\d\d(?!\d) | \d{{1,2}}[/.]\d{{1,2}}[/.]\d{{2,4}}(?!\d) | \d{{1,4}}/\d{{1,4}}(?!\d)
      | {_MONTH}\s\d{{1,2}}(?:st|nd|rd|th)?(?:\s?[-–]\s?\d{{1,2}})?(?![\d,]*\d)(?:,?\s\d{{4}}(?!\d))?
      | {_MONTH},?\s\d{{4}}(?!\d)
      | \d{{1,2}}(?:st|nd|rd|th)?\s(?:of\s)?{_MONTH}(?:,?\s\d{{4}}(?!\d))?
      | \d{{1,3}}(?::\d{{1,3}}){{1,2}}(?:\s?[ap]\.?m\b\.?)? | \d{{1,2}}(?:\.\d\d)?\s?[ap]\.?m\b\.?
      | \d{{1,5}}\s[NSEW]\.\s(?=[\dA-Z]) | \d{{1,2}}\sin\sthe\s(?:morning|afternoon|evening)\b
      | (?:\d{{1,2}}|{_SMALL})\so['’]clock | \d{{4}}\s(?:GMT|UTC|BST|EST|EDT)\b
      | \+\d[\d\s-]{{6,18}}\d | \(?\d{{3}}\)?[\s-]\d{{3}}-\d{{4}} | \d-\d{{3}}-\d{{3}}-\d{{4}} | \d{{3}}-\d{{4}}(?!\d)
      | (?:1[5-9]|20)\d\d\s?[-–/]\s?(?:\d{{4}}|\d\d)(?![\d,%])
      | (?:1[5-9]|20|['’])?\d0['’]?s\b )
  | (?P<vague> (?:tens|hundreds|thousands)\sof\s(?:thousands|millions|billions)
      | dozens | hundreds | thousands | millions | billions | trillions | scores(?=\sof\b) )
  | (?P<few>several|many|a\sfew|a\scouple(?:\sof)?)\s(?P<few_of>{_BIG}|dozen)
  | half(?:[\s-]an?)?[\s-](?P<half_of>million|billion|trillion|dozen)
  | (?P<quarters>a|one|three)[\s-]quarters?\sof\sa\s(?P<quarter_of>million|billion|trillion)
  | (?P<whole>an?|\d{{1,3}}|{_SMALL})[\s-](?:(?P<early>million|billion)[\s-])?and[\s-]a[\s-](?P<part>half|quarter)
      (?:[\s-](?P<late>{_BIG}|dozen))?
  | (?P<out>\d{{1,3}}|{_SMALL})\s(?:out\sof|in)\s(?:every\s)?(?P<of>\d{{1,3}}|{_SMALL})
      (?![\w-])(?![,.]\d|%|\s(?:second|minute|hour|day|week|month|year|people|hundred|thousand|million|per))
  | (?P<times>a|one|two|three|four|five|seven|nine)
      (?:-(?P<nth>{_NTH})(?!-) | \s(?P<nth_of>{_NTH})(?=\sof\b) | \s(?P<thirds>thirds))
  | (?P<half>half)(?=\s(?:of|the|its|their|his|her|all|our)\b)
  | (?P<half_unit>half(?:[\s-]an?)?)(?=[\s-](?:hour|mile|century)\b)
  | (?P<ordinal> (?:(?:twen|thir|for|fif|six|seven|eigh|nine)ty-)?(?:{either(ORDINALS)}) )(?!-(?:hand|guess|rate))
  | (?:(?P<dozens>a|{_SMALL}|\d{{1,2}})[\s-])?dozen
  | (?P<words> (?:a\s(?={_BIG}))?(?:{_SMALL}|{_BIG})
      (?:(?:[\s-]|(?<=hundred)\sand\s|(?<=thousand)\sand\s|(?<=million)\sand\s)(?:{_SMALL}|{_BIG})\b){{0,12}}+ )
  | (?P<sign>{either(CURRENCY_SIGNS)})?\s?
      (?P<digits> \d{{1,3}}(?:,\d{{3}})++(?!\d)(?:\.\d++)? | \d{{1,2}}(?:,\d\d){{1,4}},\d{{3}} | \d++(?:\.\d++)? )(?P<mixed>[½¼¾])?
      (?: (?P<th>st|nd|rd|th)\b
        | [\s\u00a0-]?(?P<large>{_BIG}|lakh|crore|mln|bn|mn|trn|tn)\b | (?P<letter>[kmb])(?!\w) )?
    )
"""
# The first two letters of whatever may begin a match. Looking at them first spares most words of a text
# the long alternation, which makes the search three times as fast.
_MONTHS = ("january", "february", "march", "april", "may", "june", "july", "august", "september")
_OPENERS = (
    *SMALL_NUMBERS,
    *ORDINALS,
    *MAGNITUDES,
    *CURRENCY_SIGNS,
    *_MONTHS,
    "october",
    "november",
    "december",
)
_OTHERS = ("scores", "tens", "several", "many", "half", "http")
_STARTS = {word[:2] for word in (*_OPENERS, *_OTHERS) if len(word) > 1 and word[0].isalpha()}
_START = rf"(?=[\d+('’{re.escape(''.join(sign for sign in CURRENCY_SIGNS if len(sign) == 1))}]|an?[\s-]|{either(_STARTS)})"
_HERE = re.compile(_PATTERN, re.VERBOSE | re.IGNORECASE)
_NEXT = re.compile(rf"(?<!\w){_START}(?<!\w[-'’])(?<!\d[.,:/]){_PATTERN}", re.VERBOSE | re.IGNORECASE)
# Longer runs of digits are account numbers and tracking ids.
_MAX_DIGITS = 15
_VULGAR = {"½": 0.5, "¼": 0.25, "¾": 0.75}
_VAGUE = {"dozens": 24.0, "scores": 40.0, "tens": 20.0}


def next_number(text: str, start: int) -> tuple[Number | None, int] | None:
    """Find the next number at or behind ``start``.

    Returns:
        The number (None for figures that are no quantity) and where to go on; None when there is no more.
    """
    match = _NEXT.search(text, start)
    return None if match is None else (_read(match), match.end())


def number_at(text: str, start: int) -> Number | None:
    """Read the number that begins exactly at ``start``."""
    match = _HERE.match(text, start)
    return None if match is None else _read(match)


def _read(match: re.Match[str]) -> Number | None:
    """Work out the value of a match; None for what is stepped over and for number words that make no number."""
    if match["skip"]:
        return None
    if match["digits"]:
        return _read_digits(match)
    if match.end() < len(match.string) and match.string[match.end()].isalpha():
        return None  # "oneself", "tenths"
    form, scale, magnitude = Form.WORDS, 1.0, ""
    value: float | None
    if match["vague"]:
        form, value = Form.VAGUE, _vague_value(match["vague"].lower())
    elif match["few"]:
        # A few, several or a couple: at least two.
        form, value = Form.VAGUE, 2 * MAGNITUDES[match["few_of"].lower()]
    elif match["half_of"]:
        magnitude = match["half_of"].lower()
        scale = MAGNITUDES[magnitude]
        value = 0.5 * scale
    elif match["quarter_of"]:
        magnitude = match["quarter_of"].lower()
        scale = MAGNITUDES[magnitude]
        value = (0.75 if match["quarters"].lower() == "three" else 0.25) * scale
    elif match["whole"]:
        magnitude = (match["early"] or match["late"] or "").lower()
        scale = MAGNITUDES.get(magnitude, 1.0)
        value = (_small_value(match["whole"]) + (0.5 if match["part"].lower() == "half" else 0.25)) * scale
    elif match["out"]:
        form, value = Form.SHARE, _share(_small_value(match["out"]), _small_value(match["of"]))
    elif match["times"]:
        word = (match["nth"] or match["nth_of"] or match["thirds"]).lower()
        parts = FRACTIONS.get(word) or FRACTIONS[word[:-1]]
        form, value = Form.SHARE, _share(_small_value(match["times"]), parts)
    elif match["half"]:
        form, value = Form.SHARE, 50.0
    elif match["half_unit"]:
        value = 0.5
    elif match["ordinal"]:
        form, value = Form.ORDINAL, _ordinal_value(match["ordinal"].lower())
    elif match["words"]:
        value = _words_value(match["words"].lower())
        last = re.split(r"[\s-]", match["words"].lower())[-1]
        magnitude, scale = (last, MAGNITUDES[last]) if last in MAGNITUDES else ("", 1.0)
    else:
        value = 12 * _small_value(match["dozens"] or "a")
    if value is None:
        return None
    return Number(
        start=match.start(), end=match.end(), value=value, form=form, scale=scale, magnitude=magnitude
    )


def _read_digits(match: re.Match[str]) -> Number | None:
    digits = match["digits"].replace(",", "")
    if len(digits) > _MAX_DIGITS:
        return None
    value = float(digits) + _VULGAR.get(match["mixed"] or "", 0.0)
    magnitude = (match["large"] or match["letter"] or "").lower()
    scale = MAGNITUDES.get(magnitude, 1.0)
    return Number(
        start=match.start("sign") if match["sign"] else match.start("digits"),
        end=match.end(),
        # Rounded to 9 decimals, or 1.1 million would become 1100000.0000000002.
        value=round(value * scale, 9),
        form=Form.ORDINAL if match["th"] else Form.DIGITS,
        scale=scale,
        magnitude=magnitude,
        currency=CURRENCY_SIGNS[match["sign"].lower()] if match["sign"] else None,
    )


def _small_value(word: str) -> float:
    word = word.lower()
    return (
        1.0 if word in {"a", "an"} else float(SMALL_NUMBERS.get(word, 0) or (word if word.isdigit() else 0))
    )


def _share(part: float, whole: float) -> float | None:
    """A part of a whole in percent; None for "three in two", which is no share."""
    return 100 * part / whole if 0 < part < whole else None


def _vague_value(words: str) -> float:
    """The least that "dozens" or "hundreds of thousands" can mean: two of them."""
    head, _, tail = words.partition(" of ")
    value = _VAGUE.get(head) or 2 * MAGNITUDES[head[:-1]]
    return value * (MAGNITUDES[tail[:-1]] if tail else 1.0)


def _ordinal_value(word: str) -> float:
    tens, _, ones = word.rpartition("-")
    return float(SMALL_NUMBERS.get(tens, 0) + ORDINALS[ones])


def _words_value(words: str) -> float | None:
    """Number words as a number; None where they make none or several ("nineteen eighty-four")."""
    words = re.sub(r"^a\s", "one ", words)
    try:
        return float(text2num(words, "en"))
    except ValueError:
        return None

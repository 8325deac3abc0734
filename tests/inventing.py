"""A model that invents: every third sentence it writes is altered, each time in another way.

What it alters are sentences of the articles before it, so that what is true and what is not is known.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from model_server import Asked, Say

_NUMBER = re.compile(r"(?<![\w.,-])\d[\d,]*(?:\.\d+)?(?![\w-])")
_COUNTS = "two three four five six seven eight nine ten twelve twenty thirty forty fifty".split()
_COUNTED = re.compile(rf"\b(?:{'|'.join(_COUNTS)})\b")
_NAME = re.compile(r"(?<=[a-z,] )[A-Z][a-z]{3,}(?: (?:al-)?[A-Z][a-z]{2,})*")
_NOT_NAMES = {
    *"The But And This That".split(),
    *"January February March April June July August September October November December".split(),
    *"Monday Tuesday Wednesday Thursday Friday Saturday Sunday".split(),
}
_DATE = re.compile(
    r"\b(?:January|February|March|April|June|July|August|September|October|November|December"
    r"|Monday|Tuesday|Wednesday|Thursday|Friday|Saturday|Sunday|20[012]\d)\b"
)
_AUXILIARY = re.compile(r"\b(?:was|were|is|are|had|has|have|will|would|could|can|did)\b(?! not)")
_OTHER_NAMES = ("Bergström", "Okafor", "Valparaiso", "Lindqvist", "Tashkent", "Marchetti")


Alter = Callable[[str, str], str | None]


def change_number(text: str, others: str) -> str | None:
    found = _NUMBER.search(text)
    if found and not re.fullmatch(r"20[012]\d", found[0]):
        digits = found[0].replace(",", "")
        value = f"{float(digits) * 2 + 1.3:.1f}" if "." in digits else f"{int(digits) * 3 + 2:,}"
        # A number that stands elsewhere in the articles is the harder lie.
        there = [each for each in _NUMBER.findall(others) if each not in text and len(each) > 1]
        return text[: found.start()] + (there[0] if there else value) + text[found.end() :]
    counted = _COUNTED.search(text)
    if counted:
        other = _COUNTS[(_COUNTS.index(counted[0]) + 4) % len(_COUNTS)]
        return text[: counted.start()] + other + text[counted.end() :]
    return None


def change_name(text: str, others: str) -> str | None:
    # "Iraq" for "Iraqi" would be no lie.
    known = {word[:4] for word in re.findall(r"\w{4,}", text)}
    there = [name for name in _names(others) if not known & {word[:4] for word in name.split()}]
    for name in _names(text):
        other = there[len(text) % len(there)] if there else _OTHER_NAMES[len(text) % len(_OTHER_NAMES)]
        return text.replace(name, other, 1)
    return None


def _names(text: str) -> list[str]:
    return [found[0] for found in _NAME.finditer(text) if not set(found[0].split()) & _NOT_NAMES]


def change_date(text: str, others: str) -> str | None:
    found = _DATE.search(text)
    if not found:
        return None
    word = found[0]
    alike = re.compile(
        r"\d+" if word.isdigit() else (r"\w+day" if word.endswith("day") else r"(?!\w+day)[A-Z]\w+")
    )
    there = [each for each in _DATE.findall(others) if each not in text and alike.fullmatch(each)]
    other = "1997" if word.isdigit() else ("Sunday" if word.endswith("day") else "August")
    if other == word:
        other = "Monday" if other == "Sunday" else "October"
    return text[: found.start()] + (there[0] if there else other) + text[found.end() :]


def negate(text: str, others: str) -> str | None:
    found = _AUXILIARY.search(text)
    return None if found is None else text[: found.end()] + " not" + text[found.end() :]


_ADDED = (
    ", killing a nurse and her two children",
    " after a fire at the harbour",
    ", which the finance minister called a disgrace",
    " and sold the town hall to a foreign bank",
)


def add_fact(text: str, others: str) -> str | None:
    if not text.endswith("."):
        return None
    return text[:-1] + _ADDED[len(text) % len(_ADDED)] + "."


def invent_quote(text: str, others: str) -> str | None:
    if not text.endswith("."):
        return None
    return text[:-1] + ", and “we shall dance on the roofs until the spring,” an officer said."


KINDS: dict[str, Alter] = {
    "number": change_number,
    "name": change_name,
    "date": change_date,
    "quote": invent_quote,
    "negation": negate,
    "added fact": add_fact,
}


@dataclass(frozen=True)
class Written:
    """A sentence as written; ``kind`` is how it was altered, empty for a true one."""

    text: str
    kind: str
    number: int
    mark: int


def usable(text: str) -> bool:
    """Tell whether a sentence of an article stands by itself, as a model would write it."""
    flat = " ".join(text.split())
    return (
        40 <= len(flat) <= 220
        and flat.endswith(".")
        and flat[0].isupper()
        and not re.search(
            r"[\[\]*#|“”\"‘‹›]|\bI\b|\bwe\b|^(?:He|She|It|They|But|And|This|That|His|Her|Their)\b", flat
        )
    )


class InventingModel:
    """Writes sentences of the articles, every third one altered or with a wrong mark."""

    def __init__(self) -> None:
        self.written: list[Written] = []
        self._turn = 0

    def __call__(self, asked: Asked) -> Say:
        lines = []
        for written in self.write(asked.sentences.items()):
            self.written.append(written)
            lines.append(f"{written.text[:-1]} [{written.mark}].")
        return Say(" ".join(lines), step=29)

    def write(self, sentences: Iterable[tuple[int, str]], *, most: int = 9) -> list[Written]:
        kinds = [*KINDS, "wrong mark"]
        told = [(number, " ".join(text.split())) for number, text in sentences if usable(text)]
        # Not always the same ones of an article, and never two neighbours.
        by_number = dict(told)
        told = told[self._turn % 3 :: 3][:most]
        written = []
        for place, (number, text) in enumerate(told):
            kind = altered = ""
            if place % 3 == 2:
                for _ in kinds:
                    kind = kinds[self._turn % len(kinds)]
                    self._turn += 1
                    if kind == "wrong mark":
                        altered = text
                        break
                    beside = " ".join(
                        by_number.get(near, "") for near in (number - 1, number + 1, number - 2)
                    )
                    altered = KINDS[kind](text, beside) or ""
                    if altered:
                        break
            mark = number + 5 if kind == "wrong mark" else number
            written.append(Written(altered or text, kind if altered else "", number, mark))
        self._turn += 1
        return written

"""False twins of news articles: one number, day, name or place changed, and a question about it.

Everything is made by rule from RealTimeQA's articles, so questions read a little stiffly.
"""

from __future__ import annotations

import hashlib
import re
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from benchmarks.material import OUT, find_realtimeqa, unpack_articles
from bot.names import Name, NameKind, find_names
from bot.quantities import Kind, find_quantities
from index.dates import DateKind, find_dates
from index.sentences import split_sentences

_EACH_KIND = 15
_PARAGRAPHS = 8
_PEOPLE = ("Harold Brennan", "Alicia Moreno", "Stephen Okafor", "Laura Whitfield")
_PLACES = ("Norwich", "Tampere", "Valparaiso", "Adelaide")
_REWORDED = (
    (" said ", " told reporters "),
    (" also ", " "),
    (" more than ", " over "),
    (" after ", " following "),
    (" because ", " as "),
    (" killed", " left dead"),
    (" people ", " persons "),
    (" about ", " around "),
    (" has ", " by now has "),
    (" was ", " had been "),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Twin:
    """A question, and what the article and its twin answer.

    Attributes:
        kind: what was changed, and how the rest was treated; "copy" where nothing was.
        answers: each value with the file that gives it; one value, with both files, for a copy.
    """

    kind: str
    question: str
    answers: dict[str, frozenset[str]]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Fact:
    kind: str
    sentence: str
    start: int
    end: int
    false: str
    question: str

    @property
    def true(self) -> str:
        return self.sentence[self.start : self.end]


def make_twins(data: Path, corpus: Path, half: str) -> list[Twin]:
    """Write articles and twins into a folder, and return the questions; none without the material."""
    source = find_realtimeqa(data)
    if source is None:
        return []
    articles = unpack_articles(source, OUT / "realtimeqa")
    shutil.rmtree(corpus, ignore_errors=True)
    corpus.mkdir(parents=True)
    counts: dict[str, int] = {}
    twins = []
    for file in sorted(articles.iterdir(), key=lambda path: hashlib.sha256(path.name.encode()).digest()):
        digest = hashlib.sha256(file.name.encode()).digest()
        if (digest[1] % 2 == 0) is not (half == "first"):
            continue
        head, body = _read(file)
        for fact in _facts(body):
            reworded = counts.get(fact.kind, 0) % 2 == 1
            if counts.get(fact.kind, 0) < _EACH_KIND:
                counts[fact.kind] = counts.get(fact.kind, 0) + 1
                twins.append(_plant(corpus, file.stem[-8:], head, body, fact, reworded=reworded))
                break
        if len(counts) == 4 and min(counts.values()) == _EACH_KIND:
            break
    return twins


def _plant(corpus: Path, stem: str, head: str, body: str, fact: _Fact, *, reworded: bool) -> Twin:
    """Write an article and its twin; every third is a true copy."""
    is_copy = hashlib.sha256(stem.encode()).digest()[2] % 4 == 0
    changed = fact.sentence[: fact.start] + fact.false + fact.sentence[fact.end :]
    said = fact.sentence if is_copy else changed
    other = body
    if reworded:
        for old, new in _REWORDED:
            said, other = said.replace(old, new), other.replace(old, new)
        before = fact.sentence
        for old, new in _REWORDED:
            before = before.replace(old, new)
        other = other.replace(before, said)
    else:
        other = other.replace(fact.sentence, said)
    first, second = f"{stem}-desk.md", f"{stem}-courier.md"
    (corpus / first).write_text(head + body, encoding="utf-8", newline="")
    (corpus / second).write_text(head + other, encoding="utf-8", newline="")
    manner = "reworded" if reworded else "same words"
    if is_copy:
        return Twin(kind="copy", question=fact.question, answers={fact.true: frozenset({first, second})})
    answers = {fact.true: frozenset({first}), fact.false: frozenset({second})}
    return Twin(kind=f"{fact.kind}, {manner}", question=fact.question, answers=answers)


def _read(file: Path) -> tuple[str, str]:
    text = file.read_text(encoding="utf-8")
    end = text.index("\n---\n", 4) + 5
    paragraphs = [part for part in text[end:].split("\n\n") if part.strip()]
    return text[:end] + "\n", "\n\n".join(part.strip() for part in paragraphs[:_PARAGRAPHS]) + "\n"


def _facts(body: str) -> Iterator[_Fact]:
    for start, end in split_sentences(body):
        sentence = body[start:end]
        words = len(sentence.split())
        if not 9 <= words <= 32 or "\n" in sentence or not sentence.endswith((".", ".”", '."')):
            continue
        for fact in (_number(sentence), _date(sentence), _person(sentence), _place(sentence)):
            if fact is not None and body.count(fact.true) == 1:
                yield fact


def _rest(sentence: str, start: int, end: int) -> str:
    return " ".join((sentence[:start] + " " + sentence[end:]).rstrip('.”"').split()).replace(" ,", ",")


def _number(sentence: str) -> _Fact | None:
    found = [q for q in find_quantities(sentence) if q.kind is Kind.COUNT and q.noun and not q.vague]
    if len(found) != 1 or not re.fullmatch(r"[\d,]{2,}", found[0].text) or found[0].value < 12:
        return None
    quantity = found[0]
    false = f"{int(quantity.value * 1.6) + 7:,}"
    at = sentence.find(quantity.noun or "", quantity.end)
    rest = _rest(sentence, quantity.hedge_start, at + len(quantity.noun or ""))
    return _Fact(
        kind="number", sentence=sentence, start=quantity.start, end=quantity.end, false=false,
        question=f"How many {quantity.noun} {_lower(rest)}?",
    )  # fmt: skip


def _date(sentence: str) -> _Fact | None:
    found = [day for day in find_dates(sentence) if day.kind in (DateKind.DAY, DateKind.YEAR)]
    if len(found) != 1 or not re.search(r"\d", found[0].text):
        return None
    day = found[0]
    number = re.search(r"\d+", day.text)
    assert number is not None
    value = int(number[0])
    changed = value - 3 if value > 1000 else (value + 9 if value < 15 else value - 9)
    false = day.text[: number.start()] + str(changed) + day.text[number.end() :]
    lead = re.search(r"\b(?:on|in|since|by)\s$", sentence[: day.start])
    rest = _rest(sentence, lead.start() if lead else day.start, day.end)
    return _Fact(
        kind="date", sentence=sentence, start=day.start, end=day.end, false=false,
        question=f"When was it that {_lower(rest)}?",
    )  # fmt: skip


def _person(sentence: str) -> _Fact | None:
    names = [name for name in find_names(sentence) if name.kind is NameKind.PERSON and " " in name.text]
    if len(names) != 1 or names[0].start != 0 or not re.match(r"\s[a-z]", sentence[names[0].end :]):
        return None
    name = names[0]
    false = _other(name, _PEOPLE)
    return _Fact(
        kind="name", sentence=sentence, start=0, end=name.end, false=false,
        question=f"Who {_rest(sentence, 0, name.end)}?",
    )  # fmt: skip


def _place(sentence: str) -> _Fact | None:
    names = [name for name in find_names(sentence) if name.kind is NameKind.PLACE]
    if len(names) != 1 or not sentence[: names[0].start].endswith((" in ", " near ", " at ")):
        return None
    name = names[0]
    start = sentence[: name.start].rstrip().rfind(" ") + 1
    return _Fact(
        kind="place", sentence=sentence, start=name.start, end=name.end, false=_other(name, _PLACES),
        question=f"Where was it that {_lower(_rest(sentence, start, name.end))}?",
    )  # fmt: skip


def _other(name: Name, choice: tuple[str, ...]) -> str:
    return choice[hashlib.sha256(name.text.encode()).digest()[0] % len(choice)]


def _lower(text: str) -> str:
    first = text.split(" ", 1)[0]
    return (
        text[:1].lower() + text[1:] if first in {"The", "A", "An", "In", "At", "On", "It", "More"} else text
    )

"""False twins of news articles: one number, day, name or place changed, and a question about it.

Everything is made by rule from RealTimeQA's articles, so questions read a little stiffly.
"""

from __future__ import annotations

import hashlib
import re
import shutil
from dataclasses import dataclass
from pathlib import Path

from benchmarks.material import OUT, find_realtimeqa, unpack_articles
from bot.evals.facts import Fact, find_facts

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
        for fact in find_facts(body):
            reworded = counts.get(fact.kind, 0) % 2 == 1
            if counts.get(fact.kind, 0) < _EACH_KIND:
                counts[fact.kind] = counts.get(fact.kind, 0) + 1
                twins.append(_plant(corpus, file.stem[-8:], head, body, fact, reworded=reworded))
                break
        if len(counts) == 4 and min(counts.values()) == _EACH_KIND:
            break
    return twins


def _plant(corpus: Path, stem: str, head: str, body: str, fact: Fact, *, reworded: bool) -> Twin:
    """Write an article and its twin; every third is a true copy."""
    is_copy = hashlib.sha256(stem.encode()).digest()[2] % 4 == 0
    changed = fact.sentence[: fact.start] + _falsify(fact) + fact.sentence[fact.end :]
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
        return Twin(kind="copy", question=fact.question, answers={fact.value: frozenset({first, second})})
    answers = {fact.value: frozenset({first}), _falsify(fact): frozenset({second})}
    return Twin(kind=f"{fact.kind}, {manner}", question=fact.question, answers=answers)


def _read(file: Path) -> tuple[str, str]:
    text = file.read_text(encoding="utf-8")
    end = text.index("\n---\n", 4) + 5
    paragraphs = [part for part in text[end:].split("\n\n") if part.strip()]
    return text[:end] + "\n", "\n\n".join(part.strip() for part in paragraphs[:_PARAGRAPHS]) + "\n"


def _falsify(fact: Fact) -> str:
    """Give another value of the same kind, the same for the same fact."""
    if fact.kind == "number":
        return re.sub(
            r"\d[\d,]*", lambda said: f"{int(int(said[0].replace(',', '')) * 1.6) + 7:,}", fact.value, count=1
        )
    if fact.kind == "date":
        number = re.search(r"\d+", fact.value)
        assert number is not None
        value = int(number[0])
        changed = value - 3 if value > 1000 else (value + 9 if value < 15 else value - 9)
        return fact.value[: number.start()] + str(changed) + fact.value[number.end() :]
    choice = _PEOPLE if fact.kind == "name" else _PLACES
    return choice[hashlib.sha256(fact.value.encode()).digest()[0] % len(choice)]

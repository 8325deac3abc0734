"""Drafts of cases, for a person to edit: a question by rule for picked sentences of indexed articles.

A question by rule reads a little stiffly, and its fact is the words that were taken out; whoever keeps a draft is
meant to say it as people would. With an LLM the question is its own, and the fact still the rule's.
"""

from __future__ import annotations

import hashlib
import json
import random
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from bot.evals.cases import read_case
from bot.evals.figures import SEED
from bot.evals.stories import Story
from bot.names import NameKind, find_names
from bot.orders import is_order
from bot.quantities import Kind, find_quantities
from bot.render import dump_json
from index.dates import DateKind, find_dates
from index.errors import DatelineError, QueryError
from index.sentences import split_sentences
from prompts import load

_LEAST_WORDS = 9
_MOST_WORDS = 32
# A question that an LLM writes beyond this is an essay.
_MOST_CHARS = 300


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact:
    """A sentence, what is asked for in it, and the question.

    Attributes:
        kind: ``number``, ``date``, ``name`` or ``place``.
        start: with ``end``, the stretch of the sentence that is asked for.
    """

    kind: str
    sentence: str
    start: int
    end: int
    question: str

    @property
    def value(self) -> str:
        """The stretch as it stands in the sentence: the answer."""
        return self.sentence[self.start : self.end]


def find_facts(body: str) -> Iterator[Fact]:
    """Find what can be asked by rule: sentences with one number, day, person or place that stands nowhere else."""
    for start, end in split_sentences(body):
        sentence = body[start:end]
        words = len(sentence.split())
        if (
            not _LEAST_WORDS <= words <= _MOST_WORDS
            or "\n" in sentence
            or not sentence.endswith((".", ".”", '."'))
        ):
            continue
        for fact in (_number(sentence), _date(sentence), _person(sentence), _place(sentence)):
            if fact is not None and body.count(fact.value) == 1:
                yield fact


def find_mentions(body: str) -> Iterator[Fact]:
    """Find what can be asked of sentences in which two names stand beside a figure: what is said of the two.

    Clumsier than ``find_facts``, and for more sentences: a person is to make a question of it.
    """
    for start, end in split_sentences(body):
        sentence = body[start:end]
        figures = [q for q in find_quantities(sentence) if not q.vague and q.text[:1].isdigit()]
        names = list(dict.fromkeys(name.text for name in find_names(sentence)))
        if "\n" in sentence or len(sentence.split()) > _MOST_WORDS or len(figures) != 1 or not names:
            continue
        figure = figures[0]
        asked = f"Which figure is given for {' and '.join(names[:2])}" + (
            f", in {figure.noun}" if figure.noun else ""
        )
        yield Fact(kind="figure", sentence=sentence, start=figure.start, end=figure.end, question=f"{asked}?")


def draft_cases(
    stories: Sequence[Story], count: int, *, reword: Callable[[str], str] | None = None
) -> Iterator[dict[str, Any]]:
    """Draft cases, at most one of an article until each has given one.

    Args:
        reword: makes a better question of the rule's prompt; what it raises leaves the rule's question.

    Yields:
        Objects as CONTRACT.md has cases; beside them ``sentence``, what the answer rests on, and ``by``, who asks:
        ``llm`` or ``rule``.
    """
    order = sorted(stories, key=lambda story: (story.file, story.text))
    random.Random(SEED).shuffle(order)  # noqa: S311  # the same drafts every time
    waiting = [(story, _shuffled(story)) for story in order]
    given = 0
    while waiting and given < count:
        for story, facts in list(waiting):
            fact = next(facts, None)
            if fact is None:
                waiting.remove((story, facts))
            elif given < count:
                given += 1
                yield _draft(story, fact, reword)


def _shuffled(story: Story) -> Iterator[Fact]:
    draw = random.Random(f"{SEED}:{story.file}")  # noqa: S311
    drafted: list[Fact] = []
    for find in (find_facts, find_mentions):
        known = {fact.sentence for fact in drafted}
        found = [
            fact for fact in find(story.text) if fact.sentence not in known and not is_order(fact.sentence)
        ]
        draw.shuffle(found)
        drafted += found
    return iter(drafted)


def _draft(story: Story, fact: Fact, reword: Callable[[str], str] | None) -> dict[str, Any]:
    asked = {"asked_at": story.published.isoformat()} if story.published else {}
    question = _reworded(fact, reword) if reword else None
    digest = hashlib.sha256(f"{story.file}\0{fact.question}".encode()).hexdigest()[:8]
    return {
        "id": f"draft-{fact.kind}-{digest}",
        "question": question or fact.question,
        "answerable": True,
        "files": [story.file],
        "facts": [_pattern(fact.value)],
        "kind": "facts",
        **asked,
        "sentence": fact.sentence,
        "by": "llm" if question else "rule",
    }


def _pattern(value: str) -> str:
    """Write a value as a regular expression that no longer number and no longer word matches."""
    before, behind = (r"\b" if side.isalnum() else "" for side in (value[:1], value[-1:]))
    return before + re.escape(value).replace("\\ ", " ").replace("\\-", "-") + behind


def _reworded(fact: Fact, reword: Callable[[str], str]) -> str | None:
    """Have a question written; None where the reply is none, or gives the answer away."""
    try:
        reply = reword(load("draft_question").fill(sentence=fact.sentence, value=fact.value))
    except DatelineError:
        return None
    question = " ".join(reply.split())
    usable = (
        question.endswith("?") and len(question) <= _MOST_CHARS and fact.value.lower() not in question.lower()
    )
    return question if usable else None


def cases_from_feedback(rows: Iterable[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """Pass on questions that people voted down, as drafts.

    Args:
        rows: with ``question``, and any other field of a case, as a store of feedback exports them.

    Raises:
        QueryError: a row makes no case.
    """
    for number, row in enumerate(rows, start=1):
        draft = {"id": f"feedback-{number}", "kind": "feedback", **row}
        try:
            read_case(dump_json(draft).encode(), number)
        except QueryError as exc:
            raise QueryError(f"the feedback cannot be made cases: {exc}") from exc
        yield draft


def dump_case(case: dict[str, Any]) -> str:
    """Write a case as one line."""
    return json.dumps(case, ensure_ascii=False)


def _rest(sentence: str, start: int, end: int) -> str:
    return " ".join((sentence[:start] + " " + sentence[end:]).rstrip('.”"').split()).replace(" ,", ",")


def _number(sentence: str) -> Fact | None:
    found = [q for q in find_quantities(sentence) if q.kind is Kind.COUNT and q.noun and not q.vague]
    if len(found) != 1 or not re.fullmatch(r"[\d,]{2,}", found[0].text) or found[0].value < 12:
        return None
    quantity = found[0]
    at = sentence.find(quantity.noun or "", quantity.end)
    rest = _rest(sentence, quantity.hedge_start, at + len(quantity.noun or ""))
    return Fact(
        kind="number", sentence=sentence, start=quantity.start, end=quantity.end,
        question=f"How many {quantity.noun} {_lower(rest)}?",
    )  # fmt: skip


def _date(sentence: str) -> Fact | None:
    found = [day for day in find_dates(sentence) if day.kind in (DateKind.DAY, DateKind.YEAR)]
    if len(found) != 1 or not re.search(r"\d", found[0].text):
        return None
    day = found[0]
    lead = re.search(r"\b(?:on|in|since|by)\s$", sentence[: day.start])
    rest = _rest(sentence, lead.start() if lead else day.start, day.end)
    return Fact(
        kind="date", sentence=sentence, start=day.start, end=day.end,
        question=f"When was it that {_lower(rest)}?",
    )  # fmt: skip


def _person(sentence: str) -> Fact | None:
    names = [name for name in find_names(sentence) if name.kind is NameKind.PERSON and " " in name.text]
    if len(names) != 1 or names[0].start != 0 or not re.match(r"\s[a-z]", sentence[names[0].end :]):
        return None
    name = names[0]
    return Fact(
        kind="name", sentence=sentence, start=0, end=name.end,
        question=f"Who {_rest(sentence, 0, name.end)}?",
    )  # fmt: skip


def _place(sentence: str) -> Fact | None:
    names = [name for name in find_names(sentence) if name.kind is NameKind.PLACE]
    if len(names) != 1 or not sentence[: names[0].start].endswith((" in ", " near ", " at ")):
        return None
    name = names[0]
    start = sentence[: name.start].rstrip().rfind(" ") + 1
    return Fact(
        kind="place", sentence=sentence, start=name.start, end=name.end,
        question=f"Where was it that {_lower(_rest(sentence, start, name.end))}?",
    )  # fmt: skip


def _lower(text: str) -> str:
    first = text.split(" ", 1)[0]
    return (
        text[:1].lower() + text[1:] if first in {"The", "A", "An", "In", "At", "On", "It", "More"} else text
    )

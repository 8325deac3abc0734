"""Drafts of cases, for a person to edit: a question by rule for picked sentences of indexed articles.

Sentences of which no rule makes a question that a person would ask are passed over, so a small folder may give fewer
than are wanted. With an LLM the question is its own, and the fact still the rule's.
"""

from __future__ import annotations

import hashlib
import json
import random
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

from bot.evals.cases import read_case
from bot.evals.facts import Fact, find_facts
from bot.evals.figures import SEED
from bot.evals.stories import Story
from bot.orders import is_order
from bot.render import dump_json
from index.errors import DatelineError, QueryError
from prompts import load

# A question that an LLM writes beyond this is an essay.
_MOST_CHARS = 300


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
    """Find the facts of a story that may be asked for, in an order that does not favour its beginning."""
    found = [fact for fact in find_facts(story.text) if not is_order(fact.sentence)]
    random.Random(f"{SEED}:{story.file}").shuffle(found)  # noqa: S311
    # What names somebody or something can be understood without its article; a second question on a sentence comes last.
    found.sort(key=lambda fact: not re.search(r"(?<!^)\b[A-Z]", fact.question))
    asked = [fact.sentence for fact in found]
    return iter(sorted(found, key=lambda fact: fact is not found[asked.index(fact.sentence)]))


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

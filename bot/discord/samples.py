"""Three questions that the articles here do answer, for those who do not know what to ask."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING

from bot.discord.escape import clean
from bot.discord.store import Store
from bot.model import Status
from index.errors import DatelineError

if TYPE_CHECKING:
    from bot.desk import Desk
    from index.model import ArticleRef

SAMPLES = 3
# Tried before giving up; each costs as much as a question.
_TRIES = 12
_LONGEST = 80
_FACT = "samples"
# A headline's own kicker ("Video script: …") says what it is, not what it is about.
_KICKER = re.compile(r"^[^:“\"]{3,30}: ")


def make_samples(desk: Desk, store: Store) -> dict[str, str]:
    """Give sample questions by id; made when the articles have changed, else as they were.

    A question is made of an article's title, and kept if the desk answers it from that very article.
    """
    try:
        status, articles = desk.status(), desk.articles()
    except DatelineError:  # told to whoever asks something
        return {}
    state = status.index_state
    known = json.loads(store.fact(_FACT) or "{}")
    # An index that is being filled changes every few seconds, and each question takes long then.
    is_moving = status.syncing or status.filling
    if known.get("state") == state or (is_moving and known.get("questions")):
        return {str(id): str(text) for id, text in known["questions"].items()}
    found: dict[str, str] = {}
    for question, article in list(_candidates(articles))[:_TRIES]:
        if len(found) == SAMPLES:
            break
        if _is_answered(desk, question, article):
            found[hashlib.sha256(question.encode()).hexdigest()[:16]] = question
    store.set_fact(_FACT, json.dumps({"state": state, "questions": found}))
    return found


def rehearse(desk: Desk, store: Store) -> None:
    """Answer something before anybody asks: the first question of a process takes much longer than the others.

    New samples are not looked for: people wait for the bot, and each that is tried costs as much as a question.
    """
    known = json.loads(store.fact(_FACT) or "{}").get("questions", {})
    with suppress(DatelineError):  # told to whoever asks something
        desk.ask(next(iter(known.values()), "What happened?"))


def read_sample(store: Store, id: str) -> str | None:
    """Return the question of a button; None where it is of articles that were there before."""
    question = json.loads(store.fact(_FACT) or "{}").get("questions", {}).get(id)
    return None if question is None else str(question)


def _candidates(articles: Sequence[ArticleRef]) -> Iterable[tuple[str, ArticleRef]]:
    """Make questions of titles, from all over the corpus."""
    step = max(1, len(articles) // _TRIES)
    for article in [*articles[::step], *articles]:
        title = _KICKER.sub("", clean(article.title)).rstrip(". ")
        question = next((form for form in _forms(title) if len(form) <= _LONGEST), None)
        # A headline that asks is not answered by itself.
        if " " in title and question is not None and title[-1] not in "?!" and title != article.file:
            yield question, article


def _forms(title: str) -> tuple[str, ...]:
    """Ask about a headline, in fewer and fewer words: the whole has to fit on a button."""
    return f"What is known about this: {title}?", f"What about this: {title}?", f"{title}: what is known?"


def _is_answered(desk: Desk, question: str, article: ArticleRef) -> bool:
    """Tell whether a question is answered from an article, by more than its headline."""
    try:
        answer = desk.ask(question)
    except DatelineError:
        return False
    return answer.status is Status.ANSWERED and any(
        each.article.file == article.file and each.quote.strip("# ") not in article.title
        for each in answer.citations
    )

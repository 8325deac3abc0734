"""The steps from a question to its answer, without llama-index: to import it takes longer than to take them.

The query engine of bot/engine.py takes the same steps through llama-index's retriever and synthesizer.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date
from typing import Protocol

from bot.draft import OnSentence
from bot.model import Answer
from bot.stop import checkpoint
from index.model import Hit
from index.search import Searcher

# Passages read for an answer: enough for several articles on one event to be heard.
PASSAGES_READ = 24
# Articles of which the rest is read too: what answers is often a paragraph below what was found.
ARTICLES_READ = 2

OnFound = Callable[[int, int], None]


class Answerer(Protocol):
    """Makes an answer of the passages found."""

    def answer(
        self,
        text: str,
        hits: Sequence[Hit],
        *,
        asked_at: date | None = None,
        on_sentence: OnSentence | None = None,
    ) -> Answer:
        """Answer a question from passages, best first.

        Args:
            on_sentence: called with each sentence as soon as it may be shown.
        """
        ...


def find_and_answer(
    searcher: Searcher,
    answerer: Answerer,
    text: str,
    *,
    asked_at: date | None = None,
    folder: str = "",
    on_found: OnFound | None = None,
    on_sentence: OnSentence | None = None,
) -> Answer:
    """Answer a question as the query engine does. Arguments and errors are those of ``App.ask``."""
    hits = searcher.search(text, PASSAGES_READ, asked_at=asked_at, folder=folder)
    hits = (*hits, *searcher.rest_of(text, hits, ARTICLES_READ))
    checkpoint()
    tell_found(hits, on_found)
    return answerer.answer(text, hits, asked_at=asked_at, on_sentence=on_sentence)


def tell_found(hits: Sequence[Hit], on_found: OnFound | None) -> None:
    """Tell how many passages were found, and in how many articles."""
    if on_found is not None:
        on_found(len(hits), len({hit.passage.article.id for hit in hits}))

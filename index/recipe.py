"""All that decides passages and vectors besides the articles: the splitter's rules and the model."""

from __future__ import annotations

from index.embed import Embedder
from index.passages import MAX_TOKENS, PASSAGES, TITLE_TOKENS


def recipe_of(embedder: Embedder) -> str:
    """Name all that decides passages and vectors: the splitter's rules and the model."""
    return f"{PASSAGES}/{passage_tokens(embedder)}/{embedder.fingerprint}"


def passage_tokens(embedder: Embedder) -> int:
    """Return the most word pieces a passage may have: what is read, less two marks, the title and its stop."""
    return min(MAX_TOKENS, embedder.max_tokens - 3 - title_tokens(embedder))


def title_tokens(embedder: Embedder) -> int:
    """Return the most word pieces of a title that stand in front of a passage."""
    return min(TITLE_TOKENS, embedder.max_tokens // 8)

"""All that decides passages and vectors besides the articles: the splitter's rules and the model."""

from __future__ import annotations

from index.embed import Embedder
from index.errors import StoreMismatchError
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


def _describe_build(embedder: str, recipe: str) -> str:
    """Name embedder and splitter of an index: ``all-MiniLM-L6-v2 and splitter punkt-1/120-220/220``.

    Args:
        embedder: as its settings name it.
        recipe: as ``recipe_of`` writes it: splitter, tokens, and the embedder's fingerprint.
    """
    return f"{embedder or 'an unknown embedder'} and splitter {_splitter(recipe) or 'unknown'}"


def _describe_difference(
    *, embedder: str, recipe: str, found_embedder: str, found_recipe: str
) -> tuple[str, str]:
    """Say what an index was built with, and what the settings ask for now.

    Returns:
        Two phrases; where name and splitter are the same, the first says what else has to be other.
    """
    now = _describe_build(embedder, recipe)
    found = _describe_build(found_embedder, found_recipe)
    if found == now:
        found = f"{found_embedder} of other weights or another passage prefix"
    return found, now


def _splitter(recipe: str) -> str:
    return recipe.rpartition("/")[0]


def mismatch(embedder: Embedder, found_embedder: str, found_recipe: str) -> StoreMismatchError:
    """Say that an index was built with another embedder or splitter than the settings ask for."""
    found, now = _describe_difference(
        embedder=embedder.name,
        recipe=recipe_of(embedder),
        found_embedder=found_embedder,
        found_recipe=found_recipe,
    )
    return StoreMismatchError(what="embedder or splitter", expected=now, found=f"built with {found}")

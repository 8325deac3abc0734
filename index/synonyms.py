"""Words that newspapers use for the same thing."""

from __future__ import annotations

from functools import cache
from importlib import resources

from index.wording import stem


@cache
def _all() -> dict[str, frozenset[str]]:
    """Return, for each stem, the stems of the lines it stands in."""
    text = resources.files("index").joinpath("synonyms.txt").read_text(encoding="utf-8")
    found: dict[str, set[str]] = {}
    for line in text.splitlines():
        if not line.startswith("#"):
            group = {stem(word) for word in line.split()}
            for word in group:
                found.setdefault(word, set()).update(group)
    return {word: frozenset(group) for word, group in found.items()}


def synonyms_of(word_stem: str) -> frozenset[str]:
    """Return the stems that are used for the same thing as a stem, itself among them; none for most words."""
    return _all().get(word_stem, frozenset())

"""Words that newspapers use for the same thing."""

from __future__ import annotations

from functools import cache
from importlib import resources

from index.wording import stem


@cache
def _groups_of() -> dict[str, frozenset[int]]:
    """Return, for each stem, the numbers of the lines it stands in."""
    text = resources.files("index").joinpath("synonyms.txt").read_text(encoding="utf-8")
    found: dict[str, set[int]] = {}
    for number, line in enumerate(text.splitlines()):
        if not line.startswith("#"):
            for word in line.split():
                found.setdefault(stem(word), set()).add(number)
    return {word: frozenset(numbers) for word, numbers in found.items()}


def groups_of(word_stem: str) -> frozenset[int]:
    """Return the groups of a stem; two stems that share one are used for the same thing."""
    return _groups_of().get(word_stem, frozenset())

"""How much of an article's text any vector has read. Pure.

A model reads the beginning of what it is given and drops the rest without a word.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from benchmarks.rivals.worker import Piece

# Gives the beginning of a text that the model reads.
Shorten = Callable[[str], str]


def count_read_words(article: str, begins: int, pieces: Iterable[Piece], shorten: Shorten) -> int:
    """Count the words of an article that stand in the part of some passage that the model reads.

    Args:
        article: the file.
        begins: character at which the article's own words begin, behind what the file says about itself.
        pieces: its passages in order; they may overlap, and have other white space.
    """
    words = article.split()
    first = len(article[:begins].split())
    read: set[int] = set()
    start = 0
    for piece in pieces:
        whole = piece.text.split()
        seen = shorten(piece.head + piece.text)[len(piece.head) :].split()
        place = _find(words, whole, start)
        if place is None:
            # A splitter may cut within a word: only the passage's inner words are looked for.
            place = _find(words, whole[1:-1], start)
            if place is None:
                continue
            place -= 1
        read.update(range(place, place + len(seen)))
        start = place
    return sum(first <= word < len(words) for word in read)


def _find(words: Sequence[str], part: Sequence[str], start: int) -> int | None:
    """Return where a run of words stands at or behind a place."""
    if not part:
        return None
    for place in range(start, len(words) - len(part) + 1):
        if words[place] == part[0] and list(words[place : place + len(part)]) == list(part):
            return place
    return None

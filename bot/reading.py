"""A text as its words in order, each with its place, so that a claim and a passage can be laid side by side."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from itertools import chain
from typing import NamedTuple

from index.model import Span
from index.sentences import split_sentences
from index.spelling import fold
from index.wording import stem
from index.words import is_content

_WORD = re.compile(r"(?:[^\W\d_]\.){2,}|[^\W_]+(?:[.,]\d+)*")
# Kept though a list of stop words holds it: what stands in front is negated.
_ENDS_CLAUSE = re.compile(r"[.,;:!?—–()\n]")


class Token(NamedTuple):
    """A word; ``text[start:end]`` is it, but for the full stops of "U.N.".

    Attributes:
        word: folded, without full stops.
        content: it is no function word.
        capital: it begins with a capital letter.
        opens: it is the first word of a sentence.
        breaks: a mark of punctuation stands between it and the word in front.
    """

    start: int
    end: int
    word: str
    stem: str
    content: bool
    capital: bool
    opens: bool
    breaks: bool

    @property
    def is_number(self) -> bool:
        """Whether it is written in digits."""
        return self.word[0].isdigit()


@dataclass(frozen=True)
class Reading:
    """A text that was read once; what is worked out from it is kept.

    Attributes:
        bounds: for each sentence, the tokens from the first to behind the last.
    """

    text: str
    tokens: tuple[Token, ...]
    sentences: tuple[Span, ...]
    bounds: tuple[Span, ...]

    @cached_property
    def starts(self) -> list[int]:
        """Where tokens begin, for searching."""
        return [token.start for token in self.tokens]

    @cached_property
    def words(self) -> frozenset[str]:
        """All words, folded."""
        return frozenset(token.word for token in self.tokens)

    @cached_property
    def sentence_stems(self) -> tuple[frozenset[str], ...]:
        """The stems of each sentence, function words included."""
        return tuple(frozenset(token.stem for token in self.tokens[a:b]) for a, b in self.bounds)

    @cached_property
    def grams(self) -> frozenset[tuple[str, ...]]:
        """All runs of one, two and three stems."""
        return grams_of(self.tokens)

    @cached_property
    def places(self) -> dict[str, list[int]]:
        """For each word, the tokens that are it, in order."""
        places: dict[str, list[int]] = {}
        for index, token in enumerate(self.tokens):
            places.setdefault(token.word, []).append(index)
        return places

    def span_of(self, start: int, end: int) -> Span:
        """Return the tokens of a stretch of the text, from the first to behind the last."""
        return Span(bisect_left(self.starts, start), bisect_left(self.starts, end))

    def find(self, words: Sequence[str]) -> list[int]:
        """Return where these words stand one after the other, as token numbers."""
        if not words:
            return []
        return [
            at
            for at in self.places.get(words[0], ())
            if all(
                at + step < len(self.tokens) and self.tokens[at + step].word == word
                for step, word in enumerate(words)
            )
        ]


def grams_of(tokens: Sequence[Token]) -> frozenset[tuple[str, ...]]:
    """Return all runs of one, two and three stems."""
    stems = [token.stem for token in tokens]
    runs = (zip(*(stems[step:] for step in range(length)), strict=False) for length in (1, 2, 3))
    return frozenset(chain.from_iterable(runs))


def read(text: str) -> Reading:
    """Read a text; the last few texts are remembered, since many claims rest on the same passages."""
    return _read(text)


@lru_cache(maxsize=128)
def _read(text: str) -> Reading:
    sentences = split_sentences(text)
    tokens: list[Token] = []
    bounds: list[Span] = []
    end = 0
    for sentence in sentences:
        first = len(tokens)
        for match in _WORD.finditer(text, *sentence):
            written = match.group()
            plain = written.replace(".", "") if written[-1] == "." else written
            word = fold(plain)
            tokens.append(
                Token(
                    match.start(),
                    match.end(),
                    word,
                    stem(word),
                    is_content(plain),
                    written[0].isupper(),
                    len(tokens) == first,
                    _ENDS_CLAUSE.search(text, end, match.start()) is not None,
                )
            )
            end = match.end()
        bounds.append(Span(first, len(tokens)))
    return Reading(text=text, tokens=tuple(tokens), sentences=sentences, bounds=tuple(bounds))

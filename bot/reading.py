"""A text as its words in order, each with its place, so that a claim and a passage can be laid side by side."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from itertools import pairwise
from types import MappingProxyType
from typing import NamedTuple

from bot.verbs import verb_of
from index.model import Span
from index.sentences import split_sentences
from index.spelling import fold
from index.wording import stem
from index.words import is_content

# "didn't" is two words, "did" and "not".
_WORD = re.compile(r"(?:[^\W\d_]\.){2,}|[^\W\d_]+(?=n['’]t\b)|n['’]t\b|[^\W_]+(?:[.,]\d+)*", re.IGNORECASE)
_CUT = {"ca": "can", "wo": "will", "sha": "shall"}
# As desks write them; "21st" and above are seldom written out.
_ORDINALS = MappingProxyType(
    dict(
        zip(
            "1st 2nd 3rd 4th 5th 6th 7th 8th 9th 10th 11th 12th".split(),
            "first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth".split(),
            strict=True,
        )
    )
)
_ENDS_CLAUSE = re.compile(r"[.,;:!?—–()\n]")


class Token(NamedTuple):
    """A word; ``text[start:end]`` is it, but for the full stops of "U.N.".

    Attributes:
        word: folded, without full stops, and without commas in figures.
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
    def sentences_of(self) -> dict[str, list[int]]:
        """For each stem, the sentences that hold it, by number."""
        found: dict[str, list[int]] = {}
        for number, (first, last) in enumerate(self.bounds):
            for held in {token.stem for token in self.tokens[first:last]}:
                found.setdefault(held, []).append(number)
        return found

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

    def sentence_at(self, at: int) -> int:
        """Return which sentence a token stands in, by number."""
        return next(number for number, bound in enumerate(self.bounds) if bound.start <= at < bound.end)

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
    """Return the stems of some words, and their pairs of neighbours."""
    stems = [token.stem for token in tokens]
    return frozenset([*zip(stems, strict=True), *pairwise(stems)])


def read(text: str) -> Reading:
    """Read a text; the last few texts are remembered, since many claims rest on the same passages."""
    return _read(text)


class _Written(NamedTuple):
    """What a word is, wherever it stands."""

    word: str
    stem: str
    content: bool
    capital: bool


@lru_cache(maxsize=1 << 16)
def _look_up(written: str, is_cut: bool) -> _Written:
    """Read a word as it is written; ``is_cut`` tells that "n't" follows."""
    plain = written.replace(".", "") if written[-1] == "." else written
    word = fold(plain)
    if word[0].isdigit():
        word = _ORDINALS.get(word, word.replace(",", ""))
    elif len(word) == 3 and word[1] in "'’":
        word = "not"
    elif is_cut:
        word = _CUT.get(word, word)
    return _Written(word, stem(verb_of(word)), is_content(plain), written[0].isupper())


@lru_cache(maxsize=128)
def _read(text: str) -> Reading:
    sentences = split_sentences(text)
    tokens: list[Token] = []
    bounds: list[Span] = []
    end = 0
    for sentence in sentences:
        first = len(tokens)
        for match in _WORD.finditer(text, *sentence):
            start, stop = match.span()
            known = _look_up(match.group(), text.startswith(("n't", "n’t"), stop))
            gap = text[end:start]
            breaks = gap != " " and _ENDS_CLAUSE.search(gap) is not None
            tokens.append(Token(start, stop, *known, len(tokens) == first, breaks))
            end = stop
        bounds.append(Span(first, len(tokens)))
    return Reading(text=text, tokens=tuple(tokens), sentences=sentences, bounds=tuple(bounds))

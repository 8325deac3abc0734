"""The words of texts as numbers: each is looked up once, whoever asks."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from index.spelling import fold
from index.wording import content_words

# About the words of two thousand articles; 46 MB with vectors of 384.
_KEPT_WORDS = 60_000
_KEPT_TEXTS = 20_000
# Letters that a word shares with its stem; English endings leave the first three alone.
_OPENING = 3

Numbers = NDArray[np.int32]


class Vocabulary:
    """Words met so far, numbered from 0 in the order in which they came. Safe for several threads."""

    def __init__(self, look_up: Callable[[Sequence[str]], NDArray[np.float32]]) -> None:
        """Begin with no words.

        Args:
            look_up: returns words' vectors, one a row, of length 1.
        """
        self._look_up = look_up
        self._lock = threading.Lock()
        self._words: list[str] = []
        self._numbers: dict[str, int] = {}
        # Half as long as what is worked out from them.
        self._vectors = np.zeros((0, 0), dtype=np.float16)
        self._opening_numbers: dict[str, int] = {}
        self._openings: Numbers = np.zeros(0, dtype=np.int32)
        self._texts: dict[str, Numbers] = {}

    def current(self) -> Vocabulary:
        """Return this, or an empty one where it has grown too large; whoever uses it goes on using it."""
        return self if len(self._words) <= _KEPT_WORDS else Vocabulary(self._look_up)

    def read(self, texts: Sequence[str]) -> list[Numbers]:
        """Return the content words of each text, in order, repeats kept."""
        with self._lock:
            lacking = {text: content_words(text) for text in texts if text not in self._texts}
            self._learn([word for words in lacking.values() for word in words])
            if len(self._texts) + len(lacking) > _KEPT_TEXTS:
                self._texts = {text: self._texts[text] for text in texts if text in self._texts}
            for text, words in lacking.items():
                self._texts[text] = np.array([self._numbers[word] for word in words], dtype=np.int32)
            return [self._texts[text] for text in texts]

    def number(self, words: Sequence[str]) -> Numbers:
        """Return the numbers of some words."""
        with self._lock:
            self._learn(words)
            return np.array([self._numbers[word] for word in words], dtype=np.int32)

    def word(self, number: int) -> str:
        """Return a word."""
        return self._words[number]

    def vectors(self, numbers: Numbers) -> NDArray[np.float32]:
        """Return the vectors of some words, shape (len(numbers), width)."""
        with self._lock:
            return self._vectors[numbers].astype(np.float32)

    def that_open(self, numbers: Numbers, stems: frozenset[str]) -> NDArray[np.intp]:
        """Return the places in ``numbers`` of words that begin as one of these stems does."""
        with self._lock:
            known = {self._opening_numbers.get(stem[:_OPENING], -1) for stem in stems}
            return np.flatnonzero(np.isin(self._openings[numbers], list(known)))

    def _learn(self, words: Sequence[str]) -> None:
        new = [word for word in dict.fromkeys(words) if word not in self._numbers]
        if not new:
            return
        known, vectors = len(self._words), self._look_up(new)
        if known + len(new) > len(self._openings):
            # Doubled, so that a row is seldom copied.
            more = max(len(self._openings), known + len(new) - len(self._openings))
            self._vectors = np.concatenate(
                [self._vectors.reshape(-1, vectors.shape[1]), np.zeros((more, vectors.shape[1]), np.float16)]
            )
            self._openings = np.concatenate([self._openings, np.zeros(more, np.int32)])
        held = slice(known, known + len(new))
        self._vectors[held] = vectors
        openings = self._opening_numbers
        self._openings[held] = [openings.setdefault(_opening(word), len(openings)) for word in new]
        self._words += new
        self._numbers.update((word, number) for number, word in enumerate(new, start=known))


def _opening(word: str) -> str:
    return word[:_OPENING].lower() if word.isascii() else fold(word)[:_OPENING]

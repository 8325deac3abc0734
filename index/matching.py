"""How well the words of a text stand for the words of a question."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

from index.spelling import fold
from index.synonyms import synonyms_of
from index.wording import content_words, forms_of, stem
from index.words import Term

# Cosines of single words at and below which they have nothing to do with each other, and from which one
# stands for the other; what stands for a word counts a little less than the word itself. Of the values
# tried on questions about the Mosul articles and corpus/ these were best by a little; nearby ones did as well.
_UNLIKE, _ALIKE, _STANDS_FOR = 0.15, 0.60, 0.9
# What a word from the list of synonyms counts: its groups are loose.
_SYNONYM = 0.7
# Letters that a word shares with its stem; English endings leave the first three alone.
_OPENING = 3


class _Row:
    """What stands for a word of a question whatever its vector says.

    Attributes:
        is_name: whether it is a name or a number.
        forms: stems of the word and its spellings.
        alike: stems of its synonyms.
        openings: with which letters a word begins that may have one of these stems.
    """

    def __init__(self, term: Term) -> None:
        self.is_name = not term.word.isalpha() or term.word[0].isupper()
        self.forms = forms_of(term)
        self.alike = frozenset[str]() if self.is_name else synonyms_of(stem(term.word))
        self.openings = frozenset(form[:_OPENING] for form in self.forms | self.alike)


class Matcher:
    """Compares a question's words with those of some texts. Safe for several threads.

    A name or a number stands for itself, its spellings and its endings alone; other words also for what
    is near in meaning, so that "abducted" answers "kidnapped".

    Attributes:
        weights: of the question's words, their rarity; shape (terms,).
    """

    def __init__(
        self, terms: Sequence[Term], look_up: Callable[[Sequence[str]], NDArray[np.float32]]
    ) -> None:
        self.weights: NDArray[np.float64] = np.array([term.idf for term in terms])
        self._look_up = look_up
        self._asked = look_up([term.word for term in terms])
        self._rows = [_Row(term) for term in terms]
        self._columns: dict[str, int] = {}
        self._near = np.zeros((len(terms), 0), dtype=np.float32)
        self._nothing = np.zeros(len(terms), dtype=np.float32)
        self._found: dict[str, NDArray[np.float32]] = {}
        self._lock = threading.Lock()

    def read(self, texts: Iterable[str]) -> None:
        """Compare some texts, all at once; those that were read before cost nothing."""
        with self._lock:
            written = {text: content_words(text) for text in dict.fromkeys(texts) if text not in self._found}
            self._add(list(dict.fromkeys(word for own in written.values() for word in own)))
            self._found.update(dict.fromkeys(written, self._nothing))
            worded = [text for text, own in written.items() if own]
            if worded:
                starts = np.cumsum([0, *(len(written[text]) for text in worded)])[:-1]
                flat = [self._columns[word] for text in worded for word in written[text]]
                # Shape (texts, terms).
                best = np.ascontiguousarray(np.maximum.reduceat(self._near[:, flat], starts, axis=1).T)
                self._found.update(zip(worded, best, strict=True))

    def _add(self, words: Sequence[str]) -> None:
        """Compare the question's words with those not met before."""
        words = [word for word in words if word not in self._columns]
        if not words:
            return
        likeness = self._asked @ self._look_up(words).T
        near = np.clip((likeness - _UNLIKE) / (_ALIKE - _UNLIKE), 0.0, 1.0) * _STANDS_FOR
        by_opening: dict[str, list[int]] = {opening: [] for row in self._rows for opening in row.openings}
        for column, word in enumerate(words):
            if (alike := by_opening.get(_opening(word))) is not None:
                alike.append(column)
        for asked, row in zip(self._rows, near, strict=True):
            if asked.is_name:
                row[:] = 0.0
            # Stemming every word of a hundred passages would take longer than the search.
            for column in (column for opening in asked.openings for column in by_opening[opening]):
                found = stem(words[column])
                if found in asked.forms or (asked.is_name and is_kin(found, asked.forms)):
                    row[column] = 1.0
                elif found in asked.alike:
                    row[column] = max(row[column], _SYNONYM)
        known = len(self._columns)
        self._columns.update((word, column) for column, word in enumerate(words, start=known))
        self._near = np.concatenate([self._near, near.astype(np.float32)], axis=1)

    def found(self, text: str) -> NDArray[np.float32]:
        """Return how well each of the question's words is met, 0 to 1, shape (terms,).

        Args:
            text: one of those read.
        """
        return self._found[text]


def _opening(word: str) -> str:
    return word[:_OPENING].lower() if word.isascii() else fold(word)[:_OPENING]


def shares(found: NDArray[np.float32], weights: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the weight of the words that are met over the weight of all; 1 where nothing weighs.

    Args:
        found: shape (..., terms), as ``Matcher.found`` gives a row.

    Returns:
        Shape (...).
    """
    total = float(weights.sum())
    met: NDArray[np.float64] = found @ weights
    return met / total if total else np.ones_like(met)


def is_kin(found: str, names: Iterable[str]) -> bool:
    """Tell whether a name stands there with another ending: Iraqis, Iraq; Turkish, Turkey is not."""
    return len(found) >= 4 and any(
        name[:4] == found[:4] and (name.startswith(found) or found.startswith(name))
        for name in names
        if len(name) >= 4
    )

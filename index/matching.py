"""How well the words of a text stand for the words of a question."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

from index.synonyms import synonyms_of
from index.vocabulary import Numbers, Vocabulary
from index.wording import forms_of, stem
from index.words import Term

# Cosines of single words at and below which they have nothing to do with each other, and from which one
# stands for the other; what stands for a word counts a little less than the word itself. Of the values
# tried on questions about the Mosul articles and corpus/ these were best by a little; nearby ones did as well.
_UNLIKE, _ALIKE, _STANDS_FOR = 0.15, 0.60, 0.9
# What a word from the list of synonyms counts: its groups are loose.
_SYNONYM = 0.7


class _Row:
    """What stands for a word of a question whatever its vector says.

    Attributes:
        is_name: whether it is a name or a number.
        forms: stems of the word and its spellings.
        alike: stems of its synonyms.
    """

    def __init__(self, term: Term) -> None:
        self.is_name = not term.word.isalpha() or term.word[0].isupper()
        self.forms = forms_of(term)
        self.alike = frozenset[str]() if self.is_name else synonyms_of(stem(term.word))


class Matcher:
    """Compares a question's words with those of some texts. Safe for several threads.

    A name or a number stands for itself, its spellings and its endings alone; other words also for what
    is near in meaning, so that "abducted" answers "kidnapped".

    Attributes:
        weights: of the question's words, their rarity; shape (terms,).
    """

    def __init__(self, terms: Sequence[Term], vocabulary: Vocabulary) -> None:
        self.weights: NDArray[np.float64] = np.array([term.idf for term in terms])
        self._vocabulary = vocabulary
        self._asked = vocabulary.vectors(vocabulary.number([term.word for term in terms]))
        self._rows = [_Row(term) for term in terms]
        self._nothing = np.zeros(len(terms), dtype=np.float32)
        self._found: dict[str, NDArray[np.float32]] = {}
        self._lock = threading.Lock()

    def read(self, texts: Iterable[str]) -> None:
        """Compare some texts, all at once; those that were read before cost nothing."""
        with self._lock:
            new = [text for text in dict.fromkeys(texts) if text not in self._found]
            self._found.update(dict.fromkeys(new, self._nothing))
            read = zip(new, self._vocabulary.read(new), strict=True)
            worded = {text: words for text, words in read if len(words)}
            if worded and self._rows:
                words, places = _number_anew(np.concatenate(list(worded.values())))
                starts = np.cumsum([0, *map(len, worded.values())])[:-1]
                # Shape (texts, terms).
                best = np.maximum.reduceat(self._compare(words)[:, places], starts, axis=1).T
                self._found.update(zip(worded, np.ascontiguousarray(best), strict=True))

    def _compare(self, words: Numbers) -> NDArray[np.float32]:
        """Return how well each word stands for each of the question's, shape (terms, words)."""
        likeness = self._asked @ self._vocabulary.vectors(words).T
        near: NDArray[np.float32] = np.clip((likeness - _UNLIKE) / (_ALIKE - _UNLIKE), 0.0, 1.0) * _STANDS_FOR
        for asked, row in zip(self._rows, near, strict=True):
            if asked.is_name:
                row[:] = 0.0
            # Stemming every word of a hundred passages would take longer than the search.
            for place in self._vocabulary.that_open(words, asked.forms | asked.alike):
                found = stem(self._vocabulary.word(words[place]))
                if found in asked.forms or (asked.is_name and is_kin(found, asked.forms)):
                    row[place] = 1.0
                elif found in asked.alike:
                    row[place] = max(row[place], _SYNONYM)
        return near

    def found(self, text: str) -> NDArray[np.float32]:
        """Return how well each of the question's words is met, 0 to 1, shape (terms,).

        Args:
            text: one of those read.
        """
        return self._found[text]


def _number_anew(words: Numbers) -> tuple[Numbers, NDArray[np.intp]]:
    """Return the words, each once, and for each of those given its place among them.

    They stand in the order in which they come, not by number: the last bit of a product can depend on the place,
    and an answer must not depend on what was asked before.
    """
    _, first, sorted_places = np.unique(words, return_index=True, return_inverse=True)
    order = np.argsort(first)
    places = np.empty_like(order)
    places[order] = np.arange(len(order))
    return words[first[order]], places[sorted_places]


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

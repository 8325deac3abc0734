"""How well the words of a text stand for the words of a question."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

from index.synonyms import groups_of
from index.wording import content_words, forms_of, stem
from index.words import Term

# Cosines of single words at and below which they have nothing to do with each other, and from which one
# stands for the other; what stands for a word counts a little less than the word itself. Of the values
# tried on questions about the Mosul articles and corpus/ these were best by a little; nearby ones did as well.
_UNLIKE, _ALIKE, _STANDS_FOR = 0.15, 0.60, 0.9
# What a word from the list of synonyms counts: its groups are loose.
_SYNONYM = 0.7


class Matcher:
    """Compares a question's words with those of some texts.

    A name or a number stands for itself, its spellings and its endings alone; other words also for what
    is near in meaning, so that "abducted" answers "kidnapped".

    Attributes:
        weights: of the question's words, their rarity; shape (terms,).
    """

    def __init__(
        self,
        terms: Sequence[Term],
        texts: Iterable[str],
        look_up: Callable[[Sequence[str]], NDArray[np.float32]],
    ) -> None:
        words = list(dict.fromkeys(word for text in texts for word in content_words(text)))
        likeness = look_up([term.word for term in terms]) @ look_up(words).T
        near = np.clip((likeness - _UNLIKE) / (_ALIKE - _UNLIKE), 0.0, 1.0) * _STANDS_FOR
        stems = [stem(word) for word in words]
        groups = [groups_of(found) for found in stems]
        for row, term in enumerate(terms):
            forms = forms_of(term)
            is_name = not term.word.isalpha() or term.word[0].isupper()
            if is_name:
                near[row] = 0.0
            own = frozenset[int]() if is_name else groups_of(stem(term.word))
            for column, found in enumerate(stems):
                if own & groups[column]:
                    near[row, column] = max(near[row, column], _SYNONYM)
                if found in forms or (is_name and is_kin(found, forms)):
                    near[row, column] = 1.0
        self.weights: NDArray[np.float64] = np.array([term.idf for term in terms])
        self._columns = {word: column for column, word in enumerate(words)}
        self._near: NDArray[np.float32] = near.astype(np.float32)

    def found(self, text: str) -> NDArray[np.float32]:
        """Return how well each of the question's words is met, 0 to 1, shape (terms,).

        Args:
            text: made of the texts' words; others count for nothing.
        """
        columns = [self._columns[word] for word in content_words(text) if word in self._columns]
        if not columns:
            return np.zeros(len(self.weights), dtype=np.float32)
        best: NDArray[np.float32] = self._near[:, columns].max(axis=1)
        return best


def share(found: NDArray[np.float32], weights: NDArray[np.float64]) -> float:
    """Return the weight of the words that are met over the weight of all; 1 where nothing weighs."""
    total = float(weights.sum())
    return float(weights @ found) / total if total else 1.0


def is_kin(found: str, names: Iterable[str]) -> bool:
    """Tell whether a name stands there with another ending: Iraqis, Iraq; Turkish, Turkey is not."""
    return len(found) >= 4 and any(
        name[:4] == found[:4] and (name.startswith(found) or found.startswith(name))
        for name in names
        if len(name) >= 4
    )

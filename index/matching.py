"""How well the words of a text stand for the words of a question."""

from __future__ import annotations

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
        written = {text: content_words(text) for text in dict.fromkeys(texts)}
        words = list(dict.fromkeys(word for own in written.values() for word in own))
        columns = {word: column for column, word in enumerate(words)}
        self._columns = {text: [columns[word] for word in own] for text, own in written.items()}
        likeness = look_up([term.word for term in terms]) @ look_up(words).T
        near = np.clip((likeness - _UNLIKE) / (_ALIKE - _UNLIKE), 0.0, 1.0) * _STANDS_FOR
        by_opening: dict[str, list[int]] = {}
        for column, word in enumerate(words):
            by_opening.setdefault(fold(word)[:_OPENING], []).append(column)
        for row, term in enumerate(terms):
            forms = forms_of(term)
            is_name = not term.word.isalpha() or term.word[0].isupper()
            if is_name:
                near[row] = 0.0
            alike = frozenset[str]() if is_name else synonyms_of(stem(term.word))
            # Stemming every word of a hundred passages would take longer than the search.
            openings = {form[:_OPENING] for form in forms | alike}
            for column in (column for opening in openings for column in by_opening.get(opening, ())):
                found = stem(words[column])
                if found in forms or (is_name and is_kin(found, forms)):
                    near[row, column] = 1.0
                elif found in alike:
                    near[row, column] = max(near[row, column], _SYNONYM)
        self.weights: NDArray[np.float64] = np.array([term.idf for term in terms])
        self._near: NDArray[np.float32] = near.astype(np.float32)

    def found(self, text: str) -> NDArray[np.float32]:
        """Return how well each of the question's words is met, 0 to 1, shape (terms,).

        Args:
            text: one of the texts.
        """
        columns = self._columns[text]
        if not columns:
            return np.zeros(len(self.weights), dtype=np.float32)
        best: NDArray[np.float32] = self._near[:, columns].max(axis=1)
        return best


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

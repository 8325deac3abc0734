"""Names as different desks spell them: Baiji and Beiji, al-Nujaifi and Nuajifi.

Every article's capitalised words go into a table with the consonants that they are made of, so that
the spellings of one name lie under one key and are found without reading the whole vocabulary.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from functools import lru_cache

from rapidfuzz import fuzz

# Words of four letters and more: shorter ones ("Iran", "Iraq") differ by too little to tell apart.
_NAME = re.compile(r"\b[A-Z\u00c0-\u00de][^\W\d_]{3,}")
_VOWELS = frozenset("aeiouyh")
# Sounds that transliterations write in several ways.
_SOUNDS = str.maketrans({"c": "k", "q": "k", "z": "s", "j": "g", "v": "w", "f": "p"})
# Indel similarity in percent. Baiji/Beiji is 80, Nujaifi/Nuajifi 86; Marin/Martin never meet,
# having other consonants.
_MIN_RATIO = 75.0


def fold(word: str) -> str:
    """Return a word in lower case without diacritics, as the full-text tokenizer sees it."""
    if word.isascii():
        return word.lower()
    decomposed = unicodedata.normalize("NFKD", word.lower())
    return "".join(character for character in decomposed if not unicodedata.combining(character))


@lru_cache(maxsize=1 << 16)
def skeleton(term: str) -> str:
    """Return a folded word's consonants, each sound once for a double letter, in sorted order.

    Sorted, because letters change places in misspelt names (Tikrit, Tirkit).
    """
    sounds = [
        character
        for index, character in enumerate(term.translate(_SOUNDS))
        if character not in _VOWELS and (index == 0 or term[index - 1] != term[index])
    ]
    return "".join(sorted(sounds))


def name_terms(text: str) -> set[str]:
    """Return the folded capitalised words of a text, those that open a sentence included."""
    return {fold(word) for word in set(_NAME.findall(text))}


def same_name(term: str, candidates: Iterable[str]) -> list[str]:
    """Return the candidates, of the same skeleton, that may be another spelling of a folded term."""
    return sorted(
        candidate
        for candidate in candidates
        if candidate != term
        and abs(len(candidate) - len(term)) <= 2
        and fuzz.ratio(term, candidate) >= _MIN_RATIO
    )

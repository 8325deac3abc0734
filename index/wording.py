"""Words compared across their forms: "freed" asks for "free", "prisoners" for "prisoner"."""

from __future__ import annotations

import re
import threading
from functools import lru_cache

import snowballstemmer

from index.spelling import fold
from index.words import Term, is_content


class _Stemmers(threading.local):
    """A stemmer for each thread: it keeps the word it is at in itself, and two threads would mix theirs."""

    def __init__(self) -> None:
        self.english = snowballstemmer.stemmer("english")


_STEMMERS = _Stemmers()
# Abbreviations with full stops are one word; looking for them takes as long again, and few texts hold one.
_SHORT = re.compile(r"[^\W\d_]\.[^\W\d_]\.")
_WORD = re.compile(r"[^\W_]+(?:[.,]\d+)*")
_SHORT_OR_WORD = re.compile(rf"(?:[^\W\d_]\.){{2,}}|{_WORD.pattern}")


@lru_cache(maxsize=50_000)
def stem(word: str) -> str:
    """Return the stem of a word (Snowball English), folded to lower case without diacritics."""
    return str(_STEMMERS.english.stemWord(fold(word)))


@lru_cache(maxsize=20_000)
def content_words(text: str) -> tuple[str, ...]:
    """Return a text's content words, in order, repeats kept. "U.N." is read as "UN"."""
    if text.count(".") > 1 and _SHORT.search(text):
        found = _SHORT_OR_WORD.findall(text)
        words = [word.replace(".", "") if word[-1] == "." else word for word in found]
    else:
        words = _WORD.findall(text)
    return tuple([word for word in words if is_content(word)])


def content_stems(text: str) -> list[str]:
    """Return the stems of a text's content words, in order, repeats kept."""
    return [stem(word) for word in content_words(text)]


def forms_of(term: Term) -> frozenset[str]:
    """Return the stems that stand for a word of the question, other spellings included."""
    return frozenset(s for word in (term.word, *term.variants) for s in content_stems(word))

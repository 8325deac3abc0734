"""The words of a question that are worth looking for."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib import resources
from typing import TYPE_CHECKING

from index.spelling import fold

if TYPE_CHECKING:
    from index.snapshot import Snapshot

# Function words, and the words that ask. "not", "no" and numbers are kept: they change what is asked.
STOP_WORDS = frozenset(
    """
    a about above after again against al all also am an and any are as at be because been before being
    below between both but by can could did do does doing down during each few for from further had has
    have having he her here hers him his how i if in into is it its itself just let many may me might
    more most much must my of off on once only or other our ours out over own per same shall she should
    so some such than that the their theirs them then there these they this those through to too under
    until up upon us very was we were what whatever when where whether which while who whom whose why
    will with would you your yours s t re ve ll d m tell say says said give show know please according
    didn doesn don isn aren wasn weren couldn wouldn shouldn hasn haven hadn
    exactly actually ever far long old soon often himself herself themselves ourselves roughly approximately
    """.split()
)

# Abbreviations with full stops are one word: "U.N." is the "UN" of other desks.
_WORD = re.compile(r"(?:[^\W\d_]\.){2,}|[^\W_]+(?:[.,]\d+)*")

# What desks write for the same; of the short forms some are also common words, so capitals decide.
_ALIASES: dict[str, tuple[str, ...]] = {
    "US": ("U.S.", "United States", "American"),
    "USA": ("U.S.", "United States", "American"),
    "UN": ("U.N.", "United Nations"),
    "UK": ("U.K.", "United Kingdom", "Britain", "British"),
    "EU": ("E.U.", "European Union"),
    "UAE": ("U.A.E.", "United Arab Emirates"),
}

# The rarest words of a long question say what it is about; common ones only cost time.
MAX_TERMS = 12


# The idf of a word that a fifth of all passages hold, and how many rarer ones do without it.
_COMMON = math.log(5)
_ENOUGH = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Term:
    """A word of a question.

    Attributes:
        word: as asked.
        stem: as the full-text index knows it.
        frequency: live passages that hold it, as asked.
        idf: inverse document frequency over passages, BM25's form, above 0.
        variants: other spellings of it that the articles use.
    """

    word: str
    stem: str
    frequency: int
    idf: float
    variants: tuple[str, ...] = ()


@lru_cache(maxsize=50_000)
def is_content(word: str) -> bool:
    """Tell whether a word is worth looking for. "US" is, "us" is not; "May" is a month."""
    return word in _ALIASES or word == "May" or fold(word) not in STOP_WORDS


def find_terms(view: Snapshot, query: str) -> tuple[Term, ...]:
    """Return the words of a query worth looking for, in order, at most MAX_TERMS, the rarest kept.

    The idf is ln(1 + (N - df + 0.5) / (df + 0.5)), as in Lucene's BM25: never negative.
    """
    words = [match.group() for match in _WORD.finditer(query)]
    words = [word.replace(".", "") if word.endswith(".") else word for word in words]
    content = [word for word in words if is_content(word)]
    total = view.count_passages()
    terms: dict[str, Term] = {}
    asked: dict[str, str] = {}
    for word, stem in zip(content, view.stems(content), strict=True):
        if stem:
            asked.setdefault(stem, word)
    for (stem, word), frequency in zip(asked.items(), view.document_frequencies(list(asked)), strict=True):
        folded = fold(word)
        # A name that one passage in two hundred holds is spelt as most desks spell it.
        rare = frequency <= max(2, total // 200)
        variants = view.spelling_variants(folded, max_articles=max(2, total // 200)) if rare else []
        variants += _aliases(word)
        terms[stem] = Term(
            word=word,
            stem=stem,
            frequency=frequency,
            idf=math.log(1 + (total - frequency + 0.5) / (frequency + 0.5)),
            variants=tuple(variants),
        )
    first = sorted(terms.values(), key=lambda term: (-term.idf, term.word))[:MAX_TERMS]
    kept = {term.stem for term in first}
    return tuple(term for term in terms.values() if term.stem in kept)


@cache
def _peoples() -> dict[str, tuple[str, ...]]:
    """Return, for each name of a country or its people, folded, the others of its line."""
    text = resources.files("index").joinpath("peoples.txt").read_text(encoding="utf-8")
    lines = [line.split() for line in text.splitlines() if not line.startswith("#")]
    return {fold(word): tuple(other for other in own if other != word) for own in lines for word in own}


def _aliases(word: str) -> list[str]:
    """Return other ways of writing a short form, or a country's name; any in capitals may have full stops."""
    if word in _ALIASES:
        return list(_ALIASES[word])
    # "Turkey", not "turkey".
    if word[:1].isupper() and (
        others := _peoples().get(fold(word)) or _peoples().get(fold(word).removesuffix("s"))
    ):
        return list(others)
    if word.isupper() and word.isalpha() and 2 <= len(word) <= 3:
        return [".".join(word) + "."]
    return []


def rarest(terms: tuple[Term, ...], enough: int) -> tuple[Term, ...]:
    """Return the rarest words, so many that ``enough`` passages hold one of them, or all; ties by the word."""
    chosen: list[Term] = []
    held = 0
    for term in sorted(terms, key=lambda term: (-term.idf, term.word)):
        if held >= enough:
            break
        chosen.append(term)
        held += term.frequency
    return tuple(chosen)


def match_query(terms: tuple[Term, ...]) -> str:
    """Write terms as an FTS5 query; every word is quoted, so that none is an operator.

    Beside rarer words, those that a fifth of all passages hold are left out: they move no rank, and every
    passage that holds one would have to be scored.
    """
    telling = [term for term in terms if term.idf >= _COMMON]
    asked = telling if len(telling) >= _ENOUGH else terms
    words = [word for term in asked for word in (term.word, *term.variants)]
    return " OR ".join('"' + word.replace('"', '""') + '"' for word in words)

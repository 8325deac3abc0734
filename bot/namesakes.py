"""When two names are one: spelling variants, surname and full name, acronym and long form."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache
from types import MappingProxyType

from rapidfuzz import fuzz

from bot.gazetteer import ORGANISATION_WORDS, PLACE_WORDS, TITLE_MODIFIERS, TITLES, fold, gazetteer, words

# Names that differ in letters altogether. The right-hand side is the key's spelling.
_ALIASES = MappingProxyType(
    {
        "us": "united states", "usa": "united states", "america": "united states",
        "united states of america": "united states", "uk": "united kingdom", "britain": "united kingdom",
        "great britain": "united kingdom", "uae": "united arab emirates", "un": "united nations",
        "eu": "european union", "kiev": "kyiv", "arbil": "erbil", "odessa": "odesa", "burma": "myanmar", "isil": "islamic state", "isis": "islamic state",
        "is": "islamic state", "daesh": "islamic state", "islamic state of iraq and the levant": "islamic state",
        "islamic state of iraq and syria": "islamic state", "islamic state in iraq and the levant": "islamic state",
        "islamic state in iraq and levant": "islamic state", "islamic state group": "islamic state",
        "cdc": "centers for disease control and prevention",
        "us centers for disease control and prevention": "centers for disease control and prevention",
        "who": "world health organization", "ap": "associated press", "new york city": "new york",
        "washington dc": "washington",
    }
)  # fmt: skip
_DROPPED = words("the al el of for and & in de del la le van von der den di da bin ibn y")
_INNER = re.compile(r"[\s-]+")
_STOPS = re.compile(r"\.|['`]s$")
# Letters that transliterations and spellings exchange, applied in this order.
_EXCHANGED = (
    ("kh", "k"),
    ("gh", "g"),
    ("dh", "d"),
    ("ph", "f"),
    ("ck", "k"),
    ("q", "k"),
    ("z", "s"),
    ("w", "v"),
)
_VOWELS = re.compile(r"[aeiouy]+")
_DOUBLED = re.compile(r"(.)\1+")
_CAPITALS = re.compile(r"[A-Z]{2,6}")
# Below this likeness (0 to 100), equal consonants are chance: Paris and Peres have 60, Baiji and Beiji 80.
_ALIKE = 74.0


def name_key(name: str) -> str:
    """A key that the spellings of one name share: consonants of its words, without titles and articles.

    Nouri and Nuri al-Maliki, Baiji and Beiji, Organization and Organisation have the same key. Different
    names may share a key; `same_name` decides.
    """
    return " ".join(_skeleton(word) for word in _words(name))


def same_name(a: str, b: str) -> bool:
    """Tell whether two names may name the same, judged by the names alone.

    They do when they are equal but for case, diacritics, titles, articles and transliteration; when one is the
    surname of the other (or what stands first, where that is no given name: Xi, Xi Jinping); when given names are
    shortened to initials or middle names left out; or when one is the acronym of the other. Two different known
    places never are the same, nor two persons of the same surname with different given names.
    """
    one, other = _words(a), _words(b)
    if not one or not other:
        return False
    if one == other:
        return True
    if _is_acronym(a, b) or _is_acronym(b, a):
        return True
    known = gazetteer()
    fixed = known.place | known.organisation
    plain_one, plain_other = " ".join(one), " ".join(other)
    if plain_one in fixed and plain_other in fixed:
        return False
    if len(one) == len(other) == 1:
        return _is_variant(one[0], other[0])
    if len(one) == 1 or len(other) == 1:
        single, full = (one[0], other) if len(one) == 1 else (other[0], one)
        if " ".join(full) in fixed or any(word in ORGANISATION_WORDS for word in full):
            return False
        is_family_first = (
            full[0] not in known.male | known.female | known.place and full[-1] not in PLACE_WORDS
        )
        return _is_variant(single, full[-1]) or (is_family_first and single == full[0])
    if any(word in ORGANISATION_WORDS for word in (*one, *other)):
        return len(one) == len(other) and all(map(_is_variant, one, other))
    return _is_variant(one[-1], other[-1]) and _is_same_given(one[0], other[0])


@lru_cache(maxsize=4096)
def _words(name: str) -> tuple[str, ...]:
    """The folded words of a name that tell it from others."""
    plain = _STOPS.sub("", fold(name))
    plain = _ALIASES.get(plain.removeprefix("the "), plain)
    parts = [part for part in _INNER.split(plain) if part]
    kept = _without_particles(parts)
    while len(kept) > 1 and _is_title(kept[0], kept[1]):
        kept.pop(0)
    return tuple(kept or parts)


def _without_particles(parts: Iterable[str]) -> list[str]:
    return [part for part in parts if part and part not in _DROPPED]


def _is_title(word: str, following: str) -> bool:
    word, following = word.rstrip("."), following.rstrip(".")
    return word in TITLES or (
        word in TITLE_MODIFIERS and (following in TITLES or following in TITLE_MODIFIERS)
    )


@lru_cache(maxsize=4096)
def _skeleton(word: str) -> str:
    """The consonants of a word, spelled one way; words of three letters keep their vowels."""
    if len(word) <= 3:
        return word
    for written, plain in _EXCHANGED:
        word = word.replace(written, plain)
    return _DOUBLED.sub(r"\1", _VOWELS.sub("", word)) or word


def _is_variant(a: str, b: str) -> bool:
    """Whether two words are one in two spellings: equal consonants, and alike on the whole."""
    if a == b:
        return True
    known = gazetteer()
    if any(x in known.place and (y in known.place or y in known.given) for x, y in ((a, b), (b, a))):
        return False  # Slovakia and Slovenia, Georgia and George
    if (a in known.male and b in known.female) or (a in known.female and b in known.male):
        return False
    return len(a) > 3 and len(b) > 3 and _skeleton(a) == _skeleton(b) and fuzz.ratio(a, b) >= _ALIKE


def _is_same_given(a: str, b: str) -> bool:
    """Whether two first names agree: one may be an initial or the beginning of the other (Joe, Joseph)."""
    shorter, longer = sorted((a, b), key=len)
    return _is_variant(a, b) or longer.startswith(shorter) or (a, b) in _NICKNAMES or (b, a) in _NICKNAMES


_NICKNAMES = frozenset(
    {
        ("bill", "william"), ("bob", "robert"), ("dick", "richard"), ("jim", "james"), ("mike", "michael"),
        ("joe", "joseph"), ("liz", "elizabeth"), ("kate", "katherine"), ("jack", "john"), ("ted", "edward"),
        ("tony", "anthony"), ("harry", "henry"), ("jeff", "geoffrey"), ("nuri", "nouri"), ("usama", "osama"),
    }
)  # fmt: skip


def _is_acronym(short: str, long: str) -> bool:
    """Whether a name of capitals only is made of the initials of the other's words.

    Of the words behind a title, or of all: "Transportation" stands before "Secretary" and is one of the TSA's.
    """
    letters = short.replace(".", "")
    if not _CAPITALS.fullmatch(letters):
        return False
    whole = _without_particles(_INNER.split(_STOPS.sub("", fold(long))))
    return any(
        len(parts) > 1 and letters.lower() == "".join(part[0] for part in parts)
        for parts in (whole, _words(long))
    )

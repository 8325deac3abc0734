"""Names in news text: persons, places, organisations, told apart by cheap cues that can be explained.

Capitalised words are joined into runs; titles, roles, given names, speech verbs, known places and words such
as "Ministry" decide what a run names. Capitals prove nothing at the beginning of a sentence or in a headline:
there a name must be known, or stand elsewhere in the text.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import cache, lru_cache

from bot.capitals import Tie, Word, find_chains, find_words
from bot.gazetteer import (
    NEVER,
    OF_WORDS,
    OPENERS,
    ORGANISATION_WORDS,
    PLACE_WORDS,
    PLAIN_ACRONYMS,
    ROLES,
    SPEECH,
    TITLE_MODIFIERS,
    TITLES,
    WORDY_NAMES,
    fold,
    gazetteer,
)
from bot.units import SMALL_NUMBERS


class NameKind(StrEnum):
    """What a name names."""

    PERSON = "person"
    PLACE = "place"
    ORGANISATION = "organisation"
    OTHER = "other"


@dataclass(frozen=True, slots=True, kw_only=True)
class Name:
    """A name as it stands in a text; ``source[start:end] == text``. Titles and possessives are left out."""

    start: int
    end: int
    text: str
    kind: NameKind


_LEADING_PARTICLE = re.compile(r"(?<![\w-])(?:(?:bin|ibn|abu|van|von|de|der|den|di|da|du)\s){1,2}$")
_ACRONYM = re.compile(r"[A-Z]{2,6}s?$|(?:[A-Z]\.){2,4}$")
_AGE_BEHIND = re.compile(r",\s(?:aged?\s)?\d{1,2}(?=[,.])|\s\(\d{1,2}\)")
_APPOSED_SPEAKER = re.compile(r",\s[^,.;]{3,90},\s(?:said|says|told|added|wrote)\b")
_WHO_BEHIND = re.compile(r",?\swho\b|,\swhose\b")
_PLACE_BEFORE = re.compile(
    r"\b(?:in|near|at|from|outside|around|across|into|toward|towards|through|reach(?:ed)?|city of|town of|village of|province of|"
    r"state of|island of)\s$",
    re.IGNORECASE,
)
_KIN_BEHIND = re.compile(
    r"['’]s\s(?:wife|husband|son|daughter|father|mother|lawyer|attorney|brother|sister|family|office)\b"
)
_ROLE_BEFORE = re.compile(r"(?<![\w'’])([a-z][a-z-]{2,20})\s$")
_ARABIC = re.compile(r"(?:^|[\s-])(?:al|el|bin|ibn|van|von|der|abu)[\s-]")
_ARTICLE = re.compile(r"^[ae][lnrstdz]h?-")
_INITIAL = re.compile(r"(?:^|\s)[A-Z]\.(?:[A-Z]\.)?\s")
# Characters in front of a name that are looked at.
_WINDOW = 32
_LED = TITLES | TITLE_MODIFIERS
_NO_NAMES = _LED | OPENERS | NEVER


# A question has the sentences of some thirty passages read several times over.
@lru_cache(maxsize=2048)
def find_names(text: str) -> tuple[Name, ...]:
    """Find the names of a text, in order, none overlapping.

    Args:
        text: a sentence, or better a whole article: a name met in the middle of one sentence is known at the
            beginning of another, and a surname after its full name.

    Example:
        >>> [(n.text, n.kind.value) for n in find_names("Iraqi PM Nouri al-Maliki left Baghdad's airport.")]
        [('Nouri al-Maliki', 'person'), ('Baghdad', 'place')]
    """
    tokens = find_words(text)
    seen = {word.plain for word in tokens if not word.initial and not word.headline}
    found = [name for chain in find_chains(text, tokens) for name in _read_chain(text, chain, seen)]
    full = [name for name in found if " " in name.text]
    surnames = {_surname(name) for name in full if name.kind is NameKind.PERSON}
    # "Szymon Marciniak" and later "Marciniak" alone: only persons are shortened to their last word.
    alone = {
        _surname(name)
        for name in found
        if name.kind is NameKind.OTHER
        and " " not in name.text
        and not text[max(0, name.start - 4) : name.start].lower().endswith("the ")
    }
    surnames |= {
        _surname(name) for name in full if name.kind is NameKind.OTHER and name.text.count(" ") < 3
    } & alone
    places = gazetteer().place
    return tuple(
        replace(name, kind=NameKind.PERSON)
        if name.kind in {NameKind.OTHER, NameKind.PLACE}
        and _surname(name) in surnames
        and fold(name.text) not in places
        else name
        for name in found
    )


def _surname(name: Name) -> str:
    """The last word of a name, without the article of Arabic names."""
    return _ARTICLE.sub("", fold(name.text).split()[-1])


def _read_chain(text: str, chain: list[Word], seen: set[str]) -> Iterator[Name]:
    """Cut a chain into names: known phrases first, then runs held together by spaces."""
    at = 0
    while at < len(chain):
        word = chain[at]
        if known := _known(text, chain, at):
            name, at = known
            yield name
            continue
        if word.plain in NEVER or (word.initial and _counts(word)):
            at += 1
            continue
        end = _run_end(text, chain, at)
        if word.initial and word.plain in OPENERS and not _is_given_pair(chain, at, end):
            at += 1
            continue
        if word.headline:
            yield from _read_headline(text, chain[at:end], seen)
            at = end
            continue
        if (
            word.tie is Tie.JOINT
            and end - at > 1
            and word.plain in TITLE_MODIFIERS
            and chain[at - 1].plain in TITLES
        ):
            yield from _read_run(
                text, chain[at + 1 : end], seen, titled=True
            )  # "Secretary of State Anne Frey"
            at = end
            continue
        aside, titled, core = _split_titles(chain[at:end])
        if aside and not aside[0].plain.endswith(("ing", "ed")):
            # "Acme chairman Satya Roy": what stands before a title needs no other proof.
            yield from _read_run(text, aside, seen | {aside[0].plain}, titled=False)
        while core and (further := _joint_end(text, chain, end, core)):
            core, end = [*core, *chain[end:further]], further
        if core:
            yield from _read_run(text, core, seen, titled=titled)
        at = end


def _counts(word: Word) -> bool:
    """Whether a word is a number: "Thirty-one U.S. states"."""
    return all(part in SMALL_NUMBERS for part in word.plain.split("-"))


def _run_end(text: str, chain: list[Word], at: int) -> int:
    """Where the words that only spaces tie together end: before a known name, a month or a weekday."""
    given = gazetteer().given
    end = at + 1
    while end < len(chain) and chain[end].tie is Tie.SPACE and not _known_long(text, chain, end):
        # "Theresa May" and "June Brown" are persons all the same.
        if chain[end].plain in NEVER and chain[end - 1].plain not in given:
            break
        end += 1
    return end


def _is_given_pair(chain: list[Word], at: int, end: int) -> bool:
    """Whether a common word opens a name all the same: "Will Smith", "Will" being a given name."""
    return end - at >= 2 and chain[at].plain in gazetteer().given and chain[at + 1].plain not in TITLES


def _known(text: str, chain: list[Word], at: int) -> tuple[Name, int] | None:
    """The longest known place or organisation that begins at a word, and where the chain goes on."""
    if known := _known_long(text, chain, at):
        return known
    word = chain[at]
    kind = _known_kind(word.plain)
    alone = at + 1 == len(chain) or chain[at + 1].tie is Tie.JOINT or chain[at + 1].plain.rstrip(".") in _LED
    if (
        kind is None
        or not alone
        or (word.initial and word.plain in WORDY_NAMES)
        or _is_lower_word(text, word)
    ):
        return None
    return _name(text, [word], kind), at + 1


def _known_long(text: str, chain: list[Word], at: int) -> tuple[Name, int] | None:
    """The longest known name of several words that begins at a word, and where the chain goes on."""
    if chain[at].plain not in _openers_of_phrases():
        return None
    for end in range(min(len(chain), at + 7), at + 1, -1):
        kind = _known_kind(fold(text[chain[at].start : chain[end - 1].end]))
        if kind is not None:
            return _name(text, chain[at:end], kind), end
    return None


@cache
def _openers_of_phrases() -> frozenset[str]:
    known = gazetteer()
    return frozenset(name.split()[0] for name in known.place | known.organisation if " " in name)


def _known_kind(plain: str) -> NameKind | None:
    known = gazetteer()
    if plain in known.country or plain in known.region or plain in known.city:
        return NameKind.PLACE
    return NameKind.ORGANISATION if plain in known.organisation else None


def _is_lower_word(text: str, word: Word) -> bool:
    """Whether a known acronym is written as an ordinary word: "Us", "Uk" at the beginning of a sentence."""
    return word.plain in {"us", "uk", "uae"} and not text[word.start : word.end].isupper()


def _split_titles(run: list[Word]) -> tuple[list[Word], bool, list[Word]]:
    """Split "Iraqi Foreign Minister Hoshyar Zebari" into what stands before the title, whether there is one, the name."""
    known = gazetteer()
    plains = [word.plain.rstrip(".") for word in run]
    if plains[0] in known.given and plains[0] not in known.place and len(run) > 1:
        return [], False, run  # "Martin Luther King"
    last = max((i for i, plain in enumerate(plains) if plain in TITLES), default=-1)
    first = next(
        (i for i, plain in enumerate(plains) if plain in TITLES or plain in TITLE_MODIFIERS), len(run)
    )
    while 0 < first < len(run) and (
        plains[first - 1] in known.people or plains[first - 1] in TITLE_MODIFIERS
    ):
        first -= 1
    core = run[last + 1 :]
    if plains[0] == "the" and len(run) > 1:
        return [], False, run[1:]  # "told The Associated Press"
    if last < 0 or any(word.plain in ORGANISATION_WORDS or word.plain in PLACE_WORDS for word in core):
        people = next((i for i, plain in enumerate(plains) if plain not in known.people), len(run))
        if people == len(run):
            return [], False, []
        # "Iraqi Nouri al-Maliki" and "Shiite Sadr City", but "American Airlines".
        is_person = plains[people] in known.given
        is_place = plains[-1] in PLACE_WORDS and len(run) - people > 1
        return [], False, run[people:] if is_person or is_place else run
    return run[:first], True, core


def _joint_end(text: str, chain: list[Word], at: int, core: list[Word]) -> int:
    """Where the run behind a joint ends if it belongs to the name in front ("Ministry of Health"), else 0."""
    if at >= len(chain) or chain[at].tie is not Tie.JOINT:
        return 0
    end = at + 1
    while end < len(chain) and chain[end].tie is Tie.SPACE:
        end += 1
    joint = text[chain[at - 1].end : chain[at].start].split()[0]
    if joint in {"of", "for"}:
        return end if core[-1].plain in OF_WORDS else 0
    if joint == "&":
        return end
    if joint == "and":
        # "Department of Health and Human Services", "Food and Drug Administration"
        is_long = any(word.tie is Tie.JOINT for word in core[1:]) and _known_kind(chain[at].plain) is None
        closes = (
            chain[end - 1].plain in ORGANISATION_WORDS
            and end - at > 1
            and core[-1].plain not in ORGANISATION_WORDS
        )
        return end if is_long or (closes and len(core) == 1 and _known_kind(core[0].plain) is None) else 0
    return 0


def _read_headline(text: str, run: list[Word], seen: set[str]) -> Iterator[Name]:
    """In a headline only known given names with a word behind, and words seen in the body, are names."""
    known_given = gazetteer().given
    at = 0
    while at < len(run):
        word = run[at]
        following = run[at + 1].plain if at + 1 < len(run) else ""
        if known := _known_long(text, run, at):
            name, at = known
            yield name
            continue
        kind = None if word.plain in WORDY_NAMES or _is_lower_word(text, word) else _known_kind(word.plain)
        is_given = word.plain in known_given and following not in _NO_NAMES
        if is_given and following and not following.endswith(("s", "ed", "ing")):
            yield _name(text, run[at : at + 2], NameKind.PERSON)
            at += 1
        elif kind is not None:
            yield _name(text, [word], kind)
        elif word.plain in seen and word.plain not in _NO_NAMES:
            yield from _read_run(text, [word], seen, titled=False)
        at += 1


def _read_run(text: str, run: list[Word], seen: set[str], *, titled: bool) -> Iterator[Name]:
    """Classify a run of capitalised words; nothing where it is no name after all."""
    known = gazetteer()
    word = run[0]
    start, end = word.start, run[-1].end
    plain = fold(text[start:end])
    if len(run) == 1:
        is_cue = (
            word.plain in ORGANISATION_WORDS or word.plain in PLACE_WORDS or word.plain.rstrip(".") in TITLES
        )
        if (
            is_cue
            or word.plain in known.people
            or word.plain == "the"
            or word.plain in TITLE_MODIFIERS
            or len(plain) < 2
        ):
            return
        if (match := _ACRONYM.match(text[start:end])) and match.end() == end - start:
            if plain.replace(".", "") not in PLAIN_ACRONYMS:
                yield _name(text, run, NameKind.ORGANISATION)
            return
        if word.initial and not titled and not _is_proven(text, word, seen):
            return
    kind = _kind(text, run, plain, titled=titled)
    if kind is NameKind.PERSON and (match := _LEADING_PARTICLE.search(text[max(0, start - _WINDOW) : start])):
        start -= len(match[0])
    yield Name(start=start, end=end, text=text[start:end], kind=kind)


def _is_proven(text: str, word: Word, seen: set[str]) -> bool:
    """Whether a single word that opens a sentence is a name: seen inside another, or doing what persons do."""
    if word.plain in seen or (_known_kind(word.plain) and word.plain not in WORDY_NAMES):
        return True
    if word.plain in gazetteer().given and word.plain not in WORDY_NAMES:
        return True
    if word.plain.endswith(("s", "ing", "ly", "ed")):
        return False
    return SPEECH.match(text, word.end) is not None or _WHO_BEHIND.match(text, word.end) is not None


def _kind(text: str, run: list[Word], plain: str, *, titled: bool) -> NameKind:
    """Decide what a run names, by the first cue that speaks."""
    known = gazetteer()
    if (kind := _known_kind(plain)) is not None:
        return kind
    first, last, start, end = run[0].plain, run[-1].plain.rstrip("."), run[0].start, run[-1].end
    before = text[max(0, start - _WINDOW) : start]
    if not titled:
        if any(word.plain.rstrip(".") in ORGANISATION_WORDS for word in run):
            return NameKind.ORGANISATION
        if last in PLACE_WORDS or first in {"mount", "lake", "fort", "port", "st.", "san", "cape"}:
            return NameKind.PLACE
    role = _ROLE_BEFORE.search(before)
    is_given = len(run) > 1 and first in known.given
    if (
        titled
        or is_given
        or (role and role[1] in ROLES)
        or _ARABIC.search(plain)
        or _INITIAL.search(text[start:end])
    ):
        return NameKind.PERSON
    if len(run) <= 3 and (
        _AGE_BEHIND.match(text, end) or _WHO_BEHIND.match(text, end) or _KIN_BEHIND.match(text, end)
    ):
        return NameKind.PERSON
    if len(run) in {2, 3} and _APPOSED_SPEAKER.match(text, end):
        return NameKind.PERSON
    if len(run) <= 3 and SPEECH.match(text, end):
        return NameKind.ORGANISATION if before.endswith(("the ", "The ")) else NameKind.PERSON
    if _PLACE_BEFORE.search(before):
        return NameKind.PLACE
    return (
        NameKind.PERSON
        if len(run) == 1 and first in known.given and first not in WORDY_NAMES
        else NameKind.OTHER
    )


def _name(text: str, run: list[Word], kind: NameKind) -> Name:
    return Name(start=run[0].start, end=run[-1].end, text=text[run[0].start : run[-1].end], kind=kind)

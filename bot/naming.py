"""Names of a statement held against those of its passages."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache
from itertools import islice
from types import MappingProxyType

from bot.gazetteer import OPENERS, TITLES, gazetteer
from bot.ground import Finding, Ground, Place, Slot
from bot.names import Name, NameKind, find_names
from bot.namesakes import name_key, same_name
from bot.reading import Reading, Token
from index.model import Span
from index.spelling import same_name as same_spelling
from index.spelling import skeleton

# Peoples whose name begins otherwise than their country's; the others share four letters with it.
_PEOPLES = MappingProxyType(
    {
        "french": "france", "dutch": "netherlands", "british": "britain", "briton": "britain", "britons": "britain",
        "american": "us", "americans": "us", "spanish": "spain", "swiss": "switzerland", "welsh": "wales",
        "english": "england", "greek": "greece", "danish": "denmark", "turkish": "turkey", "turk": "turkey",
        "turks": "turkey", "irish": "ireland", "polish": "poland", "filipino": "philippines", "thai": "thailand",
        "kurd": "kurdish", "kurds": "kurdish", "swedish": "sweden", "finnish": "finland", "scottish": "scotland",
    }
)  # fmt: skip
_SAME_COUNTRY = (
    frozenset({"us", "usa", "america", "states", "american", "americans"}),
    frozenset({"uk", "britain", "british", "briton", "britons", "kingdom"}),
)
_SHARED_LETTERS = 4
# What makes a name a plural or an adjective: the Emmys, the Crimean bridge.
_ENDINGS = ("s", "n", "an", "ian")
# Cities that readers place by themselves: a passage that names one allows the claim to name its country.
_COUNTRY_OF = MappingProxyType(
    {
        "london": "uk", "washington": "us", "paris": "france", "berlin": "germany", "moscow": "russia",
        "beijing": "china", "tokyo": "japan", "rome": "italy", "madrid": "spain", "kyiv": "ukraine", "baghdad": "iraq",
        "tehran": "iran", "ankara": "turkey", "istanbul": "turkey", "cairo": "egypt", "delhi": "india", "kabul": "afghanistan",
        "damascus": "syria", "beirut": "lebanon", "riyadh": "saudi arabia", "tripoli": "libya", "nairobi": "kenya",
        "lagos": "nigeria", "sydney": "australia", "canberra": "australia", "ottawa": "canada", "toronto": "canada",
        "dublin": "ireland", "vienna": "austria", "athens": "greece", "warsaw": "poland", "budapest": "hungary",
        "brussels": "belgium", "amsterdam": "netherlands", "stockholm": "sweden", "oslo": "norway", "seoul": "south korea",
        "pyongyang": "north korea", "hanoi": "vietnam", "bangkok": "thailand", "jakarta": "indonesia", "manila": "philippines",
    }
)  # fmt: skip
# States as the Associated Press shortens them, without full stops.
_STATES = MappingProxyType(
    {
        "ala": "alabama", "ariz": "arizona", "ark": "arkansas", "calif": "california", "colo": "colorado",
        "conn": "connecticut", "del": "delaware", "fla": "florida", "ga": "georgia", "ill": "illinois", "ind": "indiana",
        "kan": "kansas", "ky": "kentucky", "la": "louisiana", "md": "maryland", "mass": "massachusetts", "mich": "michigan",
        "minn": "minnesota", "miss": "mississippi", "mo": "missouri", "mont": "montana", "neb": "nebraska", "nev": "nevada",
        "okla": "oklahoma", "ore": "oregon", "pa": "pennsylvania", "tenn": "tennessee", "tex": "texas", "vt": "vermont",
        "va": "virginia", "wash": "washington", "wis": "wisconsin", "wyo": "wyoming",
    }
)  # fmt: skip
_RIVAL_WINDOWS = 2
_ASIDE = re.compile(r",\s(?:who|which|whose|where|a|an|the)\b[^,;.]*")
# Between a name and what is its own: "Google's YouTube", "the awards by Skytrax".
_OWNS = re.compile(r"['’]s?\s(?:[a-z]+\s)?")
_OWNED_BY = re.compile(r"\sby\s(?:the\s)?")


def check_names(ground: Ground, spoken_of: set[int]) -> list[Finding]:
    """Find every name of the statement in the passages; a name may be spelt or shortened otherwise.

    Args:
        spoken_of: tokens that are part of a number or a date, and so no names of their own.
    """
    claim = ground.claim
    names, is_shouted = names_of(claim.text), _is_shouted(claim.tokens)
    rivals = list(_window_names(ground)) if names else []
    found = [finding for name in names if (finding := _settle(ground, name, rivals)) is not None]
    settled = spoken_of | {at for name in names for at in range(*claim.span_of(name.start, name.end))}
    for at, token in enumerate(claim.tokens):
        if not token.capital or at in settled or is_shouted or not _is_namelike(token):
            continue
        finding = _settle_word(ground, at, token)
        # At the beginning of a sentence a capital proves nothing, unless a name stands in its place there, or it
        # is a people's and the passages speak of another one.
        if (
            not token.opens
            or finding.contradicts
            or (token.word in gazetteer().people and _names_people(ground))
        ):
            found.append(finding)
    return found


def _names_people(ground: Ground) -> bool:
    return any(
        token.capital and token.word in gazetteer().people
        for reading in ground.passages
        for token in reading.tokens
    )


@lru_cache(maxsize=256)
def names_of(text: str) -> tuple[Name, ...]:
    """Find the names of a text; the last few texts are remembered."""
    return find_names(text)


def _is_shouted(tokens: Sequence[Token]) -> bool:
    """Whether capitals tell nothing, since nearly all words have them, as in a headline."""
    content = [token for token in tokens if token.content and not token.is_number]
    return len(content) > 3 and sum(token.capital for token in content) > 0.85 * len(content)


def _is_namelike(token: Token) -> bool:
    return (
        token.content and not token.is_number and len(token.word) > 1 and token.word not in TITLES | OPENERS
    )


def _settle(ground: Ground, name: Name, rivals: Sequence[tuple[Place, Name]]) -> Finding | None:
    mine = ground.claim.span_of(name.start, name.end)
    words = [token.word for token in ground.claim.tokens[mine.start : mine.end]]
    if not words or (len(words) == 1 and words[0] in OPENERS):
        return None
    same = list(_same_places(ground, name, words))
    others = [place for place, other in rivals if _may_replace(name, other)]
    if same:
        others = [place for place in others if not _overlaps(place, same)]
        others = [
            p
            for p in others
            if not (_is_owner(ground, p, same) or _is_aside(ground, p, same) or _is_gloss(ground, p, same))
        ]
    elif name.kind is not NameKind.PERSON:
        same = _word_by_word(ground, words)
    return ground.settle(Slot.NAME, name.text, mine, same, others)


def _overlaps(place: Place, places: Sequence[Place]) -> bool:
    return any(
        place.passage == other.passage and place.at.start < other.at.end and other.at.start < place.at.end
        for other in places
    )


def _is_owner(ground: Ground, other: Place, same: Sequence[Place]) -> bool:
    """Whether another name is joined to this one as whose it is, and so stands in nobody's place: "Google's YouTube"."""
    text = ground.passages[other.passage].text
    tokens = ground.passages[other.passage].tokens
    start, end = tokens[other.at.start].start, tokens[other.at.end - 1].end
    for place in same:
        if place.passage != other.passage:
            continue
        mine = Span(tokens[place.at.start].start, tokens[place.at.end - 1].end)
        if _OWNS.fullmatch(text, end, mine.start) or _OWNED_BY.fullmatch(text, mine.end, start):
            return True
    return False


def _is_gloss(ground: Ground, other: Place, same: Sequence[Place]) -> bool:
    """Whether this name stands in brackets behind the other one, and so is its short form: "Soccer Federation (USSF)"."""
    tokens = ground.passages[other.passage].tokens
    end = tokens[other.at.end - 1].end
    return any(
        place.passage == other.passage
        and place.at.start == other.at.end
        and ground.passages[other.passage].text.startswith(" (", end)
        for place in same
    )


def _is_aside(ground: Ground, other: Place, same: Sequence[Place]) -> bool:
    """Whether another name ends a description of this one, so that what follows is not said of it: "Holm, who ran Vexby, left"."""
    reading = ground.passages[other.passage]
    first, last = reading.tokens[other.at.start], reading.tokens[other.at.end - 1]
    ends = (reading.tokens[place.at.end - 1].end for place in same if place.passage == other.passage)
    return reading.text.startswith(",", last.end) and any(
        _ASIDE.fullmatch(reading.text, end, first.start) for end in ends if end < first.start
    )


def _may_replace(name: Name, other: Name) -> bool:
    if same_name(name.text, other.text):
        return False
    if name.kind is NameKind.PERSON and other.text.lower() in _STATES:
        return False
    kinds = {name.kind, other.kind}
    return len(kinds) == 1 or NameKind.OTHER in kinds or NameKind.ORGANISATION in kinds


def _same_places(ground: Ground, name: Name, words: Sequence[str]) -> Iterator[Place]:
    """Yield where the passages have a name: to the letter, in other letters, longer or shorter."""
    is_found = False
    for index, reading in enumerate(ground.passages):
        for at in reading.find(words):
            is_found = True
            yield Place(index, Span(at, at + len(words)), name.text)
    if is_found:
        return
    for index, reading in enumerate(ground.passages):
        for other in names_of(reading.text):
            if same_name(name.text, other.text) and not _adds_given_name(name, other, reading):
                yield ground.place(index, other.start, other.end)
        for at in _variants(reading, words):
            yield Place(index, Span(at, at + 1), reading.tokens[at].word)
        for city in sorted(reading.words & _COUNTRY_OF.keys()):
            if same_name(name.text, _COUNTRY_OF[city]) or is_same_people(words[0], _COUNTRY_OF[city]):
                yield from (Place(index, Span(at, at + 1), city) for at in reading.places[city])


def _word_by_word(ground: Ground, words: Sequence[str]) -> list[Place]:
    """Find the words of a run of capitals that is no one name, such as "London Russian" before "embassy"."""
    places = []
    for word in words:
        found = [
            Place(index, Span(at, at + 1), word)
            for index, reading in enumerate(ground.passages)
            for other in reading.places
            if is_same_people(word, other)
            for at in reading.places[other]
            if reading.tokens[at].capital
        ]
        if not found:
            return []
        places += found
    return places if len(words) > 1 else []


def _adds_given_name(name: Name, other: Name, reading: Reading) -> bool:
    """Whether a statement's full name puts another word before the last one than the passage does: a given name, a city."""
    if " " not in name.text or " " in other.text:
        return False
    surname = name.text.split()[-1].lower()
    full = [
        known
        for known in names_of(reading.text)
        if " " in known.text and known.text.lower().endswith(surname)
    ]
    return bool(full) and not any(same_name(name.text, known.text) for known in full)


def _variants(reading: Reading, words: Sequence[str]) -> Iterator[int]:
    """Yield where another spelling of a single-word name stands."""
    if len(words) != 1 or len(words[0]) < 4:
        return
    word = words[0]
    known = gazetteer().place | gazetteer().given
    key = skeleton(word)
    for other in reading.places:  # in the order of the text
        if _is_form(word, other):
            yield from (at for at in reading.places[other] if reading.tokens[at].capital)
        if len(other) < 4 or (other[0] != word[0] and skeleton(other)[:1] != key[:1]):
            continue
        is_variant = skeleton(other) == key and same_spelling(word, [other])
        if is_variant and not (word in known and other in known):
            yield from (at for at in reading.places[other] if reading.tokens[at].capital)


def _is_form(word: str, other: str) -> bool:
    return (
        any(word + ending == other or other + ending == word for ending in _ENDINGS)
        or _STATES.get(other) == word
        or _STATES.get(word) == other
    )


def _window_names(ground: Ground) -> Iterator[tuple[Place, Name]]:
    """Yield the names of the best windows: another name in a name's place stands where the words stand."""
    for passage, reading, _, (start, end) in islice(ground.stretches(), _RIVAL_WINDOWS):
        for name in names_of(reading.text):
            if start <= name.start and name.end <= end:
                yield ground.place(passage, name.start, name.end), name


def _settle_word(ground: Ground, at: int, token: Token) -> Finding:
    """Settle a capitalised word that is no name by itself, such as "Iraqi" or "Shia"."""
    mine = Span(at, at + 1)
    same: list[Place] = []
    for index, reading in enumerate(ground.passages):
        for word in reading.places:
            if word == token.word or is_same_people(token.word, word) or word == token.stem:
                same += [Place(index, Span(i, i + 1), reading.tokens[i].word) for i in reading.places[word]]
    if not same:
        written = ground.claim.text[token.start : token.end]
        same = (
            [
                Place(index, Span(i, i + 1), reading.tokens[i].word)
                for index, reading in enumerate(ground.passages)
                for i, other in enumerate(reading.tokens)
                if other.stem == token.stem
            ]
            or [
                ground.place(index, name.start, name.end)
                for index, reading in enumerate(ground.passages)
                if written.isupper()
                for name in names_of(reading.text)
                if same_name(written, name.text)
                # Of two words as good as any two have these initials, but for those that are known.
                and (len(written) > 2 or name_key(written) == name_key(name.text))
            ]
            or [
                Place(index, Span(i, i + 1), reading.tokens[i].word)
                for index, reading in enumerate(ground.passages)
                for i in _variants(reading, [token.word])
            ]
        )
    others = [
        Place(passage, Span(i, i + 1), reading.text[reading.tokens[i].start : reading.tokens[i].end])
        for passage, reading, (first, last), _ in ground.stretches()
        for i in range(first, last)
        if reading.tokens[i].capital and not reading.tokens[i].opens and reading.tokens[i].content
        and reading.tokens[i].word != token.word and not is_same_people(token.word, reading.tokens[i].word)
    ]  # fmt: skip
    if same:
        others = [place for place in others if not _is_aside(ground, place, same)]
    return ground.settle(Slot.NAME, ground.claim.text[token.start : token.end], mine, same, others)


def is_same_people(one: str, other: str) -> bool:
    """Tell whether two folded words name a country and its people: "Iraq", "Iraqis"; "France", "French"."""
    a, b = _PEOPLES.get(one, one), _PEOPLES.get(other, other)
    if a == b:
        return True
    if a[:_SHARED_LETTERS] == b[:_SHARED_LETTERS]:
        known = gazetteer()
        return (one in known.people or other in known.people) and (a in known.place or b in known.place)
    return any(one in words and other in words for words in _SAME_COUNTRY)

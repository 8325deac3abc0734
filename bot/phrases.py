"""Who and what a question or an answer speaks of: names, and noun phrases such as "the Baiji refinery"."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from bot.gazetteer import FEMALE_ROLES, MALE_ROLES, fold, words
from bot.grammar import (
    AUXILIARIES,
    BASES,
    DETERMINERS,
    EVENT_NOUNS,
    GROUP_NOUNS,
    LINKS,
    MEASURES,
    MONTHS,
    PEOPLE_NOUNS,
    PERSON_NOUNS,
    PLAIN_BASES,
    PREPOSITIONS,
    REGIONS,
    SETTLEMENTS,
    SITES,
    WEEKDAYS,
    is_finite,
    is_participle,
    is_plural,
)
from bot.mention import Kind, Mention, gender_of
from bot.names import Name, NameKind, find_names


@dataclass(frozen=True, slots=True)
class Token:
    """A word or mark with its place; ``low`` is it in small letters, without a possessive."""

    text: str
    low: str
    start: int
    end: int

    @property
    def is_word(self) -> bool:
        """Whether it is a word or a number."""
        return self.text[0].isalnum()

    @property
    def possessive(self) -> bool:
        """Whether it ends as "Mosul's" does."""
        return self.text.endswith(("'s", "’s")) or (self.text.endswith(("s'", "s’")) and len(self.text) > 2)


_TOKEN = re.compile(r"\w+(?:[.,]\d+)*(?:[-'’.]\w+)*(?:(?<=s)['’](?=\s))?|[^\w\s]")
_POSSESSIVE = re.compile(r"['’]s?$")
_KINDS = {
    NameKind.PERSON: Kind.PERSON,
    NameKind.PLACE: Kind.PLACE,
    NameKind.ORGANISATION: Kind.GROUP,
    NameKind.OTHER: Kind.UNKNOWN,
}
_NO_NOUNS = PREPOSITIONS | LINKS | AUXILIARIES | DETERMINERS
_TYING = words("in at for on over near between from")
_NUMBERS = words(
    "two three four five six seven eight nine ten eleven twelve twenty thirty forty fifty several"
)
_AMOUNTS = words("number hundreds thousands dozens scores lot lots majority half most pair series wave")
_GOVERNED = re.compile(r"\b(?:mayor|governor|residents|people|population|streets|outskirts|capital) of $")
# They are spoken of without an article.
_BODIES = words("parliament congress")
_EVENT_TIES = words("on into against for between")
_ING_NOUNS = words("building evening morning king wing ring spring string ceiling railing housing funding")
_MORE_NOUN = re.compile(r"(?:['’]s)?\s[a-z]")
_THE = re.compile(r"\b[Tt]he\s$")


def tokens_of(text: str) -> list[Token]:
    """Split text into words and marks."""
    return [
        Token(match[0], _POSSESSIVE.sub("", match[0].lower().replace("’", "'")), match.start(), match.end())
        for match in _TOKEN.finditer(text)
    ]


def find_mentions(text: str, context: str = "") -> tuple[Mention, ...]:
    """Find who and what a text speaks of, in order; a name within a phrase follows the phrase.

    Args:
        context: more of the conversation, in which names may stand more plainly or more fully.
    """
    joined = f"{text}\n\n{context}"
    names = [_without_verb(name) for name in find_names(joined) if name.end <= len(text)]
    names += _names_seen_elsewhere(text, names, find_names(context) if context else ())
    names.sort(key=lambda name: name.start)
    found: list[Mention] = []
    for phrase in _find_phrases(text, tokens_of(text), names):
        found.append(phrase)
        found += [
            replace(_of_name(text, name, within=phrase.end), inner=True)
            for name in names
            if phrase.start <= name.start and name.end <= phrase.end and not phrase.named
        ]
    covered = {(mention.start, mention.end) for mention in found}
    found += [
        _of_name(text, name)
        for name in names
        if not any(start <= name.start and name.end <= end for start, end in covered)
    ]
    found.sort(key=lambda mention: (mention.start, mention.inner))
    return tuple(found)


def _without_verb(name: Name) -> Name:
    """Take off the "Has" of "Has al-Maliki declared …": names are told for statements, not for questions."""
    first, _, rest = name.text.partition(" ")
    if rest and first.lower() in _NO_NOUNS and first.lower() != "the":
        return replace(name, start=name.end - len(rest), text=rest)
    return name


def _names_seen_elsewhere(text: str, names: Sequence[Name], known: Sequence[Name]) -> list[Name]:
    """Names of the context that stand in the text where capitals prove nothing, as in "Mosul?"."""
    found: list[Name] = []
    for name in {one.text: one for one in known}.values():
        for match in re.finditer(rf"(?<!\w){re.escape(name.text)}(?!\w)", text):
            if not any(one.start < match.end() and match.start() < one.end for one in (*names, *found)):
                found.append(replace(name, start=match.start(), end=match.end()))
    return found


def _of_name(text: str, name: Name, *, within: int = 0) -> Mention:
    # "the White House" and "The International Organization" keep their article; of "the Baiji refinery" it
    # belongs to the refinery.
    article = (
        name.kind is not NameKind.PERSON
        and not _MORE_NOUN.match(text[name.end : within])
        and _THE.search(text[max(0, name.start - 5) : name.start])
    )
    # One can be at the Turkish Consulate, and has a mayor only in a town.
    is_site = name.kind is not NameKind.PERSON and fold(name.text).split()[-1] in SITES
    is_site |= name.kind is NameKind.OTHER and _GOVERNED.search(text[: name.start]) is not None
    return Mention(
        text=f"the {name.text}" if article else name.text,
        kind=Kind.PLACE if is_site else _KINDS[name.kind],
        head=fold(name.text),
        start=name.start - (4 if article else 0),
        end=name.end,
        named=True,
        gender=gender_of(text, name) if name.kind is NameKind.PERSON else None,
    )


def _find_phrases(text: str, tokens: list[Token], names: Sequence[Name]) -> Iterator[Mention]:
    at = 0
    while at < len(tokens):
        end = _phrase_end(tokens, at, names)
        if end is None:
            at += 1
            continue
        core = end
        inner: list[int] = []
        # "the captain of the Solveig Ann", "the battle for Mosul", "towns in Kurdistan"
        for _ in range(2):
            further = _tied_end(tokens, core, end, names)
            if further is None:
                break
            inner.append(end + 1)
            end = further
        mention = _make(text, tokens, at, core, end, names)
        if mention is not None:
            yield mention
        # "the vote on the bridge" speaks of a bridge, too.
        for start in inner:
            stop = _phrase_end(tokens, start, names) if tokens[start].low in {"the", "a", "an"} else None
            part = _make(text, tokens, start, stop, end, names) if stop else None
            if part is not None and not part.named:
                yield replace(part, inner=True)
        at = end


def _phrase_end(
    tokens: list[Token], at: int, names: Sequence[Name], *, tied: bool = False, short: bool = False
) -> int | None:
    """Where the phrase that begins at a token ends, without what is tied to it; None where none begins."""
    first = tokens[at]
    if not first.is_word:
        return None
    name = _name_at(first, names)
    # "American forces": what people are called after their country is no name.
    called = at > 0 and first.text[0].isupper() and first.low not in MONTHS | WEEKDAYS | _NO_NOUNS
    opened = first.low in {"the", "a", "an"} or name is not None or called
    opened = opened or (first.low in _NUMBERS and at + 1 < len(tokens) and is_plural(tokens[at + 1].low))
    if not opened and (first.low in _NO_NOUNS or not (tied or _is_noun_like(first.low))):
        return None
    end, nouns = at, 0
    if first.low in {"the", "a", "an"}:
        end += 1
    while end < len(tokens) and tokens[end].is_word:
        token = tokens[end]
        if inside := _name_at(token, names):
            while end < len(tokens) and tokens[end].start < inside.end:
                end += 1
            nouns += 1
            if tokens[end - 1].possessive:
                continue
            if short or _is_said_of(tokens, at, end, name):
                break
            if nouns > 1 or (end < len(tokens) and tokens[end].low in _NO_NOUNS):
                if end < len(tokens) and tokens[end].is_word and tokens[end].low not in _NO_NOUNS:
                    continue
                break
            continue
        if token.low in _NO_NOUNS or (nouns and _is_verb_here(tokens, end)):
            break
        nouns += 1
        end += 1
    return end if nouns else None


def _is_said_of(tokens: list[Token], at: int, end: int, name: Name | None) -> bool:
    """Whether what follows a name is said of it: "did Boeing | deliver", "is Mosul | bigger", "did Tikrit | fall"."""
    if name is None or not 0 < at < end < len(tokens) or tokens[at - 1].low not in AUXILIARIES:
        return False
    low = tokens[end].low
    # "did Mosul police resist", "did the Sadr City attack happen"
    ends = end + 1 == len(tokens) or tokens[end + 1].low not in BASES
    return (low in BASES and ends) or _kind_of(low) is Kind.THING


def _is_noun_like(low: str) -> bool:
    """Whether a phrase may begin with a word that has no article: "prisoners", "police officers"."""
    return low in PEOPLE_NOUNS | _BODIES or (is_plural(low) and not is_finite(low))


def _is_verb_here(tokens: list[Token], at: int) -> bool:
    """Whether a word behind a noun is the verb of its sentence."""
    token = tokens[at]
    if token.text[0].isupper() or token.possessive or token.low in PEOPLE_NOUNS:
        return False
    following = tokens[at + 1] if at + 1 < len(tokens) else None
    if is_participle(tokens[at - 1].low) and token.low in BASES:
        return False  # "a broken arm"
    if token.low in PLAIN_BASES or token.low.endswith("ly"):
        return True
    if token.low.endswith("ing") and token.low not in EVENT_NOUNS | _ING_NOUNS:
        return True
    if token.low in BASES:
        # "the ferry hit the pier" and "did the army run", but "the Corrie Ridge fire destroy"
        return token.low not in EVENT_NOUNS or (
            following is not None
            and (following.low in DETERMINERS or following.text[0].isupper() or following.text[0].isdigit())
        )
    return is_finite(token.low) and not (is_plural(token.low) and token.low[:-1] not in PLAIN_BASES)


def _tied_end(tokens: list[Token], core: int, at: int, names: Sequence[Name]) -> int | None:
    if at + 1 >= len(tokens):
        return None
    tie, following = tokens[at], tokens[at + 1]
    if tie.low == "of":
        return _phrase_end(tokens, at + 1, names, tied=True)
    head = tokens[core - 1]
    if _name_at(head, names) is not None:
        return None
    is_name = following.text[0].isupper() and following.low not in MONTHS | WEEKDAYS
    if tie.low in _TYING and is_name:
        return _phrase_end(tokens, at + 1, names, short=True)
    if head.low in EVENT_NOUNS and tie.low in _EVENT_TIES:
        return _phrase_end(tokens, at + 1, names)
    return None


def _name_at(token: Token, names: Sequence[Name]) -> Name | None:
    return next((name for name in names if name.start <= token.start < name.end), None)


def _make(
    text: str, tokens: list[Token], at: int, core: int, end: int, names: Sequence[Name]
) -> Mention | None:
    start, stop = tokens[at].start, tokens[end - 1].end
    last = tokens[core - 1]
    possessive = tokens[end - 1].possessive
    if possessive:
        stop -= len(tokens[end - 1].text) - len(_POSSESSIVE.sub("", tokens[end - 1].text))
    said = text[start:stop]
    name = _name_at(last, names)
    bare = said[4:] if said.lower().startswith("the ") else said
    if name is not None and name.text == bare and end == core:
        return _of_name(text, name)
    low = tokens[at].low
    if name is not None and end == core and low not in {"the", "a", "an"} and name.start == start:
        return None
    if name is not None and name.kind is NameKind.PERSON and end == core:
        return _of_name(text, name)  # "Foreign Minister Hoshyar Zebari"
    head = last.low if name is None else tokens[core - 2].low if core - 2 >= at else last.low
    if head in MEASURES:
        return None
    if head in _AMOUNTS and end > core:
        head = tokens[end - 1].low  # "a growing number of people"
    kind = _KINDS[name.kind] if name is not None and name.kind is NameKind.PERSON else _kind_of(head)
    if head == "state" and end > core:
        kind = Kind.THING  # "a state of emergency"
    gender = None
    if kind is Kind.PERSON:
        gender = "he" if head in MALE_ROLES | {"man", "boy"} else None
        gender = "she" if head in FEMALE_ROLES | {"woman", "girl"} else gender
    if low in {"a", "an"}:
        said = f"the {said.split(' ', 1)[1]}"
    elif said[:4] == "The ":
        said = f"the {said[4:]}"
    elif _name_at(tokens[at], names) is None and low != "the" and said.lower() not in _BODIES:
        said = f"the {said[0].lower()}{said[1:]}"
    return Mention(
        text=said, kind=kind, head=head, start=start, end=stop, plural=is_plural(head), gender=gender
    )


def _kind_of(head: str) -> Kind:
    if head in EVENT_NOUNS:
        return Kind.EVENT
    if head in PEOPLE_NOUNS or (head.endswith("s") and head[:-1] in PERSON_NOUNS):
        return Kind.PEOPLE
    if head in PERSON_NOUNS:
        return Kind.PERSON
    if head in GROUP_NOUNS:
        return Kind.GROUP
    return Kind.PLACE if head in SETTLEMENTS | REGIONS | SITES else Kind.THING

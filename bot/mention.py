"""A name or phrase that a question or an answer speaks of, and what is known of it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from bot.gazetteer import FEMALE_ROLES, FEMALE_TITLES, MALE_ROLES, MALE_TITLES, fold, gazetteer, words
from bot.names import Name
from bot.namesakes import same_name

_WINDOW = 40
_LOW_WORDS = re.compile(r"[a-z-]+")
# Arabic and Turkish forms of address that stand where a given name would.
_FEMALE_FORMS = words("umm sayyida bint")
_MALE_FORMS = words("abu sheikh mullah haji")


class Kind(StrEnum):
    """What a phrase stands for."""

    PERSON = "person"
    PEOPLE = "people"
    PLACE = "place"
    GROUP = "group"
    EVENT = "event"
    THING = "thing"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class Mention:
    """A name or noun phrase; ``source[start:end]`` is where it stands, ``text`` how a question would say it.

    Attributes:
        head: its main noun in small letters, the whole name for a name.
        named: it is a name and nothing else.
        inner: it stands within a longer phrase that is a mention too.
        gender: "he" or "she" where a given name, a title or a role tells.
    """

    text: str
    kind: Kind
    head: str
    start: int
    end: int
    plural: bool = False
    named: bool = False
    inner: bool = False
    gender: str | None = None


def gender_of(text: str, name: Name) -> str | None:
    """Return "he" or "she" where a given name, a title or a role tells a person's gender."""
    lead = _LOW_WORDS.findall(text[max(0, name.start - _WINDOW) : name.start].rpartition("\n")[2].lower())[
        -2:
    ]
    behind = _LOW_WORDS.findall(text[name.end : name.end + _WINDOW].lower())[:5]
    told = set()
    given, _, rest = fold(name.text).partition(" ")
    known = gazetteer()
    if rest and (given in known.male or given in _MALE_FORMS) is not (
        given in known.female or given in _FEMALE_FORMS
    ):
        told.add("he" if given in known.male or given in _MALE_FORMS else "she")
    for word in lead:
        if word in MALE_TITLES or word in MALE_ROLES:
            told.add("he")
        if word in FEMALE_TITLES or word in FEMALE_ROLES:
            told.add("she")
    if "spokeswoman" in behind:
        told.add("she")
    if "spokesman" in behind:
        told.add("he")
    return told.pop() if len(told) == 1 else None


def fullest(mention: Mention, others: Sequence[Mention]) -> Mention:
    """Return the mention with the fuller name where another gives more of it: "Zebari", "Hoshyar Zebari"."""
    if not mention.named:
        return mention
    longer = [
        one
        for one in others
        if one.named
        and one.kind is mention.kind
        and len(one.head.split()) > len(mention.head.split())
        and same_name(one.head, mention.head)
    ]
    if not longer or not all(same_name(one.head, longer[-1].head) for one in longer):
        return mention
    return replace(
        mention, text=longer[-1].text, head=longer[-1].head, gender=mention.gender or longer[-1].gender
    )

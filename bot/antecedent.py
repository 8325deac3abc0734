"""Who "He", "The group" or "The city" at the beginning of a sentence is, where the article leaves no doubt.

A wrong name beside a quote is a false statement, so every rule here refuses when two readings are open:
another person of the same gender, an unnamed "police colonel" in between, a quotation that is somebody
else's voice. "They" is never resolved: it nearly always stands for things and people without a name.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from bot.gazetteer import (
    FEMALE_ROLES,
    FEMALE_TITLES,
    MALE_ROLES,
    MALE_TITLES,
    fold,
    gazetteer,
    words,
)
from bot.names import Name, NameKind, find_names
from bot.namesakes import same_name
from index.model import Span

# How far back a reference reaches, in sentences.
_REACH = 4
_OPENING = re.compile(
    r"(?P<pronoun>He|She|It(?!['’]))\b|[Tt]he\s(?P<noun>group|organi[sz]ation|company|firm|city|town|country|state|agency"
    r"|party)\b(?!-)"
)
# "It is unclear", "It took hours": mostly no reference to anything.
_EMPTY_IT = re.compile(
    r"It\s(?:is|was|will\sbe|would|has\sbeen|had\sbeen|may|might|could|can|seems?|appears?|looks?|comes?|came|took|takes"
    r"|happen|means?|marks?|follow|also\s(?:is|was|comes?|came|marks?|means?)|remains?|turn|becomes?|became|does|did)\w*"
)
# An unnamed person who may as well be meant.
_UNNAMED = re.compile(
    r"(?:\b(?:a|an|another|one|the|his|her|their|whose)|['’]s)\s(?:[\w-]{1,20}\s){0,3}?(?:man|woman|boy|girl|official|officer|colonel"
    r"|spokesman|spokeswoman|spokesperson|source|resident|suspect|victim|gunman|shooter|driver|witness|doctor|lawyer"
    r"|attorney|judge|teacher|student|player|coach|father|mother|son|daughter|brother|sister|husband|wife|friend|teen"
    r"|teenager|soldier|worker|leader|minister|president|mayor|governor|senator|king|queen|prince|princess|pope|actor"
    r"|actress|singer|author|analyst|expert|professor|researcher|reporter|journalist|manager|director|chief|candidate"
    r"|patient|passenger|pilot|employee|owner|neighbo[u]?r|\d{1,2}-year-old)\b(?!['’])"
)
_PRONOUNS = re.compile(r"\b(?:he|she|his|her|him|himself|herself)\b", re.IGNORECASE)
_GENDERS = {
    "he": "he",
    "his": "he",
    "him": "he",
    "himself": "he",
    "she": "she",
    "her": "she",
    "herself": "she",
}
_HIS_HER = re.compile(r"\b(?:his|her|he|she|himself|herself)\b")
_NOMINATIVE = re.compile(r"\b(?:he|she)\b")
_GOES_ON = re.compile(r"(?:[^,\"“]{0,60},\s)?(?:[A-Z][a-z]+\s)?(?:He|She|he|she)\b")
_HANGS = re.compile(
    r"\b(?:of|for|with|by|from|to|at|in|on|about|against|between|and|or|like|including|alongside|as|than|over|under|after"
    r"|before|behind|via|near|named|called|[A-Za-z]+['’]s?)\s(?:the\s)?(?:(?:former|late|then|[A-Z][\w.'’-]*|[a-z-]+or|[a-z]+er"
    r"|star|coach|actor|actress|president|spokesman|spokeswoman)\s){0,5}$"
)
_WORDS = re.compile(r"[a-z-]+")
_PUBLIC_NOUNS = words("agency organization organisation")
_PLACE_NOUNS = words("city town country state")
_VERB_BEHIND = re.compile(
    r"\.?(?:,[^,]{1,120},)?(?:\s\([^)]{1,40}\))?,?(?:\s(?:also|then|later|now|never|once|already|[a-z]{3,12}ly))?\s"
    r"(?:[a-z]{2,6}n['’]t|is|was|has|had|will|would|can|could|did|does|says|met|won|led|made|took|told|became|began|got|gave|went|came"
    r"|left|lost|put|set|ran|held|kept|found|wrote|spoke|saw|paid|sent|cut|hit|grew|fell|rose|sold|bought|built|spent"
    r"|[a-z]{2,}(?:ed|[^\Wsu]s))\b"
)
_SPEAKS = re.compile(
    r"(?:,[^,]{1,80},)?\s(?:[a-z]{3,12}ly\s)?(?:said|says|told|added|wrote|tweeted|noted|explained|argued|continued|recalled)\b"
)
_SPOKEN_BY = re.compile(
    r"(?:\b(?:said|says|added|explained|wrote|according\sto)\s)(?:[A-Za-z.'’-]{1,20}\s){0,6}$"
)
_SOURCE_BEFORE = re.compile(r"\b(?:told|via|to|by|with|from|according\sto)\s(?:the\s)?$")
_MEDIA = words(
    "reuters bbc cnn afp euronews times post telegraph guardian news jazeera press nbc abc cbs journal bloomberg today"
    " forbes magazine herald tribune network tv radio media images agency"
)
_STATE = words(
    "government ministry department senate congress parliament court police house white pentagon kremlin administration"
    " fda cdc fbi cia dea doj sec ftc fcc epa nasa nhs irs dhs un u.n. eu nato who imf fema nypd lapd"
)
_LEAD_IN = re.compile(
    r"^[\"“'‘(\[\s]*(?:[A-Z]{3,}[^—–-]{0,40}[—–-]+\s*)?(?:[^\"“.;:]{0,70},\s)?(?:[\w'’.-]{1,20}\s){0,7}$"
)


@dataclass(frozen=True, slots=True)
class _Look:
    """A sentence to look for names in, with the characters of it that are quoted."""

    span: Span
    names: tuple[Name, ...]
    spoken: str
    """Its text with quotations blanked out, same length."""


def find_antecedent(text: str, sentences: Sequence[Span], i: int) -> Name | None:
    """Find who or what is meant by the pronoun or noun that opens a sentence.

    Args:
        text: the text the spans count in.
        sentences: sentences of one article in order, at least the few before the sentence asked about; the
            more, the likelier the full name is found.
        i: which of them opens with "He", "She", "It", "The group", "The company", "The city", "The country"…

    Returns:
        A name from an earlier sentence, offsets counting in ``text``: the full name where the article gives
        it. None when the sentence opens with anything else, or when it is not clear who is meant.
    """
    opening = _OPENING.match(text, sentences[i].start)
    if opening is None or i == 0:
        return None
    first = sentences[0].start
    quoted = _blank_quotations(text, first, sentences[i].end)
    if quoted[sentences[i].start - first] == _BLANK:
        return None
    names = tuple(_placed(name, first) for name in find_names(text[first : sentences[i].end]))
    here = [name for name in names if name.start >= sentences[i].start]
    looks = [_look(quoted, first, names, span) for span in reversed(sentences[max(0, i - _REACH) : i])]
    if opening["noun"]:
        found = _find_thing(looks, opening["noun"])
    elif opening["pronoun"] == "It":
        found = None if _EMPTY_IT.match(text, sentences[i].start) else _find_subject(looks[0])
    else:
        found = _find_person(text, looks, names, opening["pronoun"].lower())
    # Who is named in the sentence itself is not who it opens with; a city may be.
    if found is None or (opening["pronoun"] and any(same_name(found.text, name.text) for name in here)):
        return None
    return _fullest(found, [name for name in names if name.end <= sentences[i].start])


_BLANK = "\x00"


def _blank_quotations(text: str, start: int, end: int) -> str:
    """The text between two places with what stands in double quotation marks replaced, offsets kept.

    A quotation ends with its line at the latest: one that runs over several paragraphs opens each anew.
    """
    out: list[str] = []
    inside = False
    for char in text[start:end]:
        if char == "\n":
            inside = False
        elif char == '"':
            inside = not inside
        elif char in "“”":
            inside = char == "“"
        out.append(_BLANK if inside and char != "\n" else char)
    return "".join(out)


def _placed(name: Name, shift: int) -> Name:
    return Name(start=name.start + shift, end=name.end + shift, text=name.text, kind=name.kind)


def _look(quoted: str, first: int, names: tuple[Name, ...], span: Span) -> _Look:
    inside = tuple(
        name
        for name in names
        if span.start <= name.start and name.end <= span.end and quoted[name.start - first] != _BLANK
    )
    return _Look(span=span, names=inside, spoken=quoted[span.start - first : span.end - first])


def _find_person(text: str, looks: list[_Look], names: tuple[Name, ...], wanted: str) -> Name | None:
    """The one person of fitting gender in the nearest sentence that names any."""
    other = "she" if wanted == "he" else "he"
    for back, look in enumerate(looks):
        if len(look.spoken.replace(_BLANK, "").strip(' ,."”')) < 4:
            continue  # nothing but a quotation: the speaker stands before it
        genders = {_GENDERS[found[0].lower()] for found in _PRONOUNS.finditer(look.spoken)}
        persons = [
            name
            for name in look.names
            if (name.kind is NameKind.PERSON or (name.kind is NameKind.OTHER and _acts(look, name)))
            and _gender(text, name, names) != other
        ]
        goes_on = _GOES_ON.match(look.spoken) is not None
        if not persons:
            if _UNNAMED.search(look.spoken) or wanted not in genders or other in genders:
                return None
            continue  # "He" again: whoever that was
        if goes_on or (other in genders and _gender(text, persons[0], names) is None):
            return None
        # A name of several words without a cue may be a person's as well.
        rivals = [name for name in look.names if name.kind is NameKind.OTHER and " " in name.text]
        is_one = len(_distinct([*persons, *rivals])) == 1
        if _is_subject(look, persons[0]):
            # A second person later in the sentence is rarely taken up, unless "he" already stands for one of them.
            return persons[0] if is_one or not _NOMINATIVE.search(look.spoken) else None
        alone = is_one and not _UNNAMED.search(look.spoken)
        return persons[0] if alone and not back and _is_free(look, persons[0]) else None
    return None


def _find_subject(look: _Look) -> Name | None:
    """The organisation, place or thing that is the subject of a sentence, if it names no other."""
    things = [name for name in look.names if name.kind is not NameKind.PERSON]
    rivals = [name for name in _distinct(things)[1:] if name.kind is not NameKind.PLACE]
    if not things or rivals or things[0].start - look.span.start > 4:
        return None
    return things[0] if _is_subject(look, things[0]) and not _speaks(look, things[0]) else None


def _find_thing(looks: list[_Look], noun: str) -> Name | None:
    """The one group, company, city or country in the nearest sentence that names any."""
    for look in looks[:2]:
        things = _distinct([name for name in look.names if _is_a(look, name, noun)])
        if things:
            return things[0] if len(things) == 1 or _is_subject(look, things[0]) else None
    return None


def _is_a(look: _Look, name: Name, noun: str) -> bool:
    """Whether a name can be what a noun says."""
    plain = fold(name.text)
    known = gazetteer()
    if noun in _PLACE_NOUNS:
        if name.kind is not NameKind.PLACE:
            return False
        if noun == "country":
            return plain in known.country
        if noun == "state":
            return plain in known.region
        return plain not in known.country and plain not in known.region
    if _before(look, name).endswith(f" {noun} "):
        return True  # "the monitoring group OVD-Info"
    is_media = not _MEDIA.isdisjoint(plain.split()) or _SOURCE_BEFORE.search(_before(look, name)) is not None
    is_public = noun not in _PUBLIC_NOUNS and not _STATE.isdisjoint(plain.split())
    if is_media or is_public:
        return False
    if name.kind is NameKind.ORGANISATION:
        return True
    return noun in {"company", "firm"} and name.kind is NameKind.OTHER and _is_subject(look, name)


def _distinct(names: Sequence[Name]) -> list[Name]:
    """Names without the later mentions of the same."""
    kept: list[Name] = []
    for name in names:
        if not any(same_name(name.text, one.text) for one in kept):
            kept.append(name)
    return kept


def _before(look: _Look, name: Name) -> str:
    return look.spoken[: name.start - look.span.start]


def _behind(look: _Look, name: Name) -> str:
    return look.spoken[name.end - look.span.start :]


def _speaks(look: _Look, name: Name) -> bool:
    return _SPEAKS.match(_behind(look, name)) is not None


def _is_subject(look: _Look, name: Name) -> bool:
    """Whether a name is who acts or speaks in its sentence, as far as word order tells."""
    before, behind = _before(look, name), _behind(look, name)
    if _SPOKEN_BY.search(before):
        return True
    if not _is_free(look, name) or not _VERB_BEHIND.match(behind):
        return False
    return _speaks(look, name) or _LEAD_IN.match(before) is not None


def _is_free(look: _Look, name: Name) -> bool:
    """Whether a name hangs on no preposition, conjunction or possessive."""
    return not _behind(look, name).startswith(("'s", "’s", "'", "’")) and not _HANGS.search(
        _before(look, name)
    )


def _acts(look: _Look, name: Name) -> bool:
    """Whether a name without any cue is a person's, as in "Griner lost her appeal"."""
    behind = _behind(look, name)
    return _VERB_BEHIND.match(behind) is not None and _HIS_HER.search(behind[:60]) is not None


def _gender(text: str, name: Name, names: tuple[Name, ...]) -> str | None:
    """The gender of a person, "he" or "she", by given name or title; None where neither tells."""
    known = gazetteer()
    told: set[str] = set()
    for one in names:
        if one.kind is not NameKind.PERSON or not same_name(one.text, name.text):
            continue
        lead = _WORDS.findall(text[max(0, one.start - 40) : one.start].rpartition("\n")[2].lower())[-2:]
        if any(word in MALE_TITLES or word in MALE_ROLES for word in lead):
            told.add("he")
        if any(word in FEMALE_TITLES or word in FEMALE_ROLES for word in lead):
            told.add("she")
        given, _, rest = fold(one.text).partition(" ")
        if rest and (given in known.male) is not (given in known.female):
            told.add("he" if given in known.male else "she")
    return told.pop() if len(told) == 1 else None


def _fullest(name: Name, names: Sequence[Name]) -> Name:
    """The last mention before that gives more of the name; the name itself where there is none."""
    longer = [
        one
        for one in names
        if one.kind is name.kind
        and len(one.text.split()) > len(name.text.split())
        and same_name(one.text, name.text)
    ]
    # Will and Jada Smith are both "Smith": then the bare surname has to do.
    return longer[-1] if longer and all(same_name(one.text, longer[-1].text) for one in longer) else name

"""Whether a sentence holds the kind of thing that is asked for."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache, lru_cache

from bot.gazetteer import gazetteer
from bot.names import Name, NameKind, find_names
from bot.offices import is_held
from bot.quantities import Quantity, find_quantities
from bot.question import Asked, Question
from bot.units import BY_NAME, Kind
from index.dates import find_dates
from index.wording import content_stems, stem

_REASON = re.compile(
    r"\b(?:because|since|due to|owing to|thanks to|as a result|in order to|so that|so as to|therefore|amid|after"
    r"|caused?|causing|prompt\w*|forc\w+|trigger\w*|blam\w+|led to|leading to|over concerns?|fear\w*|to (?:avoid|prevent"
    r"|protect|help|allow|make|keep|stop|ensure|curb)|for fear|resulting|stemm\w+|driven by|sparked"
    r"|(?:started|set off|ignited|set alight|brought (?:on|about)) by)\b|, as\b",
    re.IGNORECASE,
)
_DENIED = re.compile(
    r"\bno (?:reliable |official |immediate )?(?:estimates?|figures?|word|information|details)\b"
)

_KINDS: dict[Asked, frozenset[Kind]] = {
    Asked.COUNT: frozenset({Kind.COUNT, Kind.SCORE}),
    Asked.AMOUNT: frozenset({Kind.MONEY}),
    Asked.DISTANCE: frozenset({Kind.DISTANCE}),
    Asked.DURATION: frozenset({Kind.DURATION}),
    Asked.AGE: frozenset({Kind.AGE}),
    Asked.SHARE: frozenset({Kind.PERCENT}),
    Asked.MEASURE: frozenset({Kind.MEASURE}),
}
# Desks count the same heads, and houses, under different names. The words of the first line are asked
# for by any of the others that are people.
_GROUPS = tuple(
    frozenset(stem(word) for word in line.split())
    for line in (
        "dead deaths death victims killed fatalities toll casualties people",
        "staff employees workers members personnel officials crew",
        "soldiers troops servicemen personnel forces",
        "prisoners inmates detainees convicts",
        "refugees displaced evacuees people",
        "fighters militants gunmen insurgents rebels attackers",
        "passengers travellers travelers people",
        "children kids boys girls pupils students",
        "population residents inhabitants civilians locals townspeople people persons",
        "houses homes buildings properties",
        "votes lawmakers senators members councillors",
    )
)
_ANYONE = frozenset(stem(word) for word in "people persons folks citizens men women".split())
_PEOPLE = _ANYONE.union(*_GROUPS[:9])


@cache
def _nationalities() -> frozenset[str]:
    return frozenset(stem(word) for word in gazetteer().people)


def _alike(noun: Sequence[str]) -> frozenset[str]:
    """Return what may stand for a counted noun; of "Iraqi soldiers" soldiers are counted, not Iraqis."""
    if noun[-1] in _ANYONE | _nationalities():
        return _PEOPLE
    return frozenset().union(*(group for group in _GROUPS if not group.isdisjoint(noun)))


# "How much rain fell", "how many barrels a day": what is measured may have a unit, but not be money.
_MEASURES = frozenset({Kind.DISTANCE, Kind.MEASURE, Kind.PERCENT})
# "How long is the bridge" may ask for metres.
_LENGTH_ASKED = re.compile(r"\bhow long (?:is|was|are|were)\b", re.IGNORECASE)
_MONEY_ASKED = re.compile(
    r"\b(?:money|cash|cost|costs|pay|paid|pays|price|worth|spend|spent|fine|fined|budget|dollars?|euros?|pounds?|salary"
    r"|valued?|toll|fare|rent|wages?|ransom|reward|compensation|damages|debt|tax|revenue|profit|loss|aid|earn|raised?|donat\w+|invest\w*|charge|fee|bill|looted|stolen|stole|sell|sold|buy|bought)\b",
    re.IGNORECASE,
)


_CLAUSE_END = re.compile(r"[,;:](?:\s|$)|[.!?](?:\s|$)")

# Of a number that is known to count something else, no answer is made.
SLOT_NEEDED = 0.3
# Who did it may be said without a name: "gunmen", "the police".
_NO_NAME = 0.15


_WHO_FIT = {NameKind.PERSON: 1.0, NameKind.ORGANISATION: 0.8, NameKind.OTHER: 0.6}
_PLACE_NOUN = re.compile(
    r"\bnames?\b.*?\b(?:towns?|cit(?:y|ies)|villages?|countr(?:y|ies)|places?|camps?|streets?|rivers?|provinces?|islands?)\b"
)
_THING_NOUN = re.compile(
    r"\bnames?\b.*?\b(?:compan(?:y|ies)|groups?|firms?|ships?|boats?|ferr(?:y|ies)|part(?:y|ies)|bridges?|books?|films?"
    r"|movies?|shows?|songs?|albums?|hurricanes?|storms?|teams?|bands?|vaccines?|drugs?|operations?|missions?)\b"
)
_IN_PLACE = re.compile(
    r"\b(?:in|at|near|from|to|into|towards?|outside|around|across|off|of)\s(?:the\s)?(?:[a-z]+\s){0,3}$"
)


# What is measured, by the words that ask for it.
_DIMENSIONS = (
    ("speed", re.compile(r"\b(?:fast|speeds?)\b", re.IGNORECASE)),
    ("weight", re.compile(r"\b(?:heavy|weight)\b", re.IGNORECASE)),
    ("temperature", re.compile(r"\b(?:hot|cold|warm|temperatures?)\b", re.IGNORECASE)),
)
# A place is said to have inhabitants, or so many of them to be counted there.
_PEOPLED = re.compile(
    r"\b(?:popul\w+|people|persons|residents|inhabitants|inhabited|citizens|souls|liv(?:e|es|ed|ing)|home to|census"
    r"|(?:city|town|village|township|municipality|community|district|county|province|region|country) of)\b",
    re.IGNORECASE,
)
_MEAN_AGE = re.compile(r"\b(?:median|average|mean)\b", re.IGNORECASE)


@lru_cache(maxsize=1024)
def answering_quantities(text: str, question: Question) -> tuple[Quantity, ...]:
    """Return the quantities of a sentence that are of the kind that is asked for, best fitting first."""
    kinds = _KINDS.get(question.asked)
    if kinds is None or ("popul" in question.noun and not _PEOPLED.search(text)):
        return ()
    if question.asked is Asked.AMOUNT and not _MONEY_ASKED.search(question.text):
        kinds = kinds | _MEASURES
    if question.asked is Asked.AGE and _MEAN_AGE.search(question.text):
        kinds = kinds | {Kind.DURATION}
    if question.asked is Asked.DURATION and _LENGTH_ASKED.search(question.text):
        kinds = kinds | {Kind.DISTANCE}
    found = [
        quantity
        for quantity in find_quantities(text)
        if quantity.kind in kinds or _fits_noun(quantity, question)
    ]
    if question.asked is Asked.MEASURE:
        found = [quantity for quantity in found if _has_dimension(quantity, question)]
    return tuple(sorted(found, key=lambda quantity: -_noun_fit(quantity, text, question)))


def _has_dimension(quantity: Quantity, question: Question) -> bool:
    """Tell whether a measure is of what is asked for: a speed, a weight, a temperature."""
    dimension = next(name for name, asks in _DIMENSIONS if asks.search(question.text))
    if quantity.unit == "degree":  # of either scale
        return dimension == "temperature"
    unit = BY_NAME.get(quantity.unit or "")
    return unit is not None and unit.dimension == dimension


def count_fit(quantity: Quantity, text: str, question: Question) -> float:
    """Say how well one quantity of a sentence suits the question: 0 (it counts something else) to 1."""
    return _noun_fit(quantity, text, question)


def slot_fit(text: str, question: Question) -> float:
    """Say how well a sentence's form suits the question: 0 (what is asked for is missing) to 1."""
    asked = question.asked
    if asked in _KINDS:
        return max((_noun_fit(q, text, question) for q in answering_quantities(text, question)), default=0.0)
    if asked is Asked.WHEN:
        return 1.0 if find_dates(text) else 0.0
    if asked is Asked.WHY:
        return 1.0 if _REASON.search(text) else 0.3
    if asked is Asked.NAME:
        return 1.0 if _name_fit(text, question) == 1.0 else 0.0
    if asked in (Asked.WHO, Asked.WHERE):
        return _name_fit(text, question)
    return 0.5


def _noun_fit(quantity: Quantity, text: str, question: Question) -> float:
    """Return 1 for what is counted, less where the number counts something else or is vague."""
    fit = 0.75
    if question.noun:
        # "2,000 Iraqis" are no answer to how many Iraqi soldiers.
        wanted = frozenset(question.noun[:-1]) - _nationalities() | {question.noun[-1]}
        alike = _alike(question.noun)
        noun = {stem(word) for word in f"{quantity.noun or ''} {quantity.unit or ''}".split()}
        near = set(content_stems(_CLAUSE_END.split(text[quantity.end : quantity.end + 60])[0]))
        if noun & wanted:
            fit = 1.0
        elif noun & alike:
            fit = 0.9
        elif quantity.noun is None and near & (wanted | alike):
            fit = 0.8
        elif quantity.unit is None and (
            quantity.noun is None or (wanted & _ANYONE and _is_plural(quantity.noun))
        ):
            # Whoever shops, votes or travels is a person; no list has them all.
            fit = 0.6 if quantity.noun is None else 0.5
        else:
            fit = 0.25
    return fit * (0.8 if quantity.vague else 1.0)


def _is_plural(noun: str) -> bool:
    return noun.endswith("s") and not noun.endswith(("ss", "us"))


def _fits_noun(quantity: Quantity, question: Question) -> bool:
    """Tell whether a measure is counted by name: "how many barrels", "how many hectares"."""
    return not set(question.noun).isdisjoint(stem(word) for word in (quantity.unit or "").split())


def _name_fit(text: str, question: Question) -> float:
    """Return 1 for a name of the right kind that the question does not itself hold."""
    known = _stems(question.text)
    best = _NO_NAME
    for name in find_names(text):
        if best == 1.0:
            break
        words = content_stems(name.text)
        if not words or all(_is_known(word, known) for word in words):
            continue
        if question.office:
            is_person = name.kind is NameKind.PERSON or (name.kind is NameKind.OTHER and " " in name.text)
            is_holder = is_person and is_held(text, name.start, name.end, question.office)
            best = max(best, 1.0 if is_holder else 0.2)
            continue
        if question.asked is Asked.WHERE:
            best = max(best, _place_fit(text, name))
        elif question.asked is Asked.NAME:
            fresh = not any(_is_known(word, known) for word in words)
            best = max(best, 1.0 if fresh and name.kind in _named_kinds(question) else 0.3)
        else:
            best = max(best, _WHO_FIT.get(name.kind, 0.3))
    return best


def _named_kinds(question: Question) -> frozenset[NameKind]:
    """Tell what kind of name "the names of the three towns" asks for: a person's unless it says so."""
    if _PLACE_NOUN.search(question.text):
        return frozenset({NameKind.PLACE, NameKind.OTHER})
    if _THING_NOUN.search(question.text):
        return frozenset({NameKind.ORGANISATION, NameKind.OTHER})
    return frozenset({NameKind.PERSON})


def _place_fit(text: str, name: Name) -> float:
    """Return 1 for a place that something is said to be in, less for "Iraq's" and the like."""
    if name.kind is NameKind.PLACE:
        return 1.0 if _IN_PLACE.search(text[: name.start]) else 0.5
    return 0.5 if _IN_PLACE.search(text[: name.start]) else 0.3


@lru_cache(maxsize=64)
def _stems(question: str) -> tuple[str, ...]:
    return tuple(content_stems(question))


def _is_known(word: str, known: Sequence[str]) -> bool:
    """Tell whether a question holds a word, perhaps with another ending: "consul", "consulate"."""
    # A loop, not a generator: it runs for each name of a hundred sentences.
    for other in known:
        if other[:1] != word[:1] or (len(other) <= 3 and other != word):
            continue
        if word.startswith(other) or other.startswith(word) or _shares_opening(word, other):
            return True
    return False


def _shares_opening(word: str, other: str) -> bool:
    """Tell whether all but the last three letters of the shorter word begin both, at least five."""
    length = max(5, min(len(word), len(other)) - 3)
    return word[:length] == other[:length]

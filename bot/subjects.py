"""Places, people and descriptions that answer: what stands beside the words of the question."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace

from bot.candidates import Candidate
from bot.gazetteer import ROLES, fold, gazetteer
from bot.kin import actions_of, kin_of, verbs_of
from bot.names import Name, NameKind, find_names
from bot.namesakes import same_name
from bot.offices import is_held
from bot.question import Question
from bot.values import Value
from index.dates import find_dates
from index.wording import content_stems, stem

# Farther from the words of the question, a name, a place or a figure belongs to something else.
NEAR_CHARS = 90
_PLACE = re.compile(
    r"\b(?:in|at|near|from|outside|(?P<of>of))\s(?P<place>(?:[Tt]he\s)?[A-Z\u00c0-\u00de][\w'’.-]*"
    r"(?:\s(?:of\s|de\s|del\s|la\s)?[A-Z\u00c0-\u00de][\w'’-]*)*(?:,\s[A-Z\u00c0-\u00de][\w'’-]*(?:\s[A-Z\u00c0-\u00de][\w'’-]*)*)*)"
)
_WHO_IS = re.compile(
    r"^who (?:is|was|are|were) (?:the |an? )?(?P<head>[\w' -]+?) (?:of|in|for|at|to|from|selected|associated|when|who)\b",
    re.IGNORECASE,
)
_WHOSE = re.compile(r"['’]s (?P<head>[\w-]+(?: [\w-]+)?)\W*$")
_WHO_DID = re.compile(r"^who (?P<head>(?!is\b|was\b|are\b|were\b|did\b|has\b|had\b)[\w-]+)", re.IGNORECASE)
_WORK = re.compile(
    r"\b(?:artist|band|singer|director|directed|author|wrote|written|creator|created|composer|composed|architect|designed|designer"
    r"|producer|recorded|performing|developer|publisher|painter|painted)s?\b",
    re.IGNORECASE,
)
_MAKER_LED = re.compile(
    r"\b(?:by|architects?|composers?|directors?|artists?|(?:album|single|song|ep|release|film|book|novel)\s(?:from|for|of))(?=\s)",
    re.IGNORECASE,
)
_NEXT_WORD = re.compile(r"\s(?P<word>[^\W_][\w’'-]*)")
_NAME_RUN = re.compile(
    r"[A-Z\u00c0-\u00de][\w’'!-]*\.?(?:\s(?:(?:the|of|and|de|van|von|&)\s)?[A-Z\u00c0-\u00de0-9][\w’'!-]*(?:\.(?=\s[A-Z]))?)*"
)
_MAKERS = ROLES | frozenset(
    "band duo group trio rapper frontman frontwoman guitarist bassist drummer pianist saxophonist songwriter vocalist member"
    " architects musicians brothers sisters".split()
)
# What a description ends with: a clause that goes on about something else.
_NP_END = re.compile(
    r"[,;.:()\[]|\s(?:who|which|that|whose|when|where|and\s(?:is|was)|released|directed|written|born|located|starring|based"
    r"|featuring|published|produced|from\s\d|in\s\d|since)\b"
)
_COPULA = re.compile(r"\b(?:is|was|are|were)\s(?:(?:also|currently|formerly)\s)?(?=(?:an?|the|one\sof)\s)")
_APPOSED = re.compile(r"(?<=\w),\s(?=an?\s[a-z])")
_EXPANDS = re.compile(
    r"\b(?:stand(?:s)? for|refer(?:s)? to|abbreviation|acronym|initials|short for|full name)\b", re.IGNORECASE
)
_ACRONYM = re.compile(r"\b[A-Z]{2,6}s?\b")
_SEVERAL = re.compile(
    r"\b(?:which|what) (?:[\w-]+ ){0,2}?(?:places|towns|cities|countries|villages|provinces|states|groups|parties|teams|leaders|officials"
    r"|people|organi[sz]ations|companies|agencies)\b|\bnames of\b|\bwho (?:are|were)\b|\bwho else\b",
    re.IGNORECASE,
)
# Characters on either side of a name in which its office stands.
_BESIDE = 45
# Whose word it is did not do it.
_TOLD_BY = re.compile(r"\b(?:according to|told)\s(?:the\s)?$", re.IGNORECASE)
_SMALL_WORDS = frozenset({"of", "and", "the", "in", "for", "on", "to"})
_ATTRIBUTE = re.compile(
    r"\bwhat (?:is|was|are|were) the (?P<what>(?:[\w-]+ ){0,3}?[\w-]+) (?:of|for|in) ", re.IGNORECASE
)
# "Holy Smoke (film)", "Dave Hancock (cricketer)": titles that tell things of one name apart.
_TITLED = re.compile(
    r"[^()]{2,60}?\s\((?P<as>[^()\d]{2,40}|[^()]*\b(?:film|album|novel|book|song|play|series|band)\b)\)\s"
)
_SPORT_ASKED = re.compile(r"\b(?:what|which) sports?\b", re.IGNORECASE)
_SPORT = re.compile(
    r"\b(?:(?:American|Australian rules|Gaelic|association)\s)?(?:football(?:er)?|soccer|cricket(?:er)?|basketball|baseball|ice hockey|hockey"
    r"|golf(?:er)?|tennis|rugby(?:\s(?:league|union))?|box(?:ing|er)|chess|volleyball|bodybuild(?:ing|er)|wrestl(?:ing|er)|swimm(?:ing|er)"
    r"|cycl(?:ing|ist)|athletics|badminton|bowls|squash|snooker|darts|rowing|rower|sailing|fenc(?:ing|er)|judo|karate|handball"
    r"|lacrosse|softball|curling|skating|skiing|skier|surfing|polo|gymnast(?:ics)?|motor\sracing|racing driver)(?:\splayer)?\b",
    re.IGNORECASE,
)
# An opening that defines its subject stands near the top of its file.
_OPENING_CHARS = 900
_MOST_NP_WORDS = 14
# Words of a question besides its names: "What is Holy Smoke an album by?" has two.
_PLAIN_WORDS = 4


def marks_of(text: str, stems: frozenset[str]) -> list[tuple[int, int]]:
    """Return where words with one of these stems stand."""
    return [m.span() for m in re.finditer(r"[^\W_]+(?:['’-][^\W_]+)*", text) if stem(m[0]) in stems]


def gap_to(start: int, end: int, marks: Iterable[tuple[int, int]]) -> float:
    """Return the distance to the nearest mark; what follows its verb is nearer than what precedes it."""
    gaps = [start - b if b <= start else 1.5 * max(0, a - end) for a, b in marks]
    return min(gaps, default=float("inf"))


def asks_for_several(question: Question) -> bool:
    """Tell whether a list is asked for ("which towns", "what are the names"): its items are no disagreement."""
    return _SEVERAL.search(question.text) is not None


def asks_for_office(question: Question) -> bool:
    """Tell whether the holder of an office is asked for, not the director of a film."""
    return bool(question.office) and _WORK.search(question.text) is None


def asks_for_long_form(question: Question) -> bool:
    """Tell whether a question asks what letters stand for."""
    return _EXPANDS.search(question.text) is not None and _ACRONYM.search(question.text) is not None


def find_place(text: str, question: Question) -> Value | None:
    """Find the place that what is asked about is in, to the region and country behind it."""
    known = set(content_stems(question.text))
    # "Lincoln High School is a school in Hamlin, West Virginia" locates without a word for it.
    marks = marks_of(text, verbs_of(question))
    copula = _COPULA.search(text)
    if not marks and copula and set(question.names) & set(content_stems(text[: copula.start()])):
        marks = [copula.span()]
    taken = [name for name in find_names(text) if name.kind in (NameKind.PERSON, NameKind.ORGANISATION)]
    best: tuple[float, int, re.Match[str]] | None = None
    for match in _PLACE.finditer(text):
        start, end = match.span("place")
        words = set(content_stems(match["place"]))
        if not words or words <= known or any(name.start < end and start < name.end for name in taken):
            continue
        # "In Iraq's second city" is in the city.
        if match["place"].endswith(("'s", "’s")):
            continue
        if find_dates(match["place"]) or fold(match["place"]) in gazetteer().people:
            continue
        # "Of" leads to a place in "of Stoneham, Massachusetts" and "the Tribunal of Honduras", not in "members of ISIS".
        last = content_stems(text[: match.start()])[-1:]
        if match["of"] and "," not in match["place"] and not set(last) & set(question.names):
            continue
        gap = gap_to(start, end, marks)
        if gap <= NEAR_CHARS and (best is None or gap < best[0]):
            best = (gap, start, match)
    if best is None:
        return None
    start, end = best[2].span("place")
    place = text[start:end].rstrip(".'’")
    return Value(start=start, end=start + len(place), text=place, name=place)


def place_at(text: str, start: int, end: int) -> Value | None:
    """Read the whole place, region and country included, that a stretch belongs to."""
    for match in _PLACE.finditer(text):
        if match.start("place") < end and start < match.end("place"):
            place = match["place"].rstrip(".'’")
            first = match.start("place")
            return Value(start=first, end=first + len(place), text=place, name=place)
    return None


def find_person(text: str, question: Question) -> Value | None:
    """Find the person, band or body that stands beside what was done."""
    if _WORK.search(question.text):
        return _maker(text, question)
    if question.office:
        return _holder(text, question)
    known = set(content_stems(question.text))
    marks = marks_of(text, _head_of(question))
    best: tuple[float, Name] | None = None
    for name in find_names(text):
        words = set(content_stems(name.text))
        if not words or words <= known or name.kind is NameKind.PLACE:
            continue
        if name.kind is NameKind.OTHER and fold(name.text) in gazetteer().people:
            continue
        if _TOLD_BY.search(text[: name.start]):
            continue
        gap = gap_to(name.start, name.end, marks)
        if gap <= NEAR_CHARS / 3 and (best is None or gap < best[0]):
            best = (gap, name)
    return None if best is None else _name_value(best[1])


def _head_of(question: Question) -> frozenset[str]:
    """Return stems of what a person is asked for as: the "father" of "Who was X's father?", the verb of "Who won X?"."""
    match = _WHO_IS.search(question.text) or _WHOSE.search(question.text) or _WHO_DID.search(question.text)
    words = content_stems(match["head"]) if match else []
    return frozenset().union(*(kin_of(word) for word in words[-2:]))


def _name_value(name: Name) -> Value:
    return Value(start=name.start, end=name.end, text=name.text, name=name.text)


def _holder(text: str, question: Question) -> Value | None:
    """Read who holds an office."""
    for name in find_names(text):
        # "Frontier" of "Frontier's chairman" may be anything; a person has two names, or is known for one.
        if name.kind is not NameKind.PERSON and (name.kind is not NameKind.OTHER or " " not in name.text):
            continue
        beside = text[max(0, name.start - _BESIDE) : name.end + _BESIDE]
        if is_held(text, name.start, name.end, question.office) and not _is_of_others(beside, question):
            return _name_value(name)
    return None


def _is_of_others(text: str, question: Question) -> bool:
    """Tell whether an office is another country's than the one asked about: "the Turkish prime minister"."""
    people = {fold(word) for word in re.findall(r"[A-Z][a-z]+", text)} & gazetteer().people
    return bool(people and question.names) and not any(
        word[:4] == name[:4] for word in people for name in question.names
    )


def _maker(text: str, question: Question) -> Value | None:
    """Read who made a work: "an album by the band Cut Copy", "directed by Frank Oz"."""
    marks = marks_of(text, actions_of(question))
    known = set(content_stems(question.text))
    best: tuple[float, int, int] | None = None
    for match in _MAKER_LED.finditer(text):
        span = _name_behind(text, match.end())
        if span is None or set(content_stems(text[slice(*span)])) <= known:
            continue
        gap = gap_to(match.start(), match.end(), marks)
        if gap <= NEAR_CHARS / 2 and (best is None or gap < best[0]):
            best = (gap, *span)
    if best is None:
        return None
    _, start, end = best
    name = text[start:end].rstrip(".,'’ ")
    return Value(start=start, end=start + len(name), text=name, name=name)


def _name_behind(text: str, start: int) -> tuple[int, int] | None:
    """Find the name that words such as "the American rapper" or "Lagwagon frontman" lead to."""
    people = gazetteer().people
    found: tuple[int, int] | None = None
    at, words = start, 0
    while words < _MOST_NP_WORDS and (match := _NEXT_WORD.match(text, at)):
        words, word = words + 1, match["word"]
        plain = fold(word)
        if word[0].isupper() and plain not in people:
            run = _NAME_RUN.match(text, match.start("word"))
            assert run is not None
            found, at = run.span(), run.end()
            continue
        if found is not None and plain not in _MAKERS:
            break
        at = match.end()
        # A comma ends the name, but not "by metalcore band, Twelve Gauge Valentine".
        if text.startswith(",", at) and (found is not None or plain not in _MAKERS):
            break
        at += text.startswith(",", at)
    return found


def find_description(candidate: Candidate, question: Question) -> Value | None:
    """Find what a thing is said to be: what its letters stand for, an attribute, or how an article opens on it."""
    text = candidate.text
    if _EXPANDS.search(question.text) and (acronym := _ACRONYM.search(question.text)):
        found = _long_form(text, acronym[0])
        # Every word of a long form tells: Iraq and Syria is not Iraq and the Levant.
        return found and replace(found, titled=" ".join(sorted(set(content_stems(found.text)))))
    found = _attribute(text, question)
    if found is None and candidate.place.start <= _OPENING_CHARS and _asks_what_it_is(question):
        found = _definition(text, question)
    # "A football linebacker" and "a football quarterback" are not the same for being football.
    apart = _TITLED.match(text) if candidate.place.start <= _OPENING_CHARS else None
    return found and replace(
        found, known=frozenset(content_stems(question.text)), titled=apart["as"].lower() if apart else None
    )


def _asks_what_it_is(question: Question) -> bool:
    """Tell whether little but a name is asked for, so that an opening that says what it is can answer."""
    plain = set(content_stems(question.text)) - set(question.names) - set(question.asking)
    return bool(question.names) and len(plain) <= _PLAIN_WORDS


def find_sport(text: str, question: Question) -> Value | None:
    """Find a sport, or who plays it, where a sport is asked for."""
    if not _SPORT_ASKED.search(question.text):
        return None
    match = _SPORT.search(text)
    if match is None or not set(question.names) & set(content_stems(text)):
        return None
    sport = re.sub(r"(?:er|ist|s)$|(?:\s(?:player|club|team|match)s?)$", "", match[0].lower())
    return Value(start=match.start(), end=match.end(), text=match[0], name=sport)


def _attribute(text: str, question: Question) -> Value | None:
    """Read "the mascot is the eagle" where the mascot is asked for."""
    asked = _ATTRIBUTE.search(question.text)
    if asked is None:
        return None
    words = r"\s".join(re.escape(word) for word in asked["what"].split())
    match = re.search(rf"\b{words}s?\s(?:is|was|are|were)\s", text, re.IGNORECASE)
    return _phrase(text, match.end()) if match else None


def _definition(text: str, question: Question) -> Value | None:
    """Read "Dave Hancock (footballer) … was an English footballer", where the subject is what is asked about."""
    for match in sorted((*_COPULA.finditer(text), *_APPOSED.finditer(text)), key=lambda match: match.start()):
        subject = set(content_stems(text[: match.start()]))
        if set(question.names) & subject:
            return _phrase(text, match.end())
    return None


def _phrase(text: str, start: int) -> Value | None:
    stop = _NP_END.search(text, start)
    end = stop.start() if stop else len(text)
    words = list(re.finditer(r"\S+", text[start:end]))[:_MOST_NP_WORDS]
    if not words:
        return None
    end = start + words[-1].end()
    phrase = text[start:end].rstrip(" .,;:\"'”’")
    return Value(start=start, end=start + len(phrase), text=phrase) if phrase else None


def _long_form(text: str, asked: str) -> Value | None:
    """Read the words that an acronym in brackets stands for, or that stand in brackets behind it.

    An acronym that is another name of the same, such as ISIL for ISIS, will do.
    """
    for match in _ACRONYM.finditer(text):
        acronym = match[0].rstrip("s")
        if acronym != asked.rstrip("s") and not same_name(acronym, asked):
            continue
        if behind := re.match(r"\s?\((?P<long>[^()]{4,80})\)", text[match.end() :]):
            start = match.end() + behind.start("long")
            return Value(start=start, end=match.end() + behind.end("long"), text=behind["long"])
        before = text[: match.start()]
        opened = before.rfind("(")
        if opened < 0 or ")" in before[opened:]:
            continue
        letters = acronym.lower()
        words = list(re.finditer(r"[^\W_]+", before[:opened]))
        for first in range(len(words) - 2, max(-1, len(words) - 3 * len(letters)), -1):
            run = [word[0].lower() for word in words[first:]]
            full = "".join(word[0] for word in run)
            short = "".join(word[0] for word in run if word not in _SMALL_WORDS)
            if letters in (full, short):
                start, end = words[first].start(), words[-1].end()
                return Value(start=start, end=end, text=text[start:end])
    return None

"""Fragments that take the place of their like in the last question: "And in Tikrit?", "What about 2013?"."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from bot.context import Context, at_place
from bot.gazetteer import words
from bot.grammar import AUXILIARIES, MONTHS, PREPOSITIONS, SITES, WEEKDAYS, is_plural
from bot.mention import Kind, Mention
from bot.phrases import find_mentions, tokens_of

_MONTH = "(?:January|February|March|April|May|June|July|August|September|October|November|December)"
DATE_INSIDE = re.compile(
    rf"\b(?:(?:in|on|during|by|since) )?(?:(?:\d{{1,2}} )?{_MONTH}(?: \d{{1,2}}\b)?(?:,? \d{{4}})?|(?:in )(?:19|20)\d\d"
    r"|(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day(?: (?:night|morning|evening))?|yesterday|today"
    r"|(?:last|this|next) (?:week|month|year|night))(?=[\s?.,]|$)"
)
_ABOUT = re.compile(r"^(?:what|how) about (?:(?:the one|those|that) )?(?P<rest>.+)$", re.IGNORECASE)
_DATE = re.compile(
    rf"^(?:(?:in|on|during|by|since|before|after) )?(?:(?:late|early|mid) )?(?:(?:\d{{1,2}} )?{_MONTH}(?: \d{{1,2}})?(?:,? \d{{4}})?"
    r"|(?:19|20)\d\d|(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day(?: (?:night|morning|evening))?|yesterday|today|tomorrow"
    r"|(?:last|this|next) (?:week|month|year|night|spring|summer|autumn|winter|[A-Z][a-z]+)"
    r"|now)$"
)
_ABOUT_INSIDE = re.compile(r"\s*\babout [^?]*$")
_YEAR = re.compile(r"\b(?:19|20)\d\d\b")
_SUFFERERS = words("wounded injured dead missing displaced killed arrested detained")
# A longer fragment says enough itself.
_LONGEST_FRAGMENT = 6


def fill_fragment(body: str, last: Context, known: str, *, led: bool) -> str | None:
    """Complete "And in Tikrit?", "What about the police?", "And in 2013?": put in the place of its like."""
    about = _ABOUT.match(body)
    if about:
        fragment = about["rest"]
    elif led or body.partition(" ")[0].lower() in PREPOSITIONS:
        fragment = body
    else:
        return None
    tokens = tokens_of(fragment)
    if (
        not tokens
        or len(tokens) > _LONGEST_FRAGMENT
        or tokens[0].low in {"who", "what", "when", "where", "why", "how"}
    ):
        return None
    question = last.question.rstrip("?!. ")
    if _DATE.match(fragment):
        return _put_date(question, fragment)
    if any(
        token.low in AUXILIARIES | {"that", "it", "then", "you", "me", "which", "who", "what"}
        for token in tokens
    ):
        return None
    preposition = tokens[0].text.lower() if tokens[0].low in PREPOSITIONS and len(tokens) > 1 else ""
    said = fragment[len(preposition) :].strip()
    if (
        not preposition
        and said.lower().removeprefix("the ") in _SUFFERERS
        and last.clause
        and last.clause.noun
    ):
        return f"{last.clause.wh} were {said.lower().removeprefix('the ')}{where_of(last)}?"
    if preposition == "about" and not about:
        old = _ABOUT_INSIDE.search(question)
        return f"{question[: old.start()] if old else question} {fragment}?".replace("  ", " ")
    # "And Turkey's?" after "Who is Iraq's foreign minister?"
    if said.endswith(("'s", "’s")):
        owner = next((m for m in last.asked if question[m.end : m.end + 2] in {"'s", "’s"}), None)
        return f"{question[: owner.start]}{said}{question[owner.end + 2 :]}?" if owner else None
    # With its preposition: "in Beiji" is a place, "Beiji" might be anything.
    inside = find_mentions(fragment, known)
    if not any(m.end >= len(fragment) - 2 for m in inside) and not is_plural(said.split()[-1].lower()):
        return None
    new = next((m for m in inside if not m.inner), None)
    if (
        any(new is not None and m.head == new.head and m.text == new.text for m in last.asked)
        and not preposition
    ):
        return None
    written = _put_phrase(question, last, preposition, said, new)
    return f"{written}?" if written else None


def _put_date(question: str, fragment: str) -> str:
    old = DATE_INSIDE.search(question)
    low = fragment[0].lower() + fragment[1:] if fragment.split()[0].lower() in PREPOSITIONS else fragment
    if old:
        prefix = re.match(r"^(?:in|on|during|by|since) ", old[0])
        own = (
            low
            if re.match(r"^(?:in|on|during|by|since|before|after|last|this|next|yesterday|today|now)\b", low)
            else None
        )
        new = own or f"{prefix[0] if prefix else _day_preposition(low)}{low}"
        return f"{question[: old.start()]}{new}{question[old.end() :]}?"
    year, new_year = _YEAR.search(question), _YEAR.search(fragment)
    if year and new_year:
        return f"{question[: year.start()]}{new_year[0]}{question[year.end() :]}?"
    needs = re.match(r"^(?:[A-Z]|\d)", low)
    return f"{question} {_day_preposition(low) if needs else ''}{low}?"


def _day_preposition(day: str) -> str:
    first = day.split()[0].lower()
    return (
        "on "
        if first in WEEKDAYS or re.search(r"\b\d{1,2}\b", day)
        else "in "
        if first in MONTHS or first.isdigit()
        else ""
    )


def _put_phrase(question: str, last: Context, preposition: str, said: str, new: Mention | None) -> str | None:
    asked = [m for m in find_mentions(last.question, last.answer) if m.end <= len(question)]
    clause = last.clause
    # "And passengers?" after "How many cars were on the ferry?"
    of_things = new is None or not (new.named or said.lower().startswith("the "))
    if not preposition and of_things and is_plural(said.split()[-1].lower()) and clause and clause.noun:
        return question.replace(clause.noun, said, 1)
    if preposition:
        for mention in asked:
            before = question[: mention.start].split()[-1:]
            same_place = new is None or (new.kind is Kind.PLACE) is (mention.kind is Kind.PLACE)
            if before and before[0].lower() == preposition and same_place:
                return f"{question[: mention.start]}{said}{question[mention.end :]}"
    old = _of_its_kind(asked, new) if new is not None else None
    if old is None:
        return f"{question} {preposition} {said}" if preposition else None
    before = question[: old.start].split()[-1:]
    behind = question[old.end :]
    article = question[old.start :].lower().startswith("the ") and not said.lower().startswith("the ")
    if article and old.inner:
        said = f"the {said}"
    if preposition and not old.named:
        return f"{question} {preposition} {said}"  # nobody asked for another bridge
    if preposition and before and before[0].lower() in PREPOSITIONS:
        cut = question[: old.start].rstrip()
        return f"{cut[: len(cut) - len(before[0])]}{preposition} {said}{behind}"
    return f"{question[: old.start]}{said}{behind}"


def _of_its_kind(asked: Sequence[Mention], new: Mention) -> Mention | None:
    """What a fragment takes the place of: the first of its kind, a phrase before what stands inside one."""
    tests: list[Callable[[Mention], bool]] = [
        lambda m: m.kind is new.kind and m.named == new.named and not m.inner,
        lambda m: _alike(new, m) and m.named == new.named and not m.inner,
    ]
    tests.append(lambda m: _alike(new, m) and not m.inner)
    if new.kind is Kind.UNKNOWN:
        # A name without any cue is rather another place than another person.
        tests[:0] = [lambda m: m.named and m.kind is Kind.UNKNOWN, lambda m: m.named and m.kind is Kind.PLACE]
    tests.append(lambda m: _alike(new, m))
    if not new.named:
        tests.append(lambda m: not m.inner and not m.named and not m.plural)
    return next((m for test in tests for m in asked if test(m)), None)


_AGENTS = {Kind.PERSON, Kind.PEOPLE, Kind.GROUP}


def _alike(one: Mention, other: Mention) -> bool:
    if one.kind is other.kind or (one.kind in _AGENTS and other.kind in _AGENTS):
        return True
    # "What did the State Department say? And Turkey?"
    if one.named and other.named:
        return Kind.UNKNOWN in {one.kind, other.kind} or (one.kind is Kind.PLACE and other.kind is Kind.GROUP)
    return one.head in SITES and other.head in SITES


def where_of(last: Context) -> str:
    """The circumstances of the last question: " in the Sadr City bombing"."""
    said = last.clause.said if last.clause else last.question.rstrip("?!. ")
    for token in tokens_of(said):
        on_foot = token.low == "on" and not re.match(r"on (?:the|[A-Z])", said[token.start :])
        if token.low in {"in", "at", "on", "during", "near", "when"} and not on_foot:
            return f" {said[token.start :]}"
    place = next((m for m in last.asked if m.kind is Kind.PLACE and not m.inner), None)
    event = next((m for m in last.asked if m.kind is Kind.EVENT), None)
    if event is not None:
        return f" in {event.text}"
    return f" {at_place(place)}" if place else ""

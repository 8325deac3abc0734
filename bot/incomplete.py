"""Questions that have a verb of their own and leave out where or of what: "How many were hurt?", "Who won?"."""

from __future__ import annotations

import re
from collections.abc import Sequence

from bot.clause import ask_with, predicate_of, state_within
from bot.context import Context, pick, weigh_event, weigh_person, weigh_place, weigh_thing
from bot.fragment import where_of
from bot.gazetteer import words
from bot.grammar import AUXILIARIES, BASES, DO, MODALS, base_of, is_finite, is_participle, is_plural, past_of
from bot.mention import Kind
from bot.phrases import find_mentions

_COUNT_VERB = re.compile(
    r"^how many (?:(?P<noun>people|men|women|children) )?(?P<verb>[a-z]+)(?P<rest> .*)?$", re.IGNORECASE
)
_FILLERS = words("still also not been")
_WHO_DID = re.compile(r"^who (?:did|has done|is doing) (?:it|that|this)$", re.IGNORECASE)
_HOW_LONG = re.compile(r"^how long did (?:it|that|this) take$", re.IGNORECASE)
_WHO_VERB = re.compile(r"^who (?P<verb>[a-z]+)$", re.IGNORECASE)
_HOW_FAR = re.compile(r"^[Hh]ow far (?:away )?(?P<aux>is|was) (?P<place>(?!.* from )[A-Z][\w'’ -]*)$")
_TAKING_EVENTS = words(
    "won lost started ended caused organised organized attended stopped led planned ordered watched opposed called"
)
_MEASURE = re.compile(
    r"^how (?P<how>wide|long|high|tall|deep|old|big|large|heavy|fast|far|expensive)$", re.IGNORECASE
)


def ask_doer(body: str, last: Context, contexts: Sequence[Context]) -> str | None:
    """Complete "Who did it?", "Who won?", "How long did it take?"."""
    clause = last.clause
    event = pick(contexts[:1], weigh_event)
    event = event if event in last.asked else None
    if match := _WHO_VERB.match(body):
        verb = match["verb"].lower()
        if base_of(verb) is None:
            return None
        if event is not None and verb in _TAKING_EVENTS:
            return f"Who {verb} {event.text}?"
        where = where_of(last)
        return f"Who {verb}{where}?" if where else None
    if _HOW_LONG.match(body):
        done = predicate_of(clause) if clause else None
        return f"How long did it take to {done}?" if done else None
    if match := _HOW_FAR.match(body):
        there = next(
            (m for m in find_mentions(match["place"], last.answer) if m.kind is Kind.PLACE and m.named), None
        )
        place = pick(contexts, weigh_place, avoid=[there]) if there else None
        return f"How far {match['aux'].lower()} {match['place']} from {place.text}?" if place else None
    if not _WHO_DID.match(body) or clause is None:
        return None
    if event is not None:
        return f"Who was behind {event.text}?"
    if clause.said.startswith("happen"):
        return f"Who was behind {state_within(clause)}?"
    if clause.aux in {"was", "were", "is", "are"} and is_participle(clause.said.split(" ")[0].lower()):
        return ask_with(clause, "By whom", last.focus.text if last.focus else "")
    verb, _, rest = clause.said.partition(" ")
    if clause.aux == "did" and clause.subject and verb.lower() in BASES and not clause.is_argument:
        return f"Who {past_of(verb.lower())} {rest}?"
    return None


def ask_count(body: str, last: Context, _: Sequence[Context]) -> str | None:
    """Complete "How many were wounded?": people, where the last question was."""
    match = _COUNT_VERB.match(body)
    if match is None or any(mention.kind is not Kind.PEOPLE for mention in find_mentions(body)):
        return None
    verb, rest = match["verb"].lower(), (match["rest"] or "").strip()
    if verb in DO | MODALS or not (verb in AUXILIARIES or is_finite(verb)):
        return None
    clause = last.clause
    noun = match["noun"] or "people"
    if clause is not None and not match["noun"]:
        counted = clause.noun or re.sub(r"^the ", "", clause.subject)
        noun = counted if counted and is_plural(counted.split()[-1].lower()) else noun
    done = predicate_of(clause) if clause is not None else None
    if done and not rest and base_of(verb) == done.partition(" ")[0]:
        return f"How many {noun} {verb} {done.partition(' ')[2]}?"
    where = where_of(last)
    if rest == "there":
        return f"How many {noun} {verb}{where}?" if where else None
    first = rest.split()[0].lower() if rest else ""
    if first and not is_participle(first) and first not in _FILLERS:
        return None
    return f"How many {noun} {verb} {rest}".strip() + f"{where}?" if where or not match["noun"] else None


def ask_measure(body: str, last: Context, contexts: Sequence[Context]) -> str | None:
    """Complete "And how wide?"."""
    match = _MEASURE.match(body)
    if match is None:
        return None
    how = match["how"].lower()
    thing = pick(contexts, weigh_person(None) if how == "old" else weigh_thing(body))
    if thing is None and how == "old":
        thing = pick(contexts, weigh_thing(body))
    if thing is None or (how in {"long", "far"} and last.clause and last.clause.said):
        return (
            ask_with(last.clause, body.capitalize(), last.focus.text if last.focus else "")
            if last.clause and last.clause.said
            else None
        )
    return f"How {how} is {thing.text}?"

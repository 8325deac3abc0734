"""Questions that leave out what the last one said: "Why?", "And in Tikrit?", "How many?", "Who said so?"."""

from __future__ import annotations

import re
from collections.abc import Sequence

from bot.clause import Clause, ask_with, state, state_within
from bot.context import (
    Context,
    pick,
    weigh_event,
    weigh_place,
    weigh_thing,
)
from bot.fragment import DATE_INSIDE, fill_fragment
from bot.grammar import (
    is_plural,
)
from bot.incomplete import ask_count, ask_doer, ask_measure

_LEADING = re.compile(
    r"^(?:(?:and|but|so|or|ok|okay|well|then|also|right|hm+|ah|oh|thanks|now|yes|no)\b[,.! ]+)+",
    re.IGNORECASE,
)
_PREPOSITION = (
    "(?:in|on|at|from|to|of|for|with|by|about|into|near|since|until|before|after|during|against|under)"
)
_BARE = re.compile(
    rf"^(?:(?P<before>{_PREPOSITION}) )?(?P<wh>who|whom|what|when|where|why|how)"
    rf"(?: (?P<behind>from|to|for|with|by|in|else|not|exactly|precisely|so|then|though|long|often|far|much|many))*?$",
    re.IGNORECASE,
)
_BARE_NOUN = re.compile(
    rf"^(?P<wh>(?:{_PREPOSITION} )?(?:what|which) (?:year|month|day|date|time|city|town|country|place|province|countries|cities"
    r"|towns|places|company|reason))$",
    re.IGNORECASE,
)
# "From which jails?"
_WITH_NOUN = re.compile(rf"^{_PREPOSITION} (?:what|which) [a-z]+$", re.IGNORECASE)
_HOW_MANY = re.compile(r"^how many(?: (?P<noun>[a-z]+))??(?P<them> of (?:them|these|those))?$", re.IGNORECASE)
_WHICH = re.compile(r"^(?:which|what)(?: ones?| of (?:them|these|those)| (?P<noun>[a-z]+))?$", re.IGNORECASE)
_WAS_THAT = re.compile(
    r"^(?P<wh>(?:and )?(?:when|where|why|how|how long ago|in (?:what|which) \w+|on (?:what|which) \w+|what (?:day|date|year|time)))"
    r" (?:was|is|did|does) (?P<what>that|it|this|they)(?P<happen> (?:happen|take place|occur|come about))?(?: exactly)?$",
    re.IGNORECASE,
)
_WHO_SAID = re.compile(
    r"^(?:who (?:said|says|told (?:you|them|us)|wrote|writes|warned|announced|reported|reports|claimed|claims|confirmed|estimated|counted) ?"
    r"(?:so|that|it|this)?|according to (?:whom|who)|says who|says whom|who is the source(?: of (?:that|this))?"
    r"|what is the source(?: of (?:that|this))?|who is saying (?:so|that|this))$",
    re.IGNORECASE,
)
_NEXT = re.compile(
    r"^(?:what (?:has |had )?(?:happened|came|comes|happens) )?(?P<when>next|then|after that|after this|afterwards?|since(?: then)?"
    r"|later|the (?:next|following) day|the day after|before that|before this|before|beforehand)$",
    re.IGNORECASE,
)
_IS_TRUE = re.compile(
    r"^(?:is (?:that|it|this) (?:really )?(?:true|right|correct|so|confirmed|certain)|really|are you sure|has (?:that|it|this) been"
    r" confirmed)$",
    re.IGNORECASE,
)


def fill_ellipsis(question: str, contexts: Sequence[Context], known: str) -> str | None:
    """Complete a question with what the last one said; None where nothing is left out or nothing fits.

    Args:
        question: as asked, white space made single.
        contexts: the turns before, the latest first.
        known: the text of the conversation, by which names are told.
    """
    bare = question.rstrip("?!. ")
    leading = _LEADING.match(bare)
    body = bare[leading.end() :] if leading else bare
    if not body and not leading:
        return None
    last = contexts[0]
    for fill in (
        _ask_next,
        _ask_bare,
        _ask_happening,
        _ask_speaker,
        _ask_truth,
        ask_doer,
        ask_count,
        ask_measure,
    ):
        written = fill(body or bare, last, contexts)
        if written:
            return written
    return fill_fragment(body, last, known, led=leading is not None)


def _focus(context: Context) -> str:
    return context.focus.text if context.focus else ""


def _ask_bare(body: str, last: Context, _: Sequence[Context]) -> str | None:
    """Complete "Why?", "Since when?", "How many?", "Which ones?", "Who else?"."""
    clause = last.clause
    if clause is None:
        return None
    low = body.lower()
    if match := _WHICH.match(body):
        noun = match["noun"]
        if noun and noun not in {clause.noun.split()[0].lower() if clause.noun else "", "one", "ones"}:
            return None if not _BARE_NOUN.match(body) else ask_with(clause, _capital(body), _focus(last))
        return _choose_from(clause)
    if (match := _HOW_MANY.match(body)) and (match["noun"] is None or is_plural(match["noun"])):
        return _count(clause, match["noun"] or "", last)
    if low in {"who else", "what else", "where else", "when else", "which else"}:
        return _ask_more(clause, low, last)
    if _BARE_NOUN.match(body) or _WITH_NOUN.match(body):
        return ask_with(clause, _capital(body), _focus(last))
    match = _BARE.match(body)
    if match is None:
        return None
    negated = low == "why not"
    wh = re.sub(r" (?:not|exactly|precisely|so|then|though)$", "", low)
    turned = re.match(r"^(who|what|where) (from|to|for|with|by|in)$", wh)
    if turned and wh not in {"what for"}:
        wh = f"{turned[2]} {turned[1].replace('who', 'whom')}"
    wh = re.sub(r"^(by|from|with|to|of|for|against) who$", r"\1 whom", wh)
    wh = "where" if wh == "to where" else wh
    wh = "why" if wh in {"what for", "how come", "for what"} else wh
    if wh in {"who", "whom", "what"}:
        return _ask_argument(clause, wh, last)
    # A circumstance takes the place of another; where a place was asked for, it is known by now.
    if clause.wh and not clause.is_argument and clause.wh.lower() == wh and not negated:
        return None
    if clause.subject and not clause.said and wh not in {"where", "when", "since when", "how old"}:
        return None
    return ask_with(clause, _capital(wh), _focus(last), negated=negated)


def _ask_argument(clause: Clause, wh: str, last: Context) -> str | None:
    """Complete "Who?" after "Was the consulate attacked?", "Who?" after "How many people …"."""
    if clause.asks_subject:
        verb = clause.aux if clause.aux else ""
        verb = {"were": "was", "are": "is", "have": "has"}.get(verb, verb) if wh != "what" else verb
        return f"{_capital(wh)} {verb} {clause.said}?".replace("  ", " ")
    return None


def _choose_from(clause: Clause) -> str | None:
    if not clause.noun:
        return None
    asked = f"Which {clause.noun}"
    rest = f"{clause.aux} {clause.subject} {clause.said}" if clause.subject else f"{clause.aux} {clause.said}"
    return " ".join(f"{asked} {rest}?".split()).replace(" ?", "?")


def _count(clause: Clause, noun: str, last: Context) -> str | None:
    """Complete "How many?": of what the last question spoke of."""
    if clause.noun:
        noun = noun or clause.noun
        rest = (
            f"{clause.aux} {clause.subject} {clause.said}"
            if clause.subject
            else f"{clause.aux} {clause.said}"
        )
    elif clause.subject:
        if not noun and not is_plural(clause.subject.split()[-1].lower()):
            first = next((m for m in last.asked if m.plural and m.end <= len(last.question)), None)
            if first is None:
                return None
            noun = first.text.removeprefix("the ")
            rest = f"{clause.aux} {clause.subject} {clause.said}".replace(f" {noun}", "", 1)
        else:
            noun = noun or re.sub(r"^(?:the|any|some) ", "", clause.subject)
            rest = f"{clause.aux} {clause.said}"
            if clause.aux in {"did", "do", "does"}:
                stated = state(clause, "")
                rest = stated.removeprefix(clause.subject).strip() if stated else rest
    else:
        noun = noun or "people"
        aux = {"was": "were", "is": "are", "has": "have"}.get(clause.aux, clause.aux)
        rest = f"{aux} {clause.said}"
    return " ".join(f"How many {noun} {rest}?".split()).replace(" ?", "?")


def _ask_more(clause: Clause, low: str, last: Context) -> str | None:
    asking = low.partition(" ")[0]
    if clause.wh.lower() == asking or (asking == "who" and clause.wh.lower() == "whom"):
        rest = (
            f"{clause.aux} {clause.subject} {clause.said}"
            if clause.subject
            else f"{clause.aux} {clause.said}"
        )
        return " ".join(f"{_capital(low)} {rest}?".split()).replace(" ?", "?")
    if asking in {"where", "when"}:
        return ask_with(clause, _capital(low), _focus(last))
    if clause.asks_subject and clause.noun:
        return " ".join(f"{_capital(low)} {clause.aux} {clause.said}?".split()).replace(" ?", "?")
    return None


def _ask_happening(body: str, last: Context, contexts: Sequence[Context]) -> str | None:
    """Complete "When was that?", "Where did it happen?", "Where is that?"."""
    match = _WAS_THAT.match(body)
    if match is None:
        return None
    wh, what = _capital(match["wh"]), match["what"].lower()
    lasting = body.lower().split()[len(match["wh"].split())] == "is"
    if match["wh"].lower() == "where" and not match["happen"] and lasting:
        place = pick(contexts, weigh_place)
        if what != "that" or place is None:
            thing = pick(contexts, weigh_thing(body))
            place = thing or place
        return f"Where is {place.text}?" if place else None
    if what == "they":
        return None
    event = pick(contexts[:1], weigh_event)
    if event is not None and event in last.asked:
        return f"{wh} did {event.text} happen?" if match["happen"] else f"{wh} was {event.text}?"
    if what == "it" and not match["happen"] and last.clause and last.clause.subject and not last.clause.said:
        return None
    if last.clause is None or (last.clause.subject and not last.clause.said):
        return None
    if not last.clause.is_argument and last.clause.wh.lower() == wh.lower():
        return None
    return ask_with(last.clause, wh, _focus(last))


def _ask_speaker(body: str, last: Context, _: Sequence[Context]) -> str | None:
    """Complete "Who said so?"."""
    if not _WHO_SAID.match(body):
        return None
    verb = body.lower().split()[1] if body.lower().startswith("who ") else "said"
    verb = (
        verb
        if verb in {"said", "says", "wrote", "reported", "claimed", "confirmed", "estimated", "counted"}
        else "said"
    )
    within = state_within(last.clause) if last.clause else None
    if last.clause and last.clause.subject and not last.clause.said:
        return None
    return f"Who {verb} {within}?" if within else None


def _ask_truth(body: str, last: Context, _: Sequence[Context]) -> str | None:
    """Complete "Is that true?"."""
    if not _IS_TRUE.match(body) or last.clause is None:
        return None
    stated = state(last.clause, _focus(last))
    if stated is None or (last.clause.is_argument and not last.focus and not last.clause.noun):
        return None
    return f"Is it true that {stated}?"


def _ask_next(body: str, last: Context, contexts: Sequence[Context]) -> str | None:
    """Complete "What happened next?", "And before that?"."""
    match = _NEXT.match(body)
    if match is None:
        return None
    order = "before" if match["when"].lower().startswith("before") else "after"
    order = "since" if match["when"].lower().startswith("since") else order
    event = pick(contexts[:1], weigh_event)
    if event is not None and event in last.asked:
        return f"What happened {order} {event.text}?"
    clause = last.clause
    if clause is None or (clause.subject and not clause.said):
        return None
    if clause.is_argument and last.focus and "happened" not in body and clause.subject:
        said = f"{clause.wh} {clause.aux} {clause.subject} {clause.said} {order} {last.focus.text}?"
        return " ".join(said.split()).replace(" ?", "?")
    if clause.said.startswith(("happened", "happen")):
        rest = clause.said.partition(" ")[2]
        date = DATE_INSIDE.search(rest)
        if date is None:
            return None
        day = re.sub(r"^(?:in|on) ", "", date[0])
        place = re.sub(r"\s+", " ", rest.replace(date[0], "")).strip()
        return f"What happened {place} {order} {day}?".replace("  ", " ")
    if not _is_told(clause):
        return None
    stated = state(clause, _focus(last))
    return f"What happened {order} {stated}?" if stated else None


def _is_told(clause: Clause) -> bool:
    return not (clause.is_argument and clause.subject and not clause.noun) or bool(clause.said)


def _capital(text: str) -> str:
    return text[0].upper() + text[1:].lower()

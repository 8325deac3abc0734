"""Pronouns and bare nouns of a follow-up, and the names that stand for them: "How far is it from Baghdad?".

What a question explains itself is left alone ("Did the ferry stop before it sank?"), and so is an "it" or a
"there" that means nothing ("Is it true that …", "How many were there in …").
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from bot.bound import EMPTY_IT, EMPTY_THERE, POSSESSIVES, explains_itself, is_object
from bot.clause import predicate_of, state_within
from bot.context import (
    Context,
    at_place,
    holder_in,
    pick,
    several,
    unnamed,
    weigh_event,
    weigh_noun,
    weigh_person,
    weigh_place,
    weigh_several,
    weigh_thing,
)
from bot.gazetteer import words
from bot.grammar import AUXILIARIES, EVENT_NOUNS, LINKS, PREPOSITIONS, SITES, is_finite
from bot.mention import Kind, Mention
from bot.phrases import Token, find_mentions, tokens_of
from index.wording import content_stems

_PERSONS = {"he": "he", "him": "he", "his": "he", "she": "she", "her": "she", "hers": "she"}
_MOVING = re.compile(
    r"\b(?:go|goes|went|gone|going|come|came|travel|travell?ed|flee|fled|move|moved|get|got|return|returned|send|sent|fly|flew"
    r"|drive|drove|walk|walked|arrive)$"
)
_NOUNS = re.compile(r"\b[Tt]h(?:e|at|is|ose|ese) (?P<noun>[a-z]+)\b(?P<own>['’]s?)?(?=(?P<behind>[^?]*))")
# Behind a bare noun: nothing that tells which one is meant.
_TELLING = re.compile(
    r"^\s(?:of|in|at|near|for|from|between|that|who|which|where|whose|called|named|against|with)\b"
)
_DAY = re.compile(
    r"\b(?:on |in |of )?(?:(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day(?:,)?(?: night| morning| evening)?|"
    r"(?:\d{1,2} )?(?:January|February|March|April|May|June|July|August|September|October|November|December)"
    r"(?: \d{1,2}\b)?(?:,? \d{4})?|(?:19|20)\d\d)\b"
)
_THAT_DAY = re.compile(
    r"\b(?:on |at |in )?(?:that|the same) (?P<unit>day|time|year|month)\b|(?<=[a-z] )then(?= *[?.!]*$)",
    re.IGNORECASE,
)


def fill_references(question: str, contexts: Sequence[Context]) -> str | None:
    """Write names for what a question only points to; None where nothing was open or nothing fits.

    Args:
        contexts: the turns before, the latest first.
    """
    written = question
    for fill in (_fill_done, _fill_pronouns, _fill_nouns, _fill_day):
        written = fill(written, contexts) or written
    return written if written != question else None


def _fill_pronouns(question: str, contexts: Sequence[Context]) -> str | None:
    tokens = tokens_of(question)
    known = " ".join(f"{context.question}\n{context.answer}" for context in contexts[:2])
    own = find_mentions(question, known)
    stems = frozenset(content_stems(question))
    written: list[tuple[int, int, str]] = []
    done: set[str] = set()
    used: list[Mention] = []
    for at, token in enumerate(tokens):
        if (token.text[0].isupper() and at) or "'" in token.text or "’" in token.text:
            continue  # "It Ends With Us", "It's official"
        found = _stand_in(question, tokens, at, (*own, *used), contexts, stems)
        if found is None:
            continue
        group = _PERSONS.get(
            token.low, "they" if token.low.startswith("the") and token.low != "there" else token.low
        )
        group = "it" if group == "its" else group
        if group in done:
            continue  # the name stands before it by then
        done.add(group)
        start, end, text, meant = found
        used += [meant] if meant else []
        written.append((start, end, text[0].upper() + text[1:] if start == 0 else text))
    if not written:
        return None
    for start, end, text in reversed(written):
        question = question[:start] + text + question[end:]
    return question


def _stand_in(
    question: str,
    tokens: list[Token],
    at: int,
    own: Sequence[Mention],
    contexts: Sequence[Context],
    stems: frozenset[str],
) -> tuple[int, int, str, Mention | None] | None:
    """What is to be written in the place of a word, with its place; None where the word may stay."""
    token, low = tokens[at], tokens[at].low
    weigh: Callable[[Mention], float | None]
    if low in _PERSONS:
        weigh = weigh_person(_PERSONS[low])
    elif low in {"they", "them", "their", "theirs"}:
        weigh = weigh_several
    elif low in {"it", "its"}:
        done = at > 0 and tokens[at - 1].low in {"do", "did", "does", "done"} and _ends_at(tokens, at)
        if low == "it" and (done or EMPTY_IT.search(question)):
            return None  # "Who did it?"
        weigh = weigh_thing(question)
    elif low in {"there", "here"}:
        return None if EMPTY_THERE.search(question) else _place_of(question, tokens, at, own, contexts)
    elif low in {"that", "this"}:
        return _pointed_at(tokens, at, own, contexts)
    else:
        return None
    if explains_itself(question, tokens, at, own, weigh):
        return None
    mention = pick(contexts, weigh, avoid=own, stems=stems)
    both = _both(contexts, own) if weigh is weigh_several else None
    text = both or (mention.text if mention else None)
    if text is None and (low in _PERSONS or weigh is weigh_several):
        text = unnamed(contexts[0], low)
    if text is None:
        return None
    if mention is not None and both is None and weigh is weigh_several:
        text = several(contexts[0], mention, question)
    if low in POSSESSIVES and not (low == "her" and is_object(tokens, at)):
        return *_possessive(question, tokens, at, text), mention
    return token.start, token.end, text, mention


def _ends_at(tokens: list[Token], at: int) -> bool:
    return at + 1 >= len(tokens) or not tokens[at + 1].is_word


def _both(contexts: Sequence[Context], own: Sequence[Mention]) -> str | None:
    """The two persons that the last question was about."""
    persons = [one for one in contexts[0].asked if one.named and one.kind is Kind.PERSON]
    if any(one.head == other.head for one in persons for other in own):
        return None
    rest = [one for one in contexts[0].asked if one.kind in {Kind.PEOPLE, Kind.GROUP}]
    return f"{persons[0].text} and {persons[1].text}" if len(persons) == 2 and not rest else None


def _possessive(question: str, tokens: list[Token], at: int, text: str) -> tuple[int, int, str]:
    if len(text.split()) <= 4 and " of " not in text:
        return tokens[at].start, tokens[at].end, f"{text}'" if text.endswith("s") else f"{text}'s"
    # "his name" is "the name of the captain of the Solveig Ann".
    end = at + 1
    while (
        end < len(tokens)
        and tokens[end].is_word
        and tokens[end].low not in LINKS | PREPOSITIONS | AUXILIARIES
    ):
        if end > at + 1 and is_finite(tokens[end].low):
            break
        end += 1
    noun = question[tokens[at].end : tokens[end - 1].end].strip()
    return tokens[at].start, tokens[end - 1].end, f"the {noun} of {text}"


def _place_of(
    question: str, tokens: list[Token], at: int, own: Sequence[Mention], contexts: Sequence[Context]
) -> tuple[int, int, str, Mention | None] | None:
    if any(m.kind is Kind.PLACE and m.end <= tokens[at].start for m in own):
        return None
    if tokens[at].low == "here":
        return None
    mention = pick(contexts, weigh_place, avoid=own)
    if mention is None:
        return None
    before = tokens[at - 1].low if at else ""
    if before in PREPOSITIONS:
        text = mention.text
    elif _MOVING.search(question[: tokens[at].start].strip().lower()):
        text = f"to {mention.text}"
    else:
        text = at_place(mention)
    return tokens[at].start, tokens[at].end, text, mention


def _pointed_at(
    tokens: list[Token], at: int, own: Sequence[Mention], contexts: Sequence[Context]
) -> tuple[int, int, str, Mention | None] | None:
    """A "that" that stands alone: "What caused that?", "What did he say about that?"."""
    behind = tokens[at + 1] if at + 1 < len(tokens) else None
    if (
        at
        and behind is not None
        and behind.low in PREPOSITIONS
        and at + 2 >= len([t for t in tokens if t.is_word])
    ):
        # "Which province is that in?"
        place = pick(contexts, weigh_place, avoid=own)
        return (tokens[at].start, tokens[at].end, place.text, place) if place else None
    if not at or (behind is not None and behind.is_word):
        return None
    before = tokens[at - 1].low
    if before in {"do", "did", "does", "done", "mean", "means"}:
        return None
    if before in {"is", "was", "are", "were"} and contexts[0].focus is not None:
        # "Whose home town is that?"
        return tokens[at].start, tokens[at].end, contexts[0].focus.text, contexts[0].focus
    event = pick(contexts[:2], weigh_event, avoid=own)
    if event is not None:
        return tokens[at].start, tokens[at].end, event.text, event
    within = state_within(contexts[0].clause) if contexts and contexts[0].clause else None
    if within is None or before not in PREPOSITIONS | {
        "know",
        "knows",
        "confirm",
        "confirmed",
        "explain",
        "explained",
    }:
        return None
    return tokens[at].start, tokens[at].end, within, None


_DONE = re.compile(
    r"\b(?:do|did|does) (?:so|that|this|it)\b(?= *[?.!,]| (?:to|in|on|at|before|after|again)\b)"
)


def _fill_done(question: str, contexts: Sequence[Context]) -> str | None:
    """Write what is done for "do so": "Why did the company do that?"."""
    match = _DONE.search(question)
    clause = contexts[0].clause if contexts else None
    if match is None or clause is None or not match[0].startswith("do "):
        return None
    done = predicate_of(clause)
    # "do", not "say this": the thing asked for would stand open.
    if done is None or (clause.is_argument and clause.subject):
        return None
    return question[: match.start()] + done + question[match.end() :]


def _fill_nouns(question: str, contexts: Sequence[Context]) -> str | None:
    """Write which one is meant by "the group", "the refinery", "the speaker"."""
    known = " ".join(f"{context.question}\n{context.answer}" for context in contexts[:2])
    own = find_mentions(question, known)
    for match in _NOUNS.finditer(question):
        noun, behind = match["noun"], match["behind"]
        if re.search(rf"\b{noun}\b", question[: match.start()], re.IGNORECASE) or noun == "state":
            continue  # "Which country … across the country"; "the state" may be any
        if not _is_bare(behind, own, match) or (
            not match[0].startswith(("the", "The")) and noun not in _POINTED
        ):
            continue
        mention = _meant_by(noun, own, match.start(), contexts)
        if mention is None:
            continue
        text = mention.text + (match["own"] or "")
        text = text[0].upper() + text[1:] if match.start() == 0 else text
        end = match.start("behind")
        return question[: match.start()] + text + question[end:]
    return None


_POINTED = EVENT_NOUNS | words(
    "group city town country village company man woman refinery bridge ship consulate"
)


def _is_bare(behind: str, own: Sequence[Mention], match: re.Match[str]) -> bool:
    following = behind.strip().split(" ")[0].rstrip("?!.,")
    if _TELLING.match(behind) or following[:1].isupper():
        return False
    # It is the whole phrase, and no part of "the group's leader" or "the police station".
    whole = next((m for m in own if m.start == match.start() and not m.inner), None)
    return whole is None or whole.end <= match.end("noun") or bool(match["own"])


def _meant_by(noun: str, own: Sequence[Mention], start: int, contexts: Sequence[Context]) -> Mention | None:
    weigh = weigh_noun(noun)
    if weigh is not None:
        if any(weigh(m) is not None for m in own):
            return None
        mention = pick(contexts, weigh)
        if mention is not None:
            return mention
    for context in contexts[:2]:
        for mention in context.asked:
            longer = len(mention.text.split()) > 2 and not mention.named
            if longer and mention.head == noun and mention.text.startswith("the "):
                return mention
            if mention.named and mention.head.split()[-1] == noun in SITES:
                return mention  # "the Turkish Consulate"
    if any(m.named for m in own):
        return None
    return holder_in(contexts[:1], noun)


def _fill_day(question: str, contexts: Sequence[Context]) -> str | None:
    """Write the day for "that day", where the last turn names one."""
    match = _THAT_DAY.search(question)
    if match is None or not contexts or _DAY.search(question):
        return None
    days = {found[0] for text in (contexts[0].question, contexts[0].answer) for found in _DAY.finditer(text)}
    plain = {re.sub(r"^(?:on|in|of) ", "", day) for day in days}
    if len(plain) != 1:
        return None
    day = plain.pop()
    is_day = day.endswith("day") or re.search(r"\b\d{1,2}\b", day) is not None
    is_year = day.isdigit()
    unit = (match["unit"] or "time").lower()
    if unit != "time" and unit != ("day" if is_day else "year" if is_year else "month"):
        return None
    return f"{question[: match.start()]}{'on' if is_day else 'in'} {day}{question[match.end() :]}"

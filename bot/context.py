"""What the turns of a conversation were about, and which of it a later "he", "it" or "there" means."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace

from bot.clause import Clause, read_clause
from bot.gazetteer import gazetteer, words
from bot.grammar import BE, PERSON_NOUNS, SITES, is_plural
from bot.mention import Kind, Mention, fullest
from bot.namesakes import same_name
from bot.phrases import find_mentions
from bot.question import Asked, understand
from index.wording import content_stems

# How strongly a mention stands before the reader: what was asked for, what was asked about, what came up.
_FOCUS, _ASKED, _ASKED_INNER, _TOLD, _TOLD_INNER = 5.0, 4.0, 2.6, 2.0, 1.0
# What an answer names first need not be what a plain "what" asked for.
_LOOSE_FOCUS = 2.5
# Of two that stand equally, the first.
_LATER = 0.1
# Whatever is weaker than this was hardly noticed: an earlier turn is asked first.
_NOTICED = 1.5
_NAMED_BY_THE_WAY = 1.05
_ROLE_REACH = 40

_OF_PLACES = re.compile(
    r"\b(?:far|distance|population|live|lives|lived|inhabitants|residents|located|lie|lies|situated|governed|capital"
    r"|north|south|east|west|airport|mayor|city|town|country|province|region|fall|fell|fallen|reach|enter)\b"
)
_OF_AGENTS = re.compile(
    r"\b(?:want|wants|aim|aims|say|says|said|lead|leads|leaders?|head|members|fighters|weapons|fund|funds|funded|take|took|capture"
    r"|captured|seize|seized|attack|attacked|announce|announced|plan|plans|claim|claims|belong|stand for|fight|respond"
    r"|promise|promised|debate|vote|meet|convene|approve|linked|banned|formed|founded|active|fights?|operate|based|headquarters|warn|warned|own|owns|employ|employs|hold|control|get|split|called)\b"
)
_OF_EVENTS = re.compile(
    r"\b(?:happen|happened|begin|began|start|started|end|ended|last|lasted|cause|caused|carried out|carry|behind|kill"
    r"|killed|injured|wounded|responsible|destroy|destroyed|displace|displaced|take place|took place|planned|prevent|prevented|avoid|avoided)\b"
)
_WHAT_IS = re.compile(
    r"^(?:what|who) (?:is|are|was|were) (?P<what>[\w'’-]+(?: [\w'’-]+){0,2})\??$", re.IGNORECASE
)
_PLACE_BEHIND = re.compile(r"\b(?:in|at|from|near) [A-Z][\w'’-]*(?: [A-Z][\w'’-]*)*")
_OF_THINGS = re.compile(
    r"\b(?:damage|damaged|destroyed|produce|produces|produced|process|processes|processed|cost|costs|open|opened|reopen|built|build|carry|carries"
    r"|repair|repaired|burn|burned|burnt|used|made|wide|tall|deep|new|important)\b"
)
# What is imposed or approved is no place and no group; what imposes is.
_OF_MEASURES = re.compile(
    r"\b(?:impose|approve|declare|sign|lift|order|propose|debate|pass|reject|announce|vote on|call for)(?:d|ed)? it\b"
    r"|\bit (?:be |been )?(?:imposed|approved|declared|signed|lifted|ordered|proposed|debated|passed|rejected)\b"
)
_STATE = words("department house government ministry parliament council police army state white court")


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    """One turn, read.

    Attributes:
        question: made self-contained by the turns before it.
        clause: the question in parts; None where its form is not understood.
        asked: what the question speaks of.
        told: what the answer speaks of.
        focus: what the answer says to a "who", "where" or "which".
        answer: its text.
    """

    question: str
    clause: Clause | None
    asked: tuple[Mention, ...]
    told: tuple[Mention, ...]
    focus: Mention | None
    answer: str


def read_turn(question: str, answer: str) -> Context:
    """Read a turn whose question is self-contained."""
    asked = find_mentions(question, answer)
    told = find_mentions(answer, question)
    asked = asked or _whole_subject(question)
    known = (*asked, *told)
    asked = tuple(fullest(mention, known) for mention in asked)
    told = tuple(fullest(mention, known) for mention in told)
    clause = read_clause(question, asked)
    focus = _find_focus(question, clause, asked, told)
    asked = tuple(_holder(mention, answer, told) or mention for mention in asked)
    return Context(question=question, clause=clause, asked=asked, told=told, focus=focus, answer=answer)


def _whole_subject(question: str) -> tuple[Mention, ...]:
    """What a question asks about that has neither capital nor article: "What is monkeypox?"."""
    match = _WHAT_IS.match(question)
    if match is None:
        return ()
    said = match["what"]
    last = said.split()[-1].lower()
    return (
        Mention(
            text=said,
            kind=Kind.THING,
            head=last,
            start=match.start("what"),
            end=match.end("what"),
            plural=is_plural(last),
        ),
    )


def _find_focus(
    question: str, clause: Clause | None, asked: Sequence[Mention], told: Sequence[Mention]
) -> Mention | None:
    """The first thing in the answer of the kind that was asked for, and not in the question."""
    kind = understand(question).asked
    # "Who is X?" is about X.
    if (
        clause is not None
        and clause.subject
        and not clause.said
        and any(m.named for m in asked if not m.inner)
    ):
        return None
    fits: Callable[[Mention], bool]
    if kind in {Asked.WHO, Asked.NAME}:
        fits = lambda m: m.kind in {Kind.PERSON, Kind.GROUP}  # noqa: E731
    elif kind is Asked.WHERE:
        fits = lambda m: m.kind is Kind.PLACE  # noqa: E731
    elif clause is not None and clause.is_argument and kind is Asked.WHAT:
        fits = lambda m: m.kind is not Kind.PERSON  # noqa: E731
    else:
        return None
    # Of several none is "it".
    if clause is not None and clause.noun and is_plural(clause.noun.split()[-1].lower()):
        return None
    # "Which town": no country will do.
    noun = clause.noun.split()[-1].lower() if clause is not None and clause.noun else ""
    choose = weigh_noun(noun.removesuffix("s").replace("citie", "city").replace("countrie", "country"))
    if choose is not None and kind is Asked.WHERE:
        fits = lambda m: choose(m) is not None  # noqa: E731
    new = [m for m in told if m.named and fits(m) and not any(_same(m, one) for one in asked)]
    if clause is not None and clause.wh.lower() == "what":
        new = [m for m in new if not m.inner]
    return min(new, key=lambda m: (m.inner, kind is Asked.WHO and m.kind is not Kind.PERSON), default=None)


def _holder(mention: Mention, answer: str, told: Sequence[Mention]) -> Mention | None:
    """The one whom the answer names in the role that the question speaks of."""
    if mention.named or mention.kind is not Kind.PERSON:
        return None
    persons = [one for one in told if one.named and one.kind is Kind.PERSON]
    for one in persons:
        around = answer[max(0, one.start - _ROLE_REACH) : one.end + _ROLE_REACH].lower()
        if re.search(rf"\b{re.escape(mention.head)}\b", around):
            return replace(one, start=mention.start, end=mention.end, inner=mention.inner)
    if persons and all(same_name(one.head, persons[0].head) for one in persons):
        return replace(persons[0], start=mention.start, end=mention.end, inner=mention.inner)
    return None


def _same(one: Mention, other: Mention) -> bool:
    return one.head == other.head or (one.named and other.named and same_name(one.head, other.head))


def pick(
    contexts: Sequence[Context],
    weigh: Callable[[Mention], float | None],
    *,
    avoid: Sequence[Mention] = (),
    stems: Collection[str] = (),
) -> Mention | None:
    """Choose what is meant: in the last turn that speaks of something fitting, what stands foremost.

    Args:
        contexts: the latest first.
        weigh: how well a mention fits, added to how strongly it stands; None where it does not fit.
        avoid: what the follow-up itself names.
        stems: of the follow-up's words; "who voted against it" does not mean the vote.
    """
    weak: tuple[float, Mention] | None = None
    for context in contexts:
        best: tuple[float, Mention] | None = None
        for strength, mention in _by_strength(context):
            fit = weigh(mention)
            if fit is None or any(_same(mention, one) for one in avoid):
                continue
            if not mention.named and set(content_stems(mention.head)) & set(stems):
                continue
            if best is None or strength + fit > best[0]:
                best = (strength + fit, mention)
        if best is not None and best[0] >= _NOTICED:
            return _fully(best[1], contexts)
        weak = weak or best
    return _fully(weak[1], contexts) if weak is not None and weak[0] > _NAMED_BY_THE_WAY else None


def _fully(mention: Mention, contexts: Sequence[Context]) -> Mention:
    return fullest(mention, [one for context in contexts for one in (*context.asked, *context.told)])


def _by_strength(context: Context) -> list[tuple[float, Mention]]:
    found = []
    if context.focus:
        is_loose = context.clause is not None and context.clause.wh.lower() == "what"
        found.append((_LOOSE_FOCUS if is_loose else _FOCUS, context.focus))
    for mentions, outer, inner in (
        (context.asked, _ASKED, _ASKED_INNER),
        (context.told, _TOLD, _TOLD_INNER),
    ):
        found += [
            ((inner if mention.inner else outer) - _LATER * min(place, 9), mention)
            for place, mention in enumerate(mentions)
        ]
    return found


def weigh_person(gender: str | None) -> Callable[[Mention], float | None]:
    """Weigh who "he" or "she" may be; None for anyone."""

    def weigh(mention: Mention) -> float | None:
        if gender and mention.gender not in (None, gender):
            return None
        told = 1.0 if gender and mention.gender == gender else 0.0
        if mention.kind is Kind.PERSON:
            return told if mention.named else told - 0.3
        # A surname alone, "Erdogan", is a person's as well.
        may_be = mention.kind is Kind.UNKNOWN and mention.named and not mention.text.startswith("the ")
        return -0.7 if may_be else None

    return weigh


def weigh_thing(question: str) -> Callable[[Mention], float | None]:
    """Weigh what "it" may be, by what is asked of it."""
    low = question.lower()
    of_place, of_agent, of_event, of_thing, of_measure = (
        pattern.search(low) is not None
        for pattern in (_OF_PLACES, _OF_AGENTS, _OF_EVENTS, _OF_THINGS, _OF_MEASURES)
    )

    def weigh(mention: Mention) -> float | None:
        is_several = mention.plural and not mention.named and mention.kind is not Kind.EVENT
        if mention.kind in {Kind.PERSON, Kind.PEOPLE} or is_several:
            return None
        fit = 0.0
        if mention.kind in {Kind.EVENT, Kind.THING}:
            fit += 1.0 * of_measure
        else:
            fit -= 2.0 * of_measure
        if mention.kind is Kind.PLACE:
            if of_event and mention.named and not of_thing:
                return None  # no town happens or begins
            is_site = not mention.named or mention.head.split()[-1] in SITES
            fit += 1.5 * of_thing if is_site else 1.5 * of_place - 0.5 * of_agent
        elif mention.kind is Kind.EVENT:
            fit += 1.5 * of_event - 0.5 * of_place
        elif mention.kind is Kind.GROUP:
            fit += 1.5 if of_agent else -1.2
        elif mention.kind is Kind.THING:
            fit += 0.8 * of_thing - 0.3
        return fit

    return weigh


def weigh_several(mention: Mention) -> float | None:
    """Weigh who "they" may be."""
    if mention.kind is Kind.PEOPLE:
        return 0.6
    if mention.kind is Kind.GROUP:
        return 0.3
    if mention.plural:
        return -0.7
    if mention.kind is Kind.UNKNOWN and mention.named:
        return -1.0
    return -2.0 if mention.kind is Kind.PERSON and mention.gender is None else None


def weigh_place(mention: Mention) -> float | None:
    """Weigh where "there" may be."""
    if mention.kind is not Kind.PLACE:
        return -1.8 if mention.kind is Kind.UNKNOWN and mention.named else None
    return 0.3 if mention.named else 0.0


def weigh_event(mention: Mention) -> float | None:
    """Weigh what "that" may be, when something happened."""
    return 0.0 if mention.kind is Kind.EVENT else None


def weigh_noun(noun: str) -> Callable[[Mention], float | None] | None:
    """Weigh what "the group", "the city", "the company" may be; None for a noun that stands for anything."""
    known = gazetteer()
    if noun in {"city", "town", "village"}:
        return lambda m: (
            0.0
            if m.kind is Kind.PLACE and m.named and m.head not in known.country and m.head not in known.region
            else None
        )
    if noun == "country":
        return lambda m: 0.0 if m.head in known.country else None
    if noun in {"province", "region"}:
        return lambda m: 0.0 if m.head in known.region else None
    if noun in {"group", "organisation", "organization", "agency", "company", "firm"}:
        as_firm = noun in {"company", "firm"}

        def weigh(mention: Mention) -> float | None:
            # A firm's name often has no word that tells; "the Solveig Ann" is a ship's.
            may_be_firm = as_firm and mention.kind is Kind.UNKNOWN and not mention.text.startswith("the ")
            if not mention.named or not (mention.kind is Kind.GROUP or may_be_firm):
                return None
            if set(mention.head.split()) & _STATE:
                return None
            told = 1.0 if noun in mention.head.split() else 0.0
            return told

        return weigh
    if noun == "man":
        return weigh_person("he")
    return weigh_person("she") if noun == "woman" else None


def holder_in(contexts: Sequence[Context], noun: str) -> Mention | None:
    """Who was named in a role: "the speaker" after "Osama al-Nujaifi, the speaker of parliament"."""
    if noun not in PERSON_NOUNS:
        return None
    for context in contexts:
        found = [
            mention
            for text, mentions in ((context.question, context.asked), (context.answer, context.told))
            for mention in mentions
            if mention.named
            and mention.kind is Kind.PERSON
            and re.search(
                rf"\b{noun}\b",
                text[max(0, mention.start - _ROLE_REACH) : mention.end + _ROLE_REACH],
                re.IGNORECASE,
            )
        ]
        if found:
            one = found[0]
            return _fully(one, contexts) if all(same_name(one.head, m.head) for m in found) else None
    return None


def at_place(mention: Mention) -> str:
    """Say that something is there: "in Mosul", "at the Turkish consulate in Mosul"."""
    return f"{'at' if mention.head.split()[-1] in SITES else 'in'} {mention.text}"


def unnamed(context: Context, low: str) -> str | None:
    """Say who is meant where a "who" found no name: "the person who leads Turkey"."""
    clause = context.clause
    if clause is None or not clause.asks_subject or clause.wh.lower() != "who":
        return None
    several_of = low.startswith("the")
    aux = (
        {"was": "were", "is": "are", "has": "have"}.get(clause.aux, clause.aux) if several_of else clause.aux
    )
    return " ".join(f"{'those' if several_of else 'the person'} who {aux} {clause.said}".split())


def several(context: Context, mention: Mention, question: str) -> str:
    """Say which people are meant, where a question told them by what they did: "the people who left Mosul"."""
    clause = context.clause
    counted = clause is not None and clause.asks_subject and mention in context.asked
    if not counted or clause is None or not clause.noun or mention.start > len(clause.wh):
        return mention.text
    if set(content_stems(clause.said.partition(" ")[0])) & set(content_stems(question)):
        place = _PLACE_BEHIND.search(clause.said)
        return f"the {clause.noun} {place[0]}" if place else mention.text
    passive = clause.aux in BE
    if passive:
        return f"the {clause.noun} {clause.said}"
    who = "who" if mention.kind is Kind.PEOPLE else "that"
    return f"the {clause.noun} {who} {clause.aux} {clause.said}".replace("  ", " ")

"""What a question asks for: a person, a time, a place, a number, a reason, or a word with the bot."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum

from bot.gazetteer import ROLES
from bot.offices import asked_office
from index.dates import DateRange, find_dates, resolve
from index.wording import content_stems


class Asked(StrEnum):
    """The kind of answer that is asked for."""

    NAME = "name"
    WHO = "person or organisation"
    WHEN = "date or time"
    WHERE = "place"
    COUNT = "number"
    AMOUNT = "amount"
    DISTANCE = "distance"
    DURATION = "length of time"
    AGE = "age"
    SHARE = "percentage"
    MEASURE = "measure"
    WHY = "reason"
    WHAT = "thing"


# What must stand in a sentence for it to answer; the other kinds cannot be seen by their form.
HARD_KINDS = frozenset(
    {
        Asked.NAME,
        Asked.COUNT,
        Asked.AMOUNT,
        Asked.DISTANCE,
        Asked.DURATION,
        Asked.AGE,
        Asked.SHARE,
        Asked.MEASURE,
        Asked.WHEN,
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """A question as it is understood.

    Attributes:
        text: as asked, white space made single.
        asked: the kind of answer.
        noun: stems of what is counted or measured ("prisoner"), empty where nothing is named.
        names: stems of capitalised words and of numbers that tell which thing is meant; no dates.
        sources: stems of the names after "according to", whose word it is; the event is told by the others.
        asking: stems of the words that do the asking ("which city"), which no answer repeats.
        office: an office ("foreign minister") where its holder is asked for; empty otherwise.
        is_broad: whether the news of something is asked for ("What happened in Mosul?"), not one fact.
        dates: stems of the words of its dates ("in June 2014"), which reports of those days seldom repeat.
        days: what those dates are, as far as the question alone tells.
    """

    text: str
    asked: Asked
    noun: tuple[str, ...] = ()
    names: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()
    asking: tuple[str, ...] = ()
    office: str = ""
    is_broad: bool = False
    dates: tuple[str, ...] = ()
    days: tuple[DateRange, ...] = ()


_ROLES = "|".join(sorted(ROLES | {f"{role}s" for role in ROLES}))
_AUX = r"(?:is|are|was|were|do|does|did|has|have|had|can|could|will|would|should|may|might|must)"
_RULES: tuple[tuple[Asked, re.Pattern[str]], ...] = tuple(
    (asked, re.compile(pattern, re.IGNORECASE))
    for asked, pattern in (
        (
            Asked.NAME,
            r"\b(?:what|which) (?:is|are|was|were) (?:the )?(?:\S+ )?names?\b|\bwho(?:se)? names?\b"
            r"|\bwhat (?:is|are|was|were) [^?]*\b(?:called|named)\?$",
        ),
        (Asked.SHARE, r"\b(?:what|which) (?:percentage|percent|per cent|proportion|share|fraction)\b"),
        (Asked.AGE, r"\bhow old\b|\bwhat age\b|\bwhat (?:is|was) \S+(?: \S+)? age\b"),
        (
            Asked.DISTANCE,
            r"\bhow (?:far|tall|high|deep|wide)\b|\b(?:what|which) (?:(?:is|was) the )?distance\b"
            r"|\bwhat(?:['’]s| (?:is|was)) (?:[\w'’-]+ ){0,5}?(?:height|depth|width|altitude|elevation)\b",
        ),
        (
            Asked.DURATION,
            r"\bhow long\b(?! ago\b)|\bhow many (?:years?|months?|weeks?|days?|hours?|minutes?)\b",
        ),
        (
            Asked.MEASURE,
            # "How fast do prices rise" asks for no speed.
            r"\bhow (?:heavy|hot|cold|warm)\b|\bhow fast\b(?=.*\b(?:go(?:es|ing)?|travel\w*|driv\w+|fly(?:ing)?|sail\w*)\b)"
            r"|\b(?:what|which) (?:[\w'’-]+ )?(?:speed|temperature|weight)\b(?![ -](?:loss|gain|class|cameras?|bumps?)\b)"
            r"|\bwhat(?:['’]s| (?:is|was|were|are)) (?:[\w'’-]+ ){0,5}?(?:speeds?|temperatures?|weight)\b"
            r"(?![ -](?:loss|gain|class|cameras?|bumps?)\b)",
        ),
        # "How much of the city" asks for words, not for a sum.
        (Asked.WHAT, r"\bhow much of\b"),
        (
            Asked.AMOUNT,
            r"\bhow much\b|\b(?:what|which) (?:amount|sum|price|budget|cost|fine|salary|wage|fee|rent|fare)\b"
            r"|\b(?:what|which|how high a) toll\b(?=.*\b(?:pay|pays|paid|charged?|drivers?|cars?|bridge|road)\b)"
            r"|\bwhat (?:is|was|were|are|did|does|do|will) (?:\S+ ){0,6}?"
            r"(?:costs?|price|budget|fine|salary|worth|valued|bill|fee|earn)\b",
        ),
        (
            Asked.COUNT,
            r"\bhow (?:many|large|big|numerous)\b|\b(?:what|which) (?:number|figure|total|population|death toll|toll)\b"
            r"|^(?:the )?(?:number|total) of\b|\bwhat(?:['’]s| (?:is|was|were|are)) (?:the )?(?:\S+ ){0,3}"
            r"(?:number|total|population|toll|count|capacity|score|turnout)\b"
            r"|\bsize of the (?:\w+ )?(?:crowd|population|exodus|army|force|protest)\b"
            r"|\bwhat (?:do|does|did) [^?]*\b(?:estimate|put|count)\b[^?]*\b(?:number|total)\b",
        ),
        (
            Asked.WHEN,
            r"\bwhen\b|\b(?:what|which) (?:day|date|year|month|time|week|decade|century|season)\b|\bhow soon\b"
            r"|\bhow (?:recently|long ago)\b|\bsince what\b|\bby what\b",
        ),
        (
            Asked.WHERE,
            r"\bwhere\b|\b(?:what|which) (?:(?:[\w-]+ ){0,2})?"
            r"(?:city|cities|town|towns|country|countries|place|places|province|region|state|village|district"
            r"|neighbou?rhood|continent|capital|location)\b(?!['’]s)",
        ),
        (
            Asked.WHO,
            r"\bwho(?:m|se)?\b|\b(?:what|which) (?:(?:[\w'’-]+ ){0,2})?"
            r"(?:person|people|man|woman|architect|engineer|doctor|lawyer|scientist|journalist|reporter|writer|artist|director"
            rf"|politician|official|officials|diplomat|teen|teenager|player|players|guard|{_ROLES}|[a-z]+(?:man|woman|men|women)"
            r"|group|company|organi[sz]ation|agency|party|team|body|airline|newspaper|network|broadcaster|channel|magazine|court"
            r"|university|college|school|hospital|bank|club|firm|brand|retailer|maker|carmaker|studio|stadium|venue|airport)\b",
        ),
        (
            Asked.WHY,
            r"\bwhy\b|\bhow come\b|\b(?:what|which) (?:\w+ )?(?:caused|reason|reasons|led|made|prompted)\b",
        ),
    )
)
# What people, ships and prices do in the past tense; it ends what is counted.
_PAST = (
    r"(?:[\w'’-]+ed|left|went|came|sank|fell|fled|took|lost|won|got|made|saw|kept|rose|grew|ran|stood|met|paid|sold|bought"
    r"|gave|held|sent|spent|began|broke|drove|driven|taken|shot|hurt|flew|hit|cut|live|lives|work|need|want)"
)
_NOUN = re.compile(
    rf"\bhow many (?P<many>(?:[\w'’-]+ ){{0,4}}?[\w'’-]+?)(?= {_AUX}\b| {_PAST}\b|\?|$|,| in\b| of\b| at\b| from\b| to\b)"
    rf"|\b(?:number|total) of (?P<of>(?:[\w'’-]+ ){{0,3}}?[\w'’-]+?)(?= {_AUX}\b| {_PAST}\b| who\b| that\b|\?|$|,| in\b| of\b| at\b| from\b| to\b)"
    r"|\b(?P<kind>population|toll|turnout|score|capacity)\b",
    re.IGNORECASE,
)
# "Which city", "what day": the words name the kind of answer. "What is the price" asks with words that
# an answer repeats.
_ASKING_KINDS = frozenset(
    {Asked.NAME, Asked.DISTANCE, Asked.AGE, Asked.WHEN, Asked.WHERE, Asked.SHARE, Asked.WHO}
)
_CLAUSE_BEFORE = re.compile(
    r"(?:when|where|while|as|after|before|since|once|if)\b[^?,]*,\s(?=(?:and |about |roughly )?"
    rf"(?:how|what|which|who|whom|whose|why|when|where|{_AUX})\b)",
    re.IGNORECASE,
)
# "What happened to the captain's order" asks for one thing; a place or an event may have news.
_BROAD = re.compile(
    r"(?:please )?(?:(?:can|could) you )?(?:tell (?:me|us) (?:more |everything |something )?about|what(?:['’]s| is| has been| was)? (?:happened|happening"
    r"|going on|new|the (?:latest|news))(?=\W|$)|what do (?:we|you|they) know (?:about|of)|what is known (?:about|of)"
    r"|(?:is there |are there )?(?:any )?(?:latest )?(?:news|updates?)\b|(?:the )?latest (?:on|about|from|in)\b)"
    r"(?: happened| going on)?(?: (?:in|at|on|about|from|with|of|during|to))?\b",
    re.IGNORECASE,
)
_OPENING = re.compile(r"\b(?:what|which|how)\b", re.IGNORECASE)
# "According to the IOM", "did the UN say", "by the ministry's count".
_SOURCE = re.compile(
    r"\baccording to (?:the\s)?(?P<who>(?:[A-Z][\w.'’-]*\s?(?:(?:of|for|the|and)\s(?=[A-Z]))?)+)"
    r"|\b(?:do|does|did)\s(?:the\s)?(?P<says>(?:[A-Z][\w.'’-]*\s(?:(?:of|for|the|and)\s(?=[A-Z]))?)+)"
    r"(?:say|estimate|report|believe|think|claim)\b"
)
_NAME = re.compile(r"(?<!^)(?<![.?!]\s)\b(?:[A-Z\u00c0-\u00de][\w]*|\d[\d,.]*\d|\d)")


def understand(text: str) -> Question:
    """Read a question by its wording.

    The rule that fits furthest to the left decides, since later question words open clauses ("Where
    was he when …", "the officers who …"); of two at one place, the first listed. A clause before the
    question ("When the gunmen came, how many …") asks for nothing. A question word that opens the question
    and fits no rule asks for a thing, as one without any does.
    """
    cleaned = " ".join(text.split())
    before = _CLAUSE_BEFORE.match(cleaned)
    begin = before.end() if before else 0
    found = [
        (match.start(), place, asked, match.group())
        for place, (asked, pattern) in enumerate(_RULES)
        if (match := pattern.search(cleaned, begin))
    ]
    opening = _OPENING.search(cleaned, begin)
    if opening:
        found.append((opening.start(), len(_RULES), Asked.WHAT, ""))
    _, _, asked, phrase = min(found, default=(0, 0, Asked.WHAT, ""))
    office = asked_office(cleaned) if asked in (Asked.WHO, Asked.NAME) else ""
    noun: tuple[str, ...] = ()
    if asked is Asked.COUNT and (match := _NOUN.search(cleaned)):
        noun = tuple(content_stems(match["many"] or match["of"] or match["kind"]))
    broad = _BROAD.match(cleaned)
    dates = find_dates(cleaned)
    names = tuple(
        dict.fromkeys(
            s
            for match in _NAME.finditer(cleaned)
            if not any(date.start <= match.start() < date.end for date in dates)
            for s in content_stems(match.group())
        )
    )
    return Question(
        text=cleaned,
        asked=asked,
        noun=noun,
        names=names,
        sources=tuple(
            s for match in _SOURCE.finditer(cleaned) for s in content_stems(match["who"] or match["says"])
        ),
        asking=_asking(asked, phrase, broad),
        office=office,
        is_broad=broad is not None,
        dates=tuple(s for date in dates for s in content_stems(date.text)),
        days=tuple(days for date in dates if (days := resolve(date, None)) is not None),
    )


def _asking(asked: Asked, phrase: str, broad: re.Match[str] | None) -> tuple[str, ...]:
    if broad is not None:
        return tuple(content_stems(broad.group()))
    # Of "which oil town" the last word asks; "oil" tells which.
    return tuple(content_stems(phrase)[-1:]) if asked in _ASKING_KINDS else ()


_GREETING = re.compile(
    r"^(?:hi|hello|hey|hiya|howdy|yo|good (?:morning|afternoon|evening|night|day)|greetings|thanks?(?: you)?|thank you"
    r"|thx|cheers|bye|goodbye|see you|ok(?:ay)?|cool|great|nice|lol|ping|sorry|please|well done|good bot)"
    r"(?:[ ,]+(?:there|all|everyone|bot|dateline|so much|very much|a lot|you|again|then|thanks?|that (?:really )?help(?:s|ed)))*"
    r"[\s!.,?]*$|^(?:thanks?(?: you)?|thx) for .*$|^test[\s!.]*$",
    re.IGNORECASE,
)
_ABOUT_BOT = re.compile(
    r"^(?:help|who (?:are|made|built|created) you|what (?:are|can) you(?: do)?|what do you do|what is this|how are you"
    r"(?: doing| today)*|are you (?:a |an )?(?:bot|human|real|ai|robot|alive|ok|there).*|how do (?:you|i) (?:work|use).*"
    r"|what'?s up|what is your name|what'?s your name|can you help(?: me)?|do you (?:like|love|have feelings).*)[\s!.?]*$",
    re.IGNORECASE,
)
_ORDER = re.compile(
    r"^(?:(?:please|can you|could you|would you|will you|pls|now|i want you to|i'd like you to)[ ,]+)*"
    r"(?:(?:write|compose|translate|generate|create|rewrite|paraphrase|calculate|compute|solve|remind|delete|ignore|forget"
    r"|pretend|act as|repeat after|summari[sz]e|sum up|tl;?dr|tell (?:me |us )?(?:a|another) (?:joke|story))\b"
    # These are as often the first noun of a search.
    r"|(?:draw|sing|code|program|make|play|roll|book|order|send|call|email) (?:me|us|a|an|the|my|this|it|some|him|her)\b)",
    re.IGNORECASE,
)


def small_talk(text: str) -> str | None:
    """Return what to say to a greeting or to an order that is no question; None for questions."""
    cleaned = " ".join(text.split())
    what = "Dateline answers questions about the indexed news articles, with a quote for every sentence"
    if not any(character.isalnum() for character in cleaned):
        return f"that holds no words. {what}"
    if _GREETING.match(cleaned) or _ABOUT_BOT.match(cleaned):
        return f"that is no question about the articles. {what}; ask about something they report"
    if _ORDER.match(cleaned):
        return f"that is a task, not a question about the articles. {what}; it writes nothing of its own"
    return None

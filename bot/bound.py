"""Whether a pronoun of a question means something in the question itself, or nothing at all.

"Did the ferry stop before it sank?" explains its "it", "Is it true that …" has one that stands for nothing.
Where this is in doubt the pronoun is taken to be explained: a wrong name is worse than an open "it".
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from bot.gazetteer import words
from bot.grammar import AUXILIARIES, LINKS, PREPOSITIONS, is_finite
from bot.mention import Mention
from bot.phrases import Token

POSSESSIVES = words("his her its their")
_OBJECTS = words("him her them it")
_ADJECTIVES = (
    r"(?:possible|impossible|safe|dangerous|legal|illegal|hard|difficult|easy|important|necessary|common|normal|usual|good|bad|better"
    r"|best|cheaper|time|ok|okay|late|early|right|wrong|fair|worth|customary|permitted|allowed|forbidden|realistic|wise"
    r"|unusual|sensible|useful|reasonable|feasible|risky|cheap|expensive|like|clear)"
)
# An "it" that stands for nothing.
EMPTY_IT = re.compile(
    rf"\bit (?:\w+ )?(?:{_ADJECTIVES})(?: for [\w '’-]+?)? to\b"
    r"|\bit (?:get|gets|got) (?:dark|late|light|cold|hot|warm)\b|\bit means? (?:when|if|to|that|for)\b"
    r"|\bmuch (?:does|did|would|will) it cost (?:for|to)\b"
    # "Is it true that …", "Was it ISIL that …", "Who was it that …"
    r"|\b(?:is|was|be|been) it (?:[\w'’-]+ ){0,8}?(?:that|who|which|whether|if)\b"
    r"|\b(?:what|which) (?:time|day|date|year|month|century|season) (?:is|was) it\b"
    r"|\bhow (?:cold|hot|warm|late|early|dark|come) (?:is|was|will|does|did) it\b"
    r"|\b(?:does|did|do|will|would|can|could|may|might|is|was) it (?:rain|snow|matter|seem|appear|turn out|come about|make sense"
    r"|raining|snowing|going to (?:rain|snow))\b"
    r"|\b(?:take|takes|took|taken|cost|costs) (?:[\w'’-]+ ){0,5}?to\b|\bhow far (?:is|was) it from .* to\b"
    r"|\b(?:makes?|made|find|finds|found|think|thinks|consider) it [\w-]+ (?:to|that|for)\b"
    r"|\bwho (?:is|was) it(?= before\b| *[?.!]*$)|\bit comes? to\b|\bmake it\b|\bas it (?:is|were|was)\b|\bis it [A-Z][\w-]* or [A-Z]|\bit(?: is|'s|’s) \w+ that\b",
    re.IGNORECASE,
)
EMPTY_THERE = re.compile(
    rf"\b(?:{'|'.join(sorted(AUXILIARIES))}|be|been) there\b(?! *[?.!]*$)|\bthere(?:['’]s| (?:is|are|was|were|be|been|has|have|had"
    r"|will|would|could|may|might|must|should)\b)|\bover there\b",
    re.IGNORECASE,
)
# Where one statement ends and another begins within a question.
_BOUNDARY = words(
    "and or but when while after before because if that who which what where how why as since to until though"
)
_SUBORDINATE = re.compile(
    r"^(?:after|before|when|while|although|though|since|because|if|once|as|despite|in|during|until|with)\b[^,]*,",
    re.IGNORECASE,
)
_ASKING = re.compile(r"\s*(?:what|which|who|whose)\b", re.IGNORECASE)
# "2nd Duke of Newcastle, what year was he born?", but "In Mosul, what did they do?"
_TOPIC = re.compile(
    r"^(?!(?:in|on|at|after|before|during|since|by|for|from|under|of|and|so|but)\b)[^,]{4,},"
    r"\s(?:what|which|who|when|where|how|why)\b",
    re.IGNORECASE,
)
_ORDINALS = words("first last next only home just")
_ANYONE = words("anyone someone everyone everybody anybody somebody nobody one")


def is_object(tokens: Sequence[Token], at: int) -> bool:
    """Whether a "her" stands alone and is not somebody's."""
    if at + 1 >= len(tokens):
        return True
    low = tokens[at + 1].low
    return not tokens[at + 1].is_word or low in PREPOSITIONS or low in LINKS - _ORDINALS or low.endswith("ly")


def explains_itself(
    question: str,
    tokens: Sequence[Token],
    at: int,
    own: Sequence[Mention],
    weigh: Callable[[Mention], float | None],
) -> bool:
    """Tell whether a pronoun means something that the question itself names.

    Args:
        at: which of the tokens is the pronoun.
        own: what the question speaks of.
        weigh: gives a number for what the pronoun may mean, as of ``bot.context``.
    """
    start, low = tokens[at].start, tokens[at].low
    before = [token.low for token in tokens[:at]]
    if not before:
        return False
    fronted = _SUBORDINATE.match(question)
    if fronted and start < fronted.end():
        # "With his 61st home run, which player …", "After he left Mosul, where did Zebari go?"
        asks_behind = low in POSSESSIVES and _ASKING.match(question, fronted.end()) is not None
        return asks_behind or any(weigh(m) is not None for m in own if m.start > fronted.end())
    if low in {"he", "she", "it"} and _TOPIC.match(question):
        return True
    first = next((place for place, word in enumerate(before) if word in AUXILIARIES), len(before))
    acts = any(is_finite(word) for word in before[:first])
    leads = first == at - 1 and not acts and not set(before[1:first]) & _BOUNDARY
    if leads and not (low in POSSESSIVES and first == 0):
        return False  # "Which city did it …", "Where is he …": it is what the question is about
    if set(before) & _ANYONE:
        return True
    following = tokens[at + 1].low if at + 1 < len(tokens) else ""
    is_subject = following in AUXILIARIES or is_finite(following) or before[-1] in _BOUNDARY
    as_object = low in _OBJECTS and not is_subject and (low != "her" or is_object(tokens, at))
    chooses = before[0] in {"which", "whose"} or (
        before[0] == "what" and len(before) > 1 and not is_finite(before[1])
    )
    if acts and ((chooses and not as_object) or (before[0] == "who" and low in POSSESSIVES and low != "its")):
        return True  # "Which company said it would …": who is asked for is who is meant
    if question.islower() and not as_object and (low in POSSESSIVES or set(before[1:]) & _BOUNDARY):
        return True  # names in small letters are not seen
    if "and" in before and before[0] in {"what", "which"} and not any(m.start == 0 for m in own):
        return True  # "What kind of government … and why does he want it?"
    least = -3.0 if low == "their" else -1.5
    fitting = [m for m in own if m.end <= start and (weigh(m) or 0.0) > least and weigh(m) is not None]
    if as_object:
        # "What did Maliki say about him?": not himself. What stands in the same statement is somebody else.
        fitting = [m for m in fitting if {t.low for t in tokens if m.end <= t.start < start} & _BOUNDARY]
    return bool(fitting)

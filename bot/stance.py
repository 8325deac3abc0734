"""Yes, no, not yet: what a sentence says of a thing that is asked about with "Is it so?" or "How much of it?"."""

from __future__ import annotations

import re

from bot.kin import kin_of
from bot.question import Question
from bot.values import Stance, Value
from index.spelling import same_name, skeleton
from index.wording import content_stems

_YES_NO = re.compile(
    r"^(?:is|are|was|were|has|have|had|do|does|did|will|can|could|would|should)(?:n['’]t)?\b", re.IGNORECASE
)
_HOW_MUCH_OF = re.compile(r"\bhow much of\b|\bhow big a part of\b", re.IGNORECASE)
_ALL = r"(?:the\s)?(?:entire|whole(?:\sof)?|all(?:\sof)?)"
_PART = r"(?:an?\s|the\s|large\s|wide\s|some\s)*(?:parts?|areas?|swaths?|swathes|much|most|some|half|pieces?|bits?)\sof"
_EXTENT = re.compile(rf"\b(?:(?P<all>(?i:{_ALL}))|(?P<part>(?i:{_PART})))\s(?:the\s)?(?P<what>[A-Z][\w'’-]+)")
# What a verb in front of the thing asked about says of it; the first that fits decides.
_MODES = tuple(
    (stance, re.compile(pattern, re.IGNORECASE))
    for stance, pattern in (
        (
            Stance.UNSURE,
            r"(?:(?:\bnot|n['’]t|\bnobody|\bnever|\byet to)\b[^.;]{0,40}\bconfirm\w*|\bunconfirmed|\bdisputed|\bunclear whether)",
        ),
        (
            Stance.WANTED,
            r"\b(?:ask(?:s|ed|ing)?|want(?:s|ed)?|call(?:s|ed|ing)? (?:for|on)|request\w*|urg(?:e|es|ed|ing)|propos\w+|plan(?:s|ned)?|seek(?:s|ing)?"
            r"|sought|debat\w+|decide|consider\w*|expected to|due to|may|might|would|whether|vote on|approve|threaten\w*"
            r"|demand\w*|pledg\w+|promis\w+)\b",
        ),
        (
            Stance.DENIED,
            r"\b(?:not|never|no|nobody|none|n['’]t|den(?:y|ied|ies)|reject\w*|refus\w+|fail\w*|repel\w*|repuls\w+|driven back|held off|still in the"
            r" hands|remain\w*[^.;,]{0,20}\bcontrol|without)\b|n['’]t\b",
        ),
        (
            Stance.PARTLY,
            r"\b(?:advanc\w+|approach\w*|moved? (?:on|towards?)|enter\w*|reached|push\w* (?:in)?to|close to|near(?:ing)?|partly|parts of)\b",
        ),
    )
)
# What somebody makes of it is not whether it is so.
_OPINION = re.compile(r"\b(?:critics?|believ\w+|fear\w*|worr\w+|hop(?:e|es|ed|ing))\b", re.IGNORECASE)
_CLAUSE_END = re.compile(r"[,;:—]\s|\s[–-]\s|\s(?=and\s(?:asked|urged|called|said)\b)|\s\(|\)")
# Shorter stretches say nothing by themselves.
_MIN_CLAUSE_WORDS = 3
# Share of the question's words that a clause must hold, in these or in other words.
_SHARED = 0.5
_SHORT_WORDS = 14
_LONG = 0.02
_VERB = 0.2


def is_yes_no(question: str) -> bool:
    """Tell whether a question asks for a yes or a no."""
    return _YES_NO.match(question) is not None and " or " not in question


def stance_of(text: str, question: Question) -> Value | None:
    """Find the clause that speaks to a yes-or-no question, and how it does; None where no clause does."""
    wanted = set(content_stems(question.text))
    verbs = frozenset().union(*(kin_of(word) for word in wanted if len(kin_of(word)) > 1))
    best: tuple[float, int, int] | None = None
    for start, end in _clauses(text):
        clause = text[start:end]
        if len(clause.split()) < _MIN_CLAUSE_WORDS:
            continue
        stems = set(content_stems(clause))
        shared = sum(_holds(stems, word) for word in wanted) / max(1, len(wanted))
        # A long clause speaks of much besides.
        shared -= _LONG * max(0, len(clause.split()) - _SHORT_WORDS)
        if _OPINION.search(clause):
            shared -= _VERB
        # What happened is told by a verb; an aside on the town tells nothing of it.
        told = shared + (_VERB if stems & verbs else 0.0)
        if (shared >= _SHARED or (stems & verbs and shared > 0)) and (best is None or told > best[0]):
            best = (told, start, end)
    if best is None:
        return None
    told, start, end = best
    clause = text[start:end]
    unsure = _MODES[0][1].search(text) is not None
    stance = next((mode for mode, pattern in _MODES if pattern.search(clause)), Stance.SAID)
    return Value(
        start=start, end=end, text=clause, sure=min(1.0, 0.4 + told / 2), stance=Stance.UNSURE if unsure else stance
    )  # fmt: skip


def _holds(stems: set[str], word: str) -> bool:
    """Tell whether a word stands there, or another for it, or the name in another spelling."""
    return bool(stems & kin_of(word)) or any(
        skeleton(word) == skeleton(other) and same_name(word, [other]) for other in stems
    )


def extent_of(text: str, question: Question) -> Value | None:
    """Find how much of a thing is meant ("the entire", "parts of") where that is asked."""
    if not _HOW_MUCH_OF.search(question.text):
        return None
    for match in _EXTENT.finditer(text):
        if set(content_stems(match["what"])) & set(question.names):
            stance = Stance.SAID if match["all"] else Stance.PARTLY
            return Value(start=match.start(), end=match.end(), text=match[0], stance=stance)
    return None


def _clauses(text: str) -> list[tuple[int, int]]:
    found, start = [], 0
    for match in _CLAUSE_END.finditer(text):
        found.append((start, match.start()))
        start = match.end()
    found.append((start, len(text)))
    trimmed = []
    for a, b in found:
        while a < b and text[a] in " \n\t\"“”‘’'*_":
            a += 1
        while b > a and text[b - 1] in " \n\t\"“”‘’'*_.,;:":
            b -= 1
        trimmed.append((a, b))
    return trimmed

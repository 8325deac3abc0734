"""The judge without an LLM: does what the passages say support a claim?

A claim is split into statements. For each, windows of the passages are found, what must not differ is compared
(numbers, dates, names, quotations, negation, opposites, order), a small model reads the best windows, and all is
weighed. The claim is as good as its weakest statement. On one machine the same claim and passages give the same
verdict, to the last digit.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache

from bot.claims import MAX_CLAIM_CHARS, clean_claim, split_claim
from bot.examine import Examined, examine
from bot.ground import Finding
from bot.model import Evidence, Label, Verdict
from bot.reading import read
from bot.weigh import load_weights
from index.lexicon import load_lexicon

# The product has one threshold: from here on a claim is supported. The weights' bias is fitted to it, so that the shares
# of true claims kept and of false ones refused add up to most over the labelled sets; what is shown of an LLM's must
# come to more (bot/support.py).
SUPPORTED_FROM = 0.58
# A claim that stands in a passage to the letter is supported; not 1, since a text may quote what it denies.
_VERBATIM = 0.99
# A window that holds less of a statement's weight speaks of something else.
_SPEAKS_TO_IT = 0.3
_MOST_EVIDENCE = 8
_MOST_MISSING = 4
_STRAIGHT = str.maketrans({"’": "'", "‘": "'", "“": '"', "”": '"', "–": "-", "—": "-", "\u00a0": " "})
_GAP = re.compile(r"\s+")
# Words in front of a stretch that it would lose: "nearly | half a million fled", "denied that | he was there".
_CUT_OFF = re.compile(
    r"(?:\b(?:not|never|no|without|denied|denies|deny|if|unless|whether|falsely|(?:more|fewer|less|other) than|over|under"
    r"|nearly|almost|at (?:least|most)|up to|as (?:many|much|few) as|(?:estimated|alleged)|allegedly|close to)"
    r"|n't)(?: (?:that|an?|the|some))? $"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Judged:
    """The verdict on one statement."""

    statement: str
    label: Label
    score: float
    evidence: tuple[Evidence, ...]
    reason: str


class LexicalJudge:
    """Implements `bot.model.Judge` by words, slots, a small reading model and fitted weights."""

    name = "lexical-2"

    def judge(self, claim: str, passages: Sequence[str], *, published: Sequence[date | None] = ()) -> Verdict:
        """See Judge. Raises EmbeddingError where the small model cannot be read."""
        if len(claim) > MAX_CLAIM_CHARS:
            return _unreadable(f"the claim has {len(claim):,} characters; {MAX_CLAIM_CHARS:,} can be judged")
        statements = split_claim(claim)
        if not statements:
            return _unreadable("the claim makes no statement that can be read")
        if not any(passage.strip() for passage in passages):
            return Verdict(label=Label.NOT_MENTIONED, score=0.0, evidence=(), reason="there are no passages")
        whole = _find_verbatim(clean_claim(claim), passages)
        if whole:
            return Verdict(
                label=Label.SUPPORTED,
                score=_VERBATIM,
                evidence=whole,
                reason="stands in the passages to the letter",
            )
        days = tuple(published) or (None,) * len(passages)
        if len(days) != len(passages):
            raise ValueError(f"{len(days)} dates of publication for {len(passages)} passages")
        judged = [_judge_statement(statement, passages, days) for statement in statements]
        weakest = min(judged, key=lambda one: (one.score, one.label is not Label.CONTRADICTED))
        ordered = [weakest, *(one for one in judged if one is not weakest)]
        evidence = tuple(dict.fromkeys(place for one in ordered for place in one.evidence))
        reason = weakest.reason
        if len(judged) > 1 and weakest.label is not Label.SUPPORTED:
            reason = f"in “{_shorten(weakest.statement)}”: {reason}"
        return Verdict(
            label=weakest.label, score=weakest.score, evidence=evidence[:_MOST_EVIDENCE], reason=reason
        )


def _unreadable(reason: str) -> Verdict:
    return Verdict(label=Label.UNREADABLE, score=0.0, evidence=(), reason=reason)


def _judge_statement(statement: str, passages: Sequence[str], published: Sequence[date | None]) -> _Judged:
    if places := _find_verbatim(statement, passages):
        return _Judged(
            statement=statement, label=Label.SUPPORTED, score=_VERBATIM, evidence=places,
            reason="stands in the passages to the letter",
        )  # fmt: skip
    examined = examine(statement, [read(passage) for passage in passages], published, load_lexicon())
    score = round(load_weights().score(examined.signs), 6)
    failed = examined.failed
    evidence = _evidence(examined)
    if failed:
        worst = failed[0]
        label = Label.CONTRADICTED if worst.contradicts else Label.NOT_MENTIONED
        return _Judged(
            statement=statement, label=label, score=score, evidence=evidence,
            reason="; ".join(dict.fromkeys(finding.reason for finding in failed[:3])),
        )  # fmt: skip
    if score >= SUPPORTED_FROM:
        return _Judged(
            statement=statement,
            label=Label.SUPPORTED,
            score=score,
            evidence=evidence,
            reason=_praise(examined),
        )
    return _Judged(
        statement=statement,
        label=Label.NOT_MENTIONED,
        score=score,
        evidence=evidence,
        reason=_lack(examined),
    )


def _find_verbatim(claim: str, passages: Sequence[str]) -> tuple[Evidence, ...]:
    """Find a claim in the passages, white space, letter case and the shape of quotation marks aside."""
    wanted = _plain(claim).strip(" .!?")
    if len(wanted) < 2:
        return ()
    found = []
    for index, passage in enumerate(passages):
        plain = _plain(passage)
        at = plain.find(wanted)
        while at >= 0 and not (
            _is_whole(plain, at, at + len(wanted)) and not _CUT_OFF.search(plain[max(0, at - 40) : at])
        ):
            at = plain.find(wanted, at + 1)
        if at >= 0:
            found.append(_place_of(wanted, passage, index))
    return tuple(found)


@lru_cache(maxsize=128)
def _plain(text: str) -> str:
    return _GAP.sub(" ", text.translate(_STRAIGHT)).strip().casefold()


def _is_whole(text: str, start: int, end: int) -> bool:
    """Whether a stretch begins and ends with words: "5 million" does not stand in "15 million" or "5 millions"."""
    before, behind = text[start - 1 : start], text[end : end + 1]
    if before and (before.isalnum() or (before in "$£€.,-" and text[start].isdigit())):
        return False
    return not (
        behind
        and (behind.isalnum() or behind == "%" or (behind in ".,-" and text[end + 1 : end + 2].isdigit()))
    )


def _place_of(wanted: str, passage: str, index: int) -> Evidence:
    """Find the characters of a stretch that is known to stand in a passage but for white space and marks."""
    pattern = r"\s+".join(_loose(word) for word in wanted.split(" "))
    match = re.search(pattern, passage, re.IGNORECASE)
    span = match.span() if match else (0, len(passage))
    return Evidence(passage=index, start=span[0], end=span[1])


def _loose(word: str) -> str:
    marks = {"'": "['’‘]", '"': '["“”]', "-": "[-–—]"}
    return "".join(marks.get(character, re.escape(character)) for character in word)


def _evidence(examined: Examined) -> tuple[Evidence, ...]:
    ground = examined.ground
    places = [
        Evidence(passage=w.passage, start=w.start, end=w.end)
        for number, w in enumerate(ground.windows)
        if number or w.coverage >= _SPEAKS_TO_IT
    ] if ground.windows and ground.windows[0].coverage >= _SPEAKS_TO_IT else []  # fmt: skip
    for finding in examined.findings:
        place = _sentence_of(examined, finding)
        if place is not None and not any(_inside(place, other) for other in places):
            # What contradicts comes first: it is what the label rests on.
            places.insert(0 if finding.contradicts else len(places), place)
    return tuple(places)


def _sentence_of(examined: Examined, finding: Finding) -> Evidence | None:
    """The sentence of a passage that a finding rests on."""
    if finding.found is None:
        return None
    ground = examined.ground
    spot = ground.evidence_of(finding.found)
    for start, end in ground.passages[spot.passage].sentences:
        if start <= spot.start < end:
            return Evidence(passage=spot.passage, start=start, end=end)
    return spot


def _inside(place: Evidence, other: Evidence) -> bool:
    return place.passage == other.passage and other.start <= place.start and place.end <= other.end


def _praise(examined: Examined) -> str:
    kinds = dict.fromkeys(finding.slot.value for finding in examined.findings if finding.holds)
    share = f"{examined.signs.words:.0%} of its weighty words stand in the passages"
    return f"{share}; what was compared holds: {', '.join(kinds)}" if kinds else share


def _lack(examined: Examined) -> str:
    ground = examined.ground
    missing = [
        ground.claim.text[ground.claim.tokens[term.at].start : ground.claim.tokens[term.at].end]
        for i, term in enumerate(ground.terms)
        if not any(window.held[i] for window in ground.windows)
    ]
    if not missing:
        return "its words stand in the passages, but not together"
    named = ", ".join(f"“{word}”" for word in dict.fromkeys(missing[:_MOST_MISSING]))
    return f"no passage speaks of {named}"


def _shorten(text: str, most: int = 80) -> str:
    return text if len(text) <= most else text[: most - 1].rstrip() + "…"

"""Which sentences of articles a claim rests on: what its marks name, if that holds, else what is found."""

from __future__ import annotations

import re
from collections.abc import Callable, Container, Sequence
from dataclasses import dataclass
from datetime import date

from bot.added import find_added, find_open, find_other_doer, find_swapped
from bot.claims import split_claim
from bot.credit import strip_credit
from bot.lead import Lead
from bot.material import Material, Source
from bot.model import Judge, Label, Verdict
from index.spelling import fold
from index.wording import content_stems

# Below, a sentence is not shown, though its label says "supported": showing what is wrong does more harm than to drop what
# is true. Of eight sets that language models had written near articles, 342 of 628 true sentences and 25 of 1,103 wrong ones
# pass with these three; with .8, .85 and .9 it is 397 and 42. They suit the scores of Dateline's own judge.
MIN_SUPPORT = 0.88
# The same where a word of the sentence stands in no quote: "resigned" for "called".
_REWORDED = 0.92
# The same where several such words stand together, or others than the quote's.
_RESTATED = 0.94
# Sentences looked at beyond those that the marks name; the right one is rarely further down.
_NEAREST = 8
# Sentences for which it is looked up who is meant by "he".
_LED = 3
# Sources of one claim; a further one adds nothing that a reader would look up.
_MAX_SOURCES = 3
# A claim of fewer content words ("Yes.") is no statement that a quote could prove.
_MIN_STEMS = 2

_FULL_NAME = re.compile(r"[A-Z][\w’-]+(?:\s+(?:[a-z]{2}-)?[A-Z][\w’-]+)+")
_LETTERS = re.compile(r"[^\W_]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Support:
    """What was found for a claim.

    Attributes:
        sources: what it is to be cited from; empty where nothing supports it.
        verdict: of the judge over exactly these sources; else the one that came nearest.
    """

    sources: tuple[Source, ...]
    verdict: Verdict


FindLead = Callable[[Source], Lead | None]


def find_support(
    claim: str, hints: Sequence[Source], material: Material, judge: Judge, find_lead: FindLead
) -> Support:
    """Find the sentences that support a claim; the marks are hints, and tried first.

    A statement rests on one sentence, with the one that says who its "he" is or gives a name in full. More are put together only
    where a claim makes several statements and each of them has its own: out of two sentences that stand
    side by side, what one person did can be read as done by the other.

    Args:
        hints: the sentences that the claim's marks name.
        find_lead: finds who is meant at the beginning of a sentence.
    """
    if len(set(content_stems(claim))) < _MIN_STEMS:
        return Support(sources=(), verdict=_reject("says nothing that could be looked up"))
    claim, articles = strip_credit(claim, (source.hit.passage.article for source in material.sources))
    if articles is not None:
        material = material.of(articles)
        hints = [source for source in hints if source.hit.passage.article.id in articles]
    support = _find_one(claim, hints, material, judge, find_lead)
    statements = split_claim(claim)
    if support.sources or len(statements) < 2:
        return support
    parts = [_find_one(statement, hints, material, judge, find_lead) for statement in statements]
    if not all(part.sources for part in parts):
        return support
    sources = {(source.hit.passage.id, source.place): source for part in parts for source in part.sources}
    weakest = min((part.verdict for part in parts), key=lambda verdict: verdict.score)
    return Support(sources=tuple(sources.values()), verdict=weakest)


def _find_one(
    claim: str, hints: Sequence[Source], material: Material, judge: Judge, find_lead: FindLead
) -> Support:
    """Find sentences of which each supports a statement."""
    likely = {source.number: source for source in (*hints, *material.nearest(claim, _NEAREST))}.values()
    best: Verdict | None = None
    alone: list[tuple[Source, Verdict]] = []
    for source in likely:
        verdict = _judge(claim, source, judge)
        best = _better(best, verdict)
        if supports(verdict):
            alone.append((source, verdict))
    if alone:
        return _choose(alone, {source.number for source in hints})
    for source in list(likely)[:_LED]:
        lead = find_lead(source)
        meant = (lead.name, Source.of(lead.hit, lead.place)) if lead else None
        for who in (meant, _find_full_name(claim, source, material)):
            if who is None:
                continue
            verdict = _judge(claim, source, judge, who=who[0])
            best = _better(best, verdict)
            if supports(verdict):
                return Support(sources=(source, who[1]), verdict=verdict)
    return Support(sources=(), verdict=best or _reject("shares no word with the articles"))


def _find_full_name(claim: str, source: Source, material: Material) -> tuple[str, Source] | None:
    """Find where an article gives in full the name that a claim has and the sentence shortens.

    "Prime Minister Nouri al-Maliki" for "Maliki": the first sentence of an article says who he is, and
    those after it no more than his surname.
    """
    own = _flat(source.text).split()
    for found in _FULL_NAME.finditer(claim):
        name = _flat(found[0])
        if name.split()[-1] not in own or name in " ".join(own):
            continue
        for other in material.sources:
            same_article = other.hit.passage.article.id == source.hit.passage.article.id
            if same_article and f" {name} " in f" {_flat(other.text)} ":
                return found[0], other
    return None


def _flat(text: str) -> str:
    return " ".join(_LETTERS.findall(fold(text)))


def supports(verdict: Verdict) -> bool:
    """Tell whether a claim may be shown on this verdict."""
    return verdict.label is Label.SUPPORTED and verdict.score >= MIN_SUPPORT


def _choose(alone: Sequence[tuple[Source, Verdict]], hinted: Container[int]) -> Support:
    """Take the sentences that the marks name, then those of other articles, the best first."""
    ranked = sorted(alone, key=lambda pair: (pair[0].number not in hinted, -pair[1].score, pair[0].number))
    chosen: list[Source] = []
    for source, _ in ranked:
        articles = {own.hit.passage.article.id for own in chosen}
        if len(chosen) < _MAX_SOURCES and (
            source.number in hinted or source.hit.passage.article.id not in articles
        ):
            chosen.append(source)
    # Each of them supports it alone, so the first one's verdict is that of all.
    return Support(sources=tuple(chosen), verdict=ranked[0][1])


def _judge(claim: str, source: Source, judge: Judge, *, who: str = "") -> Verdict:
    """Judge a claim against one sentence and nothing else, but for who is meant by its beginning."""
    quote = " ".join(f"{who}. {source.text}".removeprefix(". ").split())
    return judge_by_quote(claim, quote, source.hit.passage.article.published, judge)


def judge_by_quote(claim: str, quote: str, published: date | None, judge: Judge) -> Verdict:
    """Judge a claim against the words it is to be cited from, more strictly than the judge does by itself."""
    verdict = judge.judge(claim, [quote], published=[published])
    if not supports(verdict):
        return verdict
    if swapped := find_swapped(claim, quote):
        return _reject(f"“{swapped}” stands for something else in the quote", verdict.score)
    if other := find_other_doer(claim, quote):
        return _reject(f"no quote holds “{other}”", verdict.score)
    if verdict.score >= _RESTATED:
        return verdict
    if added := find_added(claim, quote):
        return _reject(f"no quote holds “{added}”", verdict.score)
    reworded = find_open(claim, quote)
    if reworded and verdict.score < _REWORDED:
        return _reject(f"no quote holds “{reworded[0]}”", verdict.score)
    return verdict


def _better(best: Verdict | None, verdict: Verdict) -> Verdict:
    # "Contradicted" says more about why a sentence was dropped than "not mentioned".
    def rank(item: Verdict) -> tuple[bool, float]:
        return (item.label is Label.CONTRADICTED, item.score)

    return verdict if best is None or rank(verdict) > rank(best) else best


def _reject(reason: str, score: float = 0.0) -> Verdict:
    return Verdict(label=Label.NOT_MENTIONED, score=score, evidence=(), reason=reason)

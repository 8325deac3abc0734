"""Which sentences of articles a claim rests on: what its marks name, if that holds, else what is found."""

from __future__ import annotations

import re
from collections.abc import Callable, Container, Sequence
from dataclasses import dataclass

from bot.claims import split_claim
from bot.credit import strip_credit
from bot.lead import Lead
from bot.material import Material, Source
from bot.model import Judge, Label, Verdict
from index.wording import content_stems

# Below, a sentence is not shown, though its label says "supported". Of supported sentences that
# summarisers had written (CLIFF's public CNN/DM half) nearly all that rest on one sentence come to more.
MIN_SUPPORT = 0.7
# Sentences looked at beyond those that the marks name; the right one is rarely further down.
_NEAREST = 8
# Sentences for which it is looked up who is meant by "he".
_LED = 3
# Sources of one claim; a further one adds nothing that a reader would look up.
_MAX_SOURCES = 3
# A claim of fewer content words ("Yes.") is no statement that a quote could prove.
_MIN_STEMS = 2
# Words in a row that stand in no quote, and so many are a fact of their own.
_ADDED_RUN = 2
# Of so many words one may be another one for what the quote says.
_WORDS_A_SYNONYM = 6
# Words that begin alike are forms of one: "bomber", "bombing".
_KIN = 5
# How a sentence is joined to the one before it; who did it comes after.
_OPENING = re.compile(
    r"^(?:(?:\w+ly|later|meanwhile|however|afterwards?|instead|overall|in (?:total|all|addition|response|turn|fact)"
    r"|moreover|furthermore|thus|therefore|still|also|then|so|at the (?:same )?time|as a result),? )+",
    re.IGNORECASE,
)
# How a report is told of adds nothing to it.
_REPORTING = frozenset(
    content_stems("said says told reported report reports according article articles stated")
)


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

    A statement rests on one sentence, with the one that says who its "he" is. More are put together only
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
        if lead is None:
            continue
        verdict = _judge(claim, source, judge, who=lead.name)
        best = _better(best, verdict)
        if supports(verdict):
            return Support(sources=(source, Source.of(lead.hit, lead.place)), verdict=verdict)
    return Support(sources=(), verdict=best or _reject("shares no word with the articles"))


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
    verdict = judge.judge(claim, [quote], published=[source.hit.passage.article.published])
    added = find_added(claim, quote) if supports(verdict) else ""
    return _reject(f"no quote holds “{added}”", verdict.score) if added else verdict


def find_added(claim: str, quote: str) -> str:
    """Find words of a claim that a quote does not hold, where they make another statement of it.

    Two in a row are a fact put in beside what is true. The first word is mostly who did it. Single words
    elsewhere may be others for the same, but not many of them.

    Returns:
        The stems; empty where there are none of these.
    """
    held = set(content_stems(quote))
    kin = {stem[:_KIN] for stem in held if len(stem) >= _KIN}
    run: list[str] = []
    other: list[str] = []
    stems = content_stems(_OPENING.sub("", claim))
    for place, stem in enumerate(stems):
        if stem in held or stem[:_KIN] in kin or stem in _REPORTING:
            run = []
            continue
        run.append(stem)
        other.append(stem)
        if len(run) == _ADDED_RUN or place == 0:
            return " ".join(run)
    if len(other) > max(1, len(stems) // _WORDS_A_SYNONYM):
        return " … ".join(other)
    return ""


def _better(best: Verdict | None, verdict: Verdict) -> Verdict:
    # "Contradicted" says more about why a sentence was dropped than "not mentioned".
    def rank(item: Verdict) -> tuple[bool, float]:
        return (item.label is Label.CONTRADICTED, item.score)

    return verdict if best is None or rank(verdict) > rank(best) else best


def _reject(reason: str, score: float = 0.0) -> Verdict:
    return Verdict(label=Label.NOT_MENTIONED, score=score, evidence=(), reason=reason)

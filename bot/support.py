"""Which sentences of articles a claim rests on: what its marks name, if that holds, else what is found."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import chain, combinations

from bot.claims import split_claim
from bot.material import Material, Source, follows
from bot.model import Judge, Label, Verdict
from index.wording import content_stems

# Below, a sentence is not shown, though its label says "supported".
MIN_SUPPORT = 0.5
# Sentences looked at beyond those that the marks name; the right one is rarely further down.
_NEAREST = 8
# Sentences whose neighbours are read with them.
_WINDOWED = 4
# Words that each of two sentences which stand apart must bring.
_BRINGS = 2
# Sources of one claim; a further one adds nothing that a reader would look up.
_MAX_SOURCES = 3
# A claim of fewer content words ("Yes.") is no statement that a quote could prove.
_MIN_STEMS = 2
# Words in a row that stand in no quote, and so many are a fact of their own.
_ADDED_RUN = 2
# Words that begin alike are forms of one: "bomber", "bombing".
_KIN = 5
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


def find_support(claim: str, hints: Sequence[Source], material: Material, judge: Judge) -> Support:
    """Find the sentences that support a claim; the marks are hints, and tried first.

    A claim rests on one sentence, or on neighbours. Sentences that stand apart are put together only
    where the claim makes several statements and each of them has its own: out of words from all over,
    anything can be pieced together.

    Args:
        hints: the sentences that the claim's marks name.
    """
    if len(set(content_stems(claim))) < _MIN_STEMS:
        return Support(sources=(), verdict=_reject("says nothing that could be looked up"))
    support = _find_together(claim, hints, material, judge)
    statements = split_claim(claim)
    if support.sources or len(statements) < 2:
        return support
    parts = [_find_together(statement, hints, material, judge) for statement in statements]
    if not all(part.sources for part in parts):
        return support
    sources = tuple(_once(source for part in parts for source in part.sources))
    verdict = _judge(claim, sources, judge)
    return Support(sources=sources, verdict=verdict) if supports(verdict) else support


def _find_together(claim: str, hints: Sequence[Source], material: Material, judge: Judge) -> Support:
    """Find one sentence that supports a claim, or neighbours that do."""
    near = material.nearest(claim, _NEAREST)
    best: Verdict | None = None
    alone: list[tuple[Source, Verdict]] = []
    for source in _once([*hints, *near]):
        verdict = _judge(claim, (source,), judge)
        best = _better(best, verdict)
        if supports(verdict):
            alone.append((source, verdict))
    if alone:
        return _choose(claim, alone, hints, judge)
    likely = list(_once([*hints, *near]))
    windows = (window for source in likely[:_WINDOWED] for window in material.around(source))
    for group in chain(windows, _pairs(claim, likely)):
        verdict = _judge(claim, group, judge)
        best = _better(best, verdict)
        if supports(verdict):
            return Support(sources=group, verdict=verdict)
    return Support(sources=(), verdict=best or _reject("shares no word with the articles"))


def _pairs(claim: str, likely: Sequence[Source]) -> Iterator[tuple[Source, ...]]:
    """Yield pairs of sentences of one article, of which each brings words that the other lacks."""
    wanted = frozenset(content_stems(claim))
    for first, second in combinations(likely[:_WINDOWED], 2):
        mine, theirs = (source.stems & wanted for source in (first, second))
        if (
            first.hit.passage.article.id == second.hit.passage.article.id
            and min(len(mine - theirs), len(theirs - mine)) >= _BRINGS
        ):
            yield tuple(sorted((first, second), key=lambda source: source.number))


def supports(verdict: Verdict) -> bool:
    """Tell whether a claim may be shown on this verdict."""
    return verdict.label is Label.SUPPORTED and verdict.score >= MIN_SUPPORT


def _choose(
    claim: str, alone: Sequence[tuple[Source, Verdict]], hints: Sequence[Source], judge: Judge
) -> Support:
    """Take the sentences that the marks name, then those of other articles, the best first."""
    hinted = {source.number for source in hints}
    ranked = sorted(alone, key=lambda pair: (pair[0].number not in hinted, -pair[1].score, pair[0].number))
    chosen: list[Source] = []
    for source, _ in ranked:
        articles = {own.hit.passage.article.id for own in chosen}
        if len(chosen) < _MAX_SOURCES and (
            source.number in hinted or source.hit.passage.article.id not in articles
        ):
            chosen.append(source)
    verdict = _judge(claim, chosen, judge)
    if len(chosen) > 1 and not supports(verdict):
        # Each alone supports it, but together they differ in what the claim leaves open.
        return Support(sources=(ranked[0][0],), verdict=ranked[0][1])
    return Support(sources=tuple(chosen), verdict=verdict)


def _judge(claim: str, sources: Sequence[Source], judge: Judge) -> Verdict:
    """Judge a claim against sentences and nothing else; neighbours are read as one text."""
    passages: list[str] = []
    published: list[date | None] = []
    before: Source | None = None
    for source in sorted(sources, key=lambda own: own.number):
        text = " ".join(source.text.split())
        if before is not None and follows(before, source):
            passages[-1] += f" {text}"
        else:
            passages.append(text)
            published.append(source.hit.passage.article.published)
        before = source
    verdict = judge.judge(claim, passages, published=published)
    added = find_added(claim, passages) if supports(verdict) else ""
    return _reject(f"no quote holds “{added}”", verdict.score) if added else verdict


def find_added(claim: str, quotes: Sequence[str]) -> str:
    """Find words next to each other that no quote holds: a fact put in beside what is true.

    A single word may be another one for the same; of supported sentences that summarisers had written
    (CLIFF's public CNN/DM half), 2 in 100 hold two such words in a row.

    Returns:
        The stems; empty where there are fewer in a row.
    """
    held = {stem for quote in quotes for stem in content_stems(quote)}
    kin = {stem[:_KIN] for stem in held if len(stem) >= _KIN}
    run: list[str] = []
    for stem in content_stems(claim):
        if stem in held or stem[:_KIN] in kin or stem in _REPORTING:
            run = []
        else:
            run.append(stem)
            if len(run) == _ADDED_RUN:
                return " ".join(run)
    return ""


def _better(best: Verdict | None, verdict: Verdict) -> Verdict:
    # "Contradicted" says more about why a sentence was dropped than "not mentioned".
    def rank(item: Verdict) -> tuple[bool, float]:
        return (item.label is Label.CONTRADICTED, item.score)

    return verdict if best is None or rank(verdict) > rank(best) else best


def _reject(reason: str, score: float = 0.0) -> Verdict:
    return Verdict(label=Label.NOT_MENTIONED, score=score, evidence=(), reason=reason)


def _once(sources: Iterable[Source]) -> Iterator[Source]:
    return iter({source.number: source for source in sources}.values())

"""Which sentences of articles a claim rests on: what its marks name, if that holds, else what is found."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from bot.material import Material, Source, follows
from bot.model import Judge, Label, Verdict
from index.wording import content_stems

# Below, a sentence is not shown, though its label says "supported".
MIN_SUPPORT = 0.5
# Sentences looked at beyond those that the marks name; the right one is rarely further down.
_NEAREST = 8
# Sentences whose neighbours are read with them.
_WINDOWED = 4
# Sources of one claim; a further one adds nothing that a reader would look up.
_MAX_SOURCES = 3
# A claim of fewer content words ("Yes.") is no statement that a quote could prove.
_MIN_STEMS = 2


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

    One sentence is tried before two, and neighbours before sentences that stand apart: the more is put
    together, the easier it is to read something into it that none of the articles says.

    Args:
        hints: the sentences that the claim's marks name.
    """
    if len(set(content_stems(claim))) < _MIN_STEMS:
        return Support(sources=(), verdict=_reject("says nothing that could be looked up"))
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
    for group in _groups(claim, hints, near, material):
        verdict = _judge(claim, group, judge)
        best = _better(best, verdict)
        if supports(verdict):
            return Support(sources=group, verdict=verdict)
    return Support(sources=(), verdict=best or _reject("shares no word with the articles"))


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


def _groups(
    claim: str, hints: Sequence[Source], near: Sequence[Source], material: Material
) -> Iterator[tuple[Source, ...]]:
    """Yield sentences that may support a claim together, the likeliest first, each group once."""
    seen: set[tuple[int, ...]] = set()

    def fresh(group: Sequence[Source]) -> bool:
        key = tuple(sorted(source.number for source in group))
        new = key not in seen and len(key) > 1
        seen.add(key)
        return new

    together = tuple(_once(hints))[: _MAX_SOURCES + 1]
    if fresh(together):
        yield together
    for source in list(_once([*hints, *near]))[:_WINDOWED]:
        for window in material.around(source):
            if fresh(window):
                yield window
    pieced = _piece_together(claim, near, material)
    if fresh(pieced):
        yield pieced


def _piece_together(claim: str, near: Sequence[Source], material: Material) -> tuple[Source, ...]:
    """Take sentences as long as each adds words of the claim that are still open."""
    open_stems = frozenset(content_stems(claim))
    taken: list[Source] = []
    while len(taken) < _MAX_SOURCES:
        adds = [(material.weigh(source.stems & open_stems), source) for source in near if source not in taken]
        gain, source = max(adds, key=lambda pair: (pair[0], -pair[1].number), default=(0.0, None))
        if source is None or gain <= 0:
            break
        taken.append(source)
        open_stems -= source.stems
    return tuple(sorted(taken, key=lambda own: own.number))


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
    return judge.judge(claim, passages, published=published)


def _better(best: Verdict | None, verdict: Verdict) -> Verdict:
    # "Contradicted" says more about why a sentence was dropped than "not mentioned".
    def rank(item: Verdict) -> tuple[bool, float]:
        return (item.label is Label.CONTRADICTED, item.score)

    return verdict if best is None or rank(verdict) > rank(best) else best


def _reject(reason: str) -> Verdict:
    return Verdict(label=Label.NOT_MENTIONED, score=0.0, evidence=(), reason=reason)


def _once(sources: Iterable[Source]) -> Iterator[Source]:
    return iter({source.number: source for source in sources}.values())

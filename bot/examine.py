"""One statement against its passages: what was found, what failed, and figures for how much of it stands there."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields
from datetime import date
from itertools import groupby

from bot.amounts import check_numbers
from bot.evidence import Term, find_terms, find_windows
from bot.exchange import Exchange, check_opposites, check_order, find_exchanges
from bot.ground import Finding, Ground, Slot
from bot.moments import check_dates
from bot.naming import check_names
from bot.polarity import check_negation
from bot.quoted import check_quotations
from bot.reading import Reading, grams_of, read
from index.lexicon import Lexicon
from index.model import Span

# Tightness at which an exchanged word counts whole: three equal neighbours and some more.
_TIGHT = 4.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Signs:
    """Figures from 0 to 1 that the score is made of; the first six speak for the statement, the others against.

    Attributes:
        words: share of its content words that stand in the windows, by rarity.
        window: the same in the best window alone.
        pairs, triples: share of its neighbouring words that are neighbours in the windows.
        source_pairs: pairs that are neighbours anywhere in the passages.
        slots: share of its numbers, dates and names that hold.
        missing: how rare the rarest missing word is.
        exchanged: words that stand where the passages have another one.
        absent, contradicted: whether a slot is not there, or there with another value.
    """

    words: float
    window: float
    pairs: float
    triples: float
    source_pairs: float
    slots: float
    missing: float
    exchanged: float
    absent: float
    contradicted: float

    def values(self) -> tuple[float, ...]:
        """Return the figures in the order of the fields."""
        return tuple(getattr(self, field.name) for field in fields(self))


@dataclass(frozen=True, slots=True, kw_only=True)
class Examined:
    """A statement with all that was found about it."""

    ground: Ground
    findings: tuple[Finding, ...]
    exchanges: tuple[Exchange, ...]
    signs: Signs

    @property
    def failed(self) -> tuple[Finding, ...]:
        """What does not hold, contradictions first."""
        return tuple(sorted((f for f in self.findings if not f.holds), key=lambda f: not f.contradicts))


def examine(
    statement: str, passages: Sequence[Reading], published: Sequence[date | None], lexicon: Lexicon
) -> Examined:
    """Hold a statement against its passages."""
    claim = read(statement)
    terms = find_terms(claim.tokens, passages, lexicon)
    ground = Ground(
        claim=claim, passages=tuple(passages), published=tuple(published), terms=terms,
        windows=find_windows(terms, passages),
    )  # fmt: skip
    findings = [*check_numbers(ground), *check_dates(ground), *check_names(ground), *check_quotations(ground)]
    settled = {at for finding in findings for at in range(*finding.at)}
    findings += [*check_negation(ground), *check_opposites(ground, settled), *check_order(ground)]
    exchanges = tuple(find_exchanges(ground, settled))
    findings += [_as_finding(ground, exchange) for exchange in exchanges if exchange.excludes]
    holding = {at for finding in findings if finding.holds for at in range(*finding.at)}
    return Examined(
        ground=ground, findings=tuple(findings), exchanges=exchanges,
        signs=_signs(ground, findings, exchanges, holding),
    )  # fmt: skip


def _as_finding(ground: Ground, exchange: Exchange) -> Finding:
    token = ground.claim.tokens[exchange.at]
    said = ground.claim.text[token.start : token.end]
    return Finding(
        slot=Slot.WORD, said=said, at=Span(exchange.at, exchange.at + 1), holds=False, contradicts=True,
        found=exchange.place, reason=f"word: the passages say “{exchange.place.text}”, not “{said}”",
    )  # fmt: skip


def _signs(
    ground: Ground, findings: Sequence[Finding], exchanges: Sequence[Exchange], holding: set[int]
) -> Signs:
    terms = ground.terms
    held = [
        1.0 if term.at in holding else max((w.held[i] for w in ground.windows), default=0.0)
        for i, term in enumerate(terms)
    ]
    best = [
        1.0 if term.at in holding else (ground.windows[0].held[i] if ground.windows else 0.0)
        for i, term in enumerate(terms)
    ]
    said = _as_said(ground, holding)
    near = [grams_of(reading.tokens[first:last]) for _, reading, (first, last), _ in ground.stretches()]
    slots = [f for f in findings if f.slot in {Slot.NUMBER, Slot.DATE, Slot.NAME}]
    weights = {term.at: term.weight for term in terms}
    return Signs(
        words=_share(terms, held),
        window=_share(terms, best),
        pairs=_runs(said, near, 2),
        triples=_runs(said, near, 3),
        source_pairs=_runs(said, [reading.grams for reading in ground.passages], 2),
        slots=sum(f.holds for f in slots) / len(slots) if slots else 1.0,
        missing=max((term.weight * (1 - h) for term, h in zip(terms, held, strict=True)), default=0.0),
        exchanged=min(
            1.0, sum(weights.get(e.at, 0.3) * min(1.0, e.tightness / _TIGHT) * (1.0 if e.excludes else 0.5) for e in exchanges)
        ),
        absent=float(any(not f.holds and not f.contradicts for f in findings)),
        contradicted=float(any(f.contradicts for f in findings)),
    )  # fmt: skip


def _share(terms: Sequence[Term], held: Sequence[float]) -> float:
    total = sum(term.weight for term in terms)
    return sum(term.weight * h for term, h in zip(terms, held, strict=True)) / total if total else 0.0


def _as_said(ground: Ground, holding: set[int]) -> list[frozenset[str]]:
    """For each word of the statement, the stems that stand for it; a settled number or name stands for any."""
    near = {term.at: term.near for term in ground.terms}
    return [
        frozenset({token.stem, *near.get(at, ())}) if at not in holding else frozenset({token.stem, ""})
        for at, token in enumerate(ground.claim.tokens)
    ]


def _runs(said: Sequence[frozenset[str]], texts: Sequence[frozenset[tuple[str, ...]]], length: int) -> float:
    """Return the share of the statement's runs of so many words that stand in the texts."""
    runs = [said[i : i + length] for i in range(len(said) - length + 1)]
    if not runs:
        return 1.0
    return sum(any(_stands(option, texts) for option in _options(run)) for run in runs) / len(runs)


def _stands(run: tuple[str, ...], texts: Sequence[frozenset[tuple[str, ...]]]) -> bool:
    """Whether a run stands in one of the texts; what is settled stands in it already, whatever its letters."""
    parts = [tuple(words) for is_open, words in groupby(run, key=bool) if is_open]
    return all(any(part in grams for grams in texts) for part in parts)


def _options(run: Sequence[frozenset[str]]) -> Iterator[tuple[str, ...]]:
    # A word has itself, a settled one the empty word, and at most a few near ones: the nearest two are enough.
    options: list[tuple[str, ...]] = [()]
    for choices in run:
        options = [(*option, choice) for option in options for choice in sorted(choices)[:3]]
    return iter(options)

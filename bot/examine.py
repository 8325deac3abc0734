"""One statement against its passages: what was found, what failed, and figures for how much of it stands there."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import date
from itertools import pairwise, product

from bot.amounts import check_numbers
from bot.attribution import check_attribution
from bot.compounds import find_compounds
from bot.evidence import find_terms, find_windows, join_best
from bot.exchange import check_exchanges, check_opposites, check_order
from bot.ground import Finding, Ground, Slot
from bot.language import has_english
from bot.modality import check_modality
from bot.moments import check_dates
from bot.naming import check_names
from bot.only_denied import check_only_denied
from bot.polarity import check_negation, check_still
from bot.quoted import check_quotations
from bot.reading import Reading, grams_of, read
from bot.reserve import check_reserve
from bot.roles import check_roles, find_agreeing
from bot.sequence import check_parallels, check_sequence, find_in_order
from bot.tail import check_tails
from index.follows import SURE, read_following
from index.lexicon import Lexicon

# What is told by the place in which a word stands.
_OF_PLACES = frozenset({Slot.NAME, Slot.WORD, Slot.ORDER})
# Weight of missing words at which a gap counts half.
_GAP = 1.5
# What stands for the small model where it cannot read: with the weights as they are the other figures then need to say
# as much as they had to before there was one.
_UNREAD = 0.125


@dataclass(frozen=True, slots=True, kw_only=True)
class Signs:
    """Figures from 0 to 1 that the score is made of.

    The first two and the last speak for the statement, the others against.

    Attributes:
        words: share of its content words that stand in the windows, by rarity.
        pairs: share of its neighbouring words that are neighbours in the windows.
        missing: how rare the rarest missing word is.
        gap: the weightiest stretch of words that are mostly missing, as of a clause that was added.
        absent, contradicted: whether a slot is not there, or there with another value.
        follows: what a small model makes of the statement beside its windows; 0 where there are none.
    """

    words: float
    pairs: float
    missing: float
    gap: float
    absent: float
    contradicted: float
    follows: float

    def values(self) -> tuple[float, ...]:
        """Return the figures in the order of the fields."""
        return tuple(getattr(self, field.name) for field in fields(self))


@dataclass(frozen=True, slots=True, kw_only=True)
class Examined:
    """A statement with all that was found about it."""

    ground: Ground
    findings: tuple[Finding, ...]
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
    findings = [*check_numbers(ground), *check_dates(ground)]
    findings += [
        *check_names(ground, _settled(findings)),
        *check_quotations(ground),
        *check_attribution(ground),
    ]
    settled = _settled(findings)
    findings += [
        *check_negation(ground),
        *check_only_denied(ground),
        *check_still(ground),
        *check_reserve(ground),
        *check_modality(ground),
        *check_opposites(ground, settled),
        *check_order(ground),
        *check_exchanges(ground, settled),
        *check_roles(ground),
        *check_sequence(ground),
        *check_parallels(ground),
    ]
    agreeing = find_agreeing(ground) | find_in_order(ground) | find_compounds(ground)
    findings = [
        f
        for f in findings
        if f.slot not in _OF_PLACES or not f.contradicts or not agreeing >= {*range(*f.at)}
    ]
    held = _held(ground, findings)
    findings += check_tails(ground, dict(zip((term.at for term in terms), held, strict=True)))
    return Examined(ground=ground, findings=tuple(findings), signs=_signs(ground, findings, held))


def _settled(findings: Sequence[Finding]) -> set[int]:
    """The statement's words that findings speak of, whatever they say."""
    return {at for finding in findings for at in range(*finding.at)}


def _holding(findings: Sequence[Finding]) -> set[int]:
    """The statement's words that findings say hold."""
    return {at for finding in findings if finding.holds for at in range(*finding.at)}


def _held(ground: Ground, findings: Sequence[Finding]) -> list[float]:
    """Tell for each term how far it stands in the windows; what findings say holds stands there whole."""
    holding = _holding(findings)
    return [
        1.0 if term.at in holding else max((w.held[i] for w in ground.windows), default=0.0)
        for i, term in enumerate(ground.terms)
    ]


def _signs(ground: Ground, findings: Sequence[Finding], held: Sequence[float]) -> Signs:
    holding = _holding(findings)
    near = [grams_of(reading.tokens[first:last]) for _, reading, (first, last), _ in ground.stretches()]
    weighed = [(term.weight * (1 - h), term.weight * h) for term, h in zip(ground.terms, held, strict=True)]
    total = sum(term.weight for term in ground.terms)
    return Signs(
        words=sum(here for _, here in weighed) / total if total else 0.0,
        pairs=_pairs(_as_said(ground, holding), near),
        missing=max((gone for gone, _ in weighed), default=0.0),
        gap=_gap(weighed),
        absent=float(any(not f.holds and not f.contradicts for f in findings)),
        contradicted=float(any(f.contradicts for f in findings)),
        follows=_follows(ground),
    )


def _follows(ground: Ground) -> float:
    """Have the small model read the statement beside its best windows."""
    if not ground.windows:
        return 0.0
    if not has_english(ground.claim.text):
        return _UNREAD
    given = join_best(ground.windows, ground.passages)
    return 0.5 + read_following(given, ground.claim.text) / (2 * SURE)


def _gap(weighed: Sequence[tuple[float, float]]) -> float:
    """Return the greatest sum of what is missing less what is held over neighbouring words, squashed below 1."""
    worst = here = 0.0
    for gone, held in weighed:
        here = max(0.0, here + gone - held)
        worst = max(worst, here)
    return worst / (worst + _GAP)


def _as_said(ground: Ground, holding: set[int]) -> list[frozenset[str]]:
    """For each word of the statement, the stems that stand for it; a settled number or name stands for any."""
    near = {term.at: term.near for term in ground.terms}
    return [
        frozenset({token.stem, *near.get(at, ())}) if at not in holding else frozenset({token.stem, ""})
        for at, token in enumerate(ground.claim.tokens)
    ]


def _pairs(said: Sequence[frozenset[str]], texts: Sequence[frozenset[tuple[str, ...]]]) -> float:
    """Return the share of the statement's pairs of neighbouring words that are neighbours in a text."""
    pairs = list(pairwise(said))
    if not pairs:
        return 1.0
    return sum(any(_stands(option, texts) for option in product(*pair)) for pair in pairs) / len(pairs)


def _stands(pair: tuple[str, ...], texts: Sequence[frozenset[tuple[str, ...]]]) -> bool:
    """Whether a pair stands in one of the texts; what is settled (the empty word) fits beside anything."""
    known = tuple(word for word in pair if word)
    return not known or any(known in grams for grams in texts)

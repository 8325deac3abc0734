"""What is wrong with the answer to one case, in words, the gravest first. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from bot.evals.cases import Case
from bot.evals.expect import is_right_file, missing_facts, shows_positions
from bot.evals.judging import JudgedClaim
from bot.evals.results import Result

# How much more of a trouble one is than another: what misleads a reader comes before what fails him, and that
# before what is untidy. Only their order matters, and that several add up.
_FAILED = 100
_INEXACT = 40
_UNSUPPORTED = 30
_UNCITED = 25
_ANSWERED = 20
_WRONG_FACT = 15
_REFUSED = 12
_POSITIONS = 10
_NOT_NAMED = 8
_MADE_UP = 6
_WRONG_FILE = 4
_UNDETERMINED = 2
_IRRELEVANT = 1
# Files further down are seldom quoted.
_FAR_DOWN = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Trouble:
    """One thing that is wrong, and its weight."""

    what: str
    weight: int


def find_troubles(case: Case, result: Result) -> tuple[Trouble, ...]:
    """Name what is wrong with a result, the gravest first; nothing where all is as the case expects."""
    return tuple(sorted(_find(case, result), key=lambda trouble: -trouble.weight))


def _find(case: Case, result: Result) -> Iterator[Trouble]:
    if result.error is not None:
        yield Trouble(what=f"failed to run: {result.error.message}", weight=_FAILED)
        return
    answer = result.answer
    assert answer is not None
    if result.refused and case.answerable:
        yield Trouble(what=f"refused, though the articles say: {answer['reason']}", weight=_REFUSED)
    elif result.refused:
        return
    if result.answered and case.answerable is False:
        yield Trouble(what="answered, though the articles do not say", weight=_ANSWERED)
    for number in result.inexact:
        yield Trouble(what=f"quote [{number}] does not stand where it is said to", weight=_INEXACT)
    for claim in result.claims:
        yield from _find_in_claim(claim)
    if result.answered:
        for fact in missing_facts(answer, case):
            yield Trouble(what=f"does not hold the fact /{fact}/", weight=_WRONG_FACT)
        if case.positions and not shows_positions(answer, case):
            named = ", ".join(f"/{position}/" for position in case.positions)
            yield Trouble(
                what=f"does not show all positions, each from its own source: {named}", weight=_POSITIONS
            )
    if case.positions and not answer["disagreements"]:
        yield Trouble(what="does not say that articles differ", weight=_NOT_NAMED)
    if case.answerable and not case.positions and answer["disagreements"]:
        about = answer["disagreements"][0]["about"]
        yield Trouble(what=f"says that articles differ on {about}, and they do not", weight=_MADE_UP)
    for file in dict.fromkeys(cited["file"] for cited in answer["citations"]):
        if not is_right_file(file, case):
            yield Trouble(what=f"cites {file}, which the case does not name", weight=_WRONG_FILE)
    yield from _find_in_retrieval(result)


def _find_in_claim(claim: JudgedClaim) -> Iterator[Trouble]:
    if claim.read.supported is False:
        word = claim.read.label.replace("_", " ")
        yield Trouble(
            what=f"{word} by what was read: “{claim.text}”: {claim.read.reason}", weight=_UNSUPPORTED
        )
    if claim.cited is None:
        yield Trouble(what=f"no citation for “{claim.text}”", weight=_UNCITED)
    elif claim.cited.supported is False and claim.read.supported is not False:
        yield Trouble(
            what=f"its citations do not support “{claim.text}”: {claim.cited.reason}", weight=_UNSUPPORTED
        )
    if claim.read.supported is None:
        yield Trouble(
            what=f"the judge could not tell of “{claim.text}”: {claim.read.reason}", weight=_UNDETERMINED
        )
    for number in claim.irrelevant or ():
        yield Trouble(what=f"citation [{number}] adds nothing to “{claim.text}”", weight=_IRRELEVANT)


def _find_in_retrieval(result: Result) -> Iterator[Trouble]:
    if not result.relevant:
        return
    rank = next((rank for rank, file in enumerate(result.found, start=1) if file in result.relevant), None)
    if rank is None:
        yield Trouble(what="none of the right files was read", weight=_WRONG_FILE)
    elif rank > _FAR_DOWN:
        yield Trouble(what=f"the first right file came at rank {rank}", weight=_IRRELEVANT)

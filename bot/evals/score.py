"""What each case earns under each measure. Pure arithmetic over results.

Every measure is a ratio: of each case so much was asked, and so much of it was right. A case of which a measure
asks nothing does not count in it, so a measure without cases has no value, and none is ever NaN.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from bot.evals.cases import Case
from bot.evals.expect import holds_facts, is_right_file, shows_positions
from bot.evals.figures import Estimate, ratio_with_interval
from bot.evals.results import Result
from bot.evals.retrieval import measure_retrieval

Part = tuple[float, float]
_NOTHING: Part = (0.0, 0.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Measure:
    """A measure.

    Attributes:
        name: as ``--fail-under`` takes it.
        title: as people read it.
        group: the question that it helps to answer.
        asks: what one case is asked, for whoever wants to know what the count counts.
        goal: what is to be reached, 0 to 1.
    """

    name: str
    title: str
    group: str
    asks: str
    goal: float


def _faithfulness(case: Case, result: Result) -> Part:
    rulings = [claim.read.supported for claim in result.claims]
    return float(rulings.count(True)), float(len(rulings) - rulings.count(None))


def _coverage(case: Case, result: Result) -> Part:
    determined = [claim for claim in result.claims if claim.read.supported is not None]
    return float(len(determined)), float(len(result.claims))


def _citation_recall(case: Case, result: Result) -> Part:
    """ALCE: a claim earns 1 where all it cites, taken together, supports it; without a citation 0."""
    rulings = [claim.cited.supported if claim.cited else False for claim in result.claims]
    return float(rulings.count(True)), float(len(rulings) - rulings.count(None))


def _citation_precision(case: Case, result: Result) -> Part:
    """ALCE: a citation earns 1 where its claim's recall is 1 and it is not irrelevant."""
    right = asked = 0
    for claim in result.claims:
        if claim.cited is None or claim.cited.supported is None or claim.irrelevant is None:
            continue
        asked += len(claim.citations)
        right += len(claim.citations) - len(claim.irrelevant) if claim.cited.supported else 0
    return float(right), float(asked)


def _quote_exactness(case: Case, result: Result) -> Part:
    if result.answer is None:
        return _NOTHING
    asked = len(result.answer["citations"])
    return float(asked - len(result.inexact)), float(asked)


def _source_accuracy(case: Case, result: Result) -> Part:
    if result.answer is None or not case.files:
        return _NOTHING
    files = {citation["file"] for citation in result.answer["citations"]}
    return float(sum(is_right_file(file, case) for file in files)), float(len(files))


def _answer_accuracy(case: Case, result: Result) -> Part:
    if result.answer is None or not (case.facts or case.positions):
        return _NOTHING
    right = result.answered and holds_facts(result.answer, case)
    return float(right and (not case.positions or shows_positions(result.answer, case))), 1.0


def _follow_up_accuracy(case: Case, result: Result) -> Part:
    return _answer_accuracy(case, result) if case.history else _NOTHING


def _answer_rate(case: Case, result: Result) -> Part:
    return (float(result.answered), 1.0) if case.answerable and result.answer else _NOTHING


def _abstention_precision(case: Case, result: Result) -> Part:
    if case.answerable is None or not result.refused:
        return _NOTHING
    return float(not case.answerable), 1.0


def _abstention_recall(case: Case, result: Result) -> Part:
    return (float(result.refused), 1.0) if case.answerable is False and result.answer else _NOTHING


def _names_disagreement(result: Result) -> bool:
    return bool(result.answer and result.answer["disagreements"])


def _disagreement_precision(case: Case, result: Result) -> Part:
    if not case.answerable or not _names_disagreement(result):
        return _NOTHING
    return float(bool(case.positions)), 1.0


def _disagreement_recall(case: Case, result: Result) -> Part:
    if not case.positions or result.answer is None:
        return _NOTHING
    return float(_names_disagreement(result)), 1.0


def _completed(case: Case, result: Result) -> Part:
    return float(result.error is None), 1.0


# Those of retrieval are worked out for all cases at once, and vector recall comes with the result.
_EARNED: Mapping[str, Callable[[Case, Result], Part]] = {
    "faithfulness": _faithfulness,
    "coverage": _coverage,
    "citation_recall": _citation_recall,
    "citation_precision": _citation_precision,
    "quote_exactness": _quote_exactness,
    "source_accuracy": _source_accuracy,
    "answer_accuracy": _answer_accuracy,
    "follow_up_accuracy": _follow_up_accuracy,
    "answer_rate": _answer_rate,
    "abstention_precision": _abstention_precision,
    "abstention_recall": _abstention_recall,
    "disagreement_precision": _disagreement_precision,
    "disagreement_recall": _disagreement_recall,
    "vector_recall": lambda case, result: result.vectors,
    "completed": _completed,
}

_TRUE = "Is it what the articles say?"
_RIGHT = "Is it the answer?"
_LIMITS = "Does it know where the articles end, or differ?"
_FOUND = "Does it find the articles?"
_RAN = "Did it run?"
MEASURES: tuple[Measure, ...] = (
    Measure(
        name="faithfulness",
        title="Faithfulness",
        group=_TRUE,
        asks="claims that the judge could tell: supported by what was read",
        goal=0.95,
    ),
    Measure(
        name="coverage",
        title="Judge's coverage",
        group=_TRUE,
        asks="claims: the judge could tell",
        goal=1.0,
    ),
    Measure(
        name="citation_recall",
        title="Citation recall",
        group=_TRUE,
        asks="claims: supported by all they cite, taken together (ALCE)",
        goal=0.95,
    ),
    Measure(
        name="citation_precision",
        title="Citation precision",
        group=_TRUE,
        asks="citations: needed, or enough alone (ALCE)",
        goal=0.9,
    ),
    Measure(
        name="quote_exactness",
        title="Quote exactness",
        group=_TRUE,
        asks="citations: the quote stands there to the letter",
        goal=1.0,
    ),
    Measure(
        name="source_accuracy",
        title="Source accuracy",
        group=_RIGHT,
        asks="files cited: among those that the case names",
        goal=0.9,
    ),
    Measure(
        name="answer_accuracy",
        title="Answer accuracy",
        group=_RIGHT,
        asks="cases with facts or positions: all of them in the answer",
        goal=0.9,
    ),
    Measure(
        name="follow_up_accuracy",
        title="Follow-up accuracy",
        group=_RIGHT,
        asks="cases with a history: facts in the answer",
        goal=0.9,
    ),
    Measure(
        name="answer_rate",
        title="Answer rate",
        group=_RIGHT,
        asks="answerable cases: answered at all",
        goal=0.95,
    ),
    Measure(
        name="abstention_precision",
        title="Abstention precision",
        group=_LIMITS,
        asks="refusals: of questions without an answer",
        goal=0.9,
    ),
    Measure(
        name="abstention_recall",
        title="Abstention recall",
        group=_LIMITS,
        asks="questions without an answer: refused",
        goal=0.9,
    ),
    Measure(
        name="disagreement_precision",
        title="Disagreement precision",
        group=_LIMITS,
        asks="disagreements named: where articles do differ",
        goal=0.9,
    ),
    Measure(
        name="disagreement_recall",
        title="Disagreement recall",
        group=_LIMITS,
        asks="cases where articles differ: said so",
        goal=0.9,
    ),
    Measure(
        name="hit_at_1",
        title="Hit@1",
        group=_FOUND,
        asks="cases that name files: one of them is found first",
        goal=0.7,
    ),
    Measure(
        name="hit_at_4",
        title="Hit@4",
        group=_FOUND,
        asks="cases that name files: one of them among the first four",
        goal=0.95,
    ),
    Measure(
        name="mrr_at_10",
        title="MRR@10",
        group=_FOUND,
        asks="cases that name files: one over the rank of the first",
        goal=0.8,
    ),
    Measure(
        name="ndcg_at_10",
        title="nDCG@10",
        group=_FOUND,
        asks="cases that name files: how far up all of them are",
        goal=0.8,
    ),
    Measure(
        name="vector_recall",
        title="Vector recall@10",
        group=_FOUND,
        asks="the ten nearest passages by exact search: found by the vector index",
        goal=0.99,
    ),
    Measure(
        name="completed",
        title="Completed",
        group=_RAN,
        asks="cases: ran without an error",
        goal=1.0,
    ),
)
BY_NAME: Mapping[str, Measure] = {measure.name: measure for measure in MEASURES}


@dataclass(frozen=True, slots=True, kw_only=True)
class Scored:
    """A case, its result, and what it earns: by measure, only where it is asked something."""

    case: Case
    result: Result
    parts: Mapping[str, Part]


def score_cases(cases: Sequence[Case], results: Sequence[Result]) -> tuple[Scored, ...]:
    """Work out what each case earns under each measure.

    Args:
        results: one a case, in the same order.
    """
    ranked = measure_retrieval(results)
    scored = []
    for case, result in zip(cases, results, strict=True):
        parts = {name: earn(case, result) for name, earn in _EARNED.items()}
        parts |= {name: (value, 1.0) for name, value in ranked.get(case.id, {}).items()}
        scored.append(
            Scored(
                case=case,
                result=result,
                parts={m.name: parts[m.name] for m in MEASURES if parts.get(m.name, _NOTHING)[1] > 0},
            )
        )
    return tuple(scored)


def estimate_all(scored: Sequence[Scored]) -> dict[str, Estimate]:
    """Sum all cases up, by measure."""
    return {
        measure.name: ratio_with_interval([each.parts.get(measure.name, _NOTHING) for each in scored])
        for measure in MEASURES
    }

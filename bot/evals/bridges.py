"""Runs in the shapes that other frameworks read. None of them is needed to write these.

Refusals and failed cases are left out: a refusal makes no statement, and what these frameworks make of it (NaN, or
full marks) is no figure.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

from bot.evals.score import Scored

TextOf = Callable[[str], str]


def to_ragas(scored: Iterable[Scored], text_of: TextOf) -> Iterator[dict[str, Any]]:
    """Yield samples for ragas: ``EvaluationDataset.from_list(rows)``, or ``from_jsonl`` of a file of them.

    Args:
        text_of: gives a file's text as the index has it.

    Yields:
        What ragas calls a SingleTurnSample; a follow-up as it was read, since a sample stands alone.
    """
    for each in scored:
        if each.result.answered:
            yield {
                "user_input": _question_of(each),
                "retrieved_contexts": list(read_passages(each, text_of)),
                "response": _said(each),
            }


def to_deepeval(scored: Iterable[Scored], text_of: TextOf) -> Iterator[dict[str, Any]]:
    """Yield what becomes a DeepEval LLMTestCase each: ``LLMTestCase(**row)``.

    A file of them is read by ``EvaluationDataset.add_test_cases_from_json_file`` with these names of keys.
    """
    for each in scored:
        if each.result.answered:
            yield {
                "input": _question_of(each),
                "actual_output": _said(each),
                "retrieval_context": list(read_passages(each, text_of)),
                "name": each.case.id,
            }


def dump_rows(rows: Iterable[dict[str, Any]], *, lines: bool) -> str:
    """Write rows as JSON Lines, or as one array."""
    if lines:
        return "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
    return json.dumps(list(rows), ensure_ascii=False, indent=1) + "\n"


def read_passages(scored: Scored, text_of: TextOf) -> Sequence[str]:
    """Return the texts of the passages that an answer was made from, best first."""
    return [text_of(place["file"])[place["start"] : place["end"]] for place in scored.result.read]


def _question_of(scored: Scored) -> str:
    answer = scored.result.answer
    assert answer is not None
    return str(answer["rewritten"] or scored.case.question)


def _said(scored: Scored) -> str:
    # Without marks: "[1]" is no part of a statement, and judges that split statements trip over it.
    answer = scored.result.answer
    assert answer is not None
    return " ".join(sentence["text"] for sentence in answer["sentences"])

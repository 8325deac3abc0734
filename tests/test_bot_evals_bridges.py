"""Bridges: runs as other frameworks read them. Under llama-index's evaluators the engine is in test_bot_evals_engine.py."""

from __future__ import annotations

import json

from evals_world import answer_json, refusal_json, result

from bot.evals.bridges import dump_rows, to_deepeval, to_ragas
from bot.evals.cases import Case
from bot.evals.results import Failure, Result
from bot.evals.score import Scored, score_cases

TEXT = "The ferry left at noon. It sank."
READ = ({"file": "a.md", "start": 24, "end": 32}, {"file": "a.md", "start": 0, "end": 23})


def scored() -> tuple[Scored, ...]:
    cases = [
        Case(id=id, question="What became of it?", answerable=True) for id in ("told", "refused", "failed")
    ]
    return score_cases(
        cases,
        [
            result("told", answer_json(rewritten="What became of the ferry?"), read=READ),
            result("refused", refusal_json(), claims=()),
            Result(id="failed", answer=None, error=Failure(type="LLMError", message="gone"), times={}),
        ],
    )


def text_of(file: str) -> str:
    assert file == "a.md"
    return TEXT


def test_a_run_is_written_as_ragas_reads_it() -> None:
    rows = list(to_ragas(scored(), text_of))
    # The fields of ragas.SingleTurnSample; refusals would come out as NaN there.
    assert rows == [
        {
            "user_input": "What became of the ferry?",
            "retrieved_contexts": ["It sank.", "The ferry left at noon."],
            "response": "It sank.",
        }
    ]
    assert [json.loads(line) for line in dump_rows(rows, lines=True).splitlines()] == rows


def test_a_run_is_written_as_deepeval_reads_it() -> None:
    rows = list(to_deepeval(scored(), text_of))
    # Arguments of deepeval.test_case.LLMTestCase.
    assert rows == [
        {
            "input": "What became of the ferry?",
            "actual_output": "It sank.",
            "retrieval_context": ["It sank.", "The ferry left at noon."],
            "name": "told",
        }
    ]
    assert json.loads(dump_rows(rows, lines=False)) == rows

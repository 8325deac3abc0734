"""Bridges: runs as other frameworks read them, and our engine under llama-index's own evaluators."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from evals_world import answer_json, refusal_json, result

from bot.evals.bridges import dump_rows, to_deepeval, to_ragas
from bot.evals.cases import Case
from bot.evals.results import Failure, Result
from bot.evals.score import Scored, score_cases

ROOT = Path(__file__).parent.parent
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


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    from bot.app import build
    from bot.settings import PREFIX, Settings

    with pytest.MonkeyPatch.context() as patch:
        for name in [name for name in os.environ if name.startswith((PREFIX, "OPENAI"))]:
            patch.delenv(name)
        folder = tmp_path_factory.mktemp("bridges")
        patch.chdir(folder)
        app = build(Settings(corpus=ROOT / "corpus", index=folder / "index"))
        app.sync()
        yield app.engine
        app.close()


def test_llama_indexs_evaluators_take_our_engine_and_its_responses(engine: Any) -> None:
    from llama_index.core.evaluation import CorrectnessEvaluator, FaithfulnessEvaluator, RelevancyEvaluator
    from llama_index.core.llms import CompletionResponse, CustomLLM, LLMMetadata
    from llama_index.core.llms.callbacks import llm_completion_callback

    asked: list[str] = []

    class ScriptedLLM(CustomLLM):
        """Says YES where what it is asked about stands in what it is given."""

        @property
        def metadata(self) -> LLMMetadata:
            return LLMMetadata(model_name="scripted")

        @llm_completion_callback()
        def complete(self, prompt: str, formatted: bool = False, **kwargs: Any) -> CompletionResponse:
            asked.append(prompt)
            if "correctness" in prompt.lower() or "score" in prompt.lower():
                return CompletionResponse(text="5.0\nSays the same.")
            return CompletionResponse(
                text="YES" if "Anders Poll, 51" in prompt.rpartition("Context")[2] else "NO"
            )

        @llm_completion_callback()
        def stream_complete(self, prompt: str, formatted: bool = False, **kwargs: Any) -> Any:
            yield self.complete(prompt)

    llm = ScriptedLLM()
    question = "How old is the captain of the Solveig Ann?"
    response = engine.query(question)
    faithful = FaithfulnessEvaluator(llm=llm).evaluate_response(query=question, response=response)
    relevant = RelevancyEvaluator(llm=llm).evaluate_response(query=question, response=response)
    correct = CorrectnessEvaluator(llm=llm).evaluate(query=question, response=str(response), reference="51")
    assert (faithful.passing, relevant.passing, correct.passing) == (True, True, True)
    assert faithful.contexts == [node.get_content() for node in response.source_nodes]
    assert all("Anders Poll" in prompt for prompt in asked[:1])
    # What the engine does not know it does not claim, and there is nothing to be faithful to.
    refused = engine.query("Who wrote Middlemarch?")
    assert not refused.source_nodes
    assert str(refused) == "The articles do not say."

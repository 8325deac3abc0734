"""Over the real engine and corpus/: planted defects, each found by the measure that names it; llama-index's evaluators.

The engine is asked once. What it answered is spoilt and examined again, so that a difference has one cause.
"""

from __future__ import annotations

import asyncio
import os
import re
import shutil
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from bot.app import App, build
from bot.check import LexicalJudge
from bot.evals.cases import Case, read_cases
from bot.evals.report import build_report
from bot.evals.run import Bench
from bot.evals.score import MEASURES, score_cases
from bot.model import Answer, Citation, Label, Sentence, Status, Turn
from bot.settings import PREFIX, Settings

ROOT = Path(__file__).parent.parent
CORPUS = ROOT / "corpus"
ALL = read_cases(ROOT / "tests" / "golden" / "corpus.jsonl").cases
# Every second, and all on which articles differ, so that each measure has something to measure.
CASES = tuple(case for place, case in enumerate(ALL) if place % 2 == 0 or case.positions)
NAMES = {measure.name for measure in MEASURES}

Change = Callable[[Answer], Answer]


@dataclass
class Replay:
    """Answers as the engine has answered, spoilt by ``change``."""

    app: App
    answers: dict[Any, Answer]
    change: Change

    def ask(self, question: str, *, asked_at: date | None = None, history: Sequence[Turn] = ()) -> Answer:
        return self.change(self.answers[question, asked_at, tuple(history)])

    def vector_recall(self, query: str, k: int) -> tuple[int, int]:
        return _recall(self.app, query, k)

    def files(self) -> tuple[str, ...]:
        return self.app.files()

    def text_of(self, file: str) -> str:
        return self.app.text_of(file)


@cache
def _recall(app: App, query: str, k: int) -> tuple[int, int]:
    return app.vector_recall(query, k)


@dataclass
class World:
    app: App
    answers: dict[Any, Answer]
    right: dict[str, Any]

    def measure(self, change: Change) -> dict[str, Any]:
        desk: Any = Replay(self.app, self.answers, change)
        bench = Bench(desk=desk, judge=LexicalJudge(), corpus=CORPUS, report_bug=repr)
        files = self.app.files()
        results = [bench.run(case, files) for case in CASES]
        assert [found.error for found in results if found.error] == []
        return build_report(score_cases(CASES, results), {}, memory={}, seconds=0)


@pytest.fixture(scope="module")
def world(indexed_corpus: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with pytest.MonkeyPatch.context() as patch:
        for name in [name for name in os.environ if name.startswith((PREFIX, "OPENAI"))]:
            patch.delenv(name)
        folder = tmp_path_factory.mktemp("defects")
        patch.chdir(folder)
        shutil.copytree(indexed_corpus, folder / "index")
        app = build(Settings(corpus=CORPUS, index=folder / "index"))
        answers = {
            _key(case): app.ask(case.question, asked_at=case.asked_at, history=case.history) for case in CASES
        }
        world = World(app, answers, {})
        world.right = world.measure(lambda answer: answer)
        yield world
        app.close()


def _key(case: Case) -> tuple[Any, ...]:
    return case.question, case.asked_at, case.history


def drop_citations(answer: Answer) -> Answer:
    sentences = tuple(
        replace(s, citations=(), parts=tuple(replace(part, citations=()) for part in s.parts))
        for s in answer.sentences
    )
    bare = tuple(
        replace(d, positions=tuple(replace(p, citations=()) for p in d.positions))
        for d in answer.disagreements
    )
    return replace(answer, sentences=sentences, citations=(), disagreements=bare)


def shift_offsets(answer: Answer) -> Answer:
    return replace(
        answer, citations=tuple(replace(c, start=c.start + 1, end=c.end + 1) for c in answer.citations)
    )


def swap_files(answer: Answer) -> Answer:
    # Each file for another one, so that different ones stay different.
    files = sorted(path.relative_to(CORPUS).as_posix() for path in CORPUS.rglob("*.md"))
    other = {file: files[(place + 7) % len(files)] for place, file in enumerate(files)}
    return replace(
        answer,
        citations=tuple(
            replace(c, article=replace(c.article, file=other[c.article.file])) for c in answer.citations
        ),
    )


def change_numbers(answer: Answer) -> Answer:
    # As long as before, so that parts stay where they are.
    def spoil(sentence: Sentence) -> Sentence:
        return replace(
            sentence, text=re.sub(r"\d", lambda digit: str((int(digit[0]) + 3) % 10), sentence.text)
        )

    return replace(answer, sentences=tuple(map(spoil, answer.sentences)))


def answer_everything(answer: Answer) -> Answer:
    if answer.status is Status.ANSWERED or not answer.hits:
        return answer
    passage = answer.hits[0].passage
    start, end = passage.sentences[0]
    quote = passage.text[start - passage.start : end - passage.start]
    line = passage.line_start + passage.text[: start - passage.start].count("\n")
    cited = Citation(
        number=1,
        article=passage.article,
        quote=quote,
        start=start,
        end=end,
        line_start=line,
        line_end=line + quote.count("\n"),
    )
    said = Sentence(text=" ".join(quote.split()), citations=(1,), verdict=Label.SUPPORTED, score=1.0)
    return replace(answer, status=Status.ANSWERED, reason=None, sentences=(said,), citations=(cited,))


def refuse_everything(answer: Answer) -> Answer:
    return replace(
        answer,
        status=Status.NOT_FOUND,
        reason="I would rather not",
        sentences=(),
        citations=(),
        disagreements=(),
    )


def ignore_disagreements(answer: Answer) -> Answer:
    return replace(answer, disagreements=())


def pad_citations(answer: Answer) -> Answer:
    """Add to each sentence a citation of its own article that says nothing of it."""
    citations = list(answer.citations)
    sentences = []
    for sentence in answer.sentences:
        own = next(c for c in answer.citations if c.number in sentence.citations)
        text = (CORPUS / own.article.file).read_text(encoding="utf-8")
        head = text.index("publisher:")
        citations.append(
            replace(
                own,
                number=len(citations) + 1,
                quote="publisher:",
                start=head,
                end=head + 10,
                line_start=3,
                line_end=3,
            )
        )
        more = (citations[-1].number,)
        parts = tuple(replace(part, citations=part.citations + more) for part in sentence.parts)
        sentences.append(replace(sentence, citations=sentence.citations + more, parts=parts))
    return replace(answer, sentences=tuple(sentences), citations=tuple(citations))


def invent_quotes(answer: Answer) -> Answer:
    """Say and cite what stands nowhere."""
    said = "The mayor of Valparaiso sold the harbour for 77 euros."
    sentences = tuple(replace(s, text=said, parts=(), lead=None) for s in answer.sentences)
    return replace(
        answer, sentences=sentences, citations=tuple(replace(c, quote=said) for c in answer.citations)
    )


def rank_backwards(answer: Answer) -> Answer:
    return replace(answer, hits=answer.hits[::-1])


RANKS = {"hit_at_1", "hit_at_4", "mrr_at_10", "ndcg_at_10"}
ANSWERS = {"answer_accuracy", "follow_up_accuracy"}


@pytest.mark.parametrize(
    ("defect", "finds", "least_drop", "may_move"),
    [
        # What is not cited cannot be precise, exact or right; positions need sources. A name that was put before a quote is a
        # claim of its own by its citation, so there are fewer claims for the one that the judge cannot read to stand among.
        (drop_citations, "citation_recall", 0.9, {"citation_precision", "quote_exactness", "source_accuracy", "answer_accuracy", "coverage"}),
        (shift_offsets, "quote_exactness", 1.0, set()),
        # A quote does not stand in another file.
        (swap_files, "source_accuracy", 0.6, {"quote_exactness"}),
        # What is false is not supported by its citations either, and is no fact.
        (change_numbers, "faithfulness", 0.2, {"citation_recall", "citation_precision", "coverage", *ANSWERS}),
        # Nothing is refused any more, so no refusal can be right; some of the new answers hold facts, and cite.
        (answer_everything, "abstention_recall", 0.4, {"abstention_precision", "answer_rate", "source_accuracy", "citation_precision", "coverage", *ANSWERS}),
        (refuse_everything, "answer_rate", 0.8, NAMES - RANKS - {"completed", "vector_recall"}),
        # Who names none cannot name a wrong one. A position may have been shown by its value alone.
        (ignore_disagreements, "disagreement_recall", 0.5, {"disagreement_precision", "answer_accuracy"}),
        (pad_citations, "citation_precision", 0.3, set()),
        # Its citations say it, so they are neither missing nor beside the point; but they are made up.
        (invent_quotes, "faithfulness", 1.0, {"quote_exactness", "citation_precision", "coverage", *ANSWERS}),
        (rank_backwards, "mrr_at_10", 0.3, RANKS),
    ],
)  # fmt: skip
def test_a_defect_is_found_by_the_measure_that_names_it(
    world: World, defect: Change, finds: str, least_drop: float, may_move: set[str]
) -> None:
    right, spoilt = world.right["measures"], world.measure(defect)["measures"]
    assert right[finds]["value"] - spoilt[finds]["value"] >= least_drop
    moved = {name for name in NAMES if spoilt[name]["value"] != right[name]["value"]}
    assert moved <= may_move | {finds}


def test_an_engine_that_refuses_all_is_neither_faithful_nor_unfaithful(world: World) -> None:
    found = world.measure(refuse_everything)
    assert found["measures"]["faithfulness"]["value"] is None
    assert found["measures"]["abstention_recall"]["value"] == 1.0
    assert found["measures"]["abstention_precision"]["value"] < 0.5
    assert found["counts"]["claims"]["all"] == 0


def test_the_engine_as_it_is_keeps_its_promises(world: World) -> None:
    measures = world.right["measures"]
    for name in ("quote_exactness", "completed"):
        assert measures[name]["value"] == 1.0, name
    # A bare "11" is no statement that could be read.
    assert measures["coverage"]["value"] >= 0.98
    assert measures["faithfulness"]["value"] >= 0.95
    assert measures["vector_recall"]["value"] >= 0.95
    assert world.right["counts"]["answers_with_faults"] == 0


@pytest.fixture
def own_loop() -> Iterator[None]:
    """A loop for what calls ``asyncio.get_event_loop``: llama-index's evaluators make one and leave it open."""
    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)
    yield
    asyncio.set_event_loop(None)
    loop.close()


@pytest.mark.usefixtures("own_loop")
def test_llama_indexs_evaluators_take_our_engine_and_its_responses(world: World) -> None:
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

    engine, llm = world.app.engine, ScriptedLLM()
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

"""The query engine: llama-index's, over our parts, with nothing of its global settings touched."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from index_state import Desk
from llama_index.core.base.response.schema import Response
from llama_index.core.query_engine import RetrieverQueryEngine
from llama_index.core.schema import NodeWithScore, QueryBundle, TextNode

from bot.engine import CitedSynthesizer, NewsResponse, build_engine
from bot.model import Answer, Status
from bot.quote import QuoteAnswerer
from bot.render import answer_to_json
from index.lookup import CatalogReader
from index.model import ArticleRef, Hit, Passage, Span
from index.retriever import HybridRetriever, NewsQuery, from_node, to_node

ROOT = Path(__file__).parent.parent
QUESTION = "How many prisoners were freed in Norwick?"
BODY = "Gunmen freed 300 prisoners in Norwick at dawn, police said. The guards had left the town.\n"


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    made = Desk(tmp_path)
    made.write(
        "jail.md", f"---\ntitle: Jail opened\npublisher: The Post\npublished: 2014-06-11\n---\n\n{BODY}"
    )
    made.write("fair.txt", "Fair\n\nThe fair of Norwick has 40 stalls this year, the mayor said.\n")
    made.sync()
    yield made
    made.close()


class Watching:
    """Answers as the real answerer, and remembers what it was asked and where it ran."""

    def __init__(self, inner: QuoteAnswerer) -> None:
        self.inner = inner
        self.asked: list[tuple[str, date | None]] = []
        self.threads: list[int] = []

    def answer(self, text: str, hits: Any, *, asked_at: date | None = None) -> Answer:
        self.asked.append((text, asked_at))
        self.threads.append(threading.get_ident())
        return self.inner.answer(text, hits, asked_at=asked_at)


@pytest.fixture
def answerer(desk: Desk) -> Iterator[Watching]:
    reader = CatalogReader(desk.catalog)
    with desk.searcher() as searcher:
        yield Watching(
            QuoteAnswerer(searcher=searcher, reader=reader, corpus=desk.corpus, embedder=desk.embedder.name)
        )
    reader.close()


@pytest.fixture
def engine(answerer: Watching) -> RetrieverQueryEngine:
    return build_engine(answerer.inner.searcher, answerer)


def assert_answered(response: object, desk: Desk) -> None:
    assert isinstance(response, Response) and isinstance(response, NewsResponse)
    assert response.answer is not None and response.answer.status is Status.ANSWERED
    assert str(response) == "Gunmen freed 300 prisoners in Norwick at dawn, police said [1]."
    assert response.metadata is not None
    assert response.metadata == answer_to_json(response.answer)
    assert json.loads(json.dumps(response.metadata)) == response.metadata
    (citation,) = response.metadata["citations"]
    text = (desk.corpus / "jail.md").read_text(encoding="utf-8")
    assert text[citation["start"] : citation["end"]] == citation["quote"]
    (source,) = response.source_nodes
    assert isinstance(source.node, TextNode)
    assert source.node.metadata["file"] == "jail.md"
    assert source.node.metadata["published"] == "2014-06-11"
    assert text[source.node.start_char_idx : source.node.end_char_idx] == source.node.text
    assert source.node.metadata["start"] <= citation["start"] < citation["end"] <= source.node.metadata["end"]


def test_a_question_gives_a_response_with_its_proof(engine: RetrieverQueryEngine, desk: Desk) -> None:
    assert isinstance(engine, RetrieverQueryEngine)
    assert_answered(engine.query(QUESTION), desk)


def test_a_question_inside_a_running_loop(engine: RetrieverQueryEngine, desk: Desk) -> None:
    async def ask() -> tuple[object, object]:
        return engine.query(QUESTION), await engine.aquery(QUESTION)

    blocking, awaited = asyncio.run(ask())
    assert_answered(blocking, desk)
    assert_answered(awaited, desk)


def test_awaited_questions_are_answered_off_the_loop(
    engine: RetrieverQueryEngine, answerer: Watching, desk: Desk
) -> None:
    async def ask() -> list[object]:
        return list(await asyncio.gather(*(engine.aquery(QUESTION) for _ in range(4))))

    for response in asyncio.run(ask()):
        assert_answered(response, desk)
    assert threading.get_ident() not in answerer.threads


def test_not_found_has_no_sources(engine: RetrieverQueryEngine) -> None:
    response = engine.query("Which orchestra toured Patagonia?")
    assert isinstance(response, NewsResponse) and response.answer is not None
    assert response.answer.status is Status.NOT_FOUND
    assert response.source_nodes == []
    assert str(response) == "The articles do not say."
    assert response.metadata is not None and response.metadata["reason"]


def test_now_reaches_the_answerer(engine: RetrieverQueryEngine, answerer: Watching) -> None:
    engine.query(NewsQuery(query_str=QUESTION, asked_at=date(2014, 6, 12)))
    engine.query(QueryBundle(QUESTION))
    engine.query(QUESTION)
    assert answerer.asked == [(QUESTION, date(2014, 6, 12)), (QUESTION, None), (QUESTION, None)]


def test_the_retriever_finds_what_search_finds(desk: Desk) -> None:
    with desk.searcher() as searcher:
        hits = searcher.search(QUESTION, 2)
        nodes = HybridRetriever(searcher, k=2).retrieve(QUESTION)
    assert [from_node(node) for node in nodes] == list(hits)
    assert [node.score for node in nodes] == [hit.score for hit in hits]


@pytest.mark.parametrize("published", [None, date(2014, 6, 11)])
def test_a_hit_comes_back_from_a_node_as_it_was(published: date | None) -> None:
    ref = ArticleRef(
        id="1",
        file="a/b.jsonl:3",
        title="Title: “odd” {sic}",
        publisher=None if published else "P",
        authors=("A", "B"),
        url="https://x.example/?a=1",
        published=published,
    )
    passage = Passage(
        id="p",
        article=ref,
        text="  One.\r\nTwo. ",
        start=10,
        end=23,
        line_start=2,
        line_end=3,
        sentences=(Span(12, 16), Span(18, 22)),
    )
    hit = Hit(
        rank=3,
        passage=passage,
        score=0.25,
        cosine=None if published else -0.5,
        copies=(ref,),
        found_by=(("words", 1), ("vectors", 7)),
    )
    assert from_node(to_node(hit)) == hit
    # A node may be stored and read, or ranked anew, on its way.
    node = to_node(hit)
    stored = TextNode.from_dict(json.loads(json.dumps(node.node.to_dict())))
    assert from_node(NodeWithScore(node=stored, score=node.score)) == hit
    node.score = 0.75
    assert from_node(node).score == 0.75


def test_nodes_of_others_are_refused(answerer: Watching) -> None:
    foreign = NodeWithScore(node=TextNode(text="Somebody's text.", metadata={"file": "x.txt"}), score=1.0)
    with pytest.raises(ValueError, match="use HybridRetriever's nodes"):
        from_node(foreign)
    with pytest.raises(ValueError, match=r"lacks \['article', 'end', 'sentences', 'start'\]"):
        CitedSynthesizer(answerer).synthesize(QUESTION, [foreign])


def test_bare_texts_are_refused(answerer: Watching) -> None:
    synthesizer = CitedSynthesizer(answerer)
    with pytest.raises(TypeError, match="cannot be cited"):
        synthesizer.get_response(QUESTION, ["text"])
    with pytest.raises(TypeError, match="cannot be cited"):
        asyncio.run(synthesizer.aget_response(QUESTION, ["text"]))
    assert synthesizer.get_prompts() == {}


_ALONE = """
import json, os, sys
sys.path[:0] = [{root!r}, {tests!r}]
assert "OPENAI_API_KEY" not in os.environ
from pathlib import Path
from llama_index.core.settings import Settings
before = dict(vars(Settings))
from index_state import Desk
from bot.engine import build_engine
from bot.quote import QuoteAnswerer
from index.lookup import CatalogReader
desk = Desk(Path({folder!r}))
with desk.searcher() as searcher:
    reader = CatalogReader(desk.catalog)
    answerer = QuoteAnswerer(searcher=searcher, reader=reader, corpus=desk.corpus, embedder="hash")
    response = build_engine(searcher, answerer).query({question!r})
    reader.close()
desk.close()
print(json.dumps({{
    "text": str(response),
    "changed": sorted(name for name, value in vars(Settings).items() if before.get(name, "none") is not value),
    "set": sorted(name for name, value in before.items() if value is not None),
    "handlers": len(Settings.callback_manager.handlers),
    "loaded": sorted(name for name in sys.modules if name.split(".")[0] in ("openai", "torch", "sentence_transformers")),
    "key": "OPENAI_API_KEY" in os.environ,
}}))
"""


def test_the_global_settings_stay_untouched_and_no_key_is_needed(desk: Desk) -> None:
    desk.close()
    clean = {key: value for key, value in os.environ.items() if not key.startswith(("OPENAI", "DATELINE_"))}
    code = _ALONE.format(root=str(ROOT), tests=str(ROOT / "tests"), folder=str(desk.root), question=QUESTION)
    done = subprocess.run(
        [sys.executable, "-c", code], env=clean, capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert told["text"] == "Gunmen freed 300 prisoners in Norwick at dawn, police said [1]."
    assert told["set"] == []
    # llama-index makes an empty manager of callbacks there when an engine asks whether there is one.
    assert set(told["changed"]) <= {"_callback_manager"} and told["handlers"] == 0
    assert told["loaded"] == [] and told["key"] is False

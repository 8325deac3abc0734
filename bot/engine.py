"""The query engine: llama-index's, over our retriever and our synthesizers."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from llama_index.core.base.response.schema import Response
from llama_index.core.callbacks import CallbackManager
from llama_index.core.instrumentation import get_dispatcher  # type: ignore[attr-defined]
from llama_index.core.instrumentation.events.synthesis import SynthesizeEndEvent, SynthesizeStartEvent
from llama_index.core.llms import MockLLM
from llama_index.core.prompts.mixin import PromptDictType
from llama_index.core.query_engine import RetrieverQueryEngine
from llama_index.core.response_synthesizers import BaseSynthesizer
from llama_index.core.schema import NodeWithScore, QueryBundle, QueryType

from bot.cite import cited_hits
from bot.draft import OnSentence
from bot.model import Answer
from bot.render import answer_text, answer_to_json
from bot.steps import ARTICLES_READ, PASSAGES_READ, Answerer, OnFound, tell_found
from bot.stop import checkpoint
from index.retriever import HybridRetriever, NewsQuery, from_node, to_node
from index.search import Searcher

dispatcher = get_dispatcher(__name__)


@dataclass
class LiveQuery(NewsQuery):
    """A question whose answer is followed: what was found, then sentence by sentence."""

    on_sentence: OnSentence | None = None
    on_found: OnFound | None = None


@dataclass
class NewsResponse(Response):
    """A llama-index response that carries the whole answer.

    Attributes:
        answer: the answer; None only before it is set.
    """

    answer: Answer | None = None


class CitedSynthesizer(BaseSynthesizer):
    """Hands the retrieved passages to an answerer and wraps what it says."""

    def __init__(self, answerer: Answerer) -> None:
        # A synthesizer without an LLM would ask the global settings for one, and they for OpenAI.
        super().__init__(llm=MockLLM(), callback_manager=CallbackManager())
        self._answerer = answerer

    def synthesize(
        self,
        query: QueryType,
        nodes: list[NodeWithScore],
        additional_source_nodes: Sequence[NodeWithScore] | None = None,
        **response_kwargs: Any,
    ) -> NewsResponse:
        """Answer from nodes that HybridRetriever made.

        Returns:
            The text with its marks; ``source_nodes`` are the passages cited, ``metadata`` the JSON of
            the command line's ``ask --json``.
        """
        dispatcher.event(SynthesizeStartEvent(query=query))
        bundle = query if isinstance(query, QueryBundle) else QueryBundle(query)
        asked_at = bundle.asked_at if isinstance(bundle, NewsQuery) else None
        live = {"on_sentence": bundle.on_sentence} if isinstance(bundle, LiveQuery) else {}
        hits = [from_node(node) for node in nodes]
        checkpoint()
        if isinstance(bundle, LiveQuery):
            tell_found(hits, bundle.on_found)
        answer = self._answerer.answer(bundle.query_str, hits, asked_at=asked_at, **live)
        response = NewsResponse(
            response=answer_text(answer),
            source_nodes=[to_node(hit) for hit in cited_hits(answer.hits, answer.citations)],
            metadata=answer_to_json(answer),
            answer=answer,
        )
        dispatcher.event(SynthesizeEndEvent(query=query, response=response))
        return response

    async def asynthesize(
        self,
        query: QueryType,
        nodes: list[NodeWithScore],
        additional_source_nodes: Sequence[NodeWithScore] | None = None,
        **response_kwargs: Any,
    ) -> NewsResponse:
        """Answer in a worker thread, so that the loop goes on meanwhile."""
        return await asyncio.to_thread(self.synthesize, query, nodes, additional_source_nodes)

    def get_response(self, query_str: str, text_chunks: Sequence[str], **response_kwargs: Any) -> str:
        """Refuse: bare strings have no place that could be cited."""
        raise TypeError("bare texts cannot be cited: call synthesize with nodes")

    async def aget_response(self, query_str: str, text_chunks: Sequence[str], **response_kwargs: Any) -> str:
        """Refuse, as ``get_response`` does."""
        return self.get_response(query_str, text_chunks)

    def _get_prompts(self) -> PromptDictType:
        return {}

    def _update_prompts(self, prompts: PromptDictType) -> None:
        """Do nothing: there are no prompts."""


def build_engine(searcher: Searcher, answerer: Answerer) -> RetrieverQueryEngine:
    """Put retriever and synthesizer together.

    Example:
        >>> response = build_engine(searcher, answerer).query("How many prisoners were freed?")
    """
    return RetrieverQueryEngine(
        retriever=HybridRetriever(searcher, k=PASSAGES_READ, whole=ARTICLES_READ),
        response_synthesizer=CitedSynthesizer(answerer),
        callback_manager=CallbackManager(),
    )

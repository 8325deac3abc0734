"""The search as a llama-index retriever, so that it fits into anyone's program."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from llama_index.core.base.base_retriever import BaseRetriever
from llama_index.core.callbacks import CallbackManager
from llama_index.core.schema import MetadataMode, NodeWithScore, QueryBundle, TextNode

from index.model import ArticleRef, Hit, Passage, Span
from index.search import Searcher


@dataclass
class NewsQuery(QueryBundle):
    """A question, what "now" is when it is asked, and the folder of the corpus that it is asked of."""

    asked_at: date | None = None
    folder: str = ""


class HybridRetriever(BaseRetriever):
    """Retrieves passages by words and vectors. Nothing of llama-index's global settings is read.

    Args:
        k: passages found at most.
        whole: of how many articles, the first ones, what was not found is added.
    """

    def __init__(self, searcher: Searcher, *, k: int, whole: int = 0) -> None:
        # Without one of its own, llama-index would put one into the global settings.
        super().__init__(callback_manager=CallbackManager())
        self._searcher = searcher
        self._k = k
        self._whole = whole

    def _retrieve(self, query_bundle: QueryBundle) -> list[NodeWithScore]:
        news = query_bundle if isinstance(query_bundle, NewsQuery) else NewsQuery(query_bundle.query_str)
        hits = self._searcher.search(news.query_str, self._k, asked_at=news.asked_at, folder=news.folder)
        rest = self._searcher.rest_of(news.query_str, hits, self._whole) if self._whole else ()
        return [to_node(hit) for hit in (*hits, *rest)]


def to_node(hit: Hit) -> NodeWithScore:
    """Turn a hit into a node: its text is the passage's, its metadata hold everything else."""
    passage = hit.passage
    metadata: dict[str, Any] = {
        "file": passage.article.file,
        "title": passage.article.title,
        "publisher": passage.article.publisher,
        "authors": list(passage.article.authors),
        "url": passage.article.url,
        "published": passage.article.published.isoformat() if passage.article.published else None,
        "article": passage.article.id,
        "start": passage.start,
        "end": passage.end,
        "line_start": passage.line_start,
        "line_end": passage.line_end,
        "sentences": [list(span) for span in passage.sentences],
        "rank": hit.rank,
        "cosine": hit.cosine,
        "found_by": [list(found) for found in hit.found_by],
        "copies": [_ref_to_dict(copy) for copy in hit.copies],
    }
    shown = ["title", "publisher", "published"]
    node = TextNode(
        id_=passage.id,
        text=passage.text,
        start_char_idx=passage.start,
        end_char_idx=passage.end,
        metadata=metadata,
        excluded_embed_metadata_keys=[key for key in metadata if key != "title"],
        excluded_llm_metadata_keys=[key for key in metadata if key not in shown],
    )
    return NodeWithScore(node=node, score=hit.score)


def from_node(scored: NodeWithScore) -> Hit:
    """Turn a node made by ``to_node`` back into the hit; whatever stood between may have re-ranked it.

    Raises:
        ValueError: the node is not of Dateline's making.
    """
    data = scored.node.metadata
    missing = {"file", "article", "start", "end", "sentences"} - data.keys()
    if missing:
        raise ValueError(f"node {scored.node.node_id} lacks {sorted(missing)}: use HybridRetriever's nodes")
    published = data["published"]
    return Hit(
        rank=data["rank"],
        passage=Passage(
            id=scored.node.node_id,
            article=ArticleRef(
                id=data["article"],
                file=data["file"],
                title=data["title"],
                publisher=data["publisher"],
                authors=tuple(data["authors"]),
                url=data["url"],
                published=date.fromisoformat(published) if published else None,
            ),
            text=scored.node.get_content(MetadataMode.NONE),
            start=data["start"],
            end=data["end"],
            line_start=data["line_start"],
            line_end=data["line_end"],
            sentences=tuple(Span(start, end) for start, end in data["sentences"]),
        ),
        score=float(scored.score or 0.0),
        cosine=data["cosine"],
        copies=tuple(_ref_from_dict(copy) for copy in data["copies"]),
        found_by=tuple((source, rank) for source, rank in data["found_by"]),
    )


def _ref_to_dict(ref: ArticleRef) -> dict[str, Any]:
    return {
        "id": ref.id,
        "file": ref.file,
        "title": ref.title,
        "publisher": ref.publisher,
        "authors": list(ref.authors),
        "url": ref.url,
        "published": ref.published.isoformat() if ref.published else None,
    }


def _ref_from_dict(data: dict[str, Any]) -> ArticleRef:
    published = data["published"]
    return ArticleRef(
        **{
            **data,
            "authors": tuple(data["authors"]),
            "published": date.fromisoformat(published) if published else None,
        }
    )

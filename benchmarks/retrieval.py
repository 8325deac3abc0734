"""Retrieval on RealTimeQA: hit@1, hit@4, hit@10 and MRR@10 of the gold file, and an ablation.

Files are ranked by their best passage. A gold file that is only named as a copy of a passage counts as
not found.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Collection, Sequence
from dataclasses import replace
from functools import cached_property
from pathlib import Path

from benchmarks.figures import hit_at, rank_of, reciprocal_rank, table
from benchmarks.material import (
    DATA,
    OUT,
    NewsQuestion,
    describe_index,
    find_realtimeqa,
    open_app,
    read_questions,
    settings_for,
    unpack_articles,
)
from bot.evals.figures import Figure, mean_with_interval
from bot.settings import Settings
from bot.storage import open_database
from bot.vector_store import open_shelf
from index.embed import Matrix, SentenceTransformerEmbedder
from index.lookup import CatalogReader
from index.model import Hit
from index.rerank import CrossEncoderReranker
from index.search import Searcher, Weights

LISTS = ("words", "vectors", "article_vectors")
# Enough passages for ten files: the further passages of a file are weakened, so few files take many.
PASSAGES = 60
_DEPTHS = (1, 4, 10)


class _PatientEmbedder(SentenceTransformerEmbedder):
    """Remembers every question: the ablation asks each of them many times."""

    @cached_property
    def _known(self) -> dict[str, Matrix]:
        return {}

    def embed_query(self, text: str) -> Matrix:
        if text not in self._known:
            self._known[text] = super().embed_query(text)
        return self._known[text]


class _Bench:
    """One index, searched with different weights."""

    def __init__(self, settings: Settings) -> None:
        self._embedder = _PatientEmbedder(
            settings.embedder, query_prefix=settings.query_prefix, passage_prefix=settings.passage_prefix
        )
        database = open_database(settings)
        self._reader = CatalogReader(database)
        self._vectors = open_shelf(settings, database, self._embedder.fingerprint).store
        self._reranker = CrossEncoderReranker(settings.reranker) if settings.reranker else None

    def searcher(self, weights: Weights) -> Searcher:
        return Searcher(
            reader=self._reader,
            vectors=self._vectors,
            embedder=self._embedder,
            reranker=self._reranker,
            weights=weights,
        )

    def close(self) -> None:
        self._vectors.close()
        self._reader.close()


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of this part."""
    parser.add_argument("--data", type=Path, default=DATA, help="folder that holds realtimeqa/ (%(default)s)")
    parser.add_argument("--index", type=Path, help="an index over the unpacked articles; else one is built")
    parser.add_argument("--no-ablation", action="store_true", help="leave the ablation out")


def run(given: argparse.Namespace) -> int:
    """Measure and print. Returns the exit code."""
    folder = find_realtimeqa(given.data)
    if folder is None:
        return 0
    questions = [question for question in read_questions(folder) if question.gold_files]
    corpus = OUT / "realtimeqa"
    if given.index is None:
        unpack_articles(folder, corpus)
    index = given.index or OUT / "realtimeqa.index"
    app = open_app(corpus, index, given=given.index is not None)
    about = describe_index(app)
    app.close()
    bench = _Bench(settings_for(corpus, index))
    try:
        print(
            f"## Retrieval, RealTimeQA, public half, {len(questions)} questions with a gold file\n\n{about}"
        )
        print("In brackets: 95 % bootstrap interval over questions.\n")
        print(_main_table(bench.searcher(Weights()), questions))
        if not given.no_ablation:
            print("\n### Ablation\n")
            print(_ablation_table(bench, questions))
    finally:
        bench.close()
    return 0


def _main_table(searcher: Searcher, questions: Sequence[NewsQuestion]) -> str:
    rows = []
    for name, dated in (("no date", False), ("with asked_at", True)):
        ranks = find_ranks(searcher.search, questions, dated=dated)
        rows.append((name, *(str(figure) for figure in summarize(ranks)), len(ranks)))
    return table(("", *(f"hit@{k}" for k in _DEPTHS), "MRR@10", "questions"), rows)


def _ablation_table(bench: _Bench, questions: Sequence[NewsQuestion]) -> str:
    whole = Weights()
    variants = [("all lists", whole)]
    for name in LISTS:
        alone = replace(whole, **{other: 0.0 for other in LISTS if other != name})
        variants.append((f"{name} alone", alone))
    variants += [(f"without {name}", replace(whole, **{name: 0.0})) for name in LISTS]
    rows = []
    for label, weights in variants:
        searcher = bench.searcher(weights)
        cells: list[str] = []
        for dated in (False, True):
            figures = summarize(find_ranks(searcher.search, questions, dated=dated))
            cells += [f"{figure.value:.3f}" for figure in figures]
        rows.append((label.replace("_", " "), *cells, len(questions)))
    head = [
        f"{measure}{mark}" for mark in ("", ", dated") for measure in ("hit@1", "hit@4", "hit@10", "MRR@10")
    ]
    return table(("lists", *head, "questions"), rows)


def find_ranks(
    search: Callable[..., Sequence[Hit]], questions: Sequence[NewsQuestion], *, dated: bool
) -> list[int | None]:
    """Return for each question the rank of its best gold file; None where none was found."""
    ranks = []
    for question in questions:
        hits = search(question.text, PASSAGES, asked_at=question.asked_at if dated else None)
        ranks.append(best_rank([hit.passage.article.file for hit in hits], question.gold_files))
    return ranks


def best_rank(files: Sequence[str], gold: Collection[str]) -> int | None:
    """Return the rank of the best gold file, files being ranked by their best passage.

    Args:
        files: of the passages found, the nearest first.
    """
    return rank_of(list(dict.fromkeys(files)), gold)


def summarize(ranks: Sequence[int | None]) -> tuple[Figure, ...]:
    """Return hit@1, hit@4, hit@10 and MRR@10, each with its interval."""
    hits = (mean_with_interval([hit_at(rank, k) for rank in ranks]) for k in _DEPTHS)
    return (*hits, mean_with_interval([reciprocal_rank(rank, 10) for rank in ranks]))

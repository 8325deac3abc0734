"""Hybrid search: words and vectors, passages and articles, fused into one ranking."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from datetime import date
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from index.catalog import Collection
from index.embed import Embedder
from index.errors import QueryError, StoreError
from index.fusion import Candidate, collapse, cosine, order
from index.lookup import CatalogReader
from index.matching import Matcher, shares
from index.model import Hit, Passage
from index.recipe import mismatch, recipe_of
from index.rerank import Reranker
from index.rest import find_rest
from index.snapshot import Row, Snapshot
from index.vectors import Nearest, VectorStore
from index.vocabulary import Vocabulary
from index.when import date_preference
from index.wording import content_words
from index.words import Term, find_terms, match_query, rarest

log = logging.getLogger(__name__)

MAX_QUERY_CHARS = 4000


@dataclass(frozen=True, slots=True, kw_only=True)
class Weights:
    """How much each list counts, set on the public half of RealTimeQA (see benchmarks/)."""

    words: float = 1.0
    vectors: float = 0.5
    article_vectors: float = 1.0
    # Meaning and words of the best single sentence of a passage; the question's words in its title.
    sentence: float = 1.0
    title_words: float = 0.5
    reranked: float = 3.0
    # What a title's word counts in BM25, against 1 in the text.
    title: float = 4.0
    # What a further passage of an article keeps of its score.
    again: float = 0.6


# How deep each list is read. Below the hundredth place a list adds next to nothing to the sum.
_PASSAGES_DEEP = 100
_ARTICLES_DEEP = 50
# Rows scored for each place of a list of words, those that hold the rarest ones. Of the first hundred places
# 97 % stayed the same, of the first twenty 99.6 %, over 227 questions of RealTimeQA; it takes half the time.
_SCORED = 20
# Passages read word by word.
_READ = 48
# Ghosts are dropped after Chroma has answered, so more is asked for than needed.
_SPARE = 20
# Passages whose sentences are embedded at the question, while the index is filling.
_EMBEDDED_LATE = 6
# Questions whose words and vector are kept.
_REMEMBERED = 64
# Passages from all over the index whose words are looked up beforehand; they hold most words of most passages.
_WARMED = 1500
# A cross-encoder runs once for each passage, so only the first are ranked anew.
_RERANKED = 30


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """What a query and the passages found for it have in common.

    Attributes:
        terms: the words that were looked for.
        cosines: by passage id, the cosine of the query and each of the passage's sentences.
        vectors: by passage id, the sentences' unit vectors, shape (sentences, dim).
        matcher: compares the words that were looked for with those of the passages and their titles.
    """

    terms: tuple[Term, ...]
    cosines: dict[str, NDArray[np.float32]]
    vectors: dict[str, NDArray[np.float32]]
    matcher: Matcher


class Searcher:
    """Answers queries from what is live in one index."""

    def __init__(
        self,
        *,
        reader: CatalogReader,
        vectors: VectorStore,
        embedder: Embedder,
        reranker: Reranker | None = None,
        weights: Weights | None = None,
    ) -> None:
        self._reader = reader
        self._vectors = vectors
        self._embedder = embedder
        self._reranker = reranker
        self._weights = weights or Weights()
        self._seen = ("", 0)
        # Told to whoever asked, while others ask at the same time.
        self._own = threading.local()
        self._warned_of = ""
        self._refreshing = threading.Lock()
        self._beside = ThreadPoolExecutor(thread_name_prefix="embed-query")
        self._is_loaded = False
        # The same question is searched and then read sentence by sentence.
        self._terms: dict[tuple[str, str, str], tuple[Term, ...]] = {}
        self._embed_query: Callable[[str], NDArray[np.float32]] = lru_cache(maxsize=_REMEMBERED)(
            embedder.embed_query
        )
        self._vocabulary = Vocabulary(embedder.embed_words)
        self._matcher_of: Callable[[tuple[Term, ...]], Matcher] = lru_cache(maxsize=_REMEMBERED)(
            lambda terms: Matcher(terms, self._vocabulary)
        )

    def search(
        self, query: str, k: int, *, asked_at: date | None = None, folder: str = ""
    ) -> tuple[Hit, ...]:
        """Find passages.

        Args:
            query: words or a question.
            k: most hits, from 1.
            asked_at: what "now" is; articles near it are preferred, and "last week" is told from it.
            folder: below the corpus folder, with ``/``; only files in it are found. "" for all.

        Returns:
            At most k hits, best first; none when neither words nor vectors find anything.

        Raises:
            QueryError: the query is empty or too long.
            StoreError: there is no index, or it was built with other settings.
            EmbeddingError: the model cannot be loaded or run.
        """
        cleaned = _clean(query)
        if k < 1:
            raise ValueError(f"k must be at least 1, got {k}")
        with self._reader.snapshot() as view:
            self._check(view)
        if not self._is_loaded:
            # Outside the snapshot: loading the model takes seconds, and would keep the log from being folded.
            self._embed_query(cleaned)
            self._is_loaded = True
        # SQLite looks for the words while the model reads the question.
        vector = self._beside.submit(self._embed_query, cleaned)
        with self._reader.snapshot() as view:
            self._check(view)
            return self._find(view, cleaned, vector, k, asked_at, folder)

    def warm_up(self) -> None:
        """Do what the first questions would have to wait for: open the index, look up the articles' common words.

        Raises as ``search`` does.
        """
        self.search("news", 1)
        with self._reader.snapshot() as view:
            texts = view.sample(_WARMED)
        for text in texts:
            self._vocabulary.number(content_words(text))

    def rest_of(self, query: str, hits: Sequence[Hit], articles: int) -> tuple[Hit, ...]:
        """Return what the first articles hold besides the passages found in them. See ``find_rest``."""
        vector = self._embed_query(_clean(query))
        with self._reader.snapshot() as view:
            return find_rest(view, vector, hits, articles)

    def read(self, query: str, passages: Sequence[Passage]) -> Evidence:
        """Compare a query with passages sentence by sentence.

        Sentences whose vectors are still to come are embedded now, so this takes longer while the
        index is filling. Raises as ``search`` does.
        """
        cleaned = _clean(query)
        vector = self._embed_query(cleaned)
        with self._reader.snapshot() as view:
            terms = self._terms_of(view, cleaned)
            vectors = view.sentence_vectors([passage.id for passage in passages])
        lacking = [passage for passage in passages if passage.id not in vectors][:_EMBEDDED_LATE]
        for passage in lacking:
            texts = [passage.text[a - passage.start : b - passage.start] for a, b in passage.sentences]
            vectors[passage.id] = self._embedder.embed_sentences(texts)
        return Evidence(
            terms=terms,
            cosines={item: matrix @ vector for item, matrix in vectors.items()},
            vectors=vectors,
            matcher=self._matcher(terms, passages),
        )

    def notes(self, hits: Sequence[Hit]) -> tuple[str, ...]:
        """Say what a reader should know of how these hits were found, in the thread that has searched."""
        trouble: str = getattr(self._own, "trouble", "")
        notes = [trouble] if trouble else []
        if any(hit.cosine is None for hit in hits) and not trouble:
            notes.append("the index is still filling: some passages are found by their words alone so far")
        return tuple(notes)

    def digest(self) -> str:
        """Return 16 hexadecimal digits that stand for what is live."""
        return self._reader.digest()

    def _check(self, view: Snapshot) -> None:
        if view.meta("recipe") != recipe_of(self._embedder):
            raise mismatch(self._embedder, view.meta("embedder"), view.meta("recipe"))
        built, generation = view.meta("built"), int(view.meta("vector_generation") or 0)
        with self._refreshing:
            known, seen = self._seen
            # Opening the vectors anew takes its time: once for a generation, and not for a question that
            # still looks at the one before.
            if known and (built != known or generation > seen):
                self._vectors.refresh()
            if built != known or generation > seen:
                self._seen = (built, generation)

    def _find(
        self,
        view: Snapshot,
        query: str,
        embedded: Future[NDArray[np.float32]],
        k: int,
        asked_at: date | None,
        folder: str,
    ) -> tuple[Hit, ...]:
        weights = self._weights
        self._own.trouble = ""
        terms = self._terms_of(view, query)
        deep = max(_PASSAGES_DEEP, 2 * k)
        candidates: dict[int, Candidate] = {}

        words = match_query(terms)
        ranked = []
        if words:
            among = match_query(rarest(terms, _SCORED * deep))
            ranked = view.match(words, deep, weights.title, among=among, folder=folder)
        vector = embedded.result()
        rows = view.rows([row for row, _ in ranked])
        _credit(candidates, "words", [rows[row] for row, _ in ranked if row in rows], weights.words)
        nearest = self._nearest(view, "passages", vector, deep, folder)
        by_item = view.rows_of_items([near.item for near in nearest])
        near_rows = [by_item[near.item] for near in nearest if near.item in by_item][:deep]
        _credit(candidates, "vectors", near_rows, weights.vectors)

        near_articles = self._nearest(view, "articles", vector, _ARTICLES_DEEP, folder)
        live = view.articles_of_items([near.item for near in near_articles])
        articles = [live[near.item] for near in near_articles if near.item in live][:_ARTICLES_DEEP]
        self._credit_articles(view, candidates, articles)

        self._prefer_dates(query, candidates, asked_at)
        ranked_candidates = order(candidates)[: max(2 * k, _READ)]
        passages = view.passages([candidate.row for candidate in ranked_candidates])
        self._credit_sentences(view, terms, vector, ranked_candidates, passages)
        if self._reranker is not None:
            self._rerank(query, ranked_candidates, passages)
        ranked_candidates.sort(key=lambda candidate: (-candidate.score, candidate.item))
        keys = {row.row: row.key for row in view.rows([c.row for c in ranked_candidates]).values()}
        stored = view.vectors(keys.values())
        vectors = [stored.get(keys[candidate.row]) for candidate in ranked_candidates]
        for candidate, own in zip(ranked_candidates, vectors, strict=True):
            candidate.cosine = cosine(own, vector)
        return tuple(collapse(ranked_candidates, passages, vectors, weights.again)[:k])

    def _nearest(
        self, view: Snapshot, collection: Collection, vector: NDArray[np.float32], k: int, folder: str
    ) -> list[Nearest]:
        """Ask the vector index; without it, words alone find what they can, and ``notes`` says so.

        Chroma knows no folders, and a graph searched through a filter misses what is near. Within a
        folder every vector of the catalog is compared instead.
        """
        if folder:
            items, vectors = view.vectors_within(collection, folder)
            if not items:
                return []
            cosines = vectors @ vector / np.linalg.norm(vectors, axis=1)
            best = sorted(range(len(items)), key=lambda index: (-cosines[index], items[index]))[: k + _SPARE]
            return [Nearest(items[index], float(cosines[index])) for index in best]
        try:
            nearest = self._vectors.query(collection, vector, k + _SPARE)
        except StoreError as exc:
            self._warn(str(exc))
            return []
        if not nearest and view.state("").vectors_pending < view.count_passages():
            # A server that was given an empty disk answers like one that holds nothing near.
            self._warn("the vector index holds nothing: run `dateline index`; nothing is embedded again")
        elif not getattr(self._own, "trouble", ""):
            self._warned_of = ""
        return sorted(nearest, key=lambda near: (-near.cosine, near.item))

    def _warn(self, trouble: str) -> None:
        """Keep for ``notes`` that vectors were not asked; log it once, not with each question."""
        mend = trouble.rpartition(": ")[2]
        self._own.trouble = f"the vector index cannot be used, so this was found by words alone: {mend}"
        if trouble != self._warned_of:
            log.warning("%s", trouble)
            self._warned_of = trouble

    def _credit_articles(
        self,
        view: Snapshot,
        candidates: dict[int, Candidate],
        articles: Sequence[int],
    ) -> None:
        """Credit an article's rank to its passages that were found; to its opening where none was."""
        found: dict[int, list[Candidate]] = {}
        for candidate in candidates.values():
            found.setdefault(candidate.article, []).append(candidate)
        lacking = [article for article in articles if article not in found]
        openings = view.openings(lacking)
        for rank, article in enumerate(articles, start=1):
            for candidate in found.get(article, ()):
                candidate.add("article vectors", rank, self._weights.article_vectors)
            if article not in found and article in openings:
                _candidate(candidates, openings[article]).add(
                    "article vectors", rank, self._weights.article_vectors
                )

    def _prefer_dates(self, query: str, candidates: dict[int, Candidate], asked_at: date | None) -> None:
        prefer = date_preference(query, asked_at)
        for candidate in candidates.values():
            candidate.prefer(prefer(candidate.published))

    def _terms_of(self, view: Snapshot, query: str) -> tuple[Term, ...]:
        key = (view.meta("built"), view.meta("generation"), query)
        terms = self._terms.get(key)
        if terms is None:
            if len(self._terms) >= _REMEMBERED:
                self._terms.clear()
            terms = self._terms[key] = find_terms(view, query)
        return terms

    def _matcher(self, terms: tuple[Term, ...], passages: Sequence[Passage]) -> Matcher:
        texts = [passage.article.title for passage in passages]
        texts += [
            passage.text[a - passage.start : b - passage.start]
            for passage in passages
            for a, b in passage.sentences
        ]
        self._vocabulary = self._vocabulary.current()
        matcher = self._matcher_of(terms)
        matcher.read(texts)
        return matcher

    def _credit_sentences(
        self,
        view: Snapshot,
        terms: tuple[Term, ...],
        vector: NDArray[np.float32],
        ranked: Sequence[Candidate],
        passages: dict[int, Passage],
    ) -> None:
        """Rank what was found once more by its best sentence and by its title."""
        matcher = self._matcher(terms, list(passages.values()))
        vectors = view.sentence_vectors([passages[candidate.row].id for candidate in ranked])
        by_sentence, by_title = [], []
        for candidate in ranked:
            passage = passages[candidate.row]
            found = [
                matcher.found(passage.text[a - passage.start : b - passage.start])
                for a, b in passage.sentences
            ]
            met = shares(np.stack([*found, matcher.found(passage.article.title)]), matcher.weights)
            own = vectors.get(passage.id)
            cosines = own @ vector if own is not None and len(own) == len(found) else np.zeros(len(found))
            by_sentence.append(float((met[:-1] + cosines).max()))
            by_title.append(float(met[-1]))
        for source, values, weight in (
            ("sentence", by_sentence, self._weights.sentence),
            ("title words", by_title, self._weights.title_words),
        ):
            best = sorted(range(len(ranked)), key=lambda index: -values[index])
            for rank, index in enumerate(best, start=1):
                if values[index] > 0:
                    ranked[index].add(source, rank, weight)

    def _rerank(self, query: str, ranked: Sequence[Candidate], passages: dict[int, Passage]) -> None:
        assert self._reranker is not None
        top = [candidate for candidate in ranked if candidate.row in passages][:_RERANKED]
        scores = self._reranker.score(query, [passages[candidate.row].text for candidate in top])
        best = sorted(range(len(top)), key=lambda index: (-scores[index], top[index].item))
        for rank, index in enumerate(best, start=1):
            top[index].add("reranker", rank, self._weights.reranked)


def _candidate(candidates: dict[int, Candidate], row: Row) -> Candidate:
    if row.row not in candidates:
        candidates[row.row] = Candidate(
            row=row.row, item=row.item, article=row.article, published=row.published
        )
    return candidates[row.row]


def _credit(candidates: dict[int, Candidate], source: str, rows: Sequence[Row], weight: float) -> None:
    for rank, row in enumerate(rows, start=1):
        _candidate(candidates, row).add(source, rank, weight)


def _clean(query: str) -> str:
    cleaned = " ".join(query.split())
    if not cleaned:
        raise QueryError("the question is empty: ask something")
    if len(cleaned) > MAX_QUERY_CHARS:
        raise QueryError(
            f"the question has {len(cleaned)} characters; {MAX_QUERY_CHARS} are read: shorten it"
        )
    return cleaned

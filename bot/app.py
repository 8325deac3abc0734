"""Names every real part, once, and hands them to whoever asks."""

from __future__ import annotations

import dataclasses
import gc
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import date
from functools import partial
from typing import TYPE_CHECKING, Any

from bot.followup import FollowUp, resolve_follow_up
from bot.health import Health
from bot.judges import build_judge
from bot.model import Answer, IndexStatus, Sentence, Turn, Usage
from bot.places import below
from bot.quote import QuoteAnswerer
from bot.settings import Settings
from bot.steps import Answerer, find_and_answer
from bot.stop import checkpoint
from bot.storage import open_database
from bot.vector_store import open_shelf
from index.blas import multiply_in_one_thread
from index.drift import Drift, find_drift
from index.embed import SentenceTransformerEmbedder
from index.errors import StoreError
from index.exact import CatalogVectors, ExactSearch
from index.follows import load_model
from index.heap import use_one_heap
from index.lookup import CatalogReader
from index.model import ArticleRef, Hit
from index.rerank import CrossEncoderReranker
from index.search import Searcher
from index.sweep import SweptVectors
from index.sync import RebuildReport, Syncer, SyncProgress, SyncReport
from index.trouble import is_disk_full, may_write
from index.vectors import VectorStore
from index.verify import Verifier, VerifyReport

if TYPE_CHECKING:
    from llama_index.core.query_engine import RetrieverQueryEngine

    from bot.llm import LLM


class App:
    """One corpus folder, its index, and the models, loaded when they are first needed.

    As soon as there is one, numpy multiplies in one thread, and new threads share one heap.
    """

    def __init__(self, settings: Settings, *, once: bool = False) -> None:
        """Name the parts.

        Args:
            once: one question is asked and no more, so what is slow to start and fast afterwards is left out.
        """
        multiply_in_one_thread()
        use_one_heap()
        self._settings = settings
        self._embedder = SentenceTransformerEmbedder(
            settings.embedder, query_prefix=settings.query_prefix, passage_prefix=settings.passage_prefix
        )
        self._database = open_database(settings)
        self._reader = CatalogReader(self._database)
        self._shelf = open_shelf(settings, self._database, self._embedder.fingerprint)
        self._health = Health(
            settings, database=self._database, reader=self._reader, shelf=self._shelf, embedder=self._embedder
        )
        self._store, chroma = self._shelf.store, self._shelf.folder
        # Chroma opens no folder that it cannot write into: the catalog's own vectors are asked there.
        frozen = chroma is not None and (not may_write(chroma) or is_disk_full(settings.index))
        self._vectors: VectorStore = CatalogVectors(self._database) if frozen else self._store
        # A folder of Chroma's own is left unopened for one question; a server is asked as it was told.
        if once and chroma is not None and self._reader.is_small():
            self._vectors = SweptVectors(self._database)
        self._searcher = Searcher(
            reader=self._reader,
            vectors=self._vectors,
            embedder=self._embedder,
            reranker=CrossEncoderReranker(settings.reranker) if settings.reranker else None,
        )
        self._once = once
        self._engine: RetrieverQueryEngine | None = None
        self._answerer: Answerer | None = None
        self._llm: LLM | None = None
        self._exact: ExactSearch | None = None
        self._lock = threading.Lock()

    @property
    def engine(self) -> RetrieverQueryEngine:
        """The llama-index query engine; ``engine.query("…")`` gives a response with its proof."""
        with self._lock:
            if self._engine is None:
                from bot.engine import build_engine

                self._engine = build_engine(self._searcher, self._build_answerer())
            return self._engine

    def _build_answerer(self) -> Answerer:
        """Build the quoting answerer, and put the LLM that is set before it."""
        quoter = QuoteAnswerer(
            searcher=self._searcher,
            reader=self._reader,
            corpus=self._settings.corpus,
            embedder=self._embedder.name,
            min_confidence=self._settings.min_confidence,
        )
        if not self._settings.llm:
            return quoter
        from bot.provider import open_llm
        from bot.write import WritingAnswerer

        self._llm = open_llm(self._settings)
        return WritingAnswerer(
            llm=self._llm,
            # An NLI model does not compare numbers and names, so what is shown is held against ours alone.
            judge=build_judge(),
            quoter=quoter,
            reader=self._reader,
            corpus=self._settings.corpus,
            timeout_s=self._settings.llm_timeout,
        )

    def sync(
        self, paths: Sequence[str] = (), progress: Callable[[SyncProgress], None] | None = None
    ) -> SyncReport:
        """Bring the index in step with the folder, or with some paths of it. See Syncer.run."""
        return self._syncer().run([below(self._settings.corpus, path) for path in paths], progress)

    def rebuild(self, progress: Callable[[SyncProgress], None] | None = None) -> RebuildReport:
        """Derive the vector index anew from the catalog, without embedding. See Syncer.rebuild."""
        return self._syncer().rebuild(progress)

    def verify(self) -> VerifyReport:
        """Look the whole index through, and change nothing. See Verifier.run."""
        verifier = Verifier(
            index=self._settings.index,
            chroma=self._shelf.folder,
            embedder=self._embedder,
            vectors=self._store,
            database=self._database,
        )
        return verifier.run()

    def _syncer(self) -> Syncer:
        return Syncer(
            corpus=self._settings.corpus,
            index=self._settings.index,
            embedder=self._embedder,
            vectors=self._store,
            max_file_mb=self._settings.max_file_mb,
            database=self._database,
        )

    def drift(self, paths: Sequence[str] = ()) -> Drift:
        """Tell what has changed in the folder since it was indexed, or in some indexed files of it.

        Raises:
            ConfigError: there is no such folder, or it may not be read.
        """
        with self._reader.snapshot() as view:
            digests = view.digests()
            skipped = {item.file for item in view.skipped()}
        return find_drift(
            self._settings.corpus,
            digests,
            skipped=skipped,
            max_bytes=int(self._settings.max_file_mb * 1024 * 1024),
            paths=paths,
        )

    def ask(
        self,
        question: str,
        *,
        asked_at: date | None = None,
        history: Sequence[Turn] = (),
        folder: str = "",
        on_read: Callable[[str], None] | None = None,
        on_found: Callable[[int, int], None] | None = None,
        on_sentence: Callable[[Sentence], None] | None = None,
    ) -> Answer:
        """Answer a question.

        Args:
            asked_at: what "now" is.
            folder: below the corpus folder; only files in it are read. "" for all.
            history: the turns before, the latest last. They complete the question ("And in Tikrit?") and
                are no source.
            on_read: called with the question as it was read, where that is not as it was asked.
            on_found: called with how many passages were found, and in how many articles.
            on_sentence: called with each sentence as soon as it may be shown; nothing shown is taken back.

        Raises:
            QueryError: the question is empty or too long.
            StoreError: there is no index, or it does not fit the settings.
            EmbeddingError: the model cannot be loaded or run.
            StoppedError, TooLongError: what ``bot.stop`` says of it.
        """
        self._health.check_ready()
        put = self._open_steps() if self._once else self._open_engine()
        started = time.perf_counter()
        follow_up, spent_on_it = self._resolve(question, history)
        checkpoint()
        if follow_up.changed and on_read is not None:
            on_read(follow_up.rewritten)
        answer = put(
            follow_up.rewritten,
            asked_at=asked_at,
            folder=folder.strip("/"),
            on_found=on_found,
            on_sentence=on_sentence,
        )
        total = (time.perf_counter() - started) * 1000
        spent = answer.timings
        timings = dataclasses.replace(spent, retrieve=total - spent.answer - spent.check, total=total)
        asked = follow_up.rewritten if follow_up.changed else None
        if spent_on_it is not None:
            answer = _count_in(answer, spent_on_it)
        return dataclasses.replace(answer, question=question, asked=asked, timings=timings)

    def _open_engine(self) -> Callable[..., Answer]:
        engine = self.engine
        from bot.engine import LiveQuery, NewsResponse

        def put(text: str, **options: Any) -> Answer:
            response = engine.query(LiveQuery(query_str=text, **options))
            assert isinstance(response, NewsResponse)
            assert response.answer is not None
            return response.answer

        return put

    def _open_steps(self) -> Callable[..., Answer]:
        if self._answerer is None:
            self._answerer = self._build_answerer()
        return partial(find_and_answer, self._searcher, self._answerer)

    def _resolve(self, question: str, history: Sequence[Turn]) -> tuple[FollowUp, Usage | None]:
        """Make a follow-up self-contained: by the LLM where one is set, by rules otherwise.

        Returns:
            The question as it is read, and what the LLM took for it; None where it was not asked.
        """
        if self._llm is None or not history:
            return resolve_follow_up(question, history), None
        from bot.patience import Completer
        from bot.rewriter import ModelFollowUps

        model = Completer(self._llm, timeout_s=self._settings.llm_timeout)
        return ModelFollowUps(model=model).resolve(question, history), model.usage

    def search(
        self, query: str, k: int, *, asked_at: date | None = None, folder: str = ""
    ) -> tuple[Hit, ...]:
        """Find up to ``k`` passages, best first, in all files or those of a folder. Raises as ``ask`` does."""
        self._health.check_ready()
        return self._searcher.search(query, k, asked_at=asked_at, folder=folder.strip("/"))

    def vector_recall(self, query: str, k: int) -> tuple[int, int]:
        """Count how many of the k passages nearest to a query the vector index finds, and how many there are.

        Raises as ``ask`` does.
        """
        self._health.check_ready()
        vector = self._embedder.embed_query(query)
        with self._reader.snapshot() as view:
            # What was read once is kept: an evaluation asks a thousand times.
            if self._exact is None:
                self._exact = ExactSearch(view)
            nearest = [near.item for near in self._vectors.query("passages", vector, 2 * k)]
            # Some of what Chroma holds may no longer be live.
            live = view.rows_of_items(nearest)
        return self._exact.count_nearest(vector, [item for item in nearest if item in live][:k], k)

    def text_of(self, file: str) -> str:
        """Return a file's text as the index sees it. Raises StoreError when it is not indexed."""
        with self._reader.snapshot() as view:
            text = view.text_of(file)
        if text is None:
            raise StoreError(f"{file} is not indexed: see `dateline status` for files that were skipped")
        return text

    def files(self) -> tuple[str, ...]:
        """Return the indexed files."""
        with self._reader.snapshot() as view:
            return view.files()

    def articles(self) -> tuple[ArticleRef, ...]:
        """Return what is known about the indexed articles, by file."""
        with self._reader.snapshot() as view:
            return view.articles()

    def titles(self) -> tuple[str, ...]:
        """Return the titles of the indexed articles."""
        with self._reader.snapshot() as view:
            return view.titles()

    def status(self) -> IndexStatus:
        """Tell what the index holds and what is amiss, each trouble with its mend."""
        return self._health.status()

    def warm_up(self) -> None:
        """Load the models and the engine, so that the first question need not wait for them."""
        _ = self.engine
        self._embedder.embed_query("warm")
        if self._llm is not None:
            load_model()  # what an LLM writes is judged
        # What is wrong with the index is told when it is asked.
        with suppress(StoreError):
            self._searcher.warm_up()
        # The half million objects of the libraries stay; looked through again, they would hold up a question
        # now and then for a tenth of a second.
        gc.freeze()

    def close(self) -> None:
        """Let go of files and models."""
        if self._llm is not None:
            self._llm.close()
        self._vectors.close()
        self._store.close()
        self._reader.close()


def build(settings: Settings, *, once: bool = False) -> App:
    """Build the application, for one question or for many. Models load when they are first needed.

    Raises:
        ConfigError, EmbeddingError: the settings name a model that is not there.
    """
    return App(settings, once=once)


def _count_in(answer: Answer, usage: Usage) -> Answer:
    """Add what an LLM did for the question, before it was answered, to what it did for the answer."""
    from bot.rewriter import PROMPT
    from prompts import load

    prompts = (*answer.engine.prompts, (PROMPT, load(PROMPT).hash))
    total = (answer.usage or Usage()) + usage
    return dataclasses.replace(
        answer,
        engine=dataclasses.replace(answer.engine, prompts=prompts),
        usage=total if total != Usage() else None,
    )

"""What is done to the archive at each size, every step in a process of its own, so that its memory is its own."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from benchmarks.invented import Invention, Seedbed, invent
from benchmarks.material import settings_for
from benchmarks.processes import memory_mib
from benchmarks.recall import find_exact
from bot.app import build
from bot.steps import PASSAGES_READ
from bot.vector_store import VECTORS_FOLDER
from index.catalog import Staged, open_catalog
from index.chroma import ChromaStore
from index.codes import to_halves, to_levels
from index.embed import Matrix, SentenceTransformerEmbedder
from index.filling import VectorFiller
from index.lookup import CatalogReader
from index.progress import SyncProgress
from index.recipe import recipe_of
from index.sync import CATALOG_FILE, Syncer
from index.vectors import MemoryStore, Nearest

T = TypeVar("T")
R = TypeVar("R")

_FILES_A_BATCH = 64
# As the search asks: a hundred, and some more for what is no longer live.
_DEEP = 120
_WARM_UP = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Archive:
    """Where an invented archive lies."""

    root: Path

    @property
    def corpus(self) -> Path:
        """The folder of articles."""
        return self.root / "corpus"

    @property
    def index(self) -> Path:
        """The folder of the index."""
        return self.root / "index"

    @property
    def catalog(self) -> Path:
        """The catalog in it."""
        return self.index / CATALOG_FILE

    @property
    def chroma(self) -> Path:
        """Chroma's folder in it."""
        return self.index / VECTORS_FOLDER


@dataclass(frozen=True, slots=True, kw_only=True)
class Spent:
    """Seconds on the clock, and of processor time, which a busy machine does not lengthen."""

    clock: float
    processor: float

    def __add__(self, other: Spent) -> Spent:
        """Add up."""
        return Spent(clock=self.clock + other.clock, processor=self.processor + other.processor)

    def __sub__(self, other: Spent) -> Spent:
        """Return what was spent from another moment to this one."""
        return Spent(clock=self.clock - other.clock, processor=self.processor - other.processor)


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """What writing articles into the catalog took; peak of the process in MiB."""

    articles: int
    passages: int
    spent: Spent
    peak_mib: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Synced:
    """What a sync took: in all, from the first vector on, and bytes that it had written to disk."""

    spent: Spent
    on_vectors: Spent
    written: int
    peak_mib: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Queried:
    """The vector index alone: seconds to open it, what each query found, how long each took."""

    open_seconds: float
    milliseconds: tuple[float, ...]
    found: tuple[tuple[str, ...], ...]
    memory_mib: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A whole program: milliseconds of each search and of each question, seconds of ``dateline status``."""

    searches: tuple[float, ...]
    questions: tuple[float, ...]
    answered: int
    status_seconds: float
    memory_mib: float


def write_articles(archive: Archive, bed: Seedbed, wanted: int, seed: int) -> Written:
    """Invent articles until the catalog holds ``wanted`` passages, as a sync would write them.

    Their files are written too, so that a sync finds what it expects. Only the catalog's time counts.
    """
    embedder = SentenceTransformerEmbedder()
    recipe = recipe_of(embedder)
    filler = VectorFiller(embedder, MemoryStore())
    spent = Spent(clock=0.0, processor=0.0)
    archive.index.mkdir(parents=True, exist_ok=True)
    with open_catalog(archive.catalog) as catalog:
        articles, passages = catalog.count_live()
        with catalog.transaction():
            catalog.set_meta("recipe", recipe)
            catalog.set_meta("embedder", embedder.name)
        while passages < wanted:
            batch: list[Invention] = []
            while len(batch) < _FILES_A_BATCH and passages < wanted:
                batch.append(invent(bed, articles, recipe=recipe, seed=seed))
                articles += 1
                passages += len(batch[-1].passages)
            staged = [_stage(invention, filler) for invention in batch]
            for invention in batch:
                file = archive.corpus / invention.document.file
                file.parent.mkdir(parents=True, exist_ok=True)
                file.write_bytes(invention.data)
            started = _now()
            with catalog.transaction():
                for each in staged:
                    catalog.go_live(catalog.stage(each))
                catalog.bump("generation")
            with catalog.transaction():
                for invention, each in zip(batch, staged, strict=True):
                    catalog.put_vectors(
                        (key, vector, to_levels(rows))
                        for key, vector, rows in zip(
                            each.passage_keys, to_halves(invention.vectors), invention.sentences, strict=True
                        )
                    )
            spent += _now() - started
        started = _now()
        catalog.checkpoint()
        spent += _now() - started
    return Written(articles=articles, passages=passages, spent=spent, peak_mib=_peak())


def _stage(invention: Invention, filler: VectorFiller) -> Staged:
    keys = tuple(filler.key_of(passage) for passage in invention.passages)
    prefix = invention.passages[0].id.rpartition(":")[0]
    return Staged(
        document=invention.document,
        content=hashlib.sha256(invention.data).hexdigest(),
        items=(f"{prefix}:a0",),
        article_keys=keys[:1],
        passages=invention.passages,
        passage_keys=keys,
    )


def sync(archive: Archive) -> Synced:
    """Run what ``dateline index`` does.

    Raises:
        RuntimeError: it embedded something, so files and catalog were not the same.
    """
    embedder = SentenceTransformerEmbedder()
    store = ChromaStore(archive.chroma, embedder.fingerprint)
    syncer = Syncer(
        corpus=archive.corpus, index=archive.index, embedder=embedder, vectors=store, max_file_mb=20
    )
    began: list[Spent] = []

    def listen(progress: SyncProgress) -> None:
        if progress.stage == "embedding":
            began.append(_now())

    before, started = _written(), _now()
    report = syncer.run((), listen)
    ended = _now()
    store.close()
    if report.embedded or report.added or report.updated:
        raise RuntimeError(f"the sync found {report.added} new files and embedded {report.embedded} passages")
    return Synced(
        spent=ended - started,
        on_vectors=ended - (began or [ended])[0],
        written=_written() - before,
        peak_mib=_peak(),
    )


def query(archive: Archive, queries: Matrix) -> Queried:
    """Ask the vector index alone, as deep as the search does."""
    store = ChromaStore(archive.chroma, SentenceTransformerEmbedder().fingerprint)
    started = time.perf_counter()
    store.query("passages", queries[0], _DEEP)
    opened = time.perf_counter() - started
    for vector in queries[:_WARM_UP]:
        store.query("passages", vector, _DEEP)
    results, spent = _time_each(lambda vector: store.query("passages", vector, _DEEP), list(queries))
    memory = (memory_mib() or (0.0, 0.0))[0]
    store.close()
    return Queried(
        open_seconds=opened,
        milliseconds=spent,
        found=tuple(tuple(near.item for near in result) for result in results),
        memory_mib=memory,
    )


def compare(archive: Archive, queries: Matrix, k: int) -> list[list[Nearest]]:
    """Find what is really nearest; see find_exact."""
    reader = CatalogReader(archive.catalog)
    try:
        with reader.snapshot() as view:
            return find_exact(view, queries, k)
    finally:
        reader.close()


def ask(archive: Archive, questions: Sequence[str]) -> Asked:
    """Search and ask in a warm process."""
    app = build(settings_for(archive.corpus, archive.index))
    try:
        started = time.perf_counter()
        app.status()
        status = time.perf_counter() - started
        app.warm_up()
        for question in questions[:_WARM_UP]:
            app.ask(question)
        # Not the same questions one after the other: what one reads would be at hand for the other.
        _, searches = _time_each(lambda question: app.search(question, PASSAGES_READ), questions[::2])
        answers, spent = _time_each(app.ask, questions[1::2] or questions)
        return Asked(
            searches=searches,
            questions=spent,
            answered=sum(answer.status == "answered" for answer in answers),
            status_seconds=status,
            memory_mib=(memory_mib() or (0.0, 0.0))[0],
        )
    finally:
        app.close()


def _time_each(call: Callable[[T], R], values: Sequence[T]) -> tuple[list[R], tuple[float, ...]]:
    results, spent = [], []
    for value in values:
        started = time.perf_counter()
        results.append(call(value))
        spent.append((time.perf_counter() - started) * 1000)
    return results, tuple(spent)


def _now() -> Spent:
    return Spent(clock=time.perf_counter(), processor=time.process_time())


def _peak() -> float:
    return (memory_mib() or (0.0, 0.0))[1]


def _written() -> int:
    """Return how many bytes this process has had written to disk; 0 where the system does not say."""
    try:
        lines = Path("/proc/self/io").read_text(encoding="ascii").splitlines()
    except OSError:
        return 0
    return int(dict(line.split(": ") for line in lines)["write_bytes"])

"""Brings the index in step with the folder.

New articles can be asked by their words as soon as they are read; edits and deletions are prepared
beside what is live and take its place in one transaction. Vectors follow through a work list that
outlives the process: whatever moment it is killed at, the next run ends where an undisturbed one would.
"""

from __future__ import annotations

import hashlib
import logging
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
from filelock import FileLock, Timeout

from index.articles import (
    FoundFile,
    Metadata,
    digest_of,
    read_bytes,
    read_document,
    read_metadata,
    scan_folder,
)
from index.catalog import CatalogWriter, Collection, Staged, Upsert, open_catalog
from index.embed import Embedder, PassageText
from index.errors import ArticleFormatError, ConfigError, StoreBusyError, StoreError
from index.folder import METADATA_FILE
from index.model import Document, Passage, Skipped, Span
from index.passages import MAX_TOKENS, PASSAGES, TITLE_TOKENS, revision_id, split_document
from index.vectors import VectorStore

log = logging.getLogger(__name__)

CATALOG_FILE = "catalog.sqlite"
LOCK_FILE = "writer.lock"

# Files that go live together: a first answer is possible after the first of these.
_FILES_A_BATCH = 64
# Texts embedded between two commits: some twenty seconds of work lost when the process is killed.
_TEXTS_A_BATCH = 512
_COLLECTIONS: tuple[Collection, Collection] = ("articles", "passages")
# Another process has to load Chroma's graph again to see new vectors, so it is told this often.
_ANNOUNCE_EVERY_S = 30.0


@dataclass(frozen=True, slots=True, kw_only=True)
class SyncProgress:
    """How far a sync is.

    Attributes:
        stage: what is being done, for people.
        done: of ``total``, files or passages.
        passages_per_s: None where no passages are embedded.
        seconds_left: of this stage; None while it cannot be told.
    """

    stage: str
    done: int
    total: int
    passages_per_s: float | None = None
    seconds_left: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SyncReport:
    """What a sync did.

    Attributes:
        renamed: files under a new name, also counted as one added and one removed.
        passages: live after the sync.
        embedded: passages whose vectors were computed, not found in the cache.
    """

    added: int
    updated: int
    removed: int
    renamed: int
    unchanged: int
    skipped: tuple[Skipped, ...]
    passages: int
    embedded: int
    seconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class _Plan:
    """What differs between folder and catalog."""

    added: tuple[FoundFile, ...]
    moved: tuple[FoundFile, ...]
    updated: tuple[FoundFile, ...]
    removed: tuple[str, ...]
    unchanged: int
    skipped: tuple[Skipped, ...]


@contextmanager
def writer_lock(index: Path, *, patience_s: float = 1.0) -> Iterator[None]:
    """Hold the one writer's lock; the system lets go of it when the process dies.

    A moment's patience, because `dateline status` takes the lock for a blink to see whether it is free.

    Raises:
        StoreBusyError: another process holds it.
    """
    try:
        index.mkdir(parents=True, exist_ok=True)
        with FileLock(index / LOCK_FILE, timeout=patience_s):
            yield
    except Timeout as exc:
        raise StoreBusyError(
            f"another process is bringing {index} in step: wait until it is done, or stop it; "
            "questions are answered meanwhile"
        ) from exc
    except PermissionError as exc:
        raise StoreError(
            f"{index} cannot be written: give this user the right, or set DATELINE_INDEX"
        ) from exc
    except (FileExistsError, NotADirectoryError) as exc:
        raise ConfigError(f"{index} is not a folder: set DATELINE_INDEX to one") from exc


def recipe_of(embedder: Embedder) -> str:
    """Name all that decides passages and vectors: the splitter's rules and the model."""
    return f"{PASSAGES}/{passage_tokens(embedder)}/{embedder.fingerprint}"


def passage_tokens(embedder: Embedder) -> int:
    """Return the most word pieces a passage may have: what is read, less two marks, the title and its stop."""
    return min(MAX_TOKENS, embedder.max_tokens - 3 - _title_tokens(embedder))


def _title_tokens(embedder: Embedder) -> int:
    return min(TITLE_TOKENS, embedder.max_tokens // 8)


class Syncer:
    """Keeps one index in step with one corpus folder."""

    def __init__(
        self, *, corpus: Path, index: Path, embedder: Embedder, vectors: VectorStore, max_file_mb: float
    ) -> None:
        self._corpus = corpus
        self._index = index
        self._embedder = embedder
        self._vectors = vectors
        self._max_bytes = int(max_file_mb * 1024 * 1024)
        self._recipe = recipe_of(embedder)
        self._announced = 0.0
        # Asked for each passage of an article, twice.
        self._head = lru_cache(maxsize=4096)(self._make_head)

    def run(
        self, paths: Sequence[str] = (), progress: Callable[[SyncProgress], None] | None = None
    ) -> SyncReport:
        """Bring the index in step, below ``paths`` only when some are given.

        Raises:
            ConfigError: the corpus folder is missing.
            StoreBusyError: another process is doing the same.
            StoreError: catalog or vector index cannot be used.
            EmbeddingError: the model cannot be loaded or run; texts are indexed by then.
        """
        if not self._corpus.is_dir():
            raise ConfigError(f"there is no corpus folder {self._corpus}: make it, or set DATELINE_CORPUS")
        started = time.monotonic()
        tell = progress or _ignore
        with writer_lock(self._index), open_catalog(self._index / CATALOG_FILE) as catalog:
            return self._run(catalog, paths, tell, started)

    def _run(
        self,
        catalog: CatalogWriter,
        paths: Sequence[str],
        tell: Callable[[SyncProgress], None],
        started: float,
    ) -> SyncReport:
        anew = self._recover(catalog)
        metadata = read_metadata(self._corpus)
        plan = self._compare(catalog, metadata, paths, tell, anew=anew)
        skipped = list(plan.skipped)
        dirty = bool(plan.added or plan.moved or plan.updated or plan.removed)

        skipped += self._add(catalog, plan.added, metadata, tell)
        revisions, unreadable = self._stage_all(catalog, (*plan.updated, *plan.moved), metadata, tell)
        skipped += unreadable
        gone = [*plan.removed, *(item.file for item in unreadable)]
        embedded = self._embed(catalog, tell, staged_only=True)
        if revisions or gone or anew:
            with catalog.transaction():
                for file in gone:
                    catalog.remove_live(file)
                for revision in revisions:
                    catalog.go_live(revision)
                catalog.set_meta("recipe", self._recipe)
                catalog.set_meta("embedder", self._embedder.name)
                catalog.bump("generation")
        embedded += self._embed(catalog, tell, staged_only=False)
        lost = {item.file for item in skipped}
        skipped += [note for note in catalog.live_notes() if not paths or _is_below(note.file, paths)]
        self._finish(catalog, dirty=dirty or bool(embedded), anew=anew, skipped=skipped, only=paths)
        added = [found for found in (*plan.added, *plan.moved) if found.file not in lost]
        updated = [found for found in plan.updated if found.file not in lost]
        return SyncReport(
            added=len(added),
            updated=len(updated),
            removed=len(plan.removed) + len(plan.updated) - len(updated),
            renamed=sum(1 for found in plan.moved if found.file not in lost and plan.removed),
            unchanged=plan.unchanged,
            skipped=tuple(sorted(skipped, key=lambda item: item.file)),
            passages=catalog.count_live()[1],
            embedded=embedded,
            seconds=time.monotonic() - started,
        )

    # -- what a stopped run, a lost folder or another model left behind

    def _recover(self, catalog: CatalogWriter) -> bool:
        """Put right what an earlier run left behind; tell whether everything is to be built anew."""
        with catalog.transaction():
            catalog.drop_staged()
            found = catalog.get_meta("recipe")
            if found is None:
                catalog.set_meta("recipe", self._recipe)
                catalog.set_meta("embedder", self._embedder.name)
            catalog.set_meta("unclean", str(int(catalog.get_meta("unclean") or 0) + 1))
        return found is not None and found != self._recipe

    def _reconcile(self, catalog: CatalogWriter, collection: Collection) -> bool:
        """Put on the work list what Chroma lacks or holds too much, as after the loss of its folder.

        Tell whether there was any.
        """
        expected = catalog.items(collection)
        upserts = {item.item for item in catalog.pending_upserts(collection, staged_only=False)}
        deletes = set(catalog.pending_deletes(collection))
        held = set(self._vectors.items(collection)) - deletes
        if held - upserts == expected - upserts:
            return False
        log.warning("the vector index does not match the catalog: repairing %s", collection)
        with catalog.transaction():
            catalog.enqueue_upserts(collection, expected - held)
            catalog.enqueue_deletes(collection, held - expected)
        return True

    # -- the folder

    def _compare(
        self,
        catalog: CatalogWriter,
        metadata: Metadata,
        paths: Sequence[str],
        tell: Callable[[SyncProgress], None],
        *,
        anew: bool,
    ) -> _Plan:
        """Hash every file, since an edit may keep size and time, and compare with what is live."""
        if anew and paths:
            raise ConfigError(
                "the index was built with another embedder or splitter: run `dateline index` without paths"
            )
        scan = scan_folder(self._corpus, max_bytes=self._max_bytes, only=paths)
        live = catalog.live_digests()
        if paths:
            live = {file: digest for file, digest in live.items() if _is_below(file, paths)}
        for path in scan.missing:
            if not any(_is_below(file, [path]) for file in live):
                raise ConfigError(
                    f"there is no {path} in {self._corpus}, and none is indexed: check the name"
                )
        skipped = [*scan.skipped, *metadata.skipped]
        digests: dict[str, str] = {}
        found: dict[str, FoundFile] = {}
        for done, file in enumerate(scan.files):
            if done % 200 == 0:
                tell(SyncProgress(stage="looking", done=done, total=len(scan.files)))
            try:
                data = read_bytes(file, self._max_bytes)
            except ArticleFormatError as exc:
                skipped.append(Skipped(file=exc.file, reason=exc.reason))
                continue
            digests[file.file] = digest_of(data, file.file, metadata)
            found[file.file] = file
        removed = [file for file in live if file not in digests]
        left = {live[file] for file in removed}
        new = [file for file in digests if file not in live]
        same = [file for file in digests if file in live and live[file] == digests[file] and not anew]
        kept = set(same)
        updated = [file for file in digests if file in live and file not in kept]
        # Built anew, nothing goes live before everything does: half an index would fit no setting.
        early = [file for file in new if digests[file] not in left and not anew]
        late = [file for file in new if digests[file] in left or anew]
        return _Plan(
            added=tuple(found[file] for file in early),
            moved=tuple(found[file] for file in late),
            updated=tuple(found[file] for file in updated),
            removed=tuple(removed),
            unchanged=len(same),
            skipped=tuple(skipped),
        )

    def _add(
        self,
        catalog: CatalogWriter,
        files: Sequence[FoundFile],
        metadata: Metadata,
        tell: Callable[[SyncProgress], None],
    ) -> list[Skipped]:
        """Read new files and let them be asked at once, some at a time."""
        skipped: list[Skipped] = []
        for start in range(0, len(files), _FILES_A_BATCH):
            tell(SyncProgress(stage="reading", done=start, total=len(files)))
            batch = files[start : start + _FILES_A_BATCH]
            ready = list(self._prepare(batch, metadata, skipped))
            with catalog.transaction():
                for staged in ready:
                    catalog.go_live(catalog.stage(staged))
                catalog.bump("generation")
        return skipped

    def _stage_all(
        self,
        catalog: CatalogWriter,
        files: Sequence[FoundFile],
        metadata: Metadata,
        tell: Callable[[SyncProgress], None],
    ) -> tuple[list[int], list[Skipped]]:
        """Prepare changed files beside what is live."""
        revisions: list[int] = []
        skipped: list[Skipped] = []
        for start in range(0, len(files), _FILES_A_BATCH):
            tell(SyncProgress(stage="reading", done=start, total=len(files)))
            batch = files[start : start + _FILES_A_BATCH]
            ready = list(self._prepare(batch, metadata, skipped))
            with catalog.transaction():
                revisions += [catalog.stage(staged) for staged in ready]
        return revisions, skipped

    def _prepare(
        self, files: Iterable[FoundFile], metadata: Metadata, skipped: list[Skipped]
    ) -> Iterator[Staged]:
        for found in files:
            try:
                data = read_bytes(found, self._max_bytes)
                document = read_document(found.file, data, metadata)
                passages = split_document(
                    document,
                    self._embedder.count_tokens,
                    recipe=self._recipe,
                    max_tokens=passage_tokens(self._embedder),
                )
                if not passages:
                    raise ArticleFormatError(found.file, "holds no sentence that could be quoted")
            except ArticleFormatError as exc:
                skipped.append(Skipped(file=exc.file, reason=exc.reason))
                continue
            yield self._stage(document, hashlib.sha256(data).hexdigest(), passages)

    def _stage(self, document: Document, content: str, passages: tuple[Passage, ...]) -> Staged:
        prefix = revision_id(document, self._recipe)
        keys = tuple(self._key(passage) for passage in passages)
        openings: dict[str, bytes] = {}
        for passage, key in zip(passages, keys, strict=True):
            openings.setdefault(passage.article.id, key)
        return Staged(
            document=document,
            content=content,
            items=tuple(f"{prefix}:a{index}" for index in range(len(document.articles))),
            # An article's vector is its opening's: title and first sentences are embedded once.
            article_keys=tuple(openings.get(article.ref.id) for article in document.articles),
            passages=passages,
            passage_keys=keys,
        )

    # -- vectors

    def _key(self, passage: Passage) -> bytes:
        """Name all that the vectors of a passage and of its sentences are made of."""
        text, shift = self._embedded_text(passage.article.title, passage.text)
        # The same words can be cut otherwise where other lines stand around them.
        places = [(start - passage.start, end - passage.start) for start, end in passage.sentences]
        embedded = f"{self._embedder.fingerprint}\0{text}\0{shift}{places}"
        return hashlib.sha256(embedded.encode("utf-8", "surrogatepass")).digest()[:16]

    def _embedded_text(self, title: str, text: str) -> tuple[str, int]:
        """Return what the model reads for a passage, and at which character the passage begins in it."""
        head = self._head(title)
        return head + text, len(head)

    def _make_head(self, title: str) -> str:
        return f"{self._embedder.shorten(title, _title_tokens(self._embedder))}. "

    def _embed(
        self, catalog: CatalogWriter, tell: Callable[[SyncProgress], None], *, staged_only: bool
    ) -> int:
        """Work off the list of vectors: embed what the cache lacks, hand all of it to Chroma."""
        articles = catalog.pending_upserts("articles", staged_only=staged_only)
        passages = catalog.pending_upserts("passages", staged_only=staged_only)
        total = len(passages)
        started = time.monotonic()
        embedded = done = 0
        # The openings stand first in `passages`, so articles are done when those are.
        work: list[tuple[Collection, list[Upsert]]] = []
        openings = {article.key for article in articles}
        first = [upsert for upsert in passages if upsert.key in openings]
        rest = [upsert for upsert in passages if upsert.key not in openings]
        work += [("passages", part) for part in _parts(first, _TEXTS_A_BATCH)]
        work += [("articles", part) for part in _parts(articles, _TEXTS_A_BATCH)]
        work += [("passages", part) for part in _parts(rest, _TEXTS_A_BATCH)]
        for collection, part in work:
            if collection == "passages":
                pace = embedded / max(time.monotonic() - started, 1e-6)
                tell(
                    SyncProgress(
                        stage="embedding",
                        done=done,
                        total=total,
                        passages_per_s=pace if embedded else None,
                        seconds_left=(total - done) / pace if embedded else None,
                    )
                )
                done += len(part)
            embedded += self._fill_cache(catalog, [upsert.key for upsert in part])
            self._upsert(catalog, collection, part)
        return embedded

    def _fill_cache(self, catalog: CatalogWriter, keys: Sequence[bytes]) -> int:
        missing = catalog.missing_keys(keys)
        if not missing:
            return 0
        texts = []
        for key in missing:
            title, text, sentences = catalog.passage_of_key(key)
            whole, shift = self._embedded_text(title, text)
            spans = tuple(Span(start + shift, end + shift) for start, end in sentences)
            texts.append(PassageText(whole, spans))
        vectors, sentence_vectors = self._embedder.embed_passages(texts)
        with catalog.transaction():
            catalog.put_vectors(
                (key, vector.astype(np.float16).tobytes(), _to_int8(rows))
                for key, vector, rows in zip(missing, vectors, sentence_vectors, strict=True)
            )
        return len(missing)

    def _upsert(self, catalog: CatalogWriter, collection: Collection, part: Sequence[Upsert]) -> None:
        raw = b"".join(catalog.get_vectors([upsert.key for upsert in part]))
        vectors = np.frombuffer(raw, dtype=np.float16).reshape(len(part), -1).astype(np.float32)
        items = [upsert.item for upsert in part]
        self._vectors.upsert(collection, items, vectors, [upsert.file for upsert in part])
        now = time.monotonic()
        with catalog.transaction():
            catalog.finish(collection, items)
            if now - self._announced > _ANNOUNCE_EVERY_S:
                catalog.bump("vector_generation")
                self._announced = now

    def _finish(
        self,
        catalog: CatalogWriter,
        *,
        dirty: bool,
        anew: bool,
        skipped: Sequence[Skipped],
        only: Sequence[str],
    ) -> None:
        """Take ghosts out of Chroma, forget unused vectors, and note that all is done."""
        unclean = int(catalog.get_meta("unclean") or 0) > 1
        stamp = self._vectors.stamp()
        # Nothing was written since the last run looked, so Chroma, slow to load, need not be opened.
        if dirty or unclean or anew or not stamp or stamp != catalog.get_meta("vectors_stamp"):
            if unclean or anew:
                self._vectors.drop_other_models()
            for collection in _COLLECTIONS:
                dirty = self._settle(catalog, collection, unclean=unclean) or dirty
            # Closed first: what Chroma still holds back is written then.
            self._vectors.close()
            stamp = self._vectors.stamp()
        with catalog.transaction():
            catalog.set_meta("vectors_stamp", stamp)
            if dirty or unclean:
                catalog.drop_unused_vectors()
                catalog.bump("vector_generation")
            outside = [item for item in catalog.skipped() if only and not _is_below(item.file, only)]
            keep = [item for item in outside if item.file != METADATA_FILE]
            catalog.set_skipped(skipped, keep)
            catalog.set_meta("unclean", "0")
        catalog.checkpoint()

    def _settle(self, catalog: CatalogWriter, collection: Collection, *, unclean: bool) -> bool:
        """Let Chroma hold what the catalog says; tell whether anything had to be done."""
        repaired = False
        ghosts = catalog.pending_deletes(collection)
        counted = self._vectors.count(collection)
        if unclean or counted != catalog.count_items(collection) + len(ghosts):
            repaired = self._reconcile(catalog, collection)
            self._embed(catalog, _ignore, staged_only=False)
            ghosts = catalog.pending_deletes(collection)
        if ghosts:
            self._vectors.delete(collection, ghosts)
            with catalog.transaction():
                catalog.finish(collection, ghosts)
        return repaired or bool(ghosts)


def _to_int8(rows: np.ndarray[tuple[int, int], np.dtype[np.float32]]) -> bytes:
    """Scale each row to -127 … 127; its direction, which is all a cosine needs, is kept to 1 %."""
    if not len(rows):
        return b""
    peak = np.abs(rows).max(axis=1, keepdims=True)
    scaled = np.round(rows * (127.0 / np.maximum(peak, 1e-12))).astype(np.int8)
    return bytes(scaled.tobytes())


def _parts(items: list[Upsert], size: int) -> Iterator[list[Upsert]]:
    for start in range(0, len(items), size):
        yield items[start : start + size]


def _is_below(file: str, paths: Sequence[str]) -> bool:
    cleaned = [path.strip("/").removeprefix("./") for path in paths]
    return any(path in ("", ".") or file == path or file.startswith(f"{path}/") for path in cleaned)


def _ignore(_: SyncProgress) -> None:
    """Tell nobody."""

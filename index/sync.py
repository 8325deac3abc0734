"""Brings the index in step with the folder.

New articles can be asked by their words as soon as they are read; edits and deletions are prepared
beside what is live and take its place in one transaction. Vectors follow through a work list that
outlives the process: whatever moment it is killed at, the next run ends where an undisturbed one would.
"""

from __future__ import annotations

import difflib
import hashlib
import logging
import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from index.articles import (
    FoundFile,
    Metadata,
    digest_of,
    read_bytes,
    read_document,
    read_metadata,
    read_signed,
    scan_folder,
    told_of,
)
from index.catalog import CatalogWriter, Staged, open_catalog
from index.database import Database
from index.embed import Embedder
from index.errors import ArticleFormatError, ConfigError, StoreMissingError
from index.filling import COLLECTIONS, VectorFiller, ignore
from index.folder import METADATA_FILE, explain_no_corpus
from index.model import Document, Passage, Skipped
from index.moving import take_vectors
from index.passages import revision_id, split_document
from index.progress import RebuildReport, SyncProgress, SyncReport, Tell
from index.recipe import mismatch, passage_tokens, recipe_of
from index.schema import CATALOG_FILE, SqliteDatabase, writer_lock
from index.seen import Seen
from index.vectors import VectorStore

__all__ = [
    "CATALOG_FILE",
    "RebuildReport",
    "SyncProgress",
    "SyncReport",
    "Syncer",
    "passage_tokens",
    "recipe_of",
    "writer_lock",
]

log = logging.getLogger(__name__)

SEEN_FILE = "seen.json"

# Files that go live together: a first answer is possible after the first of these.
_FILES_A_BATCH = 64


@dataclass(frozen=True, slots=True, kw_only=True)
class _Plan:
    """What differs between folder and catalog."""

    added: tuple[FoundFile, ...]
    moved: tuple[FoundFile, ...]
    updated: tuple[FoundFile, ...]
    removed: tuple[str, ...]
    renamed: frozenset[str]
    unchanged: int
    skipped: tuple[Skipped, ...]
    remarked: tuple[Skipped, ...]


class Syncer:
    """Keeps one index in step with one corpus folder."""

    def __init__(
        self,
        *,
        corpus: Path,
        index: Path,
        embedder: Embedder,
        vectors: VectorStore,
        max_file_mb: float,
        database: Database | None = None,
    ) -> None:
        """Look at nothing yet.

        Args:
            index: the folder of the index.
            database: what holds the catalog; None for a SQLite file in the folder.
        """
        self._corpus = corpus
        self._index = index
        self._local = SqliteDatabase(index / CATALOG_FILE)
        self._database = database or self._local
        self._embedder = embedder
        self._vectors = vectors
        self._max_bytes = int(max_file_mb * 1024 * 1024)
        self._recipe = recipe_of(embedder)
        self._filler = VectorFiller(embedder, vectors)
        self._notes: list[Skipped] = []

    def run(self, paths: Sequence[str] = (), progress: Tell | None = None) -> SyncReport:
        """Bring the index in step, below ``paths`` only when some are given.

        Raises:
            ConfigError: the corpus folder is missing.
            StoreBusyError: another process is doing the same.
            StoreError: catalog or vector index cannot be used.
            EmbeddingError: the model cannot be loaded or run; texts are indexed by then.
        """
        if not self._corpus.is_dir():
            raise ConfigError(explain_no_corpus(self._corpus))
        started = time.monotonic()
        tell = progress or ignore
        self._notes.clear()
        with open_catalog(self._database) as catalog:
            return self._run(catalog, paths, tell, started)

    def rebuild(self, progress: Tell | None = None) -> RebuildReport:
        """Derive the vector index anew from the catalog, without looking at the corpus or embedding.

        Raises:
            StoreMissingError: nothing was indexed yet.
            StoreMismatchError: the index was built with another embedder or splitter.
            StoreBusyError: another process is writing.
            StoreError: the catalog cannot be used, or the disk is full; the old vector index stays then.
        """
        if not self._database.exists():
            raise StoreMissingError(f"nothing is indexed in {self._database.name} yet: run `dateline index`")
        started = time.monotonic()
        with open_catalog(self._database) as catalog:
            recipe = catalog.get_meta("recipe") or ""
            if recipe != self._recipe:
                raise mismatch(self._embedder, catalog.get_meta("embedder") or "", recipe)
            unclean = catalog.get_meta("unclean") or "0"
            # Killed from here on, it leaves a folder behind that the next sync looks for.
            catalog.set_meta("unclean", str(int(unclean) + 1))
            articles, passages = self._filler.rebuild(catalog, progress or ignore)
            self._vectors.close()
            self._vectors.seal()
            catalog.set_meta("vectors_stamp", self._vectors.stamp())
            catalog.set_meta("unclean", unclean)
            catalog.checkpoint()
            pending = sum(len(catalog.pending_upserts(each, staged_only=False)) for each in COLLECTIONS)
        return RebuildReport(
            articles=articles, passages=passages, pending=pending, seconds=time.monotonic() - started
        )

    def _run(
        self,
        catalog: CatalogWriter,
        paths: Sequence[str],
        tell: Tell,
        started: float,
    ) -> SyncReport:
        if self._database is not self._local and catalog.get_meta("recipe") is None and self._local.exists():
            take_vectors(catalog, self._local, tell)
        anew = self._recover(catalog)
        # Something else than the last run has written there, or an old state was put back.
        strange = self._vectors.stamp() not in ("", catalog.get_meta("vectors_stamp") or "")
        metadata = read_metadata(self._corpus)
        plan = self._compare(catalog, metadata, paths, tell, anew=anew)
        skipped = list(plan.skipped)
        dirty = bool(plan.added or plan.moved or plan.updated or plan.removed)
        if fault := self._vectors.fault():
            log.warning("the vector index is made anew: %s", fault)
            self._filler.rebuild(catalog, tell)

        skipped += self._add(catalog, plan.added, metadata, tell)
        revisions, unreadable = self._stage_all(catalog, (*plan.updated, *plan.moved), metadata, tell)
        skipped += unreadable
        gone = [*plan.removed, *(item.file for item in unreadable)]
        embedded = self._filler.fill(catalog, tell, staged_only=True)
        if revisions or gone or anew:
            with catalog.transaction():
                for file in gone:
                    catalog.remove_live(file)
                for revision in revisions:
                    catalog.go_live(revision)
                catalog.set_meta("recipe", self._recipe)
                catalog.set_meta("embedder", self._embedder.name)
                catalog.bump("generation")
        embedded += self._filler.fill(catalog, tell, staged_only=False)
        lost = {item.file for item in skipped}
        losses = [note for note in catalog.live_losses() if not paths or _is_below(note.file, paths)]
        skipped += losses
        self._notes += [note for note in catalog.live_notes() if not paths or _is_below(note.file, paths)]
        dirty = dirty or bool(embedded)
        self._finish(catalog, dirty=dirty, anew=anew, strange=strange, skipped=skipped, only=paths)
        added = [found for found in (*plan.added, *plan.moved) if found.file not in lost]
        updated = [found for found in plan.updated if found.file not in lost]
        return SyncReport(
            added=len(added),
            updated=len(updated),
            removed=len(plan.removed) + len(plan.updated) - len(updated),
            renamed=len(plan.renamed - lost),
            unchanged=plan.unchanged,
            skipped=tuple(sorted(skipped, key=lambda item: item.file)),
            in_part=len({item.file for item in (*losses, *plan.remarked)}),
            passages=catalog.count_live()[1],
            embedded=embedded,
            seconds=time.monotonic() - started,
            rebuilt=anew,
            notes=tuple(self._notes),
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

    # -- the folder

    def _compare(
        self,
        catalog: CatalogWriter,
        metadata: Metadata,
        paths: Sequence[str],
        tell: Tell,
        *,
        anew: bool,
    ) -> _Plan:
        """Tell what every file is now, and compare with what is live."""
        if anew and paths:
            raise ConfigError(
                "the index was built with another embedder or splitter: run `dateline index` without paths"
            )
        # A few paths are hashed sooner than what is known of all files is read.
        seen = None if paths else Seen(self._index / SEEN_FILE, self._corpus, now_ns=time.time_ns())
        scan = scan_folder(self._corpus, max_bytes=self._max_bytes, only=paths)
        live = catalog.live_digests()
        known = list(live)
        if paths:
            live = {file: digest for file, digest in live.items() if _is_below(file, paths)}
        for path in scan.missing:
            if not any(_is_below(file, [path]) for file in live):
                near = difflib.get_close_matches(path, known, n=1)
                mend = f"did you mean {near[0]}?" if near else "check the name"
                raise ConfigError(f"there is no {path} in {self._corpus}, and none is indexed: {mend}")
        if not paths:
            known = [found.file for found in scan.files] + [lost.file for lost in scan.skipped]
            self._notes += [Skipped(file=METADATA_FILE, reason=note) for note in metadata.remarks(known)]
        skipped = [*scan.skipped, *metadata.skipped]
        digests: dict[str, str] = {}
        found: dict[str, FoundFile] = {}
        for done, file in enumerate(scan.files):
            if done % 200 == 0:
                tell(SyncProgress(stage="looking", done=done, total=len(scan.files)))
            try:
                digests[file.file] = self._digest(file, metadata, seen)
            except ArticleFormatError as exc:
                skipped.append(Skipped(file=exc.file, reason=exc.reason))
                continue
            found[file.file] = file
        if seen is not None:
            seen.save()
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
            renamed=frozenset(file for file in new if digests[file] in left),
            unchanged=len(same),
            skipped=tuple(skipped),
            remarked=metadata.skipped,
        )

    def _digest(self, file: FoundFile, metadata: Metadata, seen: Seen | None) -> str:
        """Fingerprint a file, read only where it may have changed since it was last read."""
        told = told_of(file.file, metadata)
        known = seen.digest_of(file, told) if seen else None
        if known is not None:
            return known
        data, signature = read_signed(file, self._max_bytes)
        digest = digest_of(data, file.file, metadata)
        if seen:
            seen.keep(file.file, signature, told, digest)
        return digest

    def _add(
        self,
        catalog: CatalogWriter,
        files: Sequence[FoundFile],
        metadata: Metadata,
        tell: Tell,
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
        tell: Tell,
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
        keys = tuple(self._filler.key_of(passage) for passage in passages)
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

    def _finish(
        self,
        catalog: CatalogWriter,
        *,
        dirty: bool,
        anew: bool,
        strange: bool,
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
            for collection in COLLECTIONS:
                dirty = self._filler.settle(catalog, collection, unclean=unclean or strange) or dirty
            # Closed first: what Chroma still holds back is written then.
            self._vectors.close()
            self._vectors.seal()
            stamp = self._vectors.stamp()
        else:
            self._vectors.seal()
        with catalog.transaction():
            catalog.set_meta("vectors_stamp", stamp)
            if dirty or unclean:
                catalog.drop_unused_vectors(everywhere=unclean or anew)
                catalog.bump("vector_generation")
            outside = [item for item in catalog.skipped() if only and not _is_below(item.file, only)]
            keep = [item for item in outside if item.file != METADATA_FILE]
            catalog.set_skipped(skipped, keep)
            catalog.set_meta("unclean", "0")
        catalog.checkpoint()


def _is_below(file: str, paths: Sequence[str]) -> bool:
    cleaned = [path.strip("/").removeprefix("./") for path in paths]
    return any(path in ("", ".") or file == path or file.startswith(f"{path}/") for path in cleaned)

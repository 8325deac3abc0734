"""Works off the list of vectors: embeds what the cache lacks, and lets Chroma hold what the catalog says."""

from __future__ import annotations

import hashlib
import logging
import time
from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache
from pathlib import PurePosixPath
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from index.catalog import CatalogWriter, Collection, Upsert
from index.codes import from_halves, to_halves, to_levels
from index.embed import Embedder, PassageText
from index.errors import StoreDamagedError
from index.model import Passage, Span
from index.progress import SyncProgress, Tell
from index.recipe import title_tokens
from index.vectors import VectorStore

T = TypeVar("T")

log = logging.getLogger(__name__)

COLLECTIONS: tuple[Collection, Collection] = ("articles", "passages")

# Texts embedded between two commits: some twenty seconds of work lost when the process is killed.
_TEXTS_A_BATCH = 512
# Another process has to load Chroma's graph again to see new vectors, so it is told this often.
_ANNOUNCE_EVERY_S = 30.0


class VectorFiller:
    """Knows what the model reads for a passage, and brings vectors to cache and Chroma."""

    def __init__(self, embedder: Embedder, vectors: VectorStore) -> None:
        self._embedder = embedder
        self._vectors = vectors
        self._announced = 0.0
        # Asked for each passage of an article, twice.
        self._head = lru_cache(maxsize=4096)(self._make_head)

    def key_of(self, passage: Passage) -> bytes:
        """Name all that the vectors of a passage and of its sentences are made of."""
        text, shift = self.embedded_text(passage.article.title, passage.article.file, passage.text)
        # The same words can be cut otherwise where other lines stand around them.
        places = [(start - passage.start, end - passage.start) for start, end in passage.sentences]
        embedded = f"{self._embedder.fingerprint}\0{text}\0{shift}{places}"
        return hashlib.sha256(embedded.encode("utf-8", "surrogatepass")).digest()[:16]

    def embedded_text(self, title: str, file: str, text: str) -> tuple[str, int]:
        """Return what the model reads for a passage, and at which character the passage begins in it.

        A title that is only the file's name is left out: a renamed file is not embedded again.
        """
        head = "" if title == PurePosixPath(file).stem else self._head(title)
        return head + text, len(head)

    def _make_head(self, title: str) -> str:
        return f"{self._embedder.shorten(title, title_tokens(self._embedder))}. "

    def fill(self, catalog: CatalogWriter, tell: Tell, *, staged_only: bool) -> int:
        """Work off the list of vectors: embed what the cache lacks, hand all of it to Chroma.

        Return how many passages were embedded.
        """
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
            title, file, text, sentences = catalog.passage_of_key(key)
            whole, shift = self.embedded_text(title, file, text)
            spans = tuple(Span(start + shift, end + shift) for start, end in sentences)
            texts.append(PassageText(whole, spans))
        vectors, sentence_vectors = self._embedder.embed_passages(texts)
        with catalog.transaction():
            catalog.put_vectors(
                (key, vector, to_levels(rows))
                for key, vector, rows in zip(missing, to_halves(vectors), sentence_vectors, strict=True)
            )
        return len(missing)

    def _upsert(self, catalog: CatalogWriter, collection: Collection, part: Sequence[Upsert]) -> None:
        vectors = _stored(catalog, part)
        items = [upsert.item for upsert in part]
        self._or_anew(catalog, lambda: self._vectors.upsert(collection, items, vectors))
        now = time.monotonic()
        with catalog.transaction():
            catalog.finish(collection, items)
            if now - self._announced > _ANNOUNCE_EVERY_S:
                catalog.bump("vector_generation")
                self._announced = now

    def rebuild(self, catalog: CatalogWriter, tell: Tell) -> tuple[int, int]:
        """Derive the vector index anew from the catalog, without embedding.

        Return how many vectors of articles and of passages it holds; what the cache lacks stays on the list.
        """
        work = {collection: catalog.stored_upserts(collection) for collection in COLLECTIONS}
        total, done = sum(map(len, work.values())), 0
        with self._vectors.replacing():
            for collection, upserts in work.items():
                for part in _parts(upserts, _TEXTS_A_BATCH):
                    tell(SyncProgress(stage="rebuilding", done=done, total=total))
                    items = [each.item for each in part]
                    self._vectors.upsert(collection, items, _stored(catalog, part))
                    done += len(part)
        with catalog.transaction():
            for collection, upserts in work.items():
                gone = catalog.pending_deletes(collection)
                held = [each.item for each in upserts]
                catalog.finish(collection, [*held, *gone])
                catalog.enqueue_upserts(collection, catalog.items(collection).difference(held))
            catalog.bump("vector_generation")
        return len(work["articles"]), len(work["passages"])

    def _or_anew(self, catalog: CatalogWriter, use: Callable[[], T]) -> T:
        """Use the vector index; where it turns out to be damaged, derive it anew and try again."""
        try:
            return use()
        except StoreDamagedError as exc:
            log.warning("%s", exc)
            self.rebuild(catalog, ignore)
            return use()

    def settle(self, catalog: CatalogWriter, collection: Collection, *, unclean: bool) -> bool:
        """Let Chroma hold what the catalog says; tell whether anything had to be done."""
        repaired = False
        ghosts = catalog.pending_deletes(collection)
        counted = self._or_anew(catalog, lambda: self._vectors.count(collection))
        if unclean or counted != catalog.count_items(collection) + len(ghosts):
            repaired = self._reconcile(catalog, collection)
            self.fill(catalog, ignore, staged_only=False)
            ghosts = catalog.pending_deletes(collection)
        if ghosts:
            self._or_anew(catalog, lambda: self._vectors.delete(collection, ghosts))
            # Chroma catches up with its queue when it is asked, and may then write its graph anew. Asked
            # here, it is not a reader who makes its files smaller than they were sealed.
            self._vectors.count(collection)
            with catalog.transaction():
                catalog.finish(collection, ghosts)
        return repaired or bool(ghosts)

    def _reconcile(self, catalog: CatalogWriter, collection: Collection) -> bool:
        """Put on the work list what Chroma lacks or holds too much, as after the loss of its folder.

        Tell whether there was any.
        """
        expected = catalog.items(collection)
        upserts = {item.item for item in catalog.pending_upserts(collection, staged_only=False)}
        deletes = set(catalog.pending_deletes(collection))
        held = self._or_anew(catalog, lambda: set(self._vectors.items(collection))) - deletes
        if held - upserts == expected - upserts:
            return False
        log.warning("the vector index does not match the catalog: repairing %s", collection)
        with catalog.transaction():
            catalog.enqueue_upserts(collection, expected - held)
            catalog.enqueue_deletes(collection, held - expected)
        return True


def _stored(catalog: CatalogWriter, part: Sequence[Upsert]) -> NDArray[np.float32]:
    """Return the vectors in the cache, shape (len(part), dim)."""
    return from_halves(catalog.get_vectors([upsert.key for upsert in part]))


def ignore(_: SyncProgress) -> None:
    """Tell nobody."""


def _parts(items: list[Upsert], size: int) -> Iterator[list[Upsert]]:
    for start in range(0, len(items), size):
        yield items[start : start + size]

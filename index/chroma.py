"""Chroma in a folder: the vector index of one machine."""

from __future__ import annotations

import hashlib
import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from index.catalog import Collection
from index.chroma_calls import CONFIGURATION, ChromaCalls
from index.chroma_queue import LAST_NUMBER, Changes, last_number, read_changes
from index.errors import StoreDamagedError, StoreError
from index.heap import give_back
from index.schema import make_shrinking, peek
from index.seal import find_loss, remove, swap, write_seal
from index.trouble import explain_vectors
from index.vectors import Nearest

if TYPE_CHECKING:
    from chromadb.api.models.Collection import Collection as ChromaCollection

# Chroma gives clients of one folder one core to share within a process, and counts them without a lock: a client that
# is made while another store's is closed gets one that is being taken down.
_sharing = threading.Lock()
_LAST_WRITE = f"SELECT id, collection, ({LAST_NUMBER}) FROM segments ORDER BY id"


class ChromaStore(ChromaCalls):
    """Embedded Chroma in a folder. One process may write; others may read."""

    def __init__(self, folder: Path, fingerprint: str) -> None:
        self._folder = folder
        self._fingerprint = fingerprint
        self._lock = threading.RLock()
        # chromadb's own types lack close() and know configurations only as TypedDicts.
        self._client: Any = None
        self._opened: tuple[int, int] | None = None
        self._sealed = True
        self._collections: dict[Collection, ChromaCollection] = {}
        # What was written when it was opened, and what others have written since, by the collection's id.
        self._last_number: int | None = None
        self._changes: dict[str, Changes] = {}

    def query(self, collection: Collection, vector: NDArray[np.float32], k: int) -> list[Nearest]:
        """See VectorStore."""
        with self._lock:
            more = max((len(changes.gone) for changes in self._changes.values()), default=0)
            found = super().query(collection, vector, k + more)
            # Where the folder was replaced at this moment it was opened anew, and nothing has changed since.
            opened = self._collections.get(collection)
            changes = self._changes.get(str(opened.id)) if opened is not None else None
            return changes.correct(found, vector, k) if changes is not None else found[:k]

    def stamp(self) -> str:
        """See VectorStore. The number of Chroma's last write, and the names of its segments.

        Where another Chroma has other tables nothing is told, and the store is looked through.
        """
        written = peek(self._database, _LAST_WRITE)
        return hashlib.sha256(repr(written).encode()).hexdigest()[:16] if written else ""

    def seal(self) -> None:
        """See VectorStore."""
        with self._lock:
            with self._translated():
                write_seal(self._folder, self._seal)
            self._sealed = True

    def _before_writing(self) -> None:
        # Until the next seal files may shrink, as where a graph is written anew, and that is no loss.
        if self._sealed:
            with self._translated():
                self._seal.unlink(missing_ok=True)
            self._sealed = False

    def fault(self) -> str:
        """See VectorStore.

        Chroma itself does not notice: with its graph lost it answers from the rest, and with half a file
        of the graph it takes the process down. Reading makes none of its files smaller.
        """
        return find_loss(self._folder, self._seal)

    @contextmanager
    def replacing(self) -> Iterator[None]:
        """See VectorStore. Readers keep the old folder until the new one is complete."""
        folder, seal = self._folder, self._seal
        new, old = (folder.with_name(f"{folder.name}.{name}") for name in ("new", "old"))
        with self._lock:
            self.close()
            with self._translated():
                remove(new)
                remove(old)
            self._folder = new
            try:
                yield
            except BaseException:
                # A disk that is full should not stay so for what came to nothing.
                self.close()
                with suppress(OSError):
                    remove(new)
                raise
            finally:
                self.close()
                self._folder = folder
            with self._translated():
                seal.unlink(missing_ok=True)
                self._sealed = False
                swap(folder, new, old)

    def refresh(self) -> None:
        """See VectorStore. A second process sees new ids at once but new vectors only when it reopens.

        The few of an edit are read from Chroma's queue instead.
        """
        with self._lock:
            changes = None
            if self._last_number is not None and self._identify() == self._opened:
                changes = read_changes(self._database, self._last_number)
            if changes is None:
                self.close()
                give_back()
            else:
                self._changes = changes

    def close(self) -> None:
        """See VectorStore. The next call opens the folder again."""
        with self._lock:
            self._collections.clear()
            self._last_number, self._changes = None, {}
            if self._client is not None:
                with _sharing:
                    self._client.close()
                self._client = None

    def drop_other_models(self) -> None:
        """See VectorStore. A collection's name ends in the fingerprint of its embedder.

        What a replacement that was stopped has left goes as well.
        """
        with self._lock, self._translated():
            client = self._open()
            others = [
                collection.name
                for collection in client.list_collections()
                if not collection.name.endswith(self._fingerprint)
            ]
            self._before_writing()
            for name in others:
                client.delete_collection(name)
            for left in ("new", "old"):
                remove(self._folder.with_name(f"{self._folder.name}.{left}"))

    def _call(
        self, collection: Collection, method: str, arguments: dict[str, Any], *, create: bool = True
    ) -> Any:
        """Call a method of a Chroma collection; None where there is no such collection yet."""
        from chromadb.errors import NotFoundError

        with self._lock, self._translated():
            if self._client is not None and self._identify() != self._opened:
                # Deleted, or put in place by another process: what is open is no longer what is there.
                self.close()
            try:
                return getattr(self._collection(collection, create=create), method)(**arguments)
            except NotFoundError:
                if create:
                    raise
                return None

    @contextmanager
    def _translated(self) -> Iterator[None]:
        """Turn whatever Chroma raises into one error with its mend.

        A damaged folder gives a sqlite3 error, an AttributeError from a client that was half made before,
        or a panic of the Rust core, which is a BaseException.
        """
        try:
            yield
        except (KeyboardInterrupt, SystemExit, StoreError):
            raise
        except BaseException as exc:
            with suppress(Exception):
                self.close()
            self._client = None
            raise explain_vectors(self._folder, exc) from exc

    def _collection(self, name: Collection, *, create: bool) -> ChromaCollection:
        if name not in self._collections:
            full_name = f"{name}-{self._fingerprint}"
            client = self._open()
            if create:
                self._collections[name] = client.get_or_create_collection(
                    full_name, configuration=CONFIGURATION, embedding_function=None
                )
            else:
                self._collections[name] = client.get_collection(full_name, embedding_function=None)
        return self._collections[name]

    def _open(self) -> Any:
        if self._client is None:
            if fault := self.fault():
                raise StoreDamagedError(
                    f"the vector index in {self._folder} is damaged ({fault}): run `dateline index`, which "
                    "makes it anew; nothing is embedded again"
                )
            import chromadb
            from chromadb.config import Settings

            self._folder.mkdir(parents=True, exist_ok=True)
            # All vectors pass through a queue in it: up to 2 MB, for good in a file that does not shrink.
            make_shrinking(self._database)
            written = last_number(self._database)
            with _sharing:
                try:
                    self._client = chromadb.PersistentClient(
                        path=str(self._folder), settings=Settings(anonymized_telemetry=False)
                    )
                except BaseException:
                    _forget_half_made(str(self._folder))
                    raise
            self._opened = self._identify()
            self._last_number = written
        return self._client

    def _identify(self) -> tuple[int, int] | None:
        try:
            status = os.stat(self._database)
        except OSError:
            return None
        return status.st_dev, status.st_ino

    @property
    def _database(self) -> Path:
        return self._folder / "chroma.sqlite3"

    @property
    def _seal(self) -> Path:
        return self._folder.with_name(f"{self._folder.name}.json")


def _forget_half_made(path: str) -> None:
    """Take what Chroma keeps of a client that could not be opened: it would be given out again, unusable."""
    from chromadb.api.shared_system_client import SharedSystemClient as Shared

    if path not in Shared._identifier_to_refcount:
        Shared._identifier_to_system.pop(path, None)

"""The vector index: Chroma on disk, and an exact twin in memory.

The only module that knows chromadb. It holds ids, vectors and slim metadata; what is live, and every
word of text, is the catalog's to say.
"""

from __future__ import annotations

import hashlib
import os
import threading
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from index.catalog import Collection
from index.errors import StoreDamagedError, StoreError
from index.schema import peek
from index.seal import find_loss, remove, swap, write_seal
from index.trouble import explain_vectors

if TYPE_CHECKING:
    from chromadb.api.models.Collection import Collection as ChromaCollection

# Chroma refuses batches above 5,461 and advises 50 to 250.
_BATCH = 250
_SPACE = "cosine"
# With ef 10, Chroma's default page shows the nearest vector missed; 200 finds it and costs 1 ms.
_EF_SEARCH = 200
# Each write takes the next number in a queue that is later emptied into the segments.
_LAST_WRITE = (
    "SELECT id, collection, (SELECT max(seq_id) FROM (SELECT seq_id FROM embeddings_queue "
    "UNION ALL SELECT seq_id FROM max_seq_id)) FROM segments ORDER BY id"
)


class Nearest(NamedTuple):
    """An id and its cosine to the query, -1 to 1."""

    item: str
    cosine: float


class VectorStore(Protocol):
    """Vectors by id, in one collection for articles and one for passages."""

    def upsert(
        self, collection: Collection, items: Sequence[str], vectors: NDArray[np.float32], files: Sequence[str]
    ) -> None:
        """Add vectors, or replace those of the same ids. Shapes (n,), (n, dim), (n,)."""
        ...

    def delete(self, collection: Collection, items: Sequence[str]) -> None:
        """Remove ids; those that are not there are ignored."""
        ...

    def query(self, collection: Collection, vector: NDArray[np.float32], k: int) -> list[Nearest]:
        """Return at most k nearest, nearest first. An empty collection gives an empty list."""
        ...

    def items(self, collection: Collection) -> Iterator[str]:
        """Yield every id."""
        ...

    def count(self, collection: Collection) -> int:
        """Return how many ids there are."""
        ...

    def drop_other_models(self) -> None:
        """Delete what embedders that are no longer used have left."""
        ...

    def stamp(self) -> str:
        """Return what is another after every write, without opening the store; "" where that cannot be told."""
        ...

    def seal(self) -> None:
        """Remember which files there are, once all is written, so that their loss is told by ``fault``."""
        ...

    def fault(self) -> str:
        """Say what is lost of the files there were at the last ``seal``, without opening any; "" for nothing."""
        ...

    def replacing(self) -> AbstractContextManager[None]:
        """Let what is written inside take the place of everything, once it is left without an error."""
        ...

    def refresh(self) -> None:
        """See what another process has written since."""
        ...

    def close(self) -> None:
        """Release files and memory."""
        ...


class ChromaStore:
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

    def upsert(
        self, collection: Collection, items: Sequence[str], vectors: NDArray[np.float32], files: Sequence[str]
    ) -> None:
        """See VectorStore."""
        if items:
            self._unseal()
        for start in range(0, len(items), _BATCH):
            part = slice(start, start + _BATCH)
            arguments = {
                "ids": list(items[part]),
                "embeddings": vectors[part],
                "metadatas": [{"file": file} for file in files[part]],
            }
            self._call(collection, "upsert", arguments)

    def delete(self, collection: Collection, items: Sequence[str]) -> None:
        """See VectorStore."""
        if items:
            self._unseal()
        for start in range(0, len(items), _BATCH):
            self._call(collection, "delete", {"ids": list(items[start : start + _BATCH])})

    def query(self, collection: Collection, vector: NDArray[np.float32], k: int) -> list[Nearest]:
        """See VectorStore."""
        # A reader never makes a collection: the writer may be making it at this moment.
        result = self._call(
            collection,
            "query",
            {"query_embeddings": vector[np.newaxis], "n_results": k, "include": ["distances"]},
            create=False,
        )
        if result is None:
            return []
        ids, distances = result["ids"][0], result["distances"][0]
        return [Nearest(item, 1.0 - float(distance)) for item, distance in zip(ids, distances, strict=True)]

    def items(self, collection: Collection) -> Iterator[str]:
        """See VectorStore."""
        offset = 0
        while ids := self._call(collection, "get", {"limit": 5000, "offset": offset, "include": []})["ids"]:
            yield from ids
            offset += len(ids)

    def count(self, collection: Collection) -> int:
        """See VectorStore."""
        return int(self._call(collection, "count", {}))

    def stamp(self) -> str:
        """See VectorStore. The number of Chroma's last write, and the names of its segments.

        Where another Chroma has other tables nothing is told, and the store is looked through.
        """
        written = peek(self._database, _LAST_WRITE)
        return hashlib.sha256(repr(written).encode()).hexdigest()[:16] if written else ""

    def seal(self) -> None:
        """See VectorStore."""
        with self._translated():
            write_seal(self._folder, self._seal)
        self._sealed = True

    def _unseal(self) -> None:
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
        """See VectorStore. A second process sees new ids at once but new vectors only when it reopens."""
        self.close()

    def close(self) -> None:
        """See VectorStore. The next call opens the folder again."""
        with self._lock:
            self._collections.clear()
            if self._client is not None:
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
            self._unseal()
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
                    full_name,
                    configuration={
                        "hnsw": {"space": _SPACE, "ef_search": _EF_SEARCH, "ef_construction": 200}
                    },
                    embedding_function=None,
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
            try:
                self._client = chromadb.PersistentClient(
                    path=str(self._folder), settings=Settings(anonymized_telemetry=False)
                )
            except BaseException:
                _forget_half_made(str(self._folder))
                raise
            self._opened = self._identify()
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


class MemoryStore:
    """Exact cosine search over arrays in memory; what Chroma is measured against."""

    def __init__(self) -> None:
        self._rows: dict[Collection, dict[str, NDArray[np.float32]]] = {"articles": {}, "passages": {}}

    def upsert(
        self, collection: Collection, items: Sequence[str], vectors: NDArray[np.float32], files: Sequence[str]
    ) -> None:
        """See VectorStore."""
        for item, vector in zip(items, vectors, strict=True):
            self._rows[collection][item] = vector

    def delete(self, collection: Collection, items: Sequence[str]) -> None:
        """See VectorStore."""
        for item in items:
            self._rows[collection].pop(item, None)

    def query(self, collection: Collection, vector: NDArray[np.float32], k: int) -> list[Nearest]:
        """See VectorStore."""
        rows = self._rows[collection]
        if not rows:
            return []
        items = list(rows)
        matrix = np.stack([rows[item] for item in items])
        cosines = matrix @ vector / np.linalg.norm(matrix, axis=1)
        order = sorted(range(len(items)), key=lambda index: (-cosines[index], items[index]))[:k]
        return [Nearest(items[index], float(cosines[index])) for index in order]

    def items(self, collection: Collection) -> Iterator[str]:
        """See VectorStore."""
        yield from tuple(self._rows[collection])

    def count(self, collection: Collection) -> int:
        """See VectorStore."""
        return len(self._rows[collection])

    def drop_other_models(self) -> None:
        """See VectorStore. There is only one."""

    def stamp(self) -> str:
        """See VectorStore. Memory is gone with the process, so nothing can be told."""
        return ""

    def seal(self) -> None:
        """See VectorStore. There are no files."""

    def fault(self) -> str:
        """See VectorStore. There are no files."""
        return ""

    @contextmanager
    def replacing(self) -> Iterator[None]:
        """See VectorStore."""
        for rows in self._rows.values():
            rows.clear()
        yield

    def refresh(self) -> None:
        """See VectorStore. There is nothing to see: no other process has this memory."""

    def close(self) -> None:
        """See VectorStore."""


def _forget_half_made(path: str) -> None:
    """Take what Chroma keeps of a client that could not be opened: it would be given out again, unusable."""
    from chromadb.api.shared_system_client import SharedSystemClient as Shared

    if path not in Shared._identifier_to_refcount:
        Shared._identifier_to_system.pop(path, None)

"""Opening the catalog for questions: one read transaction each, beside whoever writes."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from index.errors import StoreError, StoreMissingError
from index.schema import connect, explain_no_access, explain_trouble, is_frozen
from index.snapshot import IndexState, Snapshot


class CatalogReader:
    """Opens the catalog for questions, one connection a thread."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._local = threading.local()
        self._connections: list[sqlite3.Connection] = []
        self._lock = threading.Lock()
        self._digest: tuple[str, str] = ("", "")

    def close(self) -> None:
        """Close every thread's connection."""
        with self._lock:
            for connection in self._connections:
                connection.close()
            self._connections.clear()
            self._local = threading.local()

    @contextmanager
    def snapshot(self) -> Iterator[Snapshot]:
        """Give a view that does not change while it is used.

        Raises:
            StoreMissingError: nothing was indexed yet.
            StoreError: the catalog is damaged, or may not be read.
        """
        connection = self._connection()
        try:
            connection.execute("BEGIN")
            try:
                yield Snapshot(connection)
            finally:
                connection.execute("COMMIT")
        except sqlite3.DatabaseError as exc:
            raise explain_trouble(self._file, exc) from exc
        if self._local.frozen and self._identify() != self._local.identity:
            # Without the right to lock, nothing kept a writer from changing pages while they were read.
            raise StoreError(f"{self._file} was changed while it was read: ask again")

    def state(self) -> IndexState:
        """Return counts, what the index was built with, and a digest of what is live."""
        with self.snapshot() as view:
            return view.state(self._digest_of(view))

    def digest(self) -> str:
        """Return 16 hexadecimal digits; equal for equal live content."""
        with self.snapshot() as view:
            return self._digest_of(view)

    def _digest_of(self, view: Snapshot) -> str:
        generation = f"{view.meta('generation')}/{view.meta('recipe')}"
        if self._digest[0] != generation:
            self._digest = (generation, view.content_digest())
        return self._digest[1]

    def _connection(self) -> sqlite3.Connection:
        identity, frozen = self._identify(), is_frozen(self._file)
        connection: sqlite3.Connection | None = getattr(self._local, "connection", None)
        if connection is not None and self._local.frozen == frozen:
            # An index folder that was deleted and made anew is another file under the same name. What is
            # opened as it stands is opened again after every change, too.
            told = slice(None) if frozen else slice(2)
            if self._local.identity[told] == identity[told]:
                return connection
        fresh = connect(self._file)
        with self._lock:
            if connection is not None:
                self._connections.remove(connection)
                connection.close()
            self._connections.append(fresh)
        self._local.connection, self._local.identity, self._local.frozen = fresh, identity, frozen
        return fresh

    def _identify(self) -> tuple[int, int, int, int]:
        """Return which file it is, then its size and when it was last written."""
        try:
            status = self._file.stat()
        except (FileNotFoundError, NotADirectoryError):
            raise StoreMissingError(
                f"nothing is indexed in {self._file.parent} yet: run `dateline index`"
            ) from None
        except PermissionError as exc:
            raise explain_no_access(self._file) from exc
        return status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns

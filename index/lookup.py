"""Opening the catalog for questions: one read transaction each, beside whoever writes."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from index.errors import StoreError, StoreMissingError
from index.schema import connect
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
            StoreError: the catalog is damaged.
        """
        connection = self._connection()
        try:
            connection.execute("BEGIN")
            try:
                yield Snapshot(connection)
            finally:
                connection.execute("COMMIT")
        except sqlite3.DatabaseError as exc:
            raise StoreError(
                f"{self._file} cannot be read ({exc}): delete the index folder and run `dateline index`"
            ) from exc

    def state(self) -> IndexState:
        """Return counts, what the index was built with, and a digest of what is live."""
        with self.snapshot() as view:
            generation = f"{view.meta('generation')}/{view.meta('recipe')}"
            if self._digest[0] != generation:
                self._digest = (generation, view.content_digest())
            return view.state(self._digest[1])

    def _connection(self) -> sqlite3.Connection:
        try:
            status = self._file.stat()
        except (FileNotFoundError, NotADirectoryError):
            raise StoreMissingError(
                f"nothing is indexed in {self._file.parent} yet: run `dateline index`"
            ) from None
        # An index folder that was deleted and made anew is another file under the same name.
        identity = (status.st_dev, status.st_ino)
        connection: sqlite3.Connection | None = getattr(self._local, "connection", None)
        if connection is not None and self._local.identity == identity:
            return connection
        fresh = connect(self._file)
        with self._lock:
            if connection is not None:
                self._connections.remove(connection)
                connection.close()
            self._connections.append(fresh)
        self._local.connection, self._local.identity = fresh, identity
        return fresh

"""Opening the catalog for questions: one read transaction each, beside whoever writes."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from index.codes import CodeError
from index.database import Connection, Database, explain_codes
from index.errors import StoreError
from index.schema import database_at
from index.snapshot import IndexState, Snapshot

# Passages. With 50,000 Chroma takes four times the time for its first answer, and more with more; but reading
# every vector also takes 1.5 kB of memory for each.
_SMALL = 100_000


class CatalogReader:
    """Opens the catalog for questions, one connection a thread."""

    def __init__(self, place: Path | Database) -> None:
        """Open nothing yet.

        Args:
            place: a database; a path is a SQLite file.
        """
        self._database = database_at(place)
        self._local = threading.local()
        self._connections: dict[threading.Thread, Connection] = {}
        self._lock = threading.Lock()
        self._digest: tuple[str, str] = ("", "")

    def close(self) -> None:
        """Close every thread's connection."""
        with self._lock:
            for connection in self._connections.values():
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
        try:
            connection = self._begin()
            identity = self._local.identity
            try:
                yield Snapshot(connection, self._database.text)
            finally:
                connection.execute("COMMIT")
        except self._database.errors as exc:
            raise self._database.explain(exc) from exc
        except CodeError as exc:
            raise explain_codes(self._database, exc) from exc
        self._database.check_unchanged(identity)

    def is_small(self) -> bool:
        """Tell whether every vector can be read in less time than Chroma takes to load. Raises nothing."""
        try:
            with self.snapshot() as view:
                return view.count_passages() <= _SMALL
        except StoreError:  # told when it is asked
            return False

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
        # Another thread may be looking at another generation at the same time.
        known, digest = self._digest
        if known != generation:
            digest = view.content_digest()
            self._digest = (generation, digest)
        return digest

    def _begin(self) -> Connection:
        connection = self._connection()
        try:
            self._database.begin(connection, write=False)
        except self._database.errors:
            # A server that was restarted is told of by the first statement after it.
            if not self._database.is_lost(connection):
                raise
            connection = self._connection()
            self._database.begin(connection, write=False)
        return connection

    def _connection(self) -> Connection:
        identity = self._database.identify()
        connection: Connection | None = getattr(self._local, "connection", None)
        if (
            connection is not None
            and self._local.identity == identity
            and not self._database.is_lost(connection)
        ):
            if not self._local.checked:
                self._local.checked = self._database.check_sound(connection)
            return connection
        fresh = self._database.connect()
        try:
            checked = self._database.check_sound(fresh)
        except BaseException:
            fresh.close()
            raise
        with self._lock:
            # This thread's own, of a database that is no longer there, and those of threads that have ended.
            own = threading.current_thread()
            for thread in [each for each in self._connections if each is own or not each.is_alive()]:
                self._connections.pop(thread).close()
            self._connections[own] = fresh
        self._local.connection, self._local.identity = fresh, identity
        self._local.checked = checked
        return fresh

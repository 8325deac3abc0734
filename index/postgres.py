"""The catalog on PostgreSQL, so that several machines share one index and any of them may write it.

Who writes holds an advisory lock on the very connection that it writes through: when it dies, or is cut off,
the server lets go of the lock, and nothing more of it can arrive.
"""

from __future__ import annotations

import time
from collections.abc import Hashable, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from functools import lru_cache
from typing import Any

import psycopg
from psycopg.conninfo import conninfo_to_dict, make_conninfo
from psycopg.pq import TransactionStatus

from index.database import Connection, Rows
from index.errors import ConfigError, StoreBusyError, StoreError, StoreMissingError
from index.lock import explain_busy
from index.postgres_tables import SCHEMA_NAME, TABLES, VERSION
from index.postgres_text import TsVector
from index.postgres_trouble import DISCARD, SETTING, explain_refusal, explain_trouble

# The eight letters of "dateline"; advisory locks are counted apart in each database.
_LOCK = 0x646174656C696E65
_SESSION = f"""
SET search_path = {SCHEMA_NAME};
SET jit = off;
SET plan_cache_mode = force_custom_plan;
SET tcp_keepalives_idle = 20;
SET tcp_keepalives_interval = 5;
SET tcp_keepalives_count = 4;
"""
_CONNECT_S = 10
_ANALYZED = (
    "revisions",
    "articles",
    "passages",
    "sentences",
    "vectors",
    "sentence_vectors",
    "passages_words",
)


class PostgresConnection:
    """A psycopg connection that is spoken to as SQLite is."""

    def __init__(self, connection: psycopg.Connection[tuple[Any, ...]]) -> None:
        self.raw = connection

    def execute(self, sql: str, parameters: Sequence[Any] = (), /) -> Rows:
        """See Connection."""
        # A cursor of its own: rows may still be read of the one before.
        return self.raw.cursor(binary=True).execute(_in_psycopg(sql), parameters)

    def executemany(self, sql: str, rows: Iterable[Sequence[Any]], /) -> object:
        """See Connection."""
        with self.raw.cursor() as cursor:
            cursor.executemany(_in_psycopg(sql), rows)
        return None

    def close(self) -> None:
        """See Connection."""
        self.raw.close()


class PostgresDatabase:
    """See Database. One index a database, in a schema of its own."""

    errors = (psycopg.Error,)
    discard = DISCARD

    def __init__(self, url: str) -> None:
        """Connect to nothing yet.

        Args:
            url: "postgresql://user:password@host:5432/name", with whatever libpq takes after a "?".

        Raises:
            ConfigError: it is no such address.
        """
        try:
            parts = conninfo_to_dict(url)
        except psycopg.Error:
            # What libpq says of it may hold the password.
            raise ConfigError(
                f"{SETTING} cannot be read: give an address such as postgresql://user:password@localhost/dateline, "
                "signs such as @ or / in the password as %40 or %2F"
            ) from None
        ports = str(parts.get("port") or "5432").split(",")
        if not all(port.isascii() and port.isdigit() and 0 < int(port) < 65536 for port in ports):
            # Not shown: what stands there may be a part of the password.
            raise ConfigError(
                f"{SETTING} has a port that is no number from 1 to 65535: set it right, signs such as @ or / in "
                "the password as %40 or %2F"
            )
        host = parts.get("host") or parts.get("hostaddr") or "localhost"
        port = f":{parts['port']}" if parts.get("port") else ""
        self.name = f"postgresql://{host}{port}/{parts.get('dbname') or parts.get('user') or ''}"
        self.text = TsVector()
        ours = {"application_name": "dateline", "connect_timeout": str(_CONNECT_S)}
        self._address = make_conninfo(
            url, **{name: value for name, value in ours.items() if name not in parts}
        )

    def connect(self) -> Connection:
        """See Database."""
        connection = self._open()
        # Plans that are kept would not survive a catalog that is deleted and made anew.
        connection.raw.prepare_threshold = None
        try:
            self._check(connection)
        except BaseException:
            connection.close()
            raise
        return connection

    def _open(self) -> PostgresConnection:
        try:
            raw = psycopg.connect(self._address, autocommit=True)
        except psycopg.Error as exc:
            # Not "from exc": its text goes into logs.
            raise explain_refusal(self.name, exc) from None
        try:
            raw.execute(_SESSION)
        except psycopg.Error as exc:
            raw.close()
            raise self.explain(exc) from exc
        return PostgresConnection(raw)

    def _check(self, connection: Connection) -> None:
        """Raise unless the catalog is there and of this version."""
        try:
            if connection.execute("SELECT to_regclass(?)", (f"{SCHEMA_NAME}.meta",)).fetchone()[0] is None:
                raise StoreMissingError(f"nothing is indexed in {self.name} yet: run `dateline index`")
            row = connection.execute("SELECT value FROM meta WHERE key = 'schema'").fetchone()
        except psycopg.Error as exc:
            raise self.explain(exc) from exc
        version = row[0] if row else "0"
        if version != VERSION:
            raise StoreError(
                f"{self.name} has schema {version}, this Dateline reads {VERSION}: use the Dateline that made it, or "
                f"{DISCARD} and run `dateline index`, which embeds anew"
            )

    def check_sound(self, connection: Connection) -> bool:
        """See Database. A server looks after its own pages."""
        return True

    def identify(self) -> Hashable:
        """See Database. Tables are found by name at each statement, also those made anew."""
        return self.name

    def check_unchanged(self, identity: Hashable) -> None:
        """See Database. A snapshot is kept by the server."""

    def is_lost(self, connection: Connection) -> bool:
        """See Database."""
        assert isinstance(connection, PostgresConnection)
        return connection.raw.closed

    @contextmanager
    def locked(self, *, patience_s: float = 1.0) -> Iterator[None]:
        """See Database."""
        connection = self._open()
        try:
            self._lock(connection, patience_s)
            yield
        finally:
            connection.close()

    def _lock(self, connection: Connection, patience_s: float) -> None:
        deadline = time.monotonic() + patience_s
        try:
            while not connection.execute("SELECT pg_try_advisory_lock(?)", (_LOCK,)).fetchone()[0]:
                if time.monotonic() >= deadline:
                    raise StoreBusyError(explain_busy(self.name))
                time.sleep(0.1)
        except psycopg.Error as exc:
            raise self.explain(exc) from exc

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """See Database."""
        connection = self._open()
        try:
            self._lock(connection, 1.0)
            if connection.execute("SELECT to_regclass(?)", (f"{SCHEMA_NAME}.meta",)).fetchone()[0] is None:
                self._make_tables(connection)
            self._check(connection)
            yield connection
        finally:
            connection.close()

    def _make_tables(self, connection: PostgresConnection) -> None:
        there = connection.execute("SELECT to_regnamespace(?)", (SCHEMA_NAME,)).fetchone()[0] is not None
        make = "" if there else f"CREATE SCHEMA {SCHEMA_NAME};"
        # Several statements are one transaction.
        connection.raw.execute(
            f"BEGIN; {make} {TABLES} INSERT INTO meta VALUES ('schema', '{VERSION}'); COMMIT;"
        )

    def begin(self, connection: Connection, *, write: bool) -> None:
        """See Database."""
        mode = "READ COMMITTED READ WRITE" if write else "REPEATABLE READ READ ONLY"
        connection.execute(f"BEGIN ISOLATION LEVEL {mode}")

    def abandon(self, connection: Connection) -> None:
        """See Database."""
        assert isinstance(connection, PostgresConnection)
        if not connection.raw.closed and connection.raw.info.transaction_status != TransactionStatus.IDLE:
            # A connection that is lost by now has rolled back.
            with suppress(psycopg.Error):
                connection.execute("ROLLBACK")

    def tidy(self, connection: Connection) -> None:
        """See Database. New words leave the list that each question reads; the planner learns of a first fill."""
        connection.execute("SELECT gin_clean_pending_list(CAST('passages_by_word' AS regclass))")
        known = "SELECT reltuples FROM pg_class WHERE oid = CAST('passages' AS regclass)"
        planned, found = connection.execute(known).fetchone()[0], self.text.count(connection)
        if abs(found - planned) > 0.1 * found:
            connection.execute(f"ANALYZE {', '.join(_ANALYZED)}")

    def find_damage(self, connection: Connection) -> Iterator[str]:
        """See Database. References are kept by the server, pages checked by it as they are read."""
        yield from ()

    def explain(self, exc: Exception) -> StoreError:
        """See Database."""
        assert isinstance(exc, psycopg.Error)
        return explain_trouble(self.name, exc)

    def exists(self) -> bool:
        """See Database."""
        try:
            self.connect().close()
        except StoreMissingError:
            return False
        return True

    def may_write(self) -> bool:
        """See Database."""
        return bool(
            self._ask(
                "SELECT NOT pg_is_in_recovery() AND current_setting('transaction_read_only') = 'off' "
                "AND has_table_privilege('meta', 'INSERT')"
            )
        )

    def size_bytes(self) -> int:
        """See Database."""
        return int(
            self._ask(
                "SELECT coalesce(sum(pg_total_relation_size(c.oid)), 0)::bigint FROM pg_class c "
                "WHERE c.relkind = 'r' AND c.relnamespace = to_regnamespace(current_schema())"
            )
        )

    def _ask(self, sql: str) -> Any:
        connection = self.connect()
        try:
            return connection.execute(sql).fetchone()[0]
        except psycopg.Error as exc:
            raise self.explain(exc) from exc
        finally:
            connection.close()


@lru_cache(maxsize=1024)
def _in_psycopg(sql: str) -> str:
    """Write values as psycopg wants them."""
    return sql.replace("%", "%%").replace("?", "%s")

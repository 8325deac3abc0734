"""The catalog as a SQLite file: its tables, how it is opened, and what its errors mean."""

from __future__ import annotations

import os
import sqlite3
import threading
from collections.abc import Hashable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path

from index.database import Connection, Database
from index.errors import ConfigError, StoreBusyError, StoreDamagedError, StoreError, StoreMissingError
from index.fts5 import TOKENIZER, Fts5
from index.lock import explain_busy, explain_no_folder, folder_lock
from index.sound import break_seal, is_sound, look_through, seal
from index.trouble import is_disk_full, may_write

CATALOG_FILE = "catalog.sqlite"
LOCK_FILE = "writer.lock"

SCHEMA_VERSION = 3

SCHEMA = f"""
CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
INSERT INTO meta VALUES ('built', lower(hex(randomblob(8))));
CREATE TABLE revisions (
    id INTEGER PRIMARY KEY, file TEXT NOT NULL, digest TEXT NOT NULL, content TEXT NOT NULL,
    lost TEXT NOT NULL, live INTEGER NOT NULL
);
CREATE UNIQUE INDEX one_live_revision ON revisions (file) WHERE live;
CREATE TABLE notes (
    revision INTEGER NOT NULL REFERENCES revisions ON DELETE CASCADE, note TEXT NOT NULL
);
CREATE INDEX notes_of_revision ON notes (revision);
CREATE TABLE articles (
    id INTEGER PRIMARY KEY, revision INTEGER NOT NULL REFERENCES revisions ON DELETE CASCADE,
    article TEXT NOT NULL, item TEXT NOT NULL UNIQUE, title TEXT NOT NULL, publisher TEXT,
    authors TEXT NOT NULL, url TEXT, published TEXT,
    key BLOB, offset INTEGER NOT NULL, text BLOB NOT NULL
);
CREATE INDEX articles_of_revision ON articles (revision);
CREATE TABLE passages (
    id INTEGER PRIMARY KEY, article INTEGER NOT NULL REFERENCES articles ON DELETE CASCADE,
    item TEXT NOT NULL UNIQUE, start INTEGER NOT NULL, stop INTEGER NOT NULL,
    line_start INTEGER NOT NULL, line_end INTEGER NOT NULL, key BLOB NOT NULL
);
CREATE INDEX passages_of_article ON passages (article);
CREATE INDEX passages_by_key ON passages (key);
CREATE TABLE sentences (
    passage INTEGER NOT NULL REFERENCES passages ON DELETE CASCADE,
    start INTEGER NOT NULL, stop INTEGER NOT NULL, PRIMARY KEY (passage, start)
) WITHOUT ROWID;
CREATE TABLE vectors (id INTEGER PRIMARY KEY, key BLOB NOT NULL UNIQUE, vector BLOB NOT NULL);
CREATE TABLE sentence_vectors (
    id INTEGER PRIMARY KEY REFERENCES vectors ON DELETE CASCADE, codes BLOB NOT NULL
);
CREATE TABLE pending (
    collection TEXT NOT NULL, item TEXT NOT NULL, op TEXT NOT NULL, PRIMARY KEY (collection, item)
) WITHOUT ROWID;
CREATE TABLE names (term TEXT PRIMARY KEY, skeleton TEXT NOT NULL, articles INTEGER NOT NULL) WITHOUT ROWID;
CREATE INDEX names_by_skeleton ON names (skeleton);
CREATE TABLE skipped (
    file TEXT NOT NULL, reason TEXT NOT NULL, PRIMARY KEY (file, reason)
) WITHOUT ROWID;
CREATE VIRTUAL TABLE passages_fts USING fts5 (
    title, text, content='', tokenize='{TOKENIZER}'
);
CREATE VIRTUAL TABLE passages_vocab USING fts5vocab ('passages_fts', 'row');
"""

# One thread of a process looks a catalog through, the others wait for what it finds.
_looking = threading.Lock()
# Of what is wrong, what is read.
_NAMED = 6
# What a page that was overwritten can say.
_DAMAGE = {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB}


def writer_lock(index: Path, *, patience_s: float = 1.0) -> AbstractContextManager[None]:
    """Hold the one writer's lock of an index folder.

    A moment's patience, because `dateline status` takes the lock for a blink to see whether it is free.

    Raises:
        StoreBusyError: another process holds it.
    """
    return folder_lock(
        index, LOCK_FILE, busy=explain_busy(index), mend="set DATELINE_INDEX", patience_s=patience_s
    )


@dataclass(frozen=True, slots=True)
class SqliteDatabase:
    """See Database. The writer's lock is a file beside the catalog."""

    file: Path

    errors = (sqlite3.Error,)
    text = Fts5()
    discard = "delete the index folder"

    @property
    def name(self) -> str:
        """See Database."""
        return str(self.file.parent)

    def connect(self) -> Connection:
        """See Database."""
        return connect(self.file)

    def check_sound(self, connection: Connection) -> bool:
        """See Database. Looked through only where another than Dateline has touched the file."""
        with _looking:
            if is_sound(self.file):
                return True
            if self._is_written():
                return False
            look_through(self.file, lambda: self.find_damage(connection), self.errors)
            return True

    def _is_written(self) -> bool:
        try:
            with self.locked(patience_s=0.0):
                return False
        except StoreBusyError:
            return True
        except (StoreError, ConfigError):
            return False  # no right to lock, so nobody to be seen either

    def identify(self) -> Hashable:
        """See Database.

        An index folder that was deleted and made anew is another file under the same name. What is opened as
        it stands is opened again after every change, too.
        """
        identity = self._stat()
        return identity if is_frozen(self.file) else identity[:2]

    def _stat(self) -> tuple[int, ...]:
        """Return which file it is, then its size and when it was last written."""
        try:
            status = self.file.stat()
        except NotADirectoryError:
            raise explain_no_folder(self.file.parent, "set DATELINE_INDEX") from None
        except FileNotFoundError:
            raise StoreMissingError(f"nothing is indexed in {self.name} yet: run `dateline index`") from None
        except PermissionError as exc:
            raise explain_no_access(self.file) from exc
        return status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns

    def check_unchanged(self, identity: Hashable) -> None:
        """See Database. Without the right to lock, nothing keeps a writer from changing pages that are read."""
        frozen = isinstance(identity, tuple) and len(identity) > 2
        if frozen and self._stat() != identity:
            raise StoreError(f"{self.file} was changed while it was read: ask again")

    def is_lost(self, connection: Connection) -> bool:
        """See Database. A file does not go away."""
        return False

    def locked(self, *, patience_s: float = 1.0) -> AbstractContextManager[None]:
        """See Database."""
        return writer_lock(self.file.parent, patience_s=patience_s)

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """See Database."""
        with self.locked():
            connection = connect(self.file, create=True)
            try:
                if int(connection.execute("PRAGMA user_version").fetchone()[0]) == 0:
                    # In pages of SQLite's usual 4 kB a fifth would stay empty behind the vectors of sentences.
                    connection.execute("PRAGMA page_size = 8192")
                    connection.execute("PRAGMA journal_mode = WAL")
                    connection.executescript(
                        f"BEGIN; {SCHEMA} PRAGMA user_version = {SCHEMA_VERSION}; COMMIT;"
                    )
                elif not is_sound(self.file):
                    look_through(self.file, lambda: self.find_damage(connection), self.errors)
                break_seal(self.file)
                yield connection
            finally:
                connection.close()
            seal(self.file)

    def begin(self, connection: Connection, *, write: bool) -> None:
        """See Database."""
        connection.execute("BEGIN IMMEDIATE" if write else "BEGIN")

    def abandon(self, connection: Connection) -> None:
        """See Database. A full disk may have rolled back by itself."""
        assert isinstance(connection, sqlite3.Connection)
        if connection.in_transaction:
            connection.execute("ROLLBACK")

    def tidy(self, connection: Connection) -> None:
        """See Database. Folds the write-ahead log into the file, and lets the planner look at the tables."""
        connection.execute("PRAGMA optimize")
        # Whoever is reading just now must not keep the run waiting: the next one truncates the log.
        connection.execute("PRAGMA busy_timeout = 1000")
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")

    def find_damage(self, connection: Connection) -> Iterator[str]:
        """See Database."""
        for (said,) in connection.execute(f"PRAGMA integrity_check({_NAMED})"):
            if said != "ok":
                yield " ".join(str(said).split())
        for table, row, parent, _ in connection.execute("PRAGMA foreign_key_check"):
            yield f"row {row} of {table} belongs to no row of {parent}"

    def explain(self, exc: Exception) -> StoreError:
        """See Database."""
        assert isinstance(exc, sqlite3.Error)
        return explain_trouble(self.file, exc)

    def exists(self) -> bool:
        """See Database."""
        return self.file.is_file()

    def may_write(self) -> bool:
        """See Database."""
        return may_write(self.file)

    def size_bytes(self) -> int:
        """See Database. The write-ahead log included."""
        log = self.file.with_name(f"{self.file.name}-wal")
        return sum(each.stat().st_size for each in (self.file, log) if each.is_file())


def database_at(place: Path | Database) -> Database:
    """Return a database as it is, and of a path the SQLite file there."""
    return SqliteDatabase(place) if isinstance(place, Path) else place


def connect(file: Path, *, create: bool = False) -> sqlite3.Connection:
    """Open the catalog with the pragmas everything relies on.

    Where it or its folder cannot be written, it is opened as it stands: SQLite would have to make files
    beside it.

    Raises:
        StoreMissingError: another process is only just making it.
        StoreError: it is not a catalog, is damaged, may not be read, or was made by another Dateline.
    """
    connection: sqlite3.Connection | None = None
    address = file.absolute().as_uri()
    try:
        connection = sqlite3.connect(
            file if create else f"{address}?{'immutable=1' if is_frozen(file) else 'mode=rw'}",
            uri=not create,
            isolation_level=None,
            timeout=30.0,
            check_same_thread=False,
        )
        connection.execute("PRAGMA foreign_keys = ON")
        connection.execute("PRAGMA synchronous = NORMAL")
        # 64 MiB of pages and 1 GiB of mapped file: a question touches the same pages again and again.
        connection.execute("PRAGMA cache_size = -65536")
        connection.execute("PRAGMA mmap_size = 1073741824")
        version = int(connection.execute("PRAGMA user_version").fetchone()[0])
        empty = connection.execute("SELECT 1 FROM sqlite_master").fetchone() is None
    except sqlite3.Error as exc:
        if connection is not None:
            connection.close()
        raise explain_trouble(file, exc) from exc
    if version == SCHEMA_VERSION or (create and empty):
        return connection
    connection.close()
    if empty:
        raise StoreMissingError(f"nothing is indexed in {file.parent} yet: run `dateline index`")
    raise StoreError(
        f"{file} has schema {version}, this Dateline reads {SCHEMA_VERSION}: "
        "use the Dateline that made it, or delete the index folder and run `dateline index`, which embeds anew"
    )


def is_frozen(file: Path) -> bool:
    """Tell whether a catalog can be read and not written, and holds all that was ever committed.

    On a full disk there is no room for the files that SQLite keeps beside it while it reads. With a write-ahead log beside it, it does not: a run is going on, or was killed. Without one somebody
    else may still begin to write, so whoever reads looks again afterwards.
    """
    log = file.with_name(f"{file.name}-wal")
    try:
        pending = log.stat().st_size > 0
    except OSError:
        pending = False
    writable = os.access(file, os.W_OK) and os.access(file.parent, os.W_OK) and not is_disk_full(file.parent)
    return not pending and os.access(file, os.R_OK) and not writable


def explain_trouble(file: Path, exc: sqlite3.Error) -> StoreError:
    """Say what is wrong with the catalog, and its mend."""
    # The extended codes, as of one write error among many, keep the plain one in their last byte.
    code = getattr(exc, "sqlite_errorcode", 0) & 0xFF
    if code in _DAMAGE:
        return StoreDamagedError(
            f"{file} is damaged ({exc}): delete the index folder and run `dateline index`, which embeds anew"
        )
    if code == sqlite3.SQLITE_FULL or (code != sqlite3.SQLITE_BUSY and is_disk_full(file.parent)):
        return StoreError(
            f"{file} cannot be written, the disk is full: free some space and run `dateline index` again; "
            "what was complete before is still answered from"
        )
    if code in (sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_PERM, sqlite3.SQLITE_AUTH):
        return explain_no_access(file)
    return StoreError(
        f"{file} cannot be used ({exc}): run `dateline index`; if that fails too, delete the index folder first"
    )


def explain_no_access(file: Path) -> StoreError:
    """Say which right is missing, and its mend."""
    if not os.access(file, os.R_OK):
        return StoreError(
            f"{file} may not be read: allow it (chmod -R u+rwX {file.parent}), or set DATELINE_INDEX"
        )
    if is_frozen(file) or os.access(file.parent, os.W_OK):
        return StoreError(
            f"{file} may not be written: allow it (chmod -R u+rwX {file.parent}), or set DATELINE_INDEX"
        )
    return StoreError(
        f"{file.parent} may not be written, and the last `dateline index` was stopped or is at work: let a "
        "user who may write there run it to its end"
    )


def make_shrinking(file: Path) -> None:
    """Make an empty SQLite file that gives back the room of what is deleted; one that is there is left alone.

    Raises:
        sqlite3.Error: it cannot be made.
    """
    # An empty one is what a process leaves that was killed here.
    if file.exists() and file.stat().st_size:
        return
    connection = sqlite3.connect(file)
    try:
        connection.execute("PRAGMA auto_vacuum = FULL")
        # Writes the empty file's first page, which is what tells.
        connection.execute("VACUUM")
    finally:
        connection.close()


def peek(file: Path, query: str) -> list[tuple[object, ...]]:
    """Ask any SQLite file one question without changing it; no rows where that fails."""
    if not file.is_file():
        return []
    try:
        connection = sqlite3.connect(f"{file.absolute().as_uri()}?mode=ro", uri=True)
        try:
            return connection.execute(query).fetchall()
        finally:
            connection.close()
    except sqlite3.Error:
        return []

"""The tables of the catalog, and how its file is opened."""

from __future__ import annotations

import sqlite3
from pathlib import Path

from index.errors import StoreError, StoreMissingError

SCHEMA_VERSION = 1

SCHEMA = """
CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
INSERT INTO meta VALUES ('built', lower(hex(randomblob(8))));
CREATE TABLE revisions (
    id INTEGER PRIMARY KEY, file TEXT NOT NULL, digest TEXT NOT NULL, content TEXT NOT NULL,
    lost TEXT NOT NULL, live INTEGER NOT NULL
);
CREATE UNIQUE INDEX one_live_revision ON revisions (file) WHERE live;
CREATE TABLE articles (
    id INTEGER PRIMARY KEY, revision INTEGER NOT NULL REFERENCES revisions ON DELETE CASCADE,
    article TEXT NOT NULL, item TEXT NOT NULL UNIQUE, title TEXT NOT NULL, publisher TEXT,
    authors TEXT NOT NULL, url TEXT, published TEXT,
    key BLOB, offset INTEGER NOT NULL, text TEXT NOT NULL
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
CREATE TABLE vectors (
    id INTEGER PRIMARY KEY, key BLOB NOT NULL UNIQUE, vector BLOB NOT NULL, sentences BLOB NOT NULL
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
    title, text, content='', tokenize='porter unicode61 remove_diacritics 2'
);
CREATE VIRTUAL TABLE articles_fts USING fts5 (
    title, text, content='', tokenize='porter unicode61 remove_diacritics 2'
);
CREATE VIRTUAL TABLE passages_vocab USING fts5vocab ('passages_fts', 'row');
"""


def connect(file: Path, *, create: bool = False) -> sqlite3.Connection:
    """Open the catalog with the pragmas everything relies on.

    Raises:
        StoreMissingError: another process is only just making it.
        StoreError: it is not a catalog, is damaged, or was made by another Dateline.
    """
    connection: sqlite3.Connection | None = None
    try:
        connection = sqlite3.connect(
            file if create else f"{file.absolute().as_uri()}?mode=rw",
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
        raise StoreError(
            f"{file} cannot be opened as a catalog ({exc}): delete the index folder and run `dateline index`"
        ) from exc
    if version == SCHEMA_VERSION or (create and empty):
        return connection
    connection.close()
    if empty:
        raise StoreMissingError(f"nothing is indexed in {file.parent} yet: run `dateline index`")
    raise StoreError(
        f"{file} has schema {version}, this Dateline reads {SCHEMA_VERSION}: "
        "delete the index folder and run `dateline index`, or use the Dateline that made it"
    )


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

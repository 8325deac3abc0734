"""The catalog: a SQLite file that is the truth about what is indexed.

Chroma is derived from it and can be rebuilt from it without embedding again. A file's revision is
first written beside the live one and then put in its place in one transaction, full-text rows
included, so that a reader sees the old text or the new and never a mixture.

Only this module, index/lookup.py and index/schema.py know sqlite3.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from index.model import Document, Passage, Skipped
from index.schema import ADDED, SCHEMA, SCHEMA_VERSION, connect, explain_trouble
from index.spelling import name_terms, skeleton

Collection = Literal["articles", "passages"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Upsert:
    """A vector that Chroma lacks: its id there, its key in the vector cache, its article's file."""

    item: str
    key: bytes
    file: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Staged:
    """A document that is ready to be written: its passages and the keys of their vectors.

    Attributes:
        content: SHA-256 (hexadecimal) of the file's bytes alone.
        items: id in Chroma of each article.
        article_keys: vector key of each article; None for one without a sentence.
        passage_keys: vector key of each passage.
    """

    document: Document
    content: str
    items: tuple[str, ...]
    article_keys: tuple[bytes | None, ...]
    passages: tuple[Passage, ...]
    passage_keys: tuple[bytes, ...]


@contextmanager
def open_catalog(file: Path) -> Iterator[CatalogWriter]:
    """Open the catalog for writing; the caller holds the writer's lock.

    Raises:
        StoreError: it is damaged, may not be written, or the disk is full, now or at any statement inside.
    """
    try:
        writer = CatalogWriter(file)
        try:
            yield writer
        finally:
            writer.close()
    except sqlite3.Error as exc:
        raise explain_trouble(file, exc) from exc


class CatalogWriter:
    """Writes the catalog. One at a time: the caller holds the writer's lock."""

    def __init__(self, file: Path) -> None:
        self._connection = connect(file, create=True)
        if int(self._connection.execute("PRAGMA user_version").fetchone()[0]) == 0:
            self._connection.execute("PRAGMA journal_mode = WAL")
            self._connection.executescript(f"BEGIN; {SCHEMA} PRAGMA user_version = {SCHEMA_VERSION}; COMMIT;")
        self._connection.executescript(ADDED)
        # Keys of passages that were dropped since this was opened: perhaps no other passage has them.
        self._loose: set[bytes] = set()

    def close(self) -> None:
        """Close the connection."""
        self._connection.close()

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Commit everything inside at once, or nothing."""
        self._connection.execute("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException:
            # A full disk may have rolled back by itself.
            if self._connection.in_transaction:
                self._connection.execute("ROLLBACK")
            raise
        self._connection.execute("COMMIT")

    def get_meta(self, key: str) -> str | None:
        """Return a fact about the index, None when it was never set."""
        row = self._connection.execute("SELECT value FROM meta WHERE key = ?", (key,)).fetchone()
        return None if row is None else str(row[0])

    def set_meta(self, key: str, value: str) -> None:
        """Remember a fact about the index."""
        self._connection.execute("INSERT OR REPLACE INTO meta VALUES (?, ?)", (key, value))

    def bump(self, key: str) -> None:
        """Count a change that readers look for."""
        self.set_meta(key, str(int(self.get_meta(key) or 0) + 1))

    def live_digests(self) -> dict[str, str]:
        """Return the digest of each live file."""
        return dict(self._connection.execute("SELECT file, digest FROM revisions WHERE live"))

    def count_live(self) -> tuple[int, int]:
        """Return how many articles and passages are live."""
        articles, passages = self._connection.execute(
            "SELECT count(DISTINCT a.id), count(p.id) FROM revisions r JOIN articles a ON a.revision = r.id "
            "LEFT JOIN passages p ON p.article = a.id WHERE r.live"
        ).fetchone()
        return int(articles), int(passages)

    # -- revisions

    def stage(self, staged: Staged) -> int:
        """Write a revision beside the live one and put its vectors on the work list."""
        execute = self._connection.execute
        document = staged.document
        revision = execute(
            "INSERT INTO revisions (file, digest, content, lost, live) VALUES (?, ?, ?, ?, 0)",
            (document.file, document.digest, staged.content, json.dumps(document.lost, ensure_ascii=False)),
        ).lastrowid
        assert revision is not None
        many = self._connection.executemany
        many("INSERT INTO notes VALUES (?, ?)", [(revision, note) for note in document.notes])
        rows: dict[str, int] = {}
        offset = 0
        for index, article in enumerate(document.articles):
            ref = article.ref
            last = index == len(document.articles) - 1
            end = len(document.text) if last else article.span.end
            cursor = execute(
                "INSERT INTO articles (revision, article, item, title, publisher, authors, url, published, "
                "key, offset, text) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                (
                    revision,
                    ref.id,
                    staged.items[index],
                    ref.title,
                    ref.publisher,
                    json.dumps(ref.authors, ensure_ascii=False),
                    ref.url,
                    ref.published.isoformat() if ref.published else None,
                    staged.article_keys[index],
                    offset,
                    document.text[offset:end],
                ),
            )
            assert cursor.lastrowid is not None
            rows[ref.id] = cursor.lastrowid
            if staged.article_keys[index] is not None:
                self._enqueue("articles", staged.items[index], "upsert")
            offset = end
        # Numbers are given here and not by SQLite, so that each table is filled by one statement.
        first = int(execute("SELECT coalesce(max(id), 0) + 1 FROM passages").fetchone()[0])
        numbered = list(enumerate(staged.passages, start=first))
        many(
            "INSERT INTO passages (id, article, item, start, stop, line_start, line_end, key) "
            "VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            [
                (row, rows[p.article.id], p.id, p.start, p.end, p.line_start, p.line_end, key)
                for (row, p), key in zip(numbered, staged.passage_keys, strict=True)
            ],
        )
        many(
            "INSERT INTO sentences VALUES (?, ?, ?)",
            [(row, *span) for row, passage in numbered for span in passage.sentences],
        )
        many(
            "INSERT OR REPLACE INTO pending VALUES ('passages', ?, 'upsert')",
            [(passage.id,) for passage in staged.passages],
        )
        return revision

    def go_live(self, revision: int) -> None:
        """Put a staged revision in the place of the live one of the same file, if there is one."""
        file = self._connection.execute("SELECT file FROM revisions WHERE id = ?", (revision,)).fetchone()[0]
        self.remove_live(file)
        self._connection.execute("UPDATE revisions SET live = 1 WHERE id = ?", (revision,))
        self._write_full_text(revision, sign=1)

    def remove_live(self, file: str) -> None:
        """Take a file's live revision out, and put the deletion of its vectors on the work list."""
        row = self._connection.execute("SELECT id FROM revisions WHERE file = ? AND live", (file,)).fetchone()
        if row is not None:
            self._write_full_text(row[0], sign=-1)
            self._drop_revision(row[0])

    def drop_staged(self) -> int:
        """Drop revisions that a run which was stopped left behind. Return how many there were."""
        revisions = [row[0] for row in self._connection.execute("SELECT id FROM revisions WHERE NOT live")]
        for revision in revisions:
            self._drop_revision(revision)
        return len(revisions)

    def _drop_revision(self, revision: int) -> None:
        execute = self._connection.execute
        self._loose.update(
            key
            for (key,) in execute(
                "SELECT p.key FROM passages p JOIN articles a ON a.id = p.article WHERE a.revision = ?",
                (revision,),
            )
        )
        execute(
            "INSERT OR REPLACE INTO pending SELECT 'articles', item, 'delete' FROM articles WHERE revision = ?",
            (revision,),
        )
        execute(
            "INSERT OR REPLACE INTO pending SELECT 'passages', p.item, 'delete' FROM passages p "
            "JOIN articles a ON a.id = p.article WHERE a.revision = ?",
            (revision,),
        )
        execute("DELETE FROM revisions WHERE id = ?", (revision,))

    def _write_full_text(self, revision: int, *, sign: Literal[1, -1]) -> None:
        """Add a revision to the full-text tables, or take it out with the very words that went in."""
        columns = "rowid, title, text"
        passages_sql = f"INSERT INTO passages_fts ({columns}) VALUES (?, ?, ?)"
        articles_sql = f"INSERT INTO articles_fts ({columns}) VALUES (?, ?, ?)"
        if sign < 0:
            passages_sql = f"INSERT INTO passages_fts (passages_fts, {columns}) VALUES ('delete', ?, ?, ?)"
            articles_sql = f"INSERT INTO articles_fts (articles_fts, {columns}) VALUES ('delete', ?, ?, ?)"
        for row, title, offset, text in self._connection.execute(
            "SELECT id, title, offset, text FROM articles WHERE revision = ? ORDER BY id", (revision,)
        ).fetchall():
            passages = self._connection.execute(
                "SELECT id, start, stop FROM passages WHERE article = ? ORDER BY id", (row,)
            ).fetchall()
            pieces = [
                (number, title, text[start - offset : stop - offset]) for number, start, stop in passages
            ]
            self._connection.executemany(passages_sql, pieces)
            body = "\n".join(piece for _, _, piece in pieces)
            self._connection.execute(articles_sql, (row, title, body))
            self._count_names(f"{title}\n{body}", sign)

    def _count_names(self, text: str, sign: Literal[1, -1]) -> None:
        terms = sorted(name_terms(text))
        if sign > 0:
            self._connection.executemany(
                "INSERT INTO names VALUES (?, ?, 1) ON CONFLICT (term) DO UPDATE SET articles = articles + 1",
                [(term, skeleton(term)) for term in terms],
            )
            return
        gone = [(term,) for term in terms]
        self._connection.executemany("UPDATE names SET articles = articles - 1 WHERE term = ?", gone)
        self._connection.executemany("DELETE FROM names WHERE term = ? AND articles < 1", gone)

    # -- vectors and the work list

    def _enqueue(self, collection: Collection, item: str, op: Literal["upsert", "delete"]) -> None:
        self._connection.execute("INSERT OR REPLACE INTO pending VALUES (?, ?, ?)", (collection, item, op))

    def enqueue_upserts(self, collection: Collection, items: Iterable[str]) -> None:
        """Put ids that the catalog holds and Chroma does not on the work list."""
        for item in items:
            self._enqueue(collection, item, "upsert")

    def enqueue_deletes(self, collection: Collection, items: Iterable[str]) -> None:
        """Put ids that Chroma holds and the catalog does not on the work list."""
        for item in items:
            self._enqueue(collection, item, "delete")

    def items(self, collection: Collection) -> set[str]:
        """Return the ids Chroma should hold once the work list is done."""
        return {
            row[0] for row in self._connection.execute(f"SELECT item FROM {collection} WHERE key IS NOT NULL")
        }

    def count_items(self, collection: Collection) -> int:
        """Return how many ids Chroma should hold once the work list is done."""
        sql = f"SELECT count(*) FROM {collection} WHERE key IS NOT NULL"
        return int(self._connection.execute(sql).fetchone()[0])

    def pending_upserts(self, collection: Collection, *, staged_only: bool) -> list[Upsert]:
        """Return the vectors Chroma lacks, newest articles first, openings before the rest."""
        where = "AND NOT r.live" if staged_only else ""
        order = "p.start > (SELECT min(start) FROM passages WHERE article = a.id)"
        sql = {
            "articles": "SELECT n.item, a.key, r.file FROM pending n "
            "JOIN articles a ON a.item = n.item JOIN revisions r ON r.id = a.revision "
            f"WHERE n.collection = 'articles' AND n.op = 'upsert' {where} "
            "ORDER BY a.published DESC, n.item",
            "passages": "SELECT n.item, p.key, r.file FROM pending n "
            "JOIN passages p ON p.item = n.item JOIN articles a ON a.id = p.article "
            "JOIN revisions r ON r.id = a.revision "
            f"WHERE n.collection = 'passages' AND n.op = 'upsert' {where} "
            f"ORDER BY {order}, a.published DESC, n.item",
        }[collection]
        return [Upsert(item=item, key=key, file=file) for item, key, file in self._connection.execute(sql)]

    def stored_upserts(self, collection: Collection) -> list[Upsert]:
        """Return every id that Chroma should hold and whose vector is in the cache."""
        sql = {
            "articles": "SELECT a.item, a.key, r.file FROM articles a JOIN vectors v ON v.key = a.key "
            "JOIN revisions r ON r.id = a.revision ORDER BY a.id",
            "passages": "SELECT p.item, p.key, r.file FROM passages p JOIN vectors v ON v.key = p.key "
            "JOIN articles a ON a.id = p.article JOIN revisions r ON r.id = a.revision ORDER BY p.id",
        }[collection]
        return [Upsert(item=item, key=key, file=file) for item, key, file in self._connection.execute(sql)]

    def pending_deletes(self, collection: Collection) -> list[str]:
        """Return the ids that are to leave Chroma."""
        rows = self._connection.execute(
            "SELECT item FROM pending WHERE collection = ? AND op = 'delete' ORDER BY item", (collection,)
        )
        return [row[0] for row in rows]

    def finish(self, collection: Collection, items: Sequence[str]) -> None:
        """Take done work off the list."""
        self._connection.executemany(
            "DELETE FROM pending WHERE collection = ? AND item = ?", [(collection, item) for item in items]
        )

    def missing_keys(self, keys: Iterable[bytes]) -> list[bytes]:
        """Return the keys, each once and in order, that the vector cache lacks."""
        lacking = []
        for key in dict.fromkeys(keys):
            if self._connection.execute("SELECT 1 FROM vectors WHERE key = ?", (key,)).fetchone() is None:
                lacking.append(key)
        return lacking

    def passage_of_key(self, key: bytes) -> tuple[str, str, str, tuple[tuple[int, int], ...]]:
        """Return title, file, text and sentences (in the text) of a passage with this vector key."""
        row, title, file, text, start = self._connection.execute(
            "SELECT p.id, a.title, r.file, substr(a.text, p.start - a.offset + 1, p.stop - p.start), p.start "
            "FROM passages p JOIN articles a ON a.id = p.article JOIN revisions r ON r.id = a.revision "
            "WHERE p.key = ? LIMIT 1",
            (key,),
        ).fetchone()
        spans = self._connection.execute(
            "SELECT start, stop FROM sentences WHERE passage = ? ORDER BY start", (row,)
        )
        return title, file, text, tuple((first - start, last - start) for first, last in spans)

    def put_vectors(self, rows: Iterable[tuple[bytes, bytes, bytes]]) -> None:
        """Store vectors: key, float16 vector, int8 sentence vectors."""
        self._connection.executemany(
            "INSERT OR REPLACE INTO vectors (key, vector, sentences) VALUES (?, ?, ?)", rows
        )

    def get_vectors(self, keys: Sequence[bytes]) -> list[bytes]:
        """Return the stored vectors of keys that are all in the cache."""
        return [
            self._connection.execute("SELECT vector FROM vectors WHERE key = ?", (key,)).fetchone()[0]
            for key in keys
        ]

    def drop_unused_vectors(self, *, everywhere: bool) -> None:
        """Forget vectors that no passage uses any more; an article's is that of its opening.

        Args:
            everywhere: look at every vector, not only at those of passages that were dropped since the
                catalog was opened: another run may have been stopped before it did.
        """
        if everywhere:
            self._connection.execute("DELETE FROM vectors WHERE key NOT IN (SELECT key FROM passages)")
            return
        self._connection.executemany(
            "DELETE FROM vectors WHERE key = ?1 AND NOT EXISTS (SELECT 1 FROM passages WHERE key = ?1)",
            [(key,) for key in self._loose],
        )

    # -- the rest

    def set_skipped(self, skipped: Sequence[Skipped], keep: Sequence[Skipped]) -> None:
        """Replace the list of files that could not be indexed."""
        self._connection.execute("DELETE FROM skipped")
        self._connection.executemany(
            "INSERT OR REPLACE INTO skipped VALUES (?, ?)",
            [(item.file, item.reason) for item in (*keep, *skipped)],
        )

    def live_losses(self) -> list[Skipped]:
        """Return what was left out of live files, an entry a remark."""
        rows = self._connection.execute(
            "SELECT file, lost FROM revisions WHERE live AND lost != '[]' ORDER BY file"
        )
        return [Skipped(file=file, reason=note) for file, lost in rows for note in json.loads(lost)]

    def live_notes(self) -> list[Skipped]:
        """Return the remarks on live files, an entry a remark."""
        rows = self._connection.execute(
            "SELECT r.file, n.note FROM notes n JOIN revisions r ON r.id = n.revision AND r.live "
            "ORDER BY r.file, n.rowid"
        )
        return [Skipped(file=file, reason=note) for file, note in rows]

    def skipped(self) -> tuple[Skipped, ...]:
        """Return the files that could not be indexed in the last run."""
        rows = self._connection.execute("SELECT file, reason FROM skipped ORDER BY file, reason")
        return tuple(Skipped(file=file, reason=reason) for file, reason in rows)

    def checkpoint(self) -> None:
        """Fold the write-ahead log into the file, and let the planner look at the tables."""
        self._connection.execute("PRAGMA optimize")
        # Whoever is reading just now must not keep the run waiting: the next one truncates the log.
        self._connection.execute("PRAGMA busy_timeout = 1000")
        self._connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")

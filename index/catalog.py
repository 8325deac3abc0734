"""The catalog: the truth about what is indexed, in a SQLite file or on PostgreSQL.

Chroma is derived from it and can be rebuilt from it without embedding again. A file's revision is
first written beside the live one and then put in its place in one transaction, full-text rows
included, so that a reader sees the old text or the new and never a mixture.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from index.codes import CodeError, pack, unpack
from index.database import Collection as Collection
from index.database import Connection, Database, explain_codes, select_many
from index.model import Document, Passage, Skipped
from index.schema import database_at
from index.spelling import name_terms, skeleton

# What is to be done with an id is what was said of it last.
_NEWEST_WORK = "ON CONFLICT (collection, item) DO UPDATE SET op = excluded.op"


@dataclass(frozen=True, slots=True, kw_only=True)
class Upsert:
    """A vector that Chroma lacks: its id there and its key in the vector cache."""

    item: str
    key: bytes


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
def open_catalog(place: Path | Database) -> Iterator[CatalogWriter]:
    """Open the catalog for writing, as the only one who does.

    Args:
        place: a database; a path is a SQLite file.

    Raises:
        StoreBusyError: another process is writing.
        StoreError: it is damaged, may not be written, or the disk is full, now or at any statement inside.
    """
    database = database_at(place)
    try:
        with database.writing() as connection:
            yield CatalogWriter(connection, database)
    except database.errors as exc:
        raise database.explain(exc) from exc
    except CodeError as exc:
        raise explain_codes(database, exc) from exc


class CatalogWriter:
    """Writes the catalog through the one connection that may."""

    def __init__(self, connection: Connection, database: Database) -> None:
        self._connection = connection
        self._database = database
        # Keys of passages that were dropped since this was opened: perhaps no other passage has them.
        self._loose: set[bytes] = set()
        self._unpacked: tuple[int, str] | None = None

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Commit everything inside at once, or nothing."""
        self._database.begin(self._connection, write=True)
        try:
            yield
        except BaseException:
            self._database.abandon(self._connection)
            raise
        self._connection.execute("COMMIT")

    def get_meta(self, key: str) -> str | None:
        """Return a fact about the index, None when it was never set."""
        row = self._connection.execute("SELECT value FROM meta WHERE key = ?", (key,)).fetchone()
        return None if row is None else str(row[0])

    def set_meta(self, key: str, value: str) -> None:
        """Remember a fact about the index."""
        self._connection.execute(
            "INSERT INTO meta VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value",
            (key, value),
        )

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
        revision = self._next("revisions")
        execute(
            "INSERT INTO revisions (id, file, digest, content, lost, live) VALUES (?, ?, ?, ?, ?, FALSE)",
            (
                revision,
                document.file,
                document.digest,
                staged.content,
                json.dumps(document.lost, ensure_ascii=False),
            ),
        )
        many = self._connection.executemany
        many("INSERT INTO notes VALUES (?, ?)", [(revision, note) for note in document.notes])
        rows: dict[str, int] = {}
        offset = 0
        # Numbers are given here and not by the database, so that each table is filled by one statement.
        first = self._next("articles")
        articles = []
        for index, article in enumerate(document.articles):
            ref = article.ref
            last = index == len(document.articles) - 1
            end = len(document.text) if last else article.span.end
            rows[ref.id] = first + index
            articles.append(
                (
                    rows[ref.id],
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
                    pack(document.text[offset:end]),
                )
            )
            offset = end
        many(
            "INSERT INTO articles (id, revision, article, item, title, publisher, authors, url, published, "
            'key, "offset", text) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)',
            articles,
        )
        with_vector = zip(staged.items, staged.article_keys, strict=True)
        self.enqueue_upserts("articles", [item for item, key in with_vector if key is not None])
        numbered = list(enumerate(staged.passages, start=self._next("passages")))
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
        self.enqueue_upserts("passages", [passage.id for passage in staged.passages])
        return revision

    def _next(self, table: Literal["revisions", "articles", "passages"]) -> int:
        """Return the number of the next row."""
        return int(self._connection.execute(f"SELECT coalesce(max(id), 0) + 1 FROM {table}").fetchone()[0])

    def go_live(self, revision: int) -> None:
        """Put a staged revision in the place of the live one of the same file, if there is one."""
        file = self._connection.execute("SELECT file FROM revisions WHERE id = ?", (revision,)).fetchone()[0]
        self.remove_live(file)
        self._connection.execute("UPDATE revisions SET live = TRUE WHERE id = ?", (revision,))
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
            "INSERT INTO pending SELECT 'articles', item, 'delete' FROM articles WHERE revision = ? "
            f"{_NEWEST_WORK}",
            (revision,),
        )
        execute(
            "INSERT INTO pending SELECT 'passages', p.item, 'delete' FROM passages p "
            f"JOIN articles a ON a.id = p.article WHERE a.revision = ? {_NEWEST_WORK}",
            (revision,),
        )
        execute("DELETE FROM revisions WHERE id = ?", (revision,))

    def _write_full_text(self, revision: int, *, sign: Literal[1, -1]) -> None:
        """Add a revision to the full text, or take it out with the very words that went in."""
        write = self._database.text.add if sign > 0 else self._database.text.remove
        found: list[tuple[int, str, str]] = []
        for row, title, offset, packed in self._connection.execute(
            "SELECT a.id, a.title, a.offset, a.text FROM articles a WHERE a.revision = ? ORDER BY a.id",
            (revision,),
        ).fetchall():
            text = unpack(packed)
            passages = self._connection.execute(
                "SELECT id, start, stop FROM passages WHERE article = ? ORDER BY id", (row,)
            ).fetchall()
            pieces = [
                (number, title, text[start - offset : stop - offset]) for number, start, stop in passages
            ]
            found += pieces
            self._count_names("\n".join([title, *(piece for _, _, piece in pieces)]), sign)
        write(self._connection, found)

    def _count_names(self, text: str, sign: Literal[1, -1]) -> None:
        terms = sorted(name_terms(text))
        if sign > 0:
            self._connection.executemany(
                "INSERT INTO names VALUES (?, ?, 1) ON CONFLICT (term) DO UPDATE SET articles = names.articles + 1",
                [(term, skeleton(term)) for term in terms],
            )
            return
        gone = [(term,) for term in terms]
        self._connection.executemany("UPDATE names SET articles = articles - 1 WHERE term = ?", gone)
        self._connection.executemany("DELETE FROM names WHERE term = ? AND articles < 1", gone)

    # -- vectors and the work list

    def enqueue_upserts(self, collection: Collection, items: Iterable[str]) -> None:
        """Put ids that the catalog holds and Chroma does not on the work list."""
        self._enqueue(collection, items, "upsert")

    def enqueue_deletes(self, collection: Collection, items: Iterable[str]) -> None:
        """Put ids that Chroma holds and the catalog does not on the work list."""
        self._enqueue(collection, items, "delete")

    def _enqueue(self, collection: Collection, items: Iterable[str], op: Literal["upsert", "delete"]) -> None:
        self._connection.executemany(
            f"INSERT INTO pending VALUES (?, ?, ?) {_NEWEST_WORK}", [(collection, item, op) for item in items]
        )

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
            "articles": "SELECT n.item, a.key FROM pending n "
            "JOIN articles a ON a.item = n.item JOIN revisions r ON r.id = a.revision "
            f"WHERE n.collection = 'articles' AND n.op = 'upsert' {where} "
            "ORDER BY a.published IS NULL, a.published DESC, n.item",
            "passages": "SELECT n.item, p.key FROM pending n "
            "JOIN passages p ON p.item = n.item JOIN articles a ON a.id = p.article "
            "JOIN revisions r ON r.id = a.revision "
            f"WHERE n.collection = 'passages' AND n.op = 'upsert' {where} "
            f"ORDER BY {order}, a.published IS NULL, a.published DESC, n.item",
        }[collection]
        return [Upsert(item=item, key=key) for item, key in self._connection.execute(sql)]

    def stored_upserts(self, collection: Collection) -> list[Upsert]:
        """Return every id that Chroma should hold and whose vector is in the cache."""
        sql = {
            "articles": "SELECT a.item, a.key FROM articles a JOIN vectors v ON v.key = a.key ORDER BY a.id",
            "passages": "SELECT p.item, p.key FROM passages p JOIN vectors v ON v.key = p.key ORDER BY p.id",
        }[collection]
        return [Upsert(item=item, key=key) for item, key in self._connection.execute(sql)]

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
        asked = list(dict.fromkeys(keys))
        held = select_many(self._connection, "SELECT key FROM vectors WHERE key IN ({marks})", asked)
        known = {key for (key,) in held}
        return [key for key in asked if key not in known]

    def passage_of_key(self, key: bytes) -> tuple[str, str, str, tuple[tuple[int, int], ...]]:
        """Return title, file, text and sentences (in the text) of a passage with this vector key."""
        row, article, title, file, offset, start, stop = self._connection.execute(
            "SELECT p.id, a.id, a.title, r.file, a.offset, p.start, p.stop FROM passages p "
            "JOIN articles a ON a.id = p.article JOIN revisions r ON r.id = a.revision "
            "WHERE p.key = ? LIMIT 1",
            (key,),
        ).fetchone()
        spans = self._connection.execute(
            "SELECT start, stop FROM sentences WHERE passage = ? ORDER BY start", (row,)
        )
        text = self._text_of(article)[start - offset : stop - offset]
        return title, file, text, tuple((first - start, last - start) for first, last in spans)

    def _text_of(self, article: int) -> str:
        """Return the text of an article; the last one is kept, since its passages are asked for one by one."""
        if self._unpacked is None or self._unpacked[0] != article:
            packed = self._connection.execute(
                "SELECT text FROM articles WHERE id = ?", (article,)
            ).fetchone()[0]
            self._unpacked = article, unpack(packed)
        return self._unpacked[1]

    def put_vectors(self, rows: Iterable[tuple[bytes, bytes, bytes]]) -> None:
        """Store vectors: key, vector and sentence vectors, as index/codes.py writes them."""
        given = list(rows)
        self._connection.executemany(
            "INSERT INTO vectors (key, vector) VALUES (?, ?) "
            "ON CONFLICT (key) DO UPDATE SET vector = excluded.vector",
            [(key, vector) for key, vector, _ in given],
        )
        self._connection.executemany(
            "INSERT INTO sentence_vectors (id, codes) VALUES ((SELECT id FROM vectors WHERE key = ?), ?) "
            "ON CONFLICT (id) DO UPDATE SET codes = excluded.codes",
            [(key, codes) for key, _, codes in given],
        )

    def get_vectors(self, keys: Sequence[bytes]) -> list[bytes]:
        """Return the stored vectors of keys that are all in the cache."""
        sql = "SELECT key, vector FROM vectors WHERE key IN ({marks})"
        stored = dict(select_many(self._connection, sql, list(dict.fromkeys(keys))))
        return [stored[key] for key in keys]

    def drop_unused_vectors(self, *, everywhere: bool) -> None:
        """Forget vectors that no passage uses any more; an article's is that of its opening.

        Args:
            everywhere: look at every vector, not only at those of passages that were dropped since the
                catalog was opened: another run may have been stopped before it did.
        """
        unused = "DELETE FROM vectors WHERE NOT EXISTS (SELECT 1 FROM passages p WHERE p.key = vectors.key)"
        if everywhere:
            self._connection.execute(unused)
            return
        self._connection.executemany(f"{unused} AND key = ?", [(key,) for key in self._loose])

    # -- the rest

    def set_skipped(self, skipped: Sequence[Skipped], keep: Sequence[Skipped]) -> None:
        """Replace the list of files that could not be indexed."""
        self._connection.execute("DELETE FROM skipped")
        self._connection.executemany(
            "INSERT INTO skipped VALUES (?, ?) ON CONFLICT DO NOTHING",
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
        """Let the database put itself in order after a run."""
        self._database.tidy(self._connection)

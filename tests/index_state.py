"""What the tests of the index share: making one, writing its whole state down, and checking it for faults."""

from __future__ import annotations

import json
import sqlite3
import unicodedata
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from index.articles import digest_of, read_bytes, read_metadata, scan_folder
from index.catalog import CatalogWriter, Collection, open_catalog
from index.chroma import ChromaStore
from index.codes import from_halves, pack, unpack
from index.database import Connection, Database
from index.embed import Embedder, HashEmbedder, PassageText
from index.exact import SharedVectors
from index.lookup import CatalogReader
from index.model import Hit
from index.search import Searcher
from index.spelling import name_terms, skeleton
from index.sync import CATALOG_FILE, Syncer, SyncReport, recipe_of
from index.vectors import VectorStore

MAX_FILE_MB = 1.0
MAX_BYTES = 1024 * 1024
COLLECTIONS: tuple[Collection, Collection] = ("articles", "passages")


class CountingEmbedder(HashEmbedder):
    """A HashEmbedder that remembers what it was asked; ``rules`` makes it another model."""

    def __init__(self, rules: str = "", *, max_tokens: int = 256) -> None:
        super().__init__(max_tokens=max_tokens)
        self.name += rules
        self.fingerprint = (self.fingerprint + rules)[-16:]
        self.passages: list[str] = []
        self.queries: list[str] = []

    def embed_passages(self, passages: Sequence[PassageText]) -> Any:
        self.passages += [passage.text for passage in passages]
        return super().embed_passages(passages)

    def embed_query(self, text: str) -> Any:
        self.queries.append(text)
        return super().embed_query(text)


@dataclass
class Desk:
    """A corpus folder and its index, below one folder; each store opened is closed at the end."""

    root: Path
    embedder: HashEmbedder = field(default_factory=CountingEmbedder)
    store: VectorStore | None = None
    database: Database | None = None

    @property
    def corpus(self) -> Path:
        return self.root / "corpus"

    @property
    def index(self) -> Path:
        return self.root / "index"

    @property
    def catalog(self) -> Path:
        return self.index / CATALOG_FILE

    @property
    def place(self) -> Path | Database:
        return self.database or self.catalog

    @property
    def chroma(self) -> Path:
        return self.index / "chroma"

    def vectors(self) -> VectorStore:
        if self.store is None:
            self.store = self._open_vectors(self.embedder)
        return self.store

    def _open_vectors(self, embedder: Embedder) -> VectorStore:
        if self.database is not None:
            return SharedVectors(self.database)
        return ChromaStore(self.chroma, embedder.fingerprint)

    def write(self, file: str, text: str | bytes) -> None:
        path = self.corpus / file
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text.encode() if isinstance(text, str) else text)

    def sync(self, *paths: str, progress: Any = None) -> SyncReport:
        return self.syncer().run(paths, progress)

    def syncer(self) -> Syncer:
        return Syncer(
            corpus=self.corpus,
            index=self.index,
            embedder=self.embedder,
            vectors=self.vectors(),
            max_file_mb=MAX_FILE_MB,
            database=self.database,
        )

    @contextmanager
    def searcher(self, embedder: Embedder | None = None, **options: Any) -> Iterator[Searcher]:
        reader = CatalogReader(self.place)
        own = embedder or self.embedder
        vectors = self.vectors() if own is self.embedder else self._open_vectors(own)
        try:
            yield Searcher(reader=reader, vectors=vectors, embedder=own, **options)
        finally:
            reader.close()
            if vectors is not self.store:
                vectors.close()

    def search(self, query: str, k: int = 5) -> tuple[Hit, ...]:
        with self.searcher() as searcher:
            return searcher.search(query, k)

    def close(self) -> None:
        if self.store is not None:
            self.store.close()
            self.store = None


def story(subject: str, *, paragraphs: int = 3, body: str = "") -> str:
    """Write a short article about a subject, different in each sentence."""
    opening = f"{subject} in the news\n\nReporters wrote about {subject} on Tuesday. {body}\n\n"
    rest = (
        f"Paragraph {number} tells more of {subject}, said officer number {number} of the district. "
        f"It was the {number}th such report, and nobody in Tikrit had expected it before {1990 + number}.\n\n"
        for number in range(1, paragraphs + 1)
    )
    return opening + "".join(rest)


def query_all(place: Path | Database, sql: str) -> list[tuple[Any, ...]]:
    if isinstance(place, Path):
        connection: Connection = sqlite3.connect(f"{place.absolute().as_uri()}?mode=ro", uri=True)
    else:
        connection = place.connect()
    try:
        return connection.execute(sql).fetchall()
    finally:
        connection.close()


def change(place: Path | Database, *statements: str) -> None:
    """Damage a catalog by hand."""
    connection = (
        place.connect() if not isinstance(place, Path) else sqlite3.connect(place, isolation_level=None)
    )
    for statement in statements:
        connection.execute(statement)
    connection.close()


def change_texts(place: Path | Database, edit: Callable[[str], str]) -> None:
    """Overwrite the texts of articles in a catalog by hand."""
    for row, packed in query_all(place, "SELECT id, text FROM articles"):
        code = pack(edit(unpack(packed))).hex()
        code = f"x'{code}'" if isinstance(place, Path) else f"decode('{code}', 'hex')"
        change(place, f"UPDATE articles SET text = {code} WHERE id = {row}")


def full_text(place: Path | Database) -> list[tuple[Any, ...]]:
    """Return every word of the full text by item: on SQLite with column and place, else as a tsvector."""
    if not isinstance(place, Path):
        sql = (
            "SELECT i.item, w.length, CAST(w.words AS text) FROM passages_words w JOIN passages i USING (id)"
        )
        return sorted(query_all(place, sql))
    connection = sqlite3.connect(place)
    try:
        connection.execute(
            "CREATE VIRTUAL TABLE temp.words USING fts5vocab ('main', 'passages_fts', 'instance')"
        )
        return connection.execute(
            "SELECT coalesce(i.item, 'orphan'), w.col, w.term, w.offset FROM temp.words w "
            "LEFT JOIN passages i ON i.id = w.doc ORDER BY 1, 2, 4, 3"
        ).fetchall()
    finally:
        connection.close()


def dump(desk: Desk) -> dict[str, object]:
    """Write down all that an index holds, without row numbers or anything that counts runs."""
    file = desk.place
    state: dict[str, object] = {
        "revisions": query_all(
            file, "SELECT file, digest, content, lost, live FROM revisions ORDER BY file, live"
        ),
        "articles": query_all(
            file,
            "SELECT r.file, a.article, a.item, a.title, a.publisher, a.authors, a.url, a.published, a.offset, "
            "a.text, a.key FROM articles a JOIN revisions r ON r.id = a.revision ORDER BY a.item",
        ),
        "passages": query_all(
            file,
            "SELECT a.item, p.item, p.start, p.stop, p.line_start, p.line_end, p.key FROM passages p "
            "JOIN articles a ON a.id = p.article ORDER BY p.item",
        ),
        "sentences": query_all(
            file,
            "SELECT p.item, s.start, s.stop FROM sentences s JOIN passages p ON p.id = s.passage ORDER BY 1, 2",
        ),
        "vectors": query_all(
            file,
            "SELECT v.key, v.vector, s.codes FROM vectors v JOIN sentence_vectors s ON s.id = v.id ORDER BY 1",
        ),
        "pending": query_all(file, "SELECT * FROM pending ORDER BY 1, 2"),
        "names": query_all(file, "SELECT * FROM names ORDER BY 1"),
        "skipped": query_all(file, "SELECT * FROM skipped ORDER BY 1, 2"),
        "full text": full_text(file),
        "meta": query_all(
            file,
            "SELECT * FROM meta WHERE key NOT IN ('generation', 'vector_generation', 'vectors_stamp', 'built', 'schema') ORDER BY 1",
        ),
    }
    for collection in COLLECTIONS:
        state[f"{collection} in Chroma"] = sorted(desk.vectors().items(collection))
    return state


def assert_same(found: dict[str, object], expected: dict[str, object]) -> None:
    """Compare two dumps part by part, so that a failure names the part."""
    assert found.keys() == expected.keys()
    for part, rows in expected.items():
        assert found[part] == rows, f"{part} differ"


def assert_consistent(desk: Desk, *, in_step: bool = True) -> None:
    """Check everything that must hold of an index after a sync.

    Args:
        in_step: also compare with the corpus folder as it is now.
    """
    file = desk.place
    _assert_sound(file)
    assert query_all(file, "SELECT * FROM pending") == []
    assert query_all(file, "SELECT file FROM revisions WHERE NOT live") == []
    assert dict(query_all(file, "SELECT key, value FROM meta WHERE key IN ('unclean', 'recipe')")) == {
        "unclean": "0",
        "recipe": recipe_of(desk.embedder),
    }
    _assert_rows(desk)
    _assert_full_text(file)
    _assert_vectors(desk)
    if in_step:
        _assert_in_step(desk)


def assert_readable(desk: Desk) -> None:
    """Check what must hold at every moment, also of what a killed sync leaves."""
    _assert_sound(desk.place)
    _assert_full_text(desk.place)
    _assert_rows(desk)


def _assert_sound(place: Path | Database) -> None:
    if isinstance(place, Path):
        assert query_all(place, "PRAGMA integrity_check") == [("ok",)]
        assert query_all(place, "PRAGMA foreign_key_check") == []


def _assert_rows(desk: Desk) -> None:
    file = desk.place
    orphans = {
        "articles": "SELECT item FROM articles WHERE revision NOT IN (SELECT id FROM revisions)",
        "passages": "SELECT item FROM passages WHERE article NOT IN (SELECT id FROM articles)",
        "sentences": "SELECT passage FROM sentences WHERE passage NOT IN (SELECT id FROM passages)",
        "files without an article": "SELECT file FROM revisions WHERE id NOT IN (SELECT revision FROM articles)",
    }
    for what, sql in orphans.items():
        assert query_all(file, sql) == [], what
    openings: dict[int, bytes] = {}
    for article, key in query_all(file, "SELECT article, key FROM passages ORDER BY start"):
        openings.setdefault(article, key)
    for article, key in query_all(file, "SELECT id, key FROM articles"):
        assert key == openings.get(article)
    reader = CatalogReader(file)
    try:
        with reader.snapshot() as view:
            for name in view.files():
                text = view.text_of(name)
                assert text is not None
                rows = query_all(
                    file,
                    "SELECT p.id FROM passages p JOIN articles a ON a.id = p.article JOIN revisions r "
                    f"ON r.id = a.revision WHERE r.live AND r.file = {_quoted(name)} ORDER BY p.start",
                )
                passages = list(view.passages([row for (row,) in rows]).values())
                assert len(passages) == len(rows) > 0
                end = 0
                for passage in sorted(passages, key=lambda passage: passage.start):
                    assert end <= passage.start < passage.end <= len(text)
                    assert text[passage.start : passage.end] == passage.text
                    assert passage.line_start == text.count("\n", 0, passage.start) + 1
                    assert passage.line_end == text.count("\n", 0, passage.end - 1) + 1
                    assert passage.sentences
                    assert passage.sentences[0].start == passage.start
                    assert passage.sentences[-1].end == passage.end
                    end = passage.end
    finally:
        reader.close()


def _assert_full_text(place: Path | Database) -> None:
    """Build the full text again from what is live, and compare it word for word."""
    if isinstance(place, Path):
        _assert_fts5(place)
        return
    from index.postgres_text import TsVector

    live = "FROM articles a JOIN revisions r ON r.id = a.revision WHERE r.live ORDER BY a.id"
    expected: list[tuple[int, str, str]] = []
    for row, title, offset, packed in query_all(place, f"SELECT a.id, a.title, a.offset, a.text {live}"):
        text = unpack(packed)
        spans = query_all(place, f"SELECT id, start, stop FROM passages WHERE article = {row} ORDER BY id")
        expected += [(number, title, text[start - offset : stop - offset]) for number, start, stop in spans]
    connection = place.connect()
    try:
        held = "SELECT id, length, CAST(words AS text) FROM passages_words ORDER BY id"
        totals = "SELECT documents, words FROM totals"
        found = query_all(place, held), query_all(place, totals)
        connection.execute("BEGIN")
        connection.execute("DELETE FROM passages_words")
        connection.execute("UPDATE totals SET documents = 0, words = 0")
        TsVector().add(connection, expected)
        assert found == (connection.execute(held).fetchall(), connection.execute(totals).fetchall())
        connection.execute("ROLLBACK")
    finally:
        connection.close()


def _assert_fts5(file: Path) -> None:
    connection = sqlite3.connect(file)
    fresh = sqlite3.connect(":memory:")
    try:
        fresh.execute(
            "CREATE VIRTUAL TABLE passages_fts USING fts5 "
            "(title, text, content='', tokenize='porter unicode61 remove_diacritics 2')"
        )
        names: dict[str, int] = {}
        for row, title, offset, packed in connection.execute(
            "SELECT a.id, a.title, a.offset, a.text FROM articles a JOIN revisions r "
            "ON r.id = a.revision WHERE r.live"
        ).fetchall():
            text = unpack(packed)
            pieces = []
            for number, start, stop in connection.execute(
                f"SELECT id, start, stop FROM passages WHERE article = {row} ORDER BY start"
            ):
                pieces.append(text[start - offset : stop - offset])
                fresh.execute(
                    "INSERT INTO passages_fts (rowid, title, text) VALUES (?, ?, ?)",
                    (number, title, pieces[-1]),
                )
            for term in name_terms("\n".join([title, *pieces])):
                names[term] = names.get(term, 0) + 1
        connection.execute("INSERT INTO passages_fts (passages_fts) VALUES ('integrity-check')")
        found, expected = (_words(side) for side in (connection, fresh))
        assert found == expected, "the full text and the live rows differ"
        rows = "SELECT id FROM passages_fts_docsize ORDER BY id"
        assert connection.execute(rows).fetchall() == fresh.execute(rows).fetchall()
        connection.rollback()
        expected_names = sorted((term, skeleton(term), count) for term, count in names.items())
        assert connection.execute("SELECT * FROM names ORDER BY term").fetchall() == expected_names
    finally:
        connection.close()
        fresh.close()


def _words(connection: sqlite3.Connection) -> list[tuple[Any, ...]]:
    connection.execute("CREATE VIRTUAL TABLE temp.words USING fts5vocab ('main', 'passages_fts', 'instance')")
    rows = connection.execute("SELECT doc, col, offset, term FROM temp.words ORDER BY 1, 2, 3").fetchall()
    connection.execute("DROP TABLE temp.words")
    return rows


def _assert_vectors(desk: Desk) -> None:
    file = desk.place
    keys = {key for (key,) in query_all(file, "SELECT key FROM vectors")}
    assert keys == {key for (key,) in query_all(file, "SELECT key FROM passages")}, "vectors kept or lost"
    dim = desk.embedder.dim
    for vector, sentences, count in query_all(
        file,
        "SELECT v.vector, c.codes, (SELECT count(*) FROM sentences s WHERE s.passage = p.id) "
        "FROM passages p JOIN vectors v ON v.key = p.key JOIN sentence_vectors c ON c.id = v.id",
    ):
        assert len(vector) == 2 * dim
        assert len(sentences) == count * -(-3 * dim // 8)
    store = desk.vectors()
    for collection in COLLECTIONS:
        rows = dict(
            query_all(file, f"SELECT i.item, v.vector FROM {collection} i JOIN vectors v ON v.key = i.key")
        )
        held = list(store.items(collection))
        assert sorted(held) == sorted(rows), f"{collection}: catalog and Chroma differ"
        assert store.count(collection) == len(rows)
        for item in sorted(rows)[:: max(1, len(rows) // 5)]:
            vector = from_halves([rows[item]])[0]
            found = dict(store.query(collection, vector, len(rows)))
            assert found[item] > 0.999, f"{item} has another vector in Chroma"


def _assert_in_step(desk: Desk) -> None:
    metadata = read_metadata(desk.corpus)
    skipped = {row[0] for row in query_all(desk.place, "SELECT file FROM skipped")}
    expected = {}
    for found in scan_folder(desk.corpus, max_bytes=MAX_BYTES).files:
        data = read_bytes(found, MAX_BYTES)
        expected[found.file] = digest_of(data, found.file, metadata)
    live = dict(query_all(desk.place, "SELECT file, digest FROM revisions WHERE live"))
    assert live.items() <= expected.items()
    assert expected.keys() - live.keys() <= skipped
    texts: dict[str, str] = {}
    for file, packed in query_all(
        desk.place,
        "SELECT r.file, a.text FROM articles a JOIN revisions r ON r.id = a.revision ORDER BY a.offset, a.id",
    ):
        texts[file] = texts.get(file, "") + unpack(packed)
    for file, text in texts.items():
        if not file.endswith(".txt"):
            continue
        assert text == (desk.corpus / file).read_bytes().decode("utf-8")


def summary(hits: Sequence[Hit]) -> list[tuple[Any, ...]]:
    """Return what must be the same of two searches."""
    return [
        (hit.rank, hit.passage, round(hit.score, 9), hit.cosine, hit.copies, hit.found_by) for hit in hits
    ]


def composed(file: str) -> str:
    return unicodedata.normalize("NFC", file)


@contextmanager
def open_writer(desk: Desk) -> Iterator[CatalogWriter]:
    with open_catalog(desk.place) as writer:
        yield writer


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def as_lines(*rows: Mapping[str, object]) -> str:
    return "".join(json.dumps(row) + "\n" for row in rows)

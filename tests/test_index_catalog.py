"""The catalog by itself: what its transactions promise to whoever reads meanwhile."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
from index_state import COLLECTIONS, query_all

from index.catalog import CatalogWriter, Staged, open_catalog
from index.database import Database
from index.embed import HashEmbedder
from index.errors import StoreError, StoreMissingError
from index.lookup import CatalogReader
from index.model import Article, ArticleRef, Document, Skipped, Span
from index.passages import revision_id, split_document
from index.schema import connect
from index.snapshot import Snapshot

EMBEDDER = HashEmbedder(dim=8)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "catalog.sqlite"


@pytest.fixture(params=["sqlite", "postgres"])
def place(file: Path, request: pytest.FixtureRequest) -> Path | Database:
    if request.param == "sqlite":
        return file
    database: Database = request.getfixturevalue("postgres")
    return database


@pytest.fixture
def catalog(place: Path | Database) -> Iterator[CatalogWriter]:
    with open_catalog(place) as writer:
        yield writer


@pytest.fixture
def reader(place: Path | Database) -> Iterator[CatalogReader]:
    reader = CatalogReader(place)
    yield reader
    reader.close()


def staged(name: str, *texts: str, title: str = "Title", notes: tuple[str, ...] = ()) -> Staged:
    """Make a document of several articles with an empty line between them."""
    text, articles = "", []
    for number, part in enumerate(texts):
        start = len(text) + (2 if number else 0)
        text += "\n\n" * bool(number) + part
        ref = ArticleRef(
            id=f"{name}#{number}",
            file=name,
            title=title,
            authors=("Ann", "Bo \u00d6"),
            published=date(2014, 6, 10),
        )
        articles.append(Article(ref=ref, span=Span(start, len(text))))
    document = Document(
        file=name, text=text, articles=tuple(articles), digest=f"{hash(text) & 0xFFFFFF:064x}", lost=notes
    )
    passages = split_document(document, EMBEDDER.count_tokens, recipe="r", max_tokens=40)
    openings = {passage.article.id: passage.id.encode()[-16:] for passage in reversed(passages)}
    prefix = revision_id(document, "r")
    return Staged(
        document=document,
        content="c" * 64,
        items=tuple(f"{prefix}:a{number}" for number in range(len(articles))),
        article_keys=tuple(openings.get(article.ref.id) for article in articles),
        passages=passages,
        passage_keys=tuple(passage.id.encode()[-16:] for passage in passages),
    )


def put(catalog: CatalogWriter, *items: Staged) -> None:
    with catalog.transaction():
        for item in items:
            catalog.go_live(catalog.stage(item))


def found(view: Snapshot, words: str) -> set[str]:
    rows = view.match(words, 50, 1.0)
    return {passage.text for passage in view.passages([row for row, _ in rows]).values()}


def test_a_staged_revision_is_invisible_until_it_is_live(
    catalog: CatalogWriter, reader: CatalogReader
) -> None:
    put(catalog, staged("a.txt", "The old text."))
    with catalog.transaction():
        revision = catalog.stage(staged("a.txt", "The new text."))
    with reader.snapshot() as view:
        assert view.text_of("a.txt") == "The old text."
        assert found(view, "text") == {"The old text."}
    with catalog.transaction():
        catalog.go_live(revision)
    with reader.snapshot() as view:
        assert view.text_of("a.txt") == "The new text."
        assert found(view, "text") == {"The new text."}
        assert found(view, "old") == set()


def test_a_snapshot_does_not_change_while_it_is_used(catalog: CatalogWriter, reader: CatalogReader) -> None:
    put(catalog, staged("a.txt", "The old text."))
    with reader.snapshot() as view:
        assert view.files() == ("a.txt",)
        put(catalog, staged("a.txt", "The new text."), staged("b.txt", "Another text."))
        assert view.files() == ("a.txt",)
        assert found(view, "text") == {"The old text."}
        assert view.text_of("a.txt") == "The old text."
    with reader.snapshot() as view:
        assert found(view, "text") == {"The new text.", "Another text."}


def test_a_transaction_that_fails_leaves_nothing(catalog: CatalogWriter, reader: CatalogReader) -> None:
    put(catalog, staged("a.txt", "The old text."))

    def fail() -> None:
        with catalog.transaction():
            catalog.go_live(catalog.stage(staged("a.txt", "The new text.")))
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail()
    with reader.snapshot() as view:
        assert found(view, "text") == {"The old text."}
    assert catalog.live_digests().keys() == {"a.txt"}


def test_the_work_list_follows_what_is_live(catalog: CatalogWriter) -> None:
    one, other = staged("a.txt", "The old text."), staged("a.txt", "The new text.")
    put(catalog, one)
    assert [upsert.item for upsert in catalog.pending_upserts("articles", staged_only=False)] == list(
        one.items
    )
    put(catalog, other)
    assert [upsert.item for upsert in catalog.pending_upserts("articles", staged_only=False)] == list(
        other.items
    )
    assert catalog.pending_deletes("articles") == list(one.items)
    with catalog.transaction():
        catalog.go_live(catalog.stage(one))
    assert catalog.pending_deletes("articles") == list(other.items), "what comes back is not deleted"
    with catalog.transaction():
        for collection in COLLECTIONS:
            catalog.finish(collection, catalog.pending_deletes(collection))
            catalog.finish(
                collection, [upsert.item for upsert in catalog.pending_upserts(collection, staged_only=False)]
            )
    assert query_all_pending(catalog) == []


def query_all_pending(catalog: CatalogWriter) -> list[object]:
    return [
        catalog.pending_upserts(c, staged_only=False)
        for c in COLLECTIONS
        if catalog.pending_upserts(c, staged_only=False)
    ] + [catalog.pending_deletes(c) for c in COLLECTIONS if catalog.pending_deletes(c)]


def test_openings_come_first_then_the_newest(catalog: CatalogWriter) -> None:
    long = "A sentence of some words about the river and its bridges. " * 12
    articles = [staged("a.txt", long), staged("b.txt", long.replace("river", "lake"))]
    put(catalog, *articles)
    order = [upsert.item for upsert in catalog.pending_upserts("passages", staged_only=False)]
    assert len(order) == sum(len(article.passages) for article in articles) > 2
    assert set(order[:2]) == {article.passages[0].id for article in articles}


def test_what_a_stopped_run_left_is_dropped(catalog: CatalogWriter, place: Path | Database) -> None:
    put(catalog, staged("a.txt", "The old text."))
    with catalog.transaction():
        catalog.stage(staged("a.txt", "The new text."))
        catalog.stage(staged("b.txt", "Another text."))
    with catalog.transaction():
        assert catalog.drop_staged() == 2
    assert query_all(place, "SELECT count(*) FROM revisions") == [(1,)]
    assert query_all(place, "SELECT count(*) FROM sentences") == [(1,)]
    assert len(catalog.pending_deletes("articles")) == 2


def test_an_article_without_a_sentence_keeps_its_text_and_has_no_vector(
    catalog: CatalogWriter, reader: CatalogReader
) -> None:
    put(catalog, staged("a.jsonl", "The first.", " \u00a0 ", "The third."))
    with reader.snapshot() as view:
        assert view.text_of("a.jsonl") == "The first.\n\n \u00a0 \n\nThe third."
        assert found(view, "first OR third") == {"The first.", "The third."}
    assert len(catalog.items("articles")) == catalog.count_items("articles") == 2
    assert len(catalog.pending_upserts("articles", staged_only=False)) == 2


def test_articles_are_read_back_as_they_were_written(catalog: CatalogWriter, reader: CatalogReader) -> None:
    one = staged("d\u00e9sk/a.jsonl", "The first \U0001f697 text.\r\nIt ends.", "The second e\u0301 text.")
    put(catalog, one)
    with reader.snapshot() as view:
        rows = view.rows_of_items([passage.id for passage in one.passages])
        passages = view.passages([row.row for row in rows.values()])
        assert {passage.id: passage for passage in passages.values()} == {p.id: p for p in one.passages}
        assert view.text_of("d\u00e9sk/a.jsonl") == one.document.text
        assert view.content_of("d\u00e9sk/a.jsonl") == "c" * 64
        assert view.titles() == ("Title",)
        assert view.passage_at(one.passages[0].id, one.passages[0].sentences[0]) == one.passages[0]
        assert view.text_of("never.txt") is None
        assert view.rows_of_items(["ghost"]) == {}
        assert view.rows_of_items([]) == {}


def test_vectors_are_kept_while_a_passage_uses_them(catalog: CatalogWriter) -> None:
    one = staged("a.txt", "The old text.")
    put(catalog, one)
    vector = b"\x7f" * 8
    with catalog.transaction():
        catalog.put_vectors([(key, vector, b"\x01" * 8) for key in (*one.passage_keys, b"unused")])
        catalog.drop_unused_vectors(everywhere=True)
    assert catalog.missing_keys([*one.passage_keys, b"unused", b"unused"]) == [b"unused"]
    assert catalog.get_vectors(one.passage_keys) == [vector]
    title, file, text, sentences = catalog.passage_of_key(one.passage_keys[0])
    assert file == one.document.file
    assert (title, text, sentences) == ("Title", "The old text.", ((0, 13),))


def test_remarks_leave_with_their_file(catalog: CatalogWriter) -> None:
    put(catalog, staged("a.txt", "The text.", notes=("line 2: broken", "line 3: broken")))
    assert catalog.live_losses() == [
        Skipped(file="a.txt", reason="line 2: broken"),
        Skipped(file="a.txt", reason="line 3: broken"),
    ]
    put(catalog, staged("a.txt", "The mended text."))
    assert catalog.live_losses() == []


def test_names_are_counted_by_article(catalog: CatalogWriter, place: Path | Database) -> None:
    put(catalog, staged("a.txt", "In Mosul and Mosul.", "In Mosul."), staged("b.txt", "In Tikrit."))
    sql = "SELECT term, articles FROM names WHERE term != 'title' ORDER BY term"
    assert query_all(place, sql) == [("mosul", 2), ("tikrit", 1)]
    with catalog.transaction():
        catalog.remove_live("b.txt")
        catalog.remove_live("never.txt")
    assert query_all(place, sql) == [("mosul", 2)]


def test_stems_are_the_full_text_indexs_own(catalog: CatalogWriter, reader: CatalogReader) -> None:
    put(catalog, staged("a.txt", "Prisoners were freed in T\u00e9h\u00e9ran."))
    with reader.snapshot() as view:
        assert view.stems(["prisoners", "Freed", "T\u00e9h\u00e9ran", "\U0001f697", ""]) == [
            "prison",
            "freed",
            "teheran",
            "",
            "",
        ]
        assert view.stems([]) == []
        assert view.document_frequencies(["prison", "prisoners"]) == [1, 0]
        assert view.count_passages() == 1


def test_readers_in_many_threads_are_answered_while_the_writer_writes(
    catalog: CatalogWriter, reader: CatalogReader
) -> None:
    put(catalog, staged("a.txt", "Version 0 of the text."))
    stop, seen, faults = threading.Event(), set(), []

    def read() -> None:
        while not stop.is_set():
            try:
                with reader.snapshot() as view:
                    texts = found(view, "version")
                    assert texts == {view.text_of("a.txt")}
                    seen.update(texts)
            except Exception as exc:
                faults.append(exc)
                return

    threads = [threading.Thread(target=read) for _ in range(3)]
    for thread in threads:
        thread.start()
    for number in range(1, 60):
        put(catalog, staged("a.txt", f"Version {number} of the text."))
    stop.set()
    for thread in threads:
        thread.join()
    assert faults == []
    assert seen


def test_a_catalog_that_is_just_being_made_is_not_there_yet(file: Path) -> None:
    reader = CatalogReader(file)
    with pytest.raises(StoreMissingError):
        reader.state()
    sqlite3.connect(file).close()
    file.touch()
    with pytest.raises(StoreMissingError):
        reader.state()
    with open_catalog(file):
        assert reader.state().files == 0
    reader.close()


def test_a_database_of_something_else_is_left_alone(file: Path) -> None:
    other = sqlite3.connect(file)
    other.execute("CREATE TABLE recipes (name TEXT)")
    other.close()
    for create in (True, False):
        with pytest.raises(StoreError, match="schema 0"):
            connect(file, create=create)
    assert query_all(file, "SELECT name FROM sqlite_master") == [("recipes",)]

"""Bringing the index in step: whatever happened to the folder, it ends as a fresh build would."""

from __future__ import annotations

import itertools
import os
import shutil
import sqlite3
import threading
import unicodedata
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from index_state import (
    COLLECTIONS,
    CountingEmbedder,
    Desk,
    as_lines,
    assert_consistent,
    assert_same,
    change,
    dump,
    query_all,
    story,
    summary,
)

from index.errors import (
    ConfigError,
    EmbeddingError,
    StoreBusyError,
    StoreError,
    StoreMismatchError,
    StoreMissingError,
)
from index.lookup import CatalogReader
from index.schema import SCHEMA_VERSION, connect
from index.sync import SyncProgress, SyncReport, writer_lock
from index.vectors import MemoryStore


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    desk = Desk(tmp_path)
    desk.corpus.mkdir()
    yield desk
    desk.close()


def counts(report: SyncReport) -> tuple[int, int, int, int, int]:
    """Return added, updated, removed, renamed, unchanged."""
    return (report.added, report.updated, report.removed, report.renamed, report.unchanged)


def fill(desk: Desk) -> None:
    for name in ("baiji", "kirkuk", "tikrit"):
        desk.write(f"desk/{name}.txt", story(name.title()))
    desk.write("mosul.txt", story("Mosul", paragraphs=12))


def asked(desk: Desk) -> list[str]:
    """Return the passages embedded since this was last asked."""
    assert isinstance(desk.embedder, CountingEmbedder)
    passages, desk.embedder.passages = desk.embedder.passages, []
    return passages


def skipped(report: SyncReport) -> list[tuple[str, str]]:
    return [(item.file, item.reason) for item in report.skipped]


def test_a_first_sync_indexes_every_file(desk: Desk) -> None:
    fill(desk)
    report = desk.sync()
    assert counts(report) == (4, 0, 0, 0, 0)
    assert report.passages == report.embedded == len(asked(desk)) > 4
    assert_consistent(desk)


def test_an_unchanged_folder_is_not_read_or_embedded_again(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(desk)
    desk.sync()
    before = dump(desk)
    asked(desk)
    monkeypatch.setattr("index.sync.read_document", None)
    report = desk.sync()
    assert counts(report) == (0, 0, 0, 0, 4)
    assert asked(desk) == []
    assert_same(dump(desk), before)
    assert_consistent(desk)


def test_an_edit_embeds_only_the_passages_it_touches(desk: Desk) -> None:
    fill(desk)
    desk.sync()
    asked(desk)
    text = story("Mosul", paragraphs=12)
    desk.write("mosul.txt", text.replace("Paragraph 12", "Section 12"))
    report = desk.sync()
    assert counts(report) == (0, 1, 0, 0, 3)
    assert len(asked(desk)) == 1
    assert_consistent(desk)


def test_an_edit_that_keeps_size_and_time_is_an_edit(desk: Desk) -> None:
    fill(desk)
    desk.sync()
    path = desk.corpus / "mosul.txt"
    status = path.stat()
    path.write_text(path.read_text().replace("Tuesday", "Sundays"))
    os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))
    assert (path.stat().st_size, path.stat().st_mtime_ns) == (status.st_size, status.st_mtime_ns)
    assert desk.sync().updated == 1
    assert "Sundays" in desk.search("Sundays")[0].passage.text
    assert_consistent(desk)


def test_a_touched_file_is_unchanged(desk: Desk) -> None:
    fill(desk)
    desk.sync()
    os.utime(desk.corpus / "mosul.txt", (0, 0))
    assert counts(desk.sync()) == (0, 0, 0, 0, 4)


def test_a_rename_embeds_nothing(desk: Desk) -> None:
    fill(desk)
    desk.sync()
    asked(desk)
    (desk.corpus / "desk").rename(desk.corpus / "bureau")
    report = desk.sync()
    assert counts(report) == (3, 0, 3, 3, 1)
    assert report.embedded == 0
    assert asked(desk) == []
    assert [hit.passage.article.file for hit in desk.search("Baiji", k=1)] == ["bureau/baiji.txt"]
    assert_consistent(desk)


def test_two_files_that_swap_names_embed_nothing(desk: Desk) -> None:
    desk.write("a.txt", story("Baiji"))
    desk.write("b.txt", story("Kirkuk"))
    desk.sync()
    asked(desk)
    desk.write("a.txt", story("Kirkuk"))
    desk.write("b.txt", story("Baiji"))
    assert counts(desk.sync()) == (0, 2, 0, 0, 0)
    assert asked(desk) == []
    assert desk.search("Baiji", k=1)[0].passage.article.file == "b.txt"
    assert_consistent(desk)


def test_a_name_composed_otherwise_is_a_rename(desk: Desk) -> None:
    # As when a folder comes from a Mac, whose archives decompose the letters of names.
    composed, decomposed = (unicodedata.normalize(form, "Téhéran.txt") for form in ("NFC", "NFD"))
    desk.write(composed, story("Tehran"))
    desk.sync()
    asked(desk)
    (desk.corpus / composed).rename(desk.corpus / decomposed)
    assert counts(desk.sync()) == (1, 0, 1, 1, 0)
    assert asked(desk) == []
    assert_consistent(desk)


def test_a_deleted_file_is_found_no_more(desk: Desk) -> None:
    fill(desk)
    desk.sync()
    (desk.corpus / "mosul.txt").unlink()
    assert counts(desk.sync()) == (0, 0, 1, 0, 3)
    assert all(hit.passage.article.file != "mosul.txt" for hit in desk.search("Mosul", k=20))
    assert_consistent(desk)


def test_a_deleted_file_that_comes_back_is_indexed_as_before(desk: Desk) -> None:
    fill(desk)
    desk.sync()
    before = dump(desk)
    (desk.corpus / "mosul.txt").unlink()
    desk.sync()
    fill(desk)
    desk.sync()
    assert_same(dump(desk), before)


def test_the_same_article_in_two_files_is_embedded_once(desk: Desk) -> None:
    desk.write("one.txt", story("Baiji"))
    desk.write("two.txt", story("Baiji"))
    report = desk.sync()
    assert report.passages == 2 * report.embedded
    (desk.corpus / "one.txt").unlink()
    desk.sync()
    assert desk.search("Baiji")
    assert_consistent(desk)


def test_deleting_everything_leaves_an_empty_index(desk: Desk) -> None:
    fill(desk)
    desk.sync()
    shutil.rmtree(desk.corpus)
    desk.corpus.mkdir()
    assert counts(desk.sync()) == (0, 0, 4, 0, 0)
    assert desk.search("Mosul") == ()
    assert_consistent(desk)


def test_an_empty_corpus_gives_an_empty_index(desk: Desk) -> None:
    report = desk.sync()
    assert counts(report) == (0, 0, 0, 0, 0)
    assert (report.passages, report.skipped) == (0, ())
    assert desk.search("anything") == ()
    assert_consistent(desk)


def test_a_missing_corpus_is_an_error_and_makes_no_index(desk: Desk) -> None:
    desk.corpus.rmdir()
    with pytest.raises(ConfigError, match="there is no corpus folder"):
        desk.sync()
    assert not desk.index.exists()


def test_a_missing_index_is_named(desk: Desk) -> None:
    with pytest.raises(StoreMissingError, match="run `dateline index`"):
        desk.search("Mosul")


def test_a_file_for_the_index_folder_is_an_error_of_settings(desk: Desk) -> None:
    desk.index.write_text("not a folder")
    with pytest.raises(ConfigError, match="DATELINE_INDEX"):
        desk.sync()


# -- paths


def test_paths_limit_what_is_added_updated_and_removed(desk: Desk) -> None:
    fill(desk)
    desk.sync()
    desk.write("mosul.txt", story("Mosul again"))
    desk.write("other.txt", story("Other"))
    desk.write("desk/kirkuk.txt", story("Kirkuk again"))
    desk.write("desk/erbil.txt", story("Erbil"))
    (desk.corpus / "desk/tikrit.txt").unlink()
    assert counts(desk.sync("desk")) == (1, 1, 1, 0, 1)
    assert_consistent(desk, in_step=False)
    live = {file for (file,) in query_all(desk.place, "SELECT file FROM revisions")}
    assert live == {"mosul.txt", "desk/baiji.txt", "desk/erbil.txt", "desk/kirkuk.txt"}
    assert counts(desk.sync("./mosul.txt", "other.txt")) == (1, 1, 0, 0, 0)
    assert_consistent(desk)


def test_a_path_to_a_deleted_file_removes_it(desk: Desk) -> None:
    fill(desk)
    desk.sync()
    (desk.corpus / "mosul.txt").unlink()
    assert counts(desk.sync("mosul.txt")) == (0, 0, 1, 0, 0)
    assert_consistent(desk)


def test_a_path_that_never_was_is_an_error(desk: Desk) -> None:
    fill(desk)
    desk.sync()
    with pytest.raises(ConfigError, match=r"there is no mosull\.txt"):
        desk.sync("mosull.txt")
    desk.sync()
    assert_consistent(desk)


def test_a_path_is_no_prefix_of_other_names(desk: Desk) -> None:
    desk.write("desk/a.txt", story("Baiji"))
    desk.write("desktop/a.txt", story("Kirkuk"))
    desk.sync()
    shutil.rmtree(desk.corpus / "desktop")
    assert counts(desk.sync("desk")) == (0, 0, 0, 0, 1)


def test_a_rename_across_the_paths_given_is_an_addition_until_the_whole_is_synced(desk: Desk) -> None:
    fill(desk)
    desk.sync()
    asked(desk)
    (desk.corpus / "mosul.txt").rename(desk.corpus / "desk/mosul.txt")
    assert counts(desk.sync("desk")) == (1, 0, 0, 0, 3)
    assert counts(desk.sync()) == (0, 0, 1, 0, 4)
    assert asked(desk) == []
    assert_consistent(desk)


# -- what cannot be read


def test_a_file_that_cannot_be_read_any_more_leaves_the_live_set(desk: Desk) -> None:
    fill(desk)
    desk.sync()
    desk.write("mosul.txt", b"\x00\x01\x02\x03" * 400)
    report = desk.sync()
    assert counts(report) == (0, 0, 1, 0, 3)
    assert [item.file for item in report.skipped] == ["mosul.txt"]
    assert all(hit.passage.article.file != "mosul.txt" for hit in desk.search("Mosul", k=20))
    assert_consistent(desk)
    fill(desk)
    assert counts(desk.sync()) == (1, 0, 0, 0, 3)
    assert_consistent(desk)


def test_a_file_that_vanishes_while_it_is_read_is_skipped(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(desk)
    desk.sync()
    desk.write("mosul.txt", story("Mosul again"))
    desk.write("new.txt", story("New"))

    def vanish(progress: SyncProgress) -> None:
        if progress.stage == "reading":
            (desk.corpus / "mosul.txt").unlink(missing_ok=True)
            (desk.corpus / "new.txt").unlink(missing_ok=True)

    report = desk.sync(progress=vanish)
    assert counts(report) == (0, 0, 1, 0, 3)
    assert [item.file for item in report.skipped] == ["mosul.txt", "new.txt"]
    assert_consistent(desk)


def test_what_is_skipped_is_told_again_until_it_is_mended(desk: Desk) -> None:
    fill(desk)
    desk.write("empty.txt", "")
    desk.write("lines.jsonl", as_lines({"text": story("Erbil")}) + "broken\n" + "broken too\n")
    desk.write("metadata.jsonl", "nonsense\n{}\n")
    told = skipped(desk.sync())
    assert [file for file, _ in told] == ["empty.txt", "lines.jsonl", "lines.jsonl", *["metadata.jsonl"] * 2]
    again = desk.sync()
    assert skipped(again) == told
    assert again.unchanged == 5
    assert sorted(told) == query_all(desk.place, "SELECT * FROM skipped ORDER BY file, reason")
    desk.write("empty.txt", story("Full"))
    desk.write("lines.jsonl", as_lines({"text": story("Erbil")}))
    (desk.corpus / "metadata.jsonl").unlink()
    mended = desk.sync()
    assert counts(mended) == (1, 1, 0, 0, 4)
    assert mended.skipped == ()
    assert_consistent(desk)


def test_an_updated_file_with_a_line_left_out_is_updated_not_removed(desk: Desk) -> None:
    desk.write("lines.jsonl", as_lines({"text": story("Erbil")}))
    desk.sync()
    desk.write("lines.jsonl", as_lines({"text": story("Erbil")}, {"text": story("Sinjar")}) + "broken\n")
    report = desk.sync()
    assert counts(report) == (0, 1, 0, 0, 0)
    assert [item.file for item in report.skipped] == ["lines.jsonl"]
    assert desk.search("Sinjar")[0].passage.article.id.endswith("#2")
    assert_consistent(desk)


def test_a_partial_run_keeps_what_was_skipped_elsewhere(desk: Desk) -> None:
    fill(desk)
    desk.write("empty.txt", "")
    desk.write("desk/empty.txt", "")
    desk.write("metadata.jsonl", "nonsense\n")
    desk.sync()
    (desk.corpus / "desk/empty.txt").unlink()
    (desk.corpus / "metadata.jsonl").unlink()
    desk.write("desk/void.txt", "")
    assert [file for file, _ in skipped(desk.sync("desk"))] == ["desk/void.txt"]
    assert query_all(desk.place, "SELECT file FROM skipped ORDER BY file") == [
        ("desk/void.txt",),
        ("empty.txt",),
    ]
    desk.sync()
    assert_consistent(desk)


# -- metadata


def test_metadata_changes_titles_and_dates_without_touching_the_file(desk: Desk) -> None:
    desk.write("a.txt", story("Baiji"))
    desk.write("b.txt", story("Kirkuk"))
    desk.sync()
    asked(desk)
    row = {"file": "a.txt", "title": "The refinery", "published": "2014-06-18", "publisher": "Desk"}
    desk.write("metadata.jsonl", as_lines(row))
    assert counts(desk.sync()) == (0, 1, 0, 0, 1)
    assert asked(desk), "the title is part of what is embedded"
    article = desk.search("refinery")[0].passage.article
    assert (article.title, str(article.published), article.publisher) == (
        "The refinery",
        "2014-06-18",
        "Desk",
    )
    assert_consistent(desk)
    desk.write("metadata.jsonl", as_lines({**row, "published": "2014-06-19"}))
    assert desk.sync().embedded == 0, "the date is not"
    assert str(desk.search("refinery")[0].passage.article.published) == "2014-06-19"
    (desk.corpus / "metadata.jsonl").unlink()
    desk.sync()
    assert desk.search("Baiji")[0].passage.article.title != "The refinery"
    assert_consistent(desk)


# -- one writer


def test_a_second_writer_is_told_in_one_line(desk: Desk) -> None:
    fill(desk)
    desk.sync()
    held, let_go = threading.Event(), threading.Event()

    def hold() -> None:
        with writer_lock(desk.index):
            held.set()
            let_go.wait(20)

    thread = threading.Thread(target=hold)
    thread.start()
    try:
        held.wait(20)
        with pytest.raises(StoreBusyError) as caught:
            desk.sync()
    finally:
        let_go.set()
        thread.join()
    assert "\n" not in str(caught.value)
    assert "wait" in str(caught.value)
    assert desk.search("Mosul")
    desk.sync()


# -- other settings


def test_another_embedder_is_refused_by_readers_and_built_anew_by_a_sync(desk: Desk) -> None:
    fill(desk)
    desk.sync()
    old = desk.embedder
    new = CountingEmbedder("-other")
    with desk.searcher(new) as searcher, pytest.raises(StoreMismatchError) as caught:
        searcher.search("Mosul", 5)
    assert "\n" not in str(caught.value)
    assert "dateline index" in str(caught.value)
    assert new.name in caught.value.expected
    assert old.name in caught.value.found
    desk.close()
    desk.embedder = new
    report = desk.sync()
    assert counts(report) == (0, 4, 0, 0, 0)
    assert_consistent(desk)
    with desk.searcher(old) as searcher, pytest.raises(StoreMismatchError):
        searcher.search("Mosul", 5)
    fresh = Desk(desk.root / "fresh", embedder=CountingEmbedder("-other"))
    shutil.copytree(desk.corpus, fresh.corpus)
    fresh.sync()
    assert_same(dump(desk), dump(fresh))
    fresh.close()


def test_readers_of_the_old_settings_are_answered_until_the_new_index_stands(desk: Desk) -> None:
    fill(desk)
    desk.sync()
    old = desk.embedder
    expected = summary(desk.search("Kirkuk officer"))
    answers: list[object] = []
    with desk.searcher() as reader:
        desk.store = None

        class Watching(CountingEmbedder):
            def embed_passages(self, passages: Any) -> Any:
                answers.append(summary(reader.search("Kirkuk officer", 5)))
                return super().embed_passages(passages)

        desk.embedder = Watching("-other")
        desk.sync()
        assert answers
        assert answers == [expected] * len(answers)
        with pytest.raises(StoreMismatchError):
            reader.search("Kirkuk officer", 5)
    assert old.fingerprint != desk.embedder.fingerprint
    assert_consistent(desk)


def test_another_splitter_is_recognised(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    fill(desk)
    desk.sync()
    asked(desk)
    monkeypatch.setattr("index.recipe.PASSAGES", "other-splitter")
    with pytest.raises(StoreMismatchError, match="splitter"):
        desk.search("Mosul")
    assert counts(desk.sync()) == (0, 4, 0, 0, 0)
    assert asked(desk) == [], "the same passages have the same vectors, however they were cut"
    assert_consistent(desk)


def test_other_settings_need_the_whole_folder(desk: Desk) -> None:
    fill(desk)
    desk.sync()
    before = dump(desk)
    desk.close()
    old, desk.embedder = desk.embedder, CountingEmbedder("-other")
    with pytest.raises(ConfigError, match="without paths"):
        desk.sync("desk")
    desk.close()
    desk.embedder = old
    desk.sync()
    assert_same(dump(desk), before)
    assert_consistent(desk)


# -- what was lost


def test_a_lost_vector_index_is_filled_again_without_embedding(desk: Desk) -> None:
    fill(desk)
    desk.sync()
    before, found = dump(desk), summary(desk.search("Mosul officer"))
    asked(desk)
    desk.close()
    shutil.rmtree(desk.chroma)
    assert counts(desk.sync()) == (0, 0, 0, 0, 4)
    assert asked(desk) == []
    assert_same(dump(desk), before)
    assert summary(desk.search("Mosul officer")) == found
    assert_consistent(desk)


def test_lost_and_foreign_ids_are_put_right(desk: Desk) -> None:
    fill(desk)
    desk.sync()
    store = desk.vectors()
    for collection in COLLECTIONS:
        items = sorted(store.items(collection))
        store.delete(collection, items[:1])
    assert counts(desk.sync()) == (0, 0, 0, 0, 4)
    assert_consistent(desk)
    vector = desk.embedder.embed_query("ghost")[None]
    for collection in COLLECTIONS:
        store.upsert(collection, ["ghost"], vector)
    desk.sync()
    assert_consistent(desk)
    assert len(asked(desk)) == query_all(desk.place, "SELECT count(*) FROM vectors")[0][0]


def test_readers_elsewhere_are_told_of_repaired_vectors(desk: Desk) -> None:
    fill(desk)
    desk.sync()
    sql = "SELECT value FROM meta WHERE key = 'vector_generation'"
    before = query_all(desk.place, sql)
    desk.sync()
    assert query_all(desk.place, sql) == before
    desk.vectors().delete("passages", sorted(desk.vectors().items("passages"))[:1])
    desk.sync()
    assert query_all(desk.place, sql) != before


def test_a_ghost_in_the_vector_index_is_never_returned(desk: Desk) -> None:
    fill(desk)
    desk.sync()
    ghost = "0" * 16 + ":00000000:0-10"
    vector = desk.embedder.embed_query("Baiji refinery ghost")[None]
    for collection in COLLECTIONS:
        desk.vectors().upsert(collection, [ghost], vector)
    hits = desk.search("Baiji refinery ghost", k=20)
    assert hits
    assert ghost not in {hit.passage.id for hit in hits}


def test_a_lost_cache_of_vectors_is_computed_again(desk: Desk) -> None:
    fill(desk)
    desk.sync()
    before = dump(desk)
    desk.close()
    shutil.rmtree(desk.chroma)
    change(desk.place, "DELETE FROM sentence_vectors", "DELETE FROM vectors")
    asked(desk)
    desk.sync()
    assert len(asked(desk)) > 4
    assert_same(dump(desk), before)


def test_a_model_that_cannot_run_leaves_the_words_searchable_and_the_next_run_goes_on(desk: Desk) -> None:
    class Broken(CountingEmbedder):
        def embed_passages(self, passages: Any) -> Any:
            raise EmbeddingError("no model today")

    fill(desk)
    desk.embedder = Broken()
    with pytest.raises(EmbeddingError):
        desk.sync()
    hits = desk.search("Kirkuk")
    assert hits[0].passage.article.file == "desk/kirkuk.txt"
    assert hits[0].cosine is None
    desk.embedder = CountingEmbedder()
    report = desk.sync()
    assert (report.unchanged, report.embedded) == (4, report.passages)
    assert_consistent(desk)


def test_an_edit_is_not_seen_half_done_when_the_model_fails(desk: Desk) -> None:
    fill(desk)
    desk.sync()
    before = summary(desk.search("Mosul officer"))
    good = desk.embedder

    class Broken(CountingEmbedder):
        def embed_passages(self, passages: Any) -> Any:
            raise EmbeddingError("no model today")

    desk.write("mosul.txt", story("Nineveh", paragraphs=12))
    (desk.corpus / "desk/baiji.txt").unlink()
    desk.embedder = Broken()
    with pytest.raises(EmbeddingError):
        desk.sync()
    desk.embedder = good
    assert summary(desk.search("Mosul officer")) == before
    assert counts(desk.sync()) == (0, 1, 1, 0, 2)
    assert_consistent(desk)


def test_a_damaged_catalog_is_named_with_its_mend(desk: Desk) -> None:
    fill(desk)
    desk.sync()
    desk.catalog.write_bytes(b"not a database at all" * 500)
    for ask in (desk.sync, lambda: desk.search("Mosul")):
        with pytest.raises(StoreError, match="delete the index folder") as caught:
            ask()
        assert "\n" not in str(caught.value)


def test_a_catalog_of_another_dateline_is_refused(desk: Desk) -> None:
    fill(desk)
    desk.sync()
    for version in (0, 99):
        change(desk.catalog, f"PRAGMA user_version = {version}")
        before = desk.catalog.read_bytes()
        for ask in (desk.sync, desk.syncer().rebuild, lambda: desk.search("Mosul")):
            with pytest.raises(StoreError, match=f"schema {version}.*: use the Dateline that made it"):
                ask()
        assert desk.catalog.read_bytes() == before
    change(desk.catalog, f"PRAGMA user_version = {SCHEMA_VERSION}")
    assert desk.sync().unchanged == 4
    assert_consistent(desk)


def test_what_a_later_dateline_has_added_is_left_alone(desk: Desk) -> None:
    fill(desk)
    desk.sync()
    change(
        desk.catalog,
        "CREATE TABLE later (file TEXT)",
        "INSERT INTO later VALUES ('mosul.txt')",
        "INSERT INTO meta VALUES ('later', 'yes')",
        "ALTER TABLE revisions ADD COLUMN later TEXT DEFAULT 'yes'",
    )
    (desk.index / "later.json").write_text("{}")
    desk.write("mosul.txt", story("Samarra"))
    assert desk.sync().updated == 1
    assert desk.search("Samarra")[0].passage.article.file == "mosul.txt"
    assert query_all(desk.catalog, "SELECT file FROM later") == [("mosul.txt",)]
    assert query_all(desk.catalog, "SELECT value FROM meta WHERE key = 'later'") == [("yes",)]
    assert (desk.index / "later.json").read_text() == "{}"
    assert_consistent(desk)


def test_an_unknown_recipe_is_named_by_readers_and_costs_nothing_until_a_sync(desk: Desk) -> None:
    fill(desk)
    desk.sync()
    known = query_all(desk.catalog, "SELECT value FROM meta WHERE key = 'recipe'")[0][0]
    change(desk.catalog, "UPDATE meta SET value = 'later-9/7/0123456789abcdef' WHERE key = 'recipe'")
    for ask in (desk.syncer().rebuild, lambda: desk.search("Mosul")):
        with pytest.raises(StoreMismatchError, match="later-9/7"):
            ask()
    change(desk.catalog, f"UPDATE meta SET value = '{known}' WHERE key = 'recipe'")
    asked(desk)
    assert desk.sync().unchanged == 4
    assert asked(desk) == []
    assert_consistent(desk)


def test_a_full_disk_is_an_error_with_a_mend(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    fill(desk)
    desk.sync()
    pages = query_all(desk.place, "PRAGMA page_count")[0][0]

    def small(file: Path, *, create: bool = False) -> sqlite3.Connection:
        connection = connect(file, create=create)
        connection.execute(f"PRAGMA max_page_count = {pages}")
        return connection

    monkeypatch.setattr("index.schema.connect", small)
    desk.write("big.txt", story("Basra", paragraphs=3000))
    with pytest.raises(StoreError, match="full"):
        desk.sync()
    monkeypatch.undo()
    assert desk.sync().added == 1
    assert_consistent(desk)


# -- readers


def test_an_index_deleted_and_made_anew_is_seen_without_a_restart(desk: Desk) -> None:
    fill(desk)
    desk.sync()
    with desk.searcher() as searcher:
        assert searcher.search("Kirkuk", 1)[0].passage.article.file == "desk/kirkuk.txt"
        desk.vectors().close()
        shutil.rmtree(desk.index)
        with pytest.raises(StoreMissingError):
            searcher.search("Kirkuk", 1)
        shutil.rmtree(desk.corpus)
        desk.write("anew.txt", story("Kirkuk"))
        desk.sync()
        hits = searcher.search("Kirkuk", 3)
        assert {hit.passage.article.file for hit in hits} == {"anew.txt"}
        assert all(hit.cosine is not None for hit in hits)


def test_the_digest_follows_what_is_live(desk: Desk) -> None:
    fill(desk)
    desk.sync()
    reader = CatalogReader(desk.place)
    try:
        first = reader.state()
        assert (first.files, first.articles, first.vectors_pending) == (4, 4, 0)
        desk.sync()
        assert reader.state().digest == first.digest
        desk.write("mosul.txt", story("Mosul again"))
        desk.sync()
        second = reader.state()
        assert second.digest != first.digest
        fill(desk)
        desk.sync()
        assert reader.state().digest == first.digest
    finally:
        reader.close()


def test_progress_counts_up_to_the_whole(desk: Desk) -> None:
    fill(desk)
    seen: list[SyncProgress] = []
    report = desk.sync(progress=seen.append)
    assert {progress.stage for progress in seen} == {"looking", "reading", "embedding"}
    assert all(0 <= progress.done <= progress.total for progress in seen)
    assert max(progress.total for progress in seen if progress.stage == "embedding") == report.passages


# -- any sequence of changes

NAMES = [*(f"{folder}{name}.txt" for folder in ("", "desk/") for name in "abc"), "lines.jsonl"]
TEXTS = [
    story("Baiji", paragraphs=2),
    story("Kirkuk", paragraphs=9),
    story("Baiji", paragraphs=2, body="They came back on Sunday."),
    "Same line.\n\n" * 4 + "Same line.",
    "",
    "One line about Tikrit",
    "\ufeffMarked\r\n\r\nA second paragraph, with Windows newlines. And a third sentence.\r\n",
]
_ACTION = st.one_of(
    st.tuples(st.just("write"), st.sampled_from(NAMES), st.integers(0, len(TEXTS) - 1)),
    st.tuples(st.just("delete"), st.sampled_from(NAMES), st.just(0)),
    st.tuples(st.just("rename"), st.sampled_from(NAMES), st.integers(0, len(NAMES) - 1)),
    st.tuples(st.just("title"), st.sampled_from(NAMES), st.integers(0, 2)),
    st.tuples(st.just("sync"), st.sampled_from(["", "desk", "a.txt"]), st.just(0)),
)
_RUNS = itertools.count()


def _act(desk: Desk, kind: str, name: str, number: int) -> None:
    path = desk.corpus / name
    if kind == "write" and name.endswith(".jsonl"):
        desk.write(name, as_lines(*({"text": text, "title": f"Line {number}"} for text in TEXTS[:number])))
    elif kind == "write":
        desk.write(name, TEXTS[number])
    elif kind == "delete":
        path.unlink(missing_ok=True)
    elif kind == "rename" and path.exists() and path.suffix == Path(NAMES[number]).suffix:
        (desk.corpus / NAMES[number]).parent.mkdir(exist_ok=True)
        path.rename(desk.corpus / NAMES[number])
    elif kind == "title":
        desk.write("metadata.jsonl", as_lines({"file": name, "title": f"Title {number}"}))
    elif kind == "sync" and (not name or path.exists()):
        desk.sync(*([name] if name else []))
        assert_consistent(desk, in_step=not name)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(actions=st.lists(_ACTION, min_size=2, max_size=14))
def test_any_sequence_of_changes_ends_like_a_fresh_build(
    tmp_path: Path, actions: list[tuple[str, str, int]]
) -> None:
    root = tmp_path / str(next(_RUNS))
    desk, fresh = Desk(root / "old", store=MemoryStore()), Desk(root / "fresh", store=MemoryStore())
    desk.corpus.mkdir(parents=True)
    for action in actions:
        _act(desk, *action)
    desk.sync()
    assert_consistent(desk)
    shutil.copytree(desk.corpus, fresh.corpus)
    fresh.sync()
    assert_same(dump(desk), dump(fresh))
    with desk.searcher() as one, fresh.searcher() as other:
        for query in ("Baiji officer", "Title 1", "Same line", "third sentence"):
            assert summary(one.search(query, 10)) == summary(other.search(query, 10))
    shutil.rmtree(root)


def test_a_renamed_file_without_a_title_of_its_own_is_not_embedded_again(desk: Desk) -> None:
    text = "The ferry sank in the harbour on Tuesday.\n\nDivers found it on the next day, the police said.\n"
    desk.write("one.txt", text)
    desk.sync()
    (desk.corpus / "one.txt").rename(desk.corpus / "two.txt")
    report = desk.sync()
    assert (report.renamed, report.embedded) == (1, 0)

"""The catalog on a real PostgreSQL: the same answers as from SQLite, one writer, and what may go wrong."""

from __future__ import annotations

import logging
import os
import random
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import psycopg
import pytest
import test_index_sync as syncs
from index_state import (
    CountingEmbedder,
    Desk,
    assert_consistent,
    assert_readable,
    change,
    change_texts,
    dump,
    query_all,
    story,
    summary,
)
from postgres_server import PASSWORD, Server
from test_index_catalog import put, staged

from index.catalog import open_catalog
from index.embed import HashEmbedder
from index.errors import ConfigError, StoreBusyError, StoreError, StoreMissingError
from index.lookup import CatalogReader
from index.postgres import PostgresDatabase
from index.verify import Verifier

CONTRACT = [
    syncs.test_a_first_sync_indexes_every_file,
    syncs.test_an_edit_embeds_only_the_passages_it_touches,
    syncs.test_an_edit_that_keeps_size_and_time_is_an_edit,
    syncs.test_a_rename_embeds_nothing,
    syncs.test_two_files_that_swap_names_embed_nothing,
    syncs.test_a_deleted_file_that_comes_back_is_indexed_as_before,
    syncs.test_the_same_article_in_two_files_is_embedded_once,
    syncs.test_deleting_everything_leaves_an_empty_index,
    syncs.test_an_empty_corpus_gives_an_empty_index,
    syncs.test_paths_limit_what_is_added_updated_and_removed,
    syncs.test_what_is_skipped_is_told_again_until_it_is_mended,
    syncs.test_a_partial_run_keeps_what_was_skipped_elsewhere,
    syncs.test_metadata_changes_titles_and_dates_without_touching_the_file,
    syncs.test_readers_of_the_old_settings_are_answered_until_the_new_index_stands,
    syncs.test_a_model_that_cannot_run_leaves_the_words_searchable_and_the_next_run_goes_on,
    syncs.test_an_edit_is_not_seen_half_done_when_the_model_fails,
    syncs.test_the_digest_follows_what_is_live,
    syncs.test_a_renamed_file_without_a_title_of_its_own_is_not_embedded_again,
]


@pytest.fixture
def desk(tmp_path: Path, postgres: PostgresDatabase) -> Iterator[Desk]:
    desk = Desk(tmp_path, database=postgres)
    desk.corpus.mkdir()
    yield desk
    desk.close()


@pytest.mark.parametrize("check", CONTRACT, ids=lambda check: check.__name__.removeprefix("test_"))
def test_what_holds_of_a_sync_on_sqlite_holds_here(check: Callable[[Desk], None], desk: Desk) -> None:
    check(desk)


# -- the same as SQLite


def test_words_rank_as_fts5_ranks_them(tmp_path: Path, postgres: PostgresDatabase) -> None:
    dice = random.Random(4)
    words = "river bridge u.s. united states états prisoners prisoner freed mosul it's 2,400 baiji".split()
    texts = [" ".join(dice.choices(words, k=dice.randint(3, 60))) + "." for _ in range(40)]
    documents = [
        staged(f"desk{number % 2}/{number}.txt", text, title=" ".join(dice.choices(words, k=3)))
        for number, text in enumerate(texts)
    ]
    queries = [
        '"river"', '"U.S." OR "United States" OR "river"', '"prisoners" OR "prisoner" OR "prisoners"',
        '"it\'s" OR "2,400"', '"etats"', '"never" OR "…"', '"mosul" OR "baiji" OR "freed" OR "bridge united"',
    ]  # fmt: skip
    found: list[list[Any]] = []
    for place in (tmp_path / "catalog.sqlite", postgres):
        with open_catalog(place) as catalog:
            put(catalog, *documents)
            put(catalog, staged("desk1/3.txt", "Another river of the United States."))
            with catalog.transaction():
                catalog.remove_live("desk1/7.txt")
        reader = CatalogReader(place)
        with reader.snapshot() as view:
            found.append(
                [
                    (hit.row, round(hit.score, 4))
                    for query in queries
                    for folder in ("", "desk1")
                    for among in ("", '"prisoner" OR "united states"')
                    for hit in sorted(view.match(query, 100, 4.0, among=among, folder=folder))
                ]
            )
            found[-1] += [view.count_passages(), *view.document_frequencies(["prison", "freed", "never"])]
        reader.close()
    assert len(found[0]) > 100
    assert found[0] == found[1]


def test_the_same_folder_gives_the_same_index_and_the_same_hits(desk: Desk, tmp_path: Path) -> None:
    syncs.fill(desk)
    desk.write(
        "other.jsonl", '{"text": "The U.S. freed 2,400 prisoners in Mosul.", "published": "2014-06-11"}\n'
    )
    desk.sync()
    beside = Desk(tmp_path)
    beside.sync()
    here, there = dump(desk), dump(beside)
    for part in here:
        if "full text" not in part:
            assert here[part] == there[part], part
    for query in ("Mosul", "Who was in Kirkuk on Tuesday?", "U.S. prisoners", "officer 7 of the district"):
        one, other = desk.search(query, 20), beside.search(query, 20)
        assert [hit[:2] for hit in summary(one)] == [hit[:2] for hit in summary(other)]
        assert [hit.score for hit in one] == pytest.approx([hit.score for hit in other])
    beside.close()


def test_vectors_of_the_catalog_in_the_index_folder_are_taken_along(
    tmp_path: Path, postgres: PostgresDatabase
) -> None:
    before = Desk(tmp_path)
    syncs.fill(before)
    before.sync()
    before.close()
    moved = Desk(tmp_path, database=postgres)
    moved.write("new.txt", story("Basra"))
    report = moved.sync()
    assert report.added == 5
    assert 0 < report.embedded == len(syncs.asked(moved)) < report.passages
    assert_consistent(moved)
    moved.close()


def test_what_no_tsvector_can_hold_is_indexed_all_the_same(desk: Desk) -> None:
    dice = random.Random(1)
    long = " ".join(f"w{dice.randrange(10**9)}" for _ in range(60_000))
    desk.write("huge.txt", f"Huge\n\nThe beginning. {long}. The very end of Samarra is told.")
    desk.write("blob.txt", f"Blob\n\nThe code is {'x1' * 3000} and Basra.")
    assert desk.sync().skipped == ()
    assert desk.search("Samarra")[0].passage.article.file == "huge.txt"
    assert desk.search("Basra")[0].passage.article.file == "blob.txt"
    assert_consistent(desk)


def test_an_index_is_looked_through_and_made_anew(desk: Desk) -> None:
    syncs.fill(desk)
    desk.sync()
    verifier = Verifier(
        index=desk.index, chroma=None, embedder=desk.embedder, vectors=desk.vectors(), database=desk.database
    )
    report = verifier.run()
    assert report.faults == ()
    assert report.passages == report.vectors > 4
    assert report.catalog_bytes > 0
    before = dump(desk)
    assert desk.syncer().rebuild().passages == report.passages
    assert dump(desk) == before
    change_texts(desk.place, lambda text: text.replace("Kirkuk", "Mosul!"))
    change(desk.place, "DELETE FROM passages_words WHERE id = (SELECT min(id) FROM passages)")
    faults = [fault.what for fault in verifier.run().faults]
    assert any("is not what was indexed" in fault for fault in faults)
    assert any("the full text lacks 1 passages" in fault for fault in faults)
    assert all("DROP SCHEMA dateline" in fault.mend for fault in verifier.run().faults)


# -- several at once


def test_a_second_writer_is_told_in_one_line_and_readers_go_on(desk: Desk) -> None:
    syncs.fill(desk)
    desk.sync()
    with desk.place.locked(), pytest.raises(StoreBusyError) as caught:  # type: ignore[union-attr]
        desk.sync()
    assert str(caught.value).startswith("another process is bringing postgresql://127.0.0.1:")
    with open_catalog(desk.place), pytest.raises(StoreBusyError):
        desk.sync()
    with open_catalog(desk.place):
        assert desk.search("Mosul")
    assert syncs.counts(desk.sync()) == (0, 0, 0, 0, 4)


def test_a_writer_that_is_killed_lets_the_next_one_write(desk: Desk, postgres_server: Server) -> None:
    code = (
        "import sys\nfrom pathlib import Path\nfrom index.catalog import open_catalog\n"
        "from index.postgres import PostgresDatabase\n"
        "with open_catalog(PostgresDatabase(sys.argv[1])) as catalog, catalog.transaction():\n"
        "    catalog.set_meta('recipe', 'half done')\n    print('writing', flush=True)\n    sys.stdin.read()\n"
    )
    url = postgres_server.url(desk.place.name.rpartition("/")[2])  # type: ignore[union-attr]
    child = subprocess.Popen(
        [sys.executable, "-c", code, url], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    )  # fmt: skip
    assert child.stdout is not None and child.stdin is not None
    assert child.stdout.readline() == b"writing\n"
    syncs.fill(desk)
    with pytest.raises(StoreBusyError):
        desk.sync()
    child.kill()
    child.wait()
    child.stdout.close()
    child.stdin.close()
    assert desk.sync().added == 4
    assert_consistent(desk)


def test_two_machines_see_the_same_and_either_may_write(desk: Desk, tmp_path: Path) -> None:
    other = Desk(tmp_path, embedder=CountingEmbedder(), database=desk.database)
    syncs.fill(desk)
    with desk.searcher() as here, other.searcher() as there:
        desk.sync()
        assert summary(here.search("Kirkuk", 9)) == summary(there.search("Kirkuk", 9)) != []
        other.write("desk/kirkuk.txt", story("Basra"))
        other.write("new.txt", story("Kirkuk bridge"))
        assert syncs.counts(other.sync()) == (1, 1, 0, 0, 3)
        found = summary(here.search("Kirkuk bridge", 9))
        assert found == summary(there.search("Kirkuk bridge", 9))
        assert found[0][1].article.file == "new.txt"
        assert all("Kirkuk" not in hit[1].text for hit in found if hit[1].article.file == "desk/kirkuk.txt")
    assert syncs.counts(desk.sync()) == (0, 0, 0, 0, 5)
    assert_consistent(desk)
    other.close()


# -- what may go wrong


class _Interrupted(HashEmbedder):
    """Lets something happen before the n-th batch."""

    def __init__(self, happen: Callable[[], None]) -> None:
        super().__init__()
        self.happen = happen

    def embed_passages(self, passages: Any) -> Any:
        self.happen()
        return super().embed_passages(passages)


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGINT])
def test_a_server_that_dies_in_the_middle_loses_nothing(
    how: signal.Signals, desk: Desk, postgres_server: Server
) -> None:
    syncs.fill(desk)
    desk.sync()
    reader = CatalogReader(desk.place)
    with reader.snapshot() as view:
        digest = view.content_digest()
    desk.write("mosul.txt", story("Mosul", paragraphs=9))
    desk.write("late.txt", story("Ramadi"))
    whole, desk.embedder = desk.embedder, _Interrupted(lambda: postgres_server.stop(how))
    try:
        with pytest.raises(StoreError, match=r"connection to .* was lost.*goes on where it was"):
            desk.sync()
        with pytest.raises(StoreError, match="no server answers there"), reader.snapshot():
            pass
    finally:
        postgres_server.start()
    # The reader's connection is made anew; what was complete is still there, and new words already are.
    with reader.snapshot() as view:
        assert view.content_digest() != digest
        assert view.text_of("mosul.txt") == story("Mosul", paragraphs=12)
        assert view.text_of("late.txt") == story("Ramadi")
    reader.close()
    desk.close()
    desk.embedder = whole
    assert_readable(desk)
    desk.sync()
    assert_consistent(desk)


def test_what_a_reader_holds_while_the_server_restarts_is_told_to_ask_again(
    desk: Desk, postgres_server: Server
) -> None:
    syncs.fill(desk)
    desk.sync()
    reader = CatalogReader(desk.place)

    def read() -> None:
        with reader.snapshot() as view:
            assert view.files()
            postgres_server.stop()
            postgres_server.start()
            view.files()

    with pytest.raises(StoreError, match="was lost: ask again"):
        read()
    with reader.snapshot() as view:
        assert len(view.files()) == 4
    reader.close()


def test_every_mistake_in_the_address_is_one_line_with_its_mend(
    postgres_server: Server, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    right = postgres_server.url("postgres")
    told = {
        postgres_server.url("postgres", password="wrong-" + PASSWORD): "user or password is wrong: set them",
        postgres_server.url("postgres", user="nobody"): "user or password is wrong: set them",
        postgres_server.url("never_made"): "no such database: make it",
        right.replace("127.0.0.1", "nowhere.invalid"): "no such host: set the name right",
        right.replace(str(postgres_server.port), "1"): "no server answers there: start it",
    }
    for url, mend in told.items():
        for use in (lambda place: place.connect(), lambda place: open_catalog(place).__enter__()):
            with pytest.raises(StoreError) as caught:
                use(PostgresDatabase(url))
            said = str(caught.value)
            assert mend in said and "\n" not in said and "DATELINE_DATABASE_URL" in said
            assert PASSWORD not in said and PASSWORD not in repr(caught.value.__cause__)
    for bad in (f"postgresql://me:{PASSWORD}@host/x?no_such=1", f"postgresql://me:{PASSWORD}%zz@host/x"):
        with pytest.raises(ConfigError, match="cannot be read: give an address") as wrong:
            PostgresDatabase(bad)
        assert PASSWORD not in str(wrong.value) and wrong.value.__suppress_context__
    # A password with a slash in it reads as a port.
    for bad in ("postgresql://me:70000@host/x", f"postgresql://me:{PASSWORD}/more@host/x"):
        with pytest.raises(ConfigError, match="a port that is no number") as wrong:
            PostgresDatabase(bad.replace("me:70000@host", "me@host:70000"))
        assert PASSWORD not in str(wrong.value)
    assert PASSWORD not in caplog.text


def test_an_empty_database_is_no_index_yet_and_another_datelines_is_refused(desk: Desk) -> None:
    reader = CatalogReader(desk.place)
    for view in (reader.snapshot, reader.snapshot):
        with pytest.raises(StoreMissingError, match="nothing is indexed in postgresql://"), view():
            pass
    syncs.fill(desk)
    desk.sync()
    change(desk.place, "UPDATE meta SET value = '99' WHERE key = 'schema'")
    for ask in (desk.sync, lambda: desk.search("Mosul")):
        with pytest.raises(StoreError, match="schema 99"):
            ask()
    reader.close()


def test_a_catalog_deleted_and_made_anew_is_seen_without_a_restart(desk: Desk) -> None:
    syncs.fill(desk)
    desk.sync()
    with desk.searcher() as searcher:
        assert searcher.search("Kirkuk", 3)
        change(desk.place, "DROP SCHEMA dateline CASCADE")
        with pytest.raises(StoreMissingError):
            searcher.search("Kirkuk", 3)
        desk.write("desk/kirkuk.txt", story("Basra"))
        desk.sync()
        assert searcher.search("Basra", 3)[0].passage.article.file == "desk/kirkuk.txt"
    assert_consistent(desk)


def test_who_may_only_read_is_answered_and_told_what_writing_needs(
    desk: Desk, postgres_server: Server
) -> None:
    syncs.fill(desk)
    desk.sync()
    place = desk.place
    assert isinstance(place, PostgresDatabase)
    with suppress(psycopg.errors.DuplicateObject):
        change(place, f"CREATE ROLE guest LOGIN PASSWORD '{PASSWORD}'")
    change(
        place,
        "GRANT USAGE ON SCHEMA dateline TO guest",
        "GRANT SELECT ON ALL TABLES IN SCHEMA dateline TO guest",
    )
    guest = PostgresDatabase(postgres_server.url(place.name.rpartition("/")[2], user="guest"))
    assert place.may_write() and not guest.may_write()
    asking = Desk(desk.root, database=guest)
    assert summary(asking.search("Kirkuk")) == summary(desk.search("Kirkuk")) != []
    with pytest.raises(StoreError, match="whoever runs `dateline index` must own it"):
        asking.sync()
    asking.close()


def test_a_reader_sees_old_or_new_and_never_a_mixture_of_a_sync(desk: Desk) -> None:
    def write(version: int) -> None:
        for name in ("a", "b", "c"):
            desk.write(f"{name}.txt", f"Version\n\nThis is version number{version} of the text.")

    write(0)
    desk.sync()
    stop, seen, faults = threading.Event(), set(), []

    def read() -> None:
        reader = CatalogReader(desk.place)
        try:
            while not stop.is_set():
                with reader.snapshot() as view:
                    texts = {view.text_of(file) for file in view.files()}
                    rows = view.match('"version"', 9, 1.0)
                    texts |= {
                        f"Version\n\n{p.text}" for p in view.passages([row for row, _ in rows]).values()
                    }
                    found = {word for text in texts for word in (text or "").split() if "number" in word}
                    assert len(found) == 1 and len(rows) == 3, (found, rows)
                    seen.update(found)
        except Exception as exc:
            faults.append(exc)
        finally:
            reader.close()

    threads = [threading.Thread(target=read) for _ in range(2)]
    for thread in threads:
        thread.start()
    for version in range(1, 6):
        write(version)
        desk.sync()
    stop.set()
    for thread in threads:
        thread.join()
    assert faults == []
    assert seen
    assert query_all(desk.place, "SELECT count(*) FROM revisions") == [(3,)]

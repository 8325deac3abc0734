"""What can go wrong with the index on disk: nothing is lost, what is said names the mend, and the mend works."""

from __future__ import annotations

import errno
import os
import random
import shutil
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import NoReturn

import numpy as np
import pytest
from index_state import (
    CountingEmbedder,
    Desk,
    assert_consistent,
    assert_same,
    change,
    change_texts,
    dump,
    query_all,
    story,
    summary,
)

from index.catalog import Collection, open_catalog
from index.chroma import ChromaStore
from index.database import Connection
from index.errors import EmbeddingError, StoreDamagedError, StoreError, StoreMismatchError, StoreMissingError
from index.lookup import CatalogReader
from index.probe import look, probe
from index.progress import SyncProgress
from index.schema import SqliteDatabase, writer_lock
from index.sound import look_through
from index.verify import Verifier, VerifyReport

ROOT = Path(__file__).parent.parent
PAGE = 8192


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    desk = Desk(tmp_path)
    desk.corpus.mkdir()
    yield desk
    desk.close()


def fill(desk: Desk) -> None:
    for name in ("baiji", "kirkuk", "tikrit"):
        desk.write(f"desk/{name}.txt", story(name.title()))
    desk.write("mosul.txt", story("Mosul", paragraphs=12))
    desk.sync()


def forget_asked(desk: Desk) -> None:
    assert isinstance(desk.embedder, CountingEmbedder)
    desk.embedder.passages.clear()


def asked(desk: Desk) -> list[str]:
    assert isinstance(desk.embedder, CountingEmbedder)
    return desk.embedder.passages


def verify(desk: Desk, *, apart: bool = False) -> VerifyReport:
    """Verify as the command does; Chroma is loaded in a process of its own only if that is what is tested."""
    with pytest.MonkeyPatch.context() as patch:
        if not apart:
            patch.setattr("index.verify.probe", look)
        return Verifier(
            index=desk.index, chroma=desk.chroma, embedder=desk.embedder, vectors=desk.vectors()
        ).run()


def graph_of(desk: Desk) -> Path:
    return next(path for path in sorted(desk.chroma.iterdir()) if path.is_dir())


def cut(file: Path) -> None:
    file.write_bytes(file.read_bytes()[: file.stat().st_size // 2])


# -- the vector index lost or cut short

LOSSES: dict[str, Callable[[Desk], None]] = {
    "everything": lambda desk: shutil.rmtree(desk.chroma),
    "a graph": lambda desk: shutil.rmtree(graph_of(desk)),
    "half a header": lambda desk: cut(graph_of(desk) / "header.bin"),
    "half a graph": lambda desk: cut(graph_of(desk) / "data_level0.bin"),
    "half the database": lambda desk: cut(desk.chroma / "chroma.sqlite3"),
}


@pytest.mark.parametrize("loss", LOSSES)
def test_a_vector_index_that_has_lost_something_is_made_anew_by_a_sync(desk: Desk, loss: str) -> None:
    fill(desk)
    before, found = dump(desk), summary(desk.search("Mosul officer"))
    desk.close()
    LOSSES[loss](desk)
    with desk.searcher() as searcher:
        # Half a header would take the process down if Chroma read it.
        assert searcher.search("Kirkuk", 1)[0].passage.article.file == "desk/kirkuk.txt"
        assert "found by words alone: run `dateline index`" in searcher.notes(())[0]
    assert [fault.mend for fault in verify(desk).faults] == ["run `dateline index`"]
    forget_asked(desk)
    report = desk.sync()
    assert (report.unchanged, report.embedded, asked(desk)) == (4, 0, [])
    assert_same(dump(desk), before)
    assert summary(desk.search("Mosul officer")) == found
    assert verify(desk).faults == ()
    assert_consistent(desk)


def test_a_vector_index_that_cannot_be_opened_is_made_anew_by_a_sync(desk: Desk) -> None:
    fill(desk)
    desk.close()
    database = desk.chroma / "chroma.sqlite3"
    database.write_bytes(b"no database " * (1 + database.stat().st_size // 12))
    desk.write("erbil.txt", story("Erbil"))
    forget_asked(desk)
    assert desk.sync().added == 1
    assert len(asked(desk)) == 1, "only the new article is embedded"
    assert_consistent(desk)


def test_an_index_deleted_under_an_open_client_is_made_anew_at_once(desk: Desk) -> None:
    fill(desk)
    desk.search("Mosul")
    shutil.rmtree(desk.index)
    assert desk.sync().added == 4
    assert desk.search("Kirkuk", 1)[0].passage.article.file == "desk/kirkuk.txt"
    assert_consistent(desk)


def test_readers_find_no_loss_after_any_sync(desk: Desk) -> None:
    desk.write("big.txt", story("Mosul", paragraphs=1200))
    desk.write("small.txt", story("Kirkuk"))
    desk.sync()
    (desk.corpus / "big.txt").unlink()
    desk.sync()
    desk.close()
    for _ in range(2):
        assert desk.search("Kirkuk", 1)[0].cosine is not None
        desk.close()
        assert desk.vectors().fault() == ""
    assert_consistent(desk)


# -- made anew on request


def test_a_rebuild_embeds_nothing_and_ends_with_the_same_index(desk: Desk) -> None:
    fill(desk)
    before, found = dump(desk), summary(desk.search("Mosul officer"))
    forget_asked(desk)
    shutil.rmtree(desk.corpus)
    report = desk.syncer().rebuild()
    assert (report.articles, report.passages, report.pending) == (4, desk.vectors().count("passages"), 0)
    assert asked(desk) == []
    assert_same(dump(desk), before)
    assert summary(desk.search("Mosul officer")) == found
    assert sorted(path.name for path in desk.index.iterdir() if path.name.startswith("chroma")) == [
        "chroma",
        "chroma.json",
    ]
    assert_consistent(desk, in_step=False)


def test_a_rebuild_takes_ghosts_out_and_leaves_what_was_never_embedded_to_a_sync(desk: Desk) -> None:
    fill(desk)
    vector = desk.embedder.embed_query("ghost")[None]
    desk.vectors().upsert("passages", ["ghost"], vector)
    change(desk.catalog, "DELETE FROM vectors WHERE id = 1", "DELETE FROM sentence_vectors WHERE id = 1")
    report = desk.syncer().rebuild()
    assert report.pending == 2, "an article's vector is that of its opening"
    forget_asked(desk)
    assert desk.sync().embedded == 1
    assert_consistent(desk)


def test_a_rebuild_that_is_stopped_leaves_the_old_index_and_nothing_else(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(desk)
    before, found = dump(desk), summary(desk.search("Mosul officer"))

    def stop(progress: SyncProgress) -> None:
        if progress.done:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        desk.syncer().rebuild(stop)
    assert summary(desk.search("Mosul officer")) == found
    desk.close()
    # As a kill leaves it, which may not clear anything away.
    shutil.copytree(desk.chroma, desk.index / "chroma.new")
    desk.sync()
    assert not (desk.index / "chroma.new").exists()
    assert_same(dump(desk), before)
    assert_consistent(desk)


def test_a_rebuild_killed_between_two_renames_is_put_right_by_a_sync(desk: Desk) -> None:
    fill(desk)
    before = dump(desk)
    desk.close()
    desk.chroma.rename(desk.index / "chroma.old")
    change(desk.catalog, "UPDATE meta SET value = '1' WHERE key = 'unclean'")
    (desk.index / "chroma.json").unlink()
    forget_asked(desk)
    assert desk.sync().embedded == 0
    assert asked(desk) == []
    assert_same(dump(desk), before)
    assert not (desk.index / "chroma.old").exists()


def test_a_rebuild_needs_an_index_of_this_model(desk: Desk) -> None:
    with pytest.raises(StoreMissingError, match="run `dateline index`"):
        desk.syncer().rebuild()
    fill(desk)
    desk.close()
    desk.embedder = CountingEmbedder("-other")
    with pytest.raises(StoreMismatchError):
        desk.syncer().rebuild()


# -- looked through


def test_a_sound_index_is_found_sound_and_left_alone(desk: Desk) -> None:
    fill(desk)
    before = dump(desk)
    report = verify(desk, apart=True)
    assert report.faults == ()
    assert (report.files, report.articles) == (4, 4)
    assert report.in_chroma == report.articles + report.passages
    assert report.vectors == report.passages
    assert report.catalog_bytes >= desk.catalog.stat().st_size > 0
    assert report.vector_bytes > 0
    assert_same(dump(desk), before)


def test_an_empty_index_is_sound(desk: Desk) -> None:
    desk.sync()
    assert verify(desk).faults == ()


DAMAGE = {
    "a place": ("UPDATE passages SET start = start + 1 WHERE id = 1", "bears another one's name"),
    "a line": ("UPDATE passages SET line_end = line_end + 1 WHERE id = 1", "stands in lines"),
    "a sentence": ("DELETE FROM sentences WHERE passage = 1", "not made of its sentences"),
    "a gap": ("UPDATE articles SET offset = offset + 9 WHERE id = 1", "gap"),
    "a byte of a text": (
        "UPDATE articles SET text = CAST(substr(text, 1, 90) AS BLOB) WHERE id = 1",
        "unpacked",
    ),
    "an orphan": ("DELETE FROM revisions WHERE id = 1", "belongs to no row"),
    "full text": (
        "INSERT INTO passages_fts (rowid, title, text) VALUES (999, 'Title', 'No such passage')",
        "1 too many",
    ),
    "a vector": (
        "DELETE FROM vectors WHERE id = 1; DELETE FROM sentence_vectors WHERE id = 1",
        "have no vector",
    ),
    "a length": ("UPDATE vectors SET vector = x'00' WHERE id = 1", "wrong length"),
}


@pytest.mark.parametrize("damage", DAMAGE)
def test_damage_in_the_catalog_is_named_with_its_mend(desk: Desk, damage: str) -> None:
    fill(desk)
    sql, told = DAMAGE[damage]
    change(desk.catalog, *sql.split("; "))
    faults = verify(desk).faults
    assert told in faults[0].what
    if damage == "a vector":
        assert "--rebuild" in faults[0].mend
        desk.syncer().rebuild()
        desk.sync()
        assert verify(desk).faults == ()
    else:
        assert "delete the index folder and run `dateline index`" in faults[0].mend


def overwrite_page(file: Path, page: int) -> None:
    with file.open("r+b") as stream:
        stream.seek(page * PAGE)
        stream.write(random.Random(page).randbytes(PAGE))


def test_an_overwritten_page_is_met_by_whoever_opens_the_catalog(desk: Desk) -> None:
    fill(desk)
    good = desk.catalog.read_bytes()
    pages = len(good) // PAGE
    assert pages > 20
    for page in range(0, pages, 4):
        desk.catalog.write_bytes(good)
        overwrite_page(desk.catalog, page)
        for use in (desk.sync, desk.syncer().rebuild, lambda: desk.search("Mosul officer")):
            with pytest.raises(StoreDamagedError, match="delete the index folder and run `dateline index`"):
                use()
        desk.close()
    desk.catalog.write_bytes(good)
    assert desk.sync().unchanged == 4
    assert_consistent(desk)


def test_the_pages_are_looked_through_only_after_another_has_touched_them(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    looked: list[int] = []
    find_damage = SqliteDatabase.find_damage

    def look_through(own: SqliteDatabase, connection: Connection) -> Iterator[str]:
        looked.append(1)
        return find_damage(own, connection)

    monkeypatch.setattr(SqliteDatabase, "find_damage", look_through)
    fill(desk)
    for use in (desk.sync, desk.syncer().rebuild, lambda: desk.search("Mosul officer")):
        use()
        desk.close()
    assert not looked
    os.utime(desk.catalog, ns=(1, 1))
    desk.search("Mosul officer")
    desk.close()
    assert len(looked) == 1
    desk.search("Mosul officer")
    desk.close()
    assert len(looked) == 1, "what was found sound once is not looked through again"

    def write_and_stop() -> None:
        with open_catalog(desk.catalog):
            desk.search("Mosul officer")
            assert len(looked) == 1, "who asks does not wait for it while somebody writes"
            desk.close()
            raise ZeroDivisionError  # as a run that is killed

    with pytest.raises(ZeroDivisionError):
        write_and_stop()
    desk.sync()
    assert len(looked) == 2


def test_a_verification_without_the_right_to_write_looks_at_a_copy(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(desk)
    desk.close()
    before = {file: file.read_bytes() for file in desk.chroma.rglob("*") if file.is_file()}
    monkeypatch.setattr("index.trouble.os.access", lambda path, mode: "chroma" not in str(path))
    report = verify(desk, apart=True)
    assert report.faults == ()
    assert report.in_chroma == report.articles + report.passages
    assert {file: file.read_bytes() for file in desk.chroma.rglob("*") if file.is_file()} == before
    monkeypatch.setattr("tempfile.tempdir", str(desk.root / "gone"))
    with pytest.raises(StoreError, match="set TMPDIR"):
        verify(desk)


def test_of_a_damaged_catalog_no_vector_is_counted(desk: Desk) -> None:
    fill(desk)
    change(desk.catalog, "UPDATE articles SET offset = offset + 9 WHERE id = 1")
    assert verify(desk).in_chroma is not None
    overwrite_page(desk.catalog, 9)
    assert verify(desk).in_chroma is None


@pytest.mark.parametrize(
    ("edit", "told"),
    [
        (lambda text: text.replace("Tuesday", "Tuesdax"), "is not what was indexed"),
        (lambda text: text[:40], "outside of its article"),
    ],
)
def test_a_text_that_was_changed_in_the_catalog_is_named(
    desk: Desk, edit: Callable[[str], str], told: str
) -> None:
    fill(desk)
    change_texts(desk.catalog, edit)
    fault = verify(desk).faults[0]
    assert told in fault.what
    assert "delete the index folder and run `dateline index`" in fault.mend


def test_a_text_that_cannot_be_unpacked_is_damage(desk: Desk) -> None:
    fill(desk)
    change(desk.catalog, "UPDATE articles SET text = x'789c00'")
    with pytest.raises(StoreDamagedError, match=r"cannot be unpacked.*: delete the index folder"):
        desk.search("Mosul officer")
    desk.close()
    for name in ("baiji", "kirkuk", "tikrit"):
        (desk.corpus / f"desk/{name}.txt").unlink()
    with pytest.raises(StoreDamagedError, match=r"cannot be unpacked.*: delete the index folder"):
        desk.sync()


def test_ids_that_the_vector_index_lacks_or_holds_too_many_are_named(desk: Desk) -> None:
    fill(desk)
    store = desk.vectors()
    store.delete("articles", sorted(store.items("articles"))[:2])
    store.upsert("passages", ["ghost"], desk.embedder.embed_query("ghost")[None])
    store.close()
    assert [fault.what for fault in verify(desk, apart=True).faults] == [
        "the vector index lacks 2 of articles",
        "the vector index holds, as ghosts, 1 of passages",
    ]
    desk.syncer().rebuild()
    assert verify(desk).faults == ()


def test_vectors_of_other_passages_are_named(desk: Desk) -> None:
    fill(desk)
    store = desk.vectors()
    items = sorted(store.items("passages"))
    other = desk.embedder.embed_query("something else")[None].repeat(len(items), axis=0)
    store.upsert("passages", items, other)
    store.close()
    (fault,) = verify(desk).faults
    assert "does not find" in fault.what
    assert "--rebuild" in fault.mend


def test_a_graph_that_takes_the_process_down_is_named(tmp_path: Path) -> None:
    store = ChromaStore(tmp_path / "chroma", "f" * 16)
    # Below a thousand records Chroma answers from its queue and reads no graph.
    rows = np.random.default_rng(0).standard_normal((1500, 16)).astype(np.float32)
    store.upsert("passages", [f"item-{number}" for number in range(1500)], rows)
    store.close()
    wanted: dict[Collection, list[list[float]]] = {"passages": rows[:2].tolist()}
    sound = probe(tmp_path / "chroma", "f" * 16, wanted)
    assert (sound.error, len(sound.items["passages"])) == ("", 1500)
    assert sound.found["passages"] == pytest.approx([1, 1], abs=1e-5)
    for graph in (tmp_path / "chroma").glob("*/data_level0.bin"):
        graph.write_bytes(b"\xff" * graph.stat().st_size)
    assert "ends the process (signal 11)" in probe(tmp_path / "chroma", "f" * 16, wanted).error


def test_a_vector_index_that_cannot_be_opened_is_named(desk: Desk) -> None:
    fill(desk)
    desk.close()
    database = desk.chroma / "chroma.sqlite3"
    database.write_bytes(b"no database " * (1 + database.stat().st_size // 12))
    (fault,) = verify(desk, apart=True).faults
    assert "cannot be used" in fault.what
    assert "--rebuild" in fault.mend
    desk.syncer().rebuild()
    assert verify(desk).faults == ()
    assert_consistent(desk)


def test_work_that_a_stopped_run_has_left_is_no_fault(desk: Desk) -> None:
    fill(desk)
    store = desk.vectors()
    item = sorted(store.items("passages"))[0]
    store.delete("passages", [item])
    store.seal()
    change(desk.catalog, f"INSERT INTO pending VALUES ('passages', '{item}', 'upsert')")
    report = verify(desk)
    assert (report.faults, report.pending) == ((), 1)


def _fail(_: object) -> NoReturn:
    raise EmbeddingError("the model cannot be run")


def test_what_a_stopped_run_has_read_of_edited_files_is_no_damage(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(desk)
    for file in sorted(desk.corpus.rglob("*.txt")):
        file.write_text(f"{file.read_text(encoding='utf-8')}\n\nMore was said later.\n", encoding="utf-8")
    monkeypatch.setattr(desk.embedder, "embed_passages", _fail)
    with pytest.raises(EmbeddingError):
        desk.sync()
    monkeypatch.undo()
    desk.close()
    staged = query_all(desk.catalog, "SELECT count(*) FROM revisions WHERE NOT live")[0][0]
    assert staged, "nothing was left behind, so nothing is shown"
    assert verify(desk).faults == ()
    desk.sync()
    assert verify(desk).faults == ()


def test_an_index_of_another_model_is_told(desk: Desk) -> None:
    fill(desk)
    desk.close()
    desk.embedder = CountingEmbedder("-other")
    fault = verify(desk).faults[0]
    assert "built with another embedder or splitter" in fault.what
    assert "run `dateline index` to build it anew" in fault.mend


# -- a page of the catalog overwritten


def test_an_overwritten_page_is_recognised_and_the_mend_works(desk: Desk) -> None:
    fill(desk)
    desk.close()
    page = query_all(desk.catalog, "SELECT rootpage FROM sqlite_master WHERE name = 'passages'")[0][0]
    size = query_all(desk.catalog, "PRAGMA page_size")[0][0]
    with desk.catalog.open("r+b") as file:
        file.seek((page - 1) * size)
        file.write(b"\xa5" * size)
    mend = "delete the index folder and run `dateline index`"
    for use in (lambda: desk.search("Mosul"), desk.sync):
        with pytest.raises(StoreDamagedError, match=mend) as caught:
            use()
        assert "\n" not in str(caught.value)
    assert mend in verify(desk).faults[0].mend
    desk.close()
    shutil.rmtree(desk.index)
    desk.sync()
    assert verify(desk).faults == ()


# -- a full disk


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    folder = tmp_path / "disk"
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=2m", "tmpfs", str(folder)]
    try:
        mounted = subprocess.run(mount, capture_output=True, check=False).returncode == 0
    except OSError:
        mounted = False
    if not mounted:
        pytest.skip("no right to mount a small disk here")
    yield folder
    subprocess.run(["umount", "-l", str(folder)], check=True)


def test_a_full_disk_leaves_the_last_state_answering_and_the_next_run_goes_on(
    small_disk: Path, tmp_path: Path
) -> None:
    desk = Desk(tmp_path)
    desk.index.symlink_to(small_disk)
    desk.corpus.mkdir()
    fill(desk)
    found = summary(desk.search("Kirkuk"))
    desk.write("big.txt", story("Basra", paragraphs=3000))
    for _ in range(2):
        with pytest.raises(StoreError, match="free some space") as caught:
            desk.sync()
        assert "\n" not in str(caught.value)
        assert "delete" not in str(caught.value)
        desk.close()
        assert desk.search("Kirkuk")[0].passage.article.file == "desk/kirkuk.txt"
    subprocess.run(["mount", "-o", "remount,size=64m", str(small_disk)], check=True)
    desk.sync()
    assert_consistent(desk)
    (desk.corpus / "big.txt").unlink()
    desk.sync()
    assert summary(desk.search("Kirkuk")) == found
    desk.close()


def test_a_disk_without_a_byte_left_is_asked_all_the_same(small_disk: Path, tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    desk.index.symlink_to(small_disk)
    desk.corpus.mkdir()
    fill(desk)
    found = summary(desk.search("Mosul officer"))
    desk.close()
    with (small_disk / "ballast").open("wb", buffering=0) as ballast, suppress(OSError):
        while True:
            ballast.write(b"x" * 4096)
    with desk.searcher() as searcher:
        assert searcher.search("Kirkuk", 1)[0].passage.article.file == "desk/kirkuk.txt"
        assert searcher.notes(())[0].endswith(
            "found by words alone: free some space and run `dateline index` again"
        )
    for use in (desk.sync, desk.syncer().rebuild):
        with pytest.raises(StoreError, match="free some space"):
            use()
    assert verify(desk).faults[0].mend.startswith("free some space")
    (small_disk / "ballast").unlink()
    desk.close()
    desk.sync()
    assert summary(desk.search("Mosul officer")) == found
    assert_consistent(desk)
    desk.close()


def test_a_rebuild_on_a_full_disk_keeps_the_old_vector_index(small_disk: Path, tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    desk.index.symlink_to(small_disk)
    desk.corpus.mkdir()
    fill(desk)
    found = summary(desk.search("Mosul officer"))
    free = shutil.disk_usage(small_disk).free
    (small_disk / "ballast").write_bytes(b"x" * (free - 300_000))
    with pytest.raises(StoreError, match="free some space"):
        desk.syncer().rebuild()
    desk.close()
    assert summary(desk.search("Mosul officer")) == found
    (small_disk / "ballast").unlink()
    desk.syncer().rebuild()
    assert summary(desk.search("Mosul officer")) == found
    desk.sync()
    assert_consistent(desk)
    desk.close()


# -- rights

_ASK = """
import os, sys
from pathlib import Path
from index_state import Desk
from index.exact import CatalogVectors
from index.lookup import CatalogReader
from index.search import Searcher

desk = Desk(Path(sys.argv[1]))

def open_searcher(desk):
    reader = CatalogReader(desk.catalog)
    return Searcher(reader=reader, vectors=CatalogVectors(desk.catalog), embedder=desk.embedder)

if os.geteuid() == 0:
    # Whoever is no user any more may not import either: all that is needed is loaded before.
    try:
        open_searcher(Desk(desk.root / "copy")).search("Kirkuk officer", 3)
    finally:
        os.setgroups([])
        os.setgid(65534)
        os.setuid(65534)
searcher = open_searcher(desk)
for use in (lambda: searcher.search("Kirkuk officer", 3), desk.sync):
    try:
        print([(hit.passage.article.file, hit.cosine is not None) for hit in use()])
    except Exception as exc:
        print(f"{type(exc).__name__}: {exc}")
print(searcher.notes(()))
"""


@pytest.fixture
def shared_desk() -> Iterator[Desk]:
    """A desk in a folder that other users may enter; pytest's own they may not."""
    root = Path(tempfile.mkdtemp())
    root.chmod(0o755)
    desk = Desk(root)
    desk.corpus.mkdir()
    fill(desk)
    desk.close()
    shutil.copytree(desk.index, root / "copy" / "index")
    yield desk
    subprocess.run(["chmod", "-R", "u+rwX", str(root)], check=True)
    shutil.rmtree(root)


def ask_without_rights(desk: Desk) -> list[str]:
    """Search and sync in a process that may do no more than the folder's modes say."""
    done = subprocess.run(
        [sys.executable, "-c", _ASK, str(desk.root)],
        env={**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT), str(ROOT / "tests")])},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


@pytest.mark.parametrize("what", ["everything", "files"])
def test_a_read_only_index_is_asked_as_it_stands(shared_desk: Desk, what: str) -> None:
    subprocess.run(["chmod", "-R", "a+rX,a-w", str(shared_desk.index)], check=True)
    if what == "files":
        shared_desk.index.chmod(0o777)
    before = sorted(path.name for path in shared_desk.index.iterdir())
    found, synced, notes = ask_without_rights(shared_desk)
    assert found.startswith("[('desk/kirkuk.txt', True), ")
    assert "StoreError" in synced
    assert "chmod -R u+rwX" in synced
    assert notes == "()"
    assert sorted(path.name for path in shared_desk.index.iterdir()) == before


@pytest.mark.parametrize("what", ["file", "folder"])
def test_an_index_that_may_not_be_read_is_told_with_the_mend(shared_desk: Desk, what: str) -> None:
    (shared_desk.catalog if what == "file" else shared_desk.index).chmod(0)
    for line in ask_without_rights(shared_desk)[:2]:
        assert "StoreError" in line
        assert "chmod -R u+rwX" in line
        assert "delete" not in line


def test_a_read_only_index_with_a_run_in_it_says_who_can_mend_it(shared_desk: Desk) -> None:
    # As a killed run leaves it: what was committed last stands in the log alone.
    connection = sqlite3.connect(shared_desk.catalog)
    connection.execute("PRAGMA wal_autocheckpoint = 0")
    connection.execute("INSERT INTO meta VALUES ('x', 'y')")
    connection.commit()
    log = shared_desk.catalog.with_name(f"{shared_desk.catalog.name}-wal")
    kept = log.read_bytes()
    connection.close()
    log.write_bytes(kept)
    subprocess.run(["chmod", "-R", "a+rX,a-w", str(shared_desk.index)], check=True)
    found = ask_without_rights(shared_desk)[0]
    assert "the last `dateline index` was stopped or is at work" in found


def test_a_catalog_changed_under_a_reader_without_rights_is_not_believed(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(desk)
    monkeypatch.setattr("index.schema.os.access", lambda path, mode: mode == os.R_OK)
    reader = CatalogReader(desk.catalog)

    def read() -> None:
        with reader.snapshot() as view:
            assert view.files()
            os.utime(desk.catalog, (0, 0))

    with pytest.raises(StoreError, match="ask again"):
        read()
    with reader.snapshot() as view:
        assert len(view.files()) == 4
    reader.close()


# -- what is told at each run


def test_a_remark_on_a_file_is_told_at_each_run(desk: Desk) -> None:
    desk.write("old.txt", "Caf\xe9 owners met on Tuesday. They agreed.".encode("cp1252"))
    fill(desk)
    told = desk.sync().notes
    assert [(note.file, "cp1252" in note.reason) for note in told] == [("old.txt", True)]
    assert desk.sync().notes == told
    assert desk.sync("desk").notes == ()
    desk.write("old.txt", "Café owners met on Tuesday. They agreed.")
    assert desk.sync().notes == ()


def test_files_used_in_part_are_counted_once(desk: Desk) -> None:
    desk.write("lines.jsonl", '{"text": "The ferry sank in the harbour."}\nbroken\nbroken too\n')
    desk.write("empty.txt", "")
    desk.write("metadata.jsonl", "nonsense\n")
    for _ in range(2):
        report = desk.sync()
        assert (len(report.skipped), report.in_part) == (4, 2)


def test_what_was_written_while_it_was_looked_through_is_not_called_damaged(desk: Desk) -> None:
    fill(desk)

    def write_meanwhile() -> Iterator[str]:
        os.utime(desk.catalog, ns=(1, 1))
        yield "page 7"

    def fail_meanwhile() -> Iterator[str]:
        os.utime(desk.catalog, ns=(2, 2))
        raise sqlite3.DatabaseError("malformed")
        yield ""

    for find_damage in (write_meanwhile, fail_meanwhile):
        with pytest.raises(StoreError, match="was changed while it was read: ask again"):
            look_through(desk.catalog, find_damage, (sqlite3.Error,))
    with pytest.raises(StoreDamagedError, match="page 7"):
        look_through(desk.catalog, lambda: ["page 7"], ())


def test_a_catalog_that_was_being_written_is_looked_through_later(desk: Desk) -> None:
    fill(desk)
    reader = CatalogReader(desk.catalog)
    overwrite_page(desk.catalog, 9)
    with writer_lock(desk.index), reader.snapshot() as view:
        assert view.count_passages()
    with pytest.raises(StoreDamagedError), reader.snapshot():
        pass
    reader.close()


@pytest.mark.parametrize(("code", "told"), [(errno.EROFS, "read-only"), (errno.ENOSPC, "free some space")])
def test_a_lock_that_cannot_be_made_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, code: int, told: str
) -> None:
    class Refused:
        def __init__(self, file: Path, **_: object) -> None:
            raise OSError(code, "no", str(file))

    monkeypatch.setattr("index.lock.FileLock", Refused)
    with pytest.raises(StoreError, match=told), writer_lock(tmp_path):
        pass

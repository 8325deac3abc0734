"""One contract for every vector store, and what Chroma alone can get wrong."""

from __future__ import annotations

import json
import shutil
import sqlite3
import subprocess
import sys
import uuid
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import numpy as np
import pytest
from chroma_world import ChromaServer, chroma_server
from numpy.typing import NDArray

from index.catalog import Collection
from index.chroma import ChromaStore
from index.chroma_queue import last_number, read_changes
from index.chroma_server import ServerStore
from index.errors import StoreError
from index.server_trouble import read_server
from index.vectors import MemoryStore, VectorStore

DIM = 32
ROOT = Path(__file__).parent.parent


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ChromaServer]:
    with chroma_server(tmp_path_factory.mktemp("server")) as server:
        yield server


@pytest.fixture(params=["memory", "chroma", "server"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[VectorStore]:
    store: VectorStore
    if request.param == "memory":
        store = MemoryStore()
    elif request.param == "chroma":
        store = ChromaStore(tmp_path / "c", "f" * 16)
    else:
        # Each test is a catalog of its own on the one server.
        owner = uuid.uuid4().hex[:16]
        url = request.getfixturevalue("server").url
        store = ServerStore(read_server(url), "f" * 16, lambda: owner)
    yield store
    store.close()


@pytest.fixture
def chroma(tmp_path: Path) -> Iterator[ChromaStore]:
    store = ChromaStore(tmp_path / "chroma", "f" * 16)
    yield store
    store.close()


def vectors(count: int, seed: int = 0) -> NDArray[np.float32]:
    rows = np.random.default_rng(seed).standard_normal((count, DIM)).astype(np.float32)
    unit: NDArray[np.float32] = rows / np.linalg.norm(rows, axis=1, keepdims=True)
    return unit


def fill(store: VectorStore, count: int, collection: Collection = "passages") -> NDArray[np.float32]:
    rows = vectors(count)
    items = [f"item-{number:04}" for number in range(count)]
    store.upsert(collection, items, rows)
    return rows


def test_an_empty_collection_answers_with_nothing(store: VectorStore) -> None:
    assert store.query("passages", vectors(1)[0], 5) == []
    assert store.count("articles") == 0
    assert list(store.items("passages")) == []
    store.delete("passages", [])
    store.delete("passages", ["never-was"])
    store.upsert("passages", [], vectors(0))
    assert store.count("passages") == 0


def test_the_nearest_come_first_with_their_cosines(store: VectorStore) -> None:
    rows = fill(store, 40)
    query = vectors(1, seed=7)[0]
    found = store.query("passages", query, 10)
    exact = sorted(((float(row @ query), f"item-{n:04}") for n, row in enumerate(rows)), reverse=True)[:10]
    assert [near.item for near in found] == [item for _, item in exact]
    assert [near.cosine for near in found] == pytest.approx([cosine for cosine, _ in exact], abs=1e-5)


def test_cosines_reach_from_minus_one_to_one_whatever_the_length(store: VectorStore) -> None:
    axis = np.eye(DIM, dtype=np.float32)
    rows = np.stack([3 * axis[0], axis[1], -0.5 * axis[0]])
    store.upsert("passages", ["same", "across", "against"], rows)
    found = store.query("passages", axis[0], 3)
    assert [near.item for near in found] == ["same", "across", "against"]
    assert [near.cosine for near in found] == pytest.approx([1, 0, -1], abs=1e-5)


def test_more_may_be_asked_for_than_there_is(store: VectorStore) -> None:
    fill(store, 3)
    assert len(store.query("passages", vectors(1)[0], 100)) == 3


def test_a_second_upsert_replaces_the_vector(store: VectorStore) -> None:
    rows = fill(store, 5)
    fill(store, 5)
    assert store.count("passages") == 5
    store.upsert("passages", ["item-0000"], -rows[:1])
    assert store.count("passages") == 5
    found = dict(store.query("passages", rows[0], 5))
    assert found["item-0000"] == pytest.approx(-1, abs=1e-5)


def test_the_two_collections_are_apart(store: VectorStore) -> None:
    fill(store, 4, "passages")
    fill(store, 2, "articles")
    store.delete("articles", ["item-0000"])
    assert (store.count("passages"), store.count("articles")) == (4, 1)
    assert list(store.items("articles")) == ["item-0001"]


def test_more_than_one_batch_is_written_read_and_deleted(store: VectorStore) -> None:
    rows = fill(store, 600)
    items = [f"item-{number:04}" for number in range(600)]
    assert store.count("passages") == 600
    assert sorted(store.items("passages")) == items
    for number in (0, 249, 250, 599):
        assert store.query("passages", rows[number], 1)[0].item == items[number]
    store.delete("passages", [*items[:550], "never-was"])
    assert sorted(store.items("passages")) == items[550:]
    assert store.query("passages", rows[0], 1)[0].item in items[550:]
    store.upsert("passages", items[:1], rows[:1])
    assert store.query("passages", rows[0], 1)[0].cosine == pytest.approx(1, abs=1e-5)


def test_refreshing_and_closing_lose_nothing(store: VectorStore) -> None:
    rows = fill(store, 3)
    store.refresh()
    store.close()
    assert store.query("passages", rows[1], 1)[0].item == "item-0001"


def test_ids_may_hold_what_ids_hold(store: VectorStore) -> None:
    item = "2b93a5fd9cfc1d63:f4253b3d:1000000-1000512"
    store.upsert("passages", [item], vectors(1))
    assert list(store.items("passages")) == [item]


# -- Chroma alone


def test_many_pages_of_ids_are_read_whole(chroma: ChromaStore) -> None:
    fill(chroma, 5200)
    assert len(set(chroma.items("passages"))) == 5200


def test_what_was_written_is_there_in_another_process(chroma: ChromaStore, tmp_path: Path) -> None:
    rows = fill(chroma, 3)
    code = (
        "import sys, numpy as np; from pathlib import Path; from index.chroma import ChromaStore\n"
        "store = ChromaStore(Path(sys.argv[1]), 'f' * 16)\n"
        "rows = np.load(sys.argv[2])\n"
        "store.upsert('passages', [f'new-{n}' for n in range(len(rows))], rows)\n"
        "store.delete('passages', ['item-0001'])\n"
        "print(store.count('passages')); store.close()\n"
    )
    assert chroma.query("passages", rows[0], 1)[0].item == "item-0000"
    fresh = vectors(20, seed=3)
    np.save(tmp_path / "fresh.npy", fresh)
    done = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path / "chroma"), str(tmp_path / "fresh.npy")],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    assert done.stdout.strip() == "22"
    chroma.refresh()
    for number, row in enumerate(fresh):
        assert chroma.query("passages", row, 1)[0].item == f"new-{number}"
    assert "item-0001" not in {near.item for near in chroma.query("passages", rows[1], 30)}


class Elsewhere:
    """The same store in another process, which writes."""

    _CODE = (
        "import json, sys, numpy as np; from pathlib import Path; from index.chroma import ChromaStore\n"
        "store = ChromaStore(Path(sys.argv[1]), 'f' * 16)\n"
        "for line in sys.stdin:\n"
        "    items, rows = json.loads(line)\n"
        "    if rows:\n"
        "        store.upsert('passages', items, np.array(rows, dtype=np.float32))\n"
        "    else:\n"
        "        store.delete('passages', items)\n"
        "    print('done', flush=True)\n"
        "store.close()\n"
    )

    def __init__(self, folder: Path) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-c", self._CODE, str(folder)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            cwd=ROOT,
        )

    def write(self, items: Sequence[str], rows: NDArray[np.float32] | None = None) -> None:
        """Upsert, or delete where there are no rows."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps([list(items), [] if rows is None else rows.tolist()]) + "\n")
        self._process.stdin.flush()
        assert self._process.stdout.readline() == "done\n"

    def end(self) -> None:
        assert self._process.stdin is not None
        self._process.stdin.close()
        assert self._process.wait(60) == 0
        assert self._process.stdout is not None
        self._process.stdout.close()


@pytest.fixture
def elsewhere(tmp_path: Path) -> Iterator[Elsewhere]:
    writer = Elsewhere(tmp_path / "chroma")
    yield writer
    writer.end()


def test_what_others_write_is_seen_without_opening_anew_while_it_is_little(
    chroma: ChromaStore, elsewhere: Elsewhere
) -> None:
    exact = MemoryStore()

    def write(items: Sequence[str], rows: NDArray[np.float32] | None = None) -> None:
        elsewhere.write(items, rows)
        if rows is None:
            exact.delete("passages", items)
        else:
            exact.upsert("passages", items, rows)

    def compare() -> None:
        chroma.refresh()
        for row in vectors(20, seed=99):
            found, wanted = (store.query("passages", row, 30) for store in (chroma, exact))
            assert [near.item for near in found] == [near.item for near in wanted]
            assert [near.cosine for near in found] == pytest.approx([n.cosine for n in wanted], abs=1e-5)

    write([f"old-{n}" for n in range(300)], vectors(300))
    compare()
    opened = chroma._client
    for step in range(4):
        write([f"new-{step}-{n}" for n in range(20)], vectors(20, seed=step + 1))
        write([f"old-{n}" for n in range(step * 40, step * 40 + 20)])
        write([f"old-{n}" for n in range(step * 40 + 20, step * 40 + 30)], 3 * vectors(10, seed=50 + step))
        compare()
    write(["new-0-1", "old-21"])
    compare()
    assert chroma._client is opened
    # More than is worth comparing; then so much that Chroma saves its graph and empties its queue.
    write([f"more-{n}" for n in range(310)], vectors(310, seed=60))
    compare()
    assert chroma._client is not opened
    opened = chroma._client
    write([f"most-{n}" for n in range(1200)], vectors(1200, seed=61))
    compare()
    assert chroma._client is not opened
    opened = chroma._client
    # Nothing but a deletion: no vector tells how long vectors are.
    write(["most-7"])
    compare()
    write(["last"], vectors(1, seed=62))
    compare()
    assert chroma._client is opened


@pytest.mark.parametrize(
    "told", ["nothing", "another table", "another encoding", "a hole", "less than was written"]
)
def test_a_queue_that_cannot_be_read_is_not_relied_upon(tmp_path: Path, told: str) -> None:
    database = tmp_path / "chroma.sqlite3"
    if told == "nothing":
        assert (last_number(database), read_changes(database, 5)) == (None, None)
        return
    encoding = "INT32" if told == "another encoding" else "FLOAT32"
    numbers = {"a hole": [6, 8], "less than was written": [6, 7]}.get(told, [6, 7, 8])
    connection = sqlite3.connect(database)
    name = "queue" if told == "another table" else "embeddings_queue"
    connection.execute(f"CREATE TABLE {name} (seq_id, operation, topic, id, vector, encoding)")
    connection.execute("CREATE TABLE max_seq_id (seq_id)")
    connection.execute("INSERT INTO max_seq_id VALUES (8)")
    row = np.ones(4, dtype=np.float32).tobytes()
    connection.executemany(
        f"INSERT INTO {name} VALUES (?, 2, 'persistent://default/default/c', 'x', ?, ?)",
        [(number, row, encoding) for number in numbers],
    )
    connection.commit()
    connection.close()
    assert last_number(database) == (None if told == "another table" else 8)
    assert read_changes(database, 5) is None


def test_the_space_is_cosine_and_nothing_embeds_by_itself(chroma: ChromaStore) -> None:
    fill(chroma, 1)
    collection = chroma._collection("passages", create=True)
    settings = collection._model.configuration_json["hnsw"]
    assert settings["space"] == "cosine"
    assert settings["ef_search"] >= 100
    assert collection._embedding_function is None


def test_only_ids_and_vectors_are_stored(chroma: ChromaStore) -> None:
    fill(chroma, 2)
    row = chroma._collection("passages", create=True).get(
        ids=["item-0001"], include=["metadatas", "documents"]
    )
    stored: tuple[object, object] = (row["documents"], row["metadatas"])
    assert stored == ([None], [None])


def test_another_model_has_its_own_collections_until_they_are_dropped(
    chroma: ChromaStore, tmp_path: Path
) -> None:
    fill(chroma, 3)
    other = ChromaStore(tmp_path / "chroma", "e" * 16)
    assert other.query("passages", vectors(1)[0], 3) == []
    fill(other, 1)
    assert chroma.count("passages") == 3
    other.drop_other_models()
    assert other.count("passages") == 1
    other.close()
    chroma.refresh()
    assert chroma.query("passages", vectors(1)[0], 3) == []


def test_a_reader_makes_no_collection(chroma: ChromaStore) -> None:
    assert chroma.query("passages", vectors(1)[0], 3) == []
    assert chroma._client.list_collections() == []


@pytest.mark.parametrize("damage", ["nonsense", "cut", "empty", "file"])
def test_a_damaged_folder_is_an_error_with_a_mend(tmp_path: Path, damage: str) -> None:
    folder = tmp_path / "damaged"
    store = ChromaStore(folder, "f" * 16)
    rows = fill(store, 300)
    store.close()
    database = folder / "chroma.sqlite3"
    if damage == "nonsense":
        database.write_bytes(b"no database " * 9000)
    elif damage == "cut":
        data = database.read_bytes()
        database.write_bytes(data[: len(data) // 3])
    elif damage == "empty":
        database.unlink()
        database.mkdir()
    else:
        folder.rename(tmp_path / "elsewhere")
        folder.write_text("not a folder")
    broken = ChromaStore(folder, "f" * 16)
    for call in (
        lambda: broken.query("passages", rows[0], 3),
        lambda: broken.count("passages"),
        lambda: broken.upsert("passages", ["x"], rows[:1]),
        broken.drop_other_models,
    ):
        with pytest.raises(StoreError) as caught:
            call()
        assert "\n" not in str(caught.value)
        assert "run `dateline index --rebuild`" in str(caught.value)
    broken.close()


def test_vectors_of_another_length_are_refused(chroma: ChromaStore) -> None:
    fill(chroma, 2)
    with pytest.raises(StoreError):
        chroma.upsert("passages", ["x"], np.ones((1, DIM + 1), dtype=np.float32))


def test_chroma_finds_what_exact_search_finds(chroma: ChromaStore) -> None:
    exact = MemoryStore()
    rows = fill(chroma, 2000)
    exact.upsert("passages", [f"item-{number:04}" for number in range(2000)], rows)
    found = 0
    for query in vectors(25, seed=9):
        found += len(
            {near.item for near in chroma.query("passages", query, 20)}
            & {near.item for near in exact.query("passages", query, 20)}
        )
    assert found / (25 * 20) > 0.97


def test_the_stamp_changes_with_every_write_and_with_no_reading(chroma: ChromaStore, tmp_path: Path) -> None:
    assert chroma.stamp() == ""
    rows = fill(chroma, 1100)
    fill(chroma, 10, "articles")
    chroma.close()
    seen = [chroma.stamp()]
    assert seen[0]
    for _ in range(3):
        chroma.query("passages", rows[0], 5)
        chroma.count("articles")
        list(chroma.items("articles"))
        chroma.close()
        assert chroma.stamp() == seen[0]
    changes: list[Callable[[], None]] = [
        lambda: chroma.delete("passages", ["item-0001"]),
        lambda: chroma.upsert("passages", ["item-0001"], rows[1:2]),
        lambda: chroma.upsert("passages", ["item-0001"], rows[2:3]),
        lambda: chroma.delete("articles", ["item-0001"]),
    ]
    for change in changes:
        change()
        assert chroma.stamp() not in seen
        chroma.close()
        seen.append(chroma.stamp())
    chroma.close()
    shutil.rmtree(tmp_path / "chroma")
    assert chroma.stamp() == ""


@pytest.mark.parametrize("left_empty", [False, True])
def test_what_has_left_the_queue_leaves_the_file(
    chroma: ChromaStore, tmp_path: Path, *, left_empty: bool
) -> None:
    if left_empty:
        # By a process that was killed when it made the file.
        (tmp_path / "chroma").mkdir()
        (tmp_path / "chroma" / "chroma.sqlite3").touch()
    fill(chroma, 2500)
    assert chroma.count("passages") == 2500
    chroma.close()
    connection = sqlite3.connect(next(tmp_path.rglob("chroma.sqlite3")))
    queued = connection.execute("SELECT count(*) FROM embeddings_queue").fetchone()[0]
    free = connection.execute("PRAGMA freelist_count").fetchone()[0]
    connection.close()
    assert queued < 2500, "nothing has left the queue, so nothing is shown"
    assert free == 0

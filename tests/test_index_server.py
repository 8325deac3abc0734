"""Chroma on a server: what can go wrong between here and there, with a real server and a proxy before it."""

from __future__ import annotations

import random
import threading
import time
import uuid
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import httpx
import numpy as np
import pytest
from chroma_world import ChromaServer, Proxy, chroma_server, proxy_before
from index_state import (
    CountingEmbedder,
    Desk,
    assert_consistent,
    assert_same,
    dump,
    query_all,
    story,
    summary,
)

from index import chroma_server as module
from index.chroma_server import ServerStore
from index.errors import ConfigError, StoreDamagedError, StoreError
from index.filling import COLLECTIONS
from index.probe import look_into
from index.server_trouble import read_server
from index.session import Breaker, LateError, Patience, PatientSession
from index.vectors import VectorStore
from index.verify import Verifier, VerifyReport

if TYPE_CHECKING:
    from index.postgres import PostgresDatabase

DIM = 8
TOKEN = "tok-3cr3t-0042"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ChromaServer]:
    with chroma_server(tmp_path_factory.mktemp("server")) as server:
        yield server


@pytest.fixture
def running(server: ChromaServer) -> ChromaServer:
    """The server, started again if a test before has killed it."""
    if server.process is None:
        server.start()
    return server


@pytest.fixture
def proxy(running: ChromaServer) -> Iterator[Proxy]:
    with proxy_before(running.port) as proxy:
        yield proxy


@pytest.fixture(autouse=True)
def _few_tries(monkeypatch: pytest.MonkeyPatch) -> None:
    """However busy the machine is, what answers at all answers in time; what fails is not asked for long."""
    monkeypatch.setattr(module, "_QUESTION", Patience(total_s=90.0, tries=3))
    monkeypatch.setattr(module, "_GLANCE", Patience(total_s=90.0, tries=1))
    monkeypatch.setattr(module, "_WORK", Patience(total_s=90.0, tries=4))


@contextmanager
def impatient() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "_QUESTION", Patience(total_s=0.4, tries=3))
        patch.setattr(module, "_GLANCE", Patience(total_s=0.4, tries=1))
        yield


def slow(fault: str) -> AbstractContextManager[None]:
    return impatient() if fault in ("hang", "drip") else nullcontext()


def open_store(url: str, *, owner: str = "", **options: str) -> ServerStore:
    name = owner or uuid.uuid4().hex[:16]
    return ServerStore(read_server(url, **options), "f" * 16, lambda: name)


def rows(count: int, seed: int = 0) -> np.ndarray[tuple[int, int], np.dtype[np.float32]]:
    made = np.random.default_rng(seed).standard_normal((count, DIM)).astype(np.float32)
    return made / np.linalg.norm(made, axis=1, keepdims=True)  # type: ignore[no-any-return]


def fill(store: VectorStore, count: int = 3) -> None:
    for each in COLLECTIONS:
        store.upsert(each, [f"item-{n:05}" for n in range(count)], rows(count))


@dataclass
class ServerDesk(Desk):
    """A corpus folder and its catalog, with the vectors on a server."""

    url: str = ""

    def vectors(self) -> VectorStore:
        if self.store is None:
            self.store = ServerStore(read_server(self.url), self.embedder.fingerprint, self.owner)
        return self.store

    def owner(self) -> str:
        return str(query_all(self.catalog, "SELECT value FROM meta WHERE key = 'built'")[0][0])


@pytest.fixture
def desk(tmp_path: Path, proxy: Proxy) -> Iterator[ServerDesk]:
    desk = ServerDesk(tmp_path, url=proxy.url)
    desk.corpus.mkdir()
    for name in ("baiji", "kirkuk", "tikrit"):
        desk.write(f"desk/{name}.txt", story(name.title()))
    desk.write("mosul.txt", story("Mosul", paragraphs=12))
    desk.sync()
    yield desk
    desk.close()


def verify(desk: ServerDesk) -> VerifyReport:
    return Verifier(index=desk.index, chroma=None, embedder=desk.embedder, vectors=desk.vectors()).run()


def forget_asked(desk: Desk) -> list[str]:
    assert isinstance(desk.embedder, CountingEmbedder)
    desk.embedder.passages.clear()
    return desk.embedder.passages


# -- what is said where a server cannot be used

FAULTS: dict[str, tuple[str, str]] = {
    "401": ("does not let Dateline in (401)", "set DATELINE_CHROMA_TOKEN to another token that it takes"),
    "403": ("does not let Dateline in (403)", "set DATELINE_CHROMA_TOKEN to another token that it takes"),
    "429": ("asks for fewer requests (429)", "wait a moment, or raise the limits of the Chroma server"),
    "503": ("is not ready (503)", "wait until it is, or restart the Chroma server"),
    "308": ("sends elsewhere", "set DATELINE_CHROMA_URL to that address"),
    "hang": ("does not answer in time", "look whether it is busy, or restart the Chroma server"),
    "drip": ("does not answer in time", "look whether it is busy, or restart the Chroma server"),
    "cut": ("breaks off the connection", "start the Chroma server, or correct DATELINE_CHROMA_URL"),
    "page": ("does not answer as Chroma of version 1 does (404)", "correct DATELINE_CHROMA_URL"),
}


@pytest.mark.parametrize(
    ("fault", "known"),
    [*((fault, True) for fault in FAULTS), ("401", False), ("hang", False), ("page", False)],
)
def test_a_fault_is_one_line_with_its_mend_and_passes(proxy: Proxy, fault: str, known: bool) -> None:
    owner = uuid.uuid4().hex
    first = open_store(proxy.url, owner=owner, token=TOKEN)
    fill(first)
    store = first if known else open_store(proxy.url, owner=owner, token=TOKEN)
    proxy.fault = fault
    # An answer that repeats what it was sent must not carry it into a log.
    proxy.headers["said"] = f"<html>no {TOKEN}</html>"
    with slow(fault), pytest.raises(StoreError) as caught:
        store.query("passages", rows(1)[0], 1)
    said, mend = FAULTS[fault]
    message = str(caught.value)
    assert message.startswith(f"the Chroma server at {proxy.url} ")
    assert said in message
    assert message.endswith(f": {mend}")
    assert "\n" not in message
    assert TOKEN not in message
    with slow(fault):
        assert said in store.look().trouble
    proxy.heal()
    store._breaker.reset()
    assert store.query("passages", rows(1)[0], 1)[0].item == "item-00000"
    assert store.look().held == 3
    first.close()
    store.close()


def test_a_server_that_is_not_there_is_told_at_once(proxy: Proxy) -> None:
    store = open_store("http://127.0.0.1:9", token=TOKEN)
    with pytest.raises(StoreError, match="cannot be reached") as caught:
        store.query("passages", rows(1)[0], 1)
    assert str(caught.value).endswith("start the Chroma server, or correct DATELINE_CHROMA_URL")
    with pytest.raises(StoreError, match="cannot be reached"):
        store.upsert("passages", ["a"], rows(1))
    store.close()


@pytest.mark.parametrize(("fault", "times"), [("503", 2), ("429", 2), ("cut", 1), ("500", 1)])
def test_what_passes_is_asked_again_and_nothing_is_told(proxy: Proxy, fault: str, times: int) -> None:
    store = open_store(proxy.url)
    fill(store)
    proxy.fault, proxy.times = fault, times
    assert store.query("passages", rows(3)[1], 1)[0].item == "item-00001"
    proxy.fault, proxy.times = fault, times
    store.upsert("passages", ["new"], rows(1, seed=5))
    assert proxy.times == 0
    assert store.count("passages") == 4
    store.close()


def test_a_server_that_names_a_time_is_not_asked_before(proxy: Proxy) -> None:
    store = open_store(proxy.url)
    fill(store)
    proxy.fault, proxy.times, proxy.headers = "429", 1, {"retry-after": "1"}
    started = time.monotonic()
    store.upsert("passages", ["new"], rows(1))
    assert time.monotonic() - started >= 1
    proxy.fault, proxy.times, proxy.headers = "429", 1, {"retry-after": "3600"}
    with pytest.raises(StoreError, match="fewer requests"):
        store.upsert("passages", ["newer"], rows(1))
    store.close()


def test_while_a_server_is_down_only_some_questions_look_for_it(proxy: Proxy) -> None:
    now = [100.0]
    store = open_store(proxy.url)
    store._breaker = Breaker(clock=lambda: now[0])
    fill(store)
    store.query("passages", rows(1)[0], 1)
    proxy.fault = "503"
    with pytest.raises(StoreError):
        store.query("passages", rows(1)[0], 1)
    asked = len(proxy.seen)
    for _ in range(50):
        with pytest.raises(StoreError, match="is not ready"):
            store.query("articles", rows(1)[0], 1)
    assert len(proxy.seen) == asked
    now[0] += 3
    with pytest.raises(StoreError, match="is not ready"):
        store.query("passages", rows(1)[0], 1)
    assert len(proxy.seen) == asked + 1, "one question looks, once"
    proxy.heal()
    with pytest.raises(StoreError):
        store.query("passages", rows(1)[0], 1)
    now[0] += 5
    assert store.query("passages", rows(1)[0], 1)
    assert store.query("articles", rows(1)[0], 1)
    store.close()


def test_many_who_ask_a_server_that_hangs_wait_together_and_not_in_turn(proxy: Proxy) -> None:
    store = open_store(proxy.url)
    fill(store)
    proxy.fault = "hang"
    told: list[str] = []

    def ask() -> None:
        try:
            store.query("passages", rows(1)[0], 1)
        except StoreError as exc:
            told.append(str(exc))

    started = time.monotonic()
    askers = [threading.Thread(target=ask) for _ in range(50)]
    with impatient():
        for asker in askers:
            asker.start()
        for asker in askers:
            asker.join(60)
    assert len(told) == 50
    # Each waits for 0.4 s; in turn it would be twenty.
    assert time.monotonic() - started < 15
    store.close()


def test_a_body_that_a_proxy_finds_too_large_is_sent_in_parts(proxy: Proxy) -> None:
    store = open_store(proxy.url)
    proxy.most_bytes = 3000
    fill(store, 120)
    assert store.count("passages") == 120
    assert sorted(store.items("passages"))[-1] == "item-00119"
    proxy.most_bytes = 10
    with pytest.raises(StoreError, match=r"no request of this size \(413\)"):
        store.upsert("passages", ["x"], rows(1))
    store.close()


def test_no_request_is_larger_than_chromas_cloud_allows(
    proxy: Proxy, monkeypatch: pytest.MonkeyPatch
) -> None:
    sizes: list[int] = []
    asked: list[int] = []
    store = open_store(proxy.url)
    real = store._call

    def watch(collection: object, method: str, arguments: dict[str, object], **options: bool) -> object:
        ids, limit = arguments.get("ids"), arguments.get("limit")
        if isinstance(ids, list):
            sizes.append(len(ids))
        if isinstance(limit, int):
            asked.append(limit)
        return real(collection, method, arguments, **options)  # type: ignore[arg-type]

    monkeypatch.setattr(store, "_call", watch)
    fill(store, 700)
    assert len(set(store.items("passages"))) == 700
    store.delete("passages", [f"item-{n:05}" for n in range(700)])
    assert max(sizes) <= 250
    assert set(asked) == {300}
    name = store._name("passages")
    assert len(name.encode()) <= 128
    # A passage's id: 16 letters of its article, 8 of its revision, two places.
    assert len(f"{'f' * 16}:{'f' * 8}:{10**12}-{10**12}".encode()) < 128
    store.close()


def test_the_batch_is_never_above_what_the_server_takes(
    proxy: Proxy, monkeypatch: pytest.MonkeyPatch
) -> None:
    from chromadb.api.fastapi import FastAPI

    monkeypatch.setattr(FastAPI, "get_max_batch_size", lambda _: 7)
    store = open_store(proxy.url)
    fill(store, 20)
    assert sum(each.endswith("/upsert") for each in proxy.seen) == 2 * 3
    store.close()


@pytest.mark.parametrize("version", ["0.6.3", "2.0.0"])
def test_a_server_of_another_version_is_told(
    proxy: Proxy, monkeypatch: pytest.MonkeyPatch, version: str
) -> None:
    from chromadb.api.fastapi import FastAPI

    monkeypatch.setattr(FastAPI, "get_version", lambda _: version)
    store = open_store(proxy.url)
    with pytest.raises(StoreError, match=rf"is of version {version}, .* run a Chroma server of version 1"):
        store.count("passages")
    store.close()


# -- who may ask, and where


def test_the_token_is_sent_with_every_request(proxy: Proxy) -> None:
    proxy.token = TOKEN
    store = open_store(proxy.url, token=TOKEN)
    fill(store)
    assert store.query("passages", rows(1)[0], 1)
    assert {each["x-chroma-token"] for each in proxy.tokens} == {TOKEN}
    assert {each["authorization"] for each in proxy.tokens} == {f"Bearer {TOKEN}"}
    store.close()
    without = open_store(proxy.url)
    with pytest.raises(StoreError, match="set DATELINE_CHROMA_TOKEN to a token that it takes"):
        without.query("passages", rows(1)[0], 1)
    without.close()


def test_name_and_password_in_an_address_are_sent_and_never_shown(proxy: Proxy) -> None:
    url = proxy.url.replace("//", "//news:pass%40word@")
    store = open_store(url)
    fill(store)
    assert all(each["authorization"].startswith("Basic ") for each in proxy.tokens)
    proxy.fault = "403"
    state = store.look()
    assert state.address == proxy.url
    for shown in (state.trouble, repr(read_server(url)), repr(state)):
        assert "pass" not in shown.replace("password=", "")
    store.close()


@pytest.mark.parametrize(
    ("url", "address"),
    [
        ("http://localhost:8000", "http://localhost:8000"),
        ("https://chroma.example.org/", "https://chroma.example.org"),
        ("https://example.org/news/api/v2", "https://example.org/news"),
        ("http://[::1]:8000", "http://[::1]:8000"),
    ],
)
def test_an_address_is_read_as_people_write_it(url: str, address: str) -> None:
    assert read_server(url).address == address


@pytest.mark.parametrize("url", ["news.org:80", "http:///x", "ftp://a", "http://a:b", "http://a/?token=x"])
def test_what_is_no_address_is_told_without_it(url: str) -> None:
    with pytest.raises(ConfigError, match="DATELINE_CHROMA_URL is no address of a server") as caught:
        read_server(url)
    assert url not in str(caught.value)


@pytest.mark.parametrize("token", ["tökén", "to ken", "to\nken"])
def test_a_token_that_cannot_be_sent_is_told_without_it(token: str) -> None:
    with pytest.raises(ConfigError, match="DATELINE_CHROMA_TOKEN holds a character") as caught:
        read_server("http://a", token=token)
    assert token not in str(caught.value)


@pytest.mark.parametrize(
    ("url", "openly"),
    [("http://chroma:8000", True), ("https://chroma", False), ("http://127.0.0.1:8000", False)],
)
def test_a_token_on_an_open_line_is_noticed(url: str, openly: bool) -> None:
    assert read_server(url, token=TOKEN).sends_secrets_openly == openly
    assert not read_server(url).sends_secrets_openly


def test_a_database_that_is_not_there_is_made_by_who_writes(proxy: Proxy) -> None:
    name = f"news-{uuid.uuid4().hex}"
    store = open_store(proxy.url, database=name)
    assert store.query("passages", rows(1)[0], 1) == []
    assert store.look().held == 0
    fill(store)
    assert store.count("passages") == 3
    assert any(f"/databases/{name}/" in each for each in proxy.seen)
    elsewhere = open_store(proxy.url)
    assert elsewhere.count("passages") == 0
    store.close()
    elsewhere.close()


# -- collections


def test_indexes_on_one_server_leave_each_other_alone(proxy: Proxy) -> None:
    one, other = open_store(proxy.url), open_store(proxy.url)
    fill(one, 3)
    fill(other, 5)
    one.drop_other_models()
    with one.replacing():
        one.upsert("passages", ["only"], rows(1))
    assert (one.count("passages"), one.count("articles")) == (1, 0)
    assert (other.count("passages"), other.count("articles")) == (5, 5)
    one.close()
    other.close()


def test_readers_see_the_old_until_the_new_is_complete(proxy: Proxy) -> None:
    owner = uuid.uuid4().hex
    writer, reader = open_store(proxy.url, owner=owner), open_store(proxy.url, owner=owner)
    fill(writer, 50)
    begun, over = threading.Event(), threading.Event()
    seen: list[int] = []
    troubles: list[StoreError] = []

    def read() -> None:
        while not over.is_set():
            try:
                seen.append(len(reader.query("passages", rows(1)[0], 100)))
            except StoreError as exc:
                troubles.append(exc)
            begun.set()

    asker = threading.Thread(target=read)
    asker.start()
    assert begun.wait(90)
    # Once is not enough: it takes a reader that asks for the old in the very moment in which it goes.
    for _ in range(8):
        with writer.replacing():
            for each in COLLECTIONS:
                for start in range(0, 40, 10):
                    items = [f"fresh-{n}" for n in range(start, start + 10)]
                    writer.upsert(each, items, rows(10, seed=start))
            assert len(writer.query("passages", rows(1)[0], 100)) in (50, 40)
    over.set()
    asker.join(20)
    assert not troubles
    assert set(seen) <= {50, 40}, "never a half, never nothing"
    assert seen[0] == 50
    assert len(reader.query("passages", rows(1)[0], 100)) == 40
    names = httpx.get(
        f"{proxy.url}/api/v2/tenants/default_tenant/databases/default_database/collections"
    ).json()
    assert sum(each["name"].endswith((owner, f"{owner}-new", f"{owner}-old")) for each in names) == 2
    writer.close()
    reader.close()


# What Chroma 1.5.9 was heard to say of a collection that is being deleted.
HALF_DELETED = '{"error": "ChromaError", "message": "Missing field: [Missing metadata segment]"}'


def test_a_question_that_meets_the_old_half_deleted_is_asked_of_the_new(proxy: Proxy) -> None:
    owner = uuid.uuid4().hex
    writer, reader = open_store(proxy.url, owner=owner), open_store(proxy.url, owner=owner)
    fill(writer, 5)
    assert len(reader.query("passages", rows(1)[0], 100)) == 5
    with writer.replacing():
        fill(writer, 4)
    proxy.fault, proxy.times = "412", 1
    proxy.headers["said"] = HALF_DELETED
    assert len(reader.query("passages", rows(1)[0], 100)) == 4
    assert not proxy.times, "it did meet it"
    for store in (writer, reader):
        store.close()


def test_a_collection_that_stays_broken_is_told_with_the_mend(proxy: Proxy) -> None:
    store = open_store(proxy.url)
    fill(store)
    store.query("passages", rows(1)[0], 3)
    proxy.fault, proxy.times = "412", 1
    proxy.headers["said"] = HALF_DELETED
    with pytest.raises(StoreDamagedError, match=r"Missing metadata segment.*run `dateline index --rebuild`"):
        store.query("passages", rows(1)[0], 3)
    store.close()


def test_a_replacement_that_fails_changes_nothing(proxy: Proxy) -> None:
    store = open_store(proxy.url)
    fill(store, 4)

    def fail() -> None:
        with store.replacing():
            store.upsert("passages", ["half"], rows(1))
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail()
    assert store.count("passages") == 4
    assert "half" not in set(store.items("passages"))
    store.close()


def test_collections_of_another_embedder_go_and_those_of_another_index_stay(proxy: Proxy) -> None:
    owner = uuid.uuid4().hex
    old = ServerStore(read_server(proxy.url), "e" * 16, lambda: owner)
    new, other = open_store(proxy.url, owner=owner), open_store(proxy.url)
    for store in (old, new, other):
        fill(store)
    new.drop_other_models()
    assert (old.count("passages"), new.count("passages"), other.count("passages")) == (0, 3, 3)
    for store in (old, new, other):
        store.close()


def test_vectors_of_another_length_are_told_with_the_mend(proxy: Proxy) -> None:
    store = open_store(proxy.url)
    fill(store)
    with pytest.raises(StoreDamagedError, match="run `dateline index --rebuild`"):
        store.upsert("passages", ["x"], np.ones((1, DIM + 1), dtype=np.float32))
    store.close()


# -- a whole index


def test_an_index_on_a_server_is_the_same_as_one_in_a_folder(desk: ServerDesk, tmp_path: Path) -> None:
    twin = Desk(tmp_path / "twin")
    twin.root.mkdir()
    twin.corpus.symlink_to(desk.corpus)
    twin.sync()
    assert_same(dump(desk), dump(twin))
    assert summary(desk.search("Mosul officer")) == summary(twin.search("Mosul officer"))
    assert_consistent(desk)
    assert verify(desk).faults == ()
    assert not (desk.index / "chroma").exists()
    twin.close()


def test_an_index_moves_to_a_server_and_back_without_embedding(tmp_path: Path, proxy: Proxy) -> None:
    folder = Desk(tmp_path)
    folder.corpus.mkdir()
    folder.write("mosul.txt", story("Mosul", paragraphs=9))
    folder.sync()
    folder.close()
    moved = ServerDesk(tmp_path, embedder=folder.embedder, url=proxy.url)
    asked = forget_asked(folder)
    report = moved.sync()
    assert (report.unchanged, report.embedded, asked) == (1, 0, [])
    assert_consistent(moved)
    moved.write("mosul.txt", story("Mosul", paragraphs=8))
    moved.sync()
    moved.close()
    forget_asked(folder)
    assert folder.sync().embedded == 0
    assert_consistent(folder)
    folder.close()


def test_a_sync_that_finds_nothing_changed_writes_nothing(desk: ServerDesk, proxy: Proxy) -> None:
    proxy.seen.clear()
    desk.sync()
    assert not [each for each in proxy.seen if not each.startswith("GET") and not each.endswith("/get")]


LOSSES = ["everything", "some", "some, and others in their place"]


@pytest.mark.parametrize("loss", LOSSES)
def test_what_a_server_has_lost_is_filled_from_the_catalog(desk: ServerDesk, loss: str) -> None:
    before, found = dump(desk), summary(desk.search("Mosul officer"))
    other = ServerStore(read_server(desk.url), desk.embedder.fingerprint, desk.owner)
    if loss == "everything":
        for each in COLLECTIONS:
            with other._asking(module._WORK) as api:
                api.delete_collection(other._name(each))
    else:
        dim = desk.embedder.dim
        other.delete("passages", list(other.items("passages"))[:3])
        if "others" in loss:
            other.upsert("passages", ["a", "b", "c"], np.ones((3, dim), dtype=np.float32))
        other.seal()
    other.close()
    if loss == "everything":
        with desk.searcher() as searcher:
            hits = searcher.search("Kirkuk", 1)
            assert hits[0].passage.article.file == "desk/kirkuk.txt"
            assert "found by words alone: run `dateline index`" in searcher.notes(hits)[0]
    assert verify(desk).faults
    asked = forget_asked(desk)
    assert desk.sync().embedded == 0
    assert asked == []
    assert_same(dump(desk), before)
    assert summary(desk.search("Mosul officer")) == found
    assert verify(desk).faults == ()


@pytest.mark.parametrize("fault", ["503", "401", "hang"])
def test_while_a_server_cannot_be_used_words_answer_and_say_so(
    desk: ServerDesk, proxy: Proxy, fault: str
) -> None:
    with desk.searcher() as searcher:
        hits = searcher.search("Mosul officer", 3)
        assert "vectors" in dict(hits[0].found_by)
        assert searcher.notes(hits) == ()
        proxy.fault = fault
        with slow(fault):
            words = searcher.search("Mosul officer", 3)
        assert words[0].passage.article.file == "mosul.txt"
        assert "vectors" not in dict(words[0].found_by)
        note = searcher.notes(words)[0]
        assert note.startswith("the vector index cannot be used, so this was found by words alone: ")
        assert proxy.url not in note
        proxy.heal()
        store = desk.vectors()
        assert isinstance(store, ServerStore)
        store._breaker.reset()
        assert summary(searcher.search("Mosul officer", 3)) == summary(hits)
        assert searcher.notes(hits) == ()


def test_while_a_server_is_down_a_sync_fails_in_one_line_and_new_words_are_found(
    desk: ServerDesk, proxy: Proxy
) -> None:
    desk.write("erbil.txt", story("Erbil"))
    proxy.fault = "503"
    with pytest.raises(StoreError, match="is not ready"):
        desk.sync()
    assert desk.search("Erbil", 1)[0].passage.article.file == "erbil.txt"
    proxy.heal()
    asked = forget_asked(desk)
    assert desk.sync().unchanged == 5
    assert asked == [], "what was embedded before the server failed is kept"
    assert_consistent(desk)


def test_a_rebuild_through_a_server_that_fails_leaves_the_old(desk: ServerDesk, proxy: Proxy) -> None:
    desk.write("erbil.txt", story("Erbil", paragraphs=40))
    desk.sync()
    found = summary(desk.search("Mosul officer"))
    proxy.fault = "503"
    with pytest.raises(StoreError):
        desk.syncer().rebuild()
    proxy.heal()
    assert summary(desk.search("Mosul officer")) == found
    assert desk.syncer().rebuild().pending == 0
    assert desk.sync().embedded == 0
    assert_consistent(desk)
    assert verify(desk).faults == ()


def test_a_catalog_on_postgresql_and_vectors_on_a_server_are_shared_by_two_machines(
    tmp_path: Path, proxy: Proxy, postgres: PostgresDatabase
) -> None:
    def owner() -> str:
        return str(query_all(postgres, "SELECT value FROM meta WHERE key = 'built'")[0][0])

    desks = []
    for name in ("one", "other"):
        desk = Desk(tmp_path / name, database=postgres)
        desk.store = ServerStore(read_server(proxy.url), desk.embedder.fingerprint, owner)
        desk.root.mkdir()
        desks.append(desk)
    one, other = desks
    one.corpus.mkdir()
    other.corpus.symlink_to(one.corpus)
    one.write("mosul.txt", story("Mosul", paragraphs=9))
    one.sync()
    with other.searcher() as searcher:
        found = searcher.search("Mosul officer", 3)
        assert "vectors" in dict(found[0].found_by)
        assert summary(found) == summary(one.search("Mosul officer", 3))
        one.write("kirkuk.txt", story("Kirkuk"))
        one.sync()
        new = searcher.search("Kirkuk officer", 3)
        assert new[0].passage.article.file == "kirkuk.txt"
        assert "vectors" in dict(new[0].found_by)
    assert other.sync().unchanged == 2
    assert other.syncer().rebuild().pending == 0
    assert summary(one.search("Kirkuk officer", 3)) == summary(new)
    for desk in desks:
        desk.close()


# -- a server that is killed and comes back


def test_more_than_a_thousand_vectors_outlive_restarts(running: ChromaServer) -> None:
    store = open_store(running.url)
    fill(store, 1300)
    for _ in range(2):
        running.kill()
        running.start()
        assert store.count("passages") == 1300
        for number in (0, 999, 1000, 1299):
            near = store.query("passages", rows(1300)[number], 1)[0]
            assert (near.item, round(near.cosine, 3)) == (f"item-{number:05}", 1.0)
        store.upsert("passages", ["after"], rows(1, seed=9))
        store.delete("passages", ["after"])
    store.close()


def test_vectors_are_asked_again_once_the_server_is_back(
    desk: ServerDesk, running: ChromaServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    with desk.searcher() as searcher:
        before = summary(searcher.search("Mosul officer", 3))
        running.kill()
        down = searcher.search("Mosul officer", 3)
        assert "restart the Chroma server" in searcher.notes(down)[0]
        running.start()
        store = desk.vectors()
        assert isinstance(store, ServerStore)
        monkeypatch.setattr(store._breaker, "_clock", lambda: time.monotonic() + 60)
        assert summary(searcher.search("Mosul officer", 3)) == before


def test_a_server_killed_at_random_moments_of_a_sync_is_put_right_by_the_next(
    tmp_path: Path, running: ChromaServer
) -> None:
    moment = random.Random(20140610)
    desk = ServerDesk(tmp_path, url=running.url)
    desk.corpus.mkdir()
    for number in range(6):
        desk.write(f"{number}.txt", story(f"Town{number}", paragraphs=30))
    desk.sync()
    for turn in range(3):
        for number in range(6):
            desk.write(f"{number}.txt", story(f"Town{number}", paragraphs=31 + turn))
        desk.write(f"new-{turn}.txt", story(f"Village{turn}", paragraphs=30))
        killer = threading.Timer(moment.uniform(0.0, 0.4), running.kill)
        killer.start()
        try:
            desk.sync()
        except StoreError as exc:
            assert "Chroma server" in str(exc)
        killer.join()
        assert desk.search("Town3", 1)[0].passage.article.file == "3.txt"
        running.start()
        desk.sync()
        assert_consistent(desk)
        assert verify(desk).faults == ()
    desk.close()
    fresh = Desk(tmp_path / "fresh")
    fresh.root.mkdir()
    fresh.corpus.symlink_to(desk.corpus)
    fresh.sync()
    desk = ServerDesk(tmp_path, url=running.url)
    assert_same(dump(desk), dump(fresh))
    desk.close()
    fresh.close()


# -- the session alone


def test_a_name_that_is_not_looked_up_in_time_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    over = threading.Event()

    class Stuck(httpx.BaseTransport):
        def handle_request(self, request: httpx.Request) -> httpx.Response:
            over.wait(20)
            raise httpx.ConnectError("late")

    with httpx.Client(transport=Stuck()) as client:
        session = PatientSession(client)
        with session.within(Patience(total_s=0.2, tries=3)), pytest.raises(LateError):
            session.request("GET", "http://example.org")
        over.set()


def test_a_breaker_waits_longer_each_time_and_up_to_a_quarter_of_a_minute() -> None:
    now = [0.0]
    breaker = Breaker(clock=lambda: now[0])
    down = OSError("down")
    assert breaker.find_refusal() is None
    waits = []
    breaker.trip(down)
    breaker.trip(down)
    for _ in range(6):
        start = now[0]
        while breaker.find_refusal() is not None:
            now[0] += 0.5
        assert breaker.find_refusal() is down, "while one looks, others are refused"
        waits.append(now[0] - start)
        breaker.trip(down)
    assert waits == [2, 4, 8, 15, 15, 15]
    breaker.reset()
    assert breaker.find_refusal() is None
    breaker.trip(down)
    now[0] += 2
    assert breaker.find_refusal() is None


def test_a_store_that_cannot_be_probed_says_why(proxy: Proxy) -> None:
    proxy.fault = "503"
    found = look_into(open_store(proxy.url), {"passages": []})
    assert found.error.startswith("the Chroma server at ")

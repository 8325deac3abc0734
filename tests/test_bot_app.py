"""The application: what it refuses before any model is loaded, and what it tells of its index."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from index_state import CountingEmbedder, story

import bot.app
from bot.app import App
from bot.settings import Settings
from index.drift import find_drift
from index.errors import ConfigError, StoreMismatchError, StoreMissingError
from index.sync import CATALOG_FILE, writer_lock

Open = Callable[[CountingEmbedder], App]


@pytest.fixture
def open_app(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Open]:
    opened: list[App] = []
    (tmp_path / "corpus").mkdir()

    def call(embedder: CountingEmbedder) -> App:
        monkeypatch.setattr(bot.app, "SentenceTransformerEmbedder", lambda *_, **__: embedder)
        opened.append(App(Settings(corpus=tmp_path / "corpus", index=tmp_path / "index")))
        return opened[-1]

    yield call
    for app in opened:
        app.close()


@pytest.fixture
def corpus(tmp_path: Path) -> Path:
    return tmp_path / "corpus"


def test_an_index_without_passages_is_told_with_the_mend(open_app: Open, tmp_path: Path) -> None:
    embedder = CountingEmbedder()
    app = open_app(embedder)
    app.sync()
    told = (
        f"the index in {tmp_path / 'index'} holds no passage: "
        f"put articles into {tmp_path / 'corpus'} and run `dateline index`"
    )
    for question in (lambda: app.ask("Who?"), lambda: app.search("Mosul", 3)):
        with pytest.raises(StoreMissingError) as caught:
            question()
        assert str(caught.value) == told
    assert embedder.queries == []
    assert app.status().mends == (told,)


def test_an_index_that_is_being_filled_is_no_reason_to_add_articles(open_app: Open, tmp_path: Path) -> None:
    app = open_app(CountingEmbedder())
    app.sync()
    with writer_lock(tmp_path / "index"), pytest.raises(StoreMissingError, match="a sync is running"):
        app.search("Mosul", 3)


def test_an_index_built_otherwise_is_told_in_words(open_app: Open, corpus: Path) -> None:
    (corpus / "a.txt").write_text(story("Mosul"), encoding="utf-8")
    assert not open_app(CountingEmbedder()).sync().rebuilt
    app = open_app(CountingEmbedder("-other"))
    with pytest.raises(StoreMismatchError) as caught:
        app.ask("What of Mosul?")
    told = str(caught.value)
    assert app.status().mends == (told,)
    assert "built with hash-64 and splitter " in told
    assert "; now hash-64-other and splitter " in told
    assert "run `dateline index` to build it anew" in told
    for fingerprint in (CountingEmbedder().fingerprint, CountingEmbedder("-other").fingerprint):
        assert fingerprint not in told
    report = app.sync()
    assert (report.rebuilt, report.updated) == (True, 1)
    assert not app.sync().rebuilt
    assert app.search("Mosul", 3)


def test_a_model_of_the_same_name_is_told_apart(open_app: Open, corpus: Path) -> None:
    (corpus / "a.txt").write_text(story("Mosul"), encoding="utf-8")
    open_app(CountingEmbedder()).sync()
    other = CountingEmbedder("-other")
    other.name = CountingEmbedder().name
    with pytest.raises(StoreMismatchError, match="hash-64 of other weights or another passage prefix; now"):
        open_app(other).search("Mosul", 3)


def test_status_tells_what_the_folder_takes_up(open_app: Open, corpus: Path, tmp_path: Path) -> None:
    app = open_app(CountingEmbedder())
    assert app.status().size_bytes == 0
    (corpus / "a.txt").write_text(story("Mosul"), encoding="utf-8")
    app.sync()
    size = app.status().size_bytes
    assert size >= (tmp_path / "index" / CATALOG_FILE).stat().st_size > 0
    (tmp_path / "index" / "more").write_bytes(b"x" * 1000)
    assert app.status().size_bytes == size + 1000


def test_status_tells_of_a_corpus_folder_that_is_not_there(open_app: Open, corpus: Path) -> None:
    (corpus / "a.txt").write_text(story("Mosul"), encoding="utf-8")
    app = open_app(CountingEmbedder())
    app.sync()
    assert app.status().trouble == ""
    (corpus / "a.txt").unlink()
    corpus.rmdir()
    status = app.status()
    assert status.trouble == f"there is no corpus folder {corpus}: make it, or set DATELINE_CORPUS"
    assert status.mends == (status.trouble,)


def test_a_file_where_a_folder_should_be_is_named(open_app: Open, corpus: Path, tmp_path: Path) -> None:
    (tmp_path / "index").write_text("no folder", encoding="utf-8")
    app = open_app(CountingEmbedder())
    for use in (app.status, app.sync, app.verify):
        with pytest.raises(ConfigError, match="is not a folder: set DATELINE_INDEX to one"):
            use()
    (tmp_path / "index").unlink()
    corpus.rmdir()
    corpus.write_text("no folder", encoding="utf-8")
    told = f"the corpus {corpus} is not a folder: set DATELINE_CORPUS to one"
    assert app.status().trouble == told
    with pytest.raises(ConfigError, match="set DATELINE_CORPUS to one"):
        app.sync()


def test_status_tells_of_a_vector_index_that_has_lost_something(
    open_app: Open, corpus: Path, tmp_path: Path
) -> None:
    (corpus / "a.txt").write_text(story("Mosul"), encoding="utf-8")
    app = open_app(CountingEmbedder())
    app.sync()
    shutil.rmtree(tmp_path / "index" / "chroma")
    assert app.status().trouble.startswith("the vector index is damaged (")
    assert "run `dateline index`" in app.status().trouble
    app.sync()
    assert app.status().trouble == ""
    assert app.verify().faults == ()


def test_the_drift_of_a_folder_is_told_file_by_file(open_app: Open, corpus: Path) -> None:
    for name in ("a", "b", "c", "d"):
        (corpus / f"{name}.txt").write_text(story(name.upper()), encoding="utf-8")
    (corpus / "empty.txt").touch()
    app = open_app(CountingEmbedder())
    app.sync()
    assert not app.drift()
    (corpus / "a.txt").write_text(story("Other"), encoding="utf-8")
    (corpus / "b.txt").unlink()
    (corpus / "e.txt").write_text(story("E"), encoding="utf-8")
    (corpus / "metadata.jsonl").write_text('{"file": "c.txt", "title": "Another"}\n', encoding="utf-8")
    drift = app.drift()
    assert (drift.changed, drift.new, drift.gone) == (("a.txt", "c.txt"), ("e.txt",), ("b.txt",))
    assert (drift.looked_at, drift.total) == (3, 3)
    assert app.drift(["b.txt"]).gone == ("b.txt",)
    assert app.drift(["a.txt"]).changed == ("a.txt",)
    assert not app.drift(["d.txt"])
    app.sync()
    assert not app.drift()


def test_a_folder_too_large_to_compare_is_compared_in_part(corpus: Path, open_app: Open) -> None:
    (corpus / "a.txt").write_text(story("A"), encoding="utf-8")
    app = open_app(CountingEmbedder())
    app.sync()
    drift = find_drift(corpus, {"a.txt": "other"}, skipped=(), max_bytes=10**6, patience_s=-1.0)
    assert (drift.looked_at, drift.total, bool(drift)) == (0, 1, False)


def test_an_index_that_may_not_be_written_is_asked_from_the_catalogs_vectors(
    open_app: Open, corpus: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("Mosul", "Kirkuk", "Tikrit"):
        (corpus / f"{name}.txt").write_text(story(name), encoding="utf-8")
    app = open_app(CountingEmbedder())
    app.sync()
    found = [(hit.passage.id, hit.cosine) for hit in app.search("Kirkuk officer", 5)]
    app.close()
    before = (tmp_path / "index" / "chroma" / "chroma.sqlite3").stat().st_mtime_ns
    monkeypatch.setattr("os.access", lambda path, mode: mode == os.R_OK or "corpus" in str(path))
    app = open_app(CountingEmbedder())
    assert [(hit.passage.id, hit.cosine) for hit in app.search("Kirkuk officer", 5)] == found
    assert app.status().read_only
    assert (tmp_path / "index" / "chroma" / "chroma.sqlite3").stat().st_mtime_ns == before


def test_a_path_mistyped_is_told_what_may_be_meant(open_app: Open, corpus: Path) -> None:
    (corpus / "mosul.txt").write_text(story("Mosul"), encoding="utf-8")
    app = open_app(CountingEmbedder())
    app.sync()
    with pytest.raises(ConfigError, match=r"did you mean mosul\.txt\?"):
        app.sync(["mosull.txt"])

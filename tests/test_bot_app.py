"""The application: what it refuses before any model is loaded, and what it tells of its index."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from index_state import CountingEmbedder, story

import bot.app
from bot.app import App
from bot.settings import Settings
from index.errors import StoreMismatchError, StoreMissingError
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

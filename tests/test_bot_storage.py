"""The catalog on a server, as the application sees it: two of them over one database, and what is wrong in words."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from index_state import CountingEmbedder, story
from postgres_server import PASSWORD, Server
from pydantic import SecretStr

import bot.app
from bot.app import App
from bot.notices import status_text, status_to_json
from bot.settings import Settings, load_settings
from bot.storage import open_database
from index.errors import ConfigError, StoreError
from index.sync import CATALOG_FILE

Open = Callable[[str], App]


@pytest.fixture
def open_app(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Open]:
    opened: list[App] = []
    (tmp_path / "corpus").mkdir()
    monkeypatch.setattr(bot.app, "SentenceTransformerEmbedder", lambda *_, **__: CountingEmbedder())

    def call(url: str, index: str = "index") -> App:
        opened.append(
            App(
                Settings(corpus=tmp_path / "corpus", index=tmp_path / index, database_url=SecretStr(url)),
            )
        )
        return opened[-1]

    yield call
    for app in opened:
        app.close()


def test_two_bots_on_one_database_give_the_same_answers(
    open_app: Open, tmp_path: Path, postgres_server: Server
) -> None:
    url = postgres_server.make_database()
    here, there = open_app(url), open_app(url)
    (tmp_path / "corpus" / "a.txt").write_text(story("Mosul"), encoding="utf-8")
    assert here.sync().added == 1
    question = "How many reports of Mosul were there?"
    first = there.ask(question)
    assert [c.passage for c in first.citations] == [c.passage for c in here.ask(question).citations]
    (tmp_path / "corpus" / "b.txt").write_text(story("Samarra"), encoding="utf-8")
    assert there.sync().added == 1
    assert here.search("Samarra", 1)[0].passage.article.file == "b.txt"
    assert here.vector_recall("Samarra", 2) == (2, 2)
    status = here.status()
    assert status.mends == () and not status.read_only and not status.syncing
    assert status.size_bytes > 0 and status.files == 2
    assert here.status().index_state == there.status().index_state
    assert here.verify().faults == () and here.rebuild().pending == 0
    assert not here.drift()
    assert not (tmp_path / "index" / CATALOG_FILE).exists() and not (tmp_path / "index" / "chroma").exists()


def test_status_names_the_database_and_no_password(open_app: Open, postgres_server: Server) -> None:
    url = postgres_server.make_database()
    app = open_app(url)
    settings = Settings(database_url=SecretStr(url))
    status = app.status()
    assert "nothing is indexed in postgresql://127.0.0.1:" in status.mends[0]
    shown = status_text(status, settings) + str(status_to_json(status, settings)) + repr(settings)
    assert f"postgresql://127.0.0.1:{postgres_server.port}/news_" in shown
    assert PASSWORD not in shown
    with open_database(settings).writing():
        assert app.status().syncing
    assert not app.status().syncing


def test_a_server_that_is_away_is_one_line_for_every_use(open_app: Open, postgres_server: Server) -> None:
    app = open_app(postgres_server.url("x").replace(str(postgres_server.port), "1"))
    for use in (app.status, app.sync, app.verify, app.rebuild, lambda: app.ask("Who?"), app.drift):
        with pytest.raises(StoreError, match="no server answers there: start it") as caught:
            use()
        assert "\n" not in str(caught.value)


def test_an_address_of_something_else_is_refused_without_being_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATELINE_DATABASE_URL", f"mysql://me:{PASSWORD}@host/x")
    with pytest.raises(ConfigError) as caught:
        load_settings()
    assert str(caught.value).startswith(
        "DATELINE_DATABASE_URL cannot be used: give an address such as postgresql://"
    )


def test_psycopg_that_is_not_installed_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "psycopg", None)
    for name in ("index.postgres", "index.postgres_trouble"):
        monkeypatch.delitem(sys.modules, name, raising=False)
    with pytest.raises(ConfigError, match=r'pip install -c constraints.txt "\.\[postgres\]"'):
        open_database(Settings(database_url=SecretStr("postgresql://localhost/news")))

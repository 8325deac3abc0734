"""An application whose vectors lie on a Chroma server: what it says when that is well, down, empty or strange."""

from __future__ import annotations

import json
import logging
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from chroma_world import ChromaServer, Proxy, chroma_server, proxy_before
from index_state import CountingEmbedder, story

import bot.app
from bot.app import App
from bot.notices import status_text, status_to_json, verify_text
from bot.settings import Settings, load_settings
from index import chroma_server as module
from index.chroma_server import ServerStore
from index.errors import ConfigError
from index.session import Patience

ROOT = Path(__file__).parent.parent
TOKEN = "tok-3cr3t-0042"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ChromaServer]:
    with chroma_server(tmp_path_factory.mktemp("server")) as server:
        yield server


@pytest.fixture
def proxy(server: ChromaServer) -> Iterator[Proxy]:
    with proxy_before(server.port) as proxy:
        proxy.token = TOKEN
        yield proxy


@pytest.fixture
def app(tmp_path: Path, proxy: Proxy, monkeypatch: pytest.MonkeyPatch) -> Iterator[App]:
    monkeypatch.setattr(bot.app, "SentenceTransformerEmbedder", lambda *_, **__: CountingEmbedder())
    monkeypatch.setattr(module, "_QUESTION", Patience(total_s=90, tries=2))
    monkeypatch.setattr(module, "_GLANCE", Patience(total_s=90, tries=1))
    monkeypatch.setattr(module, "_WORK", Patience(total_s=90, tries=2))
    corpus = tmp_path / "corpus"
    corpus.mkdir()
    for name in ("Mosul", "Kirkuk"):
        (corpus / f"{name}.txt").write_text(story(name))
    app = App(settings_of(tmp_path, proxy))
    app.sync()
    yield app
    app.close()


def settings_of(root: Path, proxy: Proxy) -> Settings:
    return Settings(
        corpus=root / "corpus",
        index=root / "index",
        chroma_url=proxy.url.replace("//", "//news:p4ssword@"),
        chroma_token=TOKEN,  # type: ignore[arg-type]
    )


def loosen(app: App) -> None:
    assert isinstance(app._store, ServerStore)
    app._store._breaker.reset()


def test_status_tells_where_the_vectors_are_without_credentials(
    app: App, proxy: Proxy, tmp_path: Path
) -> None:
    status = app.status()
    assert status.mends == ()
    assert status.vectors_on == f"Chroma server at {proxy.url}: answers, {status.passages} passages"
    settings = settings_of(tmp_path, proxy)
    assert status.vectors_on in status_text(status, settings)
    assert status_to_json(status, settings)["vectors_on"] == status.vectors_on
    assert not (tmp_path / "index" / "chroma").exists()


def test_status_tells_what_is_wrong_with_the_server_and_the_mend(
    app: App, proxy: Proxy, tmp_path: Path
) -> None:
    proxy.fault = "503"
    status = app.status()
    assert status.trouble == (
        f"the Chroma server at {proxy.url} is not ready (503): wait until it is, or restart the Chroma server"
    )
    assert status.vectors_on == f"Chroma server at {proxy.url}: cannot be used"
    proxy.heal()
    assert isinstance(app._store, ServerStore)
    for item in list(app._store.items("passages"))[:2]:
        app._store.delete("passages", [item])
    lost = app.status()
    assert (
        f"holds {lost.passages - 2} of {lost.passages} vectors of passages: run `dateline index`"
        in lost.trouble
    )
    app.sync()
    assert app.status().trouble == ""


def test_verify_compares_what_the_server_holds(app: App, proxy: Proxy) -> None:
    report = app.verify()
    assert report.faults == ()
    assert report.in_chroma == report.articles + report.passages
    assert "chroma" in verify_text(report) and report.vector_bytes is None
    assert isinstance(app._store, ServerStore)
    app._store.delete("passages", list(app._store.items("passages"))[:2])
    assert [fault.what for fault in app.verify().faults] == ["the vector index lacks 2 of passages"]
    assert app.rebuild().pending == 0
    assert app.verify().faults == ()
    proxy.fault = "503"
    fault = app.verify().faults[0]
    assert fault.what.endswith("is not ready (503)")
    assert fault.mend == "wait until it is, or restart the Chroma server"


def test_an_answer_says_that_words_alone_have_found_it_and_the_next_that_nothing_is_amiss(
    app: App, proxy: Proxy
) -> None:
    whole = app.ask("Which town did reporters write about on Tuesday?")
    assert whole.notes == ()
    proxy.fault = "503"
    words = app.ask("Which town did reporters write about on Tuesday?")
    assert [note for note in words.notes if "found by words alone" in note]
    assert words.sentences == whole.sentences
    proxy.heal()
    loosen(app)
    again = app.ask("Which town did reporters write about on Tuesday?")
    assert (again.notes, again.sentences) == ((), whole.sentences)


def test_no_log_holds_a_secret(app: App, proxy: Proxy, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    app.search("Mosul", 3)
    app.sync()
    for fault in ("401", "503", "page"):
        proxy.fault, proxy.headers["said"] = fault, f"bad token {TOKEN}, bad password p4ssword"
        loosen(app)
        app.search("Mosul", 3)
        app.status()
    assert caplog.records
    for record in caplog.records:
        said = record.getMessage() + str(record.exc_info or "")
        assert TOKEN not in said
        assert "p4ssword" not in said


@pytest.mark.parametrize("url", ["htps://news:p4ssword@example.org", "//news:p4ssword@example.org"])
def test_a_setting_that_cannot_be_used_is_told_without_its_password(
    url: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("DATELINE_CHROMA_URL", url)
    with pytest.raises(ConfigError, match="DATELINE_CHROMA_URL") as caught:
        load_settings()
    assert "p4ssword" not in str(caught.value)
    assert "give an address such as http://localhost:8000" in str(caught.value)


def test_who_has_no_server_waits_for_no_http_client() -> None:
    code = (
        "import sys; from bot.app import build; from bot.settings import Settings\n"
        "app = build(Settings()); app.close()\n"
        "print([name for name in ('httpx', 'chromadb', 'index.session') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_the_commands_tell_of_a_server_that_is_down_in_one_line_each(tmp_path: Path) -> None:
    (tmp_path / "corpus").mkdir()
    (tmp_path / "corpus" / "a.txt").write_text(story("Mosul"))
    told = {
        command: subprocess.run(
            [sys.executable, "-m", "bot.cli", *command.split()],
            cwd=ROOT,
            env={
                **os.environ,
                "DATELINE_CORPUS": str(tmp_path / "corpus"),
                "DATELINE_INDEX": str(tmp_path / "index"),
                "DATELINE_CHROMA_URL": "http://news:p4ssword@127.0.0.1:9",
                "DATELINE_CHROMA_TOKEN": TOKEN,
            },
            capture_output=True,
            text=True,
            check=False,
        )
        for command in ("index", "status --json")
    }
    for command, done in told.items():
        assert done.returncode == 1, command
        last = done.stderr.strip().splitlines()[-1]
        assert "the Chroma server at http://127.0.0.1:9 cannot be reached" in last
        assert last.endswith("start the Chroma server, or correct DATELINE_CHROMA_URL")
        assert "Traceback" not in done.stderr
        assert "p4ssword" not in done.stderr + done.stdout
        assert TOKEN not in done.stderr + done.stdout
    status = json.loads(told["status --json"].stdout)
    assert status["vectors_on"] == "Chroma server at http://127.0.0.1:9: cannot be used"
    assert status["passages"], "words are indexed all the same"

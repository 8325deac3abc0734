"""Which LLM is set, what it lacks, and where its key may and may not go."""

from __future__ import annotations

import json
import logging
import os
import socket
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from index_state import CountingEmbedder
from llm_world import FAIR, JAIL, PROVIDERS
from model_server import ModelServer, Say, Status

import bot.app
import bot.commands
from bot.app import App
from bot.chat import Chat
from bot.cli import main
from bot.llm import AbsentLLM, Request
from bot.model import Answer, Sentence
from bot.patience import Completer
from bot.provider import find_troubles, llm_name, open_llm
from bot.settings import PREFIX, Settings, load_settings
from bot.vendors import build_llm, show_url
from index.errors import ConfigError, LLMError, LLMTroubleError

KEY = "sk-very-secret-1234567890"
FREED = "How many prisoners were freed in Norwick?"
TRUE = "They freed 300 prisoners in Norwick."


@pytest.fixture(autouse=True)
def _alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in list(os.environ):
        if name.upper().startswith(PREFIX) or name in ("OPENAI_API_KEY", "ANTHROPIC_API_KEY"):
            monkeypatch.delenv(name)
    monkeypatch.setattr("bot.patience._PAUSES_S", (0.01, 0.01))
    monkeypatch.chdir(tmp_path)


def test_without_an_llm_nothing_is_lacking() -> None:
    assert find_troubles(load_settings()) == []
    assert llm_name(load_settings()) == ""


@pytest.mark.parametrize(
    ("variables", "lacking"),
    [
        ({"LLM": "openai"}, ["needs a model: set DATELINE_LLM_MODEL", "DATELINE_LLM_KEY or OPENAI_API_KEY"]),
        ({"LLM": "anthropic", "LLM_MODEL": "m"}, ["DATELINE_LLM_KEY or ANTHROPIC_API_KEY"]),
        ({"LLM": "openai", "LLM_MODEL": "m", "LLM_KEY": KEY}, []),
        ({"LLM": "openai", "LLM_MODEL": "m", "LLM_URL": "https://llm.example/v1"}, []),
    ],
)
def test_what_is_lacking_is_told_with_the_mend(
    variables: dict[str, str], lacking: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in variables.items():
        monkeypatch.setenv(PREFIX + name, value)
    settings = load_settings()
    troubles = find_troubles(settings)
    assert len(troubles) == len(lacking)
    for trouble, wanted in zip(troubles, lacking, strict=True):
        assert wanted in trouble
    llm = open_llm(settings)
    assert isinstance(llm, AbsentLLM) == bool(lacking)
    if lacking:
        with pytest.raises(LLMError, match=PREFIX):
            llm.stream(Request(instructions="", text=""))
    llm.close()


def test_a_missing_package_is_told_with_its_pip_command(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(bot.provider.PACKAGES, "ollama", "llama_index.llms.not_there")  # type: ignore[attr-defined]
    settings = Settings(llm="ollama", llm_model="m", llm_url="https://ollama.example")
    (trouble,) = find_troubles(settings)
    assert trouble.endswith("pip install 'dateline[ollama]'")
    monkeypatch.setitem(sys.modules, "llama_index.llms.ollama", None)
    with pytest.raises(LLMError, match=r"pip install 'dateline\[ollama\]'"):
        build_llm("ollama", model="m", url="", key="", timeout_s=1)


def test_a_server_that_is_not_there_is_told_without_waiting() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{taken.getsockname()[1]}"
        (trouble,) = find_troubles(Settings(llm="ollama", llm_model="m", llm_url=url))
    assert trouble == f"no server answers at {url}: run `ollama serve`, or set DATELINE_LLM_URL"
    with ModelServer([Say("")]) as server:
        assert find_troubles(Settings(llm="ollama", llm_model="m", llm_url=server.url("ollama"))) == []


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("LLM", "opnai"),
        ("LLM_URL", "localhost:8080"),
        ("LLM_URL", "file:///etc/passwd"),
        ("LLM_TIMEOUT", "0"),
        ("LLM_TIMEOUT", "soon"),
    ],
)
def test_values_that_cannot_be_used_are_told(name: str, value: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(PREFIX + name, value)
    with pytest.raises(ConfigError, match=f"{PREFIX}{name}"):
        load_settings()


def test_a_vendors_key_goes_to_the_vendor_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    def key(**variables: str) -> str:
        for name in ("LLM", "LLM_URL", "LLM_KEY"):
            monkeypatch.setenv(PREFIX + name, variables.get(name, ""))
        return load_settings().llm_key.get_secret_value()

    monkeypatch.setenv("OPENAI_API_KEY", "sk-open")
    Path(".env").write_text("ANTHROPIC_API_KEY=sk-ant\n")
    assert key() == ""
    assert key(LLM="openai") == "sk-open"
    assert key(LLM="anthropic") == "sk-ant"
    assert key(LLM="ollama") == ""
    assert key(LLM="openai", LLM_KEY="mine") == "mine"
    assert key(LLM="openai", LLM_URL="https://llm.example/v1") == ""
    assert key(LLM="openai", LLM_URL="https://llm.example/v1", LLM_KEY="mine") == "mine"


def test_keys_are_not_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATELINE_LLM_KEY", KEY)
    settings = load_settings()
    assert KEY not in repr(settings) and KEY not in str(settings.model_dump())
    assert KEY not in settings.model_dump_json()
    assert show_url("https://user:pass@llm.example:8080/v1?key=x") == "https://llm.example:8080/v1"


@pytest.mark.parametrize("provider", PROVIDERS)
def test_a_key_reaches_the_server_and_nothing_else(provider: str, caplog: pytest.LogCaptureFixture) -> None:
    from llama_index.core.instrumentation import get_dispatcher  # type: ignore[attr-defined]
    from llama_index.core.instrumentation.event_handlers import BaseEventHandler

    class Listener(BaseEventHandler):
        seen: list[str] = []  # noqa: RUF012  # a field of a pydantic model

        def handle(self, event: Any, **_: Any) -> None:
            self.seen.append(repr(event))

    listener = Listener()
    dispatcher = get_dispatcher()
    dispatcher.add_event_handler(listener)
    try:
        with ModelServer([Say("ok"), Status(401)]) as server:
            llm = build_llm(provider, model="m", url=server.url(provider), key=KEY, timeout_s=5)
            with caplog.at_level(logging.DEBUG):
                assert Completer(llm, timeout_s=5).complete("Say ok") == "ok"
                with pytest.raises(LLMError) as caught:
                    Completer(llm, timeout_s=5).complete("Say ok")
            llm.close()
    finally:
        dispatcher.event_handlers.remove(listener)
    asked = server.asked[0]
    assert KEY in json.dumps(asked.headers) and KEY not in json.dumps(asked.body)
    assert listener.seen
    for text in (str(caught.value), repr(llm), repr(llm.__dict__), caplog.text, *listener.seen):
        assert KEY not in text


@pytest.mark.parametrize("provider", PROVIDERS)
def test_a_refusal_that_repeats_the_key_is_not_repeated(
    provider: str, caplog: pytest.LogCaptureFixture
) -> None:
    with ModelServer([Status(401, f"bad key {KEY}"), Status(400, f"bad key {KEY}")]) as server:
        llm = build_llm(provider, model="m", url=server.url(provider), key=KEY, timeout_s=5)
        with caplog.at_level(logging.DEBUG):
            for _ in range(2):
                with pytest.raises(LLMError) as caught:
                    Completer(llm, timeout_s=5).complete("x")
                assert KEY not in str(caught.value)
        llm.close()
    assert KEY not in caplog.text


def test_complete_tries_again_and_gives_up() -> None:
    with ModelServer([Status(500), Say(""), Say("done")]) as server:
        llm = build_llm("openai", model="m", url=server.url("openai"), key="", timeout_s=5)
        assert Completer(llm, timeout_s=5).complete("x") == "done"
        llm.close()
    with ModelServer([Status(500)]) as server:
        llm = build_llm("openai", model="m", url=server.url("openai"), key="", timeout_s=5)
        with pytest.raises(LLMTroubleError, match="HTTP 500"):
            Completer(llm, timeout_s=5).complete("x")
        assert len(server.asked) == 3
        llm.close()


@pytest.fixture
def corpus(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder to be indexed, and an embedder that loads nothing."""
    folder = tmp_path / "corpus"
    folder.mkdir()
    (folder / "jail.md").write_text(JAIL, encoding="utf-8")
    (folder / "fair.md").write_text(FAIR, encoding="utf-8")
    monkeypatch.setattr(bot.app, "SentenceTransformerEmbedder", lambda *_, **__: CountingEmbedder())
    return folder


@pytest.fixture
def served(corpus: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., ModelServer]]:
    opened: list[ModelServer] = []

    def serve(*script: Any) -> ModelServer:
        server = ModelServer(script)
        opened.append(server.__enter__())
        for name, value in {
            "LLM": "openai",
            "LLM_MODEL": "scripted",
            "LLM_URL": server.url("openai"),
            "LLM_KEY": KEY,
            "LLM_TIMEOUT": "5",
        }.items():
            monkeypatch.setenv(PREFIX + name, value)
        return server

    yield serve
    for server in opened:
        server.close()


def run(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    code = main(arguments)
    out, err = capsys.readouterr()
    return code, out, err


def test_ask_and_status_over_a_server(
    served: Callable[..., ModelServer], capsys: pytest.CaptureFixture[str]
) -> None:
    served(Say(f"{TRUE} The mayor fled to Sandvik. She took 9 dogs."))
    assert run(capsys, "index")[0] == 0
    code, out, err = run(capsys, "ask", "--json", FREED)
    told = json.loads(out)
    assert (code, err) == (0, "")
    assert told["engine"]["answerer"].startswith("llm")
    assert told["engine"]["llm"] == "openai/scripted" and told["engine"]["prompts"]["answer"]
    assert told["sentences"][0] == {
        "text": TRUE,
        "citations": [1],
        "verdict": "supported",
        "score": told["sentences"][0]["score"],
        "lead": None,
        "parts": [],
    }
    assert told["usage"] == {"prompt_tokens": 1200, "completion_tokens": 34, "cost": None}
    assert len(told["dropped"]) == 2
    code, text, _ = run(capsys, "ask", FREED)
    assert text.startswith("They freed 300 prisoners in Norwick [1].\n")
    assert "2 sentences by openai/scripted left out" in text
    code, status, _ = run(capsys, "status")
    assert "llm         openai/scripted" in status and "!" not in status
    assert json.loads(run(capsys, "status", "--json")[1])["llm"] == "openai/scripted"
    assert KEY not in out + text + status


def test_what_a_follow_up_took_is_counted_and_its_prompt_named(
    served: Callable[..., ModelServer], capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    served(Say("How many prisoners did they free in Norwick?"), Say(TRUE))
    assert run(capsys, "index")[0] == 0
    line = {
        "id": "q",
        "question": "How many did they free?",
        "history": [{"question": "Who drove into Norwick?", "answer": "Gunmen drove into Norwick."}],
    }
    batch = tmp_path / "batch.jsonl"
    batch.write_text(json.dumps(line), encoding="utf-8")
    told = json.loads(run(capsys, "ask", "--batch", str(batch))[1])
    assert told["rewritten"] == "How many prisoners did they free in Norwick?"
    assert set(told["engine"]["prompts"]) == {"answer", "follow_up"}
    assert told["usage"] == {"prompt_tokens": 2400, "completion_tokens": 68, "cost": None}


def test_an_llm_that_cannot_be_used_costs_no_answer(
    corpus: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("DATELINE_LLM", "anthropic")
    monkeypatch.setenv("DATELINE_LLM_MODEL", "m")
    assert run(capsys, "index")[0] == 0
    code, out, err = run(capsys, "ask", FREED)
    assert code == 0 and err == ""
    assert out.startswith("They freed 300 prisoners in Norwick [1].")
    assert "needs a key: set DATELINE_LLM_KEY or ANTHROPIC_API_KEY; quoted instead" in out
    status = run(capsys, "status")[1]
    assert "! DATELINE_LLM=anthropic needs a key" in status


def test_the_chat_shows_sentences_as_they_pass(
    served: Callable[..., ModelServer], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    served(Say(f"{TRUE} The mayor fled. The fair of Norwick has 40 stalls this year."))
    assert run(capsys, "index")[0] == 0
    seen: list[str] = []
    shown: list[Sentence] = []

    class Watched(App):
        def ask(self, question: str, **options: Any) -> Answer:
            tell = options.pop("on_sentence")

            def on_sentence(sentence: Sentence) -> None:
                shown.append(sentence)
                tell(sentence)

            return super().ask(question, on_sentence=on_sentence, **options)

    chat = Chat(open_settings=load_settings, open_desk=Watched, report_bug=repr, terminal=False)
    chat.worker.start()
    try:
        assert chat.handle(FREED)
        seen.append(capsys.readouterr().out)
        assert chat.handle("/why")
    finally:
        assert chat.close()
    assert [sentence.text for sentence in shown] == [TRUE, "The fair of Norwick has 40 stalls this year."]
    lines = seen[0].split("\n")
    assert lines[0] == "They freed 300 prisoners in Norwick [1]."
    assert lines[1] == "The fair of Norwick has 40 stalls this year [2]."
    assert lines[3].startswith("[1] Jail opened in Norwick")
    assert seen[0].count("prisoners in Norwick") == 1

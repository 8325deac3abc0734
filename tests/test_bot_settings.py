"""Settings: where they come from, what beats what, and what is said of those that cannot be used."""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest
from dotenv import dotenv_values
from pydantic import ValidationError

from bot.settings import PREFIX, Settings, load_settings, unknown_settings
from index.errors import ConfigError

EXAMPLE = Path(__file__).parent.parent / ".env.example"


@pytest.fixture(autouse=True)
def _alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in os.environ if name.upper().startswith(PREFIX)]:
        monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)


def test_defaults_need_nothing_set() -> None:
    settings = load_settings()
    assert (settings.corpus, settings.index) == (Path("corpus"), Path(".dateline"))
    assert (settings.max_file_mb, settings.embedder, settings.reranker) == (20, "", "")


def test_the_command_line_beats_the_environment_beats_the_file(monkeypatch: pytest.MonkeyPatch) -> None:
    Path(".env").write_text("DATELINE_CORPUS=file\nDATELINE_INDEX=file\nDATELINE_RERANKER=file\n")
    monkeypatch.setenv("DATELINE_CORPUS", "environment")
    monkeypatch.setenv("DATELINE_INDEX", "environment")
    settings = load_settings(corpus="option")
    assert settings.corpus == Path("option")
    assert settings.index == Path("environment")
    assert settings.reranker == "file"


def test_settings_are_frozen() -> None:
    with pytest.raises(ValidationError):
        load_settings().embedder = "other"


def test_a_byte_order_mark_and_quoted_blanks_are_read() -> None:
    Path(".env").write_bytes(b'\xef\xbb\xbfDATELINE_QUERY_PREFIX="query: "\r\nOTHER_PROGRAM=1\r\n')
    assert load_settings().query_prefix == "query: "
    assert unknown_settings() == ()


def test_an_empty_value_is_none_given(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATELINE_CORPUS", "")
    assert load_settings().corpus == Path("corpus")


def test_home_is_expanded_without_a_shell(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", "/home/reporter")
    monkeypatch.setenv("DATELINE_CORPUS", "~/news")
    assert load_settings().corpus == Path("/home/reporter/news")


@pytest.mark.parametrize("value", ["0", "-1", "many", "inf", "nan", "20\nMB"])
def test_a_value_that_cannot_be_used_is_told_in_one_line(value: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATELINE_MAX_FILE_MB", value)
    with pytest.raises(ConfigError) as caught:
        load_settings()
    message = str(caught.value)
    assert message.startswith(f"DATELINE_MAX_FILE_MB={' '.join(value.split())} ")
    assert "above 0" in message
    assert "\n" not in message


@pytest.mark.parametrize("content", [b"DATELINE_CORPUS=\xff\xfe\n", b"\xff\xfeD\x00A\x00"])
def test_a_file_that_is_not_text_is_told(content: bytes) -> None:
    Path(".env").write_bytes(content)
    with pytest.raises(ConfigError, match="UTF-8"):
        load_settings()
    assert unknown_settings() == ()


def test_the_index_must_not_be_the_corpus() -> None:
    with pytest.raises(ConfigError, match="corpus folder itself"):
        load_settings(corpus="news", index="./news/")


def test_a_typo_is_told_with_what_may_be_meant(monkeypatch: pytest.MonkeyPatch) -> None:
    Path(".env").write_text("DATELINE_CORPSE=x\nPATH_OF_MINE=y\n")
    monkeypatch.setenv("DATELINE_WEATHER", "z")
    assert unknown_settings() == (
        ".env: DATELINE_CORPSE is no setting of Dateline; did you mean DATELINE_CORPUS?",
        "DATELINE_WEATHER is no setting of Dateline; it has no effect",
    )


def test_the_example_lists_exactly_the_settings_with_their_defaults() -> None:
    text = EXAMPLE.read_text(encoding="utf-8")
    uncommented = re.sub(rf"^# ({PREFIX}\w+=)", r"\1", text, flags=re.MULTILINE)
    Path(".env").write_text(uncommented)
    listed = [name.removeprefix(PREFIX).lower() for name in dotenv_values(".env")]
    assert listed == list(Settings.model_fields)
    assert load_settings() == Settings.model_construct()

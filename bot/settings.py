"""The settings: from the command line, the environment, or a ``.env`` file, in this order."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Any, Literal

from dotenv import dotenv_values
from pydantic import Field, SecretStr, ValidationError, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict
from rapidfuzz import fuzz, process

from index.errors import ConfigError

PREFIX = "DATELINE_"
ENV_FILE = ".env"

# Where the vendors' own programs look for a key.
VENDOR_KEYS = {"openai": "OPENAI_API_KEY", "anthropic": "ANTHROPIC_API_KEY"}

# In an address; what is told of one that cannot be used may end in a log.
_CREDENTIALS = re.compile(r"//.*@")

# Below this likeness (0 to 100) a suggestion is a guess: CORPUS and CORPSE come to 83, CORPUS and INDEX to 0.
_NEAR = 70.0


class Settings(BaseSettings):
    """Everything that can be set; frozen.

    The description of a field is the mend that is named when its value cannot be used.
    """

    model_config = SettingsConfigDict(
        env_prefix=PREFIX,
        env_file=ENV_FILE,
        env_file_encoding="utf-8-sig",  # an editor may have put a byte order mark in front
        env_ignore_empty=True,  # "DATELINE_CORPUS=" must not become the working directory
        extra="ignore",  # a .env file is shared with other programs
        frozen=True,
    )

    corpus: Path = Field(default=Path("corpus"), description="name a folder of articles")
    index: Path = Field(default=Path(".dateline"), description="name a folder for the index")
    database_url: SecretStr = Field(
        default=SecretStr(""),
        description="give an address such as postgresql://user:password@localhost/dateline, or leave it out",
    )
    chroma_url: str = Field(
        default="",
        pattern=r"^(https?://[^\s/].*)?$",
        description="give an address such as http://localhost:8000, or leave it out for Chroma in the index folder",
    )
    chroma_token: SecretStr = Field(
        default=SecretStr(""), description="give the token that the Chroma server takes, or leave it out"
    )
    chroma_tenant: str = Field(default="", description="name a tenant of the Chroma server, or leave it out")
    chroma_database: str = Field(
        default="", description="name a database of the Chroma server, or leave it out"
    )
    max_file_mb: float = Field(
        default=20,
        gt=0,
        allow_inf_nan=False,
        description="give a number of megabytes above 0, such as 20",
    )
    embedder: str = Field(
        default="", description="name a local folder or hub name, or leave it out for the bundled model"
    )
    query_prefix: str = Field(
        default="", description="give the text that the embedder wants before a question"
    )
    passage_prefix: str = Field(
        default="", description="give the text that the embedder wants before a passage"
    )
    reranker: str = Field(
        default="", description="name a cross-encoder by local folder or hub name, or leave it out for none"
    )

    min_confidence: float = Field(
        default=0.35,
        ge=0,
        le=1,
        allow_inf_nan=False,
        description="give a number from 0 (answer always) to 1 (never), such as 0.35",
    )
    llm: Literal["", "openai", "anthropic", "ollama"] = Field(
        default="", description="name openai, anthropic or ollama, or leave it out to have answers quoted"
    )
    llm_model: str = Field(default="", description="name the model as its server does")
    llm_url: str = Field(
        default="",
        pattern=r"^(https?://[^\s/].*)?$",
        description="give an address such as http://localhost:8080/v1",
    )
    llm_key: SecretStr = Field(default=SecretStr(""), description="give the key, or leave it out")
    llm_timeout: float = Field(
        default=60,
        gt=0,
        allow_inf_nan=False,
        description="give a number of seconds above 0, such as 60",
    )
    judge: str = Field(
        default="",
        description="name an NLI cross-encoder by local folder or hub name, or leave it out for Dateline's own judge",
    )

    discord_token: SecretStr = Field(
        default=SecretStr(""), description="give the token of your application's bot, or leave it out"
    )
    discord_database: Path = Field(
        default=Path(".dateline-discord.sqlite"), description="name a file for what the bot remembers"
    )
    discord_keep_days: float = Field(
        default=90,
        gt=0,
        allow_inf_nan=False,
        description="give a number of days above 0, such as 90",
    )
    discord_message_content: bool = Field(default=False, description="give True or False")
    discord_streaming: bool = Field(default=False, description="give True or False")
    discord_per_person: int = Field(default=20, ge=1, description="give a whole number from 1 on, such as 20")
    discord_per_server: int = Field(
        default=240, ge=1, description="give a whole number from 1 on, such as 240"
    )
    discord_at_once: int = Field(
        default=2, ge=1, le=64, description="give a whole number from 1 to 64, such as 2"
    )
    discord_processes: int = Field(
        default=2, ge=1, le=64, description="give a whole number from 1 to 64, such as 2"
    )
    discord_grace: float = Field(
        default=20, ge=0, allow_inf_nan=False, description="give a number of seconds, such as 20"
    )
    discord_log_text: bool = Field(default=False, description="give True or False")
    discord_health: str = Field(
        default="", description="name a file that may be overwritten, or leave it out"
    )
    discord_api: str = Field(
        default="",
        pattern=r"^(https?://[^\s/].*)?$",
        description="give an address such as https://discord.com/api/v10, or leave it out",
    )
    discord_gateway: str = Field(
        default="",
        pattern=r"^(wss?://[^\s/].*)?$",
        description="give an address such as wss://gateway.discord.gg/, or leave it out",
    )

    @field_validator("database_url")
    @classmethod
    def _name_postgres(cls, url: SecretStr) -> SecretStr:
        stripped = url.get_secret_value().strip()
        if stripped and not stripped.startswith(("postgresql://", "postgres://")):
            raise ValueError("no address of PostgreSQL")
        return SecretStr(stripped)

    @field_validator("corpus", "index", "discord_database")
    @classmethod
    def _expand_home(cls, path: Path) -> Path:
        # No shell has seen a value from a .env file.
        return path.expanduser()


def load_settings(corpus: str | Path | None = None, index: str | Path | None = None) -> Settings:
    """Read the settings.

    Args:
        corpus: from the command line; beats the environment. None where it was not given.
        index: likewise.

    Raises:
        ConfigError: a value cannot be used, or the ``.env`` file cannot be read.
    """
    given: dict[str, Any] = {"corpus": corpus, "index": index}
    try:
        settings = Settings(**{name: value for name, value in given.items() if value is not None})
    except ValidationError as exc:
        raise ConfigError(_explain(exc)) from exc
    except UnicodeDecodeError as exc:
        raise ConfigError(f"{ENV_FILE} is not UTF-8 text (byte {exc.start}): save it as UTF-8") from exc
    except OSError as exc:
        raise ConfigError(f"{ENV_FILE} cannot be read ({exc.strerror}): mend or remove it") from exc
    except RuntimeError as exc:  # pathlib, of a "~somebody" without a home
        raise ConfigError(f"a folder's name begins with ~ and has no home ({exc}): write it out") from exc
    if settings.corpus.resolve() == settings.index.resolve():
        raise ConfigError(
            f"{PREFIX}INDEX={settings.index} is the corpus folder itself: name another folder for the index"
        )
    return settings.model_copy(update={"llm_key": SecretStr(_find_key(settings))})


def _find_key(settings: Settings) -> str:
    """Return the key as set; else the one that the vendor's own programs read, for its own server alone.

    A key for one server must not be sent to another, so with an address of one's own it has to be set.
    """
    key = settings.llm_key.get_secret_value().strip()
    name = VENDOR_KEYS.get(settings.llm)
    if key or name is None or settings.llm_url:
        return key
    try:
        in_file = dotenv_values(ENV_FILE, encoding="utf-8-sig", interpolate=False).get(name)
    except (OSError, UnicodeDecodeError):  # told by load_settings before
        in_file = None
    return (os.environ.get(name) or in_file or "").strip()


def unknown_settings() -> tuple[str, ...]:
    """Name what looks like a setting of Dateline and is none, in the environment or ``.env``.

    Returns:
        One line each, with the setting that may be meant. Empty where ``.env`` cannot be read:
        ``load_settings`` tells of that.
    """
    known = [PREFIX + name.upper() for name in Settings.model_fields]
    try:
        in_file = tuple(dotenv_values(ENV_FILE, encoding="utf-8-sig", interpolate=False))
    except (OSError, UnicodeDecodeError):
        in_file = ()
    lines = []
    for where, names in ((f"{ENV_FILE}: ", in_file), ("", tuple(os.environ))):
        for name in names:
            if name.upper().startswith(PREFIX) and name.upper() not in known:
                near = process.extractOne(name.upper(), known, scorer=_likeness, score_cutoff=_NEAR)
                mend = f"did you mean {near[0]}?" if near else "it has no effect"
                lines.append(f"{where}{name} is no setting of Dateline; {mend}")
    return tuple(lines)


def _likeness(one: str, other: str, **_: object) -> float:
    # Without the prefix, which all share.
    return fuzz.ratio(one.removeprefix(PREFIX), other.removeprefix(PREFIX))


def _explain(exc: ValidationError) -> str:
    error = exc.errors(include_url=False)[0]
    field = str(error["loc"][0]) if error["loc"] else ""
    mend = Settings.model_fields[field].description if field in Settings.model_fields else error["msg"]
    secret = field in Settings.model_fields and Settings.model_fields[field].annotation is SecretStr
    said = _CREDENTIALS.sub("//…@", " ".join(str(error.get("input", "")).split()))
    return f"{PREFIX}{field.upper()}{'' if secret else f'={said}'} cannot be used: {mend}"

"""Which LLM the settings ask for, and what it lacks. No library of a vendor is loaded until one is opened."""

from __future__ import annotations

import ipaddress
import socket
from importlib.util import find_spec
from urllib.parse import urlsplit

from bot.llm import LLM, AbsentLLM
from bot.settings import VENDOR_KEYS, Settings
from bot.vendors import DEFAULT_URLS, PACKAGES, build_llm, show_url
from index.errors import LLMError

# A server on one's own machine accepts at once or is not there.
_KNOCK_S = 0.5


def llm_name(settings: Settings) -> str:
    """Name the LLM that is set, as ``openai/gpt-4o``; empty for none."""
    return f"{settings.llm}/{settings.llm_model or '?'}" if settings.llm else ""


def open_llm(settings: Settings) -> LLM:
    """Build the LLM that is set; where something is lacking, one that says what whenever it is asked."""
    lacking = _find_lacking(settings)
    if lacking:
        return AbsentLLM(name=llm_name(settings), reason=lacking[0])
    try:
        return build_llm(
            settings.llm,
            model=settings.llm_model,
            url=settings.llm_url,
            key=settings.llm_key.get_secret_value(),
            timeout_s=settings.llm_timeout,
        )
    except LLMError as exc:
        return AbsentLLM(name=llm_name(settings), reason=str(exc))


def find_troubles(settings: Settings) -> list[str]:
    """Say what the LLM that is set lacks, a line each with the mend; nothing where none is set.

    A server is knocked at only where that cannot take long: on this machine, or at a bare address.
    """
    lacking = _find_lacking(settings)
    if not settings.llm:
        return []
    url = settings.llm_url or DEFAULT_URLS[settings.llm]
    if not _answers(url):
        start = "run `ollama serve`" if settings.llm == "ollama" else "start it"
        lacking.append(f"no server answers at {show_url(url)}: {start}, or set DATELINE_LLM_URL")
    return lacking


def _find_lacking(settings: Settings) -> list[str]:
    if not settings.llm:
        return []
    lacking = []
    if not _is_installed(PACKAGES[settings.llm]):
        lacking.append(
            f"DATELINE_LLM={settings.llm} needs a package that is not installed: "
            f"pip install 'dateline[{settings.llm}]'"
        )
    if not settings.llm_model:
        lacking.append(f"DATELINE_LLM={settings.llm} needs a model: set DATELINE_LLM_MODEL")
    variable = VENDOR_KEYS.get(settings.llm)
    if variable and not settings.llm_url and not settings.llm_key.get_secret_value():
        lacking.append(f"DATELINE_LLM={settings.llm} needs a key: set DATELINE_LLM_KEY or {variable}")
    return lacking


def _is_installed(package: str) -> bool:
    try:
        return find_spec(package) is not None
    except ModuleNotFoundError:  # nothing of its parents is there either
        return False


def _answers(url: str) -> bool:
    """Knock at a server; one that would first have to be looked up is taken to be there."""
    parts = urlsplit(url)
    host = parts.hostname or ""
    try:
        if host != "localhost":
            ipaddress.ip_address(host)
        port = parts.port or (443 if parts.scheme == "https" else 80)
        with socket.create_connection((host, port), timeout=_KNOCK_S):
            return True
    except ValueError:
        return True
    except OSError:
        return False

"""The LLMs of three protocols, through llama-index; each library is an extra and loaded when it is used.

Tries and deadlines are ours (``bot.patience``), so the libraries' own are switched off. A key is handed to
the vendor's client alone: llama-index's models would write it into their representation and their events.
"""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from bot.llm import Chunk, Request, lay_out
from bot.model import Usage
from bot.outage import explain_outage
from index.errors import LLMError

if TYPE_CHECKING:
    from llama_index.core.base.llms.types import ChatMessage, ChatResponse
    from llama_index.core.llms import LLM as LlamaModel  # noqa: N811  # ours is called LLM, too

    from bot.llm import LLM

DEFAULT_URLS = {
    "openai": "https://api.openai.com/v1",
    "anthropic": "https://api.anthropic.com",
    "ollama": "http://localhost:11434",
}
PACKAGES = {
    "openai": "llama_index.llms.openai_like",
    "anthropic": "llama_index.llms.anthropic",
    "ollama": "llama_index.llms.ollama",
}
# Tokens of a reply, where the protocol wants or takes a limit.
_MAX_TOKENS = 1024
# Ollama cuts a longer prompt off in front, where the instructions stand, and says nothing; left to
# itself, llama-index asks for the model's maximum, which may not fit into memory.
_OLLAMA_CONTEXT = 10_240
# A name that cannot be connected to is not waited for as long as an answer.
_CONNECT_S = 5.0
# Silence for this share of the time-out ends a try, so that another one fits in.
_SILENCE = 0.5


def build_llm(provider: str, *, model: str, url: str, key: str, timeout_s: float) -> LLM:
    """Build a client; nothing is sent yet.

    Args:
        provider: ``openai``, ``anthropic`` or ``ollama``.
        url: empty for the provider's own.
        key: empty for none.

    Raises:
        LLMError: the extra that it needs is not installed.
    """
    kinds: dict[str, Callable[..., _Vendor]] = {
        "openai": _OpenAI,
        "anthropic": _Anthropic,
        "ollama": _Ollama,
    }
    try:
        return kinds[provider](
            model=model, url=url or DEFAULT_URLS[provider], key=key, silence_s=timeout_s * _SILENCE
        )
    except ImportError as exc:
        raise LLMError(
            f"DATELINE_LLM={provider} needs a package that is not installed: "
            f"pip install 'dateline[{provider}]'"
        ) from exc
    except ValueError as exc:  # llama-index knows models that it cannot ask
        raise LLMError(f"{provider}/{model} cannot be used: name another in DATELINE_LLM_MODEL") from exc


def show_url(url: str) -> str:
    """Name a server without a name and password that its address may hold."""
    parts = urlsplit(url)
    host = parts.netloc.rpartition("@")[2]
    return f"{parts.scheme}://{host}{parts.path}".rstrip("/")


class _Vendor(ABC):
    """A llama-index model, and how its pieces are read."""

    provider: str
    cites = False

    def __init__(self, *, model: str, url: str, key: str, silence_s: float) -> None:
        self._where = show_url(url)
        self.name = f"{self.provider}/{model}"
        self._model, self._close = self._build(model, url, key, silence_s)

    @abstractmethod
    def _build(
        self, model: str, url: str, key: str, silence_s: float
    ) -> tuple[LlamaModel, Callable[[], object]]:
        """Return the model and what closes its connections."""

    def stream(self, request: Request, *, whole: bool = False) -> Iterator[Chunk]:
        """Send a request; see ``bot.llm.LLM``."""
        messages = self._messages(request)
        try:
            if whole:
                yield self._read_whole(self._model.chat(messages), request)
            else:
                yield from self._read(self._model.stream_chat(messages), request)
        except Exception as exc:
            raise explain_outage(exc, self.name, self._where) from exc

    def close(self) -> None:
        """Let go of connections."""
        self._close()

    def _messages(self, request: Request) -> list[ChatMessage]:
        from llama_index.core.base.llms.types import ChatMessage, MessageRole

        messages = [ChatMessage(role=MessageRole.USER, content=lay_out(request))]
        if request.instructions:
            messages.insert(0, ChatMessage(role=MessageRole.SYSTEM, content=request.instructions))
        return messages

    @abstractmethod
    def _read(self, responses: Iterable[ChatResponse], request: Request) -> Iterator[Chunk]:
        """Read a reply that comes bit by bit."""

    @abstractmethod
    def _read_whole(self, response: ChatResponse, request: Request) -> Chunk:
        """Read a reply that came in one piece."""


class _OpenAI(_Vendor):
    """Any server that speaks OpenAI's chat completions."""

    provider = "openai"

    def _build(
        self, model: str, url: str, key: str, silence_s: float
    ) -> tuple[LlamaModel, Callable[[], object]]:
        from llama_index.llms.openai_like import OpenAILike
        from openai import OpenAI, Timeout

        client = OpenAI(
            # Servers on one's own machine want none; the client wants something.
            api_key=key or "none",
            base_url=url,
            max_retries=0,
            timeout=Timeout(silence_s, connect=min(_CONNECT_S, silence_s)),
        )
        built = OpenAILike(
            model=model,
            api_base=url,
            api_key="unused",
            openai_client=client,
            is_chat_model=True,
            max_retries=0,
            temperature=0.0,
            additional_kwargs={"stream_options": {"include_usage": True}},
        )
        return built, client.close

    def _read(self, responses: Iterable[ChatResponse], request: Request) -> Iterator[Chunk]:
        for response in responses:
            raw: Any = response.raw
            ended = bool(raw.choices) and raw.choices[0].finish_reason == "stop"
            yield Chunk(text=response.delta or "", ended=ended, usage=_count(raw.usage))

    def _read_whole(self, response: ChatResponse, request: Request) -> Chunk:
        raw: Any = response.raw
        ended = raw.choices[0].finish_reason != "length"
        return Chunk(text=response.message.content or "", ended=ended, usage=_count(raw.usage))


class _Anthropic(_Vendor):
    """Anthropic's messages; articles are search results, a block a sentence, which it cites by number."""

    provider = "anthropic"
    cites = True

    def _build(
        self, model: str, url: str, key: str, silence_s: float
    ) -> tuple[LlamaModel, Callable[[], object]]:
        from llama_index.core.base.llms.types import LLMMetadata
        from llama_index.llms.anthropic import Anthropic

        class AnyAnthropic(Anthropic):
            """Also takes models that are newer than llama-index's list of names."""

            @property
            def metadata(self) -> LLMMetadata:
                return LLMMetadata(is_chat_model=True, num_output=self.max_tokens, model_name=self.model)

        built = AnyAnthropic(  # type: ignore[call-arg]  # mypy's pydantic reads the fields, not __init__
            model=model,
            base_url=url,
            api_key=key or "none",
            timeout=silence_s,
            max_retries=0,
            max_tokens=_MAX_TOKENS,
            temperature=0.0,
        )
        return built, built._client.close

    def _messages(self, request: Request) -> list[ChatMessage]:
        from llama_index.core.base.llms.types import ChatMessage, CitableBlock, MessageRole, TextBlock

        sheets = [
            CitableBlock(
                title=sheet.heading,
                source=f"article {number}",
                content=[TextBlock(text=text) for _, text in sheet.lines],
            )
            for number, sheet in enumerate(request.sheets, start=1)
        ]
        own = ChatMessage(role=MessageRole.USER, blocks=[*sheets, TextBlock(text=request.text)])
        if not request.instructions:
            return [own]
        return [ChatMessage(role=MessageRole.SYSTEM, content=request.instructions), own]

    def _read(self, responses: Iterable[ChatResponse], request: Request) -> Iterator[Chunk]:
        marks = ""
        for response in responses:
            raw: Any = response.raw
            told = response.message.additional_kwargs
            text = response.delta or ""
            # llama-index keeps each citation once for the whole reply, so they are read from the events.
            citation = getattr(raw.get("delta"), "citation", None)
            if citation is not None:
                marks += _marks_of(citation, request)
            elif raw.get("type") == "content_block_stop":
                text, marks = text + marks, ""
            yield Chunk(
                text=text, ended=told.get("stop_reason") == "end_turn", usage=_count(told.get("usage"))
            )

    def _read_whole(self, response: ChatResponse, request: Request) -> Chunk:
        raw: Any = response.raw
        text = ""
        for block in raw["content"]:
            if block.type == "text":
                marks = (_marks_of(citation, request) for citation in block.citations or ())
                text += block.text + "".join(marks)
        return Chunk(text=text, ended=raw["stop_reason"] != "max_tokens", usage=_count(raw["usage"]))


class _Ollama(_Vendor):
    """Ollama's own chat."""

    provider = "ollama"

    def _build(
        self, model: str, url: str, key: str, silence_s: float
    ) -> tuple[LlamaModel, Callable[[], object]]:
        from llama_index.llms.ollama import Ollama
        from ollama import Client

        headers = {"Authorization": f"Bearer {key}"} if key else {}
        client = Client(host=url, timeout=silence_s, headers=headers)
        built = Ollama(
            model=model,
            base_url=url,
            client=client,
            context_window=_OLLAMA_CONTEXT,
            temperature=0.0,
            additional_kwargs={"num_predict": _MAX_TOKENS},
        )
        return built, client.close

    def _read(self, responses: Iterable[ChatResponse], request: Request) -> Iterator[Chunk]:
        for response in responses:
            yield self._chunk(response, response.delta or "")

    def _read_whole(self, response: ChatResponse, request: Request) -> Chunk:
        return self._chunk(response, response.message.content or "")

    def _chunk(self, response: ChatResponse, text: str) -> Chunk:
        raw: Any = response.raw
        ended = bool(raw.get("done")) and raw.get("done_reason") != "length"
        return Chunk(text=text, ended=ended, usage=_count(raw.get("usage")))


def _marks_of(citation: Any, request: Request) -> str:
    """Write a citation of blocks as marks with our numbers; nothing for one that names no block of ours."""
    sheet = getattr(citation, "search_result_index", None)
    start, end = (getattr(citation, name, None) for name in ("start_block_index", "end_block_index"))
    if not (isinstance(sheet, int) and isinstance(start, int) and isinstance(end, int)):
        return ""
    if not 0 <= sheet < len(request.sheets) or start < 0:
        return ""
    return "".join(f"[{number}]" for number, _ in request.sheets[sheet].lines[start:end])


def _count(usage: Any) -> Usage | None:
    """Read token counts, whatever a provider calls them; None where it tells none."""
    if usage is None:
        return None
    told: Mapping[str, Any] = usage if isinstance(usage, Mapping) else dict(usage)
    read, written = (
        next((told[name] for name in names if isinstance(told.get(name), int)), None)
        for names in (("prompt_tokens", "input_tokens"), ("completion_tokens", "output_tokens"))
    )
    if read is None and written is None:
        return None
    cost = told.get("cost")
    return Usage(
        prompt_tokens=read or 0,
        completion_tokens=written or 0,
        cost=float(cost) if isinstance(cost, (int, float)) and math.isfinite(cost) else None,
    )

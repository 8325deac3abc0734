"""A scripted model server on loopback: OpenAI's chat completions, Anthropic's messages, Ollama's chat.

Real HTTP for real clients, with faults on demand. What it says is a script: a list of steps, or of functions
from what was asked to a step; the last one is repeated.

    with ModelServer([Say("They fled [1]."), Status(429, retry_after="1")]) as server:
        client = build_llm("openai", model="scripted", url=server.url("openai"), key="", timeout_s=5)
"""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any

_LINE = re.compile(r"^\[(\d+)\] (.*)$", re.MULTILINE)


@dataclass(frozen=True)
class Asked:
    """A request as it came in.

    ``sentences`` are the articles' sentences by number, however the protocol carries them.
    """

    protocol: str
    headers: dict[str, str]
    body: dict[str, Any]
    system: str
    user: str
    sentences: dict[int, str]
    places: dict[int, tuple[int, int]] = field(default_factory=dict)

    @property
    def streams(self) -> bool:
        # Ollama streams unless told not to.
        return bool(self.body.get("stream", self.protocol == "ollama"))

    @property
    def question(self) -> str:
        return self.user.rpartition("Question: ")[2].strip()


@dataclass(frozen=True)
class Say:
    """A proper reply. ``ends`` is what the server says of its end; ``cut_after`` drops the line there."""

    text: str
    ends: str = "stop"
    cut_after: int | None = None
    cost: float | None = None
    step: int = 7


@dataclass(frozen=True)
class Status:
    """A refusal."""

    code: int
    message: str = "scripted"
    retry_after: str | None = None


@dataclass(frozen=True)
class Raw:
    """Bytes as they are, with status 200."""

    data: bytes
    content_type: str = "application/json"


@dataclass(frozen=True)
class Hang:
    """Nothing, until the server is closed; with ``drip`` seconds, a keep-alive now and then."""

    drip: float | None = None


Step = Say | Status | Raw | Hang
Script = Sequence[Step | Callable[[Asked], Step]]


class ModelServer:
    """Serves a script; ``asked`` remembers the requests."""

    def __init__(self, script: Script) -> None:
        self.script = list(script)
        self.asked: list[Asked] = []
        self.closing = threading.Event()
        self._lock = threading.Lock()
        handler = type("Handler", (_Handler,), {"model_server": self})
        self._http = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        self._http.daemon_threads = True
        # A client that has read enough hangs up; that is its right, and no news.
        self._http.handle_error = lambda request, address: None  # type: ignore[method-assign]
        self._thread = threading.Thread(target=self._http.serve_forever, args=(0.02,), daemon=True)

    def url(self, provider: str) -> str:
        base = f"http://127.0.0.1:{self._http.server_port}"
        return f"{base}/v1" if provider == "openai" else base

    def __enter__(self) -> ModelServer:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, exc: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        if not self.closing.is_set():
            self.closing.set()
            self._http.shutdown()
            self._http.server_close()
            self._thread.join()

    def take(self, asked: Asked) -> Step:
        with self._lock:
            step = self.script[min(len(self.asked), len(self.script) - 1)]
            self.asked.append(asked)
        return step(asked) if callable(step) else step


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    model_server: ModelServer

    def log_message(self, format: str, *args: Any) -> None:
        """Be silent."""

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        readers = {
            "/v1/chat/completions": _read_openai,
            "/v1/messages": _read_anthropic,
            "/api/chat": _read_ollama,
        }
        reader = readers.get(self.path)
        if reader is None:
            self._refuse(Status(404, "no such address"))
            return
        asked = reader(body, {name.lower(): value for name, value in self.headers.items()})
        step = self.model_server.take(asked)
        try:
            self._do(asked, step)
        except (BrokenPipeError, ConnectionResetError):
            self.close_connection = True

    def _do(self, asked: Asked, step: Step) -> None:
        match step:
            case Status():
                self._refuse(step)
            case Raw(data, content_type):
                self._head(200, content_type, len(data))
                self.wfile.write(data)
            case Hang(drip):
                self._hang(drip)
            case Say() if asked.streams:
                self._stream(asked, step)
            case Say():
                data = json.dumps(_WHOLE[asked.protocol](asked, step)).encode()
                self._head(200, "application/json", len(data))
                self.wfile.write(data[: len(data) // 2] if step.cut_after is not None else data)
                self.close_connection = step.cut_after is not None

    def _head(self, code: int, content_type: str, length: int | None = None, **more: str) -> None:
        self.send_response(code)
        self.send_header("Content-Type", content_type)
        for name, value in more.items():
            self.send_header(name.replace("_", "-"), value)
        if length is None:
            self.send_header("Transfer-Encoding", "chunked")
        else:
            self.send_header("Content-Length", str(length))
        self.end_headers()

    def _refuse(self, step: Status) -> None:
        data = json.dumps({"error": {"message": step.message, "type": "scripted"}}).encode()
        more = {"Retry_After": step.retry_after} if step.retry_after is not None else {}
        self._head(step.code, "application/json", len(data), **more)
        self.wfile.write(data)

    def _hang(self, drip: float | None) -> None:
        if drip is None:
            self.model_server.closing.wait()
        else:
            self._head(200, "text/event-stream")
            while not self.model_server.closing.wait(drip):
                self._chunk(b": still here\n\n")
        self.close_connection = True

    def _stream(self, asked: Asked, step: Say) -> None:
        kind = "application/x-ndjson" if asked.protocol == "ollama" else "text/event-stream"
        self._head(200, kind)
        sent = 0
        for size, event in _STREAMS[asked.protocol](asked, step):
            if step.cut_after is not None and sent >= step.cut_after:
                self.close_connection = True
                return
            self._chunk(event)
            sent += size
        self._chunk(b"")

    def _chunk(self, data: bytes) -> None:
        self.wfile.write(f"{len(data):x}\r\n".encode() + data + b"\r\n")
        self.wfile.flush()


def _flatten(content: Any) -> str:
    return content if isinstance(content, str) else "\n".join(part.get("text", "") for part in content)


def _read_openai(body: dict[str, Any], headers: dict[str, str], protocol: str = "openai") -> Asked:
    by_role = {message["role"]: _flatten(message["content"]) for message in body["messages"]}
    sentences = {int(number): text for number, text in _LINE.findall(by_role.get("user", ""))}
    return Asked(protocol, headers, body, by_role.get("system", ""), by_role.get("user", ""), sentences)


def _read_ollama(body: dict[str, Any], headers: dict[str, str]) -> Asked:
    return _read_openai(body, headers, "ollama")


def _read_anthropic(body: dict[str, Any], headers: dict[str, str]) -> Asked:
    sentences: dict[int, str] = {}
    places: dict[int, tuple[int, int]] = {}
    texts = []
    sheet = 0
    for block in body["messages"][-1]["content"]:
        if block["type"] == "search_result":
            assert block["citations"] == {"enabled": True}
            for index, line in enumerate(block["content"]):
                sentences[len(sentences) + 1] = line["text"]
                places[len(sentences)] = (sheet, index)
            sheet += 1
        else:
            texts.append(block["text"])
    user = "\n".join(texts)
    return Asked("anthropic", headers, body, _flatten(body.get("system", "")), user, sentences, places)


_USAGE = {"prompt_tokens": 1200, "completion_tokens": 34, "total_tokens": 1234}


def _pieces(step: Say) -> Iterator[str]:
    for start in range(0, len(step.text), step.step):
        yield step.text[start : start + step.step]


def _usage(step: Say) -> dict[str, Any]:
    return _USAGE | ({"cost": step.cost} if step.cost is not None else {})


def _sse(event: object, name: str = "") -> bytes:
    head = f"event: {name}\n" if name else ""
    return f"{head}data: {json.dumps(event)}\n\n".encode()


def _openai_stream(asked: Asked, step: Say) -> Iterator[tuple[int, bytes]]:
    def event(delta: dict[str, Any], ends: str | None = None) -> dict[str, Any]:
        choice = {"index": 0, "delta": delta, "finish_reason": ends}
        return {
            "id": "c1",
            "object": "chat.completion.chunk",
            "created": 1,
            "model": "scripted",
            "choices": [choice],
        }

    yield 0, _sse(event({"role": "assistant", "content": ""}))
    for piece in _pieces(step):
        yield len(piece), _sse(event({"content": piece}))
    yield 0, _sse(event({}, step.ends))
    if asked.body.get("stream_options", {}).get("include_usage"):
        yield 0, _sse({**event({}), "choices": [], "usage": _usage(step)})
    yield 0, b"data: [DONE]\n\n"


def _openai_whole(asked: Asked, step: Say) -> dict[str, Any]:
    message = {"role": "assistant", "content": step.text}
    return {
        "id": "c1",
        "object": "chat.completion",
        "created": 1,
        "model": "scripted",
        "choices": [{"index": 0, "message": message, "finish_reason": step.ends}],
        "usage": _usage(step),
    }


def _anthropic_blocks(asked: Asked, step: Say) -> list[dict[str, Any]]:
    """Turn marks into citations of the text before them, as the real one sends them: apart from the text."""
    blocks: list[dict[str, Any]] = []
    position = 0
    for found in re.finditer(r"\s*((?:\[\d+\])+)", step.text):
        citations = []
        for number in map(int, re.findall(r"\d+", found[1])):
            sheet, index = asked.places.get(number, (number, number))
            citations.append(
                {
                    "type": "search_result_location",
                    "cited_text": asked.sentences.get(number, ""),
                    "search_result_index": sheet,
                    "source": f"article {sheet + 1}",
                    "title": "t",
                    "start_block_index": index,
                    "end_block_index": index + 1,
                }
            )
        blocks.append({"type": "text", "text": step.text[position : found.start()], "citations": citations})
        position = found.end()
    blocks.append({"type": "text", "text": step.text[position:], "citations": None})
    return [block for block in blocks if block["text"]]


def _anthropic_head(step: Say) -> dict[str, Any]:
    return {
        "id": "m1",
        "type": "message",
        "role": "assistant",
        "model": "scripted",
        "content": [],
        "stop_reason": None,
        "stop_sequence": None,
        "usage": {"input_tokens": 1200, "output_tokens": 1},
    }


_STOP_REASONS = {"stop": "end_turn", "length": "max_tokens"}


def _anthropic_stream(asked: Asked, step: Say) -> Iterator[tuple[int, bytes]]:
    def event(kind: str, **more: Any) -> bytes:
        return _sse({"type": kind, **more}, kind)

    yield 0, event("message_start", message=_anthropic_head(step))
    for index, block in enumerate(_anthropic_blocks(asked, step)):
        start = {"type": "text", "text": "", "citations": [] if block["citations"] else None}
        yield 0, event("content_block_start", index=index, content_block=start)
        for at in range(0, len(block["text"]), step.step):
            piece = block["text"][at : at + step.step]
            yield (
                len(piece),
                event("content_block_delta", index=index, delta={"type": "text_delta", "text": piece}),
            )
        for citation in block["citations"] or ():
            delta = {"type": "citations_delta", "citation": citation}
            yield 0, event("content_block_delta", index=index, delta=delta)
        yield 0, event("content_block_stop", index=index)
    reason = {"stop_reason": _STOP_REASONS.get(step.ends, step.ends), "stop_sequence": None}
    yield 0, event("message_delta", delta=reason, usage={"output_tokens": 34})
    yield 0, event("message_stop")


def _anthropic_whole(asked: Asked, step: Say) -> dict[str, Any]:
    return {
        **_anthropic_head(step),
        "content": _anthropic_blocks(asked, step),
        "stop_reason": _STOP_REASONS.get(step.ends, step.ends),
        "usage": {"input_tokens": 1200, "output_tokens": 34},
    }


def _ollama_event(step: Say, piece: str, *, done: bool) -> dict[str, Any]:
    event: dict[str, Any] = {
        "model": "scripted",
        "created_at": "2014-06-11T00:00:00Z",
        "message": {"role": "assistant", "content": piece},
        "done": done,
    }
    if done:
        event |= {"done_reason": step.ends, "prompt_eval_count": 1200, "eval_count": 34}
    return event


def _ollama_stream(asked: Asked, step: Say) -> Iterator[tuple[int, bytes]]:
    for piece in _pieces(step):
        yield len(piece), json.dumps(_ollama_event(step, piece, done=False)).encode() + b"\n"
    yield 0, json.dumps(_ollama_event(step, "", done=True)).encode() + b"\n"


def _ollama_whole(asked: Asked, step: Say) -> dict[str, Any]:
    return _ollama_event(step, step.text, done=True)


_STREAMS = {"openai": _openai_stream, "anthropic": _anthropic_stream, "ollama": _ollama_stream}
_WHOLE = {"openai": _openai_whole, "anthropic": _anthropic_whole, "ollama": _ollama_whole}

"""A real Chroma server on loopback, and a proxy before it that has faults."""

from __future__ import annotations

import contextlib
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

# `chroma run` itself imports the whole of chromadb before it does this; a server that is killed and
# started again and again should not.
_RUN = "import sys, chromadb_rust_bindings; chromadb_rust_bindings.cli(['chroma', 'run', *sys.argv[1:]])"
_PATIENCE_S = 60.0


class ChromaServer:
    """`chroma run` in a process of its own; it keeps its port when it is started again."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = int(free.getsockname()[1])
        self.process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        """Start it, and wait until it answers."""
        self.process = subprocess.Popen(
            [sys.executable, "-c", _RUN, "--path", str(self.folder), "--port", str(self.port)],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        ends_at = time.monotonic() + _PATIENCE_S
        while not self._answers():
            assert self.process.poll() is None, "chroma run has ended"
            assert time.monotonic() < ends_at, "chroma run does not answer"
            time.sleep(0.05)

    def _answers(self) -> bool:
        connection = HTTPConnection("127.0.0.1", self.port, timeout=5)
        try:
            connection.request("GET", "/api/v2/heartbeat")
            return connection.getresponse().status == 200
        except OSError:
            return False
        finally:
            connection.close()

    def kill(self) -> None:
        """As `kill -9`."""
        if self.process is not None:
            self.process.kill()
            self.process.wait(20)
            self.process = None


@contextmanager
def chroma_server(folder: Path) -> Iterator[ChromaServer]:
    server = ChromaServer(folder)
    server.start()
    try:
        yield server
    finally:
        server.kill()


@dataclass
class Proxy:
    """Passes requests on, unless it is told otherwise.

    Attributes:
        fault: "" passes on; a number is answered as that status; "hang" answers nothing, "drip" a byte now
            and then, "cut" half of the answer, "page" what is not Chroma's.
        times: how many requests the fault is for; -1 for all.
        token: that requests have to bring; "" for none.
        most_bytes: of a request; larger ones are refused as nginx does.
        headers: of an answer with a fault.
        seen: method and path of each request; ``tokens`` what each brought.
    """

    upstream: int
    fault: str = ""
    times: int = -1
    token: str = ""
    most_bytes: int = 1 << 30
    headers: dict[str, str] = field(default_factory=dict)
    seen: list[str] = field(default_factory=list)
    tokens: list[dict[str, str]] = field(default_factory=list)
    port: int = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def heal(self) -> None:
        self.fault, self.times, self.token = "", -1, ""
        self.headers.clear()


@contextmanager
def proxy_before(port: int) -> Iterator[Proxy]:
    proxy = Proxy(upstream=port)
    over = threading.Event()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, *_: object) -> None:
            pass

        def serve(self) -> None:
            body = self.rfile.read(int(self.headers.get("content-length") or 0))
            proxy.seen.append(f"{self.command} {self.path}")
            proxy.tokens.append(
                {name: self.headers.get(name, "") for name in ("authorization", "x-chroma-token")}
            )
            fault = proxy.fault if proxy.times else ""
            if fault and proxy.times > 0:
                proxy.times -= 1
            if not fault and proxy.token and self.headers.get("x-chroma-token") != proxy.token:
                fault = "401"
            if len(body) > proxy.most_bytes:
                fault = "413"
            if fault.isdecimal():
                said = proxy.headers.pop("said", "<html>no</html>").encode()
                self.send_response(int(fault))
                for name, value in proxy.headers.items():
                    self.send_header(name, value)
                self.send_header("content-length", str(len(said)))
                self.end_headers()
                self.wfile.write(said)
            elif fault == "page":
                self.send_response(404)
                self.send_header("content-length", "9")
                self.end_headers()
                self.wfile.write(b"not found")
            elif fault == "hang":
                over.wait(30)
                self.close_connection = True
            elif fault == "drip":
                self.send_response(200)
                self.send_header("content-length", "100000")
                self.end_headers()
                while not over.wait(0.1):
                    try:
                        self.wfile.write(b" ")
                        self.wfile.flush()
                    except OSError:
                        break
                self.close_connection = True
            else:
                self.forward(body, cut=fault == "cut")

        def forward(self, body: bytes, *, cut: bool) -> None:
            connection = HTTPConnection("127.0.0.1", proxy.upstream, timeout=60)
            try:
                kept = {"content-type": self.headers.get("content-type") or "application/json"}
                connection.request(self.command, self.path, body, kept)
                answer = connection.getresponse()
                data = answer.read()
            except OSError:
                self.send_response(502)
                self.send_header("content-length", "0")
                self.end_headers()
                return
            finally:
                connection.close()
            self.send_response(answer.status)
            self.send_header("content-type", answer.headers.get("content-type") or "application/json")
            self.send_header("content-length", str(len(data)))
            self.end_headers()
            self.wfile.write(data[: len(data) // 2] if cut else data)
            if cut:
                self.close_connection = True

        do_GET = do_POST = do_PUT = do_DELETE = serve  # noqa: N815 - names of http.server

    class Server(ThreadingHTTPServer):
        daemon_threads = True

        def handle_error(self, *_: object) -> None:
            """A client that has given up is part of the tests."""

    server = Server(("127.0.0.1", 0), Handler)
    proxy.port = int(server.server_address[1])
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield proxy
    finally:
        over.set()
        server.shutdown()
        thread.join(10)
        with contextlib.suppress(OSError):
            server.server_close()

"""A headless Chromium over its DevTools protocol, for tests of pages.

async with open_browser() as page:
    await page.open(file)
    assert await page.run("document.title") == "…"
"""

from __future__ import annotations

import asyncio
import base64
import itertools
import shutil
import subprocess
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any

import aiohttp

PROGRAMS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
_START_S = 30.0
_CALL_S = 30.0


def find_browser() -> str | None:
    """Return the browser to use; None where none is installed."""
    return next((path for name in PROGRAMS if (path := shutil.which(name))), None)


class Page:
    """One tab. ``requests`` are the addresses asked for, ``complaints`` what the console said in anger."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        self._socket = socket
        self._numbers = itertools.count(1)
        self._replies: dict[int, asyncio.Future[Any]] = {}
        self._loaded = asyncio.Event()
        self.requests: list[str] = []
        self.complaints: list[str] = []

    async def listen(self) -> None:
        async for message in self._socket:
            said = message.json()
            if "id" in said:
                self._replies.pop(said["id"]).set_result(said)
                continue
            method, given = said["method"], said["params"]
            if method == "Network.requestWillBeSent":
                self.requests.append(given["request"]["url"])
            elif method == "Runtime.exceptionThrown":
                self.complaints.append(str(given["exceptionDetails"]))
            elif method == "Runtime.consoleAPICalled" and given["type"] in ("error", "warning", "assert"):
                self.complaints.append(str(given["args"]))
            elif method == "Log.entryAdded" and given["entry"]["level"] in ("error", "warning"):
                self.complaints.append(str(given["entry"]))
            elif method == "Page.loadEventFired":
                self._loaded.set()

    async def call(self, method: str, **given: Any) -> dict[str, Any]:
        number = next(self._numbers)
        self._replies[number] = asyncio.get_running_loop().create_future()
        await self._socket.send_json({"id": number, "method": method, "params": given})
        said = await asyncio.wait_for(self._replies[number], _CALL_S)
        assert "error" not in said, said
        result: dict[str, Any] = said["result"]
        return result

    async def open(self, file: Path) -> None:
        self._loaded.clear()
        await self.call("Page.navigate", url=file.resolve().as_uri())
        await asyncio.wait_for(self._loaded.wait(), _CALL_S)

    async def run(self, script: str) -> Any:
        found = await self.call("Runtime.evaluate", expression=script, returnByValue=True, awaitPromise=True)
        assert "exceptionDetails" not in found, found
        return found["result"].get("value")

    async def resize(self, width: int, height: int = 900) -> None:
        await self.call(
            "Emulation.setDeviceMetricsOverride",
            width=width,
            height=height,
            deviceScaleFactor=1,
            mobile=width < 600,
        )

    async def dark(self, on: bool) -> None:
        scheme = {"name": "prefers-color-scheme", "value": "dark" if on else "light"}
        await self.call("Emulation.setEmulatedMedia", features=[scheme])

    async def shoot(self, file: Path, *, whole: bool = False) -> None:
        found = await self.call("Page.captureScreenshot", captureBeyondViewport=whole)
        file.write_bytes(base64.b64decode(found["data"]))

    async def print(self) -> bytes:
        found = await self.call("Page.printToPDF", printBackground=True)
        return base64.b64decode(found["data"])


@asynccontextmanager
async def open_browser() -> AsyncIterator[Page]:
    """Start a browser and open an empty tab."""
    program = find_browser()
    assert program is not None
    # The browser writes its port into its profile a moment after it has started.
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile:
        process = subprocess.Popen(
            [
                program, "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run",
                "--disable-background-networking", "--disable-extensions", "--remote-debugging-port=0",
                f"--user-data-dir={profile}", "about:blank",
            ],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        try:
            port = await _read_port(Path(profile) / "DevToolsActivePort", process)
            async with aiohttp.ClientSession() as session:
                async with session.get(f"http://127.0.0.1:{port}/json/list") as reply:
                    tabs = [tab for tab in await reply.json(content_type=None) if tab["type"] == "page"]
                async with session.ws_connect(tabs[0]["webSocketDebuggerUrl"], max_msg_size=0) as socket:
                    page = Page(socket)
                    listening = asyncio.create_task(page.listen())
                    for domain in ("Page", "Runtime", "Network", "Log"):
                        await page.call(f"{domain}.enable")
                    yield page
                    listening.cancel()
                    with suppress(asyncio.CancelledError):
                        await listening
        finally:
            process.terminate()
            process.wait(timeout=20)


async def _read_port(file: Path, process: subprocess.Popen[bytes]) -> int:
    for _ in range(int(_START_S / 0.05)):
        assert process.poll() is None, f"the browser ended with {process.returncode}"
        with suppress(OSError, ValueError, IndexError):
            return int(file.read_text().splitlines()[0])
        await asyncio.sleep(0.05)
    raise TimeoutError(f"the browser gave no port within {_START_S} s")

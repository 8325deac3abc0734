"""Requests to a server over HTTP that never hang: one deadline for all tries, pauses between them, a breaker."""

from __future__ import annotations

import json
import queue
import random
import threading
import time
from collections.abc import Callable, Iterator, MutableMapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import httpx

# A server that is there takes a connection in milliseconds, on the other side of the world in half a second.
_CONNECT_S = 3.0
_FIRST_PAUSE_S = 0.1
_LONGEST_PAUSE_S = 4.0
# It is not the request that is at fault: 429 asks for patience, the others come from a server that starts,
# stops or breaks down, or from what stands before it. What is asked of Chroma may be repeated.
_PASSING = frozenset({408, 425, 429, 500, 502, 503, 504})
_KEPT_OUT = frozenset({401, 403, 407})
# How long questions are spared a server that is down; twice as long each time, up to the longest.
_OPEN_S = 2.0
_LONGEST_OPEN_S = 15.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Patience:
    """How long a server is waited for.

    Attributes:
        total_s: for all requests and pauses together.
        tries: of each request, from 1.
    """

    total_s: float
    tries: int


class LateError(Exception):
    """A server has not answered within the patience there was."""


class StatusError(Exception):
    """A server has answered, but not as Chroma does.

    Attributes:
        status: of HTTP.
        said: the body as text, or where a redirect leads; another's words.
    """

    def __init__(self, status: int, said: str) -> None:
        super().__init__(f"HTTP {status}")
        self.status = status
        self.said = said


class PatientSession:
    """Stands where Chroma's client has an ``httpx.Client``; repeats what may pass, gives up at a deadline.

    httpx has limits for connecting and for each wait between two bytes, but none for looking up a name and
    none for the whole. So a thread asks, and is given up when it takes too long: a tenth of a millisecond.
    """

    def __init__(self, client: httpx.Client) -> None:
        self._client = client
        self._own = threading.local()

    @property
    def headers(self) -> MutableMapping[str, str]:
        """What is sent with each request."""
        return self._client.headers

    def close(self) -> None:
        """Let go of the connections."""
        self._client.close()

    @contextmanager
    def within(self, patience: Patience) -> Iterator[None]:
        """Hold what this thread asks inside to a patience."""
        self._own.patience, self._own.ends_at = patience, time.monotonic() + patience.total_s
        try:
            yield
        finally:
            del self._own.patience, self._own.ends_at

    def request(self, method: str, url: str, **options: Any) -> httpx.Response:
        """Ask, and again where that may help; only inside of ``within``.

        Raises:
            LateError: the deadline has passed.
            StatusError: nothing that Chroma itself would answer, or it breaks down.
            httpx.TransportError: it cannot be reached.
        """
        ends_at: float = self._own.ends_at
        pause_s = _FIRST_PAUSE_S
        for left in reversed(range(self._own.patience.tries)):
            wait_s = 0.0
            failure: Exception | None
            try:
                response = self._ask(method, url, options, ends_at)
            except httpx.TransportError as exc:
                failure = exc
            else:
                failure = _find_fault(response)
                wait_s = _retry_after(response)
            if failure is None:
                return response
            passing = not isinstance(failure, StatusError) or failure.status in _PASSING
            # Those who were turned away together shall not come back together.
            wait_s = max(wait_s, pause_s * random.uniform(0.5, 1.5))  # noqa: S311 - no secret
            if not passing or not left or time.monotonic() + wait_s >= ends_at:
                raise failure
            time.sleep(wait_s)
            pause_s = min(2 * pause_s, _LONGEST_PAUSE_S)
        raise AssertionError("a patience has at least one try")

    def _ask(self, method: str, url: str, options: dict[str, Any], ends_at: float) -> httpx.Response:
        """Ask once, in a thread."""
        found: queue.SimpleQueue[httpx.Response | Exception] = queue.SimpleQueue()

        def ask() -> None:
            try:
                found.put(self._fetch(method, url, options, ends_at))
            except Exception as exc:
                found.put(exc)

        threading.Thread(target=ask, daemon=True).start()
        try:
            got = found.get(timeout=max(ends_at - time.monotonic(), 0.001))
        except queue.Empty:
            raise LateError from None
        if isinstance(got, Exception):
            if time.monotonic() >= ends_at:
                raise LateError from got
            raise got
        return got

    def _fetch(self, method: str, url: str, options: dict[str, Any], ends_at: float) -> httpx.Response:
        left_s = max(ends_at - time.monotonic(), 0.001)
        limits = httpx.Timeout(left_s, connect=min(_CONNECT_S, left_s))
        with self._client.stream(method, url, timeout=limits, **options) as response:
            parts = []
            for part in response.iter_bytes():
                parts.append(part)
                # Byte by byte an answer could be on its way for ever.
                if time.monotonic() >= ends_at:
                    raise LateError
            headers = {
                name: value for name, value in response.headers.items() if name in ("location", "retry-after")
            }
            return httpx.Response(
                response.status_code, headers=headers, content=b"".join(parts), request=response.request
            )


class Breaker:
    """Spares questions the wait for a server that is known to be down, and lets one in a while look again."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._failure: Exception | None = None
        self._open_until = 0.0
        self._open_s = _OPEN_S
        self._looking = False

    def find_refusal(self) -> Exception | None:
        """Return the last failure while nobody shall ask; else None, and then others wait for this one's word."""
        with self._lock:
            if self._failure is None:
                return None
            if self._clock() < self._open_until:
                return self._failure
            self._open_until, self._looking = self._clock() + self._open_s, True
            return None

    @property
    def is_closed(self) -> bool:
        """Whether the last one who asked was answered."""
        return self._failure is None

    def trip(self, failure: Exception) -> None:
        """Note that a question was not answered."""
        with self._lock:
            if self._failure is None:
                self._open_s = _OPEN_S
            elif self._looking:
                # Not for those who had asked before it was known to be down.
                self._open_s = min(2 * self._open_s, _LONGEST_OPEN_S)
            self._failure, self._looking = failure, False
            self._open_until = self._clock() + self._open_s

    def reset(self) -> None:
        """Note that one was answered."""
        with self._lock:
            self._failure, self._looking = None, False


def _find_fault(response: httpx.Response) -> StatusError | None:
    """Return what is wrong with an answer; None for one that Chroma's own client understands."""
    status = response.status_code
    if status < 300:
        return None
    if status < 400:
        return StatusError(status, response.headers.get("location", ""))
    if status in _PASSING | _KEPT_OUT or not _is_chroma(response):
        return StatusError(status, response.text)
    return None


def _is_chroma(response: httpx.Response) -> bool:
    try:
        body = json.loads(response.text)
    except ValueError:
        return False
    return isinstance(body, dict) and "error" in body and "message" in body


def _retry_after(response: httpx.Response) -> float:
    # A date instead of seconds is allowed too; our own pause does as well.
    said = response.headers.get("retry-after", "")
    return float(said) if said.isdecimal() else 0.0

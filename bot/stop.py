"""A way to stop an answer that is being made: nobody waits for it any more, or it takes too long.

A thread cannot be interrupted, so an answer looks at its checkpoints whether it should go on: between finding,
reading, answering and checking, and while it waits for an LLM.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from index.errors import DatelineError


class StoppedError(Exception):
    """Nobody waits for the answer any more; told to nobody."""


class TooLongError(DatelineError):
    """An answer took longer than is allowed."""


class Stop:
    """What stops one answer.

    Args:
        limit_s: how long the answer may take, from when it begins; None for as long as it needs.
    """

    def __init__(self, limit_s: float | None = None) -> None:
        self._limit_s = limit_s
        self._ends_at: float | None = None
        self._set = threading.Event()

    def set(self) -> None:
        """Have the answer end at its next checkpoint."""
        self._set.set()

    @contextmanager
    def applies(self) -> Iterator[None]:
        """Begin: what is done inside, in this thread, is stopped by this. It has no effect elsewhere."""
        if self._limit_s is not None:
            self._ends_at = time.monotonic() + self._limit_s
        token = _current.set(self)
        try:
            self.check()
            yield
        finally:
            _current.reset(token)

    def check(self) -> None:
        """Go on only if the answer is still wanted.

        Raises:
            StoppedError: it was set.
            TooLongError: the time is up.
        """
        if self._set.is_set():
            raise StoppedError
        if self._ends_at is not None and time.monotonic() >= self._ends_at:
            raise TooLongError(
                f"the question took longer than {self._limit_s:g} seconds: ask again, or something narrower"
            )


# Not an argument: between whoever asks and whoever works stand llama-index's engine and its synthesizers.
_current: ContextVar[Stop | None] = ContextVar("stop", default=None)


def checkpoint() -> None:
    """Go on only if the answer that this thread makes is still wanted. Raises as ``Stop.check`` does."""
    stop = _current.get()
    if stop is not None:
        stop.check()

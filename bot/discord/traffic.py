"""What is on its way to each channel. Discord takes about five messages in five seconds for a channel."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass


@dataclass(slots=True)
class _Typing:
    """A request that "is typing" be shown, and when it was made."""

    began: float
    task: asyncio.Task[None]


class Traffic:
    """Lets answers go first, and has one sign of life do for all who wait in a channel."""

    def __init__(self) -> None:
        self._under_way: Counter[int] = Counter()
        self._typing: dict[int, _Typing] = {}

    def is_busy(self, channel: int) -> bool:
        """Whether something is being sent there and has not arrived."""
        return self._under_way[channel] > 0

    @contextmanager
    def send(self, channel: int) -> Iterator[None]:
        """Count something as on its way."""
        self._under_way[channel] += 1
        try:
            yield
        finally:
            self._under_way[channel] -= 1
            if not self._under_way[channel]:
                del self._under_way[channel]

    async def show_typing(self, channel: int, *, since: float, show: Callable[[], Awaitable[None]]) -> None:
        """Have "is typing" shown, unless somebody has had it shown since then.

        One request at a time: in a channel that takes no more, a hundred would wait behind each other and come
        long after the answers.

        Args:
            since: a moment of ``time.monotonic()``.
            show: makes the request.
        """
        while (last := self._typing.get(channel)) is None or last.began < since or not last.task.done():
            if last is None or last.task.done():

                async def ask() -> None:
                    await show()

                last = self._typing[channel] = _Typing(
                    began=time.monotonic(), task=asyncio.create_task(ask())
                )
            # Whoever waits may be called off; the request is of others, too.
            await asyncio.shield(last.task)

    async def wait_for_typing(self, channel: int, timeout_s: float) -> None:
        """Wait until a request on its way has arrived: it would show "is typing" below an answer."""
        last = self._typing.get(channel)
        if last is not None and not last.task.done():
            await asyncio.wait([last.task], timeout=timeout_s)

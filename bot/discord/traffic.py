"""What is on its way to each channel. Discord takes about five messages in five seconds for a channel."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager


class Traffic:
    """Lets answers go first, and has one sign of life do for all who wait in a channel."""

    def __init__(self) -> None:
        self._under_way: Counter[int] = Counter()
        self._typed: dict[int, float] = {}

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

    def note_typing(self, channel: int) -> None:
        """Remember that "is typing" is shown there."""
        self._typed[channel] = time.monotonic()

    def typing_age_s(self, channel: int) -> float:
        """Tell for how many seconds "is typing" has been shown there since it was asked for last."""
        return time.monotonic() - self._typed.get(channel, float("-inf"))

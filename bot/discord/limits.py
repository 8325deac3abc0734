"""How much is answered: for a person, for a server, at once. One limiter for every door."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass

# Limits are given for a minute: long enough to be told in words, short enough to wait for.
WINDOW_S = 60.0
# Who has to wait for more questions than this is better told so: at one second each it is two minutes.
MOST_WAITING = 120


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """Why a question is not taken now.

    Attributes:
        whose: ``person``, ``server`` or ``queue``.
        free_at: when to ask again, seconds since 1970; None where it cannot be told.
    """

    whose: str
    free_at: float | None = None


class Limiter:
    """Counts the questions of the last minute, for each person and each server.

    Args:
        per_person: questions a minute of one person, over all doors.
        per_server: questions a minute of one server; a direct message counts for its person alone.
    """

    def __init__(self, *, per_person: int, per_server: int) -> None:
        self._most = {"person": per_person, "server": per_server}
        self._asked: dict[tuple[str, int], deque[float]] = {}

    def admit(self, *, person: int, server: int | None, now: float) -> Refusal | None:
        """Count a question, or refuse it; one that is refused counts for nobody."""
        self._forget(now)
        keys = [("person", person)] + ([("server", server)] if server is not None else [])
        for key in keys:
            times = self._asked.get(key, deque())
            if len(times) >= self._most[key[0]]:
                return Refusal(whose=key[0], free_at=times[0] + WINDOW_S)
        for key in keys:
            self._asked.setdefault(key, deque()).append(now)
        return None

    def _forget(self, now: float) -> None:
        for key, times in list(self._asked.items()):
            while times and times[0] <= now - WINDOW_S:
                times.popleft()
            if not times:
                del self._asked[key]


class Turnstile:
    """Lets so many through at once, the others in the order they came.

    Args:
        at_once: how many may be inside.
    """

    def __init__(self, at_once: int) -> None:
        self._free = at_once
        self._waiting: deque[asyncio.Future[None]] = deque()

    @property
    def is_full(self) -> bool:
        """Whether so many wait that another should not."""
        return len(self._waiting) >= MOST_WAITING

    @asynccontextmanager
    async def enter(self, tell: Callable[[Callable[[], int]], None]) -> AsyncIterator[None]:
        """Wait for a turn and keep it; ``tell`` gets a function that says the place in the queue, 0 for inside."""
        await self._wait(tell)
        try:
            yield
        finally:
            self._leave()

    async def _wait(self, tell: Callable[[Callable[[], int]], None]) -> None:
        if self._free > 0:
            self._free -= 1
            return
        turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append(turn)
        tell(lambda: self._place(turn))
        try:
            await turn
        except asyncio.CancelledError:
            if turn.done() and not turn.cancelled():
                self._leave()  # the turn had come in the same moment
            elif turn in self._waiting:
                self._waiting.remove(turn)
            raise

    def _place(self, turn: asyncio.Future[None]) -> int:
        return 0 if turn.done() else self._waiting.index(turn) + 1

    def _leave(self) -> None:
        while self._waiting:
            turn = self._waiting.popleft()
            if not turn.done():
                turn.set_result(None)
                return
        self._free += 1

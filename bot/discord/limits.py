"""How many questions a minute are taken of a person and of a server. One limiter for every door."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass

# Limits are given for a minute: long enough to be told in words, short enough to wait for.
WINDOW_S = 60.0


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

"""Where many ask at once: answers are made in several processes, since Python makes one at a time in each."""

from __future__ import annotations

import atexit
import os
import threading
import time
from collections import Counter
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from bot.hand import GoneError, Hand
from index.errors import DatelineError

if TYPE_CHECKING:
    from bot.desk import Desk
    from bot.model import Answer, Sentence

# Half a gigabyte each is not held for nobody; starting one takes seconds.
_IDLE_S = 900.0
# What cannot be started, or is killed for want of memory, is not tried again at once.
_PAUSE_S = 60.0


class Crew:
    """Answers in this process, and in others where it is busy. Safe for several threads.

    The others are started when they are first needed, and end when they have not been for a while. Each reads
    the same index, so what it answers is the same.

    Args:
        desk: answers in this process; opened, and closed by whoever opened it.
        open_desk: opens one like it in another process: a function that can be named there, such as
            ``partial(build, settings)``.
        processes: how many may answer, this one included; no more than there are processors are used.
        set_up: called in each of the others before anything else; likewise.
    """

    def __init__(
        self,
        desk: Desk,
        open_desk: Callable[[], Desk],
        *,
        processes: int,
        set_up: Callable[[], None] | None = None,
    ) -> None:
        self._desk = desk
        self._open_desk = open_desk
        self._others = min(processes, _count_processors()) - 1
        self._set_up = set_up
        self._lock = threading.Lock()
        # Questions being answered; None is this process.
        self._loads: Counter[Hand | None] = Counter()
        self._hands: list[Hand] = []
        self._paused_until = float("-inf")
        self._closed = False
        # Before multiprocessing's own end of everything, which would wait for the others.
        atexit.register(self.close)

    def ask(
        self, question: str, *, on_sentence: Callable[[Sentence], None] | None = None, **options: Any
    ) -> Answer:
        """Answer a question, where the fewest are being answered; see ``Desk.ask``.

        Raises:
            DatelineError: as ``Desk.ask``; or the process that answered has ended after some of the answer had
                been shown.
        """
        shown = False

        def show(sentence: Sentence) -> None:
            nonlocal shown
            shown = True
            if on_sentence is not None:
                on_sentence(sentence)

        hand = self._choose()
        try:
            if hand is not None:
                try:
                    return hand.ask(question, on_sentence=show, **options)
                except GoneError as exc:
                    if shown:
                        raise DatelineError(f"the process that made the answer {exc}: ask again") from exc
            return self._desk.ask(question, on_sentence=on_sentence, **options)
        finally:
            with self._lock:
                self._loads.subtract([hand])
                self._loads = +self._loads  # those of processes that have ended go

    @property
    def is_complete(self) -> bool:
        """Whether as many processes can be asked as ever will be."""
        with self._lock:
            return sum(hand.is_ready for hand in self._hands) >= self._others

    def close(self) -> None:
        """End the other processes; what they are answering is answered here."""
        atexit.unregister(self.close)
        with self._lock:
            self._closed = True
            hands = self._hands
        for hand in hands:
            hand.close()

    def _choose(self) -> Hand | None:
        """Choose who answers, and count it; None for this process."""
        with self._lock:
            if any(hand.has_failed for hand in self._hands):
                self._paused_until = time.monotonic() + _PAUSE_S
            self._hands = [hand for hand in self._hands if not hand.is_gone]
            ready = [hand for hand in self._hands if hand.is_ready]
            chosen = min([None, *ready], key=self._loads.__getitem__)
            if self._loads[chosen] and len(ready) == len(self._hands) < self._others:
                self._start_another()
            self._loads[chosen] += 1
            return chosen

    def _start_another(self) -> None:
        if not self._closed and time.monotonic() >= self._paused_until:
            self._hands.append(Hand(self._open_desk, set_up=self._set_up, idle_s=_IDLE_S))


def _count_processors() -> int:
    """Count the processors that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1

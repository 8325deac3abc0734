"""Where many people ask at once: so many are answered at a time, the others wait for their turn.

Turns go round by people. Each question gets a round when it comes: the one after that which is being answered,
or after the last of the same person. Whoever sends ten takes part in ten rounds, and whoever comes later with
one question waits for what is left of a single round.
"""

from __future__ import annotations

import threading
import time
from bisect import insort
from collections.abc import Callable, Hashable
from concurrent.futures import Future, ThreadPoolExecutor
from functools import partial
from typing import Any, Generic, TypeVar

from bot.stop import Stop
from index.errors import DatelineError

T = TypeVar("T")

# Who has to wait for more questions than this is better told so: at one second each it is two minutes.
MOST_WAITING = 120
# A person may hold this part of the queue, so that nobody fills it alone.
_SHARE_OF_ONE = 4


class CrowdedError(DatelineError):
    """So many questions wait that another is not taken."""


class Ticket(Generic[T]):
    """A question that waits for its turn, is being answered, or has been.

    Attributes:
        person: whose it is.
        answer: what the job gives or raises.
        stop: stops the job at its next checkpoint.
        waited_s: how long it waited for its turn; None while it does.
    """

    def __init__(
        self, desk: FrontDesk, person: Hashable, job: Callable[[], T], stop: Stop, rank: tuple[int, int]
    ) -> None:
        self.person = person
        self.answer: Future[T] = Future()
        self.stop = stop
        self.waited_s: float | None = None
        # The round, and a number that counts all questions.
        self.rank = rank
        self._desk = desk
        self._job = job
        self._came_at = time.monotonic()

    def place(self) -> int:
        """Tell which one it is in the queue, from 1; 0 where it no longer waits.

        It grows only where somebody comes who has had fewer turns.
        """
        return self._desk.place_of(self)

    def withdraw(self) -> None:
        """Let go of it: it leaves the queue, or stops at its next checkpoint and frees the desk."""
        self.stop.set()
        self.answer.cancel()

    def begin(self) -> bool:
        """Take the turn; False where it was withdrawn."""
        self.waited_s = time.monotonic() - self._came_at
        return self.answer.set_running_or_notify_cancel()

    def work(self) -> Callable[[], None]:
        """Do the job; returns what hands its outcome out."""
        try:
            with self.stop.applies():
                return partial(self.answer.set_result, self._job())
        except BaseException as exc:  # whoever waits for the answer decides what becomes of it
            return partial(self.answer.set_exception, exc)


class FrontDesk:
    """Answers in a bounded number of threads, from a bounded queue.

    Args:
        at_once: how many questions are answered at a time.
        limit_s: how long one may take, without the waiting; None for as long as it needs.
        most_waiting: how many may wait.
    """

    def __init__(
        self, at_once: int, *, limit_s: float | None = None, most_waiting: int = MOST_WAITING
    ) -> None:
        self._limit_s = limit_s
        self._most_waiting = most_waiting
        self._threads = ThreadPoolExecutor(at_once, thread_name_prefix="front-desk")
        self._lock = threading.Lock()
        self._waiting: list[Ticket[Any]] = []
        self._running: set[Ticket[Any]] = set()
        self._rounds: dict[Hashable, int] = {}
        self._round = 0
        self._count = 0

    @property
    def is_full(self) -> bool:
        """Whether so many wait that another is not taken."""
        with self._lock:
            return len(self._waiting) >= self._most_waiting

    @property
    def idle(self) -> bool:
        """Whether nothing is being answered."""
        with self._lock:
            return not self._running

    def submit(self, person: Hashable, job: Callable[[], T]) -> Ticket[T]:
        """Queue a question.

        Args:
            person: who asks; turns go round by them.
            job: makes the answer, in a thread of the desk; it calls ``bot.stop.checkpoint`` now and then.

        Raises:
            CrowdedError: too many questions wait, of all or of this person.
        """
        with self._lock:
            if len(self._waiting) >= self._most_waiting:
                raise CrowdedError(
                    f"{len(self._waiting)} questions are waiting already: ask again in a moment"
                )
            own = sum(ticket.person == person for ticket in self._waiting)
            if own >= max(self._most_waiting // _SHARE_OF_ONE, 1):
                raise CrowdedError(
                    f"{own} questions of yours are waiting already: wait for some of the answers"
                )
            ticket = Ticket(self, person, job, Stop(self._limit_s), self._next_rank(person))
            insort(self._waiting, ticket, key=lambda each: each.rank)
        ticket.answer.add_done_callback(lambda _: self._forget(ticket))
        # One for each ticket; which one it serves is told when a thread is free.
        self._threads.submit(self._serve)
        return ticket

    def place_of(self, ticket: Ticket[Any]) -> int:
        """See Ticket.place."""
        with self._lock:
            return self._waiting.index(ticket) + 1 if ticket in self._waiting else 0

    def close(self) -> None:
        """Take no more questions, drop those that wait, and stop those that run at their next checkpoint."""
        self._threads.shutdown(wait=False, cancel_futures=True)
        with self._lock:
            tickets = [*self._waiting, *self._running]
        for ticket in tickets:
            ticket.withdraw()

    def _next_rank(self, person: Hashable) -> tuple[int, int]:
        # Whose last round is over starts anew with the others.
        self._rounds = {who: last for who, last in self._rounds.items() if last > self._round}
        self._rounds[person] = max(self._rounds.get(person, 0), self._round) + 1
        self._count += 1
        return self._rounds[person], self._count

    def _serve(self) -> None:
        """Answer whoever's turn it is; nobody's where someone has withdrawn meanwhile."""
        with self._lock:
            if not self._waiting:
                return
            ticket = self._waiting.pop(0)
            if not ticket.begin():
                return
            self._round = ticket.rank[0]
            self._running.add(ticket)
        hand_out = ticket.work()
        # The desk is free before whoever waited knows: it may be asked again at once.
        with self._lock:
            self._running.discard(ticket)
        hand_out()

    def _forget(self, ticket: Ticket[Any]) -> None:
        with self._lock:
            if ticket in self._waiting:
                self._waiting.remove(ticket)

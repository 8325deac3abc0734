"""A process of its own that answers questions, and this process's side of it."""

from __future__ import annotations

import itertools
import logging
import multiprocessing
import os
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from enum import Enum, auto
from multiprocessing.connection import Connection
from queue import Empty, SimpleQueue
from typing import TYPE_CHECKING, Any

from bot.process import leave_signals, told
from bot.stop import Stop, StoppedError, checkpoint

if TYPE_CHECKING:
    from bot.desk import Desk
    from bot.model import Answer, Sentence

log = logging.getLogger(__name__)

# How often whoever waits for an answer looks whether it is still wanted.
_LOOK_S = 0.1
_ENDING_S = 5.0
_IDLE, _CLOSED = "was idle", "was closed"
# More are never asked of one process: the settings allow no more answers at a time.
_MOST_AT_ONCE = 64


class GoneError(Exception):
    """The process has ended before it had answered; the message says how."""


class _What(Enum):
    READY = auto()
    READ = auto()
    FOUND = auto()
    SENTENCE = auto()
    ANSWER = auto()
    ERROR = auto()
    GONE = auto()


@dataclass(frozen=True, slots=True)
class _Order:
    """A question for the process; without one, that it need not be answered any more."""

    number: int
    question: str | None = None
    options: dict[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class _News:
    """What the process has to say of a question; of number 0, that it is ready or cannot be."""

    number: int
    what: _What
    values: tuple[Any, ...] = ()


class Hand:
    """A process that answers. It loads its models at once, and can be asked when it is ready.

    Args:
        open_desk: called in the process: makes what is asked there; it must be known by name, as what is sent to
            a process must.
        set_up: called there before anything else.
        idle_s: unasked for so long, it ends.
    """

    def __init__(
        self, open_desk: Callable[[], Desk], *, set_up: Callable[[], None] | None, idle_s: float
    ) -> None:
        # Not forked: this process has threads, and locks that they hold.
        context = multiprocessing.get_context("spawn")
        self._connection, theirs = context.Pipe()
        self._process = context.Process(
            target=_work, args=(open_desk, theirs, set_up), name="dateline-hand", daemon=True
        )
        self._idle_s = idle_s
        self._numbers = itertools.count(1)
        self._inboxes: dict[int, SimpleQueue[_News]] = {}
        self._lock = threading.Lock()
        self._ready = False
        self._gone = ""
        self._process.start()
        theirs.close()
        self._listener = threading.Thread(target=self._listen, name="dateline-hand", daemon=True)
        self._listener.start()

    @property
    def is_ready(self) -> bool:
        """Whether it can be asked."""
        with self._lock:
            return self._ready and not self._gone

    @property
    def is_gone(self) -> bool:
        """Whether it has ended."""
        with self._lock:
            return bool(self._gone)

    @property
    def has_failed(self) -> bool:
        """Whether it has ended although nobody ended it."""
        with self._lock:
            return bool(self._gone) and self._gone not in (_IDLE, _CLOSED)

    def ask(
        self,
        question: str,
        *,
        on_read: Callable[[str], None] | None = None,
        on_found: Callable[[int, int], None] | None = None,
        on_sentence: Callable[[Sentence], None] | None = None,
        **options: object,
    ) -> Answer:
        """Answer a question; see ``Desk.ask``. The callbacks are called in this thread.

        Raises:
            GoneError: the process has ended.
            StoppedError, TooLongError: the answer is not wanted any more.
        """
        tells = {_What.READ: on_read, _What.FOUND: on_found, _What.SENTENCE: on_sentence}
        inbox: SimpleQueue[_News] = SimpleQueue()
        with self._lock:
            if self._gone:
                raise GoneError(self._gone)
            number = next(self._numbers)
            self._inboxes[number] = inbox
        wanted = True
        try:
            self._send(_Order(number, question, options))
            while True:
                checkpoint()
                try:
                    news = inbox.get(timeout=_LOOK_S)
                except Empty:
                    continue
                if news.what is _What.GONE:
                    raise GoneError(*news.values)
                if news.what in (_What.ANSWER, _What.ERROR):
                    wanted = False
                    return _open(news)
                if (tell := tells[news.what]) is not None:
                    tell(*news.values)
        finally:
            with self._lock:
                del self._inboxes[number]
            if wanted:
                self._send(_Order(number))

    def close(self) -> None:
        """End the process, whatever it is doing."""
        self._end(_CLOSED)
        self._listener.join(_ENDING_S)

    def _send(self, order: _Order) -> None:
        # Where it has ended, whoever listens says so.
        with suppress(OSError), self._lock:
            self._connection.send(order)

    def _listen(self) -> None:
        """Hand out what the process says, until it has ended or has had nothing to do for long."""
        try:
            while True:
                if self._connection.poll(self._idle_s):
                    self._hear(self._connection.recv())
                elif self._dismiss():
                    break
        except (EOFError, OSError):
            self._process.join(_ENDING_S)
            if not self.is_gone:
                log.warning("a process that answers has ended (exit code %s)", self._process.exitcode)
        self._end(f"has ended (exit code {self._process.exitcode})")
        self._process.join()
        with self._lock:
            self._connection.close()

    def _hear(self, news: _News) -> None:
        with self._lock:
            inbox = self._inboxes.get(news.number)
            if news.what is _What.READY:
                self._ready = True
        if inbox is not None:
            inbox.put(news)
        elif not news.number and news.what is _What.ERROR:
            self._end(f"could not be started: {news.values[0]}")
            log.warning("another process to answer in could not be started: %s", news.values[0])

    def _dismiss(self) -> bool:
        """Take no more questions, where none is being answered; returns whether that is so."""
        with self._lock:
            if not self._inboxes:
                self._gone = self._gone or _IDLE
            return bool(self._gone)

    def _end(self, how: str) -> None:
        with self._lock:
            self._gone = self._gone or how
            inboxes = list(self._inboxes.values())
        for inbox in inboxes:
            inbox.put(_News(0, _What.GONE, (self._gone,)))
        self._process.kill()  # it only reads, and may be ended at any moment


def _open(news: _News) -> Answer:
    if news.what is _What.ERROR:
        raise news.values[0]
    answer: Answer = news.values[0]
    return answer


class _Answering:
    """The body of the process."""

    def __init__(self, desk: Desk, connection: Connection) -> None:
        self._connection = connection
        self._sending = threading.Lock()
        self._stops: dict[int, Stop] = {}
        self._threads = ThreadPoolExecutor(_MOST_AT_ONCE, thread_name_prefix="hand")
        self._desk = desk

    def work(self) -> None:
        """Answer what is asked, until whoever asks has gone."""
        self._tell(_News(0, _What.READY))
        while True:
            order: _Order = self._connection.recv()
            if order.question is not None:
                self._stops[order.number] = Stop()
                self._threads.submit(self._answer, order.number, order.question, order.options or {})
            elif (stop := self._stops.get(order.number)) is not None:
                stop.set()

    def _answer(self, number: int, question: str, options: dict[str, Any]) -> None:
        def tell(what: _What) -> Callable[..., None]:
            return lambda *values: self._tell(_News(number, what, values))

        try:
            with self._stops[number].applies():
                answer = self._desk.ask(
                    question,
                    **options,
                    on_read=tell(_What.READ),
                    on_found=tell(_What.FOUND),
                    on_sentence=tell(_What.SENTENCE),
                )
            tell(_What.ANSWER)(answer)
        except StoppedError:
            pass  # nobody waits for it
        except Exception as exc:  # whatever it is, whoever asked is told
            tell(_What.ERROR)(told(exc))
        finally:
            del self._stops[number]

    def _tell(self, news: _News) -> None:
        with self._sending:
            self._connection.send(news)


def _work(open_desk: Callable[[], Desk], connection: Connection, set_up: Callable[[], None] | None) -> None:
    leave_signals()
    if set_up is not None:
        set_up()
    try:
        desk = open_desk()
        desk.warm_up()
        _Answering(desk, connection).work()
    except (EOFError, OSError):
        # Whoever began this process has ended, or wants no more of it; answers in the making are nobody's.
        os._exit(0)
    except Exception as exc:  # told where somebody reads it
        connection.send(_News(0, _What.ERROR, (told(exc),)))

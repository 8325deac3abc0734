"""How long an LLM is waited for: a deadline for all tries together, and the pauses between them."""

from __future__ import annotations

import queue
import random
import threading
import time
from collections.abc import Callable, Iterator
from typing import TypeVar

from bot.llm import LLM, Request
from bot.model import Usage
from bot.stop import checkpoint
from index.errors import LLMError, LLMRefusedError, LLMTroubleError

T = TypeVar("T")

# Tries of one request; a fault that lasts through three is no hiccup.
TRIES = 3
# Before the second and the third try, in seconds; up to half of it is added by chance, so that
# several readers of one busy server do not come back at the same moment.
_PAUSES_S = (0.5, 1.5)
# A wait longer than this is an answer of its own: the reader gets quotes meanwhile.
_LONGEST_PAUSE_S = 20.0
# How soon it is noticed that nobody waits for the answer any more.
_GLANCE_S = 0.25


class Patience:
    """The deadline of one answer and the tries that are left.

    Args:
        timeout_s: for all tries together.
        tries: how many there are.
    """

    def __init__(self, timeout_s: float, *, tries: int = TRIES) -> None:
        self._timeout_s = timeout_s
        self._ends_at = time.monotonic() + timeout_s
        self._tries_left = tries
        self._pauses = iter(_PAUSES_S)
        self.whole = False

    def watch(self, pieces: Callable[[], Iterator[T]], name: str) -> Iterator[T]:
        """Pass on what comes, until the deadline.

        What produces the pieces runs in a thread of its own: a server that drips keep-alives never
        times out by itself, and a read that hangs cannot be interrupted.

        Raises:
            LLMTroubleError: the deadline has passed; and whatever the pieces raise.
            StoppedError, TooLongError: what ``bot.stop`` says of the answer.
        """
        found: queue.Queue[tuple[T | None, Exception | None, bool]] = queue.Queue()
        stop = threading.Event()

        def pump() -> None:
            source: Iterator[T] | None = None
            try:
                source = pieces()
                for piece in source:
                    if stop.is_set():
                        return
                    found.put((piece, None, False))
                found.put((None, None, True))
            except Exception as exc:  # raised anew where it is waited for
                found.put((None, exc, True))
            finally:
                if source is not None and hasattr(source, "close"):
                    source.close()

        threading.Thread(target=pump, name="llm", daemon=True).start()
        try:
            while True:
                checkpoint()
                left = self._ends_at - time.monotonic()
                try:
                    piece, failure, ended = found.get(timeout=min(max(left, 0.001), _GLANCE_S))
                except queue.Empty:
                    if left > _GLANCE_S:
                        continue
                    raise LLMTroubleError(
                        f"{name} did not answer within {self._timeout_s:g} seconds (DATELINE_LLM_TIMEOUT)"
                    ) from None
                if failure is not None:
                    raise failure
                if ended:
                    return
                assert piece is not None
                yield piece
        finally:
            stop.set()

    def allows_another(self, failure: LLMError) -> bool:
        """Count a failed try, and wait before the next; False, at once, where there is none.

        After a refusal, or a reply that cannot be read, the next try asks for the reply in one piece
        (``whole``): not every server can send it bit by bit.
        """
        self._tries_left -= 1
        if isinstance(failure, LLMRefusedError) and not self.whole:
            self.whole = True
            return self._tries_left > 0
        if not failure.retryable or self._tries_left <= 0:
            return False
        pause = next(self._pauses, _PAUSES_S[-1])
        pause *= 1 + random.random() / 2  # noqa: S311  # nothing is kept secret by it
        if isinstance(failure, LLMTroubleError) and failure.retry_after_s is not None:
            pause = max(failure.retry_after_s, 0.05)
        if pause > _LONGEST_PAUSE_S or time.monotonic() + pause >= self._ends_at:
            return False
        time.sleep(pause)
        return True


class Completer:
    """An LLM for those who have one prompt and want one reply: the judge, follow-up questions.

    Attributes:
        usage: what all replies so far took, as far as the provider tells.
    """

    def __init__(self, llm: LLM, *, timeout_s: float) -> None:
        self._llm = llm
        self._timeout_s = timeout_s
        self.usage = Usage()

    def complete(self, prompt: str) -> str:
        """Return the whole reply to a prompt, with tries and deadline as for answers.

        Raises:
            LLMError: the last try failed, or the reply is empty.
        """
        patience = Patience(self._timeout_s)
        request = Request(instructions="", text=prompt)
        while True:
            try:
                return self._read(request, patience)
            except LLMError as exc:
                if not patience.allows_another(exc):
                    raise

    def _read(self, request: Request, patience: Patience) -> str:
        pieces: list[str] = []
        spent = Usage()
        try:
            chunks = patience.watch(lambda: self._llm.stream(request, whole=patience.whole), self._llm.name)
            for chunk in chunks:
                pieces.append(chunk.text)
                spent = chunk.usage or spent
        finally:
            # A reply that broke off was paid for, too.
            self.usage += spent
        text = "".join(pieces).strip()
        if not text:
            raise LLMTroubleError(f"{self._llm.name} sent an empty reply")
        return text

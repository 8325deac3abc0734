"""A thread that does one job after the other, so that the prompt never waits for one."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import Future
from queue import Queue
from typing import Any, TypeVar

T = TypeVar("T")


class Worker:
    """Runs jobs in the order they came, in one thread of its own.

    The thread does not keep the program alive: loading a model cannot be interrupted, and leaving
    must not wait for it.
    """

    def __init__(self) -> None:
        self._jobs: Queue[tuple[Future[Any], Callable[[], Any]]] = Queue()
        self._thread = threading.Thread(target=self._run, name="dateline-worker", daemon=True)

    def start(self) -> None:
        """Begin with the jobs; those submitted before have waited. A second start does nothing."""
        if not self._thread.is_alive():
            self._thread.start()

    @property
    def idle(self) -> bool:
        """Whether nothing is running, or waiting to."""
        return self._jobs.unfinished_tasks == 0

    def submit(self, job: Callable[[], T]) -> Future[T]:
        """Queue a job. Its future can be cancelled until the job begins."""
        future: Future[T] = Future()
        self._jobs.put((future, job))
        return future

    def _run(self) -> None:
        while True:
            future, job = self._jobs.get()
            if future.set_running_or_notify_cancel():
                try:
                    future.set_result(job())
                except BaseException as exc:  # whoever waits for the job decides what becomes of it
                    future.set_exception(exc)
            self._jobs.task_done()

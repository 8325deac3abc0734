"""The one crossing from the event loop to blocking work: a bounded pool of threads."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any, ParamSpec, TypeVar

P = ParamSpec("P")
T = TypeVar("T")

# A sync that takes minutes, searches, the store, a look at the index.
_THREADS = 5


class Pool:
    """Runs what blocks, besides answers: these are made at the front desk and never keep the store waiting."""

    def __init__(self) -> None:
        self._threads = ThreadPoolExecutor(_THREADS, thread_name_prefix="dateline")
        self._running: set[Future[Any]] = set()

    @property
    def idle(self) -> bool:
        """Whether nothing is running; what runs cannot be interrupted."""
        return not self._running

    async def run(self, job: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Run a job in a thread. Cancelled, it goes on to its end, and nobody reads its result."""
        future = self._threads.submit(job, *args, **kwargs)
        self._running.add(future)
        future.add_done_callback(self._running.discard)
        return await asyncio.wrap_future(future)

    def close(self) -> None:
        """Take no more jobs, and drop those that have not begun."""
        self._threads.shutdown(wait=False, cancel_futures=True)

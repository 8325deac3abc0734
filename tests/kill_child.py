"""Runs syncs that are killed. Started by test_index_kill.py; reads orders from stdin, a JSON object a line.

Each order forks, so that the heavy imports are paid once, and the fork kills itself with SIGKILL at
the n-th step: a step is an SQL statement, the beginning or the end of a call to the vector store, or
the beginning or the end of a call to the embedder.
"""

from __future__ import annotations

import json
import os
import signal
import sqlite3
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import chromadb  # noqa: F401 - loaded before the forks
from index_state import CountingEmbedder, Desk

from index import schema
from index.chroma import ChromaStore
from index.schema import connect
from index.sentences import split_sentences


class Clock:
    """Counts steps and ends the process at one of them."""

    def __init__(self, at: int | None) -> None:
        self.at = at
        self.steps = 0
        self.log: list[str] = []

    def tick(self, what: str) -> None:
        self.steps += 1
        self.log.append(what)
        if self.steps == self.at:
            os.kill(os.getpid(), signal.SIGKILL)


def watched(thing: object, names: tuple[str, ...], clock: Clock) -> None:
    """Let a step pass before and after each call of these methods."""

    def watch(name: str, method: Callable[..., Any]) -> Callable[..., Any]:
        def call(*args: Any, **options: Any) -> Any:
            clock.tick(f"before {name}")
            result = method(*args, **options)
            clock.tick(f"after {name}")
            return result

        return call

    for name in names:
        setattr(thing, name, watch(name, getattr(thing, name)))


def run(order: dict[str, Any]) -> None:
    clock = Clock(order["at"])

    def traced(file: Path, *, create: bool = False) -> sqlite3.Connection:
        connection = connect(file, create=create)
        connection.set_trace_callback(lambda sql: clock.tick(sql.strip()[:60]))
        return connection

    schema.connect = traced  # type: ignore[attr-defined]
    embedder = CountingEmbedder(order["rules"])
    desk = Desk(Path(order["root"]), embedder=embedder)
    store = desk.vectors()
    assert isinstance(store, ChromaStore)
    watched(store, ("upsert", "delete", "items", "count", "drop_other_models"), clock)
    embed = embedder.embed_passages

    def slowly(passages: Any) -> Any:
        for _ in range(5):
            time.sleep(order["slow_s"] / 5)
        return embed(passages)

    embedder.embed_passages = slowly  # type: ignore[method-assign]
    watched(embedder, ("embed_passages",), clock)
    desk.sync()
    desk.close()
    Path(order["root"], "steps.json").write_text(json.dumps(clock.log))


def main() -> None:
    split_sentences("The trained data are read. They are not read again.")
    for line in sys.stdin:
        order = json.loads(line)
        child = os.fork()
        if child == 0:
            status = 1
            try:
                run(order)
                status = 0
            finally:
                os._exit(status)
        if order["after_s"] is not None:
            time.sleep(order["after_s"])
            os.kill(child, signal.SIGKILL)
        _, status = os.waitpid(child, 0)
        print(os.waitstatus_to_exitcode(status), flush=True)


if __name__ == "__main__":
    main()

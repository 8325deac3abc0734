"""Two stores of one Chroma folder in one process: none is opened while the other is being closed."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import chromadb
import numpy as np
import pytest

from index.chroma import ChromaStore

VECTOR = np.eye(4, dtype=np.float32)[0]


def test_opening_and_closing_never_overlap(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    inside: list[int] = []
    most: list[int] = []
    guard = threading.Lock()

    def alone(method: Callable[..., Any]) -> Callable[..., Any]:
        def slowly(*given: Any, **named: Any) -> Any:
            with guard:
                inside.append(1)
                most.append(len(inside))
            time.sleep(0.005)
            try:
                return method(*given, **named)
            finally:
                with guard:
                    inside.pop()

        return slowly

    stores = [ChromaStore(tmp_path / "chroma", "f" * 16) for _ in range(3)]
    stores[0].upsert("passages", ["a"], VECTOR[np.newaxis])
    stores[0].seal()
    client = type(stores[0]._client)
    monkeypatch.setattr(client, "close", alone(client.close))
    monkeypatch.setattr(chromadb, "PersistentClient", alone(chromadb.PersistentClient))

    def use(store: ChromaStore) -> list[str]:
        found = []
        for _ in range(8):
            found += [near.item for near in store.query("passages", VECTOR, 1)]
            store.close()
        return found

    with ThreadPoolExecutor(3) as threads:
        assert list(threads.map(use, stores)) == [["a"] * 8] * 3
    assert max(most) == 1

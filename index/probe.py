"""Opens a vector index and asks it something, in a process of its own: a damaged graph takes that one down.

Started by index/verify.py as ``python -m index.probe``: an order on standard input, what was found on
standard output, both one JSON object.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from index.catalog import Collection
from index.chroma import ChromaStore
from index.errors import StoreError
from index.vectors import VectorStore

# A million vectors take minutes to load.
_PATIENCE_S = 600.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Probed:
    """What a vector index holds.

    Attributes:
        items: the ids of each collection.
        found: of each collection, the best cosine for each vector that was looked for; -1 where nothing
            was found.
        error: why it could not be opened or asked; "" where it could.
    """

    items: Mapping[str, Sequence[str]]
    found: Mapping[str, Sequence[float]]
    error: str = ""


def probe(folder: Path, fingerprint: str, vectors: Mapping[Collection, Sequence[Sequence[float]]]) -> Probed:
    """Ask a vector index for all its ids and for some vectors that it should hold.

    Args:
        folder: of Chroma.
        fingerprint: of the embedder.
        vectors: to look for, by collection.
    """
    order = {"folder": str(folder), "fingerprint": fingerprint, "vectors": vectors}
    try:
        done = subprocess.run(
            [sys.executable, "-m", "index.probe"],
            input=json.dumps(order),
            capture_output=True,
            encoding="utf-8",
            timeout=_PATIENCE_S,
            check=False,
            # As this process finds its modules, wherever it was started.
            env={**os.environ, "PYTHONPATH": os.pathsep.join(path for path in sys.path if path)},
        )
    except subprocess.TimeoutExpired:
        return Probed(items={}, found={}, error=f"it did not answer within {_PATIENCE_S:.0f} s")
    if done.returncode < 0:
        return Probed(items={}, found={}, error=f"loading it ends the process (signal {-done.returncode})")
    try:
        return Probed(**json.loads(done.stdout.splitlines()[-1]))
    except (ValueError, IndexError, TypeError):
        return Probed(
            items={}, found={}, error=f"the process that loads it failed (exit code {done.returncode})"
        )


def look(folder: Path, fingerprint: str, vectors: Mapping[Collection, Sequence[Sequence[float]]]) -> Probed:
    """Ask as ``probe`` does, in this process."""
    return look_into(ChromaStore(folder, fingerprint), vectors)


def look_into(store: VectorStore, vectors: Mapping[Collection, Sequence[Sequence[float]]]) -> Probed:
    """Ask a store for all its ids and for some vectors that it should hold; it is closed then."""
    items: dict[str, list[str]] = {}
    found: dict[str, list[float]] = {}
    try:
        for collection, wanted in vectors.items():
            items[collection] = list(store.items(collection))
            rows = [np.array(vector, dtype=np.float32) for vector in wanted]
            nearest = [store.query(collection, row, 1) for row in rows]
            found[collection] = [near[0].cosine if near else -1.0 for near in nearest]
    except StoreError as exc:
        return Probed(items={}, found={}, error=str(exc))
    finally:
        store.close()
    return Probed(items=items, found=found)


def _answer(order: dict[str, Any]) -> dict[str, Any]:
    return asdict(look(Path(order["folder"]), order["fingerprint"], order["vectors"]))


if __name__ == "__main__":
    print(json.dumps(_answer(json.load(sys.stdin))))  # noqa: T201 - this is what it is started for

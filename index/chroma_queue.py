"""What was written into Chroma's folder since it was opened, as Chroma's own queue has it.

Chroma sees what another process has written when it opens its folder anew, and then puts all into its graph that came
since that was last saved, up to a thousand vectors: half a second for whoever asks next. The few vectors of an
edit are read from the queue instead, and compared one by one.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from index.schema import peek
from index.vectors import Nearest

# Each write takes the next number. The queue is emptied up to what a segment has saved.
LAST_NUMBER = (
    "SELECT max(seq_id) FROM (SELECT seq_id FROM embeddings_queue UNION ALL SELECT seq_id FROM max_seq_id)"
)
_SINCE = (
    "SELECT seq_id, operation, topic, id, vector, encoding FROM embeddings_queue WHERE seq_id > {} "
    "ORDER BY seq_id LIMIT {}"
)
# Chroma is asked for as many more, since all of them might be among the nearest and outdated.
_MOST = 300
_DELETE = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Changes:
    """What became of some items of one collection.

    Attributes:
        items: those that have a vector now; ``vectors`` are theirs, of length 1, one a row.
        gone: all ids of which what was there before no longer holds.
    """

    items: tuple[str, ...]
    vectors: NDArray[np.float32]
    gone: frozenset[str]

    def correct(self, found: Sequence[Nearest], vector: NDArray[np.float32], k: int) -> list[Nearest]:
        """Return the k nearest.

        Args:
            found: from before the changes, as many more than k as there are ids in ``gone``.
            vector: of the query, of length 1.
        """
        held = [near for near in found if near.item not in self.gone]
        cosines = (self.vectors @ vector).tolist() if self.items else []
        held += [Nearest(item, cosine) for item, cosine in zip(self.items, cosines, strict=True)]
        return sorted(held, key=lambda near: (-near.cosine, near.item))[:k]


def last_number(database: Path) -> int | None:
    """Return the number of Chroma's last write; None where there is none, or where another Chroma keeps it otherwise."""
    told = peek(database, LAST_NUMBER)
    number = told[0][0] if told else None
    return number if isinstance(number, int) else None


def read_changes(database: Path, since: int) -> dict[str, Changes] | None:
    """Read what was written after a number.

    Returns:
        By the id of the collection; None where it is too much, or where the queue no longer holds all of it.
    """
    last = last_number(database)
    rows = peek(database, _SINCE.format(since, _MOST + 1))
    numbers = [row[0] for row in rows]
    if last is None or len(rows) > _MOST or numbers != list(range(since + 1, since + 1 + len(rows))):
        return None
    if since + len(rows) < last:
        return None
    vectors: dict[str, dict[str, bytes | None]] = {}
    for _, operation, topic, item, vector, encoding in rows:
        own = vectors.setdefault(str(topic).rpartition("/")[2], {})
        if operation == _DELETE:
            own[str(item)] = None
        elif isinstance(vector, bytes) and encoding == "FLOAT32":
            own[str(item)] = vector
        else:
            return None
    return {collection: _gather(own) for collection, own in vectors.items()}


def _gather(vectors: dict[str, bytes | None]) -> Changes:
    held = {item: vector for item, vector in vectors.items() if vector is not None}
    # Where all are gone no length tells the shape.
    rows = np.frombuffer(b"".join(held.values()), dtype="<f4").reshape(len(held), -1 if held else 0)
    return Changes(
        items=tuple(held),
        vectors=rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-12),
        gone=frozenset(vectors),
    )

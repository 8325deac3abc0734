"""Texts cut into terms by FTS5's own tokenizer, for databases that have another one.

The terms of a word are then the same wherever the catalog lies.
"""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterator, Sequence

from index.fts5 import TOKENIZER


class Tokenizer:
    """Folds and stems, in a SQLite of its own that holds nothing."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._connection = sqlite3.connect(":memory:", isolation_level=None, check_same_thread=False)
        for sql in (
            f"CREATE VIRTUAL TABLE texts USING fts5 (text, content='', tokenize='{TOKENIZER}')",
            "CREATE VIRTUAL TABLE terms USING fts5vocab ('texts', 'instance')",
        ):
            self._connection.execute(sql)

    def split(self, texts: Sequence[str]) -> list[list[str]]:
        """Return the terms of each text, in order."""
        found: list[list[tuple[int, str]]] = [[] for _ in texts]
        with self._lock:
            for index, offset, term in self._read(texts):
                found[index].append((offset, term))
        return [[term for _, term in sorted(terms)] for terms in found]

    def _read(self, texts: Sequence[str]) -> Iterator[tuple[int, int, str]]:
        run = self._connection.execute
        run("BEGIN")
        self._connection.executemany("INSERT INTO texts (rowid, text) VALUES (?, ?)", list(enumerate(texts)))
        yield from run("SELECT doc, offset, term FROM terms")
        # Nothing is to be kept, and what is not committed needs no deleting.
        run("ROLLBACK")

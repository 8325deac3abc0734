"""What the catalog asks of a database, so that SQLite and PostgreSQL can both hold it.

Most of the SQL is written once, in what both understand, with ``?`` for values. What differs is told here:
opening, transactions, the writer's lock, full text, and what errors mean.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager
from typing import Any, Literal, NamedTuple, Protocol

from index.codes import CodeError
from index.errors import StoreDamagedError, StoreError

Collection = Literal["articles", "passages"]

# What is live below a folder: "a/" <= file < "a0", since "0" is the character after "/".
LIVE_IN_FOLDER: dict[Collection, str] = {
    "articles": "articles x JOIN revisions r ON r.id = x.revision AND r.live WHERE r.file >= ? AND r.file < ?",
    "passages": "passages x JOIN articles a ON a.id = x.article "
    "JOIN revisions r ON r.id = a.revision AND r.live WHERE r.file >= ? AND r.file < ?",
}
# SQLite's limit on variables in older builds is 999.
_CHUNK = 900


class Ranked(NamedTuple):
    """A row of the catalog and its BM25 score, higher first."""

    row: int
    score: float


class Rows(Protocol):
    """What a statement gives."""

    def fetchone(self) -> Any:
        """Return the next row, None after the last."""
        ...

    def fetchall(self) -> list[Any]:
        """Return the rows that are left."""
        ...

    def __iter__(self) -> Iterator[Any]: ...


class Connection(Protocol):
    """One connection, for one thread at a time. A sqlite3.Connection is one."""

    def execute(self, sql: str, parameters: Sequence[Any] = ..., /) -> Rows:
        """Run a statement with ``?`` for values."""
        ...

    def executemany(self, sql: str, rows: Iterable[Sequence[Any]], /) -> object:
        """Run a statement for each row of values."""
        ...

    def close(self) -> None:
        """Give the connection back."""
        ...


class FullText(Protocol):
    """Full text over passages and the titles of their articles, by the rows of their table.

    Words are folded and stemmed by FTS5's own tokenizer on every database, so that all know the same terms.
    """

    def add(self, connection: Connection, rows: Sequence[tuple[int, str, str]]) -> None:
        """Let rows (number, title, text) be found."""
        ...

    def remove(self, connection: Connection, rows: Sequence[tuple[int, str, str]]) -> None:
        """Let rows be found no more; titles and texts are those that were added."""
        ...

    def rows(self, connection: Connection) -> set[int]:
        """Return the rows that can be found."""
        ...

    def count(self, connection: Connection) -> int:
        """Return how many passages can be found."""
        ...

    def document_frequencies(self, connection: Connection, terms: Sequence[str]) -> list[int]:
        """Return for each term (stemmed, folded) how many passages hold it."""
        ...

    def stems(self, connection: Connection, words: Sequence[str]) -> list[str]:
        """Return each word as it is stemmed; "" for one that the tokenizer cannot see."""
        ...

    def match(
        self,
        connection: Connection,
        query: str,
        k: int,
        title_weight: float,
        *,
        among: str,
        folder: str,
    ) -> list[Ranked]:
        """Return the k best rows by BM25 above 0; see Snapshot.match.

        Args:
            query: words and phrases in double quotes, with OR between them.
        """
        ...


class Database(Protocol):
    """Where a catalog lies.

    Attributes:
        name: fit to be shown: no password in it.
        errors: what a statement may raise.
    """

    @property
    def name(self) -> str: ...

    @property
    def errors(self) -> tuple[type[Exception], ...]: ...

    @property
    def text(self) -> FullText: ...

    def connect(self) -> Connection:
        """Open the catalog for questions.

        Raises:
            StoreMissingError: nothing was indexed yet.
            StoreError: it cannot be opened.
        """
        ...

    def check_sound(self, connection: Connection) -> bool:
        """Refuse a catalog whose pages may have been overwritten, if they were.

        Returns:
            Whether it was looked at; False while somebody writes it.

        Raises:
            StoreDamagedError: they were.
        """
        ...

    def identify(self) -> Hashable:
        """Return what is another once a connection would read from what is no longer the catalog.

        Raises:
            StoreMissingError, StoreError: as ``connect``.
        """
        ...

    def check_unchanged(self, identity: Hashable) -> None:
        """Refuse what was read where nothing kept a writer away meanwhile.

        Raises:
            StoreError: it was changed.
        """
        ...

    def is_lost(self, connection: Connection) -> bool:
        """Tell whether a connection will never answer again."""
        ...

    def locked(self, *, patience_s: float = ...) -> AbstractContextManager[None]:
        """Keep every writer away.

        Raises:
            StoreBusyError: there is one.
            StoreError: nothing may be written here.
        """
        ...

    def writing(self) -> AbstractContextManager[Connection]:
        """Be the one writer, with all tables there. Raises as ``locked``."""
        ...

    def begin(self, connection: Connection, *, write: bool) -> None:
        """Begin a transaction; one that reads sees nothing of what is committed after its first statement."""
        ...

    def abandon(self, connection: Connection) -> None:
        """Roll back, if there is anything to roll back."""
        ...

    def tidy(self, connection: Connection) -> None:
        """Do what keeps questions fast after many changes."""
        ...

    def find_damage(self, connection: Connection) -> Iterator[str]:
        """Yield what is wrong below the rows: pages, references."""
        ...

    def explain(self, exc: Exception) -> StoreError:
        """Say what an error of ``errors`` means, and its mend."""
        ...

    def exists(self) -> bool:
        """Tell whether there is a catalog, of whatever state."""
        ...

    def may_write(self) -> bool:
        """Tell whether the catalog may be written."""
        ...

    def size_bytes(self) -> int:
        """Return what the catalog takes up."""
        ...

    @property
    def discard(self) -> str:
        """How to be rid of the catalog: "delete the index folder"."""
        ...


def explain_codes(database: Database, exc: CodeError) -> StoreDamagedError:
    """Say that what a row holds is not what was written, and the mend."""
    return StoreDamagedError(
        f"{database.name} is damaged ({exc}): {database.discard} and run `dateline index`, which embeds anew"
    )


def select_many(connection: Connection, sql: str, values: Sequence[object]) -> Iterator[Any]:
    """Yield the rows of a query with ``IN ({marks})`` for any number of values."""
    for start in range(0, len(values), _CHUNK):
        part = values[start : start + _CHUNK]
        yield from connection.execute(sql.format(marks=",".join("?" * len(part))), tuple(part))


def bounds(folder: str) -> tuple[str, str]:
    """Return from where to where the files below a folder go."""
    return f"{folder.strip('/')}/", f"{folder.strip('/')}0"

"""What the bot remembers, in a SQLite file of its own: questions, answers, votes, rooms.

The index can be deleted and made anew at any time; this file cannot. Everything in it goes by the ids of
messages, so a reply finds its conversation without reading anybody's other messages.
"""

from __future__ import annotations

import json
import os
import sqlite3
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, fields
from datetime import date
from pathlib import Path
from typing import Any, TypeVar

from bot.discord.model import Door, Inquiry, Record, Room, Source, State
from bot.model import Turn
from index.errors import ConfigError, StoreError

T = TypeVar("T")

_SCHEMA_VERSION = 1
_SCHEMA = """
CREATE TABLE records (
    id TEXT PRIMARY KEY, trigger INTEGER NOT NULL UNIQUE, message INTEGER, door TEXT NOT NULL,
    guild INTEGER, channel INTEGER NOT NULL, asker INTEGER NOT NULL, question TEXT NOT NULL,
    private INTEGER NOT NULL, folder TEXT NOT NULL, parent TEXT,
    state TEXT NOT NULL, asked_at REAL NOT NULL, read_as TEXT, said TEXT NOT NULL DEFAULT '',
    sources TEXT NOT NULL DEFAULT '[]', token TEXT, draft INTEGER, is_open INTEGER NOT NULL DEFAULT 1
);
CREATE INDEX records_of_channel ON records (channel, asked_at);
CREATE INDEX records_of_asker ON records (asker);
CREATE INDEX records_open ON records (asked_at) WHERE is_open;
CREATE TABLE posts (
    message INTEGER PRIMARY KEY, record TEXT NOT NULL REFERENCES records ON DELETE CASCADE,
    channel INTEGER NOT NULL
);
CREATE INDEX posts_of_record ON posts (record);
CREATE TABLE votes (
    record TEXT NOT NULL REFERENCES records ON DELETE CASCADE, person INTEGER NOT NULL,
    vote TEXT NOT NULL, remark TEXT NOT NULL DEFAULT '', voted_at REAL NOT NULL,
    PRIMARY KEY (record, person)
) WITHOUT ROWID;
CREATE TABLE rooms (
    guild INTEGER NOT NULL, channel INTEGER NOT NULL, settings TEXT NOT NULL, PRIMARY KEY (guild, channel)
) WITHOUT ROWID;
CREATE TABLE facts (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
PRAGMA user_version = 1;
"""
_COLUMNS = (
    "id, trigger, message, door, guild, channel, asker, question, private, folder, parent, "
    "state, asked_at, read_as, said, sources, token, draft"
)
# Follow-ups reach no further back; an endless chain would be read for nothing.
_TURNS = 8


class Store:
    """Opens the file, and reads and writes it from any thread, one at a time.

    Raises:
        ConfigError: the file cannot be opened or made.
    """

    def __init__(self, file: Path) -> None:
        self._lock = threading.RLock()
        try:
            file.parent.mkdir(parents=True, exist_ok=True)
            # People's questions are in it: nobody else on the machine needs to read them.
            os.close(os.open(file, os.O_CREAT | os.O_RDWR, 0o600))
            self._connection = _connect(file)
        except (OSError, sqlite3.Error) as exc:
            raise ConfigError(
                f"{file} cannot be opened ({exc}): set DATELINE_DISCORD_DATABASE to a file that can be written"
            ) from exc

    def close(self) -> None:
        """Let go of the file."""
        with self._lock:
            self._connection.close()

    @contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        """Give the connection for one transaction.

        Raises:
            StoreError: the file is damaged, full or locked.
        """
        with self._lock:
            try:
                self._connection.execute("BEGIN IMMEDIATE")
                try:
                    yield self._connection
                except BaseException:
                    self._connection.execute("ROLLBACK")
                    raise
                self._connection.execute("COMMIT")
            except sqlite3.Error as exc:
                raise StoreError(f"the bot's own file cannot be used ({exc})") from exc

    # -- questions and answers

    def claim(self, inquiry: Inquiry, *, now: float, token: str | None = None) -> bool:
        """Take a question in, unless its message or interaction was taken before.

        Returns:
            Whether it is ours to answer. Discord repeats events after a connection was lost.
        """
        values = (
            inquiry.id,
            inquiry.trigger,
            inquiry.message,
            inquiry.door.value,
            inquiry.guild,
            inquiry.channel,
            inquiry.asker,
            inquiry.question,
            inquiry.private,
            inquiry.folder,
            inquiry.parent,
            State.RUNNING.value,
            now,
            token,
        )
        with self.transaction() as sql:
            done = sql.execute(
                "INSERT OR IGNORE INTO records (id, trigger, message, door, guild, channel, asker, question, "
                "private, folder, parent, state, asked_at, token) VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?)",
                values,
            )
            if done.rowcount and inquiry.message is not None:
                # A reply to the question continues it as a reply to the answer does.
                sql.execute(
                    "INSERT OR IGNORE INTO posts (message, record, channel) VALUES (?, ?, ?)",
                    (inquiry.message, inquiry.id, inquiry.channel),
                )
            return bool(done.rowcount)

    def note_draft(self, record: str, message: int | None) -> None:
        """Remember which message tells of progress, so that it does not stay after a crash."""
        with self.transaction() as sql:
            sql.execute("UPDATE records SET draft = ? WHERE id = ?", (message, record))

    def settle(
        self,
        record: str,
        state: State,
        *,
        read_as: str | None = None,
        said: str = "",
        sources: Sequence[Source] = (),
    ) -> None:
        """Write down what came of a question, before it is sent: a button may be pressed at once."""
        with self.transaction() as sql:
            sql.execute(
                "UPDATE records SET state = ?, read_as = ?, said = ?, sources = ? WHERE id = ?",
                (state.value, read_as, said, _write_sources(sources), record),
            )

    def finish(self, record: str, posts: Sequence[tuple[int, int]] = ()) -> None:
        """Remember in which messages an answer was sent, as (channel, message); nothing is open any more."""
        with self.transaction() as sql:
            sql.execute("UPDATE records SET is_open = 0, token = NULL, draft = NULL WHERE id = ?", (record,))
            sql.executemany(
                "INSERT OR REPLACE INTO posts (message, record, channel) SELECT ?, id, ? FROM records WHERE id = ?",
                [(message, channel, record) for channel, message in posts if message],
            )

    def record(self, id: str) -> Record | None:
        """Read a question and what came of it."""
        return next(iter(self._records("WHERE id = ?", id)), None)

    def record_of_message(self, message: int) -> Record | None:
        """Find what a message asked or answered."""
        where = "WHERE id = (SELECT record FROM posts WHERE message = ?)"
        return next(iter(self._records(where, message)), None)

    def posts(self, record: str) -> tuple[tuple[int, int], ...]:
        """Return the messages of an answer, in order, as (channel, message); the question's is not among them."""
        with self.transaction() as sql:
            return tuple(
                sql.execute(
                    "SELECT p.channel, p.message FROM posts p JOIN records r ON r.id = p.record "
                    "WHERE p.record = ? AND p.message IS NOT r.message ORDER BY p.message",
                    (record,),
                )
            )

    def latest(self, channel: int, *, since: float, asker: int | None, private: bool) -> Record | None:
        """Return the last question of a channel that was answered, of one person or of anybody.

        Args:
            private: whether it was shown to its asker alone; such a one must name its asker.
        """
        return next(
            iter(
                self._records(
                    "WHERE channel = ? AND asked_at >= ? AND private = ? AND (? IS NULL OR asker = ?) "
                    "AND state IN ('answered', 'not_found') ORDER BY asked_at DESC LIMIT 1",
                    channel,
                    since,
                    private,
                    asker,
                    asker,
                )
            ),
            None,
        )

    def channels(self, *, since: float, limit: int) -> tuple[tuple[int, int | None], ...]:
        """Name the channels in which something was asked, each with its server, the latest first."""
        with self.transaction() as sql:
            rows = sql.execute(
                "SELECT channel, guild FROM records WHERE asked_at >= ? GROUP BY channel "
                "ORDER BY max(asked_at) DESC LIMIT ?",
                (since, limit),
            )
            return tuple(rows)

    def history(self, parent: str | None, *, reader: int) -> tuple[Turn, ...]:
        """Return the turns that lead to a question, the latest last.

        Args:
            reader: who asks now; what was shown to somebody else alone is no part of it.
        """
        turns: list[Turn] = []
        seen: set[str] = set()
        while parent is not None and parent not in seen and len(turns) < _TURNS:
            seen.add(parent)
            record = self.record(parent)
            if record is None or (record.inquiry.private and record.inquiry.asker != reader):
                break
            turns.append(Turn(question=record.read_as or record.inquiry.question, answer=record.said))
            parent = record.inquiry.parent
        return tuple(reversed(turns))

    def asked_since(self, moment: float, *, limit: int) -> tuple[Record, ...]:
        """Return what was asked by a message and has been answered or refused, the latest first."""
        where = "WHERE message IS NOT NULL AND NOT is_open AND asked_at >= ? ORDER BY asked_at DESC LIMIT ?"
        return self._records(where, moment, limit)

    def unfinished(self) -> tuple[Record, ...]:
        """Return the questions that a kill has left without an answer."""
        return self._records("WHERE is_open ORDER BY asked_at")

    def forget_record(self, record: str) -> None:
        """Delete a question with its answer and its votes."""
        with self.transaction() as sql:
            sql.execute("DELETE FROM records WHERE id = ?", (record,))

    def forget_person(self, person: int) -> int:
        """Delete a person's questions with their answers, and the person's votes. Returns how many."""
        with self.transaction() as sql:
            asked = sql.execute("DELETE FROM records WHERE asker = ?", (person,)).rowcount
            return int(asked + sql.execute("DELETE FROM votes WHERE person = ?", (person,)).rowcount)

    def forget_before(self, moment: float) -> int:
        """Delete what is older; returns how many questions."""
        with self.transaction() as sql:
            return sql.execute("DELETE FROM records WHERE asked_at < ? AND NOT is_open", (moment,)).rowcount

    def _records(self, where: str, *values: object) -> tuple[Record, ...]:
        with self.transaction() as sql:
            return tuple(
                _read_record(row) for row in sql.execute(f"SELECT {_COLUMNS} FROM records {where}", values)
            )

    # -- rooms and facts

    def rooms(self) -> dict[tuple[int, int], Room]:
        """Return how servers (channel 0) and channels are set."""
        known = {each.name for each in fields(Room)}
        with self.transaction() as sql:
            rows = sql.execute("SELECT guild, channel, settings FROM rooms").fetchall()
        return {
            (guild, channel): Room(
                **{name: value for name, value in json.loads(text).items() if name in known}
            )
            for guild, channel, text in rows
        }

    def set_room(self, guild: int, channel: int, room: Room) -> None:
        """Set a channel, or with 0 a server."""
        with self.transaction() as sql:
            sql.execute(
                "INSERT OR REPLACE INTO rooms VALUES (?, ?, ?)", (guild, channel, json.dumps(asdict(room)))
            )

    def fact(self, key: str) -> str | None:
        """Return what is known under a name."""
        with self.transaction() as sql:
            row = sql.execute("SELECT value FROM facts WHERE key = ?", (key,)).fetchone()
        return None if row is None else str(row[0])

    def set_fact(self, key: str, value: str) -> None:
        """Remember something under a name."""
        with self.transaction() as sql:
            sql.execute("INSERT OR REPLACE INTO facts VALUES (?, ?)", (key, value))

    def fact_or(self, key: str, make: Callable[[], str]) -> str:
        """Return what is known under a name; made and remembered where nothing is."""
        known = self.fact(key)
        if known is None:
            known = make()
            self.set_fact(key, known)
        return known


def _connect(file: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(file, isolation_level=None, timeout=10.0, check_same_thread=False)
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = NORMAL")
    connection.execute("PRAGMA foreign_keys = ON")
    connection.execute("PRAGMA secure_delete = ON")  # what is forgotten is not to be found in free pages
    version = int(connection.execute("PRAGMA user_version").fetchone()[0])
    if version == 0:
        connection.executescript(_SCHEMA)
    elif version != _SCHEMA_VERSION:
        connection.close()
        raise ConfigError(
            f"{file} was made by another Dateline (version {version}): use that one, or another file"
        )
    return connection


def _write_sources(sources: Sequence[Source]) -> str:
    return json.dumps(
        [asdict(each) | {"published": each.published and each.published.isoformat()} for each in sources],
        ensure_ascii=False,
    )


def _read_sources(text: str) -> tuple[Source, ...]:
    return tuple(
        Source(**each | {"published": each["published"] and date.fromisoformat(each["published"])})
        for each in json.loads(text)
    )


def _read_record(row: Sequence[Any]) -> Record:
    id, trigger, message, door, guild, channel, asker, question, private, folder, parent = row[:11]
    state, asked_at, read_as, said, sources, token, draft = row[11:]
    return Record(
        inquiry=Inquiry(
            id=id,
            trigger=trigger,
            message=message,
            door=Door(door),
            guild=guild,
            channel=channel,
            asker=asker,
            question=question,
            private=bool(private),
            folder=folder,
            parent=parent,
        ),
        state=State(state),
        asked_at=asked_at,
        read_as=read_as,
        said=said,
        sources=_read_sources(sources),
        token=token,
        draft=draft,
    )

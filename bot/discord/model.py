"""Values of the Discord surface: what was asked where, what came of it, how a room is set."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum


class Door(StrEnum):
    """How a question came in."""

    MENTION = "mention"
    REPLY = "reply"
    THREAD = "thread"
    DIRECT = "direct"
    SLASH = "slash"
    MENU = "menu"
    SAMPLE = "sample"
    AGAIN = "again"
    EDIT = "edit"


class State(StrEnum):
    """What became of a question."""

    RUNNING = "running"
    ANSWERED = "answered"
    NOT_FOUND = "not_found"
    FAILED = "failed"
    REFUSED = "refused"


class Vote(StrEnum):
    """What a reader thinks of an answer."""

    UP = "up"
    DOWN = "down"


def new_id() -> str:
    """Make an id: 16 hexadecimal digits, short enough for every button."""
    return secrets.token_hex(8)


@dataclass(frozen=True, slots=True, kw_only=True)
class Inquiry:
    """A question as it came in.

    Attributes:
        trigger: the message or interaction that asked; it is answered once.
        message: the message that asked; None where an interaction did.
        guild: None in direct messages.
        channel: where it was asked; a thread is a channel.
        private: shown to the asker alone.
        folder: the part of the corpus that this channel asks; "" for the whole.
        parent: the record it follows up; None where it stands alone.
    """

    id: str = field(default_factory=new_id)
    trigger: int
    message: int | None = None
    door: Door
    guild: int | None
    channel: int
    asker: int
    question: str
    private: bool = False
    folder: str = ""
    parent: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """A quote or a passage, with what is needed to show it later.

    Attributes:
        number: as printed in the answer, or the rank of a passage, from 1.
        start: with ``end`` the place in the file's text, ``text_of(file)[start:end] == quote``.
    """

    number: int
    file: str
    title: str
    publisher: str | None
    published: date | None
    url: str | None
    quote: str
    start: int
    end: int
    line_start: int
    line_end: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """A question and what came of it, as stored.

    Attributes:
        read_as: the question as it was read, where that is not as it was asked.
        said: the answer's text without marks, which follow-ups are read by.
        sources: the quotes of an answer; where there is none, the nearest passages.
        asked_at: seconds since 1970.
        token: of the interaction whose "thinking…" is still open.
        draft: the message that tells of progress, until the answer is there.
    """

    inquiry: Inquiry
    state: State
    asked_at: float
    read_as: str | None = None
    said: str = ""
    sources: tuple[Source, ...] = ()
    token: str | None = None
    draft: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Room:
    """How a channel, or a whole server, is set.

    Attributes:
        answers: whether questions are answered there.
        thread: whether answers to mentions go into a thread of their own.
        private: whether answers are shown to the asker alone.
        folder: the part of the corpus that is asked; "" for the whole.
        keeper: the role that may reindex; None for those who manage the server.
    """

    answers: bool = True
    thread: bool = False
    private: bool = False
    folder: str = ""
    keeper: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Gap:
    """A question that was not answered, or not well, for those who look after the articles."""

    question: str
    channel: int
    asked_at: float
    times: int
    remark: str
    complained: bool

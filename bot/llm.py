"""What an LLM is to Dateline: it reads numbered sentences and a question, and sends text back in pieces."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol

from bot.model import Usage
from index.errors import LLMError


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """Sentences of one article that an LLM may read.

    Attributes:
        heading: title, publisher and date.
        lines: number and text of each sentence; a text is one line.
    """

    heading: str
    lines: tuple[tuple[int, str], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What an LLM is asked.

    Attributes:
        instructions: ours alone; nothing of an article or of the reader stands in them.
        sheets: what it may rest on; empty for a request that is text alone.
        text: the question, or whatever is to be worked on.
    """

    instructions: str
    text: str
    sheets: tuple[Sheet, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Chunk:
    """A piece of a reply.

    Attributes:
        text: with marks such as ``[12]``, also where the provider sends citations apart from the text.
        ended: the model says that the reply ends here, and not for want of room.
        usage: of the whole reply so far; comes with the last pieces, if at all.
    """

    text: str = ""
    ended: bool = False
    usage: Usage | None = None


class LLM(Protocol):
    """Writes a reply, piece by piece."""

    @property
    def name(self) -> str:
        """Provider and model, as told in ``engine.llm``."""
        ...

    @property
    def cites(self) -> bool:
        """Whether it sends citations apart from its text, so that it need not be asked for marks."""
        ...

    def stream(self, request: Request, *, whole: bool = False) -> Iterator[Chunk]:
        """Send a request once; nothing is tried again.

        Args:
            whole: ask for the reply in one piece; some servers cannot send it bit by bit.

        Raises:
            LLMError: what went wrong, before the first chunk or between two.
        """
        ...

    def close(self) -> None:
        """Let go of connections."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class AbsentLLM:
    """Stands for an LLM that is set and cannot be used: each answer tells why.

    Attributes:
        reason: in words, with the mend.
    """

    name: str
    reason: str
    cites: bool = False

    def stream(self, request: Request, *, whole: bool = False) -> Iterator[Chunk]:
        """Fail.

        Raises:
            LLMError: always.
        """
        raise LLMError(self.reason)

    def close(self) -> None:
        """Do nothing."""


def lay_out(request: Request) -> str:
    """Write sheets and question as one text, for providers that know no documents.

    A line of an article always begins with its number, and its text holds no line end and no angle
    bracket: nothing in it can end the block or begin another line.
    """
    if not request.sheets:
        return request.text
    sheets = (
        "\n".join((sheet.heading, *(f"[{number}] {text}" for number, text in sheet.lines)))
        for sheet in request.sheets
    )
    return "\n\n".join(("<articles>", *sheets, "</articles>", f"Question: {request.text}"))

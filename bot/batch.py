"""Batches: JSON Lines in, one JSON object a line out, in the same order."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from functools import partial
from typing import Any, Protocol, TypeVar

from index.errors import DatelineError, QueryError

_BOM = b"\xef\xbb\xbf"


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """A line of a batch that could be read.

    Attributes:
        id: as given, text or number.
        text: the question or query.
        asked_at: what "now" is for this line; None where it does not say.
    """

    id: str | float
    text: str
    asked_at: date | None


class HasId(Protocol):
    """Whatever a line was read into."""

    @property
    def id(self) -> str | float:
        """As given."""
        ...


_Read = TypeVar("_Read", bound=HasId)


class LineError(QueryError):
    """A line that cannot be read, with its id where that much could be."""

    def __init__(self, message: str, id: str | float | None = None) -> None:
        super().__init__(message)
        self.id = id


def run_batch(
    lines: Iterable[bytes],
    *,
    field: str,
    answer: Callable[[Item], dict[str, Any]],
    report_bug: Callable[[Exception], str],
) -> Iterator[dict[str, Any]]:
    """Answer a batch, one result for each line that is not blank.

    Args:
        lines: as read, with or without their line ends.
        field: where the text stands: ``question`` or ``query``.
        answer: answers one item; a ``DatelineError`` becomes the line's result.
        report_bug: keeps a record of any other exception and says so in one line.

    Yields:
        The id with the answer, or with ``error``, as soon as it is known.
    """
    return run_lines(lines, read=partial(read_item, field=field), answer=answer, report_bug=report_bug)


def run_lines(
    lines: Iterable[bytes],
    *,
    read: Callable[[bytes, int], _Read],
    answer: Callable[[_Read], dict[str, Any]],
    report_bug: Callable[[Exception], str],
) -> Iterator[dict[str, Any]]:
    """Answer lines of any kind, as `run_batch` does those of questions.

    Args:
        read: makes an item of a line and its number, or raises LineError.
    """
    for number, line in enumerate(lines, start=1):
        raw = line.removeprefix(_BOM) if number == 1 else line
        if not raw.strip():
            continue
        try:
            item = read(raw, number)
        except LineError as exc:
            yield _failure(exc.id, "QueryError", str(exc))
            continue
        try:
            yield {"id": item.id, **answer(item)}
        except DatelineError as exc:
            yield _failure(item.id, type(exc).__name__, str(exc))
        except Exception as exc:  # a fault is one line's result
            yield _failure(item.id, "InternalError", report_bug(exc))


def _failure(id: str | float | None, type_name: str, message: str) -> dict[str, Any]:
    return {"id": id, "error": {"type": type_name, "message": message}}


def read_item(raw: bytes, number: int, *, field: str) -> Item:
    """Read one line of a batch.

    Raises:
        LineError: naming the line, what is wrong with it and how it should be.
    """
    where = f"line {number}"
    id, value = read_object(raw, number, example=f'{{"id": "q1", "{field}": "…"}}')
    text = value.get(field)
    if not isinstance(text, str):
        raise LineError(f'{where}: "{field}" must be text', id)
    if not isinstance(value.get("history", []), list):
        raise LineError(f'{where}: "history" must be a list of earlier questions and answers', id)
    try:
        return Item(id=id, text=check_text(text, field), asked_at=_read_date(value.get("asked_at")))
    except QueryError as exc:
        raise LineError(f"{where}: {exc}", id) from exc


def read_object(raw: bytes, number: int, *, example: str) -> tuple[str | float, dict[str, Any]]:
    """Read the object of a line, and its id.

    Args:
        example: how the line should be.

    Raises:
        LineError: it is no object, or has no id.
    """
    where = f"line {number}"
    try:
        value = json.loads(raw.decode("utf-8"), parse_constant=_refuse_constant)
    except UnicodeDecodeError as exc:
        raise LineError(f"{where} is not UTF-8 text (byte {exc.start})") from exc
    except json.JSONDecodeError as exc:
        raise LineError(f"{where} is not JSON ({exc.msg}, column {exc.colno})") from exc
    except ValueError as exc:  # NaN, or a number of thousands of digits
        raise LineError(f"{where} holds a number that JSON does not know") from exc
    except RecursionError as exc:
        raise LineError(f"{where} is nested too deeply") from exc
    if not isinstance(value, dict):
        raise LineError(f"{where} must be an object such as {example}")
    return _read_id(value, where), value


def _refuse_constant(name: str) -> float:
    raise ValueError(name)


def _read_id(value: dict[str, Any], where: str) -> str | float:
    id = value.get("id")
    usable = isinstance(id, (str, int, float)) and not isinstance(id, bool)
    if not usable or (isinstance(id, float) and not math.isfinite(id)):
        raise LineError(f'{where}: "id" must be text or a number')
    return id  # type: ignore[return-value]  # narrowed above


def _read_date(value: object) -> date | None:
    return None if value is None else parse_day(value)


def parse_day(value: object, field: str = "asked_at") -> date:
    """Read a day: an ISO date; of a date with a time, the day.

    Raises:
        QueryError: it is none.
    """
    try:
        if isinstance(value, str):
            return date.fromisoformat(re.split("[T ]", value.strip())[0])
    except ValueError:
        pass
    raise QueryError(
        f"{field} must be a date such as 2014-06-11, got {json.dumps(value, ensure_ascii=False)}"
    )


def check_text(text: str, field: str) -> str:
    """Give a question or query back if it is one.

    Raises:
        QueryError: it is blank, or holds half a character.
    """
    if not text.strip():
        raise QueryError(f"the {field} is empty: ask something about the articles")
    try:
        text.encode("utf-8")
    except UnicodeEncodeError as exc:
        raise QueryError(f"the {field} is not valid text (character {exc.start + 1})") from exc
    return text

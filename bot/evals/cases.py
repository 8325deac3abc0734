"""Cases: questions and what their answers must hold, one JSON object a line, as CONTRACT.md has them.

A line that is no case is an error which names the line and the field: a case that was read wrongly would be
a wrong figure without a trace.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, StrictBool, ValidationError
from rapidfuzz.distance import Levenshtein

from bot.batch import LineError, check_text, parse_day, read_history, read_object
from bot.evals.counts import say_count
from bot.model import Turn
from index.errors import QueryError

_EXAMPLE = '{"id": "q1", "question": "…"}'
# A field that is this near to one of ours is a slip of the pen; others are left to whoever put them there.
_SLIP = 2
# A pattern that is longer stands for no fact that a person has written down.
_MAX_PATTERN = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """A question and what is expected of its answer.

    Attributes:
        id: as text, whether the file has text or a number.
        answerable: None where the case does not say.
        files: any of these may be cited; a path or the start of a file name, with or without its folder.
        facts: regular expressions, each to be matched by the answer.
        positions: regular expressions, each to be shown, from different files.
        history: the turns before, where the question is a follow-up.
        kind: what reports group by.
        line: of the case file, from 1; 0 for a case that stands in none.
    """

    id: str
    question: str
    answerable: bool | None = None
    files: tuple[str, ...] = ()
    facts: tuple[str, ...] = ()
    positions: tuple[str, ...] = ()
    asked_at: date | None = None
    history: tuple[Turn, ...] = ()
    kind: str = "facts"
    line: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseFile:
    """The cases of a file, and the SHA-256 (hexadecimal) of its bytes."""

    name: str
    digest: str
    cases: tuple[Case, ...]


def _told(read: Callable[[object], Any]) -> Callable[[object], Any]:
    """Let pydantic tell the field of what `bot.batch` cannot read."""

    def read_field(value: object) -> Any:
        try:
            return read(value)
        except QueryError as exc:
            raise ValueError(str(exc)) from exc

    return read_field


def _pattern(value: str) -> str:
    if len(value) > _MAX_PATTERN:
        raise ValueError(f"is longer than {_MAX_PATTERN} characters")
    try:
        re.compile(value)
    except re.error as exc:
        raise ValueError(
            f"is no regular expression ({exc}); a backslash before a mark takes it as it is"
        ) from exc
    return value


def _filled(value: str) -> str:
    if not value.strip():
        raise ValueError("is empty")
    return value


_WANTED = {
    "string_type": "must be text",
    "list_type": "must be a list, in square brackets",
    "bool_type": "must be true or false",
}
_Text = Annotated[str, AfterValidator(_filled)]
_Pattern = Annotated[_Text, AfterValidator(_pattern)]


class _Line(BaseModel):
    """A line as it comes."""

    model_config = ConfigDict(strict=True, frozen=True, arbitrary_types_allowed=True)

    question: Annotated[str, AfterValidator(_told(lambda text: check_text(str(text), "question")))]
    answerable: StrictBool | None = None
    files: list[_Text] = []
    facts: list[_Pattern] = []
    positions: list[_Pattern] = []
    asked_at: Annotated[
        date | None, BeforeValidator(_told(lambda day: None if day is None else parse_day(day)))
    ] = None
    history: Annotated[tuple[Turn, ...], BeforeValidator(_told(read_history))] = ()
    kind: _Text | None = None


_FIELDS = ("id", *_Line.model_fields)


def read_cases(file: Path) -> CaseFile:
    """Read a file of cases.

    Raises:
        QueryError: a line is no case; the message names the first such line, its field, and how many more.
        OSError: the file cannot be read.
    """
    content = file.read_bytes()
    cases: list[Case] = []
    troubles: list[str] = []
    lines: dict[str, int] = {}
    for number, raw in enumerate(content.removeprefix(b"\xef\xbb\xbf").split(b"\n"), start=1):
        if not raw.strip():
            continue
        try:
            case = read_case(raw, number)
        except QueryError as exc:
            troubles.append(str(exc))
            continue
        if case.id in lines:
            troubles.append(f'line {number}, field "id": "{case.id}" is taken by line {lines[case.id]}')
        lines.setdefault(case.id, number)
        cases.append(case)
    if troubles:
        more = f" (and {say_count(len(troubles) - 1, 'more such line')})" if len(troubles) > 1 else ""
        raise QueryError(f"{file}: {troubles[0]}{more}")
    if not cases:
        raise QueryError(f"{file} holds no case: a line is an object such as {_EXAMPLE}")
    return CaseFile(name=file.name, digest=hashlib.sha256(content).hexdigest(), cases=tuple(cases))


def read_case(raw: bytes, number: int) -> Case:
    """Read one line.

    Raises:
        QueryError: naming the line and the field.
    """
    where = f"line {number}"
    id, value = read_object(raw, number, example=_EXAMPLE)
    for name in [name for name in value if name not in _FIELDS]:
        meant = min(_FIELDS, key=lambda known: Levenshtein.distance(name, known))
        if len(name) > _SLIP + 1 and Levenshtein.distance(name, meant) <= _SLIP:
            raise LineError(f'{where}, field "{name}": is not known; did you mean "{meant}"?', id)
    try:
        line = _Line.model_validate(value)
    except ValidationError as exc:
        error = exc.errors(include_url=False)[0]
        raise LineError(f"{where}, field {_name(error['loc'])}: {_explain(error)}", id) from exc
    _check_sense(line, where, id)
    return Case(
        id=str(id),
        question=line.question,
        answerable=line.answerable,
        files=tuple(line.files),
        facts=tuple(line.facts),
        positions=tuple(line.positions),
        asked_at=line.asked_at,
        history=line.history,
        kind=line.kind or _kind_of(line),
        line=number,
    )


def _name(place: Sequence[str | int]) -> str:
    """Write a place in an object as a person would: ``"facts", item 2``."""
    field, *items = place
    return f'"{field}"' + "".join(f", item {item + 1}" for item in items if isinstance(item, int))


def _explain(error: Any) -> str:
    if error["type"] == "missing":
        return "is missing"
    reason = _WANTED.get(error["type"]) or str(error["msg"]).removeprefix("Value error, ")
    if ", got " in reason:  # whoever read it has said what there is
        return reason
    given = json.dumps(error.get("input"), ensure_ascii=False, default=str)
    return f"{reason}, got {given if len(given) <= 60 else given[:59] + '…'}"


def _check_sense(line: _Line, where: str, id: str | float) -> None:
    """Refuse what cannot be meant: an expectation that no answer could meet, or that nothing could fail."""
    if line.answerable is False:
        for name in ("facts", "positions", "files"):
            if getattr(line, name):
                raise LineError(
                    f'{where}, field "{name}": an unanswerable question ("answerable": false) has none', id
                )
    if len(line.positions) == 1:
        raise LineError(
            f'{where}, field "positions": one position is no disagreement; give two, or "facts"', id
        )


def _kind_of(line: _Line) -> str:
    """Name what a case is about, where it does not say."""
    if line.history:
        return "follow-up"
    if line.answerable is False:
        return "unanswerable"
    if line.positions:
        return "disagreement"
    return "dates" if line.asked_at else "facts"

"""Excerpts of an indexed text: finding the file that is meant, and the lines around a place."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from index.errors import ConfigError, StoreError

if TYPE_CHECKING:
    from collections.abc import Collection

    from bot.desk import Desk

# `search` writes places as FILE:3-5, and people paste what they see.
_WITH_LINE = re.compile(r"(.+):(\d{1,9})(?:-(\d{1,9}))?", re.DOTALL)

# Names less alike than this (0 to 100) are not what was meant.
_NEAR = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    r"""A line of an excerpt; ``before + marked + after`` is the line, or what was kept of it.

    Attributes:
        number: from 1, by ``\\n`` alone.
        marked: what is to stand out; empty in lines around it.
        inside: whether the line is part of what is shown, rather than of its surroundings.
    """

    number: int
    before: str
    marked: str
    after: str
    inside: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """An indexed file and, where they were named, a line of it and the last of several."""

    file: str
    text: str
    line: int | None
    last: int | None = None


def open_target(desk: Desk, target: str, corpus: Path) -> Target:
    """Find what ``FILE``, ``FILE:LINE`` or ``FILE:LINE-LINE`` names.

    The whole is tried as a file first, since a name may end in ``:12``. A path that leads into the
    corpus folder from here, as the shell completes it, is taken as well.

    Raises:
        StoreError: no such file is indexed, it has no such line, or the lines run backwards.
    """
    files = desk.files()
    file, line, last = _find_file(target, frozenset(files), corpus), None, None
    if file is None and (split := _WITH_LINE.fullmatch(target)):
        file, line = _find_file(split[1], frozenset(files), corpus), int(split[2])
        last = int(split[3]) if split[3] else None
    if file is None:
        raise _unknown(desk, target, files)
    if line is not None and last is not None and last < line:
        raise StoreError(f"the lines {line}-{last} run backwards: write {file}:{last}-{line}")
    text = desk.text_of(file)
    count = len(split_lines(text))
    if line is not None and not 1 <= line <= count:
        raise StoreError(f"{file} has no line {line}: its lines are 1 to {count}")
    if line is not None and last is not None:
        last = min(last, count)
    return Target(file=file, text=text, line=line, last=last)


def warn_of_change(desk: Desk, file: str) -> str:
    """Say that an indexed file is another or gone by now; "" where it is as it was indexed."""
    try:
        drift = desk.drift([file])
    except ConfigError as exc:
        return f"{exc}; this is what was indexed"
    if drift.changed:
        return f"{file} has changed since it was indexed, and this is what was indexed: run `dateline index`"
    if drift.gone:
        return (
            f"{file} was deleted or cannot be read since it was indexed, and this is what was indexed: "
            "run `dateline index`"
        )
    return ""


def _find_file(name: str, files: Collection[str], corpus: Path) -> str | None:
    if name in files:
        return name
    try:
        below = os.path.relpath(name, corpus).replace(os.sep, "/")
    except ValueError:  # an empty name, or one with a NUL
        return None
    return below if below in files else None


def _unknown(desk: Desk, target: str, files: tuple[str, ...]) -> StoreError:
    from rapidfuzz import fuzz, process

    if not files:
        status = desk.status()
        return StoreError(next(iter(status.mends), "nothing is indexed yet: run `dateline index`"))
    split = _WITH_LINE.fullmatch(target)
    name = (split[1] if split else target) or '""'
    for skipped in desk.status().skipped:
        if skipped.file in (name, target):
            return StoreError(f"{skipped.file} is not indexed: {skipped.reason}")
    near = process.extract(name, files, scorer=fuzz.WRatio, limit=3, score_cutoff=_NEAR)
    mend = f"did you mean {' or '.join(match[0] for match in near)}?" if near else "see `dateline status`"
    return StoreError(f"{name} is not indexed: {mend}")


def split_lines(text: str) -> list[str]:
    r"""Split text at ``\\n`` alone; a newline at the end begins no further line."""
    lines = text.split("\n")
    return lines[:-1] if len(lines) > 1 and not lines[-1] else lines


def mark_line(text: str, number: int, *, last: int | None = None, around: int = 8) -> tuple[Line, ...]:
    """Give a line, or several, with their neighbours.

    Args:
        text: of the whole file.
        number: of the line, from 1; must exist.
        last: the last line to mark, where there are several.
        around: how many lines to give on either side.
    """
    lines = split_lines(text)
    marked = range(number, (last or number) + 1)
    first = max(1, number - around)
    return tuple(
        Line(
            number=at,
            before="" if at in marked else line,
            marked=line if at in marked else "",
            after="",
            inside=at in marked,
        )
        for at, line in enumerate(lines[first - 1 : marked.stop - 1 + around], start=first)
    )


def mark_range(text: str, start: int, end: int, *, around: int = 3, max_chars: int = 400) -> tuple[Line, ...]:
    """Give ``text[start:end]`` in the lines it stands in, with their neighbours.

    Args:
        text: of the whole file.
        start: of the range to mark.
        end: of the range, exclusive.
        around: how many lines to give on either side.
        max_chars: how much to keep on either side of the marked text within a line, and of a neighbour:
            a line may be a whole article.
    """
    found = []
    number = text.count("\n", 0, start) + 1
    at = text.rfind("\n", 0, start) + 1
    before = split_lines(text[:at])[-around:] if at and around else []
    for offset, line in enumerate(before):
        found.append(_neighbour(number - len(before) + offset, line, max_chars))
    while True:
        stop = text.find("\n", at)
        stop = len(text) if stop < 0 else stop
        cut, resume = max(at, start), min(stop, end)
        found.append(
            Line(
                number=number,
                before=_keep_end(text[at:cut], max_chars),
                marked=text[cut:resume],
                after=_keep_start(text[resume:stop], max_chars),
                inside=True,
            )
        )
        at, number = stop + 1, number + 1
        if at >= end:
            break
    for offset, line in enumerate(split_lines(text[at:])[:around] if at < len(text) else []):
        found.append(_neighbour(number + offset, line, max_chars))
    return tuple(found)


def _neighbour(number: int, line: str, max_chars: int) -> Line:
    return Line(number=number, before=_keep_start(line, max_chars), marked="", after="", inside=False)


def _keep_start(text: str, max_chars: int) -> str:
    return text if len(text) <= max_chars else text[:max_chars].rpartition(" ")[0] + " …"


def _keep_end(text: str, max_chars: int) -> str:
    return text if len(text) <= max_chars else "… " + text[-max_chars:].partition(" ")[2]

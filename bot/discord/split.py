"""Long text cut into messages, fences closed and reopened; tables laid out in code. Pure."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence

# Discord's limit on a message; white space at its ends does not count.
MESSAGE = 2000

_FENCE = re.compile(r"^\s{0,3}(`{3,}|~{3,})\s*([\w+-]*)\s*$")
_ROW = re.compile(r"^\s*\|.*\|\s*$")
_RULE = re.compile(r"^\s*\|?\s*:?-{2,}:?\s*(?:\|\s*:?-{2,}:?\s*)*\|?\s*$")
_WIDEST_TABLE = 60


def split_messages(text: str, limit: int = MESSAGE) -> list[str]:
    """Cut text into messages, at paragraphs where it can be, else at lines, sentences, words, characters.

    A code block that is cut is closed in one message and opened again in the next. Nothing but white
    space at the cuts is lost.

    Args:
        limit: most characters of a message; at least 20, for a fence needs its room.
    """
    if limit < 20:
        raise ValueError(f"limit must be at least 20, got {limit}")
    rest, messages, opened = text.strip("\n"), [], ""
    while rest.strip():
        head = f"{opened}\n" if opened else ""
        if len(head) + len(rest.rstrip()) <= limit and not _open_fence(head + rest):
            messages.append(head + rest.rstrip())
            break
        # Room is kept for the line that closes a fence.
        room = limit - len(head) - len("\n") - _fence_length(head + rest)
        cut = _find_cut(rest, max(room, 1))
        piece, rest = rest[:cut].rstrip(), rest[cut:]
        opened = _open_fence(head + piece)
        # In a code block a blank at the beginning of a line means something.
        rest = rest.removeprefix("\n") if opened else rest.lstrip()
        whole = head + piece + (f"\n{_closing(opened)}" if opened else "")
        if whole.strip():
            messages.append(whole)
        if opened and not rest.strip():
            break
    return messages


def _find_cut(text: str, room: int) -> int:
    if len(text) <= room:
        return len(text)
    for mark in ("\n\n", "\n", ". ", " "):
        cut = text.rfind(mark, 0, room)
        # A cut in the first third makes a message of a few words.
        if cut > room // 3:
            return cut + (1 if mark == ". " else 0)
    # Not between a letter and its accents, nor inside an emoji that is joined of several.
    cut = room
    while cut > 1 and (unicodedata.combining(text[cut]) or "\u200d" in text[cut - 1 : cut + 1]):
        cut -= 1
    # Nor between a backslash and what it escapes.
    return cut - 1 if cut > 1 and text[cut - 1] == "\\" else cut


def _open_fence(text: str) -> str:
    """Return the line that opened the code block in which a text ends; "" outside of one."""
    opened = ""
    for line in text.split("\n"):
        if found := _FENCE.match(line):
            if not opened:
                opened = f"{found[1]}{found[2]}"
            elif not found[2] and found[1].startswith(_closing(opened)):
                opened = ""
    return opened


def _closing(opened: str) -> str:
    return opened[: len(opened) - len(opened.lstrip("`~"))]


def _fence_length(text: str) -> int:
    return max((len(found[1]) for line in text.split("\n") if (found := _FENCE.match(line))), default=0)


def tidy_tables(text: str) -> str:
    """Lay Markdown's tables out in aligned code, or as lists where they are too wide; the rest stays."""
    lines, out = text.split("\n"), []
    at = 0
    while at < len(lines):
        if at + 1 < len(lines) and _ROW.match(lines[at]) and _RULE.match(lines[at + 1]):
            end = at + 2
            while end < len(lines) and _ROW.match(lines[end]):
                end += 1
            out.append(_lay_out([_cells(lines[at]), *map(_cells, lines[at + 2 : end])]))
            at = end
        else:
            out.append(lines[at])
            at += 1
    return "\n".join(out)


def _cells(row: str) -> list[str]:
    inner = row.strip().removeprefix("|").removesuffix("|")
    return [cell.strip().replace("\\|", "|") for cell in re.split(r"(?<!\\)\|", inner)]


def _lay_out(rows: Sequence[list[str]]) -> str:
    count = max(map(len, rows))
    full = [[*row, *[""] * (count - len(row))] for row in rows]
    widths = [max(map(_width, column)) for column in zip(*full, strict=True)]
    if sum(widths) + 2 * (count - 1) > _WIDEST_TABLE:
        head, *body = full
        return "\n".join(
            "- "
            + "; ".join(f"{name}: {cell}" if name else cell for name, cell in zip(head, row, strict=True))
            for row in body
        )
    laid = [
        "  ".join(_pad(cell, width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in full
    ]
    laid.insert(1, "  ".join("-" * width for width in widths))
    # A fence inside a cell would end the block.
    return "```\n" + "\n".join(line.replace("```", "ˋˋˋ") for line in laid) + "\n```"


def _width(text: str) -> int:
    return sum(2 if unicodedata.east_asian_width(each) in "WF" else 1 for each in text)


def _pad(text: str, width: int) -> str:
    return text + " " * (width - _width(text))

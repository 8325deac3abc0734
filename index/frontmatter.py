"""YAML front matter: the lines between two ``---`` at the very start of a text file.

It is never cut off, since quotes are counted in the whole file; it is only told apart from what may be
quoted. A ``---`` may also be a thematic break, so the lines between must look like front matter.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field

from index.decode import BOM
from index.fields import KNOWN_KEYS, Fields, read_fields

# Front matter of articles is well under a kilobyte; past this it is text, or meant to cost time.
_MAX_CHARS = 64 * 1024
_MAX_DEPTH = 20

_OPEN = re.compile(rf"{BOM}?---[ \t]*\r?\n")
_CLOSE = re.compile(r"^(?:---|\.\.\.)[ \t]*\r?$\n?", re.MULTILINE)
_PAIR = re.compile(r"(?P<key>[A-Za-z][\w .-]{0,39}?)[ \t]*:(?P<value>|[ \t].*)")
_GOES_ON = re.compile(r"[ \t]+\S|- |-$|#|[\]}]")
_PLAIN_KEY = re.compile(r"[a-z][a-z0-9_.-]*")
_KEYS = KNOWN_KEYS | {
    "layout", "tags", "categories", "category", "keywords", "slug", "draft", "description", "summary",
    "lang", "language", "section", "image", "id", "updated", "modified", "lastmod", "permalink", "subtitle",
}  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class FrontMatter:
    """What stands before the article.

    Attributes:
        end: where the article begins, in characters of the whole text.
        fields: what it says.
        notes: what could not be used, one line each.
    """

    end: int
    fields: Fields = field(default_factory=Fields)
    notes: tuple[str, ...] = ()


def read_front_matter(text: str) -> FrontMatter:
    """Read the front matter of a text, if there is any.

    Malformed YAML that still looks like front matter is read line by line, and is not quoted.

    Args:
        text: the whole file, with its byte order mark and newlines.
    """
    start = len(BOM) if text.startswith(BOM) else 0
    opening = _OPEN.match(text)
    if not opening:
        return FrontMatter(end=start)
    closing = _CLOSE.search(text, opening.end(), opening.end() + _MAX_CHARS)
    if not closing:
        return _without_end(text, opening.end(), start)
    block = text[opening.end() : closing.start()]
    if not block.strip():
        return FrontMatter(end=closing.end())
    values, fault = _load_yaml(block)
    if values is not None and _has_keys(values):
        fields, notes = read_fields(values)
        return FrontMatter(end=closing.end(), fields=fields, notes=_front(notes))
    if values is None and _looks_like_pairs(block):
        fields, notes = read_fields(_pairs_of(block))
        fault_note = f"not valid YAML, read line by line ({fault})"
        return FrontMatter(end=closing.end(), fields=fields, notes=_front((fault_note, *notes)))
    return FrontMatter(end=start)


def _without_end(text: str, opened: int, start: int) -> FrontMatter:
    """Read front matter that nothing closes: up to the first empty line, or none at all."""
    blank = re.compile(r"^[ \t]*\r?$", re.MULTILINE).search(text, opened, opened + _MAX_CHARS)
    end = blank.start() if blank else len(text)
    block = text[opened:end]
    if len(block) > _MAX_CHARS or not block.strip() or not _looks_like_pairs(block):
        return FrontMatter(end=start)
    fields, notes = read_fields(_pairs_of(block))
    return FrontMatter(end=end, fields=fields, notes=_front(("no closing `---`", *notes)))


def _front(notes: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(f"front matter: {note}" for note in notes)


def _load_yaml(block: str) -> tuple[Mapping[str, object] | None, str | None]:
    """Load the block as a mapping of strings, or None and what is wrong.

    The base loader leaves every scalar as it is written: a date stays "2014-06-11T23:30:00-05:00", a
    title of 1984 no number, and nothing but strings, lists and mappings can come out.
    """
    import yaml  # not needed to hash a folder

    loader = getattr(yaml, "CBaseLoader", yaml.BaseLoader)
    try:
        depth = 0
        for event in yaml.parse(block, Loader=loader):
            if isinstance(event, yaml.AliasEvent):
                return None, "aliases are not read"
            depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
            if depth > _MAX_DEPTH:
                return None, "nested too deeply"
        # The base loader builds strings, lists and mappings, and nothing else.
        values = yaml.load(block, Loader=loader)  # noqa: S506
    except yaml.YAMLError as exc:
        mark = getattr(exc, "problem_mark", None)
        problem = str(getattr(exc, "problem", None) or "unreadable").split("\n")[0]
        # The opening `---` is line 1 of the file.
        return None, f"line {mark.line + 2}: {problem}" if mark else problem
    if not isinstance(values, dict):
        return None, "no `key: value` lines"
    return values, None


def _has_keys(values: Mapping[str, object]) -> bool:
    keys = [str(key) for key in values]
    return any(key.casefold() in _KEYS for key in keys) or all(_PLAIN_KEY.fullmatch(key) for key in keys)


def _looks_like_pairs(block: str) -> bool:
    lines = [line for line in block.split("\n") if line.strip()]
    pairs = [_PAIR.fullmatch(line.rstrip()) for line in lines]
    if not pairs[0] or not any(pair and pair["key"].casefold() in _KEYS for pair in pairs):
        return False
    return all(pair or _GOES_ON.match(line) for pair, line in zip(pairs, lines, strict=True))


def _pairs_of(block: str) -> dict[str, object]:
    pairs = (_PAIR.fullmatch(line.rstrip()) for line in block.split("\n"))
    return {pair["key"]: _unquoted(pair["value"].strip()) for pair in pairs if pair}


def _unquoted(value: str) -> str:
    if len(value) < 2 or value[0] != value[-1] or value[0] not in "\"'":
        return value
    if value[0] == '"':
        with suppress(ValueError):
            # JSON's strings are nearly YAML's, and unlike YAML's may spell an emoji as a surrogate pair.
            return str(json.loads(value))
    return value[1:-1]

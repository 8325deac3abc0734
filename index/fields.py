"""What a file says about its article: title, publisher, authors, url, date.

The same five facts come from front matter, JSON, HTML and ``metadata.jsonl``, under many names and in
many shapes. Here they become one value; whatever cannot be used is left out and named in a note.
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import TypeVar

from index.published import parse_published

_T = TypeVar("_T")

MAX_LINE_CHARS = 300  # a title or name longer than this is text in the wrong place
_MAX_URL_CHARS = 2_000  # what browsers agree on
_MAX_AUTHORS = 30

_KEYS = {
    "title": ("title", "headline"),
    "publisher": ("publisher", "source", "site_name", "sitename", "site"),
    "authors": ("authors", "author", "byline", "creator"),
    "url": ("url", "link", "canonical_url", "source_url"),
    "published": (
        "published",
        "date",
        "published_at",
        "published_on",
        "publishedat",
        "publication_date",
        "date_published",
        "datepublished",
        "pubdate",
    ),
}
KNOWN_KEYS = frozenset(key for keys in _KEYS.values() for key in keys)

# Marks that turn the direction of writing around: a title must not reorder the line it is shown in.
_BIDI = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
_NOTHING = frozenset({"", "~", "null", "none", "n/a", "unknown"})
_QUOTED = re.compile(r"'((?:[^'\\]|\\.)*)'|\"((?:[^\"\\]|\\.)*)\"")
_URL = re.compile(r"https?://[^\s<>\"\\^`{|}\x00-\x20\x7f]+", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Fields:
    """What is said about an article; None or empty where nothing is said."""

    title: str | None = None
    publisher: str | None = None
    authors: tuple[str, ...] = ()
    url: str | None = None
    published: date | None = None

    def filled_from(self, other: Fields) -> Fields:
        """Return these fields, with the empty ones taken from other."""
        return Fields(
            title=self.title or other.title,
            publisher=self.publisher or other.publisher,
            authors=self.authors or other.authors,
            url=self.url or other.url,
            published=self.published or other.published,
        )


def read_fields(raw: Mapping[str, object]) -> tuple[Fields, tuple[str, ...]]:
    """Find the five facts in a mapping of unknown shape.

    Args:
        raw: keys and values as a YAML or JSON reader gives them; keys in any case, with ``-``, ``_``
            or a blank.

    Returns:
        The facts, and one note for each value that cannot be used, naming the key and the value.
    """
    values = {_plain_key(key): value for key, value in raw.items()}
    notes: list[str] = []
    url = _first("url", _url_of, values, notes)
    publisher = _first("publisher", _name_of, values, notes)
    if publisher and _URL.fullmatch(publisher):
        # `source: https://…` is common: an address, no name.
        publisher, url = None, url or publisher
    fields = Fields(
        title=_first("title", _line_of, values, notes),
        publisher=publisher,
        authors=_first("authors", _authors_of, values, notes) or (),
        url=url,
        published=_first("published", _date_of, values, notes),
    )
    return fields, tuple(notes)


def one_line(value: str, *, limit: int = MAX_LINE_CHARS) -> str:
    """Bring text that is only shown, never quoted, into one clean line.

    Control, direction and zero-width marks go, white space becomes single blanks, and what is longer
    than the limit ends in ``…``.
    """
    kept = "".join(_clean_char(char) for char in unicodedata.normalize("NFC", value[: limit * 8]))
    line = " ".join(kept.split())
    return line if len(line) <= limit else line[: limit - 1].rstrip() + "…"


def split_authors(written: str) -> tuple[str, ...]:
    """Split a byline, or a list that was written out as a string, into names."""
    written = written.strip()
    if written.startswith("[") and written.endswith("]"):
        return _clean_names(_items_of(written))
    written = re.sub(r"^by:?\s+", "", written, flags=re.IGNORECASE)
    names: list[str] = []
    for part in re.split(r"\s*;\s*|\s*\|\s*|,?\s+(?:and|&)\s+", written):
        by_comma = [piece.strip() for piece in part.split(",")]
        # "Jane Doe, John Roe" are two people; "Jane Doe, Jr." is one.
        names.extend(by_comma if all(" " in piece for piece in by_comma) else [part])
    return _clean_names(names)


def _clean_char(char: str) -> str:
    category = unicodedata.category(char)
    if category == "Cc" or category in ("Zl", "Zp"):
        return " "
    return "" if char in _BIDI or category == "Cs" or char in "\ufeff\u200b\u00ad" else char


def _plain_key(key: object) -> str:
    return str(key).strip().casefold().replace("-", "_").replace(" ", "_")


class _UnusableError(ValueError):
    """A value that says nothing we can use; the message says why."""


def _first(
    field: str, read: Callable[[object], _T | None], values: Mapping[str, object], notes: list[str]
) -> _T | None:
    for key in _KEYS[field]:
        if key not in values:
            continue
        try:
            found = read(values[key])
        except _UnusableError as unusable:
            notes.append(f"{key}: {unusable}")
            continue
        if found:
            return found
    return None


def _line_of(value: object) -> str | None:
    if value is None or isinstance(value, bool):
        return None
    if isinstance(value, int | float):
        value = str(value)
    if not isinstance(value, str):
        raise _UnusableError(f"{_shown(value)} is not a line of text")
    line = one_line(value)
    return None if line.casefold() in _NOTHING else line


def _name_of(value: object) -> str | None:
    # JSON-LD writes {"@type": "Organization", "name": "…"}; lists hold one name nearly always.
    if isinstance(value, list) and value:
        value = value[0]
    if isinstance(value, Mapping):
        value = value.get("name")
    return _line_of(value)


def _authors_of(value: object) -> tuple[str, ...]:
    if isinstance(value, str):
        return split_authors(value)
    if value is None:
        return ()
    items = value if isinstance(value, list) else [value]
    return _clean_names(_name_of(item) or "" for item in items)


def _url_of(value: object) -> str | None:
    line = _line_of(value)
    if line is None:
        return None
    written = str(value).strip()
    if len(written) > _MAX_URL_CHARS or not _URL.fullmatch(written):
        raise _UnusableError(f"{_shown(line)} is not a web address (http:// or https://)")
    return written


def _date_of(value: object) -> date | None:
    line = _line_of(value)
    if line is None:
        return None
    found, fault = parse_published(line)
    if fault:
        raise _UnusableError(fault)
    return found


def _items_of(written: str) -> list[str]:
    """Take the strings out of a JSON or Python list that was written out as text."""
    try:
        items = json.loads(written)
    except (ValueError, RecursionError):
        return [single or double for single, double in _QUOTED.findall(written)]
    return [item for item in items if isinstance(item, str)]


def _clean_names(names: Iterable[str]) -> tuple[str, ...]:
    lines = (one_line(name) for name in names)
    seen = dict.fromkeys(line for line in lines if line.casefold() not in _NOTHING)
    return tuple(seen)[:_MAX_AUTHORS]


def _shown(value: object) -> str:
    written = repr(value)
    return written if len(written) <= 80 else written[:79] + "…"

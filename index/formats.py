"""One reader per format: bytes in, text and the articles in it out."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass

from index.decode import BOM, decode_text
from index.errors import ArticleFormatError
from index.fields import Fields, read_fields
from index.frontmatter import read_front_matter
from index.headline import derive_title
from index.kinds import kind_of
from index.model import Span

# The keys under which the text of an article is found in JSON Lines, the best first.
_TEXT_KEYS = ("text", "body", "content", "article")
# One article in a file of thousands may be broken in as many ways; the reader needs the first few.
_MAX_NOTES = 50
_SURROGATES = re.compile("[\ud800-\udfff]")
# White space and marks that show nothing.
_INVISIBLE = " \t\r\n\f\v\0\u00a0\u200b\u200c\u200d\u2060" + BOM


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """An article as its reader finds it.

    Attributes:
        place: None where the file is the article; the line, from 1, where it holds many.
        span: what may be quoted.
        fields: what the file states about it.
        derived_title: what reads like its title, where none is stated.
    """

    place: int | None
    span: Span
    fields: Fields
    derived_title: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Extract:
    """The text of a file and the articles in it; what was left out of it, and remarks on the rest."""

    text: str
    drafts: tuple[Draft, ...]
    lost: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


def extract(file: str, data: bytes) -> Extract:
    """Read a file in the format that its name, or else its content, says.

    Args:
        file: path below the corpus folder, with ``/``.
        data: the whole file.

    Raises:
        ArticleFormatError: it cannot be read, or holds no text.
    """
    # The readers of other formats load their libraries, so each comes in when a file asks for it.
    match kind_of(file, data):
        case "text":
            return extract_text(file, data)
        case "jsonl":
            return extract_json_lines(file, data)
        case "html":
            from index.html import read_html

            return one_article(file, *read_html(file, data))
        case "pdf":
            from index.pdf import read_pdf

            return one_article(file, *read_pdf(file, data))
        case "word":
            from index.word import read_word

            return one_article(file, *read_word(file, data))


def extract_text(file: str, data: bytes) -> Extract:
    """Read plain text or Markdown; the text is the file to the letter, front matter and all.

    Raises:
        ArticleFormatError: the bytes are no text, or there is nothing but white space or front matter.
    """
    text, encoding = decode_text(file, data)
    front = read_front_matter(text)
    if not text[front.end :].strip(_INVISIBLE):
        what = "nothing but front matter" if text.strip(_INVISIBLE) else "empty, or nothing but white space"
        raise ArticleFormatError(file, f"{what}: there is no text to quote")
    notes = front.notes
    if not encoding.startswith("utf"):
        notes = (f"not UTF-8: read as {encoding}, as detected; save it as UTF-8 to be sure", *notes)
    draft = Draft(
        place=None,
        span=Span(front.end, len(text)),
        fields=front.fields,
        derived_title=None if front.fields.title else derive_title(text[front.end :]),
    )
    return Extract(text=text, drafts=(draft,), notes=notes)


def one_article(file: str, text: str, fields: Fields, notes: tuple[str, ...] = ()) -> Extract:
    """Make an extract of a text that is one article.

    Raises:
        ArticleFormatError: the text is empty.
    """
    text = plain(text)
    if not text.strip(_INVISIBLE):
        raise ArticleFormatError(file, "empty: there is no text in it")
    title = None if fields.title else derive_title(text)
    draft = Draft(place=None, span=Span(0, len(text)), fields=fields, derived_title=title)
    return Extract(text=text, drafts=(draft,), notes=notes)


def extract_json_lines(file: str, data: bytes) -> Extract:
    """Read JSON Lines, one article a line, the texts one after the other with an empty line between.

    Lines that cannot be used are noted and the others kept.

    Raises:
        ArticleFormatError: no line can be used.
    """
    written, encoding = decode_text(file, data)
    notes = [] if encoding.startswith("utf") else [f"not UTF-8: read as {encoding}, as detected"]
    if not written.strip(_INVISIBLE):
        raise ArticleFormatError(file, "empty: there is no line in it")
    parts: list[str] = []
    drafts: list[Draft] = []
    lost: list[str] = []
    end = 0
    for number, line in enumerate(written.removeprefix(BOM).split("\n"), start=1):
        if not line.strip():
            continue
        try:
            text, fields, faults = _read_line(line)
        except ValueError as fault:
            lost.append(f"line {number}: {fault}")
            continue
        notes.extend(f"line {number}: {remark}" for remark in faults)
        start = end + 2 if parts else 0
        end = start + len(text)
        parts.append(text)
        title = None if fields.title else derive_title(text)
        drafts.append(Draft(place=number, span=Span(start, end), fields=fields, derived_title=title))
    if not drafts:
        reason = f'no line holds an article ({lost[0]}): each is to be an object with a "text"'
        raise ArticleFormatError(file, reason)
    for remarks in (lost, notes):
        if len(remarks) > _MAX_NOTES:
            remarks[_MAX_NOTES:] = [f"and {len(remarks) - _MAX_NOTES} more like these"]
    return Extract(text="\n\n".join(parts), drafts=tuple(drafts), lost=tuple(lost), notes=tuple(notes))


def _read_line(line: str) -> tuple[str, Fields, tuple[str, ...]]:
    try:
        value = json.loads(line)
    except RecursionError as exc:
        raise ValueError("nested too deeply") from exc
    except json.JSONDecodeError as exc:
        raise ValueError(f"not JSON ({exc.msg} at character {exc.pos + 1})") from exc
    except ValueError as exc:
        raise ValueError("a number with too many digits") from exc
    if not isinstance(value, Mapping):
        raise ValueError(f"not an object but {type(value).__name__}")
    key = next((key for key in _TEXT_KEYS if value.get(key) is not None), None)
    if key is None:
        raise ValueError("no text (looked for " + ", ".join(_TEXT_KEYS) + ")")
    if not isinstance(value[key], str):
        raise ValueError(f"{key} is not a string but {type(value[key]).__name__}")
    text = plain(value[key])
    if not text.strip(_INVISIBLE):
        raise ValueError(f"{key} is empty")
    # What was taken for the text is no field, whatever it is called.
    fields, notes = read_fields({name: said for name, said in value.items() if name != key})
    return text, fields, notes


def plain(text: str) -> str:
    """Give extracted text the newlines of Unix and take out what no store can hold.

    NUL goes; a lone surrogate, which is no character, becomes U+FFFD.
    """
    text = text.replace("\r\n", "\n").replace("\r", "\n").replace("\0", "")
    return _SURROGATES.sub("\ufffd", text)

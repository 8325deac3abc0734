"""Word documents: paragraphs and tables in their order, and the properties that name an author."""

from __future__ import annotations

import unicodedata
import zipfile
from collections.abc import Iterator
from io import BytesIO
from typing import Any

from index.errors import ArticleFormatError
from index.fields import Fields, read_fields
from index.kinds import binary_reason

# An article unpacks to some megabytes with its pictures; more is a bomb, or no article.
_MAX_UNPACKED_BYTES = 200 * 1024 * 1024
_MAX_TEXT_PART_BYTES = 50 * 1024 * 1024
_MAX_PARTS = 5_000

_W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_FALLBACK = "{http://schemas.openxmlformats.org/markup-compatibility/2006}Fallback"
# Deleted and moved-away text is not what a reader sees; a fallback repeats what stands beside it.
_UNSEEN = frozenset({f"{_W}del", f"{_W}moveFrom", f"{_W}instrText", _FALLBACK})
_CHARACTERS = {
    f"{_W}tab": "\t",
    f"{_W}br": "\n",
    f"{_W}cr": "\n",
    f"{_W}noBreakHyphen": "-",
}
_TITLE_STYLES = frozenset({"Title", "Heading1"})
# What programs write where nobody typed anything.
_NO_NAMES = frozenset(
    {
        "python-docx",
        "author",
        "user",
        "admin",
        "administrator",
        "owner",
        "microsoft office user",
        "word document",
    }
)

# lxml brings no types along, so its elements are Any here.
_Element = Any


def read_word(file: str, data: bytes) -> tuple[str, Fields, tuple[str, ...]]:
    """Read a Word document.

    Args:
        file: path below the corpus folder.
        data: the whole file.

    Returns:
        A line for each paragraph and each row of a table, in Unicode's composed form; title and author;
        no notes.

    Raises:
        ArticleFormatError: it is broken, encrypted, no Word document, or unpacks to too much.
    """
    _check_package(file, data)
    import docx

    try:
        document = docx.Document(BytesIO(data))
        # The XML is walked here, since python-docx passes over tracked insertions and content controls.
        body: _Element = document.element.body
        lines = [line for line in _lines(body) if line]
        said = {"title": document.core_properties.title, "author": document.core_properties.author}
        heading = _heading(body)
    except Exception as exc:
        # An untrusted package fails in as many ways as it has parts; every one means the same to a reader.
        raise ArticleFormatError(file, "a broken Word file: open it in Word and save it again") from exc
    if said["title"] and said["title"].strip().casefold() in _NO_NAMES:
        said["title"] = None
    fields, _ = read_fields({**said, "title": said["title"] or heading})
    authors = tuple(name for name in fields.authors if name.casefold() not in _NO_NAMES)
    text = unicodedata.normalize("NFC", "\n".join(lines))
    # The properties know when the file was made, not when the article was published.
    return text, Fields(title=fields.title, authors=authors), ()


def _check_package(file: str, data: bytes) -> None:
    """Look at the package's list before anything is unpacked."""
    if data.startswith(b"\xd0\xcf\x11\xe0"):
        raise ArticleFormatError(file, "encrypted, or an old Word file: save it as .docx without a password")
    if not data.startswith(b"PK"):
        what = binary_reason(data) or "not a Word file"
        raise ArticleFormatError(file, f"{what}: its name says Word, its content does not; rename it")
    try:
        with zipfile.ZipFile(BytesIO(data)) as package:
            parts = package.infolist()
    except (zipfile.BadZipFile, ValueError, OSError, NotImplementedError) as exc:
        raise ArticleFormatError(file, "a broken Word file: open it in Word and save it again") from exc
    if not any(part.filename == "word/document.xml" for part in parts):
        raise ArticleFormatError(file, "not a Word file, though a ZIP archive: save it as .docx")
    texts = sum(part.file_size for part in parts if part.filename.endswith(".xml"))
    everything = sum(part.file_size for part in parts)
    # A part is never unpacked beyond the size listed for it, so the list may be trusted this far.
    if len(parts) > _MAX_PARTS or texts > _MAX_TEXT_PART_BYTES or everything > _MAX_UNPACKED_BYTES:
        size = f"{everything / 1024 / 1024:.0f} MB in {len(parts)} parts"
        raise ArticleFormatError(file, f"it unpacks to {size}, too much for an article: save it as .txt")


def _lines(container: _Element) -> Iterator[str]:
    for element in container:
        if element.tag == f"{_W}p":
            yield from (" ".join(line.split()) for line in _paragraph(element).split("\n"))
        elif element.tag == f"{_W}tbl":
            for row in _nearest(element, f"{_W}tr"):
                cells = (" ".join(" ".join(_lines(cell)).split()) for cell in _nearest(row, f"{_W}tc"))
                yield " | ".join(cell for cell in cells if cell)
        elif isinstance(element.tag, str) and element.tag not in _UNSEEN:
            yield from _lines(element)


def _nearest(element: _Element, tag: str) -> Iterator[_Element]:
    """Find the elements with a tag below another, but none inside each other (a table in a cell)."""
    for child in element:
        if child.tag == tag:
            yield child
        elif child.tag not in _UNSEEN:
            yield from _nearest(child, tag)


def _paragraph(paragraph: _Element) -> str:
    return "".join(_pieces(paragraph))


def _pieces(element: _Element) -> Iterator[str]:
    for child in element:
        if child.tag == f"{_W}t":
            yield child.text or ""
        elif child.tag in _CHARACTERS:
            yield _CHARACTERS[child.tag]
        elif child.tag in _UNSEEN or not isinstance(child.tag, str) or _is_hidden(child):
            continue
        else:
            if child.tag == f"{_W}p":
                # A text box inside the paragraph; its lines are lines of their own.
                yield "\n"
            yield from _pieces(child)


def _is_hidden(run: _Element) -> bool:
    mark = run.find(f"{_W}rPr/{_W}vanish")
    return mark is not None and mark.get(f"{_W}val") not in ("0", "false", "off")


def _heading(body: _Element) -> str | None:
    for paragraph in body.iter(f"{_W}p"):
        style = paragraph.find(f"{_W}pPr/{_W}pStyle")
        if style is not None and style.get(f"{_W}val") in _TITLE_STYLES:
            return " ".join(_paragraph(paragraph).split()) or None
    return None

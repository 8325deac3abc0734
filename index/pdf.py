"""PDF files: the text of each page, put back into paragraphs."""

from __future__ import annotations

import logging
import re
import time
import unicodedata
from collections import Counter
from collections.abc import Sequence
from io import BytesIO
from itertools import pairwise
from typing import TYPE_CHECKING

from index.errors import ArticleFormatError
from index.fields import Fields, read_fields
from index.kinds import binary_reason

if TYPE_CHECKING:
    from pypdf import PageObject, PdfReader

# Bounds against files that are made to take forever; the longest newspaper issues stay far below.
_MAX_PAGES = 2_000
_MAX_CHARS = 10_000_000
_MAX_PAGE_BYTES = 8 * 1024 * 1024
_MAX_SECONDS = 120.0

# A line that stands at the edge of this share of the pages is a running header or footer.
_RUNNING_SHARE = 0.5
_EDGE_LINES = 2
_MAX_WORD_CHARS = 60  # a cut word is looked for no further from the line's end
# A line this much shorter than a full one ends its paragraph if a sentence or heading ends with it.
_FULL_SHARE = 0.8

_SENTENCE_END = re.compile(r"[.!?…:][\"'”’»)\]]*$")
_PAGE_NUMBER = re.compile(r"(?:page\s+|p\.\s*)?[-–—\s]*\d{1,4}[-–—\s]*(?:(?:/|of)\s*\d{1,4})?", re.IGNORECASE)
_LIST_ITEM = re.compile(r"(?:[•●▪‣◦*–—-]|\(?\d{1,2}[.)])\s")
_NO_TITLE = re.compile(
    r"untitled.*|microsoft (?:word|powerpoint).*|(?:document|print|layout)\s?\d*"
    r"|\S+\.(?:docx?|pdf|indd|qxd|qxp|rtf|txt|html?|tmp|p65)|https?:\S+|[\d\W_]+|\S+",
    re.IGNORECASE,
)
_NO_NAMES = frozenset({"admin", "administrator", "user", "owner", "author", "unknown", "anonymous", "root"})

# Faults in a PDF become a reason; without a handler Python would print them on standard error.
logging.getLogger("pypdf").addHandler(logging.NullHandler())


def read_pdf(file: str, data: bytes) -> tuple[str, Fields, tuple[str, ...]]:
    """Read a PDF.

    Args:
        file: path below the corpus folder.
        data: the whole file.

    Returns:
        A line for each paragraph, in Unicode's composed form; title and author where the document's own
        look real; notes on pages without text.

    Raises:
        ArticleFormatError: it is encrypted, broken, too large, or pictures of pages alone.
    """
    from pypdf import PdfReader
    from pypdf.errors import DependencyError, FileNotDecryptedError, LimitReachedError

    start = data[:1024].find(b"%PDF-")
    if start < 0:
        what = binary_reason(data) or "not a PDF"
        raise ArticleFormatError(
            file, f"{what}: its name says PDF, its content does not; rename it or fetch it anew"
        )
    locked = "encrypted: save a copy without a password, for instance with `qpdf --decrypt`"
    try:
        reader = PdfReader(BytesIO(data))
        if reader.is_encrypted and not reader.decrypt(""):
            raise ArticleFormatError(file, locked)
        if len(reader.pages) > _MAX_PAGES:
            raise ArticleFormatError(file, f"{len(reader.pages)} pages, more than {_MAX_PAGES}: split it")
        pages = _pages_of(file, reader)
        fields = _fields_of(reader)
    except ArticleFormatError:
        raise
    except (DependencyError, FileNotDecryptedError) as exc:
        raise ArticleFormatError(file, locked) from exc
    except LimitReachedError as exc:
        raise ArticleFormatError(
            file, "it unpacks to too much for an article: print it to a new PDF"
        ) from exc
    except (Exception, RecursionError) as exc:
        # An untrusted file fails in as many ways as it has objects; every one means the same to a reader.
        raise ArticleFormatError(file, "a broken PDF: print it to a new PDF, or fetch it anew") from exc
    if not any(pages):
        reason = "no text in it, only pictures of pages: it needs OCR first, for instance with `ocrmypdf`"
        raise ArticleFormatError(file, reason)
    blank = [str(number) for number, lines in enumerate(pages, start=1) if not lines]
    shown = ", ".join(blank[:10]) + (", …" if len(blank) > 10 else "")
    notes = (f"no text on page {shown}",) if blank else ()
    return unicodedata.normalize("NFC", "\n".join(join_lines(without_running_lines(pages)))), fields, notes


def _pages_of(file: str, reader: PdfReader) -> list[list[str]]:
    pages: list[list[str]] = []
    chars = 0
    # No clock in the text: it only decides between all of a file and none of it.
    deadline = time.monotonic() + _MAX_SECONDS
    for page in reader.pages:
        _check_content(file, page)
        text = page.extract_text()
        chars += len(text)
        if chars > _MAX_CHARS or time.monotonic() > deadline:
            raise ArticleFormatError(file, "it takes too long to read: split it, or print it to a new PDF")
        lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
        pages.append([line for line in (" ".join(line.split()) for line in lines) if line])
    return pages


def _check_content(file: str, page: PageObject) -> None:
    contents = page.get_contents()
    if contents is not None and len(contents.get_data()) > _MAX_PAGE_BYTES:
        raise ArticleFormatError(file, "a page that unpacks to too much: print it to a new PDF")


def without_running_lines(pages: Sequence[Sequence[str]]) -> list[str]:
    """Put pages one after the other, without the headers, footers and page numbers that repeat.

    Lines that differ in their digits alone count as the same.
    """
    edges = [_edges_of(page) for page in pages]
    seen = Counter(shape for page in edges for shape in {_shape(line) for _, line in page})
    running = {
        shape for shape, count in seen.items() if len(pages) > 2 and count > len(pages) * _RUNNING_SHARE
    }
    lines: list[str] = []
    for page, edge in zip(pages, edges, strict=True):
        drop = {place for place, line in edge if _shape(line) in running}
        # A number alone on the first or last line is a page number, however few the pages are.
        drop |= {place for place in (0, len(page) - 1) if page and _PAGE_NUMBER.fullmatch(page[place])}
        lines.extend(line for place, line in enumerate(page) if place not in drop)
    return lines


def _edges_of(page: Sequence[str]) -> list[tuple[int, str]]:
    count = len(page)
    return [
        (place, page[place]) for place in range(count) if place < _EDGE_LINES or place >= count - _EDGE_LINES
    ]


def _shape(line: str) -> str:
    return re.sub(r"\d+", "#", line.casefold())


def join_lines(lines: Sequence[str]) -> list[str]:
    """Undo the line breaks of a page: the lines of a paragraph become one, cut words whole.

    A line ends its paragraph if it is short and a sentence ends with it, or if it is short and the next
    begins like a new one.
    """
    if not lines:
        return []
    # Nearly the longest, since a table or a caption may be set wider than the columns.
    full = sorted(map(len, lines))[int(0.8 * (len(lines) - 1))]
    words = Counter(re.findall(r"\w+(?:-\w+)*", " ".join(lines).casefold()))
    pieces = [lines[0]]
    for previous, line in pairwise(lines):
        if _ends_paragraph(previous, line, full):
            pieces.append("\n")
        else:
            # Only the last piece is touched, so that one endless paragraph costs no more than many.
            pieces[-1], between = _seam(pieces[-1], line, words)
            pieces.append(between)
        pieces.append(line)
    return "".join(pieces).split("\n")


def _ends_paragraph(line: str, following: str, full: int) -> bool:
    if _LIST_ITEM.match(following):
        return True
    if len(line) >= full * _FULL_SHARE or line.endswith(("-", "\u00ad", ",")):
        return False
    begins = next((char for char in following if char.isalnum()), "")
    return bool(_SENTENCE_END.search(line)) or not begins.islower()


def _seam(before: str, line: str, words: Counter[str]) -> tuple[str, str]:
    """Decide how a line goes on: itself, perhaps without its hyphen, and what comes between."""
    if before.endswith("\u00ad"):
        return before[:-1], ""
    cut = re.search(r"(\w+)-$", before[-_MAX_WORD_CHARS:])
    rest = re.match(r"\w+", line[:_MAX_WORD_CHARS])
    if not cut or not rest:
        return before, " "
    # "well-" + "known" or "prison-" + "ers"? Whichever the document writes elsewhere; else one word.
    hyphenated = words[f"{cut[1]}-{rest[0]}".casefold()]
    if not rest[0][0].islower() or hyphenated > words[(cut[1] + rest[0]).casefold()]:
        return before, ""
    return before[:-1], ""


def _fields_of(reader: PdfReader) -> Fields:
    info = reader.metadata
    title = str(info.title or "").strip() if info else ""
    author = str(info.author or "").strip() if info else ""
    # CreationDate is not looked at: it is when the file was made, not when the article was published.
    fields, _ = read_fields({"title": None if _NO_TITLE.fullmatch(title) else title, "author": author})
    authors = tuple(name for name in fields.authors if name.casefold() not in _NO_NAMES)
    return Fields(title=fields.title, authors=authors)

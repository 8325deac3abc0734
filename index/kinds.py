"""What a file is, by its name and by its content, and why it is not an article where it is none."""

from __future__ import annotations

import re
from typing import Literal

from index.errors import ArticleFormatError

Kind = Literal["text", "html", "pdf", "word", "jsonl"]

_KINDS: dict[str, Kind] = {
    ".txt": "text",
    ".text": "text",
    ".md": "text",
    ".markdown": "text",
    ".html": "html",
    ".htm": "html",
    ".xhtml": "html",
    ".pdf": "pdf",
    ".docx": "word",
    ".jsonl": "jsonl",
    ".ndjson": "jsonl",
}

# Suffixes whose content would pass for plain text, or whose mend is better known by name.
_UNREAD = {
    **dict.fromkeys(
        (".json", ".geojson", ".ipynb"),
        'JSON data, not an article: put one object with a "text" on each line of a .jsonl file',
    ),
    **dict.fromkeys(
        (".csv", ".tsv", ".xls", ".xlsx", ".ods"),
        'a table, not an article: put one object with a "text" on each line of a .jsonl file',
    ),
    **dict.fromkeys(
        (".xml", ".rss", ".atom", ".svg", ".opml"),
        "XML data, not an article: save the article as .html or .txt",
    ),
    **dict.fromkeys(
        (".doc", ".dot", ".docm", ".rtf", ".odt", ".wpd", ".pages", ".epub", ".ppt", ".pptx", ".odp"),
        "a document in a format that is not read: save it as .docx, .pdf or .txt",
    ),
    **dict.fromkeys(
        (".eml", ".msg", ".mbox", ".mht", ".mhtml", ".webarchive", ".warc"),
        "a mail or web archive: save the article as .html or .txt",
    ),
    **dict.fromkeys(
        (".zip", ".gz", ".tgz", ".bz2", ".xz", ".zst", ".7z", ".rar", ".tar"),
        "an archive: unpack it into the folder",
    ),
    **dict.fromkeys(
        (
            *(".py", ".js", ".ts", ".css", ".sh", ".bat", ".c", ".h", ".cpp", ".java", ".go", ".rs", ".rb"),
            *(".sql", ".yaml", ".yml", ".toml", ".ini", ".cfg", ".lock"),
        ),
        "program code or settings, not an article: rename it to end in .txt to have it indexed",
    ),
}

# (first bytes, what they begin, what to do)
_MAGIC = (
    (b"%PDF-", "a PDF", "rename it to end in .pdf"),
    (b"PK\x03\x04", "a ZIP archive or Office file", "unpack it, or save it as .docx, .pdf or .txt"),
    (b"PK\x05\x06", "an empty ZIP archive", "remove it"),
    (
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1",
        "an old or encrypted Office file",
        "save it as .docx without a password",
    ),
    (b"{\\rtf", "a Rich Text file", "save it as .docx or .txt"),
    (b"\x89PNG\r\n", "a PNG image", ""),
    (b"\xff\xd8\xff", "a JPEG image", ""),
    (b"GIF87a", "a GIF image", ""),
    (b"GIF89a", "a GIF image", ""),
    (b"II*\x00", "a TIFF image", ""),
    (b"MM\x00*", "a TIFF image", ""),
    (b"\x7fELF", "a program", ""),
    (b"MZ\x90\x00", "a program", ""),
    (b"\xca\xfe\xba\xbe", "a program", ""),
    (b"\xcf\xfa\xed\xfe", "a program", ""),
    (b"\x1f\x8b", "a gzip archive", "unpack it into the folder"),
    (b"BZh", "a bzip2 archive", "unpack it into the folder"),
    (b"\xfd7zXZ\x00", "an xz archive", "unpack it into the folder"),
    (b"(\xb5/\xfd", "a zstd archive", "unpack it into the folder"),
    (b"7z\xbc\xaf'\x1c", "a 7z archive", "unpack it into the folder"),
    (b"Rar!\x1a\x07", "a RAR archive", "unpack it into the folder"),
    (b"SQLite format 3\x00", "an SQLite database", ""),
)
# Everything a text holds: tab, newlines, form feed, escape, and what is no control character.
_TEXT_BYTES = bytes({9, 10, 11, 12, 13, 27, *range(32, 256)})
_UTF16_MARKS = (b"\xff\xfe", b"\xfe\xff")


def unread_suffix(file: str) -> str | None:
    """Say why a file with this name is not read, or None where its name is no reason."""
    return _UNREAD.get(_suffix(file))


def is_text_suffix(file: str) -> bool:
    """Tell whether the name alone makes the file a text file."""
    return _KINDS.get(_suffix(file)) == "text"


def binary_reason(data: bytes) -> str | None:
    """Say what a file is that holds no text, judged by its bytes, or None where they may be text.

    Args:
        data: the file, or at least its first kilobyte.
    """
    for magic, what, mend in _MAGIC:
        if data.startswith(magic):
            return f"{what}, not a text: {mend}" if mend else f"{what}, not an article"
    if data[4:8] == b"ftyp" or (data[:4] in (b"RIFF", b"OggS", b"ID3\x03", b"ID3\x04") and b"\0" in data):
        return "a sound, picture or video file, not an article"
    head = data[:8192]
    if not head.startswith(_UTF16_MARKS):
        strange = head.translate(None, delete=_TEXT_BYTES + b"\0")
        if len(strange) * 50 > len(head):
            return "binary data, not an article"
    return None


def kind_of(file: str, data: bytes) -> Kind:
    """Decide how a file is read: by its suffix, and where that says nothing by its content.

    Args:
        file: path below the corpus folder.
        data: the file's bytes; the first kilobyte is enough.

    Raises:
        ArticleFormatError: the file is no article.
    """
    if reason := unread_suffix(file):
        raise ArticleFormatError(file, reason)
    if kind := _KINDS.get(_suffix(file)):
        return kind
    if data.startswith(b"%PDF-"):
        return "pdf"
    head = data[:2048].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if head.startswith((b"<!doctype html", b"<html")) or (head.startswith(b"<?xml") and b"<html" in head):
        return "html"
    if re.match(rb"<\?xml|<rss\b|<svg\b", head):
        raise ArticleFormatError(file, _UNREAD[".xml"])
    return "text"


def _suffix(file: str) -> str:
    # As PurePosixPath.suffix, which parts the whole path for it: asked twice of each file of each sync.
    name = file.rpartition("/")[2]
    stem, dot, suffix = name.rpartition(".")
    return f".{suffix}".lower() if stem and suffix and dot else ""

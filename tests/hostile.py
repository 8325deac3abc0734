"""A folder of files that no reader should trip over: every kind that cannot be read, and three good ones.

The files are made in code, so that nothing strange lies in the repository. ``make_hostile_folder`` is used by
the tests of reading and by the test of the whole program.
"""

from __future__ import annotations

import gzip
import io
import os
import socket
import zipfile
from collections.abc import Sequence
from pathlib import Path

MAX_BYTES = 1024 * 1024  # the limit the folder is made for; one file is just over it

GOOD_FILES = {
    "good/ferry.txt": (
        b"Ferry sails again after storm\n\nThe ferry to the islands sailed again on Thursday morning.\n"
    ),
    "good/library.md": (
        b"---\ntitle: Library opens on Sundays\npublisher: The Harbour Post\npublished: 2015-03-04\n---\n\n"
        b"The town library will open on Sundays from April, the council decided.\n"
    ),
    "good/market.jsonl": (
        b'{"title": "Market moves", "text": "The fish market moves to the old customs house in May.", '
        b'"published": "2015-02-01"}\n'
    ),
}

_LINE = b"The council met on Tuesday and put the decision off once more.\n"


def text_pdf(pages: Sequence[Sequence[str]], *, title: str | None = None, author: str | None = None) -> bytes:
    """Write a PDF by hand: one text line under the other, a page for each list of lines."""

    def literal(text: str) -> bytes:
        escaped = text.replace("\\", r"\\").replace("(", r"\(").replace(")", r"\)")
        return b"(" + escaped.encode("cp1252") + b")"

    objects: list[bytes] = [b"<< /Type /Catalog /Pages 2 0 R >>", b""]
    objects.append(b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>")
    info = b"".join(
        b" /" + key + b" " + literal(value)
        for key, value in ((b"Title", title), (b"Author", author))
        if value
    )
    objects.append(b"<< /CreationDate (D:20010203040506)" + info + b" >>")
    kids = []
    for lines in pages:
        shown = b"".join(literal(line) + b" Tj T* " for line in lines)
        content = b"BT /F1 11 Tf 14 TL 60 780 Td " + shown + b"ET"
        objects.append(b"<< /Length %d >>\nstream\n%s\nendstream" % (len(content), content))
        objects.append(
            b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents %d 0 R "
            b"/Resources << /Font << /F1 3 0 R >> >> >>" % len(objects)
        )
        kids.append(len(objects))
    objects[1] = b"<< /Type /Pages /Count %d /Kids [%s] >>" % (
        len(kids),
        b" ".join(b"%d 0 R" % kid for kid in kids),
    )
    written = io.BytesIO()
    written.write(b"%PDF-1.4\n")
    places = []
    for number, body in enumerate(objects, start=1):
        places.append(written.tell())
        written.write(b"%d 0 obj\n%s\nendobj\n" % (number, body))
    table = written.tell()
    written.write(b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1))
    written.write(b"".join(b"%010d 00000 n \n" % place for place in places))
    written.write(b"trailer << /Size %d /Root 1 0 R /Info 4 0 R >>\n" % (len(objects) + 1))
    written.write(b"startxref\n%d\n%%%%EOF\n" % table)
    return written.getvalue()


def locked_pdf(password: str) -> bytes:
    """Write a PDF that only opens with a password."""
    from pypdf import PdfReader, PdfWriter

    writer = PdfWriter(clone_from=PdfReader(io.BytesIO(text_pdf([["A secret line of text."]]))))
    writer.encrypt(password, algorithm="RC4-128")
    written = io.BytesIO()
    writer.write(written)
    return written.getvalue()


def blank_pdf() -> bytes:
    """Write a PDF without a word in it, as a scanner does."""
    from pypdf import PdfWriter

    writer = PdfWriter()
    writer.add_blank_page(width=595, height=842)
    written = io.BytesIO()
    writer.write(written)
    return written.getvalue()


def zip_of(parts: dict[str, bytes]) -> bytes:
    """Write a ZIP archive."""
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w", zipfile.ZIP_DEFLATED) as package:
        for name, data in parts.items():
            package.writestr(name, data)
    return written.getvalue()


def make_hostile_folder(root: Path) -> dict[str, str]:
    """Fill an empty folder with hostile files and the good ones of ``GOOD_FILES``.

    Scan and read it with ``max_bytes=MAX_BYTES``. One link leads to a file that is made beside the folder.

    Args:
        root: the folder; it is made where it is missing.

    Returns:
        For each hostile file, as it is listed (path below the root), a part of the reason it is listed with.
        Files that the file system here cannot hold are left out.
    """
    root.mkdir(parents=True, exist_ok=True)
    for file, data in GOOD_FILES.items():
        (root / file).parent.mkdir(parents=True, exist_ok=True)
        (root / file).write_bytes(data)
    expected: dict[str, str] = {}
    for file, (data, reason) in _contents().items():
        (root / file).parent.mkdir(parents=True, exist_ok=True)
        (root / file).write_bytes(data)
        expected[file] = reason
    expected |= _make_links(root)
    expected |= _make_special(root)
    expected |= _make_names(root)
    for silent in (".hidden/notes.txt", ".draft.txt", "story.txt~", ".story.txt.swp", "~$report.docx"):
        (root / silent).parent.mkdir(exist_ok=True)
        (root / silent).write_bytes(_LINE)
    return expected


def _contents() -> dict[str, tuple[bytes, str]]:
    office = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600)
    document = b"word/document.xml"
    return {
        "empty.txt": (b"", "empty"),
        "blank.txt": (b" \n\t\r\n \n", "white space"),
        "mark-only.txt": (b"\xef\xbb\xbf\n", "white space"),
        "front-only.md": (b"---\ntitle: Nothing follows\n---\n", "nothing but front matter"),
        "large.txt": (_LINE * (MAX_BYTES // len(_LINE) + 1), "DATELINE_MAX_FILE_MB"),
        "film.bin": (b"\0\0\0\x18ftypmp42" + bytes(MAX_BYTES), "video"),
        "nul.txt": (_LINE + b"a\0b\n" + _LINE, "NUL character in line 2"),
        "slip.txt": (
            "Café, naïve, déjà vu, señor.\n".encode() + b"caf\xe9\n" + _LINE,
            "broken UTF-8 in line 2",
        ),
        "half.txt": (
            b"\xff\xfe" + "Half a pair \ud83d".encode("utf-16-le", "surrogatepass"),
            "broken UTF-16",
        ),
        "photo.png": (b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 4, "PNG image"),
        "photo.txt": (b"\xff\xd8\xff\xe0" + bytes(range(256)) * 4, "JPEG image"),
        "program": (b"\x7fELF\x02\x01\x01" + bytes(200), "program"),
        "noise.md": (bytes(range(32)) * 64, "binary data"),
        "base.db": (b"SQLite format 3\0" + bytes(200), "SQLite"),
        "story.zip": (zip_of({"story.txt": _LINE}), "unpack it"),
        "story.txt.gz": (gzip.compress(_LINE, mtime=0), "unpack it"),
        "archive.txt": (zip_of({"story.txt": _LINE}), "ZIP archive"),
        "really-pdf.txt": (text_pdf([["A line."]]), "rename it to end in .pdf"),
        "rich.txt": (b"{\\rtf1\\ansi A line.}", "Rich Text"),
        "table.csv": (b"place,count\nharbour,3\n", "table"),
        "data.json": (b'{"text": "A line."}', "JSON data"),
        "feed.xml": (b"<?xml version='1.0'?><rss></rss>", "XML"),
        "feed": (b"<?xml version='1.0'?><rss></rss>", "XML"),
        "script.py": (b"print('a line')\n", "program code"),
        "old.doc": (office, "save it as .docx"),
        "locked.pdf": (locked_pdf("secret"), "password"),
        "broken.pdf": (b"%PDF-1.4\n1 0 obj << /Type /Catalog /Pages 9 0 R >>\n", "broken PDF"),
        "cut.pdf": (text_pdf([["A line."]])[:200], "broken PDF"),
        "scan.pdf": (blank_pdf(), "OCR"),
        "page.pdf": (b"<!doctype html><p>Please sign in.</p>", "not a PDF"),
        "locked.docx": (office, "password"),
        "broken.docx": (zip_of({"word/document.xml": _LINE})[:-30], "broken Word file"),
        "hollow.docx": (zip_of({"story.txt": _LINE}), "not a Word file"),
        "torn.docx": (zip_of({document.decode(): b"<w:document"}), "broken Word file"),
        "bomb.docx": (zip_of({document.decode(): bytes(60 * 1024 * 1024)}), "unpacks to"),
        "text.docx": (_LINE, "not a Word file"),
        "blank.html": (b"<html><head><title>Only a title</title></head><body></body></html>", "empty"),
        "hidden.html": (b"<body><p hidden>Not shown.</p><script>no()</script></body>", "empty"),
        "bad.jsonl": (b'not json\n[1, 2]\n{"text": 3}\n{"title": "No text"}\n', "line 1: not JSON"),
        "deep.jsonl": (b"[" * 100_000 + b"\n", "no line holds an article"),
        "pretty.jsonl": (b'{\n  "text": "A line."\n}\n', "no line holds an article"),
    }


def _make_links(root: Path) -> dict[str, str]:
    outside = root.parent / f"{root.name}-outside.txt"
    outside.write_bytes(_LINE)
    (root / "links").mkdir()
    links = {
        "links/out.txt": (os.path.relpath(outside, root / "links"), "out of the corpus folder"),
        "links/etc": ("/", "out of the corpus folder"),
        "links/broken.txt": ("nowhere.txt", "broken link"),
        "links/self.txt": ("self.txt", "loop of links"),
        "links/one": ("two", "loop of links"),
        "links/two": ("one", "loop of links"),
        "links/up": ("..", "loop of links"),
        "links/twin.txt": ("../good/ferry.txt", "a link to good/ferry.txt, which is indexed itself"),
        "links/folder": ("../good", "a link to good, which is indexed itself"),
        "links/veiled.txt": ("../.draft.txt", "hidden"),
    }
    for file, (target, _) in links.items():
        os.symlink(target, root / file)
    return {file: reason for file, (_, reason) in links.items()}


def _make_special(root: Path) -> dict[str, str]:
    expected = {"pipe.txt": "named pipe"}
    os.mkfifo(root / "pipe.txt")
    here = os.getcwd()
    try:
        # The path of a socket may not be longer than about a hundred bytes, so it is bound from within.
        os.chdir(root)
        with socket.socket(socket.AF_UNIX) as listener:
            listener.bind("socket.txt")
        expected["socket.txt"] = "socket"
    finally:
        os.chdir(here)
    return expected


def _make_names(root: Path) -> dict[str, str]:
    expected: dict[str, str] = {}
    names = {
        b"latin-\xe9.txt": ("latin-\\xe9.txt", "not valid UTF-8"),
        b"two\nlines.txt": ("two\\nlines.txt", "control characters"),
        "turned-\u202etxt.exe.txt".encode(): ("turned-\\u202etxt.exe.txt", "control characters"),
    }
    for name, (shown, reason) in names.items():
        try:
            with open(os.path.join(os.fsencode(root), name), "wb") as stream:
                stream.write(_LINE)
        except OSError:
            continue  # some file systems refuse such names, which is as good
        expected[shown] = reason
    return expected

"""Files into documents: what a file says, what ``metadata.jsonl`` says of it, and what makes it new.

Hashing is apart from reading, because every sync hashes each file and reads only those that changed.
"""

from __future__ import annotations

import hashlib
import json
import os
import stat
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache
from io import RawIOBase
from pathlib import Path, PurePosixPath

from index.errors import ArticleFormatError
from index.fields import Fields, one_line, read_fields
from index.folder import METADATA_FILE, FoundFile, Scan, Signature, over_limit, scan_folder, signature_of
from index.formats import Draft, extract
from index.kinds import is_text_suffix
from index.model import Article, ArticleRef, Document, Skipped

__all__ = [
    "EXTRACTOR",
    "FoundFile",
    "Metadata",
    "Scan",
    "article_id",
    "digest_of",
    "read_bytes",
    "read_document",
    "read_metadata",
    "read_signed",
    "scan_folder",
    "told_of",
]

# Part of every digest: a change of what a reader makes of the same bytes needs a new number here, and
# then the files of these formats are read again. Text files are told apart, since they are most of a
# corpus and their text is never anything but the file.
EXTRACTOR = "extract-1"
TEXT_READER = "text-1"

# A metadata file describes each article in a line; one this long describes half a million of them.
_MAX_METADATA_BYTES = 100 * 1024 * 1024
_FIELDS = ("title", "publisher", "authors", "url", "published")


@dataclass(frozen=True, slots=True, kw_only=True)
class Metadata:
    """What ``metadata.jsonl`` says.

    Attributes:
        entries: by file (path below the corpus folder, in Unicode's composed form).
        skipped: lines or values that cannot be used.
        notes: remarks that cost nothing, such as a file that is named twice.
        lines: by file, the line that speaks of it.
    """

    entries: Mapping[str, Fields] = field(default_factory=dict)
    skipped: tuple[Skipped, ...] = ()
    notes: tuple[str, ...] = ()
    lines: Mapping[str, int] = field(default_factory=dict)

    def of(self, file: str) -> Fields:
        """Return what is said about a file; empty fields where nothing is."""
        return self.entries.get(_composed(file), Fields())

    def remarks(self, files: Iterable[str]) -> tuple[str, ...]:
        """Return the notes, and one for each entry that is about none of these files, the whole folder's."""
        there = {_composed(file) for file in files}
        lost = [file for file in self.entries if file not in there]
        return (
            *self.notes,
            *(f"line {self.lines[file]}: there is no {file}: check the name" for file in lost),
        )


def article_id(file: str, place: int | None = None) -> str:
    """Name an article by where it stands, the same on every machine.

    Args:
        file: path below the corpus folder, with ``/``.
        place: the line of its article in a JSON Lines file, None elsewhere. The line rather than the
            ordinal, so that a line that cannot be read today renames nothing when it is mended.

    Returns:
        16 hexadecimal digits, and ``#`` and the place where there is one.
    """
    name = hashlib.sha256(_composed(file).encode("utf-8")).hexdigest()[:16]
    return name if place is None else f"{name}#{place}"


def read_metadata(root: Path) -> Metadata:
    """Read ``metadata.jsonl`` in the corpus folder; without one there are no entries.

    A line or value that cannot be used is listed with its place, and everything else is kept. Where
    a file has several lines the last one holds.
    """
    path = root / METADATA_FILE
    if not os.path.lexists(path):
        return Metadata()
    try:
        data = read_bytes(FoundFile(file=METADATA_FILE, path=path, size=0), _MAX_METADATA_BYTES)
        text = data.decode("utf-8-sig")
    except ArticleFormatError as fault:
        return Metadata(skipped=(Skipped(file=METADATA_FILE, reason=fault.reason),))
    except UnicodeDecodeError as fault:
        line = data.count(b"\n", 0, fault.start) + 1
        reason = f"not UTF-8 in line {line}, so nothing in it is used: save it as UTF-8"
        return Metadata(skipped=(Skipped(file=METADATA_FILE, reason=reason),))
    entries: dict[str, Fields] = {}
    lines: dict[str, int] = {}
    skipped: list[Skipped] = []
    notes: list[str] = []
    for number, written in enumerate(text.split("\n"), start=1):
        if not written.strip():
            continue
        try:
            file, fields, faults, unknown = _read_entry(written)
        except ValueError as fault:
            skipped.append(Skipped(file=METADATA_FILE, reason=f"line {number}: {fault}"))
            continue
        skipped.extend(Skipped(file=METADATA_FILE, reason=f"line {number}: {fault}") for fault in faults)
        if unknown:
            known = ", ".join(_FIELDS)
            notes.append(f"line {number}: not used: {unknown} (known are file, {known})")
        if file in entries:
            notes.append(f"line {number}: {file} was named in line {lines[file]}; this line holds")
        entries[file], lines[file] = fields, number
    return Metadata(entries=entries, skipped=tuple(skipped), notes=tuple(notes), lines=lines)


def read_bytes(found: FoundFile, max_bytes: int) -> bytes:
    """Read a found file.

    Raises:
        ArticleFormatError: it is gone, may not be read, or is no regular file or over the limit by now.
    """
    return read_signed(found, max_bytes)[0]


def read_signed(found: FoundFile, max_bytes: int) -> tuple[bytes, Signature | None]:
    """Read a found file, and what the system said of it before and after; None where that differs.

    Raises:
        ArticleFormatError: as ``read_bytes``.
    """
    # Between scan and read a name may have become a link or a pipe: neither is followed, nor waited for.
    flags = (
        os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
    )
    try:
        with open(found.path, "rb", opener=lambda path, _: os.open(path, flags), buffering=0) as stream:
            before = os.fstat(stream.fileno())
            if not stat.S_ISREG(before.st_mode):
                raise ArticleFormatError(found.file, "not a regular file")
            data = _read_whole(stream, min(before.st_size, max_bytes), max_bytes)
            after = signature_of(os.fstat(stream.fileno()))
    except FileNotFoundError as exc:
        raise ArticleFormatError(
            found.file, "gone since the folder was listed: run the command again"
        ) from exc
    except PermissionError as exc:
        raise ArticleFormatError(found.file, "no permission to read it: allow reading (chmod u+r)") from exc
    except OSError as exc:
        if found.path.is_symlink():
            raise ArticleFormatError(found.file, "a link: put the file itself in its place") from exc
        raise ArticleFormatError(found.file, f"cannot be read: {exc.strerror or exc}") from exc
    if len(data) > max_bytes:
        raise ArticleFormatError(found.file, over_limit(max(len(data), found.size), max_bytes))
    return data, after if after == signature_of(before) and len(data) == after.size else None


def _read_whole(stream: RawIOBase, expected: int, max_bytes: int) -> bytes:
    """Read to the end, or to one byte past the limit."""
    parts = []
    left, ask = max_bytes + 1, expected + 1
    # Room for what is expected and not for the largest file there may be: that would be asked of the
    # system anew for each of thousands of small files.
    while left > 0 and (part := stream.read(min(ask, left))):
        parts.append(part)
        left -= len(part)
        ask = 1 << 20
    return parts[0] if len(parts) == 1 else b"".join(parts)


def digest_of(data: bytes, file: str, metadata: Metadata) -> str:
    """Fingerprint everything a document is made of, save its path.

    Args:
        data: the file's bytes.
        file: path below the corpus folder.
        metadata: the entry for this file counts, and no other.

    Returns:
        SHA-256 in hexadecimal digits; the same for the same bytes under another name of the same kind.
    """
    digest = hashlib.sha256(data)
    # NUL ends the bytes, so that a file cannot end in what looks like another one's entry.
    digest.update(b"\0" + told_of(file, metadata))
    return digest.hexdigest()


def told_of(file: str, metadata: Metadata) -> bytes:
    """Return what goes into a document's digest besides the file's bytes: its reader, and what is said of it."""
    reader = TEXT_READER if is_text_suffix(file) else EXTRACTOR
    entry = metadata.entries.get(_composed(file)) if metadata.entries else None
    if entry is None:
        return _nothing_told(reader)
    said = [entry.title, entry.publisher, entry.authors, entry.url, str(entry.published)]
    return json.dumps([reader, said], ensure_ascii=True).encode("ascii")


@cache
def _nothing_told(reader: str) -> bytes:
    return json.dumps([reader, None], ensure_ascii=True).encode("ascii")


def read_document(file: str, data: bytes, metadata: Metadata) -> Document:
    """Read one file as a document.

    What the file states comes first, then ``metadata.jsonl``, then, for the title alone, what reads like
    one in the text, and the name of the file.

    Args:
        file: path below the corpus folder, with ``/``.
        data: the whole file.
        metadata: of the folder.

    Raises:
        ArticleFormatError: the file is no article, or cannot be read.
    """
    found = extract(file, data)
    said = metadata.of(file)
    if len(found.drafts) > 1:
        # One title or address cannot be that of every article in the file.
        said = Fields(publisher=said.publisher, authors=said.authors, published=said.published)
    articles = tuple(_article(file, draft, said) for draft in found.drafts)
    return Document(
        file=file,
        text=found.text,
        articles=articles,
        digest=digest_of(data, file, metadata),
        lost=found.lost,
        notes=found.notes,
    )


def _article(file: str, draft: Draft, said: Fields) -> Article:
    fields = draft.fields.filled_from(said)
    title = fields.title or draft.derived_title or one_line(PurePosixPath(file).stem)
    if draft.place and not (fields.title or draft.derived_title):
        title = f"{title}, article in line {draft.place}"
    ref = ArticleRef(
        id=article_id(file, draft.place),
        file=file,
        title=title,
        publisher=fields.publisher,
        authors=fields.authors,
        url=fields.url,
        published=fields.published,
    )
    return Article(ref=ref, span=draft.span)


def _read_entry(line: str) -> tuple[str, Fields, tuple[str, ...], str]:
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
    file = value.get("file")
    if not isinstance(file, str) or not file.strip("./"):
        raise ValueError(
            f"file is {file!r}, not a path below the corpus folder" if file else "no file is named"
        )
    file = _composed(file.replace("\\", "/").removeprefix("./"))
    fields, faults = read_fields({key: value[key] for key in _FIELDS if key in value})
    unknown = ", ".join(sorted(set(map(str, value)) - {"file", *_FIELDS}))
    return file, fields, faults, one_line(unknown)


def _composed(file: str) -> str:
    return unicodedata.normalize("NFC", file)

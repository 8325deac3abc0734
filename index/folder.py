"""The files below the corpus folder: which are read, and for each other one, why not.

Nothing is opened that could block, and no link is followed: what a link inside the folder leads to is
found by itself, and what lies outside was not asked for.
"""

from __future__ import annotations

import os
import stat
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from index.errors import ConfigError
from index.kinds import binary_reason, unread_suffix
from index.model import Skipped

METADATA_FILE = "metadata.jsonl"

# Litter of editors and file managers; nobody means these as articles, so they are not reported either.
_LITTER_ENDS = (
    "~",
    ".swp",
    ".swo",
    ".swx",
    ".tmp",
    ".bak",
    ".part",
    ".crdownload",
    "___jb_tmp___",
    "___jb_old___",
)
_LITTER_STARTS = (".", "~$")
_LITTER_NAMES = frozenset({"thumbs.db", "desktop.ini", "__macosx", "4913"})
_SPECIAL = (
    (stat.S_ISFIFO, "a named pipe"),
    (stat.S_ISSOCK, "a socket"),
    (stat.S_ISCHR, "a device"),
    (stat.S_ISBLK, "a device"),
)
# Categories that break a line or turn it around where the name is shown: controls, line separators.
_UNSHOWABLE = frozenset({"Cc", "Zl", "Zp"})
_TURNING = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


class Signature(NamedTuple):
    """What the system says of a file without reading it; times in nanoseconds of its drive's clock."""

    device: int
    inode: int
    size: int
    modified_ns: int
    changed_ns: int


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundFile:
    """A file to be read.

    Attributes:
        file: path below the corpus folder, with ``/``.
        path: where it is.
        size: bytes, when the folder was listed; likewise ``signature``, None where it was not listed.
    """

    file: str
    path: Path
    size: int
    signature: Signature | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Scan:
    """What a folder holds, both parts in the order of their paths.

    Attributes:
        files: to be read.
        skipped: not to be read, each with its reason.
        missing: entries of ``only`` that are not there (any more).
    """

    files: tuple[FoundFile, ...]
    skipped: tuple[Skipped, ...]
    missing: tuple[str, ...] = ()


def scan_folder(root: Path, *, max_bytes: int, only: Sequence[str] = ()) -> Scan:
    """List the files of a corpus folder.

    Hidden files and folders below it, temporary files of editors, and ``metadata.jsonl`` at its top are
    passed over in silence. What lies on the way to the folder itself does not matter.

    Args:
        root: the corpus folder; may be a link.
        max_bytes: larger files are skipped.
        only: files or folders below the root; all, where empty.

    Raises:
        ConfigError: there is no such folder, or it may not be read.
    """
    walk = _Walk(root, max_bytes=max_bytes, only=only)
    walk.run()
    taken: dict[str, str] = {}
    files: list[FoundFile] = []
    for found in sorted(walk.files, key=lambda found: found.file):
        same = taken.setdefault(unicodedata.normalize("NFC", found.file), found.file)
        if same != found.file:
            reason = "its name differs from another file's in Unicode form alone: rename one of them"
            walk.skip(found.file, reason)
        else:
            files.append(found)
    skipped = sorted(walk.skipped, key=lambda entry: (entry.file, entry.reason))
    return Scan(files=tuple(files), skipped=tuple(skipped), missing=tuple(walk.missing()))


def signature_of(status: os.stat_result) -> Signature:
    """Return what tells a file from the same file after an edit, as far as the system tells it."""
    return Signature(status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns, status.st_ctime_ns)


def explain_no_corpus(corpus: Path) -> str:
    """Say that there is no corpus folder, and the mend."""
    if corpus.exists():
        return f"the corpus {corpus} is not a folder: set DATELINE_CORPUS to one"
    return f"there is no corpus folder {corpus}: make it, or set DATELINE_CORPUS"


def is_litter(name: str) -> bool:
    """Tell whether a file or folder with this name is passed over: hidden, or left by an editor."""
    return (
        name.startswith(_LITTER_STARTS)
        or name.endswith(_LITTER_ENDS)
        or name.lower() in _LITTER_NAMES
        or (name.startswith("#") and name.endswith("#"))
    )


def over_limit(size: int, max_bytes: int) -> str:
    """Say that a file is too large, and what to do."""
    mib = 1024 * 1024
    return (
        f"{size / mib:.1f} MB ({size:,} bytes), over the limit of {max_bytes / mib:g} MB: split it, "
        "or raise DATELINE_MAX_FILE_MB"
    )


def showable(name: str) -> str:
    """Write a path in one line of valid Unicode, whatever bytes it is made of."""
    text = os.fsencode(name).decode("utf-8", "backslashreplace")
    return "".join(
        char.encode("unicode_escape").decode("ascii") if _is_unshowable(char) else char for char in text
    )


def _is_unshowable(char: str) -> bool:
    return char in _TURNING or unicodedata.category(char) in _UNSHOWABLE


class _Walk:
    """One listing; a stack instead of recursion, so that no depth of folders is too deep."""

    def __init__(self, root: Path, *, max_bytes: int, only: Sequence[str]) -> None:
        self.root = root
        self.real_root = os.path.realpath(root)
        self.max_bytes = max_bytes
        self.files: list[FoundFile] = []
        self.skipped: list[Skipped] = []
        self.only = tuple(_only_parts(entry) for entry in only)
        self.met: set[tuple[str, ...]] = set()

    def run(self) -> None:
        """Walk the folder."""
        if not self.root.is_dir():
            raise ConfigError(explain_no_corpus(self.root))
        for entry in self.only:
            if ".." in entry:
                self.skip("/".join(entry), "leads out of the corpus folder")
            elif any(is_litter(part) for part in entry):
                self.skip("/".join(entry), "hidden or temporary, so it is not indexed: rename it")
        stack: list[tuple[str, ...]] = [()]
        while stack:
            parts = stack.pop()
            stack.extend(self._list(parts))

    def missing(self) -> Iterator[str]:
        """Entries of ``only`` that the walk did not meet."""
        for entry in self.only:
            if entry and entry not in self.met and ".." not in entry and not any(map(is_litter, entry)):
                yield "/".join(entry)

    def skip(self, file: str, reason: str) -> None:
        """Note a file that is not read."""
        self.skipped.append(Skipped(file=showable(file), reason=reason))

    def _list(self, parts: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
        try:
            with os.scandir(os.path.join(self.root, *parts)) as listing:
                entries = list(listing)
        except OSError as exc:
            denied = isinstance(exc, PermissionError)
            reason = "no permission to open the folder" if denied else f"not listed: {exc.strerror}"
            if not parts:
                raise ConfigError(f"the corpus folder {self.root}: {reason}") from exc
            self.skip("/".join(parts), f"{reason}: allow it (chmod u+rx)" if denied else reason)
            return
        for entry in entries:
            below = (*parts, entry.name)
            if is_litter(entry.name) or below == (METADATA_FILE,) or not self._wanted(below):
                continue
            self.met.add(below)
            if fault := _name_fault(entry.name):
                self.skip("/".join(below), fault)
            elif entry.is_symlink():
                self.skip("/".join(below), self._link_reason(entry.path))
            elif entry.is_dir(follow_symlinks=False):
                yield below
            else:
                self._add("/".join(below), entry)

    def _wanted(self, parts: tuple[str, ...]) -> bool:
        """Whether a path lies in, or on the way to, one of the entries asked for."""
        return not self.only or any(parts[: len(entry)] == entry[: len(parts)] for entry in self.only)

    def _add(self, file: str, entry: os.DirEntry[str]) -> None:
        try:
            status = entry.stat(follow_symlinks=False)
        except OSError as exc:
            self.skip(file, f"cannot be read: {exc.strerror}")
            return
        special = next((what for test, what in _SPECIAL if test(status.st_mode)), None)
        if special or not stat.S_ISREG(status.st_mode):
            self.skip(file, f"{special or 'a special file'}, not a file with text in it")
        elif reason := unread_suffix(file):
            self.skip(file, reason)
        elif status.st_size == 0:
            self.skip(file, "empty: there is not a byte in it")
        elif status.st_size > self.max_bytes:
            self.skip(file, _large_reason(file, entry.path, status.st_size, self.max_bytes))
        else:
            self.files.append(
                FoundFile(
                    file=file,
                    path=Path(entry.path),
                    size=status.st_size,
                    signature=signature_of(status),
                )
            )

    def _link_reason(self, path: str) -> str:
        try:
            status = os.stat(path)
        except FileNotFoundError:
            return f"a broken link: {showable(os.readlink(path))} is not there"
        except PermissionError:
            return "a link to where there is no permission to read"
        except OSError:
            # ELOOP: the system gave up following it.
            return "a loop of links: it leads back to itself"
        real = os.path.realpath(path)
        inside = os.path.relpath(real, self.real_root)
        if inside == os.pardir or inside.startswith(os.pardir + os.sep) or os.path.isabs(inside):
            return "a link that leads out of the corpus folder: put the file itself in its place"
        if os.path.realpath(os.path.dirname(path)).startswith(os.path.join(real, "")) or inside == ".":
            return "a loop of links: it leads back to a folder that holds it"
        shown = showable(inside.replace(os.sep, "/"))
        if any(is_litter(part) for part in inside.split(os.sep)):
            return f"a link to {shown}, which is hidden or temporary: put the file itself in its place"
        if not stat.S_ISREG(status.st_mode) and not stat.S_ISDIR(status.st_mode):
            return f"a link to {shown}, which is no file with text in it"
        return f"a link to {shown}, which is indexed itself"


def _only_parts(entry: str) -> tuple[str, ...]:
    return tuple(part for part in entry.replace(os.sep, "/").split("/") if part not in ("", "."))


def _name_fault(name: str) -> str | None:
    if name.isascii() and name.isprintable():
        return None
    try:
        name.encode("utf-8")
    except UnicodeEncodeError:
        return "its name is not valid UTF-8: rename it"
    if any(_is_unshowable(char) for char in name):
        return "its name holds control characters: rename it"
    return None


def _large_reason(file: str, path: str, size: int, max_bytes: int) -> str:
    # A film is no article however the limit is set, so the head is looked at first.
    try:
        with open(path, "rb") as stream:
            head = stream.read(8192)
    except OSError:
        head = b""
    known = file.lower().endswith((".pdf", ".docx"))
    return (None if known else binary_reason(head)) or over_limit(size, max_bytes)

"""What is wrong with the files of the index, in words: full, forbidden or damaged."""

from __future__ import annotations

import errno
import os
import shutil
from pathlib import Path

from index.errors import StoreDamagedError, StoreError

# What SQLite inside Chroma says where a file may not be written or opened, and where the disk is full.
_NO_ACCESS = ("readonly database", "unable to open database file", "permission denied", "read-only file")
_FULL = ("disk is full", "no space left")
# Below this many free bytes nothing can be written, whatever words Chroma finds for that.
_NOTHING_FREE = 256 * 1024


def explain_vectors(folder: Path, exc: BaseException) -> StoreError:
    """Say why the vector index cannot be used, and the mend.

    Args:
        folder: where it lies.
        exc: whatever Chroma or the system raised.
    """
    said = str(exc).strip().split("\n")[0]
    lower = said.lower()
    code = exc.errno if isinstance(exc, OSError) else None
    if code == errno.ENOSPC or any(words in lower for words in _FULL) or is_disk_full(folder.parent):
        return StoreError(
            f"the vector index in {folder} cannot be written, the disk is full: free some space and "
            "run `dateline index` again"
        )
    denied = any(words in lower for words in _NO_ACCESS) and not _may_use(folder)
    if denied or code in (errno.EACCES, errno.EPERM, errno.EROFS):
        return StoreError(
            f"the vector index in {folder} may not be read and written: allow it "
            f"(chmod -R u+rwX {folder}), or set DATELINE_INDEX"
        )
    # Two that make it at the same moment find each other's tables.
    if "database is locked" in lower or "already exists" in lower:
        return StoreError(f"the vector index in {folder} is being written: ask again")
    return StoreDamagedError(
        f"the vector index in {folder} cannot be used ({said}): run `dateline index --rebuild`; "
        "nothing is embedded again"
    )


def _may_use(folder: Path) -> bool:
    # A folder where a file should be is told in the same words, and is no matter of rights.
    files = [folder, *folder.glob("*.sqlite3")]
    return all(os.access(file, os.R_OK | os.W_OK) for file in files)


def is_disk_full(folder: Path) -> bool:
    """Tell whether there is too little room in a folder to write anything."""
    try:
        return shutil.disk_usage(folder).free < _NOTHING_FREE
    except OSError:
        return False


def may_write(path: Path) -> bool:
    """Tell whether a file or folder and what it lies in may be written; what is not there yet may be made."""
    there = path if path.exists() else path.parent
    return not there.exists() or (os.access(there, os.W_OK) and os.access(there.parent, os.W_OK))

"""One process at a time in a folder: the system lets go of the lock when the process dies."""

from __future__ import annotations

import errno
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

from index.errors import ConfigError, StoreBusyError, StoreError


@contextmanager
def folder_lock(folder: Path, name: str, *, busy: str, mend: str, patience_s: float = 1.0) -> Iterator[None]:
    """Hold the lock ``name`` of a folder, which is made if need be.

    Args:
        busy: what another process is doing there, and what to do about it.
        mend: how to name another folder: "set DATELINE_INDEX".

    Raises:
        StoreBusyError: another process holds it.
        StoreError: the folder cannot be written.
        ConfigError: it is none.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with FileLock(folder / name, timeout=patience_s):
            yield
    except Timeout as exc:
        raise StoreBusyError(busy) from exc
    except PermissionError as exc:
        raise StoreError(
            f"{folder} cannot be written: allow it (chmod -R u+rwX {folder}), or {mend}"
        ) from exc
    except (FileExistsError, NotADirectoryError) as exc:
        raise explain_no_folder(folder, mend) from exc
    except OSError as exc:
        if exc.errno not in (errno.EROFS, errno.ENOSPC):
            raise
        why = "its drive is read-only" if exc.errno == errno.EROFS else "the disk is full: free some space"
        raise StoreError(f"{folder} cannot be written, {why}, or {mend}") from exc


def explain_no_folder(folder: Path, mend: str) -> ConfigError:
    """Say that something else than a folder stands there; of ``mend`` see folder_lock."""
    return ConfigError(f"{folder} is not a folder: {mend} to one")


def explain_busy(place: object) -> str:
    """Say that another process is writing."""
    return (
        f"another process is bringing {place} in step: wait until it is done, or stop it; "
        "questions are answered meanwhile"
    )

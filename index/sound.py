"""Whether the catalog's file is as Dateline left it; where it is not, all of its pages are looked through.

SQLite notices an overwritten page only when it reads it, and then not always. Whoever has written the catalog
to the end, or has looked it through, notes the file's size and time beside it: as long as they are the same,
nobody else has touched it.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from contextlib import suppress
from pathlib import Path

from index.errors import StoreDamagedError, StoreError

SEAL_FILE = "catalog.seal"

# What this process has found sound, where it may not write it down.
_found: dict[Path, str] = {}


def seal(file: Path) -> None:
    """Note that a file is sound as it is now. Where the disk is full, it will be looked through again."""
    with suppress(OSError):
        _write(file, _state_of(file))


def break_seal(file: Path) -> None:
    """Note that somebody begins to write a file, who may not come to the end."""
    _found.pop(file, None)
    with suppress(OSError):
        _seal_of(file).unlink(missing_ok=True)


def is_sound(file: Path) -> bool:
    """Tell whether a file is as it was when it was last known to be sound."""
    try:
        return _state_of(file) in (_found.get(file), _read(file))
    except OSError:
        return True  # whoever reads it says it better


def look_through(
    file: Path, find_damage: Callable[[], Iterable[str]], errors: tuple[type[Exception], ...]
) -> None:
    """Look at all pages of a file, and remember where they are sound.

    Args:
        find_damage: yields what is wrong, or raises one of ``errors`` where it cannot even look.

    Raises:
        StoreDamagedError: something is.
        StoreError: somebody wrote it meanwhile whom this process cannot keep away.
    """
    try:
        state = _state_of(file)
    except OSError:
        return  # whoever reads it says it better
    try:
        what = next(iter(find_damage()), None)
    except errors:
        _refuse_changed(file, state)
        raise
    if what is not None:
        _refuse_changed(file, state)
        raise StoreDamagedError(
            f"{file} is damaged ({what}): delete the index folder and run `dateline index`, which embeds anew"
        )
    _found[file] = state
    # To a writer who has begun meanwhile this is an old state, so it tells nobody anything.
    with suppress(OSError):
        _write(file, state)


def _refuse_changed(file: Path, state: str) -> None:
    """Call nothing damaged that was written while it was read."""
    with suppress(OSError):
        if _state_of(file) == state:
            return
    raise StoreError(f"{file} was changed while it was read: ask again")


def _seal_of(file: Path) -> Path:
    return file.with_name(SEAL_FILE)


def _state_of(file: Path) -> str:
    status = file.stat()
    return f"{status.st_size} {status.st_mtime_ns}"


def _read(file: Path) -> str:
    try:
        return _seal_of(file).read_text(encoding="ascii")
    except (OSError, UnicodeError):
        return ""


def _write(file: Path, state: str) -> None:
    part = _seal_of(file).with_suffix(f".{os.getpid()}")
    try:
        part.write_text(state, encoding="ascii")
        part.replace(_seal_of(file))
    except OSError:
        with suppress(OSError):
            part.unlink(missing_ok=True)
        raise

"""A folder of files that are only right together: which there were, what is lost, all put in place at once."""

from __future__ import annotations

import json
import shutil
from pathlib import Path


def write_seal(folder: Path, seal: Path) -> None:
    """Write down the files below a folder with their sizes.

    Args:
        seal: where; beside the folder, so that the loss of the whole is noticed too.

    Raises:
        OSError: it cannot be written.
    """
    sizes = {
        file.relative_to(folder).as_posix(): file.stat().st_size
        for file in sorted(folder.rglob("*"))
        if file.is_file()
    }
    part = seal.with_suffix(".part")
    part.write_text(json.dumps(sizes), encoding="utf-8")
    part.replace(seal)


def find_loss(folder: Path, seal: Path) -> str:
    """Say which file is gone or has become smaller since the seal was written; "" for none, or without a seal."""
    sizes = _read_seal(seal)
    loss = _compare(folder, sizes)
    # Whoever writes takes the seal away first. Where it went while we looked, nothing is lost.
    return loss if loss and _read_seal(seal) == sizes else ""


def _read_seal(seal: Path) -> dict[str, int]:
    try:
        sizes: dict[str, int] = json.loads(seal.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return sizes


def _compare(folder: Path, sizes: dict[str, int]) -> str:
    for name, size in sizes.items():
        try:
            found = (folder / name).stat().st_size
        except (FileNotFoundError, NotADirectoryError):
            return f"{name} is missing"
        except OSError:
            continue  # whoever opens it says it better
        if found < size:
            return f"{name} has lost {size - found:,} bytes"
    return ""


def swap(folder: Path, new: Path, old: Path) -> None:
    """Put a new folder, if there is one, in the place of another.

    Args:
        old: where the other one stands for a moment, before it is removed.
    """
    if folder.exists():
        folder.rename(old)
    if new.exists():
        new.rename(folder)
    remove(old)


def remove(path: Path) -> None:
    """Remove a file or a folder with all that is in it, if it is there."""
    if path.is_dir():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)

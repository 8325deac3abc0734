"""Which articles a comparison indexes, in which portions they come, and how the folder changes after."""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Collection, Sequence
from pathlib import Path


def choose(files: Sequence[str], needed: Collection[str], count: int) -> list[str]:
    """Choose articles by a fixed rule.

    Args:
        files: the names of all articles.
        needed: those that questions need; they come first, even if they are more than ``count``.
        count: how many articles in all; they are filled up by the hash of the name.

    Returns:
        Names in the order of their hashes, so that the needed ones lie among the others.
    """
    ordered = sorted(files, key=_hash)
    must = [file for file in ordered if file in needed]
    others = [file for file in ordered if file not in needed]
    chosen = {*must, *others[: max(0, count - len(must))]}
    return [file for file in ordered if file in chosen]


def _hash(name: str) -> bytes:
    return hashlib.sha256(name.encode("utf-8")).digest()


def portions(files: Sequence[str], count: int) -> list[list[str]]:
    """Deal files out like cards; portions differ by one file at most, and none is empty."""
    return [part for part in (list(files[start::count]) for start in range(count)) if part]


def copy_in(files: Sequence[str], source: Path, corpus: Path) -> None:
    """Copy articles into a folder, with the folders they lie in."""
    for file in files:
        target = corpus / file
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(source / file, target)


def edit(corpus: Path, file: str) -> None:
    """Put one sentence at the end of an article."""
    with (corpus / file).open("a", encoding="utf-8", newline="") as article:
        article.write("\nThe editors have added a sentence to this article.\n")


def rename(corpus: Path, file: str) -> str:
    """Give an article another name in its folder; return it."""
    path = Path(file)
    renamed = path.with_name(f"renamed-{path.name}").as_posix()
    (corpus / file).rename(corpus / renamed)
    return renamed


def delete(corpus: Path, files: Sequence[str]) -> None:
    """Delete articles."""
    for file in files:
        (corpus / file).unlink()

"""What has happened in the folder since it was indexed, told without changing anything."""

from __future__ import annotations

import time
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from index.articles import digest_of, read_bytes, read_metadata, scan_folder
from index.errors import ArticleFormatError

# Every file is read, since an edit may keep size and time; of a large archive only what this allows.
_PATIENCE_S = 5.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Drift:
    """How a folder differs from what was indexed of it.

    Attributes:
        changed: indexed files whose content, or what ``metadata.jsonl`` says of them, is another now.
        new: files that are not indexed, nor among those that could not be.
        gone: indexed files that are not there, or cannot be read any more.
        looked_at: how many files were compared; ``total`` is how many there are.
    """

    changed: tuple[str, ...]
    new: tuple[str, ...]
    gone: tuple[str, ...]
    looked_at: int
    total: int

    def __bool__(self) -> bool:
        """Tell whether anything differs."""
        return bool(self.changed or self.new or self.gone)


def find_drift(
    corpus: Path,
    digests: Mapping[str, str],
    *,
    skipped: Collection[str],
    max_bytes: int,
    paths: Sequence[str] = (),
    patience_s: float = _PATIENCE_S,
) -> Drift:
    """Compare the files of a folder with what was indexed.

    Args:
        corpus: the folder.
        digests: of each live file, as it was indexed.
        skipped: files that could not be indexed when it was last tried.
        max_bytes: larger files count as unreadable.
        paths: live files to compare; all files, where empty.
        patience_s: seconds after which no further file is read.

    Raises:
        ConfigError: there is no such folder, or it may not be read.
    """
    deadline = time.monotonic() + patience_s
    scan = scan_folder(corpus, max_bytes=max_bytes, only=paths)
    metadata = read_metadata(corpus)
    there = {found.file for found in scan.files}
    changed, new, lost = [], [], []
    looked_at = 0
    for found in scan.files:
        if found.file not in digests:
            new += [found.file] if found.file not in skipped else []
            continue
        if time.monotonic() > deadline:
            continue
        looked_at += 1
        try:
            digest = digest_of(read_bytes(found, max_bytes), found.file, metadata)
        except ArticleFormatError:
            lost.append(found.file)
            continue
        if digest != digests[found.file]:
            changed.append(found.file)
    gone = [file for file in (paths or digests) if file in digests and file not in there]
    return Drift(
        changed=tuple(changed),
        new=tuple(new),
        gone=tuple(sorted([*gone, *lost])),
        looked_at=looked_at,
        total=len(there & digests.keys()),
    )

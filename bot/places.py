"""The folders Dateline is given: are they there, may they be read and written, how large are they."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from index.folder import explain_no_corpus


def corpus_troubles(corpus: Path) -> Iterator[str]:
    """Yield why the corpus folder cannot be read, with the mend."""
    if not corpus.is_dir():
        yield explain_no_corpus(corpus)
    elif not os.access(corpus, os.R_OK | os.X_OK):
        yield f"the corpus folder {corpus} may not be read: allow it (chmod u+rx {corpus})"


def size_of(folder: Path) -> int:
    """Return how many bytes the files below a folder have; what goes away meanwhile counts for nothing."""
    total = 0
    for parent, _, files in os.walk(folder):
        for name in files:
            with suppress(OSError):
                total += os.lstat(os.path.join(parent, name)).st_size
    return total


def below(corpus: Path, path: str) -> str:
    """Return a path as named below the corpus folder; one named from the working directory is turned."""
    here = Path(path)
    try:
        inside = here.absolute().relative_to(corpus.absolute())
    except ValueError:
        return path
    return path if not here.is_absolute() and (corpus / path).exists() else inside.as_posix()

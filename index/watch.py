"""What happens in the corpus folder while it is watched: which paths have changed since one last asked.

The only module that knows watchfiles. The system tells of changes; it may miss some, as on network drives,
so whoever relies on this looks through the whole folder now and then besides.
"""

from __future__ import annotations

import os
import time
from collections.abc import Generator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from index.folder import METADATA_FILE, is_litter

if TYPE_CHECKING:
    from watchfiles import Change

# Editors write a file in several steps, and a checkout writes thousands of files: what follows within the
# first time is one change, and after the second one it is told even if there is no end to it.
_CALM_MS = 300
_LONGEST_MS = 10_000
# Where the system tells of nothing, every file is looked at this often.
_POLL_MS = 5_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Changes:
    """What may be other than before.

    Attributes:
        paths: files and folders below the corpus folder, with ``/``; they may be gone.
        everything: any file may be another.
    """

    paths: frozenset[str] = field(default_factory=frozenset)
    everything: bool = False

    def __bool__(self) -> bool:
        """Tell whether anything may have changed."""
        return self.everything or bool(self.paths)

    def __or__(self, other: Changes) -> Changes:
        """Put two together."""
        return Changes(paths=self.paths | other.paths, everything=self.everything or other.everything)


class FolderWatch:
    """Watches one folder with all below it, which may go away and come back meanwhile."""

    def __init__(self, corpus: Path, *, index: Path) -> None:
        """Prepare to watch; the first ``wait`` begins.

        Args:
            index: the folder of the index; what is written below it is no change, should it lie in the corpus.
        """
        self._corpus = corpus
        self._index = os.path.realpath(index)
        self._root = ""
        self._opened: tuple[int, int] | None = None
        self._events: Generator[set[tuple[Change, str]]] | None = None
        self._begun = False
        # None: as WATCHFILES_FORCE_POLLING says.
        self._polling: bool | None = None
        self._blind = False
        self.trouble = ""
        """Why the system does not tell of changes, in words; "" where it does."""

    def wait(self) -> Changes:
        """Wait for changes, for some tenths of a second at most where there are none.

        Everything may have changed where the folder is another one than before: unmounted, mounted, replaced.
        """
        there = self._identify()
        again = there != self._opened or (there is not None and self._events is None and not self._blind)
        if again:
            self.close()
            self._opened = there
            self._root = os.path.realpath(self._corpus)
            if there is not None and not self._blind:
                self._events = self._open()
        # What changes while the caller looks through everything is told afterwards: the watch has begun then.
        changes = self._next()
        again, self._begun = again and self._begun, True
        return changes | Changes(everything=again)

    def _next(self) -> Changes:
        if self._events is None:
            time.sleep(_CALM_MS / 1000)
            return Changes()
        try:
            found = next(self._events)
        except (OSError, RuntimeError) as exc:
            self._do_without(exc)
            return Changes()
        paths = frozenset(path[len(self._root) + 1 :].replace(os.sep, "/") for _, path in found)
        if "" in paths:
            # The folder itself was removed, perhaps made anew under the same number: nobody watches that one.
            self.close()
        # What stands in the one file may concern each other.
        return Changes(paths=paths, everything=bool(paths & {"", METADATA_FILE}))

    def close(self) -> None:
        """Watch no longer."""
        if self._events is not None:
            self._events.close()
            self._events = None

    def _open(self) -> Generator[set[tuple[Change, str]]]:
        from watchfiles import watch

        return watch(
            self._root,
            watch_filter=self._concerns,
            debounce=_LONGEST_MS,
            step=_CALM_MS,
            rust_timeout=_CALM_MS,
            yield_on_timeout=True,
            force_polling=self._polling,
            poll_delay_ms=_POLL_MS,
            ignore_permission_denied=True,
        )

    def _do_without(self, exc: Exception) -> None:
        """Go on by polling where the system cannot watch, as with more folders than it allows."""
        self._events = None
        if self._identify() is None:
            return  # the folder has gone, and nothing else is wrong
        what = "files are looked at one by one" if not self._polling else "changes are seen within minutes"
        self.trouble = f"the system tells of no changes in {self._corpus} ({exc}); {what} instead"
        self._polling, self._blind = True, bool(self._polling)

    def _concerns(self, _: Change, path: str) -> bool:
        if path == self._index or path.startswith(self._index + os.sep):
            return False
        return not any(is_litter(part) for part in path[len(self._root) + 1 :].split(os.sep))

    def _identify(self) -> tuple[int, int] | None:
        try:
            status = os.stat(self._corpus)
        except OSError:
            return None
        return status.st_dev, status.st_ino

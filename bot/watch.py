"""What `dateline index --watch` does: one sync, then one whenever the folder has changed, until it is stopped."""

from __future__ import annotations

import os
import signal
import time
from bisect import bisect_left
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import TYPE_CHECKING, Any, NoReturn

from bot.notices import sync_line, sync_to_json
from bot.render import dump_json, squeeze
from index.errors import ConfigError, DatelineError, StoreBusyError, StoreMissingError
from index.folder import is_litter
from index.watch import Changes, FolderWatch

if TYPE_CHECKING:
    from contextlib import AbstractContextManager
    from pathlib import Path

    from bot.desk import Desk
    from index.sync import SyncProgress, SyncReport

EVERYTHING = Changes(everything=True)

# The whole folder is looked through this often, since an event may be missed; and where that takes long, so
# seldom that it is at most a twentieth of the time.
_WHOLE_EVERY_S = 300.0
_WHOLE_SHARE = 20.0
# Above this many paths it is sooner done to look through the whole folder once.
_MOST_PATHS = 100
# What failed is tried again after the first time, then twice as long each time, up to the second one.
_AGAIN_S = 2.0
_AGAIN_AT_MOST_S = 60.0
# Skipped files named after one sync; `dateline status` lists them all.
_NAMED = 3


class Watcher:
    """Keeps the index of a desk in step with its folder; nothing that fails ends it."""

    def __init__(
        self,
        desk: Desk,
        *,
        corpus: Path,
        index: Path,
        as_json: bool,
        say: Callable[[str], None],
        complain: Callable[[str], None],
        record_fault: Callable[[Exception], str],
        progress: Callable[[], AbstractContextManager[Callable[[SyncProgress], None] | None]],
    ) -> None:
        """Prepare; ``run`` begins.

        Args:
            say: takes a line for each sync; ``complain`` one for each trouble.
            record_fault: keeps what is a fault of Dateline's own, and says so in a line.
            progress: shows how far a sync is.
        """
        self._desk = desk
        self._corpus = corpus
        self._as_json = as_json
        self._say = say
        self._complain = complain
        self._record_fault = record_fault
        self._progress = progress
        self._events = FolderWatch(corpus, index=index)
        self._due = EVERYTHING
        self._whole_at = 0.0
        self._again_at = 0.0
        self._again_s = _AGAIN_S
        self._told = ""
        self._device: int | None = None
        self._skipped: frozenset[tuple[str, str]] = frozenset()
        self._begun = False

    def run(self) -> NoReturn:
        """Watch until an exception comes, such as KeyboardInterrupt."""
        try:
            while True:
                changes = self._events.wait()
                self._due |= changes
                if self._events.trouble:
                    self._complain(self._events.trouble)
                    self._events.trouble = ""
                now = time.monotonic()
                if changes.everything:
                    # A folder that has come back need not wait for another try.
                    self._again_at = now
                if now >= self._whole_at:
                    self._due = EVERYTHING
                if self._due and now >= self._again_at:
                    self._sync_or_complain()
        finally:
            self._events.close()

    def _sync_or_complain(self) -> None:
        try:
            self._sync()
        except StoreBusyError as exc:
            # Somebody else's run: nothing is wrong, so it is not left alone for longer and longer.
            self._again_s = _AGAIN_S
            self._put_off(f"{exc}; it is waited for")
        except DatelineError as exc:
            self._put_off(str(exc))
        except BrokenPipeError:
            raise  # whoever read what is said has gone
        except OSError as exc:
            self._put_off(f"{exc.strerror or exc}{f': {exc.filename}' if exc.filename else ''}")
        except Exception as exc:  # told as a fault, its traceback kept in a log
            self._put_off(self._record_fault(exc), same=repr(exc))

    def _put_off(self, trouble: str, *, same: str = "") -> None:
        """Tell of a trouble once, and try again later."""
        # A trouble that comes again with another reference number is the same one.
        if self._told != (same or trouble):
            self._told = same or trouble
            self._complain(trouble)
        self._again_at = time.monotonic() + self._again_s
        self._again_s = min(2 * self._again_s, _AGAIN_AT_MOST_S)

    def _sync(self) -> None:
        paths = self._paths_due()
        if paths is None:
            self._due = Changes()
            return
        if lost := self._explain_loss():
            raise ConfigError(lost)
        device = os.stat(self._corpus).st_dev if self._corpus.is_dir() else None
        started = time.monotonic()
        with self._progress() as progress:
            try:
                report = self._desk.sync(paths, progress)
            except ConfigError:
                if not paths:
                    raise
                # One of the paths has gone meanwhile, or the folder has; the whole tells which.
                paths = ()
                report = self._desk.sync((), progress)
        self._due = Changes()
        self._device = device
        self._again_s = _AGAIN_S
        if not paths:
            ended = time.monotonic()
            self._whole_at = ended + max(_WHOLE_EVERY_S, _WHOLE_SHARE * (ended - started))
        self._tell(report, whole=not paths)

    def _paths_due(self) -> Sequence[str] | None:
        """Return the paths to be synced; none for the whole folder, None where there is nothing to do."""
        if self._due.everything or len(self._due.paths) > _MOST_PATHS:
            return ()
        try:
            files = self._desk.files()
        except StoreMissingError:
            return ()
        kept = []
        for path in sorted(self._due.paths):
            there = os.path.lexists(self._corpus / path)
            if not there and any(file == path or file.startswith(f"{path}/") for file, _ in self._skipped):
                # Only a look at the whole takes it off the list of what is skipped.
                return ()
            # What is neither there nor indexed came and went, as editors' files do.
            if there or _holds(files, path):
                kept.append(str(self._corpus / path))
        return kept or None

    def _explain_loss(self) -> str:
        """Say that the folder looks like one whose drive is not there; "" where it does not.

        Whoever empties a folder by hand is there to say so; a drive that is not mounted leaves an empty folder.
        """
        try:
            files = self._desk.files()
            empty = all(is_litter(path.name) for path in self._corpus.iterdir())
            device = os.stat(self._corpus).st_dev
        except (StoreMissingError, OSError):
            # Without an index nothing can be lost; without a folder the sync itself says so.
            return ""
        other = self._device is not None and device != self._device
        if not files or not (empty or other) or any(os.path.lexists(self._corpus / file) for file in files):
            return ""
        what = "is empty" if empty else "lies on another drive than before"
        return (
            f"the corpus folder {self._corpus} {what}, and none of the {len(files):,} indexed files is there: "
            "nothing is removed; mount its drive, or run `dateline index` if this is meant"
        )

    def _tell(self, report: SyncReport, *, whole: bool) -> None:
        remarks = frozenset((item.file, item.reason) for item in report.skipped)
        new = sorted(remarks - self._skipped)
        self._skipped = remarks if whole else self._skipped | remarks
        done = report.added or report.updated or report.removed or report.embedded or report.rebuilt
        if done or new or not self._begun or self._told:
            at = datetime.now().astimezone().isoformat(timespec="seconds")
            if self._as_json:
                self._say(dump_json({"at": at, **sync_to_json(report)}))
            else:
                self._say(f"{at[11:19]}  {sync_line(report)}")
        self._begun, self._told = True, ""
        for file, reason in new[:_NAMED]:
            self._complain(f"skipped {squeeze(file)}: {squeeze(reason)}")
        if len(new) > _NAMED:
            self._complain(f"skipped {len(new) - _NAMED:,} more: see `dateline status`")


def _holds(files: Sequence[str], path: str) -> bool:
    """Tell whether a path is one of some files in order, or a folder with one of them."""
    for first in (path, f"{path}/"):
        place = bisect_left(files, first)
        if place < len(files) and (files[place] == path or files[place].startswith(f"{path}/")):
            return True
    return False


@contextmanager
def ended_by_sigterm() -> Iterator[list[int]]:
    """Let SIGTERM end what is inside as Ctrl-C does; the list holds the signal then."""
    received: list[int] = []

    def end(number: int, _: Any) -> None:
        received.append(number)
        # A second one ends it without asking: whatever is stopped, the next run goes on from there.
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGTERM, end)
    try:
        yield received
    finally:
        signal.signal(signal.SIGTERM, before)

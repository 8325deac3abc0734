"""A sync in a process of its own, behind everything else: what people ask meanwhile goes first.

In the bot's own process it would hold the model for a second or more at a time, and each answer needs the model
several times; and it would share Python's one lock with whoever listens to Discord.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
import traceback
from collections.abc import Callable
from contextlib import suppress
from multiprocessing.connection import Connection
from typing import TYPE_CHECKING

from index.errors import ConfigError, DatelineError, EmbeddingError, StoreBusyError, StoreError
from index.progress import SyncProgress, SyncReport, Tell

if TYPE_CHECKING:
    from bot.settings import Settings

# Of 19: it yields to answers, gets all that nobody else wants, and is not starved by a busy neighbour.
_NICENESS = 5
_LOOK_S = 0.2
_ENDING_S = 5.0
# Those that are made from nothing but their words; from the special to the general.
_KINDS = (StoreBusyError, StoreError, EmbeddingError, ConfigError, DatelineError)


class ApartError(Exception):
    """A bug in the other process; the message is its traceback."""


def sync_apart(settings: Settings, tell: Tell, is_stopping: Callable[[], bool]) -> SyncReport | None:
    """Bring the index in step.

    Args:
        tell: called now and then with how far it is.
        is_stopping: asked several times a second; once it says so, the other process is ended. What it has done is
            kept.

    Returns:
        What was done; None where it was ended before.

    Raises:
        DatelineError: as ``Syncer.run``, or the process was ended by somebody else.
    """
    # Not forked: this process has threads, and locks that they hold.
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    process = context.Process(target=_work, args=(settings, theirs), name="dateline-index", daemon=True)
    process.start()
    theirs.close()
    try:
        while not is_stopping():
            if not ours.poll(_LOOK_S):
                continue
            told = ours.recv()
            if isinstance(told, SyncReport):
                return told
            if isinstance(told, Exception):
                raise told
            tell(told)
        return None
    except (EOFError, ConnectionError) as exc:
        process.join(_ENDING_S)
        if is_stopping():
            return None  # whoever stops the bot may stop all its processes at once
        raise DatelineError(
            f"the process that brings the index in step has ended (exit code {process.exitcode}): the next run goes "
            "on from there"
        ) from exc
    finally:
        ours.close()
        process.kill()  # it has said all it had to say, or may be killed at any moment
        process.join()


def _work(settings: Settings, connection: Connection) -> None:
    """Run the sync; the body of the other process."""
    # Whoever ends the bot may tell all its processes; the bot ends this one when it has heard.
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    threading.Thread(target=_end_with, args=(connection,), daemon=True).start()
    with suppress(OSError):
        os.nice(_NICENESS)
    from bot.app import build

    def tell(progress: SyncProgress) -> None:
        connection.send(progress)

    try:
        app = build(settings)
        try:
            report = app.sync((), tell)
        finally:
            app.close()
        connection.send(report)
    except DatelineError as exc:
        kind = next(kind for kind in _KINDS if isinstance(exc, kind))
        connection.send(kind(str(exc)))
    except Exception:  # whatever it is, it is told where somebody reads it
        connection.send(ApartError(traceback.format_exc()))


def _end_with(connection: Connection) -> None:
    """End this process with the one that began it, however that has ended; it is written so that it may."""
    with suppress(EOFError, OSError):
        connection.recv()
    os._exit(1)

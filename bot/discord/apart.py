"""A sync in a process of its own, behind everything else: what people ask meanwhile goes first.

In the bot's own process it would hold the model for a second or more at a time, and each answer needs the model
several times; and it would share Python's one lock with whoever listens to Discord.
"""

from __future__ import annotations

import multiprocessing
import os
import threading
from collections.abc import Callable
from contextlib import suppress
from multiprocessing.connection import Connection
from typing import TYPE_CHECKING

from bot.discord.journal import set_up_logging
from bot.process import leave_signals, stand_back, told
from index.errors import DatelineError
from index.progress import SyncProgress, SyncReport, Tell

if TYPE_CHECKING:
    from bot.settings import Settings

_LOOK_S = 0.2
_ENDING_S = 5.0


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
            news = ours.recv()
            if isinstance(news, SyncReport):
                return news
            if isinstance(news, Exception):
                raise news
            tell(news)
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
    leave_signals()
    set_up_logging()
    threading.Thread(target=_end_with, args=(connection,), daemon=True).start()
    stand_back()
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
    except Exception as exc:  # whatever it is, it is told where somebody reads it
        connection.send(told(exc))


def _end_with(connection: Connection) -> None:
    """End this process with the one that began it, however that has ended; it is written so that it may."""
    with suppress(EOFError, OSError):
        connection.recv()
    os._exit(1)

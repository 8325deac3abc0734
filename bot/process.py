"""What processes of one program owe each other: errors in their own words, signals left to the first, precedence."""

from __future__ import annotations

import os
import signal
import traceback
from contextlib import suppress

from index.errors import (
    ConfigError,
    DatelineError,
    EmbeddingError,
    LLMError,
    QueryError,
    StoreBusyError,
    StoreError,
    StoreMissingError,
)

# Of 19: a process yields to answers, gets all that nobody else wants, and is not starved by a busy neighbour.
_NICENESS = 5
# Those that are made from nothing but their words; from the special to the general.
_KINDS = (
    StoreBusyError,
    StoreMissingError,
    StoreError,
    EmbeddingError,
    QueryError,
    LLMError,
    ConfigError,
    DatelineError,
)


class ProcessError(Exception):
    """A bug in another process; the message is its traceback."""


def told(exc: Exception) -> Exception:
    """Make of an error that is being handled one that can be sent to another process."""
    if isinstance(exc, DatelineError):
        kind = next(kind for kind in _KINDS if isinstance(exc, kind))
        return kind(str(exc))
    return ProcessError(traceback.format_exc())


def leave_signals() -> None:
    """Leave the signals that end a program to the process that began this one.

    Whoever ends the program may tell all its processes.
    """
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)


def stand_back() -> None:
    """Let everything else on the machine go first, for as long as this process runs."""
    with suppress(OSError, AttributeError):  # not on Windows
        os.nice(_NICENESS)

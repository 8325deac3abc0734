"""What processes of one program tell each other: errors in their own words, and that one of them has ended."""

from __future__ import annotations

import signal
import traceback

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

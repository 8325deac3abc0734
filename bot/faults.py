"""Faults of the program itself: kept in a log with their traceback, told as one line with a reference."""

from __future__ import annotations

import secrets
import tempfile
import traceback
from datetime import UTC, datetime
from pathlib import Path

LOG_NAME = "errors.log"


def record_fault(exc: BaseException, folder: Path | None) -> str:
    """Keep an exception's traceback and say so in one line, without its own text.

    Args:
        exc: what went wrong.
        folder: of the index; the system's folder for temporary files takes its place where it is
            not there or cannot be written.
    """
    reference = secrets.token_hex(4)
    entry = f"{datetime.now(UTC):%Y-%m-%d %H:%M:%S}Z reference {reference}\n"
    entry += "".join(traceback.format_exception(exc)) + "\n"
    folders = [folder] if folder and folder.is_dir() else []
    for place in (*folders, Path(tempfile.gettempdir())):
        log = place / ("dateline-" * (place != folder) + LOG_NAME)
        try:
            with log.open("a", encoding="utf-8", errors="backslashreplace") as file:
                file.write(entry)
        except OSError:
            continue
        return f"sorry, that is a fault in Dateline (reference {reference}); the details are in {log}"
    return (
        f"sorry, that is a fault in Dateline (reference {reference}); its details could not be written down"
    )

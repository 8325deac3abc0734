"""The log: one line for each event, of JSON unless it goes to a terminal, without people's names, texts or keys.

Who asked is told by a keyed hash: the same person has the same one, and nobody else can work it out.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import logging
import re
import sys
import time
from datetime import UTC, datetime
from typing import Any

from index.errors import DatelineError

log = logging.getLogger("dateline.discord")

# A token of an interaction speaks for the bot for 15 minutes; discord.py writes it into its warnings.
_SECRETS = re.compile(r"(/(?:webhooks|interactions)/\d+/)[^/\s?'\"]+|\b[\w-]{20,}\.[\w-]{5,}\.[\w-]{20,}")


def redact(text: str) -> str:
    """Take tokens out of a line."""
    return _SECRETS.sub(lambda found: f"{found[1] or ''}[secret]", text)


class WithoutNetworkTraces(logging.Filter):
    """Lets discord.py say in a line that a connection broke: it is tried again, and forty lines tell nothing more."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Put the reason in place of the traceback."""
        exc = record.exc_info[1] if record.exc_info else None
        if isinstance(exc, OSError) and record.name != log.name:
            record.exc_info = None
            vars(record)["facts"] = {"reason": redact(f"{type(exc).__name__}: {exc}")}
        return True


class JsonLines(logging.Formatter):
    """Writes a record as one line of JSON."""

    def format(self, record: logging.LogRecord) -> str:
        """Lay out the time, the level, what happened, and the facts handed in as ``extra={"facts": …}``."""
        line: dict[str, Any] = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "event": redact(record.getMessage()),
            **getattr(record, "facts", {}),
        }
        if record.name != log.name:
            line["from"] = record.name
        if record.exc_info:
            line["traceback"] = redact(self.formatException(record.exc_info))
        return json.dumps(line, ensure_ascii=False, default=str)


class ReadableLines(logging.Formatter):
    """Writes a record for somebody who watches a terminal."""

    def format(self, record: logging.LogRecord) -> str:
        """Lay out the time, what happened, and the facts; a warning or an error says that it is one."""
        parts = [datetime.fromtimestamp(record.created).strftime("%H:%M:%S")]
        if record.levelno >= logging.WARNING:
            parts.append(f"{record.levelname}:")
        parts.append(redact(record.getMessage()))
        facts: dict[str, Any] = getattr(record, "facts", {})
        parts += [
            f"{name}={json.dumps(fact, ensure_ascii=False, default=str)}" for name, fact in facts.items()
        ]
        if record.exc_info:
            parts.append("\n" + redact(self.formatException(record.exc_info)))
        return " ".join(parts)


def set_up_logging() -> None:
    """Send what we and discord.py have to say to standard error: for programs, or for whoever watches it."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(ReadableLines() if sys.stderr.isatty() else JsonLines())
    handler.addFilter(WithoutNetworkTraces())
    log.setLevel(logging.INFO)
    # Of discord.py, of the answers and of the index only what is amiss.
    others = [logging.getLogger(name) for name in ("discord", "bot", "index")]
    for logger in others:
        logger.setLevel(logging.WARNING)
    for logger in (log, *others):
        logger.handlers[:] = [handler]
        logger.propagate = False


class Journal:
    """Writes what happened to the log.

    Args:
        key: for the hashes of people and servers.
        with_text: whether questions are written down too.
    """

    def __init__(self, *, key: str, with_text: bool) -> None:
        self._key = key.encode()
        self._with_text = with_text

    def hashed(self, id: int | None) -> str | None:
        """Hash an id of Discord's."""
        if id is None:
            return None
        return hmac.new(self._key, str(id).encode(), hashlib.sha256).hexdigest()[:12]

    def tell(self, event: str, *, question: str | None = None, **facts: Any) -> None:
        """Write one line.

        Args:
            question: written down where the settings say so.
            facts: what else there is to say; ``person`` and ``server`` are hashed, None is left out.
        """
        for name in ("person", "server"):
            if name in facts:
                facts[name] = self.hashed(facts[name])
        if self._with_text and question is not None:
            facts["question"] = question
        log.info(event, extra={"facts": {name: fact for name, fact in facts.items() if fact is not None}})

    def fault(self, event: str, exc: BaseException, **facts: Any) -> None:
        """Write what went wrong: in its own words where these are for an operator, else with its traceback."""
        if isinstance(exc, DatelineError):
            log.warning(event, extra={"facts": {**facts, "reason": redact(str(exc))}})
        else:
            log.error(event, exc_info=exc, extra={"facts": facts})


class Stopwatch:
    """Tells the milliseconds between moments."""

    def __init__(self) -> None:
        self._last = time.perf_counter()

    def lap_ms(self) -> float:
        """Return the milliseconds since the last call."""
        now = time.perf_counter()
        spent, self._last = (now - self._last) * 1000, now
        return round(spent, 1)

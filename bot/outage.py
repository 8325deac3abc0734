"""What went wrong with an LLM's server, in our words: vendors' exceptions become LLMErrors.

Told apart by their attributes and names, since each vendor's library is an extra. What a server writes in
its refusal is never repeated: it may hold the key.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from index.errors import LLMContextError, LLMError, LLMRefusedError, LLMTroubleError

_TOO_LONG = re.compile(
    r"context.{0,3}(?:length|window|size)|(?:prompt|input|request) (?:is )?too (?:long|large)"
    r"|maximum (?:context|number of tokens)|too many (?:input )?tokens|exceeds? .{0,40}\bcontext\b",
    re.IGNORECASE,
)
_CUT_OFF = re.compile(r"Protocol|ReadError|Incomplete|ConnectionReset|BrokenPipe|WriteError|CloseError")
_NO_CONNECTION = re.compile(r"Connect|ConnectionRefused|gaierror")
_PASSING = frozenset({408, 409, 425, 429})


def explain_outage(exc: Exception, name: str, where: str) -> LLMError:
    """Say what went wrong.

    Args:
        exc: as a vendor's library raised it.
        name: of the model, as ``openai/gpt-4o``.
        where: the server, as it may be shown.
    """
    if isinstance(exc, LLMError):
        return exc
    status = getattr(exc, "status_code", None)
    if isinstance(status, int) and status >= 400:
        return _explain_status(exc, status, name, where)
    chain = list(_chain(exc))
    kinds = [kind.__name__ for each in chain for kind in type(each).__mro__]
    if any("Timeout" in kind for kind in kinds):
        return LLMTroubleError(f"{name} did not answer in time")
    if any(_CUT_OFF.search(kind) for kind in kinds):
        return LLMTroubleError(f"{name} broke off")
    if any(_NO_CONNECTION.search(kind) for kind in kinds):
        return LLMTroubleError(f"{name} cannot be reached at {where}: is the server running?")
    if _TOO_LONG.search(str(exc)):
        return LLMContextError(f"the passages are too long for {name}")
    return LLMTroubleError(f"{name} sent a reply that cannot be read")


def _explain_status(exc: Exception, status: int, name: str, where: str) -> LLMError:
    if status == 413 or (status in (400, 422, 500) and _TOO_LONG.search(str(exc))):
        return LLMContextError(f"the passages are too long for {name}")
    if status in (401, 403):
        return LLMError(f"{where} does not accept the key for {name}: set DATELINE_LLM_KEY")
    if status == 404:
        return LLMError(f"{where} knows no such model or address ({name}): see DATELINE_LLM_MODEL and _URL")
    if status in _PASSING or (status >= 500 and status != 501):
        what = "is asked too often" if status == 429 else f"has a fault (HTTP {status})"
        return LLMTroubleError(f"{name} {what}", retry_after_s=_retry_after(exc))
    return LLMRefusedError(f"{name} does not take the request (HTTP {status})")


def _retry_after(exc: Exception) -> float | None:
    """Return the seconds a server asks to wait; also where it names the moment."""
    # Ollama's exception holds no headers, but the one that it was made of does.
    found = (getattr(getattr(each, "response", None), "headers", None) for each in _chain(exc))
    value = next((headers.get("retry-after") for headers in found if headers is not None), None)
    if not value:
        return None
    try:
        seconds = float(value)
    except ValueError:
        try:
            moment = parsedate_to_datetime(value)
        except ValueError:
            return None
        seconds = (
            (moment if moment.tzinfo else moment.replace(tzinfo=UTC)) - datetime.now(UTC)
        ).total_seconds()
    return max(seconds, 0.0) if math.isfinite(seconds) else None


def _chain(exc: BaseException | None) -> Iterator[BaseException]:
    # Vendors wrap what their HTTP library raised, some of them twice.
    for _ in range(5):
        if exc is None:
            return
        yield exc
        exc = exc.__cause__ or exc.__context__

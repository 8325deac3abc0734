"""Requests to Discord that are tried again where discord.py 2.7.1 gives up.

It does not retry 503, nor a connection that Linux reset (errno 104), nor a 429 without a ``Via`` header, as
proxies and other servers than Discord's own send it. Whatever is sent twice is the same request: messages carry
a nonce, by which Discord knows them again, and everything else of ours is idempotent.
"""

from __future__ import annotations

import asyncio
import errno
import json
from collections.abc import Awaitable, Callable
from typing import Any

import aiohttp
import discord
from discord.http import Route
from discord.webhook.async_ import AsyncWebhookAdapter

_WAITS_S = (0.25, 1.0, 2.0, 4.0, 8.0)
# An answer to an interaction must be there within three seconds, and a sign of life within one.
_HASTY_WAITS_S = (0.1, 0.4, 0.8)
_RESET = {errno.ECONNRESET, errno.EPIPE, errno.ECONNABORTED, errno.ECONNREFUSED}
# A wait that is longer is none that somebody at a keyboard would wait.
_LONGEST_S = 60.0
_ALREADY = 40060


async def _wait_for(exc: Exception, wait_s: float, *, hasty: bool) -> float | None:
    """Return how long to wait before the next try; None where another try would not help.

    Args:
        hasty: whether discord.py has left every trouble of the server's to us.
    """
    if isinstance(exc, discord.HTTPException):
        if exc.status == 429:
            asked = await _retry_after(exc)
            return None if asked is None or asked > _LONGEST_S else asked
        return wait_s if exc.status == 503 or (hasty and exc.status >= 500) else None
    if isinstance(exc, OSError):
        return wait_s if exc.errno in _RESET or isinstance(exc, aiohttp.ClientConnectionError) else None
    return wait_s if isinstance(exc, aiohttp.ServerDisconnectedError) else None


async def _retry_after(exc: discord.HTTPException) -> float | None:
    response: Any = exc.response
    try:
        body = json.loads(await response.text())
        return float(body["retry_after"])
    except (ValueError, TypeError, KeyError, AttributeError, aiohttp.ClientError):
        given = response.headers.get("Retry-After", "")
        return float(given) if given.replace(".", "", 1).isdigit() else 1.0


async def _try_again(
    request: Callable[[], Awaitable[Any]],
    waits_s: tuple[float, ...],
    files: Any = None,
    *,
    hasty: bool = False,
) -> Any:
    for wait_s in waits_s:
        try:
            return await request()
        except (discord.HTTPException, OSError, aiohttp.ClientError) as exc:
            pause = await _wait_for(exc, wait_s, hasty=hasty)
            if pause is None:
                raise
        await asyncio.sleep(pause)
        for file in files or ():
            file.reset(seek=True)
    return await request()


def make_patient(client: discord.Client) -> None:
    """Have a client's requests tried again, and carried out to their end.

    A request that is called off while it waits for Discord's global limit to be over leaves discord.py waiting for
    that for ever, and nothing is sent any more.
    """
    request = client.http.request

    async def patient(route: Route, *, files: Any = None, **more: Any) -> Any:
        hasty = route.path.endswith("/typing")
        waits_s = _HASTY_WAITS_S if hasty else _WAITS_S
        sending = _try_again(lambda: request(route, files=files, **more), waits_s, files, hasty=hasty)
        task = asyncio.ensure_future(sending)
        task.add_done_callback(_look_at)
        return await asyncio.shield(task)

    client.http.request = patient  # type: ignore[method-assign]


# A message that a server has changed without showing it; 0 is no message's id.
_UNNAMED: dict[str, Any] = {"id": "0", "channel_id": "0", "type": 0, "content": ""}


def _look_at(task: asyncio.Future[Any]) -> None:
    """Take note of how a request has ended that nobody may be waiting for any more."""
    if not task.cancelled():
        task.exception()


class PatientAdapter(AsyncWebhookAdapter):
    """Answers to interactions that are tried again; they go another way than everything else."""

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call]

    async def request(self, route: Route, session: aiohttp.ClientSession, **more: Any) -> Any:
        """Send a request; see AsyncWebhookAdapter."""
        if route.path.endswith("/callback"):
            return await self._call_back(route, session, **more)
        if route.method == "POST":
            # A followup has no nonce: sent again after a reset, it might stand there twice.
            return await _try_again(
                lambda: self._unless_reset(route, session, **more), _WAITS_S, more.get("files")
            )
        send = super().request
        given = await _try_again(lambda: send(route, session, **more), _WAITS_S, more.get("files"))
        return given if given or route.method == "DELETE" else _UNNAMED

    async def _unless_reset(self, route: Route, session: aiohttp.ClientSession, **more: Any) -> Any:
        try:
            return await super().request(route, session, **more) or _UNNAMED
        except (OSError, aiohttp.ClientError) as exc:
            raise UncertainError from exc

    async def _call_back(self, route: Route, session: aiohttp.ClientSession, **more: Any) -> Any:
        tries = 0

        async def send() -> Any:
            nonlocal tries
            tries += 1
            return await super(PatientAdapter, self).request(route, session, **more)

        try:
            await _try_again(send, _HASTY_WAITS_S, hasty=True)
        except discord.HTTPException as exc:
            # The first try did arrive; only its reply was lost.
            if exc.code != _ALREADY or tries == 1:
                raise
        # discord.py reads the interaction from the reply, which some servers leave empty and nobody here needs.
        return {"interaction": {"id": "0"}}


class UncertainError(Exception):
    """A connection broke: nobody can tell whether what was sent has arrived."""

"""The bot as a process: opens what it needs, keeps a client connected, ends as it was asked to."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

import aiohttp
import discord

from bot.crew import Crew
from bot.discord.apart import sync_apart
from bot.discord.check import NOT_SET, check
from bot.discord.client import DatelineClient
from bot.discord.health import notify_systemd, write_health
from bot.discord.house import House
from bot.discord.journal import log, set_up_logging
from bot.discord.pool import Pool
from bot.discord.recovery import Recovery
from bot.discord.samples import make_samples, rehearse
from bot.discord.store import Store
from bot.discord.whereabouts import point_at
from index.errors import ConfigError, DatelineError

if TYPE_CHECKING:
    from bot.desk import Desk
    from bot.settings import Settings

_HEALTH_S = 5.0
_CLEANING_S = 3600.0
_DAY_S = 86400.0
# Between a client that broke and the next; a connection that held this long is no failing start.
_FIRST_WAIT_S, _LONGEST_WAIT_S, _HELD_S = 1.0, 60.0, 300.0
# For the last requests and the closing of connections.
_CLOSING_S = 1.0
# What Discord says with the end of a connection that no other try would mend.
_CLOSED = {
    4004: "Discord does not take the token: copy it anew from the page “Bot” of the application",
    4010: "Discord refuses the shards",
    4011: "Discord wants more shards",
    4012: "Discord no longer speaks this version of its protocol: update discord.py",
    4013: "Discord does not know the intents",
}
MISSING_INTENT = (
    "Discord refuses the message content: switch on “Message Content Intent” on the page “Bot” of the "
    "application (https://discord.com/developers/applications), or leave DATELINE_DISCORD_MESSAGE_CONTENT out"
)
_REFUSED = "Discord does not take the token: copy it anew from the page “Bot” of the application into DATELINE_DISCORD_TOKEN"


def run_bot(
    settings: Settings,
    desk: Desk,
    open_desk: Callable[[], Desk],
    *,
    sync_only: bool = False,
    check_only: bool = False,
) -> int:
    """Run the bot until it is told to stop.

    Args:
        open_desk: opens another like it, in another process; see ``Crew``.
        sync_only: write the commands, and no more.
        check_only: look whether everything is in place, and no more.

    Returns:
        The exit code.

    Raises:
        DatelineError: a setting is missing or wrong, or a model cannot be loaded.
    """
    token = settings.discord_token.get_secret_value().strip()
    set_up_logging()
    point_at(settings)
    if check_only:
        return asyncio.run(check(settings, desk, token))
    if not token:
        raise ConfigError(NOT_SET)
    store = Store(settings.discord_database)
    pool = Pool()
    crew = Crew(desk, open_desk, processes=settings.discord_processes, set_up=set_up_logging)
    sync = partial(sync_apart, settings)
    house = House(settings=settings, desk=desk, crew=crew, store=store, pool=pool, sync=sync)
    try:
        if sync_only:
            return asyncio.run(_write_commands(house, token))
        asyncio.run(_Run(house, token).run())
    finally:
        house.front.close()
        crew.close()
        pool.close()
        if idle := pool.idle and house.front.idle:
            store.close()
    if not idle:
        # An answer is still being made, and nobody waits for it any more.
        _leave("an answer was still being made")
    return 0


def _leave(reason: str) -> NoReturn:
    """End at once, whatever is still going on: whoever stops the bot does not wait for long."""
    log.info("ended", extra={"facts": {"although": reason}})
    sys.stderr.flush()
    os._exit(0)


async def _write_commands(house: House, token: str) -> int:
    async with DatelineClient(house, force_sync=True) as client:
        await _translated(lambda: client.login(token))
    sys.stdout.write("the commands are written; Discord shows them at once, where its app is opened anew\n")
    return 0


async def _translated(work: Callable[[], Awaitable[None]]) -> None:
    """Turn what Discord refuses into words with their mend."""
    try:
        await work()
    except discord.LoginFailure as exc:
        raise ConfigError(_REFUSED) from exc
    except discord.PrivilegedIntentsRequired as exc:
        raise ConfigError(MISSING_INTENT) from exc
    except discord.ConnectionClosed as exc:
        if exc.code in _CLOSED:
            raise ConfigError(_CLOSED[exc.code]) from exc
        raise
    except discord.app_commands.CommandSyncFailure as exc:
        raise ConfigError(f"Discord does not take the commands: {exc.text}") from exc


class _Run:
    """One run of the bot, over as many clients as it takes."""

    def __init__(self, house: House, token: str) -> None:
        self._house = house
        self._token = token
        self._recovery = Recovery(house)
        self._stop = asyncio.Event()
        self._client: DatelineClient | None = None

    async def run(self) -> None:
        """Load the models, connect, and stay connected until told to stop."""
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self._stop.set)
        self._house.journal.tell("loading the models")
        # Before going on line: who sees the bot there expects an answer within seconds.
        await self._house.pool.run(self._house.desk.warm_up)
        await self._house.pool.run(rehearse, self._house.desk, self._house.store)
        chores = [asyncio.create_task(self._watch()), asyncio.create_task(self._tidy_up())]
        connection = asyncio.create_task(self._stay_connected())
        stopping = asyncio.create_task(self._stop.wait())
        try:
            await asyncio.wait([connection, stopping], return_when=asyncio.FIRST_COMPLETED)
            notify_systemd("STOPPING=1")
            if self._client is not None and not connection.done():
                await self._client.reception.stop(self._house.settings.discord_grace)
        finally:
            for task in (*chores, stopping):
                task.cancel()
            await self._close_client()
            if not connection.done():
                connection.cancel()
            await asyncio.wait([connection], timeout=_CLOSING_S)
        if self._stop.is_set() and self._house.answering:
            _leave("an answer was still being sent")
        if connection.done() and not connection.cancelled() and (exc := connection.exception()):
            raise exc

    async def _close_client(self) -> None:
        # Not cancelled: a client that is not closed leaves its connections and threads behind.
        if self._client is not None:
            try:
                await asyncio.wait_for(self._client.close(), _CLOSING_S)
            except (TimeoutError, OSError, aiohttp.ClientError) as exc:
                self._house.journal.tell("the connection was not closed", reason=type(exc).__name__)

    async def _stay_connected(self) -> None:
        """Connect, and connect anew with a fresh client when one breaks."""
        wait_s = _FIRST_WAIT_S
        while not self._stop.is_set():
            self._client = DatelineClient(self._house, self._recovery)
            began = time.monotonic()
            try:
                await _translated(lambda: self._client.start(self._token))  # type: ignore[union-attr]
            except ConfigError:
                raise
            except Exception as exc:  # whatever broke it, people wait for the next one
                self._house.journal.fault("the client broke", exc)
                self._recovery.mark()
            if self._stop.is_set():
                return
            await self._close_client()
            wait_s = _FIRST_WAIT_S if time.monotonic() - began > _HELD_S else min(2 * wait_s, _LONGEST_WAIT_S)
            await asyncio.sleep(wait_s)

    async def _watch(self) -> None:
        """Give signs of life, as long as the loop runs."""
        name = self._house.settings.discord_health
        file = Path(name).expanduser() if name else None
        ready = False
        while True:
            connected = self._client is not None and self._client.is_connected
            if file is not None:
                answering = len(self._house.answering)
                try:
                    await self._house.pool.run(write_health, file, connected=connected, answering=answering)
                except OSError as exc:
                    self._house.journal.tell("the health file cannot be written", reason=exc.strerror)
            notify_systemd("WATCHDOG=1")
            if self._client is not None and self._client.is_listening:
                with suppress(DatelineError):  # told to whoever asks something
                    await self._recovery.keep()
            if connected and not ready:
                ready = True
                notify_systemd("READY=1")
            await asyncio.sleep(_HEALTH_S if ready else 1.0)

    async def _tidy_up(self) -> None:
        """Delete what is older than it is kept; make the sample questions ready."""
        while True:
            try:
                before = time.time() - self._house.settings.discord_keep_days * _DAY_S
                gone = await self._house.pool.run(self._house.store.forget_before, before)
                if gone:
                    self._house.journal.tell("old questions deleted", count=gone)
                await self._house.pool.run(make_samples, self._house.desk, self._house.store)
            except DatelineError as exc:
                self._house.journal.tell("tidying up failed", reason=type(exc).__name__)
            await asyncio.sleep(_CLEANING_S)

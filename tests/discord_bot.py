"""The bot over a fake desk, in this process, connected to the stand-in for Discord."""

from __future__ import annotations

import asyncio
import functools
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from desk_fake import FakeDesk
from discord.gateway import DiscordWebSocket
from discord.http import Route
from discord_server import DiscordServer
from discord_world import TOKEN
from pydantic import SecretStr

from bot.discord.client import DatelineClient
from bot.discord.house import House
from bot.discord.pool import Pool
from bot.discord.store import Store
from bot.discord.whereabouts import point_at
from bot.settings import Settings

Test = Callable[..., Coroutine[Any, Any, None]]


def in_loop_for(patience_s: float) -> Callable[[Test], Callable[..., None]]:
    """Run a test in an event loop of its own, for so many seconds at most."""

    def wrap(test: Test) -> Callable[..., None]:
        @functools.wraps(test)
        def run(*args: Any, **kwargs: Any) -> None:
            asyncio.run(asyncio.wait_for(test(*args, **kwargs), patience_s))

        return run

    return wrap


in_loop = in_loop_for(60)


async def _at_once(shard: int | None, *, initial: bool = False) -> None:
    """Identify without a pause."""


async def _until_ready(client: DatelineClient) -> None:
    # Its own way of waiting refuses before the log-in.
    while not client.is_ready():
        await asyncio.sleep(0.01)


@dataclass
class Bot:
    """A running bot."""

    house: House
    client: DatelineClient
    desk: FakeDesk


def make_settings(server: DiscordServer, folder: Path, **more: Any) -> Settings:
    return Settings(
        corpus=folder / "corpus",
        index=folder / "index",
        discord_token=SecretStr(TOKEN),
        discord_api=server.api,
        discord_database=folder / "bot.sqlite",
        **{"discord_per_person": 1000, "discord_per_server": 1000, **more},
    )


@asynccontextmanager
async def running(
    server: DiscordServer, folder: Path, desk: FakeDesk | None = None, **more: Any
) -> AsyncIterator[Bot]:
    """Run a bot until the block ends; a second one in the same folder is the bot started again."""
    desk = desk or FakeDesk()
    settings = make_settings(server, folder, **more)
    before = Route.BASE, DiscordWebSocket.DEFAULT_GATEWAY
    point_at(settings)
    store, pool = Store(settings.discord_database), Pool()
    client = DatelineClient(House(settings=settings, desk=desk, store=store, pool=pool))
    client._connection.guild_ready_timeout = (
        0.1  # Discord may send servers for two seconds; the stand-in does not
    )
    client.before_identify_hook = _at_once  # type: ignore[method-assign]  # a second session waits five seconds
    started = asyncio.create_task(client.start(TOKEN))
    try:
        waiting = asyncio.create_task(_until_ready(client))
        await asyncio.wait([started, waiting], return_when=asyncio.FIRST_COMPLETED)
        waiting.cancel()
        if started.done():
            started.result()
        yield Bot(client.house, client, desk)
    finally:
        await client.close()
        await started
        client.house.front.close()
        pool.close()
        store.close()
        Route.BASE, DiscordWebSocket.DEFAULT_GATEWAY = before

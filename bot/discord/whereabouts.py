"""Where Discord is: its own servers, or those that the settings name."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import discord
import yarl
from discord.gateway import DiscordWebSocket
from discord.http import Route
from discord.webhook.async_ import async_context

from bot.discord.retries import PatientAdapter

if TYPE_CHECKING:
    from bot.settings import Settings


def point_at(settings: Settings) -> None:
    """Have discord.py speak to the server that is set, and try again where it would give up.

    Before any client is made: discord.py puts addresses together when a request is made, from the class.
    """
    if settings.discord_api:
        Route.BASE = settings.discord_api.rstrip("/")
    if settings.discord_gateway:
        DiscordWebSocket.DEFAULT_GATEWAY = yarl.URL(settings.discord_gateway)
    async_context.set(PatientAdapter())


def follow_gateway(client: discord.AutoShardedClient, settings: Settings) -> None:
    """Have a client connect where the settings or else Discord itself say, after an invalid session as well.

    discord.py goes back to an address of its own then, whatever it was told at first.
    """
    ask = client.http.get_bot_gateway

    async def find() -> tuple[int, str, Any]:
        try:
            shards, url, limits = await ask()
        except discord.GatewayNotFound:
            if not settings.discord_gateway:
                raise
            # A server with an address of its own may not have the endpoint.
            return 1, settings.discord_gateway, {}
        url = settings.discord_gateway or url
        DiscordWebSocket.DEFAULT_GATEWAY = yarl.URL(url).with_query(None)
        return shards, url, limits

    client.http.get_bot_gateway = find  # type: ignore[method-assign]

"""Where Discord is: its own servers, or those that the settings name."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import discord
import discord.http
import discord.webhook.async_ as webhooks
import yarl
from discord.gateway import DiscordWebSocket
from discord.http import INTERNAL_API_VERSION, Route

from bot.discord.payloads import mend_gateway, read_body
from bot.discord.retries import PatientAdapter
from index.errors import ConfigError

if TYPE_CHECKING:
    from bot.settings import Settings

_OWN = "gateway.discord.gg"


def point_at(settings: Settings) -> None:
    """Have discord.py speak to the server that is set, and try again where it would give up.

    Before any client is made: discord.py puts addresses together when a request is made, from the class.
    """
    if settings.discord_api:
        base = yarl.URL(settings.discord_api.rstrip("/"))
        # As people write the address of a server they started themselves.
        Route.BASE = str(base if base.path.strip("/") else base / "api" / f"v{INTERNAL_API_VERSION}")
    if settings.discord_gateway:
        DiscordWebSocket.DEFAULT_GATEWAY = yarl.URL(settings.discord_gateway)
    webhooks.async_context.set(PatientAdapter())
    # The name stands in both modules.
    discord.http.json_or_text = webhooks.json_or_text = read_body  # type: ignore[attr-defined]
    mend_gateway()


def follow_gateway(client: discord.AutoShardedClient, settings: Settings) -> None:
    """Have a client connect where the settings or else Discord itself say, after an invalid session as well.

    discord.py goes back to an address of its own then, whatever it was told at first.
    """

    async def find() -> tuple[int, str, Any]:
        try:
            told = await client.http.request(Route("GET", "/gateway/bot"))
        except discord.NotFound:
            # A server with an address of its own may not have the endpoint.
            told = {}
        except discord.HTTPException as exc:
            raise discord.GatewayNotFound from exc
        known = DiscordWebSocket.DEFAULT_GATEWAY
        url = settings.discord_gateway or told.get("url") or str(known)
        if settings.discord_api and not (settings.discord_gateway or told.get("url")) and known.host == _OWN:
            raise ConfigError(
                f"{settings.discord_api} does not name its gateway: set DATELINE_DISCORD_GATEWAY to its address"
            )
        DiscordWebSocket.DEFAULT_GATEWAY = yarl.URL(url).with_query(None)
        return told.get("shards", 1), url, told.get("session_start_limit", {})

    client.http.get_bot_gateway = find  # type: ignore[method-assign]

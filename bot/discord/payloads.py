"""What Discord always sends and other servers that speak its protocol may leave out, filled in.

discord.py 2.7.1 reads these fields without asking whether they are there. An event that lacks one is lost, and with
it the question or the press in it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any

import aiohttp
from discord import DiscordServerError
from discord.gateway import DiscordWebSocket

Json = dict[str, Any]

_THREADS = {10, 11, 12}
_VOICES = {2, 13}
_DIRECT = {1, 3}
# What Discord allows who has not paid for more.
_FILE_BYTES = 10_485_760
_HALF = re.compile(r"\\ud[89a-f]", re.IGNORECASE)
# Nobody archives by it; it must only be a moment.
_LONG_AGO = "2015-01-01T00:00:00+00:00"


def complete(data: Any) -> Any:
    """Fill in people, members, messages, channels and commands at any depth; returns the same object."""
    if isinstance(data, list):
        for each in data:
            complete(each)
    elif isinstance(data, dict):
        for name, value in list(data.items()):
            if isinstance(value, (dict, list)):
                _fill(name, value)
                complete(value)
        _fill("", data)
    return data


def _fill(name: str, value: Json | list[Any]) -> None:
    if isinstance(value, list):
        for each in value:
            if isinstance(each, dict) and name in ("members", "channels", "threads"):
                _fill(name[:-1], each)
    elif name == "member":
        _default(value, roles=[], flags=0, joined_at=None, join_timestamp=None)
    elif name in ("thread", "channel") and value.get("type") not in _DIRECT:
        complete_channel(value)
    elif "username" in value and "id" in value:
        _default(value, discriminator="0", avatar=None)
    elif "application_id" in value and "name" in value:
        _default(value, description="", type=1)
    elif {"id", "type", "guild_id", "name"} <= value.keys():
        complete_channel(value)
    elif "author" in value and "channel_id" in value:
        _default(value, type=0, content="")


def complete_channel(channel: Json) -> None:
    """Fill in a channel or thread of a server."""
    _default(channel, type=0, name="", position=0)
    if channel["type"] in _THREADS:
        _default(channel, owner_id="0", message_count=0, member_count=0, thread_metadata={})
        channel["parent_id"] = channel.get("parent_id") or "0"
        meta = channel["thread_metadata"]
        _default(meta, archived=False, auto_archive_duration=1440, archive_timestamp=_LONG_AGO, locked=False)
    elif channel["type"] in _VOICES:
        _default(channel, bitrate=64000, user_limit=0)


def complete_event(name: str, data: Any, *, application: int | None) -> None:
    """Fill in what the gateway tells, before discord.py reads it."""
    if not isinstance(data, dict):
        return
    if name == "READY":
        _default(data, shard=[0, 1], guilds=[])
    elif name == "MESSAGE_UPDATE":
        # Of a link that was looked up, older servers send nothing but the preview.
        _default(data, type=0, content="")
    elif name in ("CHANNEL_CREATE", "CHANNEL_UPDATE", "THREAD_CREATE", "THREAD_UPDATE"):
        if data.get("type") not in _DIRECT:
            complete_channel(data)
    elif name == "GUILD_CREATE":
        for role in data.get("roles") or ():
            _complete_role(role)
    elif name == "INTERACTION_CREATE":
        _complete_interaction(data, application)
    complete(data)


def _complete_interaction(data: Json, application: int | None) -> None:
    _default(data, version=1, attachment_size_limit=_FILE_BYTES, application_id=str(application or 0))
    in_server = data.get("guild_id") is not None
    if in_server and "member" not in data and "user" in data:
        data["member"] = {"user": data["user"]}
    if not in_server and "user" not in data and "member" in data:
        data["user"] = data["member"]["user"]
    if not data.get("channel") and data.get("channel_id") is not None:
        # Known already, most often; else this is all that is known of it.
        data["channel"] = {"id": data["channel_id"], "type": 0 if in_server else 1}
    resolved = (data.get("data") or {}).get("resolved") or {}
    for channel in resolved.get("channels", {}).values():
        complete_channel(channel)
        _default(channel, permissions="0")
    for role in resolved.get("roles", {}).values():
        _complete_role(role)
    if "message" in data:
        _default(data["message"], type=0, content="", channel_id=data.get("channel_id"))


def _complete_role(role: Json) -> None:
    _default(role, name="", permissions="0", position=0, color=0)


def _default(data: Json, **values: Any) -> None:
    for name, value in values.items():
        data.setdefault(name, value)


async def read_body(response: aiohttp.ClientResponse) -> Any:
    """Read what a request brought; stands in for discord.py's ``json_or_text``.

    That one knows JSON by its exact type alone, and most servers name the charset behind it. An answer to an
    interaction must be there within three seconds, a sign of life within one: a server's error is raised at once,
    where discord.py would wait for one second, then for three.

    Raises:
        DiscordServerError: of an answer to an interaction, or of "is typing".
    """
    text = await response.text(encoding="utf-8", errors="replace")
    data: Any = text
    if response.content_type == "application/json":
        try:
            data = complete(json.loads(text))
        except ValueError:
            data = text
    if response.status == 429:
        told = data if isinstance(data, dict) else {"message": text}
        return told | {"retry_after": _seconds(told.get("retry_after", response.headers.get("Retry-After")))}
    if response.status >= 500 and response.url.path.endswith(("/callback", "/typing")):
        raise DiscordServerError(response, data)
    return data


def _seconds(given: Any) -> float:
    try:
        return max(float(given), 0.0)
    except (TypeError, ValueError):
        return 1.0


def mend_gateway() -> None:
    """Have the gateway understood where it names no address to resume at, and where a text has half a character."""
    receive: Callable[[DiscordWebSocket, Any], Any] = DiscordWebSocket.received_message
    if getattr(receive, "is_mended", False):
        return

    async def received_message(self: DiscordWebSocket, message: Any, /) -> None:
        if isinstance(message, bytes):
            message = self._decompressor.decompress(message)
            if message is None:
                return
        if _HALF.search(message):
            # Half a character, which some JSON readers take and others end with the connection.
            message = json.dumps(json.loads(message), ensure_ascii=False).encode("utf-8", "replace").decode()
        if '"READY"' in message and "resume_gateway_url" not in message:
            event = json.loads(message)
            if event.get("t") == "READY":
                event["d"]["resume_gateway_url"] = str(DiscordWebSocket.DEFAULT_GATEWAY)
                message = json.dumps(event)
        await receive(self, message)

    received_message.is_mended = True  # type: ignore[attr-defined]
    DiscordWebSocket.received_message = received_message  # type: ignore[method-assign]

"""Questions that were edited or deleted while nobody listened: looked at once more after a gap."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import discord

from bot.discord.house import House
from bot.discord.model import Record

# Within this a question that is edited is answered again; later the edit is a correction for the record.
EDITABLE_S = 120.0
# Who deletes a question mostly does it soon; each that is looked at costs a request.
_DELETABLE_S, _MOST = 900.0, 50


async def look_again(
    client: discord.Client,
    house: House,
    *,
    since: float,
    changed: Callable[[Record, discord.Message], Awaitable[None]],
    gone: Callable[[Record], Awaitable[None]],
) -> None:
    """Look at the questions that were asked shortly before a gap, or in it.

    Args:
        since: when the gap began, in seconds since 1970.
        changed: takes a question whose message has been edited in time; its text may be the same.
        gone: takes a question whose message has been deleted.
    """
    asked = await house.pool.run(house.store.asked_since, since - _DELETABLE_S, limit=_MOST)
    for record in asked:
        inquiry = record.inquiry
        if inquiry.id in house.answering or inquiry.message is None:
            continue
        place = client.get_partial_messageable(inquiry.channel, guild_id=inquiry.guild)
        try:
            message = await place.fetch_message(inquiry.message)
        except discord.NotFound as exc:
            # A channel that is gone has taken the answer with it.
            if exc.code == _UNKNOWN_MESSAGE:
                await gone(record)
        except discord.Forbidden:
            continue  # what may not be read is left as it is
        else:
            edited = message.edited_at
            if edited is not None and edited.timestamp() - record.asked_at <= EDITABLE_S:
                await changed(record, message)


_UNKNOWN_MESSAGE = 10008

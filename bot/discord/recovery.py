"""What was asked while nobody listened: before a kill, or between two sessions of the gateway."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import discord
from discord.utils import time_snowflake

from bot.discord import trouble
from bot.discord.buttons import retry_view
from bot.discord.house import House
from bot.discord.model import Record
from bot.discord.reception import Reception
from bot.discord.reply import ChannelReply, delete_quietly

# Who asked longer ago has gone elsewhere.
_STILL_WAITING_S = 900.0
_CHANNELS = 200
_MISSED = 100
# Discord's clock and ours.
_SKEW_S = 5.0


class Recovery:
    """Remembers where it was spoken last, and looks there again after a gap. Outlives clients that break."""

    def __init__(self, house: House) -> None:
        self._house = house
        self._last: dict[int, int] = {}
        self._finished_for: discord.Client | None = None
        self._gap: dict[int, int] | None = None
        self._gap_began = 0

    def note(self, channel: int, message: int) -> None:
        """Remember the last message of a channel."""
        self._last.pop(channel, None)  # the channels that are longest silent come first
        self._last[channel] = message
        if len(self._last) > _CHANNELS:
            del self._last[next(iter(self._last))]

    def mark(self) -> None:
        """Keep where each channel stands now; later messages do not move that."""
        if self._gap is None:
            self._gap = dict(self._last)
            self._gap_began = time_snowflake(datetime.now(UTC) - timedelta(seconds=_SKEW_S))

    def unmark(self) -> None:
        """Let the marks go: nothing was missed."""
        self._gap = None

    async def catch_up(
        self, client: discord.Client, hear: Callable[[discord.Message], Awaitable[None]]
    ) -> None:
        """Read what was written between two sessions, and answer what was asked. Each is answered once.

        Args:
            hear: takes a message as if it came now.
        """
        gap, self._gap = self._gap, None
        if gap is None:
            return
        for guild in client.guilds:
            # Channels where nobody had spoken before.
            spoken = {channel.id: channel.last_message_id for channel in guild.text_channels}
            spoken |= {thread.id: thread.last_message_id for thread in guild.threads}
            for id, last in spoken.items():
                if (last or 0) > self._gap_began:
                    gap.setdefault(id, self._gap_began)
        for id, after in gap.items():
            # A channel that the new session has not told of may be a direct message.
            known = client.get_channel(id)
            channel = known if known is not None else client.get_partial_messageable(id)
            if not isinstance(channel, discord.abc.Messageable):
                continue
            try:
                history = channel.history(limit=_MISSED, after=discord.Object(after), oldest_first=True)
                missed = [message async for message in history]
            except (discord.Forbidden, discord.NotFound):
                continue  # what may not be read cannot be answered either
            for message in missed:
                await hear(message)

    async def finish_what_was_left(self, client: discord.Client, reception: Reception) -> None:
        """Answer, or close with a sentence, what a kill or a broken client has left open. Once a client."""
        if self._finished_for is client:
            return
        self._finished_for = client
        for record in await self._house.pool.run(self._house.store.unfinished):
            if record.inquiry.id in self._house.answering:
                continue
            try:
                await self._finish(client, reception, record)
            except (discord.HTTPException, OSError) as exc:
                self._house.journal.fault(
                    "a question could not be taken up again", exc, record=record.inquiry.id
                )

    async def _finish(self, client: discord.Client, reception: Reception, record: Record) -> None:
        inquiry = record.inquiry
        fresh = time.time() - record.asked_at < _STILL_WAITING_S
        place = client.get_partial_messageable(inquiry.channel, guild_id=inquiry.guild)
        if record.draft is not None:
            await delete_quietly(place.get_partial_message(record.draft))
        if inquiry.message is None or not fresh:
            await self._house.pool.run(self._house.store.finish, inquiry.id)
            if fresh and record.token is not None:
                await _close_interaction(client, record.token, inquiry.id)
            return
        # Asked once more under the same id: its nonce keeps an answer that was sent from being sent twice.
        message = await place.fetch_message(inquiry.message)
        thread = self._house.room(inquiry.guild, inquiry.channel).thread
        await self._house.pool.run(self._house.store.forget_record, inquiry.id)
        self._house.journal.tell("taken up again", record=inquiry.id)
        reception.take(inquiry, ChannelReply(message, thread=thread, title=inquiry.question))


async def _close_interaction(client: discord.Client, token: str, record: str) -> None:
    """Put a sentence where "thinking…" still stands."""
    assert client.application_id is not None
    webhook = discord.Webhook.partial(client.application_id, token, client=client)
    original: Any = "@original"  # discord.py knows it by this name, its types do not
    await webhook.edit_message(original, content=trouble.KILLED, view=retry_view(record))

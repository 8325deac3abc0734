"""What was asked while nobody listened: before a kill, or between two sessions of the gateway."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import discord
from discord.utils import time_snowflake

from bot.discord import trouble
from bot.discord.buttons import retry_view
from bot.discord.house import House
from bot.discord.model import Record, State
from bot.discord.reply import ChannelReply, delete_quietly

if TYPE_CHECKING:
    from bot.discord.client import DatelineClient

# Who asked longer ago has gone elsewhere.
_STILL_WAITING_S = 900.0
_CHANNELS = 200
_MISSED = 100
# Discord's clock and ours.
_SKEW_S = 5.0


class Recovery:
    """Remembers where it was spoken last, and looks there again after a gap."""

    def __init__(self, house: House) -> None:
        self._house = house
        self._last: dict[int, int] = {}
        self._channels: dict[int, Any] = {}
        self._is_first = True
        self._gap: dict[int, int] | None = None
        self._gap_began = 0

    def note(self, channel: Any, message: int) -> None:
        """Remember the last message of a channel."""
        self._last.pop(channel.id, None)  # the channels that are longest silent come first
        self._last[channel.id] = message
        self._channels[channel.id] = channel
        if len(self._last) > _CHANNELS:
            oldest = next(iter(self._last))
            del self._last[oldest], self._channels[oldest]

    def mark(self) -> None:
        """Keep where each channel stands now; later messages do not move that."""
        if self._gap is None:
            self._gap = dict(self._last)
            self._gap_began = time_snowflake(datetime.now(UTC) - timedelta(seconds=_SKEW_S))

    def unmark(self) -> None:
        """Let the marks go: nothing was missed."""
        self._gap = None

    async def catch_up(self, client: DatelineClient) -> None:
        """Read what was written between two sessions, and answer what was asked. Each is answered once."""
        gap, self._gap = self._gap, None
        if gap is None:
            return
        places = {id: (self._channels[id], after) for id, after in gap.items() if id in self._channels}
        for guild in client.guilds:
            for channel in (*guild.text_channels, *guild.threads):
                # Channels where nobody had spoken before.
                if channel.id not in places and (channel.last_message_id or 0) > self._gap_began:
                    places[channel.id] = (channel, self._gap_began)
        for channel, after in places.values():
            try:
                history = channel.history(limit=_MISSED, after=discord.Object(after), oldest_first=True)
                missed = [message async for message in history]
            except (discord.Forbidden, discord.NotFound):
                continue  # what may not be read cannot be answered either
            for message in missed:
                await client.on_message(message)

    async def finish_what_was_left(self, client: DatelineClient) -> None:
        """Answer, or close with a sentence, what a kill has left open. Once, at the start."""
        if not self._is_first:
            return
        self._is_first = False
        for record in await self._house.pool.run(self._house.store.unfinished):
            if record.inquiry.id in self._house.answering:
                continue
            try:
                await self._finish(client, record)
            except (discord.HTTPException, OSError) as exc:
                self._house.journal.fault(
                    "a question could not be taken up again", exc, record=record.inquiry.id
                )

    async def _finish(self, client: DatelineClient, record: Record) -> None:
        inquiry = record.inquiry
        fresh = time.time() - record.asked_at < _STILL_WAITING_S
        place = client.get_partial_messageable(inquiry.channel, guild_id=inquiry.guild)
        if record.draft is not None:
            await delete_quietly(place.get_partial_message(record.draft))
        if inquiry.message is None or not fresh:
            await self._house.pool.run(self._house.store.settle, inquiry.id, State.FAILED)
            if fresh and record.token is not None:
                await _close_interaction(client, record.token, inquiry.id)
            return
        # Asked once more under the same id: its nonce keeps an answer that was sent from being sent twice.
        message = await place.fetch_message(inquiry.message)
        thread = self._house.room(inquiry.guild, inquiry.channel).thread
        await self._house.pool.run(self._house.store.forget_record, inquiry.id)
        self._house.journal.tell("taken up again", record=inquiry.id)
        client.reception.take(inquiry, ChannelReply(message, thread=thread, title=inquiry.question))


async def _close_interaction(client: DatelineClient, token: str, record: str) -> None:
    """Put a sentence where "thinking…" still stands."""
    assert client.application_id is not None
    webhook = discord.Webhook.partial(client.application_id, token, client=client)
    original: Any = "@original"  # discord.py knows it by this name, its types do not
    await webhook.edit_message(original, content=trouble.KILLED, view=retry_view(record))

"""What was asked while nobody listened: before a kill, or between two sessions of the gateway."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Awaitable, Callable, Container
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any

import discord
from discord.utils import snowflake_time, time_snowflake

from bot.discord import trouble
from bot.discord.buttons import retry_view
from bot.discord.house import House
from bot.discord.model import Record, State
from bot.discord.reception import Reception
from bot.discord.reply import ChannelReply, Post, delete_quietly

# Who asked longer ago has gone elsewhere.
_STILL_WAITING_S = 900.0
_CHANNELS = 200
_MISSED = 200
# Where nobody has asked for a day, nobody waits; and each channel costs a request.
_LIVELY_S, _LIVELY = 86400.0, 50
# Discord's clock and ours.
_SKEW_S = 5.0
_FACT = "last heard"
# Servers that number messages one by one tell no time by it.
_TIMELESS = datetime(2016, 1, 1, tzinfo=UTC)


class Recovery:
    """Remembers where it was spoken last, and looks there again after a gap.

    It outlives clients that break; what it knows outlives the process, too.
    """

    def __init__(self, house: House) -> None:
        self._house = house
        # By channel: its server, 0 for none, and its last message.
        self._last: dict[int, tuple[int, int]] = {}
        self._awake = 0
        self._taken: set[int] = set()
        self._finished_for: discord.Client | None = None
        self._later: asyncio.Task[None] | None = None
        self._gap: dict[int, tuple[int, int]] | None = None
        self._gap_began = 0
        self._is_new = True
        if (known := house.store.fact(_FACT)) is not None:
            told = json.loads(known)
            self._last = {
                int(channel): (guild, message) for channel, (guild, message) in told["last"].items()
            }
            self._gap, self._gap_began = {}, told["awake"]

    def note(self, guild: int | None, channel: int, message: int) -> None:
        """Remember the last message of a channel."""
        self._last.pop(channel, None)  # the channels that are longest silent come first
        self._last[channel] = guild or 0, message
        if len(self._last) > _CHANNELS:
            del self._last[next(iter(self._last))]

    async def keep(self) -> None:
        """Write down that all that was said until now has been heard; called now and then while it is so."""
        if self._gap is None:
            self._awake = _moment()
            known = json.dumps({"awake": self._awake, "last": self._last})
            await self._house.pool.run(self._house.store.set_fact, _FACT, known)

    def mark(self) -> None:
        """Keep where each channel stands now; later messages do not move that."""
        if self._gap is None:
            self._gap = dict(self._last)
            # A connection may be dead for a while before that is noticed.
            self._gap_began = self._awake or _moment()

    def unmark(self) -> None:
        """Let the marks go: nothing was missed."""
        self._gap = None

    async def catch_up(
        self, client: discord.Client, hear: Callable[[discord.Message], Awaitable[None]]
    ) -> float | None:
        """Read what was written between two sessions, and answer what was asked. Each is answered once.

        Args:
            hear: takes a message as if it came now.

        Returns:
            Since when nobody listened, in seconds since 1970; None where nothing was missed.
        """
        gap, self._gap = self._gap, None
        if gap is None:
            return None
        try:
            await self._read_missed(client, hear, gap)
        except BaseException:
            # The next client looks again; what was answered meanwhile is known.
            self._gap = gap
            raise
        return snowflake_time(self._gap_began).timestamp()

    async def _read_missed(
        self,
        client: discord.Client,
        hear: Callable[[discord.Message], Awaitable[None]],
        gap: dict[int, tuple[int, int]],
    ) -> None:
        for id, (guild, after) in {**await self._others(client), **gap}.items():
            # A channel that the new session has not told of: a direct message, or a thread that sleeps.
            known = client.get_channel(id) or client.get_partial_messageable(id, guild_id=guild or None)
            if not isinstance(known, discord.abc.Messageable):
                continue
            try:
                history = known.history(limit=_MISSED, after=discord.Object(after), oldest_first=True)
                missed = [message async for message in history]
            except (discord.Forbidden, discord.NotFound):
                continue  # what may not be read cannot be answered either
            done = self._taken | {_answered(client, message) for message in missed}
            for message in missed:
                if message.id not in done and not _is_too_old(message):
                    await hear(message)

    async def _others(self, client: discord.Client) -> dict[int, tuple[int, int]]:
        """Name channels where something may have been said, besides those that were heard in this process."""
        found: dict[int, tuple[int, int]] = {}
        for guild in client.guilds:
            spoken = {channel.id: channel.last_message_id for channel in guild.text_channels}
            spoken |= {thread.id: thread.last_message_id for thread in guild.threads}
            for id, last in spoken.items():
                after = self._last.get(id, (guild.id, self._gap_began))
                if (last or 0) > after[1]:
                    found[id] = after
        if self._is_new:
            # Of direct messages and sleeping threads nothing is told at the start, and not every server tells
            # what was said last.
            since = time.time() - _LIVELY_S
            asked = await self._house.pool.run(self._house.store.channels, since=since, limit=_LIVELY)
            for id, server in asked:
                if getattr(client.get_channel(id), "last_message_id", None) is None:
                    found[id] = self._last.get(id, (server or 0, self._gap_began))
        self._is_new = False
        return found

    async def finish_what_was_left(self, client: discord.Client, reception: Reception) -> None:
        """Answer, or close with a sentence, what a kill or a broken client has left open. Once a client."""
        if self._finished_for is client:
            return
        self._finished_for = client
        # These are still being answered, perhaps for a client that has been closed: then they are left over later.
        others = {id: running.task for id, running in self._house.answering.items()}
        await self._finish_all(client, reception)
        if others:
            self._later = asyncio.create_task(self._finish_later(client, reception, others))

    async def _finish_later(
        self, client: discord.Client, reception: Reception, others: dict[str, asyncio.Task[None]]
    ) -> None:
        await asyncio.wait(others.values())
        await self._finish_all(client, reception, only=others.keys())

    async def _finish_all(
        self, client: discord.Client, reception: Reception, only: Container[str] | None = None
    ) -> None:
        for record in await self._house.pool.run(self._house.store.unfinished):
            id = record.inquiry.id
            if id in self._house.answering or (only is not None and id not in only):
                continue
            try:
                await self._finish(client, reception, record)
            except discord.NotFound:
                # The question is gone, or where it was asked. Nobody waits.
                await self._house.pool.run(self._house.store.forget_record, record.inquiry.id)
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
        self._taken.add(inquiry.message)
        message = await place.fetch_message(inquiry.message)
        thread = self._house.room(inquiry.guild, inquiry.channel).thread
        # It is written down what to answer before it is sent, and where it stands after.
        if record.state is not State.RUNNING and (posts := await _find_sent(client, message, thread=thread)):
            await self._house.pool.run(self._house.store.finish, inquiry.id, posts)
            return
        await self._house.pool.run(self._house.store.forget_record, inquiry.id)
        self._house.journal.tell("taken up again", record=inquiry.id)
        reply = ChannelReply(message, self._house.traffic)
        if thread:
            reply.open_thread(inquiry.question)
        reception.take(inquiry, reply)


async def _find_sent(client: discord.Client, question: discord.Message, *, thread: bool) -> list[Post]:
    """Find the answer to a question; none where there is none, or where it may not be read."""
    found: list[Post] = []
    places: list[discord.abc.Messageable] = [question.channel]
    if thread:
        places.append(client.get_partial_messageable(question.id))
    for place in places:
        with suppress(discord.Forbidden, discord.NotFound):
            async for message in place.history(limit=_MISSED, after=question, oldest_first=True):
                own = client.user is not None and message.author.id == client.user.id
                if _answered(client, message) == question.id or (own and place is not question.channel):
                    found.append((message.channel.id, message.id))
    return found


def _answered(client: discord.Client, message: discord.Message) -> int | None:
    """Tell which message one of ours replies to."""
    if client.user is None or message.author.id != client.user.id or message.reference is None:
        return None
    return message.reference.message_id


def _is_too_old(message: discord.Message) -> bool:
    return _TIMELESS < message.created_at < datetime.now(UTC) - timedelta(seconds=_STILL_WAITING_S)


def _moment() -> int:
    return time_snowflake(datetime.now(UTC) - timedelta(seconds=_SKEW_S))


async def _close_interaction(client: discord.Client, token: str, record: str) -> None:
    """Put a sentence where "thinking…" still stands."""
    assert client.application_id is not None
    webhook = discord.Webhook.partial(client.application_id, token, client=client)
    original: Any = "@original"  # discord.py knows it by this name, its types do not
    await webhook.edit_message(original, content=trouble.KILLED, view=retry_view(record))

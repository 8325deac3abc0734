"""Where an answer goes: a sign of life, a line of progress, then the whole of it."""

from __future__ import annotations

import asyncio
import io
import time
from collections.abc import Sequence
from contextlib import suppress
from typing import Any, Protocol

import discord
from discord import ui

from bot.discord.escape import clean
from bot.discord.journal import log
from bot.discord.letter import Letter
from bot.discord.traffic import Traffic

# Discord shows "is typing" for ten seconds.
_TYPING_S = 8.0
# How long an answer waits for "is typing" to have arrived before it.
_ARRIVING_S = 0.5
_THREAD_NAME = 100
_FILE_NAME = "answer.md"
# No reply without the right to read what came before; the message replied to is gone.
_NO_REPLY = {160002, 50035}
_THREAD_EXISTS = 160004
_NOT_ALLOWED = {50001, 50013, 50083}

Post = tuple[int, int]


class CannotSpeakError(Exception):
    """Discord does not let us write there."""


class BusyError(Exception):
    """Answers are on their way there, and a line of progress would hold them up."""


class Reply(Protocol):
    """One place where one question is answered."""

    async def begin(self) -> None:
        """Give the sign of life, within a second."""
        ...

    async def progress(self, text: str) -> int | None:
        """Show a line of progress in the place of the one before; returns its message where it has one.

        Raises:
            BusyError: not now.
        """
        ...

    async def finish(self, letter: Letter, view: ui.View | None, *, nonce: int) -> Sequence[Post]:
        """Take the progress away and send the whole; returns the messages it stands in.

        Args:
            nonce: by which Discord knows a message that is sent twice.

        Raises:
            CannotSpeakError: it is not allowed.
            discord.HTTPException, OSError: it could not be sent.
        """
        ...

    async def drop(self) -> None:
        """Take everything away: nobody waits any more."""
        ...

    async def explain_silence(self) -> None:
        """Tell the asker elsewhere why there is no answer here."""
        ...


def make_file(text: str) -> discord.File:
    """Make a file of a long answer."""
    return discord.File(io.BytesIO(text.encode()), filename=_FILE_NAME)


class ChannelReply:
    """Answers a message in its channel, as a reply or in a thread of its own.

    Args:
        message: the question.
        traffic: what is on its way to the channels.
        old: the messages of an answer before, which this one takes the place of.
    """

    def __init__(
        self,
        message: discord.Message | discord.PartialMessage,
        traffic: Traffic,
        *,
        old: Sequence[discord.PartialMessage] = (),
    ) -> None:
        self._message = message
        self._traffic = traffic
        self._wants_thread = False
        self._title = ""
        self._old = list(old)
        self._place: discord.abc.Messageable | None = None
        self._typing: asyncio.Task[None] | None = None
        self._draft: discord.Message | None = None

    def open_thread(self, title: str) -> None:
        """Have the answer go into a thread opened from the question, where there can be one."""
        self._wants_thread = isinstance(self._message.channel, discord.TextChannel)
        self._title = title

    async def begin(self) -> None:
        """See Reply. Typing goes on by itself until something is sent; to begin twice does nothing."""
        if self._typing is None:
            self._typing = asyncio.create_task(self._type())

    async def _type(self) -> None:
        channel = self._message.channel

        async def show() -> None:
            await channel.typing()

        since = time.monotonic()
        while True:
            try:
                await self._traffic.show_typing(channel.id, since=since, show=show)
            except (discord.HTTPException, OSError) as exc:
                # The answer itself will tell what is wrong.
                log.info("typing was refused", extra={"facts": {"reason": type(exc).__name__}})
                if not isinstance(exc, discord.DiscordServerError):
                    return
            # Each question gets a sign of its own. After that one is enough for all who wait there.
            await asyncio.sleep(_TYPING_S)
            since = time.monotonic() - _TYPING_S / 2

    async def progress(self, text: str) -> int | None:
        """See Reply."""
        channel = self._message.channel.id
        if self._traffic.is_busy(channel):
            raise BusyError
        with self._traffic.send(channel):
            if self._draft is not None:
                await self._draft.edit(content=text)
            else:
                self._draft = await self._send(await self._open_place(), content=text)
        return self._draft.id

    async def finish(self, letter: Letter, view: ui.View | None, *, nonce: int) -> Sequence[Post]:
        """See Reply. What is sent is new, not an edit: only that marks a channel as unread."""
        with self._traffic.send(self._message.channel.id):
            return await self._finish(letter, view, nonce)

    async def _finish(self, letter: Letter, view: ui.View | None, nonce: int) -> Sequence[Post]:
        place = await self._open_place()
        await self._stop_typing()
        posts: list[Post] = []
        for at, text in enumerate(letter.messages):
            last = at == len(letter.messages) - 1
            more: dict[str, Any] = {"view": view} if last else {"view": None}
            if last and letter.file is not None:
                more["text_file"] = letter.file
            replaced = await self._replace(self._old[at], text, more) if at < len(self._old) else None
            if replaced is None:
                sent = await self._send(place, content=text, nonce=nonce + at, **more)
                replaced = (sent.channel.id, sent.id)
            posts.append(replaced)
        for surplus in self._old[len(letter.messages) :]:
            await delete_quietly(surplus)
        await self._drop_draft()
        return posts

    async def drop(self) -> None:
        """See Reply."""
        await self._stop_typing()
        await self._drop_draft()

    async def explain_silence(self) -> None:
        """See Reply. By direct message, with the permissions that are missing."""
        await self._stop_typing()
        channel = self._message.channel
        author = getattr(self._message, "author", None)
        if author is None or isinstance(channel, (discord.DMChannel, discord.PartialMessageable)):
            return
        missing = missing_permissions(channel)
        which = f": I lack {', '.join(missing)}" if missing else ""
        text = f"I cannot answer you in <#{channel.id}>{which}. Whoever manages the server can give me that."
        # Who takes no messages from strangers is told nothing.
        with suppress(discord.HTTPException, OSError):
            await author.send(text)

    async def _stop_typing(self) -> None:
        if self._typing is not None:
            self._typing.cancel()
            await asyncio.wait([self._typing])
            self._typing = None
            await self._traffic.wait_for_typing(self._message.channel.id, _ARRIVING_S)

    async def _drop_draft(self) -> None:
        draft, self._draft = self._draft, None
        if draft is not None:
            await delete_quietly(draft)

    async def _replace(self, old: discord.PartialMessage, text: str, more: dict[str, Any]) -> Post | None:
        """Write a message anew; None where somebody has deleted it."""
        files = [make_file(more["text_file"])] if "text_file" in more else []
        try:
            await old.edit(content=text, view=more["view"], attachments=files)
        except discord.NotFound:
            return None
        return old.channel.id, old.id

    async def _open_place(self) -> discord.abc.Messageable:
        if self._place is None:
            self._place = (await self._open_thread() if self._wants_thread else None) or self._message.channel
        return self._place

    async def _open_thread(self) -> discord.abc.Messageable | None:
        """Open a thread from the question; None where that is not allowed, and the answer goes below it."""
        name = clean(self._title)[:_THREAD_NAME].strip() or "Question"
        try:
            return await self._message.create_thread(name=name, auto_archive_duration=1440)
        except discord.HTTPException as exc:
            if exc.code != _THREAD_EXISTS:
                return None
        channel = self._message.channel
        assert isinstance(channel, discord.TextChannel)
        # A thread opened from a message has the message's id.
        if (known := channel.get_thread(self._message.id)) is not None:
            return known
        fetched = await channel.guild.fetch_channel(self._message.id)
        return fetched if isinstance(fetched, discord.Thread) else None

    async def _send(
        self, place: discord.abc.Messageable, *, text_file: str | None = None, **more: Any
    ) -> discord.Message:
        if more.get("view") is None:
            more.pop("view", None)
        if place is self._message.channel:
            reference = discord.MessageReference(
                message_id=self._message.id,
                channel_id=self._message.channel.id,
                fail_if_not_exists=False,
            )
            more |= {"reference": reference, "mention_author": False}
        more["suppress_embeds"] = True
        try:
            return await _send_with_file(place, text_file, more)
        except discord.HTTPException as exc:
            if "reference" in more and exc.code in _NO_REPLY:
                more.pop("reference")
            elif text_file is not None and exc.code == 50013:
                # It may be the file alone that is not allowed.
                text_file = None
            elif exc.code in _NOT_ALLOWED or exc.status == 403:
                raise CannotSpeakError from exc
            else:
                raise
        try:
            return await _send_with_file(place, text_file, more)
        except discord.Forbidden as exc:
            raise CannotSpeakError from exc


async def _send_with_file(
    place: discord.abc.Messageable, text_file: str | None, more: dict[str, Any]
) -> discord.Message:
    if text_file is None:
        return await place.send(**more)
    return await place.send(**more, file=make_file(text_file))


def missing_permissions(channel: Any, me: discord.Member | None = None) -> list[str]:
    """Name the permissions that answering in a channel needs and that we lack; none where we cannot tell.

    Args:
        me: ourselves in that server; None asks what the gateway has told.
    """
    me = me or getattr(getattr(channel, "guild", None), "me", None)
    if me is None:
        return []
    needed = ["view_channel", "send_messages", "read_message_history", "attach_files"]
    if isinstance(channel, discord.Thread):
        needed[1] = "send_messages_in_threads"
    given = channel.permissions_for(me)
    return [f"“{name.replace('_', ' ').title()}”" for name in needed if not getattr(given, name)]


async def delete_quietly(message: discord.Message | discord.PartialMessage) -> None:
    """Delete a message of ours."""
    # Deleted already, or by somebody else, is as good.
    with suppress(discord.NotFound, discord.Forbidden):
        await message.delete()

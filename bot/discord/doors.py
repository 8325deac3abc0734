"""Messages read: is the bot meant, what is asked, and what does it follow up?"""

from __future__ import annotations

import re
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass

import discord

from bot.discord import trouble
from bot.discord.house import House
from bot.discord.model import Door, Inquiry, Record, Room

# A direct message or a word in a thread goes on with what was said last, if that is no older.
_CONVERSATION_S = 3600.0
_NOTING_S = 2.0
_MENTION = re.compile(r"<@!?(\d+)>")
_CHANNEL = re.compile(r"<#(\d+)>")
_ROLE = re.compile(r"<@&(\d+)>")
# Emoji and mentions, which have letters and digits and no words.
_NO_WORDS = re.compile(r"<a?:\w{2,32}:\d+>|<[@#][!&]?\d+>|@everyone|@here")
_EMOJI = re.compile(r"<a?(:\w{2,32}:)\d+>")


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """A message that means the bot.

    Attributes:
        inquiry: what is asked; None where a sentence is all there is to say.
        sentence: said instead of an answer.
        in_private: whether the sentence goes to the person rather than the channel.
    """

    room: Room
    inquiry: Inquiry | None = None
    sentence: str = ""
    in_private: bool = False


async def read_message(house: House, client: discord.Client, message: discord.Message) -> Call | None:
    """Tell what a message wants of the bot; None where it is not meant.

    Never meant by bots, webhooks, system messages, or by "@everyone", which is no mention of anybody.
    """
    me = client.user
    if me is None or not _is_said(message):
        return None
    replied = await _replied_record(house, message, me)
    door = _find_door(house, message, me, replied)
    if door is None:
        return None
    guild = guild_of(message)
    if guild is not None and isinstance(message.channel, discord.PartialMessageable):
        await _look_up_channel(client, message)
    parent_channel = getattr(message.channel, "parent_id", None)
    room = house.room(guild, message.channel.id, parent_channel)
    if not room.answers:
        where = f"I do not answer in <#{message.channel.id}>: whoever manages the server has set it so."
        return Call(room=room, sentence=where, in_private=True)
    if room.private and guild is not None:
        return Call(room=room, sentence=trouble.PRIVATE_HERE)
    question = read_question(message, me.id)
    if not question:
        return _without_question(house, message, room, door)
    parent = await _find_parent(house, message, door, replied)
    return Call(
        room=room,
        inquiry=Inquiry(
            trigger=message.id,
            message=message.id,
            door=door,
            guild=guild,
            channel=message.channel.id,
            asker=message.author.id,
            question=question,
            folder=room.folder,
            parent=parent,
        ),
    )


def is_surely_meant(house: House, me: discord.ClientUser, message: discord.Message) -> bool:
    """Tell from the message alone that it is going to be answered where it stands, before anything is looked up."""
    guild = guild_of(message)
    if not _is_said(message) or not (guild is None or me in message.mentions or _replies_to(message, me)):
        return False
    if guild is None:
        return True
    room = house.room(guild, message.channel.id, getattr(message.channel, "parent_id", None))
    # Of a channel that Discord has not told of, the settings are not known yet.
    return room.answers and not isinstance(message.channel, discord.PartialMessageable)


def _is_said(message: discord.Message) -> bool:
    """Tell whether somebody has said it, rather than a program or Discord itself."""
    if message.author.bot or message.webhook_id is not None:
        return False
    return message.type in (discord.MessageType.default, discord.MessageType.reply)


async def _look_up_channel(client: discord.Client, message: discord.Message) -> None:
    """Learn what a channel is that Discord has not told of, such as a private thread: its channel's settings hold."""
    with suppress(discord.HTTPException, KeyError):
        found = await client.fetch_channel(message.channel.id)
        if isinstance(found, discord.abc.Messageable):
            message.channel = found


def _find_door(
    house: House, message: discord.Message, me: discord.ClientUser, replied: Record | None
) -> Door | None:
    if guild_of(message) is None:
        return Door.DIRECT
    # Not `mentioned_in`, which "@everyone" passes as well.
    mentioned = me in message.mentions
    if replied is not None or _replies_to(message, me):
        return Door.REPLY
    if mentioned:
        return Door.MENTION
    own_thread = isinstance(message.channel, discord.Thread) and message.channel.owner_id == me.id
    if own_thread and house.settings.discord_message_content and not message.mentions:
        return Door.THREAD
    return None


def guild_of(message: discord.Message) -> int | None:
    """Return the server of a message; one that Discord has not told of is a server all the same."""
    if message.guild is not None:
        return message.guild.id
    return getattr(message.channel, "guild_id", None)


def _replies_to(message: discord.Message, me: discord.ClientUser) -> bool:
    reference = message.reference
    resolved = reference.resolved if reference is not None else None
    return isinstance(resolved, discord.Message) and resolved.author.id == me.id


async def _replied_record(house: House, message: discord.Message, me: discord.ClientUser) -> Record | None:
    if message.reference is None or message.reference.message_id is None:
        return None
    record = await house.pool.run(house.store.record_of_message, message.reference.message_id)
    if record is None and _replies_to(message, me):
        # The answer is there, and that it was sent is only just being written down.
        await house.wait_for_answers(message.channel.id, _NOTING_S)
        record = await house.pool.run(house.store.record_of_message, message.reference.message_id)
    if record is None or (record.inquiry.private and record.inquiry.asker != message.author.id):
        return None
    # A reply to somebody's question, without a word to the bot, is talk among people.
    if record.inquiry.message == message.reference.message_id:
        mentions_us = any(user.bot for user in message.mentions)
        return record if mentions_us or guild_of(message) is None else None
    return record


async def _find_parent(
    house: House, message: discord.Message, door: Door, replied: Record | None
) -> str | None:
    if replied is not None:
        return replied.inquiry.id
    in_thread = isinstance(message.channel, discord.Thread)
    if not in_thread and door is not Door.DIRECT:
        return None
    latest = await house.pool.run(
        house.store.latest,
        message.channel.id,
        since=time.time() - _CONVERSATION_S,
        asker=message.author.id if door is Door.DIRECT else None,
        private=False,
    )
    return latest.inquiry.id if latest is not None else None


def _without_question(house: House, message: discord.Message, room: Room, door: Door) -> Call:
    hidden = not message.content and not message.attachments and not message.stickers
    if door is Door.REPLY and hidden and not house.settings.discord_message_content:
        return Call(room=room, sentence=trouble.UNREADABLE)
    return Call(room=room, sentence=trouble.NO_QUESTION)


def read_question(message: discord.Message, me: int) -> str:
    """Give what a message asks: its text without our own mention, other mentions as names."""
    names = {user.id: user.display_name for user in message.mentions}
    # What holds no letter and no digit asks nothing: a lone "?", an invisible character, an emoji.
    if not any(each.isalnum() for each in _NO_WORDS.sub("", message.content)):
        return ""
    return name_mentions(message.content, message.guild, names, me=me)


def name_mentions(text: str, guild: discord.Guild | None, names: Mapping[int, str], *, me: int) -> str:
    """Write names where Discord has ids.

    Args:
        names: of people.
        me: ourselves, whose mention goes.
    """

    def name_channel(found: re.Match[str]) -> str:
        channel = guild.get_channel_or_thread(int(found[1])) if guild else None
        return f"#{channel.name}" if channel is not None else "#channel"

    def name_role(found: re.Match[str]) -> str:
        role = guild.get_role(int(found[1])) if guild else None
        return f"@{role.name}" if role is not None else "@role"

    def name_user(found: re.Match[str]) -> str:
        id = int(found[1])
        return "" if id == me else f"@{names.get(id, 'somebody')}"

    text = _MENTION.sub(name_user, text)
    text = _EMOJI.sub(r"\1", _ROLE.sub(name_role, _CHANNEL.sub(name_channel, text)))
    return mend_text(text).strip()


def mend_text(text: str) -> str:
    """Replace halves of characters, which neither the store nor the engine can take."""
    return text.encode("utf-8", "replace").decode("utf-8")

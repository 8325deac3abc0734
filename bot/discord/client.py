"""The connection to Discord: events in, each handed to its door; nothing it meets ends it."""

from __future__ import annotations

import asyncio
import math
import random
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from typing import Any

import discord
from discord import app_commands, ui

from bot.discord import trouble
from bot.discord.buttons import Act, Button, press_again_view, read_remark
from bot.discord.doors import Call, guild_of, is_surely_meant, read_message, read_question
from bot.discord.errands import Again
from bot.discord.house import House
from bot.discord.journal import log
from bot.discord.model import Door, Record, new_id
from bot.discord.payloads import complete_event
from bot.discord.presses import Presses, take_away, whisper
from bot.discord.reception import MESSAGE, Reception, message_again
from bot.discord.recovery import Recovery
from bot.discord.registry import write_commands
from bot.discord.reindexing import resume_reindexing
from bot.discord.reply import ChannelReply
from bot.discord.retries import make_patient
from bot.discord.second_look import EDITABLE_S, look_again
from bot.discord.slash import add_commands
from bot.discord.staff import add_staff_commands
from bot.discord.whereabouts import follow_gateway
from index.errors import DatelineError

_REMARK = "remark"
_PAUSE_S, _SESSION_S = (1.0, 2.0), 5.0
# The longest pause between two tries to connect anew is 2**5 seconds.
_LONGEST_PAUSE_LOG2 = 5
# Servers that were announced mostly come within a second; one that is down may not come for hours.
_SERVERS_S = 2.5


def choose_intents(*, message_content: bool) -> discord.Intents:
    """Ask Discord for no more than the doors need."""
    intents = discord.Intents.none()
    intents.guilds = True
    intents.guild_messages = True
    intents.dm_messages = True
    intents.message_content = message_content
    return intents


# discord.py warns that it lacks what voice needs, which nothing here does.
discord.VoiceClient.warn_nacl = discord.VoiceClient.warn_dave = False


class DatelineClient(discord.AutoShardedClient):
    """Listens, and hands on what it hears.

    Args:
        house: outlives the client.
        recovery: outlives it, too.
        force_sync: write the commands whether or not they have changed.
    """

    def __init__(self, house: House, recovery: Recovery | None = None, *, force_sync: bool = False) -> None:
        super().__init__(
            intents=choose_intents(message_content=house.settings.discord_message_content),
            # An article may say @everyone.
            allowed_mentions=discord.AllowedMentions.none(),
            # Nobody's messages or names are kept in memory.
            max_messages=None,
            member_cache_flags=discord.MemberCacheFlags.none(),
            # How long after the last server no other is expected; on_ready waits for those that were announced.
            guild_ready_timeout=0.5,
            chunk_guilds_at_startup=False,
        )
        self.house = house
        self.reception = Reception(house)
        self.presses = Presses(house, self.reception)
        self.recovery = recovery or Recovery(house)
        self.tree: app_commands.CommandTree[discord.Client] = _Tree(self)
        self._force_sync = force_sync
        self._identified_at = -math.inf
        make_patient(self)
        follow_gateway(self, house.settings)
        # An event that discord.py cannot read would end the connection and with it the bot.
        parsers = self._connection.parsers
        self._connection.parsers = {name: self._guard(name, parse) for name, parse in parsers.items()}
        add_commands(self.tree, house, self.reception)
        add_staff_commands(self.tree, house)

    def _guard(self, name: str, parse: Callable[[Any], Any]) -> Callable[[Any], Any]:
        def guarded(data: Any) -> None:
            try:
                complete_event(name, data, application=self.application_id)
                parse(data)
            except Exception as exc:  # whatever it is, the next event may be fine
                if name == "READY":
                    raise
                self.house.journal.fault("an event could not be read", exc, kind=name)

        return guarded

    async def application_info(self) -> discord.AppInfo:
        """Ask about our application; a server that knows only its own people tells nothing."""
        assert self.user is not None
        told: Any = {}
        with suppress(discord.NotFound):
            told = await self.http.application_info()
        owner = {"id": "0", "username": "", "discriminator": "0", "avatar": None}
        # An application's bot has the application's id.
        data: dict[str, Any] = {
            "id": str(self.user.id),
            "name": self.user.name,
            "description": "",
            "icon": None,
        }
        data |= {"bot_public": False, "bot_require_code_grant": False, "verify_key": "", "owner": owner}
        return discord.AppInfo(self._connection, data | told)

    async def before_identify_hook(self, shard_id: int | None, *, initial: bool = False) -> None:
        """Wait before a session is begun; what is asked meanwhile waits, too.

        Discord takes one session in five seconds, and after one that it has ended asks for a pause of one to five,
        so that not all bots come back at once. discord.py always makes five of it.
        """
        if self.shard_count != 1:
            await super().before_identify_hook(shard_id, initial=initial)
            return
        pause_s = 0.0 if initial else random.uniform(*_PAUSE_S)  # noqa: S311
        await asyncio.sleep(max(pause_s, self._identified_at + _SESSION_S - time.monotonic()))
        self._identified_at = time.monotonic()

    async def setup_hook(self) -> None:
        """Prepare what must happen once."""
        self.house.client = self
        self.add_dynamic_items(Button, Again)
        assert self.application_id is not None
        try:
            count = await write_commands(
                self.tree,
                self.house.store,
                self.house.pool,
                application=self.application_id,
                force=self._force_sync,
            )
        except discord.HTTPException as exc:
            if self._force_sync:
                raise
            # Mentions and buttons work without.
            self.house.journal.fault("the commands could not be written", exc)
            return
        if count is not None:
            self.house.journal.tell("commands written", count=count)

    # -- messages

    async def on_message(self, message: discord.Message) -> None:
        """Answer a message that means us."""
        self.recovery.note(guild_of(message), message.channel.id, message.id)
        assert self.user is not None
        if message.author.id == self.user.id:
            return
        reply = ChannelReply(message, self.house.traffic)
        if is_surely_meant(self.house, self.user, message):
            # What it follows up is looked for in the store, which may take a while.
            await reply.begin()
        try:
            call = await read_message(self.house, self, message)
        except DatelineError as exc:
            text = trouble.explain(exc, self.house.journal, door="message")
            # Without the store it cannot be told whether a reply means us; a mention can.
            if self.user in message.mentions or guild_of(message) is None:
                again = message_again(self.house, message.channel.id, message.id)
                await self.reception.say(reply, text, nonce=message.id, view=again)
            else:
                await reply.drop()
            return
        except BaseException:
            await reply.drop()
            raise
        if call is None:
            await reply.drop()
        else:
            await self.heed(message, call, reply)

    async def heed(self, message: discord.Message, call: Call, reply: ChannelReply) -> None:
        """Answer a call, or say the sentence that is all there is to say."""
        if call.inquiry is not None:
            if call.room.thread:
                reply.open_thread(call.inquiry.question)
            self.reception.take(call.inquiry, reply)
        elif call.in_private:
            await reply.drop()
            await _say_in_private(message, call.sentence)
        else:
            # By its own id, so that an event that comes twice is answered once.
            await self.reception.say(reply, call.sentence, nonce=message.id)

    async def on_raw_message_edit(self, event: discord.RawMessageUpdateEvent) -> None:
        """Answer again a question that was edited soon after it was asked."""
        record = await self._record_of_question(event.message_id)
        if record is not None and time.time() - record.asked_at <= EDITABLE_S:
            await self.reconsider(record, event.message)

    async def reconsider(self, record: Record, message: discord.Message) -> None:
        """Answer a question again that is no longer what it was."""
        assert self.user is not None
        question = read_question(message, self.user.id)
        # Discord also sends an edit when it has looked up a link. Only authors edit what they wrote.
        if not question or question == record.inquiry.question:
            return
        self.reception.withdraw(record.inquiry.id)
        posts = await self.house.pool.run(self.house.store.posts, record.inquiry.id)
        await self.house.pool.run(self.house.store.forget_record, record.inquiry.id)
        anew = replace(record.inquiry, id=new_id(), door=Door.EDIT, question=question)
        old = [self.get_partial_messageable(channel).get_partial_message(id) for channel, id in posts]
        self.reception.take(anew, ChannelReply(message, self.house.traffic, old=old))

    async def on_raw_message_delete(self, event: discord.RawMessageDeleteEvent) -> None:
        """Delete the answer with its question."""
        await self._withdraw_question(event.message_id)

    async def on_raw_bulk_message_delete(self, event: discord.RawBulkMessageDeleteEvent) -> None:
        """Delete the answers with their questions."""
        for message in event.message_ids:
            await self._withdraw_question(message)

    async def _withdraw_question(self, message: int) -> None:
        record = await self._record_of_question(message)
        if record is not None:
            await self.withdraw(record)

    async def withdraw(self, record: Record) -> None:
        """Let go of a question that is no longer there, and take its answer away."""
        self.reception.withdraw(record.inquiry.id)
        await take_away(self, self.house, record)

    async def _record_of_question(self, message: int) -> Record | None:
        record = await self.house.pool.run(self.house.store.record_of_message, message)
        return record if record is not None and record.inquiry.message == message else None

    # -- buttons and forms

    async def press(self, interaction: discord.Interaction, act: Act, id: str, page: int) -> None:
        """Carry out a press; see buttons.Presser."""
        try:
            await self.presses.press(interaction, act, id, page)
        except Exception as exc:  # told as a fault, its traceback in the log
            await self.explain(interaction, exc, press_again_view(act, id, page), button=act.value)

    async def do_again(self, interaction: discord.Interaction, errand: str, given: str) -> None:
        """Carry out what has failed before; see errands.Doer."""
        arguments = self.house.errands.read(given)
        if arguments is None:
            await whisper(interaction, trouble.FORGOTTEN)
            return
        try:
            await self._carry_out(interaction, errand, arguments)
        except Exception as exc:  # told as a fault, its traceback in the log
            await self.explain(interaction, exc, self.house.errands.view(errand, arguments), errand=errand)

    async def _carry_out(self, interaction: discord.Interaction, errand: str, given: dict[str, Any]) -> None:
        if errand == _REMARK:
            await self.presses.take_remark(interaction, given["id"], given["text"])
        elif errand == MESSAGE:
            place = self.get_partial_messageable(given["channel"], guild_id=interaction.guild_id)
            message = await place.fetch_message(given["message"])
            if message.author.id != interaction.user.id:
                await whisper(interaction, trouble.NOT_YOURS)
                return
            await interaction.response.defer()
            await self.on_message(message)
        else:
            command = self.tree.get_command(errand)
            assert isinstance(command, app_commands.Command)
            # As the commands do when they are typed, they look again at who gives them.
            await command.callback(interaction, **given)  # type: ignore[call-arg]

    async def on_interaction(self, interaction: discord.Interaction) -> None:
        """Take forms, which must be understood after a restart as well, and buttons that nobody knows."""
        if interaction.type is discord.InteractionType.modal_submit and (sent := read_remark(interaction)):
            try:
                await self.presses.take_remark(interaction, *sent)
            except Exception as exc:  # told as a fault, its traceback in the log
                again = self.house.errands.view(_REMARK, {"id": sent[0], "text": sent[1]})
                await self.explain(interaction, exc, again, button=_REMARK)
        elif interaction.type is discord.InteractionType.component:
            data: dict[str, Any] = dict(interaction.data or {})
            name = str(data.get("custom_id", ""))
            kinds = Button.__discord_ui_compiled_template__, Again.__discord_ui_compiled_template__
            if not any(kind.fullmatch(name) for kind in kinds):
                await whisper(interaction, trouble.GONE)

    async def explain(
        self, interaction: discord.Interaction, exc: BaseException, again: ui.View, **facts: object
    ) -> None:
        """Say what went wrong, with a button to try again."""
        try:
            await whisper(interaction, trouble.explain(exc, self.house.journal, **facts), again)
        except (discord.HTTPException, OSError) as last:
            self.house.journal.fault("an error could not be told", last, **facts)

    # -- the connection

    async def on_shard_connect(self, shard: int) -> None:
        """Write down that somebody listens from now on; a kill may come before all servers are told of."""
        # After a few minutes without a network it would wait for up to seventeen before it looks again.
        if (known := self.get_shard(shard)) is not None:
            known._parent._backoff._max = _LONGEST_PAUSE_LOG2
        with suppress(DatelineError):  # told to whoever asks something
            await self.recovery.keep()

    async def on_shard_disconnect(self, shard: int) -> None:
        """Remember where each channel stood: what is said now may never be told."""
        self.recovery.mark()

    async def on_shard_resumed(self, shard: int) -> None:
        """Let the marks go: whatever was said meanwhile has been told."""
        self.recovery.unmark()

    async def on_ready(self) -> None:
        """Look after what was said while nobody listened. Comes again after every new session."""
        if self.is_closed():
            return  # it broke before all its servers were there; the next one looks
        self.house.journal.tell("ready", servers=len(self.guilds), shards=self.shard_count)
        try:
            await self.recovery.finish_what_was_left(self, self.reception)
            await self._wait_for_servers()
            missed = await self.recovery.catch_up(self, self.on_message)
            if missed is not None:
                await look_again(self, self.house, since=missed, changed=self.reconsider, gone=self.withdraw)
        except (discord.HTTPException, OSError, DatelineError) as exc:
            self.house.journal.fault("what was missed could not be read", exc)
        await resume_reindexing(self.house)

    async def _wait_for_servers(self) -> None:
        """Wait for what Discord tells of its servers: in which channels something was said, for one."""
        deadline = time.monotonic() + _SERVERS_S
        while any(guild.unavailable for guild in self.guilds) and time.monotonic() < deadline:
            await asyncio.sleep(0.1)

    async def on_error(self, event_method: str, /, *args: Any, **kwargs: Any) -> None:
        """Write down what an event's handler has met; discord.py would print it."""
        exc = sys.exception()
        if exc is not None:
            self.house.journal.fault("an event was not handled", exc, kind=event_method)

    @property
    def is_listening(self) -> bool:
        """Whether every shard has a session, and what is said reaches us."""
        return self.is_connected and self.is_ready()

    @property
    def is_connected(self) -> bool:
        """Whether every shard has a connection."""
        return bool(self.shards) and not any(shard.is_closed() for shard in self.shards.values())


class _Tree(app_commands.CommandTree[discord.Client]):
    """The commands; whatever goes wrong in one is told to the one who gave it."""

    async def on_error(
        self, interaction: discord.Interaction[discord.Client], error: app_commands.AppCommandError, /
    ) -> None:
        client = interaction.client
        assert isinstance(client, DatelineClient)
        cause = error.original if isinstance(error, app_commands.CommandInvokeError) else error
        if interaction.type is discord.InteractionType.autocomplete:
            client.house.journal.fault("autocomplete", cause)
            return
        if isinstance(cause, (app_commands.CommandNotFound, app_commands.CommandSignatureMismatch)):
            await whisper(interaction, trouble.OLD_COMMAND)
            return
        again = client.house.errands.view(*_errand_of(interaction))
        await client.explain(interaction, cause, again, command=getattr(interaction.command, "name", None))


def _errand_of(interaction: discord.Interaction) -> tuple[str, dict[str, Any]]:
    """Tell what a command was asked to do; the menu of a message asks what the message says."""
    if isinstance(interaction.command, app_commands.Command):
        return interaction.command.name, {name: value for name, value in interaction.namespace}  # noqa: C416
    data: dict[str, Any] = dict(interaction.data or {})
    message = data.get("resolved", {}).get("messages", {}).get(str(data.get("target_id")), {})
    return "ask", {"question": message.get("content", "")}


async def _say_in_private(message: discord.Message, text: str) -> None:
    try:
        await message.author.send(text)
    except (discord.HTTPException, OSError) as exc:
        log.info("a direct message was not taken", extra={"facts": {"reason": type(exc).__name__}})

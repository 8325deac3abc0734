"""What each button does."""

from __future__ import annotations

import time
from contextlib import suppress
from typing import Any

import discord
from discord import ui

from bot.discord import trouble
from bot.discord.buttons import Act, RemarkForm, pages_view
from bot.discord.house import House
from bot.discord.interaction_reply import InteractionReply
from bot.discord.model import Door, Inquiry, Record, State, Vote
from bot.discord.pages import quote_page
from bot.discord.reception import Reception, ask_anew
from bot.discord.samples import read_sample
from index.errors import StoreError


class Presses:
    """Carries out presses. Each is answered within three seconds, to the one who pressed."""

    def __init__(self, house: House, reception: Reception) -> None:
        self._house = house
        self._reception = reception

    async def press(self, interaction: discord.Interaction, act: Act, id: str, page: int) -> None:
        """Carry out a press; see buttons.Presser."""
        if act is Act.SAMPLE:
            await self._ask_sample(interaction, id)
            return
        record = await self._house.pool.run(self._house.store.record, id)
        if record is None and act is Act.DELETE:
            await self._delete_unknown(interaction)
        elif record is None:
            await whisper(interaction, trouble.GONE)
        elif record.inquiry.private and record.inquiry.asker != interaction.user.id:
            await whisper(interaction, trouble.NOT_YOURS)
        else:
            await self._carry_out(interaction, act, record, page)

    async def _carry_out(self, interaction: discord.Interaction, act: Act, record: Record, page: int) -> None:
        match act:
            case Act.UP | Act.DOWN:
                await self._vote(interaction, record, Vote(act.value))
            case Act.SOURCES:
                await interaction.response.defer(ephemeral=True, thinking=True)
                await self._show_page(interaction, record, page)
            case Act.PAGE:
                await interaction.response.defer()
                await self._show_page(interaction, record, page)
            case Act.AGAIN:
                await self._ask_again(interaction, record)
            case Act.DELETE:
                await self._delete(interaction, record)
            case Act.SAMPLE:
                raise ValueError("a sample has no record")

    async def _vote(self, interaction: discord.Interaction, record: Record, vote: Vote) -> None:
        if vote is Vote.DOWN:
            # A form must be the first answer to a press.
            await interaction.response.send_modal(RemarkForm(record.inquiry.id))
        before = await self._house.pool.run(
            self._house.feedback.vote, record.inquiry.id, interaction.user.id, vote, now=time.time()
        )
        if vote is Vote.UP:
            same = before is Vote.UP
            await whisper(
                interaction, "Your vote is counted already." if same else "Thank you, your vote is counted."
            )

    async def take_remark(self, interaction: discord.Interaction, id: str, remark: str) -> None:
        """Take the form in which a reader says what was wrong."""
        record = await self._house.pool.run(self._house.store.record, id)
        if record is None:
            await whisper(interaction, trouble.GONE)
            return
        await self._house.pool.run(
            self._house.feedback.vote,
            id,
            interaction.user.id,
            Vote.DOWN,
            now=time.time(),
            remark=remark,
        )
        await whisper(interaction, "Thank you. Those who look after the articles see it in `/gaps`.")

    async def _show_page(self, interaction: discord.Interaction, record: Record, page: int) -> None:
        sources = record.sources
        if not sources:
            await interaction.edit_original_response(
                content="There is nothing to show: nothing was quoted.", view=None
            )
            return
        page = min(page, len(sources) - 1)
        source = sources[page]
        try:
            text = await self._house.pool.run(self._house.desk.text_of, source.file)
        except StoreError:
            text = None
        content = quote_page(source, text, of=len(sources), nearest=record.state is State.NOT_FOUND)
        view = pages_view(record.inquiry.id, page, len(sources)) if len(sources) > 1 else None
        await interaction.edit_original_response(content=content, view=view)

    async def _ask_again(self, interaction: discord.Interaction, record: Record) -> None:
        if record.inquiry.asker != interaction.user.id:
            await whisper(interaction, trouble.NOT_YOURS)
            return
        anew = ask_anew(record.inquiry, trigger=interaction.id, door=Door.AGAIN)
        reply = InteractionReply(interaction, private=anew.private)
        self._reception.take(anew, reply, token=interaction.token)

    async def _ask_sample(self, interaction: discord.Interaction, id: str) -> None:
        question = await self._house.pool.run(read_sample, self._house.store, id)
        if question is None:
            await whisper(interaction, "The articles have changed since: `/help` has other examples.")
            return
        channel = interaction.channel_id or 0
        parent = getattr(interaction.channel, "parent_id", None)
        inquiry = Inquiry(
            trigger=interaction.id,
            door=Door.SAMPLE,
            guild=interaction.guild_id,
            channel=channel,
            asker=interaction.user.id,
            question=question,
            # The help is seen by one person, and so is what comes of it.
            private=interaction.guild_id is not None,
            folder=self._house.room(interaction.guild_id, channel, parent).folder,
        )
        self._reception.take(
            inquiry, InteractionReply(interaction, private=inquiry.private), token=interaction.token
        )

    async def _delete_unknown(self, interaction: discord.Interaction) -> None:
        """Delete an answer that is older than answers are kept, or whose asker had everything forgotten."""
        await interaction.response.defer(ephemeral=True, thinking=True)
        message = interaction.message
        if message is None or not (_moderates(interaction) or await _has_asked(interaction, message)):
            await whisper(interaction, trouble.NOT_TO_DELETE)
            return
        with suppress(discord.NotFound):
            await message.delete()
        await whisper(interaction, "Deleted.")

    async def _delete(self, interaction: discord.Interaction, record: Record) -> None:
        if record.inquiry.asker != interaction.user.id and not _moderates(interaction):
            await whisper(interaction, trouble.NOT_TO_DELETE)
            return
        if record.inquiry.private:
            await interaction.response.defer()
            await self._house.pool.run(self._house.store.forget_record, record.inquiry.id)
            with suppress(discord.NotFound):
                await interaction.delete_original_response()
        else:
            await interaction.response.defer(ephemeral=True, thinking=True)
            await take_away(interaction.client, self._house, record)
            await interaction.edit_original_response(content="Deleted.")


def _moderates(interaction: discord.Interaction) -> bool:
    return interaction.guild_id is not None and interaction.permissions.manage_messages


async def _has_asked(interaction: discord.Interaction, answer: discord.Message) -> bool:
    """Tell whether an answer is one to whoever presses, by what Discord itself knows of it."""
    if answer.interaction_metadata is not None:
        return answer.interaction_metadata.user.id == interaction.user.id
    if answer.reference is None or answer.reference.message_id is None:
        return interaction.guild_id is None
    place = interaction.client.get_partial_messageable(
        answer.reference.channel_id, guild_id=interaction.guild_id
    )
    with suppress(discord.NotFound, discord.Forbidden):
        question = await place.fetch_message(answer.reference.message_id)
        return question.author.id == interaction.user.id
    return False


async def take_away(client: discord.Client, house: House, record: Record) -> None:
    """Forget an answer and delete its messages."""
    posts = await house.pool.run(house.store.posts, record.inquiry.id)
    await house.pool.run(house.store.forget_record, record.inquiry.id)
    for channel, message in posts:
        place = client.get_partial_messageable(channel, guild_id=record.inquiry.guild)
        with suppress(discord.NotFound, discord.Forbidden):
            await place.get_partial_message(message).delete()


async def whisper(interaction: discord.Interaction, text: str, view: ui.View | None = None) -> None:
    """Say a sentence to the one who pressed or typed, and to nobody else."""
    more: dict[str, Any] = {} if view is None else {"view": view}
    if interaction.response.type is discord.InteractionResponseType.deferred_channel_message:
        # "thinking…" still stands there, and was as private as it was deferred.
        await interaction.edit_original_response(content=text, **more)
    elif interaction.response.is_done():
        await interaction.followup.send(text, ephemeral=True, **more)
    else:
        await interaction.response.send_message(text, ephemeral=True, **more)

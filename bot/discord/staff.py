"""The commands for those who look after a server: what it lacks, how it is set, the index."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, TypeAlias

import discord
from discord import app_commands

from bot.discord.escape import escape
from bot.discord.model import Room
from bot.discord.pages import gaps_page
from bot.discord.presses import whisper
from bot.discord.reindexing import reindex_for

if TYPE_CHECKING:
    from bot.discord.house import House

Command: TypeAlias = app_commands.Command[Any, ..., Any]

_GAPS = 20


def add_staff_commands(tree: app_commands.CommandTree[discord.Client], house: House) -> None:
    """Add the commands to a tree. They are of servers alone."""
    for command in (_gaps_command(house), _setup_command(house), _reindex_command(house)):
        command = app_commands.allowed_contexts(guilds=True, dms=False, private_channels=False)(command)
        tree.add_command(app_commands.allowed_installs(guilds=True, users=False)(command))


def _gaps_command(house: House) -> Command:
    @app_commands.command(name="gaps", description="List what was asked here and not answered well")
    @app_commands.default_permissions(manage_messages=True)
    async def gaps(interaction: discord.Interaction) -> None:
        # Checked again: whoever manages the server may offer the command to others.
        if not interaction.permissions.manage_messages or interaction.guild_id is None:
            await whisper(interaction, "That is for moderators: it needs “Manage Messages”.")
            return
        await interaction.response.defer(ephemeral=True, thinking=True)
        found = await house.pool.run(house.feedback.gaps, interaction.guild_id, limit=_GAPS)
        await interaction.edit_original_response(content=gaps_page(found))

    return gaps


def _setup_command(house: House) -> Command:
    @app_commands.command(
        name="setup", description="Show or change how a channel, or the whole server, is answered"
    )
    @app_commands.default_permissions(manage_guild=True)
    @app_commands.describe(
        channel="The channel to set; this one if left out",
        server="Set the whole server, but for channels that are set themselves",
        answers="Whether questions are answered there",
        thread="Whether mentions are answered in a thread of their own",
        private="Whether answers are shown to the asker alone",
        folder="Which folder of the articles is asked; “everything” for all",
        reindexing="The role that may use /reindex, besides those who manage the server",
    )
    async def setup(
        interaction: discord.Interaction,
        channel: discord.TextChannel
        | discord.ForumChannel
        | discord.VoiceChannel
        | discord.Thread
        | None = None,
        server: bool = False,
        answers: bool | None = None,
        thread: bool | None = None,
        private: bool | None = None,
        folder: str | None = None,
        reindexing: discord.Role | None = None,
    ) -> None:
        guild = interaction.guild_id
        if guild is None or not interaction.permissions.manage_guild:
            await whisper(interaction, "That needs the permission “Manage Server”.")
            return
        await interaction.response.defer(ephemeral=True, thinking=True)
        place = 0 if server else channel.id if channel is not None else interaction.channel_id or 0
        if folder is not None:
            folder = "" if folder.strip().casefold() == _EVERYTHING else folder.strip().strip("/")
            if folder and folder not in await house.folders():
                text = f"There is no folder “{escape(folder)}” with articles in it."
                await interaction.edit_original_response(content=text)
                return
        given = {"answers": answers, "thread": thread, "private": private, "folder": folder}
        changes: dict[str, Any] = {name: value for name, value in given.items() if value is not None}
        before = (
            house.server(guild)
            if server
            else house.room(guild, place, getattr(channel or interaction.channel, "parent_id", None))
        )
        room = replace(before, **changes)
        if changes:
            await house.set_room(guild, place, room)
        if reindexing is not None:
            keeper = None if reindexing.is_default() else reindexing.id
            await house.set_room(guild, 0, replace(house.server(guild), keeper=keeper))
        keeper = house.server(guild).keeper
        await interaction.edit_original_response(content=_describe(room, place, keeper))

    @setup.autocomplete("folder")
    async def complete(interaction: discord.Interaction, current: str) -> list[app_commands.Choice[str]]:
        names = [_EVERYTHING, *await house.folders()]
        fitting = [name for name in names if current.casefold() in name.casefold() and len(name) <= 100]
        return [app_commands.Choice(name=name, value=name) for name in fitting][:25]

    return setup


_EVERYTHING = "everything"


def _describe(room: Room, place: int, keeper: int | None) -> str:
    where = f"In <#{place}>" if place else "In this server, but for channels that are set themselves,"
    rows = [
        f"{where} questions are {'answered' if room.answers else '**not** answered'}.",
        f"- Mentions are answered {'in a thread of their own' if room.thread else 'with a reply'}.",
        f"- Answers are seen by {'the asker alone (so `/ask` only)' if room.private else 'everybody'}.",
        f"- Asked is {f'the folder “{escape(room.folder)}”' if room.folder else 'every article'}.",
        f"- `/reindex` is for those who manage the server{f' and <@&{keeper}>' if keeper else ''}.",
    ]
    return "\n".join(rows)


def _reindex_command(house: House) -> Command:
    @app_commands.command(name="reindex", description="Bring the index in step with the folder of articles")
    async def reindex(interaction: discord.Interaction) -> None:
        keeper = house.server(interaction.guild_id).keeper
        roles = {role.id for role in getattr(interaction.user, "roles", ())}
        if not interaction.permissions.manage_guild and keeper not in roles:
            await whisper(
                interaction, "That needs the permission “Manage Server”, or the role that `/setup` names."
            )
            return
        await interaction.response.defer(ephemeral=True, thinking=True)
        await reindex_for(house, interaction)

    return reindex

"""The commands that everybody has, and the message menu."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING, Any, TypeAlias

import discord
from discord import app_commands

from bot.batch import check_text
from bot.discord import trouble
from bot.discord.buttons import samples_view
from bot.discord.doors import name_mentions, read_question
from bot.discord.escape import clean
from bot.discord.interaction_reply import InteractionReply
from bot.discord.model import Door, Inquiry
from bot.discord.pages import article_page, hits_page
from bot.discord.presses import whisper
from bot.discord.samples import make_samples
from bot.notices import left_out_text

if TYPE_CHECKING:
    from bot.discord.house import House
    from bot.discord.reception import Reception
    from bot.model import IndexStatus
    from index.model import ArticleRef

Command: TypeAlias = app_commands.Command[Any, ..., Any]

_SEARCH_HITS = 5
# At once: there must be threads left for what has to be there within three seconds, such as a pressed button.
_SEARCHES = 2
# A private question goes on with the one before, if that is no older.
_CONVERSATION_S = 900.0
_CHOICES = 25
_CHOICE_CHARS = 100

_HELP = """**Dateline** answers from a folder of news articles. Every sentence is a quotation with its number; \
below it stand the sources. What the articles do not say, it does not say.

Mention me with a question, reply to one of my answers to go on from it, or use
- `/ask` – a question; with `private` only you see the answer
- `/search` – the passages nearest to some words
- `/sources` – what is known about one article
- `/status` – what can be asked
- `/forget` – deletes what I keep of your questions and votes

The menu of a message (Apps → Ask about this) asks what the message says. **Sources** below an answer shows \
each quote in its article."""


def add_commands(tree: app_commands.CommandTree[discord.Client], house: House, reception: Reception) -> None:
    """Add the commands to a tree."""
    tree.add_command(_ask_command(house, reception))
    tree.add_command(_ask_menu(house, reception))
    tree.add_command(_search_command(house))
    tree.add_command(_sources_command(house))
    tree.add_command(_status_command(house))
    tree.add_command(_help_command(house))
    tree.add_command(_forget_command(house))


def everywhere(command: Command) -> Command:
    """Offer a command in servers and in direct messages, wherever the bot itself was added."""
    command = app_commands.allowed_contexts(guilds=True, dms=True, private_channels=False)(command)
    return app_commands.allowed_installs(guilds=True, users=False)(command)


def _ask_command(house: House, reception: Reception) -> Command:
    @app_commands.command(name="ask", description="Ask the articles a question")
    @app_commands.describe(question="What you want to know", private="Show the answer to you alone")
    async def ask(interaction: discord.Interaction, question: str, private: bool = False) -> None:
        await _take(house, reception, interaction, question, Door.SLASH, private=private)

    return everywhere(ask)


def _ask_menu(house: House, reception: Reception) -> app_commands.ContextMenu:
    async def ask_about(interaction: discord.Interaction, message: discord.Message) -> None:
        me = interaction.client.user
        question = read_question(message, me.id if me else 0)
        if me is not None and message.author.id == me.id:
            await whisper(interaction, "That is an answer of mine: reply to it to go on from there.")
        elif not question:
            await whisper(interaction, "That message holds no text to ask about.")
        else:
            await _take(house, reception, interaction, question, Door.MENU, private=False)

    menu = app_commands.ContextMenu(name="Ask about this", callback=ask_about)
    menu.allowed_contexts = app_commands.AppCommandContext(guild=True, dm_channel=True, private_channel=False)
    menu.allowed_installs = app_commands.AppInstallationType(guild=True, user=False)
    return menu


async def _take(
    house: House,
    reception: Reception,
    interaction: discord.Interaction,
    question: str,
    door: Door,
    *,
    private: bool,
) -> None:
    channel = interaction.channel_id or 0
    room = house.room(interaction.guild_id, channel, getattr(interaction.channel, "parent_id", None))
    if not room.answers:
        await whisper(
            interaction, "I do not answer in this channel: whoever manages the server has set it so."
        )
        return
    private = interaction.guild_id is not None and (private or room.private)
    # At once: reading the store may take longer than Discord waits.
    reply = InteractionReply(interaction, private=private)
    await reply.begin()
    parent = None
    if private or interaction.guild_id is None:
        latest = await house.pool.run(
            house.store.latest,
            channel,
            since=time.time() - _CONVERSATION_S,
            asker=interaction.user.id,
            private=private,
        )
        parent = latest.inquiry.id if latest is not None else None
    inquiry = Inquiry(
        trigger=interaction.id,
        door=door,
        guild=interaction.guild_id,
        channel=channel,
        asker=interaction.user.id,
        question=name_mentions(question, interaction.guild, {}, me=interaction.application_id),
        private=private,
        folder=room.folder,
        parent=parent,
    )
    reception.take(inquiry, reply, token=interaction.token)


def _search_command(house: House) -> Command:
    searching = asyncio.Semaphore(_SEARCHES)

    @app_commands.command(name="search", description="List the passages nearest to some words")
    @app_commands.describe(words="What to look for")
    async def search(interaction: discord.Interaction, words: str) -> None:
        await interaction.response.defer(ephemeral=True, thinking=True)
        refusal = house.limiter.admit(
            person=interaction.user.id, server=interaction.guild_id, now=time.time()
        )
        if refusal is not None:
            await interaction.edit_original_response(content=trouble.refuse(refusal))
            return
        room = _room_of(house, interaction)
        query = check_text(words, "query")
        async with searching:
            hits = await house.pool.run(house.desk.search, query, _SEARCH_HITS, folder=room)
        await interaction.edit_original_response(content=hits_page(query, hits))

    return everywhere(search)


def _sources_command(house: House) -> Command:
    @app_commands.command(name="sources", description="Show what is known about an article")
    @app_commands.describe(article="Its title, or a part of it")
    async def sources(interaction: discord.Interaction, article: str) -> None:
        await interaction.response.defer(ephemeral=True, thinking=True)
        found = _find_articles(await house.shelf(), article, _room_of(house, interaction))
        if not found:
            text = "No article has that in its title: `/search` looks through what they say."
        else:
            body = await house.pool.run(house.desk.text_of, found[0].file)
            text = article_page(found[0], body)
        await interaction.edit_original_response(content=text)

    @sources.autocomplete("article")
    async def complete(interaction: discord.Interaction, current: str) -> list[app_commands.Choice[str]]:
        found = _find_articles(await house.shelf(), current, _room_of(house, interaction))
        return [
            app_commands.Choice(name=_shorten(clean(each.title) or each.file), value=each.id)
            for each in found
        ][:_CHOICES]

    return everywhere(sources)


def _find_articles(articles: tuple[ArticleRef, ...], wanted: str, folder: str) -> list[ArticleRef]:
    """Find articles by their id, or by words of the title: those that begin with them come first."""
    own = [each for each in articles if not folder or each.file.startswith(f"{folder}/")]
    if exact := [each for each in own if each.id == wanted]:
        return exact
    words = wanted.casefold().split()
    hits = [each for each in own if all(word in each.title.casefold() for word in words)]
    return sorted(hits, key=lambda each: not each.title.casefold().startswith(wanted.casefold().strip()))


def _status_command(house: House) -> Command:
    @app_commands.command(name="status", description="Tell what can be asked")
    async def status(interaction: discord.Interaction) -> None:
        await interaction.response.defer(ephemeral=True, thinking=True)
        found = await house.pool.run(house.desk.status)
        await interaction.edit_original_response(content=_status_text(house, found))

    return everywhere(status)


def _status_text(house: House, status: IndexStatus) -> str:
    lines = [f"**{status.articles:,} articles** in {status.files:,} files, {status.passages:,} passages"]
    if status.vectors_pending:
        lines.append(f"{status.vectors_pending:,} passages are found by their words alone so far")
    if status.syncing:
        lines.append("The index is being brought in step")
    if status.skipped:
        lines.append(f"Of the articles' folder: {left_out_text(status.skipped, status.in_part)}")
    lines.append(f"Answers are {'written by ' + clean(status.llm) if status.llm else 'quoted'}")
    lines.append(f"Being answered now: {len(house.answering)}; running since <t:{house.started_at:.0f}:R>")
    if status.mends:
        # The mends themselves name folders, and are for whoever runs the bot.
        lines.append("Something needs mending: whoever runs this bot sees it with `dateline status`")
    return "\n".join(lines)


def _help_command(house: House) -> Command:
    @app_commands.command(name="help", description="Tell how to ask, with three examples")
    async def help_(interaction: discord.Interaction) -> None:
        await interaction.response.defer(ephemeral=True, thinking=True)
        samples = await house.pool.run(make_samples, house.desk, house.store)
        if samples:
            await interaction.edit_original_response(
                content=f"{_HELP}\n\nFor example:", view=samples_view(samples)
            )
        else:
            await interaction.edit_original_response(content=_HELP)

    return everywhere(help_)


def _forget_command(house: House) -> Command:
    @app_commands.command(name="forget", description="Delete what is kept of your questions and votes")
    async def forget(interaction: discord.Interaction) -> None:
        await interaction.response.defer(ephemeral=True, thinking=True)
        count = await house.pool.run(house.store.forget_person, interaction.user.id)
        what = f"Deleted: {count:,} of your questions and votes." if count else "Nothing was kept of you."
        await interaction.edit_original_response(
            content=f"{what} What stands in the channels stays there: **Delete** below an answer takes it away."
        )

    return everywhere(forget)


def _room_of(house: House, interaction: discord.Interaction) -> str:
    parent = getattr(interaction.channel, "parent_id", None)
    return house.room(interaction.guild_id, interaction.channel_id or 0, parent).folder


def _shorten(text: str) -> str:
    return text if len(text) <= _CHOICE_CHARS else text[: _CHOICE_CHARS - 1] + "…"

"""`dateline discord --check`: is everything in place, before going on line?"""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import discord

from bot.discord.reply import missing_permissions
from bot.discord.retries import make_patient
from bot.discord.store import Store
from index.errors import DatelineError

if TYPE_CHECKING:
    from bot.desk import Desk
    from bot.settings import Settings

# Exactly what the bot uses.
PERMISSIONS = discord.Permissions(
    view_channel=True,
    send_messages=True,
    send_messages_in_threads=True,
    create_public_threads=True,
    read_message_history=True,
    attach_files=True,
)
_FOUND_WANTING = 1
NOT_SET = (
    "there is no token: set DATELINE_DISCORD_TOKEN, in .env or the environment, to that of your application "
    "(https://discord.com/developers/applications, page “Bot”)"
)


def invite_link(application: int) -> str:
    """Make the address that adds the bot to a server."""
    return discord.utils.oauth_url(
        application, permissions=PERMISSIONS, scopes=("bot", "applications.commands")
    )


class _Report:
    """Writes what was looked at, line by line."""

    def __init__(self) -> None:
        self.wanting = 0

    def good(self, line: str) -> None:
        sys.stdout.write(f"ok    {line}\n")

    def bad(self, line: str) -> None:
        self.wanting += 1
        sys.stdout.write(f"MEND  {line}\n")


async def check(settings: Settings, desk: Desk, token: str) -> int:
    """Look at token, intents, permissions in every channel, the bot's files, index and models; say what is wanting.

    Returns:
        The exit code: 0, or 1 where something is to be mended.
    """
    report = _Report()
    if token:
        await _check_discord(report, settings, token)
    else:
        report.bad(NOT_SET)
    _check_files(report, settings)
    await asyncio.to_thread(_check_index, report, desk)
    sys.stdout.flush()
    return _FOUND_WANTING if report.wanting else 0


async def _check_discord(report: _Report, settings: Settings, token: str) -> None:
    # It connects to no gateway; without this intent discord.py warns of a state that is never kept.
    client = discord.Client(intents=discord.Intents(guilds=True))
    make_patient(client)
    async with client:
        try:
            await client.login(token)
        except discord.LoginFailure:
            report.bad("token: Discord does not take it; copy it anew from the page “Bot” of the application")
        except (discord.HTTPException, OSError) as exc:
            report.bad(f"token: Discord cannot be asked ({type(exc).__name__}); is there a connection?")
        else:
            application = await client.application_info()
            report.good(f"token: it is that of {client.user}")
            _check_intents(report, settings, application)
            await _check_servers(report, client)
            sys.stdout.write(f"\nInvite with least permissions:\n{invite_link(application.id)}\n\n")


def _check_files(report: _Report, settings: Settings) -> None:
    """Look whether what the bot writes can be written; nothing is left behind that was not there."""
    database = settings.discord_database
    was_there = database.exists()
    try:
        Store(database).close()
    except DatelineError as exc:
        report.bad(f"database: {exc}")
    else:
        report.good(f"database: {database} can be written")
        if not was_there:
            for file in database.parent.glob(f"{database.name}*"):
                file.unlink()
    if settings.discord_health:
        health = Path(settings.discord_health).expanduser()
        try:
            # Beside it: a bot that runs already writes the file itself.
            beside = health.with_name(f"{health.name}.check")
            beside.touch()
            beside.unlink()
        except OSError as exc:
            report.bad(
                f"health: {health} cannot be written ({exc.strerror}): set DATELINE_DISCORD_HEALTH to a file"
            )
        else:
            report.good(f"health: {health} can be written")


def _check_intents(report: _Report, settings: Settings, application: discord.AppInfo) -> None:
    flags = application.flags
    allowed = flags.gateway_message_content or flags.gateway_message_content_limited
    if not settings.discord_message_content:
        report.good("intents: none of the privileged ones is needed")
    elif allowed:
        report.good("intents: the message content may be read")
    else:
        report.bad(
            "intents: DATELINE_DISCORD_MESSAGE_CONTENT is set, and “Message Content Intent” is off on the page "
            "“Bot” of the application"
        )


async def _check_servers(report: _Report, client: discord.Client) -> None:
    count = 0
    async for partial in client.fetch_guilds(limit=None):
        count += 1
        try:
            guild = await client.fetch_guild(partial.id)
            assert client.user is not None
            member = await guild.fetch_member(client.user.id)
            channels = await guild.fetch_channels()
        except discord.HTTPException as exc:
            report.bad(f"{partial.name}: it cannot be looked at ({exc.text or exc.status})")
            continue
        wanting = {
            channel.name: missing_permissions(channel, member) for channel in channels if _is_asked(channel)
        }
        lacking = {name: missing for name, missing in wanting.items() if missing}
        if not lacking:
            report.good(f"{partial.name}: {len(wanting)} channels, and nothing is missing in any")
        for name, missing in lacking.items():
            report.bad(f"{partial.name}, #{name}: {', '.join(missing)}")
    if not count:
        report.bad("servers: the bot is in none yet; open the invite below")


def _is_asked(channel: Any) -> bool:
    return isinstance(channel, (discord.TextChannel, discord.ForumChannel, discord.VoiceChannel))


def _check_index(report: _Report, desk: Desk) -> None:
    try:
        status = desk.status()
        for mend in status.mends:
            report.bad(f"index: {mend}")
        if not status.mends:
            report.good(f"index: {status.articles:,} articles in {status.files:,} files")
            if status.vectors_on:
                report.good(f"vectors: {status.vectors_on}")
        desk.warm_up()
        report.good(f"model: {status.embedder}" + (f", answers by {status.llm}" if status.llm else ""))
    except DatelineError as exc:
        report.bad(f"index or model: {exc}")

"""The commands as Discord has them: written when they have changed, and only then."""

from __future__ import annotations

import hashlib
import json

import discord
from discord import app_commands

from bot.discord.pool import Pool
from bot.discord.store import Store


def fingerprint(tree: app_commands.CommandTree[discord.Client]) -> str:
    """Hash what would be written."""
    payload = [command.to_dict(tree) for command in tree.get_commands()]
    payload.sort(key=lambda command: (command["type"], command["name"]))
    return hashlib.sha256(json.dumps(payload, sort_keys=True).encode()).hexdigest()


async def write_commands(
    tree: app_commands.CommandTree[discord.Client], store: Store, pool: Pool, *, application: int, force: bool
) -> int | None:
    """Write the commands if they differ from those written last.

    Args:
        force: write them whether or not they differ.

    Returns:
        How many were written; None where nothing was to be done.
    """
    key, now = f"commands of {application}", fingerprint(tree)
    if not force and await pool.run(store.fact, key) == now:
        return None
    written = await tree.sync()
    await pool.run(store.set_fact, key, now)
    return len(written)

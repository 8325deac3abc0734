"""Where an answer to a command or a button goes: into the deferred message, and after it."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from typing import Any

import discord
from discord import ui

from bot.discord.journal import log
from bot.discord.letter import Letter
from bot.discord.reply import Post, make_file
from bot.discord.retries import UncertainError

# The three seconds are over; the fifteen minutes are over.
TOO_LATE = {10062, 10015, 50027}


class InteractionReply:
    """Answers an interaction.

    Args:
        private: shown to the asker alone. Discord decides it with the deferral, for all that follows.
    """

    def __init__(self, interaction: discord.Interaction, *, private: bool) -> None:
        self._interaction = interaction
        self._private = private
        self._is_open = True

    async def begin(self) -> None:
        """See Reply."""
        if self._interaction.response.is_done():
            return
        try:
            await self._interaction.response.defer(ephemeral=self._private, thinking=True)
        except discord.HTTPException as exc:
            if exc.code not in TOO_LATE:
                raise
            log.warning("an interaction came too late", extra={"facts": {"code": exc.code}})
            self._is_open = False

    async def progress(self, text: str) -> int | None:
        """See Reply. The line stands in the deferred message, which the answer takes the place of."""
        if self._is_open:
            await self._interaction.edit_original_response(content=text)
        return None

    async def finish(self, letter: Letter, view: ui.View | None, *, nonce: int) -> Sequence[Post]:
        """See Reply."""
        if not self._is_open:
            return await self._go_round(letter, view, nonce)
        first, *rest = letter.messages
        more: dict[str, Any] = {"content": first}
        if not rest:
            more |= _ends(letter, view, edits=True)
        try:
            original = await self._interaction.edit_original_response(**more)
        except discord.HTTPException as exc:
            if exc.code not in TOO_LATE:
                raise
            return await self._go_round(letter, view, nonce)
        posts = [(self._interaction.channel_id or 0, original.id)]
        for at, text in enumerate(rest, start=1):
            last = at == len(rest)
            try:
                sent = await self._interaction.followup.send(
                    text,
                    ephemeral=self._private,
                    suppress_embeds=True,
                    wait=True,
                    **(_ends(letter, view, edits=False) if last else {}),
                )
            except (UncertainError, discord.HTTPException):
                # It may stand there or not. The whole as a file in the first message is safe to send twice.
                whole = Letter(messages=(), file="\n\n".join(letter.messages))
                await self._interaction.edit_original_response(**_ends(whole, view, edits=True))
                break
            posts.append((self._interaction.channel_id or 0, sent.id))
        return posts

    async def _go_round(self, letter: Letter, view: ui.View | None, nonce: int) -> Sequence[Post]:
        """Send to the channel what can no longer be sent to the interaction; what is private, to the person."""
        place: Any = self._interaction.user if self._private else self._interaction.channel
        if place is None or not hasattr(place, "send"):
            return []
        posts = []
        for at, text in enumerate(letter.messages):
            last = at == len(letter.messages) - 1
            more = _ends(letter, view, edits=False) if last else {}
            sent = await place.send(text, nonce=nonce + at, suppress_embeds=True, **more)
            posts.append((sent.channel.id, sent.id))
        return posts

    async def drop(self) -> None:
        """See Reply."""
        with suppress(discord.HTTPException):
            await self._interaction.delete_original_response()

    async def explain_silence(self) -> None:
        """See Reply. An interaction is answered whatever the channel allows."""


def _ends(letter: Letter, view: ui.View | None, *, edits: bool) -> dict[str, Any]:
    """Return what the last message of an answer carries."""
    more: dict[str, Any] = {} if view is None else {"view": view}
    if letter.file is not None:
        file = make_file(letter.file)
        more |= {"attachments": [file]} if edits else {"file": file}
    return more

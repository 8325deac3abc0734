"""Retry after an error: what to do again is written in the button, so that it outlives a restart.

What is too long for a button, or names more than words and numbers, is kept in memory for a while.
"""

from __future__ import annotations

import json
import re
import secrets
from collections.abc import Mapping
from typing import Any, Protocol, Self, cast

import discord
from discord import ui

from bot.discord.buttons import PREFIX, retry_button, view_of

# Discord's limit on what a button carries.
_CARRIED = 100
_KEPT = 500


class Doer(Protocol):
    """What the client does when something is to be done again."""

    async def do_again(self, interaction: discord.Interaction, errand: str, given: str) -> None:
        """Carry out an errand.

        Args:
            errand: its name.
            given: what it was given, as ``Errands`` wrote it.
        """
        ...


class Again(ui.DynamicItem[ui.Button[Any]], template=rf"{PREFIX}do:(?P<errand>[a-z]{{1,32}}):(?P<given>.*)"):
    """The button below an error that is no question's."""

    def __init__(self, errand: str, given: str) -> None:
        super().__init__(retry_button(f"{PREFIX}do:{errand}:{given}"))
        self._means = errand, given

    @classmethod
    async def from_custom_id(
        cls, interaction: discord.Interaction, item: ui.Item[Any], match: re.Match[str], /
    ) -> Self:
        """Read a button back from what is written in it."""
        return cls(match["errand"], match["given"])

    async def callback(self, interaction: discord.Interaction) -> None:
        """Hand the press on."""
        await cast("Doer", interaction.client).do_again(interaction, *self._means)


class Errands:
    """Writes errands into buttons, and reads them back."""

    def __init__(self) -> None:
        self._kept: dict[str, dict[str, Any]] = {}

    def view(self, errand: str, given: Mapping[str, Any]) -> ui.View:
        """Make the Retry button of an errand."""
        return view_of(Again(errand, self._write(errand, dict(given))))

    def read(self, given: str) -> dict[str, Any] | None:
        """Read what an errand was given; None where it was kept in memory and is gone."""
        if given.startswith("#"):
            return self._kept.get(given)
        return dict(json.loads(given))

    def _write(self, errand: str, given: dict[str, Any]) -> str:
        if all(isinstance(value, (str, int)) for value in given.values()):
            written = json.dumps(given, ensure_ascii=False, separators=(",", ":"))
            if len(f"{PREFIX}do:{errand}:{written}") <= _CARRIED:
                return written
        key = f"#{secrets.token_hex(8)}"
        self._kept[key] = given
        if len(self._kept) > _KEPT:
            del self._kept[next(iter(self._kept))]
        return key

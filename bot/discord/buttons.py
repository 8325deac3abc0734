"""Buttons that outlive restarts: what a press means is written in the button, not kept in memory."""

from __future__ import annotations

import re
from enum import StrEnum
from typing import Any, Protocol, Self, cast

import discord
from discord import ui

from bot.discord.model import State


class Act(StrEnum):
    """What a button does."""

    UP = "up"
    DOWN = "down"
    SOURCES = "sources"
    PAGE = "page"
    AGAIN = "again"
    DELETE = "delete"
    SAMPLE = "sample"


# The form that asks what was wrong.
REMARK = re.compile(r"dateline:remark:(?P<id>[0-9a-f]{16})")
PREFIX = "dateline:"
_LOOKS: dict[Act, tuple[str | None, str | None, discord.ButtonStyle]] = {
    Act.UP: (None, "👍", discord.ButtonStyle.secondary),
    Act.DOWN: (None, "👎", discord.ButtonStyle.secondary),
    Act.SOURCES: ("Sources", "📄", discord.ButtonStyle.primary),
    Act.PAGE: (None, None, discord.ButtonStyle.secondary),
    Act.AGAIN: ("Ask again", "🔁", discord.ButtonStyle.secondary),
    Act.DELETE: ("Delete", "🗑️", discord.ButtonStyle.secondary),
    Act.SAMPLE: (None, None, discord.ButtonStyle.primary),
}
# Discord's limit on what is written on a button.
LABEL = 80
_RETRY = "Retry"


class Presser(Protocol):
    """What the client does when a button is pressed."""

    async def press(self, interaction: discord.Interaction, act: Act, id: str, page: int) -> None:
        """Carry out a press.

        Args:
            id: of a record, or of a sample question.
            page: from 0, where pages are turned.
        """
        ...


class Button(
    ui.DynamicItem[ui.Button[Any]],
    template=rf"{PREFIX}(?P<act>{'|'.join(Act)}):(?P<id>[0-9a-f]{{16}})(?::(?P<page>\d{{1,3}}))?",
):
    """One button of ours, of any kind."""

    def __init__(
        self, act: Act, id: str, *, page: int | None = None, label: str | None = None, disabled: bool = False
    ) -> None:
        own_label, emoji, style = _LOOKS[act]
        super().__init__(
            ui.Button(
                label=label or own_label,
                emoji=emoji,
                style=style,
                custom_id=f"{PREFIX}{act}:{id}" + ("" if page is None else f":{page}"),
                disabled=disabled,
            )
        )
        self._means = act, id, page or 0

    @classmethod
    async def from_custom_id(
        cls, interaction: discord.Interaction, item: ui.Item[Any], match: re.Match[str], /
    ) -> Self:
        """Read a button back from what is written in it."""
        return cls(Act(match["act"]), match["id"], page=int(match["page"] or 0))

    async def callback(self, interaction: discord.Interaction) -> None:
        """Hand the press on."""
        await cast("Presser", interaction.client).press(interaction, *self._means)


def view_of(*buttons: ui.DynamicItem[ui.Button[Any]]) -> ui.View:
    """Put buttons below a message."""
    view = ui.View(timeout=None)
    for button in buttons:
        view.add_item(button)
    # discord.py would keep every view sent, for as long as it runs. Presses come by the buttons' own names.
    view.stop()
    return view


def answer_view(record: str, state: State, *, sources: bool) -> ui.View:
    """Make the buttons below an answer.

    Args:
        sources: whether there is a quote or a passage to show.
    """
    buttons = [Button(Act.UP, record), Button(Act.DOWN, record)]
    if sources:
        label = "Nearest passages" if state is State.NOT_FOUND else None
        buttons.append(Button(Act.SOURCES, record, label=label))
    return view_of(*buttons, Button(Act.AGAIN, record), Button(Act.DELETE, record))


def retry_view(record: str) -> ui.View:
    """Make the button below a question that was not answered."""
    return view_of(Button(Act.AGAIN, record, label=_RETRY))


def press_again_view(act: Act, id: str, page: int) -> ui.View:
    """Make the button below an error that a press has met: it does the same once more."""
    return view_of(Button(act, id, page=page or None, label=_RETRY))


def retry_button(custom_id: str) -> ui.Button[Any]:
    """Make the button below an error of any other kind."""
    return ui.Button(label=_RETRY, emoji="🔁", style=discord.ButtonStyle.secondary, custom_id=custom_id)


def pages_view(record: str, page: int, of: int) -> ui.View:
    """Make the buttons that turn pages.

    Args:
        page: from 0.
    """
    back = Button(Act.PAGE, record, page=max(page - 1, 0), label="◀ Back", disabled=page == 0)
    # The two must differ in name also where neither leads anywhere.
    on = Button(Act.PAGE, record, page=page + 1, label="Next ▶", disabled=page + 1 >= of)
    return view_of(back, on)


def samples_view(samples: dict[str, str]) -> ui.View:
    """Make buttons of sample questions, by their ids."""
    return view_of(*(Button(Act.SAMPLE, id, label=_shorten(text)) for id, text in samples.items()))


def _shorten(text: str) -> str:
    return text if len(text) <= LABEL else text[: LABEL - 1].rstrip() + "…"


class RemarkForm(ui.Modal, title="What was wrong?"):
    """Asks what was wrong with an answer. What is sent comes back by the form's name, after a restart too."""

    remark: ui.TextInput[RemarkForm] = ui.TextInput(
        label="What was wrong?",
        style=discord.TextStyle.paragraph,
        placeholder="A wrong number, an article that was missed, …",
        required=False,
        max_length=1000,
    )

    def __init__(self, record: str) -> None:
        # discord.py forgets the form then; what is sent later is understood all the same.
        super().__init__(custom_id=f"{PREFIX}remark:{record}", timeout=900)


def read_remark(interaction: discord.Interaction) -> tuple[str, str] | None:
    """Read a form that was sent: the record and what was wrong; None where it is none of ours."""
    data = cast("dict[str, Any]", interaction.data or {})
    found = REMARK.fullmatch(str(data.get("custom_id", "")))
    if found is None:
        return None
    return found["id"], _first_text(data.get("components", []))


def _first_text(components: list[dict[str, Any]]) -> str:
    """Find the text in a form, whose fields stand in rows or in labels."""
    for component in components:
        if isinstance(component.get("value"), str):
            return str(component["value"])
        inner = component.get("components") or ([component["component"]] if "component" in component else [])
        if found := _first_text(inner):
            return found
    return ""

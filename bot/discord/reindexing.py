"""`/reindex`: the index brought in step in the background, told for as long as Discord takes it, and afterwards.

Reading thousands of articles takes longer than the quarter of an hour for which an interaction can be answered, and
perhaps longer than the process lives: what was begun goes on after a restart, and who began it is told how it ended.
"""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any

import discord
from discord import ui

from bot.discord import trouble
from bot.discord.escape import escape
from bot.discord.interaction_reply import TOO_LATE
from bot.discord.retries import UncertainError
from bot.discord.split import split_messages
from bot.notices import sync_text
from index.errors import DatelineError, StoreBusyError

if TYPE_CHECKING:
    from bot.discord.house import House
    from index.sync import SyncProgress, SyncReport

# Looked at this often, so that a stop is told of before the connection closes; shown not as often.
_LOOK_S, _SHOW_S = 0.5, 3.0
# An interaction can be edited for 15 minutes; the last word needs some of it.
_EDITABLE_S = 14 * 60.0
_UNKNOWN_MESSAGE = 10008
_FACT = "reindexing"
# What ends the process each time it is tried is given up.
_MOST_KILLS = 3
_LATER = (
    "-# Discord lets me change this message for a quarter of an hour only. When the index is done I write to you; "
    "until then `/status` tells how far it is."
)

Show = Callable[[str], Awaitable[object]]


async def reindex_for(house: House, interaction: discord.Interaction) -> None:
    """Bring the index in step, and tell the one who gave the command how far it is, and how it ended.

    Args:
        interaction: deferred, to be seen by one person alone.
    """
    person = interaction.user.id
    slip = _Slip(interaction)
    if house.reindexing:
        await slip.show(trouble.REINDEXING)
        return
    house.journal.tell("reindex", person=person, server=interaction.guild_id)
    text, failed = await _carry_out(house, person, slip.update)
    view = house.errands.view("reindex", {}) if failed else None
    if not await slip.show(text, view):
        await _write_to(house, person, text)


async def resume_reindexing(house: House) -> None:
    """Go on with what the last process was stopped or killed at; does nothing where that was nothing."""
    left = await house.pool.run(house.store.fact, _FACT)
    if not left or house.reindexing:
        return
    person, kills = json.loads(left)
    if kills >= _MOST_KILLS:
        await house.pool.run(house.store.set_fact, _FACT, "")
        await _write_to(house, person, trouble.REINDEXING_KILLED)
        return

    async def show(text: str) -> None:
        """Show nobody: the message of then can no longer be changed."""

    house.journal.tell("reindex goes on", person=person)
    text, _ = await _carry_out(house, person, show, kills=kills + 1)
    if not house.stopping:
        await _write_to(house, person, text)


async def _carry_out(house: House, person: int, show: Show, *, kills: int = 0) -> tuple[str, bool]:
    """Run the sync; returns what there is to say of it, and whether it has failed."""
    house.reindexing = True
    task = asyncio.current_task()
    assert task is not None
    house.last_words.add(task)
    try:
        await house.pool.run(house.store.set_fact, _FACT, json.dumps([person, kills]))
        report = await _sync(house, show)
        left = json.dumps([person, 0]) if report is None else ""
        await house.pool.run(house.store.set_fact, _FACT, left)
        if report is None:
            return trouble.REINDEXING_STOPPED, False
        await house.shelf(anew=True)
        house.journal.tell(
            "reindexed", person=person, passages=report.passages, seconds=round(report.seconds)
        )
        return _escape_lines(sync_text(report, "the folder of articles")), False
    except Exception as exc:  # told as a fault, its traceback in the log
        text = trouble.explain(exc, house.journal, command="reindex")
        if not isinstance(exc, StoreBusyError):
            text = f"The articles were not brought in step. {text}"
        try:
            await house.pool.run(house.store.set_fact, _FACT, "")
        except DatelineError as last:
            house.journal.fault("it is not noted that a reindex has ended", last)
        return text, True
    finally:
        house.reindexing = False
        house.last_words.discard(task)


async def _sync(house: House, show: Show) -> SyncReport | None:
    """Run the sync in the background; returns None where the bot was told to stop before it was done."""
    latest: list[SyncProgress] = []

    def tell(progress: SyncProgress) -> None:
        latest[:] = [progress]

    async def run() -> SyncReport | None:
        return await house.pool.run(house.sync, tell, lambda: house.stopping)

    began = time.time()
    job = asyncio.create_task(run())
    while not (await asyncio.wait([job], timeout=_LOOK_S))[0]:
        if house.stopping:
            return None
        text = _progress_text(latest[0]) if latest else "Looking through the folder …"
        # Discord counts it up by itself: on a busy machine the line above may stand for a minute.
        await show(f"{text}\n-# Begun <t:{began:.0f}:R>")
    return job.result()


class _Slip:
    """The message that the one who gave the command sees, as long as it can be changed."""

    def __init__(self, interaction: discord.Interaction) -> None:
        self._interaction = interaction
        self._began = time.monotonic()
        self._shown = ""
        self._shown_at = self._began
        self._is_open = True

    async def update(self, text: str) -> None:
        """Show a line of progress, now and then."""
        now = time.monotonic()
        if not self._is_open or now - self._shown_at < _SHOW_S:
            return
        if now - self._began >= _EDITABLE_S:
            await self._edit(f"{text}\n{_LATER}")
            self._is_open = False
        elif text != self._shown:
            await self._edit(text)
        self._shown, self._shown_at = text, now

    async def show(self, text: str, view: ui.View | None = None) -> bool:
        """Show the last word; returns whether it was taken."""
        if not self._is_open or time.monotonic() - self._began >= _EDITABLE_S:
            return False
        return await self._edit(text, view)

    async def _edit(self, text: str, view: ui.View | None = None) -> bool:
        more: dict[str, Any] = {} if view is None else {"view": view}
        try:
            await self._interaction.edit_original_response(content=text, **more)
        except discord.HTTPException as exc:
            # Its time is over, or the one who saw it has dismissed it.
            if exc.code in {*TOO_LATE, _UNKNOWN_MESSAGE}:
                self._is_open = False
            return False
        except (OSError, UncertainError, RuntimeError):
            # A client that was closed meanwhile raises the last of these.
            return False
        return True


async def _write_to(house: House, person: int, text: str) -> None:
    """Write to somebody directly; who takes no messages from strangers is told nothing."""
    client = house.client
    assert client is not None
    try:
        opened = await client.http.start_private_message(person)
        await client.get_partial_messageable(int(opened["id"])).send(text, suppress_embeds=True)
    except (discord.HTTPException, OSError, RuntimeError) as exc:
        house.journal.tell("a direct message was not taken", person=person, reason=type(exc).__name__)


def _escape_lines(text: str) -> str:
    """Show lines that name files; as many as fit into a message."""
    return split_messages("\n".join(map(escape, text.split("\n"))), 1900)[0]


def _progress_text(progress: SyncProgress) -> str:
    share = f" of {progress.total:,}" if progress.total else ""
    what = "files" if progress.stage in _OF_FILES else "passages"
    left = "" if progress.seconds_left is None else f", about {_time_text(progress.seconds_left)} left"
    return f"{progress.stage.capitalize()}: {progress.done:,}{share} {what}{left}"


_OF_FILES = {"looking", "reading"}


def _time_text(seconds: float) -> str:
    return f"{seconds:.0f} s" if seconds < 100 else f"{seconds / 60:.0f} min"

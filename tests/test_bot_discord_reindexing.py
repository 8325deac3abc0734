"""`/reindex` outlives the quarter of an hour that Discord gives it, a dismissed message, and the process."""

from __future__ import annotations

import json
import threading
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest
from desk_fake import FakeDesk
from discord_bot import Bot, in_loop, running
from discord_server import DiscordServer
from discord_world import ALL, labels_of

from bot.discord import reindexing, trouble
from index.errors import StoreError


class _LongSync(FakeDesk):
    """Indexes until it is told that it is done; tells of its progress as the index does."""

    def __init__(self) -> None:
        super().__init__()
        self.started, self.end = threading.Event(), threading.Event()
        self.fails: Exception | None = None

    def sync(self, paths: Any = (), progress: Any = None) -> Any:
        self.started.set()
        told = SimpleNamespace(stage="embedding", done=512, total=49837, seconds_left=2600.0)
        while not self.end.wait(0.02):
            progress(cast("Any", told))
        if self.fails:
            raise self.fails
        return self.report


@pytest.fixture(autouse=True)
def _quickly(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reindexing, "_LOOK_S", 0.01)
    monkeypatch.setattr(reindexing, "_SHOW_S", 0.02)


@in_loop
async def test_progress_is_shown_to_the_one_who_asked_and_then_what_was_done(tmp_path: Path) -> None:
    desk = _LongSync()
    async with DiscordServer() as discord, running(discord, tmp_path, desk):
        discord.permissions["boss"] = ALL
        done = await discord.command("boss", "reindex")
        await discord.until(lambda: "Embedding: 512 of 49,837 passages, about 43 min left" in done.text)
        second = await discord.command("boss", "reindex")
        assert await discord.result_of(second) == trouble.REINDEXING
        desk.end.set()
        await discord.until(lambda: "passages in" in done.text)
        assert done.ephemeral and discord.direct_messages("boss") == []


@pytest.mark.parametrize("over", ["its time is over", "Discord ends it early", "it was dismissed"])
@in_loop
async def test_who_can_no_longer_be_shown_how_it_ended_is_written_to(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, over: str
) -> None:
    desk = _LongSync()
    async with DiscordServer() as discord, running(discord, tmp_path, desk):
        discord.permissions["boss"] = ALL
        if over == "its time is over":
            monkeypatch.setattr(reindexing, "_EDITABLE_S", 0.3)
        done = await discord.command("boss", "reindex")
        await discord.until(lambda: "Embedding" in done.text)
        if over == "its time is over":
            await discord.until(lambda: "I write to you" in done.text)
        elif over == "Discord ends it early":
            discord.token_life_s = 0
        else:
            done.deleted = True
        desk.end.set()
        await discord.until(lambda: discord.direct_messages("boss"))
        (told,) = discord.direct_messages("boss")
        assert "passages in" in told and "passages in" not in done.text
        assert discord.problems == []


@in_loop
async def test_a_sync_that_fails_late_is_told_of_as_well(tmp_path: Path) -> None:
    desk = _LongSync()
    desk.fails = StoreError("/srv/secret is full")
    async with DiscordServer() as discord, running(discord, tmp_path, desk):
        discord.permissions["boss"] = ALL
        first = await discord.command("boss", "reindex")
        await discord.until(lambda: "Embedding" in first.text)
        discord.token_life_s = 0
        desk.end.set()
        await discord.until(lambda: discord.direct_messages("boss"))
        (told,) = discord.direct_messages("boss")
        assert "were not brought in step" in told and "Reference" in told and "secret" not in told
        discord.token_life_s = 900
        second = await discord.command("boss", "reindex")
        assert "were not brought in step" in await discord.result_of(second)
        assert second.original is not None and labels_of(second.original) == ["Retry"]


def _left(bot: Bot) -> str | None:
    return bot.house.store.fact("reindexing")


@in_loop
async def test_a_stop_is_told_of_and_the_next_start_goes_on(tmp_path: Path) -> None:
    desk = _LongSync()
    async with DiscordServer() as discord:
        discord.permissions["boss"] = ALL
        async with running(discord, tmp_path, desk) as bot:
            done = await discord.command("boss", "reindex")
            await discord.until(lambda: "Embedding" in done.text)
            await bot.client.reception.stop(2)
            assert done.text == trouble.REINDEXING_STOPPED
            assert _left(bot)
            desk.end.set()
        async with running(discord, tmp_path, desk) as bot:
            await discord.until(lambda: discord.direct_messages("boss"))
            (told,) = discord.direct_messages("boss")
            assert "passages in" in told
            assert not _left(bot)
        async with running(discord, tmp_path, desk) as bot:
            await discord.answer_to(await discord.say("ann", discord.general, f"{discord.mention} ferry"))
            assert len(discord.direct_messages("boss")) == 1


@in_loop
async def test_what_ends_the_process_each_time_is_given_up(tmp_path: Path) -> None:
    desk = _LongSync()
    async with DiscordServer() as discord:
        boss = int(discord.person("boss")["id"])
        async with running(discord, tmp_path, desk) as bot:
            bot.house.store.set_fact("reindexing", json.dumps([boss, 3]))
        async with running(discord, tmp_path, desk) as bot:
            await discord.until(lambda: discord.direct_messages("boss"))
            assert discord.direct_messages("boss") == [trouble.REINDEXING_KILLED]
            assert not desk.started.is_set() and not _left(bot)

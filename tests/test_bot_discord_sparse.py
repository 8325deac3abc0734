"""Servers that speak Discord's protocol and are not Discord: what they leave out is done without."""

from __future__ import annotations

from pathlib import Path

import pytest
import yarl
from discord.gateway import DiscordWebSocket
from discord.http import Route
from discord_bot import in_loop, make_settings, running
from discord_server import DiscordServer
from discord_world import labels_of

from bot.discord.whereabouts import point_at


@in_loop
async def test_a_server_that_says_little_is_answered_in_every_door(tmp_path: Path) -> None:
    async with DiscordServer(sparse=True) as discord:
        thread = discord.add_channel("a thread", 11, parent=discord.general, owner=5)
        async with running(discord, tmp_path, discord_gateway=discord.gateway) as bot:
            for place in (discord.general, thread, discord.dm("ann")):
                question = await discord.say("ann", place, f"{discord.mention} ferry passengers")
                answer = await discord.answer_to(question)
                assert "**Sources**" in answer["content"]
                follow_up = await discord.say("ann", place, "and the ferry berth", reply_to=answer)
                await discord.answer_to(follow_up)
            assert len(bot.desk.histories[1]) == 1
            for place in (discord.general, discord.dm("ann")):
                asked = await discord.command("ann", "ask", place, question="ferry", private=True)
                assert "**Sources**" in await discord.result_of(asked)
                assert asked.ephemeral is (place == discord.general)
            shown = await discord.press("ben", answer, "Sources")
            await discord.until(lambda: "**Source 1" in shown.text)
            turned = await discord.press("ben", shown.original or {}, "Next ▶")
            await discord.until(lambda: "**Source 2" in (turned.original or shown.original or {})["content"])
            menu = await discord.menu("ben", question)
            assert "**Sources**" in await discord.result_of(menu)
            discord.permissions["boss"] = 1 << 5
            setup = await discord.command("boss", "setup", thread, answers=False)
            assert f"<#{thread}>" in await discord.result_of(setup)
            await discord.edit(question, "ferry berth")
            await discord.invalidate_session()
            missed = await discord.say("ann", discord.general, f"{discord.mention} ferry")
            await discord.answer_to(missed)
            assert discord.problems == []


@in_loop
async def test_an_event_from_a_channel_nobody_told_of_is_taken(tmp_path: Path) -> None:
    async with DiscordServer() as discord, running(discord, tmp_path) as bot:
        asked = await discord.command("ann", "ask", question="ferry")
        await discord.result_of(asked)
        assert asked.original is not None
        assert labels_of(asked.original)
        late = discord.add_channel("a private thread", 12, parent=discord.general, owner=5)
        for number in range(2):
            question = await discord.say("ann", late, f"{discord.mention} ferry {number}")
            await discord.answer_to(question)
        assert [len(history) for history in bot.desk.histories] == [0, 0, 1]
        discord.permissions["boss"] = 1 << 5
        await discord.result_of(await discord.command("boss", "setup", discord.general, answers=False))
        await discord.say("ann", late, f"{discord.mention} ferry")
        dm = str(discord.dm("ann"))
        await discord.until(lambda: [m for m in discord.messages.values() if m["channel_id"] == dm])
        assert len(bot.desk.asked) == 3, "a thread goes by the settings of its channel"
        assert discord.problems == []


@pytest.mark.parametrize(
    ("given", "base"),
    [
        ("http://127.0.0.1:1", "http://127.0.0.1:1/api/v10"),
        ("http://127.0.0.1:1/", "http://127.0.0.1:1/api/v10"),
        ("http://127.0.0.1:1/api/v9/", "http://127.0.0.1:1/api/v9"),
        ("http://127.0.0.1:1/proxy", "http://127.0.0.1:1/proxy"),
        ("", "https://elsewhere.example/api/v10"),
    ],
)
def test_the_address_is_taken_as_people_write_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, given: str, base: str
) -> None:
    monkeypatch.setattr(Route, "BASE", "https://elsewhere.example/api/v10")
    monkeypatch.setattr(DiscordWebSocket, "DEFAULT_GATEWAY", yarl.URL("ws://elsewhere.example/"))
    server = DiscordServer()
    server.api = given
    point_at(make_settings(server, tmp_path))
    assert base == Route.BASE
    assert str(DiscordWebSocket.DEFAULT_GATEWAY) == "ws://elsewhere.example/"

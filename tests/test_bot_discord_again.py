"""What failed or was missed is done again: by a button, or by the bot itself after a start."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from desk_fake import FakeDesk
from discord_bot import in_loop, running
from discord_server import DiscordServer
from discord_world import ALL, Json, labels_of

from index.errors import StoreError


def _count(discord: DiscordServer, question: Json) -> int:
    return len(discord.answers_to(question))


@in_loop
async def test_every_door_that_fails_has_a_button_to_try_again(tmp_path: Path) -> None:
    desk = FakeDesk()
    async with DiscordServer() as discord:
        discord.permissions["boss"] = ALL
        async with running(discord, tmp_path, desk) as bot:
            question = await discord.say("ann", discord.general, f"{discord.mention} ferry")
            answer = await discord.answer_to(question)
            menu = await discord.say("ann", discord.general, "ferry passengers")
            await discord.until(lambda: not bot.house.answering)
            store, transaction = bot.house.store, bot.house.store.transaction
            desk.raises = StoreError("/srv/secret is broken")
            desk.broken = True

            def fail() -> Any:
                raise StoreError("/srv/secret is broken")

            store.transaction = fail  # type: ignore[method-assign]
            failed = {
                "ask": await discord.command("ann", "ask", question="ferry", private=True),
                "menu": await discord.menu("ann", menu),
                "search": await discord.command("ann", "search", words="ferry"),
                "long": await discord.command("ann", "search", words="ferry " * 100),
                "sources": await discord.command("ann", "sources", article="0" * 15 + "1"),
                "status": await discord.command("ann", "status"),
                "forget": await discord.command("cid", "forget"),
                "gaps": await discord.command("boss", "gaps"),
                "setup": await discord.command("boss", "setup", reindexing=str(discord.keeper_role)),
                "reindex": await discord.command("boss", "reindex"),
                "press": await discord.press("ann", answer, "Sources"),
            }
            mention = await discord.say("ann", discord.general, f"{discord.mention} ferry again")
            form = await discord.press("ben", answer, "👎")
            for name, done in failed.items():
                assert "Reference" in await discord.result_of(done), name
                assert done.original is not None
                assert labels_of(done.original) == ["Retry"], name
            told = await discord.answer_to(mention)
            assert labels_of(told) == ["Retry"]
            desk.raises, desk.broken = None, False
            store.transaction = transaction  # type: ignore[method-assign]
            form = await discord.press("ben", answer, "👎")
            await discord.until(lambda: form.modal)
            store.transaction = fail  # type: ignore[method-assign]
            failed["form"] = await discord.submit("ben", form, "wrong number")
            assert "Reference" in await discord.result_of(failed["form"])
            store.transaction = transaction  # type: ignore[method-assign]
            expected = {
                "ask": "**Sources**",
                "menu": "**Sources**",
                "search": "Passages nearest",
                "long": "Passages nearest",
                "sources": "Coastal Wire",
                "status": "articles",
                "forget": "Nothing was kept",
                "gaps": " here",
                "setup": "<@&",
                "reindex": "passages in",
                "press": "**Source 1",
                "form": "Thank you",
            }
            for name, shown in expected.items():
                again = await discord.press(failed[name].person, failed[name].original or {}, "Retry")
                # A sync tells of its progress first.
                await discord.until(lambda again=again: again.text and "Looking" not in again.text)
                assert shown in again.text, name
                assert again.ephemeral or name == "menu", name
            refused = await discord.press("ben", told, "Retry")
            assert "Only the person who asked" in await discord.result_of(refused)
            await discord.press("ann", told, "Retry")
            await discord.until(lambda: "**Sources**" in discord.answers_to(mention)[-1]["content"])
        async with running(discord, tmp_path, desk):
            again = await discord.press("ann", failed["search"].original or {}, "Retry")
            assert "Passages nearest" in await discord.result_of(again)
            gone = await discord.press("ann", failed["long"].original or {}, "Retry")
            assert "give the command again" in await discord.result_of(gone)
        assert discord.problems == []


@in_loop
async def test_what_was_asked_while_nobody_listened_is_answered_once(tmp_path: Path) -> None:
    async with DiscordServer() as discord:
        thread = discord.add_channel("a thread", 12, parent=discord.general, owner=5)
        fresh = discord.add_channel("nobody spoke here")
        dm = discord.dm("ann")
        async with running(discord, tmp_path) as bot:
            await bot.client.recovery.keep()
            before = [
                await discord.say("ann", place, f"{discord.mention} ferry")
                for place in (discord.general, thread, dm)
            ]
            before.append(await discord.say("ann", discord.general, discord.mention))
            for question in before:
                await discord.answer_to(question)
        old = await discord.say(
            "ann", fresh, f"{discord.mention} ferry", id=str(discord.snowflake(ago_s=1800))
        )
        talk = await discord.say("ben", thread, "what a day")
        missed = [
            await discord.say("ann", place, f"{discord.mention} ferry passengers")
            for place in (discord.general, thread, fresh, dm)
        ]
        robot = discord.person("robot") | {"bot": True}
        await discord.say("ann", discord.general, f"{discord.mention} ferry", author=robot)
        async with running(discord, tmp_path) as bot:
            for question in missed:
                assert "**Sources**" in (await discord.answer_to(question))["content"]
            last = await discord.say("ann", discord.general, f"{discord.mention} levy")
            await discord.answer_to(last)
            assert [_count(discord, each) for each in (*before, *missed)] == [1] * 8
            assert _count(discord, old) == _count(discord, talk) == 0
            assert len(bot.desk.asked) == 5
        assert discord.problems == []


@in_loop
async def test_an_answer_that_was_sent_before_a_kill_is_not_sent_again(tmp_path: Path) -> None:
    async with DiscordServer() as discord:
        async with running(discord, tmp_path) as bot:
            question = await discord.say("ann", discord.general, f"{discord.mention} ferry")
            answer = await discord.answer_to(question)
            await discord.until(lambda: not bot.house.answering)
            record = bot.house.store.record_of_message(int(question["id"]))
            assert record is not None
            # As a kill leaves it: sent, and not yet noted. The server has no notion of a nonce.
            with bot.house.store.transaction() as sql:
                sql.execute("UPDATE records SET is_open = 1")
                sql.execute("DELETE FROM posts WHERE message = ?", (int(answer["id"]),))
            discord._nonces.clear()
        async with running(discord, tmp_path) as bot:
            await discord.until(lambda: bot.house.store.record_of_message(int(answer["id"])))
            reply = await discord.say("ann", discord.general, "and the ferry berth", reply_to=answer)
            await discord.answer_to(reply)
            assert _count(discord, question) == 1
            assert len(bot.desk.asked) == 1 and len(bot.desk.histories[0]) == 1


@in_loop
async def test_what_was_edited_or_deleted_while_nobody_listened_is_noticed(tmp_path: Path) -> None:
    async with DiscordServer() as discord:
        async with running(discord, tmp_path) as bot:
            await bot.client.recovery.keep()
            edited, late, deleted, kept = [
                await discord.say("ann", discord.general, f"{discord.mention} ferry {number}")
                for number in range(4)
            ]
            answers = [await discord.answer_to(each) for each in (edited, late, deleted, kept)]
            await discord.until(lambda: not bot.house.answering)
        await discord.edit(edited, f"{discord.mention} what of the levy")
        await discord.edit(late, f"{discord.mention} what of the levy, long after")
        late["edited_timestamp"] = "2099-01-01T00:00:00+00:00"
        await discord.delete(deleted)
        async with running(discord, tmp_path) as bot:
            await discord.until(lambda: int(answers[2]["id"]) in discord.deleted)
            await discord.until(lambda: "tram levy" in answers[0]["content"])
            assert "tram levy" not in answers[1]["content"]
            assert [_count(discord, each) for each in (edited, late, kept)] == [1, 1, 1]
            assert [question for question, _ in bot.desk.asked] == ["what of the levy"]
            assert bot.house.store.record_of_message(int(deleted["id"])) is None
        assert discord.problems == []


@in_loop
async def test_a_question_that_is_gone_when_it_is_taken_up_again_is_closed(tmp_path: Path) -> None:
    async with DiscordServer() as discord:
        async with running(discord, tmp_path) as bot:
            question = await discord.say("ann", discord.general, f"{discord.mention} ferry")
            await discord.answer_to(question)
            await discord.until(lambda: not bot.house.answering)
            with bot.house.store.transaction() as sql:
                sql.execute("UPDATE records SET is_open = 1, state = 'running'")
        await discord.delete(question)
        async with running(discord, tmp_path) as bot:
            await discord.until(lambda: not bot.house.store.unfinished())


@in_loop
async def test_the_log_tells_when_the_bot_is_ready(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO", "dateline.discord")
    async with DiscordServer() as discord, running(discord, tmp_path):
        await discord.until(lambda: [each for each in caplog.records if each.getMessage() == "ready"])
        ready = [each for each in caplog.records if each.getMessage() == "ready"]
        assert [vars(each)["facts"] for each in ready] == [{"servers": 1, "shards": 1}]

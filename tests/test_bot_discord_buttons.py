"""Buttons, commands, settings: what people and those who look after a server can press and type."""

from __future__ import annotations

from pathlib import Path

from desk_fake import FERRY_TITLE, FakeDesk
from discord_bot import in_loop, running
from discord_server import DiscordServer
from discord_world import buttons_of, labels_of

from bot.discord.feedback import feedback_cases
from bot.discord.model import Vote

MANAGE_GUILD, MANAGE_MESSAGES = 1 << 5, 1 << 13


@in_loop
async def test_buttons_and_conversations_outlive_a_restart(tmp_path: Path) -> None:
    async with DiscordServer() as discord:
        async with running(discord, tmp_path):
            question = await discord.say("ann", discord.general, f"{discord.mention} ferry passengers")
            answer = await discord.answer_to(question)
            form = await discord.press("ben", answer, "👎")
            await discord.until(lambda: form.modal)
        async with running(discord, tmp_path) as bot:
            sources = await discord.press("ben", answer, "Sources")
            page = await discord.result_of(sources)
            assert page.startswith("**Source 1 of 2**") and sources.ephemeral
            sent = await discord.submit("ben", form, "wrong @everyone year")
            assert "Thank you" in await discord.result_of(sent)
            up = await discord.press("cid", answer, "👍")
            assert "counted" in await discord.result_of(up) and up.ephemeral
            follow_up = await discord.say("ann", discord.general, "and the ferry berth?", reply_to=answer)
            await discord.answer_to(follow_up)
            assert len(bot.desk.histories[0]) == 1
            again = await discord.press("ann", answer, "Ask again")
            assert "**Sources**" in await discord.result_of(again)
            other = await discord.press("ben", answer, "Ask again")
            assert "Only the person who asked" in await discord.result_of(other)
            record = await bot.house.pool.run(bot.house.store.record_of_message, int(answer["id"]))
            assert record is not None
            assert bot.house.feedback.count(record.inquiry.id) == {Vote.UP: 1, Vote.DOWN: 1}
        assert discord.problems == []
    (case,) = feedback_cases(tmp_path / "bot.sqlite")
    assert case["question"] == "ferry passengers"


@in_loop
async def test_pages_of_sources_turn(tmp_path: Path) -> None:
    async with DiscordServer() as discord, running(discord, tmp_path):
        question = await discord.say("ann", discord.general, f"{discord.mention} ferry passengers")
        sources = await discord.press("ben", await discord.answer_to(question), "Sources")
        await discord.result_of(sources)
        assert sources.original is not None
        assert [bool(each.get("disabled")) for each in buttons_of(sources.original)] == [True, False]
        await discord.press("ben", sources.original, "Next ▶")
        await discord.until(lambda: sources.text.startswith("**Source 2 of 2**"))
        await discord.press("ben", sources.original, "◀ Back")
        await discord.until(lambda: sources.text.startswith("**Source 1 of 2**"))
        assert (
            "**Harbour pilots in Port Ellery" in sources.text and "`wire/ferry.txt`, line 1" in sources.text
        )
        assert discord.problems == []


@in_loop
async def test_what_is_not_found_offers_the_nearest_passages(tmp_path: Path) -> None:
    class Unsure(FakeDesk):
        def ask(self, question: str, **more: object) -> object:  # type: ignore[override]
            from dataclasses import replace

            found = super().ask("zzz", **more)  # type: ignore[arg-type]
            return replace(found, question=question, hits=self._find("ferry", 3))

    async with DiscordServer() as discord, running(discord, tmp_path, Unsure()):  # type: ignore[arg-type]
        question = await discord.say("ann", discord.general, f"{discord.mention} who won?")
        answer = await discord.answer_to(question)
        assert answer["content"] == "The articles do not say: nothing on this topic."
        nearest = await discord.press("ben", answer, "Nearest passages")
        assert (await discord.result_of(nearest)).startswith("**Passage 1 of ")
        discord.permissions["mod"] = MANAGE_MESSAGES
        gaps = await discord.command("mod", "gaps")
        assert "“who won?”" in await discord.result_of(gaps) and gaps.ephemeral
        outsider = await discord.command("ann", "gaps")
        assert "Manage Messages" in await discord.result_of(outsider)


@in_loop
async def test_the_asker_and_moderators_delete(tmp_path: Path) -> None:
    async with DiscordServer() as discord, running(discord, tmp_path):
        discord.permissions["mod"] = MANAGE_MESSAGES
        for name in ("ann", "mod"):
            question = await discord.say("ann", discord.general, f"{discord.mention} ferry")
            answer = await discord.answer_to(question)
            refused = await discord.press("ben", answer, "Delete")
            assert "Only the person who asked, or a moderator" in await discord.result_of(refused)
            await discord.press(name, answer, "Delete")
            await discord.until(lambda answer=answer: int(answer["id"]) in discord.deleted)
        gone = await discord.press("ann", answer, "Sources")
        assert "no longer have this answer" in await discord.result_of(gone)
        private = await discord.command("ann", "ask", question="ferry", private=True)
        await discord.result_of(private)
        assert private.original is not None
        press = await discord.press("ann", private.original, "Delete")
        await discord.until(lambda: press.deleted)
        assert discord.problems == []


@in_loop
async def test_search_sources_status_help_and_forget(tmp_path: Path) -> None:
    async with DiscordServer() as discord, running(discord, tmp_path) as bot:
        search = await discord.command("ann", "search", words="ferry *levy*")
        assert "1." in await discord.result_of(search) and search.ephemeral
        choices = await discord.complete("ann", "sources", "article", "FERRY turned")
        assert FERRY_TITLE in [choice["name"] for choice in choices]
        assert len(await discord.complete("ann", "sources", "article", "")) == 3
        article = await discord.command("ann", "sources", article=choices[0]["value"])
        assert "`wire/ferry.txt`" in await discord.result_of(article)
        typed = await discord.command("ann", "sources", article="tram levy")
        assert "<https://www.aldermere-post.example/tram>" in await discord.result_of(typed)
        none = await discord.command("ann", "sources", article="nothing like it")
        assert "No article" in await discord.result_of(none)
        status = await discord.command("ann", "status")
        assert "3 articles" in await discord.result_of(status)
        help_ = await discord.command("ann", "help")
        assert "/ask" in await discord.result_of(help_)
        assert (
            help_.original is not None and len(labels_of(help_.original)) == 2
        )  # as many as the fake answers
        sample = await discord.press("ann", help_.original, labels_of(help_.original)[0])
        assert "**Sources**" in await discord.result_of(sample) and sample.ephemeral
        forget = await discord.command("ann", "forget")
        assert "Deleted: 1 of" in await discord.result_of(forget)
        assert (
            await bot.house.pool.run(
                bot.house.store.latest, discord.general, since=0, asker=None, private=True
            )
            is None
        )
        assert discord.problems == []


@in_loop
async def test_a_server_is_set_up_by_those_who_manage_it(tmp_path: Path) -> None:
    async with DiscordServer() as discord:
        quiet = discord.add_channel("quiet")
        async with running(discord, tmp_path) as bot:
            refused = await discord.command("ann", "setup", answers=False)
            assert "Manage Server" in await discord.result_of(refused)
            discord.permissions["boss"] = MANAGE_GUILD
            shown = await discord.command("boss", "setup", folder="wire", thread=True)
            assert "folder “wire”" in await discord.result_of(shown)
            assert "no folder" in await discord.result_of(await discord.command("boss", "setup", folder="x"))
            folders = await discord.complete("boss", "setup", "folder", "")
            assert [each["value"] for each in folders] == ["everything", "wire"]
            question = await discord.say("ann", discord.general, f"{discord.mention} ferry")
            await discord.until(lambda: discord.answers_to(question))
            assert discord.channels[int(question["id"])]["name"] == "ferry", "no thread was opened"
            assert bot.desk.folders == ["wire"]
            await discord.result_of(await discord.command("boss", "setup", quiet, answers=False))
            await discord.say("ann", quiet, f"{discord.mention} ferry")
            dm = discord.dm("ann")
            await discord.until(
                lambda: [each for each in discord.messages.values() if each["channel_id"] == str(dm)]
            )
            no = await discord.command("ann", "ask", quiet, question="ferry")
            assert "do not answer in this channel" in await discord.result_of(no) and no.ephemeral
        async with running(discord, tmp_path) as bot:
            await discord.result_of(await discord.command("boss", "setup", quiet, answers=True, private=True))
            public = await discord.say("ann", quiet, f"{discord.mention} ferry")
            assert "use `/ask`" in (await discord.answer_to(public))["content"]
            asked = await discord.command("ann", "ask", quiet, question="ferry")
            await discord.result_of(asked)
            assert asked.ephemeral
            thread = await discord.say("ann", discord.general, f"{discord.mention} ferry levy")
            await discord.until(lambda: discord.answers_to(thread))
            assert discord.problems == []


@in_loop
async def test_reindexing_is_for_keepers_and_tells_what_it_did(tmp_path: Path) -> None:
    async with DiscordServer() as discord, running(discord, tmp_path, FakeDesk(sync_steps=2)):
        discord.permissions["boss"] = MANAGE_GUILD
        no = await discord.command("keeper", "reindex")
        assert "Manage Server" in await discord.result_of(no)
        await discord.result_of(await discord.command("boss", "setup", reindexing=str(discord.keeper_role)))
        done = await discord.command("keeper", "reindex")
        await discord.until(lambda: "passages in" in done.text)
        assert "2 added" in done.text and "broken.pdf" in done.text and done.ephemeral


@in_loop
async def test_commands_are_written_when_they_have_changed(tmp_path: Path) -> None:
    async with DiscordServer() as discord:
        for _ in range(2):
            async with running(discord, tmp_path):
                assert discord.command_writes == 1
        names = {command["name"] for command in discord.commands}
        assert names == {
            "ask",
            "search",
            "sources",
            "status",
            "help",
            "forget",
            "gaps",
            "setup",
            "reindex",
            "Ask about this",
        }
        for command in discord.commands:
            assert command["integration_types"] == [0]
            only_servers = command["name"] in ("gaps", "setup", "reindex")
            assert command.get("contexts") == ([0] if only_servers else [0, 1])
        async with running(discord, tmp_path) as bot:
            bot.house.store.set_fact(f"commands of {discord.app_id}", "another")
        async with running(discord, tmp_path):
            assert discord.command_writes == 2


@in_loop
async def test_what_was_forgotten_can_still_be_taken_away_by_its_asker(tmp_path: Path) -> None:
    async with DiscordServer() as discord, running(discord, tmp_path):
        question = await discord.say("ann", discord.general, f"{discord.mention} ferry")
        answer = await discord.answer_to(question)
        await discord.result_of(await discord.command("ann", "forget"))
        assert "a moderator" in await discord.result_of(await discord.press("ben", answer, "Delete"))
        assert "Deleted" in await discord.result_of(await discord.press("ann", answer, "Delete"))
        assert int(answer["id"]) in discord.deleted
        assert discord.problems == []

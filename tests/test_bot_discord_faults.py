"""What goes wrong: Discord's server, its gateway, permissions, the engine, many people at once."""

from __future__ import annotations

import asyncio
import errno
import re
import threading
import time
from pathlib import Path
from typing import Any

import pytest
from desk_fake import FakeDesk
from discord_bot import in_loop, running
from discord_server import DiscordServer
from discord_world import ALL, HISTORY, SEND, THREADS, Fault, labels_of

import bot.discord.doors
from bot.discord.client import DatelineClient
from bot.discord.model import Door, Inquiry
from index.errors import EmbeddingError, LLMTroubleError, QueryError, StoreError, StoreMissingError

_SEND = r"/channels/\d+/messages$"


def _count(discord: DiscordServer, question: dict[str, Any]) -> int:
    return len(discord.answers_to(question))


@pytest.mark.parametrize(
    "fault",
    [
        Fault("POST", _SEND, status=429, via=True),
        Fault("POST", _SEND, status=429, via=False, times=2),
        Fault("POST", _SEND, status=503, times=2),
        Fault("POST", _SEND, status=500),
        Fault("POST", _SEND, reset="before"),
        Fault("POST", _SEND, reset="after"),
        Fault("POST", "/typing", status=500, times=99),
        # The answer is there before the limit is over, and nobody waits for the sign of life any more.
        Fault("POST", "/typing", status=429, everywhere=True, retry_after=1),
        Fault("POST", "/typing", status=403, times=99),
    ],
    ids=lambda fault: f"{fault.path[-9:]}-{fault.status or fault.reset}-{fault.via}",
)
@in_loop
async def test_a_faulty_server_neither_loses_nor_doubles_an_answer(tmp_path: Path, fault: Fault) -> None:
    async with DiscordServer() as discord, running(discord, tmp_path):
        discord.faults = [Fault(**{**vars(fault)})]
        question = await discord.say("ann", discord.general, f"{discord.mention} ferry")
        assert "**Sources**" in (await discord.answer_to(question))["content"]
        after = await discord.say("ann", discord.general, f"{discord.mention} levy")
        await discord.answer_to(after)
        assert (_count(discord, question), _count(discord, after)) == (1, 1)


@pytest.mark.parametrize(
    "fault",
    [
        Fault("POST", "/callback", status=429, via=False),
        Fault("POST", "/callback", status=500, times=2),
        Fault("POST", "/callback", reset="before"),
        Fault("POST", "/callback", reset="after"),
        Fault("PATCH", "@original", status=429, via=False),
        Fault("PATCH", "@original", status=503),
        Fault("PATCH", "@original", reset="before"),
        Fault("PATCH", "@original", reset="after"),
    ],
    ids=lambda fault: f"{fault.path[-9:]}-{fault.status or fault.reset}",
)
@in_loop
async def test_an_interaction_is_answered_all_the_same(tmp_path: Path, fault: Fault) -> None:
    async with DiscordServer() as discord, running(discord, tmp_path):
        discord.faults = [Fault(**{**vars(fault)})]
        asked = await discord.command("ann", "ask", question="ferry passengers")
        assert "**Sources**" in await discord.result_of(asked)
        assert not asked.followups


@in_loop
async def test_a_followup_that_may_be_lost_comes_as_a_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from bot.discord import letter

    monkeypatch.setattr(letter, "_blocks", lambda answer: ["word " * 390, "word " * 390 + "end"])
    async with DiscordServer() as discord, running(discord, tmp_path):
        discord.faults = [Fault("POST", r"/webhooks/\d+/[^/]+$", reset="before")]
        asked = await discord.command("ann", "ask", question="ferry")
        await discord.until(lambda: asked.original and asked.original["attachments"])
        assert asked.original is not None
        assert asked.original["attachments"][0]["text"].endswith("end")
        assert "Sources" in labels_of(asked.original)


@in_loop
async def test_the_gateway_drops_and_nothing_is_lost(tmp_path: Path) -> None:
    async with DiscordServer() as discord, running(discord, tmp_path, FakeDesk(answer_s=0.3)) as bot:
        first = await discord.say("ann", discord.general, f"{discord.mention} ferry one")
        await discord.until(lambda: bot.desk.asked)
        await discord.drop_gateway()
        second = await discord.say("ann", discord.general, f"{discord.mention} ferry two")
        for question in (first, second):
            await discord.answer_to(question)
        await discord.until(lambda: discord.resumes == 1)
        await discord.ask_to_reconnect()
        await discord.until(lambda: discord.resumes == 2)
        # A session that has ended: what is said until the next one is never told, and read afterwards.
        await discord.invalidate_session()
        missed = await discord.say("ann", discord.general, f"{discord.mention} ferry three")
        await discord.answer_to(missed)
        assert discord.identifies == 2
        assert [_count(discord, question) for question in (first, second, missed)] == [1, 1, 1]
        assert len(bot.desk.asked) == 3


@in_loop
async def test_an_event_that_cannot_be_read_ends_nothing(tmp_path: Path) -> None:
    async with DiscordServer() as discord, running(discord, tmp_path):
        await discord.send_event("MESSAGE_CREATE", {"id": "1"})
        await discord.send_event("CHANNEL_UPDATE", {"id": "x"})
        await discord.send_event("SOMETHING_NEW", {"id": "1"})
        # Half a character: some JSON readers take it, and others do not.
        question = await discord.say("ann", discord.general, f"{discord.mention} \ud83d ferry")
        await discord.answer_to(question)
        assert discord.identifies == 1


@in_loop
async def test_a_server_that_takes_no_commands_is_answered_all_the_same(tmp_path: Path) -> None:
    async with DiscordServer() as discord:
        discord.faults = [Fault("PUT", "/commands", status=404)]
        async with running(discord, tmp_path):
            question = await discord.say("ann", discord.general, f"{discord.mention} ferry")
            await discord.answer_to(question)


@in_loop
async def test_a_server_that_was_not_told_of_is_no_direct_message(tmp_path: Path) -> None:
    async with DiscordServer() as discord, running(discord, tmp_path) as bot:
        await discord.say("ann", discord.general, "ferry, anybody?", guild_id="77")
        question = await discord.say("ann", discord.general, f"{discord.mention} ferry", guild_id="77")
        await discord.answer_to(question)
        assert len(bot.desk.asked) == 1


@in_loop
async def test_an_event_that_comes_twice_is_answered_once(tmp_path: Path) -> None:
    async with DiscordServer() as discord, running(discord, tmp_path) as bot:
        question = await discord.say("ann", discord.general, f"{discord.mention} ferry")
        await discord.send_event("MESSAGE_CREATE", question)
        await discord.answer_to(question)
        empty = await discord.say("ann", discord.general, discord.mention)
        await discord.send_event("MESSAGE_CREATE", empty)
        await discord.answer_to(empty)
        after = await discord.say("ann", discord.general, f"{discord.mention} levy")
        await discord.answer_to(after)
        assert (_count(discord, question), _count(discord, empty), len(bot.desk.asked)) == (1, 1, 2)


@in_loop
async def test_missing_permissions_are_named_or_gone_round(tmp_path: Path) -> None:
    async with DiscordServer() as discord:
        silent, blind, threadless = (discord.add_channel(name) for name in ("silent", "blind", "threadless"))
        discord.deny(silent, SEND)
        discord.deny(blind, HISTORY)
        discord.deny(threadless, THREADS)
        async with running(discord, tmp_path):
            await discord.say("ann", silent, f"{discord.mention} ferry")
            dm = str(discord.dm("ann"))
            await discord.until(
                lambda: [each for each in discord.messages.values() if each["channel_id"] == dm]
            )
            (told,) = [each for each in discord.messages.values() if each["channel_id"] == dm]
            assert f"<#{silent}>" in told["content"] and "“Send Messages”" in told["content"]
            await discord.say("ann", blind, f"{discord.mention} ferry")
            await discord.until(
                lambda: [
                    m for m in discord.messages.values() if m["channel_id"] == str(blind) and m["components"]
                ]
            )
            discord.permissions["boss"] = ALL
            await discord.result_of(await discord.command("boss", "setup", threadless, thread=True))
            question = await discord.say("ann", threadless, f"{discord.mention} ferry")
            assert (await discord.answer_to(question))["channel_id"] == str(threadless)


@pytest.mark.parametrize(
    ("error", "shown"),
    [
        (QueryError("the question has 5000 characters; 4000 are read: shorten it"), "4000 are read"),
        (StoreMissingError("nothing is indexed in /srv/secret yet"), "have not been indexed"),
        (StoreError("/srv/secret/catalog.sqlite cannot be read"), "index cannot be read"),
        (EmbeddingError("/srv/secret/model"), "could not be run"),
        (LLMTroubleError("http://secret:1/v1 said key sk-secret"), "language model did not answer"),
        (RuntimeError("secret prompt"), "something went wrong in me"),
        (OSError(errno.ENOSPC, "no space", "/srv/secret"), "something went wrong in me"),
    ],
)
@in_loop
async def test_an_error_is_a_sentence_a_reference_and_a_button(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, error: Exception, shown: str
) -> None:
    desk = FakeDesk(raises=error)
    async with DiscordServer() as discord, running(discord, tmp_path, desk):
        question = await discord.say("ann", discord.general, f"{discord.mention} ferry")
        told = await discord.answer_to(question)
        assert shown in told["content"] and "secret" not in told["content"]
        if not isinstance(error, QueryError):
            reference = re.search(r"Reference ([0-9a-f]{8})", told["content"])
            assert reference is not None
            assert any(getattr(each, "facts", {}).get("reference") == reference[1] for each in caplog.records)
        desk.raises = None
        again = await discord.press("ann", told, "Retry")
        assert "**Sources**" in await discord.result_of(again)
        desk.raises = error
        search = await discord.command("ann", "search", words="ferry")
        await discord.until(lambda: search.text)
        assert "secret" not in search.text and search.ephemeral and not search.followups


@in_loop
async def test_a_store_that_cannot_be_read_is_told_to_whoever_asks(tmp_path: Path) -> None:
    async with DiscordServer() as discord, running(discord, tmp_path) as bot:
        first = await discord.say("ann", discord.general, f"{discord.mention} ferry")
        answer = await discord.answer_to(first)
        await discord.until(lambda: not bot.house.answering)
        await bot.house.pool.run(bot.house.store.close)
        # Replies are looked up first, mentions when they are claimed.
        second = await discord.say("ann", discord.general, "and the levy?", reply_to=answer)
        third = await discord.say("ann", discord.general, f"{discord.mention} ferry")
        for question in (second, third):
            assert "Reference" in (await discord.answer_to(question))["content"]
        pressed = await discord.press("ann", answer, "Sources")
        assert "Reference" in await discord.result_of(pressed)


@in_loop
async def test_who_asks_too_much_is_told_when(tmp_path: Path) -> None:
    async with (
        DiscordServer() as discord,
        running(discord, tmp_path, discord_per_person=2, discord_per_server=3) as bot,
    ):
        for _ in range(2):
            await discord.answer_to(await discord.say("ann", discord.general, f"{discord.mention} ferry"))
        refused = await discord.say("ann", discord.general, f"{discord.mention} ferry")
        text = (await discord.answer_to(refused))["content"]
        when = re.search(r"<t:(\d+):R>", text)
        assert when and 0 < int(when[1]) - time.time() <= 62
        # The same limit behind every door.
        assert "<t:" in await discord.result_of(await discord.command("ann", "ask", question="ferry"))
        await discord.result_of(await discord.command("ben", "ask", question="ferry"))
        assert "This server" in await discord.result_of(await discord.command("cid", "ask", question="ferry"))
        assert len(bot.desk.asked) == 3


@in_loop
async def test_a_kill_leaves_nothing_open(tmp_path: Path) -> None:
    async with DiscordServer() as discord:
        async with running(discord, tmp_path) as bot:
            # As a kill leaves it: claimed, and no answer.
            question = await discord.say("ann", discord.dm("ann"), "hold")
            await discord.answer_to(question)
            asked = await discord.command("ben", "ask", question="ferry passengers")
            await discord.result_of(asked)
            assert asked.original is not None
            store = bot.house.store
            left = await discord.say("ann", discord.general, "ferry passengers")
            inquiry = Inquiry(
                trigger=int(left["id"]),
                message=int(left["id"]),
                door=Door.MENTION,
                guild=discord.guild,
                channel=discord.general,
                asker=1,
                question="ferry passengers",
            )
            store.claim(inquiry, now=time.time())
            slash = Inquiry(
                trigger=4,
                door=Door.SLASH,
                guild=discord.guild,
                channel=discord.general,
                asker=1,
                question="x",
            )
            store.claim(slash, now=time.time(), token=asked.token)
        asked.original["content"] = ""
        async with running(discord, tmp_path):
            assert "**Sources**" in (await discord.answer_to(left))["content"]
            assert "restarted" in await discord.result_of(asked)
            assert labels_of(asked.original) == ["Retry"]


class _Held(FakeDesk):
    """Answers the first question only when told to, and the others never before the end."""

    def __init__(self) -> None:
        super().__init__()
        self.first, self.end = threading.Event(), threading.Event()

    def ask(self, question: str, **more: Any) -> Any:
        held = self.end if self.asked else self.first
        answer = super().ask(question, **more)
        held.wait(30)
        return answer


@in_loop
async def test_stopping_lets_answers_end_and_turns_the_rest_into_a_sentence(tmp_path: Path) -> None:
    desk = _Held()
    async with DiscordServer() as discord, running(discord, tmp_path, desk) as bot:
        first = await discord.say("ann", discord.general, f"{discord.mention} ferry")
        await discord.until(lambda: desk.asked)
        second = await discord.say("ben", discord.general, f"{discord.mention} ferry")
        third = await discord.command("cid", "ask", question="ferry")
        await discord.until(lambda: third.acked and len(discord.typing) == 2)
        stopping = asyncio.create_task(bot.client.reception.stop(0.5))
        desk.first.set()
        assert "**Sources**" in (await discord.answer_to(first))["content"]
        assert "being restarted" in (await discord.answer_to(second))["content"]
        assert labels_of(await discord.answer_to(second)) == ["Retry"]
        assert "being restarted" in await discord.result_of(third)
        await stopping
        late = await discord.say("ann", discord.general, f"{discord.mention} ferry")
        assert "ask again in a minute" in (await discord.answer_to(late))["content"]
        desk.end.set()


@in_loop
async def test_the_sign_of_life_waits_for_nothing_that_is_looked_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bot.discord.doors, "_NOTING_S", 30)
    desk = _Held()
    async with DiscordServer() as discord, running(discord, tmp_path, desk) as process:
        desk.first.set()
        answer = await discord.answer_to(
            await discord.say("ann", discord.general, f"{discord.mention} ferry")
        )
        process.house.store.forget_person(int(discord.person("ann")["id"]))
        held = await discord.say("ben", discord.general, f"{discord.mention} ferry")
        await discord.until(lambda: len(discord.typing) == 2)
        # An answer that is no longer known may be one that is only being noted: that takes as long as the other.
        await discord.say("cid", discord.general, "and the levy?", reply_to=answer)
        await discord.until(lambda: len(discord.typing) == 3)
        assert not discord.answers_to(held)
        desk.end.set()


@in_loop
async def test_a_new_session_begins_after_a_pause_that_discord_asks_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pauses: list[float] = []

    async def note(pause_s: float) -> None:
        pauses.append(pause_s)

    async with DiscordServer() as discord, running(discord, tmp_path) as process:
        with monkeypatch.context() as patch:
            patch.setattr(asyncio, "sleep", note)
            await DatelineClient.before_identify_hook(process.client, 0, initial=True)
            await DatelineClient.before_identify_hook(process.client, 0)
            process.client._identified_at -= 60
            await DatelineClient.before_identify_hook(process.client, 0)
            process.client.shard_count = 2
            await DatelineClient.before_identify_hook(process.client, 1)
    first, soon, later, of_many = pauses
    assert first == 0 and 1 < soon <= 5 and 1 <= later <= 2 and of_many == 5


@in_loop
async def test_after_a_long_outage_the_next_try_is_never_far_off(tmp_path: Path) -> None:
    async with DiscordServer() as discord, running(discord, tmp_path) as process:
        shard = process.client.get_shard(0)
        assert shard is not None
        backoff = shard._parent._backoff
        assert max(backoff.delay() for _ in range(200)) <= 32


class _Busy(FakeDesk):
    """Syncs as busily as Python can."""

    def sync(self, *_: Any, **__: Any) -> Any:
        until = time.monotonic() + 2
        while time.monotonic() < until:
            sum(range(1000))
        return super().sync()


@in_loop
async def test_heartbeats_keep_time_while_the_index_is_brought_in_step(tmp_path: Path) -> None:
    async with DiscordServer(heartbeat_s=0.2) as discord, running(discord, tmp_path, _Busy()):
        discord.permissions["boss"] = ALL
        began = time.monotonic()
        done = await discord.command("boss", "reindex")
        question = await discord.say("ann", discord.general, f"{discord.mention} ferry")
        await discord.answer_to(question)
        assert "passages in" not in done.text, "the answer waited for the sync"
        await discord.until(lambda: "passages in" in done.text)
        # Ten are due. A busy machine may hold some up; a loop that was blocked has none.
        assert sum(at > began for at in discord.heartbeats) >= 3


class _Slow(FakeDesk):
    """Takes a while for each answer, as the engine does."""

    def __init__(self) -> None:
        super().__init__(answer_s=0.02)


@in_loop
async def test_forty_people_ask_two_hundred_questions_while_discord_is_faulty(tmp_path: Path) -> None:
    async with DiscordServer(heartbeat_s=0.5) as discord, running(discord, tmp_path, _Slow()) as bot:
        questions: list[dict[str, Any]] = []
        commands = []
        began = time.monotonic()

        async def trouble() -> None:
            """Two dropped gateways, one session that ends, and what a busy REST server answers."""
            for number in range(20):
                discord.faults.append(Fault("POST", _SEND, status=429, via=number % 2 == 0))
                discord.faults.append(Fault("PATCH", "@original", status=(429, 503)[number % 2], via=False))
                if number % 5 == 0:
                    discord.faults.append(Fault("POST", _SEND, status=500))
                    discord.faults.append(Fault("POST", _SEND, reset=("before", "after")[number % 2]))
                if number in (4, 9):
                    await discord.drop_gateway()
                if number == 14:
                    await discord.invalidate_session()
                await asyncio.sleep(0.25)

        async def person(name: str) -> None:
            for number in range(5):
                if number == 4 and discord._sessions:
                    commands.append(await discord.command(name, "ask", question=f"ferry {name} {number}"))
                else:
                    questions.append(
                        await discord.say(name, discord.general, f"{discord.mention} ferry {name} {number}")
                    )
                await asyncio.sleep(1)

        await asyncio.gather(trouble(), *(person(f"p{number}") for number in range(40)))
        assert len(questions) + len(commands) == 200
        await discord.until(lambda: all(_count(discord, question) for question in questions), timeout=40)
        await discord.until(lambda: all(each.text for each in commands), timeout=20)
        assert [_count(discord, question) for question in questions] == [1] * len(questions)
        assert all("**Sources**" in discord.answers_to(question)[0]["content"] for question in questions)
        assert all("**Sources**" in each.text for each in commands)
        asked = [question for question, _ in bot.desk.asked]
        assert sorted(asked) == sorted(set(asked))
        assert discord.problems == []
        assert discord.identifies >= 2
        # Twenty are due, at the least; how evenly they come is the machine's affair, too.
        assert sum(at > began for at in discord.heartbeats) >= 6

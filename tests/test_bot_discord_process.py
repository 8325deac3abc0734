"""`dateline discord` as a process of its own: on the real engine over corpus/, started, stopped, killed."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import socket
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import desk_fake
import pytest
from discord_bot import in_loop, in_loop_for
from discord_server import DiscordServer
from discord_world import HISTORY, SEND, TOKEN, labels_of

ROOT = Path(__file__).parent.parent
FAKE = str(Path(desk_fake.__file__))


class Process:
    """A bot's process."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process

    def helpers(self) -> list[int]:
        """Find the processes that it has started to answer in."""
        found = []
        for file in Path(f"/proc/{self._process.pid}/task").glob("*/children"):
            for child in file.read_text().split():
                command = Path(f"/proc/{child}/cmdline").read_bytes()
                if b"spawn_main" in command:
                    found.append(int(child))
        return found

    async def end(self, number: int = signal.SIGTERM) -> tuple[int, float, str]:
        """Stop it; returns the exit code, the seconds it took, and what it logged."""
        began = time.monotonic()
        if self._process.returncode is None:
            self._process.send_signal(number)
        _, stderr = await self._process.communicate()
        assert self._process.returncode is not None
        return self._process.returncode, time.monotonic() - began, stderr.decode()


def environment(discord: DiscordServer, folder: Path, **more: str) -> dict[str, str]:
    clean = {key: value for key, value in os.environ.items() if not key.startswith("DATELINE_")}
    return clean | {
        "DATELINE_CORPUS": str(ROOT / "corpus"),
        "DATELINE_INDEX": str(folder / "index"),
        "DATELINE_DISCORD_TOKEN": TOKEN,
        "DATELINE_DISCORD_API": discord.api,
        "DATELINE_DISCORD_GATEWAY": discord.gateway,
        "DATELINE_DISCORD_DATABASE": str(folder / "bot.sqlite"),
        "DATELINE_DISCORD_HEALTH": str(folder / "health"),
        "PYTHONPATH": os.pathsep.join([str(ROOT), str(ROOT / "tests")]),
        **more,
    }


@asynccontextmanager
async def started(
    discord: DiscordServer, folder: Path, *arguments: str, real: bool = False, **more: str
) -> AsyncIterator[Process]:
    program = ["-m", "bot.cli"] if real else [FAKE]
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        *program,
        "discord",
        *arguments,
        cwd=folder,
        env=environment(discord, folder, **more),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        yield Process(process)
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


@in_loop_for(400)  # the models are loaded twice
async def test_the_real_engine_answers_in_every_door_and_after_a_kill(tmp_path: Path) -> None:
    async with DiscordServer() as discord:
        async with started(discord, tmp_path, real=True) as process:
            await discord.ready(180)
            early = await discord.say(
                "ann", discord.general, f"{discord.mention} How many prisoners were freed?"
            )
            assert "`/reindex`" in (await discord.answer_to(early))["content"]
            discord.permissions["boss"] = 1 << 5
            indexed = await discord.command("boss", "reindex")
            await discord.until(lambda: "16 added" in indexed.text, timeout=180)
            question = await discord.say(
                "ann", discord.general, f"{discord.mention} How many prisoners were freed?"
            )
            answer = await discord.answer_to(question)
            assert "[1]" in answer["content"] and "mosul/" in answer["content"]
            assert "Reports differ on prisoners freed" in answer["content"]
            private = await discord.command(
                "ann", "ask", question="Who is the governor of Nineveh?", private=True
            )
            assert await discord.result_of(private) and private.ephemeral
            unknown = await discord.say(
                "ben", discord.general, f"{discord.mention} What is the capital of Australia?"
            )
            assert "The articles do not say" in (await discord.answer_to(unknown))["content"]
            code, _, log = await process.end(signal.SIGKILL)
            assert code == -signal.SIGKILL
            assert "How many prisoners" not in log and str(discord.person("ann")["id"]) not in log
        async with started(discord, tmp_path, real=True) as process:
            await discord.until(lambda: discord.identifies == 2, timeout=180)
            sources = await discord.press("ben", answer, "Sources")
            assert "**Source 1 of" in await discord.result_of(sources)
            nearest = await discord.press("ben", await discord.answer_to(unknown), "Nearest passages")
            assert "**Passage 1 of" in await discord.result_of(nearest)
            first = await discord.say(
                "ann", discord.general, f"{discord.mention} How many people left Mosul?"
            )
            reply = await discord.answer_to(first)
            second = await discord.say("ann", discord.general, "How far is it from Baghdad?", reply_to=reply)
            assert "Read as: How far is Mosul from Baghdad?" in (await discord.answer_to(second))["content"]
            other = discord.add_channel("region", 11, parent=discord.general)
            await discord.result_of(await discord.command("boss", "setup", other, folder="region"))
            fire = await discord.say("ann", other, f"{discord.mention} What happened at Corrie Ridge?")
            assert "`region/" in (await discord.answer_to(fire))["content"]
            jail = await discord.say(
                "ann", other, f"{discord.mention} How many prisoners were freed in Mosul?"
            )
            assert "mosul/" not in (await discord.answer_to(jail))["content"]
            help_ = await discord.command("ann", "help")
            await discord.result_of(help_)
            assert help_.original is not None and len(labels_of(help_.original)) == 3
            # Written every few seconds: what stands there may be from before the connection.
            await discord.until(lambda: json.loads((tmp_path / "health").read_text())["connected"])
            code, seconds, log = await process.end()
            assert code == 0, log
            assert seconds < 20
            lines = [json.loads(line) for line in log.splitlines()]
            assert [line for line in lines if line["level"] == "error"] == []
            assert "question" in {line["event"] for line in lines}
        assert discord.command_writes == 1
        assert discord.problems == []


@in_loop
async def test_sigterm_with_three_answers_running(tmp_path: Path) -> None:
    async with DiscordServer() as discord:
        settings = {"FAKE_ANSWER_S": "2", "DATELINE_DISCORD_GRACE": "1", "DATELINE_DISCORD_AT_ONCE": "3"}
        async with started(discord, tmp_path, **settings) as process:
            await discord.ready(180)
            await discord.until(lambda: discord.commands)
            questions = [
                await discord.say(name, discord.general, f"{discord.mention} ferry")
                for name in ("ann", "ben")
            ]
            asked = await discord.command("cid", "ask", question="ferry")
            await discord.until(lambda: asked.acked and len(discord.typing) == 2)
            code, seconds, log = await process.end()
            assert code == 0, log
            assert seconds < 6
            for question in questions:
                assert "being restarted" in (await discord.answer_to(question))["content"]
            assert "being restarted" in asked.text


@pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="no /proc to find a process's children in")
@pytest.mark.skipif((os.cpu_count() or 1) < 2, reason="one processor: answers have no second process")
@in_loop
async def test_a_process_that_answers_is_killed_and_no_question_is_lost(tmp_path: Path) -> None:
    people = ("ann", "ben", "cid", "dan", "eva", "fay")
    async with DiscordServer() as discord, started(discord, tmp_path, FAKE_ANSWER_S="0.5") as process:
        await discord.ready(180)
        questions = [
            await discord.say(name, discord.general, f"{discord.mention} ferry {name}") for name in people
        ]
        await discord.until(lambda: process.helpers())
        for question in questions:
            assert "**Sources**" in (await discord.answer_to(question))["content"]
        (helper,) = process.helpers()
        questions += [
            await discord.say(name, discord.general, f"{discord.mention} levy {name}") for name in people
        ]
        await discord.answer_to(questions[-len(people)])  # the next ones are being answered
        os.kill(helper, signal.SIGKILL)
        for question in questions:
            assert "**Sources**" in (await discord.answer_to(question))["content"]
            assert len(discord.answers_to(question)) == 1
        code, _, log = await process.end()
        assert code == 0, log
        assert "a process that answers has ended (exit code -9)" in log
        assert not process.helpers()


@in_loop
async def test_a_broken_client_is_replaced_and_sigterm_waits_for_answers(tmp_path: Path) -> None:
    more = {"FAKE_ANSWER_S": "1", "NOTIFY_SOCKET": str(tmp_path / "notify")}
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as told:
        told.bind(str(tmp_path / "notify"))
        await _break_and_end(tmp_path, more)
        told.setblocking(False)
        signs = []
        with suppress(BlockingIOError):
            while True:
                signs.append(told.recv(100).decode())
    assert {"READY=1", "WATCHDOG=1"} <= set(signs) and signs[-1] == "STOPPING=1"


async def _break_and_end(folder: Path, more: dict[str, str]) -> None:
    async with DiscordServer() as discord:
        apart = discord.add_channel("apart")
        async with started(discord, folder, **more) as process:
            await _break_once(discord)
            # A late sign for one of those before would be none that this one has been taken.
            question = await discord.say("ann", apart, f"{discord.mention} ferry")
            await discord.until(lambda: any(channel == int(apart) for _, channel in discord.typing))
            code, seconds, log = await process.end()
            assert (code, seconds < 8) == (0, True), log
            assert "**Sources**" in (await discord.answer_to(question))["content"]


async def _break_once(discord: DiscordServer) -> None:
    await discord.ready(180)
    first = await discord.say("ann", discord.general, f"{discord.mention} ferry")
    await discord.until(lambda: discord.typing)
    # discord.py gives up on what is no JSON; an answer is on its way meanwhile, and a question comes too early.
    await discord.send_nonsense()
    second = await discord.say("ben", discord.general, f"{discord.mention} levy")
    await discord.until(lambda: discord.identifies == 2)
    for asked in (first, second):
        assert "**Sources**" in (await discord.answer_to(asked))["content"]
        assert len(discord.answers_to(asked)) == 1


@in_loop
async def test_check_tells_what_is_wanting_and_how_to_invite(tmp_path: Path) -> None:
    async with DiscordServer() as discord:
        bad = discord.add_channel("bad")
        discord.deny(bad, SEND, HISTORY)
        command = [sys.executable, FAKE, "discord", "--check"]
        more = {"DATELINE_DISCORD_MESSAGE_CONTENT": "true"}
        process = await asyncio.create_subprocess_exec(
            *command, cwd=tmp_path, env=environment(discord, tmp_path, **more), stdout=asyncio.subprocess.PIPE
        )
        told = (await process.communicate())[0].decode()
        assert process.returncode == 1
        assert "MEND  Newsroom, #bad: “Send Messages”, “Read Message History”" in told
        assert "MEND  intents: " in told and "ok    token: " in told and "ok    index: 3 articles" in told
        assert f"https://discord.com/oauth2/authorize?client_id={discord.app_id}&" in told
        assert "permissions=309237746688" in told
        assert "ok    database: " in told and "ok    health: " in told
        assert discord.identifies == 0 and discord.command_writes == 0
        assert TOKEN not in told
        more = {"DATELINE_DISCORD_TOKEN": "", "DATELINE_DISCORD_HEALTH": "/dev/null/x"}
        process = await asyncio.create_subprocess_exec(
            *command, cwd=tmp_path, env=environment(discord, tmp_path, **more), stdout=asyncio.subprocess.PIPE
        )
        told = (await process.communicate())[0].decode()
        assert process.returncode == 1
        assert "MEND  there is no token: set DATELINE_DISCORD_TOKEN" in told
        assert "MEND  health: /dev/null/x" in told and "ok    index: 3 articles" in told
        assert not list(tmp_path.glob("bot.sqlite*")), "a check leaves nothing behind"


@in_loop
async def test_sync_writes_the_commands_and_no_more(tmp_path: Path) -> None:
    async with DiscordServer() as discord, started(discord, tmp_path, "--sync") as process:
        code, _, log = await process.end(0)
        assert code == 0, log
        assert discord.command_writes == 1 and discord.identifies == 0


_CANNOT_START = [
    ({"DATELINE_DISCORD_TOKEN": ""}, "there is no token: set DATELINE_DISCORD_TOKEN"),
    ({"DATELINE_DISCORD_TOKEN": "wrong.token.given"}, "Discord does not take the token"),
    ({"DATELINE_DISCORD_MESSAGE_CONTENT": "true"}, "switch on “Message Content Intent”"),
    ({"DATELINE_DISCORD_DATABASE": "/dev/null/x"}, "DATELINE_DISCORD_DATABASE"),
]


@in_loop
async def test_a_start_that_cannot_be_ends_with_one_line_and_its_mend(tmp_path: Path) -> None:
    async def start(number: int, more: dict[str, str]) -> tuple[int, str]:
        folder = tmp_path / str(number)
        folder.mkdir()
        async with started(discord, folder, **more) as process:
            code, _, log = await process.end(0)
            return code, log

    async with DiscordServer() as discord:
        ends = await asyncio.gather(*(start(number, more) for number, (more, _) in enumerate(_CANNOT_START)))
    for (code, log), (_, said) in zip(ends, _CANNOT_START, strict=True):
        last = log.splitlines()[-1]
        assert code == 1 and said in last and last.startswith("dateline: ")
        assert "wrong.token" not in log

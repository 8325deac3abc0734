"""A stand-in for Discord on loopback: its REST interface and its gateway, for the real discord.py.

Strict about what Discord is strict about: lengths, forms, three seconds, one acknowledgement, who sees what,
mentions that must be named. Faults come on demand. People in tests act as people do:

    async with DiscordServer() as discord:
        ... start a bot that is pointed at discord.api and discord.gateway ...
        question = await discord.say("ann", discord.general, f"{discord.mention} How many passengers?")
        answer = await discord.answer_to(question)
        await discord.press("ann", answer, "Sources")
"""

from __future__ import annotations

import asyncio
import json
import re
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from aiohttp import web
from discord_rest import Rest
from discord_world import ALL, DM, Interaction, Json, buttons_of, now


class DiscordServer(Rest):
    """The stand-in: what people do and see, on loopback."""

    async def __aenter__(self) -> DiscordServer:
        app = web.Application(client_max_size=2**25)
        app.router.add_get("/gateway", self._gateway)
        app.router.add_route("*", "/api/v10/{tail:.*}", self._rest)
        self._runner = web.AppRunner(app, shutdown_timeout=0.1)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", 0)
        await site.start()
        port = site._server.sockets[0].getsockname()[1]  # type: ignore[union-attr]
        self.api = f"http://127.0.0.1:{port}/api/v10"
        self.gateway = f"ws://127.0.0.1:{port}/gateway"
        return self

    async def __aexit__(self, *_: object) -> None:
        for socket in list(self._sockets.values()):
            await socket.close()
        await self._runner.cleanup()

    async def ready(self, timeout: float = 30) -> None:
        await asyncio.wait_for(self._ready.wait(), timeout)

    async def until(self, condition: Callable[[], Any], timeout: float = 20) -> Any:
        """Wait until something is so: looked at whenever a request was served, and now and then besides,
        for what changes in the bot alone."""
        deadline = time.monotonic() + timeout
        while not (found := condition()):
            if time.monotonic() > deadline:
                last = "\n".join(
                    f"{method} {path} {status}" for _, method, path, status in self.requests[-15:]
                )
                raise AssertionError(f"it never came; problems: {self.problems}; last requests:\n{last}")
            async with self._changed:
                with suppress(TimeoutError):
                    await asyncio.wait_for(self._changed.wait(), 0.05)
        return found

    # -- what people do

    async def say(
        self,
        name: str,
        channel: int,
        text: str,
        *,
        reply_to: Json | None = None,
        ping: bool = True,
        attachments: int = 0,
        **more: Any,
    ) -> Json:
        message = self._message(self.person(name), channel, text)
        if reply_to is not None:
            message |= {
                "type": 19,
                "message_reference": {"message_id": reply_to["id"], "channel_id": str(channel)},
            }
            message["referenced_message"] = self.messages.get(int(reply_to["id"]))
            if ping and reply_to["author"]["id"] == str(self.bot_id):
                message["mentions"].append(self.bot)
        message["attachments"] = [
            {
                "id": str(self.snowflake()),
                "filename": f"{n}.png",
                "size": 9,
                "url": "https://cdn.example/x",
                "proxy_url": "https://cdn.example/x",
            }
            for n in range(attachments)
        ]
        message |= more
        self.messages[int(message["id"])] = message
        self.channels[channel]["last_message_id"] = message["id"]
        await self._dispatch("MESSAGE_CREATE", self._as_seen(message))
        return message

    async def edit(self, message: Json, text: str) -> None:
        message |= {"content": text, "edited_timestamp": now()}
        await self._dispatch("MESSAGE_UPDATE", self._as_seen(message))

    async def delete(self, message: Json) -> None:
        del self.messages[int(message["id"])]
        gone = {"id": message["id"], "channel_id": message["channel_id"]}
        await self._dispatch("MESSAGE_DELETE", gone | self._place(int(message["channel_id"])))

    async def command(
        self, name: str, command: str, channel: int | None = None, **options: Any
    ) -> Interaction:
        known = next(each for each in self.commands if each["name"] == command)
        kinds = {each["name"]: each["type"] for each in known.get("options", [])}
        given = [{"name": key, "type": kinds[key], "value": value} for key, value in options.items()]
        data = {"id": known["id"], "name": command, "type": 1, "options": given}
        for option in given:
            if option["type"] == 8:
                role = next(each for each in self._guild()["roles"] if each["id"] == option["value"])
                data.setdefault("resolved", {}).setdefault("roles", {})[option["value"]] = role
        return await self._interact(name, 2, channel or self.general, data)

    async def complete(
        self, name: str, command: str, option: str, typed: str, channel: int | None = None
    ) -> list[Json]:
        known = next(each for each in self.commands if each["name"] == command)
        options = [{"name": option, "type": 3, "value": typed, "focused": True}]
        data = {"id": known["id"], "name": command, "type": 1, "options": options}
        done = await self._interact(name, 4, channel or self.general, data)
        await self.until(lambda: done.acked)
        return done.choices

    async def menu(self, name: str, message: Json, command: str = "Ask about this") -> Interaction:
        known = next(each for each in self.commands if each["name"] == command)
        data = {"id": known["id"], "name": command, "type": 3, "target_id": message["id"]}
        data["resolved"] = {"messages": {message["id"]: message}}
        return await self._interact(name, 2, int(message["channel_id"]), data)

    async def press(self, name: str, message: Json, label: str) -> Interaction:
        button = next(
            each
            for each in buttons_of(message)
            if label in (each.get("label"), (each.get("emoji") or {}).get("name"))
        )
        assert not button.get("disabled"), f"{label} cannot be pressed"
        data = {"custom_id": button["custom_id"], "component_type": 2}
        return await self._interact(name, 3, int(message["channel_id"]), data, component_of=message)

    async def submit(self, name: str, form: Interaction, text: str) -> Interaction:
        assert form.modal is not None
        field_id = re.search(r'"custom_id": "([^"]+)"', json.dumps(form.modal["components"]))
        assert field_id
        row = {"type": 1, "components": [{"type": 4, "custom_id": field_id[1], "value": text}]}
        data = {"custom_id": form.modal["custom_id"], "components": [row]}
        return await self._interact(name, 5, form.channel, data)

    async def _interact(
        self, name: str, kind: int, channel: int, data: Json, component_of: Json | None = None
    ) -> Interaction:
        user = self.person(name)
        done = Interaction(
            id=self.snowflake(),
            token=f"token{self.snowflake()}",
            kind=kind,
            person=name,
            channel=channel,
            created=time.monotonic(),
            component_of=component_of,
        )
        self.interactions[done.token] = done
        event: Json = {
            "id": str(done.id),
            "application_id": str(self.app_id),
            "type": kind,
            "token": done.token,
            "version": 1,
            "data": data,
            "channel_id": str(channel),
            "channel": self.channels[channel],
            "locale": "en-US",
            "app_permissions": str(ALL),
            "attachment_size_limit": 10_000_000,
            "authorizing_integration_owners": {},
            "entitlements": [],
            "context": 1 if self.channels[channel]["type"] == DM else 0,
        }
        if self.channels[channel]["type"] == DM:
            event["user"] = user
        else:
            permissions = str(self.permissions.get(name, 0))
            event |= {
                "guild_id": str(self.guild),
                "member": self._member(user) | {"permissions": permissions},
            }
        if component_of is not None:
            event["message"] = component_of
        await self._dispatch("INTERACTION_CREATE", event)
        return done

    # -- what people see

    def answers_to(self, question: Json) -> list[Json]:
        """The bot's messages that reply to one, or that stand in the thread opened from it."""
        own = [each for each in self.messages.values() if each["author"]["id"] == str(self.bot_id)]
        return [
            each
            for each in own
            if (each.get("message_reference") or {}).get("message_id") == question["id"]
            or each["channel_id"] == question["id"]
        ]

    async def answer_to(self, question: Json, timeout: float = 20) -> Json:
        """Wait for the last message of an answer, which is the one with buttons or a sentence."""
        await self.until(lambda: self.answers_to(question), timeout)
        return self.answers_to(question)[-1]

    async def result_of(self, interaction: Interaction, timeout: float = 20) -> str:
        """Wait for what an interaction shows in the end."""
        await self.until(lambda: interaction.text, timeout)
        return interaction.text

    def direct_messages(self, name: str) -> list[str]:
        """What the bot has written to somebody directly."""
        place = str(self.dm(name))
        own = [each for each in self.messages.values() if each["author"]["id"] == str(self.bot_id)]
        return [each["content"] for each in own if each["channel_id"] == place]

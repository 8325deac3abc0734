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
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from aiohttp import WSMsgType, web

TOKEN = "stand-in.token"
EPOCH_MS = 1420070400000
EPHEMERAL = 64
_TEXT, _DM, _FORUM, _PUBLIC_THREAD = 0, 1, 15, 11
ALL = (1 << 50) - 1 - (1 << 3)  # but for administrators, whom nothing is denied
_SEND, _HISTORY, _ATTACH, _THREADS, _SEND_IN_THREADS = 1 << 11, 1 << 16, 1 << 15, 1 << 35, 1 << 38

Json = dict[str, Any]


@dataclass
class Fault:
    """What befalls the next requests that match.

    ``reset`` breaks the connection: ``before`` the request is carried out, or ``after``.
    """

    method: str
    path: str
    status: int = 0
    retry_after: float = 0.05
    via: bool = True
    reset: str = ""
    times: int = 1

    def matches(self, method: str, path: str) -> bool:
        return self.times > 0 and method == self.method and re.search(self.path, path) is not None


@dataclass
class Interaction:
    """What a person did with a command, a button or a form, and what came back."""

    id: int
    token: str
    kind: int
    person: str
    channel: int
    created: float
    component_of: Json | None = None
    acked: float = 0.0
    ephemeral: bool = False
    original: Json | None = None
    deleted: bool = False
    modal: Json | None = None
    choices: list[Json] = field(default_factory=list)
    followups: list[Json] = field(default_factory=list)

    @property
    def text(self) -> str:
        return str(self.original["content"]) if self.original else ""

    @property
    def is_thinking(self) -> bool:
        return bool(self.original) and not self.original["content"] and not self.deleted  # type: ignore[index]


class RefusedError(Exception):
    def __init__(self, status: int, code: int, message: str) -> None:
        super().__init__(message)
        self.status, self.code, self.message = status, code, message


class DiscordServer:
    """The stand-in. ``problems`` lists what a real Discord would have refused as malformed."""

    def __init__(self, *, content_intent: bool = False, heartbeat_s: float = 0.5) -> None:
        self._counter = 0
        self._intent_allowed = content_intent
        self._heartbeat_s = heartbeat_s
        self.bot_id, self.app_id = self.snowflake(), self.snowflake()
        self.guild = self.snowflake()
        self.everyone_role, self.keeper_role = self.guild, self.snowflake()
        self.people: dict[str, Json] = {}
        self.permissions: dict[str, int] = {}
        self.denied: dict[int, int] = {}
        self.channels: dict[int, Json] = {}
        self.messages: dict[int, Json] = {}
        self.interactions: dict[str, Interaction] = {}
        self.commands: list[Json] = []
        self.command_writes = 0
        self.typing: list[tuple[float, int]] = []
        self.faults: list[Fault] = []
        self.problems: list[str] = []
        self.requests: list[tuple[float, str, str, int]] = []
        self.deleted: set[int] = set()
        self.heartbeats: list[float] = []
        self.identifies = self.resumes = 0
        self._nonces: dict[str, int] = {}
        self._sockets: dict[str, web.WebSocketResponse] = {}
        self._sessions: dict[str, list[Json]] = {}
        self._intents = 0
        self._changed = asyncio.Condition()
        self._ready = asyncio.Event()
        self.general = self.add_channel("general")

    # -- the world

    def snowflake(self) -> int:
        self._counter += 1
        return ((int(time.time() * 1000) - EPOCH_MS) << 22) | (self._counter & 0x3FFFFF)

    @property
    def mention(self) -> str:
        return f"<@{self.bot_id}>"

    def add_channel(
        self, name: str, kind: int = _TEXT, parent: int | None = None, owner: int | None = None
    ) -> int:
        id = self.snowflake()
        self.channels[id] = self._channel(id, name, kind, parent, owner)
        return id

    def _channel(self, id: int, name: str, kind: int, parent: int | None, owner: int | None) -> Json:
        channel: Json = {
            "id": str(id),
            "type": kind,
            "name": name,
            "position": 0,
            "permission_overwrites": [],
        }
        channel |= {"guild_id": str(self.guild), "parent_id": str(parent) if parent else None, "nsfw": False}
        if kind == _PUBLIC_THREAD:
            meta = {"archived": False, "auto_archive_duration": 1440, "locked": False}
            meta["archive_timestamp"] = "2026-01-01T00:00:00+00:00"  # type: ignore[assignment]
            channel |= {"owner_id": str(owner or self.bot_id), "message_count": 0, "member_count": 1}
            channel |= {"thread_metadata": meta, "rate_limit_per_user": 0}
        return channel

    def person(self, name: str) -> Json:
        if name not in self.people:
            self.people[name] = {
                "id": str(self.snowflake()),
                "username": name,
                "discriminator": "0",
                "global_name": name.title(),
                "avatar": None,
                "bot": False,
            }
        return self.people[name]

    def dm(self, name: str) -> int:
        user = self.person(name)
        for id, channel in self.channels.items():
            if channel["type"] == _DM and channel["recipients"][0]["id"] == user["id"]:
                return id
        id = self.snowflake()
        self.channels[id] = {"id": str(id), "type": _DM, "recipients": [user], "last_message_id": None}
        return id

    @property
    def bot(self) -> Json:
        return {
            "id": str(self.bot_id),
            "username": "Dateline",
            "discriminator": "0",
            "avatar": None,
            "bot": True,
            "global_name": None,
        }

    def _member(self, user: Json) -> Json:
        roles = [str(self.keeper_role)] if user["username"] == "keeper" else []
        return {
            "user": user,
            "roles": roles,
            "joined_at": "2026-01-01T00:00:00+00:00",
            "deaf": False,
            "mute": False,
            "flags": 0,
        }

    def _guild(self) -> Json:
        everyone = {"id": str(self.guild), "name": "@everyone", "permissions": str(ALL), "position": 0}
        keeper = {"id": str(self.keeper_role), "name": "Keepers", "permissions": "0", "position": 1}
        common = {
            "color": 0,
            "colors": {"primary_color": 0},
            "hoist": False,
            "managed": False,
            "mentionable": False,
            "flags": 0,
        }
        return {
            "id": str(self.guild),
            "name": "Newsroom",
            "owner_id": "1",
            "roles": [everyone | common, keeper | common],
            "emojis": [],
            "features": [],
            "channels": [
                self._with_overwrites(channel)
                for channel in self.channels.values()
                if channel["type"] in (_TEXT, _FORUM)
            ],
            "threads": [each for each in self.channels.values() if each["type"] == _PUBLIC_THREAD],
            "members": [self._member(self.bot)],
            "member_count": 1,
            "large": False,
            "voice_states": [],
            "presences": [],
            "stage_instances": [],
            "stickers": [],
            "guild_scheduled_events": [],
            "premium_tier": 0,
            "preferred_locale": "en-US",
            "verification_level": 0,
            "default_message_notifications": 0,
            "explicit_content_filter": 0,
            "mfa_level": 0,
            "nsfw_level": 0,
            "system_channel_flags": 0,
            "afk_timeout": 0,
            "soundboard_sounds": [],
            "unavailable": False,
        }

    def _with_overwrites(self, channel: Json) -> Json:
        denied = self.denied.get(int(channel["id"]), 0)
        overwrites = (
            [{"id": str(self.bot_id), "type": 1, "allow": "0", "deny": str(denied)}] if denied else []
        )
        return channel | {"permission_overwrites": overwrites}

    def deny(self, channel: int, *permissions: int) -> None:
        """Take permissions from the bot in a channel; before it starts, so that it is told."""
        self.denied[channel] = sum(permissions)

    SEND, HISTORY, ATTACH, THREADS = _SEND, _HISTORY, _ATTACH, _THREADS

    # -- running

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

    async def _notify(self) -> None:
        async with self._changed:
            self._changed.notify_all()

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
        message |= {"content": text, "edited_timestamp": _now()}
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
            "context": 1 if self.channels[channel]["type"] == _DM else 0,
        }
        if self.channels[channel]["type"] == _DM:
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

    # -- the gateway

    async def _gateway(self, request: web.Request) -> web.WebSocketResponse:
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        await socket.send_json(
            {"op": 10, "d": {"heartbeat_interval": int(self._heartbeat_s * 1000)}, "s": None, "t": None}
        )
        session = ""
        async for frame in socket:
            if frame.type is not WSMsgType.TEXT:
                break
            assert len(frame.data.encode()) <= 4096, "a payload is too long"
            sent = json.loads(frame.data)
            if sent["op"] == 1:
                self.heartbeats.append(time.monotonic())
                await socket.send_json({"op": 11, "d": None, "s": None, "t": None})
            elif sent["op"] == 2:
                self.identifies += 1
                self._intents = sent["d"]["intents"]
                if sent["d"]["token"] != TOKEN:
                    await socket.close(code=4004)
                elif self._intents & (1 << 15) and not self._intent_allowed:
                    await socket.close(code=4014)
                else:
                    session = await self._open_session(socket)
            elif sent["op"] == 6:
                session = await self._resume(socket, sent["d"])
        self._sockets.pop(session, None)
        return socket

    async def _open_session(self, socket: web.WebSocketResponse) -> str:
        session = f"session{self.snowflake()}"
        self._sessions[session] = []
        self._sockets[session] = socket
        ready = {
            "v": 10,
            "user": self.bot,
            "guilds": [{"id": str(self.guild), "unavailable": True}],
            "session_id": session,
            "resume_gateway_url": self.gateway,
            "application": {"id": str(self.app_id), "flags": 0},
            "shard": [0, 1],
        }
        await self._send(session, "READY", ready)
        await self._send(session, "GUILD_CREATE", self._guild())
        self._ready.set()
        await self._notify()
        return session

    async def _resume(self, socket: web.WebSocketResponse, data: Json) -> str:
        session = str(data["session_id"])
        if session not in self._sessions:
            await socket.send_json({"op": 9, "d": False, "s": None, "t": None})
            return ""
        self.resumes += 1
        self._sockets[session] = socket
        for event in self._sessions[session][data["seq"] :]:
            await socket.send_json(event)
        await self._send(session, "RESUMED", {})
        await self._notify()
        return session

    async def _send(self, session: str, name: str, data: Json) -> None:
        events = self._sessions[session]
        events.append({"op": 0, "t": name, "s": len(events) + 1, "d": data})
        socket = self._sockets.get(session)
        if socket is not None and not socket.closed:
            await socket.send_json(events[-1])

    async def _dispatch(self, name: str, data: Json) -> None:
        for session in list(self._sessions):
            await self._send(session, name, data)
        await self._notify()

    async def send_event(self, name: str, data: Any) -> None:
        """Send an event of any form, as a Discord that has changed overnight might."""
        await self._dispatch(name, data)

    async def send_nonsense(self) -> None:
        """Send what is no JSON."""
        for socket in list(self._sockets.values()):
            await socket.send_str("{")

    async def drop_gateway(self, code: int = 4000) -> None:
        """Close the connection; the session can be resumed."""
        for session in list(self._sockets):
            await self._sockets.pop(session).close(code=code)

    async def ask_to_reconnect(self) -> None:
        for socket in list(self._sockets.values()):
            await socket.send_json({"op": 7, "d": None, "s": None, "t": None})

    async def invalidate_session(self) -> None:
        """End the session: what happens until the next one is never told."""
        sockets = list(self._sockets.values())
        self._sessions.clear()
        self._sockets.clear()
        self._ready.clear()
        for socket in sockets:
            await socket.send_json({"op": 9, "d": False, "s": None, "t": None})

    # -- REST

    async def _rest(self, request: web.Request) -> web.StreamResponse:
        path = "/" + request.match_info["tail"]
        fault = next((each for each in self.faults if each.matches(request.method, path)), None)
        status = 200
        try:
            body = await _read(request)
            if fault is not None:
                fault.times -= 1
                if fault.reset == "before":
                    _reset(request)
                elif fault.status:
                    status = fault.status
                    return _faulty(fault)
            given = await self._serve(request, path, body)
            if fault is not None and fault.reset == "after":
                _reset(request)
            status = 204 if given is None else 200
            return _json(given, status=status) if given is not None else web.Response(status=204)
        except RefusedError as exc:
            status = exc.status
            if exc.status == 400 and exc.code in (50035, 50006):
                self.problems.append(f"{request.method} {path}: {exc.message}")
            return _json({"code": exc.code, "message": exc.message}, status=exc.status)
        finally:
            self.requests.append((time.monotonic(), request.method, path, status))
            await self._notify()

    async def _serve(self, request: web.Request, path: str, body: Json) -> Any:
        authorized = request.headers.get("Authorization") == f"Bot {TOKEN}"
        if not authorized and not re.match(r"/(interactions|webhooks)/", path):
            raise RefusedError(401, 0, "401: Unauthorized")
        for method, pattern, handler in _ROUTES:
            found = re.fullmatch(pattern, path)
            if found and method == request.method:
                return await getattr(self, handler)(body, *found.groups(), **_query(request))
        self.problems.append(f"{request.method} {path}: no such endpoint")
        raise RefusedError(404, 0, "404: Not Found")

    async def _get_me(self, body: Json) -> Json:
        return self.bot

    async def _get_application(self, body: Json) -> Json:
        flags = (1 << 18) if self._intent_allowed else 0
        return {
            "id": str(self.app_id),
            "name": "Dateline",
            "description": "",
            "icon": None,
            "bot_public": False,
            "bot_require_code_grant": False,
            "verify_key": "0",
            "flags": flags,
            "owner": self.person("owner"),
            "team": None,
            "summary": "",
        }

    async def _get_gateway(self, body: Json) -> Json:
        limits = {"total": 1000, "remaining": 999, "reset_after": 1000, "max_concurrency": 1}
        return {"url": self.gateway, "shards": 1, "session_start_limit": limits}

    async def _put_commands(self, body: Any, app: str) -> Any:
        assert len(body) <= 100
        self.command_writes += 1
        for command in body:
            _check(1 <= len(command["name"]) <= 32, "command name")
            if command["type"] == 1:
                _check(re.fullmatch(r"[a-z_-]{1,32}", command["name"]), "command name")
                _check(1 <= len(command["description"]) <= 100, f"description of {command['name']}")
                _check(len(command.get("options", [])) <= 25, "options")
                for option in command.get("options", []):
                    _check(1 <= len(option["description"]) <= 100, f"description of {option['name']}")
        added = {"application_id": app, "version": "1"}
        self.commands = [
            {"description": "", "id": str(self.snowflake())} | command | added for command in body
        ]
        return self.commands

    async def _get_guilds(self, body: Json, **_: str) -> list[Json]:
        return [
            {
                "id": str(self.guild),
                "name": "Newsroom",
                "icon": None,
                "owner": False,
                "permissions": "0",
                "features": [],
            }
        ]

    async def _get_guild(self, body: Json, guild: str, **_: str) -> Json:
        return {
            key: value
            for key, value in self._guild().items()
            if key not in ("channels", "threads", "members")
        }

    async def _get_guild_channels(self, body: Json, guild: str) -> list[Json]:
        return list(self._guild()["channels"])

    async def _get_member(self, body: Json, guild: str, user: str) -> Json:
        return self._member(self.bot)

    async def _open_dm(self, body: Json) -> Json:
        name = next(name for name, user in self.people.items() if user["id"] == str(body["recipient_id"]))
        return self.channels[self.dm(name)]

    async def _get_channel(self, body: Json, channel: str) -> Json:
        if int(channel) not in self.channels:
            raise RefusedError(404, 10003, "Unknown Channel")
        return self.channels[int(channel)]

    async def _type(self, body: Json, channel: str) -> None:
        self._allow(int(channel), _SEND)
        self.typing.append((time.monotonic(), int(channel)))

    async def _post_message(self, body: Json, channel: str) -> Json:
        place = int(channel)
        if place not in self.channels:
            raise RefusedError(404, 10003, "Unknown Channel")
        self._allow(place, _SEND)
        if body.get("attachments"):
            self._allow(place, _ATTACH)
        nonce = body.get("nonce")
        _check(nonce is None or len(str(nonce)) <= 25, "nonce")
        if nonce is not None and body.get("enforce_nonce") and f"{channel}/{nonce}" in self._nonces:
            return self.messages[self._nonces[f"{channel}/{nonce}"]]
        reference = body.get("message_reference")
        if reference is not None:
            self._allow(place, _HISTORY, code=160002)
            if int(reference["message_id"]) not in self.messages and reference.get(
                "fail_if_not_exists", True
            ):
                raise RefusedError(400, 50035, "Unknown message")
        message = self._message(self.bot, place, body.get("content") or "")
        if reference is not None:
            message["message_reference"] = {key: str(value) for key, value in reference.items()}
        self._fill(message, body)
        self.messages[int(message["id"])] = message
        if nonce is not None:
            self._nonces[f"{channel}/{nonce}"] = int(message["id"])
        return message

    async def _get_messages(
        self, body: Json, channel: str, after: str = "0", limit: str = "50", **_: str
    ) -> list[Json]:
        self._allow(int(channel), _HISTORY)
        found = [
            each for id, each in self.messages.items() if each["channel_id"] == channel and id > int(after)
        ]
        return [self._as_seen(each) for each in sorted(found, key=lambda each: -int(each["id"]))][
            -int(limit) :
        ]

    async def _get_message(self, body: Json, channel: str, message: str) -> Json:
        return self._as_seen(self._find(message))

    async def _edit_message(self, body: Json, channel: str, message: str) -> Json:
        found = self._find(message)
        if found["author"]["id"] != str(self.bot_id):
            raise RefusedError(403, 50005, "Cannot edit a message authored by another user")
        self._fill(found, body)
        return found

    async def _delete_message(self, body: Json, channel: str, message: str) -> None:
        self._find(message)
        del self.messages[int(message)]
        self.deleted.add(int(message))

    async def _start_thread(self, body: Json, channel: str, message: str) -> Json:
        self._allow(int(channel), _THREADS)
        _check(1 <= len(body["name"].strip()) <= 100, "thread name")
        if int(message) in self.channels:
            raise RefusedError(400, 160004, "A thread has already been created for this message")
        self.channels[int(message)] = self._channel(
            int(message), body["name"], _PUBLIC_THREAD, int(channel), self.bot_id
        )
        await self._dispatch("THREAD_CREATE", self.channels[int(message)] | {"newly_created": True})
        return self.channels[int(message)]

    # -- interactions

    async def _call_back(self, body: Json, id: str, token: str, **_: str) -> Json:
        found = self.interactions.get(token)
        if found is None or time.monotonic() - found.created > 3:
            raise RefusedError(404, 10062, "Unknown interaction")
        if found.acked:
            raise RefusedError(400, 40060, "Interaction has already been acknowledged")
        found.acked = time.monotonic()
        kind, data = body["type"], body.get("data") or {}
        flags = int(data.get("flags") or 0)
        if kind == 8:
            _check(len(data["choices"]) <= 25, "choices")
            for choice in data["choices"]:
                _check(1 <= len(choice["name"]) <= 100 and len(str(choice["value"])) <= 100, "a choice")
            found.choices = data["choices"]
        elif kind == 9:
            _check(len(data["title"]) <= 45 and len(data["custom_id"]) <= 100, "modal")
            found.modal = data
        elif kind == 6:
            _check(found.component_of is not None, "an update of no message")
            found.original = found.component_of
        else:
            found.ephemeral = bool(flags & EPHEMERAL)
            if found.kind == 2 and kind not in (4, 5):
                raise RefusedError(400, 50035, "a command cannot be answered so")
            found.original = self._message(self.bot, found.channel, "") | {"flags": flags}
            if kind == 4:
                self._fill(found.original, data)
            self._place_original(found)
        return {"interaction": {"id": id, "type": found.kind, "response_message_ephemeral": found.ephemeral}}

    def _place_original(self, found: Interaction) -> None:
        # What one person sees alone is no message of the channel.
        assert found.original is not None
        found.original["interaction_of"] = found.person
        if not found.ephemeral:
            self.messages[int(found.original["id"])] = found.original

    def _webhook(self, token: str) -> Interaction:
        found = self.interactions.get(token)
        if found is None or time.monotonic() - found.created > 900:
            raise RefusedError(401, 50027, "Invalid Webhook Token")
        if not found.acked:
            raise RefusedError(404, 10015, "Unknown Webhook")
        return found

    async def _follow_up(self, body: Json, app: str, token: str, **_: str) -> Json:
        found = self._webhook(token)
        message = self._message(self.bot, found.channel, body.get("content") or "")
        message["flags"] = EPHEMERAL if int(body.get("flags") or 0) & EPHEMERAL else 0
        self._fill(message, body)
        found.followups.append(message)
        if not message["flags"]:
            self.messages[int(message["id"])] = message
        return message

    async def _edit_webhook(self, body: Json, app: str, token: str, message: str, **_: str) -> Json:
        found = self._webhook(token)
        if message not in ("@original", "%40original"):
            raise RefusedError(404, 10008, "Unknown Message")
        if found.original is None or found.deleted:
            raise RefusedError(404, 10008, "Unknown Message")
        self._fill(found.original, body)
        return found.original

    async def _get_webhook(self, body: Json, app: str, token: str, message: str, **_: str) -> Json:
        original = self._webhook(token).original
        if original is None:
            raise RefusedError(404, 10008, "Unknown Message")
        return original

    async def _delete_webhook(self, body: Json, app: str, token: str, message: str, **_: str) -> None:
        found = self._webhook(token)
        found.deleted = True
        if found.original is not None:
            self.messages.pop(int(found.original["id"]), None)

    # -- messages

    def _find(self, message: str) -> Json:
        if int(message) not in self.messages:
            raise RefusedError(404, 10008, "Unknown Message")
        return self.messages[int(message)]

    def _allow(self, channel: int, permission: int, code: int = 50013) -> None:
        if self.denied.get(channel, 0) & permission:
            raise RefusedError(400 if code == 160002 else 403, code, "Missing Permissions")

    def _place(self, channel: int) -> Json:
        return {} if self.channels[channel]["type"] == _DM else {"guild_id": str(self.guild)}

    def _message(self, author: Json, channel: int, text: str) -> Json:
        ids = set(re.findall(r"<@!?(\d+)>", text))
        everybody = [*self.people.values(), self.bot]
        message: Json = {
            "id": str(self.snowflake()),
            "channel_id": str(channel),
            "author": author,
            "content": text,
            "timestamp": _now(),
            "edited_timestamp": None,
            "tts": False,
            "mention_everyone": "@everyone" in text or "@here" in text,
            "mentions": [user for user in everybody if user["id"] in ids],
            "mention_roles": [],
            "attachments": [],
            "embeds": [],
            "pinned": False,
            "type": 0,
            "flags": 0,
            "components": [],
        } | self._place(channel)
        if "guild_id" in message:
            message["member"] = {key: value for key, value in self._member(author).items() if key != "user"}
        return message

    def _as_seen(self, message: Json) -> Json:
        """A message as Discord shows it to the bot: its words only where they are meant for it."""
        meant = any(user["id"] == str(self.bot_id) for user in [*message["mentions"], message["author"]])
        if meant or "guild_id" not in message or self._intents & (1 << 15):
            return message
        return message | {"content": "", "attachments": [], "components": []}

    def _fill(self, message: Json, body: Json) -> None:
        if "content" in body:
            content = body["content"] or ""
            _check(len(content.strip()) <= 2000, f"content has {len(content)} characters")
            message["content"] = content.strip()
        if "components" in body:
            message["components"] = body["components"] or []
            names = [each["custom_id"] for each in buttons_of(message)]
            _check(len(names) == len(set(names)), "a custom_id twice")
            _check(all(len(name) <= 100 for name in names), "custom_id")
            _check(len(message["components"]) <= 5, "rows")
            for row in message["components"]:
                _check(len(row["components"]) <= 5, "buttons in a row")
            for button in buttons_of(message):
                _check(len(button.get("label") or "") <= 80, "label")
                _check(button.get("label") or button.get("emoji"), "a button without a name")
        if "attachments" in body:
            message["attachments"] = body["attachments"]
        mentions = body.get("allowed_mentions")
        _check(
            mentions is not None and not mentions.get("parse") and not mentions.get("replied_user"),
            "mentions are allowed",
        )
        _check(message["content"] or message["attachments"] or message["components"], "an empty message")


_MESSAGES = r"/channels/(\d+)/messages"
_HOOK = r"/webhooks/(\d+)/([^/]+)"
_ROUTES = [
    ("GET", r"/users/@me", "_get_me"),
    ("GET", r"/oauth2/applications/@me", "_get_application"),
    ("GET", r"/gateway/bot", "_get_gateway"),
    ("PUT", r"/applications/(\d+)/commands", "_put_commands"),
    ("GET", r"/users/@me/guilds", "_get_guilds"),
    ("GET", r"/guilds/(\d+)", "_get_guild"),
    ("GET", r"/guilds/(\d+)/channels", "_get_guild_channels"),
    ("GET", r"/guilds/(\d+)/members/(\d+)", "_get_member"),
    ("POST", r"/users/@me/channels", "_open_dm"),
    ("GET", r"/channels/(\d+)", "_get_channel"),
    ("POST", r"/channels/(\d+)/typing", "_type"),
    ("POST", _MESSAGES, "_post_message"),
    ("GET", _MESSAGES, "_get_messages"),
    ("GET", rf"{_MESSAGES}/(\d+)", "_get_message"),
    ("PATCH", rf"{_MESSAGES}/(\d+)", "_edit_message"),
    ("DELETE", rf"{_MESSAGES}/(\d+)", "_delete_message"),
    ("POST", rf"{_MESSAGES}/(\d+)/threads", "_start_thread"),
    ("POST", r"/interactions/(\d+)/([^/]+)/callback", "_call_back"),
    ("POST", _HOOK, "_follow_up"),
    ("PATCH", rf"{_HOOK}/messages/([^/]+)", "_edit_webhook"),
    ("GET", rf"{_HOOK}/messages/([^/]+)", "_get_webhook"),
    ("DELETE", rf"{_HOOK}/messages/([^/]+)", "_delete_webhook"),
]


def buttons_of(message: Json) -> list[Json]:
    """The buttons below a message."""
    return [each for row in message["components"] for each in row["components"]]


def labels_of(message: Json) -> list[str]:
    """What is written on the buttons below a message."""
    return [each.get("label") or each["emoji"]["name"] for each in buttons_of(message)]


def texts(messages: Iterable[Json]) -> list[str]:
    return [str(each["content"]) for each in messages]


def _check(holds: object, what: str) -> None:
    if not holds:
        raise RefusedError(400, 50035, f"Invalid Form Body: {what}")


def _now() -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%S+00:00", time.gmtime())


def _query(request: web.Request) -> dict[str, str]:
    return {key: value for key, value in request.query.items() if key in ("after", "limit")}


async def _read(request: web.Request) -> Any:
    if request.content_type == "multipart/form-data":
        form = await request.post()
        body = json.loads(str(form["payload_json"]))
        for attachment in body.get("attachments", []):
            file = form[f"files[{attachment['id']}]"]
            assert isinstance(file, web.FileField)
            attachment["text"] = file.file.read().decode()
            _check(attachment["text"], "an empty file")
        return body
    raw = await request.read()
    return json.loads(raw) if raw else {}


def _json(value: Any, *, status: int = 200, headers: dict[str, str] | None = None) -> web.Response:
    # discord.py reads JSON only under exactly this type, without a charset.
    return web.Response(
        body=json.dumps(value).encode(),
        status=status,
        headers={"Content-Type": "application/json", **(headers or {})},
    )


def _faulty(fault: Fault) -> web.Response:
    if fault.status != 429:
        return _json({"code": 0, "message": "scripted"}, status=fault.status)
    body = {"message": "You are being rate limited.", "retry_after": fault.retry_after, "global": False}
    headers = {"Retry-After": str(fault.retry_after), "X-RateLimit-Scope": "shared"}
    return _json(body, status=429, headers=headers | ({"Via": "1.1 stand-in"} if fault.via else {}))


def _reset(request: web.Request) -> None:
    transport = request.transport
    assert transport is not None
    transport.abort()
    raise ConnectionResetError

"""The REST interface of the stand-in for Discord: strict about forms and times, with faults on demand."""

from __future__ import annotations

import json
import re
import time
from typing import Any

from aiohttp import web
from discord_gateway import Gateway
from discord_world import (
    ATTACH,
    EPHEMERAL,
    HISTORY,
    PUBLIC_THREAD,
    SEND,
    THREADS,
    TOKEN,
    Fault,
    Interaction,
    Json,
    RefusedError,
    check,
    thin,
)


class Rest(Gateway):
    """Serves what the bot asks for; whatever it asks for that is not there is a problem."""

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
            if self.sparse and re.search("/oauth2/applications/@me|/gateway/bot", path):
                raise RefusedError(404, 0, "404: Not Found")
            if self.sparse and re.search("/callback|@original", path):
                given = None
            if fault is not None and fault.reset == "after":
                _reset(request)
            status = 204 if given is None else 200
            if given is None:
                return web.Response(status=204)
            if self.sparse:
                return web.json_response(thin(given))
            return _json(given, status=status)
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
            check(1 <= len(command["name"]) <= 32, "command name")
            if command["type"] == 1:
                check(re.fullmatch(r"[a-z_-]{1,32}", command["name"]), "command name")
                check(1 <= len(command["description"]) <= 100, f"description of {command['name']}")
                check(len(command.get("options", [])) <= 25, "options")
                for option in command.get("options", []):
                    check(1 <= len(option["description"]) <= 100, f"description of {option['name']}")
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
        self._allow(int(channel), SEND)
        self.typing.append((time.monotonic(), int(channel)))

    async def _post_message(self, body: Json, channel: str) -> Json:
        place = int(channel)
        if place not in self.channels:
            raise RefusedError(404, 10003, "Unknown Channel")
        self._allow(place, SEND)
        if body.get("attachments"):
            self._allow(place, ATTACH)
        nonce = body.get("nonce")
        check(nonce is None or len(str(nonce)) <= 25, "nonce")
        if nonce is not None and body.get("enforce_nonce") and f"{channel}/{nonce}" in self._nonces:
            return self.messages[self._nonces[f"{channel}/{nonce}"]]
        reference = body.get("message_reference")
        if reference is not None:
            self._allow(place, HISTORY, code=160002)
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
        self._allow(int(channel), HISTORY)
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
        self._allow(int(channel), THREADS)
        check(1 <= len(body["name"].strip()) <= 100, "thread name")
        if int(message) in self.channels:
            raise RefusedError(400, 160004, "A thread has already been created for this message")
        self.channels[int(message)] = self._channel(
            int(message), body["name"], PUBLIC_THREAD, int(channel), self.bot_id
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
            check(len(data["choices"]) <= 25, "choices")
            for choice in data["choices"]:
                check(1 <= len(choice["name"]) <= 100 and len(str(choice["value"])) <= 100, "a choice")
            found.choices = data["choices"]
        elif kind == 9:
            check(len(data["title"]) <= 45 and len(data["custom_id"]) <= 100, "modal")
            found.modal = data
        elif kind == 6:
            check(found.component_of is not None, "an update of no message")
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
        if found is None or time.monotonic() - found.created > self.token_life_s:
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
            check(attachment["text"], "an empty file")
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
    body = {"message": "You are being rate limited.", "retry_after": fault.retry_after}
    body["global"] = fault.everywhere
    headers = {"Retry-After": str(fault.retry_after), "X-RateLimit-Scope": "shared"}
    return _json(body, status=429, headers=headers | ({"Via": "1.1 stand-in"} if fault.via else {}))


def _reset(request: web.Request) -> None:
    transport = request.transport
    assert transport is not None
    transport.abort()
    raise ConnectionResetError

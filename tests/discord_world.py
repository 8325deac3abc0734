"""The world that the stand-in for Discord shows: servers, channels, people, messages, and who sees what."""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

TOKEN = "stand-in.token"
EPOCH_MS = 1420070400000
EPHEMERAL = 64
TEXT, DM, FORUM, PUBLIC_THREAD, PRIVATE_THREAD = 0, 1, 15, 11, 12
ALL = (1 << 50) - 1 - (1 << 3)  # but for administrators, whom nothing is denied
SEND, HISTORY, ATTACH, THREADS = 1 << 11, 1 << 16, 1 << 15, 1 << 35

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
    everywhere: bool = False
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


class World:
    """What there is. ``problems`` lists what a real Discord would have refused as malformed."""

    def __init__(
        self, *, content_intent: bool = False, heartbeat_s: float = 0.5, sparse: bool = False
    ) -> None:
        self._counter = 0
        # Says no more than a server must that speaks Discord's protocol and is not Discord.
        self.sparse = sparse
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
        self.token_life_s = 900.0
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

    def snowflake(self, *, ago_s: float = 0) -> int:
        self._counter += 1
        return ((int((time.time() - ago_s) * 1000) - EPOCH_MS) << 22) | (self._counter & 0x3FFFFF)

    @property
    def mention(self) -> str:
        return f"<@{self.bot_id}>"

    def add_channel(
        self, name: str, kind: int = TEXT, parent: int | None = None, owner: int | None = None
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
        if kind in (PUBLIC_THREAD, PRIVATE_THREAD):
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
            if channel["type"] == DM and channel["recipients"][0]["id"] == user["id"]:
                return id
        id = self.snowflake()
        self.channels[id] = {"id": str(id), "type": DM, "recipients": [user], "last_message_id": None}
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
                if channel["type"] in (TEXT, FORUM)
            ],
            "threads": [each for each in self.channels.values() if each["type"] == PUBLIC_THREAD],
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

    async def _notify(self) -> None:
        async with self._changed:
            self._changed.notify_all()

    # -- messages

    def _find(self, message: str) -> Json:
        if int(message) not in self.messages:
            raise RefusedError(404, 10008, "Unknown Message")
        return self.messages[int(message)]

    def _allow(self, channel: int, permission: int, code: int = 50013) -> None:
        if self.denied.get(channel, 0) & permission:
            raise RefusedError(400 if code == 160002 else 403, code, "Missing Permissions")

    def _place(self, channel: int) -> Json:
        return {} if self.channels[channel]["type"] == DM else {"guild_id": str(self.guild)}

    def _message(self, author: Json, channel: int, text: str) -> Json:
        ids = set(re.findall(r"<@!?(\d+)>", text))
        everybody = [*self.people.values(), self.bot]
        message: Json = {
            "id": str(self.snowflake()),
            "channel_id": str(channel),
            "author": author,
            "content": text,
            "timestamp": now(),
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
            check(len(content.strip()) <= 2000, f"content has {len(content)} characters")
            message["content"] = content.strip()
        if "components" in body:
            message["components"] = body["components"] or []
            names = [each["custom_id"] for each in buttons_of(message)]
            check(len(names) == len(set(names)), "a custom_id twice")
            check(all(len(name) <= 100 for name in names), "custom_id")
            check(len(message["components"]) <= 5, "rows")
            for row in message["components"]:
                check(len(row["components"]) <= 5, "buttons in a row")
            for button in buttons_of(message):
                check(len(button.get("label") or "") <= 80, "label")
                check(button.get("label") or button.get("emoji"), "a button without a name")
        if "attachments" in body:
            message["attachments"] = body["attachments"]
        mentions = body.get("allowed_mentions")
        check(
            mentions is not None and not mentions.get("parse") and not mentions.get("replied_user"),
            "mentions are allowed",
        )
        check(message["content"] or message["attachments"] or message["components"], "an empty message")


_KEPT = set(
    "application_id author bot channel_id channels components content custom_id data guild_id guilds id member members "
    "mentions message message_id message_reference name op parent_id permissions retry_after roles session_id shards "
    "threads token type unavailable url user username".split()
)


def thin(value: Any) -> Any:
    """Leave out what is not needed to understand it."""
    if isinstance(value, list):
        return [thin(each) for each in value]
    if not isinstance(value, dict):
        return value
    whole = ("components", "data")
    return {
        key: each if key in whole else thin(each)
        for key, each in value.items()
        if key in _KEPT and each is not None
    }


def buttons_of(message: Json) -> list[Json]:
    """The buttons below a message."""
    return [each for row in message["components"] for each in row["components"]]


def labels_of(message: Json) -> list[str]:
    """What is written on the buttons below a message."""
    return [each.get("label") or each["emoji"]["name"] for each in buttons_of(message)]


def texts(messages: Iterable[Json]) -> list[str]:
    return [str(each["content"]) for each in messages]


def check(holds: object, what: str) -> None:
    if not holds:
        raise RefusedError(400, 50035, f"Invalid Form Body: {what}")


def now() -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%S+00:00", time.gmtime())

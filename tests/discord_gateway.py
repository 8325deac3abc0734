"""The gateway of the stand-in for Discord: sessions, heartbeats, resuming, and its faults."""

from __future__ import annotations

import json
import time
from typing import Any

from aiohttp import WSMsgType, web
from discord_world import TOKEN, Json, World, thin


class Gateway(World):
    """Tells the bot what happens."""

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
        data = thin(data) if self.sparse else data
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

"""What every door leads into: the desk, the store, the limits, the settings of rooms. One for the whole bot."""

from __future__ import annotations

import asyncio
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from bot.discord.errands import Errands
from bot.discord.feedback import Feedback
from bot.discord.journal import Journal
from bot.discord.limits import Limiter
from bot.discord.model import Room
from bot.discord.pool import Pool
from bot.discord.store import Store
from bot.discord.traffic import Traffic
from bot.frontdesk import FrontDesk
from index.errors import StoreMissingError

if TYPE_CHECKING:
    import discord

    from bot.crew import Crew
    from bot.desk import Desk
    from bot.model import Answer
    from bot.settings import Settings
    from index.model import ArticleRef
    from index.progress import SyncProgress, SyncReport, Tell

    # Gets whom to tell how far it is, and whom to ask whether it is to end; returns None where it was ended so.
    Sync = Callable[[Tell, Callable[[], bool]], SyncReport | None]

# How long what is known of the articles is taken as true; an index may be changed by another process.
_SHELF_S = 60.0
# For what an answer takes without an LLM, on a machine that is busy.
_QUOTING_S = 60.0


class _StoppedError(Exception):
    """Ends a sync; the next one goes on from there."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Running:
    """A question that is being answered."""

    task: asyncio.Task[None]
    channel: int


class House:
    """Holds what outlives a connection to Discord. A client that breaks is replaced; this is not.

    Args:
        desk: answers questions; opened, and closed by whoever opened it.
        crew: answers those of people, in several processes; None for the desk alone.
        sync: brings the index in step; None for the desk's own.
    """

    def __init__(
        self,
        *,
        settings: Settings,
        desk: Desk,
        store: Store,
        pool: Pool,
        crew: Crew | None = None,
        sync: Sync | None = None,
    ) -> None:
        self.settings = settings
        self.desk = desk
        self.ask: Callable[..., Answer] = (crew or desk).ask
        self.store = store
        self.pool = pool
        self.sync = sync or self._sync_here
        self.feedback = Feedback(store)
        self.errands = Errands()
        self.traffic = Traffic()
        self.limiter = Limiter(per_person=settings.discord_per_person, per_server=settings.discord_per_server)
        # Twice an LLM's time: it may be asked what a follow-up means before it is asked to answer.
        self.front = FrontDesk(settings.discord_at_once, limit_s=2 * settings.llm_timeout + _QUOTING_S)
        key = store.fact_or("journal key", lambda: secrets.token_hex(16))
        self.journal = Journal(key=key, with_text=settings.discord_log_text)
        self.started_at = time.time()
        self.stopping = False
        self.answering: dict[str, Running] = {}
        # Connected now, or last: one that breaks is replaced while long work goes on.
        self.client: discord.Client | None = None
        self.reindexing = False
        # Of what else is going on and has something to say at the end.
        self.last_words: set[asyncio.Task[Any]] = set()
        self._rooms = store.rooms()
        self._shelving = asyncio.Lock()
        self._shelf: tuple[ArticleRef, ...] = ()
        self._shelf_until = 0.0

    def _sync_here(self, tell: Tell, is_stopping: Callable[[], bool]) -> SyncReport | None:
        def look(progress: SyncProgress) -> None:
            if is_stopping():
                raise _StoppedError
            tell(progress)

        try:
            return self.desk.sync((), look)
        except _StoppedError:
            return None

    def room(self, guild: int | None, channel: int, parent: int | None = None) -> Room:
        """Tell how a channel is set: itself, else the channel that its thread belongs to, else its server."""
        if guild is None:
            return Room()
        for place in (channel, parent, 0):
            if place is not None and (room := self._rooms.get((guild, place))) is not None:
                return room
        return Room()

    def server(self, guild: int | None) -> Room:
        """Tell how a server is set."""
        return self._rooms.get((guild, 0), Room()) if guild is not None else Room()

    async def set_room(self, guild: int, channel: int, room: Room) -> None:
        """Set a channel, or with 0 a server."""
        await self.pool.run(self.store.set_room, guild, channel, room)
        self._rooms[guild, channel] = room

    async def wait_for_answers(self, channel: int, timeout_s: float) -> None:
        """Wait for what is being answered in a channel: somebody was quicker than our own notes."""
        tasks = [running.task for running in self.answering.values() if running.channel == channel]
        if tasks:
            await asyncio.wait(tasks, timeout=timeout_s)

    async def shelf(self, *, anew: bool = False) -> tuple[ArticleRef, ...]:
        """Name the articles, as of a minute ago at most; none where there is no index."""
        # Whoever types a title asks with every letter; one of these reads, the others wait for it.
        async with self._shelving:
            if anew or time.monotonic() >= self._shelf_until:
                try:
                    self._shelf = await self.pool.run(self.desk.articles)
                except StoreMissingError:
                    self._shelf = ()
                self._shelf_until = time.monotonic() + _SHELF_S
        return self._shelf

    async def folders(self) -> tuple[str, ...]:
        """Name the folders of the corpus."""
        found = {""}
        for article in await self.shelf():
            parts = article.file.split("/")[:-1]
            found |= {"/".join(parts[:depth]) for depth in range(1, len(parts) + 1)}
        return tuple(sorted(found - {""}))

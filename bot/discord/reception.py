"""Takes a question in, has it answered and sees the answer to its reader. Every door leads here."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from functools import partial
from typing import TYPE_CHECKING

import discord
from discord import ui

from bot.batch import check_text
from bot.discord import trouble
from bot.discord.buttons import answer_view, retry_view
from bot.discord.house import House, Running
from bot.discord.journal import Stopwatch
from bot.discord.letter import answer_letter, plain_letter, progress_text, said, sources_of
from bot.discord.limits import Refusal
from bot.discord.model import Door, Inquiry, State, new_id
from bot.discord.reply import BusyError, CannotSpeakError, Post, Reply
from bot.stop import checkpoint
from index.errors import DatelineError

if TYPE_CHECKING:
    from bot.model import Answer, Sentence

# Until then "is typing" or "thinking…" is enough.
_PATIENCE_S = 8.0
_PROGRESS_S = 5.0
# Discord takes five edits in five seconds, for everything in a channel together.
_STREAM_S = 1.5
# For the sentence that tells of an end.
_LAST_WORDS_S = 2.0
# The errand of reading a message once more.
MESSAGE = "message"


@dataclass(slots=True)
class _Course:
    """How far an answer is; written by the engine's thread, read by the loop."""

    place: Callable[[], int] = field(default=lambda: 0)
    found: tuple[int, int] | None = None
    sentences: list[Sentence] = field(default_factory=list)

    def tell(self, *, streaming: bool) -> str:
        if place := self.place():
            return f"Many are asking just now: your question is number {place} in the queue."
        if self.sentences and streaming:
            return progress_text(self.sentences)
        if self.sentences:
            count = len(self.sentences)
            return f"Checked {count} sentence{'s' * (count != 1)} so far …"
        if self.found is not None:
            passages, articles = self.found
            return f"Reading {passages} passages of {articles} articles …"
        return "Looking through the articles …"

    def on_found(self, passages: int, articles: int) -> None:
        checkpoint()
        self.found = (passages, articles)

    def on_sentence(self, sentence: Sentence) -> None:
        checkpoint()
        self.sentences.append(sentence)


class Reception:
    """Answers questions, as many at once as the settings allow."""

    def __init__(self, house: House) -> None:
        self._house = house

    def take(self, inquiry: Inquiry, reply: Reply, *, token: str | None = None) -> asyncio.Task[None]:
        """Begin with a question.

        Args:
            token: of an interaction, by which a restart can close what was left open.
        """
        task = asyncio.create_task(self._attend(inquiry, reply, token), name=f"question {inquiry.id}")
        self._house.answering[inquiry.id] = Running(task=task, channel=inquiry.channel)
        task.add_done_callback(lambda _: self._house.answering.pop(inquiry.id, None))
        return task

    async def say(
        self, reply: Reply, text: str, *, nonce: int, view: ui.View | None = None
    ) -> Sequence[Post]:
        """Say a sentence instead of an answer; returns the messages it stands in."""
        try:
            return await reply.finish(plain_letter(text), view, nonce=nonce)
        except CannotSpeakError:
            await reply.explain_silence()
            return ()

    async def stop(self, grace_s: float) -> None:
        """Take no more questions; let running answers end, and turn those that do not into a sentence.

        Args:
            grace_s: for all of it, the sentences included.
        """
        self._house.stopping = True
        tasks = [running.task for running in self._house.answering.values()]
        if tasks:
            await asyncio.wait(tasks, timeout=max(grace_s - _LAST_WORDS_S, grace_s / 2))
        late = [task for task in tasks if not task.done()]
        for task in late:
            task.cancel()
        # Those that came meanwhile are only being told so.
        rest = [*(running.task for running in self._house.answering.values()), *self._house.last_words]
        if rest:
            await asyncio.wait(rest, timeout=_LAST_WORDS_S)

    def withdraw(self, record: str) -> None:
        """Let go of a question that nobody asks any more."""
        if running := self._house.answering.get(record):
            running.task.cancel("withdrawn")

    async def _attend(self, inquiry: Inquiry, reply: Reply, token: str | None) -> None:
        course = _Course()
        watch = Stopwatch()
        again: ui.View | None = None
        try:
            await reply.begin()
            again = self._again(inquiry)
            if not await self._house.pool.run(self._house.store.claim, inquiry, now=time.time(), token=token):
                await reply.drop()  # an event that Discord has sent twice
                return
            again = retry_view(inquiry.id)
            refusal = self._refuse(inquiry)
            if refusal is not None:
                posts = await self.say(reply, refusal, nonce=nonce_of(inquiry), view=again)
                await self._end(inquiry, State.REFUSED, posts)
                self._tell(inquiry, State.REFUSED, {})
                return
            await self._answer(inquiry, reply, course, watch)
        except asyncio.CancelledError as exc:
            await self._break_off(inquiry, reply, withdrawn="withdrawn" in exc.args)
        except CannotSpeakError:
            await self._end(inquiry, State.FAILED)
            self._tell(inquiry, State.FAILED, {"reason": "not allowed to speak"})
            await reply.explain_silence()
        except Exception as exc:  # told as a fault, its traceback in the log
            await self._fail(inquiry, reply, exc, again)

    def _again(self, inquiry: Inquiry) -> ui.View:
        """Make the Retry button of a question that is in no store yet."""
        if inquiry.message is not None:
            return message_again(self._house, inquiry.channel, inquiry.message)
        given = {"question": inquiry.question, "private": inquiry.private}
        return self._house.errands.view("ask", given)

    def _refuse(self, inquiry: Inquiry) -> str | None:
        if self._house.stopping:
            return trouble.STOPPING
        if self._house.front.is_full:
            return trouble.refuse(Refusal(whose="queue"))
        refusal = self._house.limiter.admit(person=inquiry.asker, server=inquiry.guild, now=time.time())
        return None if refusal is None else trouble.refuse(refusal)

    async def _answer(self, inquiry: Inquiry, reply: Reply, course: _Course, watch: Stopwatch) -> None:
        house = self._house
        facts: dict[str, float] = {"begin_ms": watch.lap_ms()}

        ticket = house.front.submit(inquiry.asker, partial(self._ask, inquiry, course))
        course.place = ticket.place
        progress = asyncio.create_task(self._report(inquiry, reply, course))
        try:
            answer = await asyncio.wrap_future(ticket.answer)
            facts["queue_ms"] = round((ticket.waited_s or 0.0) * 1000, 1)
            facts["answer_ms"] = round(watch.lap_ms() - facts["queue_ms"], 1)
        finally:
            # Cancelled, the answer would still be made, and keep others waiting.
            ticket.withdraw()
            progress.cancel()
            # A line of progress on its way must not land below the answer.
            await asyncio.wait([progress])
        state = State(answer.status.value)
        sources = sources_of(answer)
        await house.pool.run(
            house.store.settle, inquiry.id, state, read_as=answer.asked, said=said(answer), sources=sources
        )
        view = answer_view(inquiry.id, state, sources=bool(sources))
        posts = await reply.finish(answer_letter(answer), view, nonce=nonce_of(inquiry))
        await house.pool.run(house.store.finish, inquiry.id, posts)
        facts["send_ms"] = watch.lap_ms()
        self._tell(inquiry, state, facts)

    def _ask(self, inquiry: Inquiry, course: _Course) -> Answer:
        """Ask the desk; in a thread of the front desk."""
        history = self._house.store.history(inquiry.parent, reader=inquiry.asker)
        return self._house.ask(
            check_text(inquiry.question, "question"),
            history=history,
            folder=inquiry.folder,
            on_found=course.on_found,
            on_sentence=course.on_sentence,
        )

    async def _report(self, inquiry: Inquiry, reply: Reply, course: _Course) -> None:
        """Tell how far the answer is: after a while, then again when there is news."""
        streaming = self._house.settings.discord_streaming
        shown = ""
        started = time.monotonic()
        while True:
            await asyncio.sleep(_STREAM_S if streaming else _PROGRESS_S if shown else _PATIENCE_S)
            text = course.tell(streaming=streaming)
            waited = time.monotonic() - started >= _PATIENCE_S
            if text == shown or not (waited or (streaming and course.sentences)):
                continue
            try:
                draft = await reply.progress(text)
            except BusyError:
                continue
            except (discord.HTTPException, OSError, CannotSpeakError) as exc:
                # The answer itself is tried all the same, and tells what is wrong.
                self._house.journal.tell(
                    "progress was not shown", record=inquiry.id, reason=type(exc).__name__
                )
                return
            if draft is not None and not shown:
                await self._house.pool.run(self._house.store.note_draft, inquiry.id, draft)
            shown = text

    async def _break_off(self, inquiry: Inquiry, reply: Reply, *, withdrawn: bool) -> None:
        with suppress(Exception):  # the bot is going, or nobody reads it
            async with asyncio.timeout(_LAST_WORDS_S):
                if withdrawn:
                    await reply.drop()
                else:
                    view = retry_view(inquiry.id)
                    posts = await reply.finish(plain_letter(trouble.STOPPED), view, nonce=nonce_of(inquiry))
                    await self._end(inquiry, State.FAILED, posts)
        self._tell(inquiry, State.FAILED, {"reason": "withdrawn" if withdrawn else "stopped"})

    async def _fail(self, inquiry: Inquiry, reply: Reply, exc: Exception, again: ui.View | None) -> None:
        facts = {"record": inquiry.id, "door": inquiry.door.value}
        text = trouble.explain(exc, self._house.journal, **facts)
        posts: Sequence[Post] = ()
        try:
            posts = await reply.finish(plain_letter(text), again, nonce=nonce_of(inquiry, error=True))
        except (discord.HTTPException, OSError, CannotSpeakError) as last:
            self._house.journal.fault("an error could not be told", last, **facts)
        except RuntimeError as last:
            # The client was closed under it. The question stays open, and the next client takes it up.
            self._house.journal.fault("left to the next client", last, **facts)
            return
        with suppress(DatelineError):  # it may be the store that has failed
            await self._end(inquiry, State.FAILED, posts)
        self._tell(inquiry, State.FAILED, {"reason": type(exc).__name__})

    async def _end(self, inquiry: Inquiry, state: State, posts: Sequence[Post] = ()) -> None:
        await self._house.pool.run(self._house.store.settle, inquiry.id, state)
        await self._house.pool.run(self._house.store.finish, inquiry.id, posts)

    def _tell(self, inquiry: Inquiry, state: State, facts: Mapping[str, object]) -> None:
        self._house.journal.tell(
            "question",
            question=inquiry.question,
            record=inquiry.id,
            door=inquiry.door.value,
            status=state.value,
            person=inquiry.asker,
            server=inquiry.guild,
            **facts,
        )


def message_again(house: House, channel: int, message: int) -> ui.View:
    """Make the button that reads a message once more."""
    return house.errands.view(MESSAGE, {"channel": channel, "message": message})


def nonce_of(inquiry: Inquiry, *, error: bool = False) -> int:
    """Make a nonce that is the same when the same question is answered once more after a crash."""
    return int(inquiry.id[:11], 16) * 100 + (50 if error else 0)


def ask_anew(inquiry: Inquiry, *, trigger: int, door: Door) -> Inquiry:
    """Ask the same question once more, in the same conversation."""
    return replace(inquiry, id=new_id(), trigger=trigger, message=None, door=door)

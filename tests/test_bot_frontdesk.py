"""Many people at once: turns by people, places, refusals, time limits, and desks that come free."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import CancelledError

import pytest

from bot.frontdesk import CrowdedError, FrontDesk, Ticket
from bot.patience import Patience
from bot.stop import Stop, StoppedError, TooLongError, checkpoint

LONG_S = 10.0


class Engine:
    """Answers when it is let; remembers what was begun."""

    def __init__(self, *, let: bool = False) -> None:
        self.begun: list[str] = []
        self.ended: list[str] = []
        self.let = threading.Event()
        self.at_work = threading.Semaphore(0)
        if let:
            self.let.set()

    def job(self, name: str) -> Callable[[], str]:
        def answer() -> str:
            self.begun.append(name)
            self.at_work.release()
            while not self.let.wait(0.005):
                checkpoint()
            checkpoint()
            self.ended.append(name)
            return name.upper()

        return answer


@pytest.fixture
def engine() -> Iterator[Engine]:
    made = Engine()
    yield made
    made.let.set()


@pytest.fixture
def desk() -> Iterator[FrontDesk]:
    made = FrontDesk(1)
    yield made
    made.close()


def ask_all(desk: FrontDesk, engine: Engine, *names: str) -> list[Ticket[str]]:
    """Queue questions, each of the person whose letter it begins with; the first one is at work then."""
    first = desk.submit(names[0][0], engine.job(names[0]))
    assert engine.at_work.acquire(timeout=LONG_S)
    return [first, *(desk.submit(name[0], engine.job(name)) for name in names[1:])]


def test_whoever_sends_many_takes_turns_with_those_who_send_one(desk: FrontDesk, engine: Engine) -> None:
    tickets = ask_all(desk, engine, "a1", "a2", "a3", "a4", "b1", "c1", "b2")
    assert [ticket.place() for ticket in tickets] == [0, 1, 4, 6, 2, 3, 5]
    engine.let.set()
    assert [ticket.answer.result(LONG_S) for ticket in tickets] == ["A1", "A2", "A3", "A4", "B1", "C1", "B2"]
    assert engine.begun == ["a1", "a2", "b1", "c1", "a3", "b2", "a4"]
    assert [ticket.place() for ticket in tickets] == [0] * 7


def test_newcomers_that_keep_coming_keep_nobody_waiting(desk: FrontDesk, engine: Engine) -> None:
    crowd: list[Ticket[None]] = []

    def come() -> None:
        engine.begun.append("new")
        if len(crowd) < 20:
            crowd.append(desk.submit(f"new {len(crowd)}", come))

    tickets = ask_all(desk, engine, "a1", "a2", "a3")
    crowd.append(desk.submit("new", come))
    engine.let.set()
    tickets[-1].answer.result(LONG_S)
    assert engine.begun[:4] == ["a1", "a2", "new", "a3"]


def test_who_has_asked_before_starts_anew_with_the_others(desk: FrontDesk, engine: Engine) -> None:
    for _ in range(5):
        desk.submit("a", lambda: None).answer.result(LONG_S)
    tickets = ask_all(desk, engine, "z1", "a1", "b1")
    assert [ticket.place() for ticket in tickets] == [0, 1, 2]


def test_a_full_queue_is_told_with_how_many_wait(engine: Engine) -> None:
    desk = FrontDesk(1, most_waiting=4)
    tickets = ask_all(desk, engine, "a1", "a2")
    with pytest.raises(CrowdedError, match=r"^1 questions of yours are waiting already"):
        desk.submit("a", engine.job("a3"))
    tickets += [desk.submit(person, engine.job(person)) for person in "bcd"]
    assert desk.is_full
    with pytest.raises(CrowdedError, match=r"^4 questions are waiting already: ask again in a moment$"):
        desk.submit("e", engine.job("e"))
    tickets[1].withdraw()
    assert not desk.is_full
    desk.submit("e", engine.job("e"))
    desk.close()


def test_who_goes_away_leaves_the_queue_and_the_others_move_up(desk: FrontDesk, engine: Engine) -> None:
    tickets = ask_all(desk, engine, "a1", "b1", "c1", "d1")
    tickets[1].withdraw()
    assert [ticket.place() for ticket in tickets] == [0, 0, 1, 2]
    with pytest.raises(CancelledError):
        tickets[1].answer.result()
    engine.let.set()
    tickets[3].answer.result(LONG_S)
    assert engine.begun == ["a1", "c1", "d1"]


def test_an_answer_that_nobody_waits_for_frees_the_desk(desk: FrontDesk, engine: Engine) -> None:
    first, second = ask_all(desk, engine, "a1", "b1")
    first.withdraw()
    with pytest.raises(StoppedError):
        first.answer.result(LONG_S)
    assert engine.at_work.acquire(timeout=LONG_S)  # the second has begun while the engine lets nobody end
    engine.let.set()
    assert second.answer.result(LONG_S) == "B1"
    assert engine.ended == ["b1"]
    assert second.waited_s is not None


def test_a_question_has_its_time_and_the_next_one_has_its_own(engine: Engine) -> None:
    desk = FrontDesk(1, limit_s=0.03)
    first, second = ask_all(desk, engine, "a1", "b1")
    with pytest.raises(TooLongError, match=r"^the question took longer than 0\.03 seconds"):
        first.answer.result(LONG_S)
    assert engine.at_work.acquire(timeout=LONG_S)
    engine.let.set()
    # Waiting does not count: its time runs from when it began.
    second.answer.exception(LONG_S)
    assert engine.begun == ["a1", "b1"]
    desk.close()


def test_what_goes_wrong_is_told_to_whoever_asked_and_the_desk_goes_on(desk: FrontDesk) -> None:
    def fail() -> str:
        raise ValueError("no")

    failed = desk.submit("a", fail)
    with pytest.raises(ValueError, match="no"):
        failed.answer.result(LONG_S)
    assert desk.idle
    assert desk.submit("a", lambda: "yes").answer.result(LONG_S) == "yes"


def test_as_many_as_are_allowed_are_answered_at_once(engine: Engine) -> None:
    desk = FrontDesk(3)
    tickets = [desk.submit(person, engine.job(person)) for person in "abcde"]
    for _ in range(3):
        assert engine.at_work.acquire(timeout=LONG_S)
    assert [ticket.place() for ticket in tickets] == [0, 0, 0, 1, 2]
    assert not desk.idle
    desk.close()
    for ticket in tickets[:3]:
        with pytest.raises(StoppedError):
            ticket.answer.result(LONG_S)
    assert all(ticket.answer.cancelled() for ticket in tickets[3:])
    assert engine.ended == []


def test_an_event_loop_waits_for_a_ticket_and_may_let_go_of_it(desk: FrontDesk, engine: Engine) -> None:
    async def go() -> str:
        first = desk.submit("a", engine.job("a1"))
        second = desk.submit("b", engine.job("b1"))
        waiting = asyncio.create_task(asyncio.wait_for(asyncio.wrap_future(second.answer), LONG_S))
        await asyncio.sleep(0)
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting
        assert second.place() == 0 and second.answer.cancelled()
        engine.let.set()
        return await asyncio.wrap_future(first.answer)

    assert asyncio.run(go()) == "A1"
    assert engine.begun == ["a1"]


def test_without_a_stop_a_checkpoint_lets_everything_pass() -> None:
    checkpoint()
    stop = Stop()
    with stop.applies():
        checkpoint()
        stop.set()
        with pytest.raises(StoppedError):
            checkpoint()
    checkpoint()
    with pytest.raises(StoppedError), stop.applies():
        raise AssertionError("withdrawn before it began")


def test_a_stop_holds_in_its_own_thread_alone() -> None:
    stop, seen = Stop(), []

    def elsewhere() -> None:
        checkpoint()
        seen.append("passed")

    with stop.applies():
        stop.set()
        other = threading.Thread(target=elsewhere)
        other.start()
        other.join()
    assert seen == ["passed"]


def test_a_limit_runs_from_the_beginning_of_the_work() -> None:
    stop = Stop(0.02)
    time.sleep(0.03)
    with stop.applies():
        checkpoint()
        time.sleep(0.03)
        with pytest.raises(TooLongError):
            checkpoint()


def test_an_llm_that_hangs_is_left_as_soon_as_nobody_waits() -> None:
    stop, hanging = Stop(), threading.Event()

    def pieces() -> Iterator[str]:
        yield "The"
        stop.set()
        hanging.wait(LONG_S)

    began = time.monotonic()
    with pytest.raises(StoppedError), stop.applies():
        for _ in Patience(LONG_S).watch(pieces, "model"):
            pass
    hanging.set()
    assert time.monotonic() - began < LONG_S / 2

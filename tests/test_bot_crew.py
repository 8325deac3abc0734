"""Answers made in several processes: the same, where the fewest are made, and none is lost with a process."""

from __future__ import annotations

import multiprocessing
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from functools import partial
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from crew_world import SENTENCE, mark, open_far

from bot.app import build
from bot.crew import Crew
from bot.hand import Hand
from bot.model import Answer, Sentence, Turn
from bot.settings import Settings
from bot.stop import Stop, StoppedError, TooLongError
from index.errors import DatelineError, StoreError

LONG_S = 30.0
FERRY = "How many passengers did the ferry carry?"
HERE = str(os.getpid())
ROOT = Path(__file__).parent.parent


@pytest.fixture(autouse=True)
def two_processors(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.crew._count_processors", lambda: 2)


def wait_until(holds: Callable[[], object]) -> None:
    until = time.monotonic() + LONG_S
    while not holds():
        assert time.monotonic() < until
        time.sleep(0.005)


class Team:
    """A crew of two over desks that do as they are told."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.crew = Crew(
            open_far(folder),
            partial(open_far, folder),
            processes=2,
            set_up=partial(mark, folder),
        )
        self.threads = ThreadPoolExecutor(8)

    def ask(self, question: str, **options: Any) -> Future[Answer]:
        return self.threads.submit(self.crew.ask, question, **options)

    def waiting(self, count: int) -> None:
        wait_until(lambda: len([*self.folder.glob("* waits")]) == count)

    def keep_busy(self) -> Future[Answer]:
        """Have this process make an answer, and another be started."""
        busy = self.ask("ferry, wait")
        self.waiting(1)
        assert self.crew.ask(FERRY).reason == HERE
        return busy

    def let_go(self) -> None:
        (self.folder / "go").touch()

    def close(self) -> None:
        self.let_go()
        self.threads.shutdown()
        self.crew.close()


@pytest.fixture
def team(tmp_path: Path) -> Iterator[Team]:
    made = Team(tmp_path)
    yield made
    made.close()
    wait_until(lambda: not multiprocessing.active_children())


@pytest.fixture
def full_team(team: Team) -> Team:
    """Two processes can be asked, and this one is busy."""
    team.keep_busy()
    wait_until(lambda: team.crew.is_complete)
    return team


def the_other() -> int:
    (process,) = multiprocessing.active_children()
    assert process.pid is not None
    return process.pid


def test_one_question_after_the_other_needs_one_process(team: Team) -> None:
    assert [team.crew.ask(FERRY).reason for _ in range(3)] == [HERE] * 3
    assert not multiprocessing.active_children()


def test_a_question_goes_where_the_fewest_are_answered(full_team: Team) -> None:
    other = str(the_other())
    assert (full_team.folder / f"{other} set up").exists()
    assert full_team.crew.ask(FERRY).reason == other
    second = full_team.ask("ferry, wait")
    full_team.waiting(2)
    # One each: this process goes first, and no third is started.
    assert full_team.crew.ask(FERRY).reason == HERE
    assert len(multiprocessing.active_children()) == 1
    full_team.let_go()
    assert second.result(LONG_S).reason == other


def test_all_that_is_asked_and_told_passes_between_processes(full_team: Team) -> None:
    found: list[tuple[int, int]] = []
    shown: list[Sentence] = []
    history = (Turn(question="What happened?", answer="A ferry was turned back."),)
    given: dict[str, Any] = {"history": history, "folder": "wire"}
    answer = full_team.crew.ask(
        "and the ferry, show",
        **given,
        on_found=lambda *counts: found.append(counts),
        on_sentence=shown.append,
    )
    assert answer.reason == str(the_other())
    alone = open_far(full_team.folder).ask("and the ferry, show", **given)
    assert (answer.asked, answer.citations, answer.sentences) == (
        alone.asked,
        alone.citations,
        alone.sentences,
    )
    assert (found, shown) == ([(24, 5)], [SENTENCE])


def test_errors_of_another_process_are_raised_here_in_their_own_words(full_team: Team) -> None:
    with pytest.raises(StoreError, match=r"another embedder \(that; now this\)"):
        full_team.crew.ask("ferry, refuse")
    with pytest.raises(Exception, match="ZeroDivisionError: a bug"):
        full_team.crew.ask("ferry, fail")
    assert full_team.crew.ask(FERRY).reason == str(the_other())


def test_a_killed_process_costs_no_answer_and_is_replaced_later(
    full_team: Team, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    asked = full_team.ask("ferry, wait")
    full_team.waiting(2)
    first = the_other()
    os.kill(first, 9)
    full_team.let_go()
    assert asked.result(LONG_S).reason == HERE
    assert "has ended (exit code -9)" in caplog.text
    # Not at once: it may have been killed for want of memory.
    (full_team.folder / "go").unlink()
    for left in full_team.folder.glob("* waits"):
        left.unlink()
    full_team.keep_busy()
    assert not multiprocessing.active_children()
    later = time.monotonic() + 61
    monkeypatch.setattr("bot.crew.time", SimpleNamespace(monotonic=lambda: later))
    full_team.crew.ask(FERRY)
    wait_until(lambda: full_team.crew.is_complete)
    assert the_other() != first


def test_what_was_shown_before_a_process_was_killed_is_not_shown_twice(full_team: Team) -> None:
    shown: list[Sentence] = []
    asked = full_team.ask("ferry, show, wait", on_sentence=shown.append)
    wait_until(lambda: shown)
    os.kill(the_other(), 9)
    with pytest.raises(DatelineError, match=r"has ended \(exit code -9\): ask again"):
        asked.result(LONG_S)
    assert shown == [SENTENCE]


def test_an_answer_nobody_wants_is_stopped_there(full_team: Team) -> None:
    stop = Stop()

    def ask() -> Answer:
        with stop.applies():
            return full_team.crew.ask("ferry, wait")

    asked = full_team.threads.submit(ask)
    full_team.waiting(2)
    stop.set()
    with pytest.raises(StoppedError):
        asked.result(LONG_S)
    wait_until((full_team.folder / "stopped").exists)
    assert full_team.crew.ask(FERRY).reason == str(the_other())


def test_an_answer_that_takes_too_long_is_stopped_there(full_team: Team) -> None:
    with pytest.raises(TooLongError), Stop(0.5).applies():
        full_team.crew.ask("ferry, wait")
    wait_until((full_team.folder / "stopped").exists)


def test_a_process_that_cannot_be_started_is_told_of_and_costs_no_answer(
    team: Team, caplog: pytest.LogCaptureFixture
) -> None:
    (team.folder / "no model").touch()
    team.keep_busy()
    wait_until(lambda: "could not be started: the model is not there: name another" in caplog.text)
    wait_until(lambda: not multiprocessing.active_children())
    assert team.crew.ask(FERRY).reason == HERE
    # Nor is it tried with every question.
    assert not multiprocessing.active_children()


def test_a_process_that_nobody_needs_ends(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.crew._IDLE_S", 0.3)
    team = Team(tmp_path)
    try:
        team.keep_busy()
        wait_until(lambda: multiprocessing.active_children())
        asked = team.ask("ferry, wait")
        wait_until(lambda: not multiprocessing.active_children() or len([*tmp_path.glob("* waits")]) == 2)
        team.let_go()
        assert asked.result(LONG_S).reason
        wait_until(lambda: not multiprocessing.active_children())
        assert team.crew.ask(FERRY).reason == HERE
    finally:
        team.close()


def _have_answered(processes: int, answers: list[Answer]) -> bool:
    return len({answer.reason for answer in [*answers]}) == processes


def test_questions_from_many_threads_are_all_answered_while_processes_are_killed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.crew._PAUSE_S", 0.0)
    team = Team(tmp_path)
    over = threading.Event()
    answers: list[Answer] = []

    def ask() -> None:
        while not over.is_set():
            answers.append(team.crew.ask(FERRY))

    try:
        asked = [team.threads.submit(ask) for _ in range(6)]
        for processes in range(2, 6):
            wait_until(partial(_have_answered, processes, answers))
            os.kill(the_other(), 9)
        over.set()
        for each in asked:
            each.result(LONG_S)
        assert all(answer.citations for answer in answers)
    finally:
        over.set()
        team.close()


def test_a_program_that_forgets_to_close_ends_all_the_same(tmp_path: Path) -> None:
    program = tmp_path / "forgetful.py"
    program.write_text(
        "import sys, threading, time\n"
        "from functools import partial\n"
        "from pathlib import Path\n"
        "from crew_world import open_far\n"
        "import bot.crew\n"
        "if __name__ == '__main__':\n"
        "    bot.crew._count_processors = lambda: 2\n"
        "    folder = Path(sys.argv[1])\n"
        "    crew = bot.crew.Crew(open_far(folder), partial(open_far, folder), processes=2)\n"
        "    busy = threading.Thread(target=crew.ask, args=('ferry, wait',))\n"
        "    busy.start()\n"
        "    while not list(folder.glob('* waits')): time.sleep(0.01)\n"
        "    crew.ask('ferry')\n"
        "    while not crew.is_complete: time.sleep(0.01)\n"
        "    (folder / 'go').touch()\n"
        "    busy.join()\n",
        encoding="utf-8",
    )
    paths = os.pathsep.join([str(ROOT), str(ROOT / "tests")])
    done = subprocess.run(
        [sys.executable, str(program), str(tmp_path)],
        env=os.environ | {"PYTHONPATH": paths},
        capture_output=True,
        text=True,
        timeout=LONG_S,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")


def test_the_real_engine_gives_the_same_answers_in_another_process(indexed_corpus: Path) -> None:
    settings = Settings(corpus=ROOT / "corpus", index=indexed_corpus)
    desk = build(settings)
    hand = Hand(partial(build, settings), set_up=None, idle_s=900)
    try:
        wait_until(lambda: hand.is_ready)
        for question in ("How many prisoners were freed?", "Who won the world cup in 1930?", FERRY):
            here, there = desk.ask(question), hand.ask(question)
            assert here.status == there.status
            assert (here.sentences, here.citations) == (there.sentences, there.citations)
            assert (here.reason, here.disagreements) == (there.reason, there.disagreements)
    finally:
        hand.close()
        desk.close()

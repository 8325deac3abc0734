"""The chat: at a real pseudo-terminal, through a pipe, and command by command."""

from __future__ import annotations

import fcntl
import os
import re
import select
import struct
import subprocess
import sys
import termios
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import desk_fake
import pytest
from desk_fake import FERRY_TITLE, NO_DRIFT, STATUS, FakeDesk, FakeReport
from prompt_toolkit.completion import CompleteEvent
from prompt_toolkit.document import Document

from bot.chat import COMMANDS, Chat
from bot.prompt import ChatCompleter, IndexHistory
from bot.settings import load_settings
from index.errors import ConfigError, EmbeddingError, StoreError

FAKE = str(Path(desk_fake.__file__))
PATIENCE_S = 60


@pytest.fixture(autouse=True)
def _alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in os.environ if name.upper().startswith("DATELINE_")]:
        monkeypatch.delenv(name)
    monkeypatch.delenv("COLUMNS", raising=False)  # would beat the pseudo-terminal's own width
    monkeypatch.chdir(tmp_path)


class Terminal:
    """`dateline chat` over the fake desk at a pseudo-terminal of 60 columns."""

    def __init__(self, **environment: str) -> None:
        self._fd, inner = os.openpty()
        fcntl.ioctl(inner, termios.TIOCSWINSZ, struct.pack("HHHH", 40, 60, 0, 0))
        self._process = subprocess.Popen(
            [sys.executable, FAKE, "chat"],
            stdin=inner,
            stdout=inner,
            stderr=inner,
            env={**os.environ, "TERM": "xterm", **environment},
            start_new_session=True,
            preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0),
        )
        os.close(inner)
        self._unread = ""
        self.seen = ""

    def type(self, keys: str) -> None:
        os.write(self._fd, keys.encode())

    def until(self, wanted: str) -> str:
        """Read until the text is there; escape sequences are taken out."""
        deadline = time.monotonic() + PATIENCE_S
        while (found := self._plain().find(wanted)) < 0:
            assert time.monotonic() < deadline, f"{wanted!r} never came; there was {self._plain()!r}"
            if not self._read():
                raise AssertionError(f"{wanted!r} never came before the end; there was {self._plain()!r}")
        plain = self._plain()
        self._unread = plain[found + len(wanted) :]
        return plain[:found]

    def press(self, key: str, *, until: str) -> None:
        """Press a key, again every second, until the text is there: the history is read in the background."""
        deadline = time.monotonic() + PATIENCE_S
        while until not in self._plain():
            assert time.monotonic() < deadline, f"{until!r} never came; there was {self._plain()!r}"
            self.type(key)
            again = time.monotonic() + 1.0
            while until not in self._plain() and time.monotonic() < again:
                assert self._read()

    def _plain(self) -> str:
        return re.sub(r"\x1b(\[[0-?]*[ -/]*[@-~]|.)", "", self._unread)

    def _read(self) -> bool:
        if not select.select([self._fd], [], [], 0.2)[0]:
            return True
        try:
            got = os.read(self._fd, 65536).decode("utf-8", errors="replace")
        except OSError:
            return False
        if "\x1b[6n" in got:
            self.type("\x1b[1;1R")  # as a terminal answers the question where the cursor is
        self._unread += got
        self.seen += got
        return bool(got)

    def end(self) -> int:
        deadline = time.monotonic() + PATIENCE_S
        while self._read() and time.monotonic() < deadline:
            pass
        return self._process.wait(timeout=PATIENCE_S)

    def close(self) -> None:
        if self._process.poll() is None:
            self._process.kill()
            self._process.wait()
        os.close(self._fd)


@pytest.fixture
def terminal() -> Iterator[Callable[..., Terminal]]:
    opened: list[Terminal] = []

    def start(**environment: str) -> Terminal:
        opened.append(Terminal(**environment))
        return opened[-1]

    yield start
    for each in opened:
        each.close()


def test_nothing_heavy_is_imported_before_the_prompt() -> None:
    script = (
        "import sys; import bot.cli, bot.repl, bot.prompt; "
        "print({m.partition('.')[0] for m in sys.modules} & "
        "{'torch', 'llama_index', 'chromadb', 'rich', 'pydantic', 'numpy', 'rapidfuzz'})"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout == "set()\n"


def test_the_prompt_is_there_while_models_load_and_a_question_waits(
    terminal: Callable[..., Terminal],
) -> None:
    chat = terminal(FAKE_LOAD_S="2")
    chat.until("dateline> ")
    chat.type("How many passengers?\r")
    chat.until("loading the models")
    chat.until("212 passengers")
    chat.until("[1] Ferry turned back twice")
    chat.until("dateline> ")
    chat.type("\x04")
    assert chat.end() == 0


def test_leaving_does_not_wait_for_the_models(terminal: Callable[..., Terminal]) -> None:
    chat = terminal(FAKE_LOAD_S="60")
    chat.until("loading the models")
    chat.type("\x04")
    assert chat.end() == 0


def test_ctrl_c_stops_the_answer_not_the_program(terminal: Callable[..., Terminal]) -> None:
    chat = terminal(FAKE_ANSWER_S="3")
    chat.until("3 files")
    chat.type("How many passengers?\r")
    chat.until("reading the articles")
    chat.type("\x03")
    assert "212" not in chat.until("Stopped.")
    chat.until("dateline> ")
    chat.type("\x03")
    chat.until("/quit or Ctrl-D leaves")
    chat.type("/quit\r")
    assert chat.end() == 0


def test_ctrl_c_stops_a_sync(terminal: Callable[..., Terminal]) -> None:
    chat = terminal(FAKE_SYNC_STEPS="300")
    chat.until("3 files")
    chat.type("/index\r")
    chat.until("12 a second")
    chat.type("\x03")
    chat.until("the next /index goes on from there")
    chat.until("dateline> ")
    chat.type("/quit\r")
    assert chat.end() == 0


def test_what_articles_hold_does_not_act_at_the_terminal(terminal: Callable[..., Terminal]) -> None:
    chat = terminal()
    chat.until("3 files")
    chat.type("what of the levy\r")
    chat.until("red]again[/bold red]")
    chat.until("levy.md:3")
    chat.until("dateline> ")
    chat.type("/source 2\r")
    chat.until("> 3  Aldermere council")
    chat.until("dateline> ")
    chat.type("\x04")
    chat.end()
    assert "owned" not in chat.seen
    assert "\x1b[31mcustomers" not in chat.seen


def test_commands_complete_and_questions_are_remembered(terminal: Callable[..., Terminal]) -> None:
    chat = terminal()
    chat.until("3 files")
    chat.type("what of the levy\r")
    chat.until("levy.md:3")
    chat.until("dateline> ")
    chat.type("/qu")
    chat.until("/quit")
    chat.type("\t\r")
    assert chat.end() == 0
    assert "+what of the levy" in Path(".dateline/history").read_text(encoding="utf-8")
    chat = terminal()
    chat.until("3 files")
    chat.press("\x1b[A", until="/quit")
    chat.press("\x1b[A", until="what of the levy")


def test_a_setting_that_cannot_be_used_ends_the_chat(terminal: Callable[..., Terminal]) -> None:
    chat = terminal(DATELINE_MAX_FILE_MB="x")
    chat.until("dateline: DATELINE_MAX_FILE_MB=x cannot be used")
    assert chat.end() == 1


def pipe(text: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, FAKE, "chat"],
        input=text,
        capture_output=True,
        encoding="utf-8",
        env={**os.environ, **environment},
        check=False,
        timeout=PATIENCE_S,
    )


def test_a_pipe_is_answered_line_by_line_without_escapes() -> None:
    done = pipe("\ufeffHow many passengers?\r\n\n/source 1\n/sorce\nzzz\n", FORCE_COLOR="1")
    assert (done.returncode, done.stderr) == (
        0,
        "dateline: there is no command /sorce: did you mean /source?\n",
    )
    assert "\x1b" not in done.stdout
    assert done.stdout.splitlines()[:5] == [
        "> How many passengers?",
        "The ferry carried 212 passengers and 31 cars, said Ingrid Solheim, the harbour master [1].",
        "",
        f"[1] {FERRY_TITLE} · Coastal Wire · 11 June 2014 · wire/ferry.txt:3 · the same in 1 more",
        "",
    ]
    assert "> 3  The ferry carried" in done.stdout
    assert done.stdout.endswith("> zzz\nThe articles do not say: nothing on this topic.\n\n")


def test_a_pipe_ends_at_quit_and_without_input() -> None:
    done = pipe("/quit\nHow many passengers?\n")
    assert (done.returncode, done.stdout, done.stderr) == (0, "> /quit\n", "")
    done = pipe("")
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_a_pipe_with_a_setting_that_cannot_be_used_is_one_line_and_1() -> None:
    done = pipe("ferry?\n", DATELINE_MAX_FILE_MB="x")
    assert done.returncode == 1
    assert done.stderr.count("\n") == 1


Say = Callable[[str], tuple[str, str]]


@pytest.fixture
def desk() -> FakeDesk:
    return FakeDesk()


@pytest.fixture
def chat(desk: FakeDesk, capsys: pytest.CaptureFixture[str]) -> Chat:
    chat = Chat(
        open_settings=load_settings,
        open_desk=lambda _: desk,
        report_bug=lambda _: "sorry (reference 1)",
        terminal=False,
    )
    chat.worker.start()
    return chat


@pytest.fixture
def say(chat: Chat, capsys: pytest.CaptureFixture[str]) -> Say:
    def call(line: str) -> tuple[str, str]:
        assert chat.handle(line)
        captured = capsys.readouterr()
        return captured.out, captured.err

    return call


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("/source", "there is no source to show: ask something first"),
        ("/why", "there is no answer to explain: ask something first"),
        ("/search", "say what to search for: /search WORDS"),
        ("/show", "say which file to show: /show FILE[:LINE]"),
        ("/show levi.md", "levi.md is not indexed: did you mean levy.md?"),
        ("/indx", "there is no command /indx: did you mean /index?"),
        ("/", "there is no command /: /help lists them"),
        ("/xyzzy", "there is no command /xyzzy: /help lists them"),
    ],
)
def test_what_cannot_be_done_is_told_with_the_mend(line: str, told: str, say: Say) -> None:
    assert say(line) == ("", f"dateline: {told}\n")


def test_a_source_is_shown_in_its_surroundings(say: Say) -> None:
    say("How many passengers?")
    out, _ = say("/source [1]")
    assert out.splitlines()[:3] == [
        "Ferry turned back twice off Port Ellery · Coastal Wire · 11 June 2014",
        "wire/ferry.txt, line 3",
        "",
    ]
    assert "> 3  The ferry carried" in out
    assert say("/source 2") == ("", "dateline: the last answer has no source 2, only 1\n")
    assert say("/source x")[1] == "dateline: the last answer has no source x, only 1\n"


def test_a_source_that_was_indexed_anew_is_shown_as_it_was(
    say: Say, desk: FakeDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    say("How many passengers?")
    monkeypatch.setattr(desk, "text_of", lambda file: "other")
    out, _ = say("/source 1")
    assert "The file has been indexed anew since; the quote was:\nThe ferry carried" in out


def test_sources_are_those_of_the_last_question_alone(say: Say, desk: FakeDesk) -> None:
    say("How many passengers?")
    assert "> 3" in say("/source 1")[0]
    say("zzz")
    none = "the last question was not answered from the articles, so it has no sources"
    assert say("/source 1") == ("", f"dateline: {none}\n")
    say("How many passengers?")
    desk.raises = EmbeddingError("the model could not be run")
    say("How many passengers?")
    stopped = "the last question was stopped or failed"
    assert say("/source 1") == ("", f"dateline: there is no source to show: {stopped}\n")
    assert say("/why") == ("", f"dateline: there is no answer to explain: {stopped}\n")


def test_a_file_that_has_changed_is_shown_with_a_warning(say: Say, desk: FakeDesk) -> None:
    desk.drifted = replace(NO_DRIFT, changed=("levy.md",))
    out, err = say("/show levy.md:3")
    assert out.startswith("levy.md has changed since it was indexed, and this is what was indexed: run")
    assert ("> 3  Aldermere council" in out, err) == (True, "")
    assert "changed" not in say("/show wire/ferry.txt:3")[0]


def test_search_show_and_index_answer(say: Say, desk: FakeDesk) -> None:
    assert say("/search levy")[0].startswith("1. Council delays the tram levy [/] · aldermere-post.example")
    assert "> 3  Aldermere council" in say("/show levy.md:3")[0]
    assert "> 1  Council delays" in say("/show levy.md")[0]
    assert say("/index")[0].splitlines()[:2] == [
        "2 added, 1 edited, 1 renamed, 0 removed, 3 unchanged; 1,140 passages in 3.2 s; 1 file skipped:",
        "  broken.pdf: not a PDF: no %PDF at its beginning",
    ]
    desk.report = replace(FakeReport(), skipped=())
    assert say("/index")[0].endswith("in 3.2 s\n\n")


def test_the_chat_hands_on_its_turns_until_it_is_told_to_forget(say: Say, desk: FakeDesk) -> None:
    say("How many passengers?")
    out, _ = say("and the levy")
    assert out.startswith("Read as: and the levy after How many passengers?\n")
    assert [turn.question for turn in desk.histories[1]] == ["How many passengers?"]
    assert desk.histories[1][0].answer.startswith("The ferry carried 212 passengers and 31 cars")
    assert "[1]" not in desk.histories[1][0].answer
    say("levy?")
    assert desk.histories[2][1].question == "and the levy after How many passengers?"
    assert "stands alone" in say("/new")[0]
    say("levy?")
    assert desk.histories[3] == ()


def test_the_chat_keeps_few_turns_and_none_of_a_question_that_failed(say: Say, desk: FakeDesk) -> None:
    for _ in range(20):
        say("levy?")
    assert len(desk.histories[-1]) == 8
    say("/new")
    desk.raises = EmbeddingError("the model could not be run")
    say("levy?")
    desk.raises = None
    say("levy?")
    assert desk.histories[-1] == ()


def test_two_chats_share_nothing(desk: FakeDesk, capsys: pytest.CaptureFixture[str]) -> None:
    chats = [
        Chat(open_settings=load_settings, open_desk=lambda _: desk, report_bug=str, terminal=False)
        for _ in range(2)
    ]
    for chat in chats:
        chat.worker.start()
        chat.handle("How many passengers?")
    assert desk.histories == [(), ()]


def test_help_names_every_command(say: Say) -> None:
    out, _ = say("/help")
    assert all(command in out for command in COMMANDS)


@pytest.mark.parametrize("line", ["/quit", "/exit", " quit ", "exit"])
def test_quit_ends(line: str, chat: Chat) -> None:
    assert not chat.handle(line)


def test_errors_and_faults_are_told_and_the_chat_goes_on(say: Say, desk: FakeDesk) -> None:
    desk.raises = EmbeddingError("the model could not be run")
    assert say("x") == ("", "dateline: the model could not be run\n")
    desk.raises = ZeroDivisionError("secret")
    assert say("x") == ("", "dateline: sorry (reference 1)\n")
    desk.raises = None
    assert "212" in say("How many passengers?")[0]


def test_the_status_line_tells_how_things_stand(chat: Chat) -> None:
    chat.warmed.result(PATIENCE_S)
    assert chat.status_line() == "3 files, 3 articles"
    chat.state = replace(STATUS, filling=True)
    assert chat.status_line() == "3 files, 3 articles · the index is still filling"
    chat.state = replace(STATUS, files=0)
    assert chat.status_line() == "the index is empty: put articles into the folder, then /index"
    chat.state = replace(STATUS, files=0, index_state="")
    assert chat.status_line() == "no index yet: /index builds it"


def test_names_to_complete_are_safe_for_the_terminal(chat: Chat) -> None:
    chat.surveyed.result(PATIENCE_S)
    assert "Council delays the tram levy [/]" in chat.names
    assert not any("\x1b" in name for name in chat.names)


def test_closing_lets_the_desk_go(chat: Chat, desk: FakeDesk) -> None:
    chat.warmed.result(PATIENCE_S)
    while not chat.worker.idle:
        time.sleep(0.01)
    assert chat.close()
    assert desk.closed


def test_what_cannot_be_opened_ends_the_chat() -> None:
    def fail() -> None:
        raise ConfigError("no")

    chat = Chat(
        open_settings=fail,  # type: ignore[arg-type]
        open_desk=lambda _: pytest.fail("built without settings"),
        report_bug=str,
        terminal=False,
    )
    chat.worker.start()
    with pytest.raises(ConfigError):
        chat.handle("x")


def complete(text: str, *, tab: bool = True) -> list[str]:
    completer = ChatCompleter(COMMANDS, lambda: ("wire/ferry.txt", "Ferry turned back", "levy.md"))
    event = CompleteEvent(completion_requested=tab)
    return [each.text for each in completer.get_completions(Document(text), event)]


def test_commands_complete_while_typed_names_when_asked() -> None:
    assert complete("/s", tab=False) == ["/source", "/search", "/show"]
    assert complete("what of the ferr", tab=False) == []
    assert complete("what of the ferr") == ["Ferry turned back"]
    assert complete("/show wi") == ["wire/ferry.txt"]
    assert complete("what of the ") == []


def test_a_history_that_cannot_be_kept_is_no_reason_to_stop(tmp_path: Path) -> None:
    def never() -> Path:
        raise StoreError("no folder")

    (tmp_path / "file").touch()
    for history in (IndexHistory(never), IndexHistory(lambda: tmp_path / "file")):
        history.store_string("x")
        assert list(history.load_history_strings()) == []

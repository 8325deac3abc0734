"""The local prompt: there at once, while what answers is built behind it."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from concurrent.futures import Future
from typing import TYPE_CHECKING

from bot.chat import COMMANDS, Chat
from bot.render import squeeze

if TYPE_CHECKING:
    from pathlib import Path

    from prompt_toolkit import PromptSession

    from bot.desk import Desk
    from bot.settings import Settings

_GREETING = "Ask about the articles; /help lists the commands."


def run_chat(
    *,
    open_settings: Callable[[], Settings],
    open_desk: Callable[[Settings], Desk],
    report_bug: Callable[[Exception], str],
) -> int:
    """Hold a conversation: at a terminal with a prompt, else one line of standard input after the other.

    Returns:
        The exit code, 0.

    Raises:
        DatelineError: the settings cannot be used, or the application cannot be built.
    """
    terminal = sys.stdin.isatty() and sys.stdout.isatty()
    chat = Chat(open_settings=open_settings, open_desk=open_desk, report_bug=report_bug, terminal=terminal)
    try:
        if terminal:
            _talk(chat)
        else:
            _read_lines(chat)
    finally:
        closed = chat.close()
    if not closed:
        # A model is still being loaded: it cannot be interrupted, and to take the interpreter down
        # around it may crash. The index stands a kill at any moment.
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(0)
    return 0


def _read_lines(chat: Chat) -> None:
    chat.worker.start()
    for raw in sys.stdin.buffer:
        line = raw.decode("utf-8", errors="replace").removeprefix("\ufeff").strip()
        if not line:
            continue
        _say(f"> {squeeze(line)}")
        if not chat.handle(line):
            return


def _talk(chat: Chat) -> None:
    from prompt_toolkit.patch_stdout import patch_stdout

    from bot.prompt import make_session

    def find_folder() -> Path:
        return chat.settings.result().index

    session = make_session(
        commands=COMMANDS, names=lambda: chat.names, find_folder=find_folder, status_line=chat.status_line
    )
    # Only once the prompt is there: loading would hold it up.
    session.app.after_render += lambda _: chat.worker.start()
    _follow(chat, session)
    _say(_GREETING)
    while True:
        try:
            with patch_stdout():
                line = session.prompt()
        except KeyboardInterrupt:
            if not session.default_buffer.text:
                _say("Nothing is running; /quit or Ctrl-D leaves.")
            continue
        except EOFError:
            chat.check_opened()
            return
        try:
            if not chat.handle(line):
                return
        except KeyboardInterrupt:
            _say("Stopped.\n")


def _follow(chat: Chat, session: PromptSession[str]) -> None:
    # Callbacks run in the worker's thread; what they print lands above the prompt.
    def opened(desk: Future[Desk]) -> None:
        if desk.exception():
            leave()

    def leave() -> None:
        if session.app.is_running and session.app.loop:
            session.app.loop.call_soon_threadsafe(lambda: session.app.exit(exception=EOFError))

    def surveyed(_: Future[None]) -> None:
        for mend in chat.state.mends if chat.state else ():
            _say(squeeze(mend))
        session.app.invalidate()

    chat.desk.add_done_callback(opened)
    chat.surveyed.add_done_callback(surveyed)
    chat.warmed.add_done_callback(lambda _: session.app.invalidate())


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()

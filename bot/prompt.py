"""The line editor of the chat: history in the index folder, completion, a status line below."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from pathlib import Path

from prompt_toolkit import PromptSession
from prompt_toolkit.application import get_app
from prompt_toolkit.auto_suggest import AutoSuggestFromHistory
from prompt_toolkit.completion import CompleteEvent, Completer, Completion
from prompt_toolkit.document import Document
from prompt_toolkit.filters import Condition
from prompt_toolkit.history import FileHistory, History, ThreadedHistory
from prompt_toolkit.styles import Style

HISTORY_NAME = "history"

_MAX_COMPLETIONS = 40
_STYLE = Style.from_dict({"bottom-toolbar": "noreverse fg:ansibrightblack", "prompt": "bold ansicyan"})


class IndexHistory(History):
    """Earlier questions, kept in a folder that is not yet known when the prompt comes up.

    Args:
        find_folder: waits until the folder is known; may raise when it never will be.
    """

    def __init__(self, find_folder: Callable[[], Path]) -> None:
        super().__init__()
        self._find_folder = find_folder

    def load_history_strings(self) -> Iterable[str]:
        """Give the earlier questions, the latest first; none where they cannot be read."""
        with suppress(Exception):
            yield from FileHistory(self._find_folder() / HISTORY_NAME).load_history_strings()

    def store_string(self, string: str) -> None:
        """Keep a question. A history that cannot be written is no reason to stop."""
        with suppress(Exception):
            folder = self._find_folder()
            folder.mkdir(parents=True, exist_ok=True)
            FileHistory(folder / HISTORY_NAME).store_string(string)


class ChatCompleter(Completer):
    """Completes commands while they are typed, and names of files and titles when asked by Tab."""

    def __init__(self, commands: Iterable[str], names: Callable[[], Iterable[str]]) -> None:
        self._commands = tuple(commands)
        self._names = names

    def get_completions(self, document: Document, complete_event: CompleteEvent) -> Iterator[Completion]:
        """Give what may be meant by the word before the cursor."""
        text = document.text_before_cursor
        if text.startswith("/") and " " not in text:
            for command in self._commands:
                if command.startswith(text):
                    yield Completion(command, start_position=-len(text))
        elif complete_event.completion_requested:
            yield from self._complete_name(document.get_word_before_cursor(WORD=True))

    def _complete_name(self, word: str) -> Iterator[Completion]:
        wanted = word.lower()
        if not wanted:
            return
        given = 0
        for name in self._names():
            if any(part.startswith(wanted) for part in (name.lower(), *name.lower().split())):
                yield Completion(name, start_position=-len(word))
                given += 1
                if given == _MAX_COMPLETIONS:
                    return


def make_session(
    *,
    commands: Iterable[str],
    names: Callable[[], Iterable[str]],
    find_folder: Callable[[], Path],
    status_line: Callable[[], str],
) -> PromptSession[str]:
    """Make the line editor.

    Args:
        commands: what begins with a slash.
        names: gives the names to complete, as they are now.
        find_folder: waits for the index folder; called in a thread while the prompt is up.
        status_line: gives what stands below the prompt, as it is now.
    """
    return PromptSession(
        [("class:prompt", "dateline> ")],
        history=ThreadedHistory(IndexHistory(find_folder)),
        completer=ChatCompleter(commands, names),
        # Over a question, a menu that comes by itself would be in the way.
        complete_while_typing=Condition(lambda: get_app().current_buffer.text.startswith("/")),
        auto_suggest=AutoSuggestFromHistory(),
        bottom_toolbar=status_line,
        style=_STYLE,
    )

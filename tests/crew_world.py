"""A desk that does in any process what its question says, and tells in which; made anew by name in another."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from desk_fake import FakeDesk

from bot.model import Answer, Label, Sentence
from bot.stop import StoppedError, checkpoint
from index.errors import EmbeddingError, StoreMismatchError

SENTENCE = Sentence(
    text="The ferry carried 212 passengers.", citations=(1,), verdict=Label.SUPPORTED, score=1.0
)


@dataclass
class FarDesk(FakeDesk):
    """Leaves and looks for marks in a folder."""

    folder: Path = Path()

    def warm_up(self) -> None:
        if (self.folder / "no model").exists():
            raise EmbeddingError("the model is not there: name another")

    def ask(
        self, question: str, *, on_sentence: Callable[[Sentence], None] | None = None, **options: Any
    ) -> Answer:
        if on_sentence is not None and "show" in question:
            on_sentence(SENTENCE)
        if "refuse" in question:
            raise StoreMismatchError(what="embedder", expected="this", found="that")
        if "fail" in question:
            raise ZeroDivisionError("a bug")
        if "wait" in question:
            (self.folder / f"{os.getpid()} waits").touch()
            try:
                while not (self.folder / "go").exists():
                    checkpoint()
                    time.sleep(0.005)
            except StoppedError:
                (self.folder / "stopped").touch()
                raise
        return replace(super().ask(question, **options), reason=str(os.getpid()))


def open_far(folder: Path) -> FarDesk:
    """Open one."""
    return FarDesk(folder=folder)


def mark(folder: Path) -> None:
    """Leave a mark: this process was set up."""
    (folder / f"{os.getpid()} set up").touch()

"""What passes between processes of one program, and which goes first."""

from __future__ import annotations

import multiprocessing
import os
import subprocess
import sys
from pathlib import Path

import pytest

from bot.process import ProcessError, told
from index.errors import ArticleFormatError, DatelineError, QueryError, StoreDamagedError, StoreMismatchError

ROOT = Path(__file__).parent.parent


def _send(exc: Exception) -> Exception:
    """Send it through a pipe, as between two processes."""
    ours, theirs = multiprocessing.Pipe()
    with ours, theirs:
        ours.send(exc)
        received: Exception = theirs.recv()
    return received


@pytest.mark.parametrize(
    ("exc", "kind"),
    [
        (StoreMismatchError(what="embedder", expected="a", found="b"), "StoreError"),
        (StoreDamagedError("a page is torn"), "StoreError"),
        (ArticleFormatError("a.pdf", "no PDF"), "DatelineError"),
        (QueryError("the question is empty"), "QueryError"),
    ],
)
def test_an_error_comes_over_with_its_words_and_its_kind(exc: DatelineError, kind: str) -> None:
    there = _send(told(exc))
    assert (type(there).__name__, str(there)) == (kind, str(exc))


def test_a_bug_comes_over_with_its_traceback() -> None:
    try:
        raise ZeroDivisionError("by nought")
    except ZeroDivisionError as exc:
        there = _send(told(exc))
    assert isinstance(there, ProcessError)
    assert "test_bot_process.py" in str(there) and "ZeroDivisionError: by nought" in str(there)


@pytest.mark.skipif(not hasattr(os, "nice"), reason="no such thing here")
def test_who_stands_back_yields_to_all_others() -> None:
    program = "import os; from bot.process import stand_back; stand_back(); print(os.nice(0))"
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert int(done.stdout) == min(os.nice(0) + 5, 19)

"""The sync in a process of its own: its errors come back, and it ends with whoever began it."""

from __future__ import annotations

import multiprocessing
from pathlib import Path

import pytest

from bot.discord.apart import sync_apart
from bot.settings import Settings
from index.errors import ConfigError, DatelineError
from index.progress import SyncProgress


def _ignore(_: SyncProgress) -> None:
    pass


def test_an_error_of_the_other_process_is_raised_here(tmp_path: Path) -> None:
    settings = Settings(corpus=tmp_path / "missing", index=tmp_path / "index")
    with pytest.raises(ConfigError, match="there is no corpus folder"):
        sync_apart(settings, _ignore, lambda: False)
    assert not multiprocessing.active_children()


def test_a_stop_ends_the_other_process(tmp_path: Path) -> None:
    settings = Settings(corpus=tmp_path, index=tmp_path / "index")
    assert sync_apart(settings, _ignore, lambda: True) is None
    assert not multiprocessing.active_children()


def test_a_killed_process_is_told_of(tmp_path: Path) -> None:
    def kill() -> bool:
        for process in multiprocessing.active_children():
            process.kill()
        return False

    settings = Settings(corpus=tmp_path, index=tmp_path / "index")
    with pytest.raises(DatelineError, match=r"exit code -9.*goes on from there"):
        sync_apart(settings, _ignore, kill)

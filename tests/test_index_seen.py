"""Files that have not changed are not read again, and no edit is lost for it, whatever the clock does."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest
from index_state import Desk, assert_consistent, story

from index.articles import FoundFile, read_signed, scan_folder, signature_of
from index.folder import Signature
from index.seen import Seen
from index.sync import SEEN_FILE
from index.vectors import MemoryStore

SECOND = 10**9
HOUR = 3600 * SECOND
# Far from a whole hundredth of a second, as the clock of a disk counts.
NOON = 1_402_574_400 * SECOND + 123_456_789


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    desk = Desk(tmp_path, store=MemoryStore())
    desk.corpus.mkdir()
    desk.write("mosul.txt", story("Mosul"))
    desk.write("tikrit.txt", story("Tikrit"))
    return desk


@pytest.fixture
def reads(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The files that a sync hashes."""
    names: list[str] = []

    def read(found: FoundFile, max_bytes: int) -> tuple[bytes, Signature | None]:
        names.append(found.file)
        return read_signed(found, max_bytes)

    monkeypatch.setattr("index.sync.read_signed", read)
    return names


class Clock:
    """The clock of this machine, as a sync reads it; files keep the times that the real one gave them."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.ahead_ns = 0
        real = time.time_ns
        monkeypatch.setattr("index.sync.time.time_ns", lambda: real() + self.ahead_ns)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    return Clock(monkeypatch)


def edit_unseen(path: Path, old: str, new: str) -> None:
    """Edit a file so that it keeps its size and its time of modification."""
    assert len(old) == len(new)
    before = path.stat()
    path.write_text(path.read_text().replace(old, new))
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
    after = path.stat()
    assert (after.st_size, after.st_mtime_ns) == (before.st_size, before.st_mtime_ns)


def test_a_file_that_was_left_alone_is_hashed_once(desk: Desk, reads: list[str], clock: Clock) -> None:
    clock.ahead_ns = HOUR
    desk.sync()
    assert sorted(reads) == ["mosul.txt", "tikrit.txt"]
    reads.clear()
    assert desk.sync().unchanged == 2
    assert reads == []
    desk.write("tikrit.txt", story("Samarra"))
    assert desk.sync().updated == 1
    assert reads == ["tikrit.txt"]
    assert_consistent(desk)


def test_a_file_that_was_written_just_now_is_hashed_again(desk: Desk, reads: list[str]) -> None:
    desk.sync()
    reads.clear()
    desk.sync()
    assert sorted(reads) == ["mosul.txt", "tikrit.txt"]


def test_an_edit_that_keeps_size_and_time_is_seen_in_a_file_left_alone(
    desk: Desk, reads: list[str], clock: Clock
) -> None:
    clock.ahead_ns = HOUR
    desk.sync()
    reads.clear()
    edit_unseen(desk.corpus / "mosul.txt", "Tuesday", "Sundays")
    assert desk.sync().updated == 1
    assert reads == ["mosul.txt"]
    assert "Sundays" in desk.search("Sundays")[0].passage.text


@pytest.mark.parametrize(
    ("ahead_ns", "then_ns"),
    [(HOUR, -HOUR), (HOUR, HOUR + 24 * HOUR), (-HOUR, -HOUR), (-HOUR, 0)],
    ids=["set back", "a day later", "behind the files", "behind the files at first"],
)
def test_a_clock_that_has_jumped_lets_every_file_be_hashed(
    desk: Desk, reads: list[str], clock: Clock, ahead_ns: int, then_ns: int
) -> None:
    clock.ahead_ns = ahead_ns
    desk.sync()
    reads.clear()
    clock.ahead_ns = then_ns
    assert desk.sync().unchanged == 2
    assert sorted(reads) == ["mosul.txt", "tikrit.txt"]


@pytest.mark.parametrize(
    "tick_ns", [SECOND // 100, SECOND, 2 * SECOND], ids=["hundredths", "seconds", "two seconds"]
)
def test_a_drive_that_keeps_no_time_of_change_loses_no_edit(
    desk: Desk, clock: Clock, monkeypatch: pytest.MonkeyPatch, tick_ns: int
) -> None:
    def coarse(status: os.stat_result) -> Signature:
        # As FAT: no inode, and the time of modification in the place of the time of change.
        modified_ns = status.st_mtime_ns // tick_ns * tick_ns
        return Signature(status.st_dev, 0, status.st_size, modified_ns, modified_ns)

    monkeypatch.setattr("index.folder.signature_of", coarse)
    monkeypatch.setattr("index.articles.signature_of", coarse)
    clock.ahead_ns = HOUR
    desk.sync()
    edit_unseen(desk.corpus / "mosul.txt", "Tuesday", "Sundays")
    assert desk.sync().updated == 1


@pytest.mark.parametrize("year", [1970, 2099])
def test_an_edit_in_a_file_dated_far_off_is_seen(desk: Desk, clock: Clock, year: int) -> None:
    path = desk.corpus / "mosul.txt"
    then = (year - 1970) * 366 * 24 * 3600
    os.utime(path, (then, then))
    clock.ahead_ns = HOUR
    desk.sync()
    edit_unseen(path, "Tuesday", "Sundays")
    assert desk.sync().updated == 1


def test_what_is_said_of_a_file_elsewhere_is_part_of_what_was_seen(
    desk: Desk, reads: list[str], clock: Clock
) -> None:
    clock.ahead_ns = HOUR
    desk.sync()
    desk.write("metadata.jsonl", '{"file": "mosul.txt", "title": "The fall of a city"}')
    reads.clear()
    assert desk.sync().updated == 1
    assert reads == ["mosul.txt"]


@pytest.mark.parametrize("content", ["", "{", "[]", '{"corpus": 1}', '{"corpus": "%s", "files": {"a": []}}'])
def test_what_was_kept_and_cannot_be_read_is_not_believed(
    desk: Desk, reads: list[str], clock: Clock, content: str
) -> None:
    clock.ahead_ns = HOUR
    desk.sync()
    (desk.index / SEEN_FILE).write_text(content.replace("%s", str(desk.corpus.resolve())))
    reads.clear()
    assert desk.sync().unchanged == 2
    assert sorted(reads) == ["mosul.txt", "tikrit.txt"]


def test_a_sync_that_knows_nothing_of_what_was_seen_spoils_nothing(desk: Desk, clock: Clock) -> None:
    """As one of some paths, or one by an older Dateline."""
    clock.ahead_ns = HOUR
    desk.sync()
    desk.write("mosul.txt", story("Samarra"))
    assert desk.sync("mosul.txt").updated == 1
    assert desk.sync().unchanged == 2
    desk.write("mosul.txt", story("Mosul"))
    assert desk.sync().updated == 1
    (desk.corpus / "tikrit.txt").unlink()
    desk.sync("tikrit.txt")
    desk.write("tikrit.txt", story("Tikrit"))
    assert desk.sync().added == 1
    assert_consistent(desk)


def test_what_was_seen_of_one_folder_is_not_believed_of_another(tmp_path: Path) -> None:
    kept = tmp_path / "seen.json"
    signature = Signature(1, 2, 3, NOON, NOON)
    here = Seen(kept, tmp_path / "here", now_ns=NOON + HOUR)
    here.keep("a.txt", signature, b"text", "digest")
    here.save()
    found = FoundFile(file="a.txt", path=tmp_path / "a.txt", size=3, signature=signature)
    for folder, digest in (("here", "digest"), ("there", None)):
        seen = Seen(kept, tmp_path / folder, now_ns=NOON + 2 * HOUR)
        assert seen.digest_of(found, b"text") == digest


def test_a_file_changed_while_it_is_read_has_no_signature(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "a.txt"
    path.write_text("Some words.")
    (found,) = scan_folder(tmp_path, max_bytes=1000).files
    assert read_signed(found, 1000) == (b"Some words.", signature_of(path.stat()))
    monkeypatch.setattr("index.articles.os.fstat", _growing(path))
    data, signature = read_signed(found, 1000)
    assert (data, signature) == (b"Some words. And more.", None)


def _growing(path: Path):  # type: ignore[no-untyped-def]
    fstat = os.fstat

    def call(descriptor: int) -> os.stat_result:
        status = fstat(descriptor)
        if status.st_size == len("Some words."):
            with path.open("a") as stream:
                stream.write(" And more.")
        return status

    return call

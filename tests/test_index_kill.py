"""A sync may be killed at any moment; the next one ends where an undisturbed one would have."""

from __future__ import annotations

import json
import os
import random
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from index_state import (
    CountingEmbedder,
    Desk,
    as_lines,
    assert_consistent,
    assert_readable,
    assert_same,
    dump,
    query_all,
    story,
    summary,
)

from index.codes import unpack

ROOT = Path(__file__).parent.parent
OTHER = "-other"
QUERIES = ("Kirkuk officer", "refinery", "the third line", "Basra Tuesday", "nothing of the sort")

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork and SIGKILL")


class Killer:
    """A process that runs syncs and kills them."""

    def __init__(self) -> None:
        paths = [str(ROOT), os.environ.get("PYTHONPATH", "")]
        self.process = subprocess.Popen(
            [sys.executable, str(Path(__file__).with_name("kill_child.py"))],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, paths))},
        )

    def run(
        self,
        root: Path,
        *,
        rules: str = "",
        at: int | None = None,
        after_s: float | None = None,
        slow_s: float = 0.0,
        watch: bool = False,
    ) -> int:
        """Run one sync, or one after the other while the folder changes; return its exit status, negative for the signal that ended it."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        order = {
            "root": str(root),
            "rules": rules,
            "at": at,
            "after_s": after_s,
            "slow_s": slow_s,
            "watch": watch,
        }
        self.process.stdin.write(json.dumps(order) + "\n")
        self.process.stdin.flush()
        return int(self.process.stdout.readline())

    def close(self) -> None:
        assert self.process.stdin is not None
        self.process.stdin.close()
        self.process.wait(20)


@pytest.fixture(scope="module")
def killer() -> Iterator[Killer]:
    killer = Killer()
    yield killer
    killer.close()
    if killer.process.stdout is not None:
        killer.process.stdout.close()


def yesterday(desk: Desk) -> None:
    for name in ("baiji", "erbil", "tikrit"):
        desk.write(f"desk/{name}.txt", story(name.title()))
    desk.write("mosul.txt", story("Mosul", paragraphs=9))
    desk.write("gone.txt", story("Samarra"))
    desk.write("lines.jsonl", as_lines({"text": story("The first line")}, {"text": story("The second line")}))


def today(desk: Desk) -> None:
    desk.write("kirkuk.txt", story("Kirkuk"))
    desk.write("basra.txt", story("Basra", paragraphs=6))
    desk.write("empty.txt", "")
    desk.write("mosul.txt", story("Mosul", paragraphs=9).replace("Paragraph 7", "Section 7"))
    desk.write("desk/erbil.txt", story("Erbil", paragraphs=5))
    (desk.corpus / "desk/tikrit.txt").rename(desk.corpus / "tikrit.txt")
    (desk.corpus / "gone.txt").unlink()
    desk.write("lines.jsonl", as_lines({"text": story("The third line")}) + "broken\n")
    desk.write("metadata.jsonl", as_lines({"file": "desk/baiji.txt", "title": "The refinery"}))


class Case:
    """A state to begin with, and the state that an undisturbed sync makes of it."""

    def __init__(self, root: Path, killer: Killer, *, rules: str, first: bool) -> None:
        self.root = root
        self.killer = killer
        self.rules = rules
        before = self.desk("before")
        before.corpus.mkdir(parents=True)
        yesterday(before)
        if first:
            before.embedder = CountingEmbedder()
            before.sync()
            before.close()
        self.old_texts = texts(before) if first else {}
        today(before)
        whole = self.copy("whole")
        assert killer.run(whole.root, rules=rules) == 0
        self.steps: list[str] = json.loads((whole.root / "steps.json").read_text())
        assert_consistent(whole)
        self.expected = dump(whole)
        self.found = [summary(whole.search(query, 10)) for query in QUERIES]
        self.new_texts = texts(whole)
        whole.close()
        fresh = self.desk("fresh")
        shutil.copytree(before.corpus, fresh.corpus)
        fresh.sync()
        assert_same(self.expected, dump(fresh))
        fresh.close()

    def desk(self, name: str) -> Desk:
        return Desk(self.root / name, embedder=CountingEmbedder(self.rules))

    def copy(self, name: str) -> Desk:
        shutil.copytree(self.root / "before", self.root / name)
        return self.desk(name)

    def assert_whole_after(self, desk: Desk) -> None:
        """Look at what the killed sync left, sync again, and compare with the undisturbed run."""
        if desk.catalog.exists() and query_all(desk.catalog, "SELECT name FROM sqlite_master"):
            assert_readable(desk)
            for file, text in texts(desk).items():
                assert text in (self.old_texts.get(file), self.new_texts.get(file))
        desk.sync()
        assert_same(dump(desk), self.expected)
        assert_consistent(desk)
        assert [summary(desk.search(query, 10)) for query in QUERIES] == self.found
        assert len(collections(desk)) == 2, "collections of another model are left"
        desk.close()
        shutil.rmtree(desk.root)


def texts(desk: Desk) -> dict[str, str]:
    found: dict[str, str] = {}
    for file, packed in query_all(
        desk.catalog,
        "SELECT r.file, a.text FROM articles a JOIN revisions r ON r.id = a.revision WHERE r.live "
        "ORDER BY a.offset, a.id",
    ):
        found[file] = found.get(file, "") + unpack(packed)
    return found


def collections(desk: Desk) -> list[str]:
    return [name for (name,) in query_all(desk.chroma / "chroma.sqlite3", "SELECT name FROM collections")]


def spread(steps: list[str], count: int) -> list[int]:
    """Choose steps evenly, and the ones at which the two stores can differ."""
    even = {1 + round(index * (len(steps) - 1) / (count - 1)) for index in range(count)}
    called = [number for number, step in enumerate(steps, start=1) if step.startswith(("before ", "after "))]
    seen = {steps[number - 1]: number for number in reversed(called)}
    return sorted(even | set(seen.values()))


@pytest.mark.parametrize(
    ("rules", "first", "count"),
    [("", True, 10), ("", False, 5), (OTHER, True, 5)],
    ids=["changes", "first build", "other embedder"],
)
def test_a_sync_killed_at_any_step_is_mended_by_the_next(
    tmp_path: Path, killer: Killer, rules: str, first: bool, count: int
) -> None:
    case = Case(tmp_path, killer, rules=rules, first=first)
    points = spread(case.steps, count)
    assert len(points) >= count
    for at in points:
        desk = case.copy(f"at-{at}")
        assert killer.run(desk.root, rules=rules, at=at) == -signal.SIGKILL, case.steps[at - 1]
        case.assert_whole_after(desk)


def test_a_sync_killed_again_and_again_is_mended_by_the_last(tmp_path: Path, killer: Killer) -> None:
    case = Case(tmp_path, killer, rules="", first=True)
    desk = case.copy("many")
    for at in range(20, len(case.steps), len(case.steps) // 6):
        killer.run(desk.root, at=at)
    case.assert_whole_after(desk)


def test_a_sync_killed_at_random_moments_is_mended_by_the_next(tmp_path: Path, killer: Killer) -> None:
    case = Case(tmp_path, killer, rules="", first=True)
    random_moment = random.Random(20140610)
    for number in range(4):
        desk = case.copy(f"after-{number}")
        killer.run(desk.root, after_s=random_moment.uniform(0.05, 0.6), slow_s=0.1)
        case.assert_whole_after(desk)


def test_a_watching_process_killed_at_random_moments_is_mended_by_the_next_sync(
    tmp_path: Path, killer: Killer
) -> None:
    case = Case(tmp_path, killer, rules="", first=True)
    random_moment = random.Random(20140611)
    for number in range(2):
        desk, fresh = case.desk(f"watched-{number}"), case.desk(f"fresh-{number}")
        shutil.copytree(case.root / "whole", desk.root)
        options = {"watch": True, "after_s": random_moment.uniform(0.6, 2.0), "slow_s": 0.1}
        process = threading.Thread(target=killer.run, args=(desk.root,), kwargs=options)
        process.start()
        for step in range(5):
            desk.write(f"wire/{step}.txt", story(f"Wire {step}"))
            desk.write("mosul.txt", story("Mosul", paragraphs=5 + step))
            process.join(0.35)
        process.join()
        assert_readable(desk)
        desk.sync()
        assert_consistent(desk)
        shutil.copytree(desk.corpus, fresh.corpus)
        fresh.sync()
        assert_same(dump(desk), dump(fresh))
        desk.close()
        fresh.close()


def test_a_change_undone_after_a_kill_leaves_the_old_state(tmp_path: Path, killer: Killer) -> None:
    case = Case(tmp_path, killer, rules="", first=True)
    old = Desk(tmp_path / "old")
    old.corpus.mkdir(parents=True)
    yesterday(old)
    old.sync()
    expected = dump(old)
    old.close()
    for part in (0.3, 0.6, 0.9):
        desk = case.copy(f"undone-{part}")
        killer.run(desk.root, at=int(part * len(case.steps)))
        shutil.rmtree(desk.corpus)
        yesterday(desk)
        desk.sync()
        assert_same(dump(desk), expected)
        assert_consistent(desk)
        desk.close()


def test_a_reader_elsewhere_answers_from_the_last_state_and_sees_the_new_one_without_a_restart(
    tmp_path: Path, killer: Killer
) -> None:
    desk = Desk(tmp_path)
    desk.corpus.mkdir()
    yesterday(desk)
    killer.run(desk.root)
    with desk.searcher() as searcher:
        old = summary(searcher.search("Mosul section", 8))
        desk.write("mosul.txt", story("Nineveh", paragraphs=9))
        writer = threading.Thread(target=killer.run, args=(desk.root,), kwargs={"slow_s": 1.5})
        writer.start()
        during = []
        while writer.is_alive():
            during.append((time.monotonic(), summary(searcher.search("Mosul section", 8))))
            time.sleep(0.05)
        writer.join()
        new = summary(searcher.search("Mosul section", 8))
        assert new != old
        # While the new text is embedded, every answer is the old one; never a mixture, nor nothing.
        kept = [seen for seen, found in during if found == old]
        assert len(kept) >= 5
        assert kept[-1] - kept[0] >= 1.0
        hits = searcher.search("Nineveh", 3)
        assert hits[0].passage.article.file == "mosul.txt"
        assert "vectors" in dict(hits[0].found_by), "the vectors of another process are seen too"
        assert all(hit.cosine is not None for hit in hits)
    assert_consistent(desk)
    desk.close()

"""Workers of the comparison, driven from outside: started, asked, watched for memory."""

from __future__ import annotations

import json
import os
import subprocess
import threading
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any

from benchmarks.material import ROOT
from benchmarks.rivals.worker import Job

# A portion of articles on a slow, busy machine; what takes longer than this hangs.
_PATIENCE_S = 3600.0
_WATCH_EVERY_S = 0.25
# From the end of its output to that of the process, with all that libraries tidy up.
_FAREWELL_S = 120.0


class WorkerError(Exception):
    """A worker could not do what it was asked; ``str`` gives the reason in one line."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """What a worker did: seconds by its own clock, those of the processor, and what came of it."""

    seconds: float
    cpu_s: float
    value: Any


class Worker:
    """A process that serves one system; see `benchmarks.rivals.worker`.

    Args:
        command: runs it; the folders of its job follow.

    Raises:
        WorkerError: it ended before its libraries were imported.
    """

    def __init__(self, command: Sequence[str], job: Job) -> None:
        self._log = job.index.with_name(f"{job.index.name}.log")
        self._log.parent.mkdir(parents=True, exist_ok=True)
        folders = (job.index, job.corpus, job.model, job.pieces)
        started = time.perf_counter()
        with self._log.open("a", encoding="utf-8") as log:
            self._process = subprocess.Popen(
                [*command, *(str(folder) for folder in folders)],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                cwd=ROOT,
                env=_environment(),
                text=True,
                encoding="utf-8",
            )
        self._stop = threading.Event()
        self.peak_mib = 0.0
        self._watch = threading.Thread(target=self._watch_memory, daemon=True)
        self._watch.start()
        try:
            self._read()
        except WorkerError:
            self.close()
            raise
        # From the start of the process until its libraries are imported.
        self.import_s = time.perf_counter() - started
        self._started = started

    def __enter__(self) -> Worker:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, exc: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def ask(self, do: str, **arguments: object) -> Reply:
        """Let the system do one thing.

        Raises:
            WorkerError: it could not, or the process has ended.
        """
        assert self._process.stdin is not None
        try:
            self._process.stdin.write(json.dumps({"do": do, **arguments}) + "\n")
            self._process.stdin.flush()
        except OSError as exc:
            raise WorkerError(self._last_words()) from exc
        reply = self._read()
        if "error" in reply:
            raise WorkerError(str(reply["error"]))
        return Reply(seconds=reply["seconds"], cpu_s=reply["cpu_s"], value=reply["value"])

    @property
    def pid(self) -> int:
        """The process."""
        return self._process.pid

    def age_s(self) -> float:
        """Return the seconds since the process was started."""
        return time.perf_counter() - self._started

    def _read(self) -> Mapping[str, Any]:
        assert self._process.stdout is not None
        timer = threading.Timer(_PATIENCE_S, self._process.kill)
        timer.start()
        try:
            line = self._process.stdout.readline()
        finally:
            timer.cancel()
        if not line:
            raise WorkerError(self._last_words())
        reply: Mapping[str, Any] = json.loads(line)
        return reply

    def _last_words(self) -> str:
        """Say why the process ended: its last line, where it ended by itself and with an error."""
        try:
            code = self._process.wait(timeout=_FAREWELL_S)
        except subprocess.TimeoutExpired:
            return "has closed its output"
        lines = self._log.read_text(encoding="utf-8", errors="replace").strip().splitlines()
        return lines[-1] if code > 0 and lines else f"ended with {code}"

    def _watch_memory(self) -> None:
        while not self._stop.wait(_WATCH_EVERY_S):
            self.peak_mib = max(self.peak_mib, tree_mib(self._process.pid))

    def close(self) -> None:
        """End the process once it has written what it held back."""
        self._stop.set()
        self._watch.join()
        for stream in (self._process.stdin, self._process.stdout):
            if stream is not None:
                with suppress(BrokenPipeError):  # it has ended before it read all that was asked
                    stream.close()
        try:
            self._process.wait(timeout=_FAREWELL_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()


def _environment() -> dict[str, str]:
    # Nothing is fetched and nobody is told: what is measured is this machine.
    quiet = {
        "ANONYMIZED_TELEMETRY": "False",
        "HAYSTACK_TELEMETRY_ENABLED": "False",
        "HF_HUB_OFFLINE": "1",
        "TRANSFORMERS_OFFLINE": "1",
        "PYTHONPATH": str(ROOT),
    }
    return {**os.environ, **quiet}


def tree_mib(pid: int) -> float:
    """Return the resident memory of a process and of all below it, MiB; 0 where the system does not say."""
    return sum(resident_mib(each) for each in (pid, *_below(pid)))


def _below(pid: int) -> list[int]:
    found: list[int] = []
    for file in Path(f"/proc/{pid}/task").glob("*/children"):
        try:
            children = [int(child) for child in file.read_text(encoding="ascii").split()]
        except OSError:
            continue
        for child in children:
            found += [child, *_below(child)]
    return found


def resident_mib(pid: int | None) -> float:
    """Return the resident memory of a process, MiB; 0 where the system does not say, or it has ended."""
    try:
        pages = int(Path(f"/proc/{pid}/statm").read_text(encoding="ascii").split()[1])
    except (OSError, IndexError, ValueError):
        return 0.0
    return pages * os.sysconf("SC_PAGE_SIZE") / 2**20

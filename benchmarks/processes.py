"""Other processes, timed from outside."""

from __future__ import annotations

import json
import os
import select
import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from bot.evals.figures import median
from index.errors import ConfigError

# A cold start on a busy machine; what takes longer than this hangs.
_PATIENCE_S = 300.0


def dateline(*arguments: str) -> list[str]:
    """Return the command line of the program in this environment."""
    script = Path(sys.executable).with_name("dateline")
    return [str(script), *arguments] if script.is_file() else [sys.executable, "-m", "bot.cli", *arguments]


def folders(corpus: Path, index: Path) -> list[str]:
    """Return the options that name both folders."""
    return ["--corpus", str(corpus), "--index", str(index)]


def time_command(command: Sequence[str]) -> tuple[float, str]:
    """Run a command to its end.

    Returns:
        Seconds, and what it wrote to standard output.

    Raises:
        ConfigError: it failed; exit code 3 (some files were skipped) is none.
    """
    started = time.perf_counter()
    done = subprocess.run(command, capture_output=True, text=True, encoding="utf-8", timeout=_PATIENCE_S)
    seconds = time.perf_counter() - started
    if done.returncode not in (0, 3):
        last = (done.stderr.strip().splitlines() or ["no message"])[-1]
        raise ConfigError(f"{' '.join(command[:3])} … ended with {done.returncode}: {last}")
    return seconds, done.stdout


def time_against(command: Sequence[str], bare: Sequence[str], rounds: int) -> tuple[float, float]:
    """Time two commands turn by turn, so that a busy machine slows both. Returns both medians, seconds."""
    ours, theirs = [], []
    for _ in range(rounds):
        theirs.append(time_command(bare)[0])
        ours.append(time_command(command)[0])
    return median(ours), median(theirs)


def time_prompt(command: Sequence[str], prompt: bytes) -> float:
    """Run a command at a terminal until its prompt is shown, then end it. Returns seconds.

    Raises:
        ConfigError: it ended before, or showed no prompt in five minutes.
    """
    import pty  # not on Windows

    ours, theirs = pty.openpty()
    # Nobody is there to tell where the cursor is, and the prompt does not wait for it.
    environment = {**os.environ, "TERM": "xterm-256color", "PROMPT_TOOLKIT_NO_CPR": "1"}
    started = time.perf_counter()
    process = subprocess.Popen(
        command, stdin=theirs, stdout=theirs, stderr=theirs, env=environment, start_new_session=True
    )
    os.close(theirs)
    seen = b""
    try:
        while time.perf_counter() - started < _PATIENCE_S:
            ready, _, _ = select.select([ours], [], [], 0.05)
            if ready:
                try:
                    seen += os.read(ours, 65536)
                except OSError:  # how Linux says that the other side has closed
                    break
                if prompt in seen:
                    return time.perf_counter() - started
            elif process.poll() is not None:
                break
        raise ConfigError(f"{' '.join(command[:2])} showed no prompt: {seen[-200:]!r}")
    finally:
        stop(process, signal.SIGKILL)
        os.close(ours)


def start(command: Sequence[str]) -> subprocess.Popen[bytes]:
    """Start a command whose output nobody reads, in a process group of its own."""
    return subprocess.Popen(
        command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True
    )


def stop(process: subprocess.Popen[bytes], sign: signal.Signals = signal.SIGINT) -> None:
    """End a process that was started here, and wait for it."""
    if process.poll() is None:
        process.send_signal(sign)
        try:
            process.wait(timeout=60)
        except subprocess.TimeoutExpired:
            process.kill()
    process.wait()


def try_json(command: Sequence[str]) -> Mapping[str, Any] | None:
    """Run a command and read the JSON it writes; None where it fails, as before there is an index."""
    done = subprocess.run(command, capture_output=True, text=True, encoding="utf-8", timeout=_PATIENCE_S)
    if done.returncode != 0:
        return None
    value: Mapping[str, Any] = json.loads(done.stdout)
    return value


def memory_mib() -> tuple[float, float] | None:
    """Return this process's resident memory now and at its highest, MiB; None where the system does not say."""
    try:
        status = Path("/proc/self/status").read_text(encoding="ascii", errors="replace")
    except OSError:
        return None
    values = dict(line.split(":", 1) for line in status.splitlines() if ":" in line)
    now, peak = (float(values[key].split()[0]) / 1024 for key in ("VmRSS", "VmHWM"))
    return now, peak

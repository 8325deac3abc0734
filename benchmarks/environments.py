"""Environments for what Dateline is compared with: one each, made from a file of pins."""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import subprocess
import sys
import venv
from pathlib import Path

from benchmarks.material import ROOT

_PINS = ROOT / "constraints.txt"
# A download of PyTorch's large build over a slow line.
_PATIENCE_S = 3600.0


class NotInstalledError(Exception):
    """An environment could not be made; ``str`` gives the reason in one line."""


def make_environment(requirements: Path, folder: Path) -> Path:
    """Make an environment, or take the one that was made from the same pins before.

    Args:
        requirements: what pip installs.
        folder: where environments lie; this one gets the name of its requirements.

    Returns:
        Its interpreter.

    Raises:
        NotInstalledError: something cannot be installed.
    """
    place = folder / requirements.stem
    python = place / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    ready = place / ".ready"
    wanted = digest_of(requirements, _PINS)
    if ready.is_file() and ready.read_text() == wanted:
        return python
    print(f"installing {requirements.stem} into {place}", file=sys.stderr)
    try:
        shutil.rmtree(place, ignore_errors=True)
        venv.create(place, with_pip=True)
        # First and with pip, as the Makefile does: its settings say where a build for processors is.
        index = os.environ.get("TORCH_INDEX", "")
        extra = ["--extra-index-url", index] if index else []
        _run([str(python), "-m", "pip", "install", "--quiet", *extra, torch_pin(_PINS)])
        uv = Path(sys.executable).with_name("uv")
        # Copies: NLTK, which llama-index splits with, reads no file that is linked to from elsewhere.
        installer = [str(uv), "pip", "install", "--link-mode", "copy", "--python", str(python)]
        pip = [str(python), "-m", "pip", "install"]
        _run([*(installer if uv.is_file() else pip), "--quiet", "-r", str(requirements)])
    except (OSError, subprocess.SubprocessError) as exc:
        raise NotInstalledError(str(exc).split("\n")[0]) from exc
    ready.write_text(wanted)
    return python


def digest_of(*files: Path) -> str:
    """Name the content of files."""
    try:
        return hashlib.sha256(b"\0".join(file.read_bytes() for file in files)).hexdigest()
    except OSError as exc:
        raise NotInstalledError(f"{exc.filename} cannot be read: run this from the project's folder") from exc


def torch_pin(pins: Path) -> str:
    """Return the line that pins torch, as pip takes it."""
    found = re.search(r"^torch==[^ \n]+", pins.read_text(encoding="utf-8"), re.MULTILINE)
    return found[0] if found else "torch"


def _run(command: list[str]) -> None:
    done = subprocess.run(command, capture_output=True, text=True, encoding="utf-8", timeout=_PATIENCE_S)
    if done.returncode != 0:
        raise NotInstalledError(reason_in(done.stderr))


def reason_in(errors: str) -> str:
    """Return the line of an installer's output that says what went wrong."""
    lines = [line.strip(" │╰─▶×") for line in errors.splitlines() if line.strip()]
    telling = [line for line in lines if not line.lower().startswith(("warning", "[notice]"))]
    return next(
        (line for line in telling if "error" in line.lower()), telling[0] if telling else "no message"
    )

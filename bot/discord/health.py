"""Signs of life for whoever supervises the process: a file for Docker, messages for systemd."""

from __future__ import annotations

import json
import os
import socket
import time
from contextlib import suppress
from pathlib import Path


def write_health(file: Path, *, connected: bool, answering: int) -> None:
    """Write the file anew; whoever reads it sees the old or the new one, never half of it.

    Its time of change tells that the event loop runs, and ``connected`` that Discord is there.
    """
    beside = file.with_name(f"{file.name}.new")
    state = {"at": round(time.time()), "connected": connected, "answering": answering}
    beside.write_text(json.dumps(state), encoding="utf-8")
    os.replace(beside, file)


def notify_systemd(message: str) -> None:
    """Tell systemd something, such as ``READY=1``; nothing where it did not start us."""
    address = os.environ.get("NOTIFY_SOCKET", "")
    if not address:
        return
    if address.startswith("@"):
        address = "\0" + address[1:]
    # It is no more than a sign of life: systemd notices itself when none comes.
    with suppress(OSError), socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as to_systemd:
        to_systemd.connect(address)
        to_systemd.sendall(message.encode())

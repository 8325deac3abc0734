"""How much memory the process has. What the system does not tell is 0, and left out of reports."""

from __future__ import annotations

import sys
from pathlib import Path

_MIB = 1024 * 1024


def resident_mib() -> float:
    """Return the memory that the process has now; 0 where there is no ``/proc`` to tell."""
    try:
        status = Path("/proc/self/status").read_text(encoding="ascii")
    except OSError:
        return 0.0
    line = next((line for line in status.splitlines() if line.startswith("VmRSS:")), "VmRSS: 0 kB")
    return round(int(line.split()[1]) / 1024, 1)


def peak_mib() -> float:
    """Return the most memory that the process has had; 0 where the system does not count it."""
    try:
        import resource
    except ImportError:  # Windows
        return 0.0
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    # Linux counts in KiB, macOS in bytes.
    return round(peak / (_MIB if sys.platform == "darwin" else 1024), 1)

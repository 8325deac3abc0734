"""Memory that has been freed and not yet been given back."""

from __future__ import annotations

import ctypes
import sys
from contextlib import suppress


def give_back() -> None:
    """Hand freed pages back to the system, where the C library keeps them: glibc does, for each thread.

    Each time a large index is closed and read anew in another thread, glibc would keep room for one more.
    """
    if sys.platform == "linux":
        # Not every C library has such a call.
        with suppress(AttributeError):
            ctypes.CDLL(None).malloc_trim(0)

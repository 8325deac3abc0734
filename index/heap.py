"""The C library's memory: one heap for all threads, and freed pages given back."""

from __future__ import annotations

import ctypes
import sys
from contextlib import suppress

# Of mallopt, in glibc's malloc.h.
_ARENA_MAX = -8


def use_one_heap() -> None:
    """Have all threads that begin from now on share the C library's one heap, in the whole process.

    glibc would give several of them a heap each, and what one thread frees stays in its heap. Chroma's threads begin
    anew with each opening of its folder: forty openings left 50 MiB in such heaps, and nothing in one.
    """
    if sys.platform == "linux":
        # Not every C library has such a call.
        with suppress(AttributeError):
            ctypes.CDLL(None).mallopt(_ARENA_MAX, 1)


def give_back() -> None:
    """Hand freed pages back to the system, where the C library keeps them, as glibc does."""
    if sys.platform == "linux":
        with suppress(AttributeError):
            ctypes.CDLL(None).malloc_trim(0)

"""One heap for all threads, in a process of its own: what is set stays set."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

# Threads that are at work at the same time, each of which takes some small pieces of memory past Python's own pool.
_COUNT = r"""
import ctypes, sys, threading
from index.heap import give_back, use_one_heap

if sys.argv[1] == "one":
    use_one_heap()
libc = ctypes.CDLL(None)
libc.malloc.restype, libc.free.argtypes = ctypes.c_void_p, [ctypes.c_void_p]
together = threading.Barrier(6)

def work():
    together.wait()
    held = [libc.malloc(2000) for _ in range(50)]
    together.wait()
    for piece in held:
        libc.free(piece)

threads = [threading.Thread(target=work) for _ in range(6)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
give_back()
libc.fopen.restype, libc.malloc_info.argtypes = ctypes.c_void_p, [ctypes.c_int, ctypes.c_void_p]
libc.fclose.argtypes = [ctypes.c_void_p]
out = libc.fopen(sys.argv[2].encode(), b"w")
libc.malloc_info(0, out)
libc.fclose(out)
"""


def _count_heaps(how: str, out: Path) -> int:
    subprocess.run(
        [sys.executable, "-c", _COUNT, how, str(out)], cwd=Path(__file__).parent.parent, check=True
    )
    return out.read_text(encoding="utf-8").count("<heap nr=")


@pytest.mark.skipif(sys.platform != "linux", reason="only glibc gives threads heaps of their own")
def test_threads_share_one_heap(tmp_path: Path) -> None:
    if _count_heaps("several", tmp_path / "several.xml") == 1:
        pytest.skip("this C library gives threads no heaps of their own")
    assert _count_heaps("one", tmp_path / "one.xml") == 1

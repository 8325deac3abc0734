"""numpy in one thread."""

from __future__ import annotations

from functools import cache

from threadpoolctl import ThreadpoolController


@cache
def multiply_in_one_thread() -> None:
    """Have numpy multiply in one thread from now on, in the whole process.

    What a question and a passage multiply is small, and two threads of OpenBLAS that wait for each other in a loop take
    far longer than one where something else is at work. Torch, which embeds passages, has threads of its own.
    """
    ThreadpoolController().limit(limits=1, user_api="blas")

"""Counts as people write them."""

from __future__ import annotations


def say_count(number: int, noun: str) -> str:
    """Write how many there are: "1 case", "2,000 cases"."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"

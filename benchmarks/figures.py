"""Ranks of what was looked for, and tables of figures. Pure."""

from __future__ import annotations

from collections.abc import Collection, Sequence


def rank_of(ranked: Sequence[str], wanted: Collection[str]) -> int | None:
    """Return the rank, from 1, of the first that is wanted; None where none is there."""
    return next((rank for rank, item in enumerate(ranked, start=1) if item in wanted), None)


def hit_at(rank: int | None, k: int) -> float:
    """Return 1 for a rank up to k, else 0."""
    return float(rank is not None and rank <= k)


def reciprocal_rank(rank: int | None, k: int) -> float:
    """Return 1 / rank for a rank up to k, else 0; the mean of it is MRR@k."""
    return 1.0 / rank if rank is not None and rank <= k else 0.0


def table(head: Sequence[str], rows: Sequence[Sequence[object]]) -> str:
    """Lay out a Markdown table; the first column is text, all others numbers."""
    lines = [list(head), ["---", *["---:"] * (len(head) - 1)], *[[str(cell) for cell in row] for row in rows]]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)

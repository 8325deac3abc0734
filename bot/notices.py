"""What a sync did and what the index holds, as JSON and as words. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bot.render import squeeze

if TYPE_CHECKING:
    from collections.abc import Iterable

    from bot.model import IndexStatus
    from bot.settings import Settings
    from index.model import Skipped
    from index.sync import SyncReport


# Enough of a digest to tell two states apart by eye.
_SHORT = 12


def sync_to_json(report: SyncReport) -> dict[str, Any]:
    """Lay out what a sync did as ``index --json`` promises."""
    return {
        "added": report.added,
        "updated": report.updated,
        "removed": report.removed,
        "unchanged": report.unchanged,
        "skipped": _skipped_to_json(report.skipped),
        "passages": report.passages,
        "seconds": round(report.seconds, 3),
        "renamed": report.renamed,
        "embedded": report.embedded,
    }


def sync_text(report: SyncReport) -> str:
    """Say what a sync did; one line, then one for each file that was skipped."""
    counts = (
        # Whoever reads "1 renamed" does not expect it among the added and removed as well.
        (report.added - report.renamed, "added"),
        (report.updated, "edited"),
        (report.renamed, "renamed"),
        (report.removed - report.renamed, "removed"),
        (report.unchanged, "unchanged"),
    )
    done = ", ".join(f"{count:,} {word}" for count, word in counts)
    line = f"{done}; {_count(report.passages, 'passage')} in {_duration(report.seconds)}"
    if not report.skipped:
        return line
    return "\n".join([f"{line}; {len(report.skipped):,} skipped:", *_skipped_lines(report.skipped)])


def status_to_json(status: IndexStatus, settings: Settings) -> dict[str, Any]:
    """Lay out what the index holds, for scripts."""
    return {
        "corpus": str(settings.corpus),
        "index": str(settings.index),
        "index_state": status.index_state,
        "files": status.files,
        "articles": status.articles,
        "passages": status.passages,
        "vectors_pending": status.vectors_pending,
        "articles_pending": status.articles_pending,
        "filling": status.filling,
        "syncing": status.syncing,
        "embedder": status.embedder,
        "found_embedder": status.found_embedder,
        "reranker": status.reranker,
        "skipped": _skipped_to_json(status.skipped),
        "mends": list(status.mends),
    }


def status_text(status: IndexStatus, settings: Settings) -> str:
    """Say what the index holds, with which models, and the mend for each trouble."""
    holds = (
        _count(status.files, "file"),
        _count(status.articles, "article"),
        _count(status.passages, "passage"),
    )
    rows = [
        ("corpus", squeeze(str(settings.corpus))),
        ("index", f"{squeeze(str(settings.index))} ({status.index_state[:_SHORT] or 'nothing yet'})"),
        ("holds", ", ".join(holds)),
        ("embedder", squeeze(status.embedder)),
        ("reranker", squeeze(status.reranker) or "none"),
    ]
    if status.vectors_pending:
        rows.insert(3, ("to come", _count(status.vectors_pending, "vector")))
    if status.found_embedder and status.found_embedder != status.embedder:
        rows.append(("built with", squeeze(status.found_embedder)))
    if status.syncing:
        rows.append(("at work", "a sync is running"))
    lines = [f"{name:<10}  {value}" for name, value in rows]
    if status.skipped:
        lines += [f"{'skipped':<10}  {_count(len(status.skipped), 'file')}:", *_skipped_lines(status.skipped)]
    return "\n".join([*lines, *(f"! {squeeze(mend)}" for mend in status.mends)])


def _skipped_to_json(skipped: Iterable[Skipped]) -> list[dict[str, str]]:
    return [{"file": each.file, "reason": each.reason} for each in skipped]


def _skipped_lines(skipped: Iterable[Skipped]) -> list[str]:
    return [f"  {squeeze(each.file)}: {squeeze(each.reason)}" for each in skipped]


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def _duration(seconds: float) -> str:
    if seconds < 60:
        return f"{seconds:.1f} s"
    return f"{int(seconds // 60)} min {int(seconds % 60)} s"

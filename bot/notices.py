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
# The formats, each by the suffix that is known best.
_KINDS = ".txt, .md, .html, .pdf, .docx or .jsonl"


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
        "rebuilt": report.rebuilt,
        "notes": _skipped_to_json(report.notes),
    }


def sync_text(report: SyncReport, where: str) -> str:
    """Say what a sync did; one line, then one for each file that was skipped, and a hint where one helps.

    Args:
        where: the folder or paths that were looked through.
    """
    counts = [
        # Whoever reads "1 renamed" does not expect it among the added and removed as well.
        (report.added - report.renamed, "added"),
        # Built anew, every file that was there is taken up again, edited or not.
        (report.updated, "read again" if report.rebuilt else "edited"),
        (report.renamed, "renamed"),
        (report.removed - report.renamed, "removed"),
    ]
    if not report.rebuilt:
        counts.append((report.unchanged, "unchanged"))
    done = ", ".join(f"{count:,} {word}" for count, word in counts)
    line = f"{done}; {_count(report.passages, 'passage')} in {_duration(report.seconds)}"
    if report.rebuilt:
        line = f"built anew, since embedder or splitter are no longer the same: {line}"
    if report.skipped:
        line += f"; {len(report.skipped):,} skipped:"
    notes = (
        [f"{len(report.notes):,} indexed with a remark:", *_skipped_lines(report.notes)]
        if report.notes
        else []
    )
    return "\n".join([line, *_skipped_lines(report.skipped), *notes, *sync_hints(report, where)])


def sync_hints(report: SyncReport, where: str) -> list[str]:
    """Say what to do where a sync has left the index without a passage; else nothing."""
    if report.passages:
        return []
    return [f"no articles in {squeeze(where)}: put {_KINDS} files there"]


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
        "llm": status.llm,
        "skipped": _skipped_to_json(status.skipped),
        "mends": list(status.mends),
        "bytes": status.size_bytes,
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
        ("on disk", _size(status.size_bytes)),
        ("embedder", squeeze(status.embedder)),
        ("reranker", squeeze(status.reranker) or "none"),
        ("llm", squeeze(status.llm) or "none: answers are quoted"),
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


def _size(count: int) -> str:
    # As `du -h` counts, and as DATELINE_MAX_FILE_MB does.
    if count < 1024**2:
        return f"{count / 1024:,.1f} kB"
    return f"{count / 1024**2:,.1f} MB" if count < 1024**3 else f"{count / 1024**3:,.1f} GB"


def _duration(seconds: float) -> str:
    if seconds < 60:
        return f"{seconds:.1f} s"
    return f"{int(seconds // 60)} min {int(seconds % 60)} s"

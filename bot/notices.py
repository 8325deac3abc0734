"""What a sync did and what the index holds, as JSON and as words. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bot.render import squeeze

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from bot.model import IndexStatus
    from bot.settings import Settings
    from index.drift import Drift
    from index.model import Skipped
    from index.sync import RebuildReport, SyncReport
    from index.verify import VerifyReport


# Enough of a digest to tell two states apart by eye.
_SHORT = 12
# Files named in a line; of more only the number is told.
_NAMED = 3
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
        "in_part": report.in_part,
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
    done += _left_before(report)
    line = f"{done}; {_count(report.passages, 'passage')} in {_duration(report.seconds)}"
    if report.rebuilt:
        line = f"built anew, since embedder or splitter are no longer the same: {line}"
    if report.skipped:
        line += f"; {left_out_text(report.skipped, report.in_part)}:"
    remarked = _count(len({note.file for note in report.notes}), "file")
    notes = [f"{remarked} with a remark:", *_skipped_lines(report.notes)] if report.notes else []
    return "\n".join([line, *_skipped_lines(report.skipped), *notes, *sync_hints(report, where)])


def sync_line(report: SyncReport) -> str:
    """Say in one line what a sync did, of one of many: what it did not do is left out."""
    counts = (
        (report.added - report.renamed, "added"),
        (report.updated, "read again" if report.rebuilt else "edited"),
        (report.renamed, "renamed"),
        (report.removed - report.renamed, "removed"),
    )
    done = ", ".join(f"{count:,} {word}" for count, word in counts if count) or "nothing has changed"
    done += _left_before(report)
    line = f"{done}; {_count(report.passages, 'passage')} in {_duration(report.seconds)}"
    return f"{line}; {left_out_text(report.skipped, report.in_part)}" if report.skipped else line


def _left_before(report: SyncReport) -> str:
    """Say what an earlier run, that was stopped, had left to this one; "" for nothing."""
    if not report.embedded or report.rebuilt or report.added or report.updated:
        return ""
    return f", and {_count(report.embedded, 'passage')} embedded that a stopped run had left"


def rebuild_to_json(report: RebuildReport) -> dict[str, Any]:
    """Lay out what ``index --rebuild`` did."""
    return {
        "articles": report.articles,
        "passages": report.passages,
        "pending": report.pending,
        "embedded": 0,
        "seconds": round(report.seconds, 3),
    }


def rebuild_text(report: RebuildReport) -> str:
    """Say what ``index --rebuild`` did."""
    held = f"{_count(report.passages, 'passage')} and {_count(report.articles, 'article')}"
    lines = [
        f"the vector index was made anew from the catalog: {held} in {_duration(report.seconds)}; "
        "nothing was embedded"
    ]
    if report.pending:
        lines.append(f"{_count(report.pending, 'vector')} still to come: run `dateline index`")
    return "\n".join(lines)


def verify_to_json(report: VerifyReport) -> dict[str, Any]:
    """Lay out what ``index --verify`` found."""
    return {
        "sound": not report.faults,
        "faults": [{"what": fault.what, "mend": fault.mend} for fault in report.faults],
        "files": report.files,
        "articles": report.articles,
        "passages": report.passages,
        "vectors": report.vectors,
        "in_chroma": report.in_chroma,
        "pending": report.pending,
        "catalog_bytes": report.catalog_bytes,
        "vector_bytes": report.vector_bytes,
        "seconds": round(report.seconds, 3),
    }


def verify_text(report: VerifyReport) -> str:
    """Say what ``index --verify`` looked at; then a line for each fault, with its mend."""
    rows = [
        (
            "catalog",
            f"{_count(report.files, 'file')}, {_count(report.articles, 'article')}, "
            f"{_count(report.passages, 'passage')}, {_count(report.vectors, 'vector')}; {_size(report.catalog_bytes)}",
        ),
        ("chroma", _chroma(report)),
    ]
    if report.pending:
        rows.append(("to come", f"{_count(report.pending, 'vector')}: run `dateline index`"))
    rows.append(("verified", f"in {_duration(report.seconds)}: {_verdict(report)}"))
    lines = [f"{name:<10}  {value}" for name, value in rows]
    return "\n".join([*lines, *(f"! {squeeze(fault.what)}: {fault.mend}" for fault in report.faults)])


def _chroma(report: VerifyReport) -> str:
    # Of a server's disk nothing is known here.
    size = "" if report.vector_bytes is None else f"; {_size(report.vector_bytes)}"
    if report.in_chroma is not None:
        return _count(report.in_chroma, "vector") + size
    if not report.faults:
        return "none: the catalog's own vectors are compared"
    return f"not looked at{size}"


def _verdict(report: VerifyReport) -> str:
    return _count(len(report.faults), "fault") if report.faults else "sound"


def drift_text(drift: Drift) -> str:
    """Say how the folder differs from what was indexed of it, in a few words."""
    parts = [
        _name_files(files, what)
        for files, what in (
            (drift.changed, "edited"),
            (drift.new, "new"),
            (drift.gone, "deleted or unreadable"),
        )
        if files
    ]
    if not parts:
        parts.append("no file has changed since it was indexed")
    if drift.looked_at < drift.total:
        parts.append(f"only {drift.looked_at:,} of {drift.total:,} indexed files were looked at")
    return "; ".join(parts)


def _name_files(files: Sequence[str], what: str) -> str:
    named = ", ".join(squeeze(file) for file in files[:_NAMED])
    return f"{len(files):,} {what} ({named}{', …' if len(files) > _NAMED else ''})"


def sync_hints(report: SyncReport, where: str) -> list[str]:
    """Say what to do where a sync has left the index without a passage; else nothing."""
    if report.passages:
        return []
    return [f"no articles in {squeeze(where)}: put {_KINDS} files there"]


def status_to_json(status: IndexStatus, settings: Settings, drift: Drift | None = None) -> dict[str, Any]:
    """Lay out what the index holds, for scripts; without a drift, the folder could not be compared."""
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
        "vectors_on": status.vectors_on,
        "skipped": _skipped_to_json(status.skipped),
        "mends": _mends(status, drift),
        "bytes": status.size_bytes,
        "catalog": status.catalog,
        "in_part": status.in_part,
        "trouble": status.trouble,
        "read_only": status.read_only,
        "drift": None
        if drift is None
        else {
            "changed": list(drift.changed),
            "new": list(drift.new),
            "gone": list(drift.gone),
            "complete": drift.looked_at == drift.total,
        },
    }


def _mends(status: IndexStatus, drift: Drift | None) -> list[str]:
    changed = "the folder has changed since it was indexed: run `dateline index`"
    return [*status.mends, *([changed] if drift else [])]


def status_text(status: IndexStatus, settings: Settings, drift: Drift | None = None) -> str:
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
    if status.vectors_on:
        rows.insert(4, ("vectors", squeeze(status.vectors_on)))
    if status.catalog:
        rows.insert(2, ("catalog", squeeze(status.catalog)))
    if drift is not None:
        rows.insert(3, ("folder", drift_text(drift)))
    if status.index_state:
        rows.append(("health", _health(status)))
    if status.vectors_pending:
        rows.insert(3, ("to come", _count(status.vectors_pending, "vector")))
    if status.found_embedder and status.found_embedder != status.embedder:
        rows.append(("built with", squeeze(status.found_embedder)))
    if status.syncing:
        rows.append(("at work", "a sync is running"))
    lines = [f"{name:<10}  {value}" for name, value in rows]
    if status.skipped:
        left_out = left_out_text(status.skipped, status.in_part)
        lines += [f"{'left out':<10}  {left_out}:", *_skipped_lines(status.skipped)]
    return "\n".join([*lines, *(f"! {squeeze(mend)}" for mend in _mends(status, drift))])


def _health(status: IndexStatus) -> str:
    said = "see below" if status.trouble else "no damage seen"
    if status.read_only:
        said += "; read-only: questions are answered, but `dateline index` cannot run here"
    return f"{said}; `dateline index --verify` looks everything through"


def left_out_text(skipped: Sequence[Skipped], in_part: int) -> str:
    """Count files, not remarks: of a file of a thousand lines a hundred may be left out."""
    whole = len({each.file for each in skipped}) - in_part
    parts = [f"{_count(whole, 'file')} skipped"] if whole else []
    return ", ".join([*parts, *([f"{_count(in_part, 'file')} used in part"] if in_part else [])])


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

"""What was measured of each system, and the one table of it. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from benchmarks.figures import hit_at, reciprocal_rank, table
from bot.evals.figures import mean_with_interval, median, percentile

RESYNCS = ("nothing changed", "one edit", "one rename", "10 % deleted")
_NONE = "–"


@dataclass(frozen=True, slots=True, kw_only=True)
class Lap:
    """One portion of articles, indexed.

    Attributes:
        cpu_s: of the processor, all cores together; a busy machine stretches it less than ``seconds``.
        passages: that it came to.
        words: of its articles, as they stand.
        read: words that the model read.
    """

    seconds: float
    cpu_s: float
    passages: int
    words: int
    read: int


@dataclass(slots=True, kw_only=True)
class Record:
    """What was measured of one system; what was not stays empty.

    Attributes:
        failure: why it is not in the table, or not further.
        keeps_step: how it learns of changes: "alone", or "told" which files they are; empty for not at all.
        imports_s: from the start of the process until the libraries are imported, likewise ``open_s`` of the model.
        first_s: from an empty folder to the first answer.
        cold: seconds from the start of a process to the passages of its first question.
        warm, answers: seconds a question.
        ranks: of the file that answers, a question each.
        resyncs: seconds of each kind of change.
        ghosts: hits on files that were gone by then.
    """

    title: str
    keeps_step: str = ""
    failure: str = ""
    imports_s: float | None = None
    open_s: float | None = None
    laps: list[Lap] = field(default_factory=list)
    peak_mib: float = 0.0
    disk_bytes: int = 0
    first_s: float | None = None
    cold: list[float] = field(default_factory=list)
    warm: list[float] = field(default_factory=list)
    answers: list[float] = field(default_factory=list)
    ranks: list[int | None] = field(default_factory=list)
    resyncs: dict[str, list[float]] = field(default_factory=dict)
    ghosts: int | None = None

    @property
    def passages(self) -> int:
        """How many passages it cut the articles into."""
        return sum(lap.passages for lap in self.laps)

    @property
    def words(self) -> int:
        """How many words the articles have."""
        return sum(lap.words for lap in self.laps)

    @property
    def read(self) -> int:
        """How many of the words the model read."""
        return sum(lap.read for lap in self.laps)

    @property
    def seconds(self) -> float:
        """How long indexing took, model loaded."""
        return sum(lap.seconds for lap in self.laps)


def lead(
    ours: Sequence[Lap],
    theirs: Sequence[Lap],
    count: Callable[[Lap], int],
    spent: Callable[[Lap], float] = lambda lap: lap.seconds,
) -> float | None:
    """Return how many times as fast we are: the median over portions, each indexed by both in turn.

    Args:
        count: what is counted in a second: passages, words, words read.
        spent: which seconds.
    """
    ratios = [
        (count(one) / spent(one)) / (count(other) / spent(other))
        for one, other in zip(ours, theirs, strict=False)
        if count(other)
    ]
    return median(ratios) if ratios else None


def lay_out(records: Sequence[Record]) -> str:
    """Lay all out as a Markdown table, a system each column; the first one is ours."""
    ours = records[0]
    measured = [record for record in records if record.laps]
    rows: list[tuple[str, Callable[[Record], str]]] = [
        ("passages, words in each", lambda r: f"{r.passages:,}, {r.words / r.passages:.0f}"),
        ("words of the articles that any vector has read", lambda r: f"{r.read / r.words:.0%}"),
        ("**indexing**, seconds", lambda r: f"{r.seconds:.1f}"),
        ("passages a second", lambda r: f"{r.passages / r.seconds:.1f}"),
        (
            "words a second; read by the model",
            lambda r: f"{r.words / r.seconds:,.0f}; {r.read / r.seconds:,.0f}",
        ),
        (
            "Dateline is faster by, passages",
            lambda r: _times(lead(ours.laps, r.laps, lambda lap: lap.passages)),
        ),
        ("likewise, words", lambda r: _times(lead(ours.laps, r.laps, lambda lap: lap.words))),
        (
            "likewise, words read by the model",
            lambda r: _times(lead(ours.laps, r.laps, lambda lap: lap.read)),
        ),
        (
            "likewise, by the processor's time",
            lambda r: _times(lead(ours.laps, r.laps, lambda lap: lap.read, lambda lap: lap.cpu_s)),
        ),
        ("peak memory, MiB", lambda r: f"{r.peak_mib:,.0f}" if r.peak_mib else _NONE),
        ("disk, bytes a passage; a word", _disk),
        *((f"**re-sync**, {kind}, seconds", _resync(kind)) for kind in RESYNCS),
        ("hits on deleted files after that", lambda r: _NONE if r.ghosts is None else str(r.ghosts)),
        ("**start**: imports; model loaded, seconds", _start),
        (
            "from nothing to the first answer, seconds",
            lambda r: _NONE if r.first_s is None else f"{r.first_s:.0f}",
        ),
        ("**search**, cold process, seconds", _cold),
        ("search, warm, ms, p50 / p95 / p99", lambda r: _spread(r.warm)),
        ("answer, warm, ms, p50 / p95 / p99", lambda r: _spread(r.answers)),
        ("**quality**, hit@4", lambda r: _mean([hit_at(rank, 4) for rank in r.ranks])),
        ("MRR@10", lambda r: _mean([reciprocal_rank(rank, 10) for rank in r.ranks])),
    ]
    cells = [(name, *(cell(record) for record in measured)) for name, cell in rows]
    return table(("", *(record.title for record in measured)), cells)


def list_failures(records: Sequence[Record]) -> str:
    """Say of each system that could not be measured, or not to the end, why."""
    return "\n".join(f"- {record.title}: {record.failure}" for record in records if record.failure)


def _times(ratio: float | None) -> str:
    return _NONE if ratio is None else f"{ratio:.2f} times"


def _disk(record: Record) -> str:
    size = record.disk_bytes
    return f"{size / record.passages:,.0f}; {size / record.words:.0f}" if size else _NONE


def _resync(kind: str) -> Callable[[Record], str]:
    def cell(record: Record) -> str:
        spent = record.resyncs.get(kind)
        if spent:
            return f"{median(spent):.2f}" + (", told which" if record.keeps_step == "told" else "")
        # Who cannot learn what has changed builds anew.
        return f"{record.seconds:.0f}, built anew" if record.keeps_step == "told" else _NONE

    return cell


def _start(record: Record) -> str:
    if record.imports_s is None or record.open_s is None:
        return _NONE
    return f"{record.imports_s:.1f}; {record.open_s:.1f}"


def _cold(record: Record) -> str:
    return f"{median(record.cold):.1f} (at most {max(record.cold):.1f})" if record.cold else _NONE


def _spread(spent: Sequence[float]) -> str:
    if not spent:
        return _NONE
    return " / ".join(f"{percentile([s * 1000 for s in spent], q):.0f}" for q in (50, 95, 99))


def _mean(values: Sequence[float]) -> str:
    return str(mean_with_interval(values)) if values else _NONE


def size_of_folders(sizes: Mapping[str, int]) -> str:
    """Name the parts of an index with their sizes, the largest first."""
    parts = sorted(sizes.items(), key=lambda item: -item[1])
    return ", ".join(f"{name} {size / 2**20:.1f} MiB" for name, size in parts)

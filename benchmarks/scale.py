"""Scale: an invented archive grown to some sizes, with build time, memory, disk, latency and recall at each.

Vectors are drawn around those of a real index, so that they lie as near to one another as real ones do.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path
from typing import TypeVar

import numpy as np

from benchmarks.figures import table
from benchmarks.invented import Seedbed, hold_out, read_seedbed
from benchmarks.material import DATA, OUT, ROOT, find_realtimeqa, open_app, read_questions, unpack_articles
from benchmarks.recall import recall
from benchmarks.scale_steps import (
    Archive,
    Asked,
    Queried,
    Spent,
    Synced,
    Written,
    ask,
    compare,
    query,
    sync,
    write_articles,
)
from bot.evals.cases import read_cases
from bot.evals.figures import mean_with_interval, median, percentile
from index.embed import Matrix, SentenceTransformerEmbedder
from index.errors import ConfigError
from index.lookup import CatalogReader
from index.sync import CATALOG_FILE

R = TypeVar("R")

_NOTHING = Spent(clock=0.0, processor=0.0)
_K = 10
# So deep each list of the search is read.
_DEEP = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Size:
    """All that was measured at one size; what took time is summed over the sizes up to it."""

    written: Written
    catalog: Spent
    filled: Synced
    vectors: Spent
    again: Synced
    catalog_bytes: int
    chroma_bytes: int
    queried: Queried
    real: tuple[float, ...]
    drawn: tuple[float, ...]
    deep: tuple[float, ...]
    asked: Asked


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of this part."""
    parser.add_argument(
        "sizes",
        nargs="*",
        type=int,
        metavar="PASSAGES",
        default=[10_000, 100_000],
        help="passages at which to measure, rising; a million takes about an hour and 12 GB (%(default)s)",
    )
    parser.add_argument("--data", type=Path, default=DATA, help="folder that holds realtimeqa/ (%(default)s)")
    parser.add_argument("--index", type=Path, help="a real index to draw from; else one is built")
    parser.add_argument("--folder", type=Path, help="keep the archive here; else it is deleted at the end")
    parser.add_argument("--questions", type=int, default=200, help="most questions asked (%(default)s)")
    parser.add_argument("--seed", type=int, default=0, help="another seed, another archive (%(default)s)")


def run(given: argparse.Namespace) -> int:
    """Measure and print. Returns the exit code."""
    sizes: list[int] = given.sizes
    if sizes != sorted(set(sizes)) or sizes[0] < 1 or given.questions < 2:
        raise ConfigError("PASSAGES must be rising numbers from 1 on, and --questions at least 2")
    if given.folder is not None and given.folder.exists() and any(given.folder.iterdir()):
        raise ConfigError(f"{given.folder} is not empty: name another folder with --folder")
    texts, catalog = _find_material(given)
    questions = texts[: given.questions]
    bed = _read_bed(catalog, given.seed)
    queries = np.concatenate([_embed(questions), hold_out(bed, len(questions), seed=given.seed)])
    OUT.mkdir(parents=True, exist_ok=True)
    kept = nullcontext(str(given.folder)) if given.folder else _temporary()
    measured: list[Size] = []
    with kept as root:
        for size in sizes:
            earlier = measured[-1] if measured else None
            measured.append(_measure(Archive(root=Path(root)), bed, size, earlier, queries, questions, given))
            # What has been measured is not lost where a later size fails.
            print(_table(measured), file=sys.stderr)
    print(f"## Scale, drawn from {len(bed.vectors):,} real passages, {os.cpu_count()} cores\n")
    print(f"{len(questions)} real questions, and as many vectors drawn like those of the archive.")
    print("In brackets: processor time; with recall, the 95 % interval.\n")
    print(_table(measured))
    return 0


def _temporary() -> AbstractContextManager[str]:
    return tempfile.TemporaryDirectory(prefix="scale-", dir=OUT)


def _find_material(given: argparse.Namespace) -> tuple[tuple[str, ...], Path]:
    """Return questions, and the catalog of the index to draw from; it is built where it is not there."""
    folder = find_realtimeqa(given.data)
    if folder is not None:
        questions = tuple(question.text for question in read_questions(folder))
        corpus = given.index or unpack_articles(folder, OUT / "realtimeqa")
    else:
        cases = read_cases(ROOT / "tests" / "golden" / "corpus.jsonl").cases
        questions = tuple(case.question for case in cases if not case.history)
        corpus = ROOT / "corpus"
    if given.index is not None:
        return questions, given.index / CATALOG_FILE
    index = OUT / f"{corpus.name}.index"
    open_app(corpus, index, given=False).close()
    return questions, index / CATALOG_FILE


def _read_bed(catalog: Path, seed: int) -> Seedbed:
    reader = CatalogReader(catalog)
    try:
        with reader.snapshot() as view:
            return read_seedbed(view, seed=seed)
    except ValueError as exc:
        raise ConfigError(f"the index {catalog.parent} cannot be drawn from: {exc}") from exc
    finally:
        reader.close()


def _embed(questions: Sequence[str]) -> Matrix:
    embedder = SentenceTransformerEmbedder()
    return np.stack([embedder.embed_query(question) for question in questions])


def _measure(
    archive: Archive,
    bed: Seedbed,
    size: int,
    earlier: Size | None,
    queries: Matrix,
    questions: Sequence[str],
    given: argparse.Namespace,
) -> Size:
    """Grow the archive to a size and measure everything there."""
    written = _apart(write_articles, archive, bed, size, given.seed)
    filled = _apart(sync, archive)
    again = _apart(sync, archive)
    queried = _apart(query, archive, queries)
    exact = _apart(compare, archive, queries, _DEEP)
    asked = _apart(ask, archive, questions)
    pairs = list(zip(queried.found, exact, strict=True))
    near = [recall(found, truth, _K) for found, truth in pairs]
    return Size(
        written=written,
        catalog=written.spent + (earlier.catalog if earlier else _NOTHING),
        filled=filled,
        vectors=filled.on_vectors + (earlier.vectors if earlier else _NOTHING),
        again=again,
        catalog_bytes=_bytes(archive.index, f"{CATALOG_FILE}*"),
        chroma_bytes=_bytes(archive.chroma, "**/*"),
        queried=queried,
        real=tuple(near[: len(questions)]),
        drawn=tuple(near[len(questions) :]),
        deep=tuple(recall(found, truth, _DEEP) for found, truth in pairs),
        asked=asked,
    )


def _apart(step: Callable[..., R], *arguments: object) -> R:
    """Run a step in a process of its own."""
    print(f"measuring: {step.__name__}", file=sys.stderr)
    # Started anew, not forked: what this process holds would count as memory of the step.
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        return pool.submit(step, *arguments).result()


def _bytes(folder: Path, pattern: str) -> int:
    return sum(path.stat().st_size for path in folder.glob(pattern) if path.is_file())


def _table(sizes: Sequence[Size]) -> str:
    rows: list[tuple[str, Callable[[Size], str]]] = [
        ("passages; articles", lambda size: f"{size.written.passages:,}; {size.written.articles:,}"),
        ("catalog written, without embedding", lambda size: _pace(size, size.catalog)),
        ("Chroma filled from it", lambda size: _pace(size, size.vectors)),
        ("memory at most: catalog; Chroma", _building_memory),
        ("on disk: catalog; Chroma", _disk),
        ("bytes written while Chroma is filled", lambda size: f"{size.filled.written / 2**20:,.0f} MiB"),
        ("sync of unchanged files", lambda size: _seconds(size.again.spent)),
        ("its memory at most", lambda size: f"{size.again.peak_mib:,.0f} MiB"),
        ("`dateline status`, in the process", lambda size: f"{size.asked.status_seconds:.2f} s"),
        ("vector index opened, first query", lambda size: f"{size.queried.open_seconds:.1f} s"),
        ("vector index, p50; p95", lambda size: _spent(size.queried.milliseconds)),
        ("its memory", lambda size: f"{size.queried.memory_mib:,.0f} MiB"),
        ("recall@10, real questions", lambda size: _mean(size.real)),
        ("recall@10, drawn vectors", lambda size: _mean(size.drawn)),
        ("recall@100, both", lambda size: _mean(size.deep)),
        ("search, p50; p95", lambda size: _spent(size.asked.searches)),
        ("question to answer, p50; p95", lambda size: _spent(size.asked.questions)),
        ("memory, warm", lambda size: f"{size.asked.memory_mib:,.0f} MiB"),
    ]
    head = ("", *(f"{size.written.passages:,}" for size in sizes))
    return table(head, [(name, *(show(size) for size in sizes)) for name, show in rows])


def _pace(size: Size, spent: Spent) -> str:
    return f"{_seconds(spent)}, {size.written.passages / max(spent.clock, 1e-9):,.0f} a second"


def _seconds(spent: Spent) -> str:
    return f"{spent.clock:,.1f} s ({spent.processor:,.1f} s)"


def _building_memory(size: Size) -> str:
    return f"{size.written.peak_mib:,.0f}; {size.filled.peak_mib:,.0f} MiB"


def _disk(size: Size) -> str:
    return f"{size.catalog_bytes / 2**20:,.0f}; {size.chroma_bytes / 2**20:,.0f} MiB"


def _spent(milliseconds: Sequence[float]) -> str:
    return f"{median(milliseconds):,.0f}; {percentile(milliseconds, 95):,.0f} ms"


def _mean(values: Sequence[float]) -> str:
    return f"{mean_with_interval(values)} of {len(values)}"

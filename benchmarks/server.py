"""Server: questions with Chroma in the index folder and with Chroma behind HTTP, turn by turn in one run.

The server is ``chroma run`` on loopback, filled from a copy of the catalog; nothing is embedded. What a network
adds is the time of its round trips.
"""

from __future__ import annotations

import argparse
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from benchmarks.figures import table
from benchmarks.material import DATA, OUT, find_realtimeqa, open_app, read_questions, settings_for
from bot.app import App, build
from bot.evals.figures import percentile
from bot.storage import open_database
from bot.vector_store import open_shelf
from index.embed import SentenceTransformerEmbedder
from index.errors import ConfigError
from index.schema import CATALOG_FILE

Rows = Iterator[tuple[str, str, str]]

_WARM_UP = 5
# As deep as a search asks.
_DEEP = 120
_PATIENCE_S = 120.0


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of this part."""
    parser.add_argument("--data", type=Path, default=DATA, help="folder that holds realtimeqa/ (%(default)s)")
    parser.add_argument("--corpus", type=Path, help="folder of its articles")
    parser.add_argument("--index", type=Path, help="an index over the corpus; its catalog is copied")
    parser.add_argument("--questions", type=int, default=227, help="most questions (%(default)s)")


def run(given: argparse.Namespace) -> int:
    """Measure and print. Returns 0, also where the material is absent."""
    folder = find_realtimeqa(given.data)
    if folder is None or given.corpus is None or given.index is None:
        print(
            "Server: skipped; it wants realtimeqa/ below --data, and --corpus and --index over its articles."
        )
        return 0
    questions = [each.text for each in read_questions(folder)][: given.questions]
    OUT.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=OUT) as room:
        copy = Path(room) / "index"
        copy.mkdir()
        # Chroma's part of it comes from the catalog.
        shutil.copy2(given.index / CATALOG_FILE, copy)
        with _chroma_run(Path(room) / "server") as url:
            rows = list(_measure(given.corpus, given.index, copy, url, questions))
    print(table(("", "figure", "measured on"), rows))
    return 0


def _measure(corpus: Path, index: Path, copy: Path, url: str, questions: Sequence[str]) -> Rows:
    settings = settings_for(corpus, copy).model_copy(update={"chroma_url": url})
    within, behind = open_app(corpus, index, given=True), build(settings)
    try:
        print("filling the server", file=sys.stderr)
        started = time.perf_counter()
        report = behind.sync()
        on = f"{report.passages:,} passages, {report.embedded} embedded"
        yield "`dateline index` into an empty server", f"{time.perf_counter() - started:.1f} s", on
        started = time.perf_counter()
        behind.sync()
        yield (
            "`dateline index` again, nothing changed",
            f"{time.perf_counter() - started:.2f} s",
            "a warm process",
        )
        print("asking", file=sys.stderr)
        yield from _compare_vectors(corpus, index, copy, url, questions)
        yield from _compare_questions(within, behind, questions)
    finally:
        within.close()
        behind.close()


def _compare_vectors(corpus: Path, index: Path, copy: Path, url: str, questions: Sequence[str]) -> Rows:
    """Time the nearest vectors alone."""
    embedder = SentenceTransformerEmbedder()
    far_settings = settings_for(corpus, copy).model_copy(update={"chroma_url": url})
    near, far = (
        open_shelf(settings, open_database(settings), embedder.fingerprint).store
        for settings in (settings_for(corpus, index), far_settings)
    )
    spent: dict[str, list[float]] = {"folder": [], "server": []}
    same = total = 0
    try:
        for number, question in enumerate([*questions[:_WARM_UP], *questions]):
            vector, found = embedder.embed_query(question), {}
            for name, store in (("folder", near), ("server", far)):
                started = time.perf_counter()
                found[name] = {each.item for each in store.query("passages", vector, _DEEP)}
                if number >= _WARM_UP:
                    spent[name].append((time.perf_counter() - started) * 1000)
            same += len(found["folder"] & found["server"])
            total += len(found["folder"])
    finally:
        near.close()
        far.close()
    on = f"{len(questions)} questions, {_DEEP} nearest; {same:,} of {total:,} the same"
    yield from _rows("nearest passages", spent, on)


def _compare_questions(within: App, behind: App, questions: Sequence[str]) -> Rows:
    """Time whole answers."""
    spent: dict[str, list[float]] = {"folder": [], "server": []}
    same = 0
    for number, question in enumerate([*questions[:_WARM_UP], *questions]):
        texts = []
        for name, app in (("folder", within), ("server", behind)):
            started = time.perf_counter()
            texts.append([each.text for each in app.ask(question).sentences])
            if number >= _WARM_UP:
                spent[name].append((time.perf_counter() - started) * 1000)
        same += number >= _WARM_UP and texts[0] == texts[1]
    yield from _rows("question to answer", spent, f"{len(questions)} questions, {same} answers the same")


def _rows(what: str, spent: dict[str, list[float]], on: str) -> Rows:
    for name, times in spent.items():
        figures = f"p50 {percentile(times, 50):.1f} ms, p95 {percentile(times, 95):.1f} ms"
        yield f"{what}, {name}", figures, on


@contextmanager
def _chroma_run(folder: Path) -> Iterator[str]:
    """Start a server on a free port of loopback; yield its address.

    Raises:
        ConfigError: it does not start.
    """
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    program = Path(sys.executable).with_name("chroma")
    process = subprocess.Popen(
        [str(program), "run", "--path", str(folder), "--port", str(port)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        ends_at = time.monotonic() + _PATIENCE_S
        while True:
            try:
                socket.create_connection(("127.0.0.1", port), timeout=1).close()
                break
            except OSError as exc:
                if process.poll() is not None or time.monotonic() > ends_at:
                    raise ConfigError("`chroma run` does not start: try it by hand") from exc
                time.sleep(0.2)
        yield f"http://127.0.0.1:{port}"
    finally:
        process.kill()
        process.wait(20)

"""A desk with invented articles, for the tests of the surfaces; run as a program it is `dateline` over it.

Nothing is loaded: it finds by words in common, and quotes the first sentences that share one.
"""

from __future__ import annotations

import os
import re
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, cast

from bot.model import Answer, Citation, EngineInfo, IndexStatus, Label, Sentence, Status, Timings, Turn
from index.drift import Drift
from index.errors import StoreError
from index.model import ArticleRef, Hit, Passage, Skipped, Span

if TYPE_CHECKING:
    from bot.settings import Settings
    from index.sync import RebuildReport, SyncProgress, SyncReport
    from index.verify import VerifyReport

FERRY = (
    "Harbour pilots in Port Ellery said on Tuesday that the ferry Maud Lindqvist had been turned back twice.\n"
    "\n"
    "The ferry carried 212 passengers and 31 cars, said Ingrid Solheim, the harbour master.\n"
    "“No one was hurt,” she said. It was towed to berth 4 by two tugs, and the crossing to Sandvik was "
    "closed until Thursday.\n"
    "\n"
    "The company, Nordlys Line, blamed a failed bow thruster.\n"
)
LEVY = (
    "Council delays the tram levy\n"
    "\n"
    "Aldermere council has put off its tram levy by a year [bold red]again[/bold red], after shopkeepers "
    "objected that 3 pence a ticket would cost them \x1b[31mcustomers\x1b[0m.\n"
    "The levy was to raise $5m a year, {sic} the mayor said.\n"
)
COPY = FERRY.replace("Harbour pilots", "Pilots")

FERRY_TITLE = "Ferry turned back twice off Port Ellery"
DOS = "\ufeffFirst line\r\nold\rnew “no newline at the end”"

_REFS = {
    "wire/ferry.txt": ArticleRef(
        id="0" * 15 + "1",
        file="wire/ferry.txt",
        title=FERRY_TITLE,
        publisher="Coastal Wire",
        published=date(2014, 6, 11),
    ),
    "levy.md": ArticleRef(
        id="0" * 15 + "2",
        file="levy.md",
        title="Council delays the tram levy [/] \x1b]0;owned\x07",
        url="https://www.aldermere-post.example/tram",
    ),
    "copy:12": ArticleRef(
        id="0" * 15 + "3", file="copy:12", title="Ferry turned back", publisher="Sandvik Daily"
    ),
}
_TEXTS = {"wire/ferry.txt": FERRY, "levy.md": LEVY, "copy:12": COPY, "dos.txt": DOS}


@dataclass(frozen=True)
class FakeProgress:
    """As index.sync.SyncProgress, which imports numpy."""

    stage: str
    done: int
    total: int
    passages_per_s: float | None = None
    seconds_left: float | None = None


@dataclass(frozen=True)
class FakeReport:
    """As index.sync.SyncReport; of the files added and removed, one is the renamed one."""

    added: int = 3
    updated: int = 1
    removed: int = 1
    renamed: int = 1
    unchanged: int = 3
    skipped: tuple[Skipped, ...] = (Skipped(file="broken.pdf", reason="not a PDF: no %PDF at its beginning"),)
    passages: int = 1140
    embedded: int = 12
    seconds: float = 3.21
    rebuilt: bool = False
    notes: tuple[Skipped, ...] = ()
    in_part: int = 0


@dataclass(frozen=True)
class FakeRebuild:
    """As index.progress.RebuildReport."""

    articles: int = 3
    passages: int = 9
    pending: int = 0
    seconds: float = 1.5


@dataclass(frozen=True)
class FakeVerify:
    """As index.verify.VerifyReport, which imports numpy."""

    files: int = 3
    articles: int = 3
    passages: int = 9
    vectors: int = 9
    in_chroma: int | None = 12
    pending: int = 0
    catalog_bytes: int = 400_000
    vector_bytes: int | None = 5_000_000
    faults: tuple[SimpleNamespace, ...] = ()
    seconds: float = 0.25


STATUS = IndexStatus(
    files=3,
    articles=3,
    passages=9,
    embedder="all-MiniLM-L6-v2",
    found_embedder="all-MiniLM-L6-v2",
    reranker="",
    skipped=(Skipped(file="broken.pdf", reason="not a PDF"),),
    syncing=False,
    index_state="3f2a",
    size_bytes=5_400_000,
    mends=(),
)


NO_DRIFT = Drift(changed=(), new=(), gone=(), looked_at=3, total=3)


@dataclass
class FakeDesk:
    """Remembers what it was asked; ``raises`` is raised by ``ask`` and ``search``, all else fails if ``broken``."""

    answer_s: float = 0.0
    load_s: float = 0.0
    sync_steps: int = 0
    raises: Exception | None = None
    state: IndexStatus = STATUS
    report: FakeReport = field(default_factory=FakeReport)
    asked: list[tuple[str, date | None]] = field(default_factory=list)
    histories: list[tuple[Turn, ...]] = field(default_factory=list)
    folders: list[str] = field(default_factory=list)
    closed: bool = False
    broken: bool = False
    verified: FakeVerify = field(default_factory=FakeVerify)
    drifted: Drift = NO_DRIFT

    def _check(self) -> None:
        if self.broken:
            raise StoreError("the index cannot be read")

    def rebuild(self, progress: Callable[[SyncProgress], None] | None = None) -> RebuildReport:
        return cast("RebuildReport", FakeRebuild())

    def verify(self) -> VerifyReport:
        return cast("VerifyReport", self.verified)

    def drift(self, paths: Sequence[str] = ()) -> Drift:
        wanted = {*paths} or {*self.drifted.changed, *self.drifted.new, *self.drifted.gone}
        return replace(
            self.drifted,
            changed=tuple(file for file in self.drifted.changed if file in wanted),
            gone=tuple(file for file in self.drifted.gone if file in wanted),
        )

    def sync(
        self, paths: Sequence[str] = (), progress: Callable[[SyncProgress], None] | None = None
    ) -> SyncReport:
        self._check()
        if started := os.environ.get("FAKE_STARTED"):
            Path(started).touch()
        for step in range(self.sync_steps):
            if progress:
                left = (self.sync_steps - step) / 10
                progress(cast("SyncProgress", FakeProgress("passages", step, self.sync_steps, 12.3, left)))
            time.sleep(0.1)
        return cast("SyncReport", self.report)

    def ask(
        self,
        question: str,
        *,
        asked_at: date | None = None,
        history: Sequence[Turn] = (),
        folder: str = "",
        on_read: Callable[[str], None] | None = None,
        on_found: Callable[[int, int], None] | None = None,
        on_sentence: Callable[[Sentence], None] | None = None,
    ) -> Answer:
        self.asked.append((question, asked_at))
        self.histories.append(tuple(history))
        self.folders.append(folder)
        if on_found is not None:
            on_found(24, 5)
        time.sleep(self.answer_s)
        if self.raises:
            raise self.raises
        hits = self._find(question, 5, folder)
        sentences: list[Sentence] = []
        citations: list[Citation] = []
        for hit in hits[:2]:
            start, end = hit.passage.sentences[0]
            number = len(citations) + 1
            citations.append(
                Citation(
                    number=number,
                    article=hit.passage.article,
                    quote=_TEXTS[hit.passage.article.file][start:end],
                    start=start,
                    end=end,
                    line_start=hit.passage.line_start,
                    line_end=hit.passage.line_start,
                    copies=hit.copies,
                )
            )
            lead = "Ingrid Solheim" if "she said" in citations[-1].quote else None
            text = f"[{lead}] {citations[-1].quote}" if lead else citations[-1].quote
            sentences.append(
                Sentence(text=text, citations=(number,), verdict=Label.SUPPORTED, score=0.9, lead=lead)
            )
        return Answer(
            question=question,
            status=Status.ANSWERED if hits else Status.NOT_FOUND,
            reason=None if hits else "nothing on this topic",
            sentences=tuple(sentences),
            citations=tuple(citations),
            hits=hits,
            engine=EngineInfo(
                answerer="quote", embedder="fake", judge="none", prompts=(("answer", "3f2a"),), index="9c1e"
            ),
            timings=Timings(retrieve=21.44, answer=12, check=3.1, total=38.2),
            asked_at=asked_at,
            asked=f"{question} after {history[-1].question}"
            if history and question.startswith("and ")
            else None,
            notes=("the index is still filling",) if self.state.filling else (),
        )

    def search(
        self, query: str, k: int, *, asked_at: date | None = None, folder: str = ""
    ) -> tuple[Hit, ...]:
        self.asked.append((query, asked_at))
        if self.raises:
            raise self.raises
        return self._find(query, k, folder)

    def _find(self, query: str, k: int, folder: str = "") -> tuple[Hit, ...]:
        words = {word for word in re.findall(r"\w+", query.lower()) if len(word) > 3}
        hits: list[Hit] = []
        for file in ("wire/ferry.txt", "levy.md"):
            if folder and not file.startswith(f"{folder}/"):
                continue
            for match in re.finditer(r"[^\n]+", _TEXTS[file]):
                if words & set(re.findall(r"\w+", match.group().lower())):
                    span = Span(*match.span())
                    line = _TEXTS[file].count("\n", 0, span.start) + 1
                    passage = Passage(
                        id=f"{file}-{line}",
                        article=_REFS[file],
                        text=match.group(),
                        start=span.start,
                        end=span.end,
                        line_start=line,
                        line_end=line,
                        sentences=(span,),
                    )
                    hits.append(
                        Hit(rank=len(hits) + 1, passage=passage, score=1 / (60 + len(hits)), cosine=0.5)
                    )
        if hits:
            found = (("words", 1), ("vectors", 2))
            hits[0] = replace(hits[0], cosine=None, copies=(_REFS["copy:12"],), found_by=found)
        return tuple(hits[:k])

    def text_of(self, file: str) -> str:
        self._check()
        if file not in _TEXTS:
            raise StoreError(f"{file} is not indexed")
        return _TEXTS[file]

    def files(self) -> tuple[str, ...]:
        return tuple(_TEXTS) if self.state.files else ()

    def articles(self) -> tuple[ArticleRef, ...]:
        self._check()
        return tuple(_REFS.values())

    def titles(self) -> tuple[str, ...]:
        return tuple(ref.title for ref in _REFS.values())

    def status(self) -> IndexStatus:
        self._check()
        return self.state

    def warm_up(self) -> None:
        time.sleep(self.load_s)

    def close(self) -> None:
        self.closed = True


def build_from_environment(settings: Settings, *, once: bool = False) -> FakeDesk:
    """Build a desk that is as slow as the environment says."""
    return FakeDesk(
        answer_s=float(os.environ.get("FAKE_ANSWER_S", "0")),
        load_s=float(os.environ.get("FAKE_LOAD_S", "0")),
        sync_steps=int(os.environ.get("FAKE_SYNC_STEPS", "0")),
    )


if __name__ == "__main__":
    import signal

    import bot.commands
    from bot.cli import main

    # Tests started in the background of a shell hand down a Ctrl-C that is ignored.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    bot.commands.build_desk = build_from_environment
    sys.exit(main())

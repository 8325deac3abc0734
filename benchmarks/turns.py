"""The stages of the comparison, each gone through by all systems in turns."""

from __future__ import annotations

import json
import shutil
import sys
import time
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks import subset
from benchmarks.coverage import Shorten, count_read_words
from benchmarks.material import NewsQuestion, front_matter_end
from benchmarks.processes import dateline, folders, start, stop, try_json
from benchmarks.retrieval import PASSAGES, best_rank
from benchmarks.rivals.worker import Job, Piece
from benchmarks.standings import RESYNCS, Lap, Record
from benchmarks.workers import Worker, WorkerError
from index.errors import ConfigError

# As many as a reader is shown.
_SHOWN = 10
_WARM_UP = 3
_POLL_S = 1.0
_EDITS = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Contestant:
    """A system that is measured.

    Attributes:
        name: of its module behind ``with_``, and of its folder.
        pins: name of the file of its requirements; empty for what runs in Dateline's own environment.
        keeps_step: see Record.
        answers: whether it answers questions, or finds passages only.
        given: its passages are Dateline's.
    """

    name: str
    title: str
    pins: str = ""
    keeps_step: str = ""
    answers: bool = False
    given: bool = False


CONTESTANTS = (
    Contestant(name="dateline", title="Dateline", keeps_step="alone", answers=True),
    Contestant(name="llama_index", title="llama-index", pins="llama_index", keeps_step="alone", answers=True),
    Contestant(
        name="given_passages", title="llama-index, Dateline's passages", pins="llama_index", given=True
    ),
    Contestant(name="haystack", title="Haystack", pins="haystack", keeps_step="told"),
    Contestant(name="txtai", title="txtai", pins="txtai", keeps_step="told"),
    Contestant(name="limits", title="limit: `encode`, numpy", given=True),
)

Do = Callable[[Contestant, Worker, Record], None]


class Contest:
    """One run of the comparison.

    A system that fails is left out from there on, and its record tells why.
    """

    def __init__(
        self,
        *,
        source: Path,
        files: Sequence[str],
        questions: Sequence[NewsQuestion],
        work: Path,
        model: Path,
        pythons: Mapping[str, Path],
        shorten: Shorten,
    ) -> None:
        self._source = source
        self._files = list(files)
        self._questions = list(questions)
        self._work = work
        self._corpus = work / "corpus"
        self._model = model
        self._pythons = pythons
        self._shorten = shorten
        self._workers: dict[str, Worker] = {}
        self._entrants = [each for each in CONTESTANTS if each.name in pythons]
        self._turn = 0
        self.records = {
            each.name: Record(title=each.title, keeps_step=each.keeps_step) for each in CONTESTANTS
        }
        self.disks: dict[str, dict[str, int]] = {}

    def run(self, *, portions: int, rounds: int) -> None:
        """Measure everything.

        Args:
            portions: in which the articles come.
            rounds: cold starts, and changes of each kind.
        """
        shutil.rmtree(self._work, ignore_errors=True)
        self._corpus.mkdir(parents=True)
        try:
            self._cut_passages()
            self._index(subset.portions(self._files, portions))
            self._weigh()
            self._start_cold(rounds)
            self._ask()
            self._keep_in_step(rounds)
        finally:
            self._close()
        self._answer_first()

    def _cut_passages(self) -> None:
        """Let Dateline cut the passages that others are given."""
        subset.copy_in(self._files, self._source, self._corpus)
        with self._spawn("dateline") as worker:
            pieces = worker.ask("pieces", files=self._files).value
        lines = [json.dumps(piece) + "\n" for piece in pieces]
        (self._work / "pieces.jsonl").write_text("".join(lines), encoding="utf-8")
        shutil.rmtree(self._corpus)
        shutil.rmtree(self._work / "dateline")

    def _index(self, portions: Sequence[Sequence[str]]) -> None:
        for entrant in self._entrants:
            tell(f"starting {entrant.title}")
            self._start(entrant)

        def open_model(_: Contestant, worker: Worker, record: Record) -> None:
            record.open_s = worker.ask("open").seconds

        self._each(open_model)
        held = dict.fromkeys(self._pythons, 0)
        for number, portion in enumerate(portions, start=1):
            subset.copy_in(portion, self._source, self._corpus)

            def add(
                entrant: Contestant,
                worker: Worker,
                record: Record,
                new: Sequence[str] = portion,
                number: int = number,
            ) -> None:
                tell(f"portion {number} of {len(portions)}: {entrant.title}")
                reply = worker.ask("add", new=list(new))
                words, read = self._count_words(worker, new)
                count = int(reply.value) - held[entrant.name]
                record.laps.append(
                    Lap(seconds=reply.seconds, cpu_s=reply.cpu_s, passages=count, words=words, read=read)
                )
                held[entrant.name] = int(reply.value)
                record.peak_mib = worker.peak_mib

            self._each(add)
        self._close()

    def _count_words(self, worker: Worker, files: Sequence[str]) -> tuple[int, int]:
        """Return how many words some articles have, and how many of them the model was given and read."""
        pieces: dict[str, list[Piece]] = {}
        for piece in worker.ask("pieces", files=list(files)).value:
            pieces.setdefault(piece["file"], []).append(Piece(**piece))
        words = read = 0
        for file in files:
            text = (self._corpus / file).read_text(encoding="utf-8")
            begins = front_matter_end(text)
            words += len(text[begins:].split())
            read += count_read_words(text, begins, pieces.get(file, []), self._shorten)
        return words, read

    def _weigh(self) -> None:
        for entrant in self._entrants:
            folder = self._work / entrant.name
            sizes: dict[str, int] = {}
            for path in folder.rglob("*"):
                if path.is_file():
                    part = path.relative_to(folder).parts[0]
                    sizes[part] = sizes.get(part, 0) + path.stat().st_size
            self.disks[entrant.name] = sizes
            self.records[entrant.name].disk_bytes = sum(sizes.values())

    def _start_cold(self, rounds: int) -> None:
        """Time the first question of fresh processes; the last ones stay for what follows."""
        question = self._questions[0].text
        for number in range(1, rounds + 1):
            tell(f"cold start {number} of {rounds}")
            self._close()
            for entrant in self._entrants:
                if self.records[entrant.name].failure:
                    continue
                self._start(entrant)

                def search(one: Contestant, worker: Worker, record: Record, to: Contestant = entrant) -> None:
                    if one is to:
                        worker.ask("search", question=question, k=_SHOWN)
                        record.cold.append(worker.age_s())

                self._each(search)

    def _ask(self) -> None:
        tell("asking")

        def search(question: str) -> Do:
            def do(_: Contestant, worker: Worker, record: Record) -> None:
                record.warm.append(worker.ask("search", question=question, k=_SHOWN).seconds)

            return do

        def answer(question: str) -> Do:
            def do(entrant: Contestant, worker: Worker, record: Record) -> None:
                if entrant.answers:
                    record.answers.append(worker.ask("answer", question=question).seconds)

            return do

        def rank(question: NewsQuestion) -> Do:
            def do(_: Contestant, worker: Worker, record: Record) -> None:
                files = worker.ask("search", question=question.text, k=PASSAGES).value
                record.ranks.append(best_rank(files, question.gold_files))

            return do

        for question in self._questions:
            self._each(search(question.text))
        for question in self._questions:
            self._each(answer(question.text))
        for question in self._questions:
            if question.gold_files:
                self._each(rank(question))
        for record in self.records.values():
            del record.warm[:_WARM_UP], record.answers[:_WARM_UP]

    def _keep_in_step(self, rounds: int) -> None:
        """Change the folder, a kind of change at a time, and let each system follow."""
        spare = sorted(self._files)[: 2 * rounds]
        for number in range(rounds):
            self._resync("nothing changed", (), ())
            edited, renamed = spare[2 * number], spare[2 * number + 1]
            subset.edit(self._corpus, edited)
            self._resync("one edit", (edited,), ())
            name = subset.rename(self._corpus, renamed)
            self._resync("one rename", (name,), (renamed,))
        gone = sorted(set(self._files) - set(spare))[: max(1, len(self._files) // 10)]
        subset.delete(self._corpus, gone)
        self._resync("10 % deleted", (), gone)
        self._count_ghosts()

    def _resync(self, kind: str, changed: Sequence[str], removed: Sequence[str]) -> None:
        tell(f"re-sync, {kind}")

        def do(entrant: Contestant, worker: Worker, record: Record) -> None:
            # Who must be told cannot see that nothing has changed.
            if entrant.keeps_step == "alone" or (entrant.keeps_step and kind != RESYNCS[0]):
                reply = worker.ask("resync", changed=list(changed), removed=list(removed))
                record.resyncs.setdefault(kind, []).append(reply.seconds)

        self._each(do)

    def _count_ghosts(self) -> None:
        here = {
            path.relative_to(self._corpus).as_posix() for path in self._corpus.rglob("*") if path.is_file()
        }

        def count(entrant: Contestant, worker: Worker, record: Record) -> None:
            if entrant.keeps_step:
                found = [worker.ask("search", question=q.text, k=_SHOWN).value for q in self._questions]
                record.ghosts = count_ghosts(found, here)

        self._each(count)

    def _answer_first(self) -> None:
        """Tell how long it takes from nothing to the first answer.

        Others are done with the whole folder before they are asked. Dateline is asked while it indexes.
        """
        for record in self.records.values():
            if record.cold and record.imports_s is not None and record.open_s is not None:
                record.first_s = record.imports_s + record.open_s + record.seconds + min(record.warm)
        tell("first answer")
        subset.copy_in(self._files, self._source, self._corpus)
        where = folders(self._corpus, self._work / "first")
        began = time.perf_counter()
        process = start(dateline("index", *where))
        try:
            turn = 0
            while process.poll() in (None, 0, 3):
                question = self._questions[turn % len(self._questions)].text
                answer = try_json(dateline("ask", "--json", *where, "--", question))
                if answer is not None and answer["status"] == "answered":
                    self.records["dateline"].first_s = time.perf_counter() - began
                    return
                turn += answer is not None
                time.sleep(_POLL_S)
            raise ConfigError(
                f"`dateline index` ended with {process.returncode} before a question was answered"
            )
        finally:
            stop(process)

    # -- the workers

    def _spawn(self, name: str) -> Worker:
        job = Job(
            index=self._work / name,
            corpus=self._corpus,
            model=self._model,
            pieces=self._work / "pieces.jsonl",
        )
        return Worker([str(self._pythons[name]), "-m", f"benchmarks.rivals.with_{name}"], job)

    def _start(self, entrant: Contestant) -> None:
        try:
            worker = self._spawn(entrant.name)
        except WorkerError as exc:
            self.records[entrant.name].failure = str(exc)
            return
        self._workers[entrant.name] = worker
        self.records[entrant.name].imports_s = worker.import_s

    def _each(self, do: Do) -> None:
        """Let all do something, each time beginning with another one."""
        entrants = [entrant for entrant in self._entrants if entrant.name in self._workers]
        self._turn += 1
        shift = self._turn % max(1, len(entrants))
        for entrant in entrants[shift:] + entrants[:shift]:
            record = self.records[entrant.name]
            try:
                do(entrant, self._workers[entrant.name], record)
            except WorkerError as exc:
                record.failure = str(exc)
                self._workers.pop(entrant.name).close()

    def _close(self) -> None:
        while self._workers:
            self._workers.popitem()[1].close()


def count_ghosts(found: Sequence[Sequence[str]], here: Collection[str]) -> int:
    """Count hits on files that are not there."""
    return sum(file not in here for files in found for file in files)


def tell(words: str) -> None:
    """Say on standard error what is being done."""
    print(f"rivals: {words}", file=sys.stderr, flush=True)

"""One conversation: carries out questions and commands, and remembers the last answer."""

from __future__ import annotations

import difflib
import sys
import threading
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from contextlib import nullcontext
from queue import Empty, SimpleQueue
from typing import TYPE_CHECKING, Any, TypeVar

from bot.render import describe, squeeze
from bot.stop import Stop
from bot.worker import Worker
from index.errors import DatelineError

if TYPE_CHECKING:
    from bot.desk import Desk
    from bot.model import Answer, IndexStatus, Sentence, Turn
    from bot.screen import Block
    from bot.settings import Settings
    from index.sync import SyncProgress

T = TypeVar("T")

COMMANDS = {
    "/source": ("N", "show quote N in its surroundings"),
    "/why": ("", "show what the last answer was made from"),
    "/search": ("WORDS", "list the passages nearest to some words"),
    "/show": ("FILE[:LINE]", "show lines of a file"),
    "/new": ("", "forget the questions so far"),
    "/index": ("", "bring the index in step with the folder of articles"),
    "/help": ("", "show this"),
    "/quit": ("", "leave; so does Ctrl-D"),
}
_SEARCH_HITS = 5
# Follow-ups reach no further back.
_TURNS_KEPT = 8
# An answer that comes sooner needs no spinner.
_PATIENCE_S = 0.15


class Chat:
    """Builds the application in a thread, carries out lines, remembers the last answer.

    Args:
        open_settings: reads the settings; called in the thread.
        open_desk: builds the application; called in the thread.
        report_bug: keeps a record of an exception that is a fault, and says so in one line.
        terminal: whether someone sits at a terminal; else plain lines go out, errors to stderr.
    """

    def __init__(
        self,
        *,
        open_settings: Callable[[], Settings],
        open_desk: Callable[[Settings], Desk],
        report_bug: Callable[[Exception], str],
        terminal: bool,
    ) -> None:
        self.worker = Worker()
        self.names: tuple[str, ...] = ()
        self.state: IndexStatus | None = None
        self.ready = False
        self._report_bug = report_bug
        self._terminal = terminal
        self._answer: Answer | None = None
        self._asked = False
        self._turns: deque[Turn] = deque(maxlen=_TURNS_KEPT)
        self.settings = self.worker.submit(open_settings)
        self.desk: Future[Desk] = self.worker.submit(lambda: open_desk(self.settings.result()))
        self.surveyed = self.worker.submit(self._survey)
        self.warmed = self.worker.submit(self._warm_up)

    def _survey(self) -> None:
        desk = self.desk.result()
        self.state = desk.status()
        self.names = tuple(squeeze(name) for name in (*desk.files(), *desk.titles()))

    def _warm_up(self) -> None:
        import bot.screen  # noqa: F401  # rich, which the first answer would wait for

        try:
            self.desk.result().warm_up()
        finally:
            self.ready = True

    def check_opened(self) -> None:
        """Raise what went wrong with the settings or the application; without them nothing works."""
        if self.desk.done() and (failure := self.desk.exception()):
            raise failure

    def close(self) -> bool:
        """Let the application go; False where something is still running that cannot be interrupted."""
        if self.desk.done() and not self.desk.exception() and self.worker.idle:
            self.worker.submit(self.desk.result().close).result()
        return self.worker.idle

    def status_line(self) -> str:
        """Say in a few words how things stand, for below the prompt."""
        parts = []
        if self.state is not None:
            if self.state.files:
                parts.append(f"{self.state.files:,} files, {self.state.articles:,} articles")
            elif self.state.index_state:
                parts.append("the index is empty: put articles into the folder, then /index")
            else:
                parts.append("no index yet: /index builds it")
            if self.state.filling:
                parts.append("the index is still filling")
        if not self.ready:
            parts.append("loading the models …")
        return " · ".join(parts)

    def handle(self, line: str) -> bool:
        """Carry out a question or command; errors are told, not raised.

        Returns:
            Whether to go on; False after ``/quit``.
        """
        line = " ".join(line.split())
        name, _, rest = line.partition(" ")
        if name in ("/quit", "/exit") or line in ("quit", "exit"):
            return False
        try:
            if line.startswith("/"):
                self._run_command(name, rest)
            elif line:
                self._ask(line)
        except DatelineError as exc:
            self.check_opened()
            self._complain(str(exc))
        except (OSError, KeyboardInterrupt):
            raise
        except Exception as exc:  # told as a fault, its traceback kept in a log
            self.check_opened()
            self._complain(self._report_bug(exc))
        return True

    def _run_command(self, name: str, rest: str) -> None:
        match name:
            case "/source":
                self._show_source(rest)
            case "/why":
                self._show_why()
            case "/search":
                self._search(rest)
            case "/show":
                self._show(rest)
            case "/new":
                self._turns.clear()
                self._say("The next question stands alone.")
            case "/index":
                self._index()
            case "/help":
                self._help()
            case _:
                near = difflib.get_close_matches(name, COMMANDS, n=1, cutoff=0.5)
                mend = f"did you mean {near[0]}?" if near else "/help lists them"
                self._complain(f"there is no command {name}: {mend}")

    def _ask(self, question: str) -> None:
        from bot.batch import check_text
        from bot.model import Turn
        from bot.screen import answer_blocks, read_as_block, sentence_block

        check_text(question, "question")
        # What is asked next is about this question, also where it fails or is stopped.
        self._answer, self._asked = None, True
        turns = tuple(self._turns)
        news: SimpleQueue[Sentence | str | None] = SimpleQueue()
        stop = Stop()

        def ask() -> Answer:
            with stop.applies():
                return self.desk.result().ask(question, history=turns, on_read=news.put, on_sentence=tell)

        def tell(sentence: Sentence) -> None:
            stop.check()
            news.put(sentence)

        future = self.worker.submit(ask)
        future.add_done_callback(lambda _: news.put(None))
        shown, opens = 0, True
        try:
            while (item := self._wait(future, lambda timeout: news.get(timeout=timeout))) is not None:
                # What is shown has been checked, and is never taken back.
                block = read_as_block(item) if isinstance(item, str) else sentence_block(item)
                self._write([block], opens=opens, closes=False)
                shown += not isinstance(item, str)
                opens = False
        finally:
            stop.set()  # the reader wants no more, and the next question waits
        answer = future.result()
        said = " ".join(sentence.text for sentence in answer.sentences)
        self._turns.append(Turn(question=answer.asked or question, answer=said))
        self._answer = answer
        self._write(answer_blocks(answer, shown=shown, read_as=opens), opens=opens)

    def _search(self, query: str) -> None:
        from bot.batch import check_text
        from bot.screen import hit_blocks

        if not query:
            self._complain("say what to search for: /search WORDS")
            return
        check_text(query, "query")
        self._write(hit_blocks(self._wait_for(lambda desk: desk.search(query, _SEARCH_HITS))))

    def _show_source(self, rest: str) -> None:
        from bot.excerpt import mark_range
        from bot.screen import line_blocks, plain_block

        if self._answer is None:
            self._complain(self._explain_no_answer("there is no source to show"))
            return
        citations = self._answer.citations
        if not citations:
            self._complain("the last question was not answered from the articles, so it has no sources")
            return
        wanted = rest.strip("[]") or "1"
        citation = next((each for each in citations if str(each.number) == wanted), None)
        if citation is None:
            there = "1" if len(citations) == 1 else f"1 to {len(citations)}"
            self._complain(f"the last answer has no source {rest}, only {there}")
            return
        lines = f"line {citation.line_start}"
        if citation.line_end != citation.line_start:
            lines = f"lines {citation.line_start} to {citation.line_end}"
        text = self._wait_for(lambda desk: desk.text_of(citation.article.file))
        head = [
            plain_block(describe(citation.article), "bold"),
            plain_block(f"{squeeze(citation.article.file)}, {lines}", "dim"),
            plain_block(""),
        ]
        if text[citation.start : citation.end] == citation.quote:
            self._write([*head, *line_blocks(mark_range(text, citation.start, citation.end))])
        else:
            gone = plain_block("The file has been indexed anew since; the quote was:", "dim")
            self._write([*head, gone, plain_block(citation.quote)])

    def _show_why(self) -> None:
        from bot.screen import why_blocks

        if self._answer is None:
            self._complain(self._explain_no_answer("there is no answer to explain"))
        else:
            self._write(why_blocks(self._answer))

    def _explain_no_answer(self, lack: str) -> str:
        if self._asked:
            return f"{lack}: the last question was stopped or failed"
        return f"{lack}: ask something first"

    def _show(self, target: str) -> None:
        from bot.excerpt import mark_line, open_target, warn_of_change
        from bot.screen import line_blocks, plain_block

        if not target:
            self._complain("say which file to show: /show FILE[:LINE]")
            return
        corpus = self.settings.result().corpus
        found = self._wait_for(lambda desk: open_target(desk, target, corpus))
        warning = self._wait_for(lambda desk: warn_of_change(desk, found.file))
        head = [plain_block(squeeze(warning), "dim"), plain_block("")] if warning else []
        self._write([*head, *line_blocks(mark_line(found.text, found.line or 1, last=found.last))])

    def _index(self) -> None:
        from bot.notices import sync_text
        from bot.screen import labelled_block, plain_block, sync_progress

        stop = threading.Event()
        try:
            with sync_progress(sys.stdout) if self._terminal else nullcontext() as show:

                def tell(progress: SyncProgress) -> None:
                    if stop.is_set():
                        raise KeyboardInterrupt  # ends the sync as Ctrl-C does in `dateline index`
                    if show:
                        show(progress)

                report = self.worker.submit(lambda: self.desk.result().sync((), tell)).result()
        except KeyboardInterrupt:
            stop.set()
            if not self._terminal:
                raise
            self._complain("stopped; the next /index goes on from there")
            return
        finally:
            self.worker.submit(self._survey)
        done, *skipped = sync_text(report, str(self.settings.result().corpus)).split("\n")
        self._write([plain_block(done), *(labelled_block("  ", line) for line in skipped)])

    def _help(self) -> None:
        from bot.screen import labelled_block, plain_block

        usages = {f"{name} {argument}".rstrip(): text for name, (argument, text) in COMMANDS.items()}
        widest = max(map(len, usages))
        self._write(
            [
                plain_block("A question is answered from the articles, each sentence with its sources."),
                *(labelled_block(f"{usage:<{widest}}  ", text) for usage, text in usages.items()),
                plain_block("Tab completes names of files and titles; Ctrl-C stops an answer."),
            ]
        )

    def _wait_for(self, job: Callable[[Desk], T]) -> T:
        future = self.worker.submit(lambda: job(self.desk.result()))
        return self._wait(future, future.result)

    def _wait(self, future: Future[Any], get: Callable[[float | None], T]) -> T:
        """Wait for what a job gives, with a spinner where that takes long."""
        try:
            try:
                return get(_PATIENCE_S)
            except (Empty, TimeoutError):
                if not self._terminal:
                    return get(None)
                if future.done():  # a time-out of the job's own
                    raise
            from bot.screen import waiting

            text = "reading the articles …" if self.ready else "loading the models …"
            with waiting(sys.stdout, text):
                return get(None)
        except KeyboardInterrupt:
            future.cancel()  # of one that runs already, nobody reads the result
            raise

    def _write(self, blocks: Sequence[Block], *, opens: bool = True, closes: bool = True) -> None:
        """Write blocks, with a blank line before and after as far as they open and close what is said."""
        from bot.screen import make_console, plain_block, write

        margin = [plain_block("")]
        console = make_console(sys.stdout, terminal=self._terminal)
        head = margin if opens and self._terminal else []
        write(console, [*head, *blocks, *(margin if closes else [])])
        sys.stdout.flush()

    def _say(self, line: str) -> None:
        from bot.screen import plain_block

        self._write([plain_block(line)])

    def _complain(self, message: str) -> None:
        if self._terminal:
            from bot.screen import plain_block

            self._write([plain_block(message, "red")])
        else:
            sys.stderr.write(f"dateline: {squeeze(message)}\n")

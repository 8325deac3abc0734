"""The commands: each reads its arguments, asks the application, writes what comes back.

Whatever is heavy is imported inside the commands, so that ``dateline --help`` answers at once.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, redirect_stdout
from dataclasses import dataclass
from datetime import date
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO

import click

from bot.evals.options import check_options, eval_options
from bot.options import asked_at_option, batch_option, json_option, with_folders
from index.errors import StoreError

if TYPE_CHECKING:
    from bot.batch import Item
    from bot.desk import Desk
    from bot.settings import Settings

SKIPPED = 3
STOPPED = 130  # as shells count Ctrl-C


@dataclass(slots=True)
class Run:
    """What one run of the program has learned so far."""

    index_folder: Path | None = None

    def record_fault(self, exc: Exception) -> str:
        """Keep an exception in the log of the index folder and say so in one line."""
        from bot.faults import record_fault

        return record_fault(exc, self.index_folder)


def build_desk(settings: Settings, *, once: bool = False) -> Desk:
    """Build the real application, for one question or for many."""
    from bot.app import build

    return build(settings, once=once)


@click.group(invoke_without_command=True, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="dateline", message="dateline %(version)s")
@click.pass_context
def program(context: click.Context) -> None:
    """Answers questions about a folder of news articles, each sentence with its quote.

    Begin with `dateline index`, then `dateline ask "…"` or `dateline chat`.
    """
    if context.invoked_subcommand is None:
        names = ", ".join(program.list_commands(context))
        raise click.UsageError(f"name a command ({names})", context)


def read_settings(run: Run, corpus: str | None, index: str | None) -> Settings:
    """Read the settings, and warn on stderr of names that are none.

    Raises:
        ConfigError: a value cannot be used.
    """
    from bot.render import squeeze
    from bot.settings import load_settings, unknown_settings

    settings = load_settings(corpus, index)
    run.index_folder = settings.index
    for line in unknown_settings():
        click.echo(f"dateline: warning: {squeeze(line)}", err=True)
    return settings


@contextmanager
def _opened(
    run: Run, corpus: str | None, index: str | None, *, once: bool = False
) -> Iterator[tuple[Desk, Settings, TextIO]]:
    # Libraries that print, print to stderr: stdout is ours alone, for JSON above all.
    out = sys.stdout
    with redirect_stdout(sys.stderr):
        settings = read_settings(run, corpus, index)
        desk = build_desk(settings, once=once)
        try:
            yield desk, settings, out
        finally:
            desk.close()


def _say(out: TextIO, line: str) -> None:
    out.write(f"{line}\n")
    out.flush()


@program.command("index", short_help="Bring the index in step with the articles.")
@click.argument("paths", nargs=-1, metavar="[PATH]...")
@click.option("--rebuild", is_flag=True, help="Make the vector index anew from the catalog; embeds nothing.")
@click.option("--verify", is_flag=True, help="Look the whole index through, change nothing.")
@click.option("--watch", is_flag=True, help="Keep it in step until stopped; a line for each change.")
@json_option
@with_folders
def index_command(
    run: Run,
    corpus: str | None,
    index: str | None,
    paths: tuple[str, ...],
    rebuild: bool,
    verify: bool,
    watch: bool,
    as_json: bool,
) -> int:
    """Bring the index in step with the folder of articles, or with PATHs in it.

    Exit code 3 says that some files were skipped; they are listed with the reason.
    """
    from bot.notices import sync_hints, sync_text, sync_to_json
    from bot.render import dump_json
    from bot.screen import sync_progress

    if rebuild or verify or watch:
        if paths or rebuild + verify + watch > 1:
            alone = "--rebuild, --verify and --watch stand alone, without a PATH"
            raise click.UsageError(alone, click.get_current_context())
        if watch:
            return _watch(run, corpus, index, as_json=as_json)
        return _maintain(run, corpus, index, rebuild=rebuild, as_json=as_json)
    with _opened(run, corpus, index) as (desk, settings, out):
        try:
            with sync_progress(sys.stderr) as progress:
                report = desk.sync(paths, progress)
        except KeyboardInterrupt:
            click.echo("dateline: stopped; the next `dateline index` goes on from there", err=True)
            return STOPPED
        where = ", ".join(paths) or str(settings.corpus)
        if as_json:
            _say(out, dump_json(sync_to_json(report)))
            for hint in sync_hints(report, where):
                click.echo(f"dateline: {hint}", err=True)
        else:
            _say(out, sync_text(report, where))
        return SKIPPED if report.skipped else 0


def _watch(run: Run, corpus: str | None, index: str | None, *, as_json: bool) -> int:
    from bot.process import stand_back
    from bot.render import squeeze
    from bot.screen import sync_progress
    from bot.watch import Watcher, ended_by_sigterm

    stand_back()  # whoever asks goes first
    with _opened(run, corpus, index) as (desk, settings, out), ended_by_sigterm() as ended:
        watcher = Watcher(
            desk,
            corpus=settings.corpus,
            index=settings.index,
            as_json=as_json,
            say=partial(_say, out),
            complain=lambda trouble: click.echo(f"dateline: {squeeze(trouble)}", err=True),
            record_fault=run.record_fault,
            progress=lambda: sync_progress(sys.stderr),
        )
        try:
            watcher.run()
        except KeyboardInterrupt:
            return 0 if ended else STOPPED


def _maintain(run: Run, corpus: str | None, index: str | None, *, rebuild: bool, as_json: bool) -> int:
    from bot import maintenance

    with _opened(run, corpus, index) as (desk, _, out):
        if rebuild:
            _say(out, maintenance.rebuild(desk, as_json=as_json))
            return 0
        said, trouble = maintenance.verify(desk, as_json=as_json)
        _say(out, said)
        if trouble:
            raise trouble
        return 0


@program.command("ask", short_help="Answer a question, each sentence with its sources.")
@click.argument("question", required=False)
@json_option
@batch_option
@asked_at_option
@with_folders
def ask_command(
    run: Run,
    corpus: str | None,
    index: str | None,
    question: str | None,
    as_json: bool,
    batch: str | None,
    asked_at: date | None,
) -> int:
    """Answer QUESTION from the articles, each sentence with its sources."""
    from bot.batch import check_text
    from bot.render import answer_to_json, dump_json
    from bot.screen import answer_blocks, make_console, waiting, write

    _need_one("QUESTION", question, batch)
    with _opened(run, corpus, index, once=batch is None) as (desk, _, out):
        if batch is not None:

            def answer_item(item: Item) -> dict[str, Any]:
                return answer_to_json(
                    desk.ask(item.text, asked_at=item.asked_at or asked_at, history=item.history)
                )

            return _answer_batch(run, out, batch, "question", answer_item)
        with waiting(sys.stderr, "reading the articles …"):
            answer = desk.ask(check_text(question or "", "question"), asked_at=asked_at)
        if as_json:
            _say(out, dump_json(answer_to_json(answer)))
        else:
            write(make_console(out), answer_blocks(answer))
        return 0


@program.command("search", short_help="List the passages nearest to some words.")
@click.argument("query", required=False)
@click.option("-k", type=click.IntRange(1, 1000), default=10, show_default=True, help="How many passages.")
@click.option("-v", "--verbose", is_flag=True, help="Whole passages, not their first lines, on a terminal.")
@json_option
@batch_option
@asked_at_option
@with_folders
def search_command(
    run: Run,
    corpus: str | None,
    index: str | None,
    query: str | None,
    k: int,
    verbose: bool,
    as_json: bool,
    batch: str | None,
    asked_at: date | None,
) -> int:
    """List the passages nearest to QUERY, best first."""
    from bot.batch import check_text
    from bot.render import dump_json, search_to_json
    from bot.screen import hit_blocks, make_console, waiting, write

    _need_one("QUERY", query, batch)
    with _opened(run, corpus, index, once=batch is None) as (desk, _, out):
        if batch is not None:

            def search_item(item: Item) -> dict[str, Any]:
                return search_to_json(
                    item.text, desk.search(item.text, k, asked_at=item.asked_at or asked_at)
                )

            return _answer_batch(run, out, batch, "query", search_item)
        wanted = check_text(query or "", "query")
        with waiting(sys.stderr, "reading the articles …"):
            hits = desk.search(wanted, k, asked_at=asked_at)
        if as_json:
            _say(out, dump_json(search_to_json(wanted, hits)))
        else:
            write(make_console(out), hit_blocks(hits, whole=verbose))
        return 0


def _need_one(name: str, given: str | None, batch: str | None) -> None:
    if given is None and batch is None:
        raise click.UsageError(f"give a {name} or --batch FILE", click.get_current_context())
    if given is not None and batch is not None:
        raise click.UsageError(f"give a {name} or --batch FILE, not both", click.get_current_context())


def _answer_batch(
    run: Run, out: TextIO, batch: str, field: str, answer: Callable[[Item], dict[str, Any]]
) -> int:
    from bot.batch import run_batch

    with click.open_file(batch, "rb") as lines:
        results = run_batch(lines, field=field, answer=answer, report_bug=run.record_fault)
        _write_results(out, results)
    return 0


def _write_results(out: TextIO, results: Iterable[dict[str, Any]]) -> None:
    """Write results as they come; those that are errors are done all the same, and counted on stderr."""
    from bot.render import dump_json

    written = failed = 0
    for result in results:
        _say(out, dump_json(result))
        written += 1
        failed += "error" in result
    if failed:
        click.echo(f"dateline: warning: {failed:,} of {written:,} lines gave an error", err=True)


@program.command("judge", short_help="Check claims against passages.")
@click.argument("pairs", required=False)
@batch_option
@with_folders
def judge_command(
    run: Run, corpus: str | None, index: str | None, pairs: str | None, batch: str | None
) -> int:
    """Check claims against passages, both from PAIRS: JSON Lines in (- for stdin), one verdict a line out.

    A line is {"id": "p1", "claim": "…", "passages": ["…"]}; "published" may give a date for each passage.
    """
    from bot.batch import run_lines
    from bot.judges import build_judge, judge_pair, read_pair

    _need_one("PAIRS", pairs, batch)
    out = sys.stdout
    with redirect_stdout(sys.stderr), click.open_file(batch or pairs or "", "rb") as lines:
        judge = build_judge(read_settings(run, corpus, index).judge)
        results = run_lines(
            lines, read=read_pair, answer=partial(judge_pair, judge), report_bug=run.record_fault
        )
        _write_results(out, results)
    return 0


@program.command("eval", short_help="Run cases through the engine and score the answers.")
@eval_options
@json_option
@with_folders
def eval_command(run: Run, corpus: str | None, index: str | None, as_json: bool, **given: Any) -> int:
    """Run the cases of a file, score the answers, and write a table, JSON and a page.

    Exit code 3 says that a gate was missed. After a stop the same command goes on.
    """
    check_options(given)
    from bot.evals.command import Place, run_given

    with _opened(run, corpus, index) as (desk, settings, out):
        place = Place(desk=desk, settings=settings, out=out, err=sys.stderr, report_bug=run.record_fault)
        return run_given(place, as_json=as_json, **given)


@program.command("show", short_help="Write a file's text, or the lines around one.")
@click.argument("target", metavar="FILE[:LINE]")
@with_folders
def show_command(run: Run, corpus: str | None, index: str | None, target: str) -> int:
    """Write a FILE's text as the index sees it, or the lines around LINE (or around LINE-LINE)."""
    from bot.excerpt import mark_line, open_target, warn_of_change
    from bot.render import escape_terminal, squeeze
    from bot.screen import line_blocks, make_console, write

    with _opened(run, corpus, index) as (desk, settings, out):
        found = open_target(desk, target, settings.corpus)
        if warning := warn_of_change(desk, found.file):
            click.echo(f"dateline: warning: {squeeze(warning)}", err=True)
        if found.line is not None:
            write(make_console(out), line_blocks(mark_line(found.text, found.line, last=found.last)))
        elif out.isatty():
            # An article must not be able to act on the terminal; a pipe gets it to the letter.
            _say(out, escape_terminal(found.text).removesuffix("\n"))
        else:
            out.flush()
            out.buffer.write(found.text.encode("utf-8", errors="backslashreplace"))
        return 0


@program.command("status", short_help="Tell what is indexed, and what is wrong.")
@json_option
@with_folders
def status_command(run: Run, corpus: str | None, index: str | None, as_json: bool) -> int:
    """Tell what is indexed, which models are used, and the mend for what is wrong.

    Exit code 1 says that the corpus folder is not there, or the index damaged.
    """
    from bot.notices import status_text, status_to_json
    from bot.render import dump_json

    with _opened(run, corpus, index) as (desk, settings, out):
        try:
            status = desk.status()
        except StoreError as exc:
            # A catalog that cannot be read, or a server that is away: who watches by JSON is told so, too.
            if as_json:
                _say(out, dump_json({"trouble": str(exc), "mends": [str(exc)]}))
            raise
        drift = desk.drift() if status.index_state and not status.trouble else None
        written = status_to_json(status, settings, drift) if as_json else None
        _say(out, dump_json(written) if written else status_text(status, settings, drift))
        if status.trouble:
            raise StoreError(status.trouble)
        return 0


@program.command("chat")
@with_folders
def chat_command(run: Run, corpus: str | None, index: str | None) -> int:
    """Ask questions one after the other; /help lists the commands."""
    from bot.repl import run_chat

    return run_chat(
        open_settings=lambda: read_settings(run, corpus, index),
        open_desk=build_desk,
        report_bug=run.record_fault,
    )


@program.command("discord", short_help="Answer in Discord.")
@click.option("--sync", is_flag=True, help="Write the commands to Discord, and no more.")
@click.option("--check", is_flag=True, help="Look whether everything is in place, and no more.")
@with_folders
def discord_command(run: Run, corpus: str | None, index: str | None, sync: bool, check: bool) -> int:
    """Answer in Discord, until stopped: token and all else are set in the environment or `.env`.

    --check looks at token, intents, permissions, index and model, and prints the link that invites the bot.
    """
    from bot.discord.run import run_bot

    if sync and check:
        raise click.UsageError("give --sync or --check, not both", click.get_current_context())
    settings = read_settings(run, corpus, index)
    open_desk = partial(build_desk, settings)
    desk = open_desk()
    try:
        return run_bot(settings, desk, open_desk, sync_only=sync, check_only=check)
    finally:
        desk.close()

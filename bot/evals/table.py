"""A report for the terminal: figures with their counts, intervals and goals, and what stands beside them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, TextIO

from rich.table import Table
from rich.text import Text

from bot.evals.confidence import describe_confidence
from bot.evals.counts import say_count
from bot.evals.score import MEASURES
from bot.render import squeeze
from bot.screen import make_console

_GOOD, _BAD, _FAINT = "green", "red", "dim"
# Wide enough for every column; a pipe has no width of its own.
_PIPE_WIDTH = 120


def write_report(out: TextIO, report: Mapping[str, Any], *, reasons: Sequence[str] = ()) -> None:
    """Write a report.

    Args:
        reasons: why a gate was missed.
    """
    console = make_console(out)
    if not console.is_terminal:
        console.width = _PIPE_WIDTH
    compared = report.get("baseline")
    console.print(_measure_table(report["measures"], compared))
    for line in summary_lines(report):
        console.print(Text(squeeze(line)), soft_wrap=True)
    for reason in reasons:
        console.print(Text(f"Missed: {squeeze(reason)}", _BAD), soft_wrap=True)


def _measure_table(measures: Mapping[str, Mapping[str, Any]], compared: Mapping[str, Any] | None) -> Table:
    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column("Measure")
    for title in ("Figure", "95 % interval", "Right of", "Cases", "Goal"):
        table.add_column(title, justify="right")
    if compared is not None:
        table.add_column("Baseline", justify="right")
        table.add_column("Difference")
    for measure in MEASURES:
        found = measures[measure.name]
        row = _measure_row(measure.title, found)
        if compared is not None:
            row += _compared_cells(compared["measures"][measure.name])
        table.add_row(*row)
    return table


def _measure_row(title: str, found: Mapping[str, Any]) -> list[Text]:
    if found["value"] is None:
        return [Text(title), *[Text("–", _FAINT)] * 3, Text("0", _FAINT), Text(f"{found['goal']:g}", _FAINT)]
    reached = found["value"] >= found["goal"]
    return [
        Text(title),
        Text(f"{found['value']:.3f}", "bold " + (_GOOD if reached else _BAD)),
        Text(f"{found['low']:.3f} – {found['high']:.3f}"),
        Text(f"{found['right']:.6g} of {found['asked']:g}"),
        Text(f"{found['cases']}"),
        Text(f"{found['goal']:g} {'✓' if reached else '✗'}", _GOOD if reached else _BAD),
    ]


def _compared_cells(found: Mapping[str, Any]) -> list[Text]:
    before = Text("–" if found["before"] is None else f"{found['before']:.3f}")
    if found["difference"] is None:
        return [before, Text("–", _FAINT)]
    style = {"better": _GOOD, "worse": _BAD}.get(found["verdict"], _FAINT)
    return [before, Text(f"{found['difference']:+.3f} {found['verdict']}", style)]


def summary_lines(report: Mapping[str, Any]) -> list[str]:
    """Say in lines what stands beside the scores."""
    counts, times = report["counts"], report["times"]
    claims = counts["claims"]
    lines = [
        "",
        f"{say_count(counts['cases'], 'case')}: {counts['answered']} answered, {counts['refused']} refused, {counts['failed']} failed"
        + _listed(counts["failures"]),
        f"{say_count(claims['all'], 'claim')}: {claims['supported']} supported, {claims['contradicted']} contradicted, "
        f"{claims['not_mentioned']} not mentioned, {claims['unreadable']} unreadable, {claims['undetermined']} undetermined "
        f"(the judge failed); {counts['uncited_claims']} without a citation; {say_count(counts['dropped'], 'sentence')} held back",
        describe_confidence(report["confidence"]),
        f"judge {report['origin']['judge']['name']}; index {report['origin']['index']['digest']}, "
        f"{say_count(report['origin']['index']['files'], 'file')}; answered by"
        + _listed(counts["answered_by"]),
    ]
    if counts["answers_with_faults"]:
        lines.append(
            f"a promise of the command line's is broken by {say_count(counts['answers_with_faults'], 'answer')}: see the page"
        )
    if counts["tokens"]["answers"]:
        cost = (
            ""
            if counts["cost_usd"] is None
            else f", {counts['cost_usd']:.4f} US dollars ({say_count(counts['cost_answers'], 'answer')})"
        )
        lines.append(
            f"{counts['tokens']['prompt']:,} tokens read and {counts['tokens']['completion']:,} written "
            f"for {say_count(counts['tokens']['answers'], 'answer')}{cost}"
        )
    for stage, found in times["latency_ms"].items():
        if stage == "total":
            lines.append(
                f"question to answer: p50 {found['p50']:g} ms, p95 {found['p95']:g} ms over {found['count']}"
            )
    lines.append(
        "memory: "
        + ", ".join(f"{moment} {mib:,.0f} MiB" for moment, mib in times["memory_mib"].items())
        + f"; {times['seconds']:,.0f} seconds in all"
    )
    lines += [f"{say_count(count, 'time')}: {note}" for note, count in counts["remarks"].items()]
    return [*lines, *report["notes"]]


def _listed(counted: Mapping[str, int]) -> str:
    return "".join(
        f"{',' if number else ''} {name} {count}" for number, (name, count) in enumerate(counted.items())
    )


@contextmanager
def case_progress(out: TextIO, total: int) -> Iterator[Callable[[int], None]]:
    """Show how many cases are done, where ``out`` is a terminal."""
    if not out.isatty():
        yield lambda done: None
        return
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TimeRemainingColumn

    columns = ("cases", BarColumn(bar_width=30), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=make_console(out), transient=True) as bar:
        task = bar.add_task("cases", total=total)
        yield lambda done: bar.update(task, completed=done)


def write_judges(out: TextIO, results: Sequence[Mapping[str, Any]]) -> None:
    """Write the measurements of judges."""
    console = make_console(out)
    if not console.is_terminal:
        console.width = _PIPE_WIDTH
    for result in results:
        console.print(Text(f"Judge {result['judge']}", "bold"))
        if result["sets"]:
            console.print(_set_table(result["sets"]))
        if result["mutations"]:
            console.print(_mutation_table(result["mutations"]))


def _set_table(sets: Sequence[Mapping[str, Any]]) -> Table:
    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column("Against human labels")
    for title in ("Claims", "Supported", "AUROC", "Balanced accuracy", "ECE", "Unreadable", "Failed"):
        table.add_column(title, justify="right")
    for found in sets:
        table.add_row(
            Text(squeeze(found["file"])),
            f"{found['claims']}",
            f"{found['supported']}",
            _with_interval(found["auroc"]),
            _with_interval(found["balanced_accuracy"]),
            "–" if found["ece"] is None else f"{found['ece']:.3f}",
            f"{found['unreadable']}",
            f"{found['failed']}",
        )
    return table


def _with_interval(found: Mapping[str, Any] | None) -> str:
    return "–" if found is None else f"{found['value']:.3f} ({found['low']:.3f} – {found['high']:.3f})"


def _mutation_table(mutations: Mapping[str, Any]) -> Table:
    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column(f"Sentences of {say_count(mutations['articles'], 'article')}")
    table.add_column("")
    for title in ("Judged rightly", "Of", "95 % interval", "Undetermined"):
        table.add_column(title, justify="right")
    for found in mutations["kinds"]:
        share = found["share"]
        table.add_row(
            found["kind"],
            "still true" if found["supported"] else "made false",
            f"{found['right']}",
            f"{found['asked']}",
            "–" if share["value"] is None else f"{share['low']:.3f} – {share['high']:.3f}",
            f"{found['undetermined']}",
        )
    return table

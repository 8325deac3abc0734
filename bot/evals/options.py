"""The arguments of ``dateline eval``, and what may not be given together."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

from index.errors import QueryError

_Command = TypeVar("_Command", bound=Callable[..., Any])


def _parse_gates(_context: click.Context, _option: click.Parameter, value: str | None) -> dict[str, float]:
    from bot.evals.gates import parse_gates  # imports numpy, and --help must be quick

    try:
        return {} if value is None else parse_gates(value)
    except QueryError as exc:
        raise click.BadParameter(str(exc)) from exc


_FILE = click.Path(path_type=Path)
_OPTIONS = (
    click.argument("files", nargs=-1, metavar="CASES", type=_FILE),
    click.option("--out", metavar="DIR", type=_FILE, help="The folder of the reports (INDEX/evals/…)."),
    click.option(
        "--fail-under",
        metavar="NAME=VALUE,…",
        callback=_parse_gates,
        help="Exit code 3 if a measure is below.",
    ),
    click.option("--baseline", metavar="FILE", type=_FILE, help="Compare with an earlier report.json."),
    click.option("--max-drop", type=click.FloatRange(0, 1), help="Exit code 3 if a measure fell by more."),
    click.option("--fresh", is_flag=True, help="Do not go on from where a run was stopped."),
    click.option("--ragas", metavar="FILE", type=_FILE, help="Write the answers as ragas reads them, too."),
    click.option("--deepeval", metavar="FILE", type=_FILE, help="Write them as DeepEval reads them, too."),
    click.option("--judges", is_flag=True, help="Measure the judges on files of labelled pairs instead."),
    click.option(
        "--make-cases",
        "count",
        type=click.IntRange(1),
        metavar="N",
        help="Draft N cases of the articles instead.",
    ),
    click.option(
        "--from-feedback",
        "feedback",
        is_flag=True,
        help="Write what readers in Discord voted on, and what was not answered, as cases instead.",
    ),
)


def eval_options(command: _Command) -> _Command:
    """Give a command the arguments of ``dateline eval``."""
    for option in reversed(_OPTIONS):
        command = option(command)
    return command


def check_options(given: dict[str, Any]) -> None:
    """Refuse what cannot be done together.

    Raises:
        click.UsageError: naming what is lacking, or what is too much.
    """
    context = click.get_current_context()
    names = {"judges": "--judges", "count": "--make-cases", "feedback": "--from-feedback"}
    instead = [option for name, option in names.items() if given[name]]
    if len(instead) > 1:
        raise click.UsageError(f"give one of {' and '.join(instead)}", context)
    if not instead and len(given["files"]) != 1:
        raise click.UsageError(f"give one file of CASES, or one of {', '.join(names.values())}", context)
    if given["max_drop"] is not None and given["baseline"] is None:
        raise click.UsageError("--max-drop needs a --baseline to have dropped from", context)

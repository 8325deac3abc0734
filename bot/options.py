"""The options that several commands take."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any, TypeVar

import click

from index.errors import QueryError

_Command = TypeVar("_Command", bound=Callable[..., Any])


def with_folders(command: _Command) -> _Command:
    """Give a command ``--corpus`` and ``--index``, and the run as its first argument."""
    corpus = click.option("--corpus", metavar="DIR", help="The folder of articles (DATELINE_CORPUS; corpus).")
    index = click.option(
        "--index", metavar="DIR", help="The folder of the index (DATELINE_INDEX; .dateline)."
    )
    return corpus(index(click.pass_obj(command)))  # type: ignore[return-value]  # click keeps the callable


def _parse_asked_at(_context: click.Context, _option: click.Parameter, value: str | None) -> date | None:
    from bot.batch import parse_day

    try:
        return None if value is None else parse_day(value)
    except QueryError as exc:
        raise click.BadParameter(str(exc)) from exc


json_option = click.option("--json", "as_json", is_flag=True, help="JSON on standard output, nothing else.")
batch_option = click.option(
    "--batch", metavar="FILE", help="Read JSON Lines (- for stdin), write JSON Lines."
)
asked_at_option = click.option(
    "--asked-at", metavar="DATE", callback=_parse_asked_at, help="What “now” is: an ISO date, as 2014-06-11."
)

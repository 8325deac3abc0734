"""The program: runs a command and turns whatever goes wrong into one line and an exit code."""

from __future__ import annotations

import logging
import os
import sys
import warnings
from collections.abc import Sequence
from contextlib import suppress

import click

from bot.commands import STOPPED, Run, program
from index.errors import DatelineError

ERROR = 1
USAGE = 2
PIPE_CLOSED = 141  # as shells count a reader that went away


def main(argv: Sequence[str] | None = None) -> int:
    """Run the program.

    Args:
        argv: the arguments after the program's name; None takes them from ``sys.argv``.

    Returns:
        The exit code: 0 done, 1 an error, 2 wrong usage, 3 done but files were skipped or a gate missed.
    """
    run = Run()
    arguments = sys.argv[1:] if argv is None else list(argv)
    _speak_utf8()
    # What libraries log or warn of would spoil the one line that an error is.
    logging.getLogger().addHandler(logging.NullHandler())
    try:
        with warnings.catch_warnings():
            if not sys.warnoptions:
                warnings.simplefilter("ignore")
            with program.make_context("dateline", arguments, obj=run) as context:
                code = program.invoke(context)
        sys.stdout.flush()
        return int(code or 0)
    except click.exceptions.Exit as exc:
        return exc.exit_code
    except click.ClickException as exc:
        return _complain(_explain_usage(exc, arguments), USAGE)
    except DatelineError as exc:
        return _complain(str(exc), ERROR)
    except KeyboardInterrupt:
        return STOPPED
    except BrokenPipeError:
        return _drop_stdout(PIPE_CLOSED)
    except OSError as exc:
        reason = f"{exc.strerror or exc}" + (f": {exc.filename}" if exc.filename else "")
        return _drop_stdout(_complain(reason, ERROR))
    except Exception as exc:  # told as a fault, its traceback kept in a log
        return _complain(run.record_fault(exc), ERROR)


def _speak_utf8() -> None:
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            # Half a character, as in a file name that is not UTF-8, comes out as JSON writes it.
            stream.reconfigure(encoding="utf-8", errors="backslashreplace")


def _complain(message: str, code: int) -> int:
    from bot.render import squeeze

    click.echo(f"dateline: {squeeze(message)}", err=True)
    return code


def _explain_usage(exc: click.ClickException, arguments: Sequence[str]) -> str:
    context = exc.ctx if isinstance(exc, click.UsageError) else None
    path = context.command_path if context else "dateline"
    message = exc.format_message().rstrip(".")
    if isinstance(exc, click.NoSuchOption):
        takers = _commands_with(exc.option_name)
        if context and context.command is program and takers:
            # Nothing of the program's own takes a value, so the first such word is the command meant.
            named = next((word for word in arguments if word in takers), takers[0])
            message = f"{exc.option_name} follows the command: `dateline {named} {exc.option_name} …`"
        else:
            message += " (-- ends the options)"
    return f"{message}; see `{path} --help`"


def _commands_with(option: str) -> list[str]:
    return [
        name
        for name, command in program.commands.items()
        if any(option in parameter.opts for parameter in command.params)
    ]


def _drop_stdout(code: int) -> int:
    # What is still buffered cannot be written, and the interpreter would complain of it at its end.
    with suppress(OSError, ValueError):  # a stdout that is no real file
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return code


if __name__ == "__main__":
    sys.exit(main())

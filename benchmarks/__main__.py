"""``python -m benchmarks``: one part, or all of them one after the other."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

from benchmarks import answers, contest, disagree, follows, judge, many, retrieval, scale, server, speed
from index.errors import DatelineError

_PARTS = {
    "retrieval": retrieval,
    "answers": answers,
    "disagree": disagree,
    "follows": follows,
    "judge": judge,
    "speed": speed,
    "server": server,
    "many": many,
    "scale": scale,
    "rivals": contest,
}


def main(argv: Sequence[str] | None = None) -> int:
    """Run what was asked for; without a part, each with its defaults.

    Returns:
        0 done, also where material was absent; 1 an error the reader can act on, or a contract fault.
    """
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parts = parser.add_subparsers(dest="part", metavar="{" + ",".join(_PARTS) + "}")
    for name, module in _PARTS.items():
        summary = (module.__doc__ or "").splitlines()[0]
        module.add_arguments(parts.add_parser(name, help=summary, description=summary))
    arguments = sys.argv[1:] if argv is None else list(argv)
    try:
        if arguments:
            return _run(parser, arguments)
        return max(_run(parser, [name]) for name in _PARTS)
    except DatelineError as exc:
        print(f"benchmarks: {exc}", file=sys.stderr)
        return 1


def _run(parser: argparse.ArgumentParser, arguments: Sequence[str]) -> int:
    given = parser.parse_args(arguments)
    if given.part is None:
        parser.error("name a part, or give no arguments for all of them")
    return int(_PARTS[given.part].run(given))


if __name__ == "__main__":
    sys.exit(main())

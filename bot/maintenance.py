"""What `dateline index --rebuild` and `--verify` do, and how they tell it."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from bot.notices import rebuild_text, rebuild_to_json, verify_text, verify_to_json
from bot.render import dump_json
from bot.screen import sync_progress, waiting
from index.errors import StoreError

if TYPE_CHECKING:
    from bot.desk import Desk


def rebuild(desk: Desk, *, as_json: bool) -> str:
    """Make the vector index anew; return what is to be said."""
    with sync_progress(sys.stderr) as progress:
        report = desk.rebuild(progress)
    return dump_json(rebuild_to_json(report)) if as_json else rebuild_text(report)


def verify(desk: Desk, *, as_json: bool) -> tuple[str, StoreError | None]:
    """Look the index through; return what is to be said, and an error where something is wrong."""
    with waiting(sys.stderr, "looking the index through …"):
        report = desk.verify()
    said = dump_json(verify_to_json(report)) if as_json else verify_text(report)
    if not report.faults:
        return said, None
    first = report.faults[0]
    more = f" (and {len(report.faults) - 1:,} more)" if len(report.faults) > 1 else ""
    return said, StoreError(f"{first.what}{more}: {first.mend}")

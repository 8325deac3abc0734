"""What a sync tells while it runs, and when it is done."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from index.model import Skipped


@dataclass(frozen=True, slots=True, kw_only=True)
class SyncProgress:
    """How far a sync is.

    Attributes:
        stage: what is being done, for people.
        done: of ``total``, files or passages.
        passages_per_s: None where no passages are embedded.
        seconds_left: of this stage; None while it cannot be told.
    """

    stage: str
    done: int
    total: int
    passages_per_s: float | None = None
    seconds_left: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SyncReport:
    """What a sync did.

    Attributes:
        renamed: files under a new name, also counted as one added and one removed.
        passages: live after the sync.
        embedded: passages whose vectors were computed, not found in the cache.
        skipped: an entry a remark: files that are not indexed, and what was left out of others.
        in_part: how many of the files in ``skipped`` are used but for what the remarks name.
        notes: remarks on files that are indexed.
        rebuilt: everything was taken up anew, for another embedder or splitter than before.
    """

    added: int
    updated: int
    removed: int
    renamed: int
    unchanged: int
    skipped: tuple[Skipped, ...]
    passages: int
    embedded: int
    seconds: float
    rebuilt: bool = False
    notes: tuple[Skipped, ...] = ()
    in_part: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class RebuildReport:
    """What deriving the vector index anew did.

    Attributes:
        articles: vectors of articles that it holds now; ``passages`` likewise.
        pending: vectors that were never computed; a sync does that.
    """

    articles: int
    passages: int
    pending: int
    seconds: float


Tell = Callable[[SyncProgress], None]

"""Takes vectors along when a catalog moves from the index folder to a server: nothing is embedded twice."""

from __future__ import annotations

import logging

from index.catalog import CatalogWriter
from index.database import Database
from index.errors import StoreError
from index.lookup import CatalogReader
from index.progress import SyncProgress, Tell

log = logging.getLogger(__name__)

_ROWS_AT_A_TIME = 1000


def take_vectors(catalog: CatalogWriter, old: Database, tell: Tell) -> None:
    """Copy the vectors of another catalog into an empty one.

    A vector goes by the hash of what it was made of and by which model, so one that does not fit is never
    asked for, and forgotten at the end of the run.

    What cannot be read is embedded anew.
    """
    reader = CatalogReader(old)
    try:
        with reader.snapshot() as view:
            total, done = view.count_cached(), 0
            while True:
                tell(SyncProgress(stage="taking vectors along", done=done, total=total))
                rows = view.cached_vectors(done, _ROWS_AT_A_TIME)
                if not rows:
                    return
                with catalog.transaction():
                    catalog.put_vectors(rows)
                done += len(rows)
    except StoreError as exc:
        log.warning("vectors are embedded anew: %s", exc)
    finally:
        reader.close()

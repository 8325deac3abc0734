"""Where the vectors lie: in the folder of the index, on a Chroma server, or in a catalog that is shared."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from bot.settings import Settings
from index.chroma import ChromaStore
from index.exact import SharedVectors
from index.lookup import CatalogReader
from index.vectors import VectorStore

if TYPE_CHECKING:
    from index.chroma_server import ServerState, ServerStore
    from index.database import Database
    from index.snapshot import IndexState

VECTORS_FOLDER = "chroma"


@dataclass(frozen=True, slots=True, kw_only=True)
class Shelf:
    """The vector index, and which it is.

    Attributes:
        folder: of Chroma; None where it is elsewhere.
        server: the same store, where it is on a Chroma server; else None.
    """

    store: VectorStore
    folder: Path | None = None
    server: ServerStore | None = None


def open_shelf(settings: Settings, database: Database, fingerprint: str) -> Shelf:
    """Name the vector index that the settings ask for; nothing is opened and no server asked yet.

    Args:
        database: holds the catalog, after which collections on a server are named.
        fingerprint: of the embedder.

    Raises:
        ConfigError: the address or the token cannot be used.
    """
    if not settings.chroma_url and settings.database_url.get_secret_value():
        return Shelf(store=SharedVectors(database))
    if not settings.chroma_url:
        folder = settings.index / VECTORS_FOLDER
        return Shelf(store=ChromaStore(folder, fingerprint), folder=folder)
    # Here, so that who has no server need not wait for the HTTP client.
    from index.chroma_server import ServerStore
    from index.server_trouble import read_server

    server = read_server(
        settings.chroma_url,
        token=settings.chroma_token.get_secret_value().strip(),
        tenant=settings.chroma_tenant,
        database=settings.chroma_database,
    )

    store = ServerStore(server, fingerprint, lambda: _name_catalog(database))
    return Shelf(store=store, server=store)


def _name_catalog(database: Database) -> str:
    # A reader of its own: this is asked for in the middle of another's snapshot.
    reader = CatalogReader(database)
    try:
        with reader.snapshot() as view:
            return view.meta("built")
    finally:
        reader.close()


def describe_server(seen: ServerState) -> str:
    """Say in a few words where the vectors are and whether they can be asked."""
    if seen.trouble:
        return f"Chroma server at {seen.address}: cannot be used"
    held = "" if seen.held is None else f", {seen.held:,} passages"
    return f"Chroma server at {seen.address}: answers{held}"


def server_troubles(seen: ServerState, state: IndexState) -> Iterator[str]:
    """Yield what keeps a server from finding what is indexed, with the mend."""
    if seen.trouble:
        yield seen.trouble
    elif seen.held is not None and seen.held < state.passages - state.vectors_pending:
        yield (
            f"the Chroma server at {seen.address} holds {seen.held:,} of {state.passages - state.vectors_pending:,} "
            "vectors of passages: run `dateline index`; nothing is embedded again"
        )


def server_remarks(seen: ServerState) -> Iterator[str]:
    """Yield what should be otherwise, and does not keep anybody from asking."""
    if seen.overheard:
        yield (
            f"the token goes to {seen.address} where others can read it: set DATELINE_CHROMA_URL to an address "
            "with https://"
        )

"""Where the catalog lies: in the index folder, or on a server."""

from __future__ import annotations

from typing import TYPE_CHECKING

from index.database import Database
from index.errors import ConfigError
from index.schema import CATALOG_FILE, SqliteDatabase

if TYPE_CHECKING:
    from bot.settings import Settings


def open_database(settings: Settings) -> Database:
    """Return the database that the settings name; nothing is connected yet.

    Raises:
        ConfigError: its address cannot be read, or what speaks to it is not installed.
    """
    url = settings.database_url.get_secret_value()
    if not url:
        return SqliteDatabase(settings.index / CATALOG_FILE)
    try:
        from index.postgres import PostgresDatabase
    except ImportError as exc:
        raise ConfigError(
            'DATELINE_DATABASE_URL wants psycopg: pip install -c constraints.txt ".[postgres]"'
        ) from exc
    return PostgresDatabase(url)

"""What holds for every test."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest
from hypothesis import settings
from postgres_server import BINARIES, WHY_NOT, Server, running_server

if TYPE_CHECKING:
    from index.postgres import PostgresDatabase

# The same examples on every run: a failure that comes and goes helps nobody.
settings.register_profile("dateline", derandomize=True, deadline=None)
settings.load_profile("dateline")


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[Server]:
    """One PostgreSQL for all tests of a process; each makes databases of its own."""
    if BINARIES is None:
        pytest.skip(WHY_NOT)
    with running_server() as server:
        yield server


@pytest.fixture
def postgres(postgres_server: Server) -> PostgresDatabase:
    """An empty database."""
    from index.postgres import PostgresDatabase

    return PostgresDatabase(postgres_server.make_database())

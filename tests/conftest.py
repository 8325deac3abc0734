"""What holds for every test."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from filelock import FileLock
from hypothesis import settings
from postgres_server import BINARIES, WHY_NOT, Server, running_server

if TYPE_CHECKING:
    from index.postgres import PostgresDatabase

# The other cores are at work on other tests; two threads of torch that wait for each other take longer than one.
os.environ.setdefault("OMP_NUM_THREADS", "1")

# The same examples on every run: a failure that comes and goes helps nobody.
settings.register_profile("dateline", derandomize=True, deadline=None)
settings.load_profile("dateline")


ROOT = Path(__file__).parent.parent


@pytest.fixture(scope="session")
def indexed_corpus(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An index over corpus/ by `dateline index` with the bundled model, to be copied: it takes a quarter of a minute."""
    own = tmp_path_factory.getbasetemp()
    # Of all processes that run tests the first makes it.
    folder = (own.parent if "PYTEST_XDIST_WORKER" in os.environ else own) / "indexed-corpus"
    with FileLock(f"{folder}.lock"):
        if not folder.exists():
            clean = {name: value for name, value in os.environ.items() if not name.startswith("DATELINE_")}
            places = {"DATELINE_CORPUS": str(ROOT / "corpus"), "DATELINE_INDEX": str(folder)}
            program = [sys.executable, "-m", "bot.cli", "index"]
            subprocess.run(program, cwd=ROOT, env=clean | places, check=True, capture_output=True)
    return folder


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

"""A PostgreSQL of the tests' own: on a free port of loopback, in a temporary folder, never as root."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg

_FOUND = [shutil.which("postgres"), *sorted(map(str, Path("/usr/lib/postgresql").glob("*/bin/postgres")))]
BINARIES = next((Path(found).parent for found in reversed(_FOUND) if found), None)
WHY_NOT = "no PostgreSQL is installed (Debian: apt-get install postgresql)"
PASSWORD = "sesame-4711"


class Server:
    """One cluster with fsync off; each test makes databases of its own."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self._process: subprocess.Popen[bytes] | None = None
        self._made = 0
        # PostgreSQL refuses to run as root.
        self._user = "nobody" if os.geteuid() == 0 else None
        if self._user:
            shutil.chown(folder, self._user)
        secret = folder / "password"
        secret.write_text(PASSWORD)
        secret.chmod(0o644)
        # fmt: off
        self._run("initdb", "-D", str(folder / "data"), "-U", "keeper", "--pwfile", str(secret), "-A", "scram-sha-256",
                  "-E", "UTF8", "--locale=C.UTF-8", "--no-sync")
        # fmt: on
        self.start()

    def _run(self, name: str, *arguments: str) -> None:
        assert BINARIES is not None
        done = subprocess.run(
            [BINARIES / name, *arguments],
            user=self._user,
            cwd=self.folder,
            capture_output=True,
            check=False,
            text=True,
        )
        assert done.returncode == 0, done.stderr

    def start(self) -> None:
        assert BINARIES is not None
        log = (self.folder / "server.log").open("ab")
        options = {"port": self.port, "listen_addresses": "127.0.0.1", "unix_socket_directories": ""}
        options |= {"fsync": "off", "shared_buffers": "32MB", "max_connections": 40}
        settings = [part for name, value in options.items() for part in ("-c", f"{name}={value}")]
        self._process = subprocess.Popen(
            [BINARIES / "postgres", "-D", str(self.folder / "data"), *settings],
            user=self._user,
            cwd=self.folder,
            stdout=log,
            stderr=log,
        )
        log.close()
        self._wait()

    def _wait(self) -> None:
        deadline = time.monotonic() + 60
        while True:
            try:
                psycopg.connect(self.url("postgres")).close()
                return
            except psycopg.OperationalError:
                assert time.monotonic() < deadline, (self.folder / "server.log").read_text()
                time.sleep(0.05)

    def stop(self, how: signal.Signals = signal.SIGINT) -> None:
        """SIGINT ends connections and stops at once; SIGKILL is a crash."""
        assert self._process is not None
        self._process.send_signal(how)
        self._process.wait()

    def url(self, database: str, *, user: str = "keeper", password: str = PASSWORD) -> str:
        return f"postgresql://{user}:{password}@127.0.0.1:{self.port}/{database}"

    def make_database(self) -> str:
        """Return the address of a new and empty database."""
        self._made += 1
        name = f"news_{self._made}"
        with psycopg.connect(self.url("postgres"), autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE {name}")
        return self.url(name)


@contextmanager
def running_server() -> Iterator[Server]:
    folder = Path(tempfile.mkdtemp(prefix="dateline-postgres-"))
    folder.chmod(0o755)
    try:
        server = Server(folder)
        try:
            yield server
        finally:
            server.stop()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def query_database(url: str, sql: str) -> list[tuple[object, ...]]:
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("SET search_path = dateline")
        return connection.execute(sql).fetchall()

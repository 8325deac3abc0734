"""What PostgreSQL's errors mean, in words with their mend. A password is in none of them."""

from __future__ import annotations

import re

import psycopg

from index.errors import StoreDamagedError, StoreError, StoreMissingError
from index.postgres_tables import SCHEMA_NAME

SETTING = "DATELINE_DATABASE_URL"

# Before there is a connection there is no code, only what libpq says; in English, unless the server is set otherwise.
_REFUSED = (
    (r"password authentication failed|no password supplied|role .* does not exist|Peer authentication failed"
     r"|authentication failed", "user or password is wrong", f"set them right in {SETTING}"),
    (r"no pg_hba.conf entry", "the server lets this machine or user not in",
     "allow it in the server's pg_hba.conf"),
    (r"database .* does not exist", "there is no such database", f"make it (createdb), or name another in {SETTING}"),
    (r"too many (clients|connections)|remaining connection slots", "the server takes no more connections",
     "raise max_connections there, or stop something that uses it"),
    (r"starting up|shutting down|recovery mode", "the server is starting or stopping", "ask again in a moment"),
    (r"resolve host|Name or service not known|nodename nor servname|could not translate host|No address",
     "there is no such host", f"set the name right in {SETTING}"),
    (r"refused|No such file or directory|timeout|timed out|unreachable|No route", "no server answers there",
     f"start it, or set the address right in {SETTING}"),
    (r"SSL|certificate", "no safe connection could be made", f"see sslmode in {SETTING}, and the certificates"),
)  # fmt: skip


def explain_refusal(name: str, exc: psycopg.Error) -> StoreError:
    """Say why there is no connection.

    Args:
        name: of the database, without a password.
    """
    said = " ".join(str(exc).split())
    for pattern, what, mend in _REFUSED:
        if re.search(pattern, said, re.IGNORECASE):
            return StoreError(f"{name} cannot be opened, {what}: {mend}")
    # Whatever else it says may hold what was in the address.
    return StoreError(f"{name} cannot be opened: look whether {SETTING} is right and the server runs")


def explain_trouble(name: str, exc: psycopg.Error) -> StoreError:
    """Say what is wrong with a catalog, and the mend; of ``name`` see explain_refusal."""
    state = exc.sqlstate or ""
    said = " ".join((exc.diag.message_primary or type(exc).__name__).split())
    if state in ("42P01", "3F000"):
        return StoreMissingError(f"nothing is indexed in {name} yet: run `dateline index`")
    if state in ("53100", "53200"):
        return StoreError(
            f"{name} cannot be written, the server's {'disk' if state == '53100' else 'memory'} is full: make "
            "room there and run `dateline index` again; what was complete before is still answered from"
        )
    if state in ("42501", "25006"):
        return StoreError(
            f"{name} may not be used so ({said}): whoever asks needs USAGE of the schema {SCHEMA_NAME} and SELECT of "
            "its tables, whoever runs `dateline index` must own it"
        )
    if state.startswith("XX"):
        return StoreDamagedError(
            f"{name} is damaged ({said}): restore a backup, or {DISCARD} and run `dateline index`, which embeds anew"
        )
    if not state or state.startswith(("08", "57P")):
        return StoreError(
            f"the connection to {name} was lost: ask again; a run of `dateline index` goes on where it was, once it "
            "is started again"
        )
    return StoreError(
        f"{name} cannot be used ({said}): run `dateline index`; if that fails too, {DISCARD} first"
    )


DISCARD = f'delete it there (psql -c "DROP SCHEMA {SCHEMA_NAME} CASCADE")'

"""Advisory locks that last as long as a block of code, between all processes on all machines.

Each lock is held by a transaction on a connection of its own. A session lock would not do: PgBouncer lends the session
to other clients, and nobody could release the lock any more.
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
from django.db import connection
from psycopg.rows import TupleRow

RETRY_SECONDS = 0.2


@contextmanager
def advisory_lock(number: int, *, shared: bool = False) -> Iterator[None]:
    """Wait for the lock and hold it inside the block. number: a 64-bit key that is the same in all processes."""
    with _lock_connection() as guard:
        # Polled. Waiting inside a statement keeps a snapshot, and CREATE INDEX CONCURRENTLY waits for snapshots to end.
        while not _try_lock(guard, number, shared):
            guard.rollback()
            time.sleep(RETRY_SECONDS)
        yield


@contextmanager
def advisory_lock_if_free(number: int) -> Iterator[bool]:
    """Hold the lock inside the block if nobody else does. Gives whether it is held."""
    with _lock_connection() as guard:
        yield _try_lock(guard, number, shared=False)


def _lock_connection() -> psycopg.Connection[TupleRow]:
    with connection.wrap_database_errors:
        parameters: dict[str, Any] = connection.get_connection_params()
        return psycopg.connect(**parameters)


def _try_lock(guard: psycopg.Connection[TupleRow], number: int, shared: bool) -> bool:
    guard.execute("SET LOCAL idle_in_transaction_session_timeout = 0")
    row = guard.execute(
        "SELECT pg_try_advisory_xact_lock_shared(%s)" if shared else "SELECT pg_try_advisory_xact_lock(%s)", [number]
    ).fetchone()
    return bool(row and row[0])

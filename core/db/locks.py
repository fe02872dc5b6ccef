"""Locks of rows that requests wait for without a connection, and advisory locks that last as long as a block of code.

Each advisory lock is held by a transaction on a connection of its own. A session lock would not do: PgBouncer lends the
session to other clients, and nobody could release the lock any more.
"""

import random
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import wraps
from typing import Any, ParamSpec, TypeVar

import psycopg
from django.db import OperationalError, connection
from psycopg.errors import DeadlockDetected, LockNotAvailable, SerializationFailure
from psycopg.rows import TupleRow

from core.overload import turn_given_back

from . import limits

RETRY_SECONDS = 0.2
MAX_ROW_RETRY_SECONDS = 0.05  # a change of one row takes some milliseconds
SHORT_LOCK_TIMEOUT_MILLISECONDS = 50

Params = ParamSpec("Params")
Result = TypeVar("Result")

_is_retried: ContextVar[bool] = ContextVar("is_retried", default=False)


def retried_while_locked(work: Callable[Params, Result]) -> Callable[Params, Result]:
    """Decorate a function that is one transaction: it is called again if another transaction is in the way.

    Between the calls a request has no connection. Otherwise a few requests that wait for one row would hold all
    connections of the process, and nobody else would be answered. Raises OperationalError, as `work` has raised it,
    once LOCK_TIMEOUT_SECONDS have passed.

    Inside a transaction of the caller, and in a process that serves no requests, `work` is called once.
    """

    @wraps(work)
    def retrying(*args: Params.args, **kwargs: Params.kwargs) -> Result:
        if connection.in_atomic_block or not limits.are_set():
            return work(*args, **kwargs)
        end = time.monotonic() + limits.LOCK_TIMEOUT_SECONDS
        token = _is_retried.set(True)
        try:
            while True:
                try:
                    return work(*args, **kwargs)
                except OperationalError as error:
                    in_the_way = (LockNotAvailable, DeadlockDetected, SerializationFailure)
                    if not isinstance(error.__cause__, in_the_way) or time.monotonic() > end:
                        raise
                connection.close()
                with turn_given_back():
                    time.sleep(random.uniform(0.1, 1) * MAX_ROW_RETRY_SECONDS)
        finally:
            _is_retried.reset(token)

    return retrying


def row_lock() -> str:
    """Return the SQL that locks a row: without waiting for it inside retried_while_locked()."""
    return "FOR NO KEY UPDATE NOWAIT" if _is_retried.get() else "FOR NO KEY UPDATE"


def short_lock_timeout() -> str:
    """Return the SQL expression that lets this transaction wait briefly for any lock inside retried_while_locked().

    A unique value that another transaction is about to store can only be waited for.
    """
    if not _is_retried.get():
        return "NULL"
    return f"set_config('lock_timeout', '{SHORT_LOCK_TIMEOUT_MILLISECONDS}', true)"


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

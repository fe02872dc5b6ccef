"""Locks in the database that hold as long as a block of code takes, between all processes on all machines.

Each is held by a transaction of a connection of its own, in which nothing else happens. One that a session holds would
stay with the server's session when PgBouncer lends that to somebody else, and no one could give it back.
"""

import time
from contextlib import contextmanager

import psycopg
from django.db import connection


@contextmanager
def advisory_lock(number, *, shared=False):
    """Waits for the lock, and holds it inside."""
    with _guard() as guard:
        # Asked for again and again: who waits in the database has a snapshot, and an index that is being made waits
        # for it. An idle transaction has none.
        while not _take(guard, number, shared):
            guard.rollback()
            time.sleep(0.2)
        yield


@contextmanager
def advisory_lock_if_free(number):
    """Holds the lock inside where nobody else does; gives whether it does."""
    with _guard() as guard:
        yield _take(guard, number, shared=False)


def _guard():
    with connection.wrap_database_errors:
        return psycopg.connect(**connection.get_connection_params())


def _take(guard, number, shared):
    guard.execute("SET LOCAL idle_in_transaction_session_timeout = 0")
    name = "pg_try_advisory_xact_lock_shared" if shared else "pg_try_advisory_xact_lock"
    return guard.execute(f"SELECT {name}(%s)", [number]).fetchone()[0]

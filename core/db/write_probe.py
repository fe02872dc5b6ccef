"""Whether the database takes writes: it may answer, and yet be read-only or have a full disk."""

import threading
import time
from uuid import uuid4

from django.db import Error, connection, transaction

from .failures import AWAY, DatabaseFailure, failure_of

PROBE_INTERVAL_SECONDS = 3

_lock = threading.Lock()
_last: tuple[float, DatabaseFailure | None] | None = None


def write_problem() -> DatabaseFailure | None:
    """Return why the database takes no writes, None if it does. It is asked every PROBE_INTERVAL_SECONDS at most."""
    global _last
    with _lock:
        if _last is None or time.monotonic() - _last[0] > PROBE_INTERVAL_SECONDS:
            _last = (time.monotonic(), _probe())
        return _last[1]


def _probe() -> DatabaseFailure | None:
    """Write a table of one page and roll back.

    A new table, because a row may fit into a page that an old one has already: only a new file needs the disk.
    """
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(f'CREATE TABLE "proyecta_probe_{uuid4().hex}" AS SELECT 1 AS one')
            transaction.set_rollback(True)
    except Error as error:
        return failure_of(error) or AWAY
    return None

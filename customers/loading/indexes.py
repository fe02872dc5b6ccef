"""The indexes of customers while many rows come: dropped before and created again after, or with longer pending lists.

A row by itself costs the search indexes ten times as much as one among a million.
"""

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from threading import Event, Thread
from typing import cast

import psycopg
from django.conf import settings
from django.contrib.postgres.indexes import GinIndex
from django.db import OperationalError, ProgrammingError, connection, models, transaction
from django.db.backends.postgresql.schema import DatabaseSchemaEditor
from django.db.backends.utils import CursorWrapper
from psycopg.errors import LockNotAvailable, QueryCanceled

from customers.models import PENDING_LIST_KB, Customer

CUSTOMERS_TABLE = Customer._meta.db_table
SEARCH_INDEXES = [index for index in Customer._meta.indexes if isinstance(index, GinIndex)]
# Costly to update row by row: the search indexes, and those of few values that many rows share, whose comparisons take
# long.
COSTLY_INDEXES: list[models.Index] = [
    *[index for index in Customer._meta.indexes if "email_domain" in index.fields],
    *SEARCH_INDEXES,
]
# Indexes of earlier versions. Imports by those versions create them again.
OBSOLETE_INDEX_NAMES = ["customers_search_trigrams", "customers_search_characters"]

# The fewest new rows for which dropping indexes or longer pending lists save time in all.
MIN_BULK_ROWS = 20_000
# A search reads through a pending list of this size in some 50 ms.
BULK_PENDING_LIST_KB = 32 * 1024

LOCK_TIMEOUT_MS = 300
LOCK_ATTEMPTS = 5
LOCK_RETRY_SECONDS = 0.5
# How often a build looks for sessions that wait for it, and so half of the longest wait that it causes.
BLOCKED_POLL_SECONDS = 0.1
# After this time the server cancels the build of a client that is gone.
CLIENT_CHECK_MS = 500

_SET_LOCK_TIMEOUT = f"SET LOCAL lock_timeout = '{LOCK_TIMEOUT_MS}ms'"


@contextmanager
def indexes_dropped() -> Iterator[bool]:
    """Drop the indexes, unique constraints and foreign keys of customers, but for the primary key, and restore them.

    For use in a transaction. They are restored when the block ends well, and by the rollback in any other case. Nobody
    else reads or writes a customer or an app until the transaction ends.

    Gives whether the table is empty, so that COPY may FREEZE. Raises IntegrityError at the end where two rows have the
    same id or email.
    """
    with connection.cursor() as cursor:
        # PostgreSQL creates no index in a transaction that still owes the check of a foreign key.
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        constraints = _drop_found(
            f"ALTER TABLE {CUSTOMERS_TABLE} DROP CONSTRAINT",
            "SELECT quote_ident(conname), pg_get_constraintdef(oid) FROM pg_constraint "
            "WHERE conrelid = %s::regclass AND contype IN ('u', 'f') ORDER BY oid",
            cursor,
        )
        # After the constraints, whose indexes go with them.
        indexes = _drop_found(
            "DROP INDEX",
            "SELECT indexrelid::regclass::text, pg_get_indexdef(indexrelid) FROM pg_index "
            "WHERE indrelid = %s::regclass AND NOT indisprimary ORDER BY indexrelid",
            cursor,
        )
        cursor.execute(f"SELECT NOT EXISTS (SELECT FROM {CUSTOMERS_TABLE})")
        (is_empty,) = cursor.fetchone()
        if is_empty:
            # A file that is new in this transaction needs no log, nor a VACUUM after it.
            cursor.execute(f"TRUNCATE {CUSTOMERS_TABLE}")
    yield is_empty
    with connection.cursor() as cursor:
        raise_maintenance_memory(cursor, local=True)
        for name, definition in constraints:
            cursor.execute(f"ALTER TABLE {CUSTOMERS_TABLE} ADD CONSTRAINT {name} {definition}")
        for _, definition in indexes:
            cursor.execute(definition)


def _drop_found(statement: str, query: str, cursor: CursorWrapper) -> list[tuple[str, str]]:
    """Run `statement` with each name that `query` finds. Returns (name, definition) of each."""
    cursor.execute(query, [CUSTOMERS_TABLE])
    found: list[tuple[str, str]] = cursor.fetchall()
    for name, _ in found:
        cursor.execute(f"{statement} {name}")
    return found


def raise_maintenance_memory(cursor: CursorWrapper, *, local: bool) -> None:
    """Allow index builds as much memory as the server shares, at most a gigabyte: more makes them no faster.

    local: until the transaction ends; else until the session does.
    """
    cursor.execute(
        "SELECT set_config('maintenance_work_mem', greatest(mine.setting::bigint, "
        "least(shared.setting::bigint * 8, 1024 * 1024))::text || 'kB', %s) FROM pg_settings mine, pg_settings shared "
        "WHERE mine.name = 'maintenance_work_mem' AND shared.name = 'shared_buffers'",
        [local],
    )


def drop_indexes(indexes: Sequence[models.Index]) -> None:
    """Drop these indexes of customers, unless the lock is not to be had soon or the user does not own the table.

    Queries give the same rows without them, only later.
    """
    _drop([index.name for index in indexes])


def drop_obsolete_indexes() -> None:
    """Drop indexes of earlier versions as drop_indexes() does: each costs a create as much as its successors."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT name FROM unnest(%s::text[]) name WHERE to_regclass(name) IS NOT NULL", [OBSOLETE_INDEX_NAMES]
        )
        if found := [name for (name,) in cursor.fetchall()]:
            _drop(found)


def _drop(names: Sequence[str]) -> None:
    _run_with_lock_timeout("DROP INDEX IF EXISTS " + ", ".join(map(_quoted, names)))


def create_missing_indexes(indexes: Sequence[models.Index]) -> None:
    """Create those of these indexes of customers that are missing or invalid.

    Others may write meanwhile, unless this is called in a transaction.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT relname FROM pg_index JOIN pg_class ON pg_class.oid = indexrelid WHERE indrelid = to_regclass(%s) "
            "AND indisvalid",
            [CUSTOMERS_TABLE],
        )
        valid = {name for (name,) in cursor.fetchall()}
        missing = [index for index in indexes if index.name not in valid]
        if not missing:
            return
        concurrently = not connection.in_atomic_block
        if not concurrently:
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        # Outside a transaction, PgBouncer would lend the session to others with what is set in it.
        may_set = not (concurrently and settings.PGBOUNCER)
        if may_set:
            raise_maintenance_memory(cursor, local=not concurrently)
        try:
            for index in missing:
                # An invalid one is left by a killed build.
                cursor.execute(f"DROP INDEX {'CONCURRENTLY' if concurrently else ''} IF EXISTS {_quoted(index.name)}")
                # Behind PgBouncer all connections may be taken by sessions that wait for the build, and then none is
                # left to watch for them.
                if not (concurrently and not settings.PGBOUNCER and _create_unless_waited_for(index)):
                    with cast(DatabaseSchemaEditor, connection.schema_editor(atomic=False)) as editor:
                        editor.add_index(Customer, index, concurrently=concurrently)
        finally:
            if concurrently and may_set:
                cursor.execute("RESET maintenance_work_mem")


def _create_unless_waited_for(index: models.Index) -> bool:
    """Create the index by a plain CREATE INDEX, and give up once another session waits for it.

    That takes two thirds of the time of CREATE INDEX CONCURRENTLY, but makes all writers wait. Returns whether the
    index was created.
    """
    ended = Event()
    with connection.wrap_database_errors:
        watching = psycopg.connect(**connection.get_connection_params(), autocommit=True)
    try:
        with watching, transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(_SET_LOCK_TIMEOUT)
            # Else the server would go on with the build of a process that was killed, unwatched.
            cursor.execute(f"SET LOCAL client_connection_check_interval = '{CLIENT_CHECK_MS}ms'")
            watch = Thread(target=_cancel_when_waited_for, args=[watching, connection.connection, ended])
            watch.start()
            try:
                with connection.schema_editor(atomic=False) as editor:
                    editor.add_index(Customer, index)
            finally:
                ended.set()
                # Before COMMIT, which it must not cancel.
                watch.join()
        return True
    except OperationalError as error:
        if isinstance(error.__cause__, LockNotAvailable | QueryCanceled):
            return False
        raise


def _cancel_when_waited_for(watching: psycopg.Connection, building: psycopg.Connection, ended: Event) -> None:
    """Cancel the statement of `building` once another session waits for it, or once `watching` is lost."""
    pid = building.info.backend_pid
    waiting = "SELECT FROM pg_locks WHERE NOT granted AND %s = ANY(pg_blocking_pids(pid)) LIMIT 1"
    with suppress(psycopg.Error):
        while not (ended.wait(BLOCKED_POLL_SECONDS) or watching.execute(waiting, [pid]).rowcount):
            pass
    if not ended.is_set():
        with suppress(psycopg.Error):
            building.cancel_safe(timeout=BLOCKED_POLL_SECONDS * 10)


def set_pending_lists(*, long: bool) -> None:
    """Set the length of the search indexes' pending lists: BULK_PENDING_LIST_KB where `long`, else PENDING_LIST_KB.

    Short ones are then emptied into the index. An index is left as it is where its lock is not to be had soon or the
    user does not own it.
    """
    limits = dict.fromkeys((index.name for index in SEARCH_INDEXES), BULK_PENDING_LIST_KB if long else PENDING_LIST_KB)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT relname, kilobytes, reloptions @> ARRAY['gin_pending_list_limit=' || kilobytes] IS TRUE "
            "FROM unnest(%s::text[], %s::int[]) asked (name, kilobytes) "
            "JOIN pg_class ON oid = to_regclass(name) JOIN pg_index ON indexrelid = oid "
            "WHERE indisvalid AND pg_has_role(relowner, 'USAGE')",
            [list(limits), list(limits.values())],
        )
        for name, kilobytes, is_set in cursor.fetchall():
            sql = f"ALTER INDEX {_quoted(name)} SET (gin_pending_list_limit = {kilobytes})"
            if (is_set or _run_with_lock_timeout(sql)) and not long:
                # Also where it was set before: the process that set it may have been killed before this.
                cursor.execute("SELECT gin_clean_pending_list(%s::regclass)", [name])


def _run_with_lock_timeout(statement: str) -> bool:
    """Run a statement that needs a strong lock, waiting LOCK_TIMEOUT_MS for it, LOCK_ATTEMPTS times.

    Returns False where the lock was not to be had or the user may not run the statement.
    """
    for _ in range(LOCK_ATTEMPTS):
        try:
            with transaction.atomic(), connection.cursor() as cursor:
                # Readers of customers queue behind a statement that waits for its lock.
                cursor.execute(_SET_LOCK_TIMEOUT)
                cursor.execute(statement)
                # For the rest of an outer transaction.
                cursor.execute("SET LOCAL lock_timeout = DEFAULT")
            return True
        except OperationalError as error:
            if not isinstance(error.__cause__, LockNotAvailable):
                raise
            time.sleep(LOCK_RETRY_SECONDS)
        except ProgrammingError:
            return False
    return False


def _quoted(name: str) -> str:
    return connection.ops.quote_name(name)

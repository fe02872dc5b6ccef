"""Indexes taken away while many rows come, and made anew after them: a row by itself costs the search indexes ten
times as much as one among a million."""

import time
from contextlib import contextmanager, suppress
from threading import Event, Thread

import psycopg
from django.conf import settings
from django.contrib.postgres.indexes import GinIndex
from django.db import OperationalError, ProgrammingError, connection, transaction
from psycopg.errors import LockNotAvailable, QueryCanceled

from customers.models import Customer

TABLE = Customer._meta.db_table
SEARCH_INDEXES = [index for index in Customer._meta.indexes if isinstance(index, GinIndex)]
# Costly to keep up row by row, as these are and those of few values that many have: comparing them takes long.
SPARED_INDEXES = [*[index for index in Customer._meta.indexes if "email_domain" in index.fields], *SEARCH_INDEXES]
# From so many new rows on it is worth doing something about the indexes.
MANY_ROWS = 20_000
TRIES = 5
_SHORT_LOCK = "SET LOCAL lock_timeout = '300ms'"
# Seconds that somebody else waits at most, and as long again, until an index is no longer made at their cost.
OTHERS_WAIT = 0.1
# Of a list of many new rows: a search reads through so much in some 50 ms.
MANY_KILOBYTES = 32 * 1024
# Of earlier versions, whose imports make them anew.
FORMER_INDEXES = ["customers_search_trigrams", "customers_search_characters"]


@contextmanager
def built_last():
    """Has no index but the primary key and no unique or foreign key on the customers while inside, in a transaction.

    They are back, as they were, when the block ends well, and when the transaction does in any other way. Until the
    transaction ends nobody else reads or writes a customer or an app. Gives whether there was no customer yet, so that
    COPY may FREEZE. Raises IntegrityError where two rows have the same id or email.
    """
    with connection.cursor() as cursor:
        # PostgreSQL makes no index in a transaction that still owes the check of a foreign key.
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        constraints = _take_away(
            f"ALTER TABLE {TABLE} DROP CONSTRAINT",
            "SELECT quote_ident(conname), pg_get_constraintdef(oid) FROM pg_constraint "
            "WHERE conrelid = %s::regclass AND contype IN ('u', 'f') ORDER BY oid",
            cursor,
        )
        # Only now: the index of a constraint has gone with it.
        indexes = _take_away(
            "DROP INDEX",
            "SELECT indexrelid::regclass::text, pg_get_indexdef(indexrelid) FROM pg_index "
            "WHERE indrelid = %s::regclass AND NOT indisprimary ORDER BY indexrelid",
            cursor,
        )
        cursor.execute(f"SELECT NOT EXISTS (SELECT FROM {TABLE})")
        (empty,) = cursor.fetchone()
        if empty:
            # A file that is new in this transaction needs no log, nor a VACUUM after it.
            cursor.execute(f"TRUNCATE {TABLE}")
    yield empty
    with connection.cursor() as cursor:
        give_memory(cursor, local=True)
        for name, definition in constraints:
            cursor.execute(f"ALTER TABLE {TABLE} ADD CONSTRAINT {name} {definition}")
        for _, definition in indexes:
            cursor.execute(definition)


def _take_away(statement, which, cursor):
    """Run the statement with the name of each thing that the query gives. Returns what it gave: (name, definition)."""
    cursor.execute(which, [TABLE])
    things = cursor.fetchall()
    for name, _ in things:
        cursor.execute(f"{statement} {name}")
    return things


def give_memory(cursor, *, local):
    """Let indexes be built in as much memory as the server shares, up to a gigabyte, beyond which they are built no
    faster; local: until the transaction ends."""
    cursor.execute(
        "SELECT set_config('maintenance_work_mem', greatest(mine.setting::bigint, "
        "least(shared.setting::bigint * 8, 1024 * 1024))::text || 'kB', %s) FROM pg_settings mine, pg_settings shared "
        "WHERE mine.name = 'maintenance_work_mem' AND shared.name = 'shared_buffers'",
        [local],
    )


def drop_indexes(indexes):
    """Drop them, where that needs no long wait and is allowed. Queries give the same without them, only later."""
    _drop([index.name for index in indexes])


def drop_former_indexes():
    """Drop those that another version has left, in the same way: each would cost a create as much as its successors."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT name FROM unnest(%s::text[]) name WHERE to_regclass(name) IS NOT NULL", [FORMER_INDEXES])
        if found := [name for (name,) in cursor.fetchall()]:
            _drop(found)


def _drop(names):
    _with_a_short_lock("DROP INDEX IF EXISTS " + ", ".join(map(_quoted, names)))


def make_indexes(indexes):
    """Make those of them that are not there or are not whole. Others may write meanwhile, unless in a transaction."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT relname FROM pg_index JOIN pg_class ON pg_class.oid = indexrelid WHERE indrelid = to_regclass(%s) "
            "AND indisvalid",
            [TABLE],
        )
        there = {name for (name,) in cursor.fetchall()}
        missing = [index for index in indexes if index.name not in there]
        if not missing:
            return
        apart = not connection.in_atomic_block
        if not apart:
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        # Outside a transaction, PgBouncer would lend the session to others with what is set in it.
        may_set = not (apart and settings.PGBOUNCER)
        if may_set:
            give_memory(cursor, local=not apart)
        try:
            for index in missing:
                # One that a killed build has left.
                cursor.execute(f"DROP INDEX {'CONCURRENTLY' if apart else ''} IF EXISTS {_quoted(index.name)}")
                # PgBouncer has no session for who watches where all are taken by those who wait.
                if not (apart and not settings.PGBOUNCER and _made_while_nobody_waits(index)):
                    with connection.schema_editor(atomic=False) as editor:
                        editor.add_index(Customer, index, concurrently=apart)
        finally:
            if apart and may_set:
                cursor.execute("RESET maintenance_work_mem")


def _made_while_nobody_waits(index):
    """Whether it could be made by CREATE INDEX, which takes two thirds of the time that it takes CONCURRENTLY, but has
    all wait who write: as soon as somebody does, it is given up."""
    ended = Event()
    with connection.wrap_database_errors:
        watching = psycopg.connect(**connection.get_connection_params(), autocommit=True)
    try:
        with watching, transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(_SHORT_LOCK)
            # Of a process that is killed the server would go on for nobody, and nobody would watch.
            cursor.execute("SET LOCAL client_connection_check_interval = '500ms'")
            watch = Thread(target=_give_up_for_others, args=[watching, connection.connection, ended])
            watch.start()
            try:
                with connection.schema_editor(atomic=False) as editor:
                    editor.add_index(Customer, index)
            finally:
                ended.set()
                # What it might cancel, it cancels before COMMIT.
                watch.join()
        return True
    except OperationalError as error:
        if isinstance(error.__cause__, LockNotAvailable | QueryCanceled):
            return False
        raise


def _give_up_for_others(watching, building, ended):
    """Cancel what the connection `building` does once another session waits for it, or the one that watches is lost."""
    pid = building.info.backend_pid
    waiting = "SELECT FROM pg_locks WHERE NOT granted AND %s = ANY(pg_blocking_pids(pid)) LIMIT 1"
    with suppress(psycopg.Error):
        while not (ended.wait(OTHERS_WAIT) or watching.execute(waiting, [pid]).rowcount):
            pass
    if not ended.is_set():
        with suppress(psycopg.Error):
            building.cancel_safe(timeout=OTHERS_WAIT * 10)


def have_long_lists(on):
    """Have the search indexes put many new rows on a list before they sort them in, or no more than usual, where that
    needs no long wait and is allowed."""
    limits = {index.name: MANY_KILOBYTES if on else index.gin_pending_list_limit for index in SEARCH_INDEXES}
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT relname, kilobytes, reloptions @> ARRAY['gin_pending_list_limit=' || kilobytes] IS TRUE "
            "FROM unnest(%s::text[], %s::int[]) asked (name, kilobytes) "
            "JOIN pg_class ON oid = to_regclass(name) JOIN pg_index ON indexrelid = oid "
            "WHERE indisvalid AND pg_has_role(relowner, 'USAGE')",
            [list(limits), list(limits.values())],
        )
        for name, kilobytes, already in cursor.fetchall():
            sql = f"ALTER INDEX {_quoted(name)} SET (gin_pending_list_limit = {kilobytes})"
            if (already or _with_a_short_lock(sql)) and not on:
                # Also where it is so already: who has changed it may have been killed before this.
                cursor.execute("SELECT gin_clean_pending_list(%s::regclass)", [name])


def _with_a_short_lock(statement):
    """Whether it could be run."""
    for _ in range(TRIES):
        try:
            with transaction.atomic(), connection.cursor() as cursor:
                # Whoever wants to read customers stands behind us as long as we wait for the lock.
                cursor.execute(_SHORT_LOCK)
                cursor.execute(statement)
                # For a transaction that this is but a part of.
                cursor.execute("SET LOCAL lock_timeout = DEFAULT")
            return True
        except OperationalError as error:
            if not isinstance(error.__cause__, LockNotAvailable):
                raise
            time.sleep(0.5)
        except ProgrammingError:
            return False
    return False


def _quoted(name):
    return connection.ops.quote_name(name)

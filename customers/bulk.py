"""Writing many customers at once, by the same rules as services.create_customer().

Only here and in services.py are customers written. Nothing here knows of files.
"""

import time
from contextlib import contextmanager, suppress
from enum import Enum
from operator import itemgetter

from django.contrib.postgres.indexes import GinIndex
from django.db import Error, OperationalError, ProgrammingError, connection, transaction
from django.utils import timezone
from psycopg.errors import LockNotAvailable

from accounts.models import App

from .ids import new_customer_id
from .models import ADDRESS_PARTS, Customer

TABLE = Customer._meta.db_table
REHEARSAL = "customers_rehearsal"
COLUMNS = ("public_id", "email", "name", "phone", *(f"address_{part}" for part in ADDRESS_PARTS), "created")
TRIES = 5

_names = ", ".join(COLUMNS)
_empty = dict.fromkeys(COLUMNS, "") | {"email": None}
_in_order = itemgetter(*COLUMNS)
# Only these are costly to keep up row by row: see loading_in_bulk().
_search_indexes = [index.name for index in Customer._meta.indexes if isinstance(index, GinIndex)]
_LOADING_LOCK = 7_020_776_981  # of the advisory kind, and nobody else's


class Outcome(Enum):
    """What became of one customer of create_customers()."""

    CREATED = "created"
    ALREADY_THERE = "already there"
    ID_TAKEN = "id taken"


def create_customers(*, app, customers, rehearsal=False):
    """Create many customers in one transaction, as if create_customer() were called for one after the other.

    Except for one whose id is taken: it counts as already there when another of the same call brings its email.

    customers: dicts of columns as clean_customer() makes them (what is not there is empty), each with `public_id` (a
        valid id; None or not there for a new one) and `created` (an aware datetime; None or not there for now).
    rehearsal: write nothing. Only inside rehearsing(), which remembers what would have been written before.

    Returns an Outcome for each, in their order. Some 5,000 at once are best.
    """
    with transaction.atomic():
        if not rehearsal:
            # One after the other: two with the same customers in another order would wait for each other for ever.
            App.objects.select_for_update(no_key=True).get(pk=app.pk)
        return _create(app, customers, rehearsal)


@contextmanager
def rehearsing():
    """Inside it create_customers(rehearsal=True) can be called. Costs a temporary table, not memory."""
    with connection.cursor() as cursor:
        cursor.execute(f"DROP TABLE IF EXISTS pg_temp.{REHEARSAL}")
        cursor.execute(f"CREATE TEMPORARY TABLE {REHEARSAL} (LIKE {TABLE} INCLUDING ALL EXCLUDING INDEXES)")
        cursor.execute(f"CREATE UNIQUE INDEX ON {REHEARSAL} (app_id, public_id)")
        cursor.execute(f"CREATE UNIQUE INDEX ON {REHEARSAL} (app_id, email_key)")
    yield
    with connection.cursor() as cursor:
        cursor.execute(f"DROP TABLE {REHEARSAL}")


@contextmanager
def loading_in_bulk(many=True):
    """Have the search indexes take many new rows cheaply while inside: some eight times the rows a second.

    They then put new rows on a list first (fastupdate) and sort them in by the thousand. A search reads that list
    through, a few milliseconds. Switching needs a moment without a query on customers; where there is none, or where
    the database's user does not own the table, all stays as it is: loading is slower then, nothing else.

    A process that is killed leaves it switched on; the next to be here, also with `many` false, switches it off, as
    does the last of several at once.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock_shared(%s)", [_LOADING_LOCK])
        if many:
            _switch_fastupdate("on", cursor)
        try:
            yield
        finally:
            # Where the connection is lost, so is the lock.
            with suppress(Error):
                cursor.execute("SELECT pg_advisory_unlock_shared(%s)", [_LOADING_LOCK])
                cursor.execute("SELECT pg_try_advisory_lock(%s)", [_LOADING_LOCK])
                if cursor.fetchone()[0]:
                    for name in _switch_fastupdate("off", cursor):
                        cursor.execute("SELECT gin_clean_pending_list(%s::regclass)", [name])
                    cursor.execute("SELECT pg_advisory_unlock(%s)", [_LOADING_LOCK])


def _switch_fastupdate(value, cursor):
    """The names of the search indexes that were switched."""
    cursor.execute(
        "SELECT relname FROM pg_class JOIN unnest(%s::text[]) name ON oid = to_regclass(name) "
        "WHERE reloptions @> ARRAY[%s]",
        [_search_indexes, "fastupdate=" + {"on": "off", "off": "on"}[value]],
    )
    return [name for (name,) in cursor.fetchall() if _has_switched(name, value, cursor)]


def _has_switched(name, value, cursor):
    for _ in range(TRIES):
        try:
            with transaction.atomic():
                # Whoever wants to read customers stands behind us as long as we wait for the lock.
                cursor.execute("SET LOCAL lock_timeout = '300ms'")
                cursor.execute(f"ALTER INDEX {connection.ops.quote_name(name)} SET (fastupdate = {value})")
            return True
        except OperationalError as error:
            if not isinstance(error.__cause__, LockNotAvailable):
                raise
            time.sleep(0.5)
        except ProgrammingError:
            return False
    return False


def _create(app, customers, rehearsal):
    moment = timezone.now()
    rows = [_row(customer, moment) for customer in customers]
    outcomes = [None] * len(rows)
    with connection.cursor() as cursor:
        cursor.execute(f"CREATE TEMPORARY TABLE batch ON COMMIT DROP AS SELECT 0 n, {_names} FROM {TABLE} WITH NO DATA")
        with connection.wrap_database_errors, cursor.copy(f"COPY batch (n, {_names}) FROM STDIN") as copy:
            for number, row in enumerate(rows):
                copy.write_row((number, *row))
        waiting = list(range(len(rows)))
        while waiting:
            created = _insert(app, waiting, moment, rehearsal, cursor)
            for number in waiting:
                key = rows[number][:2]
                if key in created:
                    # Of two with the same id and email the first one got in.
                    created.remove(key)
                    outcomes[number] = Outcome.CREATED
            waiting = [number for number in waiting if outcomes[number] is None]
            if waiting:
                _explain(app, waiting, outcomes, rehearsal, cursor)
                # Whoever stood in the way of those that are left is gone again: once more.
                waiting = [number for number in waiting if outcomes[number] is None]
        cursor.execute("DROP TABLE batch")
    return outcomes


def _row(customer, moment):
    row = _empty | customer
    row["created"] = row["created"] or moment
    row["public_id"] = row["public_id"] or new_customer_id(row["created"])
    return _in_order(row)


def _insert(app, numbers, moment, rehearsal, cursor):
    """(public_id, email) of those of the batch that had neither their id nor their email taken."""
    # A rehearsal has the real customers in its way besides those that it would have written.
    free = f"""
        AND NOT EXISTS (SELECT FROM {TABLE} WHERE app_id = %(app)s AND public_id = batch.public_id)
        AND NOT EXISTS (SELECT FROM {TABLE} WHERE app_id = %(app)s AND email_key = proyecta_email_key(batch.email))
    """
    cursor.execute(
        f"""
        INSERT INTO {REHEARSAL if rehearsal else TABLE} (app_id, updated, version, {_names})
        SELECT %(app)s, %(moment)s, 1, {_names} FROM batch
        WHERE n = ANY(%(numbers)s) {free if rehearsal else ""} ORDER BY n
        ON CONFLICT DO NOTHING RETURNING public_id, email
        """,
        {"app": app.pk, "moment": moment, "numbers": numbers},
    )
    return set(cursor.fetchall())


def _explain(app, numbers, outcomes, rehearsal, cursor):
    """Find out what stood in the way of each of `numbers`, by the rules of create_customer()."""
    columns = "app_id, public_id, email, email_key"
    there = f"(SELECT {columns} FROM {TABLE} UNION ALL SELECT {columns} FROM {REHEARSAL})" if rehearsal else TABLE
    cursor.execute(
        f"""
        SELECT n,
            EXISTS (SELECT FROM {there} t WHERE app_id = %(app)s AND email_key = proyecta_email_key(batch.email)),
            other.public_id IS NOT NULL,
            other.email IS NULL AND batch.email IS NULL
        FROM batch LEFT JOIN {there} other ON other.app_id = %(app)s AND other.public_id = batch.public_id
        WHERE n = ANY(%(numbers)s)
        """,
        {"app": app.pk, "numbers": numbers},
    )
    for number, email_taken, id_taken, both_without_email in cursor.fetchall():
        if email_taken or (id_taken and both_without_email):
            outcomes[number] = Outcome.ALREADY_THERE
        elif id_taken:
            outcomes[number] = Outcome.ID_TAKEN

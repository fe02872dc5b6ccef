"""Writing many customers at once, by the same rules as services.create_customer().

Only this module and services.py write customers. Nothing here knows of files.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext, suppress
from datetime import datetime
from enum import Enum
from itertools import repeat
from typing import Any, NamedTuple

from django.conf import settings
from django.db import Error, IntegrityError, connection, transaction
from django.db.backends.utils import CursorWrapper
from django.db.migrations.loader import MigrationLoader
from django.utils import timezone
from psycopg.errors import UniqueViolation

from accounts.models import App
from core.db.locks import advisory_lock, advisory_lock_if_free
from customers.models import ADDRESS_PARTS, Customer
from customers.values.ids import new_customer_id

from .indexes import (
    COSTLY_INDEXES,
    CUSTOMERS_TABLE,
    MIN_BULK_ROWS,
    create_missing_indexes,
    drop_indexes,
    drop_obsolete_indexes,
    set_pending_lists,
)

COPY_COLUMNS = ("public_id", "email", "name", "phone", *(f"address_{part}" for part in ADDRESS_PARTS), "created")
REHEARSAL_TABLE = "customers_rehearsal"
# An advisory lock, shared by all who load in bulk. The number is arbitrary and used for nothing else.
LOADING_LOCK_ID = 7_020_776_981

_COLUMN_LIST = ", ".join(COPY_COLUMNS)
_TEXT_COLUMNS = COPY_COLUMNS[2:-1]
# Characters that mean something to COPY.
_copy_special = re.compile(r"[\\\t\n\r]")
_COPY_ESCAPES = str.maketrans({"\\": r"\\", "\t": r"\t", "\n": r"\n", "\r": r"\r"})


class Outcome(Enum):
    """The result for one customer of create_customers()."""

    CREATED = "created"
    ALREADY_THERE = "already there"
    ID_TAKEN = "id taken"


class Line(NamedTuple):
    """A customer to create. text: all columns but the id in COPY's text format."""

    public_id: str
    email: str | None
    text: str


def line_of(customer: Mapping[str, Any], moment: datetime, new_id: Callable[[datetime], str] = new_customer_id) -> Line:
    """The Line of a customer.

    customer: columns as clean_customer() returns them; a missing one is empty. Besides, `public_id`, a valid id (None
        or missing: a new one), and `created`, an aware datetime (None or missing: `moment`).
    new_id: a function that returns a new id for a datetime.
    """
    created = customer.get("created") or moment
    email = customer.get("email")
    texts = [email or "", *[customer.get(column, "") for column in _TEXT_COLUMNS]]
    if _copy_special.search("".join(texts)):
        texts = [text.translate(_COPY_ESCAPES) for text in texts]
    if email is None:
        texts[0] = r"\N"
    text = "\t".join([*texts, created.isoformat()])
    return Line(customer.get("public_id") or new_id(created), email, text)


def create_customers(
    *,
    app: App,
    customers: Iterable[Line | Mapping[str, Any]],
    likely_new: bool = True,
    rehearsal: bool = False,
) -> list[Outcome]:
    """Create many customers in one transaction, as create_customer() would one after the other.

    One difference: if an id is taken, and a later customer of this call has the same email, the customer counts as
    already there.

    customers: Lines, or dicts as line_of() takes them; some 5,000 are fastest.
    likely_new: whether no id and no email is expected to be taken. It changes the time only: new customers take two
        thirds of it when True; where one is not new, all before it are written twice.
    rehearsal: write nothing. Only inside rehearsing(), which remembers what would have been written.

    Returns an Outcome for each customer, in their order.
    """
    with transaction.atomic():
        if not rehearsal:
            # Calls for one app run one after the other: two with the same customers in different orders would deadlock.
            App.objects.select_for_update(no_key=True).get(pk=app.pk)
        return _create(app, customers, likely_new, rehearsal)


@contextmanager
def rehearsing() -> Iterator[None]:
    """Allow create_customers(rehearsal=True) inside. It remembers rows in a temporary table, not in memory."""
    # PgBouncer would lend the session with the table to others after each transaction. Without PgBouncer there is none:
    # as long as a transaction lasts, no table is vacuumed.
    with transaction.atomic() if settings.PGBOUNCER else nullcontext():
        with connection.cursor() as cursor:
            cursor.execute(f"DROP TABLE IF EXISTS pg_temp.{REHEARSAL_TABLE}")
            cursor.execute(
                f"CREATE TEMPORARY TABLE {REHEARSAL_TABLE} (LIKE {CUSTOMERS_TABLE} INCLUDING ALL EXCLUDING INDEXES)"
            )
            cursor.execute(f"CREATE UNIQUE INDEX ON {REHEARSAL_TABLE} (app_id, public_id)")
            cursor.execute(f"CREATE UNIQUE INDEX ON {REHEARSAL_TABLE} (app_id, email_key)")
        yield
        with connection.cursor() as cursor:
            cursor.execute(f"DROP TABLE {REHEARSAL_TABLE}")


@contextmanager
def loading_in_bulk(rows: int) -> Iterator[None]:
    """Make indexes cheap to update while about `rows` new customers are created inside.

    Below MIN_BULK_ROWS nothing changes. Where the new rows outnumber the present ones, the indexes for searches and for
    mail domains are dropped and created again at the end; searches read the table meanwhile and find the same rows.
    Else the search indexes get long pending lists, which are sorted in by the thousand and which each search reads.

    Both need a short lock on the table. Where it is not to be had, or the database user does not own the table, nothing
    changes: loading is slower then.

    A killed process leaves the indexes as they are inside. The next caller, whatever its `rows`, the last one of
    several at once, and `manage.py migrate` restore them.
    """
    try:
        with advisory_lock(LOADING_LOCK_ID, shared=True):
            if rows >= MIN_BULK_ROWS and _is_migrated():
                # An OFFSET: a count would read all rows.
                if Customer.objects.order_by()[rows : rows + 1].exists():
                    set_pending_lists(long=True)
                else:
                    drop_indexes(COSTLY_INDEXES)
            yield
    finally:
        # After a lost connection, the error of the block is the one to raise.
        with suppress(Error):
            end_loading()


def end_loading() -> None:
    """Restore the indexes that loading_in_bulk() changed, unless another process is loading, which will do it.

    Nothing is changed either where the database lacks migrations of this code, or has others: they would find their
    indexes there already.
    """
    with advisory_lock_if_free(LOADING_LOCK_ID) as is_last:
        if is_last and _is_migrated():
            drop_obsolete_indexes()
            set_pending_lists(long=False)
            create_missing_indexes(COSTLY_INDEXES)


def _is_migrated() -> bool:
    loader = MigrationLoader(connection)
    return all(leaf in loader.applied_migrations for leaf in loader.graph.leaf_nodes("customers"))


def _create(
    app: App, customers: Iterable[Line | Mapping[str, Any]], likely_new: bool, rehearsal: bool
) -> list[Outcome]:
    moment = timezone.now()
    lines = [one if isinstance(one, Line) else line_of(one, moment) for one in customers]
    with connection.cursor() as cursor:
        if likely_new and not rehearsal and _copy_all(app, lines, moment, cursor):
            return [Outcome.CREATED] * len(lines)
        cursor.execute(
            "CREATE TEMPORARY TABLE IF NOT EXISTS batch ON COMMIT DROP AS "
            f"SELECT 0 n, {_COLUMN_LIST} FROM {CUSTOMERS_TABLE} WITH NO DATA"
        )
        _copy(f"batch (n, {_COLUMN_LIST})", map(str, range(len(lines))), lines, cursor)
        outcomes = _insert_all(app, lines, moment, rehearsal, cursor)
        # The table serves the next call in this transaction: a new table each time would use up the locks.
        cursor.execute("TRUNCATE batch")
    return outcomes


def _copy_all(app: App, lines: Sequence[Line], moment: datetime, cursor: CursorWrapper) -> bool:
    """Write all lines. Returns False, with none written, where an id or an email is taken."""
    beginning = f"{app.pk}\t{moment.isoformat()}\t1"
    try:
        with transaction.atomic():
            _copy(f"{CUSTOMERS_TABLE} (app_id, updated, version, {_COLUMN_LIST})", repeat(beginning), lines, cursor)
    except IntegrityError as error:
        if not isinstance(error.__cause__, UniqueViolation):
            raise
        return False
    return True


def _copy(target: str, beginnings: Iterable[str], lines: Sequence[Line], cursor: CursorWrapper) -> None:
    """COPY each beginning and line to `target`, a table and its columns."""
    rows = [f"{begin}\t{line.public_id}\t{line.text}\n" for begin, line in zip(beginnings, lines, strict=False)]
    with connection.wrap_database_errors, cursor.copy(f"COPY {target} FROM STDIN") as copy:
        copy.write("".join(rows))


def _insert_all(
    app: App, lines: Sequence[Line], moment: datetime, rehearsal: bool, cursor: CursorWrapper
) -> list[Outcome]:
    """Insert the lines of the batch one by one, and find out why the others could not be inserted."""
    outcomes: dict[int, Outcome] = {}
    waiting = list(range(len(lines)))
    while waiting:
        created = _insert(app, waiting, moment, rehearsal, cursor)
        if len(created) == len(lines):
            return [Outcome.CREATED] * len(lines)
        for number in waiting:
            key = lines[number][:2]
            if key in created:
                # Of two lines with the same id and email the first was inserted.
                created.remove(key)
                outcomes[number] = Outcome.CREATED
        waiting = [number for number in waiting if number not in outcomes]
        if waiting:
            outcomes |= _conflicts(app, waiting, rehearsal, cursor)
            # The rest conflicted with rows that are gone by now: once more.
            waiting = [number for number in waiting if number not in outcomes]
    return [outcomes[number] for number in range(len(lines))]


def _insert(
    app: App, numbers: list[int], moment: datetime, rehearsal: bool, cursor: CursorWrapper
) -> set[tuple[str, str | None]]:
    """Insert the given lines of the batch whose id and email are free. Returns (public_id, email) of each."""
    # A rehearsal conflicts with the real customers besides those that it would have written.
    taken = f"SELECT FROM {CUSTOMERS_TABLE} WHERE app_id = %(app)s"
    free = f"""
        AND NOT EXISTS ({taken} AND public_id = batch.public_id)
        AND NOT EXISTS ({taken} AND email_key = proyecta_email_key(batch.email))
    """
    cursor.execute(
        f"""
        INSERT INTO {REHEARSAL_TABLE if rehearsal else CUSTOMERS_TABLE} (app_id, updated, version, {_COLUMN_LIST})
        SELECT %(app)s, %(moment)s, 1, {_COLUMN_LIST} FROM batch
        WHERE n = ANY(%(numbers)s::int[]) {free if rehearsal else ""} ORDER BY n
        ON CONFLICT DO NOTHING RETURNING public_id, email
        """,
        {"app": app.pk, "moment": moment, "numbers": numbers},
    )
    return set(cursor.fetchall())


def _conflicts(app: App, numbers: list[int], rehearsal: bool, cursor: CursorWrapper) -> dict[int, Outcome]:
    """The outcome of each of `numbers` of the batch that conflicts with a row, by the rules of create_customer()."""
    columns = "app_id, public_id, email, email_key"
    there = CUSTOMERS_TABLE
    if rehearsal:
        there = f"(SELECT {columns} FROM {CUSTOMERS_TABLE} UNION ALL SELECT {columns} FROM {REHEARSAL_TABLE})"
    cursor.execute(
        f"""
        SELECT n,
            EXISTS (SELECT FROM {there} t WHERE app_id = %(app)s AND email_key = proyecta_email_key(batch.email)),
            other.public_id IS NOT NULL,
            other.email IS NULL AND batch.email IS NULL
        FROM batch LEFT JOIN {there} other ON other.app_id = %(app)s AND other.public_id = batch.public_id
        WHERE n = ANY(%(numbers)s::int[])
        """,
        {"app": app.pk, "numbers": numbers},
    )
    outcomes = {}
    for number, email_taken, id_taken, both_without_email in cursor.fetchall():
        if email_taken or (id_taken and both_without_email):
            outcomes[number] = Outcome.ALREADY_THERE
        elif id_taken:
            outcomes[number] = Outcome.ID_TAKEN
    return outcomes

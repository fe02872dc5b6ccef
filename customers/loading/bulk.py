"""Writing many customers at once, by the same rules as services.create_customer().

Only here and in services.py are customers written. Nothing here knows of files.
"""

import re
from contextlib import contextmanager, nullcontext, suppress
from enum import Enum
from itertools import repeat
from typing import NamedTuple

from django.conf import settings
from django.db import Error, IntegrityError, connection, transaction
from django.db.migrations.loader import MigrationLoader
from django.utils import timezone
from psycopg.errors import UniqueViolation

from accounts.models import App
from core.db.locks import advisory_lock, advisory_lock_if_free
from customers.models import ADDRESS_PARTS, Customer
from customers.values.ids import new_customer_id

from .indexes import MANY_ROWS, SPARED_INDEXES, TABLE, drop_former_indexes, drop_indexes, have_long_lists, make_indexes

REHEARSAL = "customers_rehearsal"
COLUMNS = ("public_id", "email", "name", "phone", *(f"address_{part}" for part in ADDRESS_PARTS), "created")

_names = ", ".join(COLUMNS)
_texts = COLUMNS[2:-1]
# What COPY would take for something else than itself.
_special = re.compile(r"[\\\t\n\r]")
_escapes = str.maketrans({"\\": r"\\", "\t": r"\t", "\n": r"\n", "\r": r"\r"})
_LOADING_LOCK = 7_020_776_981  # of the advisory kind, and nobody else's


class Outcome(Enum):
    """What became of one customer of create_customers()."""

    CREATED = "created"
    ALREADY_THERE = "already there"
    ID_TAKEN = "id taken"


def create_customers(*, app, customers, likely_new=True, rehearsal=False):
    """Create many customers in one transaction, as if create_customer() were called for one after the other.

    Except for one whose id is taken: it counts as already there when another of the same call brings its email.

    customers: Lines, or the dicts that line_of() makes them of.
    likely_new: whether no id and no email is expected to be taken. Either way the outcomes are the same: new ones are
        created in two thirds of the time so, and where one is not new, what came before it is done twice.
    rehearsal: write nothing. Only inside rehearsing(), which remembers what would have been written before.

    Returns an Outcome for each, in their order. Some 5,000 at once are best.
    """
    with transaction.atomic():
        if not rehearsal:
            # One after the other: two with the same customers in another order would wait for each other for ever.
            App.objects.select_for_update(no_key=True).get(pk=app.pk)
        return _create(app, customers, likely_new, rehearsal)


@contextmanager
def rehearsing():
    """Inside it create_customers(rehearsal=True) can be called. Costs a temporary table, not memory."""
    # PgBouncer would lend the session with the table to others after each transaction. It is better not to be in one:
    # as long as it lasts, no table is cleared of rows that are gone.
    with transaction.atomic() if settings.PGBOUNCER else nullcontext():
        with connection.cursor() as cursor:
            cursor.execute(f"DROP TABLE IF EXISTS pg_temp.{REHEARSAL}")
            cursor.execute(f"CREATE TEMPORARY TABLE {REHEARSAL} (LIKE {TABLE} INCLUDING ALL EXCLUDING INDEXES)")
            cursor.execute(f"CREATE UNIQUE INDEX ON {REHEARSAL} (app_id, public_id)")
            cursor.execute(f"CREATE UNIQUE INDEX ON {REHEARSAL} (app_id, email_key)")
        yield
        with connection.cursor() as cursor:
            cursor.execute(f"DROP TABLE {REHEARSAL}")


class Line(NamedTuple):
    """A customer to create; `text` is all but the id as COPY reads it."""

    public_id: str
    email: str | None
    text: str


def line_of(customer, moment, new_id=new_customer_id):
    """The Line of a customer: a dict of columns as clean_customer() makes them (what is not there is empty), with
    `public_id` (a valid id; None or not there for a new one) and `created` (an aware datetime; None or not there for
    `moment`). new_id: what makes a new id of a datetime."""
    created = customer.get("created") or moment
    email = customer.get("email")
    texts = [email or "", *[customer.get(column, "") for column in _texts]]
    if _special.search("".join(texts)):
        texts = [text.translate(_escapes) for text in texts]
    if email is None:
        texts[0] = r"\N"
    text = "\t".join([*texts, created.isoformat()])
    return Line(customer.get("public_id") or new_id(created), email, text)


@contextmanager
def loading_in_bulk(rows):
    """Have the indexes take `rows` new customers cheaply while inside, where they are many.

    Where the new ones are more than those that are there, the indexes for searches and for mail domains go and are made
    anew in the end: both are looked for in the table meanwhile, and found the same. Else the search indexes put more
    new rows than usual on a list first, to sort them in by the thousand; a search reads that list through. Either needs
    a moment without a query on customers; where there is none, or where the database's user does not own the table, all
    stays as it is: loading is slower then, nothing else.

    A process that is killed leaves it so. The next to be here puts everything right, whatever its `rows`, as does the
    last of several at once, and `manage.py migrate`.
    """
    try:
        with advisory_lock(_LOADING_LOCK, shared=True):
            if rows >= MANY_ROWS and _is_migrated():
                # An OFFSET, for a count takes longer the more there are.
                if Customer.objects.order_by()[rows : rows + 1].exists():
                    have_long_lists(True)
                else:
                    drop_indexes(SPARED_INDEXES)
            yield
    finally:
        # What the database's going away has ended is more worth telling than that it is away here, too.
        with suppress(Error):
            end_loading()


def end_loading():
    """Have the indexes as they should be, unless somebody is loading: then the last who does will; and unless the
    database is of another version, whose migrations would find theirs there already."""
    with advisory_lock_if_free(_LOADING_LOCK) as alone:
        if alone and _is_migrated():
            drop_former_indexes()
            have_long_lists(False)
            make_indexes(SPARED_INDEXES)


def _is_migrated():
    loader = MigrationLoader(connection)
    return all(leaf in loader.applied_migrations for leaf in loader.graph.leaf_nodes("customers"))


def _create(app, customers, likely_new, rehearsal):
    moment = timezone.now()
    lines = [one if isinstance(one, Line) else line_of(one, moment) for one in customers]
    with connection.cursor() as cursor:
        if likely_new and not rehearsal and _copy_all(app, lines, moment, cursor):
            return [Outcome.CREATED] * len(lines)
        cursor.execute(
            "CREATE TEMPORARY TABLE IF NOT EXISTS batch ON COMMIT DROP AS "
            f"SELECT 0 n, {_names} FROM {TABLE} WITH NO DATA"
        )
        _copy(f"batch (n, {_names})", map(str, range(len(lines))), lines, cursor)
        outcomes = _insert_all(app, lines, moment, rehearsal, cursor)
        # For the next one in the same transaction, should there be: made anew each time, they would use up its locks.
        cursor.execute("TRUNCATE batch")
    return outcomes


def _copy_all(app, lines, moment, cursor):
    """Whether all are written now. If not, one of their ids or emails was taken, and none is."""
    beginning = f"{app.pk}\t{moment.isoformat()}\t1"
    try:
        with transaction.atomic():
            _copy(f"{TABLE} (app_id, updated, version, {_names})", repeat(beginning), lines, cursor)
    except IntegrityError as error:
        if not isinstance(error.__cause__, UniqueViolation):
            raise
        return False
    return True


def _copy(target, beginnings, lines, cursor):
    rows = [f"{begin}\t{line.public_id}\t{line.text}\n" for begin, line in zip(beginnings, lines, strict=False)]
    with connection.wrap_database_errors, cursor.copy(f"COPY {target} FROM STDIN") as copy:
        copy.write("".join(rows))


def _insert_all(app, lines, moment, rehearsal, cursor):
    outcomes, waiting = [None] * len(lines), list(range(len(lines)))
    while waiting:
        _insert(app, waiting, moment, rehearsal, cursor)
        if cursor.rowcount == len(lines):
            return [Outcome.CREATED] * len(lines)
        created = set(cursor.fetchall())
        for number in waiting:
            key = lines[number][:2]
            if key in created:
                # Of two with the same id and email the first one got in.
                created.remove(key)
                outcomes[number] = Outcome.CREATED
        waiting = [number for number in waiting if outcomes[number] is None]
        if waiting:
            _explain(app, waiting, outcomes, rehearsal, cursor)
            # Whoever stood in the way of those that are left is gone again: once more.
            waiting = [number for number in waiting if outcomes[number] is None]
    return outcomes


def _insert(app, numbers, moment, rehearsal, cursor):
    """Leaves (public_id, email) of those of the batch that had neither their id nor their email taken to be fetched."""
    # A rehearsal has the real customers in its way besides those that it would have written.
    free = f"""
        AND NOT EXISTS (SELECT FROM {TABLE} WHERE app_id = %(app)s AND public_id = batch.public_id)
        AND NOT EXISTS (SELECT FROM {TABLE} WHERE app_id = %(app)s AND email_key = proyecta_email_key(batch.email))
    """
    cursor.execute(
        f"""
        INSERT INTO {REHEARSAL if rehearsal else TABLE} (app_id, updated, version, {_names})
        SELECT %(app)s, %(moment)s, 1, {_names} FROM batch
        WHERE n = ANY(%(numbers)s::int[]) {free if rehearsal else ""} ORDER BY n
        ON CONFLICT DO NOTHING RETURNING public_id, email
        """,
        {"app": app.pk, "moment": moment, "numbers": numbers},
    )


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
        WHERE n = ANY(%(numbers)s::int[])
        """,
        {"app": app.pk, "numbers": numbers},
    )
    for number, email_taken, id_taken, both_without_email in cursor.fetchall():
        if email_taken or (id_taken and both_without_email):
            outcomes[number] = Outcome.ALREADY_THERE
        elif id_taken:
            outcomes[number] = Outcome.ID_TAKEN

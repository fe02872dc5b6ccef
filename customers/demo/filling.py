"""Writing made-up customers to an app, by one COPY."""

from collections.abc import Generator
from contextlib import nullcontext
from datetime import datetime
from itertools import islice

from django.db import connection

from accounts.models import App
from customers.loading.indexes import CUSTOMERS_TABLE, MIN_BULK_ROWS, indexes_dropped
from customers.models import Customer

from . import DemoCustomer, TakenEmails, demo_customers

ROWS_PER_WRITE = 500


def fill_app(*, app: App, rows: int, seed: str, until: datetime) -> Generator[int]:
    """Write made-up customers. Yields how many are written so far.

    In an app that has customers already, the same seed gives other people than in an empty one.
    rows: how many. until: they are created in the two years before it.

    For use in a transaction, which keeps the table locked to its end where there are enough rows to rebuild the
    indexes at the end. Raises IntegrityError or psycopg's UniqueViolation where an id or an email is taken.
    """
    present = Customer.objects.filter(app=app)
    if count := present.count():
        seed = f"{seed} after {count}"
    taken = TakenEmails(count + rows)
    for email in present.exclude(email_key=None).values_list("email_key", flat=True).iterator(chunk_size=10_000):
        taken.add(email)
    customers = demo_customers(rows, seed=seed, until=until, taken=taken)
    line = "\t".join([str(app.pk)] + ["%s"] * len(DemoCustomer._fields)) + "\n"
    columns = ", ".join(["app_id", *DemoCustomer._fields])
    written = 0
    with indexes_dropped() if _is_faster_without_indexes(rows) else nullcontext(False) as is_empty:
        copy_into = f"COPY {CUSTOMERS_TABLE} ({columns}) FROM STDIN {'(FREEZE)' if is_empty else ''}"
        with connection.cursor() as cursor, cursor.copy(copy_into) as copy:
            while chunk := list(islice(customers, ROWS_PER_WRITE)):
                copy.write("".join([line % (row if row.email else row._replace(email=r"\N")) for row in chunk]))
                written += len(chunk)
                yield written


def _is_faster_without_indexes(rows: int) -> bool:
    """Whether dropping and rebuilding the indexes takes less time than keeping them up to date."""
    # An OFFSET: a count takes longer the more customers there are.
    return rows >= MIN_BULK_ROWS and not Customer.objects.order_by()[10 * rows : 10 * rows + 1].exists()

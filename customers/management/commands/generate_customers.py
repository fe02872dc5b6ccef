from argparse import ArgumentTypeError
from contextlib import contextmanager
from datetime import UTC, date, datetime, time
from itertools import islice

from django.core.management.base import BaseCommand, CommandError
from django.db import IntegrityError, connection, transaction
from django.utils import timezone
from psycopg.errors import UniqueViolation
from tqdm import tqdm

from accounts.management.lookups import app_named
from customers.demo import DemoCustomer, TakenEmails, demo_customers
from customers.loading.indexes import CUSTOMERS_TABLE, MIN_BULK_ROWS, indexes_dropped
from customers.models import Customer

MOST_ROWS = 50_000_000
# Ids hold no time before 1970, and the customers begin two years earlier.
FIRST_UNTIL = datetime(1972, 1, 1, tzinfo=UTC)
ROWS_AT_ONCE = 500


def number_of_rows(text):
    if not (text.isascii() and text.isdigit() and len(text) < 9 and 1 <= int(text) <= MOST_ROWS):
        raise ArgumentTypeError(f"give a whole number from 1 to {MOST_ROWS:,}, not {text}.")
    return int(text)


def day(text):
    """Midnight, in UTC, at which a day such as 2026-11-22 begins."""
    try:
        moment = datetime.combine(date.fromisoformat(text), time(), UTC)
    except ValueError:
        moment = None
    if moment is None or not FIRST_UNTIL <= moment <= timezone.now():
        raise ArgumentTypeError(f"give a day that has begun as YYYY-MM-DD, from {FIRST_UNTIL:%Y-%m-%d} on, not {text}.")
    return moment


class Command(BaseCommand):
    help = (
        "Fill an app with believable made-up customers of many countries. All of them are written, or none if it is "
        f"stopped. Run again, it adds others. {MIN_BULK_ROWS:,} and more at once keep everybody else's work with "
        "customers and apps waiting until they are done. Some of the addresses and numbers will exist: never write to "
        "them."
    )

    def add_arguments(self, parser):
        parser.add_argument("--app", required=True, help="the app's slug")
        parser.add_argument("--rows", required=True, type=number_of_rows, metavar="N", help=f"at most {MOST_ROWS:,}")
        parser.add_argument("--seed", default="1", help="any text; the same one makes the same customers (default: 1)")
        parser.add_argument(
            "--until",
            type=day,
            metavar="YYYY-MM-DD",
            help="the customers were created in the two years before this day of UTC (default: today)",
        )

    def handle(self, *, app, rows, seed, until, verbosity, **options):
        app = app_named(app)
        until = until or day(timezone.now().astimezone(UTC).date().isoformat())
        try:
            with transaction.atomic(), tqdm(total=rows, unit=" rows", unit_scale=True, disable=not verbosity) as bar:
                customers = new_customers(app, rows, seed, until)
                with indexes_rebuilt_at_end(rows, bar) as empty:
                    copy_customers(customers, app, bar, "(FREEZE)" if empty else "")
        except (UniqueViolation, IntegrityError):
            raise CommandError("Nothing was written: the app has one of these already. Give another --seed.") from None
        except KeyboardInterrupt:
            raise CommandError("Stopped; nothing was written.", returncode=130) from None
        if rows >= MIN_BULK_ROWS and not connection.in_atomic_block:
            with connection.cursor() as cursor:
                cursor.execute(f"VACUUM (ANALYZE) {CUSTOMERS_TABLE}")
        if verbosity:
            self.stdout.write(f"{app.name} has {rows:,} more customers.")


def new_customers(app, rows, seed, until):
    """The customers to write. For an app that has some they are other people than for an empty one."""
    present = Customer.objects.filter(app=app)
    if count := present.count():
        seed = f"{seed} after {count}"
    taken = TakenEmails(count + rows)
    for email in present.exclude(email_key=None).values_list("email_key", flat=True).iterator(chunk_size=10_000):
        taken.add(email)
    return demo_customers(rows, seed=seed, until=until, taken=taken)


def copy_customers(customers, app, bar, options):
    line = "\t".join([str(app.pk)] + ["%s"] * len(DemoCustomer._fields)) + "\n"
    columns = ", ".join(["app_id", *DemoCustomer._fields])
    with connection.cursor() as cursor, cursor.copy(f"COPY {CUSTOMERS_TABLE} ({columns}) FROM STDIN {options}") as copy:
        while rows := list(islice(customers, ROWS_AT_ONCE)):
            copy.write("".join([line % (row if row.email else row._replace(email=r"\N")) for row in rows]))
            bar.update(len(rows))


@contextmanager
def indexes_rebuilt_at_end(rows, bar):
    """Takes away the indexes inside the `with` block, where that saves time in all; gives what indexes_dropped() gives.

    It is in the caller's transaction, so that they are back whatever happens. Until that ends, the table is locked.
    """
    if rows < MIN_BULK_ROWS or Customer.objects.order_by()[10 * rows : 10 * rows + 1].exists():
        yield False
        return
    with indexes_dropped() as empty:
        yield empty
        bar.set_postfix_str("building indexes")

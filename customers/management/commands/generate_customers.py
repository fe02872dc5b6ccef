from argparse import ArgumentParser, ArgumentTypeError
from contextlib import closing
from datetime import UTC, date, datetime, time
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import IntegrityError, connection, transaction
from django.utils import timezone
from psycopg.errors import UniqueViolation
from tqdm import tqdm

from accounts.management.lookups import app_named
from customers.demo.filling import fill_app
from customers.loading.indexes import CUSTOMERS_TABLE, MIN_BULK_ROWS

MAX_ROWS = 50_000_000
# Ids hold no time before 1970, and the customers begin two years before this day.
EARLIEST_UNTIL = datetime(1972, 1, 1, tzinfo=UTC)
# As shells report a command that Ctrl-C has ended: 128 + SIGINT.
EXIT_INTERRUPTED = 130


def number_of_rows(text: str) -> int:
    """The number of --rows. Raises ArgumentTypeError."""
    if not (text.isascii() and text.isdigit() and len(text) < 9 and 1 <= int(text) <= MAX_ROWS):
        raise ArgumentTypeError(f"give a whole number from 1 to {MAX_ROWS:,}, not {text}.")
    return int(text)


def day(text: str) -> datetime:
    """Midnight, in UTC, at which a day such as 2026-11-22 begins. Raises ArgumentTypeError."""
    try:
        moment = datetime.combine(date.fromisoformat(text), time(), UTC)
    except ValueError:
        moment = None
    if moment is None or not EARLIEST_UNTIL <= moment <= timezone.now():
        raise ArgumentTypeError(
            f"give a day that has begun as YYYY-MM-DD, from {EARLIEST_UNTIL:%Y-%m-%d} on, not {text}."
        )
    return moment


class Command(BaseCommand):
    help = (
        "Fill an app with believable made-up customers of many countries. All of them are written, or none if it is "
        f"stopped. Run again, it adds others. {MIN_BULK_ROWS:,} and more at once keep everybody else's work with "
        "customers and apps waiting until they are done. Some of the addresses and numbers will exist: never write to "
        "them."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--app", required=True, help="the app's slug")
        parser.add_argument("--rows", required=True, type=number_of_rows, metavar="N", help=f"at most {MAX_ROWS:,}")
        parser.add_argument("--seed", default="1", help="any text; the same one makes the same customers (default: 1)")
        parser.add_argument(
            "--until",
            type=day,
            metavar="YYYY-MM-DD",
            help="the customers were created in the two years before this day of UTC (default: today)",
        )

    def handle(self, **options: Any) -> None:
        app, rows, verbosity = app_named(options["app"]), options["rows"], options["verbosity"]
        until = options["until"] or day(timezone.now().astimezone(UTC).date().isoformat())
        try:
            with (
                transaction.atomic(),
                tqdm(total=rows, unit=" rows", unit_scale=True, disable=not verbosity) as bar,
                # The COPY has to end before the transaction does.
                closing(fill_app(app=app, rows=rows, seed=options["seed"], until=until)) as filling,
            ):
                for written in filling:
                    bar.update(written - bar.n)
                    if written == rows >= MIN_BULK_ROWS:
                        bar.set_postfix_str("building indexes")
        except (UniqueViolation, IntegrityError):
            raise CommandError("Nothing was written: the app has one of these already. Give another --seed.") from None
        except KeyboardInterrupt:
            raise CommandError("Stopped; nothing was written.", returncode=EXIT_INTERRUPTED) from None
        if rows >= MIN_BULK_ROWS and not connection.in_atomic_block:
            with connection.cursor() as cursor:
                cursor.execute(f"VACUUM (ANALYZE) {CUSTOMERS_TABLE}")
        if verbosity:
            self.stdout.write(f"{app.name} has {rows:,} more customers.")

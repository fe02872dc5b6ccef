"""`make bench-import`: rows a second of import_customers and generate_customers, beside a plain COPY of the same rows.

python -m benchmarks.imports [--rows N] [--runs N] [--docs]

Each run begins with an empty table, in a database that is thrown away. The plain COPY goes into a table of the same
columns without generated columns, constraints and indexes: no way into the database is faster.
"""

import argparse
import csv
import os
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from statistics import median
from time import perf_counter

from .documents import add_docs_option, mark_for, report
from .measuring import today_and_machine

HEADER = ["email", "name", "phone", "line1", "line2", "city", "state", "postal code", "country", "created"]
CREATED_UNTIL = datetime(2026, 1, 1, tzinfo=UTC)
COPIED_BYTES = 256 * 1024  # sent to COPY at a time


def write_csv(path: Path, rows: int, *, phones: bool) -> None:
    """Write a CSV of `rows` invented customers. Half of the phones are as their country writes them."""
    import phonenumbers
    from phonenumbers import PhoneNumberFormat

    from customers.demo import demo_customers

    with open(path, "w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(HEADER if phones else [*HEADER[:2], *HEADER[3:]])
        for number, one in enumerate(demo_customers(rows, seed="import", until=CREATED_UNTIL)):
            phone = one.phone
            if phone and number % 2:
                form = PhoneNumberFormat.NATIONAL if one.address_country else PhoneNumberFormat.INTERNATIONAL
                phone = phonenumbers.format_number(phonenumbers.parse(phone), form)
            row = [one.email or "", one.name, phone, *one[4:10], one.created]
            writer.writerow(row if phones else [*row[:2], *row[3:]])


def plain_copy(path: Path) -> None:
    """COPY the rows of a CSV into a table of text columns."""
    from django.db import connection

    with open(path, "rb") as file, connection.cursor() as cursor:
        columns = file.readline().decode().strip().replace(" ", "_").split(",")
        cursor.execute(f"CREATE TEMPORARY TABLE plain ({', '.join(f'{column} text' for column in columns)})")
        with cursor.copy("COPY plain FROM STDIN (FORMAT csv)") as copy:
            while block := file.read(COPIED_BYTES):
                copy.write(block)
        cursor.execute("DROP TABLE plain")


def rows_a_second(rows: int, work: Callable[[], object]) -> float:
    begin = perf_counter()
    work()
    return rows / (perf_counter() - begin)


@contextmanager
def new_database() -> Iterator[Path]:
    """A new installation, in a directory that is deleted afterwards. Gives the directory."""
    from postgres.embedded import running_database

    with tempfile.TemporaryDirectory(prefix="proyecta-") as top:
        # PostgreSQL refuses to run as root, and runs as another user, who has to pass through.
        Path(top).chmod(0o711)
        os.environ |= {"PROYECTA_DATA_DIR": f"{top}/data", "DJANGO_SETTINGS_MODULE": "proyecta_admin.settings"}
        os.environ.pop("DATABASE_URL", None)
        with running_database():
            import django

            django.setup()
            from django.core.management import call_command

            call_command("migrate", verbosity=0)
            yield Path(top)


def rates(directory: Path, rows: int, runs: int) -> dict[str, list[float]]:
    """{what is measured: rows a second of each run}"""
    from django.core.management import call_command
    from django.db import connection

    from accounts.models import App

    App.objects.create(slug="bench", name="Bench")
    with_phones, without_phones = directory / "phones.csv", directory / "no-phones.csv"
    write_csv(with_phones, rows, phones=True)
    write_csv(without_phones, rows, phones=False)

    def import_csv(path: Path) -> None:
        call_command("import_customers", path, app="bench", verbosity=0)

    works: dict[str, Callable[[], object]] = {
        "plain COPY of the CSV": lambda: plain_copy(with_phones),
        "import_customers": lambda: import_csv(with_phones),
        "the same list again": lambda: import_csv(with_phones),
        "import_customers, no phones": lambda: import_csv(without_phones),
        "generate_customers": lambda: call_command("generate_customers", app="bench", rows=rows, verbosity=0),
    }
    found: dict[str, list[float]] = {what: [] for what in works}
    for _ in range(runs):
        for what, work in works.items():
            if "again" not in what:
                with connection.cursor() as cursor:
                    cursor.execute("TRUNCATE customers_customer")
            found[what].append(rows_a_second(rows, work))
    return found


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.imports")
    parser.add_argument("--rows", type=int, default=200_000)
    parser.add_argument("--runs", type=int, default=3)
    add_docs_option(parser)
    options = parser.parse_args()
    with new_database() as directory:
        found = rates(directory, options.rows, options.runs)
    load = " ".join(f"{number:.1f}" for number in os.getloadavg())
    lines = [
        f"{options.rows:,} rows, {options.runs} runs, {today_and_machine()}, load in the end {load}:\n",
        "| | rows a second, median | slowest | fastest |\n| --- | --- | --- | --- |",
    ]
    for what, each in found.items():
        lines.append(f"| {what} | {median(each):,.0f} | {min(each):,.0f} | {max(each):,.0f} |")
    report(lines, mark=mark_for("bench-import", options.rows), into_docs=options.docs)


if __name__ == "__main__":
    main()

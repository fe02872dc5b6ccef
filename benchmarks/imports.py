"""`make bench-import`: rows a second of import_customers and generate_customers, beside a plain COPY of the same rows.

python -m benchmarks.imports [--rows N] [--runs N] [--docs]

Each run begins with an empty table in a database of its own, which is thrown away. The plain COPY is into a table of
the same columns without generated ones, constraints and indexes: no way into the database is faster.
"""

import argparse
import csv
import os
import tempfile
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from statistics import median
from time import perf_counter

from .__main__ import today_and_machine
from .documents import add_docs_option, mark_for, report

HEADER = ["email", "name", "phone", "line1", "line2", "city", "state", "postal code", "country", "created"]
UNTIL = datetime(2026, 1, 1, tzinfo=UTC)


def write_list(path, rows, *, phones):
    """A CSV of `rows` made-up customers, half of their phones as their country writes them, or without phones."""
    import phonenumbers
    from phonenumbers import PhoneNumberFormat

    from customers.demo import demo_customers

    with open(path, "w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(HEADER if phones else [*HEADER[:2], *HEADER[3:]])
        for number, one in enumerate(demo_customers(rows, seed="import", until=UNTIL)):
            phone = one.phone
            if phone and number % 2:
                form = PhoneNumberFormat.NATIONAL if one.address_country else PhoneNumberFormat.INTERNATIONAL
                phone = phonenumbers.format_number(phonenumbers.parse(phone), form)
            row = [one.email or "", one.name, phone, *one[4:10], one.created]
            writer.writerow(row if phones else [*row[:2], *row[3:]])


def plain_copy(path):
    from django.db import connection

    with open(path, "rb") as file, connection.cursor() as cursor:
        columns = file.readline().decode().strip().replace(" ", "_").split(",")
        cursor.execute(f"CREATE TEMPORARY TABLE plain ({', '.join(f'{column} text' for column in columns)})")
        with cursor.copy("COPY plain FROM STDIN (FORMAT csv)") as copy:
            while block := file.read(256 * 1024):
                copy.write(block)
        cursor.execute("DROP TABLE plain")


def rows_a_second(rows, work):
    begin = perf_counter()
    work()
    return rows / (perf_counter() - begin)


@contextmanager
def database():
    from postgres.embedded import running_database

    with tempfile.TemporaryDirectory(prefix="proyecta-") as top:
        # The user that PostgreSQL runs as, where we are root, has to pass.
        Path(top).chmod(0o711)
        os.environ |= {"PROYECTA_DATA_DIR": f"{top}/data", "DJANGO_SETTINGS_MODULE": "proyecta_admin.settings"}
        os.environ.pop("DATABASE_URL", None)
        with running_database():
            import django

            django.setup()
            from django.core.management import call_command

            call_command("migrate", verbosity=0)
            yield Path(top)


def main():
    parser = argparse.ArgumentParser(prog="python -m benchmarks.imports")
    parser.add_argument("--rows", type=int, default=200_000)
    parser.add_argument("--runs", type=int, default=3)
    add_docs_option(parser)
    options = parser.parse_args()
    with database() as top:
        from django.core.management import call_command
        from django.db import connection

        from accounts.models import App

        App.objects.create(slug="bench", name="Bench")
        with_phones, without = top / "phones.csv", top / "no-phones.csv"
        write_list(with_phones, options.rows, phones=True)
        write_list(without, options.rows, phones=False)
        works = {
            "plain COPY of the CSV": lambda: plain_copy(with_phones),
            "import_customers": lambda: call_command("import_customers", with_phones, app="bench", verbosity=0),
            "the same list again": lambda: call_command("import_customers", with_phones, app="bench", verbosity=0),
            "import_customers, no phones": lambda: call_command("import_customers", without, app="bench", verbosity=0),
            "generate_customers": lambda: call_command(
                "generate_customers", app="bench", rows=options.rows, verbosity=0
            ),
        }
        rates = {what: [] for what in works}
        for _ in range(options.runs):
            for what, work in works.items():
                if "again" not in what:
                    with connection.cursor() as cursor:
                        cursor.execute("TRUNCATE customers_customer")
                rates[what].append(rows_a_second(options.rows, work))
        load = " ".join(f"{number:.1f}" for number in os.getloadavg())
        lines = [
            f"{options.rows:,} rows, {options.runs} runs, {today_and_machine()}, load in the end {load}:",
            "",
            "| | rows a second, median | slowest | fastest |\n| --- | --- | --- | --- |",
            *(
                f"| {what} | {median(found):,.0f} | {min(found):,.0f} | {max(found):,.0f} |"
                for what, found in rates.items()
            ),
        ]
        report(lines, mark=mark_for("bench-import", options.rows), into_docs=options.docs)


if __name__ == "__main__":
    main()

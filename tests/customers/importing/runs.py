"""Running import_customers, in this process and in one of its own, and what it has left."""

import csv
import os
import re
import subprocess
import sys
from contextlib import contextmanager
from io import StringIO
from pathlib import Path
from types import SimpleNamespace
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from django.core.management import CommandError, call_command
from django.db import connection, transaction

from customers.models import Customer
from tests.support.factories import make_customer
from tests.support.processes import eventually

DATA = Path(__file__).parent.parent.parent / "data"
ROOT = Path(__file__).parent.parent.parent.parent
SEOUL = ZoneInfo("Asia/Seoul")


def import_file(path, app, *options):
    """The result of `manage.py import_customers`: `status`, `out`, and `error`, the sentence that it ended with."""
    out, status, error = StringIO(), 0, ""
    try:
        call_command("import_customers", str(path), "--app", app.slug, *options, stdout=out)
    except SystemExit as end:
        status = end.code
    except CommandError as end:
        status, error = end.returncode, str(end)
    numbers = dict(re.findall(r"^  (Created|Already there|Rejected|Warnings) +([\d,]+)", out.getvalue(), re.M))
    numbers = {name: int(number.replace(",", "")) for name, number in numbers.items()}
    return SimpleNamespace(status=status, out=out.getvalue(), error=error, **{
        "created": numbers.get("Created"),
        "already_there": numbers.get("Already there"),
        "rejected": numbers.get("Rejected"),
        "warnings": numbers.get("Warnings"),
    })  # fmt: skip


def stored(app, *columns):
    """The customers of the app in the order in which they were written: one column of each, or tuples."""
    return list(Customer.objects.filter(app=app).order_by("key").values_list(*columns, flat=len(columns) == 1))


def rejected_rows(path):
    """{line: reason} of a file of rejected rows."""
    with open(path, encoding="utf-8-sig", newline="") as file:
        return {int(row["line"]): row["reason"] for row in csv.DictReader(file)}


GOOD = "email,name\n" + "".join(f"p{number}@x.example,P\n" for number in range(3))


def database_url():
    here = connection.settings_dict
    query = {"host": here["HOST"], "port": here["PORT"], "user": here["USER"], "password": here["PASSWORD"]}
    return f"postgresql:///{here['NAME']}?{urlencode({name: value for name, value in query.items() if value})}"


KILLED_BATCH_ROWS = 50
PROCESS = """
import os
import sys
import django
django.setup()
from customers.loading import bulk
from customers.importing import ahead, batches
batches.MAX_BATCH_ROWS = int(sys.argv.pop(1))
bulk.MIN_BULK_ROWS = int(os.environ.get("MIN_BULK_ROWS", bulk.MIN_BULK_ROWS))
ahead.MIN_PROCESS_BYTES = int(os.environ.get("MIN_PROCESS_BYTES", ahead.MIN_PROCESS_BYTES))
from django.core.management import execute_from_command_line
execute_from_command_line(sys.argv)
"""
PRINT_PEAK = "import resource; print('peak', resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)"


def start_import(path, app, *options, batch_rows=KILLED_BATCH_ROWS, and_then=""):
    """The import as a process of its own, in small batches, on the database of the tests.

    batch_rows: rows of a batch. and_then: Python code to run after it, in the same process.
    """
    return subprocess.Popen(
        [
            sys.executable,
            "-c",
            PROCESS + and_then,
            str(batch_rows),
            "import_customers",
            path,
            "--app",
            app.slug,
            *options,
        ],
        cwd=ROOT,
        env=os.environ | {"DATABASE_URL": database_url(), "DJANGO_SETTINGS_MODULE": "proyecta_admin.settings"},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


@contextmanager
def stopped_at(path, app, email):
    """The import, at the moment when it waits to write the row with this email, in the middle of its transaction."""
    with transaction.atomic():
        make_customer(app, email=email)
        process = start_import(path, app)
        try:
            with connection.cursor() as cursor:
                waiting = (
                    "SELECT pid FROM pg_stat_activity WHERE datname = current_database() "
                    "AND wait_event = 'transactionid' AND query ~ '^COPY customers_customer|ON CONFLICT'"
                )

                def pid():
                    assert process.poll() is None, process.communicate()
                    # What one transaction sees of the activity stays the same otherwise.
                    cursor.execute("SELECT pg_stat_clear_snapshot()")
                    cursor.execute(waiting)
                    return cursor.fetchone()

                yield process, eventually(pid)[0]
        finally:
            transaction.set_rollback(True)
            process.kill()
            process.wait()
            process.stdout.close()
            process.stderr.close()

"""A backup by the commands of the README is one."""

import subprocess

import psycopg
import pytest
from django.db import connection
from psycopg.conninfo import make_conninfo

from customers.models import Customer
from customers.services import create_customer
from postgres.server import wheel_dir
from tests.support.factories import make_app

CUSTOMERS = "SELECT * FROM customers_customer ORDER BY key"
COUNTS = "SELECT app_id, start, sum(number) FROM customers_customercount GROUP BY 1, 2 ORDER BY 1, 2"
# Errors that PostgreSQL itself prevents.
RULES = """
SELECT tgname, pg_get_triggerdef(oid) FROM pg_trigger WHERE NOT tgisinternal
UNION ALL SELECT conname, format('%s %s', contype, convalidated) FROM pg_constraint WHERE conrelid <> 0
UNION ALL SELECT indexname, indexdef FROM pg_indexes WHERE schemaname = 'public'
UNION ALL SELECT proname, pg_get_functiondef(oid) FROM pg_proc WHERE proname LIKE 'proyecta%'
ORDER BY 1, 2
"""


def run(program, *arguments):
    done = subprocess.run([wheel_dir() / "bin" / program, *arguments], capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.django_db(transaction=True)
def test_a_database_comes_back_from_its_dump(tmp_path):
    """The table of customers did not: its functions called each other by names that a dump is loaded without."""
    app, dump = make_app("acme"), tmp_path / "proyecta.dump"
    for number, name in enumerate(["Ada Lovelace", "김민수", "Łukasz Żółć", "Σίσυφος", ""]):
        create_customer(app=app, email=f"P{number}@Straße.example", name=name, address={"country": "KR"})
    create_customer(app=app, phone="+821012345678")
    given = connection.settings_dict
    parts = {"host": given["HOST"], "port": given["PORT"], "user": given["USER"], "password": given["PASSWORD"]}
    address, other = (make_conninfo(**parts, dbname=name) for name in (given["NAME"], f"{given['NAME']}_loaded"))
    run("pg_dump", "--format=custom", f"--file={dump}", address)
    with connection.cursor() as cursor:
        cursor.execute(f'CREATE DATABASE "{given["NAME"]}_loaded"')
    try:
        for _ in range(2):  # into one that is empty, and over what is there
            run("pg_restore", "--clean", "--if-exists", f"--dbname={other}", dump)
            with psycopg.connect(address) as before, psycopg.connect(other) as loaded:
                for sql in (CUSTOMERS, COUNTS, RULES):
                    rows = before.execute(sql).fetchall()
                    assert rows and loaded.execute(sql).fetchall() == rows
                columns = ", ".join(f.column for f in Customer._meta.concrete_fields if not f.generated)
                new = columns.replace("key,", "nextval('customers_customer_key_seq'),", 1)
                new = new.replace("public_id", "'cus_new'").replace(" email", " 'New@Example.com'")
                loaded.execute(
                    f"INSERT INTO customers_customer ({columns}) SELECT {new} FROM customers_customer LIMIT 1"
                )
                made = loaded.execute("SELECT email_key FROM customers_customer WHERE public_id = 'cus_new'").fetchone()
                assert made == ("new@example.com",)
                (number,) = loaded.execute(
                    "SELECT sum(number) FROM customers_customercount WHERE start IS NULL"
                ).fetchone()
                assert number == 7
    finally:
        with connection.cursor() as cursor:
            cursor.execute(f'DROP DATABASE IF EXISTS "{given["NAME"]}_loaded" WITH (FORCE)')

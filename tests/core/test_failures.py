"""The meaning of each error of the database. PostgreSQL itself raises each of them."""

import psycopg
import pytest
from django.db import Error, connection, transaction

from core.db import failures
from core.db.failures import failure_of
from core.db.pool import PoolTimeout

MEANINGS = {
    "08006": failures.AWAY,
    "25006": failures.READ_ONLY,
    "25P03": failures.TOO_SLOW,
    "28000": failures.REFUSED,
    "40001": failures.LOCKED,
    "40P01": failures.LOCKED,
    "42501": failures.REFUSED,
    "53000": failures.FAILED,
    "53100": failures.DISK_FULL,
    "53200": failures.OUT_OF_MEMORY,
    "53300": failures.NO_CONNECTION,
    "53400": failures.FAILED,
    "54001": failures.FAILED,
    "55P03": failures.LOCKED,
    "57014": failures.TOO_SLOW,
    "57P01": failures.AWAY,
    "57P02": failures.AWAY,
    "57P03": failures.AWAY,
    "57P05": failures.AWAY,
    "58030": failures.FAILED,
    "XX000": failures.FAILED,
    "XX001": failures.FAILED,
    # Defects of the product.
    "22001": None,
    "22P02": None,
    "23505": None,
    "42601": None,
    "42P01": None,
    "42703": None,
}


def error_of(sql):
    with pytest.raises(Error) as raised, transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(sql)
    return raised.value


def raised(sqlstate, message="it is so"):
    return error_of(f"DO $$ BEGIN RAISE EXCEPTION '{message}' USING ERRCODE = '{sqlstate}'; END $$")


def same_kind(failure, kind):
    return (failure and (failure.title, failure.code)) == (kind and (kind.title, kind.code))


@pytest.mark.django_db
@pytest.mark.parametrize("sqlstate", MEANINGS)
def test_each_error_of_the_server_is_called_by_its_name(sqlstate):
    failure = failure_of(raised(sqlstate))
    assert same_kind(failure, MEANINGS[sqlstate])
    if failure:
        assert "it is so" in failure.cause and "\n" not in failure.cause


@pytest.mark.django_db
@pytest.mark.parametrize("words", ["No space left on device", "Disk quota exceeded", "File too large"])
def test_a_disk_that_takes_no_more_is_full_whatever_the_system_calls_it(words):
    failure = failure_of(raised("XX000", f"could not extend file base/1/2: {words}"))
    assert same_kind(failure, failures.DISK_FULL)


@pytest.mark.django_db
def test_a_statement_that_runs_too_long_is_called_so():
    error = error_of("SET LOCAL statement_timeout = 20; SELECT pg_sleep(5)")
    assert same_kind(failure_of(error), failures.TOO_SLOW)


@pytest.mark.django_db
def test_a_missing_table_is_a_missing_migration_only_where_one_is_missing():
    sql = "SELECT * FROM no_such_table"
    assert failure_of(error_of(sql)) is None
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM django_migrations WHERE app = 'api'")
    for missing in (sql, "SELECT no_such_column FROM django_migrations", "SELECT no_such_function()"):
        failure = failure_of(error_of(missing))
        assert same_kind(failure, failures.OUTDATED)
        assert "manage.py migrate" in failure.cause and "does not exist" in failure.cause


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    ("changed", "kind"),
    [
        ({"dbname": "no_such_database"}, failures.REFUSED),
        ({"user": "no_such_role"}, failures.REFUSED),
        ({"host": "/nowhere"}, failures.AWAY),
        ({"host": "127.0.0.1", "port": "1"}, failures.AWAY),
        ({"host": "no-such-host.invalid"}, failures.AWAY),
    ],
)
def test_a_connection_that_cannot_be_made_is_told_from_one_that_is_refused(changed, kind):
    with pytest.raises(psycopg.OperationalError) as raised:
        psycopg.connect(**{**connection.get_connection_params(), **changed})
    failure = failure_of(raised.value)
    assert same_kind(failure, kind)
    assert "\n" not in failure.cause


@pytest.mark.django_db(transaction=True)
def test_too_many_connections_are_called_so():
    with connection.cursor() as cursor:
        cursor.execute("SELECT datname, datconnlimit FROM pg_database WHERE datname = current_database()")
        name, limit = cursor.fetchone()
        cursor.execute(f'ALTER DATABASE "{name}" CONNECTION LIMIT 0')
        try:
            with pytest.raises(psycopg.OperationalError) as raised:
                psycopg.connect(**connection.get_connection_params())
        finally:
            cursor.execute(f'ALTER DATABASE "{name}" CONNECTION LIMIT {limit}')
    assert same_kind(failure_of(raised.value), failures.NO_CONNECTION)


def test_a_pool_whose_connections_are_all_in_use_is_no_fault_of_the_database():
    assert failure_of(PoolTimeout("all in use")).code == "busy"


@pytest.mark.parametrize("error", [None, ValueError("no"), KeyError("no"), OSError("no space left on device")])
def test_other_errors_are_none_of_the_databases(error):
    assert failure_of(error) is None

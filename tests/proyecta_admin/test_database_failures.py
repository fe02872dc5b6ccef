"""A database that answers, and yet fails: what people, programs and monitoring are told, at every door."""

from contextlib import contextmanager

import psycopg
import pytest
from django.db import connection
from django.test import Client
from django.utils.html import escape

from accounts.models import Role
from core.db import failures, write_probe
from customers.models import Customer
from tests.customers.admin.visits import ADD
from tests.support.api import ApiClient, error_of, path_of
from tests.support.factories import make_customer, make_member, make_superuser

pytestmark = pytest.mark.django_db(transaction=True)

FAILURES = {
    "25006": failures.READ_ONLY,
    "53100": failures.DISK_FULL,
    "53200": failures.OUT_OF_MEMORY,
    "53400": failures.FAILED,
    "57014": failures.TOO_SLOW,
    "58030": failures.FAILED,
    "XX001": failures.FAILED,
}
CONFLICTS = {"40001": failures.LOCKED, "40P01": failures.LOCKED, "55P03": failures.LOCKED}


@contextmanager
def failing_writes(sqlstate, table="customers_customer"):
    """Every write of the table fails inside the block as PostgreSQL fails with this SQLSTATE."""
    with connection.cursor() as cursor:
        cursor.execute(
            "CREATE FUNCTION fail_write() RETURNS trigger LANGUAGE plpgsql AS "
            f"$$ BEGIN RAISE EXCEPTION 'it fails on purpose' USING ERRCODE = '{sqlstate}'; END $$; "
            f"CREATE TRIGGER fail_write BEFORE INSERT OR UPDATE OR DELETE ON {table} EXECUTE FUNCTION fail_write()"
        )
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            cursor.execute("DROP FUNCTION fail_write CASCADE")


@pytest.fixture
def probed_each_time(monkeypatch):
    monkeypatch.setattr(write_probe, "PROBE_INTERVAL_SECONDS", -1)


def shown(sentence):
    return escape(str(sentence))


def browser(user):
    client = Client(raise_request_exception=False)
    client.force_login(user)
    return client


@pytest.mark.parametrize(("sqlstate", "kind"), [*FAILURES.items(), *CONFLICTS.items()])
def test_a_call_that_writes_says_what_fails_and_reads_go_on(sqlstate, kind, caplog):
    api = ApiClient()
    customer = make_customer(api.app)
    status = 409 if sqlstate in CONFLICTS else 503
    with failing_writes(sqlstate):
        for answer in (
            api.create({"name": "Kim"}),
            api.create({"name": "Kim"}, Idempotency_Key="k"),
            api.update(customer, {"name": "Lee"}),
            api.update(customer, {"email": "lee@example.com"}),
        ):
            assert error_of(answer) == (status, kind.code, None)
            assert answer.json()["message"] == str(kind.message)
            assert answer["Retry-After"] == "2" and "X-Should-Retry" not in answer
        assert api.get(path_of(customer)).status_code == 200
    assert caplog.text.count("it fails on purpose") == 4 and "Traceback" not in caplog.text
    # Nothing was kept under the idempotency key: the call is carried out once the database is well.
    assert api.create({"name": "Kim"}, Idempotency_Key="k").status_code == 201
    assert Customer.objects.filter(app=api.app).count() == 2


@pytest.mark.parametrize(("sqlstate", "kind"), [*FAILURES.items(), *CONFLICTS.items()])
def test_a_page_says_what_fails(sqlstate, kind, caplog):
    api = ApiClient()
    customer = make_customer(api.app)
    pages = f"/dashboard/{api.app.slug}/commerce/customers/"
    person, root = browser(make_member(api.app, Role.EDITOR)), browser(make_superuser())
    status = 409 if sqlstate in CONFLICTS else 503
    with failing_writes(sqlstate):
        for answer in (
            person.post(f"{pages}new/", {"name": "Kim"}),
            person.post(f"{pages}{customer.public_id}/edit/", {"name": "Lee", "version": 1}),
            root.post(ADD, {"app": api.app.pk, "name": "Kim"}),
        ):
            assert (answer.status_code, answer["Retry-After"]) == (status, "2"), answer.text
            assert shown(kind.title) in answer.text and shown(kind.message) in answer.text
        assert person.get(pages).status_code == 200
    assert caplog.text.count("it fails on purpose") == 3 and "Traceback" not in caplog.text


def test_a_page_that_reads_and_meets_a_lock_is_a_503():
    api = ApiClient()
    person = browser(make_member(api.app, Role.VIEWER))
    with psycopg.connect(**connection.get_connection_params()) as other, connection.cursor() as cursor:
        other.execute("LOCK TABLE customers_customer IN ACCESS EXCLUSIVE MODE")
        cursor.execute("SET lock_timeout = 10")
        try:
            page = person.get(f"/dashboard/{api.app.slug}/commerce/customers/")
            call = api.get("/v1/commerce/customers")
        finally:
            cursor.execute("RESET lock_timeout")
    assert page.status_code == 503 and shown(failures.LOCKED.title) in page.text
    assert error_of(call) == (503, "locked", None)


def test_a_lacking_column_is_a_503_that_tells_the_operator_to_migrate(caplog):
    api = ApiClient()
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE customers_customer RENAME COLUMN phone TO phone_of_later")
        try:
            defect = api.create({"name": "Kim"})
            cursor.execute("UPDATE django_migrations SET app = 'later' WHERE app = 'api'")
            outdated = api.create({"name": "Kim"})
        finally:
            cursor.execute("UPDATE django_migrations SET app = 'api' WHERE app = 'later'")
            cursor.execute("ALTER TABLE customers_customer RENAME COLUMN phone_of_later TO phone")
    # With all migrations applied, it is a defect of the product.
    assert error_of(defect) == (500, "internal", None)
    assert error_of(outdated) == (503, "unavailable", None)
    assert "run manage.py migrate" in caplog.text


# A database that takes no writes


@contextmanager
def read_only():
    with connection.cursor() as cursor:
        cursor.execute("SET default_transaction_read_only = on")
        try:
            yield
        finally:
            cursor.execute("SET default_transaction_read_only = off")


def test_a_read_only_database_is_not_ready_and_says_so(client, probed_each_time, caplog):
    assert client.get("/readyz").content == b"ok\n"
    with read_only():
        answer = client.get("/readyz")
        assert (answer.status_code, answer.text) == (503, "The database is read-only.\n")
        assert [message for message in caplog.messages if "default_transaction_read_only" in message] == caplog.messages
        assert len(caplog.messages) == 1
        assert client.get("/healthz").status_code == 200
    assert client.get("/readyz").content == b"ok\n"


def test_a_key_that_was_not_used_before_reads_from_a_read_only_database():
    api = ApiClient()
    customer = make_customer(api.app)
    with read_only():
        assert api.get(path_of(customer)).status_code == 200
        assert error_of(api.create({"name": "Kim"})) == (503, "unavailable", None)
    assert api.get(path_of(customer)).status_code == 200
    api.key.refresh_from_db()
    assert api.key.last_used


def test_a_full_disk_is_not_ready_and_says_so(client, probed_each_time):
    """Raised by PostgreSQL where a table would be written. Only a superuser may prepare that."""
    try:
        root = psycopg.connect(**{**connection.get_connection_params(), "user": "postgres"}, autocommit=True)
    except psycopg.OperationalError:
        pytest.skip("The database of DATABASE_URL does not let a superuser in.")
    with root:
        root.execute(
            "CREATE FUNCTION fail_table() RETURNS event_trigger LANGUAGE plpgsql AS "
            "$$ BEGIN RAISE EXCEPTION 'could not extend file' USING ERRCODE = '53100'; END $$"
        )
        root.execute("CREATE EVENT TRIGGER fail_table ON ddl_command_end EXECUTE FUNCTION fail_table()")
        try:
            answer = client.get("/readyz")
        finally:
            root.execute("DROP EVENT TRIGGER fail_table")
            root.execute("DROP FUNCTION fail_table")
    assert (answer.status_code, answer.text) == (503, "The disk of the database is full.\n")
    assert client.get("/readyz").content == b"ok\n"


def test_the_probe_leaves_nothing_behind_and_asks_the_database_rarely(client, monkeypatch):
    def tables():
        with connection.cursor() as cursor:
            cursor.execute("SELECT count(*) FROM pg_class WHERE relname LIKE '%probe%'")
            return cursor.fetchone()[0]

    monkeypatch.setattr(write_probe, "PROBE_INTERVAL_SECONDS", -1)
    client.get("/readyz")
    assert tables() == 0
    monkeypatch.setattr(write_probe, "PROBE_INTERVAL_SECONDS", 60)
    with read_only():
        assert client.get("/readyz").status_code == 200

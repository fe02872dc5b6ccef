"""The indexes while many customers come, and after an import that was killed."""

import os
import subprocess
import sys
import time
from contextlib import contextmanager
from threading import Event, Thread

import psycopg
import pytest
from django.core.management import call_command
from django.db import IntegrityError, connection, connections, transaction
from django.db.migrations.recorder import MigrationRecorder
from django.test.utils import CaptureQueriesContext

from customers.loading import bulk
from customers.loading.bulk import create_customers, end_loading, loading_in_bulk
from customers.loading.indexes import COSTLY_INDEXES, SEARCH_INDEXES, drop_indexes, set_pending_lists
from customers.models import Customer
from customers.search import BUCKETS_FUNCTION
from customers.services import create_customer, list_customers
from tests.customers.importing.runs import GOOD, ROOT, database_url, import_file
from tests.customers.loading.states import USUAL, spared_indexes
from tests.support.factories import make_app, make_customer
from tests.support.migrating import migrate_by_the_old_files
from tests.support.processes import eventually
from tests.support.searches import list_by

pytestmark = pytest.mark.django_db


LISTING = USUAL | dict.fromkeys((index.name for index in SEARCH_INDEXES), True)


@pytest.mark.parametrize(("present", "meanwhile"), [(0, {}), (30, LISTING)])
def test_the_indexes_are_spared_while_much_comes_and_as_before_in_any_case(monkeypatch, present, meanwhile):
    monkeypatch.setattr(bulk, "MIN_BULK_ROWS", 20)
    create_customers(app=make_app(), customers=[{"name": "Ada"}] * present)
    assert spared_indexes() == USUAL
    with pytest.raises(ZeroDivisionError), loading_in_bulk(20):
        assert spared_indexes() == meanwhile
        raise ZeroDivisionError
    assert spared_indexes() == USUAL
    with loading_in_bulk(19):
        assert spared_indexes() == USUAL


def test_what_a_killed_import_has_left_is_put_right_by_the_next(written):
    set_pending_lists(long=True)
    import_file(written(GOOD), make_app())
    assert spared_indexes() == USUAL
    drop_indexes(COSTLY_INDEXES[::4])
    import_file(written(GOOD), make_app())
    assert spared_indexes() == USUAL


def test_searches_find_the_same_while_the_search_indexes_are_gone(by_the_indexes):
    app = make_app()
    names = ["김민수", "Jörg Weiß", "Ada T. J.", "이서연", "Zoé", *["Bo"] * 30]
    create_customers(app=app, customers=[{"name": name, "email": f"p{n}@x.example"} for n, name in enumerate(names)])

    def found():
        texts = ["김민", "민", "weiss", "t.j", "zo", "bo x.exa", "p1", "뷁"]
        return [
            [one.public_id for one in list_by(by_the_indexes, app=app, query=text, limit=100).data] for text in texts
        ]

    with_indexes = found()
    drop_indexes(COSTLY_INDEXES)
    assert spared_indexes() == {} and found() == with_indexes and with_indexes[0]


@pytest.mark.django_db(transaction=True)
def test_an_index_whose_making_was_broken_off_is_made_anew():
    drop_indexes(COSTLY_INDEXES)
    # What a failure leaves: the index is there, and not valid.
    create_customers(app=make_app(), customers=[{"name": "Ada"}] * 2)
    with connection.cursor() as cursor, pytest.raises(IntegrityError):
        cursor.execute("CREATE UNIQUE INDEX CONCURRENTLY customers_search_usual ON customers_customer (name)")
    assert spared_indexes() == {}
    end_loading()
    assert spared_indexes() == USUAL


@contextmanager
def slow_to_index():
    """Each customer keeps a plain CREATE INDEX of the search indexes for half a second."""
    statement = BUCKETS_FUNCTION.replace("CREATE FUNCTION", "CREATE OR REPLACE FUNCTION")
    sleeping = "BEGIN IF current_query() ~ '^CREATE INDEX (?!CONC)' THEN PERFORM pg_sleep(0.5); END IF;"
    with connection.cursor() as cursor:
        cursor.execute(statement.replace("BEGIN", sleeping, 1))
        try:
            yield
        finally:
            cursor.execute(statement)


def make_in_thread():
    def make():
        try:
            end_loading()
        finally:
            connections.close_all()

    making = Thread(target=make)
    making.start()
    return making.join


def make_in_process():
    code = "import django; django.setup(); from customers.loading.bulk import end_loading; end_loading()"
    environment = os.environ | {"DATABASE_URL": database_url(), "DJANGO_SETTINGS_MODULE": "proyecta_admin.settings"}
    process = subprocess.Popen([sys.executable, "-c", code], cwd=ROOT, env=environment)

    def kill():
        process.kill()
        process.wait()

    return kill


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("lost", ["nothing", "who watches", "the process"])
def test_nobody_waits_for_an_index_that_is_being_made(lost):
    app = make_app()
    create_customers(app=app, customers=[{"name": f"Ada {n}"} for n in range(40)])
    drop_indexes(SEARCH_INDEXES[:1])
    with slow_to_index(), connection.cursor() as cursor:
        end = make_in_process() if lost == "the process" else make_in_thread()
        busy = "SELECT FROM pg_stat_activity WHERE query LIKE 'CREATE INDEX%' AND wait_event = 'PgSleep'"
        eventually(lambda: cursor.execute(busy) and cursor.rowcount)
        if lost == "who watches":
            watching = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE '%FROM pg_locks%'"
            eventually(lambda: cursor.execute(f"{watching} AND pid <> pg_backend_pid()") and cursor.rowcount)
        elif lost == "the process":
            end()
        with transaction.atomic():
            cursor.execute("SET LOCAL lock_timeout = '5s'")
            create_customer(app=app, name="Ada")
        end()
    end_loading()
    assert spared_indexes() == USUAL
    assert len(list_customers(app=app, query="ada", limit=100).data) == 41


@pytest.mark.django_db(transaction=True)
def test_behind_pgbouncer_no_index_is_made_that_others_wait_for(settings):
    """The connection that watched for waiting writers had no session, because these had taken all."""
    settings.PGBOUNCER = True
    drop_indexes(COSTLY_INDEXES)
    with CaptureQueriesContext(connection) as queries:
        end_loading()
    made = [query["sql"] for query in queries if query["sql"].startswith("CREATE INDEX")]
    assert len(made) == len(COSTLY_INDEXES) and all("CONCURRENTLY" in sql for sql in made)


@pytest.mark.django_db(transaction=True)
def test_nobody_waits_for_an_index_that_a_killed_build_has_left_to_go():
    """To drop it waited for a reader who was not done, and all others waited behind that."""
    make_customer(make_app())
    drop_indexes(SEARCH_INDEXES[:1])
    with connection.cursor() as cursor, pytest.raises(IntegrityError):
        create_customers(app=make_app(), customers=[{"name": "Ada"}] * 2)
        cursor.execute("CREATE UNIQUE INDEX CONCURRENTLY customers_search_usual ON customers_customer (version)")
    with psycopg.connect(**connection.get_connection_params()) as reading, connection.cursor() as cursor:
        reading.execute("SELECT count(*) FROM customers_customer")
        end = make_in_thread()
        waiting = "SELECT FROM pg_stat_activity WHERE query LIKE 'DROP INDEX%' AND wait_event_type = 'Lock'"
        eventually(lambda: cursor.execute(waiting) and cursor.rowcount)
        with transaction.atomic():
            cursor.execute("SET LOCAL lock_timeout = '5s'")
            assert Customer.objects.count() == 3
        reading.rollback()
        end()
    assert spared_indexes() == USUAL


@pytest.mark.django_db(transaction=True)
def test_an_index_is_made_beside_a_write_that_does_not_end():
    app = make_app()
    drop_indexes(SEARCH_INDEXES)
    written = Event()

    def write():
        with transaction.atomic():
            create_customer(app=app, name="Ada")
            written.set()
            time.sleep(1)
        connections.close_all()

    writing = Thread(target=write)
    writing.start()
    written.wait()
    end_loading()
    writing.join()
    assert spared_indexes() == USUAL
    assert len(list_customers(app=app, query="ada").data) == 1


FORMER = "CREATE INDEX customers_search_trigrams ON customers_customer (name)"


def test_an_import_into_the_database_of_another_version_makes_no_indexes(written):
    """Its migrations found them there already, and ended."""
    MigrationRecorder.Migration.objects.filter(app="customers").delete()
    drop_indexes(COSTLY_INDEXES)
    with connection.cursor() as cursor:
        cursor.execute(FORMER)
        import_file(written(GOOD), make_app())
        cursor.execute("SELECT to_regclass('customers_search_trigrams') IS NOT NULL")
        assert spared_indexes() == {} and cursor.fetchone() == (True,)


def test_the_indexes_that_an_import_by_another_version_has_made_go():
    """Each create kept them up, for nobody."""
    with connection.cursor() as cursor:
        cursor.execute(FORMER)
        end_loading()
        cursor.execute("SELECT to_regclass('customers_search_trigrams') IS NULL")
        assert cursor.fetchone() == (True,)


@pytest.mark.django_db(transaction=True)
def test_the_migration_to_three_search_indexes_goes_forth_and_back_whatever_imports_have_made():
    with connection.cursor() as cursor:
        try:
            cursor.execute(FORMER)
            migrate_by_the_old_files(("customers", "0007_totals"))
            cursor.execute("CREATE INDEX customers_search_hangul ON customers_customer (name)")
        finally:
            call_command("migrate", verbosity=0)
        assert spared_indexes() == USUAL
        cursor.execute("SELECT pg_get_indexdef('customers_search_hangul'::regclass)")
        assert "USING gin" in cursor.fetchone()[0]


def test_what_a_kill_has_left_on_the_lists_of_new_rows_is_sorted_in():
    """Searches read it through each time, until somebody was created."""
    app = make_app()
    set_pending_lists(long=True)
    create_customers(app=app, customers=[{"name": f"Ada {n}", "email": f"{n}@x.example"} for n in range(500)])
    with connection.cursor() as cursor:
        cursor.execute("ALTER INDEX customers_search_usual SET (gin_pending_list_limit = 64)")
        end_loading()
        cursor.execute("SELECT gin_clean_pending_list('customers_search_usual')")
        assert cursor.fetchone() == (0,)


@pytest.mark.django_db(transaction=True)
def test_while_another_import_runs_its_indexes_are_left_to_it():
    begun, may_end = Event(), Event()

    def load():
        try:
            with loading_in_bulk(1):
                begun.set()
                may_end.wait(60)
        finally:
            connections.close_all()

    loading = Thread(target=load)
    loading.start()
    try:
        assert begun.wait(60)
        drop_indexes(COSTLY_INDEXES)
        end_loading()
        assert spared_indexes() == {}
    finally:
        may_end.set()
        loading.join()
    # The last to load puts them right.
    assert spared_indexes() == USUAL

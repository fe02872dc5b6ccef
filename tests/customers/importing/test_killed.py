"""Processes that end before their time, and are run again."""

import re
import signal
import time
from collections import Counter

import psutil
import pytest
from django.core.management import call_command
from django.db import connection, transaction

from accounts.models import App
from customers.models import Customer
from customers.services import list_customers
from tests.customers.importing.runs import KILLED_BATCH_ROWS, import_file, start_import, stopped_at, stored
from tests.customers.loading.states import USUAL, spared_indexes
from tests.support.factories import make_app, make_customer
from tests.support.processes import eventually

pytestmark = pytest.mark.django_db


def content(app):
    return Counter(Customer.objects.filter(app=app).values_list("email", "name", "phone"))


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("row", [2, 149, 299, 598 - 500, 499])
def test_killed_at_any_point_and_run_again_it_ends_with_the_same_customers(long_list, row):
    unbroken, killed = make_app(), make_app()
    whole = import_file(long_list, unbroken)
    rejected = long_list.with_suffix(".rejected.csv")
    all_rejected = rejected.read_text()
    with stopped_at(long_list, killed, f"p{row}@x.example") as (process, _):
        process.send_signal(signal.SIGKILL)
        process.wait()
    before = len(stored(killed, "key"))
    assert before < whole.created
    assert before or row < KILLED_BATCH_ROWS
    again = import_file(long_list, killed)
    assert (again.status, again.created, again.rejected) == (3, whole.created - before, whole.rejected)
    assert content(killed) == content(unbroken)
    assert rejected.read_text() == all_rejected
    assert import_file(long_list, killed).created == 0


@pytest.mark.django_db(transaction=True)
def test_killed_while_the_search_indexes_are_gone_nothing_is_lost_and_they_come_back(written, monkeypatch):
    path = written("email,name\n" + "".join(f"p{n}@x.example,Bo\n,Ada\n" for n in range(3_000)))
    monkeypatch.setenv("MIN_BULK_ROWS", "1")
    monkeypatch.setenv("MIN_PROCESS_BYTES", "1")
    app = make_app()
    make_customer(app, email="there@x.example", name="김민수")
    with transaction.atomic():
        App.objects.select_for_update().get(pk=app.pk)
        process = start_import(path, app)
        with connection.cursor() as cursor:

            def waits():
                cursor.execute("SELECT pg_stat_clear_snapshot()")
                cursor.execute(
                    "SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock' "
                    "AND query LIKE '%accounts_app%'"
                )
                return cursor.fetchone() is not None

            eventually(waits)
        assert spared_indexes() == {}
        readers = psutil.Process(process.pid).children(recursive=True)
        assert readers
    eventually(lambda: len(stored(app, "key")) > 1)
    # This process is another than the one that took the indexes away.
    assert [one.name for one in list_customers(app=app, query="김민").data] == ["김민수"]
    assert list_customers(app=app, query="p0@x").data
    process.kill()
    process.communicate()
    assert spared_indexes() == {} and len(stored(app, "key")) < 6_001
    eventually(lambda: not psutil.wait_procs(readers, 0)[1])
    eventually(lambda: (call_command("migrate", verbosity=0), spared_indexes() == USUAL)[1])
    again = import_file(path, app)
    assert (again.status, len(stored(app, "key"))) == (0, 6_001)
    assert import_file(path, app).created == 0


@pytest.mark.django_db(transaction=True)
def test_killed_again_and_again_at_moments_of_no_choice(long_list):
    unbroken, killed = make_app(), make_app()
    import_file(long_list, unbroken)
    begin = time.monotonic()
    start_import(long_list, killed).communicate(timeout=120)
    duration = time.monotonic() - begin
    Customer.objects.filter(app=killed).delete()
    for part in (0.6, 0.7, 0.8, 0.9):
        process = start_import(long_list, killed)
        time.sleep(duration * part)
        process.kill()
        process.communicate()
    import_file(long_list, killed)
    assert content(killed) == content(unbroken)


@pytest.mark.django_db(transaction=True)
def test_a_database_that_goes_away_is_told_in_a_sentence(long_list):
    app = make_app()
    with stopped_at(long_list, app, "p299@x.example") as (process, pid):
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_terminate_backend(%s)", [pid])
        out, error = process.communicate(timeout=120)
    assert process.returncode == 1
    assert "Broken off: 250 rows" in out
    assert re.search(
        r"CommandError: The database failed: .+\. Once it works, run the same command again to go on\.\n", error
    )
    assert "Traceback" not in error
    import_file(long_list, app)
    assert import_file(long_list, app).created == 0


@pytest.mark.django_db(transaction=True)
def test_stopped_by_hand_it_says_how_far_it_got_and_how_to_go_on(long_list):
    app = make_app()
    with stopped_at(long_list, app, "p299@x.example") as (process, _):
        process.send_signal(signal.SIGINT)
        out, error = process.communicate(timeout=120)
    assert process.returncode == 130
    assert "Broken off: 250 rows" in out and "Created" in out
    assert "Stopped. To go on, run the same command again." in error and "Traceback" not in error


@pytest.mark.django_db(transaction=True)
def test_the_bar_goes_to_stderr_and_the_summary_to_stdout(long_list):
    out, error = start_import(long_list, make_app()).communicate(timeout=120)
    assert re.search(r"100 % \|█+\| 600 rows, [\d,]+ a second \[\d\d:\d\d, 00:00 left\]", error)
    assert out.startswith("Columns of customers.csv") and "█" not in out

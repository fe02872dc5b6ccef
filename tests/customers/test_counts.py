"""The counts that the database keeps are right under concurrent writes of any kind."""

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from io import StringIO
from zoneinfo import ZoneInfo

import pytest
from django.core.management import call_command
from django.db import connection, transaction
from django.utils import timezone

from customers import counts
from customers.loading.bulk import create_customers
from customers.models import Customer, CustomerCount
from tests.support.factories import make_app, make_customer
from tests.support.migrating import migrate_by_the_old_files

pytestmark = pytest.mark.django_db


@pytest.fixture
def app():
    return make_app()


def fold(app):
    with connection.cursor() as cursor:
        cursor.execute("SELECT proyecta_fold_counts(%s)", [app.pk])


def create_many(app, moments):
    create_customers(app=app, customers=[{"created": moment} for moment in moments])


def test_every_way_to_write_a_customer_is_counted(app):
    now = timezone.now()
    make_customer(app)
    create_many(app, [now, now - timedelta(days=3), now - timedelta(days=400)])
    make_customer(make_app())
    Customer.objects.filter(app=app).first().delete()
    assert counts.total(app) == 3
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE customers_customer SET created = created - interval '1 year' WHERE app_id = %s", [app.pk]
        )
    assert counts.total(app) == 3
    today = timezone.localdate()
    assert not any(counts.new_per_day(app, today - timedelta(days=5), today).values())
    other = make_app()
    with connection.cursor() as cursor:
        cursor.execute("UPDATE customers_customer SET app_id = %s WHERE app_id = %s", [other.pk, app.pk])
    assert (counts.total(app), counts.total(other)) == (0, 3)
    assert counts.recount() == 0


def test_an_email_that_is_there_already_is_not_counted_twice(app):
    for _ in range(2):
        make_customer(app, email="ada@example.com")
    assert counts.total(app) == 1


@pytest.mark.parametrize("zone", ["UTC", "Asia/Kathmandu", "Pacific/Apia", "Pacific/Marquesas", "America/New_York"])
def test_days_are_those_of_any_time_zone(app, zone):
    now = timezone.now()
    moments = [now - timedelta(minutes=7 * number) for number in range(1500)]
    create_many(app, moments)
    fold(app)
    with timezone.override(ZoneInfo(zone)):
        last = timezone.localdate()
        found = counts.new_per_day(app, last - timedelta(days=9), last)
        days = [timezone.localtime(moment).date() for moment in moments]
    assert found == {day: days.count(day) for day in set(days)}


def test_folding_changes_no_count_and_leaves_one_row_for_each_stretch_and_one_for_all(app):
    now = timezone.now()
    for days in (0, 0, 1, 1, 100, 100):
        make_customer(app, created=now - timedelta(days=days))
    gone = make_customer(app, created=now - timedelta(days=200))
    gone.delete()
    today = timezone.localdate()
    before = counts.new_per_day(app, today - timedelta(days=5), today)
    fold(app)
    assert counts.new_per_day(app, today - timedelta(days=5), today) == before
    assert counts.total(app) == 6
    assert sorted(CustomerCount.objects.filter(app=app).values_list("number", flat=True)) == [2, 2, 2, 6]


def test_a_quarter_that_has_become_old_is_folded_into_its_day(app):
    day = datetime(2020, 5, 17, tzinfo=ZoneInfo("UTC"))
    CustomerCount.objects.bulk_create(
        CustomerCount(app=app, start=day + timedelta(minutes=15 * quarter), number=quarter + 1) for quarter in range(96)
    )
    fold(app)
    assert CustomerCount.objects.filter(app=app).values_list("start", "number").get() == (day, 96 * 97 // 2)


def test_recounting_mends_what_was_missed_and_nothing_else(app):
    now = timezone.now()
    make_customer(app, created=now - timedelta(days=2))
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("ALTER TABLE customers_customer DISABLE TRIGGER customers_counted")
        make_customer(app)
        make_customer(make_app())
        cursor.execute("ALTER TABLE customers_customer ENABLE TRIGGER customers_counted")
    CustomerCount.objects.filter(app=app).update(number=5)
    assert counts.total(app) == 5
    out = StringIO()
    call_command("recount_customers", app=app.slug, stdout=out)
    assert counts.total(app) == 2
    assert out.getvalue() == "3 counts were mended.\n"
    for said in ("2 counts were mended.\n", "1 count was mended.\n", "All counts were right.\n"):
        if said.startswith("1 "):
            CustomerCount.objects.filter(app=app, start=None).delete()
        out = StringIO()
        call_command("recount_customers", stdout=out)
        assert out.getvalue() == said


@pytest.mark.django_db(transaction=True)
def test_writers_at_the_same_time_and_folders_among_them_lose_no_customer(app):
    def work(number):
        try:
            for step in range(12):
                with transaction.atomic():
                    customer = make_customer(app, email=f"{number}.{step}@example.com")
                    fold(app)
                    if step % 4 == 0:
                        customer.delete()
                    if step % 6 == 1:
                        transaction.set_rollback(True)
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(work, range(8)))
    assert counts.total(app) == Customer.objects.filter(app=app).count() == 8 * 7
    assert counts.recount() == 0


@pytest.mark.django_db(transaction=True)
def test_recounting_beside_writers_is_right(app):
    def write(number):
        try:
            for _ in range(30):
                make_customer(app)
        finally:
            connection.close()

    with ThreadPoolExecutor(5) as pool:
        writers = [pool.submit(write, number) for number in range(4)]
        while not all(writer.done() for writer in writers):
            assert counts.recount(app) == 0
        for writer in writers:
            writer.result()
    assert counts.total(app) == 120
    connection.close()


def test_deleting_an_app_leaves_no_counts_behind_that_matter(app):
    make_customer(app)
    key = app.pk
    app.delete()
    assert sum(CustomerCount.objects.filter(app_id=key).values_list("number", flat=True)) == 0


@pytest.mark.django_db(transaction=True)
def test_emptying_the_table_empties_the_counts(app):
    make_customer(app)
    with connection.cursor() as cursor:
        cursor.execute("TRUNCATE customers_customer CASCADE")
    assert counts.total(app) == 0


@pytest.mark.django_db(transaction=True)
def test_customers_of_before_there_were_totals_are_in_them_and_the_way_back_works(app):
    make_customer(app)
    try:
        migrate_by_the_old_files(("customers", "0006_buckets"))
        assert not CustomerCount.objects.filter(start=None).exists()
        make_customer(app)
    finally:
        call_command("migrate", verbosity=0)
    make_customer(app)
    assert counts.total(app) == 3
    assert counts.recount() == 0

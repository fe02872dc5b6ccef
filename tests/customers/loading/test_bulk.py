"""Many customers created at once."""

from collections import Counter
from threading import Thread

import pytest
from django.db import connections
from django.db.models import F
from hypothesis import given, settings
from hypothesis import strategies as st

from customers import counts
from customers.exceptions import CustomerIdTaken
from customers.loading import bulk
from customers.loading.bulk import Outcome, create_customers, rehearsing
from customers.models import Customer
from customers.services import create_customer
from tests.customers.importing.runs import stored
from tests.support.factories import make_app, make_customer

pytestmark = pytest.mark.django_db


SPECIMENS = st.fixed_dictionaries(
    {
        "public_id": st.sampled_from([None, None, "cus_1", "cus_2"]),
        "email": st.sampled_from([None, "a@x.example", "A@X.example", "b@x.example", "c@x.example"]),
    }
)  # fmt: skip


@settings(max_examples=100, deadline=None)
@given(st.lists(SPECIMENS, max_size=4), st.lists(SPECIMENS, min_size=1, max_size=8))
def test_many_at_once_come_out_as_one_after_the_other(before, customers):
    one_by_one, at_once, unlikely_new = make_app(), make_app(), make_app()

    def create(app, one):
        try:
            _, created = create_customer(app=app, email=one["email"], customer_id=one["public_id"])
            return Outcome.CREATED if created else Outcome.ALREADY_THERE
        except CustomerIdTaken:
            return Outcome.ID_TAKEN

    for one in before:
        for app in (one_by_one, at_once, unlikely_new):
            create(app, one)
    already = len(stored(at_once, "key"))
    expected = [create(one_by_one, one) for one in customers]
    emails = set(stored(one_by_one, "email_key")) - {None}

    def as_if_emails_were_there(outcomes):
        # One whose id is taken counts as there when another of the same batch brings its email.
        return [
            Outcome.ALREADY_THERE if outcome is Outcome.ID_TAKEN and (one["email"] or "").lower() in emails else outcome
            for outcome, one in zip(outcomes, customers, strict=True)
        ]

    with rehearsing():
        middle = len(customers) // 2
        rehearsed = [
            outcome
            for part in (customers[:middle], customers[middle:])
            for outcome in create_customers(app=at_once, customers=part, rehearsal=True)
        ]
    assert as_if_emails_were_there(rehearsed) == as_if_emails_were_there(expected)
    assert len(stored(at_once, "key")) == already
    written = create_customers(app=at_once, customers=customers)
    assert as_if_emails_were_there(written) == as_if_emails_were_there(expected)
    assert create_customers(app=unlikely_new, customers=customers, likely_new=False) == written
    assert stored(at_once, "email") == stored(unlikely_new, "email") == stored(one_by_one, "email")


def test_new_customers_and_those_among_others_that_are_there_are_written_alike_and_counted_once():
    lines = [
        {"email": f"p{number}@x.example", "name": "Tab\t\\N ß", "phone": "+14155552671", "address_city": "Köln"}
        for number in range(50)
    ]
    apps = {likely_new: make_app() for likely_new in (True, False)}
    for likely_new, app in apps.items():
        # The one that is there is met when most are written already.
        make_customer(app, email="p40@x.example")
        outcomes = create_customers(app=app, customers=lines, likely_new=likely_new)
        assert Counter(outcomes) == {Outcome.CREATED: 49, Outcome.ALREADY_THERE: 1}
        more = [line | {"email": f"more-{line['email']}"} for line in lines]
        assert set(create_customers(app=app, customers=more, likely_new=likely_new)) == {Outcome.CREATED}
        assert counts.total(app) == len(stored(app, "key")) == 100
        assert Customer.objects.filter(app=app, created=F("updated"), version=1).count() == 100
    columns = [column for column in bulk.COPY_COLUMNS if column not in ("public_id", "created")]
    assert stored(apps[True], *columns) == stored(apps[False], *columns)


@pytest.mark.django_db(transaction=True)
def test_two_that_create_the_same_customers_in_opposite_orders_both_finish():
    app = make_app()
    customers = [{"email": f"p{number}@x.example"} for number in range(3_000)]
    outcomes = Counter()

    def create(mine):
        try:
            outcomes.update(create_customers(app=app, customers=mine))
        finally:
            connections.close_all()

    threads = [Thread(target=create, args=[mine]) for mine in (customers, customers[::-1])]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert outcomes == {Outcome.CREATED: 3_000, Outcome.ALREADY_THERE: 3_000}


def test_what_copy_reads_as_something_else_is_stored_as_it_is():
    app = make_app()
    names = ["\\N", "a\\tb", "\\.", "a\tb\nc\rd"]
    create_customers(app=app, customers=[{"name": name} for name in names])
    assert stored(app, "name") == names

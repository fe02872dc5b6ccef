"""Keyset pages: a walk over them is the sorted list, whatever ties and gaps there are and whatever comes and goes."""

from datetime import UTC, datetime, timedelta
from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.folding import fold
from core.pagination import find_cursor, read_page
from customers.filters import SORTS
from customers.models import Customer
from customers.services import create_customer, list_customers
from tests.support.factories import make_app

pytestmark = pytest.mark.django_db

START = datetime(2026, 1, 1, tzinfo=UTC)
ROWS = st.lists(
    st.tuples(
        st.sampled_from([None, "a", "B", "c", "Z", "é", "김", "10", "9"]),
        st.sampled_from(["", "Ann", "ann", "Änn", "Zoë", "김민수", "10", "9"]),
        st.integers(0, 3),
    ),
    max_size=25,
)


def made(rows):
    """A new app with these rows as customers: local part of the email, name, day."""
    app = make_app()
    for number, (local, name, day) in enumerate(rows):
        email = None if local is None else f"{local}{number}@example.com"
        create_customer(app=app, email=email, name=name, created=START + timedelta(days=day))
    return app


def in_order(app, sort):
    """The ids of all the app's customers in the order of `sort`, worked out in memory."""
    stem, descending = sort.lstrip("-"), sort.startswith("-")
    keys = {
        "created": lambda customer: customer.created,
        "email": lambda customer: customer.email and customer.email.lower(),
        "name": lambda customer: fold(customer.name),
    }
    key = keys[stem]
    customers = list(Customer.objects.filter(app=app))
    with_value = sorted((c for c in customers if key(c)), key=lambda c: (key(c), c.pk), reverse=descending)
    without = sorted((c for c in customers if not key(c)), key=lambda c: c.pk, reverse=descending)
    return [customer.public_id for customer in with_value + without]


def walk(app, sort, limit, start=None, backwards=False, **filters):
    """The ids of every page from `start` on, a list per page."""
    pages, cursor = [], start
    while True:
        where = {"ending_before" if backwards else "starting_after": cursor} if cursor else {}
        page = list_customers(app=app, sort=sort, limit=limit, **where, **filters)
        ids = [customer.public_id for customer in page.data]
        pages.append(ids)
        if not page.has_more:
            return pages
        cursor = ids[0] if backwards else ids[-1]


@settings(deadline=None, max_examples=25)
@given(rows=ROWS, limit=st.integers(1, 7))
def test_a_walk_over_the_pages_forth_and_back_is_the_sorted_list(rows, limit):
    app = made(rows)
    for sort in SORTS:
        expected = in_order(app, sort)
        assert sum(walk(app, sort, limit), []) == expected
        if expected:
            back = walk(app, sort, limit, start=expected[-1], backwards=True)
            assert sum(reversed(back), []) == expected[:-1]


def test_a_full_last_page_does_not_promise_another():
    app = made([("a", "A", 0)] * 4)
    assert [len(page) for page in walk(app, "-created", 2)] == [2, 2]
    assert walk(app, "-created", 4)[0] == in_order(app, "-created")


def test_rows_that_come_and_go_shift_nothing():
    app = made([("a", "A", day) for day in range(3)] * 3)
    expected = in_order(app, "created")
    first = list_customers(app=app, sort="created", limit=4)
    gone = first.data[0]
    create_customer(app=app, created=START - timedelta(days=1))
    gone.delete()
    rest = walk(app, "created", 4, start=first.data[-1].public_id)
    assert sum(rest, []) == expected[4:]


def test_a_cursor_row_that_no_longer_matches_the_filter_still_works():
    app = make_app()
    names = ["kim", "lee", "kim", "kim"]
    ids = [
        create_customer(app=app, name=name, created=START + timedelta(days=i))[0].public_id
        for i, name in enumerate(names)
    ]
    page = list_customers(app=app, sort="created", query="kim", starting_after=ids[1])
    assert [customer.public_id for customer in page.data] == ids[2:]


def test_a_thousand_customers_created_at_one_moment_are_all_reached():
    app = make_app()
    Customer.objects.bulk_create(
        Customer(app=app, public_id=f"cus_{number}", created=START, updated=START) for number in range(1000)
    )
    assert sum(walk(app, "-created", 100), []) == in_order(app, "-created")


def test_the_orm_reads_the_pages_that_the_list_of_customers_has():
    rows = [("b", "Zoë", 1), (None, "", 1), ("a", "Ann", 0), (None, "Kim", 2), ("c", "", 1), (None, "", 0)]
    app = made(rows)
    customers = Customer.objects.filter(app=app)
    for (name, sort), limit in product(SORTS.items(), (1, 2, 5, 6, 9)):
        for first in (None, *in_order(app, name)):
            for param in ("starting_after", "ending_before") if first else ("starting_after",):
                cursor, backwards = find_cursor(
                    lambda one: customers.get(public_id=one),
                    first if param == "starting_after" else None,
                    first if param == "ending_before" else None,
                    not_found="",
                )
                expected = list_customers(app=app, sort=name, limit=limit, **({param: first} if first else {}))
                page = read_page(customers, sort, limit=limit, cursor=cursor, backwards=backwards)
                assert (page.data, page.has_more, page.previous, page.next) == (
                    *(expected.data, expected.has_more, expected.previous, expected.next),
                )

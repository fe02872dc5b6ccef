"""Searches under other costs than the product's."""

from contextlib import contextmanager

from django.db import connection

from core.pagination import find_cursor
from customers.filters import DEFAULT_SORT, SORTS, read_filters
from customers.models import Customer
from customers.search import DEFAULT_COSTS, count_matching, find_page

COUNT_CAP = 10_000


def criteria_of(app, **filters):
    """The Criteria of filters under the names of services.list_customers()."""
    criteria, errors = read_filters(app, filters)
    assert not errors, errors
    return criteria


def list_by(costs, *, app, limit=20, starting_after=None, ending_before=None, sort=DEFAULT_SORT, **filters):
    """services.list_customers() under these costs."""
    cursor, backwards = find_cursor(
        lambda id: Customer.objects.filter(app=app, public_id=id).first(), starting_after, ending_before, not_found=""
    )
    criteria = criteria_of(app, **filters)
    return find_page(
        criteria, SORTS[sort], limit=limit, cursor=cursor, backwards=backwards, costs=costs or DEFAULT_COSTS
    )


def count_by(costs, *, app, **filters):
    """The number of services.count_customers() under these costs."""
    return count_matching(criteria_of(app, **filters), COUNT_CAP, costs or DEFAULT_COSTS)


@contextmanager
def after_each_statement(act):
    """Inside the `with` block, act(sql) is called after each statement, and may run others."""
    is_acting = False

    def wrapper(execute, sql, params, many, context):
        nonlocal is_acting
        result = execute(sql, params, many, context)
        if not is_acting:
            is_acting = True
            try:
                act(sql)
            finally:
                is_acting = False
        return result

    with connection.execute_wrapper(wrapper):
        yield

"""How a search is run. What it means is search.py's; every way here gives the same rows.

A frequent word is found soonest by reading rows in the order of the page until it is full, a rare one by an index that
lists the rows with it. PostgreSQL's planner guesses which is which, and where it guesses wrong it reads millions of
rows. So the newest rows (in the order asked for) are read first, and what they show decides.
"""

from django.db import connection

from .models import Customer
from .search import matches_all

# Rows read in order before an index is asked: about 5 ms. Rows lie in the order in which they were created, or nearly;
# in any other order each is on a page of its own.
WALK = 20_000
WALK_APART = 5_000
LONG = 10
# With this many found in the first walk, the long walk fills a page of ordinary size.
PROMISING = 10
# With this many, all that there are may be too many for an index to list.
FREQUENT = 20

_TABLE = f'"{Customer._meta.db_table}"'


def fetch_matching(customers, words, order, count):
    """The first `count` of `customers` (a queryset) by `order` that have all of `words`, as a list."""
    ordered = customers.order_by(*order)
    if not words:
        return list(ordered[:count])
    matching = Customer.objects.filter(matches_all(words)).order_by(*order)[:count]
    walk = WALK if order[0].lstrip("-") == "created" else WALK_APART
    rows = _rows(matching, ordered[:walk])
    if len(rows) == count or not ordered.values("key")[walk : walk + 1]:
        return rows
    candidates = _candidates(words)
    if candidates is None:
        return _rows(matching, ordered)
    if len(rows) >= PROMISING:
        rows = _rows(matching, ordered[: walk * LONG])
        if len(rows) == count:
            return rows
    return _rows(customers.filter(matches_all(words)).order_by(*order)[:count], candidates)


def count_matching(customers, words, most):
    """How many of `customers` have all of `words`, counting no further than `most`."""
    if not words:
        return customers.order_by()[:most].count()
    matching = Customer.objects.filter(matches_all(words))[:most]
    newest = customers.order_by("-created", "-key")
    found = _count(matching, newest[:WALK])
    if found == most or not newest.values("key")[WALK : WALK + 1]:
        return found
    candidates = _candidates(words) if found < FREQUENT else None
    if candidates is None:
        return _count(matching, newest)
    return _count(customers.filter(matches_all(words))[:most], candidates)


def _candidates(words):
    """The rows that the indexes give for the two longest words they know, or None."""
    known = [condition for word in words if (condition := word.indexed()) is not None][:2]
    return Customer.objects.filter(*known) if known else None


def _rows(queryset, source):
    return list(Customer.objects.raw(*_reading_from(source, queryset)))


def _count(queryset, source):
    sql, params = _reading_from(source, queryset.only("key"))
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT count(*) FROM ({sql}) AS found", params)
        return cursor.fetchone()[0]


def _reading_from(source, queryset):
    """The SQL and params of `queryset`, reading the rows of `source` in place of the table.

    PostgreSQL works `source` out first: a LIMIT, or an OFFSET 0, forbids it to mix the two.
    """
    inner, inner_params = source.query.sql_with_params()
    sql, params = queryset.query.sql_with_params()
    head, tail = sql.split(f"FROM {_TABLE}", 1)
    fence = "" if source.query.is_sliced else " OFFSET 0"
    return f"{head}FROM ({inner}{fence}) AS {_TABLE}{tail}", [*inner_params, *params]

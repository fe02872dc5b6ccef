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
# Of the rows of a walk or sample, this many are enough to walk on for a while before an index lists all that there
# are; and this many, of WALK_APART rows, make a list of them longer than any walk.
PROMISING = 10
FREQUENT = 250

_TABLE = f'"{Customer._meta.db_table}"'


def fetch_matching(customers, words, order, count):
    """The first `count` of `customers` (a queryset) by `order` that have all of `words`, as a list."""
    ordered = customers.order_by(*order)
    if not words:
        return list(ordered[:count])
    matching_any = Customer.objects.filter(matches_all(words))
    matching = matching_any.order_by(*order)[:count]
    by_created = order[0].lstrip("-") == "created"
    walk = WALK if by_created else WALK_APART
    rows = _rows(matching, ordered[:walk])
    if len(rows) == count or not ordered.values("key")[walk : walk + 1]:
        return rows
    candidates = _candidates(words)
    # What is rare in this order may be frequent: names in Hangul come after all Latin ones.
    sample = len(rows) if by_created else _count(matching_any, _newest(customers)[:WALK_APART])
    if candidates is None or sample >= FREQUENT:
        return _rows(matching, ordered)
    if sample >= PROMISING:
        rows = _rows(matching, ordered[: walk * LONG])
        if len(rows) == count:
            return rows
    return _rows(customers.filter(matches_all(words)).order_by(*order)[:count], candidates)


def count_matching(customers, words, most):
    """How many of `customers` have all of `words`, counting no further than `most`."""
    if not words:
        return customers.order_by()[:most].count()
    matching = Customer.objects.filter(matches_all(words))[:most]
    newest = _newest(customers)
    found = _count(matching, newest[:WALK])
    if found == most or not newest.values("key")[WALK : WALK + 1]:
        return found
    candidates = _candidates(words) if found < PROMISING * 2 else None
    if candidates is None:
        return _count(matching, newest)
    return _count(customers.filter(matches_all(words))[:most], candidates)


def _newest(customers):
    return customers.order_by("-created", "-key")


def _candidates(words):
    """The rows that the indexes give for the two longest words that have trigrams, else for one of the others they
    know; or None. Not for all: what a second condition saves in rows it costs in looking at each of the first's."""
    known = [word for word in words if word.indexed() is not None]
    chosen = [word for word in known if word.has_trigrams][:2] or known[:1]
    return Customer.objects.filter(*[word.indexed() for word in chosen]) if chosen else None


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

"""How many customers there are, and how many came on each day, without looking at them: see CustomerCount."""

from datetime import timedelta

from django.db import connection
from django.db.models import Sum
from django.db.models.functions import TruncDate

from core.dates import EARLIEST, midnight
from core.db.prepared import first_row, reading

from .models import Customer, CustomerCount

_TABLE = CustomerCount._meta.db_table
_BETWEEN = f"""
SELECT coalesce(sum(number), 0)::bigint FROM {_TABLE} WHERE app_id = %s AND start > %s AND start <= %s
"""
# By the app's key.
TOTAL = f"SELECT coalesce(sum(number), 0)::bigint FROM {_TABLE} WHERE app_id = %s AND start IS NULL"


def total(app):
    """How many customers `app` has."""
    (number,) = first_row(reading(CustomerCount), TOTAL, [app.pk])
    return number


def between(app, first, last):
    """How many customers of `app` were created from the moment `first` to `last`, more or less: to the day, or so."""
    # A moment of the first day of the calendar can be there by SQL alone.
    before = max(first, EARLIEST) - timedelta(days=1)
    (number,) = first_row(reading(CustomerCount), _BETWEEN, [app.pk, before, last])
    return max(number, 0)


def new_per_day(app, first, last):
    """How many customers of `app` were created on each day, as a dict of date to int; 0 where a day is not there.

    first, last: dates of the active time zone, both included, and none more than 38 days ago: before that whole days
        of UTC are counted, see the migration 0003.
    """
    counts = CustomerCount.objects.filter(
        app=app, start__gte=midnight(first), start__lt=midnight(last + timedelta(days=1))
    )
    per_day = counts.order_by().values(day=TruncDate("start")).annotate(count=Sum("number"))
    return {row["day"]: row["count"] for row in per_day}


def recount(app=None):
    """Count the customers of `app`, or of all apps, anew, and append what the counts lack. Returns how many rows that
    took: none where all was right.

    One statement sees customers and counts at the same moment, so that others may write meanwhile.
    """
    only = "WHERE app_id = %(app)s" if app else ""
    counted = Customer._meta.db_table
    with connection.cursor() as cursor:
        cursor.execute(
            f"""
            INSERT INTO {_TABLE} (app_id, start, number)
            SELECT app_id, start, sum(number) FROM (
                SELECT app_id, proyecta_count_start(created) AS start, count(*) AS number FROM {counted} {only}
                GROUP BY GROUPING SETS ((1, 2), (1))
                UNION ALL
                SELECT app_id, proyecta_count_start(start), -sum(number) FROM {_TABLE} {only} GROUP BY 1, 2
            ) AS difference
            GROUP BY 1, 2 HAVING sum(number) <> 0
            """,
            {"app": app and app.pk},
        )
        return cursor.rowcount

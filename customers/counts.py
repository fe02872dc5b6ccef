"""Numbers of customers, in all and by day of creation, from CustomerCount instead of the customers themselves."""

from datetime import date, datetime, timedelta

from django.db import connection
from django.db.models import Sum
from django.db.models.functions import TruncDate

from accounts.models import App
from core.dates import EARLIEST, midnight
from core.db.prepared import first_row, reading

from .models import Customer, CustomerCount

_TABLE = CustomerCount._meta.db_table
_BETWEEN = f"""
SELECT coalesce(sum(number), 0)::bigint FROM {_TABLE} WHERE app_id = %s AND start > %s AND start <= %s
"""
# Its parameter is the app's key.
TOTAL = f"SELECT coalesce(sum(number), 0)::bigint FROM {_TABLE} WHERE app_id = %s AND start IS NULL"


def total(app: App) -> int:
    """The number of customers of `app`."""
    number: int
    (number,) = first_row(reading(CustomerCount), TOTAL, [app.pk]) or (0,)
    return number


def between(app: App, first: datetime, last: datetime) -> int:
    """About how many customers of `app` were created from `first` to `last`, aware datetimes: exact to about a day."""
    # Earlier moments than EARLIEST come by SQL only.
    before = max(first, EARLIEST) - timedelta(days=1)
    number: int
    (number,) = first_row(reading(CustomerCount), _BETWEEN, [app.pk, before, last]) or (0,)
    return max(number, 0)


def new_per_day(app: App, first: date, last: date) -> dict[date, int]:
    """The number of customers of `app` created on each day. Days without any are missing.

    first, last: dates of the active time zone, both included, at most 38 days ago: earlier ones are counted by days of
        UTC.
    """
    counts = CustomerCount.objects.filter(
        app=app, start__gte=midnight(first), start__lt=midnight(last + timedelta(days=1))
    )
    per_day = counts.order_by().values(day=TruncDate("start")).annotate(count=Sum("number"))
    return {row["day"]: row["count"] for row in per_day}


def recount(app: App | None = None) -> int:
    """Count the customers of `app`, or of all apps, and append what the counts lack. Returns the number of rows added.

    One statement sees customers and counts at the same moment, so that others may write meanwhile.
    """
    only = "WHERE app_id = %(app)s" if app else ""
    customers = Customer._meta.db_table
    with connection.cursor() as cursor:
        cursor.execute(
            f"""
            INSERT INTO {_TABLE} (app_id, start, number)
            SELECT app_id, start, sum(number) FROM (
                SELECT app_id, proyecta_count_start(created) AS start, count(*) AS number FROM {customers} {only}
                GROUP BY GROUPING SETS ((1, 2), (1))
                UNION ALL
                SELECT app_id, proyecta_count_start(start), -sum(number) FROM {_TABLE} {only} GROUP BY 1, 2
            ) AS difference
            GROUP BY 1, 2 HAVING sum(number) <> 0
            """,
            {"app": app.pk if app else None},
        )
        number: int = cursor.rowcount
    return number

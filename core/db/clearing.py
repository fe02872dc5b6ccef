"""Deletion of rows that have expired, a few at a time, so that nobody waits long for them."""

from typing import Any

from django.db import router, transaction
from django.db.models import QuerySet

ROWS_PER_TRANSACTION = 1000


def delete_in_batches(rows: QuerySet[Any]) -> int:
    """Delete the rows, and return how many. Rows that another transaction has locked are left for the next time."""
    database = router.db_for_write(rows.model)
    free = rows.using(database).select_for_update(skip_locked=True)
    total = 0
    while True:
        with transaction.atomic(using=database):
            keys = list(free.values_list("pk", flat=True)[:ROWS_PER_TRANSACTION])
            rows.using(database).filter(pk__in=keys).delete()
        total += len(keys)
        if len(keys) < ROWS_PER_TRANSACTION:
            return total

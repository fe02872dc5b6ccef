"""The state of the indexes that loading in bulk spares."""

from django.db import connection

from customers.loading.indexes import COSTLY_INDEXES


def spared_indexes():
    """{name: whether many new rows go on a list first} of those that are there and whole."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT relname, coalesce(reloptions @> ARRAY['gin_pending_list_limit=32768'], false) FROM pg_class JOIN pg_index ON oid = indexrelid "
            "WHERE relname = ANY(%s) AND indisvalid",
            [[index.name for index in COSTLY_INDEXES]],
        )
        return dict(cursor.fetchall())


USUAL = dict.fromkeys((index.name for index in COSTLY_INDEXES), False)

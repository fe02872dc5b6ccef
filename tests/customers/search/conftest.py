"""Fixtures of the search's tests."""

from dataclasses import replace

import pytest
from django.db import connection

from customers.loading.indexes import SEARCH_INDEXES


@pytest.fixture
def search_indexes_alone(db):
    """So few rows as a test has PostgreSQL would not look for by the search indexes, were there any others."""
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("ALTER TABLE customers_customer DROP CONSTRAINT customers_email_unique")
        cursor.execute("ALTER TABLE customers_customer DROP CONSTRAINT customers_id_unique")
        cursor.execute(
            "SELECT indexrelid::regclass::text FROM pg_index WHERE indrelid = 'customers_customer'::regclass "
            "AND NOT indisprimary AND NOT indexrelid = ANY (%s::regclass[])",
            [[index.name for index in SEARCH_INDEXES]],
        )
        for (name,) in cursor.fetchall():
            cursor.execute(f"DROP INDEX {name}")
        # An id is looked for by its own; and nobody has another's email.
        cursor.execute("CREATE INDEX ON customers_customer (public_id)")
        cursor.execute("CREATE UNIQUE INDEX ON customers_customer ((app_id || ' ' || email_key))")
        cursor.execute("SET LOCAL enable_seqscan = off")


@pytest.fixture(params=["as it is", "by the indexes", "by stretches of the indexes", "a glance first"])
def way(request):
    """Costs by which searches go one way or another; None for those of the product."""
    if request.param == "as it is":
        return None
    request.getfixturevalue("search_indexes_alone")
    if request.param == "by the indexes":
        return request.getfixturevalue("by_the_indexes")
    by_stretches = replace(request.getfixturevalue("by_stretches"), first_walk_rows=3, sample_rows=3)
    return replace(by_stretches, many_matches=-1, glance_rows=2) if request.param == "a glance first" else by_stretches

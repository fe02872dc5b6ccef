"""`make bench-writes`: what each index costs when customers are created.

python -m benchmarks.writes [--rows N] [--docs]

Customers are created one after the other on one connection, with all indexes and without some of them, each time from a
checkpoint on. All indexes are there again afterwards.
"""

import argparse
import os
from collections.abc import Iterator
from typing import TYPE_CHECKING

from .documents import add_docs_option, mark_for, report
from .measuring import CREATED_CUSTOMERS, creates_a_second, today_and_machine
from .servers import on_the_customers

if TYPE_CHECKING:
    from accounts.models import App


def without_buckets(name: str, definition: str) -> str:
    """The statement for a search index that has words and no buckets. definition: that of the index `name`."""
    head, _, tail = definition.partition(", proyecta_buckets")
    return f"{head}){tail[tail.index(' WITH ') :]}".replace(name, f"{name}_of_words")


def row(what: str, app: "App") -> str:
    creates, log_bytes = creates_a_second(app)
    return f"| {what} | {creates:,.0f} | {log_bytes / 1024:.1f} |"


def set_pending_lists(on: bool) -> None:
    """Have new rows wait in a list before they are sorted into the search indexes, or sort each one in by itself."""
    from django.db import connection

    from customers.loading.indexes import SEARCH_INDEXES

    with connection.cursor() as cursor:
        for index in SEARCH_INDEXES:
            cursor.execute(f"ALTER INDEX {index.name} SET (fastupdate = {'on' if on else 'off'})")
            cursor.execute("SELECT gin_clean_pending_list(%s::regclass)", [index.name])


def definitions_of_search_indexes() -> dict[str, str]:
    """{name: the statement that makes the index}"""
    from django.db import connection

    from customers.loading.indexes import SEARCH_INDEXES

    found = {}
    with connection.cursor() as cursor:
        for index in SEARCH_INDEXES:
            cursor.execute("SELECT pg_get_indexdef(%s::regclass)", [index.name])
            (found[index.name],) = cursor.fetchone()
    return found


def lines(app: "App", rows: int) -> Iterator[str]:
    """The lines of the table."""
    from django.db import connection

    from customers.loading.indexes import COSTLY_INDEXES, SEARCH_INDEXES, create_missing_indexes, drop_indexes

    by_domain = [index for index in COSTLY_INDEXES if index not in SEARCH_INDEXES]
    yield f"{rows:,} customers, {CREATED_CUSTOMERS:,} created at a time, {today_and_machine()}:\n"
    yield "| indexes | creates a second | KB of log each |\n| --- | ---: | ---: |"
    try:
        yield row("all", app)
        set_pending_lists(False)
        yield row("all, each row sorted into the search indexes by itself", app)
        set_pending_lists(True)
        drop_indexes(by_domain)
        yield row("without those by mail domain", app)
        create_missing_indexes(by_domain)
        definitions = definitions_of_search_indexes()
        drop_indexes(SEARCH_INDEXES)
        yield row("without the search indexes", app)
        with connection.cursor() as cursor:
            for name, definition in definitions.items():
                cursor.execute(without_buckets(name, definition))
            yield row("the search indexes without buckets", app)
            for name in definitions:
                cursor.execute(f"DROP INDEX {name}_of_words")
    finally:
        create_missing_indexes(COSTLY_INDEXES)
    yield row("all, once more", app)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.writes")
    parser.add_argument("--rows", type=int, default=1_000_000)
    add_docs_option(parser)
    options = parser.parse_args()
    os.environ["ALLOWED_HOSTS"] = "testserver"
    with on_the_customers(options.rows) as (app, _, _):
        report(lines(app, options.rows), mark=mark_for("bench-writes", options.rows), into_docs=options.docs)


if __name__ == "__main__":
    main()

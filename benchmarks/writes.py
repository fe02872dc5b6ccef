"""`make bench-writes`: what each index costs whoever creates a customer.

python -m benchmarks.writes [--rows N] [--docs]

Customers are created one after the other on one connection, with all indexes and without some of them, each time from
a checkpoint on. In the end all are there again.
"""

import argparse
import os
from contextlib import closing

from .__main__ import CREATES, Bench, today_and_machine
from .documents import add_docs_option, mark_for, report
from .servers import on_the_customers


def without_buckets(name, definition):
    """The statement that makes a search index of the words alone. definition: what makes it as it is."""
    head, _, tail = definition.partition(", proyecta_buckets")
    return f"{head}){tail[tail.index(' WITH ') :]}".replace(name, f"{name}_of_words")


def measured(rows):
    """The lines of the table."""
    from django.db import connection

    from customers.loading.indexes import COSTLY_INDEXES, SEARCH_INDEXES, create_missing_indexes, drop_indexes

    bench = Bench(rows, 1)
    by_domain = [index for index in COSTLY_INDEXES if index not in SEARCH_INDEXES]
    yield f"{rows:,} customers, {CREATES:,} created at a time, {today_and_machine()}:"
    yield "\n| indexes | creates a second | KB of log each |\n| --- | ---: | ---: |"

    def line(what):
        creates, log = bench.creates_a_second()
        return f"| {what} | {creates:,.0f} | {log / 1024:.1f} |"

    def have_lists_of_new_rows(on):
        with closing(connection.cursor()) as cursor:
            for index in SEARCH_INDEXES:
                cursor.execute(f"ALTER INDEX {index.name} SET (fastupdate = {'on' if on else 'off'})")
                cursor.execute("SELECT gin_clean_pending_list(%s::regclass)", [index.name])

    try:
        yield line("all")
        have_lists_of_new_rows(False)
        yield line("all, each row sorted into the search indexes by itself")
        have_lists_of_new_rows(True)
        drop_indexes(by_domain)
        yield line("without those by mail domain")
        create_missing_indexes(by_domain)
        with closing(connection.cursor()) as cursor:
            definitions = {}
            for index in SEARCH_INDEXES:
                cursor.execute("SELECT pg_get_indexdef(%s::regclass)", [index.name])
                definitions[index.name] = cursor.fetchone()[0]
            drop_indexes(SEARCH_INDEXES)
            yield line("without the search indexes")
            for name, definition in definitions.items():
                cursor.execute(without_buckets(name, definition))
            yield line("the search indexes without buckets")
            for name in definitions:
                cursor.execute(f"DROP INDEX {name}_of_words")
    finally:
        create_missing_indexes(COSTLY_INDEXES)
    yield line("all, once more")


def main():
    parser = argparse.ArgumentParser(prog="python -m benchmarks.writes")
    parser.add_argument("--rows", type=int, default=1_000_000)
    add_docs_option(parser)
    options = parser.parse_args()
    os.environ["ALLOWED_HOSTS"] = "testserver"
    with on_the_customers(options.rows):
        report(measured(options.rows), mark=mark_for("bench-writes", options.rows), into_docs=options.docs)


if __name__ == "__main__":
    main()

"""`make bench-searches`: the ways to run a search, compared. Each of them finds the same rows.

python -m benchmarks.searches [--rows N] [--parts N] [--beside N] [--docs]

The first table has the time from the words to the newest matches of a page, on one connection: the median of
RUNS_A_SEARCH for each text, and one run for each of the random parts. A way that takes longer than MAX_MS is stopped.
The second table has the way that the product chooses, in every order and under filters. With --beside, only the second
table is printed, for an app beside another one with N customers.
"""

import argparse
import os
from collections.abc import Callable, Iterator, Sequence
from statistics import median
from time import perf_counter
from typing import TYPE_CHECKING

from .documents import add_docs_option, mark_for, report
from .measuring import TEXTS, fill, p99, random_parts, today_and_machine
from .servers import on_the_customers

if TYPE_CHECKING:
    from accounts.models import App
    from customers.models import Customer
    from customers.search import Word

Way = Callable[["Sequence[Word]"], "list[Customer]"]
RUNS_A_SEARCH = 5
MAX_MS = 20_000
FOUND_ROWS = 21  # a page reads one row more than it shows
FILTER_COMBINATIONS: dict[str, dict[str, str]] = {
    "none": {},
    "@gmail.com, a third": {"email": "@gmail.com"},
    "@yahoo.co.jp, one in fifty": {"email": "@yahoo.co.jp"},
    "a week": {"created_from": "2025-10-01", "created_to": "2025-10-07"},
    "all before the last year": {"created_to": "2025-10-07"},
}
SORTS = ("-created", "created", "email", "-email", "name", "-name")


def ways(app: "App") -> dict[str, Way]:
    """{name: a function that takes the words of a search and returns its first customers}"""
    from core.db.sql import Sql
    from customers.filters import SORTS
    from customers.models import Customer
    from customers.search import DEFAULT_COSTS, Criteria, Word, matches_all, search
    from customers.search.grams import is_indexed
    from customers.search.index import index_query
    from customers.search.statements import (
        COLUMNS,
        NEWEST_FIRST,
        TABLE,
        Scope,
        as_source,
        read_customers,
        read_ends,
    )

    scope = Scope(Criteria(app), ["-created", "-key"])

    def first_of(source: Sql, words: Sequence[Word]) -> list[Customer]:
        matching = matches_all(words)
        text = f"SELECT {COLUMNS} FROM {source.text} WHERE {matching.text} ORDER BY {NEWEST_FIRST} LIMIT {FOUND_ROWS}"
        return read_customers(Sql(text, source.params + matching.params))

    def planner(words: Sequence[Word]) -> list[Customer]:
        where = scope.passing & matches_all(words)
        text = f"SELECT {COLUMNS} FROM {TABLE} WHERE {where.text} ORDER BY {NEWEST_FIRST} LIMIT {FOUND_ROWS}"
        return read_customers(Sql(text, where.params))

    def index(words: Sequence[Word]) -> list[Customer]:
        known = [word for word in words if is_indexed(word)]
        if not known:
            return planner(words)
        listing = index_query(known, {}).condition({word: word.begins_id() for word in known if word.is_id})
        return first_of(as_source(scope.listed(listing)), words)

    def newest_first(words: Sequence[Word]) -> list[Customer]:
        rows = DEFAULT_COSTS.first_walk_rows
        while True:
            found = first_of(as_source(scope.first(rows)), words)
            if len(found) == FOUND_ROWS or not read_ends(scope, walked=rows):
                return found
            rows *= DEFAULT_COSTS.walk_growth_factor

    def chosen(words: Sequence[Word]) -> list[Customer]:
        outcomes = search(Criteria(app, tuple(words)), SORTS["-created"].runs(), FOUND_ROWS)
        return [customer for outcome in outcomes for customer in outcome.matches.customers]

    return {
        "the planner alone": planner,
        "the indexes alone": index,
        "the newest rows first, alone": newest_first,
        "as chosen": chosen,
    }


def timed(way: Way, words: "Sequence[Word]") -> tuple[float, list[int] | None]:
    """(ms, keys of the rows found), or (MAX_MS, None) if it was stopped."""
    from django.db import OperationalError

    begin = perf_counter()
    try:
        found = [customer.key for customer in way(words)]
    except OperationalError:
        return MAX_MS, None
    return (perf_counter() - begin) * 1000, found


def in_every_order(app: "App", texts: Sequence[str]) -> Iterator[str]:
    """The lines of the second table: the median of all texts and the slowest one, for each filter and order."""
    from customers.services import list_customers

    yield "| filter | " + " | ".join(SORTS) + " |"
    yield "| --- |" + " --- |" * len(SORTS)
    for name, filters in FILTER_COMBINATIONS.items():
        cells = []
        for sort in SORTS:
            times = []
            for text in texts:
                runs = []
                for _ in range(RUNS_A_SEARCH):
                    begin = perf_counter()
                    list_customers(app=app, limit=FOUND_ROWS - 1, sort=sort, query=text, **filters)
                    runs.append((perf_counter() - begin) * 1000)
                times.append((median(runs), text))
            slowest, text = max(times)
            cells.append(f"{median(time for time, _ in times):.1f}, {text}: {slowest:.0f}")
        yield f"| {name} | {' | '.join(cells)} |"


def every_way(app: "App", number: int, parts_number: int) -> Iterator[str]:
    """The lines of the first table, then of the second. number: the app's customers."""
    from django.db import connection

    from customers.models import Customer
    from customers.search import search_words

    with connection.cursor() as cursor:
        cursor.execute(f"SET statement_timeout = {MAX_MS}")
    all_ways = ways(app)
    yield f"{number:,} customers, {today_and_machine()}:\n"
    yield "| search, ms | " + " | ".join(all_ways) + " |"
    yield "| --- |" + " ---: |" * len(all_ways)
    for text in TEXTS:
        words, cells = search_words(text), []
        for way in all_ways.values():
            # Ways that take seconds are measured once.
            times = [timed(way, words)[0]]
            times += [timed(way, words)[0] for _ in range(RUNS_A_SEARCH)] if times[0] < 1000 else []
            cells.append(f"{median(times):,.1f}")
        yield f"| {text} | {' | '.join(cells)} |"
    parts = random_parts(Customer.objects.filter(app=app), number, parts_number)
    cells = []
    found: dict[str, list[int]] = {}
    for way in all_ways.values():
        times = []
        for part in parts:
            time, keys = timed(way, search_words(part))
            times.append(time)
            if keys is not None and found.setdefault(part, keys) != keys:
                raise SystemExit(f"The ways differ for {part!r}.")
        times.sort()
        cells.append(f"{median(times):.1f} / {p99(times):,.0f} / {times[-1]:,.0f}")
    yield f"| {len(parts)} random parts: p50 / p99 / worst | {' | '.join(cells)} |"
    yield (
        "\nThe same in every order and under filters, as chosen: the median of the twelve texts, then the slowest "
        "text. In ms:\n"
    )
    yield from in_every_order(app, TEXTS)


def beside_another_app(app: "App", number: int, others: int) -> Iterator[str]:
    """The lines of the second table, for an app with `number` customers beside one with `others`."""
    fill(others, slug="beside", seed=2)
    # The statistics have to know both apps.
    fill(number)
    yield f"{number:,} customers beside {others:,} of another app, {today_and_machine()}:\n"
    yield from in_every_order(app, TEXTS)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.searches")
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--parts", type=int, default=300)
    parser.add_argument("--beside", type=int, default=0, help="customers of another app")
    add_docs_option(parser)
    options = parser.parse_args()
    if options.beside:
        os.environ.setdefault("PROYECTA_DATA_DIR", f".data/benchmark-{options.rows}-beside-{options.beside}")
    with on_the_customers(options.rows) as (app, _, _):
        if options.beside:
            name, lines = "bench-searches-beside", beside_another_app(app, options.rows, options.beside)
        else:
            name, lines = "bench-searches", every_way(app, options.rows, options.parts)
        report(lines, mark=mark_for(name, options.rows), into_docs=options.docs)


if __name__ == "__main__":
    main()

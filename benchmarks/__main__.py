"""`make bench`: the time that pages take, beside Django's stock change list on the same table in the same run.

python -m benchmarks [--rows N] [--runs N] [--docs]

Every time is that of a whole request through Django's test client: middleware, session, database and template. With
more than a million customers, the smaller SMALLER_SIZES are measured as well, and a second table shows the growth.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from datetime import timedelta
from statistics import median
from typing import Any, NamedTuple
from urllib.parse import urlencode

from .documents import README, add_docs_option, mark_for, report
from .measuring import (
    CREATED_CUSTOMERS,
    TEXTS,
    creates_a_second,
    fill,
    measure,
    p99,
    random_parts,
    set_environment,
    today_and_machine,
    warm,
)

# p99 in ms at a million customers and at ten million; for 1,000 random searches p50 / p99 / worst. The aims were set on
# a machine where SELECT 1 takes 0.09 ms and an empty view 0.1: the first lines of the table show how this one compares.
AIMS = {"page": ("10", "15"), "search": ("25", "50"), "random": ("10 / 50 / 150", "15 / 100 / 300"), "": ("", "")}
AIM_CREATES_A_SECOND = 1000  # on one connection, with all indexes
MILLION = 1_000_000
SMALLER_SIZES = (10_000, MILLION)
RUNS_OF_SMALLER_SIZES = 50
STOCK_RUNS = 3
STOCK_SECONDS = 10
# {the line of the table: its name in the table of the README}
README_PAGES = {
    "list, newest first": "the Customers tab, newest first",
    "list, a page half-way down": "a page half-way down the list",
    "search: kim": "search: kim",
    "search: john smith": "search: john smith",
    "search: a whole email": "search: a whole email",
    "detail": "a customer's details",
}
HEAD = (
    "| page | median, ms | p99 | worst | aim, p99 | requests | stock change list, ms | times faster |\n"
    "| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: |"
)


class Line(NamedTuple):
    """One line of the table. Times are in ms."""

    page: str
    median: float
    p99: float
    worst: float
    aim: str
    requests: int
    # The query string of the same page in the stock change list, empty if it has none; and how long that page takes.
    stock_query: str
    stock: float | None = None

    def __str__(self) -> str:
        beside = f"{self.stock:,.0f} | {self.stock / self.median:,.0f} ×" if self.stock else " | "
        return (
            f"| {self.page} | {self.median:.2f} | {self.p99:.2f} | {self.worst:.1f} | {self.aim} | {self.requests} "
            f"| {beside} |"
        )


class Bench:
    """Measures the pages of the app `bench`. `lines` has the results."""

    def __init__(self, rows: int, runs: int) -> None:
        from django.test import Client
        from django.urls import reverse

        from accounts.models import App, User

        self.rows, self.runs = rows, runs
        self.lines: list[Line] = []
        self.app = App.objects.get(slug="bench")
        self.client = Client()
        user, _ = User.objects.get_or_create(username="bench", defaults={"is_superuser": True, "is_staff": True})
        self.client.force_login(user)
        self.list_url = reverse("customer_list", args=["bench"])

    def customers(self, **params: str) -> str:
        """The address of the Customers tab with this query string."""
        return f"{self.list_url}?{urlencode(params)}"

    def add(
        self,
        page: str,
        addresses: Sequence[str],
        stock_query: str = "",
        *,
        runs: int | None = None,
        aim: str = "page",
        request: Callable[[str], Any] | None = None,
    ) -> None:
        """Measure one page and add its line. aim: a key of AIMS."""
        times = measure(request or self.client.get, addresses, runs or self.runs)
        shown = AIMS[aim][self.rows > MILLION]
        self.lines.append(Line(page, median(times), p99(times), times[-1], shown, len(times), stock_query))
        print(f"{page}: {median(times):.1f} ms, p99 {p99(times):.1f}", file=sys.stderr, flush=True)

    def add_all(self) -> None:
        """Measure every page of the product."""
        from customers.models import Customer

        customers = Customer.objects.filter(app=self.app)
        middle = customers.order_by("created", "key")[self.rows // 2 : self.rows // 2 + 1].get()
        deep = self.rows // 2 // 100
        self.add("to compare: SELECT 1", [""], aim="", request=select_1)
        self.add("to compare: an empty view", ["/empty/"], aim="", request=empty_view_client().get)
        self.add("list, newest first", [self.list_url], "?")
        self.add("list, a page half-way down", [self.customers(starting_after=middle.public_id)], f"?p={deep}")
        columns = {"email": "1", "name": "2", "created": "3"}
        for sort in ("created", "email", "-email", "name", "-name"):
            order = ("-" if sort.startswith("-") else "") + columns[sort.lstrip("-")]
            self.add(f"list by {sort}", [self.customers(sort=sort)], f"?o={order}")
            self.add(f"list by {sort}, half-way", [self.customers(sort=sort, starting_after=middle.public_id)])
        self.add("filter: one email", [self.customers(email=middle.email or "nobody@example.com")])
        self.add("filter: @gmail.com", [self.customers(email="@gmail.com")])
        week = middle.created.date()
        days = {"created_from": str(week - timedelta(days=7)), "created_to": str(week)}
        self.add("filter: a week a year ago", [self.customers(**days)])
        for text in TEXTS:
            self.add(f"search: {text}", [self.customers(query=text)], f"?{urlencode({'q': text})}", aim="search")
        whole = middle.email or middle.public_id
        self.add("search: a whole email", [self.customers(query=whole)], f"?{urlencode({'q': whole})}", aim="search")
        self.add("search: a whole id", [self.customers(query=middle.public_id)], aim="search")
        parts = [self.customers(query=part) for part in random_parts(customers, self.rows, 1000)]
        self.add("search: 1,000 random parts", parts, runs=len(parts), aim="random")
        self.add("detail", [f"{self.list_url}{middle.public_id}/"])
        self.add("overview", ["/dashboard/bench/"])

    def add_stock(self) -> None:
        """Measure the same pages of the stock change list, last: its index must not help the product's pages."""
        from django.db import connection

        with connection.cursor() as cursor:
            cursor.execute("CREATE INDEX benchmark_stock_created ON customers_customer (created DESC, key DESC)")
            # PostgreSQL's default, which the product's connections switch off: the stock list counts with it.
            cursor.execute("SET max_parallel_workers_per_gather = 2")
        for place, line in enumerate(self.lines):
            if line.stock_query:
                address = f"/stock/customers/customer/{line.stock_query}"
                stock = median(measure(self.client.get, [address], STOCK_RUNS, STOCK_SECONDS))
                self.lines[place] = line._replace(stock=stock)
                print(f"{line.page}, stock: {stock:.0f} ms", file=sys.stderr, flush=True)
        with connection.cursor() as cursor:
            cursor.execute("DROP INDEX benchmark_stock_created")

    def medians(self) -> dict[str, float]:
        """{page: median in ms}"""
        return {line.page: line.median for line in self.lines}


def select_1(_: str) -> Any:
    """A request that is no more than one statement."""
    from django.db import connection
    from django.http import HttpResponse

    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
        cursor.fetchone()
    return HttpResponse()


def empty_view_client() -> Any:
    """A test client without middleware: what Django itself takes."""
    from django.test import Client, override_settings

    client = Client()
    with override_settings(MIDDLEWARE=[]):
        client.handler.load_middleware()
    return client


def medians_at(rows: int, runs: int) -> dict[str, float]:
    """{page: median in ms} at another size, measured by a process of its own with a database of its own."""
    with tempfile.NamedTemporaryFile("r", suffix=".json") as file:
        surroundings = {name: value for name, value in os.environ.items() if name != "PROYECTA_DATA_DIR"}
        command = [sys.executable, "-m", "benchmarks", "--rows", str(rows), "--runs", str(runs), "--medians", file.name]
        subprocess.run(command, env=surroundings, stdout=subprocess.DEVNULL, check=True)
        medians: dict[str, float] = json.load(file)
    return medians


def growth(medians: dict[int, dict[str, float]]) -> Iterator[str]:
    """The table of the growth. medians: {customers: {page: median in ms}}, the smallest number of customers first."""
    sizes = list(medians)
    yield f"| page, median in ms | {' | '.join(f'{size:,} rows' for size in sizes)} | last to first |"
    yield "| --- |" + " ---: |" * (len(sizes) + 1)
    for page in medians[sizes[0]]:
        times = [medians[size][page] for size in sizes]
        yield f"| {page} | {' | '.join(f'{time:.2f}' for time in times)} | {times[-1] / times[0]:.1f} × |"


def readme_lines(title: str, lines: Sequence[Line], creates: float) -> Iterator[str]:
    """The small table of the README. creates: customers created a second."""
    yield from (title, "", "| page | median, ms | p99 | stock change list, ms | times faster |")
    yield "| --- | ---: | ---: | ---: | ---: |"
    by_page = {line.page: line for line in lines}
    for page, shown in README_PAGES.items():
        line = by_page[page]
        beside = f"{line.stock:,.0f} | {line.stock / line.median:,.0f} ×" if line.stock else " | "
        yield f"| {shown} | {line.median:.2f} | {line.p99:.2f} | {beside} |"
    yield from ("", f"Customers created one after the other: {creates:,.0f} a second.")


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks")
    parser.add_argument("--rows", type=int, default=MILLION)
    parser.add_argument("--runs", type=int, default=200)
    parser.add_argument("--medians", help="only write the medians of the product's pages into this file, as JSON")
    add_docs_option(parser)
    options = parser.parse_args()
    smaller = [size for size in SMALLER_SIZES if size < options.rows] if options.rows > MILLION else []
    medians = {size: medians_at(size, min(options.runs, RUNS_OF_SMALLER_SIZES)) for size in smaller}
    set_environment(options.rows)
    os.environ["ALLOWED_HOSTS"] = "testserver"

    from postgres.embedded import running_database

    with running_database():
        import django
        from django.conf import settings

        settings.ROOT_URLCONF = "benchmarks.urls"
        django.setup()
        from django.core.management import call_command

        # Loaded as by the server: it freezes what the garbage collector would look through otherwise.
        import proyecta_admin.wsgi  # noqa: F401

        call_command("collectstatic", interactive=False, verbosity=0)
        seconds = fill(options.rows)
        warm()
        bench = Bench(options.rows, options.runs)
        bench.add_all()
        if options.medians:
            with open(options.medians, "w") as file:
                json.dump(bench.medians(), file)
            return
        creates, log_bytes = creates_a_second(bench.app)
        bench.add_stock()
    made = f" made in {seconds:.0f} s, indexes included" if seconds else ""
    place = today_and_machine()
    lines = [f"{options.rows:,} customers{made}, {place}:", "", HEAD, *map(str, bench.lines), ""]
    lines.append(
        f"{CREATED_CUSTOMERS:,} customers created one after the other, from a checkpoint on: {creates:,.0f} a second "
        f"(aim {AIM_CREATES_A_SECOND:,}), each with {log_bytes / 1024:.0f} KB of log."
    )
    report(lines, mark=mark_for("bench", options.rows), into_docs=options.docs)
    if medians:
        report(growth(medians | {options.rows: bench.medians()}), mark="growth", into_docs=options.docs)
    elif options.docs:
        title = f"{options.rows:,} customers, {place}:"
        report(readme_lines(title, bench.lines, creates), mark="bench-small", into_docs=True, page=README)


if __name__ == "__main__":
    main()

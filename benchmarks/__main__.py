"""`make bench`: how long the pages take, beside Django's stock change list on the same table in the same run.

python -m benchmarks [--rows N] [--runs N] [--docs]

Every time is that of a whole request through Django's test client: middleware, session, database, template. The data
is made once per number of rows and kept under the data directory. With more than a million rows the same is measured
at the smaller SIZES as well, and a second table has the growth.
"""

import argparse
import json
import os
import platform
import random
import subprocess
import sys
import tempfile
from datetime import UTC, date, datetime, timedelta
from statistics import median
from time import perf_counter
from urllib.parse import urlencode

from .documents import README, add_docs_option, mark_for, report

# p99 in ms at a million customers and at ten million; of 1,000 random searches p50 / p99 / worst. They are of a machine
# on which SELECT 1 takes 0.09 ms and an empty view 0.1: the first lines of the table tell how this one compares.
AIMS = {"page": ("10", "15"), "search": ("25", "50"), "random": ("10 / 50 / 150", "15 / 100 / 300"), "": ("", "")}
TEXTS = ("k", "mi", "gmail", "kim", "smith", "김", "민수", "김민", "뷁", "john smith", "smith yahoo.co.jp", "zzqxv")
STOCK_RUNS = 3
STOCK_SECONDS = 10
SIZES = (10_000, 1_000_000)
RUNS_FOR_A_MEDIAN = 50
CREATES = 10_000
AIM_OF_CREATES = 1000  # a second, on one connection, every index on
# {the line of the table: what the README's table calls it}
README_PAGES = {
    "list, newest first": "the Customers tab, newest first",
    "list, a page half-way down": "a page half-way down the list",
    "search: kim": "search: kim",
    "search: john smith": "search: john smith",
    "search: a whole email": "search: a whole email",
    "detail": "a customer's details",
}
DOMAIN = "bench-create.example"  # of the customers that creating is measured by


def measure(request, addresses, runs, seconds=None):
    """Sorted times in ms of `runs` requests, going round the addresses, after one that does not count; or as many as
    there is time for in `seconds`, at least one."""
    if seconds is None:
        request(addresses[0])
    times, end = [], perf_counter() + (seconds or 10**9)
    for number in range(runs):
        address = addresses[number % len(addresses)]
        start = perf_counter()
        response = request(address)
        times.append((perf_counter() - start) * 1000)
        if response.status_code != 200:
            raise SystemExit(f"{address} answered {response.status_code}.")
        if perf_counter() > end:
            break
    return sorted(times)


def p99(times):
    return times[min(len(times) - 1, int(len(times) * 0.99))]


def select_1(_):
    from django.db import connection
    from django.http import HttpResponse

    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
        cursor.fetchone()
    return HttpResponse()


class EmptyView:
    """What Django itself takes: a view that returns nothing, without middleware."""

    def __init__(self):
        from django.test import Client, override_settings

        with override_settings(MIDDLEWARE=[]):
            self.client = Client()
            self.client.handler.load_middleware()

    def get(self, address):
        return self.client.get(address)


class Bench:
    def __init__(self, rows, runs):
        from django.test import Client
        from django.urls import reverse

        from accounts.models import App, User

        self.rows, self.runs, self.table = rows, runs, []
        self.app = App.objects.get(slug="bench")
        self.client = Client()
        user, _ = User.objects.get_or_create(username="bench", defaults={"is_superuser": True, "is_staff": True})
        self.client.force_login(user)
        self.list_url = reverse("customer_list", args=["bench"])

    def customers(self, **params):
        return f"{self.list_url}?{urlencode(params)}"

    def line(self, what, addresses, stock="", runs=None, aim="page", request=None):
        """Measure one thing. stock: the query of its counterpart in the stock change list, where there is one."""
        times = measure(request or self.client.get, addresses, runs or self.runs)
        aim = AIMS[aim][self.rows > 1_000_000]
        self.table.append([what, median(times), p99(times), times[-1], aim, len(times), stock])
        print(f"{what}: {median(times):.1f} ms, p99 {p99(times):.1f}", file=sys.stderr, flush=True)

    def measure_stock(self):
        """The counterparts, after all else: the index that the stock list is given must not serve the product."""
        from django.db import connection

        with connection.cursor() as cursor:
            cursor.execute("CREATE INDEX benchmark_stock_created ON customers_customer (created DESC, key DESC)")
            # PostgreSQL's default, which the product's connections do without: the stock list counts with it.
            cursor.execute("SET max_parallel_workers_per_gather = 2")
        for line in self.table:
            if line[-1]:
                address = f"/stock/customers/customer/{line[-1]}"
                line[-1] = median(measure(self.client.get, [address], STOCK_RUNS, STOCK_SECONDS))
                print(f"{line[0]}, stock: {line[-1]:.0f} ms", file=sys.stderr, flush=True)
        with connection.cursor() as cursor:
            cursor.execute("DROP INDEX benchmark_stock_created")

    def creates_a_second(self):
        """How many customers are created, one after the other on this connection, and the bytes of log that one writes.
        They are deleted again."""
        from customers.demo import demo_customers
        from customers.models import Customer
        from customers.services import create_customer

        people = list(demo_customers(CREATES, seed="creates", until=datetime.now(UTC)))
        with superuser() as server:
            # What comes first after a checkpoint is the dearest: of each page that it touches the log has the whole.
            server.execute("CHECKPOINT")
            (begin,) = server.execute("SELECT pg_current_wal_insert_lsn()").fetchone()
            start = perf_counter()
            for number, one in enumerate(people):
                create_customer(app=self.app, email=f"{number}@{DOMAIN}", name=one.name, phone=one.phone)
            seconds = perf_counter() - start
            (log,) = server.execute("SELECT pg_current_wal_insert_lsn() - %s", [begin]).fetchone()
        Customer.objects.filter(app=self.app, email_domain=DOMAIN).delete()
        return CREATES / seconds, float(log) / CREATES

    @staticmethod
    def row(line):
        what, middle, high, worst, aim, runs, theirs = line
        beside = f"{theirs:,.0f} | {theirs / middle:,.0f} ×" if theirs else " | "
        return f"| {what} | {middle:.2f} | {high:.2f} | {worst:.1f} | {aim} | {runs} | {beside} |"

    def medians(self):
        return {line[0]: line[1] for line in self.table}

    HEAD = (
        "| page | median, ms | p99 | worst | aim, p99 | requests | stock change list, ms | times faster |\n"
        "| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: |"
    )

    def run(self):
        from customers.models import Customer

        customers = Customer.objects.filter(app=self.app)
        middle = customers.order_by("created", "key")[self.rows // 2 : self.rows // 2 + 1].get()
        deep = self.rows // 2 // 100
        self.line("to compare: SELECT 1", [""], aim="", request=select_1)
        self.line("to compare: an empty view", ["/empty/"], aim="", request=EmptyView().get)
        self.line("list, newest first", [self.list_url], "?")
        self.line("list, a page half-way down", [self.customers(starting_after=middle.public_id)], f"?p={deep}")
        columns = {"email": "1", "name": "2", "created": "3"}
        for sort in ("created", "email", "-email", "name", "-name"):
            order = ("-" if sort.startswith("-") else "") + columns[sort.lstrip("-")]
            self.line(f"list by {sort}", [self.customers(sort=sort)], f"?o={order}")
            self.line(f"list by {sort}, half-way", [self.customers(sort=sort, starting_after=middle.public_id)])
        self.line("filter: one email", [self.customers(email=middle.email or "nobody@example.com")])
        self.line("filter: @gmail.com", [self.customers(email="@gmail.com")])
        week = middle.created.date()
        days = {"created_from": str(week - timedelta(days=7)), "created_to": str(week)}
        self.line("filter: a week a year ago", [self.customers(**days)])
        for text in TEXTS:
            self.line(f"search: {text}", [self.customers(query=text)], f"?{urlencode({'q': text})}", aim="search")
        whole = middle.email or middle.public_id
        self.line("search: a whole email", [self.customers(query=whole)], f"?{urlencode({'q': whole})}", aim="search")
        self.line("search: a whole id", [self.customers(query=middle.public_id)], aim="search")
        parts = random_parts(customers, self.rows, 1000)
        self.line(
            "search: 1,000 random parts", [self.customers(query=part) for part in parts], runs=len(parts), aim="random"
        )
        self.line("detail", [f"{self.list_url}{middle.public_id}/"])
        self.line("overview", ["/dashboard/bench/"])


def random_parts(customers, rows, number):
    """Parts of emails, names and phones, beginnings of ids, and mixes of two words; the same for the same table."""
    chance = random.Random(1)
    first = customers.order_by("key").values_list("key", flat=True).first()
    keys = [first + chance.randrange(rows) for _ in range(number)]
    found = customers.filter(key__in=keys).order_by("key").values_list("email", "name", "phone", "public_id")
    parts = []
    for email, name, phone, public_id in found:
        kind = chance.random()
        text = chance.choice([field for field in (email, name, phone) if field] or [public_id])
        start = chance.randrange(max(1, len(text) - 1))
        part = text[start : start + chance.randint(2, 7)].strip() or text
        if kind < 0.1:
            part = public_id[: chance.randint(8, len(public_id))]
        elif kind < 0.3 and name and email:
            part = f"{part} {email[: chance.randint(2, 4)]}"
        parts.append(part.strip())
    return [part for part in parts if any(letter.isalnum() for letter in part)]


def machine():
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return f"{os.cpu_count()} cores, {memory:.0f} GiB, Python {platform.python_version()}"


def today_and_machine():
    """What the title of a table says of its day and place."""
    return f"{date.today():%d %B %Y}, {machine()}"


def fill(rows, slug="bench", seed=1):
    """An app with `rows` customers. Returns the seconds it took to make them, None where they were there."""
    from django.core.management import call_command
    from django.db import connection

    from accounts.models import App
    from customers.models import Customer

    call_command("migrate", verbosity=0)
    app, _ = App.objects.get_or_create(slug=slug, defaults={"name": slug.capitalize()})
    if not Customer.objects.filter(app=app).exists():
        start = perf_counter()
        call_command("generate_customers", app=slug, rows=rows, seed=seed)
        return perf_counter() - start
    with connection.cursor() as cursor:
        # Left by a run that was stopped.
        cursor.execute("DROP INDEX IF EXISTS benchmark_stock_created")
        cursor.execute("VACUUM ANALYZE customers_customer")
    return None


def superuser():
    """A connection of the server's superuser, who alone may do some things."""
    import psycopg
    from django.conf import settings
    from django.db import connection

    from postgres.server import find_or_make

    address = find_or_make(settings.DATA_DIR).address(dbname=connection.settings_dict["NAME"])
    return psycopg.connect(address, autocommit=True)


def warm():
    """Have PostgreSQL read the customers and the search indexes, as one that has been in use for a while has."""
    from customers.loading.indexes import CUSTOMERS_TABLE, SEARCH_INDEXES

    with superuser() as server:
        server.execute("CREATE EXTENSION IF NOT EXISTS pg_prewarm")
        for name in (CUSTOMERS_TABLE, *(index.name for index in SEARCH_INDEXES)):
            server.execute("SELECT pg_prewarm(%s::regclass)", [name])


def measured_at(rows, runs):
    """{what: median in ms} at another size, by a process of its own: a database and its cache for each."""
    with tempfile.NamedTemporaryFile("r", suffix=".json") as file:
        surroundings = {name: value for name, value in os.environ.items() if name != "PROYECTA_DATA_DIR"}
        command = [sys.executable, "-m", "benchmarks", "--rows", str(rows), "--runs", str(runs), "--medians", file.name]
        subprocess.run(command, env=surroundings, stdout=subprocess.DEVNULL, check=True)
        return json.load(file)


def growth(medians):
    """The second table. medians: {rows: {what: median in ms}}, the smallest number of rows first."""
    sizes = list(medians)
    yield f"| page, median in ms | {' | '.join(f'{size:,} rows' for size in sizes)} | last to first |"
    yield "| --- |" + " ---: |" * (len(sizes) + 1)
    for what in medians[sizes[0]]:
        times = [medians[size][what] for size in sizes]
        yield f"| {what} | {' | '.join(f'{time:.2f}' for time in times)} | {times[-1] / times[0]:.1f} × |"


def readme_lines(title, table, creates):
    """The small table of the README. table: the lines of a Bench; creates: how many customers are created a second."""
    yield from (title, "", "| page | median, ms | p99 | stock change list, ms | times faster |")
    yield "| --- | ---: | ---: | ---: | ---: |"
    lines = {line[0]: line for line in table}
    for name, shown in README_PAGES.items():
        _, middle, high, _, _, _, stock = lines[name]
        beside = f"{stock:,.0f} | {stock / middle:,.0f} ×" if stock else " | "
        yield f"| {shown} | {middle:.2f} | {high:.2f} | {beside} |"
    yield from ("", f"Customers created one after the other: {creates:,.0f} a second.")


def main():
    parser = argparse.ArgumentParser(prog="python -m benchmarks")
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--runs", type=int, default=200)
    add_docs_option(parser)
    parser.add_argument("--medians", help="write the medians as JSON into this file, and measure nothing of Django's")
    options = parser.parse_args()
    smaller = [size for size in SIZES if size < options.rows] if options.rows > 1_000_000 else []
    medians = {size: measured_at(size, min(options.runs, RUNS_FOR_A_MEDIAN)) for size in smaller}
    os.environ.setdefault("PROYECTA_DATA_DIR", f".data/benchmark-{options.rows}")
    os.environ["ALLOWED_HOSTS"] = "testserver"
    os.environ["DJANGO_SETTINGS_MODULE"] = "proyecta_admin.settings"
    os.environ.pop("DATABASE_URL", None)

    from postgres.embedded import running_database

    with running_database():
        import django
        from django.conf import settings

        settings.ROOT_URLCONF = "benchmarks.urls"
        django.setup()
        from django.core.management import call_command

        # As the server is, when it begins to serve.
        import proyecta_admin.wsgi  # noqa: F401

        call_command("collectstatic", interactive=False, verbosity=0)
        seconds = fill(options.rows)
        warm()
        bench = Bench(options.rows, options.runs)
        bench.run()
        if options.medians:
            with open(options.medians, "w") as file:
                json.dump(bench.medians(), file)
            return
        creates, log = bench.creates_a_second()
        bench.measure_stock()
    made = f" made in {seconds:.0f} s, indexes included" if seconds else ""
    title = f"{options.rows:,} customers{made}, {today_and_machine()}:"
    title_of_readme = f"{options.rows:,} customers, {today_and_machine()}:"
    written = (
        f"{CREATES:,} customers created one after the other, from a checkpoint on: {creates:,.0f} a second "
        f"(aim {AIM_OF_CREATES:,}), each with {log / 1024:.0f} KB of log."
    )
    lines = [title, "", bench.HEAD, *map(bench.row, bench.table), "", written]
    report(lines, mark=mark_for("bench", options.rows), into_docs=options.docs)
    if medians:
        report(growth(medians | {options.rows: bench.medians()}), mark="growth", into_docs=options.docs)
    elif options.docs:
        report(readme_lines(title_of_readme, bench.table, creates), mark="bench-small", into_docs=True, page=README)


if __name__ == "__main__":
    main()

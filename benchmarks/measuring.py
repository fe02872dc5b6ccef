"""Helpers of all benchmarks: the texts searched for, the customers measured on, and how times are taken.

Django is imported inside the functions: a script sets its environment first.
"""

import os
import platform
import random
from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime
from time import perf_counter
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import psycopg
    from django.db.models import QuerySet

    from accounts.models import App
    from customers.models import Customer

TEXTS = ("k", "mi", "gmail", "kim", "smith", "김", "민수", "김민", "뷁", "john smith", "smith yahoo.co.jp", "zzqxv")
CREATED_CUSTOMERS = 10_000
CREATES_DOMAIN = "bench-create.example"  # mail domain of the customers that creates_a_second() makes and deletes


def set_environment(rows: int, settings: str = "proyecta_admin.settings") -> None:
    """Point this process to the installation with `rows` customers, never to the database of DATABASE_URL."""
    os.environ.setdefault("PROYECTA_DATA_DIR", f".data/benchmark-{rows}")
    os.environ["DJANGO_SETTINGS_MODULE"] = settings
    os.environ.pop("DATABASE_URL", None)


def measure(
    request: Callable[[str], Any], addresses: Sequence[str], runs: int, max_seconds: float | None = None
) -> list[float]:
    """The times of `runs` requests in ms, sorted; the addresses are used in turn.

    request: takes an address, returns a response. A first request, which is not counted, fills caches.
    max_seconds: stop after this time, with at least one request; nothing is left uncounted then.
    Raises SystemExit if an answer is not 200.
    """
    if max_seconds is None:
        request(addresses[0])
    times: list[float] = []
    end = None if max_seconds is None else perf_counter() + max_seconds
    for number in range(runs):
        address = addresses[number % len(addresses)]
        start = perf_counter()
        response = request(address)
        times.append((perf_counter() - start) * 1000)
        if response.status_code != 200:
            raise SystemExit(f"{address} answered {response.status_code}.")
        if end is not None and perf_counter() > end:
            break
    return sorted(times)


def p99(times: Sequence[float]) -> float:
    """The 99th percentile of sorted times."""
    return times[min(len(times) - 1, int(len(times) * 0.99))]


def today_and_machine() -> str:
    """The date and the machine, for the title of a table."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    machine = f"{os.cpu_count()} cores, {memory:.0f} GiB, Python {platform.python_version()}"
    return f"{date.today():%d %B %Y}, {machine}"


def random_parts(customers: "QuerySet[Customer]", rows: int, number: int) -> list[str]:
    """Up to `number` search texts: parts of emails, names and phones, beginnings of ids, and mixes of two words.

    rows: how many customers there are. The texts are the same for the same customers.
    """
    chance = random.Random(1)
    first = customers.order_by("key").values_list("key", flat=True)[0]
    keys = [first + chance.randrange(rows) for _ in range(number)]
    found = customers.filter(key__in=keys).order_by("key").values_list("email", "name", "phone", "public_id")
    parts: list[str] = []
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


def fill(rows: int, slug: str = "bench", seed: int = 1) -> float | None:
    """Have an app with `rows` customers. Returns the seconds that creating them took, None if they were there."""
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


def superuser() -> "psycopg.Connection":
    """A connection of the server's superuser, for checkpoints and extensions."""
    import psycopg
    from django.conf import settings
    from django.db import connection

    from postgres.server import find_or_make

    address = find_or_make(settings.DATA_DIR).address(dbname=connection.settings_dict["NAME"])
    return psycopg.connect(address, autocommit=True)


def warm() -> None:
    """Read the customers and the search indexes into memory, as on a server that has been in use for a while."""
    from customers.loading.indexes import CUSTOMERS_TABLE, SEARCH_INDEXES

    with superuser() as server:
        server.execute("CREATE EXTENSION IF NOT EXISTS pg_prewarm")
        for name in (CUSTOMERS_TABLE, *(index.name for index in SEARCH_INDEXES)):
            server.execute("SELECT pg_prewarm(%s::regclass)", [name])


def creates_a_second(app: "App") -> tuple[float, float]:
    """(customers created a second, bytes of log for each), one after the other on this connection.

    The customers are deleted afterwards.
    """
    from customers.demo import demo_customers
    from customers.models import Customer
    from customers.services import create_customer

    people = list(demo_customers(CREATED_CUSTOMERS, seed="creates", until=datetime.now(UTC)))
    with superuser() as server:
        # The first changes after a checkpoint cost most: the log then has the whole of each page that they touch.
        server.execute("CHECKPOINT")
        (begin,) = _one_row(server, "SELECT pg_current_wal_insert_lsn()")
        start = perf_counter()
        for number, one in enumerate(people):
            create_customer(app=app, email=f"{number}@{CREATES_DOMAIN}", name=one.name, phone=one.phone)
        seconds = perf_counter() - start
        (log,) = _one_row(server, "SELECT pg_current_wal_insert_lsn() - %s", [begin])
    Customer.objects.filter(app=app, email_domain=CREATES_DOMAIN).delete()
    return CREATED_CUSTOMERS / seconds, float(log) / CREATED_CUSTOMERS


def _one_row(server: "psycopg.Connection", statement: str, params: Sequence[Any] = ()) -> tuple[Any, ...]:
    row = server.execute(statement, params).fetchone()
    assert row is not None
    return row

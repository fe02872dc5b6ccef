"""`make bench-servers`: what servers and ways to connect make of the same pages, with 1 to 256 connections.

python -m benchmarks.servers [--rows N] [--seconds S] [--docs]

Two worker processes each, on the customers of `make bench`; what it measures with is a process of its own that shares
the machine. gunicorn and uvicorn are no part of the product: .venv/bin/python -m pip install gunicorn uvicorn
"""

import argparse
import asyncio
import multiprocessing
import os
import sys
import time
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from itertools import cycle
from statistics import median

from .__main__ import fill, p99, today_and_machine
from .documents import add_docs_option, mark_for, report
from .http import PATIENCE, WARM_UP, free_port, sample, started

CONNECTIONS = (1, 8, 64, 256)
WSGI = "proyecta_admin.wsgi:application"
GRANIAN = ["granian", "--interface", "wsgi", "--workers", "2", "--log-level", "warning", "--port", "{port}"]
GUNICORN = ["gunicorn", "--workers", "2", "--log-level", "warning", "--bind", "127.0.0.1:{port}"]
# (name, module and arguments, environment)
SERVERS = (
    ("the product's own (granian)", ["proyecta_admin.serve"], {}),
    ("granian, 1 thread", [*GRANIAN, "--blocking-threads", "1", WSGI], {}),
    ("granian, 4 threads", [*GRANIAN, "--blocking-threads", "4", WSGI], {}),
    ("granian, 1 thread, no pool", [*GRANIAN, "--blocking-threads", "1", WSGI], {"POOL": "0"}),
    ("granian, 1 thread, prepared", [*GRANIAN, "--blocking-threads", "1", WSGI], {"PREPARED": "1"}),
    ("gunicorn sync", [*GUNICORN, WSGI], {}),
    ("gunicorn gthread, 4 threads", [*GUNICORN, "--worker-class", "gthread", "--threads", "4", WSGI], {}),
    (
        "uvicorn, ASGI",
        ["uvicorn", "--workers", "2", "--log-level", "warning", "--port", "{port}", "--factory"]
        + ["django.core.asgi:get_asgi_application"],
        {},
    ),
)


async def ask(port, requests, begin, end, times, others):
    """Asks one after the other until `end`, on one connection where the server keeps it open.

    others: {status: number} of answers but 200, and of connections that were refused or lost.
    """
    reader = writer = None
    while (started := time.perf_counter()) < end:
        try:
            if writer is None:
                reader, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.write(next(requests))
            head = (await reader.readuntil(b"\r\n\r\n")).lower()
            await reader.readexactly(int(head.partition(b"content-length:")[2].split(b"\r\n", 1)[0]))
            status = head.split(b" ", 2)[1].decode()
        except (OSError, asyncio.IncompleteReadError):
            status, head = "lost", b"connection: close"
            await asyncio.sleep(0.01)
        if started >= begin and (now := time.perf_counter()) <= end:
            if status == "200":
                times.append((now - started) * 1000)
            else:
                others[status] = others.get(status, 0) + 1
        if b"connection: close" in head and writer is not None:
            writer.close()
            writer = None
    if writer is not None:
        writer.close()


async def load(port, requests, connections, seconds):
    """(sorted times in ms of the 200s, the others as ask() has them) of `requests`, a list of bytes, over and over, on
    so many connections at once."""
    requests, begin = cycle(requests), time.perf_counter() + WARM_UP
    times, others = [], {}
    async with asyncio.timeout(WARM_UP + seconds + PATIENCE):
        await asyncio.gather(*(ask(port, requests, begin, begin + seconds, times, others) for _ in range(connections)))
    return sorted(times), others


def run_load(*arguments):
    return asyncio.run(load(*arguments))


@contextmanager
def running(arguments, environment, port):
    surroundings = os.environ | {
        "DJANGO_SETTINGS_MODULE": "benchmarks.server_settings",
        "PORT": str(port),
        "API_RATE_LIMIT": "0",
        "PROYECTA_DEMO": "0",
        **environment,
    }
    with started([part.format(port=port) for part in arguments], surroundings, lambda: is_up(port)) as process:
        yield process


def is_up(port):
    try:
        return run_load(port, [request_for("/healthz", port)], 1, 0.1)[0] != []
    except (OSError, TimeoutError):
        return False


def request_for(path, port, **headers):
    lines = [
        f"GET {path} HTTP/1.1",
        f"Host: 127.0.0.1:{port}",
        *(f"{name}: {value}" for name, value in headers.items()),
    ]
    return "\r\n".join([*lines, "", ""]).encode()


def measure(pages, seconds):
    """The rows of the table. pages: (name, path, headers) of each."""
    spawn = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(1, mp_context=spawn) as generator:
        for name, arguments, environment in SERVERS:
            port = free_port()
            with running(arguments, environment, port):
                for page, path, headers in pages:
                    cells = []
                    for connections in CONNECTIONS:
                        request = request_for(path, port, **headers)
                        times, others = generator.submit(run_load, port, [request], connections, seconds).result()
                        rate = f"{len(times) / seconds:,.0f}" if times else "0"
                        spread = f"{median(times):.0f} / {p99(times):.0f}" if times else "–"
                        refused = "".join(f", {status} × {number}" for status, number in sorted(others.items()))
                        cells.append(f"{rate} ({spread}{refused})")
                    row = f"| {name} | {page} | {' | '.join(cells)} |"
                    print(row, file=sys.stderr, flush=True)
                    yield row


@contextmanager
def on_the_customers(rows):
    """(the app, the cookie of somebody who is signed in, an API key), the app with so many customers."""
    os.environ.setdefault("PROYECTA_DATA_DIR", f".data/benchmark-{rows}")
    os.environ["DJANGO_SETTINGS_MODULE"] = "proyecta_admin.settings"
    os.environ.pop("DATABASE_URL", None)

    from postgres.embedded import running_database

    with running_database():
        import django

        django.setup()
        from django.core.management import call_command
        from django.test import Client

        from accounts.keys import create_api_key
        from accounts.models import App, User

        call_command("collectstatic", interactive=False, verbosity=0)
        fill(rows)
        app = App.objects.get(slug="bench")
        user, _ = User.objects.get_or_create(username="bench", defaults={"is_superuser": True, "is_staff": True})
        client = Client()
        client.force_login(user)
        record, key = create_api_key(app=app, name="Benchmark", scope="read")
        try:
            yield app, f"sessionid={client.cookies['sessionid'].value}", key
        finally:
            record.delete()


def main():
    parser = argparse.ArgumentParser(prog="python -m benchmarks.servers")
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--seconds", type=float, default=3, help="for each cell of the table")
    add_docs_option(parser)
    options = parser.parse_args()
    with on_the_customers(options.rows) as (app, cookie, key):
        pages = (
            ("list", "/dashboard/bench/commerce/customers/", {"Cookie": cookie}),
            ("JSON by id", f"/v1/commerce/customers/{sample(app)[0]}", {"Authorization": f"Bearer {key}"}),
        )
        rows = list(measure(pages, options.seconds))
    lines = [
        f"{options.rows:,} customers, {today_and_machine()}, {options.seconds:g} seconds a cell:",
        "",
        "| server, 2 workers | page |" + "".join(f" {number} connections |" for number in CONNECTIONS),
        "| --- | --- |" + " ---: |" * len(CONNECTIONS),
        *rows,
    ]
    report(lines, mark=mark_for("bench-servers", options.rows), into_docs=options.docs)


if __name__ == "__main__":
    main()

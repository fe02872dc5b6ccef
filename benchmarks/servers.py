"""`make bench-servers`: the same pages on other servers and other ways to connect, with 1 to 256 connections.

python -m benchmarks.servers [--rows N] [--seconds S] [--docs]

Each server has two worker processes and the customers of `make bench`. A process of its own sends the requests and
shares the machine. gunicorn and uvicorn are not part of the product: .venv/bin/python -m pip install gunicorn uvicorn
"""

import argparse
import asyncio
import multiprocessing
import os
import time
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from itertools import cycle
from statistics import median
from typing import TYPE_CHECKING

from .documents import add_docs_option, mark_for, report
from .http import SERVER_SECONDS, WARM_UP_SECONDS, free_port, sampled_ids, started
from .measuring import fill, p99, set_environment, today_and_machine

if TYPE_CHECKING:
    import subprocess

    from accounts.models import App

CONNECTIONS = (1, 8, 64, 256)
WSGI = "proyecta_admin.wsgi:application"
GRANIAN = ["granian", "--interface", "wsgi", "--workers", "2", "--log-level", "warning", "--port", "{port}"]
GUNICORN = ["gunicorn", "--workers", "2", "--log-level", "warning", "--bind", "127.0.0.1:{port}"]
UVICORN = ["uvicorn", "--workers", "2", "--log-level", "warning", "--port", "{port}", "--factory"]

Server = tuple[str, list[str], dict[str, str]]
# (name, module and arguments, environment)
OWN_SERVER: Server = ("the product's own (granian)", ["proyecta_admin.serve"], {})
SERVERS: tuple[Server, ...] = (
    OWN_SERVER,
    ("granian, 1 thread", [*GRANIAN, "--blocking-threads", "1", WSGI], {}),
    ("granian, 4 threads", [*GRANIAN, "--blocking-threads", "4", WSGI], {}),
    ("granian, 1 thread, no pool", [*GRANIAN, "--blocking-threads", "1", WSGI], {"POOL": "0"}),
    ("granian, 1 thread, prepared", [*GRANIAN, "--blocking-threads", "1", WSGI], {"PREPARED": "1"}),
    ("gunicorn sync", [*GUNICORN, WSGI], {}),
    ("gunicorn gthread, 4 threads", [*GUNICORN, "--worker-class", "gthread", "--threads", "4", WSGI], {}),
    ("uvicorn, ASGI", [*UVICORN, "django.core.asgi:get_asgi_application"], {}),
)


class Answers:
    """The answers that a load has received: the times of the 200s in ms, and {status: number} of others, with `lost`
    connections."""

    def __init__(self) -> None:
        self.times: list[float] = []
        self.others: dict[str, int] = {}

    def add(self, status: str, milliseconds: float) -> None:
        if status == "200":
            self.times.append(milliseconds)
        else:
            self.others[status] = self.others.get(status, 0) + 1


async def request_in_turn(port: int, requests: Iterator[bytes], begin: float, end: float, answers: Answers) -> None:
    """Send one request after the other until `end`, on one connection where the server keeps it open.

    begin, end: by time.perf_counter(). Only requests within are added to the answers.
    """
    reader: asyncio.StreamReader | None = None
    writer: asyncio.StreamWriter | None = None
    while (started_at := time.perf_counter()) < end:
        try:
            if reader is None or writer is None:
                reader, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.write(next(requests))
            head = (await reader.readuntil(b"\r\n\r\n")).lower()
            await reader.readexactly(int(head.partition(b"content-length:")[2].split(b"\r\n", 1)[0]))
            status = head.split(b" ", 2)[1].decode()
        except (OSError, asyncio.IncompleteReadError):
            status, head = "lost", b"connection: close"
            await asyncio.sleep(0.01)
        if started_at >= begin and (now := time.perf_counter()) <= end:
            answers.add(status, (now - started_at) * 1000)
        if b"connection: close" in head and writer is not None:
            writer.close()
            reader = writer = None
    if writer is not None:
        writer.close()


async def load(
    port: int, requests: Sequence[bytes], connections: int, seconds: float
) -> tuple[list[float], dict[str, int]]:
    """The requests, over and over, on so many connections: (sorted times of the 200s in ms, {status: number})."""
    endless, begin, answers = cycle(requests), time.perf_counter() + WARM_UP_SECONDS, Answers()
    async with asyncio.timeout(WARM_UP_SECONDS + seconds + SERVER_SECONDS):
        await asyncio.gather(
            *(request_in_turn(port, endless, begin, begin + seconds, answers) for _ in range(connections))
        )
    return sorted(answers.times), answers.others


def run_load(
    port: int, requests: Sequence[bytes], connections: int, seconds: float
) -> tuple[list[float], dict[str, int]]:
    """load() in an event loop of its own, for another process."""
    return asyncio.run(load(port, requests, connections, seconds))


@contextmanager
def running(arguments: Sequence[str], environment: Mapping[str, str], port: int) -> "Iterator[subprocess.Popen[bytes]]":
    """The server of one of SERVERS, listening on the port."""
    surroundings = os.environ | {
        "DJANGO_SETTINGS_MODULE": "benchmarks.server_settings",
        "PORT": str(port),
        "API_RATE_LIMIT": "0",
        "PROYECTA_DEMO": "0",
        **environment,
    }
    with started([part.format(port=port) for part in arguments], surroundings, lambda: is_up(port)) as process:
        yield process


def is_up(port: int) -> bool:
    """Whether the server answers."""
    try:
        return run_load(port, [request_for("/healthz", port)], 1, 0.1)[0] != []
    except (OSError, TimeoutError):
        return False


def request_for(path: str, port: int, **headers: str) -> bytes:
    """A GET request over HTTP/1.1."""
    lines = [
        f"GET {path} HTTP/1.1",
        f"Host: 127.0.0.1:{port}",
        *(f"{name}: {value}" for name, value in headers.items()),
    ]
    return "\r\n".join([*lines, "", ""]).encode()


def measured(pages: Sequence[tuple[str, str, dict[str, str]]], seconds: float) -> Iterator[str]:
    """The rows of the table. pages: (name, path, headers). seconds: for each cell."""
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
                    yield f"| {name} | {page} | {' | '.join(cells)} |"


@contextmanager
def on_the_customers(rows: int) -> "Iterator[tuple[App, str, str]]":
    """(the app with so many customers, the cookie of a signed-in superuser, the secret of an API key that may read)."""
    set_environment(rows)

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


def lines(app: "App", cookie: str, key: str, rows: int, seconds: float) -> Iterator[str]:
    """The lines of the table."""
    pages = [
        ("list", "/dashboard/bench/commerce/customers/", {"Cookie": cookie}),
        ("JSON by id", f"/v1/commerce/customers/{sampled_ids(app)[0]}", {"Authorization": f"Bearer {key}"}),
    ]
    yield f"{rows:,} customers, {today_and_machine()}, {seconds:g} seconds a cell:\n"
    yield "| server, 2 workers | page |" + "".join(f" {number} connections |" for number in CONNECTIONS)
    yield "| --- | --- |" + " ---: |" * len(CONNECTIONS)
    yield from measured(pages, seconds)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.servers")
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--seconds", type=float, default=3, help="for each cell of the table")
    add_docs_option(parser)
    options = parser.parse_args()
    with on_the_customers(options.rows) as (app, cookie, key):
        table = lines(app, cookie, key, options.rows, options.seconds)
        report(table, mark=mark_for("bench-servers", options.rows), into_docs=options.docs)


if __name__ == "__main__":
    main()

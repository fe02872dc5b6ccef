"""`make bench-http`: calls of the HTTP API over the network, beside a bare Django view on the same server.

python -m benchmarks.http [--rows N] [--seconds S] [--docs]

The server is that of `make run`, with all its worker processes, on the customers of `make bench`. A process of its own
sends the requests and shares the machine. Creates and updates carry an Idempotency-Key, as those of the client do.
"""

import argparse
import asyncio
import json
import multiprocessing
import os
import random
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from statistics import median
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from .documents import add_docs_option, mark_for, report
from .measuring import TEXTS, fill, p99, set_environment, today_and_machine

if TYPE_CHECKING:
    from accounts.models import App

CONNECTIONS = (1, 8, 32)
WARM_UP_SECONDS = 0.5
SERVER_SECONDS = 60  # for the server to start, and to end
HTTP_DOMAIN = "bench-http.example"  # mail domain of the customers that this script makes and deletes
SAMPLED_CUSTOMERS = 1000
CUSTOMERS = "/v1/commerce/customers"
HEAD = (
    "| call | connections | requests a second | p50, ms | p99, ms | of the bare view |\n"
    "| --- | ---: | ---: | ---: | ---: | ---: |"
)
# Baselines of the calls: a view that returns a constant, without the product's middleware; the same view
# behind the middleware of pages; and the first one with the statement that reads a customer.
BARE = "bare view"
BEHIND_MIDDLEWARE = "bare view, behind the pages' middleware"
ONE_STATEMENT = "bare view and one statement"
KINDS = (BARE, BEHIND_MIDDLEWARE, ONE_STATEMENT, "GET by id", "list of 20", "list with query", "create", "update")

Call = tuple[str, str, dict[str, Any] | None]


def calls(kind: str, ids: Sequence[str], own_ids: Sequence[str], chance: random.Random) -> Iterator[Call]:
    """(method, path, body or None) of requests of one of KINDS, without end."""
    texts = [f"{CUSTOMERS}?limit=20&query={text}" for text in TEXTS if text.isascii() and " " not in text]
    while True:
        if kind == BARE:
            yield "GET", "/bare", None
        elif kind == BEHIND_MIDDLEWARE:
            yield "GET", "/within", None
        elif kind == ONE_STATEMENT:
            yield "GET", f"/bare/{chance.choice(ids)}", None
        elif kind == "GET by id":
            yield "GET", f"{CUSTOMERS}/{chance.choice(ids)}", None
        elif kind == "list of 20":
            yield "GET", f"{CUSTOMERS}?limit=20&starting_after={chance.choice(ids)}", None
        elif kind == "list with query":
            yield "GET", chance.choice(texts), None
        elif kind == "create":
            yield "POST", CUSTOMERS, {"email": f"{uuid4().hex}@{HTTP_DOMAIN}", "name": "Alice Liddell"}
        else:
            yield "PATCH", f"{CUSTOMERS}/{chance.choice(own_ids)}", {"name": f"Alice {uuid4().hex[:8]}"}


class Connection(asyncio.Protocol):
    """A connection that stays open: it sends a request, waits for the whole answer, and sends the next, until `end`.

    begin, end: by time.perf_counter(). Requests within are counted.
    done: receives the times of the requests in ms, or the error that ended the connection.
    """

    def __init__(
        self, requests: Iterator[bytes], begin: float, end: float, done: "asyncio.Future[list[float]]"
    ) -> None:
        self.requests, self.begin, self.end, self.done = requests, begin, end, done
        self.received = bytearray()
        self.times: list[float] = []

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport
        self.send()

    def send(self) -> None:
        self.started = time.perf_counter()
        self.transport.write(next(self.requests))

    def data_received(self, data: bytes) -> None:
        self.received += data
        head, gap, body = self.received.partition(b"\r\n\r\n")
        if not gap:
            return
        length = int(head.lower().partition(b"content-length:")[2].split(b"\r\n", 1)[0])
        if len(body) < length:
            return
        now = time.perf_counter()
        if head[9:10] != b"2":
            self.finish(RuntimeError(self.received.decode()))
            return
        if self.started >= self.begin and now <= self.end:
            self.times.append((now - self.started) * 1000)
        self.received.clear()
        if now < self.end:
            self.send()
        else:
            self.finish()

    def connection_lost(self, error: Exception | None) -> None:
        self.finish(error or ConnectionError("The server closed a connection."))

    def finish(self, error: Exception | None = None) -> None:
        if not self.done.done():
            if error:
                self.done.set_exception(error)
            else:
                self.done.set_result(self.times)
        self.transport.close()


def as_bytes(call: Call, port: int, key: str) -> bytes:
    """The HTTP request of a call."""
    method, path, body = call
    head = f"{method} {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nAuthorization: Bearer {key}\r\n"
    if body is None:
        return f"{head}\r\n".encode()
    content = json.dumps(body)
    return (
        f"{head}Idempotency-Key: {uuid4()}\r\nContent-Type: application/json\r\n"
        f"Content-Length: {len(content)}\r\n\r\n{content}"
    ).encode()


async def load(
    port: int, key: str, kind: str, ids: Sequence[str], own_ids: Sequence[str], connections: int, seconds: float
) -> list[float]:
    """The times in ms, sorted, of the requests that begin and end within `seconds` on so many connections."""
    loop = asyncio.get_running_loop()
    begin = time.perf_counter() + WARM_UP_SECONDS
    requests = (as_bytes(call, port, key) for call in calls(kind, ids, own_ids, random.Random(connections)))
    results: list[asyncio.Future[list[float]]] = []
    for _ in range(connections):
        done: asyncio.Future[list[float]] = loop.create_future()
        results.append(done)
        one = Connection(requests, begin, begin + seconds, done)
        await loop.create_connection(lambda one=one: one, "127.0.0.1", port)  # type: ignore[misc]
    async with asyncio.timeout(WARM_UP_SECONDS + seconds + SERVER_SECONDS):
        return sorted(one for times in await asyncio.gather(*results) for one in times)


def run_load(*arguments: Any) -> list[float]:
    """load() in an event loop of its own, for another process."""
    return asyncio.run(load(*arguments))


def free_port() -> int:
    """A port of 127.0.0.1 that nothing listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port


@contextmanager
def product_server(port: int) -> Iterator[None]:
    """The product's own server, on the data directory of this environment."""
    surroundings = os.environ | {
        "DJANGO_SETTINGS_MODULE": "benchmarks.http_settings",
        "HOST": "127.0.0.1",
        "PORT": str(port),
        "API_RATE_LIMIT": "0",
        "PROYECTA_DEMO": "0",
    }
    with started(["proyecta_admin.serve"], surroundings, lambda: answers(port)):
        yield


@contextmanager
def started(
    module: Sequence[str], surroundings: Mapping[str, str], answers: Callable[[], bool]
) -> "Iterator[subprocess.Popen[bytes]]":
    """The process of a Python module, once it `answers()`; it is ended with the block.

    module: its name, then its arguments. surroundings: the environment. Raises SystemExit if it does not start.
    """
    process = subprocess.Popen([sys.executable, "-m", *module], env=surroundings, stdout=subprocess.DEVNULL)
    try:
        end = time.monotonic() + SERVER_SECONDS
        while not answers():
            if process.poll() is not None or time.monotonic() > end:
                raise SystemExit(f"{' '.join(module)} does not start.")
            time.sleep(0.1)
        yield process
    finally:
        process.terminate()
        try:
            process.wait(SERVER_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()


def answers(port: int) -> bool:
    """Whether the server with the bare view answers."""
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/bare", timeout=1) as answer:
            return bool(answer.status == 200)
    except OSError:
        return False


def sampled_ids(app: "App") -> list[str]:
    """The ids of some customers all over the table, the same for the same customers."""
    from customers.models import Customer

    customers = Customer.objects.filter(app=app).order_by("key")
    keys = customers.values_list("key", flat=True)
    first, last = keys[0], keys.reverse()[0]
    chance = random.Random(1)
    chosen = [chance.randint(first, last) for _ in range(SAMPLED_CUSTOMERS)]
    return list(customers.filter(key__in=chosen).values_list("public_id", flat=True))


def measured(key: str, ids: Sequence[str], own_ids: Sequence[str], seconds: float) -> Iterator[str]:
    """The rows of the table. own_ids: customers that may be changed. seconds: for each row."""
    bare: dict[int, float] = {}
    port = free_port()
    spawn = multiprocessing.get_context("spawn")
    with product_server(port), ProcessPoolExecutor(1, mp_context=spawn) as generator:
        for kind in KINDS:
            for connections in CONNECTIONS:
                times = generator.submit(run_load, port, key, kind, ids, own_ids, connections, seconds).result()
                if not times:
                    raise SystemExit(f"{kind}, {connections} connections: no answer within {seconds} s.")
                rate = len(times) / seconds
                bare.setdefault(connections, rate)
                yield (
                    f"| {kind} | {connections} | {rate:,.0f} | {median(times):.1f} | {p99(times):.1f} "
                    f"| {rate / bare[connections]:.0%} |"
                )


def remove(app: "App") -> None:
    """Delete what this script has made, so that `make bench` measures the same table."""
    from api.models import IdempotencyRecord
    from customers.models import Customer

    Customer.objects.filter(app=app, email_domain=HTTP_DOMAIN).delete()
    IdempotencyRecord.objects.filter(app=app).delete()


def lines(rows: int, seconds: float) -> Iterator[str]:
    """The lines of the table, for an app with `rows` customers."""
    from accounts.keys import create_api_key
    from accounts.models import App
    from customers.services import create_customer

    fill(rows)
    app = App.objects.get(slug="bench")
    remove(app)
    ids = sampled_ids(app)
    own_ids = [
        create_customer(app=app, email=f"{number}@{HTTP_DOMAIN}")[0].public_id for number in range(SAMPLED_CUSTOMERS)
    ]
    record, key = create_api_key(app=app, name="Benchmark", scope="write")
    try:
        yield from (f"{rows:,} customers, {today_and_machine()}:", "", HEAD)
        yield from measured(key, ids, own_ids, seconds)
    finally:
        remove(app)
        record.delete()


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.http")
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--seconds", type=float, default=3, help="for each row of the table")
    add_docs_option(parser)
    options = parser.parse_args()
    set_environment(options.rows)

    from postgres.embedded import running_database

    with running_database():
        import django

        django.setup()
        table = lines(options.rows, options.seconds)
        report(table, mark=mark_for("bench-http", options.rows), into_docs=options.docs)


if __name__ == "__main__":
    main()

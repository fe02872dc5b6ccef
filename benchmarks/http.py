"""`make bench-http`: the calls of the HTTP API over the network, beside a bare Django view on the same server.

python -m benchmarks.http [--rows N] [--seconds S] [--docs]

The server is the one of `make run`, on all its worker processes, with the customers of `make bench`. What it measures
with is a process of its own that shares the machine. Creates and updates carry an Idempotency-Key, as the client's do.
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
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from statistics import median
from uuid import uuid4

from .__main__ import TEXTS, fill, p99, today_and_machine
from .documents import add_docs_option, mark_for, report

CONNECTIONS = (1, 8, 32)
WARM_UP = 0.5  # seconds
PATIENCE = 60  # seconds for the server to start, and to end
DOMAIN = "bench-http.example"  # of the customers that this makes, and deletes
SAMPLE = 1000
CUSTOMERS = "/v1/commerce/customers"
HEAD = (
    "| call | connections | requests a second | p50, ms | p99, ms | of the bare view |\n"
    "| --- | ---: | ---: | ---: | ---: | ---: |"
)


def calls(kind, ids, own_ids, chance):
    """(method, path, body or None) of a request of this kind, another one each time."""
    texts = [f"{CUSTOMERS}?limit=20&query={text}" for text in TEXTS if text.isascii() and " " not in text]
    while True:
        if kind == BARE:
            yield "GET", "/bare", None
        elif kind == WITHIN:
            yield "GET", "/within", None
        elif kind == FLOOR:
            yield "GET", f"/bare/{chance.choice(ids)}", None
        elif kind == "GET by id":
            yield "GET", f"{CUSTOMERS}/{chance.choice(ids)}", None
        elif kind == "list of 20":
            yield "GET", f"{CUSTOMERS}?limit=20&starting_after={chance.choice(ids)}", None
        elif kind == "list with query":
            yield "GET", chance.choice(texts), None
        elif kind == "create":
            yield "POST", CUSTOMERS, {"email": f"{uuid4().hex}@{DOMAIN}", "name": "Alice Liddell"}
        else:
            yield "PATCH", f"{CUSTOMERS}/{chance.choice(own_ids)}", {"name": f"Alice {uuid4().hex[:8]}"}


# What the calls are measured by: a view that gives a constant, without any middleware; the same view at an address of
# the product, behind the middleware of its pages; and the first one with nothing added but the customer's statement.
BARE, WITHIN, FLOOR = "bare view", "bare view, behind the pages' middleware", "bare view and one statement"
KINDS = (BARE, WITHIN, FLOOR, "GET by id", "list of 20", "list with query", "create", "update")


class Connection(asyncio.Protocol):
    """One keep-alive connection that asks, waits for the whole answer and asks again, until `end`."""

    def __init__(self, requests, begin, end, done):
        self.requests, self.begin, self.end, self.done = requests, begin, end, done
        self.received, self.times = bytearray(), []

    def connection_made(self, transport):
        self.transport = transport
        self.ask()

    def ask(self):
        self.started = time.perf_counter()
        self.transport.write(next(self.requests))

    def data_received(self, data):
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
            self.ask()
        else:
            self.finish()

    def connection_lost(self, error):
        self.finish(error or ConnectionError("The server closed a connection."))

    def finish(self, error=None):
        if not self.done.done():
            self.done.set_exception(error) if error else self.done.set_result(self.times)
        self.transport.close()


def as_bytes(call, port, key):
    method, path, body = call
    head = f"{method} {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nAuthorization: Bearer {key}\r\n"
    if body is None:
        return f"{head}\r\n".encode()
    content = json.dumps(body)
    return (
        f"{head}Idempotency-Key: {uuid4()}\r\nContent-Type: application/json\r\n"
        f"Content-Length: {len(content)}\r\n\r\n{content}"
    ).encode()


async def load(port, key, kind, ids, own_ids, connections, seconds):
    """Sorted times in ms of the requests that began and ended within `seconds`, on so many connections at once."""
    loop = asyncio.get_running_loop()
    begin = time.perf_counter() + WARM_UP
    requests = (as_bytes(call, port, key) for call in calls(kind, ids, own_ids, random.Random(connections)))
    results = []
    for _ in range(connections):
        done = loop.create_future()
        results.append(done)
        await loop.create_connection(lambda f=done: Connection(requests, begin, begin + seconds, f), "127.0.0.1", port)
    async with asyncio.timeout(WARM_UP + seconds + PATIENCE):
        return sorted(one for times in await asyncio.gather(*results) for one in times)


def run_load(*arguments):
    return asyncio.run(load(*arguments))


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@contextmanager
def server(port):
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
def started(module, surroundings, answers):
    """The process of a Python module (its name, then its arguments), once it `answers()`. It is ended in the end."""
    process = subprocess.Popen([sys.executable, "-m", *module], env=surroundings, stdout=subprocess.DEVNULL)
    try:
        end = time.monotonic() + PATIENCE
        while not answers():
            if process.poll() is not None or time.monotonic() > end:
                raise SystemExit(f"{' '.join(module)} does not start.")
            time.sleep(0.1)
        yield process
    finally:
        process.terminate()
        try:
            process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            process.kill()


def answers(port):
    try:
        return urllib.request.urlopen(f"http://127.0.0.1:{port}/bare", timeout=1).status == 200
    except OSError:
        return False


def sample(app):
    """The ids of some customers all over the table."""
    from customers.models import Customer

    customers = Customer.objects.filter(app=app).order_by("key")
    first, last = customers.first().key, customers.last().key
    chance = random.Random(1)
    keys = [chance.randint(first, last) for _ in range(SAMPLE)]
    return list(customers.filter(key__in=keys).values_list("public_id", flat=True))


def measure(key, ids, own_ids, seconds):
    """The rows of the table."""
    rows, bare, port = [], {}, free_port()
    spawn = multiprocessing.get_context("spawn")
    with server(port), ProcessPoolExecutor(1, mp_context=spawn) as generator:
        for kind in KINDS:
            for connections in CONNECTIONS:
                job = generator.submit(run_load, port, key, kind, ids, own_ids, connections, seconds)
                times = job.result()
                if not times:
                    raise SystemExit(f"{kind}, {connections} connections: no answer within {seconds} s.")
                rate = len(times) / seconds
                bare.setdefault(connections, rate)
                rows.append(
                    f"| {kind} | {connections} | {rate:,.0f} | {median(times):.1f} | {p99(times):.1f} "
                    f"| {rate / bare[connections]:.0%} |"
                )
                print(rows[-1], file=sys.stderr, flush=True)
    return rows


def remove(app):
    """All that this made: `make bench` measures the same table."""
    from api.models import IdempotencyRecord
    from customers.models import Customer

    Customer.objects.filter(app=app, email_domain=DOMAIN).delete()
    IdempotencyRecord.objects.filter(app=app).delete()


def main():
    parser = argparse.ArgumentParser(prog="python -m benchmarks.http")
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--seconds", type=float, default=3, help="for each line of the table")
    add_docs_option(parser)
    options = parser.parse_args()
    os.environ.setdefault("PROYECTA_DATA_DIR", f".data/benchmark-{options.rows}")
    os.environ["DJANGO_SETTINGS_MODULE"] = "proyecta_admin.settings"
    # Nobody's own customers.
    os.environ.pop("DATABASE_URL", None)

    from postgres.embedded import running_database

    with running_database():
        import django

        django.setup()
        from accounts.keys import create_api_key
        from accounts.models import App
        from customers.services import create_customer

        fill(options.rows)
        app = App.objects.get(slug="bench")
        remove(app)
        ids = sample(app)
        own_ids = [create_customer(app=app, email=f"{n}@{DOMAIN}")[0].public_id for n in range(SAMPLE)]
        record, key = create_api_key(app=app, name="Benchmark", scope="write")
        try:
            rows = measure(key, ids, own_ids, options.seconds)
        finally:
            remove(app)
            record.delete()
    title = f"{options.rows:,} customers, {today_and_machine()}:"
    report([title, "", HEAD, *rows], mark=mark_for("bench-http", options.rows), into_docs=options.docs)


if __name__ == "__main__":
    main()

"""`make bench-tricks`: pages and calls with each trick and with its plain twin, by turns in one process.

python -m benchmarks.tricks [--rows N] [--rounds N] [--requests N] [--docs]

A request goes through the WSGI application, with the pool of connections and without a network. Rounds with and without
the trick alternate. Two times are taken: the median from the first byte to the last, and the processor time of the
application and of PostgreSQL together, which other programs on the machine disturb far less.
"""

import argparse
import io
import json
import logging
import os
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack, nullcontext
from dataclasses import dataclass, field
from statistics import median
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from .documents import add_docs_option, mark_for, report
from .http import sampled_ids
from .measuring import today_and_machine
from .servers import on_the_customers

if TYPE_CHECKING:
    from accounts.models import App

TRICKS_DOMAIN = "bench-tricks.example"  # mail domain of the customers that this script makes and deletes
LIST = "/dashboard/bench/commerce/customers/"
CALLS = "/v1/commerce/customers"
KINDS = ("list", "detail", "GET by id", "create", "update")
WARM_UP_REQUESTS = 50
Twin = Callable[[], AbstractContextManager[Any]]


@dataclass
class Caller:
    """Asks the WSGI application for one page or call after the other, of customers in turn."""

    cookie: str
    key: str
    ids: Sequence[str]
    number: int = 0
    own_ids: list[str] = field(default_factory=list)

    def ask(self, kind: str) -> float:
        """The milliseconds that a request of one of KINDS takes. Raises SystemExit for an answer outside 2xx."""
        self.number += 1
        one = self.ids[self.number % len(self.ids)]
        if kind == "list":
            return self._timed("GET", LIST)
        if kind == "detail":
            return self._timed("GET", f"{LIST}{one}/")
        if kind == "GET by id":
            return self._timed("GET", f"{CALLS}/{one}")
        if kind == "create":
            return self._timed("POST", CALLS, {"email": f"{uuid4().hex}@{TRICKS_DOMAIN}", "name": "Alice Liddell"})
        own = self.own_ids[self.number % len(self.own_ids)]
        return self._timed("PATCH", f"{CALLS}/{own}", {"name": f"Alice {uuid4().hex[:8]}"})

    def _timed(self, method: str, path: str, body: dict[str, str] | None = None) -> float:
        from proyecta_admin.wsgi import application

        content = json.dumps(body).encode() if body else b""
        environ = {
            "HTTP_ACCEPT_ENCODING": "gzip",
            "HTTP_HOST": "testserver",
            "PATH_INFO": path,
            "QUERY_STRING": "",
            "REMOTE_ADDR": "127.0.0.1",
            "REQUEST_METHOD": method,
            "SCRIPT_NAME": "",
            "SERVER_NAME": "testserver",
            "SERVER_PORT": "80",
            "SERVER_PROTOCOL": "HTTP/1.1",
            "wsgi.errors": sys.stderr,
            "wsgi.input": io.BytesIO(content),
            "wsgi.url_scheme": "http",
        }
        environ |= {"HTTP_AUTHORIZATION": f"Bearer {self.key}"} if path.startswith(CALLS) else {}
        environ |= {"HTTP_COOKIE": self.cookie} if path.startswith(LIST) else {}
        if body:
            environ |= {"CONTENT_TYPE": "application/json", "CONTENT_LENGTH": str(len(content))}
            environ |= {"HTTP_IDEMPOTENCY_KEY": str(uuid4())}
        statuses: list[Any] = []

        def start_response(status: str, headers: object, exception: object = None, /) -> Callable[[bytes], object]:
            statuses.append(status)
            return statuses.append

        start = time.perf_counter()
        response = application(environ, start_response)
        answer = b"".join(response)
        response.close()
        milliseconds = (time.perf_counter() - start) * 1000
        if not statuses[0].startswith("2"):
            raise SystemExit(f"{method} {path} answered {statuses[0]}: {answer[:200]!r}")
        return milliseconds


def backend_pids() -> list[int]:
    """The processes of PostgreSQL that serve clients."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("SELECT pid FROM pg_stat_activity WHERE backend_type = 'client backend'")
        return [pid for (pid,) in cursor.fetchall()]


def processor_ms(pids: Sequence[int]) -> float:
    """The processor time of this process and of these since they began, in ms. Linux alone has the latter."""
    total = time.process_time_ns()
    for pid in pids:
        try:
            with open(f"/proc/{pid}/schedstat") as file:
                total += int(file.read().split()[0])
        except OSError:
            continue
    return total / 1e6


def compare(caller: Caller, kind: str, plain: Twin, rounds: int, requests: int) -> str:
    """The cell of the table: how much longer the plain twin takes, as processor time and as median."""
    times_ms: dict[bool, list[float]] = {True: [], False: []}
    processor: dict[bool, list[float]] = {True: [], False: []}
    for number in range(rounds):
        for is_plain in (number % 2 == 0, number % 2 == 1):
            with plain() if is_plain else nullcontext():
                # A twin may leave templates to be compiled, or statements to be prepared.
                caller.ask(kind)
                caller.ask(kind)
                pids = backend_pids()
                before = processor_ms(pids)
                times_ms[is_plain] += [caller.ask(kind) for _ in range(requests)]
                processor[is_plain].append((processor_ms(pids) - before) / requests)
    longer = median(processor[True]) / median(processor[False]) - 1
    longer_median = median(times_ms[True]) / median(times_ms[False]) - 1
    return f"{longer:+.0%} ({longer_median:+.0%})"


def all_twins() -> AbstractContextManager[Any]:
    """Every plain twin at once."""
    from .plain_twins import PLAIN_TWINS

    stack = ExitStack()
    for twin in PLAIN_TWINS.values():
        stack.enter_context(twin())
    return stack


def lines(app: "App", cookie: str, key: str, options: argparse.Namespace) -> Iterator[str]:
    """The lines of the table."""
    from accounts.models import ApiKey
    from customers.models import Customer
    from customers.services import create_customer

    from .plain_twins import PLAIN_TWINS

    ApiKey.objects.filter(app=app).update(scope="write")
    caller = Caller(cookie, key, sampled_ids(app))
    caller.own_ids = [create_customer(app=app, email=f"{number}@{TRICKS_DOMAIN}")[0].public_id for number in range(100)]
    try:
        now = {kind: median(caller.ask(kind) for _ in range(WARM_UP_REQUESTS * 2)) for kind in KINDS}
        yield (
            f"{options.rows:,} customers, {options.rounds} × {options.requests} requests, {today_and_machine()}, "
            f"SELECT 1 in {select_1_ms():.3f} ms. How much longer without the trick, in processor time (median):\n"
        )
        yield f"| trick | {' | '.join(KINDS)} |"
        yield "| --- |" + " ---: |" * len(KINDS)
        yield f"| to compare: now, in ms | {' | '.join(f'{now[kind]:.2f}' for kind in KINDS)} |"
        for name, plain in {**PLAIN_TWINS, "all of these": all_twins}.items():
            cells = [compare(caller, kind, plain, options.rounds, options.requests) for kind in KINDS]
            yield f"| {name} | {' | '.join(cells)} |"
    finally:
        Customer.objects.filter(app=app, email_domain=TRICKS_DOMAIN).delete()


def select_1_ms() -> float:
    """The median of 500 times SELECT 1: the figure to compare machines by."""
    from django.db import connection

    times = []
    with connection.cursor() as cursor:
        for _ in range(500):
            start = time.perf_counter()
            cursor.execute("SELECT 1")
            cursor.fetchone()
            times.append((time.perf_counter() - start) * 1000)
    return median(times)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.tricks")
    parser.add_argument("--rows", type=int, default=100_000)
    parser.add_argument("--rounds", type=int, default=10)
    parser.add_argument("--requests", type=int, default=25, help="of each round")
    add_docs_option(parser)
    options = parser.parse_args()
    os.environ |= {"ALLOWED_HOSTS": "testserver", "API_RATE_LIMIT": "1000000"}
    with on_the_customers(options.rows) as (app, cookie, key):
        import proyecta_admin.wsgi  # noqa: F401 - it sets up the logging that is turned down next

        logging.getLogger("api.access").setLevel(logging.ERROR)
        report(lines(app, cookie, key, options), mark=mark_for("bench-tricks", options.rows), into_docs=options.docs)


if __name__ == "__main__":
    main()

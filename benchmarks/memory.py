"""`make bench-memory`: the memory of the worker processes before and after ten thousand mixed requests.

python -m benchmarks.memory [--rows N] [--requests N] [--docs]
"""

import argparse
import random
import subprocess
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING
from urllib.parse import quote

import psutil

from .documents import add_docs_option, mark_for, report
from .http import free_port, sampled_ids
from .measuring import TEXTS, today_and_machine
from .servers import OWN_SERVER, on_the_customers, request_for, run_load, running

if TYPE_CHECKING:
    from accounts.models import App

CONNECTIONS = 8
LOAD_SECONDS = 5  # of load before the requests are counted again


def paths(ids: Sequence[str]) -> Iterator[tuple[str, bool]]:
    """(path, whether it belongs to the API) of every kind of page and call."""
    panel, api = "/dashboard/bench/commerce/customers/", "/v1/commerce/customers"
    yield "/dashboard/bench/", False
    for sort in ("created", "-created", "email", "-email", "name", "-name"):
        for place, is_api in ((panel, False), (api, True)):
            yield f"{place}?sort={sort}&limit=100&starting_after={random.choice(ids)}", is_api
    for text in TEXTS:
        for place, is_api in ((panel, False), (api, True)):
            yield f"{place}?query={quote(text)}", is_api
    for one in ids[:100]:
        yield f"{panel}{one}/", False
        yield f"{panel}{one}/edit/", False
        yield f"{api}/{one}", True


def memory_of_workers(process: "subprocess.Popen[bytes]") -> list[tuple[int, int]]:
    """For each worker process, in MB: (its own memory, all that it maps)."""
    found = []
    for child in psutil.Process(process.pid).children():
        if "postgres" not in child.name():
            memory = child.memory_full_info()
            found.append((round(memory.uss / 1e6), round(memory.rss / 1e6)))
    return found


def row(when: str, workers: Sequence[tuple[int, int]]) -> str:
    own, mapped = zip(*workers, strict=True)
    return f"| {when} | {', '.join(map(str, own))} | {', '.join(map(str, mapped))} |"


def lines(app: "App", cookie: str, key: str, rows: int, wanted: int) -> Iterator[str]:
    """The lines of the table. wanted: requests answered by 200 before the memory is looked at again."""
    port = free_port()
    headers = {False: {"Cookie": cookie}, True: {"Authorization": f"Bearer {key}"}}
    requests = [request_for(path, port, **headers[is_api]) for path, is_api in paths(sampled_ids(app))]
    random.Random(1).shuffle(requests)
    _, arguments, environment = OWN_SERVER
    with running(arguments, environment, port) as process:
        before = memory_of_workers(process)
        done = 0
        others: dict[str, int] = {}
        while done < wanted:
            times, more = run_load(port, requests, CONNECTIONS, LOAD_SECONDS)
            done += len(times)
            others |= more
        after = memory_of_workers(process)
    yield f"{rows:,} customers, {today_and_machine()}; answers other than 200: {others or 'none'}:\n"
    yield "| each worker process | its own memory, MB | with all that it shares, MB |"
    yield "| --- | ---: | ---: |"
    yield row("before", before)
    yield row(f"after {done:,} requests", after)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.memory")
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--requests", type=int, default=10_000)
    add_docs_option(parser)
    options = parser.parse_args()
    with on_the_customers(options.rows) as (app, cookie, key):
        table = lines(app, cookie, key, options.rows, options.requests)
        report(table, mark=mark_for("bench-memory", options.rows), into_docs=options.docs)


if __name__ == "__main__":
    main()

"""`make bench-memory`: the memory of a worker process before and after ten thousand mixed requests.

python -m benchmarks.memory [--rows N] [--requests N] [--docs]
"""

import argparse
import random

import psutil

from .__main__ import TEXTS, today_and_machine
from .documents import add_docs_option, mark_for, report
from .http import free_port, sample
from .servers import SERVERS, on_the_customers, request_for, run_load, running

CONNECTIONS = 8
CHUNK = 5  # seconds of load between two looks at how many requests there were


def paths(ids):
    """Addresses of every kind of page and call, as (path, whether it is of the API)."""
    from urllib.parse import quote

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


def workers_of(process):
    """Memory in MB of each of the processes that share the work: the set that is its own, and all that it maps."""
    for child in psutil.Process(process.pid).children():
        if "postgres" not in child.name():
            memory = child.memory_full_info()
            yield round(memory.uss / 1e6), round(memory.rss / 1e6)


def main():
    parser = argparse.ArgumentParser(prog="python -m benchmarks.memory")
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--requests", type=int, default=10_000)
    add_docs_option(parser)
    options = parser.parse_args()
    with on_the_customers(options.rows) as (app, cookie, key):
        port = free_port()
        headers = {False: {"Cookie": cookie}, True: {"Authorization": f"Bearer {key}"}}
        requests = [request_for(path, port, **headers[is_api]) for path, is_api in paths(sample(app))]
        random.Random(1).shuffle(requests)
        with running(*SERVERS[0][1:], port) as process:
            before, done, others = list(workers_of(process)), 0, {}
            while done < options.requests:
                times, more = run_load(port, requests, CONNECTIONS, CHUNK)
                done += len(times)
                others |= more
            after = list(workers_of(process))
    lines = [
        f"{options.rows:,} customers, {today_and_machine()}; answers other than 200: {others or 'none'}:",
        "",
        "| each worker process | its own memory, MB | with all that it shares, MB |",
        "| --- | ---: | ---: |",
        memory_row("before", before),
        memory_row(f"after {done:,} requests", after),
    ]
    report(lines, mark=mark_for("bench-memory", options.rows), into_docs=options.docs)


def memory_row(when, workers):
    own, all_mapped = zip(*workers, strict=True)
    return f"| {when} | {', '.join(map(str, own))} | {', '.join(map(str, all_mapped))} |"


if __name__ == "__main__":
    main()

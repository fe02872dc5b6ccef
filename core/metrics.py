"""Metrics of requests, connections and sign-ins, in the form that Prometheus reads.

The workers of a server share theirs in files (core/metrics_directory.py): each has its own, and the worker that is
asked adds up all. Without that directory, a process has its own metrics alone. Counts of a worker that died stay, so a
sum never goes down.

Every label has few values, which come from the code: a route is a pattern, never an address.
"""

import logging
import os
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import Any

import psutil
from django.contrib.auth.signals import user_login_failed
from django.db import connections
from django.http import HttpRequest, HttpResponse
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.multiprocess import MultiProcessCollector, mark_process_dead

from .metrics_directory import VARIABLE

logger = logging.getLogger(__name__)
SAMPLE_SECONDS = 1  # between two looks at the pool of connections
METHODS = {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"}
OTHER_METHOD = "other"
# Of a request that no pattern matched: a static file, an unknown address, a refusal before the address was looked at.
NO_ROUTE = ""
DURATION_BUCKETS_SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)

registry = CollectorRegistry()
requests_total = Counter(
    "proyecta_http_requests", "Requests that were answered.", ["method", "route", "status"], registry=registry
)
request_seconds = Histogram(
    "proyecta_http_request_duration_seconds",
    "Time from the whole request to its answer.",
    ["method", "route"],
    buckets=DURATION_BUCKETS_SECONDS,
    registry=registry,
)
requests_in_progress = Gauge(
    "proyecta_http_requests_in_progress", "Requests under way.", multiprocess_mode="livesum", registry=registry
)
errors_total = Counter(
    "proyecta_errors",
    "Refused and failed requests by the code of their error, such as busy, unavailable and rate_limited.",
    ["code"],
    registry=registry,
)
sign_in_failures_total = Counter(
    "proyecta_sign_in_failures", "Sign-ins refused: a wrong password, or a wait after too many.", registry=registry
)
workers_started_total = Counter("proyecta_workers_started", "Worker processes that were started.", registry=registry)
pool_gauges = {
    figure: Gauge(f"proyecta_db_pool_{name}", text, ["database"], multiprocess_mode="livesum", registry=registry)
    for figure, name, text in [
        ("pool_max", "max_connections", "Connections that the pools may open."),
        ("pool_size", "connections", "Connections that the pools hold."),
        ("pool_available", "available", "Connections of the pools that nobody uses."),
        ("requests_waiting", "waiting", "Requests that wait for a connection."),
    ]
}
pool_requests_total = Counter(
    "proyecta_db_pool_requests", "Times that a connection was asked for.", ["database"], registry=registry
)
pool_wait_seconds_total = Counter(
    "proyecta_db_pool_wait_seconds", "Time that requests have waited for a connection.", ["database"], registry=registry
)
pool_timeouts_total = Counter(
    "proyecta_db_pool_timeouts", "Requests that got no connection in time.", ["database"], registry=registry
)
pool_lost_total = Counter(
    "proyecta_db_pool_lost", "Connections that were found broken.", ["database"], registry=registry
)


class MetricsMiddleware:
    """Counts and times each request. Stands before all other middleware."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        # The API changes HEAD into GET.
        method = request.method if request.method in METHODS else OTHER_METHOD
        requests_in_progress.inc()
        started = time.perf_counter()
        try:
            response = self.get_response(request)
        finally:
            requests_in_progress.dec()
        seconds = time.perf_counter() - started
        match = request.resolver_match
        route = f"/{match.route}" if match else NO_ROUTE
        _requests_of(method, route, response.status_code).inc()
        _seconds_of(method, route).observe(seconds)
        if code := getattr(request, "error_code", None):
            errors_total.labels(code).inc()
        return response


@cache
def _requests_of(method: str, route: str, status: int) -> Counter:
    return requests_total.labels(method, route, status)


@cache
def _seconds_of(method: str, route: str) -> Histogram:
    return request_seconds.labels(method, route)


def exposition() -> bytes:
    """Return all metrics as Prometheus reads them: of all workers, if they share a directory."""
    directory = os.environ.get(VARIABLE)
    if directory is None:
        return generate_latest(registry)
    _forget_the_dead(Path(directory))
    shared = CollectorRegistry()
    MultiProcessCollector(shared, directory)  # type: ignore[no-untyped-call]
    return generate_latest(shared)


def begin_worker() -> None:
    """Count this worker process, and sample its pool of connections in a thread until it ends."""
    workers_started_total.inc()
    threading.Thread(target=_sample_pools, daemon=True).start()


def sample_pools() -> None:
    """Take over the figures of this process's pools of connections."""
    for alias in connections:
        pool: Any = getattr(connections[alias], "pool", None)
        if pool is None:
            continue
        figures = pool.pop_stats()
        for name, gauge in pool_gauges.items():
            gauge.labels(alias).set(figures.get(name, 0))
        pool_requests_total.labels(alias).inc(figures.get("requests_num", 0))
        pool_wait_seconds_total.labels(alias).inc(figures.get("requests_wait_ms", 0) / 1000)
        pool_timeouts_total.labels(alias).inc(figures.get("requests_errors", 0))
        pool_lost_total.labels(alias).inc(figures.get("connections_lost", 0))


def _sample_pools() -> None:
    while True:
        try:
            sample_pools()
        except Exception:  # a pool that is being closed, for example; the next look may succeed
            logger.exception("The pools of connections cannot be looked at")
        time.sleep(SAMPLE_SECONDS)


def _forget_the_dead(directory: Path) -> None:
    """Drop the gauges of workers that died: what was in progress there is not any more."""
    for path in directory.glob("gauge_live*_*.db"):
        pid = int(path.stem.rpartition("_")[2])
        if not _is_worker(pid):
            # Another worker that is asked at the same time may be first.
            with suppress(FileNotFoundError):
                mark_process_dead(pid, str(directory))  # type: ignore[no-untyped-call]


def _is_worker(pid: int) -> bool:
    """Whether a process is one of this server's workers, of which this process is another."""
    with suppress(psutil.Error):
        process = psutil.Process(pid)
        return bool(process.ppid() == os.getppid() and process.status() != psutil.STATUS_ZOMBIE)
    return False


def _count_sign_in_failure(**_: Any) -> None:
    sign_in_failures_total.inc()


user_login_failed.connect(_count_sign_in_failure)

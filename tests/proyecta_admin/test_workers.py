"""Worker processes that die, hang or cannot be started: they come back, and nothing else ends for it."""

import os
import re
import resource
import signal
import time
from contextlib import contextmanager

import httpx
import psutil
import pytest

from proyecta_admin.workers import MAX_PAUSE_SECONDS, pause_seconds
from tests.support.api import answers
from tests.support.api import api_server as serving
from tests.support.processes import eventually, runs

pytestmark = pytest.mark.django_db(transaction=True)

WORKERS = len(os.sched_getaffinity(0))


def workers_of(server):
    return [child for child in psutil.Process(server.pid).children() if runs(child)]


def came_back(server, gone):
    """Wait until there are all workers again, none of them in `gone`, and return them."""
    return eventually(
        lambda: (found := workers_of(server)) and len(found) == WORKERS and not set(found) & set(gone) and found or None
    )


def kill(workers, number=signal.SIGKILL):
    for worker in workers:
        worker.send_signal(number)
    eventually(lambda: not any(runs(worker) for worker in workers))
    return workers


def lines_about_workers(server):
    """The log without times and process numbers."""
    return re.findall(r"ERROR proyecta_admin\.workers: Worker \d+ (?:\(process \d+\) )?(.+)", server.complained())


def test_pauses_grow_up_to_half_a_minute():
    assert [pause_seconds(deaths) for deaths in range(1, 10)] == [0, 1, 2, 4, 8, 16, 30, 30, 30]
    assert pause_seconds(10**9) == MAX_PAUSE_SECONDS == 30


def test_the_last_worker_that_has_served_does_not_wait_for_its_long_pause():
    """Pauses of all workers grew together, and for 14 seconds nobody listened."""
    assert [pause_seconds(deaths, is_last=True) for deaths in (1, 2, 3, 9)] == [0, 1, 1, 1]


def test_workers_that_die_twice_within_seconds_come_back_and_the_product_stays(data_dir):
    """granian ended the product for it, the healthy worker and the embedded database with it."""
    with serving(data_dir) as (url, server):
        victim, *others = workers_of(server)
        killed = kill([victim])
        again = came_back(server, killed)
        assert set(others) <= set(again)
        killed += kill(set(again) - set(others))
        assert all(runs(one) for one in others)
        again = came_back(server, killed)
        assert set(others) <= set(again)
        # All at once, the one that has died twice among them.
        came_back(server, kill(again, signal.SIGSEGV))
        eventually(lambda: answers(url))
        again = lines_about_workers(server)
        assert again[0] == "was ended by SIGKILL, which the kernel sends when memory runs out. It starts again now."
        assert again[1].endswith("It starts again in 1 s.")
        assert sorted(line.rpartition(" again ")[2] for line in again[2:]) == sorted(
            ["in 2 s.", *["now."] * (WORKERS - 1)]
        )
        assert all(line.startswith("was ended by SIGSEGV.") for line in again[2:])
        assert "Unexpected exit" not in server.complained()


def test_a_signal_to_the_product_during_a_pause_ends_it_quickly_and_quietly(data_dir):
    with serving(data_dir) as (_, server):
        gone = []
        for times in range(1, 4):
            gone += kill(workers_of(server))
            if times < 3:
                came_back(server, gone)
        eventually(lambda: len(lines_about_workers(server)) == 3 * WORKERS)
        begun = time.monotonic()
        server.send_signal(signal.SIGTERM)
        assert server.ends() == 0
        assert time.monotonic() - begun < 1.5, "it waited for the pause"
        assert server.complained().count("\n") == 3 * WORKERS


def test_a_worker_that_does_not_respond_is_killed_and_comes_back(data_dir):
    with serving(data_dir, before="from proyecta_admin import workers\nworkers.MAX_SILENCE_SECONDS = 3") as (
        url,
        server,
    ):
        stopped, *others = workers_of(server)
        stopped.suspend()
        again = came_back(server, [stopped])
        assert set(others) <= set(again)
        assert lines_about_workers(server) == [
            "was killed, because it had not responded for 3 seconds. It starts again now."
        ]
        assert all(answers(url) for _ in range(10))


def test_workers_ended_one_by_one_come_back(data_dir):
    """By SIGTERM, which a worker takes as the end of its work and not as a failure."""
    with serving(data_dir) as (url, server):
        came_back(server, kill(workers_of(server)[:1], signal.SIGTERM))
        assert lines_about_workers(server) == ["ended with status 0. It starts again now."]
        assert answers(url)


@contextmanager
def few_files(server, spare):
    """Let the server, and the workers that it starts, open no more than `spare` further files."""
    used = {int(name) for name in os.listdir(f"/proc/{server.pid}/fd")}
    limit = next(limit for limit in range(10_000) if len(set(range(limit)) - used) == spare)
    before = resource.prlimit(server.pid, resource.RLIMIT_NOFILE)
    resource.prlimit(server.pid, resource.RLIMIT_NOFILE, (limit, before[1]))
    yield
    resource.prlimit(server.pid, resource.RLIMIT_NOFILE, before)


@pytest.mark.parametrize(
    ("spare", "reason"), [(1, "could not be started: Too many open files"), (4, "ended with status 1")]
)
def test_a_worker_that_cannot_start_is_tried_again_until_it_can(data_dir, spare, reason):
    with serving(data_dir) as (url, server):
        victim, *others = workers_of(server)
        with few_files(server, spare):
            kill([victim])
            eventually(lambda: f"{reason}. It starts again in 2 s." in lines_about_workers(server))
            assert workers_of(server) == others
        assert set(others) <= set(came_back(server, [victim]))
        assert httpx.get(f"{url}/healthz").status_code == 200

"""The state of the replicas as a process sees it, asked by many threads at once while it changes."""

import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from types import SimpleNamespace

import pytest

from core.once import once
from replicas.watch import Watch, watch_of_process

MOMENT = datetime(2026, 1, 1, tzinfo=UTC)
# A connection on which every look shows the same.
SERVER = SimpleNamespace(execute=lambda *_: SimpleNamespace(fetchone=lambda: (MOMENT, "00000001")))


@pytest.fixture
def watch():
    """A Watch of the replica "replica" without threads: the test looks at the servers."""
    return Watch(["replica"])


@pytest.fixture
def often_switched():
    """Threads take turns as often as can be."""
    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    yield
    sys.setswitchinterval(interval)


def look(watch):
    for server in (watch.primary, watch.replicas["replica"]):
        watch.look_at(server, SERVER)


def test_a_replica_that_another_request_has_given_up_is_not_reached(watch):
    look(watch)
    assert watch.is_usable("replica")
    watch.suspect("replica")
    assert not watch.reaches("replica", MOMENT)


def test_servers_that_come_and_go_between_two_questions_are_no_error(watch, often_switched):
    ended = threading.Event()

    def come_and_go():
        while not ended.is_set():
            look(watch)
            watch.suspect("replica")
            watch.primary.forget()

    with ThreadPoolExecutor() as pool:
        pool.submit(come_and_go)
        try:
            until = time.monotonic() + 1
            while time.monotonic() < until:
                watch.is_usable("replica")
                watch.is_past(MOMENT)
                watch.reaches("replica", MOMENT)
        finally:
            ended.set()


def test_requests_that_come_at_once_make_one_watch():
    """`once` makes it, see tests/core/test_once.py."""
    assert isinstance(watch_of_process, once)

"""How many calls an API key may make, alone and in many processes at once."""

import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest

from api.rate_limit import BURST_SECONDS, FILE_NAME, SHARED_BUCKET, RateLimit, limit_of
from tests.support.api import CUSTOMERS, ApiClient, error_of
from tests.support.processes import ROOT

SECOND = 1_000_000_000


@pytest.fixture
def limit(tmp_path):
    return RateLimit(tmp_path / "calls", 10)


def allowed(limit, calls, *, at, number=1):
    return sum(limit.take(number, now=at).allowed for _ in range(calls))


def test_an_idle_key_may_burst_and_then_goes_on_at_the_rate(limit):
    now = 10**18
    assert allowed(limit, 100, at=now) == 10 * BURST_SECONDS
    assert allowed(limit, 100, at=now + SECOND) == 10
    assert allowed(limit, 100, at=now + SECOND + SECOND // 10) == 1
    assert allowed(limit, 100, at=now + 100 * SECOND) == 10 * BURST_SECONDS


def test_over_any_time_no_more_than_burst_and_rate_are_allowed(limit):
    now = 10**18
    done = sum(allowed(limit, 3, at=now + step * SECOND // 50) for step in range(50 * 20))
    assert done == pytest.approx(10 * BURST_SECONDS + 10 * 20, abs=1)


def test_what_is_left_and_when_it_is_back(limit):
    now = 10**18
    first = limit.take(1, now=now)
    assert (first.allowed, first.remaining, first.retry_after) == (True, 19, 0)
    assert first.reset == pytest.approx(0.1)
    allowed(limit, 19, at=now)
    over = limit.take(1, now=now)
    assert (over.allowed, over.remaining) == (False, 0)
    assert (over.retry_after, over.reset) == (pytest.approx(0.1), pytest.approx(2))


def test_each_key_has_its_own(limit):
    now = 10**18
    assert [allowed(limit, 100, at=now, number=number) for number in (1, 2, 0, 10**6)] == [20] * 4


def test_a_clock_that_was_set_back_locks_nobody_out_for_long(limit):
    now = 10**18
    allowed(limit, 100, at=now)
    earlier = now - 3600 * SECOND
    assert allowed(limit, 100, at=earlier) == 0
    assert allowed(limit, 100, at=earlier + SECOND) == 10


def test_the_state_outlives_the_process(tmp_path):
    now = 10**18
    assert allowed(RateLimit(tmp_path / "calls", 10), 15, at=now) == 15
    assert allowed(RateLimit(tmp_path / "calls", 10), 15, at=now) == 5


def test_the_file_is_its_owners_alone_and_sparse(limit, tmp_path):
    limit.take(5_000_000)
    about = (tmp_path / "calls").stat()
    assert about.st_mode & 0o777 == 0o600
    assert about.st_blocks * 512 < 100_000


TAKE_MANY = """
import sys, time
from api.rate_limit import RateLimit
limit, end, taken = RateLimit(sys.argv[1], 100), time.monotonic() + 1, 0
while time.monotonic() < end:
    taken += limit.take(7).allowed
print(taken)
"""


def test_many_processes_together_get_what_one_would(tmp_path):
    started = time.time()
    command = [sys.executable, "-c", TAKE_MANY, str(tmp_path / "calls")]
    workers = [subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) for _ in range(4)]
    total = sum(int(worker.communicate(timeout=120)[0]) for worker in workers)
    assert 200 < total <= 100 * BURST_SECONDS + 100 * (time.time() - started)


@pytest.mark.django_db
def test_over_the_limit_is_429_that_says_when_to_come_back(limited_to):
    limited_to(2)
    api = ApiClient()
    answers = [api.get(CUSTOMERS) for _ in range(12)]
    statuses = [answer.status_code for answer in answers]
    assert statuses[:4] == [200] * 4 and 429 in statuses
    first, over = answers[0], answers[statuses.index(429)]
    assert first["RateLimit-Policy"] == over["RateLimit-Policy"] == '"key";q=4;w=2'
    assert first["RateLimit"] == '"key";r=3;t=1' and over["RateLimit"].startswith('"key";r=0;t=')
    assert error_of(over) == (429, "rate_limited", None)
    assert over["Retry-After"] == "1"
    assert ApiClient(api.app).get(CUSTOMERS).status_code == 200


@pytest.mark.django_db
def test_refused_calls_count_and_unknown_keys_do_not_crash(limited_to):
    limited_to(1)
    api = ApiClient(scope="read")
    statuses = [api.create({}).status_code for _ in range(3)]
    assert statuses[:2] == [403, 403] and statuses[2] in (403, 429)
    api.secret = "sk_x"
    assert "RateLimit" not in api.get(CUSTOMERS, headers={"Authorization": "Bearer sk_x"})


@pytest.mark.django_db
def test_0_turns_it_off(limited_to):
    limited_to(0)
    api = ApiClient()
    answers = [api.get(CUSTOMERS) for _ in range(5)]
    assert {answer.status_code for answer in answers} == {200}
    assert not {"RateLimit", "RateLimit-Policy"} & set(answers[0].headers)


@pytest.mark.django_db
def test_a_file_that_cannot_be_written_limits_nobody(limited_to, tmp_path):
    limited_to(1)
    (tmp_path / FILE_NAME).mkdir()
    api = ApiClient()
    assert [api.get(CUSTOMERS).status_code for _ in range(4)] == [200] * 4


def test_calls_that_come_at_once_are_counted_in_one_place(limited_to):
    """Each RateLimit has a lock of its own against the other threads, so there must not be two in a process."""
    interval, barrier = sys.getswitchinterval(), Barrier(16)

    def ask(_):
        barrier.wait()
        return limit_of(SHARED_BUCKET)

    sys.setswitchinterval(1e-6)
    try:
        with ThreadPoolExecutor(16) as pool:
            for _ in range(50):
                limited_to(10)
                assert len(set(pool.map(ask, range(16)))) == 1
    finally:
        sys.setswitchinterval(interval)

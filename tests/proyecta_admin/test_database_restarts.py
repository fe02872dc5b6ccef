"""A database that restarts under the server: once it answers, nobody meets an error any more, in any worker."""

import json
import signal
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from types import SimpleNamespace

import psutil
import psycopg
import pytest

from postgres.server import PORT, socket_dir
from tests.support.api import answers, error_of
from tests.support.processes import (
    eventually,
    free_port,
    keep_static_files,
    lend_static_files,
    manage,
    runs,
    server_of,
    started,
)
from tests.support.readers import MAKE_READERS, Key, Person

MAX_OUTAGE_SECONDS = 10  # 0.3 s on a machine of its own: other tests use the same disk
CALLERS = 12


@pytest.fixture(scope="module")
def product(module_data_dir):
    """The product on its embedded database, which it watches."""
    lend_static_files(module_data_dir)
    port = free_port()
    values = {"PORT": str(port), "PROYECTA_DEMO": "0", "API_RATE_LIMIT": "0"}
    with started([sys.executable, "-m", "proyecta_admin.serve"], module_data_dir, **values) as process:
        url = f"http://127.0.0.1:{port}"
        eventually(lambda: answers(url) or process.poll() is not None)
        assert process.poll() is None, process.complained()
        keep_static_files(module_data_dir)
        made = manage(module_data_dir, code=MAKE_READERS, DJANGO_SETTINGS_MODULE="proyecta_admin.settings")
        keys, people = json.loads(made.stdout)
        key, person = Key(url, keys[0]), Person(url, people[0])
        yield SimpleNamespace(
            data=module_data_dir, process=process, key=key, person=person, customer=key.create(name="Kim").json()["id"]
        )


def kill_all(server):
    for process in [server, *server.children()]:
        with suppress(psutil.NoSuchProcess):
            process.kill()


def end_sessions(server_data):
    with psycopg.connect(
        host=str(socket_dir(server_data)), port=PORT, user="postgres", dbname="proyecta", autocommit=True
    ) as one:
        one.execute(
            "SELECT pg_terminate_backend(pid, 60000) FROM pg_stat_activity WHERE datname = 'proyecta' AND pid <> pg_backend_pid()"
        )


WAYS = {
    "a restart": lambda server: server.send_signal(signal.SIGINT),
    "an immediate restart": lambda server: server.send_signal(signal.SIGQUIT),
    "kill -9 of the postmaster": lambda server: server.kill(),
    "kill -9 of everything": kill_all,
}


def use_all_connections(product):
    """Have every worker open all its connections, so that all are dead afterwards."""
    with ThreadPoolExecutor(CALLERS) as callers:
        calls = [callers.submit(product.key.get, product.customer) for _ in range(8 * CALLERS)]
        assert {call.result().status_code for call in calls} == {200}


@pytest.mark.parametrize("way", WAYS)
def test_once_the_database_answers_nobody_meets_an_error(product, way):
    use_all_connections(product)
    before = server_of(product.data)
    began = time.monotonic()
    WAYS[way](before)
    eventually(lambda: not runs(before))
    while (answer := product.key.get(product.customer)).status_code != 200:
        # While it is away, the answer is quick, and says when to come back.
        assert error_of(answer) == (503, "unavailable", None)
        assert answer.elapsed.total_seconds() < 1 and int(answer.headers["Retry-After"]) <= 2
        assert time.monotonic() - began < 60
    outage = time.monotonic() - began
    with ThreadPoolExecutor(CALLERS) as callers:
        calls = [callers.submit(product.key.get, product.customer) for _ in range(4 * CALLERS)]
        pages = [callers.submit(product.person.get, product.customer) for _ in range(CALLERS)]
        all_answers = [one.result() for one in calls + pages]
    assert {answer.status_code for answer in all_answers} == {200}
    assert max(answer.elapsed.total_seconds() for answer in all_answers) < 2
    assert server_of(product.data) != before
    print(f"{way}: {outage:.2f} s until the first good answer")
    assert outage < MAX_OUTAGE_SECONDS


def test_sessions_that_the_server_ends_cost_nobody_an_error(product):
    use_all_connections(product)
    end_sessions(product.data)
    with ThreadPoolExecutor(CALLERS) as callers:
        calls = [callers.submit(product.key.rename, product.customer, "Lee") for _ in range(4 * CALLERS)]
        pages = [callers.submit(product.person.get, product.customer) for _ in range(CALLERS)]
        assert {one.result().status_code for one in calls + pages} == {200}


def test_a_connection_that_is_cut_in_the_middle_costs_its_own_request_an_error_and_no_other(product):
    use_all_connections(product)
    host = {"host": str(socket_dir(product.data)), "port": PORT, "user": "postgres", "dbname": "proyecta"}
    waiting = "SELECT pid FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query LIKE '%customers_customer%'"
    with psycopg.connect(**host) as lock, psycopg.connect(**host, autocommit=True) as other:
        lock.execute("LOCK TABLE customers_customer IN ACCESS EXCLUSIVE MODE")
        with ThreadPoolExecutor(1) as callers:
            call = callers.submit(product.key.get, product.customer)
            (pid,) = eventually(lambda: other.execute(waiting).fetchone())
            other.execute("SELECT pg_terminate_backend(%s, 60000)", [pid])
            assert error_of(call.result()) == (503, "unavailable", None)
        lock.rollback()
    use_all_connections(product)


def test_a_request_under_way_meets_one_error_at_most(product):
    """Calls without a pause, each caller's own, through a crash: each may fail once in flight, and while it is away."""
    use_all_connections(product)
    before = server_of(product.data)
    kill_all(before)
    eventually(lambda: not runs(before))
    eventually(lambda: product.key.get(product.customer).status_code == 200)

    ending, failed_afterwards = time.monotonic() + 2, []

    def call_on(_):
        while time.monotonic() < ending:
            if product.key.get(product.customer).status_code != 200:
                failed_afterwards.append(1)

    with ThreadPoolExecutor(CALLERS) as callers:
        list(callers.map(call_on, range(CALLERS)))
    assert not failed_afterwards
    # One line for each failed call, which says why, and no traceback.
    lines = product.process.complained().splitlines()
    assert not [line for line in lines if "Traceback" in line]
    assert [line for line in lines if "the database failed: " in line]

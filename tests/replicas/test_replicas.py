"""Reading from real streaming replicas, on the servers of `make cluster`, while they lag, hang, die and come back."""

import json
import threading
import time
from collections import defaultdict
from contextlib import contextmanager, suppress
from types import SimpleNamespace

import httpx
import psutil
import pytest
from django.conf import settings

from core.environment import CannotStart
from postgres.replica_set import Member, running_servers
from scripts.cluster import running_apps
from tests.support.api import CUSTOMERS
from tests.support.processes import (
    eventually,
    free_port,
    keep_static_files,
    lend_static_files,
    manage,
    server_of,
    surroundings,
)
from tests.support.readers import MAKE_READERS, Key, Person

LEFT_OUT_SECONDS = 5  # behind, see replicas.watch.MAX_LAG


@pytest.fixture(scope="module")
def cluster(module_data_dir):
    """A primary and two replicas: `.servers`, the primary first; `.values`, the environment for the product on them."""
    module_data_dir.mkdir()
    module_data_dir.chmod(0o711)
    lend_static_files(module_data_dir)
    with running_servers(module_data_dir / "cluster") as servers:
        yield SimpleNamespace(
            servers=servers,
            data=module_data_dir,
            values=surroundings(
                module_data_dir, DJANGO_SETTINGS_MODULE="proyecta_admin.settings", PROYECTA_DEMO="0", API_RATE_LIMIT="0"
            ),
        )


@contextmanager
def products(cluster, primary, replicas):
    """Run the two servers of the product behind one address. Gives its URL."""
    port = free_port()
    urls = [replica.url for replica in replicas]
    with running_apps(port, primary.url, urls, cluster.values):
        keep_static_files(cluster.data)
        yield f"http://127.0.0.1:{port}"


@pytest.fixture(scope="module")
def url(cluster):
    primary, *replicas = cluster.servers
    with products(cluster, primary, replicas) as url:
        yield url


@pytest.fixture(scope="module")
def names(cluster, url):
    """Iterators of API secrets and usernames, for readers that no test has used yet."""
    keys, people = run(cluster, MAKE_READERS)
    return iter(keys), iter(people)


def run(cluster, code):
    """Run the code in a process of the product on the primary, and return the JSON that it prints."""
    primary, *replicas = cluster.servers
    values = {name: cluster.values[name] for name in ("DJANGO_SETTINGS_MODULE", "PROYECTA_DEMO", "API_RATE_LIMIT")}
    done = manage(
        cluster.data,
        code=code,
        DATABASE_URL=primary.url,
        DATABASE_REPLICA_URL=", ".join(replica.url for replica in replicas),
        **values,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@pytest.fixture
def key(url, names):
    """A function that returns a Key that no test has used yet."""
    return lambda: Key(url, next(names[0]))


@pytest.fixture
def person(url, names):
    return lambda: Person(url, next(names[1]))


@pytest.fixture
def replicas(cluster, key):
    """The replicas, caught up and known to every process."""
    caught_up(cluster)
    warm(key())
    replicas = cluster.servers[1:]
    yield replicas
    for replica in replicas:
        if replica.is_replica:
            replica.ask("SELECT pg_wal_replay_resume()")


def caught_up(cluster):
    primary, *replicas = cluster.servers
    (position,) = primary.ask("SELECT pg_current_wal_insert_lsn()")
    for replica in replicas:
        eventually(lambda at=replica: at.ask("SELECT pg_last_wal_replay_lsn() >= %s", [position])[0])


def warm(reader):
    """Send requests to every process, so that all of them look at the servers."""
    for _ in range(2):
        for _ in range(20):
            reader.get("cus_nobody")
        time.sleep(0.5)


def pause(replicas):
    for replica in replicas:
        replica.ask("SELECT pg_wal_replay_pause()")
        eventually(lambda at=replica: at.ask("SELECT pg_get_wal_replay_pause_state()")[0] == "paused")


def resume(replicas):
    for replica in replicas:
        replica.ask("SELECT pg_wal_replay_resume()")


def test_a_key_sees_what_it_wrote_while_others_read_the_replicas(key, replicas):
    writer, others = key(), [key() for _ in range(4)]
    pause(replicas)
    customer = writer.create(email="a@example.com").json()["id"]
    # They read replicas, on which it is not yet.
    assert [other.sees(customer) for other in others] == [False] * 4
    assert [writer.sees(customer) for _ in range(30)] == [True] * 30
    assert customer in writer.list()
    resume(replicas)
    for reader in (writer, *others):
        eventually(lambda one=reader: one.sees(customer))
        assert [reader.sees(customer) for _ in range(5)] == [True] * 5


def test_a_person_sees_what_they_wrote_in_every_browser_while_others_read_the_replicas(person, url, replicas, key):
    writer, other = person(), person()
    warm(key())
    time.sleep(3)  # signing in wrote
    assert writer.sees("cus_nobody") is other.sees("cus_nobody") is False
    pause(replicas)
    customer = writer.create(email="b@example.com", name="One")
    assert not other.sees(customer)
    assert customer not in other.list()
    assert [writer.sees(customer) for _ in range(20)] == [True] * 20
    assert customer in writer.list()
    resume(replicas)
    eventually(lambda: other.sees(customer))


def test_replicas_too_far_behind_are_left_out_and_come_back_by_themselves(key, replicas):
    writer, other = key(), key()
    pause(replicas)
    paused = time.monotonic()
    customer = writer.create(email="c@example.com").json()["id"]
    assert not other.sees(customer)
    eventually(lambda: other.sees(customer))
    assert time.monotonic() - paused > LEFT_OUT_SECONDS - 1
    resume(replicas)
    assert any(reads_a_replica(key(), writer, replicas) for _ in range(5))


def reads_a_replica(reader, writer, replicas):
    """Return whether a new reader reads a replica: it misses a write made while the replicas are paused."""
    pause(replicas)
    new = writer.create(email=f"{time.time()}@example.com").json()["id"]
    seen = reader.sees(new)
    resume(replicas)
    time.sleep(1)
    return not seen


@contextmanager
def life(writer, readers):
    """Rename a customer to the next number again and again inside the block, and have all readers read it.

    Afterwards no reader has met an error, or a number below one that it has seen before. Gives the numbers that each
    reader saw, and those that were acknowledged.
    """
    customer = writer.create(email=f"{time.time()}@example.com", name="0").json()["id"]
    for reader in readers:
        eventually(lambda one=reader: one.sees(customer))
    ended, wrong, seen, acknowledged = threading.Event(), [], defaultdict(list), [0]

    def write():
        while not ended.is_set():
            answer = writer.rename(customer, str(acknowledged[-1] + 1))
            if answer.status_code != 200:
                wrong.append(answer.text)
            acknowledged.append(acknowledged[-1] + 1)
            # In the pauses the readers may go back to their replicas.
            time.sleep(0.05)

    def read(reader):
        while not ended.is_set():
            try:
                number = int(reader.name_of(customer))
            except Exception as error:
                wrong.append(repr(error))
                return
            if seen[reader] and number < seen[reader][-1]:
                wrong.append(f"{number} after {seen[reader][-1]}")
            seen[reader].append(number)

    threads = [threading.Thread(target=write)]
    threads += [threading.Thread(target=read, args=[reader]) for reader in readers]
    for thread in threads:
        thread.start()
    try:
        yield SimpleNamespace(customer=customer, seen=seen, acknowledged=acknowledged)
    finally:
        ended.set()
        for thread in threads:
            thread.join()
    assert wrong == []
    assert all(len(numbers) > 20 for numbers in seen.values())


def kill(server):
    """Kill the postmaster and its children, as a power cut does."""
    postmaster = server_of(server.data)
    for process in [postmaster, *postmaster.children(recursive=True)]:
        # The children of a postmaster that is gone end by themselves.
        with suppress(psutil.NoSuchProcess):
            process.kill()
    eventually(lambda: not psutil.pid_exists(postmaster.pid) or postmaster.status() == psutil.STATUS_ZOMBIE)


def test_no_read_fails_or_goes_back_in_time_while_replicas_stand_still_die_and_come_back(
    cluster, key, person, replicas
):
    first, second = replicas
    with life(key(), [key(), key(), key(), person()]):
        for replica in (first, second):
            pause([replica])
            time.sleep(2)
            resume([replica])
            time.sleep(1)
        for replica in (first, second):
            kill(replica)
            time.sleep(3)
            replica.start()
            time.sleep(3)
    caught_up(cluster)


def test_who_has_read_from_the_primary_does_not_go_back_to_a_replica_that_is_behind(key, person, replicas):
    def began_on_replicas():
        with life(key(), [key(), key(), person()]) as lived:
            time.sleep(3)
            behind = [lived.acknowledged[-1] - numbers[-1] for numbers in lived.seen.values()]
            pause(replicas)
            time.sleep(LEFT_OUT_SECONDS + 2)
            resume(replicas)
            time.sleep(4)
        return max(behind) > 3

    for replica in replicas:
        replica.set("recovery_min_apply_delay", "2s")
    try:
        # Repeated: readers that begin on the primary stay there and prove nothing. On a busy machine, or after another
        # test, the replicas may be left out at first.
        assert any(began_on_replicas() for _ in range(3))
    finally:
        for replica in replicas:
            replica.set("recovery_min_apply_delay", "0")


def test_a_replica_that_hangs_keeps_nobody_waiting_for_long(key, replicas):
    readers = [key() for _ in range(4)]
    for replica in replicas:
        frozen = []
        for process in [server_of(replica.data), *server_of(replica.data).children(recursive=True)]:
            with suppress(psutil.NoSuchProcess):
                process.suspend()
                frozen.append(process)
        try:
            times = []
            for _ in range(10):
                for reader in readers:
                    begun = time.monotonic()
                    assert not reader.sees("cus_nobody")
                    times.append(time.monotonic() - begun)
        finally:
            for process in reversed(frozen):
                process.resume()
        assert max(times) < 8
        assert sorted(times)[len(times) // 2] < 1


COUNT = """
import json, time, django; django.setup()
from django.db import connections
from django.test import Client
from django.test.utils import CaptureQueriesContext
from replicas.watch import watch
client = Client(headers={"Authorization": "Bearer SECRET"}, SERVER_NAME="127.0.0.1")
def ask(method, *arguments, **values):
    with CaptureQueriesContext(connections["default"]) as primary:
        captures = [CaptureQueriesContext(connections[alias]) for alias in watch().aliases]
        for capture in captures: capture.__enter__()
        answer = getattr(client, method)("/v1/commerce/customers", *arguments, **values)
        for capture in captures: capture.__exit__(None, None, None)
    return [answer.status_code, len(primary), sum(map(len, captures))]
ask("get"); time.sleep(3); ask("get"); time.sleep(1)
reads = ask("get")
writes = [ask("post", "{}", content_type="application/json") for _ in range(2)]
print(json.dumps([reads, *writes]))
"""


def test_a_read_asks_the_primary_for_the_key_alone_and_only_the_first_of_many_writes_costs_more(
    cluster, names, replicas
):
    reads, first, second = run_quietly(cluster, COUNT.replace("SECRET", next(names[0])))
    assert reads == [200, 1, 1]
    assert first == [201, 3, 0]
    assert second == [201, 2, 0]


def run_quietly(cluster, code):
    """Do as run(), without the log lines of the API."""
    return run(cluster, "import logging; logging.disable(logging.INFO)\n" + code)


def test_without_replicas_there_is_no_router_no_middleware_and_no_watch():
    assert settings.DATABASE_REPLICAS == [] and list(settings.DATABASES) == ["default"]
    assert settings.DATABASE_ROUTERS == []
    assert not [name for name in settings.MIDDLEWARE if "replicas" in name]
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("watch")]


USABLE = """
import json, time, django; django.setup()
from replicas.watch import watch
usable = []
for _ in range(20):
    usable = [watch().is_usable(alias) for alias in watch().aliases]
    time.sleep(0.1)
print(json.dumps(usable))
"""


def test_a_replica_becomes_the_primary_and_nothing_that_was_acknowledged_is_lost(cluster, url, names, replicas):
    """The last test, because it changes the cluster."""
    primary = cluster.servers[0]
    writer, reader = Key(url, next(names[0])), Key(url, next(names[0]))
    acknowledged, ended = [], threading.Event()

    def write():
        while not ended.is_set():
            try:
                answer = writer.create(name="somebody")
            except httpx.HTTPError:
                continue
            if answer.status_code == 201:
                acknowledged.append(answer.json()["id"])

    threads = [threading.Thread(target=write) for _ in range(3)]
    for thread in threads:
        thread.start()
    eventually(lambda: len(acknowledged) > 30)
    seen = [customer for customer in acknowledged[-10:] if reader.sees(customer)]
    kill(primary)
    ended.set()
    for thread in threads:
        thread.join()
    # The one that has received most has all that was acknowledged.
    new, other = sorted(replicas, key=received, reverse=True)
    new.promote()
    other.follow(new)
    new.confirm_with([other])
    cluster.servers[:] = [new, other]
    # The new primary is still in the list of replicas, and has to be left out.
    with products(cluster, new, [new, other]) as address:
        writer.url = reader.url = address + CUSTOMERS
        assert [customer for customer in acknowledged if not writer.sees(customer)] == []
        assert [customer for customer in seen if not reader.sees(customer)] == []
        new_customer = writer.create(name="afterwards")
        assert new_customer.status_code == 201
        assert all(writer.sees(new_customer.json()["id"]) for _ in range(20))
        eventually(lambda: reader.sees(new_customer.json()["id"]))
    cluster.servers[:] = [new, new, other]
    assert run(cluster, USABLE) == [False, True]


def test_servers_of_which_two_are_primaries_are_not_started(data_dir):
    data_dir.mkdir()
    data_dir.chmod(0o711)
    for name in ("server1", "server3"):
        Member(data_dir, name).server.files.mkdir()
    with pytest.raises(CannotStart, match="server1 and server3 in .* are primaries"), running_servers(data_dir):
        pass


def received(replica):
    return replica.ask("SELECT pg_last_wal_receive_lsn() - '0/0'::pg_lsn")[0]

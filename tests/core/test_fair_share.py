"""Places and turns of a worker, shared between parties: as a module, then by a server with slow requests."""

import http.client
import json
import os
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from threading import Event
from urllib.parse import urlencode

import pytest
from django.conf import settings
from django.db import connection
from django.test import Client
from django.urls import reverse

from accounts.models import Role
from core import fair_share
from core.fair_share import (
    MAX_CONNECTIONS_PER_WORKER,
    MAX_REQUESTS_PER_WORKER,
    MAX_TURNS,
    PLACES_OF_A_PARTY,
    FairShare,
    Overloaded,
)
from core.overload import identify, request_slot
from tests.support.api import CUSTOMERS
from tests.support.factories import make_app, make_key, make_member
from tests.support.processes import eventually

WORKERS = len(os.sched_getaffinity(0))
ONE, OTHER = {"caller": "one", "app": "A"}, {"caller": "other", "app": "A"}


@pytest.fixture
def share():
    return FairShare()


@pytest.fixture
def threads():
    with ThreadPoolExecutor(MAX_REQUESTS_PER_WORKER) as pool:
        yield pool


def wait_for(share, threads, number, parties):
    """Let as many requests wait for their turns. Returns their futures."""
    waiting = []
    for _ in range(number):
        waiting.append(threads.submit(share.enter, parties))
        # It waits once it runs and is not done. Each is begun before the next, so that their order is known.
        eventually(waiting[-1].running)
        time.sleep(0.002)
    return waiting


def is_refused(future):
    return isinstance(future.exception(timeout=10), Overloaded)


@pytest.mark.parametrize("kind", ["caller", "app"])
def test_a_party_has_no_more_than_its_turns_and_the_next_waits_for_one_of_them(share, threads, kind):
    slots = [share.enter({kind: 1}) for _ in range(MAX_TURNS[kind])]
    (waiting,) = wait_for(share, threads, 1, {kind: 1})
    assert not waiting.done()
    share.leave(share.enter({kind: 2}))
    assert not waiting.done(), "the turn of another party was taken"
    share.leave(slots.pop())
    share.leave(waiting.result(timeout=10))
    assert MAX_TURNS[kind] <= MAX_CONNECTIONS_PER_WORKER // 2


def test_another_caller_of_the_same_app_has_a_turn_and_other_apps_have_the_rest(share):
    for _ in range(MAX_TURNS["caller"]):
        share.enter(ONE)
    share.enter(OTHER)
    for _ in range(MAX_CONNECTIONS_PER_WORKER - MAX_TURNS["app"]):
        share.enter({"caller": object(), "app": "B"})


def test_a_turn_that_does_not_come_is_refused_and_leaves_nothing(share, threads, monkeypatch):
    monkeypatch.setattr(fair_share, "MAX_WAIT_SECONDS", 0.05)
    slots = [share.enter(ONE) for _ in range(MAX_TURNS["caller"])]
    for _ in range(MAX_REQUESTS_PER_WORKER + 1):
        monkeypatch.setattr(fair_share, "MAX_WAIT_SECONDS", 0.001)
        with pytest.raises(Overloaded):
            share.enter(ONE)
    for slot in slots:
        share.leave(slot)
    share.leave(share.enter(ONE))


def test_places_are_lent_to_one_party_and_taken_back_for_others(share, threads):
    slots = [share.enter(ONE) for _ in range(MAX_TURNS["caller"])]
    waiting = wait_for(share, threads, MAX_REQUESTS_PER_WORKER - len(slots), ONE)
    with pytest.raises(Overloaded):
        share.enter(ONE)
    share.enter(OTHER)  # of the same app
    assert is_refused(waiting.pop())
    for number in range(1, MAX_REQUESTS_PER_WORKER - PLACES_OF_A_PARTY + 1):
        share.enter({"caller": number})
        # The one that came last of those that wait.
        assert is_refused(waiting.pop())
    with pytest.raises(Overloaded):
        share.enter({"caller": "late"})
    for one in [*slots, *waiting]:
        share.leave(one if one in slots else one.result(timeout=10))


def test_a_request_that_turns_out_to_be_of_a_busy_party_waits_and_leaves_its_turn_to_others(share, threads):
    busy = [share.enter({"app": 1}) for _ in range(MAX_TURNS["app"])]
    slots = [share.enter({"caller": 1}) for _ in range(MAX_TURNS["caller"])]
    assert not share.join(slots[0], "app", 1, wait=False)
    joining = threads.submit(share.join, slots[0], "app", 1, wait=True)
    other = threads.submit(share.enter, {"caller": 1})
    share.leave(other.result(timeout=10))
    assert not joining.done()
    share.leave(busy.pop())
    assert joining.result(timeout=10)
    assert not share.join(slots[1], "app", 1, wait=False)
    share.leave(slots[0])
    assert share.join(slots[1], "app", 1, wait=False)


def test_a_request_that_waits_for_a_lock_leaves_its_turn_to_others(share, threads):
    slots = [share.enter(ONE) for _ in range(MAX_TURNS["caller"])]
    share.pause(slots[0])
    other = share.enter(ONE)
    resuming = threads.submit(share.resume, slots[0])
    share.leave(slots[1])
    resuming.result(timeout=10)
    share.pause(slots[0])
    share.leave(slots[0])  # such as by an exception
    share.leave(other)
    for _ in range(MAX_TURNS["caller"]):
        share.enter(ONE)


def test_a_request_that_waits_too_long_for_its_party_leaves_nothing(share, monkeypatch):
    monkeypatch.setattr(fair_share, "MAX_WAIT_SECONDS", 0.001)
    busy = [share.enter({"app": 1}) for _ in range(MAX_TURNS["app"])]
    for _ in range(MAX_REQUESTS_PER_WORKER + 1):
        slot = share.enter({"caller": 1, "app": 2})
        with pytest.raises(Overloaded):
            share.join(slot, "app", 1, wait=True)
        share.leave(slot)
    share.leave(busy.pop())
    assert share.join(share.enter({"caller": 1}), "app", 1, wait=False)


def test_a_credential_is_known_by_its_person_from_the_second_request_on(threads):
    """Two sessions of one person share the person's turns."""
    for session in ("session 1", "session 2"):
        with request_slot(session):
            identify(caller=("person", "who has two sessions"), app="their app")
    with ExitStack() as stack:
        for number in range(MAX_TURNS["caller"]):
            stack.enter_context(request_slot(f"session {number % 2 + 1}"))

        def another():
            with request_slot("session 1"):
                return True

        waiting = threads.submit(another)
        with request_slot("of somebody else"):
            assert not waiting.done()
    assert waiting.result(timeout=10)


def send(url, method, path, body, **headers):
    """Send a request on a connection of its own, and return the connection."""
    one = http.client.HTTPConnection("127.0.0.1", int(url.rpartition(":")[2]), timeout=60)
    one.request(method, path, body, {name.replace("_", "-"): value for name, value in headers.items()})
    return one


def status_on(connection):
    answer = connection.getresponse()
    answer.read()
    connection.close()
    return answer.status


def session_of(user):
    client = Client()
    client.force_login(user)
    return f"{settings.SESSION_COOKIE_NAME}={client.cookies[settings.SESSION_COOKIE_NAME].value}"


SLOW_NAME, SLOW_SECONDS = "Slow", 1
SLEEP = f"""
CREATE FUNCTION sleep_for_tests() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN PERFORM pg_sleep({SLOW_SECONDS}); RETURN NEW; END $$;
CREATE TRIGGER sleep_for_tests BEFORE INSERT ON customers_customer FOR EACH ROW WHEN (NEW.name = '{SLOW_NAME}')
EXECUTE FUNCTION sleep_for_tests();
"""


@pytest.fixture
def slow_creates(transactional_db):
    """Creating a customer with SLOW_NAME keeps its connection for SLOW_SECONDS."""
    with connection.cursor() as cursor:
        cursor.execute(SLEEP)
        yield
        cursor.execute("DROP FUNCTION sleep_for_tests CASCADE")


def by_keys(app, number_of_keys):
    """Slow creates by API keys of the app: a function that sends the n-th of them."""
    secrets = [make_key(app, scope="write")[1] for _ in range(number_of_keys)]

    def create(url, number):
        return send(
            url,
            "POST",
            CUSTOMERS,
            json.dumps({"name": SLOW_NAME}),
            Authorization=f"Bearer {secrets[number % number_of_keys]}",
            Content_Type="application/json",
        )

    return create


def by_person(app, number_of_sessions):
    """The same by the form of the panel, by one person with as many sessions."""
    person = make_member(app, Role.EDITOR)
    sessions = [session_of(person) for _ in range(number_of_sessions)]
    token = "t" * 32

    def create(url, number):
        return send(
            url,
            "POST",
            reverse("customer_create", args=[app.slug]),
            urlencode({"csrfmiddlewaretoken": token, "name": SLOW_NAME}),
            Cookie=f"{sessions[number % number_of_sessions]}; {settings.CSRF_COOKIE_NAME}={token}",
            Content_Type="application/x-www-form-urlencoded",
        )

    return create


@pytest.mark.parametrize(
    ("make_creates", "callers", "is_whole_app"), [(by_keys, 1, False), (by_person, 3, False), (by_keys, 10, True)]
)
def test_100_slow_requests_of_one_party_leave_everybody_else_an_answer(
    api_server, slow_creates, make_creates, callers, is_whole_app
):
    """They took all connections, and every page and call of every app was 503."""
    url, app, stranger = api_server.url, make_app(), make_app()
    create = make_creates(app, callers)
    # Of the same app, unless it is the whole app that is slow.
    neighbour = stranger if is_whole_app else app
    others = (
        (CUSTOMERS, {"Authorization": f"Bearer {make_key(neighbour)[1]}"}),
        (CUSTOMERS, {"Authorization": f"Bearer {make_key(stranger)[1]}"}),
        (reverse("customer_list", args=[neighbour.slug]), {"Cookie": session_of(make_member(neighbour))}),
        ("/readyz", {}),
    )
    usual = max(seconds_to_answer(url, *other) for other in others * 3)
    ended = Event()

    def keep_creating(number):
        statuses = set()
        while not ended.is_set():
            one = create(url, number)
            if number % 2:
                statuses.add(status_on(one))
            else:
                time.sleep(SLOW_SECONDS / 2)
                one.close()  # this client goes away
        return statuses

    with ThreadPoolExecutor(100) as pool:
        flood = [pool.submit(keep_creating, number) for number in range(100)]
        try:
            eventually(lambda: slow_creates_under_way() >= MAX_TURNS["caller"])
            slowest = max(seconds_to_answer(url, *other) for other in others * 5)
            most = slow_creates_under_way()
        finally:
            ended.set()
    assert slowest < 1 + 5 * usual
    assert most <= WORKERS * MAX_TURNS["app" if is_whole_app else "caller"]
    assert set().union(*(one.result() for one in flood)) <= {201, 302, 409, 429, 503}
    # Places and turns are back, those of clients that went away too.
    eventually(lambda: slow_creates_under_way() == 0)
    eventually(lambda: status_on(create(url, 0)) in (201, 302))


def slow_creates_under_way():
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event = 'PgSleep'"
        )
        return cursor.fetchone()[0]


def seconds_to_answer(url, path, headers):
    begun = time.monotonic()
    assert status_on(send(url, "GET", path, None, **headers)) == 200, path
    return time.monotonic() - begun

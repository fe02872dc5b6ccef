"""Places and turns of a worker, shared between parties: as a module, then by a server with slow requests."""

import http.client
import socket
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, suppress
from types import SimpleNamespace
from urllib.parse import urlencode

import psycopg
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
from tests.support.api import CUSTOMERS, path_of
from tests.support.factories import make_app, make_customer, make_key, make_member
from tests.support.processes import eventually

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
    with pytest.raises(Overloaded):
        share.enter(OTHER)  # their app has all places
    for number in range(1, MAX_REQUESTS_PER_WORKER - PLACES_OF_A_PARTY + 1):
        share.enter({"caller": number})
        # The one that came last of those that wait.
        assert is_refused(waiting.pop())
    with pytest.raises(Overloaded):
        share.enter({"caller": "late"})
    for one in [*slots, *waiting]:
        share.leave(one if one in slots else one.result(timeout=10))


def test_a_request_that_turns_out_to_be_of_a_busy_party_is_refused_and_leaves_nothing(share):
    busy = [share.enter({"app": 1}) for _ in range(MAX_TURNS["app"])]
    for _ in range(MAX_REQUESTS_PER_WORKER + 1):
        slot = share.enter({"caller": 1, "app": 2})
        with pytest.raises(Overloaded):
            share.join(slot, "app", 1)
        share.leave(slot)
    share.leave(busy.pop())
    slot = share.enter({"caller": 1, "app": 2})
    share.join(slot, "app", 1)
    with pytest.raises(Overloaded):
        share.join(share.enter({}), "app", 1)
    share.leave(slot)
    share.join(share.enter({}), "app", 1)


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


@pytest.fixture
def world(transactional_db):
    """Two apps, each with a customer."""
    app, other = make_app(), make_app()
    return SimpleNamespace(app=app, other=other, customer=make_customer(app), other_customer=make_customer(other))


def by_keys(world, number_of_keys):
    """Changes of the locked customer by API keys of the app: a function that sends the n-th of them."""
    secrets = [make_key(world.app, scope="write")[1] for _ in range(number_of_keys)]

    def change(url, number):
        return send(
            url,
            "PATCH",
            path_of(world.customer),
            '{"name": "Changed"}',
            Authorization=f"Bearer {secrets[number % number_of_keys]}",
            Content_Type="application/json",
        )

    return change


def by_person(world, number_of_sessions):
    """The same by the form of the panel, by one person with as many sessions."""
    person = make_member(world.app, Role.EDITOR)
    sessions = [session_of(person) for _ in range(number_of_sessions)]
    path = reverse("customer_edit", args=[world.app.slug, world.customer.public_id])
    token = "t" * 32

    def change(url, number):
        return send(
            url,
            "POST",
            path,
            urlencode({"csrfmiddlewaretoken": token, "name": "Changed", "version": 1}),
            Cookie=f"{sessions[number % number_of_sessions]}; {settings.CSRF_COOKIE_NAME}={token}",
            Content_Type="application/x-www-form-urlencoded",
        )

    return change


@pytest.mark.parametrize(
    ("make_changes", "callers", "is_whole_app"), [(by_keys, 1, False), (by_person, 3, False), (by_keys, 10, True)]
)
def test_100_slow_requests_of_one_party_leave_everybody_else_an_answer(
    api_server, world, make_changes, callers, is_whole_app
):
    """Forty changes of one locked customer took all connections, and every page of every app was 503."""
    url = api_server.url
    change = make_changes(world, callers)
    other_key = make_key(world.app if not is_whole_app else world.other)[1]
    other_person = session_of(make_member(world.app if not is_whole_app else world.other))
    stranger_key = make_key(world.other)[1]
    panel = reverse("customer_list", args=[(world.app if not is_whole_app else world.other).slug])
    with psycopg.connect(**connection.get_connection_params()) as blocker:
        blocker.execute("SELECT FROM customers_customer WHERE public_id = %s FOR UPDATE", [world.customer.public_id])
        slow = [change(url, number) for number in range(100)]
        for one in slow[50:]:
            one.sock.shutdown(socket.SHUT_RDWR)  # this client goes away
        eventually(lambda: locks_waited_for() >= MAX_TURNS["caller"])
        for _ in range(6):
            for path, headers in (
                (CUSTOMERS, {"Authorization": f"Bearer {other_key}"}),
                (CUSTOMERS, {"Authorization": f"Bearer {stranger_key}"}),
                (panel, {"Cookie": other_person}),
                ("/readyz", {}),
            ):
                begun = time.monotonic()
                assert status_on(send(url, "GET", path, None, **headers)) == 200, path
                assert time.monotonic() - begun < 1
    statuses = set()
    for one in slow[:50]:
        with suppress(OSError, http.client.HTTPException):
            statuses.add(status_on(one))
    assert statuses & {200, 302, 409}
    # Places and turns are back.
    eventually(lambda: locks_waited_for() == 0)
    for number in range(10):
        assert status_on(change(url, number)) in (200, 302, 409)


def locks_waited_for():
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
        )
        return cursor.fetchone()[0]

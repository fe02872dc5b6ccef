"""Clients that send slowly, or not at all, against the product's own server with no proxy in front of it."""

import http.client
import io
import os
import signal
import socket
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from threading import Event, Semaphore
from types import SimpleNamespace

import psutil
import pytest
from django.db import connection

from core.slow_clients import HEAD_TIMEOUT_SECONDS, MAX_BODY_READERS, THREADS_PER_WORKER, BodyFirst, TooManyBodies
from proyecta_admin.serve import SHUTDOWN_TIMEOUT_SECONDS
from tests.support.api import CUSTOMERS, ApiClient, error_of
from tests.support.api import api_server as serving
from tests.support.factories import make_key
from tests.support.processes import ROOT, eventually

pytestmark = pytest.mark.django_db(transaction=True)

WORKERS = len(os.sched_getaffinity(0))
HEAD = "POST {} HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer {}\r\nContent-Type: application/json\r\n"


@pytest.fixture
def key(db):
    return make_key(scope="write")[1]


@pytest.fixture(scope="module")
def api_server(django_db_setup, module_data_dir):
    """A server of these tests alone, because they occupy its threads."""
    with serving(module_data_dir) as (url, _):
        yield SimpleNamespace(url=url)


@pytest.fixture
def clients(api_server):
    """Makes connections on which the given bytes have been sent; all are closed in the end."""
    with ExitStack() as stack:
        yield lambda sent, url=api_server.url: stack.enter_context(connected(url, sent))
    # The server answers the requests that were half sent. Truncating the tables meanwhile would be a deadlock.
    eventually(nobody_asks)


def nobody_asks():
    """Whether the server has asked the database for nothing for a moment."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid() "
            "AND (state <> 'idle' OR state_change > clock_timestamp() - interval '0.3 seconds')"
        )
        return cursor.fetchone() == (0,)


def connected(url, sent):
    one = socket.create_connection(("127.0.0.1", int(url.rpartition(":")[2])), timeout=60)
    one.sendall(sent if isinstance(sent, bytes) else sent.encode())
    return one


def half_sent(key, path=CUSTOMERS):
    return HEAD.format(path, key) + 'Content-Length: 100\r\n\r\n{"name": "Al'


def get(url, path, key):
    """(status, body) of a call on a connection of its own."""
    one = http.client.HTTPConnection("127.0.0.1", int(url.rpartition(":")[2]), timeout=60)
    one.request("GET", path, headers={"Authorization": f"Bearer {key}"})
    answer = one.getresponse()
    body = answer.read()
    one.close()
    return answer.status, body


def answer_on(connection):
    answer = http.client.HTTPResponse(connection)
    answer.begin()
    return answer, answer.read()


def test_bodies_that_do_not_come_hold_up_no_call_without_one(api_server, key, clients):
    """More of them than there are threads in all workers, by sockets that are spread over those at random."""
    for _ in range(WORKERS * THREADS_PER_WORKER * 2):
        clients(half_sent(key))
    # That so many come at once is an overload for a moment, in which any call may be refused.
    eventually(lambda: all(get(api_server.url, CUSTOMERS, key)[0] == 200 for _ in range(20)))


def test_when_too_many_bodies_are_waited_for_another_is_503_at_once():
    """The application as the server calls it, with bodies that come when `go_on` is set."""
    go_on, begun = Event(), Semaphore(0)
    application = BodyFirst(lambda environ, _: environ["wsgi.input"].read(), max_bytes=1000)

    class Slow:
        def read(self, length):
            begun.release()
            assert go_on.wait(60)
            return b"x" * length

    def call():
        return application({"CONTENT_LENGTH": "3", "wsgi.input": Slow()}, None)

    with ThreadPoolExecutor(MAX_BODY_READERS) as pool:
        waiting = [pool.submit(call) for _ in range(MAX_BODY_READERS)]
        for _ in range(MAX_BODY_READERS):
            assert begun.acquire(timeout=60)
        with pytest.raises(TooManyBodies):
            call()
        assert application({"wsgi.input": io.BytesIO()}, None) == b""
        go_on.set()
        assert [one.result() for one in waiting] == [b"xxx"] * MAX_BODY_READERS
    assert call() == b"xxx"


@pytest.mark.parametrize("chunked", [False, True])
def test_a_body_that_was_not_read_is_503_with_retry_after(chunked, monkeypatch):
    api = ApiClient()
    unread = SimpleNamespace(read=raises, readline=raises)
    monkeypatch.setattr("django.test.client.FakePayload.read", raises)
    framing = (
        {"HTTP_TRANSFER_ENCODING": "chunked", "CONTENT_LENGTH": "", "wsgi.input_terminated": True} if chunked else {}
    )
    answer = api.generic(
        "POST", CUSTOMERS, b"{}", "application/json", **framing | ({"wsgi.input": unread} if chunked else {})
    )
    assert error_of(answer) == (503, "busy", None) and answer["Retry-After"] == "1"


def raises(*_):
    raise TooManyBodies


def test_a_body_that_is_too_long_is_not_read():
    bodies = []
    application = BodyFirst(lambda environ, _: bodies.append(environ["wsgi.input"].read()), max_bytes=3)
    for given in ({"CONTENT_LENGTH": "4"}, {"CONTENT_LENGTH": "3"}, {"HTTP_TRANSFER_ENCODING": "chunked"}, {}):
        application({"wsgi.input": io.BytesIO(b"abcdef"), **given}, None)
    assert bodies[1:3] == [b"abc", b"abcd"]


def test_a_body_that_comes_slowly_and_in_time_is_taken(api_server, key, clients):
    slow = clients(HEAD.format(CUSTOMERS, key) + "Content-Length: 17\r\n\r\n")
    for byte in b'{"name": "Alice"}':
        slow.sendall(bytes([byte]))
        time.sleep(0.1)
    answer, body = answer_on(slow)
    assert answer.status == 201 and b"Alice" in body


@pytest.mark.parametrize("sent", ["", "PO", f"GET {CUSTOMERS} HTTP/1.1\r\nHost: 127.0.0.1\r\nAutho", "PRI * HTTP/2.0"])
def test_a_connection_on_which_no_whole_head_comes_is_closed(clients, sent):
    half = clients(sent)
    half.settimeout(HEAD_TIMEOUT_SECONDS * 4)
    with_end = half.recv(10_000)
    assert with_end == b"" or with_end.startswith(b"HTTP/1.1 4")


@pytest.mark.parametrize("kind", ["nothing", "half a head", "half a body", "nothing more"])
def test_a_slow_client_does_not_keep_the_server_from_ending_cleanly(data_dir, key, clients, kind):
    sent = {
        "nothing": "",
        "half a head": f"GET {CUSTOMERS} HTTP/1.1\r\nHost: 127.0.0.1\r\nAutho",
        "half a body": half_sent(key),
        "nothing more": "GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n",
    }[kind]
    with serving(data_dir) as (url, server):
        for _ in range(WORKERS * 2):
            clients(sent, url)
        time.sleep(1)  # for the server to have taken them
        workers = psutil.Process(server.pid).children()
        begun = time.monotonic()
        server.send_signal(signal.SIGTERM)
        assert server.ends() == 0
        assert time.monotonic() - begun < SHUTDOWN_TIMEOUT_SECONDS + 3
        assert server.complained() == ""
        assert not [one for one in workers if one.is_running() and one.name() != "postgres"]


def test_whoever_sets_up_a_proxy_is_told_for_how_long_a_connection_may_be_idle():
    assert f"idle for {HEAD_TIMEOUT_SECONDS} seconds" in (ROOT / "docs/production.md").read_text()

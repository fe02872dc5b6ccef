"""Clients that send slowly, or not at all, against the product's own server with no proxy in front of it."""

import http.client
import io
import json
import os
import signal
import socket
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager, suppress
from threading import Event, Semaphore
from types import SimpleNamespace

import psutil
import pytest
from django.db import connection

from core.slow_clients import (
    HEAD_TIMEOUT_SECONDS,
    MAX_BODY_READERS,
    MAX_BODY_READERS_PER_CLIENT,
    THREADS_PER_WORKER,
    BodyFirst,
    TooManyBodies,
    refuse_unread_body,
)
from proyecta_admin.serve import SHUTDOWN_TIMEOUT_SECONDS
from tests.support.api import CUSTOMERS
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
    with serving(module_data_dir, PROXY="1") as (url, _):
        yield SimpleNamespace(url=url)


SHORT_TIMEOUT_SECONDS = 2


@pytest.fixture(scope="module")
def short_times(django_db_setup, module_data_dir):
    """A server that waits for bodies no longer than SHORT_TIMEOUT_SECONDS."""
    before = f"from core import slow_clients\nslow_clients.BODY_TIMEOUT_SECONDS = {SHORT_TIMEOUT_SECONDS}"
    with serving(module_data_dir, before=before) as (url, _):
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


@contextmanager
def slow_application():
    """An application as the server calls it, with bodies that come when the block ends.

    Gives a function that begins a request from an address, waits until it is read or refused, and returns its future.
    """
    go_on, begun = Event(), Semaphore(0)

    def application(environ, _):
        refuse_unread_body(SimpleNamespace(META=environ))
        return environ["wsgi.input"].read()

    first = BodyFirst(application, max_bytes=1000)

    class Slow:
        def read(self, length):
            begun.release()
            assert go_on.wait(60)
            return b"x" * length

    def begin(address):
        called = pool.submit(first, {"CONTENT_LENGTH": "3", "wsgi.input": Slow(), "REMOTE_ADDR": address}, None)
        called.add_done_callback(lambda _: begun.release())
        assert begun.acquire(timeout=60)
        return called

    with ThreadPoolExecutor(MAX_BODY_READERS + 2) as pool:
        try:
            yield begin
        finally:
            go_on.set()
    assert first({"CONTENT_LENGTH": "3", "wsgi.input": io.BytesIO(b"abc")}, None) == b"abc"


def test_when_too_many_bodies_are_waited_for_another_is_refused_at_once():
    with slow_application() as begin:
        waiting = [begin(f"10.0.0.{number % 3}") for number in range(MAX_BODY_READERS)]
        with pytest.raises(TooManyBodies):
            begin("10.0.0.9").result()
    assert [one.result() for one in waiting] == [b"xxx"] * MAX_BODY_READERS


@pytest.mark.parametrize(
    ("same", "other"),
    [
        (["10.0.0.1"], "10.0.0.2"),
        (["2001:db8::1", "2001:db8::2:3:4:5"], "2001:db8:0:1::1"),
        (["::ffff:10.0.0.1"], "::ffff:10.0.0.2"),
    ],
)
def test_one_client_has_no_more_than_half_of_the_readers(same, other):
    with slow_application() as begin:
        for number in range(MAX_BODY_READERS_PER_CLIENT):
            assert not begin(same[number % len(same)]).done()
        for address in same:
            with pytest.raises(TooManyBodies):
                begin(address).result()
        assert not begin(other).done()


def sign_in_form(length):
    """The beginning of a form of a page, of `length` bytes."""
    return (
        "POST /sign-in/ HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/x-www-form-urlencoded\r\n"
        f"Content-Length: {length}\r\n\r\nusername=a&"
    )


def test_while_all_readers_wait_another_body_is_503_before_its_token_is_asked_for(api_server, key, clients):
    """Django took the body that was not read for a form without a token, and answered 403."""
    for _ in range(WORKERS * MAX_BODY_READERS * 2):
        clients(half_sent(key))
    call = HEAD.format(CUSTOMERS, key) + "Content-Length: 2\r\n\r\n{}"
    with ThreadPoolExecutor(4 * WORKERS) as pool:
        # So many that each worker has some: its readers are all taken afterwards.
        errors = [pool.submit(eventually, lambda: busy_answer(api_server.url, call)) for _ in range(4 * WORKERS)]
    error = errors[-1].result()
    assert all(one.result() for one in errors)
    assert json.loads(error[1])["code"] == "busy" and error[0]["Retry-After"] == "1"
    page = eventually(lambda: busy_answer(api_server.url, sign_in_form(11)))
    assert b"Too many requests at once" in page[1] and page[0]["Retry-After"] == "1"


def busy_answer(url, sent):
    with connected(url, sent) as one:
        answer, body = answer_on(one)
        assert answer.status != 403
        return (answer.headers, body) if answer.status == 503 else None


CHUNKED = "Transfer-Encoding: chunked\r\n\r\n1\r\n{\r\n"
SLOW_KINDS = {
    "dripping": ('Content-Length: 1000\r\n\r\n{"name": "', b"A"),
    "dripping in chunks": (CHUNKED, b"1\r\n \r\n"),
    "in a chunk that does not end": ("Transfer-Encoding: chunked\r\n\r\nffff\r\n{", b" "),
    "silent": ("Content-Length: 1000\r\n\r\n", b""),
    "silent in a chunk": (CHUNKED, b""),
    "continued": ("Expect: 100-continue\r\nContent-Length: 1000\r\n\r\n", b" "),
}


@pytest.mark.parametrize("number", [24, 200])
def test_slow_bodies_are_ended_in_time_and_hold_up_nobody_else(short_times, key, clients, number):
    """They held all readers of bodies for as long as they liked, and nobody could write or sign in."""
    url = short_times.url
    kinds = [list(SLOW_KINDS.values())[place % len(SLOW_KINDS)] for place in range(number)]
    begun = time.monotonic()
    slow = {clients(HEAD.format(CUSTOMERS, key) + head, url): part for head, part in kinds}
    while time.monotonic() - begun < SHORT_TIMEOUT_SECONDS + 2:
        for one, part in slow.items():
            # It may be cut off already.
            with suppress(OSError):
                one.sendall(part)
        assert eventually(lambda: get(url, CUSTOMERS, key)[0] == 200)
        time.sleep(0.3)
    with connected(url, HEAD.format(CUSTOMERS, key) + 'Content-Length: 17\r\n\r\n{"name": "Alice"}') as one:
        assert answer_on(one)[0].status == 201
    statuses = Counter(status_of(one) for one in slow)
    # A client that goes on sending may be cut off before it reads its answer.
    assert set(statuses) <= {408, 503, None} and statuses[408], statuses


def status_of(connection):
    """The status of the last answer on the connection, or None if it was cut off."""
    try:
        answer, _ = answer_on(connection)
    except (http.client.HTTPException, OSError):
        return None
    return answer.status


def test_a_late_body_is_408_as_a_page_or_in_the_shape_of_the_api(short_times, key, clients):
    form, call = clients(sign_in_form(100), short_times.url), clients(half_sent(key), short_times.url)
    answer, page = answer_on(form)
    assert (answer.status, b"This took too long to arrive" in page) == (408, True)
    answer, body = answer_on(call)
    error = json.loads(body)
    assert (answer.status, error["code"], error["type"]) == (408, "body_late", "invalid_request")
    assert error["request_id"] == answer.headers["X-Request-Id"]


def test_a_form_that_ends_before_its_length_is_refused(api_server, clients):
    """Its last field would be cut off, and saved so."""
    short = clients(sign_in_form(100))
    short.shutdown(socket.SHUT_WR)
    answer, page = answer_on(short)
    assert (answer.status, b"cannot be answered" in page) == (400, True)


def test_behind_a_proxy_clients_are_told_apart_by_the_forwarded_address(api_server, key, clients):
    head = HEAD.format(CUSTOMERS, key) + "X-Forwarded-For: {}\r\nContent-Length: {}\r\n\r\n{{"
    for _ in range(WORKERS * MAX_BODY_READERS * 2):
        clients(head.format("198.51.100.1", 2))
    eventually(lambda: busy_answer(api_server.url, head.format("198.51.100.1", 2) + "}"))
    for _ in range(20):
        with connected(api_server.url, head.format("198.51.100.2", 2) + "}") as one:
            assert answer_on(one)[0].status == 201


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

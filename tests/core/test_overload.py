"""More requests than a worker can answer soon: some are refused at once, and all others are answered."""

import asyncio
from contextlib import ExitStack

import pytest
from django.http import HttpResponse
from django.test import Client, RequestFactory

from benchmarks.servers import load, request_for
from core.overload import MAX_REQUESTS_PER_WORKER, Overloaded, OverloadMiddleware, busy_page, request_slot
from tests.support.api import CUSTOMERS, ApiClient, error_of
from tests.support.factories import make_key

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def full():
    """A worker without room for one more request."""
    with ExitStack() as stack:
        for _ in range(MAX_REQUESTS_PER_WORKER):
            stack.enter_context(request_slot())
        yield


def test_a_worker_without_room_refuses_at_once_in_words(full):
    page = Client().get("/")
    assert (page.status_code, page["Retry-After"]) == (503, "1")
    assert "Too many requests at once" in page.text
    assert page["Content-Length"] == str(len(page.content))
    answer = ApiClient().get(CUSTOMERS)
    assert (error_of(answer), answer["Retry-After"]) == ((503, "busy", None), "1")
    assert Client().get("/healthz").status_code == 200


def test_room_is_given_back_by_whatever_becomes_of_a_request():
    client = ApiClient()
    for _ in range(MAX_REQUESTS_PER_WORKER + 1):
        assert Client().get("/nothing/there/").status_code == 404
        assert error_of(client.get(f"{CUSTOMERS}/cus_nobody"))[0] == 404
        assert error_of(client.create({"email": "none"}))[0] == 400


def test_every_refusal_is_counted_as_busy(full):
    """The metrics missed those of a person or an app that is known late."""
    late, early, other = (RequestFactory().get("/dashboard/acme/") for _ in range(3))
    middleware = OverloadMiddleware(lambda request: HttpResponse())
    answers = [middleware.process_exception(late, Overloaded()), middleware(early), busy_page(other)]
    assert [answer.status_code for answer in answers] == [503] * 3
    assert [request.error_code for request in (late, early, other)] == ["busy"] * 3


def test_a_flood_is_answered_or_refused_and_leaves_the_server_well(api_server):
    _, secret = make_key(scope="read")
    port = int(api_server.url.rpartition(":")[2])
    request = request_for(CUSTOMERS, port, Authorization=f"Bearer {secret}")
    answered, refused = [], {}
    for _ in range(10):
        answered, refused = asyncio.run(load(port, [request], 400, 2))
        # 429: the key has its own limit.
        assert set(refused) <= {"503", "429"}, refused
        # A busy machine may answer none in two seconds.
        if answered:
            break
    assert answered
    assert refused.get("503"), "nothing was refused"
    answered, refused = asyncio.run(load(port, [request_for("/healthz", port)], 1, 0.5))
    assert answered and not refused

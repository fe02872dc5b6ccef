"""The Python client: what it sends, what it makes of answers, and the whole of it against the real server."""

import asyncio
import inspect
import json
import logging
import os
import pickle
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta, timezone
from email.utils import format_datetime
from pathlib import Path
from types import SimpleNamespace

import httpx
import proyecta as package
import pytest
from proyecta import (
    Address,
    APIConnectionError,
    APIResponseError,
    APIStatusError,
    APITimeoutError,
    AsyncProyecta,
    AuthenticationError,
    BadRequestError,
    ConflictError,
    ContentTooLargeError,
    InternalServerError,
    MethodNotAllowedError,
    NotFoundError,
    PermissionDeniedError,
    PreconditionFailedError,
    Proyecta,
    ProyectaError,
    RateLimitError,
    ServiceUnavailableError,
    UnsupportedMediaTypeError,
)

ROOT = Path(__file__).parent.parent.parent
ALICE = {
    "id": "cus_1",
    "created": "2026-11-03T14:05:00.123456Z",
    "email": "alice@example.com",
    "name": "Alice Liddell",
    "phone": None,
    "address": {"line1": "1", "line2": None, "city": None, "state": None, "postal_code": None, "country": "US"},
}
SECRET = "sk_very_secret"


class Script(httpx.BaseTransport, httpx.AsyncBaseTransport):
    """Gives the prepared answers one after the other, and keeps the requests. An exception is raised instead."""

    def __init__(self, *answers):
        self.answers = list(answers)
        self.requests = []

    def handle_request(self, request):
        self.requests.append(request)
        answer = self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        # A new one each time: httpx binds a response to the kind of client that it answered.
        return httpx.Response(answer.status_code, headers=answer.headers, content=answer.content)

    async def handle_async_request(self, request):
        return self.handle_request(request)

    @property
    def bodies(self):
        return [json.loads(request.content) for request in self.requests]


def answer(status=200, body=ALICE, **headers):
    return httpx.Response(status, json=body, headers={name.replace("_", "-"): text for name, text in headers.items()})


def refusal(status, **headers):
    return answer(status, {"type": "error", "code": "c", "message": "No.", "param": None, "request_id": "r"}, **headers)


def client_of(script, **options):
    return Proyecta(api_key=SECRET, http_client=httpx.Client(transport=script), **options)


@pytest.fixture
def waits(monkeypatch):
    """The waits between tries, which take no time."""
    waited = []

    async def wait(seconds):
        waited.append(seconds)

    monkeypatch.setattr("proyecta._transport.time", SimpleNamespace(sleep=waited.append))
    monkeypatch.setattr("proyecta._transport.asyncio", SimpleNamespace(sleep=wait))
    return waited


# Making a client


def test_a_missing_key_is_told_in_a_sentence(monkeypatch):
    monkeypatch.delenv("PROYECTA_API_KEY", raising=False)
    for client in (Proyecta, AsyncProyecta):
        with pytest.raises(ProyectaError, match="PROYECTA_API_KEY"):
            client()
        with pytest.raises(ProyectaError, match="PROYECTA_API_KEY"):
            client(api_key="")


def test_key_and_address_come_from_the_environment(monkeypatch):
    monkeypatch.setenv("PROYECTA_API_KEY", f" {SECRET}\n")
    monkeypatch.setenv("PROYECTA_BASE_URL", "https://proyecta.example.com/")
    script = Script(answer())
    Proyecta(http_client=httpx.Client(transport=script)).commerce.customers.get(customer_id="cus_1")
    assert str(script.requests[0].url) == "https://proyecta.example.com/v1/commerce/customers/cus_1"
    assert script.requests[0].headers["Authorization"] == f"Bearer {SECRET}"
    assert script.requests[0].headers["User-Agent"].startswith(f"proyecta-python/{package.__version__} ")


@pytest.mark.parametrize("address", ["proyecta.example.com", "ftp://example.com", "http://", "http://x/?a=1", "::"])
def test_a_base_url_that_is_no_address_is_refused_at_once(address):
    with pytest.raises(ProyectaError, match="base_url"):
        Proyecta(api_key=SECRET, base_url=address)


def test_a_key_that_cannot_be_sent_is_not_repeated_in_the_error():
    with pytest.raises(ProyectaError) as caught:
        Proyecta(api_key=f"{SECRET}\nX-Evil: 1")
    assert SECRET not in str(caught.value)


def test_the_key_shows_in_no_repr_error_or_log(caplog, waits):
    caplog.set_level(logging.DEBUG)
    client = client_of(Script(httpx.ConnectError("refused"), refusal(500), refusal(401)))
    with pytest.raises(AuthenticationError) as caught:
        client.commerce.customers.list(email="alice@example.com")
    seen = [repr(client), repr(caught.value), str(caught.value), caplog.text]
    seen += [repr(vars(client)), repr(vars(client._transport)), repr(client._transport._auth)]
    assert SECRET not in "".join(seen)
    assert "status 500, next try" in caplog.text


def test_a_given_http_client_stays_open_and_an_own_one_is_closed():
    own = httpx.Client()
    with Proyecta(api_key=SECRET, http_client=own):
        pass
    assert not own.is_closed
    with Proyecta(api_key=SECRET) as client:
        pass
    assert client._transport._http.is_closed


def test_both_clients_take_the_same_arguments():
    def arguments(function):
        return [(one.name, one.kind, one.default) for one in inspect.signature(function).parameters.values()]

    assert arguments(Proyecta) == arguments(AsyncProyecta)
    sync, other = (client(api_key=SECRET).commerce.customers for client in (Proyecta, AsyncProyecta))
    for name in ("create", "get", "list", "update"):
        assert arguments(getattr(sync, name)) == arguments(getattr(other, name))


# What is sent


def test_create_sends_what_was_given_and_nothing_else():
    script = Script(answer(201), answer(200))
    customers = client_of(script).commerce.customers
    assert customers.create(email="a@example.com", address={"country": "US"}, id="cus_1").was_created
    assert not customers.create(name="Ада \ud800").was_created
    assert script.bodies == [
        {"id": "cus_1", "email": "a@example.com", "address": {"country": "US"}},
        {"name": "Ада \ud800"},
    ]
    keys = [request.headers["Idempotency-Key"] for request in script.requests]
    assert len(set(keys)) == 2


def test_update_tells_absent_from_none():
    script = Script(answer(), answer())
    customers = client_of(script).commerce.customers
    customers.update(customer_id="cus_1", name=None, address={"line2": None})
    customers.update(customer_id="cus_1", address=None, if_match='"3"', idempotency_key="once")
    assert script.bodies == [{"name": None, "address": {"line2": None}}, {"address": None}]
    assert "If-Match" not in script.requests[0].headers
    assert script.requests[1].headers["If-Match"] == '"3"'
    assert script.requests[1].headers["Idempotency-Key"] == "once"


def test_a_header_cannot_be_smuggled_in():
    customers = client_of(Script()).commerce.customers
    for key in ("a\r\nX-Evil: 1", "", "é"):
        with pytest.raises(ValueError, match="idempotency_key"):
            customers.create(email="a@example.com", idempotency_key=key)
        with pytest.raises(ValueError, match="if_match"):
            customers.update(customer_id="cus_1", if_match=key)


def test_an_id_stays_one_part_of_the_path():
    script = Script(answer())
    customers = client_of(script).commerce.customers
    customers.get(customer_id="x?y#z%2Fé")
    assert script.requests[0].url.raw_path == b"/v1/commerce/customers/x%3Fy%23z%252F%C3%A9"


@pytest.mark.parametrize(
    "wrong", ["", " ", ".", "..", "../keys", "cus_1/../cus_2", "a\\b", "\ud800", None, 1, b"cus_1", ["cus_1"]]
)
def test_an_id_that_can_be_none_is_refused_in_a_sentence(wrong):
    """A server in between may take %2F or a backslash for a slash, and would lead the call to another path."""
    customers = client_of(Script()).commerce.customers
    expected = ValueError if isinstance(wrong, str) else TypeError
    for call in (customers.get, customers.update):
        with pytest.raises(expected, match=r"^customer_id must be .* such as .*\.$"):
            call(customer_id=wrong)


NOON = datetime(2026, 11, 3, 14, tzinfo=timezone(timedelta(hours=9)))


@pytest.mark.parametrize(
    ("given", "sent"),
    [
        ({}, {}),
        ({"limit": "20"}, {"limit": "20"}),
        ({"limit": 5, "starting_after": "cus_1"}, {"limit": "5", "starting_after": "cus_1"}),
        ({"email": "a+b@example.com", "query": "100% 김"}, {"email": "a+b@example.com", "query": "100% 김"}),
        ({"created": {"gt": 1, "lte": NOON}}, {"created[gt]": "1", "created[lte]": "2026-11-03T05:00:00Z"}),
        ({"created_gte": 1.5, "created_lt": "x"}, {"created[gte]": "1970-01-01T00:00:01.500000Z", "created[lt]": "x"}),
        ({"created": NOON, "sort": "-name"}, {"created": "2026-11-03T05:00:00Z", "sort": "-name"}),
        ({"created": {"gt": 1}, "created_lt": 9}, {"created[gt]": "1", "created[lt]": "9"}),
        ({"created": {"ge": 1}}, {"created[ge]": "1"}),
    ],
)
def test_list_sends_its_filters(given, sent):
    script = Script(answer(body={"data": [], "has_more": False}))
    client_of(script).commerce.customers.list(**given)
    assert dict(script.requests[0].url.params) == sent


def test_a_range_that_says_two_things_or_has_no_zone_is_refused():
    customers = client_of(Script()).commerce.customers
    with pytest.raises(ValueError, match="created_gt"):
        customers.list(created={"gt": 1}, created_gt=2)
    with pytest.raises(ValueError, match="time zone"):
        customers.list(created_gt=datetime(2026, 11, 3))  # noqa: DTZ001


# What comes back


def test_a_customer_is_typed_and_keeps_what_it_does_not_know():
    body = {**ALICE, "tags": ["vip"], "address": {**ALICE["address"], "district": "X"}}
    customer = client_of(Script(answer(body=body, ETag='"7"'))).commerce.customers.get(customer_id="cus_1")
    assert customer.created == datetime(2026, 11, 3, 14, 5, 0, 123456, tzinfo=UTC)
    assert customer.created.tzinfo is not None
    assert (customer.email, customer.phone, customer.address.country) == ("alice@example.com", None, "US")
    assert isinstance(customer.address, Address)
    assert (customer.extra, customer.address.extra) == ({"tags": ["vip"]}, {"district": "X"})
    assert customer.etag == '"7"'
    assert pickle.loads(pickle.dumps(customer)) == customer
    assert len({customer, customer}) == 1
    with pytest.raises(AttributeError):
        customer.email = "other@example.com"


def test_an_answer_of_another_server_is_no_customer():
    for body in (
        [],
        {},
        {"id": 1, "created": ALICE["created"]},
        {**ALICE, "created": "today"},
        {**ALICE, "address": 1},
    ):
        with pytest.raises(APIResponseError, match="base_url"):
            client_of(Script(answer(body=body))).commerce.customers.get(customer_id="cus_1")
    with pytest.raises(APIResponseError, match="base_url"):
        client_of(Script(answer(body=[]))).commerce.customers.list()
    with pytest.raises(APIResponseError, match="base_url"):
        client_of(Script(httpx.Response(200, html="<h1>Hi</h1>"))).commerce.customers.list()


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        (400, BadRequestError),
        (401, AuthenticationError),
        (403, PermissionDeniedError),
        (404, NotFoundError),
        (405, MethodNotAllowedError),
        (409, ConflictError),
        (412, PreconditionFailedError),
        (413, ContentTooLargeError),
        (415, UnsupportedMediaTypeError),
        (418, APIStatusError),
        (429, RateLimitError),
        (500, InternalServerError),
        (502, InternalServerError),
        (503, ServiceUnavailableError),
    ],
)
def test_each_status_is_an_error_of_its_own_that_carries_all(status, expected):
    body = {
        "type": "conflict",
        "code": "email_taken",
        "message": "Another customer of this app already has this email.",
        "param": "email",
        "request_id": "req_1",
        "existing_customer_id": "cus_2",
    }
    with pytest.raises(APIStatusError) as caught:
        client_of(Script(answer(status, body)), max_retries=0).commerce.customers.get(customer_id="cus_1")
    assert type(caught.value) is expected
    for error in (caught.value, pickle.loads(pickle.dumps(caught.value))):
        assert {"status": status, **body}.items() <= vars(error).items()
        assert "Another customer" in str(error) and "req_1" in str(error) and "cus_2" in str(error)


def test_an_error_page_of_something_in_between_is_an_error_too():
    page = httpx.Response(502, html="<h1>Bad gateway</h1>", headers={"X-Request-Id": "req_9"})
    with pytest.raises(InternalServerError) as caught:
        client_of(Script(page), max_retries=0).commerce.customers.list()
    assert (caught.value.code, caught.value.request_id) == (None, "req_9")
    assert "<h1>" not in str(caught.value)


def test_the_key_does_not_follow_a_redirect():
    script = Script(httpx.Response(302, headers={"Location": "https://evil.example.com/"}))
    with pytest.raises(APIStatusError, match="base_url"):
        client_of(script).commerce.customers.list()
    assert len(script.requests) == 1


def test_paging_ends_where_the_server_says_there_is_more_but_gives_nothing():
    page = client_of(Script(answer(body={"data": [], "has_more": True}))).commerce.customers.list()
    assert list(page.auto_paging()) == []
    assert page.next_page() is None


# Trying again


PASSING = [
    httpx.ConnectError("refused"),
    httpx.ReadError("reset"),
    httpx.RemoteProtocolError("server disconnected"),
    httpx.ConnectTimeout("slow"),
    httpx.ReadTimeout("slow"),
    refusal(429),
    refusal(500),
    refusal(503),
    refusal(409),
    refusal(409, X_Should_Retry="true"),
    refusal(400, X_Should_Retry="true"),
]


def create_sync(script):
    return client_of(script).commerce.customers.create(name="No email")


def create_async(script):
    async def create():
        async with AsyncProyecta(api_key=SECRET, http_client=httpx.AsyncClient(transport=script)) as client:
            return await client.commerce.customers.create(name="No email")

    return asyncio.run(create())


both_clients = pytest.mark.parametrize("create", [create_sync, create_async])


@both_clients
@pytest.mark.parametrize("failure", PASSING, ids=repr)
def test_what_may_pass_is_tried_again_under_the_same_idempotency_key(failure, create, waits):
    script = Script(failure, failure, answer(201))
    assert create(script).was_created
    assert len({request.headers["Idempotency-Key"] for request in script.requests}) == 1
    assert len({request.content for request in script.requests}) == 1
    assert len(waits) == 2


@pytest.mark.parametrize(
    "failure",
    [
        *(refusal(status) for status in (400, 401, 403, 404, 405, 412, 413, 415)),
        refusal(409, X_Should_Retry="false"),
        refusal(503, X_Should_Retry="false"),
    ],
    ids=repr,
)
@both_clients
def test_what_will_not_pass_is_not_tried_again(failure, create, waits):
    with pytest.raises(APIStatusError):
        create(Script(failure))
    assert waits == []


def test_it_gives_up_after_max_retries(waits):
    script = Script(*[refusal(503)] * 4)
    with pytest.raises(InternalServerError):
        client_of(script).commerce.customers.list()
    assert len(script.requests) == 4
    with pytest.raises(APITimeoutError):
        client_of(Script(httpx.ReadTimeout("slow")), max_retries=0).commerce.customers.list()
    with pytest.raises(APIConnectionError) as caught:
        client_of(Script(httpx.ConnectError("refused")), max_retries=0).commerce.customers.list()
    assert not isinstance(caught.value, APITimeoutError)


def test_the_waits_grow_and_differ(waits):
    for _ in range(40):
        with pytest.raises(InternalServerError):
            client_of(Script(*[refusal(500)] * 8), max_retries=7).commerce.customers.list()
    for retry, longest in enumerate([0.5, 1, 2, 4, 8, 8, 8]):
        those = waits[retry::7]
        assert all(0 <= wait <= longest for wait in those)
        # Full jitter: all forty within the upper half has odds of one to a billion.
        assert min(those) < longest / 2 < max(those)


@both_clients
def test_retry_after_is_honoured_in_both_forms_and_capped(create, waits):
    in_ten_seconds = format_datetime(datetime.now(UTC) + timedelta(seconds=10), usegmt=True)
    yesterday = format_datetime(datetime.now(UTC) - timedelta(days=1), usegmt=True)
    for text in ("7", in_ten_seconds, yesterday, "soon", "-5", "99999999999999999999"):
        create(Script(refusal(429, Retry_After=text), answer(201)))
    assert 7 <= waits[0] <= 7.5
    assert 8 <= waits[1] <= 10.5
    assert all(wait <= 0.5 for wait in waits[2:5])
    assert waits[5] == 60


def test_the_async_client_tries_again_pages_and_fails_alike(waits):
    bob = {**ALICE, "id": "cus_2"}
    script = Script(
        refusal(503),
        answer(201),
        answer(body={"data": [ALICE], "has_more": True}),
        httpx.ReadError("reset"),
        answer(body={"data": [bob], "has_more": False}),
        refusal(404),
        answer(),
    )

    async def use():
        async with AsyncProyecta(api_key=SECRET, http_client=httpx.AsyncClient(transport=script)) as client:
            customers = client.commerce.customers
            assert (await customers.create(email="alice@example.com")).was_created
            page = await customers.list(limit=1)
            assert [one.id async for one in page.auto_paging()] == ["cus_1", "cus_2"]
            with pytest.raises(NotFoundError):
                await customers.get(customer_id="cus_3")
            await customers.update(customer_id="cus_1", name=None)

    asyncio.run(use())
    keys = [request.headers.get("Idempotency-Key") for request in script.requests]
    assert keys[0] == keys[1] and keys[2] is None
    assert script.requests[3].url.params["starting_after"] == "cus_1"
    assert len(waits) == 2


# Against the real server


def test_the_four_calls_of_the_documentation(proyecta, word):
    address = {
        "line1": "123 Wonderland Ave",
        "city": "San Francisco",
        "state": "CA",
        "postal_code": "94110",
        "country": "US",
    }
    customer = proyecta.commerce.customers.create(
        email=f"{word}@example.com", name="Alice Liddell", phone="+14155552671", address=address
    )
    assert customer.was_created and customer.id.startswith("cus_")
    assert (customer.email, customer.name, customer.phone) == (f"{word}@example.com", "Alice Liddell", "+14155552671")
    assert customer.address == Address(line2=None, **address)
    assert abs(customer.created - datetime.now(UTC)) < timedelta(minutes=1)
    assert proyecta.commerce.customers.get(customer_id=customer.id) == customer

    result = proyecta.commerce.customers.list(limit="20")
    assert customer in result.data and result.data[0].created >= result.data[-1].created

    changed = proyecta.commerce.customers.update(
        customer_id=customer.id, email=f"new-{word}@example.com", address={"line1": None, "city": "Oakland"}
    )
    assert (changed.email, changed.name) == (f"new-{word}@example.com", "Alice Liddell")
    assert (changed.address.line1, changed.address.city, changed.address.state) == (None, "Oakland", "CA")
    assert proyecta.commerce.customers.update(customer_id=customer.id, address=None, name=None).address is None


def test_creating_again_returns_the_customer_who_is_there(proyecta, word):
    first = proyecta.commerce.customers.create(email=f"{word}@example.com", name="First")
    second = proyecta.commerce.customers.create(email=f" {word.upper()}@Example.com ", name="Second")
    assert second == first and first.was_created and not second.was_created


def test_auto_paging_goes_forth_and_back_over_every_customer_once(proyecta, word):
    made = [proyecta.commerce.customers.create(email=f"{word}{n}@example.com", name=word).id for n in range(7)]
    customers = proyecta.commerce.customers
    for sort in ("created", "email"):
        forth = [one.id for one in customers.list(query=word, limit=2, sort=sort).auto_paging()]
        assert forth == made
    assert [one.id for one in customers.list(query=word, limit="3").auto_paging()] == made[::-1]
    page = customers.list(query=word, limit=2, sort="created", ending_before=made[5])
    assert ([one.id for one in page.data], page.has_more) == (made[3:5], True)
    assert [one.id for one in page.auto_paging()] == made[4::-1]
    assert [one.id for one in customers.list(query=word, starting_after=made[2]).auto_paging()] == made[1::-1]


def test_the_filters_find_whom_they_should(proyecta, word):
    customers = proyecta.commerce.customers
    one = customers.create(email=f"{word}@example.com")
    other = customers.create(email=f"{word}-2@example.com")
    assert [found.id for found in customers.list(email=f"{word.upper()}@example.com").data] == [one.id]
    after = customers.list(query=word, created={"gt": one.created}).data
    assert [found.id for found in after] == [other.id]
    until = customers.list(query=word, created_gte=one.created - timedelta(seconds=1), created_lte=one.created).data
    assert [found.id for found in until] == [one.id]
    with pytest.raises(BadRequestError) as caught:
        customers.list(created={"ge": 1})
    assert caught.value.param == "created[ge]"


def test_refusals_of_the_real_server_carry_what_is_needed(proyecta, api_server, word):
    customers = proyecta.commerce.customers
    one, other = (customers.create(email=f"{word}{n}@example.com") for n in range(2))
    with pytest.raises(ConflictError) as caught:
        customers.update(customer_id=one.id, email=other.email.upper())
    assert (caught.value.status, caught.value.param) == (409, "email")
    assert caught.value.existing_customer_id == other.id
    assert caught.value.code and caught.value.message and caught.value.request_id
    with pytest.raises(BadRequestError) as caught:
        customers.create(email=f"{word}@example.com", address={"country": "Atlantis"})
    assert caught.value.param == "address.country"
    with pytest.raises(BadRequestError):
        customers.create(name="half a \ud800 character")
    with pytest.raises(BadRequestError) as caught:
        customers.list(limit=1000)
    assert caught.value.param == "limit"
    with pytest.raises(BadRequestError):
        customers.list(starting_after=f"cus_{word}")
    with pytest.raises(NotFoundError):
        customers.get(customer_id=f"cus_{word}")
    with Proyecta(api_key="sk_unknown", base_url=api_server.url) as stranger, pytest.raises(AuthenticationError):
        stranger.commerce.customers.list()


def test_an_update_of_an_old_version_is_refused(proyecta, word):
    customers = proyecta.commerce.customers
    old = customers.create(email=f"{word}@example.com")
    assert old.etag and old.etag == customers.get(customer_id=old.id).etag
    new = customers.update(customer_id=old.id, name="One", if_match=old.etag)
    assert new.etag != old.etag
    with pytest.raises(PreconditionFailedError):
        customers.update(customer_id=old.id, name="Two", if_match=old.etag)
    assert customers.update(customer_id=old.id, name="Three", if_match=new.etag).name == "Three"


class LosesAnswers(httpx.HTTPTransport):
    """Carries every request to the server, and loses the first answers on the way back."""

    def __init__(self, count):
        super().__init__()
        self.left = count

    def handle_request(self, request):
        response = super().handle_request(request)
        if self.left:
            self.left -= 1
            response.read()
            response.close()
            raise httpx.ReadError("The connection was lost.", request=request)
        return response


def test_a_lost_answer_never_makes_a_second_customer(api_server, api_key, word, waits):
    with httpx.Client(transport=LosesAnswers(2)) as http:
        client = Proyecta(api_key=api_key, base_url=api_server.url, http_client=http)
        made = client.commerce.customers.create(name=word)
        assert [one.id for one in client.commerce.customers.list(query=word).data] == [made.id]
        http._transport.left = 2
        changed = client.commerce.customers.update(customer_id=made.id, name=f"{word} II", if_match=made.etag)
        assert changed.name == f"{word} II"
    assert len(waits) == 4


def test_many_threads_share_one_client(proyecta, word):
    start = threading.Barrier(16)

    def create(_):
        start.wait()
        return proyecta.commerce.customers.create(email=f"{word}@example.com")

    with ThreadPoolExecutor(16) as pool:
        made = list(pool.map(create, range(16)))
    assert len({one.id for one in made}) == 1
    assert sum(one.was_created for one in made) == 1


def test_smoke(api_server, api_key, tmp_path):
    """`make sdk` runs this with SDK_PYTHON, the Python of an environment that has the wheel and nothing of ours."""
    python = os.environ.get("SDK_PYTHON")
    environment = {"PATH": os.environ["PATH"], "PROYECTA_BASE_URL": api_server.url, "PROYECTA_API_KEY": api_key}
    if not python:
        environment["PYTHONPATH"] = str(ROOT / "sdk" / "src")
    command = [python and str(ROOT / python) or sys.executable, ROOT / "sdk" / "smoke.py"]
    done = subprocess.run(command, env=environment, cwd=tmp_path, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    assert f"proyecta {package.__version__} works." in done.stdout

"""Answers, as the Python client returns them."""

import pickle
from datetime import UTC, datetime

import httpx
import pytest
from proyecta import (
    Address,
    APIResponseError,
    APIStatusError,
    AuthenticationError,
    BadRequestError,
    ConflictError,
    ContentTooLargeError,
    InternalServerError,
    MethodNotAllowedError,
    NotFoundError,
    PermissionDeniedError,
    PreconditionFailedError,
    RateLimitError,
    ServiceUnavailableError,
    UnsupportedMediaTypeError,
)

from tests.sdk.script import ALICE, Script, answer, client_of


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

"""When the Python client tries a call again, and how long it waits."""

import asyncio
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import httpx
import pytest
from proyecta import (
    APIConnectionError,
    APIStatusError,
    APITimeoutError,
    AsyncProyecta,
    InternalServerError,
    NotFoundError,
)

from tests.sdk.script import ALICE, SECRET, Script, answer, client_of, refusal

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

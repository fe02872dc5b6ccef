"""The requests of the Python client."""

from datetime import datetime, timedelta, timezone

import pytest

from tests.sdk.script import Script, answer, client_of


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

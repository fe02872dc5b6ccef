"""Create, get, update and list customers over the HTTP API, and what a call costs."""

import json
import re
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from tests.support.api import CUSTOMERS, error_of, path_of
from tests.support.factories import make_customer, make_member

pytestmark = pytest.mark.django_db

ADDRESS = {
    "line1": "123 Wonderland Ave",
    "line2": None,
    "city": "San Francisco",
    "state": "CA",
    "postal_code": "94110",
    "country": "US",
}
ALICE = {"email": "alice@example.com", "name": "Alice Liddell", "phone": "+14155552671", "address": ADDRESS}
MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{6})?Z")


# -- create


def test_create_answers_201_with_the_customer_and_where_it_is(api):
    answer = api.create(ALICE)
    made = answer.json()
    assert answer.status_code == 201
    assert list(made) == ["id", "created", "email", "name", "phone", "address"]
    assert {name: made[name] for name in ALICE} == ALICE
    assert re.fullmatch(r"cus_[0-9a-z]{26}", made["id"]) and MOMENT.fullmatch(made["created"])
    assert answer["Location"] == f"{CUSTOMERS}/{made['id']}"
    assert api.get(answer["Location"]).json() == made


def test_create_with_a_known_email_answers_200_with_the_first_one_unchanged(api):
    first = api.create(ALICE).json()
    again = api.create({"email": " ALICE@example.com ", "name": "Somebody Else", "id": "cus_other"})
    assert (again.status_code, again.json()) == (200, first)
    assert "Location" not in again


@pytest.mark.parametrize("body", [{}, {"email": None}, {"email": "", "name": "", "phone": ""}, {"address": {}}])
def test_a_customer_without_email_is_always_new_and_all_its_fields_are_there(api, body):
    first, second = api.create(body), api.create(body)
    assert (first.status_code, second.status_code) == (201, 201)
    assert first.json()["id"] != second.json()["id"]
    assert {name: first.json()[name] for name in ALICE} == dict.fromkeys(ALICE)


def test_an_id_of_the_callers_choice(api):
    assert api.create({"id": "cus_User_42", "email": "a@example.com"}).json()["id"] == "cus_User_42"
    taken = api.create({"id": "cus_User_42", "email": "b@example.com"})
    assert error_of(taken) == (409, "id_taken", "id")
    assert taken.json()["existing_customer_id"] == "cus_User_42"
    assert taken["X-Should-Retry"] == "false"


def test_text_of_any_language_goes_in_and_out_as_it_is(api):
    body = {"name": "김민수 🙂 Ünïcode", "email": "민수@example.com"}
    answer = api.create(json.dumps(body, ensure_ascii=False))
    assert {name: answer.json()[name] for name in body} == body
    assert "김민수" in answer.content.decode()


# -- get


def test_get(api):
    customer = make_customer(api.app, name="Ada", address={"country": "KR"})
    assert api.get(path_of(customer)).json() == {
        "id": customer.public_id,
        "created": customer.created.astimezone(UTC).isoformat().replace("+00:00", "Z"),
        "email": customer.email,
        "name": "Ada",
        "phone": None,
        "address": dict.fromkeys(ADDRESS) | {"country": "KR"},
    }


def test_a_whole_second_is_rfc_3339_too(api):
    made = make_customer(api.app, created=datetime(2024, 2, 29, 12, tzinfo=UTC))
    assert api.get(path_of(made)).json()["created"] == "2024-02-29T12:00:00Z"


@pytest.mark.parametrize("which", ["cus_nobody", "nobody", "cus_", "cus_%00", "cus_%F0%9F", "%20", "cus_" + "a" * 9999])
def test_get_of_nobody_is_404(api, which):
    assert error_of(api.get(f"{CUSTOMERS}/{which}")) == (404, "not_found", "id")


# -- update


def test_what_is_absent_stays_and_null_clears(api):
    customer = make_customer(api.app, **ALICE)
    answer = api.update(customer, {"name": None, "address": {"city": None, "line2": "Flat 2"}})
    assert answer.status_code == 200
    changed = ALICE | {"name": None, "address": ADDRESS | {"city": None, "line2": "Flat 2"}}
    assert {name: answer.json()[name] for name in ALICE} == changed
    assert api.update(customer, {"address": None}).json()["address"] is None
    assert api.update(customer, {"email": None, "phone": None}).json()["email"] is None
    assert api.update(customer, {}).status_code == 200


def test_update_to_a_taken_email_is_409_and_names_the_other(api):
    other, customer = make_customer(api.app, email="taken@example.com"), make_customer(api.app)
    answer = api.update(customer, {"email": "TAKEN@example.com"})
    assert error_of(answer) == (409, "email_taken", "email")
    assert answer.json()["existing_customer_id"] == other.public_id
    assert answer["X-Should-Retry"] == "false"


def test_update_of_nobody_is_404(api):
    assert error_of(api.update("cus_nobody", {"name": "x"})) == (404, "not_found", "id")


def test_an_id_cannot_be_changed(api):
    assert error_of(api.update(make_customer(api.app), {"id": "cus_x"})) == (400, "unknown_field", "id")


# -- list


def listed(api, **query):
    answer = api.get(
        CUSTOMERS,
        {
            name.replace("created_", "created[") + "]" if "created_" in name else name: value
            for name, value in query.items()
        },
    )
    assert answer.status_code == 200, answer.content
    assert list(answer.json()) == ["data", "has_more"]
    return [customer["email"] for customer in answer.json()["data"]], answer.json()["has_more"]


@pytest.fixture
def people(api):
    start = datetime(2026, 1, 1, tzinfo=UTC)
    return [
        make_customer(api.app, email=f"{name}@example.com", name=name, created=start + timedelta(days=day))
        for day, name in enumerate(["cho", "Ann", "bea"])
    ]


def test_list_is_newest_first_and_goes_on_by_cursor(api, people):
    assert listed(api) == (["bea@example.com", "Ann@example.com", "cho@example.com"], False)
    assert listed(api, limit=2) == (["bea@example.com", "Ann@example.com"], True)
    assert listed(api, limit="2", starting_after=people[1].public_id) == (["cho@example.com"], False)
    assert listed(api, limit=1, ending_before=people[0].public_id) == (["Ann@example.com"], True)
    assert listed(api, sort="name", limit=2) == (["Ann@example.com", "bea@example.com"], True)


def test_the_default_is_20_and_the_most_100(api):
    for number in range(101):
        make_customer(api.app, email=f"{number}@example.com")
    assert [len(listed(api, **query)[0]) for query in ({}, {"limit": 100})] == [20, 100]
    assert error_of(api.get(CUSTOMERS, {"limit": 101})) == (400, "invalid", "limit")


def test_list_filters(api, people):
    assert listed(api, email="ANN@EXAMPLE.com")[0] == ["Ann@example.com"]
    assert listed(api, query="be")[0] == ["bea@example.com"]
    moment = people[1].created
    assert listed(api, created=int(moment.timestamp()))[0] == ["Ann@example.com"]
    assert listed(api, created_gt=moment.isoformat())[0] == ["bea@example.com"]
    assert len(listed(api, created_gte="2026-01-02T09:00:00+09:00")[0]) == 2
    assert listed(api, created_lt="2026-01-02T00:00:00Z")[0] == ["cho@example.com"]
    assert listed(api, created_lte="2026-01-02T00:00:00Z", created_gt="1767225600")[0] == ["Ann@example.com"]


def test_a_cursor_that_no_longer_matches_the_filter_still_works(api, people):
    assert listed(api, query="cho", starting_after=people[1].public_id)[0] == ["cho@example.com"]


@pytest.mark.parametrize(
    ("query", "code", "param"),
    [
        ("colour=red", "unknown_parameter", "colour"),
        ("created_gt=5", "unknown_parameter", "created_gt"),
        ("created_from=2026-01-01", "unknown_parameter", "created_from"),
        ("app=other", "unknown_parameter", "app"),
        ("Limit=5", "unknown_parameter", "Limit"),
        ("%ED%A0%80=1", "malformed_query", None),
        ("query=%FF", "malformed_query", None),
        ("&".join(f"a{n}=1" for n in range(999)), "malformed_query", None),
        ("limit=5&limit=6", "repeated_parameter", "limit"),
        ("email=a@example.com&email=b@example.com", "repeated_parameter", "email"),
        ("limit=0", "invalid", "limit"),
        ("limit=101", "invalid", "limit"),
        ("limit=-1", "invalid", "limit"),
        ("limit=1.5", "invalid", "limit"),
        ("limit=٣", "invalid", "limit"),
        ("limit=" + "9" * 5000, "invalid", "limit"),
        ("limit=", "invalid", "limit"),
        ("sort=phone", "invalid", "sort"),
        ("sort=", "invalid", "sort"),
        ("email=", "invalid", "email"),
        ("email=%20", "invalid", "email"),
        ("email=nobody", "invalid", "email"),
        ("email=a%00@example.com", "invalid", "email"),
        ("query=", "invalid", "query"),
        ("query=%E3%80%80", "invalid", "query"),
        ("query=" + "a" * 201, "invalid", "query"),
        ("query=%00", "invalid", "query"),
        ("created=soon", "invalid", "created"),
        ("created=2026-01-01", "invalid", "created"),
        ("created[gt]=2026-01-01T00:00:00", "invalid", "created[gt]"),
        ("created[gte]=" + "9" * 4999, "invalid", "created[gte]"),
        ("created%5Blt%5D=-99999999999999", "invalid", "created[lt]"),
        ("created[lte]=", "invalid", "created[lte]"),
        ("starting_after=cus_nobody", "bad_cursor", "starting_after"),
        ("starting_after=", "invalid", "starting_after"),
        ("ending_before=%00", "bad_cursor", "ending_before"),
        ("ending_before=", "invalid", "ending_before"),
        ("starting_after=cus_a&ending_before=cus_b", "bad_cursor", "ending_before"),
    ],
)
def test_what_is_wrong_in_a_query_is_a_400_that_names_it(api, query, code, param):
    assert error_of(api.get(f"{CUSTOMERS}?{query}")) == (400, code, param)


@pytest.mark.parametrize("method", ["GET", "POST", "PATCH"])
def test_calls_without_parameters_take_none(api, method):
    customer = make_customer(api.app)
    path = CUSTOMERS if method == "POST" else path_of(customer)
    assert error_of(api.send(method, f"{path}?name=x", {})) == (400, "unknown_parameter", "name")


# -- what a call costs, and what it does not need


@pytest.mark.parametrize(
    ("queries", "call"),
    [
        (1, lambda api, customer: api.get(path_of(customer))),
        (2, lambda api, customer: api.get("/v1/commerce/customers/cus_nobody0")),
        (2, lambda api, customer: api.get(CUSTOMERS)),
        (3, lambda api, customer: api.get(f"{CUSTOMERS}?starting_after={customer.public_id}")),
        (2, lambda api, customer: api.create({"email": "new@example.com"})),
        (1, lambda api, customer: api.get(f"{CUSTOMERS}/nonsense")),
        (1, lambda api, customer: api.create({"email": "nonsense"})),
    ],
)
def test_a_call_costs_one_query_more_than_its_work_and_a_customer_comes_with_the_key(api, queries, call):
    customer = make_customer(api.app)
    api.get(CUSTOMERS)  # once, to have the key marked as used
    with CaptureQueriesContext(connection) as caught:
        call(api, customer)
    assert len(caught) == queries, caught.captured_queries


def test_a_session_opens_nothing_and_no_token_against_forgery_is_asked_for(api):
    browser = Client(enforce_csrf_checks=True)
    browser.force_login(make_member(api.app, "admin"))
    assert error_of(browser.get(CUSTOMERS))[0] == 401
    answer = browser.post(
        CUSTOMERS, "{}", content_type="application/json", headers={"Authorization": f"Bearer {api.secret}"}
    )
    assert answer.status_code == 201
    assert "sessionid" not in answer.cookies


def test_a_key_does_not_open_the_panel(api):
    assert api.get(f"/dashboard/{api.app.slug}/").status_code == 302

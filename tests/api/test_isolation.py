"""Two apps with the same emails and ids: nothing that one does tells it of the other."""

import json

import pytest

from customers.models import Customer
from tests.support.api import CUSTOMERS, ApiClient, error_of, path_of

pytestmark = pytest.mark.django_db

BOTH = ["alice", "bob", "carol"]


@pytest.fixture
def ours():
    return ApiClient()


@pytest.fixture
def theirs():
    return ApiClient()


def fill(api, mark):
    for name in BOTH:
        body = {"id": f"cus_{name}", "email": f"{name}@example.com", "name": f"{name} {mark}"}
        assert api.create(body).status_code == 201


@pytest.fixture
def filled(ours, theirs):
    fill(ours, "ours")
    fill(theirs, "theirs")
    theirs.create({"id": "cus_secret", "email": "secret@theirs.example", "name": "Secret Theirs"})


def same(one, other):
    """Whether two errors are alike but for the request id."""
    first, second = (json.loads(answer.content) | {"request_id": ""} for answer in (one, other))
    return (one.status_code, first) == (other.status_code, second)


def test_the_same_emails_and_ids_live_side_by_side(ours, theirs, filled):
    for api, mark in ((ours, "ours"), (theirs, "theirs")):
        for name in BOTH:
            assert api.get(path_of(f"cus_{name}")).json()["name"] == f"{name} {mark}"
            assert api.create({"email": f"{name}@example.com"}).json()["name"] == f"{name} {mark}"
    assert Customer.objects.count() == 7


def test_a_customer_of_theirs_is_as_unknown_as_nobody(ours, filled):
    for call in (
        lambda which: ours.get(path_of(which)),
        lambda which: ours.update(which, {"name": "Taken over"}),
        lambda which: ours.update(which, {"name": "Taken over"}, If_Match='"1"'),
        lambda which: ours.update(which, {"name": "Taken over"}, If_Match='"1", "2"'),
        lambda which: ours.get(CUSTOMERS, {"starting_after": which}),
        lambda which: ours.get(CUSTOMERS, {"ending_before": which}),
    ):
        assert same(call("cus_secret"), call("cus_nobody"))
    assert Customer.objects.get(public_id="cus_secret").name == "Secret Theirs"


def test_no_list_search_filter_or_page_shows_theirs(ours, filled):
    for query in ({}, {"query": "theirs"}, {"query": "cus_secret"}, {"email": "secret@theirs.example"},
                  {"email": "@theirs.example"}, {"sort": "email"}, {"created[gt]": "0"}, {"starting_after": "cus_bob"},
                  {"ending_before": "cus_bob"}):  # fmt: skip
        answer = ours.get(CUSTOMERS, {"limit": "100"} | query)
        assert answer.status_code == 200
        assert "heirs" not in answer.text


def test_their_emails_and_ids_are_free(ours, theirs, filled):
    made = ours.create({"id": "cus_secret", "email": "secret@theirs.example"})
    assert made.status_code == 201 and made.json()["name"] is None
    assert ours.update("cus_alice", {"email": "dave@example.com"}).status_code == 200
    assert theirs.update("cus_alice", {"email": "dave@example.com"}).status_code == 200


def test_a_conflict_names_only_a_customer_of_the_same_app(ours, theirs, filled):
    theirs.create({"id": "cus_their_dave", "email": "dave@example.com"})
    ours.create({"id": "cus_our_dave", "email": "dave@example.com"})
    answer = ours.update("cus_alice", {"email": "dave@example.com"})
    assert answer.json()["existing_customer_id"] == "cus_our_dave"


def test_an_etag_of_theirs_means_nothing_here(ours, theirs, filled):
    for number in range(3):
        theirs.update("cus_alice", {"name": f"{number}"})
    tag = theirs.get(path_of("cus_alice"))["ETag"]
    assert ours.get(path_of("cus_alice"), headers={"If-None-Match": tag}).status_code == 200
    assert error_of(ours.update("cus_alice", {"name": "x"}, If_Match=tag))[0] == 412


def test_an_idempotency_key_of_theirs_replays_nothing_here(ours, theirs):
    theirs.create({"name": "Theirs"}, Idempotency_Key="k")
    for body in ({"name": "Theirs"}, {"name": "Ours"}):
        ours.create(body, Idempotency_Key="k")
    names = {customer["name"] for customer in ours.get(CUSTOMERS).json()["data"]}
    assert names == {"Theirs"}
    assert len(theirs.get(CUSTOMERS).json()["data"]) == 1


def test_the_rate_of_theirs_leaves_ours_alone(ours, theirs):
    left = ours.get(CUSTOMERS)["RateLimit"]
    for _ in range(20):
        theirs.get(CUSTOMERS)
    assert ours.get(CUSTOMERS)["RateLimit"].split(";")[1] >= left.split(";")[1][:-1]


def test_an_app_that_is_deleted_takes_its_keys_with_it(ours, theirs, filled):
    from django.db import connection

    app = theirs.app.pk
    ours.create({}, Idempotency_Key="k")
    theirs.create({}, Idempotency_Key="k")
    Customer.objects.filter(app=app).delete()
    theirs.app.delete()
    assert error_of(theirs.get(CUSTOMERS))[0] == 401
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM api_idempotencyrecord")
        assert cursor.fetchone() == (1,)

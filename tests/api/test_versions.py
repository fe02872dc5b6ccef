"""ETag, If-Match and If-None-Match."""

import pytest

from customers.services import get_customer, update_customer
from tests.support.api import error_of, path_of
from tests.support.factories import make_customer

pytestmark = pytest.mark.django_db


def test_the_etag_is_the_version(api):
    customer = make_customer(api.app)
    assert api.get(path_of(customer))["ETag"] == '"1"'
    assert api.update(customer, {"name": "Changed"})["ETag"] == '"2"'
    assert api.update(customer, {"name": "Changed"})["ETag"] == '"2"'
    assert api.create({"email": customer.email})["ETag"] == '"2"'


@pytest.mark.parametrize(
    ("tags", "status"),
    [
        *[(tags, 304) for tags in ('"1"', 'W/"1"', "*", '"7", "1"', '"7",W/"1"')],
        *[(tags, 200) for tags in ('"2"', '"01"', "1", "", '"1')],
    ],
)
def test_if_none_match(api, tags, status):
    answer = api.get(path_of(make_customer(api.app)), headers={"If-None-Match": tags})
    assert (answer.status_code, answer["ETag"]) == (status, '"1"')
    if status == 304:
        assert answer.content == b"" and "Content-Type" not in answer


@pytest.mark.parametrize(
    ("tags", "status"),
    [
        ('"1"', 200),
        ("*", 200),
        ('"7", "1"', 200),
        ('"2"', 412),
        ('W/"1"', 412),
        ('"x"', 412),
        ('"a,b"', 412),
        ('"7", "8"', 412),
        (f'"{"9" * 50}"', 412),
        ('"٣"'.encode().decode("latin-1"), 412),
        *[(tags, 412) for tags in ("1", '"1', "1, 2", "", ",")],
    ],
)
def test_if_match(api, tags, status):
    customer = make_customer(api.app, name="Before")
    answer = api.update(customer, {"name": "After"}, If_Match=tags)
    assert answer.status_code == status
    customer.refresh_from_db()
    assert customer.name == ("After" if status == 200 else "Before")
    if status == 412:
        assert error_of(answer) == (412, "stale", "If-Match")


def test_a_change_in_the_panel_makes_the_version_stale(api):
    customer = make_customer(api.app)
    tag = api.get(path_of(customer))["ETag"]
    update_customer(app=api.app, customer_id=customer.public_id, name="In the panel")
    assert api.update(customer, {"name": "Here"}, If_Match=tag).status_code == 412
    assert get_customer(app=api.app, customer_id=customer.public_id).name == "In the panel"


def test_a_stale_change_of_nobody_is_404(api):
    assert error_of(api.update("cus_nobody", {}, If_Match='"1", "2"')) == (404, "not_found", "id")
    assert error_of(api.update("cus_nobody", {}, If_Match='"1"')) == (404, "not_found", "id")

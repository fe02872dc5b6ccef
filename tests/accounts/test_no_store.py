"""What browsers may keep: no page, and every static file."""

import pytest
from django.contrib.staticfiles.storage import staticfiles_storage

from accounts.models import Role
from tests.support.api import CUSTOMERS, ApiClient
from tests.support.factories import make_app, make_customer, make_member, make_superuser

pytestmark = pytest.mark.django_db

LIST = "/dashboard/shop/commerce/customers/"


@pytest.fixture
def customer():
    return make_customer(make_app("shop"))


def directives(answer):
    return {part.strip() for part in answer.headers["Cache-Control"].split(",")}


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/", 302),
        ("/dashboard/shop/", 200),
        (LIST, 200),
        (LIST + "?sort=wrong", 400),
        (LIST + "count/?query=ada", None),
        (LIST + "new/", 200),
        (LIST + "{id}/", 200),
        (LIST + "{id}/edit/", 200),
        (LIST + "cus_nobody/", 404),
        ("/dashboard/other/", 404),
        ("/dashboard/shop/developers/", 200),
        ("/dashboard/shop/developers/keys/", 200),
        ("/account/", 200),
        ("/account/password/", 200),
        ("/admin/", 200),
        ("/admin/customers/customer/", 200),
        ("/admin/customers/customer/?created=wrong", None),
        ("/admin/customers/customer/{pk}/change/", 200),
        ("/admin/customers/customer/999999999/change/", None),
        ("/admin/customers/{id}/", 302),
        ("/admin/jsi18n/", 200),
        ("/admin/accounts/user/{pk}/password/", None),
        ("/nothing/", 404),
        ("/sign-in/", 302),
    ],
)
@pytest.mark.parametrize("part", [False, True])
def test_no_page_of_a_signed_in_person_is_stored(client, customer, path, status, part):
    client.force_login(make_superuser())
    headers = {"HX-Request": "true"} if part else {}
    answer = client.get(path.format(id=customer.public_id, pk=customer.pk), headers=headers)
    assert status in (answer.status_code, None)
    assert {"private", "no-store"} <= directives(answer)


@pytest.mark.parametrize("path", ["/sign-in/", "/account/", LIST, "/admin/", "/nothing/", "/healthz"])
def test_no_page_of_a_stranger_is_stored(client, customer, path):
    assert "no-store" in directives(client.get(path))


def test_answers_to_forms_and_errors_are_not_stored(client, customer, monkeypatch):
    client.force_login(make_member(customer.app, Role.EDITOR))
    client.raise_request_exception = False
    wrong = client.post(LIST + "new/", {"email": "wrong"})
    refused = client.get("/admin/")
    monkeypatch.setattr("customers.services.get_customer", lambda **_: 1 / 0)
    failed = client.get(f"{LIST}{customer.public_id}/")
    assert [wrong.status_code, refused.status_code, failed.status_code] == [400, 403, 500]
    for answer in (wrong, refused, failed):
        assert directives(answer) == {"private", "no-store"}


@pytest.mark.parametrize("path", ["/sign-out/", "/admin/logout/"])
def test_signing_out_clears_the_cache_and_neither_theme_nor_time_zone(client, customer, path):
    for _ in range(2):
        client.force_login(make_superuser())
        client.cookies["theme"], client.cookies["tz"] = "dark", "Asia%2FSeoul"
        answer = client.post(path)
        assert answer.status_code == 302 and answer.headers["Clear-Site-Data"] == '"cache"'
        assert client.cookies["theme"].value == "dark" and "theme" not in answer.cookies
    assert client.post("/sign-out/").headers["Clear-Site-Data"] == '"cache"', "of a session that had ended"


def test_pages_and_refused_sign_outs_clear_nothing(client, customer):
    client.force_login(make_superuser())
    for answer in (client.get(LIST), client.get("/sign-out/"), client.get("/sign-in/")):
        assert "Clear-Site-Data" not in answer.headers


def test_the_api_keeps_its_own_rule(customer):
    api = ApiClient(customer.app)
    assert api.get(CUSTOMERS)["Cache-Control"] == "private, no-cache"


def test_static_files_are_kept_for_good(client):
    answer = client.get(staticfiles_storage.url("js/app.js"))
    assert answer.status_code == 200
    assert {"public", "immutable"} <= directives(answer)

"""A form whose protection against forgery does not match: what is said and kept."""

import re
from html import unescape

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils.crypto import get_random_string

from accounts.models import Role
from customers.models import Customer
from tests.support.factories import make_app, make_member

pytestmark = pytest.mark.django_db

OWN = {"Sec-Fetch-Site": "same-origin"}
TYPED = {"email": "grace@example.com", "name": 'Grace "<b>" Hopper', "csrfmiddlewaretoken": "old"}


@pytest.fixture
def app():
    return make_app()


@pytest.fixture
def browser(app):
    client = Client(enforce_csrf_checks=True)
    client.force_login(make_member(app, Role.EDITOR, username="ada"))
    client.cookies["csrftoken"] = get_random_string(32)
    return client


def new_customer(app):
    return f"/dashboard/{app.slug}/commerce/customers/new/"


def fields_of(answer):
    return {
        name: unescape(value)
        for name, value in re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)">', answer.text)
    }


def test_what_was_typed_is_sent_again_with_one_click(browser, app):
    refused = browser.post(new_customer(app), TYPED, headers=OWN)
    assert refused.status_code == 403 and not Customer.objects.exists()
    assert "Send it again as" in refused.text and "ada" in refused.text
    assert f'action="{new_customer(app)}"' in refused.text
    again = fields_of(refused)
    assert {name: again[name] for name in ("email", "name")} == {name: TYPED[name] for name in ("email", "name")}
    assert browser.post(new_customer(app), again, headers=OWN).status_code == 302
    assert Customer.objects.get().name == TYPED["name"]


@pytest.mark.parametrize("site", [None, "cross-site", "same-site", "none", "Same-Origin", "same-origin, cross-site"])
def test_a_form_of_another_site_is_not_offered_again(browser, app, site):
    """A click on the button would carry out what that site wants."""
    refused = browser.post(new_customer(app), TYPED, headers={"Sec-Fetch-Site": site} if site else {})
    assert refused.status_code == 403
    assert "grace@example.com" not in refused.text and "Send again" not in refused.text
    assert "reload the page and send the form again" in refused.text


@pytest.mark.parametrize("header", [{"Origin": "https://evil.example"}, {"Origin": "null"}])
def test_a_wrong_origin_is_not_offered_again_because_it_would_fail_again(browser, app, header):
    refused = browser.post(new_customer(app), TYPED, headers=OWN | header)
    assert refused.status_code == 403 and "Send again" not in refused.text


@pytest.mark.parametrize(
    "secret",
    [
        {"password": "correct horse"},
        {"old_password": "correct horse"},
        {"new_password1": "correct horse"},
        {"file": SimpleUploadedFile("a.txt", b"correct horse")},
    ],
)
def test_a_password_or_file_is_never_repeated(browser, secret):
    refused = browser.post("/account/password/", secret, headers=OWN)
    assert refused.status_code == 403
    assert "correct horse" not in refused.text and "Send again" not in refused.text


def test_every_value_of_a_field_is_kept_and_the_query_of_the_address(browser):
    form = {"action": "delete", "_selected_action": ["1", "2"], "text": "two\r\nlines"}
    refused = browser.post("/sign-out/?a=1&b=2", form, headers=OWN)
    assert refused.text.count('name="_selected_action"') == 2
    assert 'action="/sign-out/?a=1&amp;b=2"' in refused.text
    assert fields_of(refused)["text"] == "two\r\nlines"


@pytest.mark.parametrize("cookie", [True, False])
def test_a_person_who_is_not_signed_in_gets_a_page_too(app, cookie):
    client = Client(enforce_csrf_checks=True)
    if cookie:
        client.cookies["csrftoken"] = get_random_string(32)
    refused = client.post("/sign-in/", {"username": "ada", "password": "correct horse"}, headers=OWN)
    assert refused.status_code == 403 and "This form is too old" in refused.text
    assert "correct horse" not in refused.text

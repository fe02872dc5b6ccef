"""Reading, creating and editing a customer in the panel."""

import re
from html import unescape
from urllib.parse import urlencode

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import Role
from customers.forms import LABELS
from customers.models import Customer
from customers.services import get_customer, update_customer
from tests.support.factories import make_app, make_customer, make_key, make_member, make_superuser, make_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def app():
    return make_app(name="Acme")


@pytest.fixture
def editor(app, client):
    client.force_login(make_member(app, Role.EDITOR))


def url(name, customer):
    return reverse(name, args=[customer.app.slug, customer.public_id])


def as_shown(client, address):
    """The values that the form at `address` would send, hidden ones too."""
    text = client.get(address).content.decode()
    fields = re.findall(r'<input[^>]*?name="([^"]+)"[^>]*?>', text)
    values = {}
    for name in fields:
        tag = re.search(rf'<input[^>]*name="{re.escape(name)}"[^>]*>', text)[0]
        value = re.search(r'value="([^"]*)"', tag)
        values[name] = unescape(value[1]) if value else ""
    chosen = re.search(r'<option value="([A-Z]{2})" selected', text)
    return values | {"address_country": chosen[1] if chosen else ""}


def test_detail_shows_everything(client, app, editor):
    customer = make_customer(
        app,
        email="alice@example.com",
        name="Alice <Liddell>",
        phone="+14155552671",
        address={
            "line1": "123 Wonderland Ave",
            "city": "San Francisco",
            "state": "CA",
            "postal_code": "94110",
            "country": "US",
        },
    )
    text = client.get(url("customer_detail", customer)).content.decode()
    for part in (
        "alice@example.com", "Alice &lt;Liddell&gt;", "+1 415-555-2671", "123 Wonderland Ave", "San Francisco, CA 94110",
        "United States", customer.public_id, "proyecta.commerce.customers.get", "curl",
    ):  # fmt: skip
        assert part in text
    assert "<Liddell>" not in text


def test_a_created_customer_is_shown_and_said(client, app, editor):
    response = client.post(
        reverse("customer_create", args=[app.slug]),
        {"email": "new@example.com", "name": "새 고객", "phone": "010-1234-5678", "address_country": "KR"},
        follow=True,
    )
    customer = Customer.objects.get(app=app)
    assert response.redirect_chain[-1][0] == url("customer_detail", customer)
    assert (customer.name, customer.phone) == ("새 고객", "+821012345678")
    assert "새 고객 is now a customer of Acme" in response.content.decode()


def test_a_taken_email_is_an_error_on_the_field_that_leads_to_its_customer(client, app, editor):
    taken = make_customer(app, email="taken@example.com")
    other = make_customer(app)
    for address, extra in (
        (reverse("customer_create", args=[app.slug]), {}),
        (url("customer_edit", other), {"version": other.version}),
    ):
        response = client.post(address, {"email": "TAKEN@example.com", "name": "Typed", **extra})
        text = response.content.decode()
        assert response.status_code == 400
        assert f'href="{url("customer_detail", taken)}"' in text
        assert 'value="Typed"' in text
    assert Customer.objects.filter(app=app).count() == 2


def test_what_was_typed_is_never_lost(client, app, editor):
    typed = {"email": "no address", "name": "Kept", "phone": "123", "address_city": "서울", "address_country": "KR"}
    response = client.post(reverse("customer_create", args=[app.slug]), typed)
    text = response.content.decode()
    assert response.status_code == 400
    for value in ("no address", "Kept", "123", "서울"):
        assert f'value="{value}"' in text
    assert '<option value="KR" selected' in text


def test_saving_says_what_changed(client, app, editor):
    customer = make_customer(app, name="Before")
    values = as_shown(client, url("customer_edit", customer)) | {"name": "After", "phone": "+1 415 555 2671"}
    response = client.post(url("customer_edit", customer), values, follow=True)
    assert "Saved. Changed: Full name, Phone." in response.content.decode()
    values = as_shown(client, url("customer_edit", customer))
    assert "Nothing was changed." in client.post(url("customer_edit", customer), values, follow=True).content.decode()


def test_a_stale_edit_shows_both_and_keeps_what_is_chosen(client, app, editor):
    customer = make_customer(app, email="a@example.com", name="First", phone="+14155552671")
    values = as_shown(client, url("customer_edit", customer)) | {"name": "Mine", "phone": "+442079460958"}
    update_customer(app=app, customer_id=customer.public_id, name="Theirs", email="b@example.com")
    response = client.post(url("customer_edit", customer), values)
    text = response.content.decode()
    assert response.status_code == 409
    for value in ("Mine", "Theirs", "b@example.com", "+442079460958"):
        assert value in text
    assert get_customer(app=app, customer_id=customer.public_id).name == "Theirs"
    hidden = dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', text))
    hidden.pop("csrfmiddlewaretoken", None)
    chosen = dict(re.findall(r'<input type="radio"[^>]*name="([^"]+)"[^>]*value="(\w+)"[^>]*checked', text))
    assert chosen == {"choose_email": "theirs", "choose_name": "yours", "choose_phone": "yours"}
    client.post(url("customer_edit", customer), hidden | chosen | {"choose_phone": "theirs"})
    customer = get_customer(app=app, customer_id=customer.public_id)
    assert (customer.name, customer.email, customer.phone) == ("Mine", "b@example.com", "+14155552671")


def test_a_choice_that_is_stale_again_is_refused_again(client, app, editor):
    customer = make_customer(app, name="First")
    update_customer(app=app, customer_id=customer.public_id, name="Second")
    values = {name: "" for name in LABELS} | {
        "version": customer.version,
        "resolve": "1",
        "choose_name": "yours",
        "name": "Mine",
    }
    assert client.post(url("customer_edit", customer), values).status_code == 409
    assert get_customer(app=app, customer_id=customer.public_id).name == "Second"


def test_an_edit_without_its_version_is_refused(client, app, editor):
    customer = make_customer(app, name="First")
    assert client.post(url("customer_edit", customer), {"name": "Blind"}).status_code == 409
    assert get_customer(app=app, customer_id=customer.public_id).name == "First"


@pytest.mark.parametrize(
    "typed",
    [
        {"name": "a\x00b"}, {"name": "x" * 100_000}, {"email": "\x00"}, {"address_country": "ZZ"}, {"version": "x"},
        {"version": str(10**30)}, {"version": "-1"}, {"phone": "\x00"}, {"name": "a\u0007"},
    ],
)  # fmt: skip
def test_nothing_typed_is_a_server_error(client, app, editor, typed):
    customer = make_customer(app)
    for address in (reverse("customer_create", args=[app.slug]), url("customer_edit", customer)):
        assert client.post(address, {"version": customer.version, "name": "ok"} | typed).status_code in (302, 400, 409)
    assert get_customer(app=app, customer_id=customer.public_id).email == customer.email or "email" in typed


def test_a_viewer_sees_no_controls_and_gets_403(client, app):
    customer = make_customer(app)
    client.force_login(make_member(app, Role.VIEWER))
    for name in ("customer_list", "customer_detail"):
        args = [app.slug] if name == "customer_list" else [app.slug, customer.public_id]
        text = client.get(reverse(name, args=args)).content.decode()
        assert "/edit/" not in text
        assert "/new/" not in text
    for address in (url("customer_edit", customer), reverse("customer_create", args=[app.slug])):
        assert client.get(address).status_code == 403
        assert client.post(address, {"name": "x"}).status_code == 403


def test_another_apps_customer_is_the_same_404_as_none(client, app, editor):
    other = make_customer()
    answers = []
    for customer_id in (other.public_id, "cus_none", "nothing-like-an-id"):
        for name in ("customer_detail", "customer_edit"):
            response = client.get(reverse(name, args=[app.slug, customer_id]))
            answers.append((response.status_code, response.content.replace(customer_id.encode(), b"")))
    assert {status for status, _ in answers} == {404}
    assert len(set(answers)) == 1


def test_short_addresses_lead_to_the_current_app_with_the_query_string(client, app, editor):
    response = client.get("/admin/customers/?query=kim&limit=50")
    assert response["Location"] == reverse("customer_list", args=[app.slug]) + "?query=kim&limit=50"
    response = client.get("/admin/customers/cus_123/")
    assert response["Location"] == reverse("customer_detail", args=[app.slug, "cus_123"])


def test_the_overview_counts_days_and_weeks(client, app, editor):
    for _ in range(3):
        make_customer(app)
    text = client.get(reverse("overview", args=[app.slug])).content.decode()
    assert ">3<" in text
    assert "<svg" in text
    assert client.get(reverse("overview", args=[make_app().slug])).status_code == 404


@pytest.mark.parametrize("name", ["customer_detail", "customer_edit"])
def test_a_customers_pages_cost_few_queries(client, app, editor, name, django_assert_max_num_queries):
    customer = make_customer(app)
    client.get(url(name, customer))
    with django_assert_max_num_queries(6):
        client.get(url(name, customer))


def test_no_form_has_an_email_field_that_browsers_rewrite(client, app):
    """A browser sends another address than was typed, or than was shown, where it is not ASCII."""
    customer = make_customer(app)
    anonymous = client.get("/sign-in/")
    client.force_login(make_superuser())
    for path in (
        f"/dashboard/{app.slug}/commerce/customers/",
        f"/dashboard/{app.slug}/commerce/customers/new/",
        f"/dashboard/{app.slug}/commerce/customers/{customer.public_id}/edit/",
        "/admin/customers/customer/add/",
        f"/admin/customers/customer/{customer.pk}/change/",
        "/admin/accounts/user/add/",
        f"/admin/accounts/user/{make_user().pk}/change/",
        "/admin/accounts/membership/add/",
    ):
        page = client.get(path)
        assert page.status_code == 200, path
        assert 'type="email"' not in page.content.decode(), path
    assert 'type="email"' not in anonymous.content.decode()


@pytest.mark.parametrize(
    ("form", "reason"),
    [
        ({"name": "x" * 10_000_000}, "It holds more than 2.5 MB."),
        ({f"field{number}": "" for number in range(1001)}, "It holds more than 1,000 fields."),
    ],
)
def test_a_form_that_is_too_large_is_refused_in_words_and_not_in_the_log(client, app, editor, capfd, form, reason):
    browser = Client(enforce_csrf_checks=True)
    browser.cookies = client.cookies
    browser.get("/account/")  # which sets the cookie that a form is compared with
    for path in (reverse("customer_create", args=[app.slug]), "/sign-in/", "/admin/"):
        answer = browser.post(path, urlencode(form), "application/x-www-form-urlencoded")
        assert answer.status_code == 413
        assert reason in answer.content.decode()
        assert "Nothing was saved." in answer.content.decode()
    assert capfd.readouterr().err == ""


def test_an_address_with_too_many_parameters_is_refused_in_words(client, app, editor):
    answer = client.get(reverse("customer_list", args=[app.slug]) + "?" + "&".join(f"a{n}=1" for n in range(1001)))
    assert answer.status_code == 413
    assert "It holds more than 1,000 fields." in answer.content.decode()


HEBREW = "אבגד"


def test_names_do_not_turn_the_words_around_them_round(client):
    """A name stands alone in its element, or is isolated from the text around it."""
    app = make_app(name=HEBREW)
    customer = make_customer(app, name=HEBREW)
    boss = make_superuser(first_name=HEBREW)
    key, _ = make_key(app, name=HEBREW)
    client.force_login(boss)
    created = client.post(f"/dashboard/{app.slug}/commerce/customers/new/", {"name": HEBREW}, follow=True)
    pages = {"after creating": created}
    paths = ["", "developers/", "developers/keys/", f"developers/keys/{key.pk}/revoke/", "commerce/customers/new/"]
    paths += [
        "commerce/customers/",
        f"commerce/customers/?query={HEBREW}&{HEBREW}=1",
        f"commerce/customers/?query={HEBREW}",
    ]
    paths += [f"commerce/customers/{customer.public_id}/", f"commerce/customers/{customer.public_id}/edit/"]
    for path in paths:
        pages[path] = client.get(f"/dashboard/{app.slug}/{path}")
    for path, page in pages.items():
        text = unescape(re.sub(r"<pre.*?</pre>", "", page.content.decode(), flags=re.S))
        assert HEBREW in text
        pieces = re.findall(r'>([^<>]*)<|(?:aria-label|title|data-said)="([^"]*)"', text)
        for piece in filter(None, map("".join, pieces)):
            if HEBREW in piece and piece.strip() != HEBREW:
                assert f"\u2068{HEBREW}\u2069" in piece, (path, piece)


def test_a_name_with_an_override_of_direction_is_stored_without_it(client, app, editor):
    client.post(reverse("customer_create", args=[app.slug]), {"name": "\u202eKim\u2069", "address_city": "\u3164"})
    customer = Customer.objects.get()
    assert (customer.name, customer.address_city) == ("Kim", "")


def test_an_email_filter_of_which_nothing_is_seen_does_not_mean_everything(client, app, editor):
    assert client.get(reverse("customer_list", args=[app.slug]), {"email": "\u200b"}).status_code == 400

"""Every page of the panel in a made-up language: no text on it is left in English.

To add a page: nothing, where it stands in PAGES of test_every_url.py; its states, such as a form with errors, here.
"""

import re
from urllib.parse import urlencode

import pytest
from axes.models import AccessFailureLog
from django.conf import settings as django_settings
from django.template.loader import render_to_string
from django.test import Client
from django.urls import reverse
from django.utils import translation

from accounts.models import Role
from core.db import failures
from customers.services import update_customer
from tests.customers.admin.visits import form_of, sent_by_browser
from tests.customers.test_pages import as_shown
from tests.proyecta_admin.test_every_url import PAGES, page_address
from tests.support import pseudo_language
from tests.support.factories import make_app, make_customer, make_key, make_member, make_superuser, make_user
from tests.support.pseudo_language import untranslated

pytestmark = pytest.mark.django_db

NO_PAGES = {"healthz", "readyz", "api_schema", *(name for name in PAGES if name.startswith("api:"))}
PERSON = {"first_name": "민준", "last_name": "김", "language": pseudo_language.CODE}
BROWSER = {"Accept-Language": "en-XA,en;q=0.5"}


@pytest.fixture(scope="module")
def catalogue(tmp_path_factory):
    directory = tmp_path_factory.mktemp("locale")
    pseudo_language.write_catalogue(directory)
    return directory


@pytest.fixture(autouse=True)
def language(settings, catalogue):
    settings.LANGUAGES = [*settings.LANGUAGES, (pseudo_language.CODE, "⟦⟧")]
    settings.LOCALE_PATHS = [catalogue]


@pytest.fixture
def app():
    app = make_app("shop", name="가게")
    app.key, _ = make_key(app, name="열쇠")
    app.customer = make_customer(
        app,
        customer_id="cus_1",
        email="민수@example.com",
        name="민수",
        phone="+821012345678",
        address={"line1": "테헤란로", "country": "KR"},
    )
    app.arguments = {"app": app.slug, "key": app.key.pk, "customer_id": app.customer.public_id}
    return app


def member(app, role=Role.ADMIN):
    return signed_in(make_member(app, role, username="사람", **PERSON))


def signed_in(user):
    client = Client(headers=BROWSER)
    client.force_login(user)
    return client


def anonymous():
    return Client(headers=BROWSER)


def check(html):
    """Fails where `html` has English in it."""
    assert untranslated(html) == []


@pytest.mark.parametrize("name", sorted(set(PAGES) - NO_PAGES))
@pytest.mark.parametrize("person", ["anonymous", "nobody", "viewer", "editor", "admin", "superuser"])
def test_a_page(app, name, person):
    if person == "anonymous":
        client = anonymous()
    elif person == "nobody":
        client = signed_in(make_user("아무도", **PERSON))
    elif person == "superuser":
        client = signed_in(make_superuser(username="위", **PERSON))
    else:
        client = member(app, Role(person))
    answer = client.get(page_address(name, app))
    if answer.get("Content-Type", "").startswith("text/html") and answer.content:
        check(answer.text)


LIST_STATES = {
    "rows": {},
    "search": {"query": "민"},
    "search_by_phone": {"query": "1234-5678"},
    "search_by_id": {"query": "cus_"},
    "search_counted_later": {"query": "민", "limit": "1"},
    "filters": {"email": "@example.com", "created_from": "2001-01-01", "created_to": "2001-01-01"},
    "filter_from": {"created_from": "2001-01-01"},
    "filter_to": {"created_to": "2090-01-01"},
    "nothing_found": {"query": "없음"},
    "wrong_date": {"created_from": "어제"},
    "wrong_year": {"created_from": "0001-01-01"},
    "wrong_order_of_dates": {"created_from": "2026-02-02", "created_to": "2026-01-01"},
    "wrong_email": {"email": "민"},
    "long_email": {"email": "민" * 300},
    "long_search": {"query": "민" * 1000},
    "many_words": {"query": " ".join("가나다라마바사아자차카타파하" * 3)},
    "control_character": {"query": "민\x07"},
    "no_letter": {"query": "…"},
    "wrong_sort": {"sort": "이름"},
    "wrong_limit": {"limit": "영"},
    "unknown_filter": {"이름": "민"},
    "filter_given_twice": {"email": ["@a.com", "@b.com"]},
    "cursor_gone": {"starting_after": "cus_gone"},
    "two_cursors": {"starting_after": "cus_a", "ending_before": "cus_b"},
}


@pytest.mark.parametrize("params", LIST_STATES.values(), ids=LIST_STATES)
@pytest.mark.parametrize("headers", [{}, {"HX-Request": "true"}], ids=["page", "part"])
def test_the_list_in_each_state(app, params, headers):
    make_customer(app, customer_id="cus_2", email=None, name=None)
    client = member(app)
    for name in ("customer_list", "customer_count"):
        address = f"{reverse(name, args=[app.slug])}?{urlencode(params, doseq=True)}"
        answer = client.get(address, headers=headers, follow=True)
        check(answer.text)


@pytest.mark.parametrize(
    ("params", "sentence"),
    [
        ({"created_from": "2001-01-01"}, "⟦Created: from ⟨⟦⟨1⟩ ⟨⟦Jan⟧⟩ ⟨2001⟩⟧⟩⟧"),
        ({"created_to": "2090-12-31"}, "⟦Created: to ⟨⟦⟨31⟩ ⟨⟦Dec⟧⟩ ⟨2090⟩⟧⟩⟧"),
        ({"created_from": "2001-09-01", "created_to": "2001-09-01"}, "⟦Created: ⟨⟦⟨1⟩ ⟨⟦Sep⟧⟩ ⟨2001⟩⟧⟩⟧"),
        ({}, 'data-said="⟦⟨1⟩ on this page, ⟨1⟩ customer⟧"'),
        ({"created_from": "2001-01-01"}, 'data-said="⟦⟨1⟩ on this page, ⟨1⟩ match⟧"'),
    ],
)
def test_what_the_list_says_is_not_put_together_from_pieces(app, params, sentence):
    page = member(app).get(reverse("customer_list", args=[app.slug]), params).text
    assert sentence in page


@pytest.mark.parametrize("role", [Role.VIEWER, Role.EDITOR])
def test_the_empty_list(role):
    app = make_app("leer", name="빈")
    client = member(app, role)
    for name in ("customer_list", "overview", "developers", "api_keys"):
        check(client.get(reverse(name, args=[app.slug])).text)


WRONG_CUSTOMERS = [
    {"email": "민", "phone": "1", "address_country": "가", "name": "민\x07"},
    {"email": "민\u200b수@example.com", "phone": "010", "name": "민" * 1000},
    {"email": "가" * 300, "phone": "1" * 50, "address_line1": "가" * 1000, "address_city": "가\x07"},
    {"phone": "+821012345678;ext=5", "address_line2": "가" * 1000, "address_state": "가" * 1000},
    {"phone": "+8210123", "address_postal_code": "가" * 1000},
    {"phone": "전화", "address_country": "KR"},
    {"phone": "+8210\x07"},
    {"email": "민수@example.com"},
    {},
]


@pytest.mark.parametrize("typed", WRONG_CUSTOMERS)
def test_a_customer_that_is_refused(app, typed):
    client = member(app)
    check(client.post(reverse("customer_create", args=[app.slug]), typed, follow=True).text)
    other = make_customer(app, name="이서연", email=None)
    address = reverse("customer_edit", args=[app.slug, other.public_id])
    values = {"version": other.version} | typed
    check(client.post(address, values, follow=True).text)


def test_a_customer_that_is_saved_or_stale(app):
    client = member(app)
    created = client.post(reverse("customer_create", args=[app.slug]), {"name": "새"}, follow=True)
    check(created.text)
    address = reverse("customer_edit", args=[app.slug, app.customer.public_id])
    shown = as_shown(client, address)
    check(client.post(address, shown, follow=True).text)
    for changes in ({"name": "수민"}, {"name": "수", "phone": ""}, {"address_city": "시", "address_country": ""}):
        shown = as_shown(client, address) | changes
        saved = client.post(address, shown, follow=True).text
        check(saved)
    assert "⟦City⟧⟦, ⟧⟦Country⟧" in saved
    shown = as_shown(client, address)
    update_customer(app=app, customer_id=app.customer.public_id, name="다른", phone="")
    stale = client.post(address, shown | {"name": "내", "address_city": ""})
    assert stale.status_code == 409
    check(stale.text)


def test_signing_in(app):
    user = make_member(app, username="사람", password="correct horse", **PERSON)
    off = make_user("꺼짐", password="correct horse", is_active=False, **PERSON)
    for typed in (
        {},
        {"username": "사람", "password": "틀림"},
        {"username": off.username, "password": "correct horse"},
    ):
        check(anonymous().post("/sign-in/", typed).text)
    check(anonymous().post("/sign-in/", {"username": "가" * 300, "password": "틀림"}).text)
    for _ in range(django_settings.AXES_FAILURE_LIMIT):
        AccessFailureLog.objects.create(username=user.username, ip_address="192.0.2.1", user_agent="", path_info="/")
    locked = anonymous().post("/sign-in/", {"username": "사람", "password": "correct horse"})
    assert locked.status_code == 429
    check(locked.text)


def test_the_account(app):
    user = make_member(app, username="사람", password="correct horse", **PERSON)
    client = signed_in(user)
    for typed in ({}, {"time_zone": "없음"}, {"first_name": "가" * 200}, {"first_name": "가\x07"}):
        check(client.post("/account/", typed, follow=True).text)
    for old, first, second in (
        ("", "", ""), ("틀림", "1", "2"), ("correct horse", "password", "password"), ("correct horse", "사람", "사람"),
        ("correct horse", "1234567", "1234567"), ("correct horse", "battery staple", "battery staple"),
    ):  # fmt: skip
        typed = {"old_password": old, "new_password1": first, "new_password2": second}
        check(client.post("/account/password/", typed, follow=True).text)


def test_api_keys(app):
    client = member(app)
    address = reverse("api_keys", args=[app.slug])
    once = as_shown(client, address)["once"]
    for typed in ({}, {"name": "열" * 500}, {"name": "열\x07", "scope": "read", "once": once}, {"scope": "없음"}):
        check(client.post(address, typed).text)
    for scope in ("read", "write", "write"):
        typed = {"name": "새 열쇠", "scope": scope, "once": once}
        check(client.post(address, typed, follow=True).text)
    revoke = reverse("api_key_revoke", args=[app.slug, app.key.pk])
    check(client.post(revoke, follow=True).text)
    check(client.get(revoke, follow=True).text)
    keys = client.get(address).text
    check(keys)
    assert re.search(r"⟦<time [^⟦]+⟦[^\n]+</time> by <bdi>⟨사람⟩</bdi>⟧", keys), (
        "The day and the person are one sentence."
    )


def test_pages_of_errors(app):
    client = member(app, Role.VIEWER)
    for address, status in (
        ("/nothing/", 404),
        (reverse("customer_detail", args=[app.slug, "cus_none"]), 404),
        (reverse("customer_create", args=[app.slug]), 403),
        ("/admin/", 403),
    ):
        answer = client.get(address)
        assert answer.status_code == status
        check(answer.text)
    strict = Client(headers=BROWSER, enforce_csrf_checks=True)
    check(strict.post("/sign-in/", {}).text)
    strict.get("/sign-in/")
    for form in ({"name": "x" * 3_000_000}, {f"f{number}": "" for number in range(1001)}):
        answer = strict.post("/sign-in/", urlencode(form), "application/x-www-form-urlencoded")
        assert answer.status_code == 413
        check(answer.text)
    with translation.override(pseudo_language.CODE):
        for name in ("400.html", "408.html", "500.html", "busy.html", "lost_cookies.html"):
            check(render_to_string(name))
        for failure in (failures.AWAY, failures.BUSY, failures.LOCKED, failures.READ_ONLY, failures.DISK_FULL):
            check(render_to_string("503.html", {"failure": failure}))


# The names of models and of their fields are in English: translating them would change the models' migrations.
# Each is here with the elements in which Django shows it. "s" is the plural of a name, which Django makes.
NAMES_OF_MODELS = {
    "a[title]: Customers",
    "caption a: Customers",
    "div a: Created",
    "div a: Customers",
    "div a: Email",
    "div a: Name",
    "div h1: customer",
    "div label: Created",
    "div label: Id",
    "div label: Updated",
    "div label: Version",
    "div span: App",
    "head title: customer",
    "li a: customer",
    "nav div: Customers",
    "nav div: customer",
    "th a: Apps",
    "th a: Customers",
    "th a: Memberships",
    "th a: s",
    "ul li: customer",
}


def check_admin(answer):
    """Fails where a page of Django's admin has English that is not the name of a model or of a field."""
    found = set()
    for piece in untranslated(answer.text):
        where, _, words = piece.partition(": ")
        found.add(f"{where}: {re.sub('[^ -{}~]|[|]', '', words).strip()}")
    assert found - NAMES_OF_MODELS == set()


@pytest.fixture
def staff():
    return signed_in(make_superuser(username="위", **PERSON))


@pytest.mark.parametrize(
    "params",
    [
        {},
        {"q": "없음"},
        {"q": "민", "count": "1"},
        {"q": "민\x07"},
        {"created_from": "어제", "이름": "1"},
        {"created_from": "2001-01-01", "created_to": "2001-01-01"},
        {"o": "9"},
        {"starting_after": "cus_gone"},
        {"app": "없음"},
    ],
)
def test_the_list_in_the_django_admin(app, staff, params):
    make_app("zweite", name="둘")
    make_customer(app, customer_id="cus_2", email=None, name=None)
    check_admin(staff.get(reverse("admin:customers_customer_changelist"), {"app": app.slug} | params))


@pytest.mark.parametrize("typed", WRONG_CUSTOMERS)
def test_a_customer_that_is_refused_in_the_django_admin(app, staff, typed):
    address = reverse("admin:customers_customer_add")
    check_admin(staff.get(address))
    check_admin(staff.post(address, typed))
    check_admin(staff.post(address, {"app": app.pk} | typed, follow=True))
    other = make_customer(app, name="이서연", email=None)
    address = reverse("admin:customers_customer_change", args=[other.pk])
    check_admin(staff.post(address, {"version": other.version} | typed, follow=True))


def test_a_stale_edit_in_the_django_admin(app, staff):
    address = reverse("admin:customers_customer_change", args=[app.customer.pk])
    page = staff.get(address)
    check_admin(page)
    shown = form_of(page)
    update_customer(
        app=app,
        customer_id=app.customer.public_id,
        name="다른",
        phone="",
        email="",
        address={"city": "시", "line1": "길"},
    )
    stale = staff.post(address, shown | {"name": "내", "phone": "+821087654321"})
    for said in ("⟦Stored meanwhile: empty.", "⟦Stored meanwhile: “", "to empty.⟧", "from empty to", "“⟨"):
        assert said in stale.text
    check_admin(stale)
    saved = staff.post(address, sent_by_browser(stale.text), follow=True)
    assert saved.redirect_chain
    check_admin(saved)
    check_admin(staff.get(reverse("admin:customers_customer_history", args=[app.customer.pk])))


def test_the_api_answers_in_english_whatever_the_browser_asks_for(app):
    answer = Client(headers=BROWSER).get("/v1/commerce/customers")
    assert answer.status_code == 401
    assert "⟦" not in answer.text
    _, secret = make_key(app)
    client = Client(headers=BROWSER | {"Authorization": f"Bearer {secret}"})
    wrong = client.get("/v1/commerce/customers", {"email": "ada", "limit": "0"})
    assert wrong.status_code == 400
    assert "⟦" not in wrong.text


def test_a_language_without_a_catalogue_is_not_shown(app):
    client = signed_in(make_member(app, username="다른", first_name="이", language="ko"))
    text = client.get(reverse("customer_list", args=[app.slug])).text
    assert '<html lang="en"' in text
    assert "Add" in text or "Customers" in text
    assert f'<html lang="{pseudo_language.CODE}"' in member(app).get(reverse("customer_list", args=[app.slug])).text

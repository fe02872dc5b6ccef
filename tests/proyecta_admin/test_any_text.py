"""No text in an address or a form is an error of the server: every parameter of Django's admin, and of the panel."""

import pytest
from django.contrib.auth.models import Group
from django.test import Client
from django.urls import reverse
from django.utils.http import urlencode

from accounts.models import Role
from tests.support.factories import make_app, make_customer, make_key, make_member, make_superuser

pytestmark = pytest.mark.django_db

TEXTS = ["", "abc", "-" + "9" * 30, "9" * 5_000, "a\0", "\ud800é"]
PARAMETERS = {
    "changelist": [
        *("_to_field", "_popup", "_changelist_filters", "o", "p", "all", "q", "e", "_facets", "app", "role", "scope"),
        *("created_from", "starting_after", "count", "id__exact", "id__in", "email__isnull", "revoked__isempty"),
        *("is_staff__exact", "is_active__isnull", "groups__id__exact", "date_joined__gte", "created__day", "pk", "\0"),
    ],
    "change": ["_to_field", "_popup", "_changelist_filters", "p", "next"],
    "other": ["next", "_to_field", "_popup", "p", "q", "app_label", "model_name", "field_name", "term", "page", "e"],
    "panel": ["next", "query", "created_from", "sort", "limit", "starting_after", "email", "app", "username", "\0"],
}
MODELS = ["accounts.user", "accounts.app", "auth.group", "accounts.membership", "accounts.apikey", "customers.customer"]


@pytest.fixture
def rows():
    app = make_app("acme")
    member = make_member(app, Role.ADMIN)
    return {
        "accounts.user": member,
        "accounts.app": app,
        "auth.group": Group.objects.create(name="group"),
        "accounts.membership": member.memberships.get(),
        "accounts.apikey": make_key(app)[0],
        "customers.customer": make_customer(app),
    }


@pytest.fixture
def browser(rows):
    client = Client(raise_request_exception=False)
    client.force_login(make_superuser())
    return client


def address(model, page, *args):
    return reverse(f"admin:{model.replace('.', '_')}_{page}", args=args)


def failing(client, requests):
    """The requests, (method, path, fields), whose answer is an error of the server. fields: dict or list of pairs."""
    found = []
    for method, path, fields in requests:
        pairs = fields.items() if isinstance(fields, dict) else fields
        content = "&".join(f"{quoted(name)}={quoted(value)}" for name, value in pairs)
        if method == "GET":
            answer = client.get(f"{path}?{content}")
        else:
            answer = client.post(path, content, content_type="application/x-www-form-urlencoded")
        if answer.status_code >= 500:
            found.append((method, path, [(name, value[:60]) for name, value in pairs]))
    return found


def quoted(text):
    return urlencode({"": text.encode("utf-8", "surrogatepass")})[1:]


def pages_of(model, rows):
    pk = rows[model].pk
    yield address(model, "changelist")
    yield address(model, "add")
    for page in ("change", "delete", "history"):
        yield address(model, page, pk)


NEXT = [
    *("abc", "admin:index", ".", "..", "%", "?", "/account/", "//evil.example", "http://[", "//[::1", "http://a:b@c/"),
    *("javascript:1", "\r\nX: y", "/\\evil.example", "\x1b/", "https:evil.example"),
]
OTHER_PAGES = [
    *(
        "/admin/",
        "/admin/login/",
        "/admin/logout/",
        "/admin/jsi18n/",
        "/admin/autocomplete/",
        "/admin/password_change/",
    ),
    *("/admin/models/accounts/", "/admin/models/nothing/", "/admin/r/1/1/", "/admin/customers/", "/admin/nothing/"),
]
PANEL_PAGES = [
    *(
        "/",
        "/sign-in/",
        "/sign-out/",
        "/account/",
        "/account/password/",
        "/dashboard/acme/",
        "/v1/docs",
        "/v1/openapi.json",
    ),
    *(
        "/dashboard/acme/commerce/customers/",
        "/dashboard/acme/commerce/customers/count/",
        "/dashboard/acme/developers/",
    ),
    *("/dashboard/acme/commerce/customers/new/", "/dashboard/acme/developers/keys/"),
]


@pytest.mark.parametrize("model", MODELS)
def test_no_parameter_of_a_page_of_a_model_breaks_it(browser, rows, model):
    lists, add, *pages = pages_of(model, rows)
    requests = [("GET", lists, {name: text}) for name in PARAMETERS["changelist"] for text in TEXTS]
    requests += [("GET", page, {name: text}) for page in pages for name in PARAMETERS["change"] for text in TEXTS]
    # The values that a form begins with.
    requests += [("GET", add, dict.fromkeys(FIELDS, text)) for text in TEXTS]
    requests += [("GET", add, {name: text}) for name in PARAMETERS["change"] for text in TEXTS]
    assert failing(browser, requests) == []


@pytest.mark.parametrize(("pages", "kind"), [(OTHER_PAGES, "other"), (PANEL_PAGES, "panel")])
def test_no_parameter_of_another_page_breaks_it(browser, pages, kind):
    requests = [("GET", page, {name: text}) for page in pages for name in PARAMETERS[kind] for text in TEXTS]
    requests += [
        ("GET", page, {"next": text})
        for page in pages
        if "sign" in page or "log" in page
        for text in (*NEXT, "x" * 3_000)
    ]
    assert failing(browser, requests) == []


@pytest.mark.parametrize("wanted", NEXT)
def test_after_the_sign_in_of_the_admin_only_an_own_page_follows(browser, wanted):
    answer = browser.get(f"/admin/login/?next={quoted(wanted)}")
    assert answer.status_code == 302
    assert answer["Location"] in ("/admin/", "abc", "admin:index", ".", "..", "%", "?", "/account/")


FIELDS = [
    *("_to_field", "_popup", "_saveasnew", "usable_password", "username", "role", "app", "version", "groups", "name"),
    *("memberships-TOTAL_FORMS", "memberships-INITIAL_FORMS", "memberships-0-id", "memberships-0-app"),
    *("permissions", "last_login_0", "date_joined_1", "password1", "slug", "initial-version"),
]


@pytest.mark.parametrize("model", MODELS)
def test_no_field_of_a_form_of_a_model_breaks_it(browser, rows, model):
    complete = {
        "memberships-TOTAL_FORMS": "1",
        "memberships-INITIAL_FORMS": "1",
        "memberships-0-id": str(rows["accounts.membership"].pk),
        "memberships-0-user": str(rows["accounts.user"].pk),
        "memberships-0-app": str(rows["accounts.app"].pk),
        "memberships-0-role": "viewer",
        "username": rows["accounts.user"].username,
        "app": str(rows["accounts.app"].pk),
        "role": "viewer",
        "action": "revoke" if model == "accounts.apikey" else "delete_selected",
        "index": "0",
        "_selected_action": str(rows[model].pk),
    }
    _, add, change, *_ = pages_of(model, rows)
    pages = [add, change, *([f"{change}../password/"] if model == "accounts.user" else [])]
    requests = [("POST", page, complete | {name: text}) for page in pages for name in FIELDS for text in TEXTS[1:5:2]]
    assert failing(browser, requests) == []


@pytest.mark.parametrize("chosen", ["abc", "", "-1", "1.5", "9" * 20, "9" * 5_000, "a\0", "\ud800", "1,2", "id", "٣"])
def test_no_choice_of_rows_for_an_action_breaks_the_list(browser, rows, chosen):
    requests = []
    for model in MODELS:
        for action in ("delete_selected", "revoke", "nothing", ""):
            for more in ({}, {"post": "yes"}, {"select_across": chosen}, {"index": chosen}):
                fields = {"action": action, "index": "0", "_selected_action": chosen, **more}
                requests.append(("POST", address(model, "changelist"), fields))
    assert failing(browser, requests) == []
    assert all(type(row).objects.filter(pk=row.pk).exists() for row in rows.values())


@pytest.mark.parametrize("model", MODELS)
def test_no_text_in_the_place_of_an_id_breaks_a_page(browser, rows, model):
    texts = [*TEXTS[1:], "_5F", "_", "_2F", "1_2Fchange", "_00", "__5F", "1/2", "1.5", "٣"]
    places = [address(model, "changelist") + "{}/" + end for end in ("", "change/", "delete/", "history/", "password/")]
    places += ["/admin/r/{}/1/", "/admin/r/1/{}/", "/admin/models/{}/", "/admin/{}/", "/admin/customers/{}/"]
    requests = [("GET", place.format(quoted(text)), {}) for place in places for text in texts]
    assert failing(browser, requests) == []

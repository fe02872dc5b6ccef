"""Every address against every kind of person, walked from the URLconf: a new route without a row here fails.

To add a route: one row in PAGES, or one entry in MODELS for a model in the Django admin, with the status that each
person gets for GET. All else follows from it: that what is closed to GET is closed to POST, PUT and DELETE, and that
nobody outside an app reads a name of it in any answer.
"""

from collections.abc import Callable
from typing import NamedTuple
from urllib.parse import unquote

import pytest
from csp.utils import build_policy
from django.contrib.auth.models import Group, Permission
from django.urls import URLPattern, get_resolver, reverse

from accounts.models import Role
from proyecta_admin.urls import OPEN
from tests.support.factories import make_app, make_customer, make_key, make_member, make_superuser, make_user

pytestmark = pytest.mark.django_db

# `other` is an admin of another app than the one in the address, and `nobody` a member of none.
PEOPLE = ["anonymous", "nobody", "viewer", "editor", "admin", "other", "superuser"]
PAGES = {
    # name                anonymous, nobody, viewer, editor, admin, other, superuser
    "sign_in":                 [200, 302, 302, 302, 302, 302, 302],
    "sign_out":                [405, 405, 405, 405, 405, 405, 405],
    "healthz":                 [200, 200, 200, 200, 200, 200, 200],
    "readyz":                  [200, 200, 200, 200, 200, 200, 200],
    # Without METRICS_TOKEN. With it, a token opens them: tests/proyecta_admin/test_metrics.py.
    "metrics":                 [404, 404, 404, 404, 404, 404, 404],
    # Without a SECURITY_CONTACT in the settings.
    "security_txt":            [404, 404, 404, 404, 404, 404, 404],
    "robots_txt":              [200, 200, 200, 200, 200, 200, 200],
    "home":                    [302, 200, 302, 302, 302, 302, 302],
    "preferences":             [302, 200, 200, 200, 200, 200, 200],
    "password_change":         [302, 200, 200, 200, 200, 200, 200],
    "overview":                [302, 404, 200, 200, 200, 404, 200],
    "customer_list":           [302, 404, 200, 200, 200, 404, 200],
    "customer_count":          [302, 404, 302, 302, 302, 404, 302],
    "customer_create":         [302, 404, 403, 200, 200, 404, 200],
    "customer_detail":         [302, 404, 200, 200, 200, 404, 200],
    "customer_edit":           [302, 404, 403, 200, 200, 404, 200],
    "developers":              [302, 404, 200, 200, 200, 404, 200],
    "api_keys":                [302, 404, 403, 403, 200, 404, 200],
    "api_key_revoke":          [302, 404, 403, 403, 200, 404, 200],
    # A session opens nothing in the HTTP API; what keys open is in the tests of the API.
    "api_docs":                [200, 200, 200, 200, 200, 200, 200],
    "api_schema":              [200, 200, 200, 200, 200, 200, 200],
    "api:api_customers":       [401, 401, 401, 401, 401, 401, 401],
    "api:api_customer":        [401, 401, 401, 401, 401, 401, 401],
    "api:api-root":            [404, 404, 404, 404, 404, 404, 404],
    "short_customers":         [302, 302, 302, 302, 302, 302, 302],
    "short_customer":          [302, 302, 302, 302, 302, 302, 302],
}  # fmt: skip

# In the Django admin. `plain` is an admin of the app without staff status; the staff have every permission of Django's,
# so that what is left to refuse them are the borders of apps: `staff` is an admin of the app, `stranger` of another.
STAFF = ["anonymous", "plain", "staff", "stranger", "superuser"]
ADMIN_PAGES = {
    # name                        anonymous, plain, staff, stranger, superuser
    "index":                           [302, 403, 200, 200, 200],
    "login":                           [302, 302, 302, 302, 302],
    "logout":                          [302, 403, 405, 405, 405],
    "password_change":                 [302, 403, 302, 302, 302],
    "password_change_done":            [302, 403, 302, 302, 302],
    "autocomplete":                    [302, 403, 403, 403, 403],
    "jsi18n":                          [302, 403, 200, 200, 200],
    "view_on_site":                    [302, 403, 404, 404, 404],
    "app_list":                        [302, 403, 200, 200, 200],
    "auth_user_password_change":       [302, 403, 403, 403, 200],
    "(?P<url>.*)$":                    [302, 403, 404, 404, 404],
}  # fmt: skip
# What staff, stranger and superuser get for each page of a model. Where Django admits somebody to a model but finds no
# such row for them, it leads them back to the start with a word: 302.
MODEL_PAGES = ["changelist", "add", "change", "delete", "history", "<path:object_id>/"]
MODELS = {
    # changelist, add, change, delete, history, short address of change
    "accounts.user": {
        "staff":     [403, 403, 403, 403, 403, 302],
        "stranger":  [403, 403, 403, 403, 403, 302],
        "superuser": [200, 200, 200, 200, 200, 302],
    },
    "accounts.app": {
        "staff":     [403, 403, 403, 403, 403, 302],
        "stranger":  [403, 403, 403, 403, 403, 302],
        "superuser": [200, 200, 200, 403, 200, 302],
    },
    "auth.group": {
        "staff":     [403, 403, 403, 403, 403, 302],
        "stranger":  [403, 403, 403, 403, 403, 302],
        "superuser": [200, 200, 200, 200, 200, 302],
    },
    "accounts.membership": {
        "staff":     [200, 200, 200, 200, 200, 302],
        "stranger":  [200, 200, 302, 302, 302, 302],
        "superuser": [200, 200, 200, 200, 200, 302],
    },
    "accounts.apikey": {
        "staff":     [200, 403, 200, 403, 200, 302],
        "stranger":  [200, 403, 302, 403, 302, 302],
        "superuser": [200, 403, 200, 403, 200, 302],
    },
    "customers.customer": {
        "staff":     [200, 200, 200, 403, 200, 302],
        "stranger":  [200, 200, 302, 403, 302, 302],
        "superuser": [200, 200, 200, 403, 200, 302],
    },
}  # fmt: skip


@pytest.fixture
def acme():
    """The app in the addresses, with names that stand nowhere else, and a value for every argument of an address."""
    app = make_app("acme-zebra", name="Zebra Inc")
    key, _ = make_key(app, name="zebra key")
    customer = make_customer(app, email="kim@zebra.example", name="Zebra Kim")
    member = make_member(app, username="zebra-member")
    app.rows = {
        "accounts.user": member,
        "accounts.app": app,
        "auth.group": Group.objects.create(name="zebra group"),
        "accounts.membership": member.memberships.get(),
        "accounts.apikey": key,
        "customers.customer": customer,
    }
    app.arguments = {
        "app": app.slug,
        "key": key.pk,
        "customer_id": customer.public_id,
        "id": member.pk,
        "app_label": "accounts",
        "content_type_id": 1,
        "object_id": 1,
        "url": "nothing/",
    }
    return app


# None of them stands in an address, which an answer may repeat.
NAMES = ("Zebra", "zebra key", "kim@zebra", "zebra-member", "zebra group")


def tells_of_acme(answer):
    return any(name in answer.content.decode() for name in NAMES)


def sign_in(client, person, app):
    roles = {"viewer": Role.VIEWER, "editor": Role.EDITOR} | dict.fromkeys(("admin", "plain", "staff"), Role.ADMIN)
    if person == "anonymous":
        return
    if person == "superuser":
        user = make_superuser()
    elif person == "nobody":
        user = make_user()
    else:
        user = make_member(app if person in roles else None, roles.get(person, Role.ADMIN))
    if person in ("staff", "stranger"):
        user.is_staff = True
        user.save()
        user.user_permissions.set(Permission.objects.all())
    client.force_login(user)


class Route(NamedTuple):
    name: str  # with its namespaces; its pattern where it has none
    address: str  # the pattern in full
    arguments: frozenset
    view: Callable


def routes(patterns=None, names=(), address="", arguments=()):
    """Every Route of the URLconf, or of these patterns."""
    for pattern in get_resolver().url_patterns if patterns is None else patterns:
        taken = (*arguments, *pattern.pattern.converters, *pattern.pattern.regex.groupindex)
        here = address + str(pattern.pattern)
        if isinstance(pattern, URLPattern):
            yield Route(
                ":".join([*names, pattern.name or str(pattern.pattern)]), here, frozenset(taken), pattern.callback
            )
        else:
            inner = [*names, pattern.namespace] if pattern.namespace else names
            yield from routes(pattern.url_patterns, inner, here, taken)


def admin_rows():
    """The rows of the Django admin, a model's pages spelled out: (route, model or None, statuses)."""
    for name, statuses in ADMIN_PAGES.items():
        yield name, None, statuses
    for model, columns in MODELS.items():
        for page, *statuses in zip(MODEL_PAGES, *(columns[person] for person in STAFF[2:]), strict=True):
            yield f"{model.replace('.', '_')}_{page}", model, [302, 403, *statuses]


def test_every_route_has_a_row_and_every_row_a_route():
    # The API has a route of the same name and address for each method.
    found = [name for name, _ in {(route.name, route.address) for route in routes()}]
    expected = [*PAGES, *(f"admin:{name}" for name in ADMIN_PAGES)]
    for model in MODELS:
        expected += [f"admin:{model.replace('.', '_')}_{page}" for page in MODEL_PAGES[:-1]]
        # The short address of change has no name.
        expected.append(f"admin:{MODEL_PAGES[-1]}")
    assert sorted(found) == sorted(expected), "Give new routes a row in PAGES, ADMIN_PAGES or MODELS of this file."


def test_open_routes_are_the_listed_ones():
    """Whatever else is open was opened past the list in proyecta_admin/urls.py."""
    opened = {route.name for route in routes() if not getattr(route.view, "login_required", True)}
    assert opened == {
        "sign_in",
        "sign_out",
        "healthz",
        "readyz",
        "metrics",
        "security_txt",
        "robots_txt",
        "api_docs",
        "api_schema",
    }
    assert opened <= {route.name for route in routes(OPEN)}


def page_address(name, app):
    wanted = next(route.arguments for route in routes() if route.name == name)
    return reverse(name, kwargs={argument: app.arguments[argument] for argument in wanted})


def admin_address(name, model, app):
    if name == "(?P<url>.*)$":
        return reverse("admin:index") + "nothing/"
    if model and name.endswith(MODEL_PAGES[-1]):
        return reverse(f"admin:{model.replace('.', '_')}_changelist") + f"{app.rows[model].pk}/"
    wanted = next(route.arguments for route in routes() if route.name == f"admin:{name}")
    given = app.arguments | ({"object_id": app.rows[model].pk} if model else {})
    return reverse(f"admin:{name}", kwargs={argument: given[argument] for argument in wanted})


@pytest.mark.parametrize(("name", "statuses"), PAGES.items())
def test_page(client, acme, name, statuses):
    check(client, acme, page_address(name, acme), PEOPLE, statuses)


@pytest.mark.parametrize(("name", "model", "statuses"), list(admin_rows()))
def test_admin_page(client, acme, name, model, statuses):
    check(client, acme, admin_address(name, model, acme), STAFF, statuses)


def check(client, app, address, people, statuses):
    got, wrong = [], []
    for person, expected in zip(people, statuses, strict=True):
        client.logout()
        sign_in(client, person, app)
        answer = client.get(address)
        answers = [answer]
        got.append(answer.status_code)
        to_sign_in = person == "anonymous" and expected == 302
        if to_sign_in and unquote(answer.headers.get("Location", "")) != f"/sign-in/?next={address}":
            wrong.append("an anonymous GET does not lead to signing in and back")
        if expected in (401, 403, 404) or to_sign_in:
            answers += [getattr(client, method)(address) for method in ("post", "put", "patch", "delete")]
            if any(answer.status_code not in (expected, 405) for answer in answers[1:]):
                wrong.append(f"closed to GET as {person}, but not to another method")
        if person in ("anonymous", "nobody", "other", "stranger") and any(map(tells_of_acme, answers)):
            wrong.append(f"tells {person} of somebody else's app")
    assert (dict(zip(people, got, strict=True)), wrong) == (dict(zip(people, statuses, strict=True)), [])


def test_every_page_has_the_policy_of_the_settings_but_django_s_own_about_errors(client, acme, settings):
    """It is put together once."""
    policy = set(build_policy().split("; "))
    assert {"default-src 'none'", "script-src 'self'", "frame-ancestors 'none'"} < policy
    sign_in(client, "superuser", acme)
    addresses = ("/healthz", "/admin/", "/nothing/", page_address("customer_list", acme))
    for address in (*addresses, *addresses):
        assert set(client.get(address)["Content-Security-Policy"].split("; ")) == policy, address
    assert client.get("/v1/nothing")["Content-Security-Policy"] == "default-src 'none'; frame-ancestors 'none'"
    settings.DEBUG = True
    assert "Content-Security-Policy" not in client.get("/nothing/")
    assert set(client.get("/admin/")["Content-Security-Policy"].split("; ")) == policy

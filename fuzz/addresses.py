"""Every address of the URLconf, and every parameter that the code behind it reads.

Django is imported inside the functions: world.py sets its environment first.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from random import Random
from typing import Any
from urllib.parse import quote_from_bytes

from . import values

GOOD_ARGUMENT_SHARE = 0.85
_ARGUMENT = re.compile(r"<(?:\w+:)?(\w+)>|\(\?P<(\w+)>[^)]*\)")
# Not in the URLconf: what the middleware answers, and what only asks whether there is something.
OTHER_PATHS = (
    *("/static/", "/static/nothing.css", "/static/css/", "/static/..%2f..%2fmanage.py", "/static/%00", "/favicon.ico"),
    *(
        "/robots.txt",
        "/.well-known/security.txt",
        "/metrics",
        "/nothing",
        "//",
        "/%ff",
        "/%00",
        "/admin",
        "/v1",
        "/v1/",
    ),
    *(
        "/v1/nothing",
        "/v1%2fcommerce",
        "/./",
        "/../",
        "/dashboard/",
        "/dashboard//",
        "/%2e%2e/",
        "/;a=b",
        "/" + "a" * 5000,
    ),
)
# Read by views and middleware, but named in no form or filter.
OTHER_NAMES = (
    *("next", "csrfmiddlewaretoken", "resolve", "sort", "limit", "starting_after", "ending_before", "prev", "language"),
    *(
        "theme",
        "page",
        "q",
        "app",
        "format",
        "created[gt]",
        "created",
        "created_from",
        "created_to",
        "query",
        "email",
        "count",
    ),
)
# Read by Django's admin, but no constant of it.
ADMIN_NAMES = (
    *("_changelist_filters", "_save", "_continue", "_addanother", "_saveasnew", "_selected_action", "action", "index"),
    *(
        "select_across",
        "post",
        "term",
        "app_label",
        "model_name",
        "field_name",
        "usable_password",
        "password1",
        "password2",
    ),
    *("form-TOTAL_FORMS", "form-INITIAL_FORMS", "form-MIN_NUM_FORMS", "form-MAX_NUM_FORMS", "form-0-id", "form-0-name"),
    *("memberships-TOTAL_FORMS", "memberships-INITIAL_FORMS", "memberships-0-id", "last_login_0", "last_login_1"),
    *(
        "date_joined_0",
        "date_joined_1",
        "_saveas",
        "_popup",
        "_to_field",
        "_facets",
        "version",
        "ot",
        "o",
        "p",
        "all",
        "e",
    ),
    *(
        "created__gte",
        "created__year",
        "app__id__exact",
        "user__username",
        "is_staff__exact",
        "groups__id__exact",
        "pk__in",
    ),
)


@dataclass(frozen=True, slots=True)
class Address:
    """An address of the URLconf. name: with its namespaces. pattern: in full. door: page, admin or api."""

    name: str
    pattern: str
    door: str

    @property
    def model(self) -> str:
        """The model of a page in the Django admin, as customers_customer; "" elsewhere."""
        match = re.match(r"admin/([a-z]+)/([a-z]+)/", self.pattern)
        return f"{match[1]}_{match[2]}" if match and self.door == "admin" else ""


@cache
def all_addresses() -> tuple[Address, ...]:
    """Every address of the URLconf, walked, and OTHER_PATHS."""
    from django.urls import get_resolver

    found = {address.pattern: address for address in _walk(get_resolver().url_patterns)}
    return (*found.values(), *(Address("other", path.removeprefix("/"), "page") for path in OTHER_PATHS))


def _walk(patterns: Sequence[Any], names: tuple[str, ...] = (), before: str = "") -> Iterator[Address]:
    from django.urls import URLPattern

    for pattern in patterns:
        here = before + str(pattern.pattern).removeprefix("^")
        if isinstance(pattern, URLPattern):
            door = "api" if here.startswith("v1/commerce") else "admin" if here.startswith("admin/") else "page"
            name = ":".join([*names, pattern.name or str(pattern.pattern)])
            yield Address(name, here.removesuffix("$").removesuffix("\\Z"), door)
        else:
            inner = (*names, pattern.namespace) if pattern.namespace else names
            yield from _walk(pattern.url_patterns, inner, here)


def path_of(chance: Random, address: Address, ids: dict[str, list[str]]) -> str:
    """The path of an address, with good arguments or hostile ones. ids: good values by the name of an argument."""

    def argument(match: "re.Match[str]") -> str:
        name = match[1] or match[2]
        if chance.random() < GOOD_ARGUMENT_SHARE:
            known = ids.get(address.model) if name == "object_id" else None
            return chance.choice(known or ids.get(name) or ["1"])
        return quote_from_bytes(
            values.as_bytes(values.text(chance)[:300]), safe="-._~/" if chance.random() < 0.5 else ""
        )

    path = "/" + _ARGUMENT.sub(argument, address.pattern)
    if chance.random() < 0.03:
        path += chance.choice(("%00", "%ff", "/", "//", "/..", ".json", ";x", "%0a", "%20", "%2f"))
    return path


@cache
def names_for(door: str) -> tuple[str, ...]:
    """The names of the parameters that the code behind a door reads: from filters, forms and models, and lists here."""
    from django.contrib.admin import options
    from django.contrib.admin import site as admin_site
    from django.contrib.admin.views import main
    from django.contrib.auth.forms import PasswordChangeForm

    from accounts.forms import ApiKeyForm, PreferencesForm, SignInForm
    from customers.api.schemas import CustomerQuery
    from customers.filters import FILTERS
    from customers.forms import CustomerForm

    names = {field.alias or name for name, field in CustomerQuery.model_fields.items()}
    if door == "api":
        # It refuses every other name, before it looks at the values.
        return tuple(sorted(names))
    names |= {*FILTERS, *OTHER_NAMES}
    for form in (CustomerForm, SignInForm, PreferencesForm, ApiKeyForm, PasswordChangeForm):
        fields = form.base_fields
        names |= {*fields, *(f"initial-{name}" for name in fields), *(f"choose_{name}" for name in fields)}
    if door == "admin":
        # Constants such as ORDER_VAR.
        names |= {value for module in (main, options) for name, value in vars(module).items() if name.endswith("_VAR")}
        names |= {main.ERROR_FLAG, *ADMIN_NAMES}
        names |= {field.name for model in admin_site._registry for field in model._meta.get_fields()}
    return tuple(sorted(names))

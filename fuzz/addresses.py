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

    names = {*FILTERS, *OTHER_NAMES, *(field.alias or name for name, field in CustomerQuery.model_fields.items())}
    for form in (CustomerForm, SignInForm, PreferencesForm, ApiKeyForm, PasswordChangeForm):
        fields = form.base_fields
        names |= {*fields, *(f"initial-{name}" for name in fields), *(f"choose_{name}" for name in fields)}
    if door == "admin":
        # Constants such as ORDER_VAR.
        names |= {value for module in (main, options) for name, value in vars(module).items() if name.endswith("_VAR")}
        names |= {main.ERROR_FLAG, *ADMIN_NAMES}
        names |= {field.name for model in admin_site._registry for field in model._meta.get_fields()}
    return tuple(sorted(names))


@cache
def query_names_for(address: Address) -> tuple[str, ...]:
    """The names that the view of an address reads from the query string. Lists refuse every other name unread."""
    from core.lists import CURSORS
    from customers.admin.changelist import PARAMETERS
    from customers.api.schemas import CustomerQuery
    from customers.pages.list_page import PANEL_FILTERS

    if address.door == "api":
        return tuple(field.alias or name for name, field in CustomerQuery.model_fields.items())
    if address.name in ("customer_list", "customer_count", "short_customers"):
        return (*PANEL_FILTERS, "sort", "limit", *CURSORS)
    if address.name.endswith("customers_customer_changelist"):
        return tuple(sorted(PARAMETERS))
    if address.door == "admin":
        return ("_to_field", "_popup", "_changelist_filters", "o", "q", "p", "all", "next", "e", "_facets", "pk__in")
    return ("next",)


@cache
def good_values() -> dict[str, tuple[str, ...]]:
    """Values that a list takes, by the name of the parameter, so that what stands beside them is looked at."""
    from customers.filters import SORTS

    moments = dict.fromkeys(
        ("created", *(f"created[{one}]" for one in ("gt", "gte", "lt", "lte"))), ("2024-01-01T00:00:00Z",)
    )
    return {
        **moments,
        "sort": tuple(SORTS),
        "limit": ("1", "20", "50", "100"),
        "query": ("kim", "김민", "ada 1", "+1415", "cus_alpha"),
        "q": ("kim", "김민"),
        "email": ("@alpha.example", "a@b.example"),
        "created_from": ("2020-01-01",),
        "created_to": ("2999-01-01",),
        "starting_after": ("cus_alpha1", "cus_beta1"),
        "ending_before": ("cus_alpha1", "cus_beta1"),
        "app": ("alpha", "beta", "1"),
        "o": ("1", "-2", "1.2"),
        "next": ("/", "/account/"),
    }

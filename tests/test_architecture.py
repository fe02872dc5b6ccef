"""Forbidden imports, and the modules that may write customers. How imports are read is in tests/support/architecture.py.

A rule that is broken gives a line such as `api.errors imports customers.models`.
"""

import tomllib
from pathlib import Path

import pytest

from scripts.packages import TOOLS, product_packages
from tests.support.architecture import (
    PRODUCT,
    Arrow,
    circles,
    forbidden_imports,
    imports_of_migrations,
    imports_past_the_door,
    is_below,
    private_uses,
    read_sources,
    too_long,
    writers_of_customers,
)

ROOT = Path(__file__).parent.parent

# From the ground up: a package may import those before it, and none after it.
LAYERS = (
    "core",
    "postgres",
    "replicas",
    "accounts",
    "api",
    "customers",
    "commerce",
    "operations",
    "proyecta_admin",
)
# The packages with doors.
PACKAGES_WITH_DOORS = LAYERS[LAYERS.index("accounts") : LAYERS.index("proyecta_admin")]
# The packages with objects, pages and calls of their own. The rules for services hold for each.
RESOURCE_PACKAGES = LAYERS[LAYERS.index("api") + 1 : LAYERS.index("proyecta_admin")]
DOORS = {
    "the panel": ("pages", "urls", "views"),
    "Django's admin": ("admin",),
    "the HTTP API": ("api",),
    "the commands": ("importing", "management"),
}
SERVICES = ("counts", "exceptions", "filters", "loading", "models", "providers", "serialization", "services", "values")
# Forms belong to the panel. Django's admin may import them too: its form is the panel's with other widgets.
FORMS = ("forms",)
REQUESTS = ("django.contrib.messages", "django.http", "django.shortcuts", "ninja")


def in_each_resource_package(modules):
    return tuple(f"{package}.{module}" for package in RESOURCE_PACKAGES for module in modules)


def in_each_package(modules):
    return tuple(f"{package}.{module}" for package in PACKAGES_WITH_DOORS for module in modules)


def others_than(door):
    """The modules of all other doors."""
    return tuple(module for other, modules in DOORS.items() if other != door for module in modules)


ARROWS = [
    *(
        Arrow(f"{package} knows nothing above it", (package,), LAYERS[place:])
        for place, package in enumerate(LAYERS[:-1], start=1)
    ),
    Arrow("the product needs no tests and tools", PRODUCT, TOOLS),
    Arrow(
        "the search knows no forms and requests",
        ("customers.search",),
        (
            *REQUESTS,
            *(f"customers.{module}" for modules in DOORS.values() for module in modules),
            "core.filters",
            "core.lists",
            "customers.filters",
            "customers.forms",
            "django.core.handlers",
            "django.forms",
            "django_filters",
        ),
    ),
    Arrow("the services know no requests", in_each_resource_package(SERVICES), REQUESTS),
    *(
        Arrow(
            f"{door} is a door of its own",
            in_each_package(modules),
            in_each_package(others_than(door)),
        )
        for door, modules in DOORS.items()
    ),
    Arrow(
        "the platform of the API is the API's door",
        ("api",),
        in_each_package(others_than("the HTTP API")),
        exempt=tuple(f"api.{module}" for module in others_than("the HTTP API")),
    ),
    Arrow(
        "the services know no doors",
        in_each_package(SERVICES),
        in_each_package([*FORMS, *(module for modules in DOORS.values() for module in modules)]),
    ),
    Arrow(
        "forms are for people",
        (*in_each_package(DOORS["the HTTP API"] + DOORS["the commands"]), "api"),
        in_each_package(FORMS),
    ),
    Arrow("forms know no doors", in_each_package(FORMS), in_each_package(others_than("the panel"))),
]
# They may import what customers/search/__init__.py does not export. This file only names modules, in strings.
INSIDERS_OF_THE_SEARCH = (
    "benchmarks.plain_twins",
    "benchmarks.searches",
    "tests.customers.search",
    "tests.test_architecture",
)
# core.db.writes writes rows of whatever model its caller has.
WRITERS_OF_CUSTOMERS = ("core.db.writes", "customers.demo", "customers.loading", "customers.services")
MAX_CLASS_LINES = 150
MAX_FUNCTION_LINES = 50

# What is broken today. The list only shrinks: a line that is not needed any more fails.
NOT_YET: set[str] = set()


def broken_rules(sources):
    """A line for everything in the sources that breaks a rule of this file."""
    product = {name: text for name, text in sources.items() if is_below(name, PRODUCT)}
    writing = {
        name: text
        for name, text in product.items()
        if ".migrations" not in name and not is_below(name, WRITERS_OF_CUSTOMERS)
    }
    search = {name: text for name, text in product.items() if is_below(name, ["customers.search"])}
    rooms = circles(product, depth=2) | circles(product, depth=1)
    return (
        forbidden_imports(sources, ARROWS)
        | imports_of_migrations(product)
        | imports_past_the_door(sources, "customers.search", INSIDERS_OF_THE_SEARCH)
        | {f"{' ↔ '.join(circle)} is a circle" for circle in circles(sources) | rooms}
        | private_uses(sources)
        | writers_of_customers(writing)
        | too_long(search, max_class_lines=MAX_CLASS_LINES, max_function_lines=MAX_FUNCTION_LINES)
    )


@pytest.fixture(scope="module")
def broken_in_the_repository():
    return broken_rules(read_sources(ROOT))


def test_the_code_keeps_every_rule(broken_in_the_repository):
    assert sorted(broken_in_the_repository - NOT_YET) == []


def test_no_exception_outlives_its_reason(broken_in_the_repository):
    assert sorted(NOT_YET - broken_in_the_repository) == []


def test_all_modules_are_read():
    sources = read_sources(ROOT)
    assert {"manage", "core.dates", "customers", "customers.search", "tests.test_architecture"} <= set(sources)
    assert {name.partition(".")[0] for name in sources} >= {"accounts", "api", "benchmarks", "postgres", "scripts"}


def test_every_package_has_its_place():
    """A package that is in no layer would break no rule, whatever it imports."""
    unplaced = set(product_packages(ROOT)) - set(LAYERS)
    assert not unplaced, f"Give {sorted(unplaced)} a place in LAYERS of tests/test_architecture.py: CONTRIBUTING.md."


def test_mypy_reads_every_package():
    files = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["mypy"]["files"]
    unread = {*product_packages(ROOT), *TOOLS} - set(files)
    assert not unread, f"Add {sorted(unread)} to `files` of [tool.mypy] in pyproject.toml."


def test_the_packages_are_those_with_python_in_them(tmp_path):
    for path in (
        "notes/models.py",
        "tests/test_x.py",
        ".hidden/x.py",
        "examples/shop/x.py",
        "sdk/setup.py",
        "manage.py",
    ):
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).touch()
    assert product_packages(tmp_path) == ("notes",)
    assert set(product_packages(ROOT)) >= {"accounts", "api", "core", "customers", "postgres", "proyecta_admin"}


def test_only_migrations_are_without_types():
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["mypy"]
    ignored = [override["module"] for override in settings["overrides"] if override.get("ignore_errors")]
    assert settings["strict"] and ignored == [["*.migrations.*"]]


# Each rule, broken in a few lines. {module: source}, and the line that must come of it.
BROKEN = {
    "core → a product": (
        {"core.dates": "from accounts.models import User", "accounts.models": "class User: pass"},
        "core.dates imports accounts.models",
    ),
    "core → the server": (
        {"core.db.locks": "from postgres import server", "postgres.server": ""},
        "core.db.locks imports postgres.server",
    ),
    "postgres → a product": (
        {"postgres.checks": "import customers.models", "customers.models": ""},
        "postgres.checks imports customers.models",
    ),
    "replicas → a product": (
        {"replicas.pins": "from accounts.models import User", "accounts.models": ""},
        "replicas.pins imports accounts.models",
    ),
    "accounts → customers": (
        {"accounts.views": "from customers.services import create_customer", "customers.services": ""},
        "accounts.views imports customers.services",
    ),
    "accounts → api": (
        {"accounts.keys": "from api import keys", "api.keys": ""},
        "accounts.keys imports api.keys",
    ),
    "accounts → commerce": (
        {"accounts.views": "from commerce.models import Order", "commerce.models": ""},
        "accounts.views imports commerce.models",
    ),
    "api → customers": (
        {"api.errors": "from customers.exceptions import EmailTaken", "customers.exceptions": ""},
        "api.errors imports customers.exceptions",
    ),
    "api → commerce, which is not there": (
        {"api.errors": "import commerce.orders"},
        "api.errors imports commerce.orders",
    ),
    "customers → commerce": (
        {"customers.views": "from commerce import panels", "commerce.panels": ""},
        "customers.views imports commerce.panels",
    ),
    "commerce → operations": (
        {"commerce.services": "from operations.jobs import defer", "operations.jobs": ""},
        "commerce.services imports operations.jobs",
    ),
    "operations → proyecta_admin": (
        {"operations.jobs": "from proyecta_admin import site", "proyecta_admin.site": ""},
        "operations.jobs imports proyecta_admin.site",
    ),
    "the door of one package → another door of another": (
        {"commerce.api": "from customers.views import customer_list", "customers.views": ""},
        "commerce.api imports customers.views",
    ),
    "services of another package → requests": (
        {"commerce.services": "from django.http import HttpRequest"},
        "commerce.services imports django.http.HttpRequest",
    ),
    "customers → operations": (
        {"customers.services": "from operations.jobs import defer", "operations.jobs": ""},
        "customers.services imports operations.jobs",
    ),
    "customers → proyecta_admin": (
        {"customers.views": "from proyecta_admin.site import site", "proyecta_admin.site": ""},
        "customers.views imports proyecta_admin.site",
    ),
    "a product → tests": (
        {"customers.demo": "from tests.support.factories import make_app", "tests.support.factories": ""},
        "customers.demo imports tests.support.factories",
    ),
    "search → forms": (
        {"customers.search.planner": "from ..forms import CustomerForm", "customers.forms": ""},
        "customers.search.planner imports customers.forms",
    ),
    "search → filters": (
        {"customers.search": "from .criteria import x", "customers.search.criteria": "import django_filters"},
        "customers.search.criteria imports django_filters",
    ),
    "search → the filters of every list": (
        {"customers.search.planner": "from core.filters import read", "core.filters": ""},
        "customers.search.planner imports core.filters",
    ),
    "search → the lists of the panel": (
        {"customers.search.planner": "from core import lists", "core": "", "core.lists": ""},
        "customers.search.planner imports core.lists",
    ),
    "search → the handlers of requests": (
        {"customers.search.planner": "from django.core.handlers.wsgi import WSGIRequest"},
        "customers.search.planner imports django.core.handlers.wsgi.WSGIRequest",
    ),
    "services → the inside of the search": (
        {
            "customers.services": "from .search.planner import find_page",
            "customers.search": "from .planner import find_page",
            "customers.search.planner": "",
        },
        "customers.services imports customers.search.planner.find_page",
    ),
    "services → the search as a module, which leads inside": (
        {
            "customers.services": "from customers import search",
            "customers": "",
            "customers.search": "from .planner import find_page",
            "customers.search.planner": "",
        },
        "customers.services imports customers.search",
    ),
    "a test of the panel → a module of the search": (
        {
            "tests.customers.test_pages": "from customers.search import planner",
            "customers.search": "from .planner import find_page",
            "customers.search.planner": "",
        },
        "tests.customers.test_pages imports customers.search.planner",
    ),
    "a test → the inside of the search, by its path": (
        {"tests.conftest": 'path = "customers.search.planner.find_page"', "customers.search.planner": ""},
        "tests.conftest imports customers.search.planner.find_page",
    ),
    "search → requests": (
        {"customers.search.planner": "from django.http import HttpRequest"},
        "customers.search.planner imports django.http.HttpRequest",
    ),
    "services → requests": (
        {"customers.services": "from django.shortcuts import get_object_or_404"},
        "customers.services imports django.shortcuts.get_object_or_404",
    ),
    "panel → API": (
        {"customers.views": "from .api.schemas import CustomerOut", "customers.api.schemas": ""},
        "customers.views imports customers.api.schemas",
    ),
    "admin → panel": (
        {
            "customers.admin": "",
            "customers.admin.forms": "from ..pages import list_page",
            "customers.pages.list_page": "",
        },
        "customers.admin.forms imports customers.pages.list_page",
    ),
    "API → commands": (
        {"customers.api.routes": "from customers.importing.importer import run", "customers.importing.importer": ""},
        "customers.api.routes imports customers.importing.importer",
    ),
    "commands → admin": (
        {
            "customers.management.commands.import_customers": "from customers.admin import CustomerAdmin",
            "customers.admin": "",
        },
        "customers.management.commands.import_customers imports customers.admin",
    ),
    "admin → panel, in accounts": (
        {"accounts.admin.users": "from accounts.views import home", "accounts.views": ""},
        "accounts.admin.users imports accounts.views",
    ),
    "panel → commands, in accounts": (
        {"accounts.views.home": "from ..management import lookups", "accounts.management.lookups": ""},
        "accounts.views.home imports accounts.management.lookups",
    ),
    "the platform of the API → the panel": (
        {"api.developers": "from accounts.views import home", "accounts.views": ""},
        "api.developers imports accounts.views",
    ),
    "API → the panel of another package": (
        {"customers.api.routes": "from accounts.views import home", "accounts.views": ""},
        "customers.api.routes imports accounts.views",
    ),
    "services → forms": (
        {"customers.services": "from .forms import LABELS", "customers.forms": ""},
        "customers.services imports customers.forms",
    ),
    "services → commands, in accounts": (
        {"accounts.services": "from .management import lookups", "accounts.management.lookups": ""},
        "accounts.services imports accounts.management.lookups",
    ),
    "API → forms": (
        {"customers.api.schemas": "from ..forms import LABELS", "customers.forms": ""},
        "customers.api.schemas imports customers.forms",
    ),
    "forms → API": (
        {"customers.forms": "from .api.schemas import CustomerOut", "customers.api.schemas": ""},
        "customers.forms imports customers.api.schemas",
    ),
    "an import by importlib": (
        {"accounts.services": 'importlib.import_module("customers")', "customers": ""},
        "accounts.services imports customers",
    ),
    "a relative import by importlib": (
        {"accounts.services": 'import_module(".services", "customers")', "customers.services": ""},
        "accounts.services imports customers.services",
    ),
    "a relative import by importlib, by keywords": (
        {"accounts.services": 'import_module(name=".services", package="customers")', "customers.services": ""},
        "accounts.services imports customers.services",
    ),
    "a relative import by importlib, of the own package": (
        {"customers.services": 'import_module(".forms", __package__)', "customers.forms": ""},
        "customers.services imports customers.forms",
    ),
    "an import by __import__": (
        {"accounts.services": '__import__("customers")', "customers": ""},
        "accounts.services imports customers",
    ),
    "an import by Django's import_string": (
        {"core.environment": 'import_string("accounts.services.x")', "accounts.services": ""},
        "core.environment imports accounts.services",
    ),
    "an import inside a function": (
        {"api.v1": "def make():\n    from customers.api.routes import router", "customers.api.routes": ""},
        "api.v1 imports customers.api.routes",
    ),
    "an import for types only": (
        {
            "api.keys": "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from customers.models import Customer",
            "customers.models": "",
        },
        "api.keys imports customers.models",
    ),
    "a dotted path in a string": (
        {"core.environment": 'MIDDLEWARE = ["accounts.middleware.PersonMiddleware"]', "accounts.middleware": ""},
        "core.environment imports accounts.middleware",
    ),
    "a model by its name": (
        {"api.models": 'customer = models.ForeignKey("customers.Customer", CASCADE)', "customers.models": ""},
        "api.models imports customers.models",
    ),
    "a model of the registry": (
        {"accounts.services": 'apps.get_model("customers", "Customer")', "customers.models": ""},
        "accounts.services imports customers.models",
    ),
    "a model of the registry, by keywords": (
        {
            "accounts.services": 'apps.get_model(app_label="customers", model_name="Customer")',
            "customers.models": "",
        },
        "accounts.services imports customers.models",
    ),
    "a model of the registry, by its app": (
        {"accounts.services": 'apps.get_app_config("customers").get_model("Customer")', "customers.models": ""},
        "accounts.services imports customers.models",
    ),
    "migrations → live code, by Django's import_string": (
        {"customers.migrations.0002_more": 'import_string("accounts.services.x")', "accounts.services": ""},
        "customers.migrations.0002_more imports accounts.services.x",
    ),
    "migrations → live code": (
        {"customers.migrations.0002_more": "from customers.search.words import fold", "customers.search.words": ""},
        "customers.migrations.0002_more imports customers.search.words.fold",
    ),
    "migrations → live code, by dots": (
        {"accounts.migrations.0002_more": "from ..models import User", "accounts.models": ""},
        "accounts.migrations.0002_more imports accounts.models.User",
    ),
    "migrations → a library": (
        {"customers.migrations.0002_more": "import phonenumbers"},
        "customers.migrations.0002_more imports phonenumbers",
    ),
    "two files in a circle": (
        {"accounts.a": "from .b import x", "accounts.b": "def f():\n    from . import a", "accounts": ""},
        "accounts.a ↔ accounts.b is a circle",
    ),
    "three files in a circle": (
        {"core.a": "import core.b", "core.b": "import core.c", "core.c": "import core.a"},
        "core.a ↔ core.b ↔ core.c is a circle",
    ),
    "two rooms in a circle of no two files": (
        {
            "customers.values.ids": "from ..search import words",
            "customers.search.words": "",
            "customers.search.planner": "from ..values import emails",
            "customers.values.emails": "",
        },
        "customers.search ↔ customers.values is a circle",
    ),
    "two packages in a circle of no two files": (
        {
            "replicas.pins": "import postgres.server",
            "postgres.server": "",
            "postgres.checks": "import replicas.watch",
            "replicas.watch": "",
        },
        "postgres ↔ replicas is a circle",
    ),
    "a private name imported by a test": (
        {"tests.core.test_dates": "from core.dates import _parse", "core.dates": ""},
        "tests.core.test_dates uses core.dates._parse",
    ),
    "a private attribute of a module": (
        {
            "tests.test_search": "from customers.search import planner\nplanner._Search(1)",
            "customers.search.planner": "",
        },
        "tests.test_search uses customers.search.planner._Search",
    ),
    "a private attribute of a class": (
        {"tests.test_watch": "from replicas.watch import Watch\nWatch()._look()", "replicas.watch": ""},
        "tests.test_watch uses replicas.watch.Watch._look",
    ),
    "a private name patched": (
        {
            "tests.test_search": 'from customers.search import planner\nmonkeypatch.setattr(planner, "_ways", None)',
            "customers.search.planner": "",
        },
        "tests.test_search uses customers.search.planner._ways",
    ),
    "a private name patched by its path": (
        {"tests.test_search": 'monkeypatch.setattr("customers.search.planner._ways", None)'},
        "tests.test_search uses customers.search.planner._ways",
    ),
    "private names patched together": (
        {
            "tests.test_watch": "from replicas import watch\nmock.patch.multiple(watch, _look=None)",
            "replicas.watch": "",
        },
        "tests.test_watch uses replicas.watch._look",
    ),
    "private names patched together by their path": (
        {"tests.test_watch": 'mock.patch.multiple("replicas.watch", _look=None)'},
        "tests.test_watch uses replicas.watch._look",
    ),
    "a private name patched by keywords": (
        {
            "tests.test_watch": 'from replicas import watch\nmonkeypatch.setattr(target=watch, name="_look", value=1)',
            "replicas.watch": "",
        },
        "tests.test_watch uses replicas.watch._look",
    ),
    "a private name patched by an object and keywords": (
        {
            "tests.test_watch": 'from replicas import watch\nmock.patch.object(watch, attribute="_look")',
            "replicas.watch": "",
        },
        "tests.test_watch uses replicas.watch._look",
    ),
    "a private module of the SDK": (
        {"tests.sdk.test_requests": "from proyecta._transport import Transport"},
        "tests.sdk.test_requests uses proyecta._transport.Transport",
    ),
    "a view that creates": (
        {"customers.views": "def add(request):\n    models.Customer.objects.create(app=1)"},
        "customers.views writes customers",
    ),
    "a view that saves": (
        {"customers.views": "Customer(app=app, name=name).save()"},
        "customers.views writes customers",
    ),
    "SQL that writes": (
        {"accounts.services": "sql = 'DELETE FROM \"customers_customer\" WHERE app_id = %s'"},
        "accounts.services writes customers",
    ),
    "SQL that is put together": (
        {"customers.importing.importer": "sql = f'UPDATE {CUSTOMERS_TABLE} SET version = 2'"},
        "customers.importing.importer writes customers",
    ),
    "a class without end": (
        {"customers.search.planner": "class Planner:\n" + "    x = 1\n" * 150},
        "customers.search.planner.Planner has 151 lines",
    ),
    "a function without end": (
        {"customers.search.planner": "def plan():\n" + "    x = 1\n" * 50},
        "customers.search.planner.plan has 51 lines",
    ),
}


@pytest.mark.parametrize(("sources", "line"), BROKEN.values(), ids=BROKEN)
def test_a_broken_rule_is_told(sources, line):
    assert line in broken_rules(sources)


def test_every_arrow_is_tried():
    tried = set()
    for sources, line in BROKEN.values():
        tried |= {arrow.name for arrow in ARROWS if line in forbidden_imports(sources, [arrow])}
    assert {arrow.name for arrow in ARROWS} - tried == set()


KEPT = {
    "what proyecta_admin is for": {"proyecta_admin.urls": "import customers.urls", "customers.urls": ""},
    "a tool that starts the product": {"scripts.cluster": "import proyecta_admin.serve", "proyecta_admin.serve": ""},
    "a logger": {"core.overload": 'logger = getLogger("api.access")', "api": "", "api.middleware": ""},
    "a circle for types only": {
        "accounts.a": "from .b import B",
        "accounts.b": "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from .a import A",
    },
    "rooms that share models": {
        "customers.services": "from .search import plan",
        "customers.search": "from .planner import plan",
        "customers.search.planner": "from ..models import Customer",
        "customers.models": "",
    },
    "a test and a benchmark of the search": {
        "tests.customers.search.test_ways": "from customers.search.grams import grams_of",
        "benchmarks.searches": "from customers.search.grams import grams_of",
        "customers.search.grams": "",
    },
    "an admin with the panel's form": {
        "customers.admin.forms": "from customers.forms import CustomerForm",
        "customers.forms": "",
    },
    "a module of Python's or Django's by its name": {
        "accounts.models": "import_module(settings.SESSION_ENGINE)\nimport_string('django.forms.Form')",
    },
    "migrations of Django": {
        "customers.migrations.0002_more": "import re\nfrom django.db import migrations, models\n"
        'models.ForeignKey("accounts.App", models.CASCADE)',
        "accounts.models": "",
    },
    "a class's own private name": {
        "tests.core.test_dates": "class Clock:\n    def now(self):\n        return self._now"
    },
    "a private name of the same package": {"core.folding": "from .invisible import _marks", "core.invisible": ""},
    "the writer": {"customers.services": "sql = f'UPDATE {TABLE} SET version = 2'"},
    "a list of customers": {"customers.views": "Customer.objects.filter(app=app).update_or_nothing()"},
}


@pytest.mark.parametrize("sources", KEPT.values(), ids=KEPT)
def test_what_is_allowed_is_not_told(sources):
    assert broken_rules(sources) == set()

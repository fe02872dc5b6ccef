"""What must not import what, and who may write customers. How imports are read is in tests/support/architecture.py.

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
# The packages with objects, pages and calls of their own. The rules for doors and services hold for each.
RESOURCE_PACKAGES = LAYERS[LAYERS.index("api") + 1 : LAYERS.index("proyecta_admin")]
DOORS = {
    "the panel": ("pages", "urls", "views"),
    "Django's admin": ("admin",),
    "the HTTP API": ("api",),
    "the commands": ("importing", "management"),
}
SERVICES = ("counts", "exceptions", "filters", "loading", "models", "providers", "serialization", "services", "values")
REQUESTS = ("django.contrib.messages", "django.http", "django.shortcuts", "ninja")


def in_each_resource_package(modules):
    return tuple(f"{package}.{module}" for package in RESOURCE_PACKAGES for module in modules)


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
            "customers.filters",
            "customers.forms",
            "django.forms",
            "django_filters",
        ),
    ),
    Arrow("the services know no requests", in_each_resource_package(SERVICES), REQUESTS),
    *(
        Arrow(
            f"{door} is a door of its own",
            in_each_resource_package(modules),
            in_each_resource_package(module for other in DOORS.values() if other != modules for module in other),
        )
        for door, modules in DOORS.items()
    ),
]
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
        "customers.services": "from .search.planner import plan",
        "customers.search.planner": "from ..models import Customer",
        "customers.models": "",
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

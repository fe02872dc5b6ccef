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
    all_imports,
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
from tests.support.broken_architecture import BROKEN

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
# Modules below a package with doors that are neither a door nor a service. They know no doors either.
OTHERS = (
    *("access", "apps", "backends", "clearing", "context_processors", "fields", "hashing", "keys", "lockout"),
    *("middleware", "people", "sessions", "validators"),
    *("demo", "samples", "search"),
)
# Without a rule: Django finds them by name.
MIGRATIONS = ("migrations",)
# All that the search may import of Django and of the ground.
GROUND_OF_THE_SEARCH = ("core.db.prepared", "core.db.sql", "core.folding", "core.invisible", "core.pagination")
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
        "the rest of a package knows no doors",
        in_each_package(OTHERS),
        in_each_package([*FORMS, *(module for modules in DOORS.values() for module in modules)]),
    ),
    Arrow(
        "forms are for people",
        (*in_each_package(DOORS["the HTTP API"] + DOORS["the commands"]), "api"),
        in_each_package(FORMS),
    ),
    Arrow("forms know no doors", in_each_package(FORMS), in_each_package(others_than("the panel"))),
]
# They may import what customers/search/__init__.py does not export. The last two only name modules, in strings.
INSIDERS_OF_THE_SEARCH = (
    "benchmarks.plain_twins",
    "benchmarks.searches",
    "tests.customers.search",
    "tests.support.broken_architecture",
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


def test_every_module_of_a_package_with_doors_has_its_place():
    """A new module in no list would break no rule, whatever it imports."""
    places = {*SERVICES, *FORMS, *OTHERS, *MIGRATIONS, *(module for modules in DOORS.values() for module in modules)}
    unplaced = {
        name
        for name in read_sources(ROOT)
        if is_below(name, [package for package in PACKAGES_WITH_DOORS if package != "api"])
        and name.count(".") == 1
        and name.partition(".")[2] not in places
    }
    assert not unplaced, f"Give {sorted(unplaced)} a place in the lists of tests/test_architecture.py: CONTRIBUTING.md."


def test_the_search_stands_on_little_ground():
    """A rule that names what is forbidden misses the next module."""
    others = {
        one.target
        for one in all_imports({n: t for n, t in read_sources(ROOT).items() if is_below(n, ["customers.search"])})
        if is_below(one.target, ["core", "django"]) and not is_below(one.target, GROUND_OF_THE_SEARCH)
    }
    assert others == set()


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

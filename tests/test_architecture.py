"""The arrows between modules run one way, and nobody but the services writes a customer."""

import ast
import re
from pathlib import Path

ROOT = Path(__file__).parent.parent

# A module may import from those named after it. `customers.*` that stands nowhere here fails the test.
ARROWS = {
    "customers.text": set(),
    "customers.ids": set(),
    "customers.apps": {"bulk"},
    "customers.exceptions": set(),
    "customers.countries": {"text"},
    "customers.phones": set(),
    "customers.emails": set(),
    "customers.converters": {"ids"},
    "customers.models": set(),
    "customers.fields": {"countries", "emails", "models", "phones", "text"},
    "customers.search": {"emails", "models", "sql", "text"},
    "customers.sql": set(),
    "customers.filters": {"emails", "models", "search", "sql", "text"},
    "customers.pagination": {"exceptions", "sql"},
    "customers.rows": {"counts", "models", "sql"},
    "customers.search_plan": {"buckets", "counts", "rows", "search", "sql"},
    "customers.buckets": {"sql"},
    "customers.counts": {"filters", "models"},
    "customers.services": {"counts", "exceptions", "fields", "filters", "ids", "models", "pagination", "search_plan"},
    "customers.indexes": {"models"},
    "customers.bulk": {"ids", "indexes", "models"},
    "customers.presentation": {"countries", "phones", "text", "ids"},
    "customers.samples": set(),
    "customers.overview": {"counts", "models", "presentation"},
    "customers.forms": {"countries", "models"},
    "customers.list_page": {"exceptions", "filters", "pagination", "presentation", "services"},
    "customers.views": {"exceptions", "forms", "list_page", "overview", "presentation", "samples", "services"},
    "customers.urls": {"converters", "views"},
}
# Doors: they may use everything in customers but each other.
DOORS = ("customers.admin", "customers.api", "customers.demo", "customers.importing", "customers.management")
WRITERS = (
    "customers/services.py",
    "customers/bulk.py",
    "customers/demo",
    "customers/migrations",
    "customers/management",
)


def modules(package):
    for path in sorted((ROOT / package).rglob("*.py")):
        if "migrations" not in path.parts and path.name != "__init__.py":
            yield ".".join(path.relative_to(ROOT).with_suffix("").parts), path


def imports(name, path):
    """The full names of what the module imports from this repository."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = (
                ".".join(name.split(".")[: -node.level] + ([node.module] if node.module else []))
                if node.level
                else node.module
            )
            yield from (f"{base}.{alias.name}" for alias in node.names)


def test_arrows_between_modules_run_one_way():
    wrong = []
    for name, path in modules("customers"):
        if name.startswith(DOORS):
            continue
        for imported in imports(name, path):
            parts = imported.split(".")
            if (
                parts[0] == "customers"
                and parts[1] not in ARROWS.get(name, ())
                or parts[0] == "proyecta_admin"
                or imported.startswith("accounts.")
                and name not in ARROWS
            ):
                wrong.append(f"{name} imports {imported}")
        if name not in ARROWS:
            wrong.append(f"{name} has no place in the table of this test")
    for name, path in modules("accounts"):
        wrong += [f"{name} imports {imported}" for imported in imports(name, path) if imported.startswith("customers")]
    for name, path in modules("replicas"):
        wrong += [f"{name} imports {one}" for one in imports(name, path) if one.startswith(("customers", "accounts"))]
    # Where a row is read is the router's to say, and the doors' to ask for.
    for package in ("accounts", "customers"):
        for name, path in modules(package):
            found = [one for one in imports(name, path) if one.startswith("replicas")]
            if found and name not in ("accounts.models", "customers.api.middleware"):
                wrong.append(f"{name} imports {found}")
    assert wrong == []


def test_services_know_nothing_of_requests():
    inner = (
        "text",
        "ids",
        "exceptions",
        "models",
        "fields",
        "search",
        "filters",
        "pagination",
        "rows",
        "search_plan",
        "sql",
        "services",
        "bulk",
    )
    for name, path in modules("customers"):
        if name.split(".")[1] in inner:
            for imported in imports(name, path):
                assert not imported.startswith(
                    ("django.http", "django.contrib.messages", "ninja", "django.shortcuts")
                ), name


def test_only_the_services_write_customers():
    writing = re.compile(
        r"Customer\.objects\.(create|bulk_create|update|get_or_create|update_or_create)|INTO \"?customers_customer"
    )
    for name, path in modules("customers"):
        where = str(path.relative_to(ROOT))
        if not where.startswith(WRITERS):
            assert not writing.search(path.read_text()), f"{name} writes customers past the services"

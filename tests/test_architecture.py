"""The arrows between modules run one way, and nobody but the services writes a customer."""

import ast
import re
from pathlib import Path

ROOT = Path(__file__).parent.parent

# What a package must never import.
FORBIDDEN = {
    "core": ("accounts", "api", "customers", "postgres", "proyecta_admin", "replicas"),
    "postgres": ("accounts", "api", "customers", "proyecta_admin", "replicas"),
    "replicas": ("accounts", "api", "customers", "proyecta_admin"),
    "accounts": ("api", "customers", "proyecta_admin"),
    "customers": ("proyecta_admin",),
}
WRITERS = (
    "customers/services.py",
    "customers/loading/bulk.py",
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


def test_arrows_between_packages_run_one_way():
    wrong = []
    for package, forbidden in FORBIDDEN.items():
        for name, path in modules(package):
            wrong += [f"{name} imports {one}" for one in imports(name, path) if one.split(".")[0] in forbidden]
    assert wrong == []


def test_services_know_nothing_of_requests():
    inner = ("exceptions", "models", "values", "search", "filters", "services", "loading", "counts")
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

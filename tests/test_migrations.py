"""Migrations are frozen: they import Django only, and describe the models completely."""

import ast
from pathlib import Path

import pytest
from django.core.management import call_command
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from tests.support.architecture import DYNAMIC_IMPORTS
from tests.support.migrating import apps_with_migrations, migrate_by_the_old_files

ROOT = Path(__file__).parent.parent
MIGRATIONS = sorted(
    path
    for path in ROOT.glob("*/**/migrations/*.py")
    if path.name != "__init__.py" and not path.relative_to(ROOT).parts[0].startswith((".", "build", "examples"))
)
# The squashed one and one that came after it. More: squash again.
MOST_OF_AN_APP = 2


def imported_by(source):
    """The full names of all that a module imports, by statements or by the functions that import."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield "." * node.level + (node.module or "")
            yield from (alias.name for alias in node.names if alias.name in DYNAMIC_IMPORTS)
        elif isinstance(node, ast.Name | ast.Attribute):
            name = node.id if isinstance(node, ast.Name) else node.attr
            if name in DYNAMIC_IMPORTS:
                yield name


def foreign(source):
    """Its imports beside Django and the standard modules that field arguments need."""
    return [name for name in imported_by(source) if name.split(".")[0] not in ("django", "re", "datetime")]


def test_migrations_import_django_only():
    assert len(MIGRATIONS) > 15
    found = {str(path.relative_to(ROOT)): foreign(path.read_text()) for path in MIGRATIONS}
    assert {path: names for path, names in found.items() if names} == {}


@pytest.mark.parametrize(
    "source",
    [
        "import accounts.models",
        "from customers.search.buckets import FUNCTION",
        "from . import other",
        "from importlib import import_module",
        "import importlib; importlib.import_module('customers.migrations.0001_functions')",
        "from django.utils.module_loading import import_string as load",
        "from django.utils import module_loading; module_loading.import_string('accounts.services.x')",
        "__import__('accounts.services')",
        "def forwards(apps, editor):\n    from customers.counts import recount",
    ],
)
def test_an_import_of_live_code_is_seen(source):
    assert foreign(source)


@pytest.mark.django_db
def test_the_migrations_describe_the_models():
    call_command("makemigrations", check=True, dry_run=True, verbosity=0)


@pytest.mark.django_db
def test_a_new_database_runs_one_migration_of_each_app_or_little_more():
    executor = MigrationExecutor(connection)
    plan = executor.migration_plan(executor.loader.graph.leaf_nodes(), clean_start=True)
    apps = [migration.app_label for migration, _ in plan]
    for app in apps_with_migrations():
        assert 1 <= apps.count(app) <= MOST_OF_AN_APP, app


@pytest.mark.django_db(transaction=True)
def test_an_app_that_depends_on_a_squashed_migration_lets_the_old_states_be_reached(settings):
    """Its foreign key once made `migrate` fail with InconsistentMigrationHistory after a step back."""
    settings.INSTALLED_APPS = [*settings.INSTALLED_APPS, "tests.support.later_app"]
    try:
        call_command("migrate", verbosity=0)
        migrate_by_the_old_files(("customers", "0010_countries_validated"))
        assert "later_app_note" not in connection.introspection.table_names()
        call_command("migrate", verbosity=0)
        assert "later_app_note" in connection.introspection.table_names()
    finally:
        call_command("migrate", verbosity=0)
        call_command("migrate", "later_app", "zero", verbosity=0)

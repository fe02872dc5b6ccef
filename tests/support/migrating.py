"""Bringing a database to a state that squashed migrations passed over."""

from pathlib import Path

from django.apps import apps
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from scripts.packages import product_packages


def apps_with_migrations():
    """The labels of our apps that have migrations, in the order of INSTALLED_APPS."""
    return [
        config.label
        for config in apps.get_app_configs()
        if config.name in product_packages() and (Path(config.path) / "migrations").is_dir()
    ]


def migrate_by_the_old_files(*state):
    """Forth or back to these (app label, name), by the migrations that a squashed one replaces."""
    executor = MigrationExecutor(connection)
    executor.loader.replace_migrations = False
    executor.loader.build_graph()
    # A migration of another app that depends on a squashed one then depends on the last that it replaces. It is taken
    # back with it, and the next `migrate` applies both again.
    for key, migration in list(executor.loader.disk_migrations.items()):
        if migration.replaces:
            executor.loader.graph.remove_replacement_node(key, migration.replaces)
    executor.migrate(list(state))

"""Bringing a database to a state that squashed migrations passed over."""

from django.db import connection
from django.db.migrations.executor import MigrationExecutor


def migrate_by_the_old_files(*state):
    """Forth or back to these (app label, name), by the migrations that a squashed one replaces."""
    executor = MigrationExecutor(connection)
    executor.loader.replace_migrations = False
    executor.loader.build_graph()
    executor.migrate(list(state))

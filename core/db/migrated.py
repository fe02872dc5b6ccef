"""Whether the database has the migrations of this code."""

from django.db import connection
from django.db.migrations.executor import MigrationExecutor


def lacks_migrations() -> bool:
    """Return whether a migration of this code has not been applied. Raises django.db.Error."""
    executor = MigrationExecutor(connection)
    return bool(executor.migration_plan(executor.loader.graph.leaf_nodes()))

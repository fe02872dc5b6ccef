from django.apps import AppConfig
from django.db.models.signals import post_migrate


class CustomersConfig(AppConfig):
    name = "customers"

    def ready(self):
        post_migrate.connect(_put_indexes_right, sender=self)


def _put_indexes_right(*, using, **_):
    """What an import that was killed has left, see bulk.loading_in_bulk(): mended by the next start, which migrates."""
    from django.db import DEFAULT_DB_ALIAS, connections
    from django.db.migrations.loader import MigrationLoader

    if using != DEFAULT_DB_ALIAS:
        return
    loader = MigrationLoader(connections[using])
    # Migrated to a state in the past, some of the indexes may not be there yet.
    if all(leaf in loader.applied_migrations for leaf in loader.graph.leaf_nodes("customers")):
        from .bulk import end_loading

        end_loading()

from django.apps import AppConfig
from django.db.models.signals import post_migrate


class CustomersConfig(AppConfig):
    name = "customers"

    def ready(self):
        post_migrate.connect(_put_indexes_right, sender=self)


def _put_indexes_right(*, using, **_):
    """What an import that was killed has left, see bulk.loading_in_bulk(): mended by the next start, which migrates."""
    from django.db import DEFAULT_DB_ALIAS

    from .loading.bulk import end_loading

    if using == DEFAULT_DB_ALIAS:
        end_loading()

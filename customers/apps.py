from django.apps import AppConfig
from django.db.models.signals import post_migrate


class CustomersConfig(AppConfig):
    name = "customers"

    def ready(self) -> None:
        post_migrate.connect(_restore_indexes, sender=self)


def _restore_indexes(*, using: str, **_: object) -> None:
    """Restore the indexes that a killed import has left changed: each start of the product migrates."""
    from django.db import DEFAULT_DB_ALIAS

    from .loading.bulk import end_loading

    if using == DEFAULT_DB_ALIAS:
        end_loading()

from typing import Any

from django.apps import AppConfig
from django.db import DEFAULT_DB_ALIAS
from django.db.models.signals import post_migrate


class CustomersConfig(AppConfig):
    name = "customers"

    def ready(self) -> None:
        post_migrate.connect(_mend_indexes, sender=self)


def _mend_indexes(*, using: str, **_: Any) -> None:
    """Make the indexes that a killed import has left dropped: every start migrates. See loading_in_bulk()."""
    # Imports the models, which are not there yet when this module is imported.
    from .loading.bulk import end_loading

    if using == DEFAULT_DB_ALIAS:
        end_loading()

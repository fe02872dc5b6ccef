"""Database router: the apps of APPS_READ_FROM_REPLICAS are read from a replica, everything else from the primary."""

from typing import Any

from django.conf import settings
from django.db import DEFAULT_DB_ALIAS
from django.db.models import Model

from .reading import current


class Router:
    """Django's database router if there are replicas."""

    def db_for_read(self, model: type[Model], **hints: Any) -> str:
        reading = current() if model._meta.app_label in settings.APPS_READ_FROM_REPLICAS else None
        return reading.alias if reading else DEFAULT_DB_ALIAS

    def db_for_write(self, model: type[Model], **hints: Any) -> str:
        return DEFAULT_DB_ALIAS

    def allow_relation(self, first: Model, second: Model, **hints: Any) -> bool:
        # The rows are the same, whichever database they were read from.
        return True

    def allow_migrate(self, alias: str, app_label: str, **hints: Any) -> bool:
        return alias == DEFAULT_DB_ALIAS

"""Which database a model is read from and written to."""

from django.db import DEFAULT_DB_ALIAS

from .reading import current

# Who may do what, sessions and keys are asked of the primary: what is revoked there is revoked at once.
ON_REPLICAS = {"customers"}


class Router:
    """Django's router where there are replicas."""

    def db_for_read(self, model, **hints):
        reading = current() if model._meta.app_label in ON_REPLICAS else None
        return reading.alias if reading else DEFAULT_DB_ALIAS

    def db_for_write(self, model, **hints):
        return DEFAULT_DB_ALIAS

    def allow_relation(self, first, second, **hints):
        # The same rows, wherever they were read.
        return True

    def allow_migrate(self, alias, app_label, **hints):
        return alias == DEFAULT_DB_ALIAS

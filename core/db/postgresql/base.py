"""The backend itself. Django finds DatabaseWrapper by the ENGINE of settings.DATABASES."""

from typing import Any

from django.conf import settings
from django.db.backends.base.base import NO_DB_ALIAS
from django.db.backends.postgresql import base

from core.db import limits
from core.db.pool import ConnectionPool


class DatabaseWrapper(base.DatabaseWrapper):
    @property
    def pool(self) -> ConnectionPool | None:
        """The pool of this process, made with the arguments in OPTIONS["pool"]; None without them."""
        options = self.settings_dict["OPTIONS"].get("pool")
        if self.alias == NO_DB_ALIAS or not options:
            return None
        pools: dict[str, Any] = self._connection_pools  # type: ignore[attr-defined]  # unknown to django-stubs
        if self.alias not in pools:
            # Django turns autocommit off and on itself.
            parameters = {**self.get_connection_params(), "autocommit": True}
            configure = self._configure_connection  # type: ignore[attr-defined]  # the same
            pool = ConnectionPool(parameters, configure=configure, **options)
            # Of several threads that come first at once, one stores its pool.
            pools.setdefault(self.alias, pool)
        found: ConnectionPool = pools[self.alias]
        return found

    def get_connection_params(self) -> dict[str, Any]:
        parameters: dict[str, Any] = super().get_connection_params()
        if limits.are_set() and not settings.PGBOUNCER:
            # Those in DATABASE_URL come last, and win.
            parameters["options"] = f"{limits.SESSION_OPTIONS} {parameters.get('options', '')}".strip()
        return parameters

    def set_autocommit(self, autocommit: bool, force_begin_transaction_with_broken_autocommit: bool = False) -> None:
        super().set_autocommit(autocommit, force_begin_transaction_with_broken_autocommit)
        if not autocommit and limits.are_set() and settings.PGBOUNCER:
            # PgBouncer refuses options of a session. These end with the transaction.
            with self.cursor() as cursor:
                cursor.execute(limits.LIMIT_TRANSACTION)

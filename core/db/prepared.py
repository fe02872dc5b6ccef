"""Instances of a model from prepared statements, for the few queries of every request. All other queries use the ORM.

The ORM compiles its SQL anew for each query, and PostgreSQL plans it anew, which takes longer than to run it. With
statements that are not prepared, the list page takes 23 % longer, and GET by id 38 % (docs/decisions/0012).
"""

from collections.abc import Sequence
from functools import cache
from types import SimpleNamespace
from typing import Any, TypeVar, cast

import psycopg
from django.db import connection, connections, router
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.utils import CursorWrapper
from django.db.models import Model
from psycopg.rows import TupleRow

AnyModel = TypeVar("AnyModel", bound=Model)
Row = tuple[Any, ...]


class PreparingCursor(psycopg.Cursor[TupleRow]):
    """Has the session keep each statement with its plan, and reads results in binary, which is faster.

    Only for statements whose best plan does not depend on their parameters. Behind PgBouncer the connection prepares
    nothing: see `prepare_threshold` in the settings.
    """

    def execute(self, query: Any, params: Any = None) -> "PreparingCursor":  # type: ignore[override]
        return super().execute(query, params, prepare=True, binary=True)


class LoggedPreparingCursor(PreparingCursor):
    """A PreparingCursor for connections that log their queries: Django reads the executed SQL from `_query`."""

    def execute(self, query: Any, params: Any = None) -> "PreparingCursor":  # type: ignore[override]
        super().execute(query, params)
        sql = psycopg.ClientCursor(self.connection).mogrify(query, params).encode()
        self._query = cast(Any, SimpleNamespace(query=sql))
        return self


@cache
def columns(model: type[Model], table: str = "") -> str:
    """Return the columns of the model as SQL, in the order that instance_of() takes.

    table: the alias of the table, for a statement with several.
    """
    names = [connection.ops.quote_name(str(field.column)) for field in model._meta.concrete_fields]
    return ", ".join(f"{table}.{name}" if table else name for name in names)


@cache
def _attributes(model: type[Model]) -> list[str]:
    return [field.attname for field in model._meta.concrete_fields]


@cache
def select(model: type[Model], where: str) -> str:
    """Return a SELECT for one_row(). where: SQL with a %s for each parameter."""
    return f"SELECT {columns(model)} FROM {connection.ops.quote_name(model._meta.db_table)} WHERE {where} LIMIT 1"


def reading(model: type[Model]) -> BaseDatabaseWrapper:
    """Return the connection from which to read rows of the model: to a replica if the request may use one."""
    return connections[router.db_for_read(model)]


def preparing_cursor(connection: BaseDatabaseWrapper) -> CursorWrapper:
    """Return a cursor that prepares its statements, on one of Django's connections."""
    connection.ensure_connection()
    if connection.queries_logged:
        return connection.make_debug_cursor(cast(Any, LoggedPreparingCursor(connection.connection)))
    return connection.make_cursor(cast(Any, PreparingCursor(connection.connection)))


def first_row(connection: BaseDatabaseWrapper, sql: str, params: Sequence[Any]) -> Row | None:
    """Return the first row of a prepared statement, or None."""
    with preparing_cursor(connection) as cursor:
        cursor.execute(sql, params)
        row: Row | None = cursor.fetchone()
        return row


def all_rows(connection: BaseDatabaseWrapper, sql: str, params: Sequence[Any]) -> list[Row]:
    """Return all rows of a prepared statement."""
    with preparing_cursor(connection) as cursor:
        cursor.execute(sql, params)
        rows: list[Row] = cursor.fetchall()
        return rows


def one_row(model: type[AnyModel], sql: str, params: Sequence[Any]) -> AnyModel | None:
    """Return the instance in the first row of a prepared statement, or None. The statement selects columns(model)."""
    row = first_row(reading(model), sql, params)
    return None if row is None else instance_of(model, row)


def instance_of(model: type[AnyModel], row: Sequence[Any]) -> AnyModel:
    """Return the instance that a row of columns(model) stands for. JSON in it is decoded already."""
    return model.from_db(connection.alias, _attributes(model), row)

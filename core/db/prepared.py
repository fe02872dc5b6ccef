"""Rows of a table by SQL that is written once: to have the ORM write it anew each time takes longer than to run it, and
so does to have PostgreSQL plan it anew.

For what every request asks. Everything else asks the ORM.
"""

from functools import cache
from types import SimpleNamespace

import psycopg
from django.db import connection, connections, router
from django.db.models.base import ModelState


class KeptStatements(psycopg.Cursor):
    """Has the session keep each statement with its plan, and takes what it gives in binary, which is read faster.

    Only for statements whose best plan is the same whatever the parameters. Behind PgBouncer nothing is kept, see the
    settings.
    """

    def execute(self, query, params=None):
        return super().execute(query, params, prepare=True, binary=True)


class LoggedStatements(KeptStatements):
    """The same where Django logs all statements: it looks for what was executed in `_query`."""

    def execute(self, query, params=None):
        super().execute(query, params)
        self._query = SimpleNamespace(query=psycopg.ClientCursor(self.connection).mogrify(query, params).encode())
        return self


@cache
def columns(model, table=""):
    """The columns of `model` as SQL, in the order of instance_of(). table: its name in the statement, where that has
    several."""
    names = [connection.ops.quote_name(field.column) for field in model._meta.concrete_fields]
    return ", ".join(f"{table}.{name}" if table else name for name in names)


@cache
def _attributes(model):
    return [field.attname for field in model._meta.concrete_fields]


@cache
def select(model, where):
    """A SELECT for one_row(). where: SQL with a %s for each parameter."""
    return f"SELECT {columns(model)} FROM {connection.ops.quote_name(model._meta.db_table)} WHERE {where} LIMIT 1"


def reading(model):
    """The connection to read rows of `model` by: of a replica, where there are any and the request may."""
    return connections[router.db_for_read(model)]


def kept(connection):
    """A cursor of KeptStatements on one of Django's connections."""
    connection.ensure_connection()
    if connection.queries_logged:
        return connection.make_debug_cursor(LoggedStatements(connection.connection))
    return connection.make_cursor(KeptStatements(connection.connection))


def first_row(connection, sql, params):
    """The first row that a kept statement gives, as a tuple, or None."""
    with kept(connection) as cursor:
        cursor.execute(sql, params)
        return cursor.fetchone()


def all_rows(connection, sql, params):
    """All rows that a kept statement gives, as tuples."""
    with kept(connection) as cursor:
        cursor.execute(sql, params)
        return cursor.fetchall()


def one_row(model, sql, params):
    """The instance of `model` in the first row that the kept statement gives, or None. It gives columns(model)."""
    row = first_row(reading(model), sql, params)
    return None if row is None else instance_of(model, row)


def instance_of(model, row):
    """The instance of `model` that a row of columns(model) is. Its fields hold what psycopg reads, JSON in binary.

    As Model.from_db() makes it, in a sixth of the time: without the signals of __init__(), which nobody waits for.
    """
    instance = model.__new__(model)
    instance._state = ModelState()
    instance._state.adding, instance._state.db = False, connection.alias
    vars(instance).update(zip(_attributes(model), row, strict=True))
    return instance

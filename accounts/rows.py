"""One row of a table by SQL that is written once: to have the ORM write it anew each time takes longer than to run it.

For what every request asks. Everything else asks the ORM.
"""

from functools import cache

from django.db import connection, connections, router


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
def _converted(model):
    """(place, field) of those that come otherwise from the database than the model has them."""
    return [(n, field) for n, field in enumerate(model._meta.concrete_fields) if hasattr(field, "from_db_value")]


@cache
def select(model, where):
    """A SELECT for one_row(). where: SQL with a %s for each parameter."""
    return f"SELECT {columns(model)} FROM {connection.ops.quote_name(model._meta.db_table)} WHERE {where}"


def reading(model):
    """The connection to read rows of `model` by: of a replica, where there are any and the request may."""
    return connections[router.db_for_read(model)]


def one_row(model, sql, params):
    """The instance of `model` in the first row that the statement gives, or None. It gives columns(model)."""
    with reading(model).cursor() as cursor:
        cursor.execute(sql, params)
        row = cursor.fetchone()
    return None if row is None else instance_of(model, row)


def instance_of(model, row):
    """The instance of `model` that a row of columns(model) is."""
    if converted := _converted(model):
        row = list(row)
        for n, field in converted:
            row[n] = field.from_db_value(row[n], None, connection)
    return model.from_db(connection.alias, _attributes(model), row)

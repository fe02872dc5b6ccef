"""One row of a table by SQL that is written once: to have the ORM write it anew each time takes longer than to run it.

For what every request asks. Everything else asks the ORM.
"""

from functools import cache

from django.db import connection


@cache
def columns(model):
    """The columns of `model` as SQL, in the order of one_row()."""
    return ", ".join(connection.ops.quote_name(field.column) for field in model._meta.concrete_fields)


@cache
def _attributes(model):
    return [field.attname for field in model._meta.concrete_fields]


@cache
def select(model, where):
    """A SELECT for one_row(). where: SQL with a %s for each parameter."""
    return f"SELECT {columns(model)} FROM {connection.ops.quote_name(model._meta.db_table)} WHERE {where}"


def one_row(model, sql, params):
    """The instance of `model` in the first row that the statement gives, or None. It gives columns(model).

    What Django converts by itself, JSON alone among the fields here, is as the database has it.
    """
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        row = cursor.fetchone()
    return None if row is None else model.from_db(connection.alias, _attributes(model), row)

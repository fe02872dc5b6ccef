"""Whether a database is one that the product can work on."""

import psycopg
from django.core.checks import Error, Tags, register
from django.db import connections

OLDEST = 17  # the first with the builtin collation pg_c_utf8
HOW_TO_MAKE_ONE = (
    "createdb --template=template0 --encoding=UTF8 --locale-provider=libc --locale=C --lc-ctype=C.UTF-8 NAME"
)


@register(Tags.database)
def check_databases(databases=None, **kwargs):
    """Django's system check, which `migrate` makes first."""
    problems = [database_problem(alias) for alias in databases or []]
    return [Error(problem, id="proyecta_admin.E001") for problem in problems if problem]


def database_problem(alias="default"):
    """Why the product cannot work on this database, in one sentence that says what to do; None where it can.

    It asks on a connection of its own: the pool would go on trying for seconds and then not say what is the matter.
    """
    try:
        with psycopg.connect(**connections[alias].get_connection_params()) as connection:
            return _problem(connection)
    except psycopg.Error as error:
        return f"The database of DATABASE_URL cannot be reached: {_first_line(error)}."


def _problem(connection):
    major = connection.info.server_version // 10000
    if major < OLDEST:
        return f"PostgreSQL {OLDEST} or newer is needed, and the server of DATABASE_URL is PostgreSQL {major}."
    if (encoding := connection.info.parameter_status("server_encoding")) != "UTF8":
        return f"The database of DATABASE_URL is encoded in {encoding}, not UTF8: make one with {HOW_TO_MAKE_ONE}."
    try:
        connection.execute("CREATE EXTENSION IF NOT EXISTS pg_trgm")
        understood = connection.execute("SELECT cardinality(show_trgm('김')) > 0").fetchone()[0]
    except psycopg.Error as error:
        return (
            "The database of DATABASE_URL needs the extension pg_trgm: run CREATE EXTENSION pg_trgm in it "
            f"as a superuser ({_first_line(error)})."
        )
    finally:
        # It is the migrations' to make.
        connection.rollback()
    if not understood:
        return (
            "The database of DATABASE_URL has an LC_CTYPE under which Korean, Japanese and Chinese names cannot be "
            f"found: make one with {HOW_TO_MAKE_ONE}."
        )
    return None


def _first_line(error):
    return str(error).strip().splitlines()[0].rstrip(".")

"""Check of the database of DATABASE_URL: version, encoding, extension and character classes."""

from typing import Any

import psycopg

MIN_MAJOR_VERSION = 17  # the first with the builtin collation pg_c_utf8
CREATEDB_COMMAND = (
    "createdb --template=template0 --encoding=UTF8 --locale-provider=libc --locale=C --lc-ctype=C.UTF-8 NAME"
)


def database_problem(url: str) -> str | None:
    """Return one sentence that says why the product cannot work on the database, and what to do; None if it can."""
    try:
        with psycopg.connect(url, connect_timeout=10) as connection:
            return _problem(connection)
    except psycopg.Error as error:
        return f"The database of DATABASE_URL cannot be reached: {_first_line(error)}."


def _problem(connection: psycopg.Connection[Any]) -> str | None:
    major = connection.info.server_version // 10000
    if major < MIN_MAJOR_VERSION:
        return (
            f"PostgreSQL {MIN_MAJOR_VERSION} or newer is needed, and the server of DATABASE_URL is PostgreSQL {major}."
        )
    if (encoding := connection.info.parameter_status("server_encoding")) != "UTF8":
        return f"The database of DATABASE_URL is encoded in {encoding}, not UTF8: create one with {CREATEDB_COMMAND}."
    try:
        connection.execute("CREATE EXTENSION IF NOT EXISTS pg_trgm")
        row = connection.execute("SELECT cardinality(show_trgm('김')) > 0").fetchone()
    except psycopg.Error as error:
        return (
            "The database of DATABASE_URL needs the extension pg_trgm: run CREATE EXTENSION pg_trgm in it "
            f"as a superuser ({_first_line(error)})."
        )
    finally:
        # The extension is created by the migrations.
        connection.rollback()
    if not (row and row[0]):
        return (
            "The database of DATABASE_URL has an LC_CTYPE under which Korean, Japanese and Chinese names cannot be "
            f"found: create one with {CREATEDB_COMMAND}."
        )
    return None


def _first_line(error: Exception) -> str:
    return str(error).strip().splitlines()[0].rstrip(".")

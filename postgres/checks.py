"""Whether the PostgreSQL that an operator gives is one that the product can work on."""

import psycopg

OLDEST = 17  # the first with the builtin collation pg_c_utf8
HOW_TO_MAKE_ONE = (
    "createdb --template=template0 --encoding=UTF8 --locale-provider=libc --locale=C --lc-ctype=C.UTF-8 NAME"
)


def database_problem(url):
    """Why the product cannot work on the database, in one sentence that says what to do; None where it can."""
    try:
        with psycopg.connect(url, connect_timeout=10) as connection:
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

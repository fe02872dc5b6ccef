"""Migrations hold their SQL literally. What the code knows of it is compared with what a new database has deployed."""

import re

import pytest
from django.apps import apps
from django.core.management import call_command
from django.db import connection

from core.folding import COMBINING_MARKS, EXPANDED_LETTERS, PLAIN_LETTERS, UNDECOMPOSED_LETTERS
from customers.models import (
    HANGUL,
    NAME_LENGTH,
    PUNCTUATION,
    PUNCTUATION_AS_LETTERS,
    SEARCH_PARTS,
    USUAL,
    USUAL_LETTERS,
)
from customers.search import BUCKETS_FUNCTION
from tests.support.migrating import apps_with_migrations, migrate_by_the_old_files

pytestmark = pytest.mark.django_db

# By the schema of a table. An index names the schema of its table.
COLUMNS = """
SELECT format('%%s.%%s', relname, attname), concat_ws(
    ' ', format_type(atttypid, atttypmod), attnotnull, attidentity, attgenerated, attcollation::regcollation,
    pg_get_expr(adbin, adrelid)
)
FROM pg_class c JOIN pg_attribute a ON attrelid = c.oid LEFT JOIN pg_attrdef ON (adrelid, adnum) = (c.oid, attnum)
WHERE relnamespace = %(schema)s::regnamespace AND relkind = 'r' AND attnum > 0 AND NOT attisdropped
"""
CONSTRAINTS = """
SELECT format('%%s.%%s', relname, conname), pg_get_constraintdef(r.oid)
FROM pg_class c JOIN pg_constraint r ON conrelid = c.oid WHERE relnamespace = %(schema)s::regnamespace
"""
INDEXES = """
SELECT format('%%s.%%s', tablename, indexname), replace(indexdef, ' ' || schemaname || '.', ' ')
FROM pg_indexes WHERE schemaname = %(schema)s
"""


def catalog(schema):
    found = {}
    with connection.cursor() as cursor:
        for sql in (COLUMNS, CONSTRAINTS, INDEXES):
            cursor.execute(sql, {"schema": schema})
            found |= {(sql, name): definition for name, definition in cursor.fetchall()}
    return found


@pytest.fixture
def twin():
    """A schema of its own, in which new tables and functions are made, and which goes with the test."""
    with connection.cursor() as cursor:
        cursor.execute("CREATE SCHEMA twin")
        cursor.execute("SET LOCAL search_path = twin, public")
    return "twin"


def body_of(function, schema="public"):
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT replace(pg_get_functiondef(oid), %(schema)s || '.', '') FROM pg_proc "
            "WHERE proname = %(name)s AND pronamespace = %(schema)s::regnamespace",
            {"name": function, "schema": schema},
        )
        (definition,) = cursor.fetchone()
    return definition


@pytest.mark.parametrize("label", apps_with_migrations())
def test_the_tables_of_the_models_are_those_that_are_deployed(label, request):
    models = [model for model in apps.get_app_config(label).get_models() if model._meta.managed]
    tables = {table._meta.db_table for model in models for table in (model, *throughs(model))}
    deployed = {key: definition for key, definition in catalog("public").items() if key[1].partition(".")[0] in tables}
    twin = request.getfixturevalue("twin")
    with connection.schema_editor(atomic=False) as editor:
        for model in models:
            editor.create_model(model)
    assert catalog(twin) == deployed
    assert deployed


def throughs(model):
    return [field.remote_field.through for field in model._meta.local_many_to_many]


def test_the_buckets_that_a_search_asks_for_are_those_that_are_deployed(twin):
    with connection.cursor() as cursor:
        cursor.execute(BUCKETS_FUNCTION)
    assert body_of("proyecta_buckets", twin) == body_of("proyecta_buckets")


# How many texts each function folds, and what it replaces beside the letters that folding replaces.
FOLDING_FUNCTIONS = {
    "proyecta_name_key": (1, []),
    "proyecta_search_text": (2, [*zip(PUNCTUATION, PUNCTUATION_AS_LETTERS, strict=True)]),
}


@pytest.mark.parametrize("function", FOLDING_FUNCTIONS)
def test_the_database_folds_the_letters_that_the_code_folds(function):
    sql = body_of(function)
    assert f"'[{COMBINING_MARKS}]', ''" in sql
    assert f"'{UNDECOMPOSED_LETTERS}', '{PLAIN_LETTERS}'" in sql
    texts, others = FOLDING_FUNCTIONS[function]
    replaced = re.findall(r", '([^'])', '([^']*)'\)", sql)
    assert sorted(replaced) == sorted([*EXPANDED_LETTERS.items()] * texts + others)
    assert len(re.findall(r"\breplace\(", sql)) == len(replaced)


def test_the_database_knows_the_lengths_and_letters_of_the_code():
    assert f", {NAME_LENGTH})" in body_of("proyecta_name_key")
    stored = body_of("proyecta_search_text")
    for mark, letter in zip(PUNCTUATION, PUNCTUATION_AS_LETTERS, strict=True):
        assert f"'{mark}', '{letter}'" in stored
    unusual = body_of("proyecta_unusual")
    assert unusual.count(f"[{USUAL}]") == 3
    assert f"'{USUAL_LETTERS}', ''" in unusual
    # The models, which are compared above, make their conditions of these.
    assert any(HANGUL in pattern for patterns in SEARCH_PARTS.values() for pattern in patterns)


@pytest.mark.django_db(transaction=True)
def test_the_narrow_index_of_ids_comes_and_goes_whatever_a_killed_run_has_left():
    before = catalog("public")
    with connection.cursor() as cursor:
        try:
            migrate_by_the_old_files(("customers", "0010_countries_validated"))
            cursor.execute("SELECT indexdef FROM pg_indexes WHERE indexname = 'customers_id_unique'")
            assert "INCLUDE (created, key)" in cursor.fetchone()[0]
            cursor.execute("CREATE INDEX customers_id_unique_new ON customers_customer (name)")
        finally:
            call_command("migrate", verbosity=0)
    assert catalog("public") == before

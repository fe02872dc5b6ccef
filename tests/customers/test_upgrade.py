"""A database of an earlier version migrates: nothing is lost, its schema is that of a new one, and the product works."""

import subprocess
from collections import Counter
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace

import httpx
import psycopg
import pytest
from django.db import connection
from django.db.migrations.loader import MigrationLoader

from postgres.server import wheel_dir
from tests.support.api import CUSTOMERS, api_server, database_url
from tests.support.processes import manage

DUMP = Path(__file__).parent.parent / "data" / "database_2026_11.sql"
# The dump's header tells where these come from.
SECRETS = {
    "SECRET_KEY": "the-secret-key-of-the-old-database-in-tests-0123456789abcdef",
    "API_KEY_SECRET": "the-api-key-secret-of-the-old-database-in-tests-0123456789",
}
PASSWORD = "correct horse battery"
LIVE_KEY = "sk_LiveKey00000" + "0" * 32
REVOKED_KEY = "sk_DeadKey00000" + "0" * 32
# Tables to which `migrate` itself adds.
GROWING = {"django_migrations", "django_content_type", "auth_permission"}

SCHEMA = """
SELECT 'column', format('%s.%s', c.relname, a.attname), concat_ws(
    ' ', row_number() OVER (PARTITION BY c.oid ORDER BY a.attnum), format_type(a.atttypid, a.atttypmod), CASE WHEN a.attnotnull THEN 'NOT NULL' END,
    a.attidentity, a.attgenerated, a.attcollation::regcollation, pg_get_expr(d.adbin, d.adrelid)
)
FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid LEFT JOIN pg_attrdef d ON (adrelid, adnum) = (c.oid, attnum)
WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'r' AND a.attnum > 0 AND NOT a.attisdropped
UNION ALL
SELECT 'constraint', format('%s.%s', conrelid::regclass, conname), concat_ws(' ', contype, convalidated, pg_get_constraintdef(oid))
FROM pg_constraint WHERE connamespace = 'public'::regnamespace
UNION ALL
SELECT 'index', indexrelid::regclass::text, concat_ws(' ', pg_get_indexdef(indexrelid), indisvalid, indisready)
FROM pg_index JOIN pg_class ON pg_class.oid = indexrelid WHERE relnamespace = 'public'::regnamespace
UNION ALL
SELECT 'function', p.oid::regprocedure::text, pg_get_functiondef(p.oid)
FROM pg_proc p LEFT JOIN pg_depend e ON (e.classid, e.objid, e.deptype) = ('pg_proc'::regclass, p.oid, 'e')
WHERE p.pronamespace = 'public'::regnamespace AND e.objid IS NULL
UNION ALL
SELECT 'trigger', tgname, pg_get_triggerdef(oid) FROM pg_trigger WHERE NOT tgisinternal
UNION ALL
SELECT 'extension', extname, '' FROM pg_extension
UNION ALL
SELECT 'sequence', s.relname, format('%s.%s', t.relname, a.attname)
FROM pg_class s JOIN pg_depend d ON d.objid = s.oid AND d.refclassid = 'pg_class'::regclass AND d.deptype IN ('a', 'i')
JOIN pg_class t ON t.oid = d.refobjid JOIN pg_attribute a ON (a.attrelid, a.attnum) = (t.oid, d.refobjsubid)
WHERE s.relkind = 'S' AND s.relnamespace = 'public'::regnamespace
"""


@contextmanager
def database(name):
    """An empty database on the tests' server: its URL."""
    with connection.cursor() as cursor:
        cursor.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
        cursor.execute(f'CREATE DATABASE "{name}"')
    try:
        yield database_url(name)
    finally:
        with connection.cursor() as cursor:
            cursor.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')


def load(dump, url):
    psql = [wheel_dir() / "bin" / "psql", "--no-psqlrc", "--quiet", "--set=ON_ERROR_STOP=1", f"--file={dump}", url]
    loaded = subprocess.run(psql, capture_output=True, text=True)
    assert (loaded.returncode, loaded.stderr) == (0, "")


def run(data, url, *arguments, **values):
    done = manage(data, *arguments, DATABASE_URL=url, **values)
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout


def rows_of(url):
    """The rows of every table as dicts, by the table's name."""
    with psycopg.connect(url) as conn:
        tables = conn.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'").fetchall()
        return {
            name: [row for (row,) in conn.execute(f'SELECT to_jsonb(t) FROM "{name}" t').fetchall()]
            for (name,) in tables
        }


def schema_of(url):
    with psycopg.connect(url) as conn:
        return {(kind, name): definition for kind, name, definition in conn.execute(SCHEMA).fetchall()}


def new_schema(path):
    """The schema of a new database, as the dump of it loads: PostgreSQL writes some conditions in another way then."""
    dump = path / "new.sql"
    program = wheel_dir() / "bin" / "pg_dump"
    subprocess.run([program, "--schema-only", "--no-owner", f"--file={dump}", database_url()], check=True)
    with database(f"{connection.settings_dict['NAME']}_new") as url:
        load(dump, url)
        return schema_of(url)


def unrecorded(tables):
    """The migrations of a new database that one with these tables does not know as applied, squashed ones too."""
    applied = {(row["app"], row["name"]) for row in tables["django_migrations"]}
    return MigrationLoader(None).graph.nodes.keys() - applied


def differences(one, other):
    return {key: (one.get(key), other.get(key)) for key in one.keys() | other.keys() if one.get(key) != other.get(key)}


@pytest.fixture(scope="module")
def upgraded(django_db_setup, django_db_blocker, module_data_dir):
    """The dump, loaded and migrated: its `url`, and its tables `before` and `after`."""
    with django_db_blocker.unblock(), database(f"{connection.settings_dict['NAME']}_old") as url:
        load(DUMP, url)
        before = rows_of(url)
        run(module_data_dir, url, "migrate", "--verbosity=0")
        yield SimpleNamespace(url=url, before=before, after=rows_of(url), data=module_data_dir)


@pytest.fixture(scope="module")
def server(upgraded):
    """The product on the upgraded database: its address."""
    name = upgraded.url.rpartition("@/")[2].partition("?")[0]
    with api_server(upgraded.data, name=name, **SECRETS) as (url, _):
        yield url


def test_the_dump_has_rows_in_every_table(upgraded):
    assert [table for table, rows in upgraded.before.items() if not rows] == []
    assert len(upgraded.before) > 20


def test_an_upgrade_loses_and_changes_no_row(upgraded):
    for table, before in upgraded.before.items():
        after = upgraded.after[table]
        columns = before[0].keys()
        old = Counter(repr(sorted(row.items())) for row in before)
        new = Counter(repr(sorted((column, row[column]) for column in columns)) for row in after)
        assert old - new == Counter(), table
        assert table in GROWING or len(after) == len(before), table


@pytest.mark.django_db(transaction=True)
def test_the_schema_after_an_upgrade_is_that_of_a_new_database(upgraded, tmp_path):
    assert differences(schema_of(upgraded.url), new_schema(tmp_path)) == {}


def test_after_an_upgrade_nothing_is_left_to_migrate(upgraded):
    assert unrecorded(upgraded.after) == set()
    run(upgraded.data, upgraded.url, "migrate", "--check", "--verbosity=0")


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    "state",
    [
        [("accounts", "0001_initial"), ("customers", "0003_customer_count")],
        [("accounts", "0002_readers"), ("customers", "0008_search_by_letters")],
    ],
)
def test_a_database_between_two_old_migrations_goes_on_to_the_same_schema(state, data_dir):
    code = f"""
import django; django.setup()
from django.db import connection
from tests.support.migrating import migrate_by_the_old_files
migrate_by_the_old_files(*{state!r})
with connection.cursor() as cursor:
    cursor.execute("INSERT INTO accounts_app (slug, name, created) VALUES ('acme', 'Acme', now())")
    cursor.execute("INSERT INTO customers_customer (app_id, public_id, email, name, phone, address_line1, address_line2,"
        "address_city, address_state, address_postal_code, address_country, created, updated, version)"
        "SELECT id, 'cus_1', 'Kim@Example.com', '김민수', '', '', '', '', '', '', 'KR', now(), now(), 1 FROM accounts_app")
"""
    with database(f"{connection.settings_dict['NAME']}_half") as url:
        done = manage(data_dir, code=code, DATABASE_URL=url, DJANGO_SETTINGS_MODULE="proyecta_admin.settings")
        assert (done.returncode, done.stderr) == (0, "")
        run(data_dir, url, "migrate", "--verbosity=0")
        assert differences(schema_of(url), schema_of(database_url())) == {}
        rows = rows_of(url)
        assert unrecorded(rows) == set()
        assert rows["customers_customer"][0]["email_key"] == "kim@example.com"
        assert sum(row["number"] for row in rows["customers_customercount"] if row["start"] is None) == 1


# The product on it


@pytest.mark.parametrize("session", ["sessionofada00000000000000000000", "sessionsavedbefore00000000000000"])
def test_a_session_of_before_the_upgrade_is_still_signed_in(server, session):
    with httpx.Client(base_url=server, cookies={"sessionid": session}) as browser:
        page = browser.get("/dashboard/acme/commerce/customers/")
        assert page.status_code == 200 and "유재석" in page.text
        found = browser.get("/dashboard/acme/commerce/customers/", params={"query": "민수"})
        assert "kim.minsu@naver.com" in found.text and "Ada Lovelace" not in found.text


def test_a_password_of_before_the_upgrade_signs_in(server):
    with httpx.Client(base_url=server, follow_redirects=True) as browser:
        token = browser.get("/sign-in/").text.partition('name="csrfmiddlewaretoken" value="')[2].partition('"')[0]
        form = {"csrfmiddlewaretoken": token, "username": "민수", "password": PASSWORD, "next": ""}
        page = browser.post("/sign-in/", data=form, headers={"Referer": server})
        assert page.status_code == 200
        assert browser.get("/dashboard/acme-shop/commerce/customers/").status_code == 200


def test_a_key_of_before_the_upgrade_lists_searches_and_creates(server):
    with httpx.Client(base_url=server, headers={"Authorization": f"Bearer {LIVE_KEY}"}) as api:
        listed = api.get(CUSTOMERS, params={"limit": 100}).json()["data"]
        assert len(listed) == 25
        (found,) = api.get(CUSTOMERS, params={"query": "żółć"}).json()["data"]
        assert found["name"] == "Łukasz Żółć"
        new, known = (api.post(CUSTOMERS, json={"email": email}) for email in ("new@example.com", "ADA@example.com"))
        assert (new.status_code, known.status_code) == (201, 200)
        assert known.json()["name"] == "Ada Lovelace"
        # A repeated request of before the upgrade is older than a day by now, and carried out again.
        repeated = api.post(CUSTOMERS, json={"email": "ada@example.com"}, headers={"Idempotency-Key": "second"})
        assert repeated.status_code == 200
    with httpx.Client(base_url=server, headers={"Authorization": f"Bearer {REVOKED_KEY}"}) as api:
        assert api.get(CUSTOMERS).status_code == 401


def test_the_upgraded_database_is_ready(server):
    assert httpx.get(f"{server}/readyz").status_code == 200


@pytest.mark.django_db(transaction=True)
def test_a_server_of_this_version_migrates_an_old_database_when_it_starts(data_dir):
    """It holds a lock meanwhile, for which an index that is built beside others' work must not wait."""
    name = f"{connection.settings_dict['NAME']}_started"
    with database(name) as url:
        load(DUMP, url)
        with api_server(data_dir, name=name, **SECRETS) as (address, _):
            assert httpx.get(f"{address}/readyz").status_code == 200

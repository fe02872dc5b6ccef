"""The product through PgBouncer in transaction mode, which assigns a session for the length of a transaction."""

import json
import os
import pwd
import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from types import SimpleNamespace

import httpx
import psutil
import psycopg
import pytest

from postgres.replica_set import running_servers
from postgres.server import PORT
from tests.support.api import answers, error_of
from tests.support.processes import (
    eventually,
    free_port,
    keep_static_files,
    lend_static_files,
    manage,
    started,
)
from tests.support.readers import MAKE_READERS, PASSWORD, Key, Person

# One session for both of a pair of connections that want to do something at once would be no test of anything.
SESSIONS = 8


def the_program():
    """Return the path of PgBouncer. As root, install it if it is missing."""
    if not shutil.which("pgbouncer") and os.geteuid() == 0 and shutil.which("apt-get"):
        surroundings = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
        for command in (["update", "-q"], ["install", "-qy", "pgbouncer"]):
            subprocess.run(["apt-get", *command], env=surroundings, capture_output=True)
    return shutil.which("pgbouncer") or pytest.fail("Install PgBouncer so that the command pgbouncer is found.")


@contextmanager
def pgbouncer(server, data):
    """PgBouncer in front of a replica_set.Member: the URL that leads through it."""
    port = free_port()
    settings = {
        "listen_addr": "127.0.0.1",
        "listen_port": port,
        "unix_socket_dir": "",
        "auth_type": "any",
        "pool_mode": "transaction",
        "default_pool_size": SESSIONS,
        "server_round_robin": 1,
        "max_client_conn": 200,
        # As docs/scaling.md advises.
        "server_login_retry": 1,
        "query_wait_timeout": 5,
    }
    host = server.server.socket.parent
    lines = ["[databases]", f"proyecta = host={host} port={PORT} dbname=proyecta user=proyecta", "[pgbouncer]"]
    lines += [f"{name} = {value}" for name, value in settings.items()]
    path = data / "pgbouncer.ini"
    path.write_text("\n".join(lines))
    with running_pgbouncer(server, data) as process:
        url = f"postgresql://proyecta@127.0.0.1:{port}/proyecta"
        eventually(lambda: can_connect(url) or process.poll() is not None)
        assert process.poll() is None, process.complained()
        yield url


def running_pgbouncer(server, data):
    """The process, by the settings that pgbouncer() has written."""
    # It refuses to be root; the server's user may enter its socket's directory.
    user = ["--user", pwd.getpwuid(server.server.account.uid).pw_name] if server.server.account else []
    return started([the_program(), *user, data / "pgbouncer.ini"], data)


def can_connect(url):
    try:
        psycopg.connect(url).close()
        return True
    except psycopg.OperationalError:
        return False


@pytest.fixture(scope="module")
def product(module_data_dir):
    """The product on a primary and a replica, both through PgBouncer."""
    module_data_dir.mkdir()
    module_data_dir.chmod(0o711)
    lend_static_files(module_data_dir)
    (module_data_dir / "replica").mkdir()
    with (
        running_servers(module_data_dir / "cluster", number=2) as (primary, replica),
        pgbouncer(primary, module_data_dir) as primary_url,
        pgbouncer(replica, module_data_dir / "replica") as replica_url,
    ):
        port = free_port()
        values = {
            "DATABASE_URL": primary_url,
            "DATABASE_REPLICA_URL": replica_url,
            "PGBOUNCER": "1",
            "PORT": str(port),
            "PROYECTA_DEMO": "0",
            "API_RATE_LIMIT": "0",
        }
        with started([sys.executable, "-m", "proyecta_admin.serve"], module_data_dir, **values) as process:
            url = f"http://127.0.0.1:{port}"
            eventually(lambda: answers(url) or process.poll() is not None)
            assert process.poll() is None, process.complained()
            keep_static_files(module_data_dir)
            yield SimpleNamespace(url=url, primary=primary, replica=replica, data=module_data_dir, values=values)


@pytest.fixture(scope="module")
def names(product):
    keys, people = run(product, MAKE_READERS)
    return iter(keys), iter(people)


def command(product, *arguments, **more):
    done = manage(product.data, *arguments, **product.values | more)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def run(product, code):
    return json.loads(command(product, code=code, DJANGO_SETTINGS_MODULE="proyecta_admin.settings"))


def test_pages_and_calls_work(product, names):
    key, person = Key(product.url, next(names[0])), Person(product.url, next(names[1]))
    made = key.create(email="kim@example.com", name="김민수")
    assert made.status_code == 201
    customer = made.json()["id"]
    assert key.create(email="KIM@example.com").status_code == 200
    assert [key.sees(customer) for _ in range(30)] == [True] * 30
    assert key.rename(customer, "김민지").json()["name"] == "김민지"
    again = {"Idempotency-Key": "once", **key.headers}
    first, second = [httpx.post(key.url, json={"name": "Once"}, headers=again, verify=False) for _ in range(2)]
    assert first.status_code == second.status_code == 201 and first.json() == second.json()
    eventually(lambda: person.sees(customer))
    new = person.create(email="lee@example.com", name="Lee", address_country="KR")
    assert [person.sees(new) for _ in range(30)] == [True] * 30
    for page in ("", "?query=김민", "?query=lee+example&sort=email", "?email=@example.com", f"{customer}/edit/"):
        answer = person.send("GET", person.pages + page)
        assert answer.status_code == 200 and (customer in answer.text or new in answer.text), page
    assert person.send("GET", f"{product.url}/dashboard/acme/").status_code == 200
    # It reads the replica, through its own PgBouncer.
    eventually(lambda: key.sees(customer) and reads_of(product.replica) > 0)


def reads_of(server):
    return server.ask("SELECT sum(idx_scan) FROM pg_stat_user_indexes WHERE relname = 'customers_customer'")[0]


def test_staff_work_in_the_django_admin(product, names):
    run(
        product,
        "import django; django.setup(); from accounts.models import User; from tests.support.factories import make_superuser; "
        f"make_superuser(username='root', password={PASSWORD!r}); print(1)",
    )
    root = Person(product.url, "root")
    for page in ("", "customers/customer/", "customers/customer/add/", "accounts/membership/add/", "accounts/apikey/"):
        answer = root.send("GET", f"{product.url}/admin/{page}")
        assert answer.status_code == 200, (page, answer.status_code)


@pytest.mark.parametrize("dry_run", [["--dry-run"], []])
def test_an_import_works_and_leaves_nothing_behind(product, names, dry_run):
    # More than one batch, with the search indexes taken away meanwhile, and rows that come twice.
    rows = [f"p{n}@import.example,P {n}" for n in range(24_000)] + [",Twin"] * 3
    path = product.data / "rows.csv"
    path.write_text("\n".join(["email,name", *rows]))
    before = count(product)
    said = command(product, "import_customers", path, "--app", "acme", *dry_run)
    assert "24,003" in said, said
    assert count(product) - before == (0 if dry_run else 24_003)
    if not dry_run:
        assert "24,003" in command(product, "import_customers", path, "--app", "acme")
        assert count(product) - before == 24_003
    valid = product.primary.ask(
        "SELECT count(*) FROM pg_index JOIN pg_class ON oid = indexrelid "
        "WHERE relname LIKE 'customers_search%%' AND indisvalid"
    )
    assert valid == (3,)
    assert product.primary.ask("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory'") == (0,)
    assert product.primary.ask("SELECT count(*) FROM pg_class WHERE relpersistence = 't' AND relkind = 'r'") == (0,)


def count(product):
    return product.primary.ask("SELECT count(*) FROM customers_customer")[0]


def test_a_second_server_starts_beside_the_first(product):
    """The lock that a start holds is given back."""
    for _ in range(2):
        command(product, "migrate")
    port = str(free_port())
    with started(
        [sys.executable, "-m", "proyecta_admin.serve"], product.data, **product.values | {"PORT": port}
    ) as other:
        eventually(lambda: answers(f"http://127.0.0.1:{port}") or other.poll() is not None)
        assert other.poll() is None, other.complained()


def all_answer(key, customer):
    with ThreadPoolExecutor(12) as callers:
        return {one.status_code for one in callers.map(lambda _: key.get(customer), range(48))} == {200}


def test_once_the_database_behind_it_answers_again_nobody_meets_an_error(product, names):
    key = Key(product.url, next(names[0]))
    customer = key.create(name="Kim").json()["id"]
    assert all_answer(key, customer)
    product.primary.stop()
    away = key.get(customer)
    assert error_of(away) == (503, "unavailable", None)
    product.primary.start()
    eventually(lambda: key.get(customer).status_code == 200)
    assert all_answer(key, customer)


def test_no_session_keeps_what_was_set_in_it(product):
    """Checked in every session of PgBouncer: what a client leaves there would affect the next one."""
    with psycopg.connect(product.values["DATABASE_URL"], autocommit=True, prepare_threshold=None) as connection:
        for _ in range(3 * SESSIONS):
            changed = connection.execute(
                "SELECT name FROM pg_settings WHERE source = 'session' AND name NOT IN "
                "('TimeZone', 'client_encoding', 'DateStyle', 'application_name', 'standard_conforming_strings')"
            ).fetchall()
            assert changed == []
            assert connection.execute("SELECT count(*) FROM pg_prepared_statements").fetchone() == (0,)


def test_a_restart_of_pgbouncer_costs_nobody_an_error_afterwards(product, names):
    """The last test here: the PgBouncer that the others share is gone after it."""
    key = Key(product.url, next(names[0]))
    customer = key.create(name="Kim").json()["id"]
    assert all_answer(key, customer)
    ini = str(product.data / "pgbouncer.ini")
    for process in psutil.process_iter(["cmdline"]):
        if ini in (process.info["cmdline"] or []):
            process.kill()
            process.wait()
    assert error_of(key.get(customer)) == (503, "unavailable", None)
    with running_pgbouncer(product.primary, product.data):
        eventually(lambda: can_connect(product.values["DATABASE_URL"]))
        assert all_answer(key, customer)

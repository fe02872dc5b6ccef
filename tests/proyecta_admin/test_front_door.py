"""`make run`: the first start, signing in, the second start, and every kind of end."""

import http.client
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from contextlib import contextmanager
from http.cookiejar import CookieJar
from types import SimpleNamespace
from urllib.parse import urlencode
from urllib.request import HTTPCookieProcessor, build_opener

import httpx
import psutil
import psycopg
import pytest

from postgres.server import socket_dir
from proyecta_admin.serve import greeting
from tests.support.processes import (
    ROOT,
    TIMEOUT_SECONDS,
    descendants,
    eventually,
    free_port,
    manage,
    runs,
    server_of,
    started,
)

SERVE = [sys.executable, "-m", "proyecta_admin.serve"]
# Without installing anything.
MAKE_RUN = ["make", "--no-print-directory", "--assume-old=.venv/installed", "run"]
BLOCK = re.compile(
    r"""Proyecta Admin runs at (?P<address>http://127\.0\.0\.1:\d+/)
    user      (?P<username>admin)
    password  (?P<password>[a-z0-9]{4}(-[a-z0-9]{4}){3})
The password is shown only now\. To set another: manage\.py changepassword admin
"""
)
COUNT = "from customers.models import Customer as C; print(C.objects.filter(app__slug='acme').count(), end='')"


@pytest.fixture(scope="module")
def first(module_data_dir):
    """A first start that has ended again: its output, and the page after signing in."""
    with serving(module_data_dir) as server:
        block = eventually(lambda: BLOCK.search(server.printed()))
        page = signed_in(block["address"], block["username"], block["password"])
        family = descendants(server)
        server.send_signal(signal.SIGTERM)
        status = server.ends()
        left = [process for process in family if runs(process)]
        return SimpleNamespace(
            data=module_data_dir,
            block=block,
            page=page,
            printed=server.printed(),
            complained=server.complained(),
            status=status,
            left=left,
        )


@contextmanager
def serving(data, command=SERVE, **values):
    """A server that answers at `port`."""
    port = values.pop("PORT", None) or str(free_port())
    with started(command, data, PORT=port, **values) as server:
        server.port = int(port)
        eventually(lambda: server.poll() is not None or answers(server.port))
        assert server.poll() is None, server.complained()
        yield server


def answers(port):
    try:
        return get(port, "/healthz")[0].status == 200
    except OSError:
        return False


def get(port, path, **headers):
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=TIMEOUT_SECONDS)
    connection.request("GET", path, headers=headers)
    answer = connection.getresponse()
    content = answer.read()
    connection.close()
    return answer, content


def signed_in(address, username, password):
    """The page that a browser ends on after signing in."""
    browser = build_opener(HTTPCookieProcessor(CookieJar()))
    form = browser.open(address).read().decode()
    token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', form)[1]
    fields = {"csrfmiddlewaretoken": token, "username": username, "password": password, "next": "/"}
    return browser.open(f"{address}sign-in/", urlencode(fields).encode())


def connected(data):
    try:
        return psycopg.connect(host=str(socket_dir(data)), user="postgres", dbname="proyecta", autocommit=True)
    except psycopg.OperationalError:
        return None


def copy_static_files(source, target):
    """Copy the collected static files, which take the longest part of a first start."""
    target.mkdir(mode=0o711)
    shutil.copytree(source / "static", target / "static")
    shutil.copy(source / "static.collected", target)


def workers_of(server):
    return [child for child in psutil.Process(server.pid).children() if runs(child) and child.name() != "postgres"]


def test_the_first_start_prints_one_block_and_its_password_signs_in(first):
    assert first.printed == f"Preparing the first start…\n{first.block[0]}"
    assert first.page.url.endswith("/dashboard/acme/commerce/customers/")
    assert "Acme" in first.page.read().decode()


def test_it_ends_cleanly_and_leaves_no_process(first):
    assert (first.status, first.complained, first.left) == (0, "", [])
    assert server_of(first.data) is None


def test_the_example_customers_are_there(first):
    assert manage(first.data, "shell", "--no-imports", "-c", COUNT).stdout == "500"


def test_a_second_start_prints_the_address_alone_and_has_everything_kept(first):
    with serving(first.data) as server:
        assert eventually(server.printed) == f"Proyecta Admin runs at http://127.0.0.1:{server.port}/\n"
        page = signed_in(f"http://127.0.0.1:{server.port}/", first.block["username"], first.block["password"])
        assert page.url.endswith("/dashboard/acme/commerce/customers/")


@pytest.mark.parametrize("sent", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_make_run_ends_with_the_terminal(first, sent):
    with serving(first.data, MAKE_RUN) as make:
        family = descendants(make)
        assert len(family) > 2
        # As a terminal does it: to make and all that it runs.
        os.killpg(make.pid, sent)
        make.ends()
        eventually(lambda: not any(runs(process) for process in family))
        # make has its own line about it, the product none.
        assert not [line for line in make.complained().splitlines() if not line.startswith("make: ***")]
    assert server_of(first.data) is None


def test_signals_that_come_while_one_is_handled_neither_hang_nor_cut_short_the_end(first):
    with serving(first.data) as server:
        family = descendants(server)
        for _ in range(300):
            server.send_signal(signal.SIGTERM)
            time.sleep(0.0001)
        assert server.ends() == 0
        assert server.complained() == ""
        assert not [process for process in family if runs(process)]
    assert server_of(first.data) is None


def test_a_signal_while_the_demo_is_made_ends_the_start_without_a_trace(data_dir, first):
    copy_static_files(first.data, data_dir)
    waiting = "SELECT count(*) FROM pg_locks WHERE NOT granted AND relation = 'customers_customer'::regclass"
    place = {"host": str(socket_dir(data_dir)), "port": 5432, "user": "proyecta", "dbname": "proyecta"}
    with serving(data_dir, PROYECTA_DEMO="0"), psycopg.connect(**place) as blocker:
        blocker.execute("LOCK TABLE customers_customer IN ACCESS EXCLUSIVE MODE")
        with started(SERVE, data_dir, PORT=str(free_port())) as start:
            eventually(lambda: blocker.execute(waiting).fetchone()[0])
            start.send_signal(signal.SIGTERM)
            assert start.ends() == 130
            assert start.complained() == ""


def test_commands_work_beside_it_and_leave_it_running(first):
    with serving(first.data) as server:
        before = server_of(first.data)
        assert manage(first.data, "shell", "--no-imports", "-c", COUNT).stdout == "500"
        assert server_of(first.data) == before
        assert get(server.port, "/readyz")[1] == b"ok\n"


def test_it_ends_while_another_uses_the_database_which_stays(first):
    code = "import sys; print('up', flush=True); sys.stdin.read()"
    command = [sys.executable, "manage.py", "shell", "--no-imports", "-c", code]
    with serving(first.data) as server, started(command, first.data) as other:
        other.is_up()
        server.send_signal(signal.SIGTERM)
        assert server.ends() == 0
        assert server_of(first.data)
        other.stdin.close()
        assert other.ends() == 0
    assert server_of(first.data) is None


def test_workers_do_not_hold_the_port_after_their_parent_was_killed(first):
    with serving(first.data) as server:
        port, workers = server.port, workers_of(server)
        assert len(workers) == len(os.sched_getaffinity(0))
        server.kill()
        eventually(lambda: not any(runs(worker) for worker in workers))
    with serving(first.data, PORT=str(port)) as again:
        again.send_signal(signal.SIGTERM)
        assert again.ends() == 0
    assert server_of(first.data) is None


def test_a_worker_that_dies_is_replaced(first):
    with serving(first.data) as server:
        before = workers_of(server)
        before[0].kill()
        eventually(lambda: len([one for one in workers_of(server) if one not in before]) == 1)
        eventually(lambda: answers(server.port))


def test_a_database_that_was_killed_is_started_again_with_everything_kept(first):
    with serving(first.data) as server:
        before = server_of(first.data)
        before.kill()
        after = eventually(lambda: (found := server_of(first.data)) and found != before and found)
        eventually(lambda: get(server.port, "/readyz")[0].status == 200)
        assert manage(first.data, "shell", "--no-imports", "-c", COUNT).stdout == "500"
        assert "PostgreSQL has ended. Starting it again." in server.complained()
        server.send_signal(signal.SIGTERM)
        assert server.ends() == 0
    assert not runs(after)


def test_a_database_whose_files_are_gone_is_not_begun_anew(data_dir, first):
    copy_static_files(first.data, data_dir)
    with serving(data_dir, PROYECTA_DEMO="0") as server:
        files = data_dir / "postgres" / "cluster"
        before = server_of(data_dir)
        before.kill()
        files.rename(files.with_name("elsewhere"))
        time.sleep(4)
        assert not files.exists()
        files.with_name("elsewhere").rename(files)
        eventually(lambda: get(server.port, "/readyz")[0].status == 200)


def test_a_port_in_use_is_told_at_once(first):
    with serving(first.data) as server:
        second = subprocess.run(
            SERVE,
            cwd=ROOT,
            env={**os.environ, "PROYECTA_DATA_DIR": str(first.data), "PORT": str(server.port)},
            capture_output=True,
            text=True,
            timeout=TIMEOUT_SECONDS,
        )
    assert second.returncode == 1
    assert second.stderr == f"Port {server.port} on 127.0.0.1 is in use: end what uses it, or set PORT to another.\n"


def test_static_files_are_compressed_and_kept_for_ever(first):
    with serving(first.data) as server:
        page = get(server.port, "/sign-in/")[1].decode()
        path = re.search(r'"(/static/css/[^"]+\.css)"', page)[1]
        answer, content = get(server.port, path, **{"Accept-Encoding": "br"})
        assert (answer.status, answer.headers["Content-Encoding"]) == (200, "br")
        assert "immutable" in answer.headers["Cache-Control"]


def test_behind_a_proxy_that_ends_tls_everything_is_https(first):
    name = "admin.example.com"
    with serving(first.data, HTTPS="1", PROXY="1", ALLOWED_HOSTS=f"{name},127.0.0.1") as server:
        plain, _ = get(server.port, "/sign-in/", Host=name)
        assert (plain.status, plain.headers["Location"]) == (301, f"https://{name}/sign-in/")
        answer, _ = get(server.port, "/sign-in/", Host=name, **{"X-Forwarded-Proto": "https"})
        assert answer.status == 200
        assert "Secure" in answer.headers["Set-Cookie"]
        assert "max-age" in answer.headers["Strict-Transport-Security"]


def test_hosts_that_are_not_allowed_and_forms_without_a_token_are_refused_quietly(first):
    with serving(first.data) as server:
        assert get(server.port, "/sign-in/", Host="evil.example")[0].status == 400
        for path in ("/sign-in/", "/sign-out/", "/account/", "/admin/login/", "/v1/docs"):
            assert httpx.post(f"http://127.0.0.1:{server.port}{path}", data={"a": "b"}).status_code == 403
        server.send_signal(signal.SIGTERM)
        server.ends()
        assert server.complained() == ""


def test_without_a_demo_nothing_is_made(data_dir, first):
    copy_static_files(first.data, data_dir)
    with serving(data_dir, PROYECTA_DEMO="0") as server:
        assert eventually(server.printed) == f"Proyecta Admin runs at http://127.0.0.1:{server.port}/\n"
        code = "from accounts.models import App, User; print(App.objects.count(), User.objects.count(), end='')"
        assert manage(data_dir, "shell", "--no-imports", "-c", code).stdout == "0 0"


def test_a_kill_during_the_first_start_leaves_no_half_made_example(data_dir, first):
    copy_static_files(first.data, data_dir)
    with started(SERVE, data_dir, PORT=str(free_port())) as server:
        conn = eventually(lambda: connected(data_dir))
        # The customers wait for us, when the app that they belong to is written already.
        eventually(lambda: conn.execute("SELECT to_regclass('customers_customer')").fetchone()[0])
        with conn.transaction():
            conn.execute("LOCK TABLE customers_customer IN SHARE MODE")
            waiting = "SELECT 1 FROM pg_locks WHERE relation = 'customers_customer'::regclass AND NOT granted"
            eventually(lambda: conn.execute(waiting).fetchone())
            server.kill()
        conn.close()
    with serving(data_dir) as server:
        assert eventually(lambda: BLOCK.search(server.printed()))
        assert manage(data_dir, "shell", "--no-imports", "-c", COUNT).stdout == "500"


def test_static_files_that_cannot_be_written_are_told(data_dir):
    data_dir.mkdir(mode=0o711)
    (data_dir / "static").touch()
    with started(SERVE, data_dir, PORT=str(free_port()), PROYECTA_DEMO="0") as server:
        assert server.ends() == 1
        assert f"cannot be collected in {data_dir / 'static'}" in server.complained()
        assert server.complained().count("\n") == 1
    assert server_of(data_dir) is None


@pytest.mark.parametrize(
    ("host", "address"), [("0.0.0.0", "127.0.0.1"), ("::1", "[::1]"), ("::", "127.0.0.1"), ("10.1.2.3", "10.1.2.3")]
)
def test_the_address_that_is_printed_can_be_opened(monkeypatch, host, address):
    monkeypatch.setenv("HOST", host)
    assert greeting(8000, None).splitlines()[0] == f"Proyecta Admin runs at http://{address}:8000/"


def test_who_listens_everywhere_is_told_of_allowed_hosts(monkeypatch):
    monkeypatch.setenv("HOST", "0.0.0.0")
    assert "ALLOWED_HOSTS" in greeting(8000, None)
    monkeypatch.setenv("ALLOWED_HOSTS", "admin.example.com")
    assert "ALLOWED_HOSTS" not in greeting(8000, None)

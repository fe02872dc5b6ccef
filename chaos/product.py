"""The product as `make run` starts it, in a data directory of its own, and the processes that it consists of."""

import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

import psutil
import psycopg

from postgres.server import DATABASE_NAME, find_or_make

ROOT = Path(__file__).resolve().parent.parent
# What an operator may set. The test sets its own, whatever stands in the environment.
SETTINGS = (
    "ALLOWED_HOSTS",
    "API_KEY_SECRET",
    "API_RATE_LIMIT",
    "DATABASE_REPLICA_URL",
    "DATABASE_URL",
    "DEBUG",
    "HOST",
    "HTTPS",
    "PGBOUNCER",
    "PROXY",
    "SECRET_KEY",
    "SHARE_PORT",
)
STOP_SECONDS = 30
STATEMENT_SECONDS = 5  # of the superuser, who must not wait for a database that fails
START_PAUSE_SECONDS = 0.5  # between two starts, as a service manager waits


def free_port() -> int:
    """A port of 127.0.0.1 that nothing listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port


class Product:
    """The product and whoever starts it again, as a service manager does.

    unasked_ends: how often it ended although nobody told it to, or did not end when told. failed_starts: how often a
    start did not succeed, for example without space on the disk.
    """

    def __init__(self, data: Path, log: Path, port: int) -> None:
        self.data, self.log, self.port = data, log, port
        self.url = f"http://127.0.0.1:{port}"
        self.unasked_ends = self.failed_starts = 0
        self._lock = threading.RLock()
        self._process: psutil.Popen | None = None
        self._has_answered = False
        self._last_start = 0.0
        self._seen: set[psutil.Process] = set()

    def start(self) -> None:
        """Start it, without waiting until it answers."""
        environment = {name: value for name, value in os.environ.items() if name not in SETTINGS}
        environment |= {"PROYECTA_DATA_DIR": str(self.data), "PORT": str(self.port), "PROYECTA_DEMO": "0"}
        with self._lock, self.log.open("a") as log:
            self._has_answered, self._last_start = False, time.monotonic()
            self._process = psutil.Popen(
                [sys.executable, "-m", "proyecta_admin.serve"],
                cwd=ROOT,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    def start_if_ended(self) -> None:
        """Start it again if it has ended, no sooner than START_PAUSE_SECONDS after its last start."""
        with self._lock:
            if self._process is None or self._process.poll() is None:
                return
            if time.monotonic() < self._last_start + START_PAUSE_SECONDS:
                return
            if self._has_answered:
                self.unasked_ends += 1
            else:
                self.failed_starts += 1
            self.start()

    def has_answered(self) -> None:
        """Note that it answers. An end from now on is an end of its own."""
        self._has_answered = True

    def end_and_start(self, number: signal.Signals) -> None:
        """Send the signal to the parent process, wait for the end of it and of its workers, and start it again.

        A service manager too starts a service again when all its processes are gone.
        """
        with self._lock:
            self._remember()
            workers = self.workers()
            self._end(number)
            wait_for_ends(workers, STOP_SECONDS)
            self.start()

    def close(self) -> None:
        """End it, with every process that it has left behind."""
        with self._lock:
            self._remember()
            self._end(signal.SIGTERM)
            self._process = None
        postmaster = self.postmaster()
        for process in (*self._seen, *([postmaster] if postmaster else [])):
            with suppress(psutil.Error):
                process.send_signal(signal.SIGCONT)
                process.send_signal(signal.SIGINT if process == postmaster else signal.SIGKILL)
                process.wait(STOP_SECONDS)

    def workers(self) -> list[psutil.Process]:
        """The worker processes, in the order in which they were started."""
        process = self._process
        if process is None:
            return []
        with suppress(psutil.Error):
            return [one for one in process.children() if one.name() != "postgres" and _runs(one)]
        return []

    def postmaster(self) -> psutil.Process | None:
        """The first process of PostgreSQL, or None while there is none."""
        try:
            pid = (self.data / "postgres" / "cluster" / "postmaster.pid").read_text().split()[0]
            process = psutil.Process(int(pid))
            return process if process.name() == "postgres" and _runs(process) else None
        except (OSError, ValueError, IndexError, psutil.Error):
            return None

    def backends(self) -> list[psutil.Process]:
        """The processes of PostgreSQL that serve the product's connections."""
        found = []
        if postmaster := self.postmaster():
            with suppress(psutil.Error):
                for process in postmaster.children():
                    with suppress(psutil.Error):
                        if " ".join(process.cmdline()).startswith(f"postgres: {DATABASE_NAME} "):
                            found.append(process)
        return found

    def superuser(self) -> psycopg.Connection:
        """A connection of the database's superuser. Raises psycopg.OperationalError while there is no database."""
        address = find_or_make(self.data).address(
            dbname=DATABASE_NAME, connect_timeout=5, options=f"-c statement_timeout={STATEMENT_SECONDS}s"
        )
        return psycopg.connect(address, autocommit=True)

    def _remember(self) -> None:
        self._seen.update(self.workers())

    def _end(self, number: signal.Signals) -> None:
        process = self._process
        if process is None:
            return
        with suppress(psutil.Error):
            process.send_signal(number)
        try:
            process.wait(STOP_SECONDS)
        except psutil.TimeoutExpired:
            self.unasked_ends += 1
            process.kill()
            process.wait(STOP_SECONDS)


def wait_for_ends(processes: Sequence[psutil.Process], seconds: float) -> None:
    """Wait until all of these have ended, at most so long. One whose parent has not noticed its end has ended."""
    deadline = time.monotonic() + seconds
    while any(_runs(process) for process in processes) and time.monotonic() < deadline:
        time.sleep(0.02)


def _runs(process: psutil.Process) -> bool:
    try:
        return bool(process.is_running() and process.status() != psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return False

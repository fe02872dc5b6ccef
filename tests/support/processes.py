"""The product as its own processes, the way an operator runs it."""

import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from contextlib import contextmanager, suppress
from pathlib import Path

import psutil

from tests.plugin import FROM_OUTSIDE

ROOT = Path(__file__).resolve().parent.parent.parent
# Long for a machine that does much else at the time: nothing here waits for it to pass.
PATIENCE = 120


def surroundings(data, **values):
    """An environment without anybody's settings but the given ones."""
    kept = {name: value for name, value in os.environ.items() if name not in (*FROM_OUTSIDE, "DATABASE_URL")}
    return kept | {"PROYECTA_DATA_DIR": str(data)} | values


def manage(data, *arguments, code=None, **values):
    """A finished `manage.py` command, or some Python code run beside it."""
    command = [sys.executable, "-c", code] if code else [sys.executable, "manage.py", *arguments]
    return subprocess.run(
        command, cwd=ROOT, env=surroundings(data, **values), capture_output=True, text=True, timeout=PATIENCE
    )


class Process(subprocess.Popen):
    """A process in the background, in a session of its own, whose output can be read at any time."""

    def __init__(self, command, data, **values):
        self.out, self.err = tempfile.TemporaryFile("w+"), tempfile.TemporaryFile("w+")  # noqa: SIM115
        super().__init__(
            [str(part) for part in command],
            cwd=ROOT,
            env=surroundings(data, **values),
            stdin=subprocess.PIPE,
            stdout=self.out,
            stderr=self.err,
            text=True,
            start_new_session=True,
        )

    def printed(self):
        return _whole(self.out)

    def complained(self):
        return _whole(self.err)

    def is_up(self):
        """Waits for a first line, which has to be `up`."""
        eventually(lambda: self.printed() or self.poll() is not None)
        assert self.printed() == "up\n", self.complained()

    def ends(self):
        """Waits for the end. Returns the status."""
        return self.wait(PATIENCE)


def _whole(file):
    return os.pread(file.fileno(), 1_000_000, 0).decode()


@contextmanager
def started(command, data, **values):
    """A Process, which is killed in the end with all that it started."""
    process = Process(command, data, **values)
    try:
        yield process
    finally:
        for one in [process, *descendants(process)]:
            with suppress(psutil.NoSuchProcess):
                one.kill()
        process.wait()
        process.stdin.close()


def descendants(process):
    try:
        return psutil.Process(process.pid).children(recursive=True)
    except psutil.NoSuchProcess:
        return []


def copy_data(source, target):
    """Copies a data directory as it is, with the owners of its files."""
    subprocess.run(["cp", "-a", source, target], check=True)


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def eventually(condition):
    """The first true value of the condition. Fails when it stays false."""
    end = time.monotonic() + PATIENCE
    while not (value := condition()):
        assert time.monotonic() < end, "it did not happen in time"
        time.sleep(0.05)
    return value


def runs(process):
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def server_of(data):
    """The PostgreSQL process of a data directory, or None."""
    try:
        process = psutil.Process(int((data / "postgres" / "cluster" / "postmaster.pid").read_text().split()[0]))
        return process if runs(process) and process.name() == "postgres" else None
    except (OSError, ValueError, IndexError, psutil.NoSuchProcess):
        return None


def stop_server_of(data):
    if server := server_of(data):
        server.send_signal(signal.SIGQUIT)
        psutil.wait_procs([server], PATIENCE)

"""The product in processes of its own, as an operator runs it."""

import os
import shutil
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
# Long, for a machine that is busy: no test waits until it has passed.
TIMEOUT_SECONDS = 120
# Shared by the processes of pytest-xdist, and removed with the data directory of the tests.
COLLECTED = Path(os.environ["PROYECTA_DATA_DIR"]) / "collected"


def surroundings(data, **values):
    """Return an environment with the given settings and no others."""
    kept = {name: value for name, value in os.environ.items() if name not in (*FROM_OUTSIDE, "DATABASE_URL")}
    return kept | {"PROYECTA_DATA_DIR": str(data)} | values


def manage(data, *arguments, code=None, **values):
    """Run a `manage.py` command, or Python code, to its end."""
    command = [sys.executable, "-c", code] if code else [sys.executable, "manage.py", *arguments]
    return subprocess.run(
        command, cwd=ROOT, env=surroundings(data, **values), capture_output=True, text=True, timeout=TIMEOUT_SECONDS
    )


class Process(subprocess.Popen):
    """A background process in a session of its own, whose output can be read at any time."""

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
        """Wait for the first line, which has to be `up`."""
        eventually(lambda: self.printed() or self.poll() is not None)
        assert self.printed() == "up\n", self.complained()

    def ends(self):
        """Wait for the end and return the status."""
        return self.wait(TIMEOUT_SECONDS)


def _whole(file):
    return os.pread(file.fileno(), 1_000_000, 0).decode()


@contextmanager
def started(command, data, **values):
    """Run a Process inside the block. It is killed afterwards, with everything that it has started."""
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


def lend_static_files(data):
    """Copy the static files that a server of these tests has collected into a new data directory.

    Collecting and compressing them takes the longest part of a first start.
    """
    if COLLECTED.exists() and not (data / "static").exists():
        data.mkdir(mode=0o711, exist_ok=True)
        shutil.copytree(COLLECTED / "static", data / "static")
        shutil.copy2(COLLECTED / "static.collected", data)


def keep_static_files(data):
    """Keep the static files that the first server of these tests has collected, for lend_static_files()."""
    if COLLECTED.exists() or not (data / "static.collected").exists():
        return
    draft = Path(tempfile.mkdtemp(dir=COLLECTED.parent))
    shutil.copytree(data / "static", draft / "static")
    shutil.copy2(data / "static.collected", draft)
    # Another process of pytest-xdist may have been faster.
    with suppress(OSError):
        draft.rename(COLLECTED)


def copy_data(source, target):
    """Copy a data directory with the owners of its files."""
    subprocess.run(["cp", "-a", source, target], check=True)


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def eventually(condition):
    """Wait until condition() is true and return its value. Fails after TIMEOUT_SECONDS."""
    end = time.monotonic() + TIMEOUT_SECONDS
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
    """Return the PostgreSQL process of a data directory, or None."""
    try:
        process = psutil.Process(int((data / "postgres" / "cluster" / "postmaster.pid").read_text().split()[0]))
        return process if runs(process) and process.name() == "postgres" else None
    except (OSError, ValueError, IndexError, psutil.NoSuchProcess):
        return None


def stop_server_of(data):
    if server := server_of(data):
        server.send_signal(signal.SIGQUIT)
        psutil.wait_procs([server], TIMEOUT_SECONDS)

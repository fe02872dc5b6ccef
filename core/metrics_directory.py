"""The directory in which the worker processes of a server share their metrics.

Apart from core/metrics.py, because prometheus_client looks for the directory when it is imported.
"""

import fcntl
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

VARIABLE = "PROMETHEUS_MULTIPROC_DIR"
PREFIX = "proyecta-metrics-"
# The files are mapped into memory. On a disk that is full, a write to them would end the process with SIGBUS.
IN_MEMORY = Path("/dev/shm")


@contextmanager
def shared_directory() -> Iterator[Path]:
    """Give this process and its forks a new directory for their metrics inside the block, and remove it afterwards.

    Directories that killed servers of this user have left are removed as well.
    """
    top = IN_MEMORY if os.access(IN_MEMORY, os.W_OK | os.X_OK) else Path(tempfile.gettempdir())
    for left_over in top.glob(f"{PREFIX}*"):
        _remove_unless_locked(left_over)
    directory, lock = _new_directory(top)
    os.environ[VARIABLE] = str(directory)
    try:
        yield directory
    finally:
        del os.environ[VARIABLE]
        shutil.rmtree(directory, ignore_errors=True)
        os.close(lock)


def _new_directory(top: Path) -> tuple[Path, int]:
    """Return a new directory in `top`, and the descriptor that locks it. Forks hold the lock too."""
    while True:
        directory = Path(tempfile.mkdtemp(prefix=PREFIX, dir=top))
        lock = os.open(directory, os.O_RDONLY | os.O_DIRECTORY)
        fcntl.flock(lock, fcntl.LOCK_EX)
        # Another start may have taken it for left over before it was locked.
        with suppress(FileNotFoundError):
            if os.path.samestat(os.fstat(lock), directory.stat()):
                return directory, lock
        os.close(lock)


def _remove_unless_locked(directory: Path) -> None:
    with suppress(OSError):
        if directory.lstat().st_uid != os.geteuid():
            return
        lock = os.open(directory, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            shutil.rmtree(directory)
        finally:
            os.close(lock)

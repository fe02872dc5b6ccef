"""A small disk for the data directory, so that it can be filled: a file system in memory. Mounting it needs root."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

DISK_MEGABYTES = 1024
FILLER_FILE = "filler"
# One after the other, each until there is no space for another one.
CHUNKS_BYTES = (2**24, 2**18, 2**12, 1)


@contextmanager
def small_disk(directory: Path) -> Iterator[bool]:
    """Mount a disk of DISK_MEGABYTES on the directory inside the block. Gives False if that is not possible."""
    is_mounted = _mounts(directory)
    try:
        yield is_mounted
    finally:
        if is_mounted:
            subprocess.run(["umount", "--lazy", directory], check=False)


def _mounts(directory: Path) -> bool:
    if sys.platform != "linux" or os.geteuid() != 0:
        return False
    options = f"size={DISK_MEGABYTES}m,mode=711"
    command = ["mount", "-t", "tmpfs", "-o", options, "tmpfs", str(directory)]
    try:
        return subprocess.run(command, capture_output=True, check=False).returncode == 0
    except OSError:
        return False


@contextmanager
def filled_disk(directory: Path) -> Iterator[None]:
    """Leave no space on the disk of the directory inside the block."""
    path = directory / FILLER_FILE
    file = os.open(path, os.O_WRONLY | os.O_CREAT, 0o600)
    try:
        for chunk_bytes in CHUNKS_BYTES:
            with suppress(OSError):
                while True:
                    os.write(file, bytes(chunk_bytes))
        yield
    finally:
        os.close(file)
        path.unlink()

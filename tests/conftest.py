"""Fixtures that more than one test file uses."""

import shutil
import tempfile
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.processes import stop_server_of


@pytest.fixture
def data_dir():
    """A new data directory of an installation of its own, whose database is gone in the end."""
    with _new_data_dir() as data:
        yield data


@pytest.fixture(scope="module")
def module_data_dir():
    """The same for all tests of a module."""
    with _new_data_dir() as data:
        yield data


@contextmanager
def _new_data_dir():
    # Not pytest's tmp_path: it is closed to the user that root's PostgreSQL runs as.
    top = Path(tempfile.mkdtemp(prefix="proyecta-"))
    top.chmod(0o711)
    yield top / "data"
    stop_server_of(top / "data")
    link = top / "data" / "postgres"
    if link.is_symlink() and link.exists():
        shutil.rmtree(link.resolve())
    shutil.rmtree(top)

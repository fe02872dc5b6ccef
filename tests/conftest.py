"""Fixtures that more than one test file uses."""

import shutil
import tempfile
from collections import Counter
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from uuid import uuid4

import pytest
from django.db import connection, connections

from tests.support.processes import stop_server_of

# With any of these, a test starts servers or databases of its own, which takes most of the time of all tests.
SLOW_FIXTURES = {"api_server", "data_dir", "module_data_dir"}


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items):
    """Begin with the files that take longest: one that came last would leave the other processes without work."""
    slow_tests = Counter(item.path for item in items if SLOW_FIXTURES.intersection(item.fixturenames))
    items.sort(key=lambda item: -slow_tests[item.path])


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


@pytest.fixture
def by_the_indexes():
    """Costs by which every search that the indexes know goes by them: a walk is of one row, and they cost nothing."""
    from customers.search import Costs

    return Costs(
        first_walk_rows=1,
        min_first_walk_rows=1,
        sample_rows=1,
        query_cost=-1,
        query_cost_two_letters=-1,
        row_cost_listed=-1,
        row_cost_looked_at=-1,
        row_cost_two_letters=-1,
    )


@pytest.fixture
def by_stretches(by_the_indexes):
    """And by which they list one stretch of the order after the other, where they can, by the buckets that somebody is
    in."""
    return replace(
        by_the_indexes,
        max_bucketed_share=2,
        max_unchecked_buckets=0,
        text_order_cost=float("-inf"),
        text_order_in_time_cost=float("-inf"),
    )


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


@pytest.fixture(scope="session")
def api_server(django_db_setup):
    """The product as `make run` starts it, on the tests' database; `.url` is its address. See `api_key`.

    One for all tests of a process. A test that may leave it in another state starts its own, with tests.support.api.
    """
    from tests.support.api import api_server

    with _new_data_dir() as data, api_server(data) as (url, _):
        yield SimpleNamespace(url=url)


@pytest.fixture
def api_key(transactional_db, api_server):
    """A key that may write, of a new app.

    What a test stores is committed, for the server to see it, and goes with the test. Without `transactional_db`
    pytest-django would not even make a database for tests, and all this would happen in the one of DATABASE_URL.
    """
    from tests.support.factories import make_key

    return make_key(scope="write")[1]


@pytest.fixture
def proyecta(api_server, api_key):
    """The Python client, with that key."""
    from proyecta import Proyecta

    with Proyecta(api_key=api_key, base_url=api_server.url) as client:
        yield client


@pytest.fixture
def word():
    """A word that no other customer has."""
    return f"w{uuid4().hex[:12]}"


@pytest.fixture
def unpooled():
    """Every thread has a connection of its own, however many there are."""
    options = connection.settings_dict["OPTIONS"]
    connections.close_all()
    pool = options.pop("pool", None)
    yield
    connections.close_all()
    if pool is not None:
        options["pool"] = pool

"""Fixtures of several files of this package."""

import pytest

from api.rate_limit import limit_of
from tests.support.api import ApiClient


@pytest.fixture
def api():
    """A client with a key that may write, of a new app."""
    return ApiClient()


@pytest.fixture
def limited_to(settings, tmp_path, monkeypatch):
    """Sets the limit of the API, and starts to count anew."""

    def limit(rate):
        settings.API_RATE_LIMIT = rate
        monkeypatch.setenv("PROYECTA_DATA_DIR", str(tmp_path))
        limit_of.cache_clear()

    yield limit
    limit_of.cache_clear()

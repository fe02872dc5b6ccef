"""The setting PROYECTA: a dict of API_KEY and BASE_URL. A key that is left out comes from the environment.

Without the setting, or if it is None, nothing is sent.
"""

from __future__ import annotations

import os
from functools import lru_cache
from typing import Any

import httpx
from django.conf import settings

from ... import Proyecta

KEYS = ("API_KEY", "BASE_URL")


def is_on() -> bool:
    """Return whether customers are created."""
    return _setting() is not None


def signup_client() -> Proyecta:
    """Return the client for use while a person waits. It gives up within seconds; the sync creates what is missing."""
    # One client for each process: a connection that was opened before a fork must not be used after it.
    return _signup_client(os.getpid(), *_arguments())


def sync_client() -> Proyecta:
    """Return a client for the sync, with many retries. The caller closes it."""
    api_key, base_url = _arguments()
    return Proyecta(api_key=api_key, base_url=base_url, max_retries=6)


@lru_cache(maxsize=1)
def _signup_client(pid: int, api_key: str | None, base_url: str | None) -> Proyecta:
    return Proyecta(
        api_key=api_key,
        base_url=base_url,
        timeout=httpx.Timeout(2.0, connect=1.0),
        # One retry, for a kept connection that the server has closed.
        max_retries=1,
        max_retry_wait=0.5,
    )


def _arguments() -> tuple[str | None, str | None]:
    setting = _setting() or {}
    return setting.get("API_KEY"), setting.get("BASE_URL")


def _setting() -> Any:
    return getattr(settings, "PROYECTA", None)

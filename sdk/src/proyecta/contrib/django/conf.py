"""The one setting, PROYECTA: a dict of API_KEY and BASE_URL, each from the environment where it is left out.

Without the setting, or where it is None, nothing is sent anywhere.
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
    return _setting() is not None


def signup_client() -> Proyecta:
    """The client for use while a person waits: it gives up within seconds, and the sync makes good for it."""
    # A connection that was opened before a fork must not be used after it.
    return _signup_client(os.getpid(), *_arguments())


def sync_client() -> Proyecta:
    """The client for the sync: patient. To be closed."""
    api_key, base_url = _arguments()
    return Proyecta(api_key=api_key, base_url=base_url, max_retries=6)


@lru_cache(maxsize=1)
def _signup_client(pid: int, api_key: str | None, base_url: str | None) -> Proyecta:
    return Proyecta(
        api_key=api_key,
        base_url=base_url,
        timeout=httpx.Timeout(2.0, connect=1.0),
        # One more try, for a kept connection that the server has closed meanwhile.
        max_retries=1,
        max_retry_wait=0.5,
    )


def _arguments() -> tuple[str | None, str | None]:
    setting = _setting() or {}
    return setting.get("API_KEY"), setting.get("BASE_URL")


def _setting() -> Any:
    return getattr(settings, "PROYECTA", None)

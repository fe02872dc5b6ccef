"""Fixtures of the client's tests."""

import asyncio
import time

import pytest


@pytest.fixture
def waits(monkeypatch):
    """The waits between tries, which take no time."""
    waited = []

    async def wait(seconds):
        waited.append(seconds)

    monkeypatch.setattr(time, "sleep", waited.append)
    monkeypatch.setattr(asyncio, "sleep", wait)
    return waited

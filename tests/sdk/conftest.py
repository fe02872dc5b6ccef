"""Fixtures of the client's tests."""

import asyncio
import threading
import time

import pytest


@pytest.fixture
def waits(monkeypatch):
    """The waits between tries, which take no time."""
    waited, sleep, test = [], time.sleep, threading.current_thread()

    def wait_here(seconds):
        # Threads that other tests have left sleep on.
        if threading.current_thread() is test:
            waited.append(seconds)
        else:
            sleep(seconds)

    async def wait(seconds):
        waited.append(seconds)

    monkeypatch.setattr(time, "sleep", wait_here)
    monkeypatch.setattr(asyncio, "sleep", wait)
    return waited

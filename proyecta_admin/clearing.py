"""Expired rows are deleted by the server itself: once soon after its start, and then every day."""

import logging
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from django.conf import settings

FIRST_PAUSE_SECONDS = 60.0  # a start has other work
INTERVAL_SECONDS = 24 * 60 * 60.0
END_CHECK_SECONDS = 0.2
COMMAND = "clear_expired"

logger = logging.getLogger(__name__)


@contextmanager
def regular_clearing(
    first_pause_seconds: float = FIRST_PAUSE_SECONDS, interval_seconds: float = INTERVAL_SECONDS
) -> Iterator[None]:
    """Run `manage.py clear_expired` again and again inside the block, beside the server.

    In a process of its own, because this one makes forks, which must not share a connection.
    """
    ended = threading.Event()
    thread = threading.Thread(
        target=_clear_until, args=[ended, first_pause_seconds, interval_seconds], name=COMMAND, daemon=True
    )
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()


def _clear_until(ended: threading.Event, pause_seconds: float, interval_seconds: float) -> None:
    while not ended.wait(pause_seconds):
        pause_seconds = interval_seconds
        try:
            complaint = _clear(ended)
        except OSError as error:
            complaint = str(error)
        if complaint and not ended.is_set():
            logger.error("Expired rows were not deleted: %s", complaint.splitlines()[-1])


def _clear(ended: threading.Event) -> str:
    """Run the command and return what it complains about. It is ended early if `ended` is set."""
    process = subprocess.Popen(
        [sys.executable, "-m", "django", COMMAND],
        cwd=settings.BASE_DIR,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        # Ctrl-C in the terminal reaches the parent alone.
        start_new_session=True,
    )
    while process.poll() is None:
        if ended.wait(END_CHECK_SECONDS):
            process.terminate()
            break
    return process.communicate()[1].strip()

"""The embedded PostgreSQL of a data directory, which all processes that need it share if DATABASE_URL is unset.

Any number of processes may use the server at the same time, and start and end in any order. Each holds a shared lock on
the file `users` as long as it does. The process that leaves last can lock the file alone, and stops the server. The
server is started and stopped under the file `lock`. The kernel releases the locks of a process that is killed: at worst
a server stays behind, which the next process takes over. server.py says how a server is created and run.

The settings import this module, so it imports nothing of Django at the top.
"""

import fcntl
import logging
import os
import secrets
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext, suppress
from io import TextIOWrapper
from pathlib import Path
from types import FrameType
from typing import Any, cast

from core import environment

from .checks import database_problem
from .server import DATABASE_NAME, PORT, Server, find_or_make, open_private, socket_dir, wheel_dir

logger = logging.getLogger(__name__)
WATCH_INTERVAL_SECONDS = 0.2  # a wait for the end of the server is interrupted, to see whether the block has ended
RESTART_RETRY_SECONDS = 5
# A command that uses no database need not wait for one to start.
COMMANDS_WITHOUT_DATABASE = {
    # It starts the database itself, if there is one.
    "backup",
    "check",
    "collectstatic",
    "compilemessages",
    "diffsettings",
    "findstatic",
    "help",
    "makemessages",
    "restore",
    "sendtestemail",
    "startapp",
    "startproject",
    "version",
}


def connection_settings() -> dict[str, Any]:
    """Return Django's connection settings for the embedded database, whether or not it runs."""
    return {
        "NAME": DATABASE_NAME,
        "USER": DATABASE_NAME,
        "PASSWORD": "",
        "HOST": str(socket_dir(environment.data_dir())),
        "PORT": str(PORT),
        "OPTIONS": {},
    }


def database_for_command(argv: list[str]) -> AbstractContextManager[None]:
    """Return the context for a `manage.py` command line: usable_database() if the command needs a database."""
    command = argv[1] if len(argv) > 1 else "help"
    if command.startswith("-") or {"-h", "--help"} & set(argv[2:]):
        return nullcontext()
    if command == "restore":
        _lend_secrets()
    if command in COMMANDS_WITHOUT_DATABASE and "--database" not in argv:
        return nullcontext()
    if command == "dbshell":
        # The psql of the wheel is as new as the server, and there on a machine that has none.
        os.environ["PATH"] = f"{wheel_dir() / 'bin'}{os.pathsep}{os.environ.get('PATH', os.defpath)}"
    return usable_database()


def _lend_secrets() -> None:
    """Set secrets for this process alone, because the settings would store new ones where others are to be restored."""
    for name in ("SECRET_KEY", "API_KEY_SECRET"):
        if not environment.text(name):
            os.environ[name] = secrets.token_urlsafe(environment.MIN_SECRET_CHARACTERS)


@contextmanager
def usable_database(*, durable: bool = True, watched: bool = False) -> Iterator[None]:
    """Provide a database inside the block: that of DATABASE_URL, else the embedded one.

    durable, watched: for the embedded one, as in running_database(). Raises CannotStart if the database cannot be used.
    """
    if not environment.database_url():
        with running_database(durable=durable, watched=watched):
            yield
    elif problem := database_problem(environment.text("DATABASE_URL")):
        raise environment.CannotStart(problem)
    else:
        yield


@contextmanager
def running_database(*, durable: bool = True, watched: bool = False) -> Iterator[None]:
    """Keep the embedded PostgreSQL running inside the block, together with every other process that uses it.

    durable: False for a throw-away database. Nothing waits for the disk then, and a power cut ruins it.
    watched: True for a process that stays. A server that goes away is then started again.

    SIGTERM and SIGHUP become KeyboardInterrupt inside the block, so that a process that is told to end stops the server
    first. Raises CannotStart, with one sentence, if the server cannot be started.
    """
    with _signals_as_interrupts():
        data = environment.make_data_dir()
        with _os_errors_as_cannot_start(data):
            with locked(data / "postgres.lock"):
                server = find_or_make(data)
            users = open(server.home / "users", "a", opener=open_private)  # noqa: SIM115 - closed by the `with` below
        with users:
            try:
                with locked(server.home / "lock"), _os_errors_as_cannot_start(data):
                    fcntl.flock(users, fcntl.LOCK_SH)
                    server.start(durable=durable)
                with _restarted(server, durable) if watched else nullcontext():
                    yield
            finally:
                try:
                    _disconnect()
                finally:
                    _leave(server, users)


@contextmanager
def _restarted(server: Server, durable: bool) -> Iterator[None]:
    ended = threading.Event()
    watcher = threading.Thread(target=_restart_until, args=[ended, server, durable], daemon=True)
    watcher.start()
    try:
        yield
    finally:
        ended.set()
        watcher.join()


def _restart_until(ended: threading.Event, server: Server, durable: bool) -> None:
    while not ended.is_set():
        if server.wait_for_end(WATCH_INTERVAL_SECONDS):
            continue
        # Without its files, a start would begin with an empty database.
        if not server.files.exists():
            ended.wait(WATCH_INTERVAL_SECONDS)
            continue
        try:
            with locked(server.home / "lock"):
                if not ended.is_set():
                    logger.error("PostgreSQL has ended. Starting it again.")
                    server.start(durable=durable)
        except (environment.CannotStart, OSError) as error:
            logger.error("%s", error)
            ended.wait(RESTART_RETRY_SECONDS)


def _leave(server: Server, users: TextIOWrapper) -> None:
    with locked(server.home / "lock"):
        fcntl.flock(users, fcntl.LOCK_UN)
        with suppress(BlockingIOError):
            fcntl.flock(users, fcntl.LOCK_EX | fcntl.LOCK_NB)
            server.stop()


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Hold the lock of a file, which is created, inside the block."""
    with open(path, "a", opener=open_private) as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


@contextmanager
def _os_errors_as_cannot_start(data: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        path = f", {error.filename}" if error.filename else ""
        raise environment.CannotStart(
            f"The database in {data} cannot be prepared: {error.strerror or error}{path}."
        ) from None


@contextmanager
def _signals_as_interrupts() -> Iterator[None]:
    def interrupt(number: int, frame: FrameType | None) -> None:
        # Only once. make passes SIGTERM on, and a second interrupt would cut short the cleaning up after the first.
        for number in handled:
            signal.signal(number, signal.SIG_IGN)
        raise KeyboardInterrupt

    if threading.current_thread() is not threading.main_thread():
        yield
        return
    # A signal that is ignored (nohup) or has another handler stays as it is.
    handled = [number for number in (signal.SIGTERM, signal.SIGHUP) if signal.getsignal(number) is signal.SIG_DFL]
    for number in handled:
        signal.signal(number, interrupt)
    try:
        with _interrupts_raised_again():
            yield
    finally:
        for number in handled:
            if signal.getsignal(number) is interrupt:
                signal.signal(number, signal.SIG_DFL)


@contextmanager
def _interrupts_raised_again() -> Iterator[None]:
    """Raise a KeyboardInterrupt again that came where Python swallows exceptions, such as in a finalizer."""

    def raise_again(lost: Any) -> None:
        if issubclass(lost.exc_type, KeyboardInterrupt):
            signal.setitimer(signal.ITIMER_REAL, 0.01)
        else:
            hook(lost)

    def interrupt(number: int, frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    hook, sys.unraisablehook = sys.unraisablehook, raise_again
    alarm = signal.signal(signal.SIGALRM, interrupt)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, alarm)
        sys.unraisablehook = hook


def _disconnect() -> None:
    """Close Django's connections, so that its pool does not log that the server goes away."""
    if "django.db" not in sys.modules:
        return
    from django.conf import settings
    from django.db import connections

    if settings.configured:
        for connection in connections.all(initialized_only=True):
            connection.close()
            cast(Any, connection).close_pool()

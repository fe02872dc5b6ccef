"""The embedded PostgreSQL: started, shared and stopped by whoever needs it, when DATABASE_URL is unset.

Any number of processes may use the one server of a data directory at once, and start and end in any order. Each holds
a shared lock on `users` while it does; the one that leaves last, which is the one that can lock it alone, stops the
server. Starting and stopping happen under `lock`. The kernel drops the locks of a process that is killed, so that the
worst it leaves is a running server, which the next process takes over. How a server is made and run: `cluster.py`.

This module is used before Django has its settings, so it imports nothing of Django's on its own account.
"""

import fcntl
import logging
import os
import signal
import sys
import threading
from contextlib import contextmanager, nullcontext, suppress

from core import environment

from . import server as cluster
from .checks import database_problem

logger = logging.getLogger(__name__)
LOOK_SECONDS = 1
RETRY_SECONDS = 15
# Commands that touch no database, or not by themselves: starting one for them would only cost time.
COMMANDS_WITHOUT_DATABASE = {
    "check",
    "collectstatic",
    "compilemessages",
    "diffsettings",
    "findstatic",
    "help",
    "makemessages",
    "sendtestemail",
    "startapp",
    "startproject",
    "version",
}


def connection_settings():
    """Django's connection settings for the embedded database, whether or not it runs."""
    return {
        "NAME": cluster.NAME,
        "USER": cluster.NAME,
        "PASSWORD": "",
        "HOST": str(cluster.socket_dir(environment.data_dir())),
        "PORT": str(cluster.PORT),
        "OPTIONS": {},
    }


def database_for_command(argv):
    """The context to run a `manage.py` command line in: the embedded database, where the command needs it."""
    command = argv[1] if len(argv) > 1 else "help"
    if command.startswith("-") or {"-h", "--help"} & set(argv[2:]):
        return nullcontext()
    if command in COMMANDS_WITHOUT_DATABASE and "--database" not in argv:
        return nullcontext()
    if command == "dbshell":
        # A psql as new as the server, also on a machine that has none.
        os.environ["PATH"] = f"{cluster.wheel() / 'bin'}{os.pathsep}{os.environ.get('PATH', os.defpath)}"
    return usable_database()


@contextmanager
def usable_database(*, durable=True, watched=False):
    """Has a database to work on inside the `with` block: the one of DATABASE_URL, else the embedded one.

    `durable` and `watched` are for the embedded one, as in `running_database`. Raises CannotStart where neither can be
    had or used.
    """
    if not environment.database_url():
        with running_database(durable=durable, watched=watched):
            yield
    elif problem := database_problem(environment.text("DATABASE_URL")):
        raise environment.CannotStart(problem)
    else:
        yield


@contextmanager
def running_database(*, durable=True, watched=False):
    """Has the embedded PostgreSQL running inside the `with` block, together with every other process that wants it.

    `durable=False` is for a database that is thrown away: nothing waits for the disk, and a power cut ruins it.
    `watched` is for who stays: should the server go before its time, it is started again.
    SIGTERM and SIGHUP become KeyboardInterrupt inside, so that a process that is told to end stops the server first.
    Raises CannotStart with one sentence where it cannot be had.
    """
    with _signals_interrupt():
        data = environment.make_data_dir()
        with _os_errors_told(data):
            with _locked(data / "postgres.lock"):
                mine = cluster.find_or_make(data)
            users = open(mine.home / "users", "a", opener=cluster.private)  # noqa: SIM115 - closed by the `with` below
        with users:
            try:
                with _locked(mine.home / "lock"), _os_errors_told(data):
                    fcntl.flock(users, fcntl.LOCK_SH)
                    mine.start(durable=durable)
                with _kept_up(mine, durable) if watched else nullcontext():
                    yield
            finally:
                try:
                    _disconnect()
                finally:
                    _leave(mine, users)


@contextmanager
def _kept_up(mine, durable):
    ended = threading.Event()
    watcher = threading.Thread(target=_keep_up, args=[mine, durable, ended], daemon=True)
    watcher.start()
    try:
        yield
    finally:
        ended.set()
        watcher.join()


def _keep_up(mine, durable, ended):
    pause = LOOK_SECONDS
    while not ended.wait(pause):
        pause = LOOK_SECONDS
        # Without its files there is nothing to go on with, and a new start would begin with an empty database.
        if mine.runs() or not mine.files.exists():
            continue
        try:
            with _locked(mine.home / "lock"):
                if not ended.is_set():
                    logger.error("PostgreSQL is gone. It is started again.")
                    mine.start(durable=durable)
        except (environment.CannotStart, OSError) as error:
            logger.error("%s", error)
            pause = RETRY_SECONDS


def _leave(mine, users):
    with _locked(mine.home / "lock"):
        fcntl.flock(users, fcntl.LOCK_UN)
        with suppress(BlockingIOError):
            fcntl.flock(users, fcntl.LOCK_EX | fcntl.LOCK_NB)
            mine.stop()


@contextmanager
def _locked(path):
    with open(path, "a", opener=cluster.private) as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


@contextmanager
def _os_errors_told(data):
    try:
        yield
    except OSError as error:
        where = f", {error.filename}" if error.filename else ""
        reason = f"{error.strerror or error}{where}"
        raise environment.CannotStart(f"The database in {data} cannot be prepared: {reason}.") from None


@contextmanager
def _signals_interrupt():
    def interrupt(number, frame):
        # Once: make sends SIGTERM on, and the second must not cut short what the first began.
        for number in ours:
            signal.signal(number, signal.SIG_IGN)
        raise KeyboardInterrupt

    if threading.current_thread() is not threading.main_thread():
        yield
        return
    # One that is ignored (nohup) or that somebody handles stays as it is.
    ours = [number for number in (signal.SIGTERM, signal.SIGHUP) if signal.getsignal(number) is signal.SIG_DFL]
    for number in ours:
        signal.signal(number, interrupt)
    try:
        with _interrupts_not_lost():
            yield
    finally:
        for number in ours:
            if signal.getsignal(number) is interrupt:
                signal.signal(number, signal.SIG_DFL)


@contextmanager
def _interrupts_not_lost():
    """Raises a KeyboardInterrupt anew that came where Python lets no exception out: in a finalizer, say."""

    def tell(lost):
        if issubclass(lost.exc_type, KeyboardInterrupt):
            signal.setitimer(signal.ITIMER_REAL, 0.01)
        else:
            before(lost)

    def interrupt(number, frame):
        raise KeyboardInterrupt

    before, sys.unraisablehook = sys.unraisablehook, tell
    alarm = signal.signal(signal.SIGALRM, interrupt)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, alarm)
        sys.unraisablehook = before


def _disconnect():
    """Closes Django's connections, so that its pool does not see the server go and complain."""
    if "django.db" not in sys.modules:
        return
    from django.conf import settings
    from django.db import connections

    if settings.configured:
        for connection in connections.all(initialized_only=True):
            connection.close()
            connection.close_pool()

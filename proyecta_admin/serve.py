"""`make run`: starts the database, migrates it, collects static files and serves the product until it is stopped."""

import copy
import errno
import hashlib
import logging
import os
import select
import signal
import socket
import sys
import threading
import time
from collections.abc import Callable
from functools import partial
from multiprocessing.process import BaseProcess
from queue import SimpleQueue
from types import FrameType
from typing import Any, cast

import django
import psycopg
from django.conf import settings
from django.core.management import call_command
from django.db import OperationalError, connection

from core import environment
from core.db.locks import advisory_lock
from core.environment import BadEnvironment, CannotStart
from core.metrics_directory import shared_directory
from core.slow_clients import HEAD_TIMEOUT_SECONDS, THREADS_PER_WORKER
from postgres.embedded import usable_database

from .clearing import regular_clearing

# The advisory lock under which a server prepares the database: a number that nothing else there locks.
PREPARATION_LOCK = 0x50726F79
# The file with the digest of the static files that were collected last.
COLLECTED_DIGEST_FILE = "static.collected"
SHUTDOWN_TIMEOUT_SECONDS = 10  # for requests under way
KILL_TIMEOUT_SECONDS = SHUTDOWN_TIMEOUT_SECONDS + 5
PARENT_CHECK_SECONDS = 1


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "proyecta_admin.settings")
    port = environment.number("PORT", 8000, 1, 65535)
    wants_demo = environment.flag("PROYECTA_DEMO", True)
    address = free_address(environment.host(), port)
    django.setup()
    if settings.HTTPS and not settings.PROXY:
        raise BadEnvironment(
            "HTTPS=1 needs PROXY=1 as well: this server speaks plain HTTP, so that a reverse proxy has to end TLS."
        )
    with usable_database(watched=True):
        if not (settings.DATA_DIR / COLLECTED_DIGEST_FILE).exists():
            print("Preparing the first start…", flush=True)
        # The password is shown once: whatever may fail comes before it is generated.
        collect_static()
        free_address(environment.host(), port)
        password = prepare_database(wants_demo)
        print(greeting(port, password), flush=True)
        with regular_clearing():
            serve(address, port)


def free_address(host: str, port: int) -> str:
    """Return the IP address of `host`, if its port is free. Raises CannotStart if it is not, or not allowed.

    Checked here, because the server opens the port so that its workers, and any other server, can share it.
    """
    try:
        family, _, _, _, where = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        with socket.socket(family) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            if environment.flag("SHARE_PORT"):
                # The port may be in use by servers that share it too.
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
            probe.bind(where)
    except (OSError, UnicodeError) as error:
        if getattr(error, "errno", None) == errno.EADDRINUSE:
            raise CannotStart(f"Port {port} on {host} is in use: end what uses it, or set PORT to another.") from None
        if getattr(error, "errno", None) == errno.EACCES:
            raise CannotStart(f"This user may not listen on port {port}: set PORT to one from 1024 on.") from None
        raise BadEnvironment(f"HOST must be an address of this machine, such as 127.0.0.1, not {host!r}.") from None
    return str(where[0])


def prepare_database(wants_demo: bool) -> str | None:
    """Migrate the database and create the demo. Returns the password of the demo's user, or None without a demo.

    Raises CannotStart if the database fails.
    """
    from .demo import make_demo

    try:
        # Other servers on the same database may start at the same time.
        with advisory_lock(PREPARATION_LOCK):
            call_command("migrate", interactive=False, verbosity=0)
            password = make_demo() if wants_demo else None
    except (OperationalError, psycopg.OperationalError) as error:
        # A full disk, for example, or a server that went away. A traceback would say no more.
        log = "" if environment.text("DATABASE_URL") else f" Its log is {settings.DATA_DIR / 'postgres.log'}."
        raise CannotStart(f"The database cannot be prepared: {str(error).splitlines()[0]}.{log}") from None
    # The workers are forks of this process, which must not share a connection. The threads of a pool do not survive.
    connection.close()
    cast(Any, connection).close_pool()
    return password


def collect_static() -> None:
    """Collect and compress the static files if any has changed: this takes longer than the rest of a start.

    Raises CannotStart if they cannot be written.
    """
    from django.contrib.staticfiles.finders import get_finders

    if settings.DEBUG:
        return  # with DEBUG they are served from the source tree
    digest = hashlib.sha256(repr(settings.STORAGES["staticfiles"]).encode())
    for finder in get_finders():
        for name, storage in sorted(finder.list([]), key=lambda found: found[0]):
            about = os.stat(storage.path(name))
            digest.update(repr((name, storage.path(name), about.st_size, about.st_mtime_ns)).encode())
    mark = settings.DATA_DIR / COLLECTED_DIGEST_FILE
    if settings.STATIC_ROOT.is_dir() and mark.exists() and mark.read_text() == digest.hexdigest():
        return
    try:
        call_command("collectstatic", interactive=False, verbosity=0)
        mark.write_text(digest.hexdigest())
    except OSError as error:
        reason = error.strerror or error
        raise CannotStart(f"The static files cannot be collected in {settings.STATIC_ROOT}: {reason}.") from None


def serve(address: str, port: int) -> None:
    """Run granian until a signal ends it."""
    from granian.constants import HTTPModes, Interfaces
    from granian.http import HTTP1Settings
    from granian.log import LogLevels

    from . import wsgi  # noqa: F401 - loaded before the workers are forked, so that they share it and start at once
    from .workers import SupervisedServer

    server: Any = SupervisedServer(
        "proyecta_admin.wsgi:application",
        address=address,
        port=port,
        interface=Interfaces.WSGI,
        workers=len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1,
        # Only HTTP/1, which proxies use behind them: granian has no time limit for heads in HTTP/2.
        http=HTTPModes.http1,
        http1_settings=HTTP1Settings(header_read_timeout=HEAD_TIMEOUT_SECONDS * 1000),
        blocking_threads=THREADS_PER_WORKER,
        workers_kill_timeout=KILL_TIMEOUT_SECONDS,
        log_level=LogLevels.warning,
        log_dictconfig=copy.deepcopy(settings.LOGGING),
    )
    logging.getLogger("_granian").addFilter(_is_no_thread_count_warning)
    logging.getLogger("_granian").addFilter(partial(_is_no_false_refusal, server))
    # SIGHUP, from a closed terminal, ends the server unless nohup ignores it. granian would restart its workers.
    is_nohup = signal.getsignal(signal.SIGHUP) is signal.SIG_IGN
    server.signal_handler_interrupt = _in_a_thread(server.signal_handler_interrupt)
    server.signal_handler_reload = signal.SIG_IGN if is_nohup else server.signal_handler_interrupt
    server.serve(target_loader=partial(load_worker, os.getpid()), wrap_loader=False)
    # The rest of the shutdown must not be interrupted.
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)


def greeting(port: int, password: str | None) -> str:
    """Return the text that a start prints. password: that of the demo's user, if a demo was created."""
    from .demo import DEMO_USERNAME

    host = environment.host()
    everywhere = host in ("0.0.0.0", "::")
    name = "127.0.0.1" if everywhere else f"[{host}]" if ":" in host else host
    lines = [f"Proyecta Admin runs at http://{name}:{port}/"]
    if password:
        lines += [f"    user      {DEMO_USERNAME}", f"    password  {password}"]
        lines += [f"The password is shown only now. To set another: manage.py changepassword {DEMO_USERNAME}"]
    if everywhere and not environment.text("ALLOWED_HOSTS"):
        lines += ["Set ALLOWED_HOSTS to the names by which other machines reach it. It answers to no other name."]
    return "\n".join(lines)


def load_worker(parent: int, beat: Callable[[], None]) -> Callable[..., Any]:
    """Return the application for a worker.

    parent: the pid of its parent; the worker ends when that process is gone.
    beat: tells the parent that this worker is not stopped and does not hang. It is called every PARENT_CHECK_SECONDS.
    """
    # Ctrl-C in the terminal must reach the parent alone, which then tells its workers.
    os.setsid()
    signalled, write_end = os.pipe()
    os.set_blocking(write_end, False)
    signal.set_wakeup_fd(write_end)
    threading.Thread(target=_end_in_time, args=[parent, signalled, beat], daemon=True).start()
    from core.metrics import begin_worker

    from .wsgi import application

    if settings.METRICS_TOKEN:
        begin_worker()
    return application


def _in_a_thread(end: Callable[[], None]) -> Callable[[int, FrameType | None], None]:
    """Return a signal handler that has a thread call `end`, once.

    `end` takes a lock. Called in the handler, it would wait for ever if the signal came while the lock is held. Two
    signals come close together if one is sent to a process group, because make passes its SIGTERM on.
    """
    signals, parent = SimpleQueue[int](), os.getpid()

    def wait() -> None:
        signals.get()
        end()

    def handle(number: int, frame: FrameType | None) -> None:
        if os.getpid() != parent:
            os._exit(0)  # a worker that has not begun yet
        signals.put(number)

    threading.Thread(target=wait, daemon=True).start()
    return handle


def _is_no_thread_count_warning(record: logging.LogRecord) -> bool:
    """Filter out granian's warning of more threads than processors. Most threads wait for clients or the database."""
    return "Python threads" not in record.getMessage()


def _is_no_false_refusal(server: Any, record: logging.LogRecord) -> bool:
    """Filter out granian's message that a worker refused to stop if all workers have ended within a second.

    granian gives the thread that notices the end of a worker one millisecond, which is too little on a busy machine.
    """
    if "refused to gracefully stop" not in record.getMessage():
        return True
    deadline = time.monotonic() + 1
    while (running := _any_alive(server.wrks)) and time.monotonic() < deadline:
        time.sleep(0.01)
    return running


def _any_alive(workers: list[BaseProcess]) -> bool:
    return any(worker.is_alive() for worker in workers)


def _end_in_time(parent: int, signalled: int, beat: Callable[[], None]) -> None:
    """End this process SHUTDOWN_TIMEOUT_SECONDS after a signal or the end of its parent, even if clients still wait.

    signalled: a file descriptor that is readable after a signal.
    """
    while os.getppid() == parent and not select.select([signalled], [], [], PARENT_CHECK_SECONDS)[0]:
        beat()
    if os.getppid() != parent:
        os.kill(os.getpid(), signal.SIGTERM)
    time.sleep(SHUTDOWN_TIMEOUT_SECONDS)
    os._exit(0)


if __name__ == "__main__":
    try:
        # Before Django is set up, which imports the metrics.
        with shared_directory():
            main()
    except KeyboardInterrupt:
        sys.exit(130)

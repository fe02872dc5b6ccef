"""`make run`: the database, its migrations, the static files and the production server, until Ctrl-C or SIGTERM."""

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
from functools import partial
from queue import SimpleQueue

import django
import psycopg
from django.conf import settings
from django.core.management import call_command
from django.db import OperationalError, connection

from core import environment
from core.db.locks import advisory_lock
from core.environment import BadEnvironment, CannotStart
from core.slow_clients import HEAD_TIMEOUT_SECONDS, THREADS_PER_WORKER, BodyFirst
from postgres.embedded import usable_database

# Any number that nothing else locks on in this database.
PREPARING = 0x50726F79
COLLECTED = "static.collected"
PATIENCE = 10  # seconds for requests under way when the server ends
LAST_RESORT = 5  # seconds more, after which a worker is killed


def main():
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
        if not (settings.DATA_DIR / COLLECTED).exists():
            print("Preparing the first start…", flush=True)
        # In this order: nothing that may fail stands between the making of the password and its one showing.
        collect_static()
        free_address(environment.host(), port)
        password = prepare_database(wants_demo)
        print(greeting(port, password), flush=True)
        serve(address, port)


def free_address(host, port):
    """The IP address to listen on. Raises CannotStart where that is not possible.

    Asked here because the server shares its port among its workers, and would share it with a second server as well.
    """
    try:
        family, _, _, _, where = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        with socket.socket(family) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            if environment.flag("SHARE_PORT"):
                # Free, or of others who share it as well.
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
            probe.bind(where)
    except (OSError, UnicodeError) as error:
        if getattr(error, "errno", None) == errno.EADDRINUSE:
            raise CannotStart(f"Port {port} on {host} is in use: end what uses it, or set PORT to another.") from None
        if getattr(error, "errno", None) == errno.EACCES:
            raise CannotStart(f"This user may not listen on port {port}: set PORT to one from 1024 on.") from None
        raise BadEnvironment(f"HOST must be an address of this machine, such as 127.0.0.1, not {host!r}.") from None
    return where[0]


def prepare_database(wants_demo):
    """Applies the migrations and makes the demo. Returns the password of the user that it made, if it made one."""
    from .demo import make_demo

    try:
        # Other servers of the same database may start at the same time.
        with advisory_lock(PREPARING):
            call_command("migrate", interactive=False, verbosity=0)
            password = make_demo() if wants_demo else None
    except (OperationalError, psycopg.OperationalError) as error:
        # A full disk, a server that went away: nothing that a traceback would tell more of.
        where = "" if environment.text("DATABASE_URL") else f" Its log is {settings.DATA_DIR / 'postgres.log'}."
        raise CannotStart(f"The database cannot be prepared: {str(error).splitlines()[0]}.{where}") from None
    # The workers are forks of this process: a connection must not be in two of them, and a pool's threads are in none.
    connection.close()
    connection.close_pool()
    return password


def collect_static():
    """Collects and compresses the static files, if any has changed since: it takes longer than all else in a start."""
    from django.contrib.staticfiles.finders import get_finders

    if settings.DEBUG:
        return  # served from where they are written
    digest = hashlib.sha256(repr(settings.STORAGES["staticfiles"]).encode())
    for finder in get_finders():
        for name, storage in sorted(finder.list([]), key=lambda found: found[0]):
            about = os.stat(storage.path(name))
            digest.update(repr((name, storage.path(name), about.st_size, about.st_mtime_ns)).encode())
    mark = settings.DATA_DIR / COLLECTED
    if settings.STATIC_ROOT.is_dir() and mark.exists() and mark.read_text() == digest.hexdigest():
        return
    try:
        call_command("collectstatic", interactive=False, verbosity=0)
        mark.write_text(digest.hexdigest())
    except OSError as error:
        reason = error.strerror or error
        raise CannotStart(f"The static files cannot be collected in {settings.STATIC_ROOT}: {reason}.") from None


def serve(address, port):
    from granian import Granian
    from granian.constants import HTTPModes, Interfaces
    from granian.http import HTTP1Settings
    from granian.log import LogLevels

    from . import wsgi  # noqa: F401 - loaded before the workers are forked, which then share it and start at once

    server = Granian(
        "proyecta_admin.wsgi:application",
        address=address,
        port=port,
        interface=Interfaces.WSGI,
        workers=len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1,
        # Not HTTP/2, which proxies do not speak to what is behind them: the time limit for heads is HTTP/1's alone.
        http=HTTPModes.http1,
        http1_settings=HTTP1Settings(header_read_timeout=HEAD_TIMEOUT_SECONDS * 1000),
        blocking_threads=THREADS_PER_WORKER,
        respawn_failed_workers=True,
        workers_kill_timeout=PATIENCE + LAST_RESORT,
        log_level=LogLevels.warning,
        log_dictconfig=copy.deepcopy(settings.LOGGING),
    )
    logging.getLogger("_granian").addFilter(_without_count_of_threads)
    logging.getLogger("_granian").addFilter(partial(_without_false_refusal, server))
    # A closed terminal ends the server, unless nohup asked that it does not; granian would start its workers anew.
    ignored = signal.getsignal(signal.SIGHUP) is signal.SIG_IGN
    server.signal_handler_interrupt = _in_a_thread(server.signal_handler_interrupt)
    server.signal_handler_reload = signal.SIG_IGN if ignored else server.signal_handler_interrupt
    server.serve(target_loader=partial(load_worker, os.getpid()), wrap_loader=False)
    # What is left, it does in any case.
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)


def greeting(port, password):
    """What a start prints."""
    from .demo import USERNAME

    host = environment.host()
    everywhere = host in ("0.0.0.0", "::")
    name = "127.0.0.1" if everywhere else f"[{host}]" if ":" in host else host
    lines = [f"Proyecta Admin runs at http://{name}:{port}/"]
    if password:
        lines += [f"    user      {USERNAME}", f"    password  {password}"]
        lines += [f"The password is shown only now. To set another: manage.py changepassword {USERNAME}"]
    if everywhere and not environment.text("ALLOWED_HOSTS"):
        lines += ["Set ALLOWED_HOSTS to the names by which other machines reach it: it answers to no other."]
    return "\n".join(lines)


def load_worker(parent):
    """The application for a worker, which ends when its parent does, however that ends."""
    # Ctrl-C in the terminal reaches the parent alone, which then tells its workers.
    os.setsid()
    told, tell = os.pipe()
    os.set_blocking(tell, False)
    signal.set_wakeup_fd(tell)
    threading.Thread(target=_end_in_time, args=[parent, told], daemon=True).start()
    from .wsgi import application

    return BodyFirst(application, settings.DATA_UPLOAD_MAX_MEMORY_SIZE)


def _in_a_thread(end):
    """A handler for signals, the first of which has a thread call `end`.

    `end` takes a lock, so that it would wait for ever in a handler that comes while another has it. Two signals come so
    close where one is sent to a process group: make sends its SIGTERM on.
    """
    told, parent = SimpleQueue(), os.getpid()

    def wait():
        told.get()
        end()

    def tell(number, frame):
        if os.getpid() != parent:
            os._exit(0)  # a worker that has not begun
        told.put(number)

    threading.Thread(target=wait, daemon=True).start()
    return tell


def _without_count_of_threads(record):
    """Leaves out that there are many for the processors: most of them wait, for clients and for the database."""
    return "Python threads" not in record.getMessage()


def _without_false_refusal(server, record):
    """Leaves out that a worker does not stop where all have: the thread that sees one end has a millisecond to tell the
    one that asks, on a busy machine too little."""
    if "refused to gracefully stop" not in record.getMessage():
        return True
    end = time.monotonic() + 1
    while (running := any(worker.is_alive() for worker in server.wrks)) and time.monotonic() < end:
        time.sleep(0.01)
    return running


def _end_in_time(parent, told):
    """Ends this process when its parent is gone or it is `told` by a signal, whatever clients it still waits for."""
    while os.getppid() == parent and not select.select([told], [], [], 1)[0]:
        pass
    if os.getppid() != parent:
        os.kill(os.getpid(), signal.SIGTERM)
    time.sleep(PATIENCE)
    os._exit(0)


if __name__ == "__main__":
    try:
        main()
    except KeyboardInterrupt:
        sys.exit(130)

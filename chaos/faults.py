"""What fails. Each kind is a function that takes the scene and a source of chance, and returns when the fault is over.

A function finds what it needs or does nothing: with two faults at once, the other may have ended the process already.
"""

import random
import signal
import socket
import struct
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field

import psutil
import psycopg

from .disk import filled_disk
from .product import Product, wait_for_ends

STOPPED_SECONDS = (1, 6)
CUT_SECONDS = (0.5, 2)
FULL_DISK_SECONDS = (3, 8)
RESTART_SECONDS = 20  # for PostgreSQL, to end in an orderly way
CUT_CONNECTIONS = 20
LOG_SWITCHES = 8  # of PostgreSQL's log, which use up the files that it has prepared
LINGER_ZERO = struct.pack("ii", 1, 0)  # close() then sends a reset


@dataclass(slots=True)
class Scene:
    """What faults act upon. cuts_answers: while it is set, the client's answers are lost on their way back."""

    product: Product
    cuts_answers: threading.Event = field(default_factory=threading.Event)


Fault = Callable[[Scene, random.Random], None]


def kill_worker(scene: Scene, chance: random.Random) -> None:
    if workers := scene.product.workers():
        _signal(chance.choice(workers), signal.SIGKILL)


def kill_workers_in_turn(scene: Scene, chance: random.Random) -> None:
    """Kill a worker, and soon after it another one or the one that has taken its place."""
    kill_worker(scene, chance)
    time.sleep(chance.uniform(0.5, 4))
    kill_worker(scene, chance)


def kill_all_workers(scene: Scene, chance: random.Random) -> None:
    for worker in scene.product.workers():
        _signal(worker, signal.SIGKILL)


def stop_worker(scene: Scene, chance: random.Random) -> None:
    """Hold a worker by SIGSTOP for some seconds."""
    if workers := scene.product.workers():
        worker = chance.choice(workers)
        _signal(worker, signal.SIGSTOP)
        try:
            time.sleep(chance.uniform(*STOPPED_SECONDS))
        finally:
            _signal(worker, signal.SIGCONT)


def restart_product(scene: Scene, chance: random.Random) -> None:
    scene.product.end_and_start(signal.SIGTERM)


def kill_product(scene: Scene, chance: random.Random) -> None:
    """Kill the parent process, which leaves workers and database to themselves, and start it again."""
    scene.product.end_and_start(signal.SIGKILL)


def kill_postmaster(scene: Scene, chance: random.Random) -> None:
    if postmaster := scene.product.postmaster():
        _signal(postmaster, signal.SIGKILL)


def kill_postgres(scene: Scene, chance: random.Random) -> None:
    """Kill all processes of PostgreSQL."""
    if postmaster := scene.product.postmaster():
        with suppress(psutil.Error):
            for process in (postmaster, *postmaster.children()):
                _signal(process, signal.SIGKILL)


def kill_backend(scene: Scene, chance: random.Random) -> None:
    """Kill one process of PostgreSQL that serves a connection. PostgreSQL then ends all others, and recovers."""
    if backends := scene.product.backends():
        _signal(chance.choice(backends), signal.SIGKILL)


def stop_postgres(scene: Scene, chance: random.Random) -> None:
    """Hold all processes of PostgreSQL by SIGSTOP for some seconds, as a disk does that does not answer."""
    if postmaster := scene.product.postmaster():
        processes = [postmaster]
        with suppress(psutil.Error):
            processes += postmaster.children()
        try:
            for process in processes:
                _signal(process, signal.SIGSTOP)
            time.sleep(chance.uniform(*STOPPED_SECONDS))
        finally:
            for process in reversed(processes):
                _signal(process, signal.SIGCONT)


def terminate_backends(scene: Scene, chance: random.Random) -> None:
    """End every connection of the product, as an administrator or a proxy does."""
    with suppress(psycopg.Error), scene.product.superuser() as connection:
        connection.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'proyecta'")


def restart_postgres(scene: Scene, chance: random.Random) -> None:
    """End PostgreSQL in an orderly way. The product starts it again."""
    if postmaster := scene.product.postmaster():
        _signal(postmaster, signal.SIGINT)
        wait_for_ends([postmaster], RESTART_SECONDS)


def cut_connections(scene: Scene, chance: random.Random) -> None:
    """Cut connections in the middle of a head, of a body and of an answer, and lose the answers of the client."""
    scene.cuts_answers.set()
    try:
        for _ in range(CUT_CONNECTIONS):
            _cut_one(scene.product.port, chance)
        time.sleep(chance.uniform(*CUT_SECONDS))
    finally:
        scene.cuts_answers.clear()


def fill_disk(scene: Scene, chance: random.Random) -> None:
    """Leave no space on the disk; every other time for PostgreSQL's log as well, which has files in reserve."""
    with filled_disk(scene.product.data):
        if chance.random() < 0.5:
            with suppress(psycopg.Error), scene.product.superuser() as connection:
                for _ in range(LOG_SWITCHES):
                    connection.execute("SELECT pg_switch_wal()")
        time.sleep(chance.uniform(*FULL_DISK_SECONDS))


FAULTS: dict[str, Fault] = {
    "kill -9 of a worker": kill_worker,
    "kill -9 of two workers in turn": kill_workers_in_turn,
    "kill -9 of all workers": kill_all_workers,
    "SIGSTOP of a worker": stop_worker,
    "SIGTERM and start": restart_product,
    "kill -9 of the parent and start": kill_product,
    "kill -9 of the postmaster": kill_postmaster,
    "kill -9 of all of PostgreSQL": kill_postgres,
    "kill -9 of a backend": kill_backend,
    "SIGSTOP of all of PostgreSQL": stop_postgres,
    "pg_terminate_backend of all": terminate_backends,
    "restart of PostgreSQL": restart_postgres,
    "connections cut": cut_connections,
    "full disk": fill_disk,
}
NEEDS_SMALL_DISK = ("full disk",)


def _signal(process: psutil.Process, number: signal.Signals) -> None:
    with suppress(psutil.Error):
        process.send_signal(number)


def _cut_one(port: int, chance: random.Random) -> None:
    head = f"POST /v1/commerce/customers HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nContent-Type: application/json\r\n"
    whole = f"GET /sign-in/ HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n\r\n"
    part = chance.choice([head, f'{head}Content-Length: 60\r\n\r\n{{"name": "Half', whole])
    with suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=2) as connection:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, LINGER_ZERO)
        connection.sendall(part.encode())

"""The pool of a process: a few connections to one database, each lent to one thread at a time.

A thread that finds no living connection makes one itself, at once, and gets the error if that fails. psycopg_pool
leaves it to threads in the background, which wait longer after each failure: once the database is back, requests would
wait for them, and fail without knowing why (docs/decisions/0016).
"""

import threading
from collections import Counter, deque
from collections.abc import Callable, Mapping
from concurrent.futures import Future
from contextlib import suppress
from time import monotonic
from typing import Any

import psycopg
from psycopg.pq import TransactionStatus

from .connections import Connection

MAX_AGE_SECONDS = 60 * 60  # a session of PostgreSQL grows with its caches

Place = Connection | None  # a connection that is not in use, or the right to make one


class PoolTimeout(psycopg.OperationalError):
    """All connections of the pool stayed in use."""


class ConnectionPool:
    """At most `max_size` connections. It has the methods of psycopg_pool.ConnectionPool that Django calls.

    parameters: arguments of psycopg.connect(). configure: is called with each new connection.
    timeout: seconds to wait while all connections are in use; the pool then raises PoolTimeout.
    """

    def __init__(
        self,
        parameters: Mapping[str, Any],
        *,
        connection_class: type[Connection],
        max_size: int,
        timeout: float,
        configure: Callable[[Connection], Any] | None = None,
    ) -> None:
        self.max_size = max_size
        self.timeout = timeout
        self._parameters = parameters
        self._connection_class = connection_class
        self._configure = configure
        self._lock = threading.Lock()
        # The connection that was used last is on the right, and is taken first. The rest may grow old unused.
        self._free: deque[Place] = deque([None] * max_size)
        self._waiting: deque[Future[Place]] = deque()
        self._expiry: dict[Connection, float] = {}
        self._counts: Counter[str] = Counter()
        self._closed = False

    def open(self) -> None:
        """Nothing: connections are made when they are needed. Django calls this."""

    def getconn(self) -> Connection:
        """Lend a living connection. Raises psycopg.OperationalError if the database refuses one, and PoolTimeout."""
        self._counts["requests_num"] += 1
        place = self._take_place()
        try:
            return self._living(place) or self._connect()
        except BaseException:
            self._give_place(None)
            raise

    def putconn(self, connection: Connection) -> None:
        """Take a connection back, in whatever state it is."""
        status = connection.pgconn.transaction_status
        if status in (TransactionStatus.INTRANS, TransactionStatus.INERROR):
            with suppress(psycopg.Error):
                connection.rollback()
        usable = connection.pgconn.transaction_status == TransactionStatus.IDLE
        if usable and not self._closed and monotonic() < self._expiry[connection]:
            self._give_place(connection)
        else:
            self._end(connection)
            self._give_place(None)

    def close(self) -> None:
        """Close the connections that are not in use now, and the others when they are taken back."""
        with self._lock:
            self._closed = True
            connections = [place for place in self._free if place]
            self._free = deque([None] * len(self._free))
        for connection in connections:
            self._end(connection)

    def get_stats(self) -> dict[str, int]:
        """Return figures under the names that psycopg_pool gives them."""
        with self._lock:
            return {
                "pool_max": self.max_size,
                "pool_size": len(self._expiry),
                "pool_available": sum(place is not None for place in self._free),
                "requests_waiting": len(self._waiting),
                **self._counts,
            }

    def pop_stats(self) -> dict[str, int]:
        """Return the same figures, those that are counted since the last call."""
        with self._lock:
            counts, self._counts = self._counts, Counter()
        return {**self.get_stats(), **counts}

    def _take_place(self) -> Place:
        """Wait for a place, first come, first served. Raises PoolTimeout."""
        with self._lock:
            if self._free:
                return self._free.pop()
            turn = Future[Place]()
            self._waiting.append(turn)
            self._counts["requests_queued"] += 1
        began = monotonic()
        try:
            return turn.result(self.timeout)
        except BaseException as error:
            with self._lock:
                in_line = turn in self._waiting
                if in_line:
                    self._waiting.remove(turn)
            if not in_line and isinstance(error, TimeoutError):
                return turn.result()  # its turn came at the last moment
            if not in_line:
                self._give_place(turn.result())
            if not isinstance(error, TimeoutError):
                raise
        finally:
            self._counts["requests_wait_ms"] += round((monotonic() - began) * 1000)
        self._counts["requests_errors"] += 1
        raise PoolTimeout(f"all {self.max_size} connections of this process stayed in use for {self.timeout} seconds")

    def _give_place(self, place: Place) -> None:
        with self._lock:
            if self._waiting:
                self._waiting.popleft().set_result(place)
            elif place is None:
                self._free.appendleft(place)
            else:
                self._free.append(place)

    def _living(self, place: Place) -> Place:
        if place is None or place.is_alive():
            return place
        self._counts["connections_lost"] += 1
        self._end(place)
        return None

    def _connect(self) -> Connection:
        self._counts["connections_num"] += 1
        try:
            connection = self._connection_class.connect(**self._parameters)
        except psycopg.Error:
            self._counts["connections_errors"] += 1
            raise
        try:
            if self._configure:
                self._configure(connection)
        except BaseException:
            connection.close()
            raise
        # Django gives a connection back to the pool that it finds here.
        connection._pool = self
        self._expiry[connection] = monotonic() + MAX_AGE_SECONDS
        return connection

    def _end(self, connection: Connection) -> None:
        self._expiry.pop(connection, None)
        connection.close()

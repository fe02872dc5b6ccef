"""Protection against clients that send slowly: request bodies are read before the application runs, and in time.

The server passes a request on when its head has arrived. Reading the body then takes a thread for as long as the client
likes: nothing in the server ends it, and answering while another thread still reads stops the server altogether. So
there are many threads, a body is read before the request takes a database connection, and some threads never read a
body: requests without one are answered, however many others wait.

A body that has not arrived after BODY_TIMEOUT_SECONDS is ended by closing the receiving side of its connection. The
server does not tell which connection that is, so it is found among the sockets of the process (_stop_receiving()).
"""

import io
import os
import socket
import struct
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Any, NoReturn

from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string

from .networks import network_of
from .overload import MAX_REQUESTS_PER_WORKER, busy_page

HEAD_TIMEOUT_SECONDS = 8  # for the head of a request, and between two requests of a connection
BODY_TIMEOUT_SECONDS = 20  # for the whole body, however slowly it comes
BODY_CHECK_SECONDS = 0.5
CLOCK_TOLERANCE_SECONDS = 0.5  # the server answers “100 Continue” just after a reader has begun
MAX_BODY_READERS = 12  # threads of a worker
MAX_BODY_READERS_PER_CLIENT = MAX_BODY_READERS // 2
MAX_WAITING_BODIES = MAX_REQUESTS_PER_WORKER  # threads of a worker
READER_WAIT_SECONDS = 1
# The last few refuse. A thread costs nothing until it is needed.
THREADS_PER_WORKER = MAX_REQUESTS_PER_WORKER + MAX_BODY_READERS + MAX_WAITING_BODIES + 4

Application = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]

_PEER_ADDRESS, _PROBLEM = "core.peer_address", "core.body_problem"
# The field tcpi_last_data_sent of Linux's struct tcp_info: milliseconds since the server sent something.
_LAST_DATA_SENT = struct.Struct("=44xI")


class UnreadBody(OSError):
    """The body of a request was not read, or not to its end."""


class TooManyBodies(UnreadBody):
    """The body was not read, because too many other bodies have not arrived yet."""


class LateBody(UnreadBody):
    """The body did not arrive within BODY_TIMEOUT_SECONDS."""


class ShortBody(UnreadBody):
    """The body ended before the length in Content-Length."""


@dataclass(eq=False, slots=True)
class _Reader:
    """A thread that reads a body.

    peer: the address of the connection. server_port: the server's port. client: its network, see network_of().
    begun: by time.monotonic().
    """

    peer: str
    server_port: int
    client: str
    begun: float


def noting_peer(application: Application) -> Application:
    """WSGI middleware for BodyFirst. It stands before any that sets REMOTE_ADDR to the address in a header."""

    def with_peer_address(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        environ[_PEER_ADDRESS] = environ.get("REMOTE_ADDR", "")
        return application(environ, start_response)

    return with_peer_address


class BodyFirst:
    """WSGI middleware that calls `application` with the body of the request in memory.

    max_bytes: a longer body is not read at all, so the application may look only at its length.

    No body is read while MAX_BODY_READERS threads read others, or MAX_BODY_READERS_PER_CLIENT for the same REMOTE_ADDR.
    One waits READER_WAIT_SECONDS for its turn, so that callers who come at once are not refused.
    The application must call refuse_unread_body() first: it would take a body that was not read for an empty one.
    """

    def __init__(self, application: Application, max_bytes: int) -> None:
        self.application = application
        self.max_bytes = max_bytes
        self._lock = threading.Condition()
        self._waiting = 0
        self._readers: set[_Reader] = set()
        self._readers_of_client = Counter[str]()
        self._watch: threading.Thread | None = None

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        length = _body_length(environ, self.max_bytes)
        if length:
            try:
                environ["wsgi.input"] = io.BytesIO(self._read(environ, length))
            except UnreadBody as problem:
                environ[_PROBLEM] = problem
                environ["wsgi.input"] = io.BytesIO()
        return self.application(environ, start_response)

    def _read(self, environ: dict[str, Any], length: int) -> bytes:
        if length > self.max_bytes + 1:
            return b""
        reader = self._begin(environ)
        try:
            body: bytes = environ["wsgi.input"].read(length)
        finally:
            self._end(reader)
        # A little earlier than its connection is closed, because that of another reader of this moment may be taken.
        if time.monotonic() - reader.begun >= BODY_TIMEOUT_SECONDS - CLOCK_TOLERANCE_SECONDS:
            raise LateBody
        if len(body) < length and environ.get("CONTENT_LENGTH"):
            raise ShortBody  # its client has gone, or sends no more
        return body

    def _begin(self, environ: dict[str, Any]) -> _Reader:
        address = environ.get("REMOTE_ADDR", "")
        port = int(environ.get("SERVER_PORT") or 0)
        client = network_of(address) or address
        with self._lock:
            self._wait_for_reader(client)
            reader = _Reader(environ.get(_PEER_ADDRESS, address), port, client, time.monotonic())
            self._readers.add(reader)
            self._readers_of_client[reader.client] += 1
            if self._watch is None:
                # Not before the first body: a thread does not survive the fork that makes a worker.
                self._watch = threading.Thread(target=self._end_late_bodies, daemon=True)
                self._watch.start()
        return reader

    def _wait_for_reader(self, client: str) -> None:
        """Wait until this client may read a body, with the lock held. Raises TooManyBodies."""

        def is_free() -> bool:
            readers_of_client = self._readers_of_client.get(client, 0)
            return len(self._readers) < MAX_BODY_READERS and readers_of_client < MAX_BODY_READERS_PER_CLIENT

        if is_free():
            return
        if self._waiting >= MAX_WAITING_BODIES:
            raise TooManyBodies
        self._waiting += 1
        try:
            # Bodies that arrive at once are read in milliseconds.
            if not self._lock.wait_for(is_free, READER_WAIT_SECONDS):
                raise TooManyBodies
        finally:
            self._waiting -= 1

    def _end(self, reader: _Reader) -> None:
        with self._lock:
            self._readers.discard(reader)
            self._readers_of_client[reader.client] -= 1
            if not self._readers_of_client[reader.client]:
                del self._readers_of_client[reader.client]
            self._lock.notify_all()

    def _end_late_bodies(self) -> NoReturn:
        while True:
            time.sleep(BODY_CHECK_SECONDS)
            deadline = time.monotonic() - BODY_TIMEOUT_SECONDS
            with self._lock:
                late = [reader for reader in self._readers if reader.begun <= deadline]
            if late:
                _stop_receiving(late)


class UnreadBodyMiddleware:
    """Answers a page whose body was not read, before anything takes the body for an empty one.

    CSRF protection, for example, would tell a person that their form lacks its token.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        try:
            refuse_unread_body(request)
        except TooManyBodies:
            return busy_page(request)
        except LateBody:
            return HttpResponse(render_to_string("408.html"), status=408)
        except ShortBody:
            return HttpResponse(render_to_string("400.html"), status=400)
        return self.get_response(request)


def refuse_unread_body(request: HttpRequest) -> None:
    """Raise TooManyBodies, LateBody or ShortBody if BodyFirst has not read the body of the request."""
    if problem := request.META.get(_PROBLEM):
        raise problem


def _body_length(environ: dict[str, Any], max_bytes: int) -> int:
    length = environ.get("CONTENT_LENGTH", "")
    if length.isdecimal():
        return int(length)
    # A chunked body does not tell its length. Reading one byte more than the limit shows whether it is too long.
    return max_bytes + 1 if "HTTP_TRANSFER_ENCODING" in environ else 0


def _stop_receiving(late: list[_Reader]) -> None:
    """Close the receiving side of the connections of these readers, which then end. The answer can still be sent."""
    now = time.monotonic()
    connections = list(_connections())
    for reader in late:
        found = _connection_of(reader, connections, now - reader.begun)
        if found is None:
            continue
        connections.remove(found)
        with suppress(OSError), _copy(found.number) as copy:
            # The number may have been given to another connection meanwhile.
            if copy.getpeername() == found.peer:
                copy.shutdown(socket.SHUT_RD)


def _connection_of(reader: _Reader, connections: list["_Connection"], age: float) -> "_Connection | None":
    """The one of `connections` that the reader reads from, most likely. age: how long it has been reading, in seconds.

    It is one from its peer on which the server has sent nothing since the reader began. Another is such a one only if
    its request runs for longer than a body may take, so the closest is taken.
    """
    possible = [
        connection
        for connection in connections
        if connection.peer[0] == reader.peer
        and connection.local_port == reader.server_port
        and connection.silence >= age - CLOCK_TOLERANCE_SECONDS
    ]
    return min(possible, key=lambda connection: abs(connection.silence - age), default=None)


@dataclass(eq=False, slots=True)
class _Connection:
    """A TCP connection of this process. number: its file descriptor. silence: seconds since something was sent."""

    number: int
    peer: tuple[Any, ...]
    local_port: int
    silence: float


def _connections() -> Iterator[_Connection]:
    """Linux only. Elsewhere nothing is found, and a slow body takes as long as it likes."""
    if not hasattr(socket, "TCP_INFO"):
        return
    for name in os.listdir("/proc/self/fd"):
        with suppress(OSError, struct.error), _copy(int(name)) as copy:
            info = copy.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, _LAST_DATA_SENT.size)
            silence = _LAST_DATA_SENT.unpack(info)[0] / 1000
            yield _Connection(int(name), copy.getpeername(), copy.getsockname()[1], silence)


@contextmanager
def _copy(number: int) -> Iterator[socket.socket]:
    """A copy of the socket with this file descriptor. Raises OSError for one that is none, or closed."""
    descriptor = os.dup(number)
    try:
        copy = socket.socket(fileno=descriptor)
    except OSError:
        os.close(descriptor)
        raise
    with copy:
        yield copy

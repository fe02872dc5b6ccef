"""HTTP/1.1 over a socket: bytes are sent as they are, and an answer is read as far as its own framing says."""

import gzip
import socket
import time
import zlib
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

HANG_SECONDS = 10  # longer than the server waits for the head of a request
MAX_HEAD_BYTES = 1_000_000
_CHUNK_BYTES = 65_536


class NoAnswer(Exception):
    """The server sent no answer, or only a part. is_hang: whether the time was up; the connection was closed else."""

    def __init__(self, reason: str, *, is_hang: bool, received: bytes = b"") -> None:
        super().__init__(reason)
        self.is_hang = is_hang
        self.received = received


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer.

    headers: by lower-case name; the last of several with one name. body: without its framing, unpacked from gzip.
    """

    status: int
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""

    @property
    def content_type(self) -> str:
        return self.headers.get("content-type", "").partition(";")[0].strip().lower()

    @property
    def closes(self) -> bool:
        return self.headers.get("connection", "").lower() == "close"


class Connection:
    """A connection to 127.0.0.1 that is opened when it is needed, and kept for as long as the server keeps it."""

    def __init__(self, port: int) -> None:
        self.port = port
        self._socket: socket.socket | None = None
        self._buffer = b""

    def exchange(self, raw: bytes, *, is_head: bool = False) -> Answer:
        """Send one whole request and read its answer. Raises NoAnswer.

        The server may close a connection that it keeps at any moment (RFC 9112, 9.3.1): the request is then sent once
        more, on a new one.
        """
        was_kept = self._socket is not None
        try:
            answer = self._exchange(raw, is_head)
        except NoAnswer as failure:
            self.close()
            if not was_kept or failure.is_hang or failure.received:
                raise
            answer = self._exchange(raw, is_head)
        if answer.closes:
            self.close()
        return answer

    def _exchange(self, raw: bytes, is_head: bool) -> Answer:
        self.send(raw)
        return self.read_answer(is_head=is_head)

    def send(self, raw: bytes) -> None:
        """Send bytes. A server that closes while they are sent may have answered: read_answer() tells."""
        if self._socket is None:
            self._socket = socket.create_connection(("127.0.0.1", self.port), timeout=HANG_SECONDS)
            self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self._buffer = b""
        with suppress(OSError):
            self._socket.settimeout(HANG_SECONDS)
            self._socket.sendall(raw)

    def finish_sending(self) -> None:
        """Tell the server that nothing follows."""
        with suppress(OSError):
            if self._socket is not None:
                self._socket.shutdown(socket.SHUT_WR)

    def read_answer(self, *, is_head: bool = False) -> Answer:
        """Read the next answer, without the 1xx before it. Raises NoAnswer."""
        deadline = time.monotonic() + HANG_SECONDS
        while True:
            while b"\r\n\r\n" not in self._buffer:
                if len(self._buffer) > MAX_HEAD_BYTES:
                    raise NoAnswer("endless head", is_hang=False, received=self._buffer[:1000])
                self._receive(deadline)
            head, _, self._buffer = self._buffer.partition(b"\r\n\r\n")
            status, headers = _parsed(head)
            if status < 100 or status >= 200:
                body = self._body(status, headers, is_head, deadline)
                return Answer(status, headers, _plain(body) if headers.get("content-encoding") == "gzip" else body)

    def _body(self, status: int, headers: dict[str, str], is_head: bool, deadline: float) -> bytes:
        if is_head or status in (204, 304):
            return b""
        if "chunked" in headers.get("transfer-encoding", ""):
            return self._chunks(deadline)
        if (length := headers.get("content-length", "")).isdecimal():
            return self._bytes(int(length), deadline)
        if not headers.get("connection"):
            return b""  # HTTP/1.1 without a length: hyper's own refusals
        while True:
            try:
                self._receive(deadline)
            except NoAnswer as end:
                if end.is_hang:
                    raise
                body, self._buffer = self._buffer, b""
                return body

    def _chunks(self, deadline: float) -> bytes:
        parts = []
        while size := int(self._line(deadline).partition(b";")[0], 16):
            parts.append(self._bytes(size, deadline))
            self._line(deadline)
        while self._line(deadline):
            pass
        return b"".join(parts)

    def _line(self, deadline: float) -> bytes:
        while b"\r\n" not in self._buffer:
            self._receive(deadline)
        line, _, self._buffer = self._buffer.partition(b"\r\n")
        return line

    def _bytes(self, count: int, deadline: float) -> bytes:
        while len(self._buffer) < count:
            self._receive(deadline)
        taken, self._buffer = self._buffer[:count], self._buffer[count:]
        return taken

    def _receive(self, deadline: float) -> None:
        if self._socket is None:
            raise NoAnswer("no connection", is_hang=False)
        try:
            self._socket.settimeout(max(deadline - time.monotonic(), 0.01))
            received = self._socket.recv(_CHUNK_BYTES)
        except TimeoutError:
            raise NoAnswer(f"no answer in {HANG_SECONDS} s", is_hang=True, received=self._buffer[:1000]) from None
        except OSError as error:
            raise NoAnswer(f"connection lost: {error}", is_hang=False, received=self._buffer[:1000]) from None
        if not received:
            raise NoAnswer("connection closed", is_hang=False, received=self._buffer[:1000])
        self._buffer += received

    def close(self) -> None:
        if self._socket is not None:
            self._socket.close()
        self._socket, self._buffer = None, b""


@contextmanager
def connected(port: int) -> Iterator[Connection]:
    """A new Connection, closed with the block."""
    connection = Connection(port)
    try:
        yield connection
    finally:
        connection.close()


def _plain(body: bytes) -> bytes:
    try:
        return gzip.decompress(body) if body else body
    except (OSError, EOFError, zlib.error) as error:
        raise NoAnswer(f"broken gzip: {error}", is_hang=False, received=body[:1000]) from None


def _parsed(head: bytes) -> tuple[int, dict[str, str]]:
    first, *lines = head.decode("latin-1").split("\r\n")
    status = first.split(" ")[1] if first.startswith("HTTP/1.") and " " in first else ""
    if not status.isdecimal():
        raise NoAnswer(f"no answer of HTTP: {first[:100]!r}", is_hang=False, received=head[:1000])
    pairs = (line.partition(":") for line in lines)
    return int(status), {name.strip().lower(): value.strip() for name, _, value in pairs}

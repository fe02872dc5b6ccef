"""Protection against clients that send slowly: request bodies are read before the application runs.

The server passes a request on when its head has arrived. Reading the body then takes a thread for as long as the client
likes: nothing in the server ends it, and answering while another thread still reads stops the server altogether. So
there are many threads, a body is read before the request takes a database connection, and some threads never read a
body: requests without one are answered, however many others wait.
"""

import io
from collections.abc import Callable, Iterable
from threading import BoundedSemaphore
from typing import Any, NoReturn

from .overload import MAX_REQUESTS_PER_WORKER

HEAD_TIMEOUT_SECONDS = 8  # for the head of a request, and between two requests of a connection
MAX_BODY_READERS = 12  # threads of a worker
# The last few refuse. A thread costs nothing until it is needed.
THREADS_PER_WORKER = MAX_REQUESTS_PER_WORKER + MAX_BODY_READERS + 4

Application = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]


class BodyFirst:
    """WSGI middleware that calls `application` with the body of the request in memory.

    max_bytes: a longer body is not read at all, so the application may look only at its length.

    While MAX_BODY_READERS threads read bodies, no further one is read. Reading `wsgi.input` then raises TooManyBodies.
    """

    def __init__(self, application: Application, max_bytes: int) -> None:
        self.application = application
        self.max_bytes = max_bytes
        self._readers = BoundedSemaphore(MAX_BODY_READERS)

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        length = _body_length(environ, self.max_bytes)
        if length:
            environ["wsgi.input"] = self._read(environ["wsgi.input"], length)
        return self.application(environ, start_response)

    def _read(self, source: Any, length: int) -> Any:
        if length > self.max_bytes + 1:
            return io.BytesIO()
        if not self._readers.acquire(blocking=False):
            return _UnreadBody()
        try:
            return io.BytesIO(source.read(length))
        finally:
            self._readers.release()


class TooManyBodies(OSError):
    """The body was not read, because too many other bodies have not arrived yet."""


class _UnreadBody:
    def read(self, *_: Any) -> NoReturn:
        raise TooManyBodies

    readline = readlines = __iter__ = read


def _body_length(environ: dict[str, Any], max_bytes: int) -> int:
    length = environ.get("CONTENT_LENGTH", "")
    if length.isdecimal():
        return int(length)
    # A chunked body does not tell its length. Reading one byte more than the limit shows whether it is too long.
    return max_bytes + 1 if "HTTP_TRANSFER_ENCODING" in environ else 0

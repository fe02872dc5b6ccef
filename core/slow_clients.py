"""Keeps clients that send slowly from holding up a worker.

The server hands a request on when its head is there. A read of its body then takes a thread for as long as the client
likes: nothing in the server ends it, and answering while another thread still reads stops the server altogether. So
there are many threads, bodies are read before a request takes a database connection, and some threads never wait for
any: calls without a body go on whatever the others wait for.
"""

import io
from threading import BoundedSemaphore

from .overload import ROOM

HEAD_PATIENCE = 8  # seconds for the head of a request, and between two requests of a connection
READING = 12  # threads of a worker at most wait for bodies
THREADS = ROOM + READING + 4  # of each worker; the rest refuse. They cost nothing until they are needed


class BodyFirst:
    """The WSGI application `application`, called with each request's body in memory.

    longest: the length in bytes up to which a body is read. Of a longer one nothing is, so that its length is all that
    the application may look at.

    While READING bodies are waited for, another is not: then reading `wsgi.input` raises TooManyBodies.
    """

    def __init__(self, application, longest):
        self.application = application
        self.longest = longest
        self._reading = BoundedSemaphore(READING)

    def __call__(self, environ, start_response):
        length = _length(environ, self.longest)
        if length:
            environ["wsgi.input"] = self._read(environ["wsgi.input"], length)
        return self.application(environ, start_response)

    def _read(self, source, length):
        if length > self.longest + 1:
            return io.BytesIO()
        if not self._reading.acquire(blocking=False):
            return _Unread()
        try:
            return io.BytesIO(source.read(length))
        finally:
            self._reading.release()


class TooManyBodies(OSError):
    """A body that was not read, because too many others have not arrived yet."""


class _Unread:
    def read(self, *_):
        raise TooManyBodies

    readline = readlines = __iter__ = read


def _length(environ, longest):
    """How many bytes of body to read, an int; 0 where there is none."""
    length = environ.get("CONTENT_LENGTH", "")
    if length.isdecimal():
        return int(length)
    # Sent in chunks: one byte more than may be tells that it is too long.
    return longest + 1 if "HTTP_TRANSFER_ENCODING" in environ else 0

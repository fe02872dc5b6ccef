"""Requests as a server hands them to the WSGI application, with any header and any byte."""

import io
from contextlib import contextmanager
from typing import NamedTuple
from urllib.parse import unquote_to_bytes

from django.conf import settings
from django.core.signals import request_finished, request_started
from django.core.wsgi import get_wsgi_application
from django.db import close_old_connections

from core.headers import SafeHeaders
from core.slow_clients import BodyFirst

# As proyecta_admin/wsgi.py puts it together. That module would also limit the statements of every later test.
application = SafeHeaders(
    BodyFirst(get_wsgi_application(), settings.DATA_UPLOAD_MAX_MEMORY_SIZE), behind_proxy=settings.PROXY
)


class Answer(NamedTuple):
    status: int
    headers: dict
    content: bytes

    @property
    def text(self):
        return self.content.decode()


def call(path, query="", *, method="GET", body=None, **environ):
    """Call the application and return its Answer. An exception that Django does not answer is raised.

    path, query: as in the request line. body: bytes. environ: further variables, such as HTTP_COOKIE; None for none.
    """
    values = {
        "REQUEST_METHOD": method,
        "SCRIPT_NAME": "",
        "PATH_INFO": unquote_to_bytes(path).decode("latin-1"),
        "QUERY_STRING": query,
        "SERVER_NAME": "127.0.0.1",
        "SERVER_PORT": "8000",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "REMOTE_ADDR": "127.0.0.1",
        "HTTP_HOST": "127.0.0.1:8000",
        "wsgi.url_scheme": "http",
        "wsgi.input": io.BytesIO(body or b""),
        "CONTENT_LENGTH": None if body is None else str(len(body)),
        **environ,
    }
    started = []
    with _connection_kept():
        response = application(
            {name: value for name, value in values.items() if value is not None}, lambda *start: started.append(start)
        )
        content = b"".join(response)
        response.close()
    status, headers = started[0]
    return Answer(int(status.split()[0]), dict(headers), content)


@contextmanager
def _connection_kept():
    """Keep the connection of the test, as Django's test client does."""
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    try:
        yield
    finally:
        for signal in (request_started, request_finished):
            signal.connect(close_old_connections)


def cookies_of(client):
    """The Cookie header that a browser with the cookies of this test client sends."""
    return "; ".join(f"{name}={morsel.value}" for name, morsel in client.cookies.items())

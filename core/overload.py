"""A limit on the requests of a worker, under way and waiting, beyond which a request is refused at once.

Without a limit they would all wait, each longer than the one before, until nobody wants the answers any more. A refusal
costs a fraction of a page and says when to come back.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import BoundedSemaphore

from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string

MAX_REQUESTS_PER_WORKER = 48  # about a quarter of a second's work
RETRY_AFTER_SECONDS = 1
EXEMPT_PATH = "/healthz"

_slots = BoundedSemaphore(MAX_REQUESTS_PER_WORKER)


class Overloaded(Exception):
    """The worker has no slot for this request."""


@contextmanager
def request_slot() -> Iterator[None]:
    """Hold one of the worker's slots inside the block. Raises Overloaded if none is free."""
    if not _slots.acquire(blocking=False):
        raise Overloaded
    try:
        yield
    finally:
        _slots.release()


class OverloadMiddleware:
    """Answers 503 to a page if the worker is overloaded.

    Static files do not get here, and EXEMPT_PATH, which asks whether the process is alive, needs no slot.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.path_info == EXEMPT_PATH:
            return self.get_response(request)
        try:
            with request_slot():
                return self.get_response(request)
        except Overloaded:
            return busy_page()


def busy_page() -> HttpResponse:
    """Return the page that refuses a request for now."""
    response = HttpResponse(render_to_string("busy.html"), status=503)
    # CommonMiddleware is further in. Without the length the answer would be sent in chunks.
    response["Content-Length"] = str(len(response.content))
    response["Retry-After"] = str(RETRY_AFTER_SECONDS)
    return response

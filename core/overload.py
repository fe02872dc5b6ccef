"""Refuses at once what would wait for too long: a worker has room for so many requests, under way and waiting.

Without a limit they all wait, each longer than the last, until nobody is left who still wants the answer. What is
refused costs a fraction of a page, and tells the caller when to come back.
"""

from contextlib import contextmanager
from threading import BoundedSemaphore

from django.http import HttpResponse
from django.template.loader import render_to_string

ROOM = 48  # requests of each worker: a quarter of a second's work for it, or so
RETRY_AFTER = 1  # seconds

_room = BoundedSemaphore(ROOM)


class Overloaded(Exception):
    """There is no room for this request."""


@contextmanager
def room():
    """Holds a place for a request. Raises Overloaded where none is free."""
    if not _room.acquire(blocking=False):
        raise Overloaded
    try:
        yield
    finally:
        _room.release()


class RoomMiddleware:
    """Has room for each page, or answers 503. Static files, and asking whether the process is alive, need none."""

    NEEDS_NONE = "/healthz"

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        if request.path_info == self.NEEDS_NONE:
            return self.get_response(request)
        try:
            with room():
                return self.get_response(request)
        except Overloaded:
            response = HttpResponse(render_to_string("busy.html"), status=503)
            # A middleware inside this one does it otherwise; without it, the answer would be sent in chunks.
            response["Content-Length"] = len(response.content)
            response["Retry-After"] = str(RETRY_AFTER)
            return response

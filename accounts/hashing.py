"""Password hashes of a worker: few at once, and without a connection of the database.

A hash takes a core for about half a second, on purpose. Without a limit, people who sign in at the same moment would
keep every connection and every core from all others. Django's hashers (PBKDF2, scrypt, Argon2, bcrypt) release the GIL,
so the other threads of the worker go on.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from threading import BoundedSemaphore, local

from django.http import HttpRequest
from django.http.response import HttpResponseBase

from core.overload import give_back_connections

# More would only take longer each. It also makes the lock strict: tries that are sent at once are counted one by one.
MAX_HASHES_PER_WORKER = 1
MAX_WAITING_PER_WORKER = 16  # a third of the requests that a worker takes, see core/overload.py
MAX_WAIT_SECONDS = 5

_places = BoundedSemaphore(MAX_HASHES_PER_WORKER)
_waiting = BoundedSemaphore(MAX_WAITING_PER_WORKER)
_thread = local()


class TooManyHashes(Exception):
    """No place to hash a password became free in MAX_WAIT_SECONDS, or too many requests wait for one already."""


def hashes_passwords(view: Callable[..., HttpResponseBase]) -> Callable[..., HttpResponseBase]:
    """Decorate a view whose POST hashes a password. Raises TooManyHashes before the view has asked the database.

    PasswordHashingMiddleware answers this exception. Anything that was read before the view, such as the session, costs
    a waiting request no connection.
    """

    @wraps(view)
    def guarded(request: HttpRequest, *args: object, **kwargs: object) -> HttpResponseBase:
        if request.method != "POST":
            return view(request, *args, **kwargs)
        give_back_connections()
        with _place():
            _thread.is_in_view = True
            try:
                return view(request, *args, **kwargs)
            finally:
                _thread.is_in_view = False

    return guarded


@contextmanager
def hashing() -> Iterator[None]:
    """Hash a password inside the block, in a view of hashes_passwords() without a connection.

    Elsewhere the connection stays: a command may be in the middle of a cursor. Inside a transaction it stays, too.
    """
    if getattr(_thread, "is_in_view", False):
        give_back_connections()
    with _place():
        yield


@contextmanager
def _place() -> Iterator[None]:
    """Hold a place inside the block. A thread that has one needs no other."""
    if getattr(_thread, "has_place", False):
        yield
        return
    if not _places.acquire(blocking=False):
        _wait_for_place()
    _thread.has_place = True
    try:
        yield
    finally:
        _thread.has_place = False
        _places.release()


def _wait_for_place() -> None:
    if not _waiting.acquire(blocking=False):
        raise TooManyHashes
    try:
        if not _places.acquire(timeout=MAX_WAIT_SECONDS):
            raise TooManyHashes
    finally:
        _waiting.release()

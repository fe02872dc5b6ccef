"""A limit on the requests of a worker, under way and waiting, beyond which a request is refused at once.

Without a limit they would all wait, each longer than the one before, until nobody wants the answers any more. A refusal
costs a fraction of a page and says when to come back. fair_share.py decides whose requests wait or are refused.
"""

from collections.abc import Callable, Hashable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from django.conf import settings
from django.db import connections
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string

from .fair_share import MAX_REQUESTS_PER_WORKER as MAX_REQUESTS_PER_WORKER
from .fair_share import FairShare, Slot
from .fair_share import Overloaded as Overloaded

RETRY_AFTER_SECONDS = 1
# The process is alive, and can be watched, however much there is to do.
EXEMPT_PATHS = {"/healthz", "/metrics"}
MAX_REMEMBERED_CREDENTIALS = 10_000

_share = FairShare()
_current: ContextVar[tuple[Slot, int] | None] = ContextVar("slot", default=None)
# The parties of a credential, by its hash, as the last request with it found them. Wrong ones only cost an order.
_parties_of: dict[int, dict[str, Hashable]] = {}


@contextmanager
def request_slot(credential: str = "") -> Iterator[None]:
    """Hold a place and a turn of the worker inside the block. Raises Overloaded.

    credential: what the request tells of its caller before the database is asked: a session's key or an API key. "" for
        none; the request then waits for nobody.
    """
    number = hash(credential) if credential else 0
    slot = _share.enter({"credential": number, **_parties_of.get(number, {})} if number else {})
    token = _current.set((slot, number))
    try:
        yield
    finally:
        _current.reset(token)
        _share.leave(slot)


def identify(**parties: Hashable) -> None:
    """Tell to whom the current request belongs, so that it is counted with their other requests.

    parties: `caller`, such as ("person", 5), and `app`, its primary key.

    If they have all their turns, the request gives its connection back and waits for one, which only the first request
    with a credential has to do: the next ones wait before they ask the database. Raises Overloaded if the wait is too
    long. Must not be called in a transaction. Does nothing outside a request.
    """
    current = _current.get()
    if current is None:
        return
    slot, number = current
    for kind, identity in parties.items():
        _remember(number, kind, identity)
        if not _share.join(slot, kind, identity, wait=False):
            give_back_connections()
            _share.join(slot, kind, identity, wait=True)


@contextmanager
def turn_given_back() -> Iterator[None]:
    """Let other requests of the same parties ask the database inside the block, in which this one must not.

    Raises Overloaded at its end if the turn does not come back in time. Does nothing outside a request.
    """
    current = _current.get()
    if current is None:
        yield
        return
    _share.pause(current[0])
    yield
    _share.resume(current[0])


def _remember(number: int, kind: str, identity: Hashable) -> None:
    known = _parties_of.get(number)
    if not number or (known and known.get(kind) == identity):
        return
    if len(_parties_of) >= MAX_REMEMBERED_CREDENTIALS:
        _parties_of.clear()
    _parties_of[number] = {**(known or {}), kind: identity}


def give_back_connections() -> None:
    """Return this thread's connections to their pools, except one that is in a transaction."""
    for connection in connections.all(initialized_only=True):
        if connection.connection is not None and connection.autocommit and not connection.in_atomic_block:
            connection.close()


class OverloadMiddleware:
    """Answers 503 to a page if the worker is overloaded, or the person or app has others under way that are not done.

    Static files do not get here, and EXEMPT_PATHS need no slot.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.path_info in EXEMPT_PATHS:
            return self.get_response(request)
        try:
            with request_slot(request.COOKIES.get(settings.SESSION_COOKIE_NAME, "")):
                return self.get_response(request)
        except Overloaded:
            return busy_page(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        """Answer an Overloaded that a view raises by identify()."""
        return busy_page(request) if isinstance(exception, Overloaded) else None


def busy_page(request: HttpRequest) -> HttpResponse:
    """Return the page that refuses a request for now, which the metrics count."""
    request.error_code = "busy"  # type: ignore[attr-defined]
    response = HttpResponse(render_to_string("busy.html"), status=503)
    # CommonMiddleware is further in. Without the length the answer would be sent in chunks.
    response["Content-Length"] = str(len(response.content))
    response["Retry-After"] = str(RETRY_AFTER_SECONDS)
    return response

"""One request and the replicas: from where it reads, and what the primary must know about it afterwards."""

from collections.abc import Callable
from contextvars import ContextVar

from django.db import DEFAULT_DB_ALIAS, connections
from django.http import HttpRequest, HttpResponse

from . import pins
from .models import Reader

READING_METHODS = ("GET", "HEAD", "OPTIONS", "TRACE")
FindReader = Callable[[], Reader | None]


class Reading:
    """The reads of one request, all from one database, which is chosen at the first of them.

    reader: returns the Reader who asks, or None.
    """

    def __init__(self, reader: FindReader) -> None:
        self._reader = reader
        self._place: pins.Place | None = None

    @property
    def alias(self) -> str:
        """The alias of the database to read from."""
        if self._place is None:
            reader = self._reader()
            self._place = pins.place_for(reader) if reader else pins.Place(DEFAULT_DB_ALIAS, None)
        return self._place.alias

    @property
    def pin(self) -> str | None:
        """The replica that the primary replaced for this answer, or None."""
        return self._place.pin if self._place else None

    def fall_back(self) -> bool:
        """Read from the primary from now on if the replica failed. Returns whether it did."""
        if self._place is None or self._place.alias == DEFAULT_DB_ALIAS:
            return False
        reader = self._reader()
        if reader is None or not connections[self._place.alias].errors_occurred:
            return False
        self._place = pins.place_without(reader, self._place.alias)
        return True


_current: ContextVar[Reading | None] = ContextVar("reading", default=None)


def current() -> Reading | None:
    """Return the Reading of this request; None outside a request and in one that writes, which read the primary."""
    return _current.get()


def answered(request: HttpRequest, reader: FindReader, answer: Callable[[], HttpResponse]) -> HttpResponse:
    """Return the response of answer(), which is called again if the request only reads and its replica fails.

    reader: returns the Reader who asks, or None. It is called when answer() has returned or first reads a customer.
    """
    reading = Reading(reader) if request.method in READING_METHODS else None
    token = _current.set(reading)
    try:
        response = answer()
        if reading and response.status_code >= 500 and reading.fall_back():
            response = answer()
    finally:
        _current.reset(token)
    # A response that failed has shown nothing and acknowledged nothing.
    if response.status_code < 500 and (reading is None or reading.pin) and (found := reader()):
        pins.store_pin(found, reading.pin if reading else None)
    return response

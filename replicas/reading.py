"""From where one request reads customers, and what the primary has to know about it afterwards."""

from contextvars import ContextVar

from django.db import DEFAULT_DB_ALIAS, connections

from . import pins

READING_METHODS = ("GET", "HEAD", "OPTIONS", "TRACE")

_current = ContextVar("reading", default=None)


def current():
    """The Reading of the request at work; None where there is none, or one that writes: all is of the primary then."""
    return _current.get()


class Reading:
    """One request's reads: all from one place, which is chosen when it first reads a customer."""

    def __init__(self, reader):
        """reader(): the Reader who asks, or None."""
        self._reader = reader
        self._place = None

    @property
    def alias(self):
        """The name of the database to read from, in Django's settings."""
        if self._place is None:
            reader = self._reader()
            self._place = pins.place_for(reader) if reader else pins.Place(DEFAULT_DB_ALIAS, None)
        return self._place.alias

    @property
    def pin(self):
        """The replica in place of which the primary answered; None where it did not."""
        return self._place.pin if self._place else None

    def failed(self):
        """Whether the replica let the request down. From now on the primary answers it."""
        if self._place is None or self._place.alias == DEFAULT_DB_ALIAS:
            return False
        if not connections[self._place.alias].errors_occurred:
            return False
        self._place = pins.place_without(self._reader(), self._place.alias)
        return True


def answered(request, reader, answer):
    """The response of answer(), a function that may be called twice where the request only reads.

    reader(): the Reader who asks, or None, known when answer() has been called or first reads a customer.
    """
    reading = Reading(reader) if request.method in READING_METHODS else None
    token = _current.set(reading)
    try:
        response = answer()
        if reading and response.status_code >= 500 and reading.failed():
            response = answer()
    finally:
        _current.reset(token)
    # An answer that failed has told nothing, and acknowledged nothing.
    if response.status_code < 500 and (reading is None or reading.pin) and (who := reader()):
        pins.keep(who, reading and reading.pin)
    return response

"""Buckets, by which the search indexes list the rows of one stretch of an order alone.

A bucket is a stretch of one of the orders in which customers are shown, of one app: days of UTC for the order of
creation; for those by email and by name what begins alike. Each row is indexed under those that it is in, from small to
large, and under its mail domain, by `proyecta_buckets` (see the migration 0006); the numbers here are its numbers.

Each costs a create as much as a letter of the name does: of texts there are no more than a search needs to list about
as many rows as it takes to look at a sample.
"""

import hashlib
import sys
from bisect import bisect_left, bisect_right
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from typing import NamedTuple

from core.db.sql import Sql

DAYS = (1, 8, 64, 512)
# Days: a stretch that is longer has no buckets, which would be too many.
LONGEST = 20_000
PLACES = (1, 64)
PLACE_BYTES = 2
NOWHERE = 256**PLACE_BYTES - 1  # the place of no text, after all others: no text in UTF-8 has the byte 255
FEW = 4  # texts of a sample, or one in so many
DOMAIN_BYTES = 3

# In a number, from the right: the place in the order, the order and the level, the app.
_KIND_AT = 24
_APP_AT = 28
_CREATED, _EMAIL, _NAME, _DOMAIN = 0, 4, 8, 12
_TEXTS = {"email_key": _EMAIL, "name_key": _NAME}

_BEGIN = datetime(1, 1, 1, tzinfo=UTC)
_DAYS = (date.max - date.min).days + 1


def _sql(kind, place, sizes):
    return ", ".join(f"app | {kind + level << _KIND_AT} | ({place} / {size})" for level, size in enumerate(sizes))


def _number_sql(bytea, length):
    """The first bytes of a SQL expression as a number."""
    digits = f"rpad(encode(substr({bytea}, 1, {length}), 'hex'), {2 * length}, '0')"
    return f"('x' || {digits})::bit({8 * length})::bigint"


def _place_sql(column):
    number = _number_sql(f"convert_to(left({column}, {PLACE_BYTES}), 'UTF8')", PLACE_BYTES)
    return f"coalesce({number}, {NOWHERE})"


_DOMAIN_SQL = _number_sql("sha256(convert_to(coalesce(email_domain, ''), 'UTF8'))", DOMAIN_BYTES)
# Its COST, far over what it is, keeps the planner from working it out for the rows of another index instead of asking
# its own.
FUNCTION = f"""
CREATE FUNCTION proyecta_buckets(
    app_id bigint, created timestamptz, email_key text, name_key text, email_domain text
) RETURNS bigint[]
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE COST 100000 AS $$
DECLARE
    app bigint := app_id << {_APP_AT};
    day bigint := (created AT TIME ZONE 'UTC')::date - date '0001-01-01';
    email bigint := {_place_sql("email_key")};
    name bigint := {_place_sql("name_key")};
BEGIN
    RETURN ARRAY[
        {_sql(_CREATED, "day", DAYS)},
        {_sql(_EMAIL, "email", PLACES)},
        {_sql(_NAME, "name", PLACES)},
        app | {_DOMAIN << _KIND_AT} | {_DOMAIN_SQL}
    ];
END
$$
"""


def domain_bucket(app_id, domain):
    """The number of the bucket of those at a mail domain, as `email_domain` has it; a few others may be in it."""
    number = int.from_bytes(hashlib.sha256(domain.encode()).digest()[:DOMAIN_BYTES], "big")
    return app_id << _APP_AT | _DOMAIN << _KIND_AT | number


class Stretch(NamedTuple):
    """A part of an order. Of its rows `buckets`, numbers, have all, and maybe others; None where there would be too
    many. conditions: what a row must pass to be in it, each as Sql."""

    buckets: list[int] | None
    conditions: list[Sql]


class Timeline:
    """All time from the day of `moment` on, or back in time from it, in stretches one after the other.

    What lies before that day, or after it, is in none of them.
    """

    def __init__(self, app_id, moment, *, back):
        self._app, self._back = app_id << _APP_AT, back
        day = (moment.astimezone(UTC).date() - date.min).days
        # Days are numbers from 0; all up to this one, seen from there, have been in a stretch.
        self._begin = self._edge = day + 1 if back else day

    @property
    def days(self):
        """How many days there were in the stretches so far."""
        return abs(self._edge - self._begin)

    def passed(self, moment):
        """Whether the stretches so far have gone beyond it."""
        edge = _midnight(self._edge)
        return edge is None or (edge <= moment if self._back else moment < edge)

    def stretch(self, days):
        """The next Stretch, of at least so many days, and of half as many more at most."""
        near, days = self._edge, max(days, 1)
        step = max(size for size in DAYS if size <= max(days // 2, 1))
        far = (near - days) // step * step if self._back else -(-(near + days) // step) * step
        if days > LONGEST or not 0 < far < _DAYS:
            far = 0 if self._back else _DAYS
        self._edge = far
        # Open at the near end, for those who come meanwhile.
        bounds = [None if near == self._begin else _midnight(near), _midnight(far)]
        begin, end = bounds[::-1] if self._back else bounds
        conditions = [Sql("created >= %s", (begin,))] * bool(begin) + [Sql("created < %s", (end,))] * bool(end)
        return Stretch(None if abs(far - near) > 2 * LONGEST else self._buckets(*sorted([near, far])), conditions)

    def _buckets(self, low, high):
        return [self._app | _CREATED + level << _KIND_AT | number for level, number in _cover(low, high, DAYS)]


def _midnight(day):
    """The beginning of a day; None where the calendar ends."""
    return _BEGIN + timedelta(days=day) if 0 < day < _DAYS else None


class Alphabet:
    """All texts of a column from `first` to `last`, on or back, in stretches one after the other: those that are texts,
    where these are, or those that are NULL.

    What lies before or after, but does not begin as they do, is in none of them. sample: some texts of the column,
    which tell how many there are where; wanted: those of them that are looked for.
    """

    def __init__(self, app_id, column, first, last, sample, wanted, *, back):
        self._app, self._kind, self._column, self._back = app_id << _APP_AT, _TEXTS[column], column, back
        self._beginnings = sorted(map(beginning, sample))
        self._places = list(map(place, self._beginnings))
        self._wanted = sorted(map(place, wanted))
        self._nowhere = first is None
        # The texts before this one, as it goes, have been in a stretch, and so has the text itself where it goes back.
        self._edge = None
        self._place, self._end = place(first) + back, place(last) + (not back)

    def stretch(self, stop=None):
        """The next Stretch, up to the text `stop`, one of stops(), or to the end. The text itself is in the one after
        it, or, going back, the last of this one."""
        if self._nowhere:
            return Stretch(self._buckets(NOWHERE, NOWHERE + 1), [])
        far = self._end if stop is None else place(stop)
        buckets = self._buckets(*sorted([self._place, far]))
        conditions = self.rest
        if stop is not None:
            conditions = [*conditions, Sql(f"{self._column} {'>=' if self._back else '<'} %s", (stop,))]
        self._edge, self._place = stop, far
        return Stretch(buckets, conditions)

    @property
    def rest(self):
        """The conditions of all that has been in no stretch so far."""
        return [] if self._edge is None else [Sql(f"{self._column} {'<' if self._back else '>='} %s", (self._edge,))]

    def extents(self, buckets):
        """(number, first text, first text that comes after it) of each of these buckets, where there is such a text."""
        for number in buckets:
            size = PLACES[(number >> _KIND_AT & 15) - self._kind]
            first = (number & (1 << _KIND_AT) - 1) * size
            if after := _first_at(first + size):
                yield number, _first_at(first), after

    def stops(self):
        """The beginnings of the texts of the sample at which the next stretch can end, as it goes."""
        if self._nowhere:
            return []
        low, high = sorted([self._place, self._end])
        between = self._beginnings[bisect_right(self._places, low) : bisect_left(self._places, high)]
        return between[::-1] if self._back else between

    def _buckets(self, low, high):
        """Fewer buckets that have a few more texts, none of them wanted: PostgreSQL looks at each of them for each
        row."""
        most = max(FEW, _number(self._places, low, high) // FEW)

        def may_have(low, high):
            return _number(self._places, low, high) <= most and not _number(self._wanted, low, high)

        low = next(far for far in (low // size * size for size in PLACES[::-1]) if may_have(far, low))
        high = next(far for far in (-(-high // size) * size for size in PLACES[::-1]) if may_have(high, far))
        return [
            self._app | self._kind + level << _KIND_AT | number
            for level, number in _cover(low, high, PLACES)
            if _exists(number * PLACES[level], PLACES[level])
        ]


def _exists(first, number):
    """Whether a key can be at one of these places: NULL, or a text that begins so and has no capital A to Z."""
    if first + number > NOWHERE:
        return True
    return not ord("A") <= first >> 8 <= ord("Z") and _first_at(first) != _first_at(first + number)


@lru_cache(maxsize=10_000)
def _first_at(place):
    """The first of all texts that are at a place or after it; None where there is none."""
    lead, low = divmod(place, 256)
    if not lead:
        return "\1"
    if not low and lead < 0x80:
        return chr(lead)
    # In UTF-8, a letter beyond ASCII has a place of its own, or shares it with those near it.
    begun = chr(lead) if lead < 0x80 else ""
    letters = range(1, sys.maxunicode + 1)
    letter = bisect_left(letters, low << 8 if begun else place, key=_place_of_letter) + 1
    if letter > sys.maxunicode:
        return _first_at(lead + 1 << 8) if begun else None
    # Those of UTF-16's halves are no letters.
    return begun + chr(letter if not 0xD800 <= letter < 0xE000 else 0xE000)


def _place_of_letter(number):
    return _number_of(chr(number).encode(errors="surrogatepass"))


def _number_of(encoded):
    return int.from_bytes(encoded[:PLACE_BYTES].ljust(PLACE_BYTES, b"\0"), "big")


def _number(places, low, high):
    return bisect_left(places, high) - bisect_left(places, low)


def _cover(low, high, sizes):
    """(level, number) of the fewest buckets of these sizes that together are the places from `low` to `high`, without
    it."""
    while low < high:
        level = max(level for level, size in enumerate(sizes) if low % size == 0 and low + size <= high)
        yield level, low // sizes[level]
        low += sizes[level]


def place(text):
    """Where in the order of all texts, in that of their code points, one stands, by what it begins with: a number."""
    if text is None:
        return NOWHERE
    return _number_of(text[:PLACE_BYTES].encode())


def beginning(text):
    """As much of a text as a place knows: others have its place or a later one just where they do not sort before."""
    known = text[:PLACE_BYTES].encode()[:PLACE_BYTES].decode(errors="ignore")
    # Of a character of more bytes the first one with the same two. Each byte after them has six bits of it.
    return known or chr(ord(text[0]) >> (more := 6 * (len(text[0].encode()) - PLACE_BYTES)) << more)

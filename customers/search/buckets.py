"""Buckets: the numbers by which the search indexes list one stretch of an order, or one mail domain, alone.

Each row is listed under the buckets of its day of UTC and of the 8, 64 and 512 days around it, under two for what its
email and two for what its name begins with, and under that of its mail domain, each with the app in its number. A
stretch of any length is covered by few buckets. `FUNCTION` is the rule in the database, with the same numbers.

Each kind of bucket costs a create about as much as a letter of the name, so there are no more of them than searches
need. This module has the numbers and the order of creation; text_order has the orders of texts.
"""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from core.db.sql import Sql

BUCKET_DAYS = (1, 8, 64, 512)
# A longer stretch would take too many buckets, and has none.
MAX_STRETCH_DAYS = 20_000
DOMAIN_BYTES = 3
# A text stands at the place that its first bytes give, and no text at a place after all others.
TEXT_BUCKET_PLACES = (1, 64)
TEXT_PLACE_BYTES = 2
NO_TEXT_PLACE = 256**TEXT_PLACE_BYTES - 1

# The kinds of buckets. In a number, from the right: the place in the order, the kind and the level of size, the app.
_KIND_SHIFT_BITS = 24
_APP_SHIFT_BITS = 28
CREATED, EMAIL, NAME, DOMAIN = 0, 4, 8, 12
TEXT_KINDS = {"email_key": EMAIL, "name_key": NAME}

_FIRST_MIDNIGHT = datetime(1, 1, 1, tzinfo=UTC)
_CALENDAR_DAYS = (date.max - date.min).days + 1


def _buckets_sql(kind: int, place: str, sizes: tuple[int, ...]) -> str:
    kinds = ((kind + level << _KIND_SHIFT_BITS, size) for level, size in enumerate(sizes))
    return ", ".join(f"app | {bits} | ({place} / {size})" for bits, size in kinds)


def _number_sql(bytea: str, length: int) -> str:
    """The first bytes of a SQL expression as a number."""
    digits = f"rpad(encode(substr({bytea}, 1, {length}), 'hex'), {2 * length}, '0')"
    return f"('x' || {digits})::bit({8 * length})::bigint"


def _place_sql(column: str) -> str:
    number = _number_sql(f"convert_to(left({column}, {TEXT_PLACE_BYTES}), 'UTF8')", TEXT_PLACE_BYTES)
    return f"coalesce({number}, {NO_TEXT_PLACE})"


_DOMAIN_SQL = _number_sql("sha256(convert_to(coalesce(email_domain, ''), 'UTF8'))", DOMAIN_BYTES)
# The COST is far too high on purpose: PostgreSQL would otherwise compute the buckets for the rows of another index
# instead of asking the search indexes.
FUNCTION = f"""
CREATE FUNCTION proyecta_buckets(
    app_id bigint, created timestamptz, email_key text, name_key text, email_domain text
) RETURNS bigint[]
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE COST 100000 AS $$
DECLARE
    app bigint := app_id << {_APP_SHIFT_BITS};
    day bigint := (created AT TIME ZONE 'UTC')::date - date '0001-01-01';
    email bigint := {_place_sql("email_key")};
    name bigint := {_place_sql("name_key")};
BEGIN
    RETURN ARRAY[
        {_buckets_sql(CREATED, "day", BUCKET_DAYS)},
        {_buckets_sql(EMAIL, "email", TEXT_BUCKET_PLACES)},
        {_buckets_sql(NAME, "name", TEXT_BUCKET_PLACES)},
        app | {DOMAIN << _KIND_SHIFT_BITS} | {_DOMAIN_SQL}
    ];
END
$$
"""


@dataclass(frozen=True, slots=True)
class Stretch:
    """A part of an order.

    conditions: what a row must pass to be in it. buckets: the numbers of buckets that together hold all its rows, and
    maybe others; None where there would be too many.
    """

    conditions: tuple[Sql, ...]
    buckets: list[int] | None


@dataclass(frozen=True, slots=True)
class Timeline:
    """The time of an app in stretches, one after the other, from a day on or back from it: see timeline_from().

    first_edge, edge: the numbers of the days at which the first stretch began and the last one so far ended.
    """

    app_id: int
    back: bool
    first_edge: int
    edge: int

    @property
    def days(self) -> int:
        """How many days the stretches so far have."""
        return abs(self.edge - self.first_edge)

    def has_passed(self, moment: datetime) -> bool:
        """Whether the stretches so far hold all rows up to this moment, an aware datetime."""
        edge = _midnight(self.edge)
        return edge is None or (edge <= moment if self.back else moment < edge)

    def next_stretch(self, days: int) -> tuple[Stretch, "Timeline"]:
        """(the Stretch that follows, the Timeline after it). It has at least `days` days, and at most half as many more
        or all that are left."""
        days = max(days, 1)
        # Ended where a large bucket ends, it takes fewer of them.
        step = max(size for size in BUCKET_DAYS if size <= max(days // 2, 1))
        end = (self.edge - days) // step * step if self.back else -(-(self.edge + days) // step) * step
        if days > MAX_STRETCH_DAYS or not 0 < end < _CALENDAR_DAYS:
            end = 0 if self.back else _CALENDAR_DAYS
        low, high = sorted([self.edge, end])
        # The first stretch is open at its beginning, for customers who are created meanwhile.
        since = None if not self.back and self.edge == self.first_edge else _midnight(low)
        until = None if self.back and self.edge == self.first_edge else _midnight(high)
        conditions = [Sql("created >= %s", (since,))] * bool(since) + [Sql("created < %s", (until,))] * bool(until)
        buckets = None if high - low > 2 * MAX_STRETCH_DAYS else self._buckets(low, high)
        return Stretch(tuple(conditions), buckets), Timeline(self.app_id, self.back, self.first_edge, end)

    def _buckets(self, low: int, high: int) -> list[int]:
        return [bucket(self.app_id, CREATED, *one) for one in cover(low, high, BUCKET_DAYS)]


def timeline_from(app_id: int, moment: datetime, *, back: bool) -> Timeline:
    """The Timeline of an app from the day of `moment`, an aware datetime, on; or back in time from it."""
    day = (moment.astimezone(UTC).date() - date.min).days
    edge = day + 1 if back else day
    return Timeline(app_id, back, edge, edge)


def domain_bucket(app_id: int, domain: str) -> int:
    """The number of the bucket of a mail domain, given as the column `email_domain` has it. By chance, customers of the
    app at another domain may be in it."""
    number = int.from_bytes(hashlib.sha256(domain.encode()).digest()[:DOMAIN_BYTES], "big")
    return bucket(app_id, DOMAIN, 0, number)


def bucket(app_id: int, kind: int, level: int, number: int) -> int:
    """The number of a bucket. kind: such as CREATED. level: its size, 0 for the smallest. number: how many buckets of
    that size are before it."""
    return app_id << _APP_SHIFT_BITS | kind + level << _KIND_SHIFT_BITS | number


def bucket_place(bucket: int, kind: int) -> tuple[int, int]:
    """(level, number) of a bucket of a kind."""
    level = (bucket >> _KIND_SHIFT_BITS & (1 << _APP_SHIFT_BITS - _KIND_SHIFT_BITS) - 1) - kind
    return level, bucket & (1 << _KIND_SHIFT_BITS) - 1


def _midnight(day: int) -> datetime | None:
    """The beginning of a day; None at either end of the calendar."""
    return _FIRST_MIDNIGHT + timedelta(days=day) if 0 < day < _CALENDAR_DAYS else None


def cover(low: int, high: int, sizes: tuple[int, ...]) -> Iterator[tuple[int, int]]:
    """(level, number) of the fewest buckets of these sizes that together cover the places from `low` up to `high`."""
    while low < high:
        level = max(level for level, size in enumerate(sizes) if low % size == 0 and low + size <= high)
        yield level, low // sizes[level]
        low += sizes[level]

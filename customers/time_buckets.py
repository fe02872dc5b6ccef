"""Buckets of time, by which the search indexes list the rows of one stretch of time alone.

A bucket is a day of UTC, or 8, 64 or 512 days together. Each row is indexed under the four that it was created in, by
`proyecta_time_buckets` (see the migration 0004); the numbers here are its numbers.
"""

from datetime import UTC, date, datetime, timedelta
from typing import NamedTuple

LEVELS = 4
EIGHT = 8
# Days: a stretch that is longer has no buckets, which would be too many.
LONGEST = 20_000
_LEVEL_AT = 22  # bits: days from year 1 to 9999 have fewer
_APP_AT = 24
_BEGIN = datetime(1, 1, 1, tzinfo=UTC)
_DAYS = (date.max - date.min).days + 1

FUNCTION = f"""
CREATE FUNCTION proyecta_time_buckets(app_id bigint, created timestamptz) RETURNS bigint[]
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE COST 100000 AS $$
DECLARE
    app bigint := app_id << {_APP_AT};
    day bigint := (created AT TIME ZONE 'UTC')::date - date '0001-01-01';
BEGIN
    RETURN ARRAY[{", ".join(f"app | {level << _LEVEL_AT} | (day / {EIGHT**level})" for level in range(LEVELS))}];
END
$$
"""


class Stretch(NamedTuple):
    """Some time, in which an app's rows are those under `buckets`, numbers; None for all time on from there.

    begin, end: aware datetimes, the second not included; None where it is open.
    """

    buckets: list[int] | None
    begin: datetime | None
    end: datetime | None

    def has(self, moment):
        return (self.begin is None or self.begin <= moment) and (self.end is None or moment < self.end)


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

    def stretch(self, days):
        """The next Stretch, of at least so many days, and of half as many more at most."""
        near, days = self._edge, max(days, 1)
        step = max(EIGHT**level for level in range(LEVELS) if EIGHT**level <= max(days // 2, 1))
        far = (near - days) // step * step if self._back else -(-(near + days) // step) * step
        if days > LONGEST or not 0 < far < _DAYS:
            far = 0 if self._back else _DAYS
        self._edge = far
        buckets = None if abs(far - near) > 2 * LONGEST else self._buckets(near, far)
        bounds = [None if near == self._begin else _midnight(near), _midnight(far)]
        return Stretch(buckets, *(bounds[::-1] if self._back else bounds))

    def _buckets(self, near, far):
        low, high = min(near, far), max(near, far)
        buckets = []
        while low < high:
            level = max(level for level in range(LEVELS) if low % EIGHT**level == 0 and low + EIGHT**level <= high)
            buckets.append(self._app | level << _LEVEL_AT | low // EIGHT**level)
            low += EIGHT**level
        return buckets


def _midnight(day):
    """The beginning of a day; None where the calendar ends."""
    return _BEGIN + timedelta(days=day) if 0 < day < _DAYS else None

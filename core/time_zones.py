"""The time zones that a person may choose."""

import zoneinfo
from functools import cache


@cache
def time_zones() -> dict[str, zoneinfo.ZoneInfo]:
    """Return every IANA time zone by its name, in order. Cached: reading some 600 files takes a tenth of a second."""
    return {name: zoneinfo.ZoneInfo(name) for name in sorted(zoneinfo.available_timezones() - {"Factory", "localtime"})}

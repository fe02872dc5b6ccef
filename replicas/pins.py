"""Which server answers which reader, so that nobody misses their own writes or sees an older state than before.

A reader reads from one replica, the same on every machine, or from the primary. After a write, and after an answer by
the primary in place of the replica, the reader's row in the primary gets a `replica_from` shortly in the future. Only a
replica that has the primary's beat of that moment answers this reader again. By then it has everything that the reader
has written or seen. A reader moves to another replica in the same way.
"""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from zlib import crc32

from django.db import DEFAULT_DB_ALIAS, connection

from .models import Reader
from .watch import watch

# How far replica_from is in the future. The longer, the fewer writes: one in this time for each reader who writes. A
# request that reads from a replica for longer than this, while another process moves its reader to another replica, may
# see more than that replica has.
PIN_LEAD = timedelta(seconds=2)
# The time that a reader stays with another replica before going back to its own.
MIN_TIME_AWAY_FROM_HOME = timedelta(seconds=60)


@dataclass(frozen=True, slots=True)
class Place:
    """The database to read from. alias: its own. pin: if it is the primary in place of a replica, this replica."""

    alias: str
    pin: str | None


def home_replica(reader: Reader) -> str:
    """Return the reader's own replica: the same in every process that has the same replicas."""
    aliases = watch().aliases
    return aliases[crc32(f"{reader._meta.label} {reader.pk}".encode()) % len(aliases)]


def place_for(reader: Reader) -> Place:
    """Return where to read for a request of this reader, whose row was read with the request."""
    servers, home, since = watch(), home_replica(reader), reader.replica_from
    pin = reader.replica if reader.replica in servers.aliases else home
    if not servers.is_usable(pin):
        return place_without(reader, pin)
    if pin != home and since and servers.is_past(since + MIN_TIME_AWAY_FROM_HOME) and servers.is_usable(home):
        return Place(DEFAULT_DB_ALIAS, home)
    return Place(pin, None) if since is None or servers.reaches(pin, since) else Place(DEFAULT_DB_ALIAS, pin)


def place_without(reader: Reader, lost: str) -> Place:
    """Return the primary, in place of another replica than `lost` if one is usable."""
    servers = watch()
    servers.suspect(lost)
    others = [alias for alias in servers.aliases if servers.is_usable(alias)]
    return Place(DEFAULT_DB_ALIAS, others[reader.pk % len(others)] if others else lost)


def store_pin(reader: Reader, pin: str | None) -> None:
    """Store that the reader wrote (pin: None), or that the primary answered it in place of the replica `pin`.

    One query, or none if the row already says so for some time to come.
    """
    replica = reader.replica
    if pin is not None:
        replica = "" if pin == home_replica(reader) else pin
    if reader.replica == replica and reader.replica_from and not watch().is_past(reader.replica_from):
        return
    params: list[Any] = [replica, PIN_LEAD, reader.pk]
    with connection.cursor() as cursor:
        # Later than every beat so far, even if the clock has been set back. With synchronous_commit `local`, so that an
        # answer that the primary can give alone does not wait for replicas that are gone.
        cursor.execute(
            f'UPDATE "{reader._meta.db_table}" SET replica = %s, replica_from = %s + '
            "(SELECT greatest(clock_timestamp(), max(moment)) FROM replicas_beat) "
            "WHERE id = %s AND set_config('synchronous_commit', 'local', true) IS NOT NULL",
            params,
        )

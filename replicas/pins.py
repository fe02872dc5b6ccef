"""Which server answers which reader: so that nobody misses what they wrote, or sees what they saw go away again.

A reader reads from one replica, on every machine the same, or from the primary. Whenever it wrote, and whenever the
primary answered it in place of the replica, its row in the primary says so: `replica_from` is then a moment soon to
come, and only a replica that has seen the primary's beat of that moment answers this reader again. By then it has all
that the reader has written or seen. A reader goes over to another replica in the same way.
"""

from dataclasses import dataclass
from datetime import timedelta
from zlib import crc32

from django.db import DEFAULT_DB_ALIAS, connection

from .watch import watch

# The longer, the fewer writes: one in this time for each reader who writes. A request that reads from a replica and
# takes longer, while another process moves its reader to another replica, may see more than that one has.
AHEAD = timedelta(seconds=2)
# Before a reader goes back to its own replica.
AWAY = timedelta(seconds=60)


@dataclass(frozen=True, slots=True)
class Place:
    """The database to read from; where that is the primary in place of a replica, `pin` is that replica."""

    alias: str
    pin: str | None


def home(reader):
    """The replica that is the reader's own: the same in every process that has the same replicas."""
    aliases = watch().aliases
    return aliases[crc32(f"{reader._meta.label} {reader.pk}".encode()) % len(aliases)]


def place_for(reader):
    """The Place for a request of this Reader, whose row is as it was read with the request."""
    servers, own, since = watch(), home(reader), reader.replica_from
    pin = reader.replica if reader.replica in servers.aliases else own
    if not servers.is_usable(pin):
        return place_without(reader, pin)
    if pin != own and since and servers.is_past(since + AWAY) and servers.is_usable(own):
        return Place(DEFAULT_DB_ALIAS, own)
    return Place(pin, None) if since is None or servers.reaches(pin, since) else Place(DEFAULT_DB_ALIAS, pin)


def place_without(reader, lost):
    """The primary, in place of another replica than `lost` where one is usable."""
    servers = watch()
    servers.suspect(lost)
    others = [alias for alias in servers.aliases if servers.is_usable(alias)]
    return Place(DEFAULT_DB_ALIAS, others[reader.pk % len(others)] if others else lost)


def keep(reader, pin):
    """Write down that the Reader wrote (pin: None), or that the primary answered it in place of the replica `pin`.

    A query, but for a reader of whom this is known for a while to come.
    """
    replica = "" if pin in (None, home(reader)) else pin
    if pin is None:
        replica = reader.replica
    if reader.replica == replica and reader.replica_from and not watch().is_past(reader.replica_from):
        return
    with connection.cursor() as cursor:
        # Later than any beat so far, should the clock have been set back. Not to be waited for on a replica: an answer
        # that the primary can give alone must not hang where they are all gone.
        cursor.execute(
            f'UPDATE "{reader._meta.db_table}" SET replica = %s, replica_from = %s + '
            "(SELECT greatest(clock_timestamp(), max(moment)) FROM replicas_beat) "
            "WHERE id = %s AND set_config('synchronous_commit', 'local', true) IS NOT NULL",
            [replica, AHEAD, reader.pk],
        )

"""How far each replica is and what the primary's clock says, as this process sees it.

The primary has a row that is renewed several times a second, its beat. A replica that has a beat has everything that
was committed before it. Nothing else is measured: unlike positions in the WAL, a beat means the same after a change of
the primary, needs no special rights, and goes through PgBouncer. The primary beats only while there are requests.

One thread per server looks at it, so that no request waits for a server that hangs.
"""

import os
import threading
import time
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple

import psycopg
from django.conf import settings
from django.db import DEFAULT_DB_ALIAS, connections

from core.db.connections import ReplicaConnection
from core.once import once

LOOK_INTERVAL_SECONDS = 0.25
MAX_LOOK_AGE_SECONDS = 1.5  # an older look says nothing any more
MAX_LAG = timedelta(seconds=5)  # of a replica that is in use
# A reader whose beat is nearly there waits for it, if the replica is behind by no more than this.
MAX_LAG_TO_WAIT_FOR = timedelta(seconds=1)
MAX_WAIT_SECONDS = 0.03
HURRIED_LOOK_INTERVAL_SECONDS = 0.002  # while somebody waits
IDLE_AFTER_SECONDS = 10  # without a request
CONNECT_TIMEOUT_SECONDS = 2

_BEAT = """
WITH here AS MATERIALIZED (SELECT left(pg_walfile_name(pg_current_wal_insert_lsn()), 8) AS timeline),
beat AS (
    UPDATE replicas_beat SET moment = greatest(clock_timestamp(), moment + interval '1 microsecond'),
        timeline = here.timeline
    FROM here
    WHERE (moment < clock_timestamp() - %s OR replicas_beat.timeline <> here.timeline)
        AND set_config('synchronous_commit', 'off', true) IS NOT NULL
)
SELECT greatest(clock_timestamp(), moment), here.timeline FROM replicas_beat, here
"""
_LOOK = "SELECT moment, timeline FROM replicas_beat WHERE pg_is_in_recovery()"


class Look(NamedTuple):
    """The answer of a server. moment: the beat of a replica, the clock of the primary. asked: time.monotonic()."""

    moment: datetime
    timeline: str
    asked: float

    def now(self) -> datetime:
        """Return the clock of the primary, or a moment shortly after it: the answer took a part of the time to come."""
        return self.moment + timedelta(seconds=time.monotonic() - self.asked)


class Server:
    """A server and the last Look at it, None if it could not be asked or is no replica.

    Other threads renew and forget the look at any time. Code that needs several facts of a look takes it once.
    """

    def __init__(self, alias: str) -> None:
        self.alias = alias
        self.look: Look | None = None

    def forget(self) -> None:
        self.look = None

    def known(self) -> Look | None:
        """Return the last Look, or None if there is none of the last MAX_LOOK_AGE_SECONDS."""
        look = self.look
        return look if look and time.monotonic() - look.asked < MAX_LOOK_AGE_SECONDS else None


class Watch:
    """The servers as this process sees them. start() starts the threads that look at them."""

    def __init__(self, aliases: Sequence[str]) -> None:
        self.aliases = list(aliases)
        self.primary = Server(DEFAULT_DB_ALIAS)
        self.replicas = {alias: Server(alias) for alias in aliases}
        self._last_request = 0.0
        self._waiting_readers = 0
        self._news = threading.Condition()
        self._servers = (self.primary, *self.replicas.values())

    def start(self) -> None:
        for server in self._servers:
            threading.Thread(
                target=self._look_for_ever, args=[server], name=f"watch {server.alias}", daemon=True
            ).start()

    def is_usable(self, alias: str) -> bool:
        """Return whether the replica is up, follows the primary and is no more than MAX_LAG behind it."""
        self._note_request()
        primary, replica = self.primary.known(), self.replicas[alias].known()
        return (
            primary is not None
            and replica is not None
            and replica.timeline == primary.timeline
            and primary.now() - replica.moment <= MAX_LAG
        )

    def is_past(self, moment: datetime) -> bool:
        """Return whether the primary's clock may be past the moment."""
        primary = self.primary.known()
        return primary is None or primary.now() > moment

    def reaches(self, alias: str, moment: datetime) -> bool:
        """Return whether the usable replica has the beat of this moment, now or within MAX_WAIT_SECONDS."""

        def has_beat() -> bool:
            look = self.replicas[alias].known()
            return look is not None and look.moment >= moment

        if has_beat():
            return True
        primary, replica = self.primary.known(), self.replicas[alias].known()
        # A reader without pause would otherwise never find a replica that has all but the last quarter of a second.
        if (
            not primary
            or not replica
            or primary.now() <= moment
            or primary.now() - replica.moment > MAX_LAG_TO_WAIT_FOR
        ):
            return False
        with self._news:
            self._waiting_readers += 1
            self._news.notify_all()
            try:
                return self._news.wait_for(has_beat, MAX_WAIT_SECONDS)
            finally:
                self._waiting_readers -= 1

    def suspect(self, alias: str) -> None:
        """Leave the replica out until the next look at it."""
        self.replicas[alias].forget()

    def look_at(self, server: Server, connection: Any) -> None:
        """Ask the server once, on a psycopg connection to it, and renew or forget its look."""
        asked = time.monotonic()
        if server is self.primary:
            min_beat_age = timedelta(seconds=0 if self._waiting_readers else LOOK_INTERVAL_SECONDS)
            row = connection.execute(_BEAT, [min_beat_age]).fetchone()
        else:
            row = connection.execute(_LOOK).fetchone()
        with self._news:
            server.look = Look(row[0], row[1], asked) if row else None
            self._news.notify_all()

    def _note_request(self) -> None:
        was_idle = time.monotonic() - self._last_request > IDLE_AFTER_SECONDS
        self._last_request = time.monotonic()
        if was_idle:
            with self._news:
                self._news.notify_all()
                # The looks are old after a pause, and are renewed in a moment.
                self._news.wait_for(lambda: all(server.known() for server in self._servers), MAX_WAIT_SECONDS)

    def _look_for_ever(self, server: Server) -> None:
        while True:
            try:
                with _connect(server.alias) as connection:
                    while True:
                        self.look_at(server, connection)
                        self._pause()
            except (psycopg.Error, OSError):
                server.forget()
                self._pause()

    def _pause(self) -> None:
        if self._waiting_readers:
            time.sleep(HURRIED_LOOK_INTERVAL_SECONDS)
            return
        with self._news:
            self._news.wait_for(lambda: self._waiting_readers, LOOK_INTERVAL_SECONDS)
            self._news.wait_for(lambda: time.monotonic() - self._last_request < IDLE_AFTER_SECONDS)


def _connect(alias: str) -> ReplicaConnection:
    parameters: dict[str, Any] = connections[alias].get_connection_params()
    return ReplicaConnection.connect(**{**parameters, "connect_timeout": CONNECT_TIMEOUT_SECONDS}, autocommit=True)


def watch() -> Watch:
    """Return the Watch of this process, which is made when it is first asked for: threads do not survive a fork."""
    return watch_of_process(os.getpid())


# Once, because a second Watch would keep its threads and their connections for ever.
@once
def watch_of_process(pid: int) -> Watch:
    """Make and start a Watch. pid: of this process, so that a fork makes its own."""
    servers = Watch(settings.DATABASE_REPLICAS)
    servers.start()
    return servers

"""What a process knows of the servers: how far each replica is, and what the primary's clock says.

The primary has a row that is renewed several times a second, its beat. A replica that shows a beat has all that was
committed before it. That is the one measure here: unlike positions in the log it means the same after a change of the
primary, needs no special rights, and goes through PgBouncer. Beats come only while there are requests.

A thread for each server looks at it, so that a server that hangs makes no request wait.
"""

import os
import threading
import time
from datetime import datetime, timedelta
from typing import NamedTuple

import psycopg
from django.conf import settings
from django.db import DEFAULT_DB_ALIAS, connections

from core.db.connections import ReplicaConnection
from core.once import once

EVERY = 0.25  # seconds between two looks
FRESH = 1.5  # seconds after which a look says nothing more
MOST_BEHIND = timedelta(seconds=5)
# Whoever is behind by less is waited for so long, by a reader whose beat is just out.
NEARLY = timedelta(seconds=1)
PATIENCE = 0.03
HURRY = 0.002
IDLE = 10  # seconds after the last request

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
    """What a server has shown: `moment`, the beat it has, or for the primary its clock; when it was asked."""

    moment: datetime
    timeline: str
    asked: float

    def now(self):
        """Of the primary: not less than its clock, since its answer was under way for a part of this."""
        return self.moment + timedelta(seconds=time.monotonic() - self.asked)


class Server:
    """A server, and the last Look at it; None where it could not be looked at, or is no replica.

    Other threads renew and forget the look at any time: whoever wants to know more than one thing of it takes it once.
    """

    def __init__(self, alias):
        self.alias = alias
        self.look = None

    def forget(self):
        self.look = None

    def known(self):
        """The last Look, or None where it says nothing more."""
        look = self.look
        return look if look and time.monotonic() - look.asked < FRESH else None


class Watch:
    """The servers as this process sees them."""

    def __init__(self, aliases):
        self.aliases = aliases
        self.primary = Server(DEFAULT_DB_ALIAS)
        self.replicas = {alias: Server(alias) for alias in aliases}
        self._asked = 0
        self._hurried = 0
        self._news = threading.Condition()
        self._servers = (self.primary, *self.replicas.values())
        for server in self._servers:
            threading.Thread(target=self._watch, args=[server], name=f"watch {server.alias}", daemon=True).start()

    def is_usable(self, alias):
        """Whether the replica is up, follows the primary and is not too far behind it."""
        self._ask()
        primary, replica = self.primary.known(), self.replicas[alias].known()
        return (
            primary is not None
            and replica is not None
            and replica.timeline == primary.timeline
            and primary.now() - replica.moment <= MOST_BEHIND
        )

    def is_past(self, moment):
        """Whether the primary's clock may be past the moment."""
        primary = self.primary.known()
        return primary is None or primary.now() > moment

    def reaches(self, alias, moment):
        """Whether the usable replica has the beat of this moment, now or within PATIENCE where that can be."""

        def is_there():
            look = self.replicas[alias].known()
            return look is not None and look.moment >= moment

        if is_there():
            return True
        primary, replica = self.primary.known(), self.replicas[alias].known()
        # Else who reads all the time would for ever meet a replica that has all but the last quarter of a second.
        if not primary or not replica or primary.now() <= moment or primary.now() - replica.moment > NEARLY:
            return False
        with self._news:
            self._hurried += 1
            self._news.notify_all()
            try:
                return self._news.wait_for(is_there, PATIENCE)
            finally:
                self._hurried -= 1

    def suspect(self, alias):
        """Leave the replica out until the next look at it."""
        self.replicas[alias].forget()

    def _ask(self):
        idle = time.monotonic() - self._asked > IDLE
        self._asked = time.monotonic()
        if idle:
            with self._news:
                self._news.notify_all()
                # After a pause nothing is known of the servers, and soon will be.
                self._news.wait_for(lambda: all(one.known() for one in self._servers), PATIENCE)

    def _watch(self, server):
        while True:
            try:
                with _connect(server.alias) as connection:
                    while True:
                        self._look(server, connection)
                        self._pause()
            except (psycopg.Error, OSError):
                server.forget()
                self._pause()

    def _look(self, server, connection):
        sent = time.monotonic()
        if server is self.primary:
            row = connection.execute(_BEAT, [timedelta(seconds=0 if self._hurried else EVERY)]).fetchone()
        else:
            row = connection.execute(_LOOK).fetchone()
        with self._news:
            server.look = row and Look(*row, sent)
            self._news.notify_all()

    def _pause(self):
        if self._hurried:
            time.sleep(HURRY)
            return
        with self._news:
            self._news.wait_for(lambda: self._hurried, EVERY)
            self._news.wait_for(lambda: time.monotonic() - self._asked < IDLE)


def _connect(alias):
    parameters = connections[alias].get_connection_params() | {"connect_timeout": 2}
    return ReplicaConnection.connect(**parameters, autocommit=True)


def watch():
    """The Watch of this process, made when it is first asked for: threads do not survive a fork."""
    return _watch_of(os.getpid())


# One too many would keep its threads and their connections for ever.
@once
def _watch_of(pid):
    return Watch(settings.DATABASE_REPLICAS)

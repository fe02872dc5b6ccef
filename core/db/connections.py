"""Database connections: looked at, not asked, before each use; and, to a replica, given up when it does not answer."""

import select

import psycopg

LONGEST = 3  # seconds that a replica has for a statement, or a part of its result


class Connection(psycopg.Connection):
    """Has the pool's check, a statement without words before each request, go to the server only in doubt.

    A server that ends, or ends the connection, says so, and nothing else is ever to be read on an idle connection. So
    while there is nothing, it is alive; and a request is spared a tenth of a millisecond.
    """

    def execute(self, query, *args, **kwargs):
        if query == "" and not self.closed and not self._has_news():
            return self.cursor()
        return super().execute(query, *args, **kwargs)

    def _has_news(self):
        poll = select.poll()
        poll.register(self.fileno(), select.POLLIN)
        return bool(poll.poll(0))


class ReplicaConnection(Connection):
    """Is closed, with an OperationalError, when the server leaves it waiting: the primary answers instead.

    The server's own time limit does not help against one that hangs, or a machine that is gone.
    """

    def wait(self, gen, *args, **kwargs):
        try:
            return super().wait(gen, *args, **{"timeout": LONGEST} | kwargs)
        except psycopg.errors._WaitTimeout:
            self.close()
            raise psycopg.OperationalError(f"the replica did not answer in {LONGEST} seconds") from None

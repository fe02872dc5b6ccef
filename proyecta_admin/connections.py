"""A database connection that is looked at, not asked, before each use."""

import select

import psycopg


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

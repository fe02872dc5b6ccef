"""Which of several rows that are the same is which."""

import sqlite3


class Repeats:
    """How often each row has come, in a temporary file that nobody else sees. It would be much for memory, and a
    temporary table of PostgreSQL's is of a session, which PgBouncer lends for one transaction only."""

    def __init__(self):
        self._file = sqlite3.connect("")
        self._file.execute("CREATE TABLE came (digest BLOB PRIMARY KEY, times INTEGER NOT NULL) WITHOUT ROWID")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._file.close()

    def add(self, digests):
        """Count these, a Counter of bytes. Returns how often each has come before, as a dict."""
        before = {}
        for digest in digests:
            found = self._file.execute("SELECT times FROM came WHERE digest = ?", [digest]).fetchone()
            before[digest] = found[0] if found else 0
        self._file.executemany(
            "INSERT OR REPLACE INTO came VALUES (?, ?)",
            [(digest, before[digest] + times) for digest, times in digests.items()],
        )
        return before

"""How often each row has come before in a file."""

import sqlite3
from collections.abc import Mapping
from types import TracebackType
from typing import Self


class Repeats:
    """Counts rows in a temporary file, in constant memory.

    Not in a temporary table of PostgreSQL: PgBouncer lends the session with the table to others after a transaction.
    """

    def __init__(self) -> None:
        self._file = sqlite3.connect("")
        self._file.execute("CREATE TABLE came (digest BLOB PRIMARY KEY, times INTEGER NOT NULL) WITHOUT ROWID")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None) -> None:
        self._file.close()

    def add(self, digests: Mapping[bytes, int]) -> dict[bytes, int]:
        """Count these rows: how often each digest comes now. Returns how often each has come before."""
        before = {}
        for digest in digests:
            found = self._file.execute("SELECT times FROM came WHERE digest = ?", [digest]).fetchone()
            before[digest] = found[0] if found else 0
        self._file.executemany(
            "INSERT OR REPLACE INTO came VALUES (?, ?)",
            [(digest, before[digest] + times) for digest, times in digests.items()],
        )
        return before

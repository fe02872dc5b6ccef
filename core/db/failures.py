"""The meaning of each failure of the database: a sentence for the person who waits, and a line for the log.

Only failures of the server are known here. A wrong statement or value is a defect of the product.
"""

from dataclasses import dataclass, replace

import psycopg
from django.db import Error, InterfaceError, OperationalError
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from . import limits
from .migrated import lacks_migrations
from .pool import PoolTimeout

RETRY_AFTER_SECONDS = 2


@dataclass(frozen=True, slots=True)
class DatabaseFailure:
    """A failure of the database.

    code: for programs, the same for all that people can only wait for.
    title, message: for people, translatable. They hold nothing of the error itself.
    advice: for a page, what to do now.
    cause: for the log, one line.
    """

    code: str
    title: str | Promise
    message: str | Promise
    advice: str | Promise
    cause: str = ""

    @property
    def is_conflict(self) -> bool:
        """Whether only another request is in the way."""
        return self.code == "locked"


WAIT = _("Nothing is lost. It should be back soon: reload this page in a minute.")
GO_BACK = _("Nothing of this request was saved. Go back and try again; what you typed should still be there.")

AWAY = DatabaseFailure(
    "unavailable",
    _("The database cannot be reached"),
    _("The database cannot be reached just now. Try again shortly."),
    WAIT,
)
NO_CONNECTION = DatabaseFailure(
    "unavailable",
    _("The database has too many connections"),
    _("The database has no free connection just now. Try again shortly."),
    WAIT,
)
BUSY = DatabaseFailure(
    "busy",
    _("Too many requests at once"),
    _("The server has too many other requests just now. Try again shortly."),
    GO_BACK,
)
LOCKED = DatabaseFailure(
    "locked",
    _("Somebody else is changing the same"),
    _("Another request is changing the same data and has not finished. Nothing was changed. Try again shortly."),
    GO_BACK,
)
TOO_SLOW = DatabaseFailure(
    "unavailable",
    _("The database took too long"),
    _("The database did not finish in time, and nothing was changed. Try again shortly, or ask for less at once."),
    GO_BACK,
)
READ_ONLY = DatabaseFailure(
    "unavailable",
    _("The database is read-only"),
    _("The database is read-only just now: nothing can be changed. Try again later."),
    GO_BACK,
)
DISK_FULL = DatabaseFailure(
    "unavailable",
    _("The disk of the database is full"),
    _("The disk of the database is full, and nothing was changed. Try again later."),
    GO_BACK,
)
OUT_OF_MEMORY = DatabaseFailure(
    "unavailable",
    _("The database is short of memory"),
    _("The database is short of memory, and nothing was changed. Try again shortly."),
    GO_BACK,
)
OUTDATED = DatabaseFailure(
    "unavailable",
    _("The database is being updated"),
    _("The database is not up to date with this version of the server. Try again later."),
    WAIT,
)
REFUSED = DatabaseFailure(
    "unavailable",
    _("The database refuses this server"),
    _("The database refuses this server, whose settings need a correction. Try again later."),
    WAIT,
)
FAILED = DatabaseFailure(
    "unavailable",
    _("The database failed"),
    _("The database failed, and nothing was changed. Try again shortly."),
    GO_BACK,
)

# By SQLSTATE, or by its class, which is its first two characters: PostgreSQL's manual, appendix A.
_BY_SQLSTATE = {
    "08": AWAY,
    "25": FAILED,
    "25006": READ_ONLY,
    "25P03": TOO_SLOW,
    "28": REFUSED,
    "3D000": REFUSED,
    "40": LOCKED,
    "42501": REFUSED,
    "42703": OUTDATED,
    "42883": OUTDATED,
    "42P01": OUTDATED,
    "53": FAILED,
    "53100": DISK_FULL,
    "53200": OUT_OF_MEMORY,
    "53300": NO_CONNECTION,
    "55006": LOCKED,
    "55P03": LOCKED,
    "57": AWAY,
    "57014": TOO_SLOW,
    "58": FAILED,
    "XX": FAILED,
}
# By words of the message: libpq gives no SQLSTATE to an error while connecting. Other languages are taken as AWAY.
_BY_WORDS = {
    "too many clients": NO_CONNECTION,
    "too many connections": NO_CONNECTION,
    "connection slots": NO_CONNECTION,
    "no more connections allowed": NO_CONNECTION,
    "authentication failed": REFUSED,
    "no password supplied": REFUSED,
    "no pg_hba.conf entry": REFUSED,
    "is not permitted to log in": REFUSED,
    "permission denied for database": REFUSED,
    "does not exist": REFUSED,
    "no such database": REFUSED,
    "out of memory": OUT_OF_MEMORY,
}
# PostgreSQL has an SQLSTATE for a full disk, but none for a quota or a limit on the size of files.
_WORDS_OF_A_FULL_DISK = ("no space left on device", "quota exceeded", "file too large")
# The remedy, for the log.
_HINTS = {
    OUTDATED: "the database lacks a migration: run manage.py migrate",
    READ_ONLY: "the database is read-only: is it a replica, or default_transaction_read_only on?",
    DISK_FULL: "the disk of the database is full",
    NO_CONNECTION: "the database has too many connections: raise max_connections, or use PgBouncer",
    REFUSED: "the database refuses this server: check DATABASE_URL",
    LOCKED: f"another transaction was in the way, for {limits.LOCK_TIMEOUT_SECONDS} seconds if it held a lock",
}


def failure_of(error: BaseException | None) -> DatabaseFailure | None:
    """Return what an exception of Django or psycopg means, with its cause; None if it is no failure of the database.

    It asks the database whether migrations are missing if the error says that a table or column is.
    """
    found = error.__cause__ if isinstance(error, Error) and error.__cause__ else error
    failure = _kind_of(found)
    if failure is None or (failure is OUTDATED and not _is_outdated()):
        return None
    message = str(found).strip().partition("\n")[0]
    hint = _HINTS.get(failure)
    return replace(failure, cause=f"{hint} ({message})" if hint else message)


def _kind_of(error: BaseException | None) -> DatabaseFailure | None:
    if isinstance(error, PoolTimeout):
        return BUSY
    is_operational = isinstance(
        error, OperationalError | InterfaceError | psycopg.OperationalError | psycopg.InterfaceError
    )
    message = str(error).lower()
    if sqlstate := getattr(error, "sqlstate", None):
        known = _BY_SQLSTATE.get(sqlstate) or _BY_SQLSTATE.get(sqlstate[:2]) or (FAILED if is_operational else None)
        return DISK_FULL if known is FAILED and any(words in message for words in _WORDS_OF_A_FULL_DISK) else known
    if not is_operational:
        return None
    return next((failure for words, failure in _BY_WORDS.items() if words in message), AWAY)


def _is_outdated() -> bool:
    try:
        return lacks_migrations()
    except Error:
        return False

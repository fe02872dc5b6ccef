"""Limits on what one request may take of the database: how long it waits for a lock, runs a statement, or idles.

Only processes that serve requests have them. A migration or an import may take hours.
"""

LOCK_TIMEOUT_SECONDS = 3
STATEMENT_TIMEOUT_SECONDS = 30
IDLE_IN_TRANSACTION_TIMEOUT_SECONDS = 30

_MILLISECONDS = {
    "lock_timeout": LOCK_TIMEOUT_SECONDS * 1000,
    "statement_timeout": STATEMENT_TIMEOUT_SECONDS * 1000,
    "idle_in_transaction_session_timeout": IDLE_IN_TRANSACTION_TIMEOUT_SECONDS * 1000,
}
# The value of libpq's `options`.
SESSION_OPTIONS = " ".join(f"-c {name}={value}" for name, value in _MILLISECONDS.items())
# The same for one transaction.
LIMIT_TRANSACTION = "SELECT " + ", ".join(
    f"set_config('{name}', '{value}', true)" for name, value in _MILLISECONDS.items()
)

_are_set = False


def set_limits() -> None:
    """Limit every connection that this process, or a fork of it, makes from now on."""
    global _are_set
    _are_set = True


def are_set() -> bool:
    """Return whether set_limits() was called."""
    return _are_set

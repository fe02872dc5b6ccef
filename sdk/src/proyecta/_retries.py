"""Whether a failed call is repeated, and after which wait."""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

import httpx

_FIRST_BACKOFF_SECONDS = 0.5
_MAX_BACKOFF_SECONDS = 8.0


@dataclass(frozen=True, slots=True)
class Retries:
    """The rules for repeating a call.

    max_retries: how often a call is repeated at most.
    max_wait: the longest wait before a repetition, in seconds. A longer Retry-After is cut to it.
    """

    max_retries: int
    max_wait: float

    def wait_before_next(self, retries: int, outcome: httpx.Response | httpx.RequestError) -> float | None:
        """Return the seconds to wait before the next try; None if the call is not repeated.

        retries: how often the call has been repeated already.
        outcome: the answer, or the error of the connection.
        """
        if retries >= self.max_retries or not _may_pass(outcome):
            return None
        # Full jitter: callers that failed together do not come back together.
        backoff = random.uniform(0, min(_MAX_BACKOFF_SECONDS, _FIRST_BACKOFF_SECONDS * 2 ** min(retries, 10)))
        asked = _retry_after(outcome) if isinstance(outcome, httpx.Response) else 0.0
        return min(asked + backoff, self.max_wait)


def _may_pass(outcome: httpx.Response | httpx.RequestError) -> bool:
    if isinstance(outcome, httpx.RequestError):
        return True
    advice = outcome.headers.get("X-Should-Retry", "").lower()
    if advice in ("true", "false"):
        return advice == "true" and not outcome.is_success
    # 409 without that advice: the first request with this idempotency key is still running.
    return outcome.status_code in (408, 409, 429) or outcome.status_code >= 500


def _retry_after(response: httpx.Response) -> float:
    text = response.headers.get("Retry-After", "").strip()
    if text.isascii() and text.isdigit():
        return float(text[:9])
    try:
        moment = parsedate_to_datetime(text)
    except ValueError:
        return 0.0
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return max(0.0, (moment - datetime.now(UTC)).total_seconds())

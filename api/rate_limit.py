"""How many calls an API key may make.

The state is one number for each key, in a file that all worker processes of the machine share, each number behind a
lock of its own. In PostgreSQL it would be a write for each request, which costs more than reading a customer; here it
costs a few microseconds. With several machines, the limit holds on each.
"""

import fcntl
import os
import struct
import threading
import time
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings

from core.environment import make_data_dir
from core.once import once

BURST_SECONDS = 2  # an idle key may send as many calls at once as its rate allows in this time
FILE_NAME = "api_rate_limit"
_SECOND_NS = 1_000_000_000
_number_format = struct.Struct("<q")


@dataclass(frozen=True, slots=True)
class RateBucket:
    """Calls that are counted together for each API key.

    name: letters, digits and "_"; stands in the RateLimit headers and in the name of the state's file.
    calls_per_second: the rate, an int from 1 on; None for the setting API_RATE_LIMIT. Where that setting is 0, no
        bucket is limited.
    """

    name: str
    calls_per_second: int | None = None


SHARED_BUCKET = RateBucket("key")


@dataclass(frozen=True, slots=True)
class Allowance:
    """The calls that a key has left.

    allowed: whether this call may be made.
    remaining: the calls that are left.
    reset: seconds until all calls are back.
    retry_after: seconds until one call is back, 0 where this call is allowed.
    """

    allowed: bool
    remaining: int
    reset: float
    retry_after: float


class RateLimit:
    """A bucket of calls for each key, refilled at `rate` calls a second up to BURST_SECONDS of them.

    The algorithm is GCRA, the generic cell rate algorithm of ATM. The file has, for each key, the moment at which the
    bucket is full again, in nanoseconds since 1970, at the place that the key's number gives. The file is sparse.
    """

    def __init__(self, path: Path, rate: int) -> None:
        self.rate = rate
        self.step = _SECOND_NS // rate
        self.depth = self.step * rate * BURST_SECONDS
        self._file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        # A lock on a file holds between processes, not between the threads of one.
        self._lock = threading.Lock()

    def take(self, number: int, now: int | None = None) -> Allowance:
        """Take one call of the key with this `number`, an int from 0 on.

        now: nanoseconds since 1970. Default: the clock.
        """
        place = number * _number_format.size
        with self._lock:
            fcntl.lockf(self._file, fcntl.LOCK_EX, _number_format.size, place)
            try:
                # Only now: a moment from before the wait for the lock would look like a clock that was set back.
                now = time.time_ns() if now is None else now
                stored = os.pread(self._file, _number_format.size, place)
                before = _number_format.unpack(stored)[0] if len(stored) == _number_format.size else 0
                # Never further ahead than an empty bucket, should the clock have been set back.
                full_at = min(max(before, now), now + self.depth)
                wait = full_at + self.step - now - self.depth
                if allowed := wait <= 0:
                    full_at += self.step
                if full_at != before:
                    os.pwrite(self._file, _number_format.pack(full_at), place)
            finally:
                fcntl.lockf(self._file, fcntl.LOCK_UN, _number_format.size, place)
        missing = full_at - now
        return Allowance(allowed, (self.depth - missing) // self.step, missing / _SECOND_NS, max(wait, 0) / _SECOND_NS)


@once
def limit_of(bucket: RateBucket) -> RateLimit | None:
    """The RateLimit of this bucket in this process; None where the setting API_RATE_LIMIT turns limits off.

    Raises OSError where its file cannot be opened.
    """
    if not settings.API_RATE_LIMIT:
        return None
    name = FILE_NAME if bucket == SHARED_BUCKET else f"{FILE_NAME}_{bucket.name}"
    return RateLimit(make_data_dir() / name, bucket.calls_per_second or settings.API_RATE_LIMIT)

"""How many calls a key may make.

The state is one number per key, in a file that all worker processes of the machine share, each behind a lock of its
own. Kept in PostgreSQL it would be a write for each request, which costs more than a customer's look-up does; here it
is a few microseconds. With several machines the limit holds on each.
"""

import fcntl
import os
import struct
import threading
import time
from dataclasses import dataclass

BURST_SECONDS = 2  # an idle key may send as much at once as it may in this time
_SECOND = 1_000_000_000
_slot = struct.Struct("<q")


@dataclass(frozen=True, slots=True)
class Allowance:
    """What is left of a key's calls. `reset`: seconds until all of them are there again; `retry_after`: seconds until
    one is, 0 where this call is `allowed`."""

    allowed: bool
    remaining: int
    reset: float
    retry_after: float


class RateLimit:
    """A bucket of calls per key, which fills at `rate` calls a second up to BURST_SECONDS of them.

    What is stored is the moment at which a key's bucket is full again (GCRA, the generic cell rate algorithm of
    ATM), in nanoseconds, at the place in the file that the key's number gives; the file is sparse.
    """

    def __init__(self, path, rate):
        self.step = _SECOND // rate
        self.depth = self.step * rate * BURST_SECONDS
        self._file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        # A lock on a file holds between processes, not between the threads of one.
        self._lock = threading.Lock()

    def take(self, number, now=None):
        """Take one call of the key with this `number`, an int from 0 on. Returns its Allowance."""
        place = number * _slot.size
        with self._lock:
            fcntl.lockf(self._file, fcntl.LOCK_EX, _slot.size, place)
            try:
                # Only now: a moment from before the wait for the lock would look like a clock that was set back.
                now = time.time_ns() if now is None else now
                stored = os.pread(self._file, _slot.size, place)
                before = _slot.unpack(stored)[0] if len(stored) == _slot.size else 0
                # Never further ahead than an empty bucket, should the clock have been set back.
                full_at = min(max(before, now), now + self.depth)
                wait = full_at + self.step - now - self.depth
                if allowed := wait <= 0:
                    full_at += self.step
                if full_at != before:
                    os.pwrite(self._file, _slot.pack(full_at), place)
            finally:
                fcntl.lockf(self._file, fcntl.LOCK_UN, _slot.size, place)
        missing = full_at - now
        return Allowance(allowed, (self.depth - missing) // self.step, missing / _SECOND, max(wait, 0) / _SECOND)

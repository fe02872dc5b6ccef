"""Customer ids: `cus_` and a ULID in lower case, so that ids are unguessable and sort by time of creation."""

import re
import secrets
import time
from itertools import product

ID_PATTERN = r"cus_[A-Za-z0-9_]{1,60}"
WRONG_ID = "An id is cus_ and then 1 to 60 letters, digits or underscores."
_valid = re.compile(ID_PATTERN)
# Ten bits each.
_PAIRS = [one + other for one, other in product("0123456789abcdefghjkmnpqrstvwxyz", repeat=2)]


def new_customer_id(moment=None):
    """A new id whose order is that of `moment` (an aware datetime; default now), to the millisecond.

    The 26 characters are Crockford's base 32 of a 48-bit Unix time in milliseconds and 80 random bits (ULID).
    """
    milliseconds = time.time_ns() // 1_000_000 if moment is None else int(moment.timestamp() * 1000)
    return "cus_" + ulid(max(milliseconds, 0), secrets.randbits(80))


def ulid(milliseconds, random_bits):
    number = milliseconds << 80 | random_bits
    return "".join([_PAIRS[number >> shift & 1023] for shift in range(120, -1, -10)])


def is_customer_id(text):
    """Whether `text` has the form of a customer id: `cus_`, then 1 to 60 of A-Z a-z 0-9 _."""
    return _valid.fullmatch(text) is not None

"""What a process makes once, however many of its threads ask for it first."""

import threading
from functools import cache, wraps


def once(make):
    """As functools.cache, which lets threads that come at once each call `make`, and gives each its own result."""
    made = cache(make)
    lock = threading.Lock()

    @wraps(make)
    def ask(*args):
        with lock:
            return made(*args)

    ask.cache_clear = made.cache_clear
    return ask

"""A value that is made once per process."""

import time
from concurrent.futures import ThreadPoolExecutor

from core.once import once


def test_threads_that_ask_at_once_get_one_value():
    made = []

    @once
    def make(name):
        time.sleep(0.1)
        made.append(name)
        return object()

    with ThreadPoolExecutor(16) as pool:
        values = set(pool.map(lambda _: make("a"), range(16)))
    assert made == ["a"] and len(values) == 1
    assert make("b") not in values
    make.cache_clear()
    assert make("a") not in values

"""A value that is made once per process."""

import threading
from collections.abc import Callable, Hashable
from functools import cache
from typing import Generic, TypeVar

Result = TypeVar("Result")


class once(Generic[Result]):  # noqa: N801 - a decorator
    """Decorate a function as functools.cache does, but call it once even if several threads ask at the same time.

    functools.cache would call it in each of them and give each its own result. Arguments are hashable.
    """

    def __init__(self, make: Callable[..., Result]) -> None:
        self.__wrapped__ = make
        self._cached = cache(make)
        self._lock = threading.Lock()

    def __call__(self, *args: Hashable) -> Result:
        with self._lock:
            return self._cached(*args)

    def cache_clear(self) -> None:
        self._cached.cache_clear()

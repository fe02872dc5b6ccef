"""A page of a list, and the way through all of them."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from dataclasses import dataclass, field

from ._calls import Call
from ._models import Customer


@dataclass(frozen=True, slots=True)
class _AnyPage:
    data: list[Customer]
    has_more: bool
    _call: Call = field(repr=False, compare=False)

    def _next_call(self) -> Call | None:
        if not (self.has_more and self.data):
            return None
        return self._call.with_cursor(self.data[0 if self._call.goes_back else -1].id)

    def _in_walking_order(self) -> list[Customer]:
        return self.data[::-1] if self._call.goes_back else self.data


@dataclass(frozen=True, slots=True)
class Page(_AnyPage):
    """`data`, the customers of one page in the order of the sort, and `has_more`, whether others lie beyond it."""

    _load: Callable[[Call], Page] = field(repr=False, compare=False)

    def next_page(self) -> Page | None:
        """The page after this one, or before it where the list was asked for with `ending_before`; None at the end."""
        call = self._next_call()
        return self._load(call) if call else None

    def auto_paging(self) -> Iterator[Customer]:
        """Every customer from this page on, loading page after page.

        Where the list was asked for with `ending_before`, it goes back from there: the nearest customer comes first.
        """
        page: Page | None = self
        while page is not None:
            yield from page._in_walking_order()
            page = page.next_page()


@dataclass(frozen=True, slots=True)
class AsyncPage(_AnyPage):
    """As `Page`, for `AsyncProyecta`: `await page.next_page()` and `async for customer in page.auto_paging()`."""

    _load: Callable[[Call], Awaitable[AsyncPage]] = field(repr=False, compare=False)

    async def next_page(self) -> AsyncPage | None:
        """As `Page.next_page()`."""
        call = self._next_call()
        return await self._load(call) if call else None

    async def auto_paging(self) -> AsyncIterator[Customer]:
        """As `Page.auto_paging()`."""
        page: AsyncPage | None = self
        while page is not None:
            for customer in page._in_walking_order():
                yield customer
            page = await page.next_page()

"""The pages of a list."""

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
    """One page of customers.

    data: the customers, in the order of the sort.
    has_more: whether there are customers beyond this page.
    """

    _load: Callable[[Call], Page] = field(repr=False, compare=False)

    def next_page(self) -> Page | None:
        """Return the page after this one; None at the end. A list with `ending_before` goes backwards."""
        call = self._next_call()
        return self._load(call) if call else None

    def auto_paging(self) -> Iterator[Customer]:
        """Yield every customer from this page on, loading page after page.

        A list with `ending_before` goes backwards: the customer nearest to it comes first.
        """
        page: Page | None = self
        while page is not None:
            yield from page._in_walking_order()
            page = page.next_page()


@dataclass(frozen=True, slots=True)
class AsyncPage(_AnyPage):
    """A `Page` of `AsyncProyecta`: `await page.next_page()` and `async for customer in page.auto_paging()`."""

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

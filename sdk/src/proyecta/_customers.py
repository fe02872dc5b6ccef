"""The operations on customers, `proyecta.commerce.customers`."""

from __future__ import annotations

import httpx

from ._calls import NOT_GIVEN, Call, NotGiven, create_call, get_call, list_call, update_call
from ._models import AddressInput, CreatedRange, Customer, Moment, Sort, read_customer, read_page
from ._pages import AsyncPage, Page
from ._transport import AsyncTransport, Transport, read_json


class Customers:
    """Create, read, list and update customers. Every method may raise APIConnectionError and APIStatusError."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    def create(
        self,
        *,
        email: str | None = None,
        name: str | None = None,
        phone: str | None = None,
        address: AddressInput | None = None,
        id: str | None = None,
        idempotency_key: str | None = None,
    ) -> Customer:
        """Create a customer, or return the existing customer with this email, unchanged. `was_created` tells which.

        email: upper and lower case do not count. A customer without an email is always new.
        name: at most 200 characters.
        phone: E.164, such as "+14155552671".
        address: a dict of any of line1, line2, city, state, postal_code and country (ISO 3166-1, such as "US").
        id: an id of your own: "cus_", then 1 to 60 of A-Z a-z 0-9 _. Default: the server makes one.
        idempotency_key: a text of at most 255 characters. A call with the same key within 24 hours is the same call,
            and is not carried out again. Default: a new key for each call, used for its retries too.

        Raises BadRequestError; ConflictError if another customer has the id.
        """
        return _read(
            self._transport.send(
                create_call(
                    email=email, name=name, phone=phone, address=address, id=id, idempotency_key=idempotency_key
                )
            )
        )

    def get(self, *, customer_id: str) -> Customer:
        """Return the customer with this id. Raises NotFoundError if the app has none."""
        return _read(self._transport.send(get_call(customer_id=customer_id)))

    def list(
        self,
        *,
        limit: int | str | None = None,
        starting_after: str | None = None,
        ending_before: str | None = None,
        email: str | None = None,
        query: str | None = None,
        created: Moment | CreatedRange | None = None,
        created_gt: Moment | None = None,
        created_gte: Moment | None = None,
        created_lt: Moment | None = None,
        created_lte: Moment | None = None,
        sort: Sort | None = None,
    ) -> Page:
        """Return a page of customers, newest first. Its `auto_paging()` goes through all pages.

        limit: the size of a page, 1 to 100. Default: 20.
        starting_after, ending_before: the id of a customer: the page after it, or the page before it. Give one of them.
        email: only the customer with this address, or, given as "@example.com", the customers at this domain. Upper and
            lower case do not count.
        query: only customers that match this search text.
        created: only customers created at this moment, or in this range, such as {"gte": datetime(2026, 1, 1,
            tzinfo=UTC)}. A moment is an aware datetime, Unix seconds or an RFC 3339 text.
        created_gt, created_gte, created_lt, created_lte: the bounds of that range as arguments.
        sort: created, -created, email, -email, name or -name. Customers without an email or name come last both ways.

        Raises BadRequestError for a wrong value. A wrong filter is never ignored.
        """
        return self._load(
            list_call(
                limit=limit,
                starting_after=starting_after,
                ending_before=ending_before,
                email=email,
                query=query,
                created=created,
                created_gt=created_gt,
                created_gte=created_gte,
                created_lt=created_lt,
                created_lte=created_lte,
                sort=sort,
            )
        )

    def update(
        self,
        *,
        customer_id: str,
        email: str | None | NotGiven = NOT_GIVEN,
        name: str | None | NotGiven = NOT_GIVEN,
        phone: str | None | NotGiven = NOT_GIVEN,
        address: AddressInput | None | NotGiven = NOT_GIVEN,
        if_match: str | None = None,
        idempotency_key: str | None = None,
    ) -> Customer:
        """Change the given fields of a customer, and return it. Fields that are left out stay; None clears a field.

        email, name, phone: as in `create()`.
        address: a dict of the parts to change, where None clears a part; or None to clear the whole address.
        if_match: the `etag` of the customer that the change is based on. Default: change any version.
        idempotency_key: as in `create()`.

        Raises NotFoundError; BadRequestError; ConflictError if another customer has the email; and
        PreconditionFailedError if the customer has changed since `if_match`.
        """
        return _read(
            self._transport.send(
                update_call(
                    customer_id=customer_id,
                    email=email,
                    name=name,
                    phone=phone,
                    address=address,
                    if_match=if_match,
                    idempotency_key=idempotency_key,
                )
            )
        )

    def _load(self, call: Call) -> Page:
        data, has_more = read_page(read_json(self._transport.send(call)))
        return Page(data, has_more, call, self._load)


class AsyncCustomers:
    """`Customers` for asyncio."""

    def __init__(self, transport: AsyncTransport) -> None:
        self._transport = transport

    async def create(
        self,
        *,
        email: str | None = None,
        name: str | None = None,
        phone: str | None = None,
        address: AddressInput | None = None,
        id: str | None = None,
        idempotency_key: str | None = None,
    ) -> Customer:
        """As `Customers.create()`."""
        return _read(
            await self._transport.send(
                create_call(
                    email=email, name=name, phone=phone, address=address, id=id, idempotency_key=idempotency_key
                )
            )
        )

    async def get(self, *, customer_id: str) -> Customer:
        """As `Customers.get()`."""
        return _read(await self._transport.send(get_call(customer_id=customer_id)))

    async def list(
        self,
        *,
        limit: int | str | None = None,
        starting_after: str | None = None,
        ending_before: str | None = None,
        email: str | None = None,
        query: str | None = None,
        created: Moment | CreatedRange | None = None,
        created_gt: Moment | None = None,
        created_gte: Moment | None = None,
        created_lt: Moment | None = None,
        created_lte: Moment | None = None,
        sort: Sort | None = None,
    ) -> AsyncPage:
        """As `Customers.list()`."""
        return await self._load(
            list_call(
                limit=limit,
                starting_after=starting_after,
                ending_before=ending_before,
                email=email,
                query=query,
                created=created,
                created_gt=created_gt,
                created_gte=created_gte,
                created_lt=created_lt,
                created_lte=created_lte,
                sort=sort,
            )
        )

    async def update(
        self,
        *,
        customer_id: str,
        email: str | None | NotGiven = NOT_GIVEN,
        name: str | None | NotGiven = NOT_GIVEN,
        phone: str | None | NotGiven = NOT_GIVEN,
        address: AddressInput | None | NotGiven = NOT_GIVEN,
        if_match: str | None = None,
        idempotency_key: str | None = None,
    ) -> Customer:
        """As `Customers.update()`."""
        return _read(
            await self._transport.send(
                update_call(
                    customer_id=customer_id,
                    email=email,
                    name=name,
                    phone=phone,
                    address=address,
                    if_match=if_match,
                    idempotency_key=idempotency_key,
                )
            )
        )

    async def _load(self, call: Call) -> AsyncPage:
        data, has_more = read_page(read_json(await self._transport.send(call)))
        return AsyncPage(data, has_more, call, self._load)


def _read(response: httpx.Response) -> Customer:
    return read_customer(
        read_json(response), was_created=response.status_code == 201, etag=response.headers.get("ETag")
    )

"""The clients `Proyecta` and `AsyncProyecta`."""

from __future__ import annotations

from types import TracebackType
from typing import Self

import httpx

from ._customers import AsyncCustomers, Customers
from ._retries import Retries
from ._transport import DEFAULT_TIMEOUT, AsyncTransport, Transport


class Commerce:
    """The commerce part of the API: `customers`."""

    def __init__(self, transport: Transport) -> None:
        self.customers = Customers(transport)


class AsyncCommerce:
    """The commerce part of the API: `customers`."""

    def __init__(self, transport: AsyncTransport) -> None:
        self.customers = AsyncCustomers(transport)


class Proyecta:
    """The client of one app. Create one and share it: it keeps connections open and is safe to use from threads.

    api_key: a key of the app. Default: PROYECTA_API_KEY in the environment.
    base_url: the address of the Proyecta server. Default: PROYECTA_BASE_URL, else http://127.0.0.1:8000.
    timeout: seconds for each try; or an httpx.Timeout; or None for no limit. Default: 5 to connect, 30 to answer.
    max_retries: how often a call is repeated after a lost connection, a timeout, a 429, a 5xx, or a 409 which says that
        the same call is still running. All tries of a write have the same Idempotency-Key, so that the server carries
        it out once.
    max_retry_wait: the longest wait between two tries, in seconds. A longer Retry-After is cut to it.
    http_client: your own httpx.Client, for a proxy or certificates. You close it. Default: a new one.

    Raises ProyectaError if there is no API key, or if base_url is not an address.
    """

    def __init__(
        self,
        *,
        api_key: str | None = None,
        base_url: str | None = None,
        timeout: float | httpx.Timeout | None = DEFAULT_TIMEOUT,
        max_retries: int = 3,
        max_retry_wait: float = 60.0,
        http_client: httpx.Client | None = None,
    ) -> None:
        self._transport = Transport(
            http_client,
            api_key=api_key,
            base_url=base_url,
            timeout=timeout,
            retries=Retries(max_retries, max_retry_wait),
        )
        self.commerce = Commerce(self._transport)

    def __repr__(self) -> str:
        return f"<{type(self).__name__} of {self._transport.base_url}>"

    def close(self) -> None:
        """Close the connections. The client cannot be used afterwards."""
        self._transport.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, exc_type: type[BaseException] | None, exc: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()


class AsyncProyecta:
    """`Proyecta` for asyncio. The arguments are the same, with an httpx.AsyncClient as `http_client`.

    Create it and use it within one event loop.
    """

    def __init__(
        self,
        *,
        api_key: str | None = None,
        base_url: str | None = None,
        timeout: float | httpx.Timeout | None = DEFAULT_TIMEOUT,
        max_retries: int = 3,
        max_retry_wait: float = 60.0,
        http_client: httpx.AsyncClient | None = None,
    ) -> None:
        self._transport = AsyncTransport(
            http_client,
            api_key=api_key,
            base_url=base_url,
            timeout=timeout,
            retries=Retries(max_retries, max_retry_wait),
        )
        self.commerce = AsyncCommerce(self._transport)

    def __repr__(self) -> str:
        return f"<{type(self).__name__} of {self._transport.base_url}>"

    async def aclose(self) -> None:
        """Close the connections. The client cannot be used afterwards."""
        await self._transport.aclose()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, exc_type: type[BaseException] | None, exc: BaseException | None, traceback: TracebackType | None
    ) -> None:
        await self.aclose()

"""The two clients."""

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
    """The client of one app. Make one and share it: it keeps its connections, and threads may use it at once.

    api_key: a key of the app. Default: PROYECTA_API_KEY in the environment.
    base_url: the address of the Proyecta server. Default: PROYECTA_BASE_URL, else http://127.0.0.1:8000.
    timeout: seconds for each try, or an httpx.Timeout, or None for no limit. Default: 5 to connect, 30 to answer.
    max_retries: how often a call is tried again after a lost connection, a timeout, 429, 5xx or a 409 that says that
        the same call is still running. A write carries one Idempotency-Key through all its tries, so that none of them
        is carried out twice.
    max_retry_wait: the longest wait between two tries in seconds, whatever Retry-After asks for.
    http_client: an httpx.Client of your own, for a proxy or certificates; you close it. Default: one of ours.

    Raises ProyectaError where there is no API key or the base_url is not an address.
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
        """Close the connections. The client is of no use afterwards."""
        self._transport.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, exc_type: type[BaseException] | None, exc: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()


class AsyncProyecta:
    """As `Proyecta`, for asyncio: the same arguments (`http_client` an httpx.AsyncClient), the operations awaited.

    Make it and use it within one event loop.
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
        """Close the connections. The client is of no use afterwards."""
        await self._transport.aclose()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, exc_type: type[BaseException] | None, exc: BaseException | None, traceback: TracebackType | None
    ) -> None:
        await self.aclose()

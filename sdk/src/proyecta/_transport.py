"""Sending a call: API key, timeouts, retries and errors."""

from __future__ import annotations

import asyncio
import logging
import os
import platform
import time
from collections.abc import Generator, Mapping
from typing import Any, TypedDict, Unpack

import httpx

from ._calls import Call, header_value
from ._retries import Retries
from ._version import __version__
from .errors import (
    STATUS_ERRORS,
    APIConnectionError,
    APIResponseError,
    APIStatusError,
    APITimeoutError,
    InternalServerError,
    ProyectaError,
)

logger = logging.getLogger("proyecta")

DEFAULT_BASE_URL = "http://127.0.0.1:8000"
DEFAULT_TIMEOUT = httpx.Timeout(30.0, connect=5.0)

_HEADERS = {
    "Accept": "application/json",
    "User-Agent": f"proyecta-python/{__version__} python/{platform.python_version()}",
}


class Options(TypedDict):
    """The arguments of a transport. The clients document them."""

    api_key: str | None
    base_url: str | None
    timeout: float | httpx.Timeout | None
    retries: Retries


class _Bearer(httpx.Auth):
    """Holds the API key, so that neither a repr nor the local variables in an error report show it."""

    def __init__(self, api_key: str) -> None:
        self._header = f"Bearer {api_key}"

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        request.headers["Authorization"] = self._header
        yield request


class _AnyTransport:
    def __init__(self, **options: Unpack[Options]) -> None:
        self.base_url = _clean_base_url(options["base_url"])
        self._auth = _Bearer(_clean_api_key(options["api_key"]))
        self._timeout = httpx.Timeout(options["timeout"])
        self._retries = options["retries"]

    def _request(self, http: httpx.Client | httpx.AsyncClient, call: Call) -> httpx.Request:
        return http.build_request(
            call.method,
            self.base_url + call.path,
            params=call.params or None,
            content=call.content,
            headers={**_HEADERS, **call.headers},
            timeout=self._timeout,
        )

    def _wait_or_raise(self, call: Call, retries: int, outcome: httpx.Response | httpx.RequestError) -> float:
        wait = self._retries.wait_before_next(retries, outcome)
        if isinstance(outcome, httpx.Response):
            if wait is None:
                raise _status_error(outcome)
            what = f"status {outcome.status_code}"
        else:
            if wait is None:
                raise self._connection_error(outcome) from outcome
            what = type(outcome).__name__
        logger.info("%s %s: %s, next try in %.1f s", call.method, call.path, what, wait)
        return wait

    def _connection_error(self, error: httpx.RequestError) -> APIConnectionError:
        if isinstance(error, httpx.TimeoutException):
            return APITimeoutError(f"{self.base_url} did not answer in time ({type(error).__name__}).")
        return APIConnectionError(f"No answer from {self.base_url}: {str(error) or type(error).__name__}.")


class Transport(_AnyTransport):
    def __init__(self, http: httpx.Client | None, **options: Unpack[Options]) -> None:
        super().__init__(**options)
        self._http = http or httpx.Client()
        self._owns_http = http is None

    def send(self, call: Call) -> httpx.Response:
        """Send the call and return its successful answer. Raises APIConnectionError and APIStatusError."""
        request = self._request(self._http, call)
        retries = 0
        while True:
            outcome: httpx.Response | httpx.RequestError
            try:
                response = self._http.send(request, auth=self._auth, follow_redirects=False)
                if response.is_success:
                    return response
                outcome = response
            except httpx.RequestError as error:
                outcome = error
            time.sleep(self._wait_or_raise(call, retries, outcome))
            retries += 1

    def close(self) -> None:
        if self._owns_http:
            self._http.close()


class AsyncTransport(_AnyTransport):
    def __init__(self, http: httpx.AsyncClient | None, **options: Unpack[Options]) -> None:
        super().__init__(**options)
        self._http = http or httpx.AsyncClient()
        self._owns_http = http is None

    async def send(self, call: Call) -> httpx.Response:
        """Transport.send() for asyncio."""
        request = self._request(self._http, call)
        retries = 0
        while True:
            outcome: httpx.Response | httpx.RequestError
            try:
                response = await self._http.send(request, auth=self._auth, follow_redirects=False)
                if response.is_success:
                    return response
                outcome = response
            except httpx.RequestError as error:
                outcome = error
            await asyncio.sleep(self._wait_or_raise(call, retries, outcome))
            retries += 1

    async def aclose(self) -> None:
        if self._owns_http:
            await self._http.aclose()


def read_json(response: httpx.Response) -> Any:
    """Return the decoded body of a successful answer. Raises APIResponseError if it is not JSON."""
    try:
        return response.json()
    except ValueError:
        raise APIResponseError("The answer is not JSON. Check that base_url is the Proyecta server's.") from None


def _status_error(response: httpx.Response) -> APIStatusError:
    status = response.status_code
    try:
        answer = response.json()
    except ValueError:
        answer = None
    facts: Mapping[str, Any] = answer if isinstance(answer, Mapping) else {}
    message = facts.get("message")
    if not isinstance(message, str):
        message = "The server answered without saying why."
        if response.is_redirect:
            message = "The server sends this call elsewhere; give base_url as its final address."
    error_class = STATUS_ERRORS.get(status, InternalServerError if status >= 500 else APIStatusError)
    return error_class(
        message,
        status=status,
        type=facts.get("type"),
        code=facts.get("code"),
        param=facts.get("param"),
        request_id=facts.get("request_id") or response.headers.get("X-Request-Id"),
        existing_customer_id=facts.get("existing_customer_id"),
    )


def _clean_api_key(given: str | None) -> str:
    api_key = (given if given is not None else os.environ.get("PROYECTA_API_KEY", "")).strip()
    if not api_key:
        raise ProyectaError(
            "There is no API key. Give api_key=… or set PROYECTA_API_KEY; keys are made in the panel under Developers."
        )
    try:
        return header_value("The API key", api_key)
    except ValueError as error:
        raise ProyectaError(str(error)) from None


def _clean_base_url(given: str | None) -> str:
    text = (given if given is not None else os.environ.get("PROYECTA_BASE_URL", "")).strip() or DEFAULT_BASE_URL
    try:
        url = httpx.URL(text)
    except httpx.InvalidURL:
        url = httpx.URL()
    if url.scheme not in ("http", "https") or not url.host or url.query or url.fragment:
        raise ProyectaError(
            "base_url must be the address of the Proyecta server, such as https://proyecta.example.com."
        )
    return text.rstrip("/")

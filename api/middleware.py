"""Middleware for /v1: request id, errors, headers, access log.

It is short because a call needs nothing of the other middleware, which is for people in browsers and would take longer
than the call itself.
"""

import json
import logging
import re
import secrets
import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import cast

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.urls import resolve
from django.utils import translation

from core.headers import UNREADABLE
from core.overload import request_slot
from core.slow_clients import refuse_unread_body
from replicas.reading import answered

from .calls import ApiRequest
from .errors import error_response
from .parsing import not_json
from .refusals import Refused

PREFIX = "/v1"
REFERENCE_PATH = "/v1/docs"  # a page for people, behind the middleware of pages
LANGUAGE = "en"
METHODS_OF_THE_MIDDLEWARE = {"HEAD", "OPTIONS"}

access_log = logging.getLogger("api.access")
_request_id = re.compile(r"[A-Za-z0-9._-]{1,128}")


class ApiMiddleware:
    """Answers what is below /v1 and logs it. Stands before all other middleware."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response
        self.carry_out = _carry_out_on_replicas if settings.DATABASE_REPLICAS else _carry_out
        self.headers = {
            "Cache-Control": "private, no-cache",
            "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
            "X-Content-Type-Options": "nosniff",
            **settings.SECURITY_HEADERS,
        }
        if settings.SECURE_HSTS_SECONDS:
            self.headers["Strict-Transport-Security"] = f"max-age={settings.SECURE_HSTS_SECONDS}"

    def __call__(self, http_request: HttpRequest) -> HttpResponse:
        path = http_request.path_info
        if path != PREFIX and not path.startswith(PREFIX + "/"):
            return self.get_response(http_request)
        started = time.perf_counter()
        request = cast(ApiRequest, http_request)
        given = request.META.get("HTTP_X_REQUEST_ID", "")
        request.request_id = given if _request_id.fullmatch(given) else secrets.token_hex(16)
        method = request.method or ""
        response = self.get_response(request) if path == REFERENCE_PATH else self.answer(request)
        response["X-Request-Id"] = request.request_id
        _log(request, method, response, time.perf_counter() - started)
        return response

    def answer(self, request: ApiRequest) -> HttpResponse:
        """The answer of the API: never HTML, and in English, whatever language the last page of this thread had."""
        method = request.method
        if method == "HEAD":
            request.method = "GET"
        with translation.override(LANGUAGE):
            try:
                refuse_unread_body(request)
                with request_slot(request.META.get("HTTP_AUTHORIZATION", "")):
                    response = self.carry_out(request)
                if response.status_code == 405:
                    response = _method_not_allowed(request, response)
            except Exception as error:
                response = error_response(request, error)
        headers = self.headers | getattr(request, "rate_headers", {})
        call = getattr(request, "call", None)
        if call and call.cache_control:
            headers["Cache-Control"] = call.cache_control
        for name, value in headers.items():
            response.headers.setdefault(name, value)
        if response.status_code in (204, 304):
            del response["Content-Type"]
        else:
            response["Content-Length"] = str(len(response.content))
        if method == "HEAD":
            response.content = b""
        return response


def _carry_out(request: ApiRequest) -> HttpResponse:
    if UNREADABLE in request.META:
        raise not_json()
    request.get_host()  # refuses names that are not this server's
    if settings.SECURE_SSL_REDIRECT and not request.is_secure():
        # Not redirected: the key has gone over the wire in the clear already, and the caller should know.
        raise Refused(400, "https_needed", "Call this server by https://. Revoke the API key if it was a real one.")
    match = request.resolver_match = resolve(request.path_info)
    return cast(HttpResponse, match.func(request, *match.args, **match.kwargs))


def _carry_out_on_replicas(request: ApiRequest) -> HttpResponse:
    return answered(request, lambda: getattr(request, "api_key", None), lambda: _carry_out(request))


def _method_not_allowed(request: ApiRequest, refusal: HttpResponse) -> HttpResponse:
    allowed = {method.strip() for method in refusal["Allow"].split(",")} | METHODS_OF_THE_MIDDLEWARE
    allow = ", ".join(sorted(allowed if "GET" in allowed else allowed - {"HEAD"}))
    if request.method == "OPTIONS":
        return HttpResponse(status=204, headers={"Allow": allow})
    return error_response(
        request,
        Refused(405, "method_not_allowed", f"This address takes {allow}.", headers={"Allow": allow}),
    )


def _log(request: ApiRequest, method: str, response: HttpResponse, seconds: float) -> None:
    key = getattr(request, "api_key", None)
    match = request.resolver_match
    access_log.info(
        json.dumps(
            {
                "time": datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z"),
                "method": method if method.isalpha() and len(method) <= 10 else "?",
                "route": f"/{match.route}" if match else None,
                "status": response.status_code,
                "duration_ms": round(seconds * 1000, 2),
                "app": key.app.slug if key else None,
                "key": key.prefix if key else None,
                "request_id": request.request_id,
                "code": getattr(request, "error_code", None),
            }
        )
    )

"""The guard before each call: the API key in the Authorization header. A session opens nothing here."""

import logging
import math
from typing import cast

from django.conf import settings
from django.http import HttpRequest
from ninja.security import HttpBearer

from accounts.keys import authenticate_api_key, authenticate_with_row
from accounts.models import ApiKey
from core.overload import identify

from .calls import ApiRequest, Call
from .rate_limit import BURST_SECONDS, RateBucket, limit_of
from .refusals import Refused

logger = logging.getLogger(__name__)


class ApiKeyAuth(HttpBearer):
    """Lets a call through whose key is known, not revoked, within its rate, and of the scope that the call needs.

    It sets `request.call`, and returns what becomes `request.auth`: the ApiKey, with its app.
    """

    openapi_description = "An API key of the app, such as `sk_…`, made in the panel under Developers."

    def __init__(self, call: Call) -> None:
        super().__init__()
        self.call = call

    def __call__(self, request: HttpRequest) -> ApiKey:
        request.call = self.call  # type: ignore[attr-defined]
        scheme, _, secret = request.META.get("HTTP_AUTHORIZATION", "").partition(" ")
        if scheme.lower() != "bearer":
            raise Refused(
                401,
                "key_missing",
                "Send an API key in the header Authorization: Bearer sk_….",
                headers={"WWW-Authenticate": 'Bearer realm="Proyecta"'},
            )
        return self.authenticate(request, secret.strip())

    def authenticate(self, request: HttpRequest, token: str) -> ApiKey:
        """The ApiKey with the secret `token`. Raises Refused: 401, 403, 429."""
        key = self._find_key(request, token)
        if key is None:
            raise Refused(
                401,
                "key_invalid",
                "This API key is not known, or has been revoked. Make another in the panel under Developers.",
                headers={"WWW-Authenticate": 'Bearer realm="Proyecta", error="invalid_token"'},
            )
        request.api_key = key  # type: ignore[attr-defined]
        identify(caller=("key", key.pk), app=key.app_id)
        _take_call(cast(ApiRequest, request), key.pk, self.call.rate_bucket)
        if self.call.needs_write_key and key.scope != ApiKey.Scope.WRITE:
            raise Refused(
                403, "read_only_key", "This API key may only read. Use one with the scope “Read and write” to change."
            )
        return key

    def _find_key(self, request: HttpRequest, secret: str) -> ApiKey | None:
        """The ApiKey with this secret, or None. Sets `request.row_read_with_key`."""
        # With replicas, rows are read from another database than keys.
        find_row = None if settings.DATABASE_REPLICAS else self.call.read_with_key
        wanted = find_row(_path_values(request)) if find_row else None
        key, row = authenticate_with_row(secret, wanted) if wanted else (authenticate_api_key(secret), None)
        request.row_read_with_key = row  # type: ignore[attr-defined]
        return key


def _path_values(request: HttpRequest) -> dict[str, str]:
    return request.resolver_match.kwargs if request.resolver_match else {}


def _take_call(request: ApiRequest, key_number: int, bucket: RateBucket) -> None:
    """Take one of the key's calls out of the bucket, and set the RateLimit headers of the answer.

    Raises Refused (429) where none is left.
    """
    try:
        limit = limit_of(bucket)
        if limit is None:
            return
        allowance = limit.take(key_number)
    except OSError:
        # A full disk, for example. No limit is better than no answers.
        logger.exception("The calls of API keys cannot be counted, so they are not limited")
        return
    request.rate_headers = {
        "RateLimit-Policy": f'"{bucket.name}";q={limit.rate * BURST_SECONDS};w={BURST_SECONDS}',
        "RateLimit": f'"{bucket.name}";r={allowance.remaining};t={math.ceil(allowance.reset)}',
    }
    if not allowance.allowed:
        raise Refused(
            429,
            "rate_limited",
            f"This API key makes more than {limit.rate} calls a second. Wait as Retry-After says.",
            headers={"Retry-After": str(math.ceil(allowance.retry_after))},
        )

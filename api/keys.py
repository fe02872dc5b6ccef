"""Who calls: the API key of the Authorization header, and nothing else. A session opens nothing here."""

import logging
import math

from django.conf import settings
from ninja.security import HttpBearer

from accounts.keys import AppRow, authenticate_api_key, authenticate_with_row
from accounts.models import ApiKey
from core.environment import make_data_dir
from core.once import once
from customers.models import Customer
from customers.values.ids import is_customer_id

from .errors import Refused
from .rate_limit import BURST_SECONDS, RateLimit

logger = logging.getLogger(__name__)

READING = ("GET", "HEAD", "OPTIONS")


class ApiKeyAuth(HttpBearer):
    """The guard before each call: a key that is known, not revoked, within its rate, and whose scope allows the call.

    What it returns becomes `request.auth`: the ApiKey, its app with it.
    """

    openapi_description = "An API key of the app, such as `sk_…`, made in the panel under Developers."

    def __call__(self, request):
        scheme, _, secret = request.META.get("HTTP_AUTHORIZATION", "").partition(" ")
        if scheme.lower() != "bearer":
            raise Refused(
                401,
                "key_missing",
                "Send an API key in the header Authorization: Bearer sk_….",
                headers={"WWW-Authenticate": 'Bearer realm="Proyecta"'},
            )
        return self.authenticate(request, secret.strip())

    def authenticate(self, request, token):
        key = _find_key(request, token)
        if key is None:
            raise Refused(
                401,
                "key_invalid",
                "This API key is not known, or has been revoked. Make another in the panel under Developers.",
                headers={"WWW-Authenticate": 'Bearer realm="Proyecta", error="invalid_token"'},
            )
        request.api_key = key
        limit_rate(request, key)
        if key.scope != ApiKey.Scope.WRITE and request.method not in READING:
            raise Refused(
                403, "read_only_key", "This API key may only read. Use one with the scope “Read and write” to change."
            )
        return key


def _find_key(request, secret):
    """The ApiKey with this secret. `along` with it is the customer that a request gets, where one database has both."""
    customer_id = request.resolver_match.kwargs.get("customer_id")
    if request.method == "GET" and customer_id and is_customer_id(customer_id) and not settings.DATABASE_REPLICAS:
        key, row = authenticate_with_row(secret, AppRow(Customer, "b.public_id = %s", (customer_id,)))
    else:
        key, row = authenticate_api_key(secret), None
    if key:
        key.along = row
    return key


@once
def rate_limit():
    """The RateLimit of this process, or None where it is turned off."""
    rate = settings.API_RATE_LIMIT
    return RateLimit(make_data_dir() / "api_rate_limit", rate) if rate else None


def limit_rate(request, key):
    """Take one of the key's calls. Raises Refused where none is left."""
    try:
        limit = rate_limit()
        if limit is None:
            return
        allowance = limit.take(key.pk)
    except OSError:
        # A full disk, say. Better no limit than no answers.
        logger.exception("The calls of API keys cannot be counted, so they are not limited")
        return
    request.rate_headers = {
        "RateLimit-Policy": f'"key";q={settings.API_RATE_LIMIT * BURST_SECONDS};w={BURST_SECONDS}',
        "RateLimit": f'"key";r={allowance.remaining};t={math.ceil(allowance.reset)}',
    }
    if not allowance.allowed:
        raise Refused(
            429,
            "rate_limited",
            f"This API key makes more than {settings.API_RATE_LIMIT} calls a second. Wait as Retry-After says.",
            headers={"Retry-After": str(math.ceil(allowance.retry_after))},
        )

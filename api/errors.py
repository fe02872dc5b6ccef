"""Every refusal of the API, in the one shape that its errors have."""

import json
import logging

from django.core.exceptions import SuspiciousOperation
from django.core.signals import got_request_exception
from django.db import InterfaceError, InternalError, OperationalError
from django.http import Http404, HttpResponse, UnreadablePostError

from core.exceptions import ValidationFailed
from core.overload import RETRY_AFTER_SECONDS, Overloaded
from core.slow_clients import TooManyBodies
from customers.exceptions import CustomerIdTaken, CustomerNotFound, EmailTaken, StaleEdit

logger = logging.getLogger(__name__)

TYPES = {
    400: "invalid_request",
    401: "authentication",
    403: "permission",
    404: "not_found",
    405: "invalid_request",
    409: "conflict",
    412: "conflict",
    413: "invalid_request",
    415: "invalid_request",
    429: "rate_limit",
    500: "server",
    503: "unavailable",
}
DATABASE_AWAY = (OperationalError, InterfaceError, InternalError)
RETRY_AFTER_OUTAGE = 5  # seconds
LONGEST_NAME = 100


class Refused(Exception):
    """A request that is not carried out, and the answer that says why."""

    def __init__(self, status, code, message, *, param=None, headers=None, existing_customer_id=None):
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message
        self.param = param
        self.headers = headers or {}
        self.existing_customer_id = existing_customer_id


def wrong(param, message, code="invalid"):
    """A Refused with status 400 about `param`, which may be a name that the caller made up."""
    return Refused(400, code, message, param=shown_name(param) if param else None)


def shown_name(name):
    """A name from a request, fit to be repeated in an answer: short, and writable as UTF-8."""
    shown = name if len(name) <= LONGEST_NAME else name[:LONGEST_NAME] + "…"
    return shown.encode("utf-8", "replace").decode()


def respond(request, error):
    """The answer to a request that `error`, any exception, has ended."""
    refused = error if isinstance(error, Refused) else _refused(request, error)
    request.error_code = refused.code
    body = {
        "type": TYPES[refused.status],
        "code": refused.code,
        "message": refused.message,
        "param": refused.param,
        "request_id": request.request_id,
    }
    if refused.existing_customer_id:
        body["existing_customer_id"] = refused.existing_customer_id
    response = HttpResponse(
        json.dumps(body, ensure_ascii=False).encode(),
        content_type="application/json",
        status=refused.status,
        headers=refused.headers,
    )
    response._has_been_logged = True  # Django would log a second time what is a 500 or 503
    return response


def _refused(request, error):
    match error:
        case ValidationFailed():
            return Refused(400, error.code, error.message, param=shown_name(error.param))
        case CustomerNotFound():
            return Refused(404, error.code, error.message, param=error.param)
        case EmailTaken() | CustomerIdTaken():
            return Refused(
                409,
                error.code,
                error.message,
                param=error.param,
                headers={"X-Should-Retry": "false"},
                existing_customer_id=error.existing_id,
            )
        case StaleEdit():
            return Refused(
                412,
                error.code,
                "The customer is no longer, or never was, at the version in If-Match. Get it again and decide anew.",
                param="If-Match",
            )
        case Http404():
            return Refused(404, "no_such_route", "There is nothing at this address. See /v1/docs for what there is.")
        case SuspiciousOperation():
            # Such as a Host header that names another server; Django says 400 to these as well.
            return Refused(400, "refused", "The server does not answer requests like this one.")
        case Overloaded() | TooManyBodies() | UnreadablePostError(__cause__=TooManyBodies()):
            return Refused(
                503,
                "busy",
                "The server has too many other requests just now. Try again shortly.",
                headers={"Retry-After": str(RETRY_AFTER_SECONDS)},
            )
        case UnreadablePostError():
            return Refused(400, "incomplete_body", "The body ended before the length in Content-Length.")
    # Sentry and the like, and Django's test client, listen to this.
    got_request_exception.send(sender=None, request=request)
    if isinstance(error, DATABASE_AWAY):
        # Without its traceback: there is one of these for each request while the database is away.
        logger.error("Request %s: the database failed: %s", request.request_id, str(error).partition("\n")[0])
        return Refused(
            503,
            "unavailable",
            "The database cannot be reached just now. Try again shortly.",
            headers={"Retry-After": str(RETRY_AFTER_OUTAGE)},
        )
    logger.error("Request %s failed", request.request_id, exc_info=error)
    return Refused(500, "internal", "Something went wrong on our side. Name the request_id when you ask about it.")

"""Every exception as an answer of the API, in the one shape that its errors have."""

import logging

from django.core.exceptions import SuspiciousOperation
from django.core.signals import got_request_exception
from django.http import Http404, HttpResponse, UnreadablePostError

from core.db.failures import RETRY_AFTER_SECONDS as DATABASE_RETRY_AFTER_SECONDS
from core.db.failures import failure_of
from core.exceptions import Conflict, NotFound, Stale, ValidationFailed
from core.overload import RETRY_AFTER_SECONDS, Overloaded
from core.slow_clients import BODY_TIMEOUT_SECONDS, LateBody, ShortBody, TooManyBodies

from .calls import ApiRequest, Call
from .refusals import Refused, shown_name
from .responses import dump

logger = logging.getLogger(__name__)


def error_response(request: ApiRequest, error: Exception) -> HttpResponse:
    """The answer to a request that `error`, any exception, has ended.

    An exception that neither the resource nor this module knows is a 500, with its traceback in the log.
    """
    refused = _refused(request, error)
    request.error_code = refused.code
    body = {
        "type": refused.error_type,
        "code": refused.code,
        "message": refused.message,
        "param": refused.param,
        "request_id": request.request_id,
        **refused.existing,
    }
    response = HttpResponse(
        dump(body), content_type="application/json", status=refused.status, headers=dict(refused.headers)
    )
    # Django would log a 500 or 503 a second time.
    response._has_been_logged = True  # type: ignore[attr-defined]
    return response


def _refused(request: ApiRequest, error: Exception) -> Refused:
    call: Call | None = getattr(request, "call", None)
    for exception, handler in (call.exception_handlers if call else {}).items():
        if isinstance(error, exception):
            return handler(error)
    match error:
        case Refused():
            return error
        case ValidationFailed():
            return Refused(
                400, error.code, error.message, param=None if error.param is None else shown_name(error.param)
            )
        case NotFound():
            return Refused(404, error.code, error.message, param=error.param)
        case Conflict():
            return Refused(
                409,
                error.code,
                error.message,
                param=error.param,
                headers={"X-Should-Retry": "false"},
                existing={error.existing_id_field: error.existing_id},
            )
        case Stale():
            return Refused(
                412,
                error.code,
                "The object is not at the version in If-Match, or never was. Get it again and decide anew.",
                param="If-Match",
            )
        case Http404():
            return Refused(404, "no_such_route", "There is nothing at this address. See /v1/docs for what there is.")
        case SuspiciousOperation():
            # Such as a Host header that names another server. Django's pages answer 400 as well.
            return Refused(400, "refused", "The server does not answer requests like this one.")
        case Overloaded() | TooManyBodies():
            return Refused(
                503,
                "busy",
                "The server has too many other requests just now. Try again shortly.",
                headers={"Retry-After": str(RETRY_AFTER_SECONDS)},
            )
        case LateBody():
            return Refused(
                408, "body_late", f"The body did not arrive within {BODY_TIMEOUT_SECONDS} seconds. Send it again."
            )
        case ShortBody() | UnreadablePostError():
            return Refused(400, "incomplete_body", "The body ended before the length in Content-Length.")
    return _failure(request, error)


def _failure(request: ApiRequest, error: Exception) -> Refused:
    """The refusal for an error of the server, which is logged."""
    # Error trackers and Django's test client listen to this signal.
    got_request_exception.send(sender=None, request=request)
    if failure := failure_of(error):
        # Without the traceback: while the database is away, every request logs one of these lines.
        logger.error("Request %s: the database failed: %s", request.request_id, failure.cause)
        call: Call | None = getattr(request, "call", None)
        # As where an idempotency key is in use: another request is in the way, and the server is well.
        is_conflict = failure.is_conflict and call is not None and call.stores_answer
        return Refused(
            409 if is_conflict else 503,
            failure.code,
            str(failure.message),
            headers={"Retry-After": str(DATABASE_RETRY_AFTER_SECONDS)},
        )
    logger.error("Request %s failed", request.request_id, exc_info=error)
    return Refused(500, "internal", "Something went wrong on our side. Name the request_id when you ask about it.")

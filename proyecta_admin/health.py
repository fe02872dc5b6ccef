"""Health checks for monitoring, and the error pages."""

import logging
import sys

from django.conf import settings
from django.core.exceptions import RequestDataTooBig, TooManyFieldsSent
from django.db import Error
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.utils import translation
from django.utils.formats import number_format
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from core.db.failures import AWAY, RETRY_AFTER_SECONDS, DatabaseFailure, failure_of
from core.db.migrated import lacks_migrations
from core.db.write_probe import write_problem

SAFE_METHODS = ("GET", "HEAD", "OPTIONS", "TRACE")

logger = logging.getLogger(__name__)


@never_cache
@require_safe
def alive(request: HttpRequest) -> HttpResponse:
    """Answer 200 as long as the process runs."""
    return plain_answer("ok")


@never_cache
@require_safe
def ready(request: HttpRequest) -> HttpResponse:
    """Answer 200 if the database takes writes and has every migration of this code, else 503 with the reason."""
    problem: DatabaseFailure | None
    try:
        if lacks_migrations():
            return _not_ready("The database lacks migrations: run manage.py migrate.")
    except Error as error:
        problem = failure_of(error) or AWAY
    else:
        problem = write_problem()
    if problem is None:
        return plain_answer("ok")
    with translation.override("en"):
        return _not_ready(f"{problem.title}.", problem.cause)


def failed(request: HttpRequest) -> HttpResponse:
    """Show the page for an exception: 503, or 409 in a form, if the database failed, else 500. It needs no database."""
    failure = failure_of(sys.exc_info()[1])
    if failure is None:
        return HttpResponse(render_to_string("500.html"), status=500)
    request.error_code = "unavailable"  # type: ignore[attr-defined]
    # Without the traceback: while the database is away, every request logs one of these lines.
    logger.error("%s %s: the database failed: %s", request.method, request.path, failure.cause)
    status = 409 if failure.is_conflict and request.method not in SAFE_METHODS else 503
    page = render_to_string("503.html", {"failure": failure})
    return _logged(HttpResponse(page, status=status, headers={"Retry-After": str(RETRY_AFTER_SECONDS)}))


def refused(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Show the page for a wrong request: 413 if it is too large, else 400."""
    if isinstance(exception, RequestDataTooBig):
        megabytes = number_format(settings.DATA_UPLOAD_MAX_MEMORY_SIZE / 2**20, decimal_pos=1)
        return _too_large(_("It holds more than %(limit)s MB.") % {"limit": megabytes})
    if isinstance(exception, TooManyFieldsSent):
        fields = number_format(settings.DATA_UPLOAD_MAX_NUMBER_FIELDS, force_grouping=True)
        return _too_large(_("It holds more than %(limit)s fields.") % {"limit": fields})
    return HttpResponse(render_to_string("400.html"), status=400)


def missing(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Show the page for an address that leads nowhere.

    Django's own handler looks for a CSRF token in the body first, and fails if the body is a broken form.
    """
    return HttpResponse(render_to_string("404.html", request=request), status=404)


def _too_large(reason: str) -> HttpResponse:
    return HttpResponse(render_to_string("413.html", {"reason": reason}), status=413)


def _not_ready(sentence: str, cause: str = "") -> HttpResponse:
    logger.error("Not ready: %s", cause or sentence)
    return _logged(plain_answer(sentence, 503))


def _logged(response: HttpResponse) -> HttpResponse:
    # Django would log a 503 again, and that of an exception with its traceback.
    response._has_been_logged = True  # type: ignore[attr-defined]
    return response


def plain_answer(sentence: str, status: int = 200) -> HttpResponse:
    """Return lines of plain text."""
    return HttpResponse(f"{sentence}\n", content_type="text/plain; charset=utf-8", status=status)

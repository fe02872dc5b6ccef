"""Health checks for monitoring, and the error pages."""

import sys

from django.conf import settings
from django.core.exceptions import RequestDataTooBig, TooManyFieldsSent
from django.db import Error, InterfaceError, OperationalError, connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.utils.formats import number_format
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

DATABASE_RETRY_SECONDS = 30


@never_cache
@require_safe
def alive(request: HttpRequest) -> HttpResponse:
    """Answer 200 as long as the process runs."""
    return _plain_answer("ok")


@never_cache
@require_safe
def ready(request: HttpRequest) -> HttpResponse:
    """Answer 200 if the database answers and has every migration of this code, else 503 with the reason."""
    try:
        executor = MigrationExecutor(connection)
        missing = executor.migration_plan(executor.loader.graph.leaf_nodes())
    except Error:
        return _plain_answer("The database cannot be reached.", 503)
    if missing:
        return _plain_answer("The database lacks migrations: run manage.py migrate.", 503)
    return _plain_answer("ok")


def failed(request: HttpRequest) -> HttpResponse:
    """Show the page for an exception: 503 if the database cannot be reached, else 500. It needs no database."""
    if isinstance(sys.exc_info()[1], OperationalError | InterfaceError):
        headers = {"Retry-After": str(DATABASE_RETRY_SECONDS)}
        return HttpResponse(render_to_string("503.html"), status=503, headers=headers)
    return HttpResponse(render_to_string("500.html"), status=500)


def refused(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Show the page for a wrong request: 413 if it is too large, else 400."""
    if isinstance(exception, RequestDataTooBig):
        megabytes = number_format(settings.DATA_UPLOAD_MAX_MEMORY_SIZE / 2**20, decimal_pos=1)
        return _too_large(_("It holds more than %(limit)s MB.") % {"limit": megabytes})
    if isinstance(exception, TooManyFieldsSent):
        fields = number_format(settings.DATA_UPLOAD_MAX_NUMBER_FIELDS, force_grouping=True)
        return _too_large(_("It holds more than %(limit)s fields.") % {"limit": fields})
    return HttpResponse(render_to_string("400.html"), status=400)


def _too_large(reason: str) -> HttpResponse:
    return HttpResponse(render_to_string("413.html", {"reason": reason}), status=413)


def _plain_answer(sentence: str, status: int = 200) -> HttpResponse:
    return HttpResponse(f"{sentence}\n", content_type="text/plain; charset=utf-8", status=status)

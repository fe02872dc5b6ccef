"""For whoever watches the process: is it alive, and can it serve; and what people see while it cannot."""

import sys

from django.conf import settings
from django.core.exceptions import RequestDataTooBig, TooManyFieldsSent
from django.db import Error, InterfaceError, OperationalError, connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpResponse
from django.template.loader import render_to_string
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe


@never_cache
@require_safe
def alive(request):
    return _answer("ok")


@never_cache
@require_safe
def ready(request):
    """200 while the database answers and holds every migration of this code; 503 and what is the matter until then."""
    try:
        executor = MigrationExecutor(connection)
        missing = executor.migration_plan(executor.loader.graph.leaf_nodes())
    except Error:
        return _answer("The database cannot be reached.", 503)
    if missing:
        return _answer("The database lacks migrations: run manage.py migrate.", 503)
    return _answer("ok")


def failed(request):
    """The page after an exception: 503 where the database is out of reach, else 500. It asks nothing of either."""
    if isinstance(sys.exc_info()[1], OperationalError | InterfaceError):
        return HttpResponse(render_to_string("503.html"), status=503, headers={"Retry-After": "30"})
    return HttpResponse(render_to_string("500.html"), status=500)


def refused(request, exception):
    """The page for a request that is not as it should be: 413 where it is too large, else 400."""
    if isinstance(exception, RequestDataTooBig):
        most = f"{settings.DATA_UPLOAD_MAX_MEMORY_SIZE / 2**20:.1f} MB"
        return _too_large(f"It holds more than {most}.")
    if isinstance(exception, TooManyFieldsSent):
        return _too_large(f"It holds more than {settings.DATA_UPLOAD_MAX_NUMBER_FIELDS:,} fields.")
    return HttpResponse(render_to_string("400.html"), status=400)


def _too_large(reason):
    return HttpResponse(render_to_string("413.html", {"reason": reason}), status=413)


def _answer(sentence, status=200):
    return HttpResponse(f"{sentence}\n", content_type="text/plain; charset=utf-8", status=status)

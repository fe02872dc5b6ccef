"""/metrics, for Prometheus."""

import hmac

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from prometheus_client import CONTENT_TYPE_LATEST

from core.metrics import exposition


@never_cache
@require_safe
def metrics(request: HttpRequest) -> HttpResponse:
    """Answer the metrics of all workers to the bearer of METRICS_TOKEN, 401 to others, and 404 if it is unset."""
    if not settings.METRICS_TOKEN:
        raise Http404(_("There is no such page."))
    scheme, _space, token = request.META.get("HTTP_AUTHORIZATION", "").partition(" ")
    is_bearer = hmac.compare_digest(token.strip().encode(), settings.METRICS_TOKEN.encode())
    if scheme.lower() != "bearer" or not is_bearer:
        return HttpResponse(
            "Send METRICS_TOKEN in the header Authorization: Bearer ….\n",
            content_type="text/plain; charset=utf-8",
            status=401,
            headers={"WWW-Authenticate": 'Bearer realm="metrics"'},
        )
    return HttpResponse(exposition(), content_type=CONTENT_TYPE_LATEST)

"""Middleware of every page: security headers, requests in UTF-8 only, known host names."""

from collections.abc import Callable

from django.conf import settings
from django.core.exceptions import BadRequest
from django.http import HttpRequest, HttpResponse, HttpResponsePermanentRedirect
from django.middleware.common import CommonMiddleware
from django.template.loader import render_to_string

from core.headers import LOST_COOKIES, NOT_UTF_8, UNREADABLE, has_extended_parameters

# Monitoring asks these by an address or name of its own, often without one.
PROBE_PATHS = {"/healthz", "/readyz", "/metrics"}


class SecurityHeaders:
    """Adds the SECURITY_HEADERS of the settings, also to answers of other middleware.

    Static files, which are no documents, go without the long Permissions-Policy.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        is_static = request.path_info.startswith(settings.STATIC_URL)
        for name, value in settings.SECURITY_HEADERS.items():
            if not (is_static and name == "Permissions-Policy"):
                response.headers.setdefault(name, value)
        return response


class ReadableOnly:
    """Refuses a request that declares another encoding than UTF-8, or whose cookies the server could not read.

    Browsers send forms in the encoding of the page. Without its cookies, a request would look like that of a person who
    is not signed in. The page that answers it removes the cookie in the way and loads the address again.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if UNREADABLE in request.META or has_extended_parameters(request.META):
            raise BadRequest(NOT_UTF_8)
        if LOST_COOKIES in request.META and request.path_info not in PROBE_PATHS:
            return HttpResponse(render_to_string("lost_cookies.html"), status=400)
        return self.get_response(request)


class KnownHostsOnly(CommonMiddleware):
    """Django's middleware, which refuses hosts that are not in ALLOWED_HOSTS, except for PROBE_PATHS."""

    def process_request(self, request: HttpRequest) -> HttpResponsePermanentRedirect | None:
        return None if request.path_info in PROBE_PATHS else super().process_request(request)

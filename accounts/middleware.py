"""Before every page: who must sign in first, and in which time zone the page speaks."""

from urllib.parse import unquote, urlsplit

from django.contrib.auth.middleware import AuthenticationMiddleware, LoginRequiredMiddleware
from django.http import HttpResponse
from django.shortcuts import resolve_url
from django.utils import timezone
from django.utils.functional import SimpleLazyObject
from django.utils.http import url_has_allowed_host_and_scheme, urlencode

from core.time_zones import time_zones

from .sessions import user_of


class PersonMiddleware(AuthenticationMiddleware):
    """Django's own, but that the user is read together with the session."""

    def process_request(self, request):
        super().process_request(request)
        request.user = SimpleLazyObject(lambda: user_of(request))


class SignInRequiredMiddleware(LoginRequiredMiddleware):
    """Every page needs a signed-in person, save those that proyecta_admin/urls.py lists as open."""

    def get_login_url(self, view_func):
        # One form for all: Django's admin names its own, which would only lead here.
        return "sign_in"

    def handle_no_permission(self, request, view_func):
        if "HX-Request" not in request.headers:
            return super().handle_no_permission(request, view_func)
        # htmx would follow a redirect and put the sign-in form inside the page: make the browser itself go there.
        page = request.headers.get("HX-Current-URL", "")
        here = url_has_allowed_host_and_scheme(page, {request.get_host()}, require_https=request.is_secure())
        parts = urlsplit(page if here else "/")
        back_to = parts.path + (f"?{parts.query}" if parts.query else "")
        return HttpResponse(headers={"HX-Redirect": f"{resolve_url('sign_in')}?{urlencode({'next': back_to})}"})


class TimeZoneMiddleware:
    """Shows times in the user's zone, else the browser's (the cookie `tz`), else UTC."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        chosen = request.user.time_zone if request.user.is_authenticated else ""
        zones = time_zones()
        # Unquoted: a slash in a cookie's value comes as %2F.
        zone = zones.get(chosen) or zones.get(unquote(request.COOKIES.get("tz", ""))) or zones["UTC"]
        with timezone.override(zone):
            return self.get_response(request)

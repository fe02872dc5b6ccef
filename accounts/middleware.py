"""Middleware of every page: the signed-in person, the redirect to the sign-in form, the time zone, the language.

Also what browsers may keep of it, and the answer to a request for which there is no place to hash a password.
"""

from collections.abc import Callable
from typing import Any, cast
from urllib.parse import unquote, urlsplit

from django.conf import settings
from django.contrib.auth.middleware import AuthenticationMiddleware, LoginRequiredMiddleware
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render, resolve_url
from django.utils import timezone, translation
from django.utils.functional import SimpleLazyObject
from django.utils.http import url_has_allowed_host_and_scheme, urlencode

from core.languages import chosen_language
from core.overload import Overloaded, busy_page, identify
from core.time_zones import time_zones

from .hashing import MAX_WAIT_SECONDS, TooManyHashes
from .models import User
from .sessions import user_of


class PersonMiddleware(AuthenticationMiddleware):
    """Sets request.user as Django does, from a user who was read together with the session."""

    def process_request(self, request: HttpRequest) -> None:
        super().process_request(request)
        request.user = cast(User, SimpleLazyObject(lambda: user_of(request)))


class SignInRequiredMiddleware(LoginRequiredMiddleware):
    """Every page needs a signed-in person, except the pages in OPEN of the URLconf."""

    def get_login_url(self, view_func: Callable[..., Any]) -> str:
        # The Django admin names a sign-in page of its own, which would only redirect to this one.
        return "sign_in"

    def handle_no_permission(self, request: HttpRequest, view_func: Callable[..., Any]) -> Any:
        if "HX-Request" not in request.headers:
            return super().handle_no_permission(request, view_func)
        # htmx would follow a redirect and put the sign-in form inside the page. HX-Redirect sends the browser there.
        page = request.headers.get("HX-Current-URL", "")
        is_own = url_has_allowed_host_and_scheme(page, {request.get_host()}, require_https=request.is_secure())
        parts = urlsplit(page if is_own else "/")
        back_to = parts.path + (f"?{parts.query}" if parts.query else "")
        return HttpResponse(headers={"HX-Redirect": f"{resolve_url('sign_in')}?{urlencode({'next': back_to})}"})


class FairShareMiddleware:
    """Counts the request with the others of the same person, whichever session they come from."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.user.is_authenticated:
            try:
                identify(caller=("person", request.user.pk))
            except Overloaded:
                return busy_page(request)
        return self.get_response(request)


class TimeZoneMiddleware:
    """Activates the user's time zone, else the browser's (the cookie `tz`), else UTC."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        chosen = request.user.time_zone if request.user.is_authenticated else ""
        zones = time_zones()
        # Unquoted, because a slash in the value of a cookie arrives as %2F.
        zone = zones.get(chosen) or zones.get(unquote(request.COOKIES.get("tz", ""))) or zones["UTC"]
        with timezone.override(zone):
            return self.get_response(request)


class LanguageMiddleware:
    """Activates the user's language, else the browser's (Accept-Language), else English."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        stored = request.user.language if request.user.is_authenticated else ""
        language = chosen_language(request, stored)
        if language == settings.LANGUAGE_CODE:
            return self.get_response(request)
        with translation.override(language):
            return self.get_response(request)


class NoStoreMiddleware:
    """Keeps every page out of the browser's caches, unless its view says otherwise with a Cache-Control of its own.

    Somebody who presses Back after signing out must not see a customer. The state of a list is in its address, so a
    page that is asked for again is the same. Static files are answered before.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        response.headers.setdefault("Cache-Control", "private, no-store")
        return response


class PasswordHashingMiddleware:
    """Answers 503 if a password cannot be hashed now, because too many others are."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        if not isinstance(exception, TooManyHashes):
            return None
        page = render(request, "accounts/too_many_sign_ins.html", {"seconds": MAX_WAIT_SECONDS}, status=503)
        page.headers["Retry-After"] = str(MAX_WAIT_SECONDS)
        # Not logged by Django: a flood of sign-ins would be one of lines.
        page._has_been_logged = True  # type: ignore[attr-defined]
        return page

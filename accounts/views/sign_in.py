"""Signing in and out, and the wait after too many wrong passwords."""

import math
from typing import Any

from axes.handlers.proxy import AxesProxyHandler
from django.contrib.auth.views import LoginView, LogoutView
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.cache import add_never_cache_headers
from django.utils.decorators import method_decorator

from ..forms import SignInForm
from ..hashing import hashes_passwords


@method_decorator(hashes_passwords, name="post")
class SignIn(LoginView):
    template_name = "accounts/sign_in.html"
    authentication_form = SignInForm
    redirect_authenticated_user = True

    def get_redirect_url(self) -> str:  # type: ignore[override]  # newer stubs
        # Neither the sign-in form, which would be a loop, nor signing out is a page to come back to.
        url = super().get_redirect_url()
        return "" if url.partition("?")[0] in (reverse("sign_in"), reverse("sign_out")) else url


class SignOut(LogoutView):
    """Ends the session, and has the browser forget the pages that it kept.

    Not "cookies" and "storage", which hold the theme, the time zone and the choice of shortcuts. Browsers obey this
    over TLS and on the loopback address alone, so NoStoreMiddleware stands before it.
    """

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        response = super().post(request, *args, **kwargs)
        response.headers["Clear-Site-Data"] = '"cache"'
        return response


def locked_out(request: HttpRequest, response: HttpResponse, credentials: dict[str, Any] | None) -> HttpResponse:
    """Return the page that AxesMiddleware sends instead of `response` after too many wrong passwords."""
    until = AxesProxyHandler.get_implementation().locked_until(request, credentials)
    seconds = max(1, math.ceil((until - timezone.now()).total_seconds())) if until else 1
    page = render(request, "accounts/locked_out.html", {"minutes": math.ceil(seconds / 60)}, status=429)
    page.headers["Retry-After"] = str(seconds)
    add_never_cache_headers(page)
    return page

"""Signing in, one's own account, the way to one's app, and an app's API keys."""

import math
from copy import copy

from axes.handlers.proxy import AxesProxyHandler
from django.contrib import messages
from django.contrib.auth import update_session_auth_hash
from django.contrib.auth.forms import PasswordChangeForm
from django.contrib.auth.views import LoginView
from django.core.exceptions import ValidationError
from django.db.models import F
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.cache import add_never_cache_headers
from django.views.decorators.debug import sensitive_post_parameters

from core.invisible import isolated

from .access import app_view, current_app, show_current_app
from .forms import ApiKeyForm, PreferencesForm, SignInForm
from .models import Role
from .services import create_api_key, revoke_api_key


class SignIn(LoginView):
    template_name = "accounts/sign_in.html"
    authentication_form = SignInForm
    redirect_authenticated_user = True

    def get_redirect_url(self):
        # Back to signing in would be a loop, and signing out is no page to come back to.
        url = super().get_redirect_url()
        return "" if url.partition("?")[0] in (reverse("sign_in"), reverse("sign_out")) else url


def locked_out(request, response, credentials):
    """What AxesMiddleware answers instead of `response` after too many wrong passwords."""
    until = AxesProxyHandler.get_implementation().locked_until(request, credentials)
    seconds = max(1, math.ceil((until - timezone.now()).total_seconds())) if until else 1
    page = render(request, "accounts/locked_out.html", {"minutes": math.ceil(seconds / 60)}, status=429)
    page.headers["Retry-After"] = str(seconds)
    add_never_cache_headers(page)
    return page


def home(request):
    """To the app visited last; a page that says what to do for a person who has none."""
    app = current_app(request)
    return redirect("customer_list", app.slug) if app else render(request, "accounts/no_apps.html")


def preferences(request):
    # A copy: the form writes what is typed into it, and the frame must go on showing what is stored.
    form = PreferencesForm(request.POST if request.method == "POST" else None, instance=copy(request.user))
    if request.method == "POST" and form.is_valid():
        form.save()
        messages.success(request, "Your account is saved.")
        return redirect("preferences")
    show_current_app(request)
    return render(request, "accounts/preferences.html", {"form": form})


@sensitive_post_parameters()
def password_change(request):
    form = PasswordChangeForm(request.user, request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        form.save()
        update_session_auth_hash(request, form.user)
        messages.success(request, "Your password is changed. Your other browsers are signed out.")
        return redirect("preferences")
    show_current_app(request)
    return render(request, "accounts/password_change.html", {"form": form})


@app_view(Role.ADMIN)
def api_keys(request):
    """The keys of the app, and the form for a new one.

    The answer to the form shows the secret, which nothing stores: so there is no redirect after this POST, no cache may
    keep the answer, and the same form sent again (a reload, a double click) makes no second key.
    """
    made, secret = None, ""
    form = ApiKeyForm(request.POST if request.method == "POST" else None, app=request.app, user=request.user)
    if request.method == "POST" and form.is_valid():
        wanted = form.cleaned_data
        try:
            made, secret = create_api_key(
                app=request.app,
                name=wanted["name"],
                scope=wanted["scope"],
                created_by=request.user,
                prefix=wanted["once"],
            )
            form = ApiKeyForm(app=request.app, user=request.user)
        except ValidationError as error:
            if "prefix" in error.error_dict:
                messages.warning(
                    request,
                    "This key was created already, and its secret was shown then. "
                    "If nobody kept it, revoke the key and create another.",
                )
                return redirect("api_keys", request.app.slug)
            form.add_error(None, error)
    # Those in use first.
    keys = request.app.api_keys.select_related("created_by").order_by(F("revoked").desc(nulls_first=True), "-created")
    context = {"section": "keys", "form": form, "keys": keys, "key": made, "secret": secret}
    page = render(request, "accounts/api_keys.html", context)
    if made:
        add_never_cache_headers(page)
    return page


@app_view(Role.ADMIN)
def api_key_revoke(request, key):
    key = get_object_or_404(request.app.api_keys.select_related("created_by"), pk=key)
    if request.method == "POST":
        revoke_api_key(key=key)
        messages.success(
            request, f"The key “{isolated(key.name)}” is revoked. Requests with it are refused from now on."
        )
        return redirect("api_keys", request.app.slug)
    if key.revoked:
        messages.info(request, f"The key “{isolated(key.name)}” is revoked already.")
        return redirect("api_keys", request.app.slug)
    return render(request, "accounts/api_key_revoke.html", {"key": key, "section": "keys"})

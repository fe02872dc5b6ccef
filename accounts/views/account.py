"""The own account: name, time zone and password."""

import math
from copy import copy
from typing import cast

from django.contrib import messages
from django.contrib.auth import update_session_auth_hash
from django.contrib.auth.forms import PasswordChangeForm
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters

from ..access import show_current_app
from ..forms import PreferencesForm
from ..hashing import hashes_passwords
from ..lockout import old_password_failed, old_password_succeeded, old_password_wait
from ..models import User


def preferences(request: HttpRequest) -> HttpResponse:
    # A copy, because the form writes wrong input into its instance as well, and the frame shows the stored name.
    form = PreferencesForm(request.POST if request.method == "POST" else None, instance=copy(cast(User, request.user)))
    if request.method == "POST" and form.is_valid():
        # Only what the form has: the person may have been switched off, or have a new password, since they were read.
        form.save(commit=False).save(update_fields=form.changed_data)
        messages.success(request, _("Your account is saved."))
        return redirect("preferences")
    show_current_app(request)
    return render(request, "accounts/preferences.html", {"form": form})


@sensitive_post_parameters()
@hashes_passwords
def password_change(request: HttpRequest) -> HttpResponse:
    """Change the own password. Too many wrong old ones lead to a wait, during which no password is looked at."""
    user = cast(User, request.user)
    if request.method != "POST":
        return _password_page(request, PasswordChangeForm(user))
    if wait := old_password_wait(user):
        return _password_page(request, PasswordChangeForm(user), wait)
    form = PasswordChangeForm(user, request.POST)
    if not form.is_valid():
        if form.has_error("old_password", "password_incorrect"):
            old_password_failed(request, user)
        return _password_page(request, form, old_password_wait(user))
    form.save(commit=False)
    # Nothing else: hashing takes its time, and somebody may have switched the person off meanwhile.
    user.save(update_fields=["password"])
    old_password_succeeded(user)
    update_session_auth_hash(request, user)
    messages.success(request, _("Your password is changed. Your other browsers are signed out."))
    return redirect("preferences")


def _password_page(request: HttpRequest, form: PasswordChangeForm, wait: int | None = None) -> HttpResponse:
    """Return the page with the form. wait: the seconds of a wait."""
    show_current_app(request)
    context = {"form": form, "wait_minutes": math.ceil(wait / 60) if wait else None}
    page = render(request, "accounts/password_change.html", context, status=429 if wait else 200)
    if wait:
        page.headers["Retry-After"] = str(wait)
    return page

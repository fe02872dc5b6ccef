"""The own account: name, time zone and password."""

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
from ..models import User


def preferences(request: HttpRequest) -> HttpResponse:
    # A copy, because the form writes wrong input into its instance as well, and the frame shows the stored name.
    form = PreferencesForm(request.POST if request.method == "POST" else None, instance=copy(cast(User, request.user)))
    if request.method == "POST" and form.is_valid():
        form.save()
        messages.success(request, _("Your account is saved."))
        return redirect("preferences")
    show_current_app(request)
    return render(request, "accounts/preferences.html", {"form": form})


@sensitive_post_parameters()
@hashes_passwords
def password_change(request: HttpRequest) -> HttpResponse:
    form = PasswordChangeForm(cast(User, request.user), request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        form.save()
        update_session_auth_hash(request, form.user)
        messages.success(request, _("Your password is changed. Your other browsers are signed out."))
        return redirect("preferences")
    show_current_app(request)
    return render(request, "accounts/password_change.html", {"form": form})

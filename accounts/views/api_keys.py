"""The API keys of an app: list, create, revoke."""

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db.models import F
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.cache import add_never_cache_headers
from django.utils.translation import gettext as _

from core.invisible import isolated

from ..access import AppRequest, app_view
from ..forms import ApiKeyForm
from ..keys import create_api_key, revoke_api_key
from ..models import Role


@app_view(Role.ADMIN)
def api_keys(request: AppRequest) -> HttpResponse:
    """List the keys of the app, with the form for a new one.

    The answer to the form shows the secret, which is stored nowhere. So there is no redirect after this POST, no cache
    may keep the answer, and the same form sent again (a reload, a double click) creates no second key.
    """
    created, secret = None, ""
    form = ApiKeyForm(request.POST if request.method == "POST" else None, app=request.app, user=request.user)
    if request.method == "POST" and form.is_valid():
        values = form.cleaned_data
        try:
            created, secret = create_api_key(
                app=request.app,
                name=values["name"],
                scope=values["scope"],
                created_by=request.user,
                prefix=values["once"],
            )
            form = ApiKeyForm(app=request.app, user=request.user)
        except ValidationError as error:
            if "prefix" in error.error_dict:
                messages.warning(
                    request,
                    _(
                        "This key was created already, and its secret was shown then. "
                        "If nobody kept it, revoke the key and create another."
                    ),
                )
                return redirect("api_keys", request.app.slug)
            form.add_error(None, error)
    live_first = F("revoked").desc(nulls_first=True)
    keys = request.app.api_keys.select_related("created_by").order_by(live_first, "-created")
    context = {"section": "keys", "form": form, "keys": keys, "key": created, "secret": secret}
    page = render(request, "accounts/api_keys.html", context)
    if created:
        add_never_cache_headers(page)
    return page


@app_view(Role.ADMIN)
def api_key_revoke(request: AppRequest, key: int) -> HttpResponse:
    """Ask whether to revoke the key with this id, and revoke it on POST."""
    found = get_object_or_404(request.app.api_keys.select_related("created_by"), pk=key)
    name = isolated(found.name)
    if request.method == "POST":
        revoke_api_key(key=found)
        messages.success(
            request, _("The key “%(name)s” is revoked. Requests with it are refused from now on.") % {"name": name}
        )
        return redirect("api_keys", request.app.slug)
    if found.revoked:
        messages.info(request, _("The key “%(name)s” is revoked already.") % {"name": name})
        return redirect("api_keys", request.app.slug)
    return render(request, "accounts/api_key_revoke.html", {"key": found, "section": "keys"})

"""Django's admin site, with the sign-in of the product, and without the views that would look into other apps."""

import re
from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar, cast

from django.contrib import admin
from django.contrib.admin.exceptions import NotRegistered
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.contrib.admin.options import TO_FIELD_VAR
from django.contrib.admin.utils import unquote
from django.contrib.contenttypes.models import ContentType
from django.core.exceptions import BadRequest, PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect
from django.urls import path
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.views.sign_in import SignOut

# What the primary keys of all models are: at most the 19 digits of a bigint.
_row_number = re.compile(r"[0-9]{1,19}")

View = TypeVar("View", bound=Callable[..., Any])


def refuse_misread_parameters(request: HttpRequest) -> None:
    """Raise BadRequest for values that Django's admin passes on without a check, into an exception.

    They are a field to refer to without a name, and rows selected for an action by anything but a number.
    """
    for values in (request.GET, request.POST):
        if any(not name for name in values.getlist(TO_FIELD_VAR)):
            raise BadRequest("The parameter _to_field names no field.")
    if not all(_row_number.fullmatch(row) for row in request.POST.getlist(ACTION_CHECKBOX_NAME)):
        raise BadRequest("A selected row has no number.")


class AdminSite(admin.AdminSite):
    site_title = site_header = "Proyecta Admin"
    index_title = gettext_lazy("Data")

    def admin_view(self, view: View, cacheable: bool = False) -> View:
        """Answer 403 to a signed-in person without access, to whom Django would show another sign-in form."""
        inner = super().admin_view(view, cacheable)

        @wraps(inner)
        def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
            if request.user.is_authenticated and not self.has_permission(request):
                raise PermissionDenied(
                    _("The Django admin is for staff. Ask the operator of this dashboard for staff status.")
                )
            refuse_misread_parameters(request)
            return inner(request, *args, **kwargs)

        return cast(View, guarded)

    def get_urls(self) -> list[Any]:
        replacements = [
            # Django's view finds any object with an address, without a check of permissions.
            path("r/<path:content_type_id>/<path:object_id>/", self.admin_view(self.view_on_site), name="view_on_site"),
            # Django's address for the models of an app, /admin/customers/, belongs to the panel.
            path("models/<slug:app_label>/", self.admin_view(self.app_index), name="app_list"),
        ]
        replaced = {url.name for url in replacements}
        return [*replacements, *(url for url in super().get_urls() if getattr(url, "name", None) not in replaced)]

    def login(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """Redirect to `next`. The person is signed in already, because the sign-in form stands before every page."""
        wanted = request.GET.get("next", "")
        is_safe = url_has_allowed_host_and_scheme(wanted, {request.get_host()}, require_https=request.is_secure())
        if not wanted or not is_safe or wanted.startswith(request.path):
            return redirect("admin:index")
        # Not redirect(), which takes a word without a slash for the name of a URL pattern.
        return HttpResponseRedirect(wanted)

    def logout(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> Any:
        return SignOut.as_view()(request)

    def password_change(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> Any:
        return redirect("password_change")

    def password_change_done(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> Any:
        return redirect("preferences")

    def view_on_site(self, request: HttpRequest, content_type_id: str, object_id: str) -> HttpResponse:
        """Redirect to the panel's page of an object that this person may see in the admin."""
        try:
            model: Any = ContentType.objects.get_for_id(int(content_type_id)).model_class()
            model_admin = self.get_model_admin(model)
            found: Any = model_admin.get_object(request, unquote(object_id))
            address = found.get_absolute_url() if found else None
        except (ValueError, OverflowError, ContentType.DoesNotExist, NotRegistered, AttributeError):
            address = None
        if not address or not model_admin.has_view_permission(request, found):
            raise Http404(_("There is no such page."))
        return redirect(address)

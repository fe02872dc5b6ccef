"""Django's admin site with the product's own signing in, and closed where it would look past an app's borders."""

from functools import wraps

from django.contrib import admin
from django.contrib.admin.utils import unquote
from django.contrib.contenttypes.models import ContentType
from django.core.exceptions import PermissionDenied
from django.http import Http404
from django.shortcuts import redirect
from django.urls import path
from django.utils.http import url_has_allowed_host_and_scheme


class AdminSite(admin.AdminSite):
    site_title = site_header = "Proyecta Admin"
    index_title = "Data"

    def admin_view(self, view, cacheable=False):
        """Answer 403 to a signed-in person without access; Django would show a second form for signing in."""
        inner = super().admin_view(view, cacheable)

        @wraps(inner)
        def guarded(request, *args, **kwargs):
            if request.user.is_authenticated and not self.has_permission(request):
                raise PermissionDenied(
                    "The Django admin is for staff. Ask whoever runs this dashboard for staff status."
                )
            return inner(request, *args, **kwargs)

        return guarded

    def get_urls(self):
        ours = [
            # Django's own view takes any object that has an address, whoever asks.
            path("r/<path:content_type_id>/<path:object_id>/", self.admin_view(self.view_on_site), name="view_on_site"),
            # Django's own place for the overview of an app's models, /admin/customers/, is the panel's.
            path("models/<slug:app_label>/", self.admin_view(self.app_index), name="app_list"),
        ]
        replaced = {url.name for url in ours}
        return [*ours, *(url for url in super().get_urls() if getattr(url, "name", None) not in replaced)]

    def login(self, request, extra_context=None):
        """Only a way on: who comes here is signed in already, by the one form there is."""
        wanted = request.GET.get("next", "")
        safe = url_has_allowed_host_and_scheme(wanted, {request.get_host()}, require_https=request.is_secure())
        return redirect(wanted if safe and not wanted.startswith(request.path) else "admin:index")

    def logout(self, request, extra_context=None):
        from django.contrib.auth.views import LogoutView

        return LogoutView.as_view()(request)

    def password_change(self, request, extra_context=None):
        return redirect("password_change")

    def password_change_done(self, request, extra_context=None):
        return redirect("preferences")

    def view_on_site(self, request, content_type_id, object_id):
        """To the panel page of an object that this person may see in the admin."""
        try:
            model = ContentType.objects.get_for_id(int(content_type_id)).model_class()
            model_admin = self._registry[model]
            found = model_admin.get_object(request, unquote(object_id))
            address = found.get_absolute_url() if found else None
        except (ValueError, OverflowError, ContentType.DoesNotExist, KeyError, AttributeError):
            address = None
        if not address or not model_admin.has_view_permission(request, found):
            raise Http404("There is no such page.")
        return redirect(address)

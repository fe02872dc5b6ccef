"""Customers in Django's admin. Rows are read and written through the services alone.

Beside the role in the customer's app, staff need Django's permission for the model, as everywhere in its admin.
"""

from functools import partial

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.urls import reverse
from django.utils import translation

from accounts.access import apps_of, current_app
from accounts.models import Role
from customers.forms import LABELS
from customers.models import Customer

from .changelist import KNOWN, CustomerChangeList
from .forms import CustomerAdminForm

CONTACT = ("email", "name", "phone")
ADDRESS = tuple(name for name in LABELS if name.startswith("address_"))


@admin.register(Customer)
class CustomerAdmin(admin.ModelAdmin):
    list_display = ["email", "name", "app", "created"]
    list_display_links = ["email", "name"]
    sortable_by = ["email", "name", "created"]
    list_per_page = 50
    empty_value_display = "(empty)"
    readonly_fields = ["public_id", "app_name", "created", "updated"]
    show_facets = admin.ShowFacets.NEVER
    show_full_result_count = False
    # Django's only one deletes; and "all customers, across pages" would be one query over millions.
    actions = None

    def apps_for(self, request, needed=Role.VIEWER):
        """The apps in which the person's role covers `needed`, by slug. One query a request for each role asked for."""
        cache = request.__dict__.setdefault("_apps_in_customer_admin", {})
        if needed not in cache:
            cache[needed] = {app.slug: app for app in apps_of(request.user, needed)}
        return cache[needed]

    def has_view_permission(self, request, obj=None):
        return super().has_view_permission(request, obj) and self._has_role(request, obj, Role.VIEWER)

    def has_change_permission(self, request, obj=None):
        return super().has_change_permission(request, obj) and self._has_role(request, obj, Role.EDITOR)

    def has_add_permission(self, request):
        return super().has_add_permission(request) and bool(self.apps_for(request, Role.EDITOR))

    def has_delete_permission(self, request, obj=None):
        # There is no service that deletes.
        return False

    def _has_role(self, request, obj, needed):
        if request.user.is_superuser:
            return True
        apps = self.apps_for(request, needed).values()
        return bool(apps) if obj is None else any(app.pk == obj.app_id for app in apps)

    def get_queryset(self, request):
        """For pages of one customer; the list does not read it."""
        rows = super().get_queryset(request).select_related("app")
        return rows if request.user.is_superuser else rows.filter(app__in=self.apps_for(request).values())

    # The list

    def get_changelist(self, request, **kwargs):
        return CustomerChangeList

    def lookup_allowed(self, lookup, value, request=None):
        return lookup in KNOWN

    def changelist_view(self, request, extra_context=None):
        response = super().changelist_view(request, extra_context)
        if response.context_data["cl"].problems:
            response.status_code = 400
        return response

    # The form

    def changeform_view(self, request, object_id=None, form_url="", extra_context=None):
        # Django does it without asking `save_as`.
        if "_saveasnew" in request.POST:
            raise PermissionDenied("A customer cannot be saved as a new one. Add a customer instead.")
        return super().changeform_view(request, object_id, form_url, extra_context)

    def get_form(self, request, obj=None, change=False, **kwargs):
        return partial(CustomerAdminForm, apps=() if change else self.apps_for(request, Role.EDITOR).values())

    def get_fieldsets(self, request, obj=None):
        if obj is None:
            first = ("app",)
        else:
            hidden = ["version"] if self.has_change_permission(request, obj) else []
            first = (*self.readonly_fields, *hidden)
        return [(None, {"fields": first}), ("Contact", {"fields": CONTACT}), ("Address", {"fields": ADDRESS})]

    def get_changeform_initial_data(self, request):
        app = current_app(request)
        return {"app": str(app.pk)} if app else {}

    def save_form(self, request, form, change):
        return form.instance

    def save_model(self, request, obj, form, change):
        """The form has, see there."""

    def save_related(self, request, form, formsets, change):
        """There is nothing related."""

    def construct_change_message(self, request, form, formsets, add=False):
        if add:
            return [{"added": {}}]
        # Stored in English, and translated when the history is shown, as Django does.
        with translation.override(None):
            labels = [str(label) for name, label in LABELS.items() if name in form.changed]
        return [{"changed": {"fields": labels}}] if labels else []

    def view_on_site(self, obj):
        return reverse("customer_detail", args=[obj.app.slug, obj.public_id])

    @admin.display(description="app")
    def app_name(self, customer):
        return customer.app.name

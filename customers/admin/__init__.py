"""Customers in Django's admin, read and written through the services alone.

Besides the role in the customer's app, staff need Django's permission for the model, as everywhere in its admin.
"""

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

from django.contrib import admin
from django.contrib.admin.views.main import ChangeList
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.forms import Form
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.access import current_app
from accounts.models import Role
from customers.forms import LABELS
from customers.models import Customer

from .access import apps_for
from .changelist import PARAMETERS, CustomerChangeList
from .forms import CustomerAdminForm

CONTACT_FIELDS = ("email", "name", "phone")
ADDRESS_FIELDS = tuple(name for name in LABELS if name.startswith("address_"))


@admin.register(Customer)
class CustomerAdmin(admin.ModelAdmin):
    """Customers as staff see them. There is no service that deletes, so nobody deletes."""

    list_display = ["email", "name", "app", "created"]
    list_display_links = ["email", "name"]
    sortable_by = ["email", "name", "created"]
    list_per_page = 50
    empty_value_display = _("(empty)")
    readonly_fields = ["public_id", "app_name", "created", "updated"]
    show_facets = admin.ShowFacets.NEVER
    show_full_result_count = False
    # Django's only action deletes, and its "select all, across pages" is one query over millions.
    actions = None

    def has_view_permission(self, request: HttpRequest, obj: Customer | None = None) -> bool:
        return super().has_view_permission(request, obj) and self._has_role(request, obj, Role.VIEWER)

    def has_change_permission(self, request: HttpRequest, obj: Customer | None = None) -> bool:
        return super().has_change_permission(request, obj) and self._has_role(request, obj, Role.EDITOR)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return super().has_add_permission(request) and bool(apps_for(request, Role.EDITOR))

    def has_delete_permission(self, request: HttpRequest, obj: Customer | None = None) -> bool:
        return False

    def _has_role(self, request: HttpRequest, obj: Customer | None, needed: Role) -> bool:
        if request.user.is_superuser:
            return True
        apps = apps_for(request, needed).values()
        return bool(apps) if obj is None else any(app.pk == obj.app_id for app in apps)

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        """The customers whose pages the person may see. The list does not read it."""
        rows = super().get_queryset(request).select_related("app")
        return rows if request.user.is_superuser else rows.filter(app__in=apps_for(request).values())

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ChangeList]:
        return CustomerChangeList

    def lookup_allowed(self, lookup: str, value: object, request: HttpRequest | None = None) -> bool:
        return lookup in PARAMETERS

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """The list, with status 400 where its address has a problem."""
        response = super().changelist_view(request, extra_context)
        if isinstance(response, TemplateResponse) and (response.context_data or {})["cl"].problems:
            response.status_code = 400
        return response

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        # Django saves as a new one even where `save_as` is off.
        if "_saveasnew" in request.POST:
            raise PermissionDenied(gettext("A customer cannot be saved as a new one. Add a customer instead."))
        return super().changeform_view(request, object_id, form_url, extra_context)

    def get_form(  # type: ignore[override]  # Django only calls it; it need not be a ModelForm.
        self, request: HttpRequest, obj: Customer | None = None, change: bool = False, **kwargs: Any
    ) -> Callable[..., CustomerAdminForm]:
        return partial(CustomerAdminForm, apps=() if change else apps_for(request, Role.EDITOR).values())

    def get_fieldsets(self, request: HttpRequest, obj: Customer | None = None) -> Any:
        first: Sequence[str] = ("app",)
        if obj is not None:
            hidden = ["version"] if self.has_change_permission(request, obj) else []
            first = (*self.readonly_fields, *hidden)
        return [
            (None, {"fields": first}),
            (_("Contact"), {"fields": CONTACT_FIELDS}),
            (_("Address"), {"fields": ADDRESS_FIELDS}),
        ]

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        app = current_app(request)
        return {"app": str(app.pk)} if app else {}

    def save_form(self, request: HttpRequest, form: CustomerAdminForm, change: bool) -> Customer:
        return form.instance

    def save_model(self, request: HttpRequest, obj: Customer, form: CustomerAdminForm, change: bool) -> None:
        """Nothing: the form has saved the customer."""

    def save_related(self, request: HttpRequest, form: CustomerAdminForm, formsets: Any, change: bool) -> None:
        """Nothing: a customer has no related objects here."""

    def construct_change_message(
        self, request: HttpRequest, form: Form, formsets: Any, add: bool = False
    ) -> list[dict[str, Any]]:
        if add:
            return [{"added": {}}]
        changed = form.changed if isinstance(form, CustomerAdminForm) else ()
        # Stored in English, and translated when the history is shown, as Django does.
        with translation.override(None):
            labels = [str(label) for name, label in LABELS.items() if name in changed]
        return [{"changed": {"fields": labels}}] if labels else []

    def view_on_site(self, obj: Customer) -> str:
        return reverse("customer_detail", args=[obj.app.slug, obj.public_id])

    @admin.display(description=_("app"))
    def app_name(self, customer: Customer) -> str:
        return str(customer.app.name)

"""API keys in Django's admin: renamed and revoked there, created only in the panel, never deleted."""

from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy, ngettext

from ..keys import revoke_api_key
from ..models import ApiKey
from .guards import OwnAppsFilter, OwnAppsOnly


@admin.register(ApiKey)
class ApiKeyAdmin(OwnAppsOnly, admin.ModelAdmin):
    list_display = ["name", "shown_prefix", "app", "scope", "created_by", "created", "last_used", "revoked"]
    list_filter = [OwnAppsFilter, "scope", ("revoked", admin.EmptyFieldListFilter)]
    list_select_related = ["app", "created_by"]
    search_fields = ["name", "prefix"]
    readonly_fields = ["shown_prefix", "app", "scope", "created_by", "created", "last_used", "revoked"]
    fields = ["name", *readonly_fields]
    actions = ["revoke"]

    @admin.display(description=gettext_lazy("prefix"), ordering="prefix")
    def shown_prefix(self, key: ApiKey) -> str:
        return f"{key.prefix}…"

    @admin.action(description=gettext_lazy("Revoke selected API keys"), permissions=["change"])
    def revoke(self, request: HttpRequest, queryset: QuerySet[ApiKey]) -> None:
        live = list(queryset.filter(revoked=None))
        for key in live:
            revoke_api_key(key=key)
            self.log_change(request, key, "Revoked.")
        messages.success(
            request,
            ngettext("Revoked %(count)s API key.", "Revoked %(count)s API keys.", len(live)) % {"count": len(live)},
        )

    def has_add_permission(self, request: HttpRequest) -> bool:
        # The secret is shown once, which the page of the panel does.
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        # A revoked key stays as the record of who had access, and until when.
        return False

"""Apps, for superusers, and their members, for admins of the app, in Django's admin."""

from typing import Any

from django import forms
from django.contrib import admin
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from ..backends import find_user
from ..models import App, Membership, User
from ..services import add_member, change_role, create_app, remove_member
from .guards import OwnAppsFilter, OwnAppsOnly, SuperuserOnly


@admin.register(App)
class AppAdmin(SuperuserOnly, admin.ModelAdmin):
    list_display = ["name", "slug", "created"]
    search_fields = ["name", "slug"]
    readonly_fields = ["created"]
    fields = ["slug", "name", "created"]

    def get_readonly_fields(self, request: HttpRequest, obj: App | None = None) -> list[str]:
        # Bookmarked addresses hold the slug.
        return [*self.readonly_fields, "slug"] if obj else self.readonly_fields

    def save_model(self, request: HttpRequest, obj: App, form: Any, change: bool) -> None:
        if change:
            super().save_model(request, obj, form, change)
        else:
            obj.pk = create_app(slug=obj.slug, name=obj.name).pk

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        # The confirmation page would load every customer of the app into memory.
        return False


class NewMembershipForm(forms.ModelForm):
    """Takes the user by name, because a list to choose from would show the people of every app."""

    username = forms.CharField(label=gettext_lazy("Username or email"), max_length=254)

    class Meta:
        model = Membership
        fields = ["app", "username", "role"]

    def clean_username(self) -> User:
        user = find_user(self.cleaned_data["username"])
        if user is None:
            raise ValidationError(_("No user has this username or email address."))
        return user

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if "app" in cleaned and "username" in cleaned:
            Membership(app=cleaned["app"], user=cleaned["username"]).validate_constraints(exclude={"role"})
        return cleaned


@admin.register(Membership)
class MembershipAdmin(OwnAppsOnly, admin.ModelAdmin):
    list_display = ["user", "app", "role"]
    list_filter = [OwnAppsFilter, "role"]
    list_select_related = ["user", "app"]
    search_fields = ["user__username", "user__email"]

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        return super().get_form(request, obj, change, **({} if change else {"form": NewMembershipForm}) | kwargs)

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return ["app", "user", "role"] if obj else ["app", "username", "role"]

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        return ["app", "user"] if obj else []

    def save_model(self, request: HttpRequest, obj: Membership, form: Any, change: bool) -> None:
        if change:
            change_role(membership=obj, role=obj.role)
        else:
            obj.user = form.cleaned_data["username"]
            obj.pk = add_member(app=obj.app, user=obj.user, role=obj.role).pk

    def delete_model(self, request: HttpRequest, obj: Membership) -> None:
        remove_member(membership=obj)

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Membership]) -> None:
        for membership in queryset:
            remove_member(membership=membership)

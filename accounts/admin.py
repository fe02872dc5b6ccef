"""Accounts in Django's admin. Users, groups and apps are for superusers; the rest is for admins of an app, within it.

Beside the role, staff need Django's permission for the model, as everywhere in its admin.
"""

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.views.main import ERROR_FLAG, ChangeList
from django.contrib.admin.widgets import AdminTextInputWidget
from django.contrib.auth import admin as auth_admin
from django.contrib.auth.models import Group
from django.core.exceptions import ValidationError
from django.db import models

from .access import apps_of
from .backends import find_user
from .forms import EMAIL_INPUT
from .models import ApiKey, App, Membership, Role, User
from .services import add_member, change_role, create_app, remove_member, revoke_api_key


class UnderstoodChangeList(ChangeList):
    """Django's own shows every row beside the message that it takes no such search text, and every row, without a word,
    where it came upon a value that a filter cannot have. This one shows none."""

    def get_results(self, request):
        understood = self.search_form_class(request.GET).is_valid()
        if ERROR_FLAG in request.GET:
            messages.error(
                request, "The address had a filter with a value that it cannot have. Choose one of the list."
            )
            understood = False
        if not understood:
            self.queryset = self.queryset.none()
        super().get_results(request)


class ListedFiltersOnly:
    """Mixed into every ModelAdmin here: its list filters by what stands beside it, and nothing else in an address.

    Django's own takes any lookup of any column, shown or not: the stored hash of a key or of a password is then guessed
    letter by letter, from how many rows `mac__startswith` leaves. It also takes a NUL, which the database does not.
    """

    # What the filters beside a list make of a field: by its value, by its being there, by a row that it points to.
    LOOKUPS = ("", "__exact", "__isnull", "__isempty", "__id__exact")

    def get_changelist(self, request, **kwargs):
        return UnderstoodChangeList

    def get_search_results(self, request, queryset, search_term):
        if "\0" in search_term:
            return queryset.none(), False
        return super().get_search_results(request, queryset, search_term)

    def lookup_allowed(self, lookup, value, request):
        if "\0" in value:
            return False
        for given in self.get_list_filter(request):
            if hasattr(given, "parameter_name"):
                if lookup == given.parameter_name:
                    return True
            elif lookup in [f"{given[0] if isinstance(given, tuple) else given}{end}" for end in self.LOOKUPS]:
                return True
        return False


class SuperuserOnly(ListedFiltersOnly):
    """Mixed into a ModelAdmin that shows more than one app may see."""

    def has_module_permission(self, request):
        return request.user.is_superuser

    def has_view_permission(self, request, obj=None):
        return request.user.is_superuser

    def has_add_permission(self, request, obj=None):
        return request.user.is_superuser

    def has_change_permission(self, request, obj=None):
        return request.user.is_superuser

    def has_delete_permission(self, request, obj=None):
        return request.user.is_superuser


class OwnAppsOnly(ListedFiltersOnly):
    """Mixed into a ModelAdmin whose rows have an `app`: shows those of apps in which the person has `needed_role`.

    Object by object too: Django asks the queryset for pages, and these methods for what else reaches an object, such as
    the list of what a deletion takes with it.
    """

    needed_role = Role.ADMIN

    def own_apps(self, request):
        return apps_of(request.user, self.needed_role)

    def get_queryset(self, request):
        rows = super().get_queryset(request)
        return rows if request.user.is_superuser else rows.filter(app__in=self.own_apps(request))

    def has_view_permission(self, request, obj=None):
        return super().has_view_permission(request, obj) and self._own(request, obj)

    def has_change_permission(self, request, obj=None):
        return super().has_change_permission(request, obj) and self._own(request, obj)

    def has_delete_permission(self, request, obj=None):
        return super().has_delete_permission(request, obj) and self._own(request, obj)

    def formfield_for_foreignkey(self, db_field, request, **kwargs):
        if db_field.name == "app":
            kwargs["queryset"] = self.own_apps(request)
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    def _own(self, request, obj):
        return obj is None or request.user.is_superuser or self.own_apps(request).filter(pk=obj.app_id).exists()


class OwnAppsFilter(admin.SimpleListFilter):
    """Beside a list: the apps that the person may see, where Django's own filter would name every app."""

    title = "app"
    parameter_name = "app"

    def lookups(self, request, model_admin):
        return list(model_admin.own_apps(request).values_list("slug", "name"))

    def queryset(self, request, queryset):
        return queryset.filter(app__slug=self.value()) if self.value() else queryset


class MembershipInline(admin.TabularInline):
    model = Membership
    extra = 0


@admin.register(User)
class UserAdmin(SuperuserOnly, auth_admin.UserAdmin):
    formfield_overrides = {models.EmailField: {"widget": AdminTextInputWidget(attrs=EMAIL_INPUT)}}
    fieldsets = (*auth_admin.UserAdmin.fieldsets, ("Preferences", {"fields": ("time_zone", "language")}))
    add_fieldsets = (
        (
            None,
            {
                "classes": ("wide",),
                "fields": ("username", "email", "usable_password", "password1", "password2"),
            },
        ),
    )

    def get_inlines(self, request, obj):
        return [MembershipInline] if obj else []


admin.site.unregister(Group)


@admin.register(Group)
class GroupAdmin(SuperuserOnly, auth_admin.GroupAdmin):
    """Who may edit a group may give themselves every permission in it."""


@admin.register(App)
class AppAdmin(SuperuserOnly, admin.ModelAdmin):
    list_display = ["name", "slug", "created"]
    search_fields = ["name", "slug"]
    readonly_fields = ["created"]
    fields = ["slug", "name", "created"]

    def get_readonly_fields(self, request, obj=None):
        # Links that people kept hold the slug.
        return [*self.readonly_fields, "slug"] if obj else self.readonly_fields

    def save_model(self, request, obj, form, change):
        if change:
            return super().save_model(request, obj, form, change)
        obj.pk = create_app(slug=obj.slug, name=obj.name).pk

    def has_delete_permission(self, request, obj=None):
        # The confirmation would load every customer of the app into memory.
        return False


class NewMembershipForm(forms.ModelForm):
    """Takes the user by name: a list to choose from would show the people of every app."""

    username = forms.CharField(label="Username or email", max_length=254)

    class Meta:
        model = Membership
        fields = ["app", "username", "role"]

    def clean_username(self):
        user = find_user(self.cleaned_data["username"])
        if user is None:
            raise ValidationError("No user has this username or email address.")
        return user

    def clean(self):
        cleaned = super().clean()
        if "app" in cleaned and "username" in cleaned:
            Membership(app=cleaned["app"], user=cleaned["username"]).validate_constraints(exclude={"role"})
        return cleaned


@admin.register(Membership)
class MembershipAdmin(OwnAppsOnly, admin.ModelAdmin):
    list_display = ["user", "app", "role"]
    list_filter = [OwnAppsFilter, "role"]
    list_select_related = ["user", "app"]
    search_fields = ["user__username", "user__email"]

    def get_form(self, request, obj=None, change=False, **kwargs):
        return super().get_form(request, obj, change, **({} if change else {"form": NewMembershipForm}) | kwargs)

    def get_fields(self, request, obj=None):
        return ["app", "user", "role"] if obj else ["app", "username", "role"]

    def get_readonly_fields(self, request, obj=None):
        return ["app", "user"] if obj else []

    def save_model(self, request, obj, form, change):
        if change:
            change_role(membership=obj, role=obj.role)
        else:
            obj.user = form.cleaned_data["username"]
            obj.pk = add_member(app=obj.app, user=obj.user, role=obj.role).pk

    def delete_model(self, request, obj):
        remove_member(membership=obj)

    def delete_queryset(self, request, queryset):
        for membership in queryset:
            remove_member(membership=membership)


@admin.register(ApiKey)
class ApiKeyAdmin(OwnAppsOnly, admin.ModelAdmin):
    list_display = ["name", "shown_prefix", "app", "scope", "created_by", "created", "last_used", "revoked"]
    list_filter = [OwnAppsFilter, "scope", ("revoked", admin.EmptyFieldListFilter)]
    list_select_related = ["app", "created_by"]
    search_fields = ["name", "prefix"]
    fields = ["name", "shown_prefix", "app", "scope", "created_by", "created", "last_used", "revoked"]
    readonly_fields = fields[1:]
    actions = ["revoke"]

    @admin.display(description="prefix", ordering="prefix")
    def shown_prefix(self, key):
        return f"{key.prefix}…"

    @admin.action(description="Revoke selected API keys", permissions=["change"])
    def revoke(self, request, queryset):
        live = list(queryset.filter(revoked=None))
        for key in live:
            revoke_api_key(key=key)
            self.log_change(request, key, "Revoked.")
        messages.success(request, f"Revoked {len(live)} API key{'' if len(live) == 1 else 's'}.")

    def has_add_permission(self, request):
        # The secret is shown once, and the panel is the place that does.
        return False

    def has_delete_permission(self, request, obj=None):
        # A revoked key stays: it says who had access, and until when.
        return False

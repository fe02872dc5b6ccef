"""Guards of the Django admin: the rows that a person may see, and the filters that an address may hold."""

from typing import TYPE_CHECKING, Any, cast

from django.contrib import admin, messages
from django.contrib.admin.views.main import ERROR_FLAG, ChangeList
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from ..access import apps_of
from ..models import App, Role, User

if TYPE_CHECKING:
    ModelAdminBase = admin.ModelAdmin[Any]
else:
    ModelAdminBase = object  # a mixin, in front of a ModelAdmin


class StrictChangeList(ChangeList):
    """Shows no row for a search text or a filter value that is not understood.

    Django shows every row: beside its message for a wrong search text, without a word for a wrong filter value.
    """

    def get_results(self, request: HttpRequest) -> None:
        understood = self.search_form_class(request.GET).is_valid()
        if ERROR_FLAG in request.GET:
            messages.error(
                request, _("The address had a filter with a value that it cannot have. Choose one of the list.")
            )
            understood = False
        if not understood:
            self.queryset = self.queryset.none()
        super().get_results(request)


class ListedFiltersOnly(ModelAdminBase):
    """Mixin of every ModelAdmin here. An address filters a list by the filters beside it, and by nothing else.

    Django allows any lookup of any column of the model. The stored hash of a key or a password could then be guessed
    letter by letter from the number of rows that `mac__startswith` leaves. Django also passes on a NUL, which
    PostgreSQL refuses.
    """

    # The lookups that Django's list filters put into an address.
    LIST_FILTER_LOOKUPS = ("", "__exact", "__isnull", "__isempty", "__id__exact")

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ChangeList]:
        return StrictChangeList

    def get_search_results(self, request: HttpRequest, queryset: QuerySet, search_term: str) -> tuple[QuerySet, bool]:
        if "\0" in search_term:
            return queryset.none(), False
        return super().get_search_results(request, queryset, search_term)

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest) -> bool:
        if "\0" in value:
            return False
        for listed in self.get_list_filter(request):
            parameter_name = getattr(listed, "parameter_name", None)
            if parameter_name is not None:
                if lookup == parameter_name:
                    return True
            else:
                field = listed[0] if isinstance(listed, tuple) else listed
                if lookup in [f"{field}{end}" for end in self.LIST_FILTER_LOOKUPS]:
                    return True
        return False


class SuperuserOnly(ListedFiltersOnly):
    """Mixin of a ModelAdmin whose rows belong to more than one app."""

    def has_module_permission(self, request: HttpRequest) -> bool:
        return request.user.is_superuser

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return request.user.is_superuser

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return request.user.is_superuser

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return request.user.is_superuser

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return request.user.is_superuser


class OwnAppsOnly(ListedFiltersOnly):
    """Mixin of a ModelAdmin whose rows have an `app`. It shows the rows of apps in which the person is an admin.

    The permission methods check each object too: Django uses the queryset for pages, and these methods for other ways
    to an object, such as the list of objects that a deletion takes with it.
    """

    def own_apps(self, request: HttpRequest) -> QuerySet[App]:
        return apps_of(cast(User, request.user), Role.ADMIN)

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        queryset = super().get_queryset(request)
        return queryset if request.user.is_superuser else queryset.filter(app__in=self.own_apps(request))

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return super().has_view_permission(request, obj) and self._is_own(request, obj)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return super().has_change_permission(request, obj) and self._is_own(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return super().has_delete_permission(request, obj) and self._is_own(request, obj)

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        if db_field.name == "app":
            kwargs["queryset"] = self.own_apps(request)
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    def _is_own(self, request: HttpRequest, obj: Any) -> bool:
        return obj is None or request.user.is_superuser or self.own_apps(request).filter(pk=obj.app_id).exists()


class OwnAppsFilter(admin.SimpleListFilter):
    """List filter by app that names only the apps of the person. Django's own filter would name every app."""

    title = gettext_lazy("app")
    parameter_name = "app"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return list(model_admin.own_apps(request).values_list("slug", "name"))

    def queryset(self, request: HttpRequest, queryset: QuerySet) -> QuerySet:
        return queryset.filter(app__slug=self.value()) if self.value() else queryset

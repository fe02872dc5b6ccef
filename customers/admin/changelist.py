"""The list of customers in Django's admin: one app's, searched, filtered and paged by the services.

Django's own list counts all rows, pages by OFFSET and filters by any column that the address names. With millions of
rows, of many apps in one table, this list does none of that: it asks services.list_customers(), as the panel does.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Literal

from django import forms
from django.contrib import messages
from django.contrib.admin.options import IS_POPUP_VAR, TO_FIELD_VAR
from django.contrib.admin.views.main import ORDER_VAR, SEARCH_VAR, ChangeList
from django.db.models import QuerySet
from django.http import Http404, HttpRequest
from django.utils import timezone
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from accounts.access import LAST_APP, current_app
from accounts.models import App
from core.exceptions import ValidationFailed
from core.invisible import isolated
from core.lists import CURSORS, MAX_NAME_LENGTH, PRESET_DAYS, bounded_number, preset_label
from core.pagination import Page
from customers import services
from customers.filters import DEFAULT_SORT
from customers.models import Customer
from customers.search import CustomerPage

from .access import apps_for

APP_VAR = "app"
COUNT_VAR = "count"
DAY_FILTERS = ("created_from", "created_to")
# Every filter of the list but the search. A new filter stands here, and its choices beside CreatedFilter.
LIST_FILTERS = (*DAY_FILTERS,)
# Parameters that every link of the page carries on.
KEPT_PARAMETERS = (SEARCH_VAR, ORDER_VAR, APP_VAR, *LIST_FILTERS, IS_POPUP_VAR, TO_FIELD_VAR)
PARAMETERS = frozenset((*KEPT_PARAMETERS, *CURSORS, COUNT_VAR))
# The filters of the services by the parameter of the page.
FILTER_PARAMETERS = {"query": SEARCH_VAR} | {name: name for name in LIST_FILTERS}


class AnySearchForm(forms.Form):
    """Takes any text: Django's form drops a text that has a NUL, and the list would show everything."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields[SEARCH_VAR] = forms.Field(required=False)


class AppFilter:
    """The choice of the app whose customers are shown. There is always one, because every index begins with the app."""

    title = _("app")
    template = "admin/filter.html"

    def choices(self, changelist: "CustomerChangeList") -> Iterator[dict[str, Any]]:
        for slug, app in changelist.apps.items():
            address = changelist.get_query_string({APP_VAR: slug})
            yield {"selected": app == changelist.app, "query_string": address, "display": app.name}


class CreatedFilter:
    """The panel's filter by days: both included, in the person's time zone."""

    title = _("created")
    template = "admin/customers/customer/created_filter.html"

    def __init__(self, changelist: "CustomerChangeList") -> None:
        self.given = {name: changelist.given.get(name, "") for name in DAY_FILTERS}
        self.kept = [(name, value) for name, value in changelist.params.items() if name not in DAY_FILTERS]
        self.zone = timezone.get_current_timezone_name()

    def choices(self, changelist: "CustomerChangeList") -> Iterator[dict[str, Any]]:
        today = timezone.localdate()
        presets = [(gettext("Any day"), dict.fromkeys(DAY_FILTERS, ""))]
        presets += [
            (preset_label(days), {"created_from": str(today - timedelta(days=days - 1)), "created_to": str(today)})
            for days in PRESET_DAYS
        ]
        for label, days in presets:
            address = changelist.get_query_string({name: day or None for name, day in days.items()})
            yield {"selected": days == self.given, "query_string": address, "display": label}


@dataclass(frozen=True)
class Results:
    """The content of the list. problems: a sentence for each parameter that is wrong; with one, there are no rows."""

    page: Page[Customer]
    count: services.Count
    problems: dict[str, str]


NO_CUSTOMERS = Results(Page([], False), services.Count(0, True), {})


class CustomerChangeList(ChangeList):
    """The list as Django's templates read it: rows and links, or a sentence for each problem of the address."""

    search_form_class = AnySearchForm

    def __init__(self, request: HttpRequest, *args: Any, **kwargs: Any) -> None:
        self.given = {name: text for name, value in request.GET.items() if (text := str(value)).strip()}
        super().__init__(request, *args, **kwargs)
        self.title = gettext("Customers")
        if self.app:
            self.title = gettext("Customers of %(app)s") % {"app": isolated(self.app)}

    def get_queryset(self, request: HttpRequest, exclude_parameters: Any = None) -> QuerySet:
        """No rows: get_results() reads them. Django calls this first, to set up the filters."""
        self.apps = apps_for(request)
        self.app = self._choose_app(request)
        self.params = {name: self.given[name] for name in KEPT_PARAMETERS if name in self.given}
        self.filter_params = {name: [value] for name, value in self.params.items()}
        # Not of Django's class, which filters a queryset: its templates need only these.
        choices: list[Any] = [AppFilter()] if len(self.apps) > 1 else []
        choices.append(CreatedFilter(self))
        self.filter_specs = choices
        self.has_filters = True
        self.has_active_filters = any(name in self.given for name in LIST_FILTERS)
        self.clear_all_filters_qs = self.get_query_string(remove=[SEARCH_VAR, ORDER_VAR, *LIST_FILTERS])
        return self.root_queryset.none()

    def get_results(self, request: HttpRequest) -> None:
        """Read the page. Django calls this for what its templates need."""
        self.sort = self._sorts().get(self.given.get(ORDER_VAR, ""), DEFAULT_SORT)
        results = self._results(request)
        if results.page.first:
            self.given = {name: value for name, value in self.given.items() if name not in CURSORS}
        self.problems = list(results.problems.values())
        for problem in self.problems:
            messages.error(request, problem)
        self.has_active_filters = self.has_active_filters or bool(self.problems)
        self.result_list = results.page.data
        self.count = results.count
        self.result_count = self.full_result_count = results.count.number
        self.show_full_result_count = self.show_admin_actions = False
        self.can_show_all = self.multi_page = False
        self.paginator = None
        self.previous_url = self._cursor_url("ending_before", results.page.previous)
        self.next_url = self._cursor_url("starting_after", results.page.next)
        cursor = {name: self.given[name] for name in CURSORS if name in self.given}
        is_countable = self._is_search_uncounted() and not results.count.exact
        self.count_url = self.get_query_string({COUNT_VAR: "1", **cursor}) if is_countable else ""

    @property
    def count_text(self) -> str:
        number = {"number": bounded_number(self.count.number, self.count.exact)}
        return ngettext("%(number)s customer", "%(number)s customers", self.count.number) % number

    def get_query_string(self, new_params: dict[str, Any] | None = None, remove: Iterable[str] | None = None) -> str:
        if new_params and ORDER_VAR in new_params:
            # The list is sorted by one column. Django's headers ask for the others after it.
            new_params = {**new_params, ORDER_VAR: new_params[ORDER_VAR].partition(".")[0] or None}
        return super().get_query_string(new_params, remove)

    def get_ordering_field_columns(self) -> dict[int, Literal["desc", "asc"]]:
        numbers = {sort: number for number, sort in self._sorts().items()}
        number = numbers[self.sort]
        return {int(number.lstrip("-")): "desc" if number.startswith("-") else "asc"}

    def _choose_app(self, request: HttpRequest) -> App | None:
        """The app that the address names, which is the current one from now on; else the current app."""
        slug = self.given.get(APP_VAR)
        if slug is None:
            return current_app(request)
        if slug not in self.apps:
            raise Http404(gettext("There is no such app, or you are not a member of it."))
        if request.session.get(LAST_APP) != slug:
            request.session[LAST_APP] = slug
        return self.apps[slug]

    def _sorts(self) -> dict[str, str]:
        """The sort for each value of Django's `o`: the number of a column, with a minus for descending."""
        return {
            f"{sign}{number}": f"{sign}{column}"
            for number, column in enumerate(self.list_display)
            if column in (self.sortable_by or ())
            for sign in ("", "-")
        }

    def _results(self, request: HttpRequest) -> Results:
        problems = self._misread(request)
        results = NO_CUSTOMERS
        try:
            page = self._read_page()
            results = Results(page, self._count(page), {})
        except ValidationFailed as failure:
            problems |= failure.errors
        return Results(NO_CUSTOMERS.page, results.count, problems) if problems else results

    def _misread(self, request: HttpRequest) -> dict[str, str]:
        """A sentence for each parameter that is unknown, and for a sort that does not exist."""
        problems = {
            name: gettext("This list has no filter named “%(name)s”.") % {"name": isolated(name[:MAX_NAME_LENGTH])}
            for name, value in request.GET.items()
            if not self.model_admin.lookup_allowed(name, str(value), request)
        }
        if ORDER_VAR in self.given and self.given[ORDER_VAR] not in self._sorts():
            problems[ORDER_VAR] = gettext(
                "There is no such column to sort by. Click on the head of one that can be sorted."
            )
        return problems

    def _read_page(self) -> CustomerPage:
        """The page of customers, each with the app. Raises ValidationFailed."""
        if self.app is None:
            raise ValidationFailed({APP_VAR: gettext("There is no app yet. Add one first.")})
        filters = {name: self.given[var] for name, var in FILTER_PARAMETERS.items() if var in self.given}
        cursor = {name: self.given[name] for name in CURSORS if name in self.given}
        page = services.list_customers_in_full(
            app=self.app, limit=self.list_per_page, sort=self.sort, **filters, **cursor
        )
        for customer in page.data:
            customer.app = self.app
        return page

    def _count(self, page: CustomerPage) -> services.Count:
        if self._is_search_uncounted():
            # Counting a search may take far longer than a page of it, so it waits until somebody asks for it.
            return services.Count(len(page.data), page.first and not page.has_more)
        return services.count_of(page)

    def _is_search_uncounted(self) -> bool:
        return SEARCH_VAR in self.given and COUNT_VAR not in self.given

    def _cursor_url(self, name: str, customer_id: str | None) -> str:
        return self.get_query_string({name: customer_id}) if customer_id else ""

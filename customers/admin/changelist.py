"""The list of customers in Django's admin: one app's, found, filtered and paged by the services.

Django's own list counts all rows, pages by OFFSET and filters by whatever column the address names. With millions of
rows, of many apps in one table, this one does none of that: it asks services.list_customers(), as the panel does.
"""

from datetime import timedelta

from django import forms
from django.contrib import messages
from django.contrib.admin.options import IS_POPUP_VAR, TO_FIELD_VAR
from django.contrib.admin.views.main import ORDER_VAR, SEARCH_VAR, ChangeList
from django.http import Http404
from django.utils import timezone
from django.utils.translation import gettext, ngettext

from accounts.access import LAST_APP, current_app
from core.exceptions import ValidationFailed
from core.invisible import isolated
from core.lists import CURSORS, MAX_NAME_LENGTH, PRESET_DAYS, bounded_number, preset_label
from core.pagination import Page
from customers import services
from customers.filters import DEFAULT_SORT

APP_VAR = "app"
COUNT_VAR = "count"
DAYS = ("created_from", "created_to")
# What every link in the page carries on.
STATE = (SEARCH_VAR, ORDER_VAR, APP_VAR, *DAYS, IS_POPUP_VAR, TO_FIELD_VAR)
KNOWN = frozenset((*STATE, *CURSORS, COUNT_VAR))


class AnySearchForm(forms.Form):
    """Takes any text: Django's form would drop one with a NUL in it, and the list would show everything."""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields[SEARCH_VAR] = forms.Field(required=False)


class AppFilter:
    """Beside the list: which app's customers it shows. There is always one, since every index begins with the app."""

    title = "app"
    template = "admin/filter.html"

    def choices(self, changelist):
        for slug, app in changelist.apps.items():
            address = changelist.get_query_string({APP_VAR: slug})
            yield {"selected": app == changelist.app, "query_string": address, "display": app.name}


class CreatedFilter:
    """Beside the list: the days of the panel's filter, both included, in the viewer's time zone."""

    title = "created"
    template = "admin/customers/customer/created_filter.html"

    def __init__(self, changelist):
        self.given = {name: changelist.given.get(name, "") for name in DAYS}
        self.kept = [(name, value) for name, value in changelist.params.items() if name not in DAYS]
        self.zone = timezone.get_current_timezone_name()

    def choices(self, changelist):
        today = timezone.localdate()
        presets = [(gettext("Any day"), dict.fromkeys(DAYS, ""))]
        presets += [
            (preset_label(days), {"created_from": str(today - timedelta(days=days - 1)), "created_to": str(today)})
            for days in PRESET_DAYS
        ]
        for label, days in presets:
            address = changelist.get_query_string({name: day or None for name, day in days.items()})
            yield {"selected": days == self.given, "query_string": address, "display": label}


class CustomerChangeList(ChangeList):
    """What Django's templates show of one request for the list. Whatever is wrong with it is said, and no row shown."""

    search_form_class = AnySearchForm

    def __init__(self, request, *args, **kwargs):
        self.given = {name: value for name, value in request.GET.items() if value.strip()}
        super().__init__(request, *args, **kwargs)
        self.title = f"Customers of {isolated(self.app)}" if self.app else "Customers"

    def get_queryset(self, request, exclude_parameters=None):
        """No rows: get_results() has them. Called by Django before it, to set up the filters."""
        self.apps = self.model_admin.apps_for(request)
        self.app = self._app(request)
        self.params = {name: self.given[name] for name in STATE if name in self.given}
        self.filter_params = {name: [value] for name, value in self.params.items()}
        self.filter_specs = [AppFilter()] if len(self.apps) > 1 else []
        self.filter_specs.append(CreatedFilter(self))
        self.has_filters = True
        self.has_active_filters = any(name in self.given for name in DAYS)
        self.clear_all_filters_qs = self.get_query_string(remove=[SEARCH_VAR, ORDER_VAR, *DAYS])
        return self.root_queryset.none()

    def get_results(self, request):
        self.sort = DEFAULT_SORT
        page, count, errors = Page([], False), services.Count(0, True), self._misread(request)
        try:
            page = self._read()
            count = self._count(page)
        except ValidationFailed as failure:
            errors |= failure.errors
        if errors:
            page = Page([], False)
            self.has_active_filters = True
        self.problems = list(errors.values())
        for problem in self.problems:
            messages.error(request, problem)
        for customer in page.data:
            customer.app = self.app
        self.result_list = page.data
        self.count = count
        self.result_count = self.full_result_count = count.number
        self.show_full_result_count = self.show_admin_actions = False
        self.can_show_all = self.multi_page = False
        self.paginator = None
        self._set_neighbours(page)

    @property
    def count_text(self):
        number = {"number": bounded_number(self.count.number, self.count.exact)}
        return ngettext("%(number)s customer", "%(number)s customers", self.count.number) % number

    def get_query_string(self, new_params=None, remove=None):
        if new_params and ORDER_VAR in new_params:
            # Sorted by one column: the headers ask for the others behind it.
            new_params = {**new_params, ORDER_VAR: new_params[ORDER_VAR].partition(".")[0] or None}
        return super().get_query_string(new_params, remove)

    def get_ordering_field_columns(self):
        columns = {sort: sign for sign, sort in self._sorts().items()}
        number = columns[self.sort]
        return {int(number.lstrip("-")): "desc" if number.startswith("-") else "asc"}

    def _app(self, request):
        slug = self.given.get(APP_VAR)
        if slug is None:
            return current_app(request)
        if slug not in self.apps:
            raise Http404("There is no such app, or you are not a member of it.")
        if request.session.get(LAST_APP) != slug:
            request.session[LAST_APP] = slug
        return self.apps[slug]

    def _sorts(self):
        """The sort that each value of Django's `o` stands for: the number of a column, with a minus for downwards."""
        return {
            f"{sign}{number}": f"{sign}{column}"
            for number, column in enumerate(self.list_display)
            if column in self.sortable_by
            for sign in ("", "-")
        }

    def _misread(self, request):
        """Read the sort. What is wrong with the address, that the services will not say, as a dict of sentences."""
        errors = {
            name: f"This list has no filter named “{isolated(name[:MAX_NAME_LENGTH])}”."
            for name, value in request.GET.items()
            if not self.model_admin.lookup_allowed(name, value, request)
        }
        if order := self.given.get(ORDER_VAR):
            self.sort = self._sorts().get(order, DEFAULT_SORT)
            if order not in self._sorts():
                errors[ORDER_VAR] = "There is no such column to sort by. Click on the head of one that can be sorted."
        return errors

    def _read(self):
        if self.app is None:
            raise ValidationFailed({APP_VAR: "There is no app yet. Add one first."})
        cursor = {name: self.given[name] for name in CURSORS if name in self.given}
        page = services.list_customers_in_full(
            app=self.app, limit=self.list_per_page, sort=self.sort, **self._filters(), **cursor
        )
        if page.first:
            for name in CURSORS:
                self.given.pop(name, None)
        return page

    def _filters(self):
        named = {"query": SEARCH_VAR, "created_from": "created_from", "created_to": "created_to"}
        return {name: self.given[var] for name, var in named.items() if var in self.given}

    def _count(self, page):
        if SEARCH_VAR in self.given and COUNT_VAR not in self.given:
            # Counting a search may take far longer than a page of it: only who asks for it waits for it.
            return services.Count(len(page.data), page.first and not page.has_more)
        return services.count_of(page)

    def _set_neighbours(self, page):
        self.previous_url = self.get_query_string({"ending_before": page.previous}) if page.previous else ""
        self.next_url = self.get_query_string({"starting_after": page.next}) if page.next else ""
        uncounted = not self.count.exact and SEARCH_VAR in self.given and COUNT_VAR not in self.given
        here = {name: self.given[name] for name in CURSORS if name in self.given}
        self.count_url = self.get_query_string({COUNT_VAR: "1", **here}) if uncounted else ""

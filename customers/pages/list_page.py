"""The Customers tab, from its query string to the values that its template shows."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from typing import Any, NamedTuple
from urllib.parse import urlencode

from django.http import QueryDict
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext, ngettext

from accounts.models import App
from core import lists
from core.dates import day_text, number_text
from core.exceptions import BadCursor, ValidationFailed
from core.invisible import isolated
from core.lists import DayPreset, ListState
from customers import services
from customers.filters import DEFAULT_SORT
from customers.search import CustomerPage
from customers.services import Count

from .presentation import table_rows

PANEL_FILTERS = ("query", "email", "created_from", "created_to")
PAGE_SIZES = (20, 50, 100)
NATURAL_SORTS = ("email", "name", "-created")


class Chip(NamedTuple):
    """A filter that is on.

    filter: `query`, `email` or `created`. text: what was typed; for `created` a sentence, such as Created: last 7 days.
    """

    filter: str
    text: str
    remove_url: str


def list_state(app: App, params: QueryDict) -> ListState:
    """The state of the tab.

    params: the query string.
    """
    return lists.read_state(reverse("customer_list", args=[app.slug]), params, PANEL_FILTERS)


def list_values(app: App, state: ListState, *, may_create: bool) -> tuple[dict[str, Any], int]:
    """(the values of the tab's template, the HTTP status: 400 where the address cannot be used, else 200)."""
    try:
        page = read_page(app, state)
    except ValidationFailed as failure:
        state = lists.without_rejected(state, failure.errors)
        return _frame(app, state, may_create) | {
            "wrong": failure.errors,
            "problems": list(failure.errors.values()),
            "state": "bad_cursor" if isinstance(failure, BadCursor) else "bad_filter",
        }, 400
    previous_url, next_url = lists.neighbours(state, page)
    return _frame(app, state, may_create) | {
        "wrong": {},
        "rows": table_rows(page.data, page.criteria.words, state.url),
        "row_count": len(page.data),
        "state": "rows" if page.data else "empty_app" if page.first and not state.filters else "nothing_found",
        "previous_url": previous_url,
        "next_url": next_url,
        **_count(app, state, page),
    }, 200


def read_page(app: App, state: ListState) -> CustomerPage:
    """The page of customers that the state asks for. Raises ValidationFailed with all that is wrong with the state."""
    given: dict[str, Any] = {"limit": PAGE_SIZES[0], **state.filters, **state.kept, **state.cursor}
    try:
        page = services.list_customers_in_full(app=app, **given)
    except ValidationFailed as failure:
        raise _with_problems(failure, state.problems) from None
    if state.problems:
        raise ValidationFailed(state.problems)
    return page


def count_matches(app: App, state: ListState) -> Count:
    """How many customers the filters leave. Raises ValidationFailed with all that is wrong with the state."""
    filters: dict[str, Any] = {**state.filters}
    try:
        count = services.count_customers(app=app, **filters)
    except ValidationFailed as failure:
        raise _with_problems(failure, state.problems) from None
    if state.problems:
        raise ValidationFailed(state.problems)
    return count


def count_text(state: ListState, count: Count) -> str:
    """How many customers the list has, such as 1,234 customers, or 10,000+ matches where it is filtered."""
    number = {"number": lists.bounded_number(count.number, count.exact)}
    if state.filters:
        return ngettext("%(number)s match", "%(number)s matches", count.number) % number
    return ngettext("%(number)s customer", "%(number)s customers", count.number) % number


def count_sentence(state: ListState, count: Count) -> str:
    """The same as a sentence of its own, for a message."""
    number = {"number": lists.bounded_number(count.number, count.exact)}
    if state.filters:
        return ngettext("%(number)s match.", "%(number)s matches.", count.number) % number
    return ngettext("%(number)s customer.", "%(number)s customers.", count.number) % number


def _with_problems(failure: ValidationFailed, problems: Mapping[str, str]) -> ValidationFailed:
    return ValidationFailed({**failure.errors, **problems}) if problems else failure


def _frame(app: App, state: ListState, may_create: bool) -> dict[str, Any]:
    """Template values besides the rows, which an empty list has too."""
    presets = lists.day_presets(state, timezone.localdate(), "created_from", "created_to")
    return {
        "section": "customers",
        "list_url": state.url,
        "given": {name: state.filters.get(name, "") for name in PANEL_FILTERS},
        "new_url": reverse("customer_create", args=[app.slug]) if may_create else "",
        "columns": lists.sort_columns(state, NATURAL_SORTS, DEFAULT_SORT),
        "sizes": lists.page_sizes(state, PAGE_SIZES),
        "presets": presets,
        "chips": _chips(state, presets),
        "clear_url": lists.link(replace(state, filters={})),
        "kept": state.kept.items(),
        "tz_name": timezone.get_current_timezone_name(),
        "count_text": "",
        "count_url": "",
        "said_text": "",
    }


def _count(app: App, state: ListState, page: CustomerPage) -> dict[str, str]:
    if not page.criteria.words:
        return _counted(state, page, services.count_of(page))
    if page.first and not page.has_more:
        return _counted(state, page, Count(len(page.data), True))
    # To count a search can take as long as to run it; the page does not wait for it.
    query = urlencode(state.filters)
    return {"count_text": "", "count_url": f"{reverse('customer_count', args=[app.slug])}?{query}"}


def _counted(state: ListState, page: CustomerPage, count: Count) -> dict[str, str]:
    numbers = {"rows": number_text(len(page.data)), "number": lists.bounded_number(count.number, count.exact)}
    if state.filters:
        said = ngettext(
            "%(rows)s on this page, %(number)s match", "%(rows)s on this page, %(number)s matches", count.number
        )
    else:
        said = ngettext(
            "%(rows)s on this page, %(number)s customer", "%(rows)s on this page, %(number)s customers", count.number
        )
    return {"count_text": count_text(state, count), "count_url": "", "said_text": said % numbers}


def _chips(state: ListState, presets: list[DayPreset]) -> list[Chip]:
    chips = [
        Chip(name, state.filters[name], lists.link(state, **{name: None}))
        for name in ("query", "email")
        if name in state.filters
    ]
    if days := _days(state, presets):
        chips.append(Chip("created", days, lists.link(state, created_from=None, created_to=None)))
    return chips


def _days(state: ListState, presets: list[DayPreset]) -> str:
    """What the chip of the days says; empty where the list is not filtered by days."""
    for preset in presets:
        if preset.is_current and preset.days == 1:
            return gettext("Created: today")
        if preset.is_current:
            return ngettext("Created: last %(days)d day", "Created: last %(days)d days", preset.days) % {
                "days": preset.days
            }
    first, last = (_day(state.filters.get(name, "")) for name in ("created_from", "created_to"))
    if first and last:
        if first == last:
            return gettext("Created: %(day)s") % {"day": first}
        return gettext("Created: %(first)s – %(last)s") % {"first": first, "last": last}
    if first:
        return gettext("Created: from %(day)s") % {"day": first}
    return gettext("Created: to %(day)s") % {"day": last} if last else ""


def _day(text: str) -> str:
    try:
        return day_text(date.fromisoformat(text)) if text else ""
    except ValueError:
        # As it was typed: it may run from right to left.
        return isolated(text)

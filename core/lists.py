"""A page with a list, whatever it lists: its state, read from its address, and the links that lead to other states.

The state of a list is its filters, its sort, the size of a page and a cursor; all of it stands in the address. A link
changes some of that state, keeps the rest, and leads to the first page unless it has a cursor. What is listed, and the
words around it, belong to the page: see customers/pages/list_page.py.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any, NamedTuple
from urllib.parse import urlencode

from django.http import QueryDict
from django.utils.translation import gettext, ngettext

from .dates import number_text
from .invisible import isolated
from .languages import listed
from .pagination import Page

CURSORS = ("starting_after", "ending_before")
PRESET_DAYS = (1, 7, 30, 90)
MAX_NAME_LENGTH = 50  # characters of an unknown parameter that are repeated to the person
# Parameters that mail programs and other sites append to a link that somebody follows.
_tracking = re.compile(r"utm_\w+|fbclid|gclid|gbraid|wbraid|msclkid|mc_[ce]id|_gl|_ga")


@dataclass(frozen=True, slots=True)
class ListState:
    """The state of a list page.

    url: the address without its query string.
    filters: the value of each filter that is given, in the order of the page.
    sort: one of the list's sorts, such as `-created`; empty for the default.
    size: how many rows a page has, as given; empty for the default.
    cursor: `starting_after` or `ending_before` with the id of a row, or both, or neither.
    problems: a sentence for each parameter that the page cannot have meant.
    """

    url: str
    filters: Mapping[str, str]
    sort: str
    size: str
    cursor: Mapping[str, str]
    problems: Mapping[str, str]

    @property
    def kept(self) -> dict[str, str]:
        """Sort and size, if they are given: values that the form of filters must keep."""
        return {name: value for name, value in (("sort", self.sort), ("limit", self.size)) if value}


class Column(NamedTuple):
    """A column to sort by. direction: `ascending`, `descending`, or empty where the list is sorted by another one."""

    name: str
    url: str
    direction: str


class PageSize(NamedTuple):
    """A number of rows to choose."""

    number: int
    url: str
    is_current: bool


class DayPreset(NamedTuple):
    """The last `days` days, today included."""

    days: int
    first: date
    last: date
    url: str
    is_current: bool

    @property
    def label(self) -> str:
        """Its name in a menu, such as Last 7 days."""
        return preset_label(self.days)


class Neighbours(NamedTuple):
    """The addresses of the pages before and after; empty at either end."""

    previous_url: str
    next_url: str


def read_state(url: str, params: QueryDict, filters: Sequence[str]) -> ListState:
    """The state in a query string. Blank values count as not given.

    filters: the names of the filters, in the order in which links have them.
    """
    names = (*filters, "sort", "limit", *CURSORS)
    given = {name: str(params[name]) for name in names if params.get(name, "").strip()}
    return ListState(
        url,
        filters={name: given[name] for name in filters if name in given},
        sort=given.get("sort", ""),
        size=given.get("limit", ""),
        cursor={name: given[name] for name in CURSORS if name in given},
        problems=misread_params(params, filters),
    )


def misread_params(params: QueryDict, filters: Sequence[str]) -> dict[str, str]:
    """A sentence for each parameter that is unknown, or given twice with different values.

    An unknown filter must not mean everything, and neither must a filter whose second value is empty.
    """
    known = (*filters, "sort", "limit", *CURSORS)
    problems = {}
    for name, values in params.lists():
        if name not in known:
            if not _tracking.fullmatch(name):
                problems[name] = gettext("This page has no filter named “%(name)s”. It has %(filters)s.") % {
                    "name": isolated(name[:MAX_NAME_LENGTH]),
                    "filters": listed(filters),
                }
        elif len(set(values)) > 1:
            problems[name] = gettext("The address has %(name)s twice, with different values. Give it once.") % {
                "name": name
            }
    return problems


def without_rejected(state: ListState, rejected: Iterable[str]) -> ListState:
    """The state without a sort or a size that was refused. Links that carried them on would all lead back here."""
    rejected = set(rejected)
    sort = "" if "sort" in rejected else state.sort
    size = "" if "limit" in rejected else state.size
    return replace(state, sort=sort, size=size)


def link(state: ListState, **changes: Any) -> str:
    """The address of the list in this state with `changes`, on its first page.

    changes: new values by parameter; None takes a parameter out. A cursor leads to another page than the first.
    """
    values = {**state.filters, **state.kept, **changes}
    query = urlencode([(name, str(value)) for name, value in values.items() if value])
    return f"{state.url}?{query}" if query else state.url


def sort_columns(state: ListState, natural_sorts: Sequence[str], default_sort: str) -> list[Column]:
    """The columns to sort by.

    natural_sorts: for each column the sort that its first click leads to, such as `-created`. The second click turns
    the order round.
    """
    sort = state.sort or default_sort
    columns = []
    for natural in natural_sorts:
        name = natural.lstrip("-")
        is_sorted, is_descending = sort.lstrip("-") == name, sort.startswith("-")
        opposite = name if is_descending else f"-{name}"
        following = opposite if is_sorted else natural
        direction = "descending" if is_descending else "ascending"
        url = link(state, sort=following if following != default_sort else None)
        columns.append(Column(name, url, direction if is_sorted else ""))
    return columns


def page_sizes(state: ListState, numbers: Sequence[int]) -> list[PageSize]:
    """The sizes to choose from. The first of `numbers` is the default."""
    default = numbers[0]
    return [
        PageSize(
            number,
            link(state, limit=number if number != default else None),
            is_current=str(number) == (state.size or str(default)),
        )
        for number in numbers
    ]


def day_presets(state: ListState, today: date, first_name: str, last_name: str) -> list[DayPreset]:
    """The ranges of days to choose from.

    first_name, last_name: the filters of the first and the last day, both included.
    """
    chosen = (state.filters.get(first_name), state.filters.get(last_name))
    presets = []
    for days in PRESET_DAYS:
        first = today - timedelta(days=days - 1)
        url = link(state, **{first_name: first, last_name: today})
        presets.append(DayPreset(days, first, today, url, is_current=chosen == (str(first), str(today))))
    return presets


def preset_label(days: int) -> str:
    """The name of the last `days` days in a menu, such as Last 7 days."""
    if days == 1:
        return gettext("Today")
    return ngettext("Last %(days)d day", "Last %(days)d days", days) % {"days": days}


def neighbours(state: ListState, page: Page[Any]) -> Neighbours:
    """The pages around `page`. A page past the end, whose rows have gone, leads back to the first page."""
    if not page.data and not page.first:
        return Neighbours(link(state), "")
    return Neighbours(
        link(state, ending_before=page.previous) if page.previous else "",
        link(state, starting_after=page.next) if page.next else "",
    )


def bounded_number(number: int, is_exact: bool) -> str:
    """A count in the active language, with a plus where it is a lower bound, such as 10,000+."""
    return number_text(number) + ("" if is_exact else "+")

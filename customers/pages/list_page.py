"""The Customers tab, from its query string to the values that its template shows."""

import re
from datetime import date, timedelta
from functools import cached_property, lru_cache
from urllib.parse import urlencode

from django.urls import reverse
from django.utils import timezone

from core import dates
from core.exceptions import BadCursor, ValidationFailed
from core.invisible import isolated
from customers import services
from customers.filters import DEFAULT_SORT

from . import presentation

FILTERS = ("query", "email", "created_from", "created_to")
STATE = (*FILTERS, "sort", "limit")
CURSORS = ("starting_after", "ending_before")
# Put behind addresses by mail programs and other sites when somebody follows a link there.
TRACKING = re.compile(r"utm_\w+|fbclid|gclid|gbraid|wbraid|msclkid|mc_[ce]id|_gl|_ga")
SIZES = (20, 50, 100)
DEFAULT_SIZE = 20
LONGEST_NAME = 50
# Of all texts in a link: a search that is far too long is not kept.
LONGEST_KEPT = 500
COLUMNS = (("Email", "email", "email"), ("Full name", "name", "name"), ("Created", "when", "-created"))
PRESETS = (("Today", 1), ("Last 7 days", 7), ("Last 30 days", 30), ("Last 90 days", 90))


class ListPage:
    """One request for the tab. `context()` is what its template shows, `status` the HTTP status that goes with it."""

    def __init__(self, app, params):
        """params: the query string, a QueryDict."""
        self.app = app
        self.url = reverse("customer_list", args=[app.slug])
        self.params = {name: params[name] for name in (*STATE, *CURSORS) if params.get(name, "").strip()}
        self.problems = _misread(params)
        self.filters = {name: value for name, value in self.params.items() if name in FILTERS}
        self.sort = self.params.get("sort", DEFAULT_SORT)
        self.status = 200

    def link(self, **changes):
        """The address of the tab in this state but for `changes` (None takes one out), on its first page."""
        state = {name: value for name, value in self.params.items() if name in STATE} | changes
        state = tuple((name, str(value)) for name, value in state.items() if value)
        query = (_kept_query if sum(len(value) for _, value in state) < LONGEST_KEPT else urlencode)(state)
        return f"{self.url}?{query}" if query else self.url

    def context(self, *, may_create):
        try:
            page = self._read()
        except ValidationFailed as failure:
            self.status = 400
            for name in ("sort", "limit"):
                if name in failure.errors:
                    # Neither has a chip that takes it off: carried on, every way out would lead back here.
                    self.params.pop(name, None)
            return self._frame(may_create) | {
                "given": {name: self.filters.get(name, "") for name in FILTERS},
                "wrong": failure.errors,
                "problems": list(failure.errors.values()),
                "state": "bad_cursor" if isinstance(failure, BadCursor) else "bad_filter",
            }
        return self._frame(may_create) | {
            "given": {name: self.filters.get(name, "") for name in FILTERS},
            "wrong": (),
            "rows": presentation.rows_html(page.data, page.filters.words, self.url),
            "row_count": len(page.data),
            "state": self._state(page),
            **self._count(page),
            **self._neighbours(page),
        }

    def _frame(self, may_create):
        """What the page shows around its rows, also where there are none."""
        return {
            "section": "customers",
            "list_url": self.url,
            "new_url": reverse("customer_create", args=[self.app.slug]) if may_create else "",
            "columns": [self._column(*column) for column in COLUMNS],
            "sizes": [
                {"n": n, "url": self.link(limit=n if n != DEFAULT_SIZE else None), "current": str(n) == self._size()}
                for n in SIZES
            ],
            "presets": self.presets,
            "chips": self._chips(),
            "clear_url": self.link(**dict.fromkeys(FILTERS)),
            "kept": [(name, self.params[name]) for name in ("sort", "limit") if name in self.params],
            "tz_name": timezone.get_current_timezone_name(),
            "count_text": "",
            "count_url": "",
        }

    def _size(self):
        return self.params.get("limit", str(DEFAULT_SIZE))

    def count(self):
        """The services.Count of what the filters leave. Raises ValidationFailed."""
        return self._asked(services.count_customers, self.filters)

    def _asked(self, service, given):
        """What the service answers. Raises ValidationFailed with all that is wrong: what it says and `problems`."""
        try:
            answer = service(app=self.app, **given)
        except ValidationFailed as failure:
            if not self.problems:
                raise
            raise ValidationFailed(failure.errors | self.problems) from None
        if self.problems:
            raise ValidationFailed(self.problems)
        return answer

    def _read(self):
        page = self._asked(services.list_customers_in_full, {"limit": DEFAULT_SIZE} | self.params)
        if page.first:
            for cursor in CURSORS:
                self.params.pop(cursor, None)
        return page

    def _state(self, page):
        if page.data:
            return "rows"
        return "empty_app" if page.first and not self.filters else "nothing_found"

    def _neighbours(self, page):
        if not page.data and not page.first:
            return {"previous_url": self.link(), "next_url": ""}
        return {
            "previous_url": self.link(ending_before=page.previous) if page.previous else "",
            "next_url": self.link(starting_after=page.next) if page.next else "",
        }

    def _count(self, page):
        if not page.filters.words:
            count = services.count_filtered(page.filters)
            return {"count_text": self.count_text(count), "count_url": ""}
        if page.first and not page.has_more:
            return {"count_text": self.count_text(services.Count(len(page.data), True)), "count_url": ""}
        # To count a search can take as long as to run it; the page does not wait for it.
        query = urlencode(self.filters)
        return {"count_text": "", "count_url": f"{reverse('customer_count', args=[self.app.slug])}?{query}"}

    def count_text(self, count):
        number = f"{count.number:,}" + ("" if count.exact else "+")
        if self.filters:
            return f"{number} match" + ("" if number == "1" else "es")
        return f"{number} customer" + ("" if number == "1" else "s")

    def _column(self, label, css, natural):
        stem = natural.lstrip("-")
        on = self.sort.lstrip("-") == stem
        other_way = stem if self.sort.startswith("-") else f"-{stem}"
        following = other_way if on else natural
        return {
            "label": label,
            "css": css,
            "url": self.link(sort=following if following != DEFAULT_SORT else None),
            "aria_sort": ("descending" if self.sort.startswith("-") else "ascending") if on else "",
        }

    @cached_property
    def presets(self):
        today = timezone.localdate()
        last = str(today)
        chosen = (self.params.get("created_from"), self.params.get("created_to"))
        presets = []
        for label, days in PRESETS:
            first = str(today - timedelta(days=days - 1))
            url = self.link(created_from=first, created_to=last)
            presets.append({"label": label, "url": url, "current": chosen == (first, last)})
        return presets

    def _chips(self):
        chips = []
        if query := self.params.get("query"):
            chips.append({"label": "Search", "text": query, "remove_url": self.link(query=None)})
        if email := self.params.get("email"):
            chips.append({"label": "Email", "text": email, "remove_url": self.link(email=None)})
        if days := self._days():
            chips.append(
                {"label": "Created", "text": days, "remove_url": self.link(created_from=None, created_to=None)}
            )
        return chips

    def _days(self):
        for preset in self.presets:
            if preset["current"]:
                return preset["label"].lower()
        first, last = (self._day(self.params.get(name)) for name in ("created_from", "created_to"))
        if first and last:
            return first if first == last else f"{first} – {last}"
        return f"from {first}" if first else f"to {last}" if last else ""

    def _day(self, text):
        try:
            return dates.day_text(date.fromisoformat(text)) if text else ""
        except ValueError:
            return text


@lru_cache(maxsize=200)
def _kept_query(state):
    """A page has a dozen of them, most of which the next page has too."""
    return urlencode(state)


def _misread(params):
    """What a query string has that this page cannot have meant: a filter that it does not know must not mean
    everything, and neither must one that is given twice, the second time with nothing in it."""
    problems = {}
    for name, values in params.lists():
        if name not in STATE + CURSORS:
            if not TRACKING.fullmatch(name):
                problems[name] = (
                    f"This page has no filter named “{isolated(name[:LONGEST_NAME])}”. It has {', '.join(FILTERS)}."
                )
        elif len(set(values)) > 1:
            problems[name] = f"The address has {name} twice, with different values. Give it once."
    return problems

"""Keyset pages: a page is the rows beyond a cursor row in an order that an index has, so that page 100,000 costs what
page 1 costs, and rows that come and go shift nothing."""

from dataclasses import dataclass
from typing import Generic, NamedTuple, TypeVar

from django.utils.translation import gettext

from .db.sql import Sql
from .exceptions import BadCursor

LARGEST_PAGE = 100

Row = TypeVar("Row")


class Run(NamedTuple):
    """Rows that an index has one after the other: those for whom `condition` holds, if there is one, by `order`, names
    of fields. With those of the run after it they are in one order, in which NULLs are FIRST or LAST, as `nulls` says.
    whole: whether they are all who have such a text, and no rest of them."""

    condition: Sql | None
    order: list[str]
    nulls: str = ""
    whole: bool = False


@dataclass(frozen=True, slots=True)
class Sort:
    """A total order. Rows whose `column` is NULL come last in both directions; ties are broken by the key, which a
    `unique` column does without."""

    column: str
    descending: bool
    nullable: bool = True
    unique: bool = False

    def runs(self, cursor=None, *, backwards=False):
        """The Runs of rows beyond `cursor`, in the order in which to read them.

        Two, where the column may be NULL: an index walked downwards would give the NULLs first.
        """
        sign = "-" if self.descending != backwards else ""
        by_key = [f"{sign}{self.column}", f"{sign}key"]
        order = by_key[:1] if self.unique else by_key
        if not self.nullable:
            return [Run(self._beyond(cursor, backwards) if cursor else None, order)]
        nulls = "FIRST" if backwards else "LAST"
        with_value, without = Sql(f"{self.column} IS NOT NULL"), Sql(f"{self.column} IS NULL")
        if cursor is None:
            runs = [Run(with_value, order, nulls, whole=True), Run(without, by_key, nulls)]
            return runs[::-1] if backwards else runs
        if getattr(cursor, self.column) is None:
            rest = Run(without & self._beyond(cursor, backwards, by_key_alone=True), by_key, nulls)
            return [rest, Run(with_value, order, nulls)] if backwards else [rest]
        rest = Run(with_value & self._beyond(cursor, backwards), order, nulls)
        return [rest] if backwards else [rest, Run(without, by_key, nulls)]

    def _beyond(self, cursor, backwards, by_key_alone=False):
        """As one comparison of rows: an index goes straight to it, however many rows tie."""
        beyond = "<" if self.descending != backwards else ">"
        if by_key_alone:
            return Sql(f"key {beyond} %s", (cursor.key,))
        return Sql(f"({self.column}, key) {beyond} (%s, %s)", (getattr(cursor, self.column), cursor.key))


@dataclass(frozen=True, slots=True)
class Page(Generic[Row]):
    """`data`: the rows, in the order of the sort. `has_more`: whether there are rows beyond them in the direction of
    travel (after them with `starting_after` or no cursor, before them with `ending_before`). `first`: whether it was
    asked for without a cursor. `total`: how many rows there are on all pages, where that was read with them."""

    data: list[Row]
    has_more: bool
    backwards: bool = False
    first: bool = True
    total: int | None = None

    @property
    def previous(self):
        """The id to go back from, or None at the beginning. Of a page without rows there is none to go back from."""
        leads_back = self.has_more if self.backwards else not self.first
        return self.data[0].public_id if leads_back and self.data else None

    @property
    def next(self):
        """The id to go on after, or None at the end."""
        leads_on = self.backwards or self.has_more
        return self.data[-1].public_id if leads_on and self.data else None


def page_size(limit: object) -> int | None:
    """The number of rows of a page: an int, or a str of digits, from 1 to LARGEST_PAGE. None for anything else."""
    text = str(limit)
    is_number = not isinstance(limit, bool) and text.isascii() and text.isdigit() and len(text) < 6
    return int(text) if is_number and 1 <= int(text) <= LARGEST_PAGE else None


def find_cursor(find, starting_after, ending_before):
    """(cursor row or None, backwards). Raises BadCursor for an unknown id or two cursors.

    find(id): the app's customer with it, or None; whatever is filtered, since a cursor row that no longer matches a
    filter still has its place.
    """
    if starting_after and ending_before:
        raise BadCursor({"ending_before": gettext("Give starting_after or ending_before, not both.")})
    param, value = ("ending_before", ending_before) if ending_before else ("starting_after", starting_after)
    if not value:
        return None, False
    cursor = find(value)
    if cursor is None:
        raise BadCursor(
            {param: gettext("This app has no customer with this id, or no longer. Go back to the first page.")}
        )
    return cursor, param == "ending_before"
